"""Rates that follow from the undisturbed state: what is as at rest is such that levels and numbers of cells stay.

    Equation   secretion = (V (k c + r(c)) + Σ u n c − Σ others)/(n φ)

n cells in a fluid of volume V keep what is dissolved at c against loss k, reactions r and uptake u by cells, with what
other cells secrete and resorption sets free. φ is what the rules of the cell make of its base at rest: signals at their
levels, networks come to rest. Levels are given, so no rate asks for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import UNKNOWN_PLACE
from vesicula.compiler.names import Compiled, ParameterInfo, Variant
from vesicula.compiler.parameters import ParameterTable
from vesicula.engine import behaviours, networks, signals
from vesicula.engine.program import NONE, Program, Reaction, Signal
from vesicula.engine.start import initial_state
from vesicula.errors import Diagnostic, ModelError
from vesicula.evidence.classes import EvidenceClass
from vesicula.language.model import Cell, Model
from vesicula.language.resting import called_at_rest
from vesicula.language.spots import Spot
from vesicula.language.undisturbed import left_to_rest, rest_model
from vesicula.language.values import Value
from vesicula.units import DIMENSIONS, factor, internal

F64 = NDArray[np.float64]
SETTLING = 20.0  # slowest time constants per run
MOST_RUNS = 50
SETTLED = 1e-10  # largest move of an activity in a run of networks at rest
DAY = 1440.0
READABLE = {
    "time": "days",
    "rate": "/day",
    "secretion": "molecules/day",
    "volume rate": "um^3/h",
    "concentration": "pM",
}
Compile = Callable[[Model, ParameterTable, tuple[Variant, ...]], Compiled]


@dataclass(frozen=True)
class Settled:
    """A value that follows from the undisturbed state.

    number : float64[n_draws], internal units of its dimension; arithmetic : how it comes about at the stated values
    levels : what is dissolved of which the level is stated instead
    kept : bool[n_draws], whether this number keeps the level
    """

    number: F64
    arithmetic: str
    levels: tuple[str, ...]
    kept: NDArray[np.bool_]


@dataclass(frozen=True)
class AtRest:
    """The undisturbed state, draw by draw.

    level : float64[n_draws, n_substances], molecules/µm³; behaviour, fold : float64[n_draws, n_types, n_behaviours],
    of one cell, and over its base; number : float64[n_types], cells; volume : µm³
    """

    compiled: Compiled
    program: Program
    level: F64
    behaviour: F64
    fold: F64
    number: F64
    volume: float

    def column(self, index: int) -> F64:
        """A parameter in every draw."""
        return self.program.values[:, index]

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


def settle(model: Model, parameters: ParameterTable, compile_with: Compile) -> list[Diagnostic]:
    """Give a table of parameters the number of everything that is as at rest; returns what draws cannot keep.

    compile_with : compiles a model with a table of parameters for its variants
    Raises   ModelError where the stated values cannot keep a level
    """
    left = left_to_rest(model)
    if not left or model.rest is None:
        return []
    resting = rest_model(model)
    draws = parameters.draws
    rows = tuple(Variant("", number, draw) for number, draw in enumerate(draws))
    table = parameters.beside(rows)
    for name in model.rest.levels:
        table.call(f"substances.{name}.start", f"rest.levels.{name}")
    state = _state(compile_with(resting, table, rows), model)
    told: list[Diagnostic] = []
    for path, (spot, value) in left.items():
        found = _settled(spot, state, model)
        told += _unkept(path, found, value)
        by_draw = dict(zip(draws, map(float, found.number), strict=True))
        parameters.settle(path, by_draw, _info(path, found, spot.dimension, value, model))
        for name in found.levels:
            parameters.source(
                f"rest.levels.{name}", model.rest.levels[name], "concentration", molar_mass=state.mass(name)
            )
    return told


def _unkept(path: str, found: Settled, value: Value) -> list[Diagnostic]:
    """What cannot be kept: refused where it is so at the stated values, told where in draws."""
    if found.kept.all():
        return []
    where = value.where or UNKNOWN_PLACE
    message = f"no {path} keeps what is at rest, since others bring more than is lost: {found.arithmetic}"
    remedy = "state a higher level, or less of what brings it"
    if not found.kept[0]:
        one = Diagnostic(where.file, where.line, where.column, where.length, "error", "no-balance", message, remedy)
        raise ModelError([one])
    message = f"in {1.0 - found.kept.mean():.0%} of the draws others bring more than is lost, and {path} is nothing"
    return [Diagnostic(where.file, where.line, where.column, where.length, "warning", "no-balance", message, remedy)]


def _state(compiled: Compiled, model: Model) -> AtRest:
    """Levels, behaviours and numbers of cells of a compiled undisturbed state."""
    assert model.rest is not None
    (program,) = compiled.system.sites
    n = len(compiled.variants)
    state = initial_state(program, range(n), compiled.site_keys(compiled.system.site_names[0]))
    median = (
        program.values[:, program.cell_types.p_trait_mean] if program.n_traits else np.ones((n, program.n_types, 0))
    )
    site = np.repeat(np.arange(n), np.diff(state.cell_start))
    kind = state.cell_type.astype(np.int64)
    state.trait[:] = median[site, kind]
    slow = [program.values[:, p].max() for p in program.networks.p_time if p != NONE]
    relaxing = replace(program, macro_step=SETTLING * max([networks.TIME, *slow]))
    outside = np.isin(program.signals.kind, (Signal.CONTACT, Signal.PRESSURE))
    signals.read(program, state)
    state.signal[:, outside] = 0.0
    for _ in range(MOST_RUNS):
        before = state.nodes.copy()
        networks.advance(relaxing, state)
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
    number = [model.rest.cells.get(called_at_rest(cell, model.rest)) for cell in compiled.model.cells]
    level = _with_complexes(program, state.concentration[:, :, 0].copy())
    return AtRest(
        compiled, program, level, behaviour, fold,
        np.array([0.0 if one is None else one.number for one in number]), program.grid.voxel_volume,
    )  # fmt: skip


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
        level[:, c] += np.where(away > 0.0, on * level[:, a] * level[:, b] / np.where(away > 0.0, away, 1.0), 0.0)
    return level


def _settled(spot: Spot, state: AtRest, model: Model) -> Settled:
    """The balance of one value."""
    if spot.quantity == "secretes":
        cell = next(one for one in model.cells if one.name == spot.cells[0])
        return _secretion(state, cell, spot.entities[0], model)
    assert spot.substance is not None
    return _level(state, spot.substance, model)


def _level(state: AtRest, name: str, model: Model) -> Settled:
    """The level itself; of a complex, what its partners make of it."""
    found = state.substance(name)
    level = state.level[:, found]
    told = f"the level of the undisturbed state: {_pm(level[0])}"
    stated = (name,) if model.rest and name in model.rest.levels else ()
    return Settled(level, told, stated, np.ones(len(level), dtype=np.bool_))


def _secretion(state: AtRest, cell: Cell, name: str, model: Model) -> Settled:
    s, t = state.substance(name), state.cell(cell.name)
    level = state.level[:, s]
    decay = int(state.program.substances.p_decay[s])
    lost = state.volume * (state.column(decay) * level if decay != NONE else np.zeros_like(level))
    bound = state.volume * reacted(state)[:, s]
    uptake, secreted = _by_cells(state, "uptake", s), _by_cells(state, "secretion", s)
    same = np.array([_is_same(other, cell, model) for other in state.compiled.model.cells])
    others = (secreted * state.number)[:, ~same].sum(axis=1) + _set_free(state, s)
    taken = (uptake * state.number).sum(axis=1) * level
    column = int(state.program.behaviours.secretion[s])
    fold = state.fold[:, t, column]
    needed = lost + bound + taken - others
    rate = np.maximum(needed, 0.0) / (state.number[t] * fold)
    parts = [f"{_pm(level[0])} in {state.volume * 1e-6:.3g} nL are {level[0] * state.volume:.3g} molecules;"]
    parts += [
        f"{lost[0] * DAY:.3g} of them are lost each day"
        + (f" ({state.column(decay)[0] * DAY:.3g} /day)," if decay != NONE else ",")
    ]
    parts += [
        f"{bound[0] * DAY:.3g} react," if bound[0] else "",
        f"cells take up {taken[0] * DAY:.3g}," if taken[0] else "",
    ]
    parts += [f"{others[0] * DAY:.3g} come from elsewhere," if others[0] else ""]
    parts += [f"so {state.number[t]:g} {cell.name} secrete {rate[0] * fold[0] * DAY:.3g} each,"]
    parts += [f"{fold[0]:.3g} times the base by their rules at rest: {rate[0] * DAY:.3g} /day"]
    levels = dict.fromkeys((name, *_partners(state, s, model), *_levels_behind(state, t, column, model)))
    return Settled(rate, " ".join(one for one in parts if one), tuple(levels), needed > 0.0)


def _partners(state: AtRest, substance: int, model: Model) -> list[str]:
    """Names of stated levels of what a substance reacts with."""
    assert model.rest is not None
    table = state.program.reactions
    names = [one.name for one in state.compiled.names.substances]
    rows = [(int(a), int(b)) for a, b, kind in zip(table.a, table.b, table.kind, strict=True) if kind == Reaction.BIND]
    found = [names[a if b == substance else b] for a, b in rows if substance in (a, b)]
    return [name for name in found if name in model.rest.levels]


def _is_same(other: Cell, cell: Cell, model: Model) -> bool:
    """Whether two cell types stand for the same cells of the undisturbed state."""
    assert model.rest is not None
    return called_at_rest(other, model.rest) == called_at_rest(cell, model.rest)


def _by_cells(state: AtRest, what: str, index: int) -> F64:
    """What one cell of every type does at rest, float64[n_draws, n_types]."""
    column = int(getattr(state.program.behaviours, what)[index])
    return np.zeros(state.behaviour.shape[:2]) if column == NONE else state.behaviour[:, :, column]


def _set_free(state: AtRest, substance: int) -> F64:
    """Molecules that resorption sets free of what matrix stores, float64[n_draws], 1/min."""
    program, out = state.program, np.zeros(len(state.level))
    for k in np.flatnonzero(program.matrix.store_substance == substance):
        p = int(program.matrix.p_content[k])
        if p != NONE:
            resorbed = _by_cells(state, "resorption", int(program.matrix.store_matrix[k])) @ state.number
            out += resorbed * program.values[:, p]
    return out


def reacted(state: AtRest) -> F64:
    """What reactions take of every substance at rest, float64[n_draws, n_substances], molecules/µm³/min."""
    program, level = state.program, state.level
    table, out = program.reactions, np.zeros_like(state.level)
    for r, kind in enumerate(table.kind):
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


def _pm(level: float) -> str:
    return f"{level / 0.602214076e-3:.3g} pM"


def _info(path: str, settled: Settled, dimension: str, value: Value, model: Model) -> ParameterInfo:
    """What a settled number is called, in a unit that people read, with its arithmetic and what it rests on."""
    assert model.rest is not None
    unit = READABLE.get(dimension, DIMENSIONS[dimension].unit)
    rests_on = [model.rest.levels[name] for name in settled.levels]
    number = float(settled.number[0]) / factor(unit, dimension)
    told = value.model_copy(
        update={
            "number": number, "unit": unit, "evidence": EvidenceClass.DERIVED, "note": settled.arithmetic,
            "sources": tuple(dict.fromkeys(key for one in rests_on for key in one.sources)),
            "range_sources": tuple(dict.fromkeys(key for one in rests_on for key in one.range_sources)),
        }
    )  # fmt: skip
    return ParameterInfo(path, told, dimension, tuple(f"rest.levels.{name}" for name in settled.levels), told.sources)


def _levels_behind(state: AtRest, t: int, column: int, model: Model) -> list[str]:
    """Stated levels that the rules of a behaviour read, by way of nodes too."""
    assert model.rest is not None
    program, found = state.program, set[int]()
    table, nets = program.behaviours, program.networks
    row = t * table.n + column
    waiting = [int(c) for c in table.rule_signal[table.rule_start[row] : table.rule_start[row + 1]]]
    seen = set(waiting)
    while waiting:
        signal = waiting.pop()
        kind, argument = Signal(int(program.signals.kind[signal])), int(program.signals.argument[signal])
        if kind is Signal.SUBSTANCE:
            found.add(argument)
        elif kind is Signal.NODE:
            r = int(nets.node_start[t]) + argument
            read = {int(c) for c in nets.gate_signal[nets.gate_start[r] : nets.gate_start[r + 1]] if c != NONE}
            waiting += read - seen
            seen |= read
    names = [one.name for one in state.compiled.names.substances]
    return [names[s] for s in sorted(found) if names[s] in model.rest.levels]
