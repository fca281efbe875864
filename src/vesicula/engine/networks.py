"""Networks inside cells: normalised-Hill logic equations for all cells at once.

    Equation   dy/dt = (Ymax · φ · g(y, signals) − y)/τ
               act(x) = min(w, w B xⁿ/(Kⁿ + xⁿ)),  B = (EC50ⁿ − 1)/(2 EC50ⁿ − 1),  Kⁿ = B − 1;  inhibit = w − act
               AND = a b/w,  OR = a + b − a b;  a node that keeps itself: g = σ(12 ((drive − θ)/gain + y))

φ is the factor left by silencing. A node without inputs has g = its initial value. Where a table holds none: w 1,
n 1.4, EC50 0.5, τ 60 min, Ymax 1, initial 0. Exponential Euler predicts, the exponential trapezoidal rule corrects
(order 2, every step a convex combination, so activities stay in 0..1).

Every cell has its own sub-steps, halves of halves of the macro step: half as long where the correction of some node
exceeds `TOLERANCE`, twice as long where it is far below. A node that reads nothing of its own cell heads for one value,
which it nears exactly in any step; nodes that read each other in a ring, or keep themselves, have steps of at most a
quarter of the shortest time constant among them. Cells of one type and variant advance side by side in blocks, and
those of them that are alike, bit by bit, as one.

Source: kraeutler2010 (not read) for the functions; memory and sub-steps: own derivation.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import silencing
from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import NetworkColumns, NetworkTables
from vesicula.engine.hill import G_CONSTANT, G_HALF, G_HILL, G_TOP, G_WEIGHT, LANES, N_WORK, activation
from vesicula.engine.once import once
from vesicula.engine.parameters import parameter
from vesicula.engine.program import NONE, Gate, Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites, variants_used

F64 = NDArray[np.float64]

ACTIVATE, INHIBIT, AND = int(Gate.ACTIVATE), int(Gate.INHIBIT), int(Gate.AND)
NODE = int(Signal.NODE)
WEIGHT, HILL, EC50, TIME = 1.0, 1.4, 0.5, 60.0
MEMORY_STEEPNESS = 12.0
TOLERANCE = 1e-3  # largest correction of an activity in a sub-step
FAR_BELOW = 0.125  # of the tolerance: the next sub-step is twice as long
LONGEST, SHORTEST = 0.25, 0.03125  # sub-steps over the shortest time constant: of a ring at most, of all nodes at least
MOST_HALVINGS = 30
GIVEN, HELD, LIVE, RING = -1, 0, 1, 2
"""A node follows a network of rates; it reads nothing of its own cell; it does; it does in a ring, or keeps itself."""
N_MAXIMUM, N_INITIAL, N_THRESHOLD, N_GAIN, N_CLAMP, N_TIME, N_COARSEST, N_FINEST = range(8)


class Block(NamedTuple):
    """Workspace of a block of cells, float64[…, LANES].

    y : activities of its n nodes; guess, now, then : scratch like it; maximum : Ymax times what silencing leaves
    fixed : values of its gates that read what is held over the step; stack, work : see `drive`
    """

    y: F64
    guess: F64
    now: F64
    then: F64
    maximum: F64
    fixed: F64
    stack: F64
    work: F64


@kernel("void(int32[::1], int32[::1], int32[::1], int32[::1], int8[::1])", allocates=True)
def find_roles(node_start, gate_start, source, p_threshold, role):
    """Which nodes read other nodes of their cell, and which are in a ring; role : int8[n_rows], out."""
    for t in range(node_start.shape[0] - 1):
        r0, n = node_start[t], node_start[t + 1] - node_start[t]
        reads = np.zeros((n, n), dtype=np.bool_)
        for k in range(n):
            role[r0 + k] = HELD
            for g in range(gate_start[r0 + k], gate_start[r0 + k + 1]):
                if source[g] >= 0:
                    reads[k, source[g]] = True
                    role[r0 + k] = LIVE
        for middle in range(n):
            for k in range(n):
                if reads[k, middle]:
                    for j in range(n):
                        reads[k, j] = reads[k, j] or reads[middle, j]
        for k in range(n):
            if reads[k, k] or p_threshold[r0 + k] != NONE:
                role[r0 + k] = RING


@device
def halvings(span, longest):
    """How often a span is halved until a part of it is no longer than `longest`."""
    count = 0.0
    while span > longest and count < MOST_HALVINGS:
        span *= 0.5
        count += 1.0
    return count


@kernel(
    "int64(float64[:, ::1], int64[::1], float64, NetworkTables, NetworkColumns, float64[:, :, ::1], float64[:, :, ::1])"
)
def prepare(values, used, span, table, columns, gates, rows):
    """Constants of every gate and node for the variants `used`.

    gates : float64[n_used, n_gates, 5], rows : float64[n_used, n_rows, 8], out
    Returns 0, or 1 + the gate with EC50ⁿ ≥ 1/2, or −1 − the node whose time constant or memory gain is not positive
    """
    for u in range(used.shape[0]):
        v = used[u]
        for g in range(columns.p_weight.shape[0]):
            n = parameter(values, v, columns.p_hill[g], HILL)
            at_half = parameter(values, v, columns.p_ec50[g], EC50) ** n
            if not (0.0 < at_half < 0.5 and n > 0.0):
                return 1 + g
            top = (at_half - 1.0) / (2.0 * at_half - 1.0)
            gates[u, g, G_WEIGHT] = parameter(values, v, columns.p_weight[g], WEIGHT)
            gates[u, g, G_HILL] = n
            gates[u, g, G_TOP] = top
            gates[u, g, G_CONSTANT] = top - 1.0
            gates[u, g, G_HALF] = parameter(values, v, columns.p_half[g], -1.0)
        for t in range(table.node_start.shape[0] - 1):
            of_ring, of_all = np.inf, np.inf
            for r in range(table.node_start[t], table.node_start[t + 1]):
                time = parameter(values, v, columns.p_time[r], TIME)
                gain = parameter(values, v, columns.p_gain[r], 1.0)
                if not (time > 0.0 and gain > 0.0):
                    return -1 - r
                if table.role[r] != GIVEN:
                    of_all = min(of_all, time)
                if table.role[r] == RING:
                    of_ring = min(of_ring, time)
                rows[u, r, N_MAXIMUM] = parameter(values, v, columns.p_maximum[r], 1.0)
                rows[u, r, N_INITIAL] = parameter(values, v, columns.p_initial[r], 0.0)
                rows[u, r, N_THRESHOLD] = parameter(values, v, columns.p_threshold[r], np.nan)
                rows[u, r, N_GAIN] = gain
                rows[u, r, N_CLAMP] = parameter(values, v, columns.p_clamp[r], np.nan)
                rows[u, r, N_TIME] = time
            coarsest = halvings(span, LONGEST * of_ring)
            finest = max(coarsest, halvings(span, SHORTEST * of_all))
            for r in range(table.node_start[t], table.node_start[t + 1]):
                rows[u, r, N_COARSEST], rows[u, r, N_FINEST] = coarsest, finest
    return 0


@device
def drive(y, first, last, operation, source, gates, fixed, offset, count, stack, work):
    """Fill stack[0, :count] with the value of one node's gate program, rows first .. last − 1, at activities y.

    y : float64[n_nodes, LANES]; source : int32[n_gates], node column read live, −1 where fixed[g − offset] holds the
    gate's values in these cells
    """
    depth = 0
    for g in range(first, last):
        o = operation[g]
        if o <= INHIBIT:
            top = stack[depth]
            if source[g] >= 0:
                activation(y[source[g]], gates[g], count, top, work)
            else:
                held = fixed[g - offset]
                for b in range(count):
                    top[b] = held[b]
            if o == INHIBIT:
                for b in range(count):
                    top[b] = gates[g, G_WEIGHT] - top[b]
            depth += 1
        else:
            left, right = stack[depth - 2], stack[depth - 1]
            depth -= 1
            if o == AND:
                for b in range(count):
                    left[b] = left[b] * right[b] / gates[g, G_WEIGHT]
            else:
                for b in range(count):
                    left[b] = left[b] + right[b] - left[b] * right[b]


@device
def aim(y, table, gates, rows, r0, least, fixed, maximum, count, stack, work, out):
    """Activities that the nodes of a block of cells head for at activities y, 0..1; of nodes of role `least` or above.

    rows : float64[n_rows, 8]; maximum : float64[n, LANES], Ymax times what silencing leaves; out : float64[n, LANES]
    """
    gate_start, operation, source, role = table.gate_start, table.operation, table.source, table.role
    for k in range(maximum.shape[0]):
        r, g = r0 + k, stack[0]
        if role[r] < least:
            continue
        if role[r] == GIVEN:
            for b in range(count):
                out[k, b] = y[k, b]
            continue
        first, last = gate_start[r], gate_start[r + 1]
        keeps = not math.isnan(rows[r, N_THRESHOLD])
        if not math.isnan(rows[r, N_CLAMP]):
            for b in range(count):
                out[k, b] = rows[r, N_CLAMP]
            continue
        if last > first:
            drive(y, first, last, operation, source, gates, fixed, gate_start[r0], count, stack, work)
        else:
            for b in range(count):
                g[b] = 0.0 if keeps else rows[r, N_INITIAL]
        if keeps:
            for b in range(count):
                balance = (g[b] - rows[r, N_THRESHOLD]) / rows[r, N_GAIN] + y[k, b]
                g[b] = 1.0 / (1.0 + math.exp(-MEMORY_STEEPNESS * balance))
        for b in range(count):
            out[k, b] = min(1.0, max(0.0, maximum[k, b] * g[b]))


@device
def enter(cells, count, table, gates, rows, r0, factor, signal, nodes, block):
    """Bring a block of cells together: activities, maxima, and the gates that read signals held over the step."""
    y, maximum, fixed, work = block.y, block.maximum, block.fixed, block.work
    source, operation, column, offset = table.source, table.operation, table.column, table.gate_start[r0]
    for k in range(y.shape[0]):
        clamp = rows[r0 + k, N_CLAMP]
        for b in range(count):
            y[k, b] = nodes[cells[b], k] if math.isnan(clamp) else clamp
            maximum[k, b] = rows[r0 + k, N_MAXIMUM] * (factor[cells[b], k] if factor.shape[0] > 0 else 1.0)
    x = work[N_WORK + 1]
    for g in range(fixed.shape[0]):
        if operation[offset + g] <= INHIBIT and source[offset + g] < 0:
            for b in range(count):
                x[b] = signal[cells[b], column[offset + g]]
            activation(x, gates[offset + g], count, fixed[g], work)


@device
def shares_of_step(span, rows, r0, finest, decay, correction):
    """What is left of a distance after a sub-step, and the weight of its correction, for every number of halvings.

    decay, correction : float64[finest + 1, n], out
    """
    for j in range(finest + 1):
        for k in range(decay.shape[1]):
            z = span / rows[r0 + k, N_TIME]
            decay[j, k] = math.exp(-z)
            correction[j, k] = 1.0 + math.expm1(-z) / z
        span *= 0.5


@device
def judge(off, count, tolerance, coarsest, finest, halved, at, take):
    """Take or refuse the sub-steps of a block of cells, and choose the next ones; returns the cells that are not done.

    off : largest correction of each cell; halved, at : int64, halvings of its sub-step, time in finest sub-steps
    take : int64, out, 1 where the sub-step is taken
    """
    whole, left = np.int64(1) << finest, 0
    for b in range(count):
        take[b] = 0
        if at[b] >= whole:
            continue
        length = np.int64(1) << (finest - halved[b])
        if off[b] <= tolerance or halved[b] == finest:
            take[b] = 1
            at[b] += length
            longer = halved[b] > coarsest and at[b] % (2 * length) == 0
            if longer and off[b] <= FAR_BELOW * tolerance:
                halved[b] -= 1
        else:
            halved[b] += 2 if off[b] > 16.0 * tolerance and halved[b] + 2 <= finest else 1
        if at[b] < whole:
            left += 1
    return left


@device(allocates=True)
def march_block(span, tolerance, count, table, gates, rows, r0, block):
    """Move the activities block.y of a block of cells over a span."""
    y, guess, now, then, maximum = block.y, block.guess, block.now, block.then, block.maximum
    fixed, stack, work, role = block.fixed, block.stack, block.work, table.role
    n, live = y.shape[0], False
    for k in range(n):
        live = live or role[r0 + k] > HELD
    coarsest, finest = np.int64(rows[r0, N_COARSEST]), np.int64(rows[r0, N_FINEST])
    if not live:
        coarsest, finest = np.int64(0), np.int64(0)
    decay, correction = np.empty((finest + 1, n)), np.empty((finest + 1, n))
    shares_of_step(span, rows, r0, finest, decay, correction)
    halved, at = np.full(LANES, coarsest), np.zeros(LANES, dtype=np.int64)
    take, off = np.empty(LANES, dtype=np.int64), np.empty(LANES)
    left = count
    aim(y, table, gates, rows, r0, GIVEN, fixed, maximum, count, stack, work, now)
    for k in range(n):
        for b in range(count):
            then[k, b] = now[k, b]
    while left > 0:
        for k in range(n):
            for b in range(count):
                guess[k, b] = now[k, b] + (y[k, b] - now[k, b]) * decay[halved[b], k]
        if live:
            aim(guess, table, gates, rows, r0, LIVE, fixed, maximum, count, stack, work, then)
        for b in range(count):
            off[b] = 0.0
        for k in range(n):
            for b in range(count):
                moved = (then[k, b] - now[k, b]) * correction[halved[b], k]
                off[b] = max(off[b], abs(moved))
                guess[k, b] = min(1.0, max(0.0, guess[k, b] + moved))
        left = judge(off, count, tolerance, coarsest, finest, halved, at, take)
        for k in range(n):
            for b in range(count):
                if take[b]:
                    y[k, b] = guess[k, b]
        if left > 0:
            aim(y, table, gates, rows, r0, LIVE, fixed, maximum, count, stack, work, now)


@device
def march_in(space, span, tolerance, mine, table, gates, rows, r0, n, factor, signal, nodes):
    """Move the n activities of the block `mine` of cells of one type in `space`; node rows from r0 on."""
    count, n_gates = mine.shape[0], table.gate_start[r0 + n] - table.gate_start[r0]
    block = Block(
        y=space[:n], guess=space[n : 2 * n], now=space[2 * n : 3 * n], then=space[3 * n : 4 * n],
        maximum=space[4 * n : 5 * n], fixed=space[5 * n : 5 * n + n_gates],
        stack=space[5 * n + n_gates : 5 * n + 2 * n_gates + 1], work=space[5 * n + 2 * n_gates + 1 :],
    )  # fmt: skip
    enter(mine, count, table, gates, rows, r0, factor, signal, nodes, block)
    march_block(span, tolerance, count, table, gates, rows, r0, block)
    for k in range(n):
        for b in range(count):
            nodes[mine[b], k] = block.y[k, b]


@device
def are_alike(one, two, n, reads, bits):
    """Whether two cells of one type and variant have the same n activities, factors and signals `reads`, bit by bit.

    bits : activities, factors (of length 0 where there are none) and signals, int64[n_cells, …]
    """
    nodes, factor, signal = bits
    for k in range(reads.shape[0]):
        if signal[one, reads[k]] != signal[two, reads[k]]:
            return False
    for k in range(n):
        if nodes[one, k] != nodes[two, k]:
            return False
        if factor.shape[0] > 0 and factor[one, k] != factor[two, k]:
            return False
    return True


@device
def find_leaders(mine, n, reads, bits, leader):
    """Place in `mine` of a cell shortly before each that is alike, or its own; leader : int64[len(mine)], out."""
    latest = (-1, -1, -1, -1)
    for j in range(mine.shape[0]):
        leader[j] = j
        for place in latest:
            if place >= 0 and are_alike(mine[j], mine[place], n, reads, bits):
                leader[j] = place
                break
        if leader[j] == j:
            latest = (j, latest[0], latest[1], latest[2])


@kernel(
    "void(float64, float64, int64[::1], int64[::1], int64[::1], int16[::1], NetworkTables, float64[:, :, ::1],"
    " float64[:, :, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1])",
    allocates=True,
)
def march_groups(
    span, tolerance, group_start, cells, cell_row, cell_type, table, gates, rows, factor, signal, nodes
):  # fmt: skip
    """Move nodes[n_cells, n_nodes] over one macro step, all other signals held; cells that are alike move together.

    Group k is cells[group_start[k] : group_start[k + 1]], of one type and one row of gates and rows
    factor : float64[n_cells, n_nodes] left by silencing, or of length 0 where there is none
    """
    bits = nodes.view(np.int64), factor.view(np.int64), signal.view(np.int64)
    for k in range(group_start.shape[0] - 1):
        mine = cells[group_start[k] : group_start[k + 1]]
        u, t = cell_row[mine[0]], cell_type[mine[0]]
        r0, n = table.node_start[t], table.node_start[t + 1] - table.node_start[t]
        if n == 0:
            continue
        first, n_gates = table.gate_start[r0], table.gate_start[r0 + n] - table.gate_start[r0]
        reads, n_reads = np.empty(n_gates, dtype=np.int64), 0
        for g in range(first, first + n_gates):
            if table.operation[g] <= INHIBIT and table.source[g] < 0:
                reads[n_reads] = table.column[g]
                n_reads += 1
        leader, block, count = np.empty(mine.shape[0], dtype=np.int64), np.empty(LANES, dtype=np.int64), 0
        find_leaders(mine, n, reads[:n_reads], bits, leader)
        space = np.empty((5 * n + 2 * n_gates + 1 + N_WORK + 2, LANES))
        for j in range(mine.shape[0]):
            if leader[j] == j:
                block[count] = mine[j]
                count += 1
            if count == LANES or (count > 0 and j == mine.shape[0] - 1):
                march_in(space, span, tolerance, block[:count], table, gates[u], rows[u], r0, n, factor, signal, nodes)
                count = 0
        for j in range(mine.shape[0]):
            if leader[j] != j:
                for k_node in range(n):
                    nodes[mine[j], k_node] = nodes[mine[leader[j]], k_node]


def march(
    program: Program, span: float, cell_row: NDArray[np.int64], cell_type: NDArray[np.int16], alive: NDArray[np.bool_],
    gates: F64, rows: F64, factor: F64, signal: F64, nodes: F64,
) -> None:  # fmt: skip
    """Move nodes[n_cells, n_nodes] of living cells over the span, in minutes, that `gates` and `rows` were made for.

    cell_row : int64[n_cells], row of gates and rows (a variant) of each cell; factor as in `march_groups`
    """
    cells = np.flatnonzero(alive)
    if not len(cells):
        return
    group = cell_row[cells] * program.n_types + cell_type[cells]
    narrow = np.min_scalar_type(len(rows) * program.n_types)  # numbers of 16 bits are sorted in one pass
    order = np.argsort(group.astype(narrow), kind="stable")
    cells = cells[order]
    group_start = np.append(np.flatnonzero(np.diff(group[order], prepend=-1)), len(cells)).astype(np.int64)
    march_groups(
        span, TOLERANCE, group_start, cells, cell_row, cell_type, tables(program), gates, rows, factor, signal, nodes
    )  # fmt: skip


@once
def constants(program: Program, used: NDArray[np.int64], span: float) -> tuple[F64, F64]:
    """Constants of gates and nodes for the variants `used`, with sub-steps that divide `span` minutes.

    Returns gates float64[n_used, n_gates, 5] and rows float64[n_used, n_rows, 8]
    Raises ValueError where a Hill function cannot be normalised or a time constant is not positive
    """
    table = program.networks
    gates = np.empty((len(used), len(table.gate_operation), 5))
    rows = np.empty((len(used), len(table.p_time), 8))
    columns = NetworkColumns(
        p_weight=table.p_weight, p_hill=table.p_hill, p_ec50=table.p_ec50, p_half=table.p_half,
        p_maximum=table.p_maximum, p_time=table.p_time, p_initial=table.p_initial,
        p_threshold=table.p_memory_threshold, p_gain=table.p_memory_gain, p_clamp=table.p_clamp,
    )  # fmt: skip
    fault: Any = prepare(program.values, used, span, tables(program), columns, gates, rows)
    if fault > 0:
        raise ValueError(f"network gate {fault - 1}: needs 0 < EC50ⁿ < 1/2 and n > 0 (lower the EC50 or raise n)")
    if fault < 0:
        raise ValueError(f"network node row {-1 - fault}: time constant and memory gain must be positive")
    return gates, rows


@once
def tables(program: Program) -> NetworkTables:
    """Nodes and gates as kernels march them."""
    table = program.networks
    return NetworkTables(
        node_start=table.node_start, role=roles(program), gate_start=table.gate_start, operation=table.gate_operation,
        source=live_sources(program), column=table.gate_signal,
    )  # fmt: skip


@once
def roles(program: Program) -> NDArray[np.int8]:
    """Whether each node is given, held, live or in a ring, int8[n_rows]."""
    table = program.networks
    role = np.empty(len(table.p_time), dtype=np.int8)
    find_roles(table.node_start, table.gate_start, live_sources(program), table.p_memory_threshold, role)
    for cell_type, node in program.kinetics.given:
        role[table.node_start[cell_type] + node] = GIVEN
    return role


@once
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
    if not state.n_cells or not len(program.networks.p_time):
        return
    used, site_row = variants_used(state)
    gates, rows = constants(program, used, program.macro_step)
    factor = silencing.followed(program, state) if len(program.silencing.type) else np.empty((0, 0))
    cell_row = site_row[cell_sites(state)]
    alive = state.cell_dead == 0
    march(program, program.macro_step, cell_row, state.cell_type, alive, gates, rows, factor, state.signal, state.nodes)


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
