"""Networks inside cells: normalised-Hill logic equations for all cells at once.

    Equation   dy/dt = (Ymax · φ · g(y, signals) − y)/τ
               act(x) = min(w, w B xⁿ/(Kⁿ + xⁿ)),  B = (EC50ⁿ − 1)/(2 EC50ⁿ − 1),  Kⁿ = B − 1;  inhibit = w − act
               AND = a b/w,  OR = a + b − a b;  a node that keeps itself: g = σ(12 ((drive − θ)/gain + y))

φ is the factor left by silencing. A node without inputs has g = its initial value. Where a table holds none: w 1,
n 1.4, EC50 0.5, τ 60 min, Ymax 1, initial 0. Sub-steps of at most τ_min/4; exponential Euler predicts, the exponential
trapezoidal rule corrects (order 2, every step a convex combination, so activities stay in 0..1).

Source: Kraeutler 2010 (not read) as summarised in science.md 3; numerics.md 5.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from vesicula.engine import silencing
from vesicula.engine.cache import device, kernel
from vesicula.engine.parameters import parameter
from vesicula.engine.program import Gate, Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites

F64 = NDArray[np.float64]

ACTIVATE, INHIBIT, AND = int(Gate.ACTIVATE), int(Gate.INHIBIT), int(Gate.AND)
NODE = int(Signal.NODE)
WEIGHT, HILL, EC50, TIME = 1.0, 1.4, 0.5, 60.0
MEMORY_STEEPNESS = 12.0
PARTS_OF_FASTEST = 4.0  # sub-steps per fastest time constant
G_WEIGHT, G_HILL, G_TOP, G_CONSTANT, G_HALF = range(5)
N_MAXIMUM, N_INITIAL, N_THRESHOLD, N_GAIN, N_CLAMP, N_TIME, N_STEPS, N_DECAY, N_CORRECTION = range(9)


@kernel(
    "int64(float64[:, ::1], int64[::1], float64, int32[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], float64[:, :, ::1], float64[:, :, ::1])"
)
def prepare(
    values, used, span, node_start, p_weight, p_hill, p_ec50, p_half, p_maximum, p_time, p_initial, p_threshold,
    p_gain, p_clamp, gates, rows,
):  # fmt: skip
    """Constants of every gate and node for the variants `used`.

    gates : float64[n_used, n_gates, 5], rows : float64[n_used, n_rows, 9], out
    Returns 0, or 1 + the gate with EC50ⁿ ≥ 1/2, or −1 − the node whose time constant or memory gain is not positive
    """
    for u in range(used.shape[0]):
        v = used[u]
        for g in range(p_weight.shape[0]):
            n = parameter(values, v, p_hill[g], HILL)
            at_half = parameter(values, v, p_ec50[g], EC50) ** n
            if not (0.0 < at_half < 0.5 and n > 0.0):
                return 1 + g
            top = (at_half - 1.0) / (2.0 * at_half - 1.0)
            gates[u, g, G_WEIGHT] = parameter(values, v, p_weight[g], WEIGHT)
            gates[u, g, G_HILL] = n
            gates[u, g, G_TOP] = top
            gates[u, g, G_CONSTANT] = top - 1.0
            gates[u, g, G_HALF] = parameter(values, v, p_half[g], -1.0)
        for t in range(node_start.shape[0] - 1):
            fastest = np.inf
            for r in range(node_start[t], node_start[t + 1]):
                time = parameter(values, v, p_time[r], TIME)
                gain = parameter(values, v, p_gain[r], 1.0)
                if not (time > 0.0 and gain > 0.0):
                    return -1 - r
                fastest = min(fastest, time)
                rows[u, r, N_MAXIMUM] = parameter(values, v, p_maximum[r], 1.0)
                rows[u, r, N_INITIAL] = parameter(values, v, p_initial[r], 0.0)
                rows[u, r, N_THRESHOLD] = parameter(values, v, p_threshold[r], np.nan)
                rows[u, r, N_GAIN] = gain
                rows[u, r, N_CLAMP] = parameter(values, v, p_clamp[r], np.nan)
                rows[u, r, N_TIME] = time
            steps = max(1.0, math.ceil(span / (fastest / PARTS_OF_FASTEST)))
            for r in range(node_start[t], node_start[t + 1]):
                z = span / steps / rows[u, r, N_TIME]
                rows[u, r, N_STEPS] = steps
                rows[u, r, N_DECAY] = math.exp(-z)
                rows[u, r, N_CORRECTION] = 1.0 + math.expm1(-z) / z
    return 0


@device
def activation(x, gate):
    """Normalised Hill function of x; gate : float64[5], weight, n, B, Kⁿ, half (< 0: none)."""
    if x <= 0.0:
        return 0.0
    if gate[G_HALF] >= 0.0:
        x = x / (x + gate[G_HALF])
    power = x ** gate[G_HILL]
    return gate[G_WEIGHT] * min(1.0, gate[G_TOP] * power / (gate[G_CONSTANT] + power))


@device
def drive(y, first, last, operation, source, gates, fixed, offset, stack):
    """Value of one node's gate program, rows first .. last − 1, at activities y.

    source : int32[n_gates], node column read live, −1 where fixed[g − offset] holds the gate's value in this cell
    """
    depth = 0
    for g in range(first, last):
        o = operation[g]
        if o <= INHIBIT:
            x = activation(y[source[g]], gates[g]) if source[g] >= 0 else fixed[g - offset]
            stack[depth] = x if o == ACTIVATE else gates[g, G_WEIGHT] - x
            depth += 1
        else:
            a, b = stack[depth - 2], stack[depth - 1]
            depth -= 1
            stack[depth - 1] = a * b / gates[g, G_WEIGHT] if o == AND else a + b - a * b
    return stack[0]


@device
def aim(y, rows, r0, gate_start, operation, source, gates, fixed, maximum, stack, out):
    """Activities that the nodes of one cell head for at activities y, 0..1.

    rows : float64[n_rows, 9]; maximum : float64[n], Ymax times what silencing leaves
    """
    offset = gate_start[r0]
    for k in range(maximum.shape[0]):
        r = r0 + k
        if not math.isnan(rows[r, N_CLAMP]):
            out[k] = rows[r, N_CLAMP]
            continue
        first, last = gate_start[r], gate_start[r + 1]
        keeps = not math.isnan(rows[r, N_THRESHOLD])
        g = 0.0 if keeps else rows[r, N_INITIAL]
        if last > first:
            g = drive(y, first, last, operation, source, gates, fixed, offset, stack)
        if keeps:
            g = 1.0 / (1.0 + math.exp(-MEMORY_STEEPNESS * ((g - rows[r, N_THRESHOLD]) / rows[r, N_GAIN] + y[k])))
        out[k] = min(1.0, max(0.0, maximum[k] * g))


@kernel(
    "void(int64[::1], int64[::1], int16[::1], int8[::1], int32[::1], int32[::1], int8[::1], int32[::1], int32[::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1])",
    parallel=True,
)
def march(
    cell_site, site_row, cell_type, dead, node_start, gate_start, operation, source, column, gates, rows, factor,
    signal, nodes,
):  # fmt: skip
    """Move nodes[n_cells, n_nodes] over one macro step, all other signals held.

    factor : float64[n_cells, n_nodes] left by silencing, or of length 0 where there is none
    """
    for i in prange(nodes.shape[0]):
        u, t = site_row[cell_site[i]], cell_type[i]
        r0, n = node_start[t], node_start[t + 1] - node_start[t]
        if dead[i] or n == 0:
            continue
        offset, end = gate_start[r0], gate_start[r0 + n]
        now, guess, then, maximum = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        fixed, stack = np.empty(end - offset), np.empty(end - offset)
        for g in range(offset, end):
            if operation[g] <= INHIBIT and source[g] < 0:
                fixed[g - offset] = activation(signal[i, column[g]], gates[u, g])
        y = nodes[i]
        for k in range(n):
            maximum[k] = rows[u, r0 + k, N_MAXIMUM] * (factor[i, k] if factor.shape[0] > 0 else 1.0)
            if not math.isnan(rows[u, r0 + k, N_CLAMP]):
                y[k] = rows[u, r0 + k, N_CLAMP]
        for _ in range(int(rows[u, r0, N_STEPS])):
            aim(y, rows[u], r0, gate_start, operation, source, gates[u], fixed, maximum, stack, now)
            for k in range(n):
                guess[k] = now[k] + (y[k] - now[k]) * rows[u, r0 + k, N_DECAY]
            aim(guess, rows[u], r0, gate_start, operation, source, gates[u], fixed, maximum, stack, then)
            for k in range(n):
                moved = guess[k] + (then[k] - now[k]) * rows[u, r0 + k, N_CORRECTION]
                y[k] = min(1.0, max(0.0, moved))


def constants(program: Program, used: NDArray[np.int64], span: float) -> tuple[F64, F64]:
    """Constants of gates and nodes for the variants `used`, with sub-steps that divide `span` minutes.

    Returns gates float64[n_used, n_gates, 5] and rows float64[n_used, n_rows, 9]
    Raises ValueError where a Hill function cannot be normalised or a time constant is not positive
    """
    table = program.networks
    gates = np.empty((len(used), len(table.gate_operation), 5))
    rows = np.empty((len(used), len(table.p_time), 9))
    fault = prepare(
        program.values, used, span, table.node_start, table.p_weight, table.p_hill, table.p_ec50, table.p_half,
        table.p_maximum, table.p_time, table.p_initial, table.p_memory_threshold, table.p_memory_gain, table.p_clamp,
        gates, rows,
    )  # fmt: skip
    if fault > 0:
        raise ValueError(f"network gate {fault - 1}: needs 0 < EC50ⁿ < 1/2 and n > 0 (lower the EC50 or raise n)")
    if fault < 0:
        raise ValueError(f"network node row {-1 - fault}: time constant and memory gain must be positive")
    return gates, rows


def live_sources(program: Program) -> NDArray[np.int32]:
    """Node column that each gate reads while the network moves, −1 for operators and signals held over the step."""
    table, kinds = program.networks, program.signals
    reads = table.gate_operation <= INHIBIT
    source = np.full(len(table.gate_operation), -1, dtype=np.int32)
    column = table.gate_signal[reads]
    source[reads] = np.where(kinds.kind[column] == NODE, kinds.argument[column], -1)
    return source


def advance(program: Program, state: State) -> None:
    """Move `state.nodes` of living cells over one macro step, with the signals read before it and silencing."""
    table = program.networks
    if not state.n_cells or not len(table.p_time):
        return
    used, site_row = np.unique(state.site_variant.astype(np.int64), return_inverse=True)
    gates, rows = constants(program, used, program.macro_step)
    factor = silencing.factors(program, state) if len(program.silencing.type) else np.empty((0, 0))
    march(
        cell_sites(state), site_row.astype(np.int64), state.cell_type, state.cell_dead, table.node_start,
        table.gate_start, table.gate_operation, live_sources(program), table.gate_signal, gates, rows, factor,
        state.signal, state.nodes,
    )  # fmt: skip


def memory_constants(on: float, off: float) -> tuple[float, float]:
    """Threshold and gain with which a node that keeps itself switches on above `on` and off below `off`.

    Equation   y = σ(k ((s − θ)/gain + y)), k = 12, has folds where y(1 − y) = 1/k: with x = ln(y₋/(1 − y₋))/k − y₋,
               gain = (on − off)/(1 + 2x), θ = on − gain x
    on, off : drives s, 0 ≤ off < on ≤ 1
    Returns threshold θ and gain
    Raises ValueError where the two do not enclose a region with two stable states
    """
    if not 0.0 <= off < on <= 1.0:
        raise ValueError(f"memory needs 0 ≤ off < on ≤ 1, got on {on}, off {off}")
    low = 0.5 * (1.0 - math.sqrt(1.0 - 4.0 / MEMORY_STEEPNESS))
    x = math.log(low / (1.0 - low)) / MEMORY_STEEPNESS - low
    gain = (on - off) / (1.0 + 2.0 * x)
    return on - gain * x, gain
