"""Networks of rates inside cells: ordinary differential equations with events, in every cell with its own sub-steps.

    Equation   dy/dt = f(t, y, inputs); an event sets some y at once when its trigger turns true

f, its slopes, triggers and what events set are programs on registers (`kinetic_tables.Code`), which one loop works off.
Steps are those of RODAS, a linearly implicit method of order 4 with an embedded one of order 3 (L-stable, so stiff
networks take long steps): W Uᵢ = f(yᵢ) + Σ cᵢⱼ Uⱼ/h + dᵢ h ∂f/∂t with W = 1/(γh) − ∂f/∂y. A sub-step is taken where
the root mean square of U₆ over `RELATIVE` |y| + `ABSOLUTE` typical is at most 1. The first time at which a trigger is
true is found by halving inside the sub-step, on its own polynomial. Inputs are held over the macro step. Cells of one
type and variant that are alike, bit by bit, are worked out once.

Source: rodas-coefficients; a test holds their order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import KineticTables
from vesicula.engine.kinetic_tables import Code, Section
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites, variants_used
from vesicula.errors import NumericalError

F64 = NDArray[np.float64]

RELATIVE, ABSOLUTE = 1e-6, 1e-10
FIRST_STEP = 1e-6  # of the span, from which sub-steps grow
SHORTEST = 1e-13  # sub-step over the time that it has to add to
MOST_STEPS = 1_000_000  # of one cell in a macro step
MOST_FIRINGS = 1000  # of events at one moment
HALVINGS = 50  # of a sub-step in which a trigger turns true
TIME_OF, STEP_OF, FIRST_OF = 0, 1, 2  # columns of a cell's network
AT_START, PERSISTENT, VALUES_THEN, RANKED = range(4)  # columns of an event
GAMMA = 0.25
STAGES = 6
"""Stages of RODAS."""

START, RATES, SLOPES, TRIGGERS = int(Section.START), int(Section.RATES), int(Section.SLOPES), int(Section.TRIGGERS)
PRIORITIES, OUTPUTS, FIRST_EVENT = int(Section.PRIORITIES), int(Section.OUTPUTS), int(Section.FIRST_EVENT)
STORE, MULTIPLY, ADD, SUBTRACT = int(Code.STORE), int(Code.MULTIPLY), int(Code.ADD), int(Code.SUBTRACT)
DIVIDE, NEGATE, POWER, EXP, LN = int(Code.DIVIDE), int(Code.NEGATE), int(Code.POWER), int(Code.EXP), int(Code.LN)
ROOT, CHOOSE, LESS, AT_MOST = int(Code.ROOT), int(Code.CHOOSE), int(Code.LESS), int(Code.AT_MOST)
EQUAL, AND, OR, NOT = int(Code.EQUAL), int(Code.AND), int(Code.OR), int(Code.NOT)
SMALLER, LARGER, ABS, FLOOR = int(Code.SMALLER), int(Code.LARGER), int(Code.ABS), int(Code.FLOOR)
CEILING, SIN, COS, TAN = int(Code.CEILING), int(Code.SIN), int(Code.COS), int(Code.TAN)
ARCSIN, ARCCOS, ARCTAN = int(Code.ARCSIN), int(Code.ARCCOS), int(Code.ARCTAN)
SINH, COSH, TANH, FACTORIAL = int(Code.SINH), int(Code.COSH), int(Code.TANH), int(Code.FACTORIAL)
DONE, STUCK, ENDLESS = 0, 1, 2

A = np.zeros((STAGES, STAGES))
A[1, :1] = 1.544
A[2, :2] = 0.9466785280815826, 0.2557011698983284
A[3, :3] = 3.314825187068521, 2.896124015972201, 0.9986419139977817
A[4, :4] = 1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950
A[5, :4] = A[4, :4]
A[5, 4] = 1.0
C = np.zeros((STAGES, STAGES))
C[1, :1] = -5.6688
C[2, :2] = -2.430093356833875, -0.2063599157091915
C[3, :3] = -0.1073529058151375, -9.594562251023355, -20.47028614809616
C[4, :4] = 7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160
C[5, :5] = 8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054
AT = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
D = np.array([0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0])
BETWEEN = np.array(
    [
        [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662],
        [-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872],
    ]
)
"""Of the polynomial inside a sub-step."""


class Unsolved(NumericalError):
    """A network of rates cannot be moved. cell_type : in which; endless : its events never come to an end."""

    def __init__(self, cell_type: int, *, endless: bool) -> None:
        self.cell_type, self.endless = cell_type, endless
        super().__init__(f"a network of rates in cell type {cell_type} cannot be moved")


class Work(NamedTuple):
    """Workspace of one network with n changing states.

    f, new : float64[n]; w : float64[n, n]; slopes : float64[n (n + 1)]; pivot : int64[n]; u : float64[6, n], stages
    there : float64[n_states]; truth, rank : float64[n_events]; waiting : int64[n_events]
    set_to : float64[n_events, n_states], what each event sets
    """

    f: F64
    w: F64
    slopes: F64
    pivot: NDArray[np.int64]
    u: F64
    new: F64
    there: F64
    truth: F64
    rank: F64
    waiting: NDArray[np.int64]
    set_to: F64


@device
def work_off(code, first, last, reg, out):
    """Work off rows first .. last − 1 of code on the registers; what they store goes into out."""
    for k in range(first, last):
        o, d, x, y = code[k, 0], code[k, 1], reg[code[k, 2]], reg[code[k, 3]]
        if o == STORE:
            out[d] = x
        elif o == MULTIPLY:
            reg[d] = x * y
        elif o == ADD:
            reg[d] = x + y
        elif o == SUBTRACT:
            reg[d] = x - y
        elif o == DIVIDE:
            reg[d] = x / y
        elif o == NEGATE:
            reg[d] = -x
        elif o == POWER:
            reg[d] = x**y
        elif o == EXP:
            reg[d] = math.exp(x)
        elif o == CHOOSE:
            reg[d] = y if x != 0.0 else reg[code[k, 4]]
        elif o == LESS:
            reg[d] = 1.0 if x < y else 0.0
        elif o == AT_MOST:
            reg[d] = 1.0 if x <= y else 0.0
        else:
            reg[d] = rare(o, x, y)


@device
def rare(o, x, y):
    """The value of an operation that few networks have."""
    if o == LN:
        return math.log(x) if x > 0.0 else (-np.inf if x == 0.0 else np.nan)
    if o == ROOT:
        return math.sqrt(x) if x >= 0.0 else np.nan
    if o == EQUAL:
        return 1.0 if x == y else 0.0
    if o == AND:
        return 1.0 if x != 0.0 and y != 0.0 else 0.0
    if o == OR:
        return 1.0 if x != 0.0 or y != 0.0 else 0.0
    if o == NOT:
        return 1.0 if x == 0.0 else 0.0
    if o == SMALLER:
        return min(x, y)
    if o == LARGER:
        return max(x, y)
    if o == ABS:
        return abs(x)
    if o == FLOOR:
        return float(math.floor(x)) if abs(x) < 1e15 else x
    if o == CEILING:
        return float(math.ceil(x)) if abs(x) < 1e15 else x
    if o == FACTORIAL:
        return math.gamma(x + 1.0)
    if o == SIN:
        return math.sin(x)
    if o == COS:
        return math.cos(x)
    if o == TAN:
        return math.tan(x)
    if o == ARCSIN:
        return math.asin(x)
    if o == ARCCOS:
        return math.acos(x)
    if o == ARCTAN:
        return math.atan(x)
    if o == SINH:
        return math.sinh(x)
    if o == COSH:
        return math.cosh(x)
    if o == TANH:
        return math.tanh(x)
    return x - y * (math.floor(x / y) if x / y >= 0.0 else math.ceil(x / y))  # REMAINDER


@device
def at(net, section, time, y, reg, out):
    """Work off a section of a network at a time and at states y."""
    place = net.constant.shape[0]
    reg[place] = time
    place += 1 + net.input_signal.shape[0]
    for k in range(y.shape[0]):
        reg[place + k] = y[k]
    work_off(net.code, net.section[section], net.section[section + 1], reg, out)


@device
def decompose(w, pivot):
    """LU of a square matrix in place, with row exchanges; False where it is singular."""
    n = w.shape[0]
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(w[i, k]) > abs(w[best, k]):
                best = i
        pivot[k] = best
        if not abs(w[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(n):
                w[k, j], w[best, j] = w[best, j], w[k, j]
        for i in range(k + 1, n):
            if w[i, k] != 0.0:
                w[i, k] /= w[k, k]
                for j in range(k + 1, n):
                    w[i, j] -= w[i, k] * w[k, j]
    return True


@device
def solve(w, pivot, x):
    """X becomes the solution of W x = x, W decomposed."""
    n = w.shape[0]
    for k in range(n):
        x[k], x[pivot[k]] = x[pivot[k]], x[k]
    for i in range(n):
        for j in range(i):
            x[i] -= w[i, j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= w[i, j] * x[j]
        x[i] /= w[i, i]


@device
def try_step(net, time, h, y, reg, work):
    """One step of RODAS from y: new states in work.new, stages in work.u; returns its error over the tolerance.

    work.slopes holds the slopes at y
    """
    n = work.f.shape[0]
    for i in range(n):
        for j in range(n):
            work.w[i, j] = -work.slopes[i * (n + 1) + j]
        work.w[i, i] += 1.0 / (GAMMA * h)
    if not decompose(work.w, work.pivot):
        return np.inf
    for s in range(STAGES):
        for i in range(n):
            work.new[i] = y[i]
            for j in range(s):
                work.new[i] += A[s, j] * work.u[j, i]
        at(net, RATES, time + AT[s] * h, work.new, reg, work.f)
        for i in range(n):
            x = work.f[i] + D[s] * h * work.slopes[i * (n + 1) + n]
            for j in range(s):
                x += C[s, j] * work.u[j, i] / h
            work.u[s, i] = x
        solve(work.w, work.pivot, work.u[s])
    total = 0.0
    for i in range(n):
        work.new[i] += work.u[STAGES - 1, i]
        scale = RELATIVE * max(abs(y[i]), abs(work.new[i])) + ABSOLUTE * net.typical[i]
        total += (work.u[STAGES - 1, i] / scale) ** 2
    return math.sqrt(total / n) if n > 0 else 0.0


@device
def between(part, n, y, work, out):
    """States at a part of the step that was tried last; out : float64[n_states]."""
    for i in range(n):
        first, second = 0.0, 0.0
        for s in range(STAGES - 1):
            first += BETWEEN[0, s] * work.u[s, i]
            second += BETWEEN[1, s] * work.u[s, i]
        out[i] = y[i] * (1.0 - part) + part * (work.new[i] + (1.0 - part) * (first + part * second))


@device
def rises(flags, truth):
    """Whether a trigger is true that was not; flags, truth : float64[n_events]."""
    found = False
    for e in range(flags.shape[0]):
        found = found or (truth[e] != 0.0 and flags[e] == 0.0)
    return found


@device
def fire(net, time, y, flags, reg, work):
    """Let events happen whose triggers have turned true, those of the highest priority first; returns a fault or DONE.

    flags : float64[n_events], truth of the triggers before, out: after
    """
    n_events, waiting, truth = flags.shape[0], work.waiting, work.truth
    for e in range(n_events):
        waiting[e] = 0
    for _ in range(MOST_FIRINGS):
        at(net, TRIGGERS, time, y, reg, truth)
        for e in range(n_events):
            if truth[e] != 0.0 and flags[e] == 0.0:
                waiting[e] = 1
                if net.event[e, VALUES_THEN]:
                    at(net, FIRST_EVENT + e, time, y, reg, work.set_to[e])
            elif waiting[e] == 1 and truth[e] == 0.0 and not net.event[e, PERSISTENT]:
                waiting[e] = 0
            flags[e] = truth[e]
        at(net, PRIORITIES, time, y, reg, work.rank)
        best = -1
        for e in range(n_events):
            if waiting[e] == 1:
                rank = work.rank[e] if net.event[e, RANKED] else -np.inf
                if best < 0 or rank > (work.rank[best] if net.event[best, RANKED] else -np.inf):
                    best = e
        if best < 0:
            return DONE
        waiting[best] = 0
        if not net.event[best, VALUES_THEN]:
            at(net, FIRST_EVENT + best, time, y, reg, work.set_to[best])
        for k in range(net.section[FIRST_EVENT + best], net.section[FIRST_EVENT + best + 1]):
            if net.code[k, 0] == STORE:
                y[net.code[k, 1]] = work.set_to[best, net.code[k, 1]]
    return ENDLESS


@device
def until_event(net, time, h, n, y, flags, reg, work):
    """Part of the step that was tried last at whose end a trigger first turns true (1: at none before its end).

    The states there are left in work.there.
    """
    for i in range(y.shape[0]):
        work.there[i] = work.new[i] if i < n else y[i]
    at(net, TRIGGERS, time + h, work.there, reg, work.truth)
    if not rises(flags, work.truth):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        between(middle, n, y, work, work.there)
        at(net, TRIGGERS, time + middle * h, work.there, reg, work.truth)
        if rises(flags, work.truth):
            high = middle
        else:
            low = middle
    if high < 1.0:
        between(high, n, y, work, work.there)
    else:
        for i in range(n):
            work.there[i] = work.new[i]
    return high


@device
def march_cell(net, span, n, mine, reg, work):
    """Move one cell's network over a span of its time; returns a fault or DONE.

    mine : float64[2 + n_events + n_states], see `Kinetics.column`; n : states that change
    """
    n_events = net.event.shape[0]
    flags, y = mine[FIRST_OF : FIRST_OF + n_events], mine[FIRST_OF + n_events :]
    if mine[STEP_OF] == 0.0:
        at(net, START, 0.0, y, reg, y)
        for e in range(n_events):
            flags[e] = net.event[e, AT_START]
        mine[STEP_OF] = FIRST_STEP * span
    time, end, h = mine[TIME_OF], mine[TIME_OF] + span, mine[STEP_OF]
    fault = fire(net, time, y, flags, reg, work) if n_events > 0 else DONE
    fresh, steps = True, 0
    while fault == DONE and time < end:
        if fresh:
            at(net, SLOPES, time, y, reg, work.slopes)
            for k in range(work.slopes.shape[0]):  # a root of nothing is infinitely steep: its steps are judged anyway
                if not abs(work.slopes[k]) < np.inf:
                    work.slopes[k] = 0.0
            fresh = False
        last = time + h >= end
        tried = end - time if last else h
        error = try_step(net, time, tried, y, reg, work)
        steps += 1
        better = 0.9 * error ** (-0.25) if error > 0.0 else 6.0
        if not error <= 1.0:
            h = tried * (max(0.1, better) if error < np.inf else 0.1)
            if h <= SHORTEST * max(abs(time), span) or steps > MOST_STEPS:
                fault = STUCK
            continue
        part = until_event(net, time, tried, n, y, flags, reg, work) if n_events > 0 else 1.0
        for i in range(n):
            y[i] = work.new[i] if n_events == 0 else work.there[i]
        time = end if last and part == 1.0 else time + part * tried
        if not last or better < 1.0:
            h = tried * min(6.0, max(0.2, better))
        if n_events > 0:
            fault = fire(net, time, y, flags, reg, work)
        fresh = True
        if steps > MOST_STEPS:
            fault = STUCK
    mine[TIME_OF], mine[STEP_OF] = end, h
    return fault


@device
def same(one, two, reads, before, signal):
    """Whether two cells have the same inputs and network, bit by bit.

    before : int64[n_cells of the type, width], bits of their networks; one, two : (place in `before`, cell)
    """
    for k in range(reads.shape[0]):
        if reads[k] >= 0 and signal[one[1], reads[k]] != signal[two[1], reads[k]]:
            return False
    alike = True
    for k in range(before.shape[1]):
        alike = alike and before[one[0], k] == before[two[0], k]
    return alike


@device
def give_out(i, row, net, full, out, nodes):
    """Write what nodes of cell i follow, as activities 0..1; full : see `march_networks`."""
    for k in range(out.shape[0]):
        clamp = full[row, k, 2]
        activity = min(1.0, max(0.0, full[row, k, 1] * out[k] / full[row, k, 0]))
        nodes[i, net.output_node[k]] = activity if math.isnan(clamp) else clamp


@kernel(
    "int64(float64, int64, KineticTables, int64[::1], int64[::1], float64[:, ::1], float64[:, :, ::1],"
    " float64[:, ::1], float64[:, ::1])",
    allocates=True,
)
def march_networks(span, column, net, cells, cell_row, scale, full, signal, nodes):
    """Move one network in the cells of one type over a span of its time, and write what nodes follow it.

    column : first column of the network in nodes; cells : int64, the living cells of the type
    cell_row : int64[n_cells], row of scale and full (a variant) of each cell
    scale : float64[n_variants used, n_inputs], value of an input at a signal of 1
    full : float64[n_variants used, n_outputs, 3], value at full activity, top and clamp (NaN: none) of the node
    Returns DONE, or a fault + 4 × the place in `cells` of the cell in which it happened
    """
    n, n_states, n_events = net.typical.shape[0], net.size[1], net.event.shape[0]
    n_inputs, width = net.input_signal.shape[0], FIRST_OF + n_events + n_states
    reg, out = np.zeros(net.size[0]), np.zeros(net.output_node.shape[0])
    for k in range(net.constant.shape[0]):
        reg[k] = net.constant[k]
    work = Work(
        f=np.zeros(n), w=np.zeros((n, n)), slopes=np.zeros(n * (n + 1)), pivot=np.zeros(n, dtype=np.int64),
        u=np.zeros((STAGES, n)), new=np.zeros(n), there=np.zeros(n_states), truth=np.zeros(n_events),
        rank=np.zeros(n_events), waiting=np.zeros(n_events, dtype=np.int64), set_to=np.zeros((n_events, n_states)),
    )  # fmt: skip
    before = np.empty((cells.shape[0], width))
    for j in range(cells.shape[0]):
        for k in range(width):
            before[j, k] = nodes[cells[j], column + k]
    was, read = before.view(np.int64), signal.view(np.int64)
    latest = np.full(4, -1, dtype=np.int64)
    for j in range(cells.shape[0]):
        i, row = cells[j], cell_row[cells[j]]
        twin = -1
        for place in latest:
            known = place >= 0 and cell_row[cells[place]] == row
            if known and same((j, i), (place, cells[place]), net.input_signal, was, read):
                twin = place
        if twin >= 0:
            for k in range(width):
                nodes[i, column + k] = nodes[cells[twin], column + k]
            for k in range(out.shape[0]):
                nodes[i, net.output_node[k]] = nodes[cells[twin], net.output_node[k]]
            continue
        for k in range(n_inputs):
            x = signal[i, net.input_signal[k]] if net.input_signal[k] >= 0 else 1.0
            reg[net.constant.shape[0] + 1 + k] = scale[row, k] * x
        mine = nodes[i, column : column + width]
        fault = march_cell(net, span, n, mine, reg, work)
        if fault != DONE:
            return fault + 4 * j
        at(net, OUTPUTS, mine[TIME_OF], mine[FIRST_OF + n_events :], reg, out)
        give_out(i, row, net, full, out, nodes)
        latest[3], latest[2], latest[1], latest[0] = latest[2], latest[1], latest[0], j
    return DONE


@once
def tables(program: Program, k: int) -> KineticTables:
    """Network k of the program as its kernel takes it."""
    net = program.kinetics

    def part(name: str) -> slice:
        start = getattr(net, f"{name}_start")
        return slice(int(start[k]), int(start[k + 1]))

    section = net.section[part("section")]
    return KineticTables(
        code=np.ascontiguousarray(net.code), section=np.ascontiguousarray(section),
        constant=net.constant[part("constant")], input_signal=net.input_signal[part("input")],
        output_node=net.output_node[part("output")], typical=net.typical[part("typical")],
        event=np.column_stack(
            [of[part("event")] for of in (net.at_start, net.persistent, net.values_then, net.ranked)]
        ).astype(np.int8),
        size=np.array([net.n_registers[k], net.n_changing[k] + net.n_held[k]], dtype=np.int64),
    )  # fmt: skip


@once
def numbers(program: Program, k: int, used: NDArray[np.int64]) -> tuple[F64, F64]:
    """Scales of inputs float64[n_used, n_inputs], and full, top and clamp of outputs float64[n_used, n_outputs, 3]."""
    net, table, values = program.kinetics, program.networks, program.values[used]
    inputs = net.p_input[net.input_start[k] : net.input_start[k + 1]]
    outputs = slice(int(net.output_start[k]), int(net.output_start[k + 1]))
    rows = table.node_start[net.type[k]] + net.output_node[outputs]
    columns = ((net.p_output[outputs], 1.0), (table.p_maximum[rows], 1.0), (table.p_clamp[rows], math.nan))
    full = [np.where(p == NONE, absent, values[:, np.maximum(p, 0)]) for p, absent in columns]
    return np.ascontiguousarray(values[:, inputs]), np.ascontiguousarray(np.stack(full, axis=-1))


def advance(program: Program, state: State) -> None:
    """Move the networks of rates of living cells over one macro step, and the nodes that follow them.

    Raises Unsolved where a network cannot be moved within its error
    """
    net = program.kinetics
    if not state.n_cells or not len(net.type):
        return
    used, site_row = variants_used(state)
    cell_row = site_row[cell_sites(state)]
    for k in range(len(net.type)):
        cells = np.flatnonzero((state.cell_type == net.type[k]) & (state.cell_dead == 0))
        if not len(cells):
            continue
        scale, full = numbers(program, k, used)
        span = float(program.macro_step * net.per_minute[k])
        fault = march_networks(
            span, int(net.column[k]), tables(program, k), cells, cell_row, scale, full, state.signal, state.nodes
        )  # fmt: skip
        assert isinstance(fault, int)
        if fault != DONE:
            raise Unsolved(int(net.type[k]), endless=fault % 4 == ENDLESS)
