"""The undisturbed state, draw by draw: levels, what rules and networks make of behaviours at these levels, and cells.

    Equation   c = (Σ n s + f)/(V k + Σ n u)

of what is secreted (s, by n cells in a volume V), set free by resorption (f), taken up (u) and lost (k), where nobody
states its level c; a complex that nobody states is what its partners make of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.names import Compiled
from vesicula.engine import behaviours, kinetics, networks, signals
from vesicula.engine.program import NONE, Effect, Program, Reaction, Signal
from vesicula.engine.start import initial_state
from vesicula.engine.state import State
from vesicula.language.model import Model
from vesicula.language.resting import called_at_rest
from vesicula.units import internal

F64 = NDArray[np.float64]
SETTLING = 20.0  # slowest time constants per run
MOST_RUNS = 50
SETTLED = 1e-10  # largest move of an activity in a run of networks at rest, and of a level over itself in a round
ROUNDS = 30  # of levels that follow from cells which read them
BIRTHS = (int(Effect.DIVIDE), int(Effect.NEXT_PHASE))


@dataclass(frozen=True)
class AtRest:
    """The undisturbed state, draw by draw.

    level : float64[n_draws, n_substances], molecules/µm³; behaviour, fold : float64[n_draws, n_types, n_behaviours],
    of one cell, and over its base; number : float64[n_types], cells; volume : µm³
    shares : float64[n_draws], of what is secreted as at rest, by `SUBSTANCE of CELL`
    """

    compiled: Compiled
    program: Program
    level: F64
    behaviour: F64
    fold: F64
    number: F64
    volume: float
    shares: dict[str, F64]

    def column(self, index: int) -> F64:
        """A parameter in every draw."""
        return self.program.values[:, index]

    def path(self, index: int) -> str:
        """Path of a parameter."""
        return self.compiled.names.parameters[index].path

    def cell(self, name: str) -> int:
        """Number of a cell type."""
        return self.compiled.names.type(name)

    def mass(self, name: str) -> float | None:
        """Molar mass of a substance, g/mol; None where nobody says."""
        one = next((one for one in self.compiled.model.substances if one.name == name), None)
        return None if one is None or one.molar_mass is None else internal(one.molar_mass, "molar mass")

    def substance(self, name: str) -> int:
        """Number of a substance; NONE where the state has none of that name."""
        names = [one.name for one in self.compiled.names.substances]
        return names.index(name) if name in names else NONE


def at_rest(compiled: Compiled, model: Model, shares: dict[str, F64]) -> AtRest:
    """Levels, behaviours and numbers of cells of a compiled undisturbed state."""
    assert model.rest is not None
    (program,) = compiled.system.sites
    n = len(compiled.variants)
    state = initial_state(program, range(n), compiled.site_keys(compiled.system.site_names[0]))
    stated = [model.rest.cells.get(called_at_rest(cell, model.rest)) for cell in compiled.model.cells]
    number = np.array([0.0 if one is None else one.number for one in stated])
    found = _evaluated(compiled, program, state, number, shares)
    for _ in range(ROUNDS):
        level = _levels(found)
        moved = np.abs(level - found.level).max(initial=0.0) > SETTLED * np.abs(level).max(initial=0.0)
        state.concentration[:, :, 0] = level
        found = _evaluated(compiled, program, state, number, shares)
        if not moved:
            break
    return found


def _evaluated(compiled: Compiled, program: Program, state: State, number: F64, shares: dict[str, F64]) -> AtRest:
    """What cells do at the levels of a state, networks come to rest; a cell of each type in each draw."""
    n = len(compiled.variants)
    site, kind = np.repeat(np.arange(n), np.diff(state.cell_start)), state.cell_type.astype(np.int64)
    if program.n_traits:
        state.trait[:] = program.values[:, program.cell_types.p_trait_mean][site, kind]
    slow = [program.values[:, p].max() for p in program.networks.p_time if p != NONE]
    relaxing = replace(program, macro_step=SETTLING * max([networks.TIME, *slow]))
    signals.read(program, state)
    state.signal[:, np.isin(program.signals.kind, (Signal.CONTACT, Signal.PRESSURE))] = 0.0
    for _ in range(MOST_RUNS):
        before = state.nodes.copy()
        networks.advance(relaxing, state)
        kinetics.advance(relaxing, state)
        if np.abs(state.nodes - before).max(initial=0.0) < SETTLED:
            break
    signals.read_nodes(program, state)
    behaviours.evaluate(program, state)
    behaviour = np.zeros((n, program.n_types, program.behaviours.n))
    behaviour[site, kind] = state.behaviour * _mean_of_traits(program)[site, kind]
    base = program.behaviours.p_base[:, 0]
    stated = np.where(base == NONE, np.nan, program.values[:, np.maximum(base, 0)])
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = np.where(stated > 0.0, behaviour / stated, 1.0)
    level = state.concentration[:, :, 0].copy()
    return AtRest(compiled, program, level, behaviour, fold, number, program.grid.voxel_volume, shares)


def _mean_of_traits(program: Program) -> F64:
    """What traits multiply behaviours by in the mean of cells over what their medians do, float64[n_draws, n_types,
    n_behaviours].

    Equation   mean/median of a log-normal = exp((ln spread)²/2)
    """
    out = np.ones((len(program.values), program.n_types, program.behaviours.n))
    table, kinds = program.behaviours, program.cell_types
    for trait, column in zip(table.trait_column, table.trait_behaviour, strict=True):
        for t in range(program.n_types):
            p = int(kinds.p_trait_spread[t, trait])
            if p != NONE:
                out[:, t, column] *= np.exp(0.5 * np.log(program.values[:, p]) ** 2)
    return out


def _levels(state: AtRest) -> F64:
    """Levels, those that nobody states from what makes and what takes away."""
    program, level = state.program, state.level.copy()
    made = {int(c) for c in program.reactions.product if c != NONE}
    for s in range(program.n_substances):
        decay = int(program.substances.p_decay[s])
        if program.substances.p_initial[s] != NONE or s in made:
            continue
        comes = by_cells(state, "secretion", s) @ state.number + set_free(state, s)
        goes = by_cells(state, "uptake", s) @ state.number
        goes += state.volume * state.column(decay) if decay != NONE else 0.0
        level[:, s] = np.divide(comes, goes, out=np.zeros_like(comes), where=goes > 0.0)
    return _with_complexes(program, level)


def _with_complexes(program: Program, level: F64) -> F64:
    """Levels in which a complex of which nothing is said is what its partners make of it.

    Equation   on a b = (off + k) c
    """
    table, decay = program.reactions, program.substances.p_decay
    for r in np.flatnonzero(table.kind == int(Reaction.BIND)):
        a, b, c = int(table.a[r]), int(table.b[r]), int(table.product[r])
        if c == NONE or program.substances.p_initial[c] != NONE:
            continue
        lost = program.values[:, decay[c]] if decay[c] != NONE else 0.0
        on, off = program.values[:, table.p_forward[r]], program.values[:, table.p_backward[r]]
        away = off + lost
        bound = on * level[:, a] * level[:, b]
        level[:, c] = np.divide(bound, away, out=np.zeros_like(bound), where=away > 0.0)
    return level


def by_cells(state: AtRest, what: str, index: int) -> F64:
    """What one cell of every type does at rest, float64[n_draws, n_types]."""
    column = int(getattr(state.program.behaviours, what)[index])
    return np.zeros(state.behaviour.shape[:2]) if column == NONE else state.behaviour[:, :, column]


def set_free(state: AtRest, substance: int) -> F64:
    """Molecules that resorption sets free of what matrix stores, float64[n_draws], 1/min."""
    program, out = state.program, np.zeros(len(state.level))
    for k in np.flatnonzero(program.matrix.store_substance == substance):
        p = int(program.matrix.p_content[k])
        if p != NONE:
            resorbed = by_cells(state, "resorption", int(program.matrix.store_matrix[k])) @ state.number
            out += resorbed * program.values[:, p]
    return out


def reacted(state: AtRest, without: int = NONE) -> F64:
    """What reactions take of every substance at rest, float64[n_draws, n_substances], molecules/µm³/min.

    without : a reaction that is not counted
    """
    program, level = state.program, state.level
    table, out = program.reactions, np.zeros_like(state.level)
    for r, kind in enumerate(table.kind):
        if r == without:
            continue
        a, b, product = int(table.a[r]), int(table.b[r]), int(table.product[r])
        forward = program.values[:, table.p_forward[r]]
        backward = program.values[:, table.p_backward[r]] if table.p_backward[r] != NONE else 0.0
        match Reaction(int(kind)):
            case Reaction.BIND:
                rate = forward * level[:, a] * level[:, b] - (backward * level[:, product] if product != NONE else 0.0)
                out[:, b] += rate
            case Reaction.CONVERT:
                rate = forward * level[:, a]
            case Reaction.ENZYME_FLUID:
                rate = forward * level[:, b] * level[:, a] / (backward + level[:, a])
            case Reaction.ENZYME_CELL:
                enzyme = state.behaviour[:, :, b] @ state.number / state.volume
                rate = forward * enzyme * level[:, a] / (backward + level[:, a])
            case Reaction.ENZYME_VESICLE:
                rate = np.zeros(len(level))
        out[:, a] += rate
        if product != NONE:
            out[:, product] -= rate
    return out


def gone(state: AtRest, t: int) -> F64:
    """Rate at which cells of a type die or turn into others, float64[n_draws], 1/min; 0 where they do neither.

    Equation   1/E(life),  E = (1 − (kλ/(kλ + μ))^k)/μ of a life in k steps of rate kλ beside what happens at rate μ
    """
    life, total = state.program.lifecycle, np.zeros(len(state.level))
    stepped: list[tuple[F64, F64]] = []
    for c in np.flatnonzero(life.type == t):
        if int(life.effect[c]) in BIRTHS or life.state[c] not in (NONE, 0):
            continue
        rate = state.behaviour[:, t, int(state.program.behaviours.clock[c])]
        if life.p_steps[c] == NONE:
            total = total + rate
        else:
            stepped.append((rate, state.column(int(life.p_steps[c]))))
    for rate, k in stepped:
        if not rate.any():
            continue
        beside = np.maximum(total, 1e-7 * np.maximum(rate, 1e-300))
        mean = -np.expm1(k * (np.log(k * rate) - np.log(k * rate + beside))) / beside
        total = 1.0 / mean
    return total


def come(state: AtRest, t: int, without: int = NONE) -> F64:
    """Cells that turn into a type at rest, float64[n_draws], 1/min; without : a clock that is not counted."""
    life, total = state.program.lifecycle, np.zeros(len(state.level))
    for c in np.flatnonzero((life.effect == int(Effect.TRANSITION)) & (life.to_type == t) & (life.type != t)):
        if c != without:
            source = int(life.type[c])
            total += state.number[source] * state.behaviour[:, source, int(state.program.behaviours.clock[c])]
    return total


def grown(state: AtRest, t: int) -> F64:
    """Growth of cells of a type by division at rest, float64[n_draws], 1/min, whatever becomes of them else.

    Equation   g = k λ (2^(1/k) − 1) of a cycle of k steps of rate kλ
    """
    life, total = state.program.lifecycle, np.zeros(len(state.level))
    for c in np.flatnonzero((life.type == t) & (life.effect == int(Effect.DIVIDE)) & (life.phase == NONE)):
        rate = state.behaviour[:, t, int(state.program.behaviours.clock[c])]
        total += rate * steps_of(state, int(c)) * np.expm1(np.log(2.0) / steps_of(state, int(c)))
    return total


def steps_of(state: AtRest, clock: int) -> F64:
    """Erlang steps of a clock, float64[n_draws]."""
    p = int(state.program.lifecycle.p_steps[clock])
    return np.ones(len(state.level)) if p == NONE else state.column(p)
