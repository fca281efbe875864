"""What cells do at the levels of a run, and how much more of it at a little more of one thing that they read.

    Equation   e = d ln b̄ / d ln x ≈ ln(b̄(1.01 x)/b̄(0.99 x)) / ln(1.01/0.99),  b̄ mean over the cells of a type and state

Every cell of the run is asked, with the engine's own laws: what it reads is scaled for all cells alike, its network
comes to rest at that (`networks.march`), and its rules follow (`behaviours.behave_all`). What else it reads stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import behaviours, networks, signals, silencing
from vesicula.engine.program import NONE, Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites, cell_variants, variants_used

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
STEP = 0.01  # relative, by which what cells read is moved up and down
LIVES = 30.0  # of the slowest node, for which networks are let run at a time
AT_REST = 1e-10  # largest move of an activity in that time that counts as none
TIMES = 50  # at most, after which a network counts as one that does not come to rest


class Read(NamedTuple):
    """What cells read that moves with the rest of a model: a substance, contact with cells of a type, copies got."""

    kind: Literal["substance", "contact", "copies"]
    what: int


@dataclass(frozen=True)
class Doings:
    """What the cells of one site do. Groups are types × states: group = type * n_states + state.

    number : float64[n_rows, n_groups], cells      mean : float64[n_rows, n_groups, n_behaviours], of one cell
    slope : by what is read, d ln mean / d ln x of the same shape
    restless : whether some network of some row did not come to rest
    """

    number: F64
    mean: F64
    slope: Mapping[Read, F64]
    restless: bool


def reads(program: Program) -> tuple[Read, ...]:
    """All that the cells of a program read of substances, of each other's contact, and of copies that came to them."""
    rows = [*zip(program.signals.kind.tolist(), program.signals.argument.tolist(), strict=True)]
    found = [Read("substance", a) for kind, a in rows if kind == int(Signal.SUBSTANCE)]
    found += [Read("contact", a) for kind, a in rows if kind == int(Signal.CONTACT) and 0 <= a < program.n_types]
    found += [Read("copies", a) for kind, a in rows if kind in (int(Signal.CARGO), int(Signal.COPIES))]
    silences = np.isin(program.cargo.family, program.silencing.family) & (program.cargo.family != NONE)
    found += [Read("copies", a) for a in np.flatnonzero(silences).tolist()]
    return tuple(dict.fromkeys(found))


def doings(program: Program, state: State, asked: Iterable[Read]) -> Doings:
    """What the living cells of every row do, and how it goes with each thing that is asked about.

    state : signals are read anew, so it may be one that nobody else uses; row s holds the variant s of the program
    """
    signals.read(program, state)
    alive = state.cell_dead == 0
    row, n_states = cell_sites(state), program.n_states
    group = state.cell_type.astype(np.int64) * n_states + state.cell_state
    shape = (state.n_sites, program.n_types * n_states)
    place = row * shape[1] + group
    weight = np.where(alive, state.stands_for, 0).astype(np.float64)
    number = np.bincount(place, weight, shape[0] * shape[1]).reshape(shape).astype(np.float64)
    rest, restless = _Rest(program, state, alive), False

    def mean(signal: F64, rest: _Rest) -> F64:
        nonlocal restless
        done = rest.behaviour(signal)
        restless |= rest.restless
        out = np.empty((*shape, done.shape[1]))
        for column in range(done.shape[1]):
            total = np.bincount(place, weight * done[:, column], shape[0] * shape[1]).reshape(shape)
            out[:, :, column] = np.divide(total, number, out=np.zeros(shape), where=number > 0)
        return out

    def moved(one: Read, factor: float) -> F64:
        if one.kind == "copies":
            other = state.take(np.arange(state.n_sites))
            other.copies[:, one.what] *= factor
            signals.read(program, other)
            return mean(other.signal, _Rest(program, other, alive))
        return mean(_scaled(state.signal, _columns(program, one), factor), rest)

    now, slope = mean(state.signal.copy(), rest), dict[Read, F64]()
    for one in asked:
        up, down = (moved(one, 1.0 + move) for move in (STEP, -STEP))
        both = (up > 0) & (down > 0)
        ratio = np.divide(up, down, out=np.ones_like(up), where=both)
        slope[one] = np.log(ratio) / np.log((1.0 + STEP) / (1.0 - STEP))
    return Doings(number, now, slope, restless)


def _columns(program: Program, one: Read) -> NDArray[np.bool_]:
    kind = Signal.SUBSTANCE if one.kind == "substance" else Signal.CONTACT
    return (program.signals.kind == int(kind)) & (program.signals.argument == one.what)


def _scaled(signal: F64, columns: NDArray[np.bool_], factor: float) -> F64:
    out = signal.copy()
    out[:, columns] *= factor
    return out


class _Rest:
    """The cells of a state with networks that have come to rest, at whatever signals."""

    def __init__(self, program: Program, state: State, alive: NDArray[np.bool_]) -> None:
        self.restless = False
        self._program, self._state, self._alive = program, state, alive
        self._variant, self._kind = cell_variants(state), behaviours.kinds(state)
        self._nodes = state.nodes
        if not state.n_cells or not len(program.networks.p_time):
            return
        used, site_row = variants_used(state)
        times = program.values[used][:, program.networks.p_time]
        self._span = LIVES * float(times.max())
        self._gates, self._rows = networks.constants(program, used, self._span)
        self._factor = silencing.factors(program, state) if len(program.silencing.type) else np.empty((0, 0))
        self._row = site_row[cell_sites(state)]
        self._nodes = self._at_rest(state.signal)

    def _at_rest(self, signal: F64) -> F64:
        nodes = self._nodes.copy()
        for _ in range(TIMES):
            before = nodes.copy()
            networks.march(
                self._program, self._span, self._row, self._state.cell_type, self._alive, self._gates, self._rows,
                self._factor, signal, nodes,
            )  # fmt: skip
            if np.abs(nodes - before).max(initial=0.0) < AT_REST:
                return nodes
        self.restless = True
        return nodes

    def behaviour(self, signal: F64) -> F64:
        """What every cell does, float64[n_cells, n_behaviours]; node columns of `signal` are written."""
        program, state = self._program, self._state
        if len(program.networks.p_time) and state.n_cells:
            nodes = self._at_rest(signal)
            table = program.signals
            for c in np.flatnonzero(table.kind == int(Signal.NODE)):
                mine = (table.type[c] == NONE) | (state.cell_type == table.type[c])
                signal[mine, c] = nodes[mine, table.argument[c]]
        out = np.zeros_like(state.behaviour)
        if state.n_cells:
            behaviours.behave_all(
                program.values, self._variant, self._kind, *behaviours.tables(program), signal, state.trait, out
            )
        return out
