"""Rates that follow from the undisturbed state: what is as at rest is such that levels and numbers of cells stay.

    Equation   secretion = (V (k c + r(c)) + Σ u n c − Σ others)/(n φ)

n cells in a fluid of volume V keep what is dissolved at c against loss k, reactions r and uptake u by cells, with what
other cells secrete and resorption sets free. φ is what the rules of the cell make of its base at rest: signals at their
levels, networks come to rest. Levels are given, so no rate asks for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import UNKNOWN_PLACE
from vesicula.compiler.names import Compiled, ParameterInfo, Variant
from vesicula.compiler.parameters import ParameterTable
from vesicula.compiler.rest_state import AtRest, at_rest, by_cells, come, gone, grown, reacted, set_free, steps_of
from vesicula.engine.program import NONE, Effect, Reaction, Signal
from vesicula.errors import Diagnostic, ModelError
from vesicula.evidence.classes import EvidenceClass
from vesicula.language.model import Cell, Model
from vesicula.language.resting import called_at_rest
from vesicula.language.spots import Spot
from vesicula.language.steps import AddCells, StartCount
from vesicula.language.undisturbed import by_fluid, in_order, kept_in, left_to_rest, rest_model
from vesicula.language.values import Value
from vesicula.units import DIMENSIONS, factor, internal

F64 = NDArray[np.float64]
DAY = 1440.0
READABLE = {
    "time": "days", "rate": "/day", "secretion": "molecules/day", "volume rate": "um^3/h", "concentration": "pM",
    "copies": "copies",
}  # fmt: skip
WORDS = {"divides": "divide", "doubles": "divide", "apoptosis": "die", "becomes": "change"}
Compile = Callable[[Model, ParameterTable, tuple[Variant, ...]], Compiled]


@dataclass(frozen=True)
class Settled:
    """A value that follows from the undisturbed state.

    number : float64[n_draws], internal units of its dimension; arithmetic : how it comes about at the stated values
    levels : what is dissolved of which the level is stated instead; others : paths of all else that it follows from
    kept : bool[n_draws], whether this number keeps the level
    """

    number: F64
    arithmetic: str
    levels: tuple[str, ...]
    kept: NDArray[np.bool_]
    others: tuple[str, ...] = ()


def settle(model: Model, parameters: ParameterTable, compile_with: Compile) -> list[Diagnostic]:
    """Give a table of parameters the number of everything that is as at rest; returns what draws cannot keep.

    compile_with : compiles a model with a table of parameters for its variants
    Raises   ModelError where the stated values cannot keep a level
    """
    mine = left_to_rest(model)
    if not mine or model.rest is None:
        return []
    told: list[Diagnostic] = []
    for fluid, here in by_fluid(model, mine).items():
        told += _settle(kept_in(model, fluid), rest_model(model, fluid), here, parameters, compile_with)
    return told


def _settle(
    model: Model, resting: Model, mine: dict[str, tuple[Spot, Value]], parameters: ParameterTable, compile_with: Compile
) -> list[Diagnostic]:
    """What follows from the undisturbed state of one fluid. model : with that state; resting : the state as a model."""
    assert model.rest is not None
    draws = parameters.draws
    rows = tuple(Variant("", number, draw) for number, draw in enumerate(draws))
    table = parameters.beside(rows)
    for name in model.rest.levels:
        table.call(f"substances.{name}.start", f"rest.levels.{name}")
    shares = {
        name: table.column(table.source(f"rest.shares.{name}", value, "share"))
        for name, value in model.rest.shares.items()
    }
    state = at_rest(compile_with(resting, table, rows), model, shares)
    told: list[Diagnostic] = []
    every = left_to_rest(resting) | mine
    served = {path: one for path, one in every.items() if path in mine or _serves(resting, one[0])}
    for path, (spot, value) in in_order(served).items():
        found = _settled(path, spot, state, model)
        if path not in mine:
            continue
        told += _unkept(path, found, value)
        by_draw = dict(zip(draws, map(float, found.number), strict=True))
        parameters.settle(path, by_draw, _info(path, found, spot.dimension, value, state))
        for name in found.levels:
            level = model.rest.levels[name]
            parameters.source(f"rest.levels.{name}", level, "concentration", molar_mass=state.mass(name))
        for other in found.others:
            if other.startswith("rest.shares."):
                parameters.source(other, model.rest.shares[other.removeprefix("rest.shares.")], "share")
    return told


def _serves(resting: Model, spot: Spot) -> bool:
    """Whether a value is of a cell type that the undisturbed state of a fluid has."""
    assert resting.rest is not None
    cell = next((one for one in resting.cells if one.name in (*spot.cells[:1], *spot.entities[:1])), None)
    return cell is None or called_at_rest(cell, resting.rest) in resting.rest.cells


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


def _settled(path: str, spot: Spot, state: AtRest, model: Model) -> Settled:
    """The balance of one value; what cells do follows it from then on."""
    cells = state.compiled.model.cells
    cell = next((one for one in cells if one.name in (*spot.cells[:1], *spot.entities[:1])), None)
    match spot.quantity:
        case "secretes" if cell is not None:
            return _secretion(state, cell, spot.entities[0], model)
        case "surface" if cell is not None:
            return _enzyme(path, state, cell, spot.entities[0], model)
        case "deposits" if cell is not None:
            return _deposition(state, cell, spot.entities[0], model)
        case "divides" | "doubles" | "apoptosis" | "becomes" if cell is not None:
            return _turnover(path, spot.quantity, state, cell, model)
        case "supply" if cell is not None:
            return _supply(path, state, cell, model)
        case _:
            assert spot.substance is not None
            return _level(state, spot.substance, model)


def _turnover(path: str, quantity: str, state: AtRest, cell: Cell, model: Model) -> Settled:
    """Rate or time of a clock that keeps the number of a cell type: of the one that it makes, for a transition."""
    life, table, t = state.program.lifecycle, state.program.behaviours, state.cell(cell.name)
    clocks = [int(c) for c in np.flatnonzero(life.type == t) if _base_of(state, int(c)).startswith(path)]
    columns = [int(table.clock[c]) for c in clocks]
    fold, k, number = state.fold[:, t, columns[0]], steps_of(state, clocks[0]), state.number[t]
    for column in columns:
        state.behaviour[:, t, column] = 0.0
    kept = int(life.to_type[clocks[0]]) if int(life.effect[clocks[0]]) == Effect.TRANSITION else t
    lost, divided, entering = gone(state, kept), grown(state, kept), come(state, kept) / state.number[kept]
    name, n = state.compiled.model.cells[kept].name, state.number[kept]
    surplus = divided + entering - lost
    needed = surplus if quantity == "apoptosis" else -surplus
    told = f"{n:g} {name}: {lost[0] * DAY:.3g} /day of them go, {divided[0] * DAY:.3g} come by division,"
    told += f" {entering[0] * DAY:.3g} from others;"
    share, needed = needed * n / number, np.maximum(needed, 0.0)
    rate = np.maximum(share, 1e-12) / fold  # of growth, death or change, before rules
    told += f" so {number:g} {cell.name} have to {WORDS[quantity]} at {share[0] * DAY:.3g} /day,"
    told += f" {fold[0]:.3g} times the base by their rules at rest"
    clock = rate / (k * np.expm1(np.log(2.0) / k)) if quantity in ("divides", "doubles") else rate
    for column in columns:
        state.behaviour[:, t, column] = clock * fold
    number_of = {"divides": 1.0 / clock, "doubles": np.log(2.0) / rate}.get(quantity, rate)
    every = [int(c) for c in np.flatnonzero(life.type == kept) if int(c) not in clocks]
    of = [column for c in every if (column := int(table.clock[c])) not in columns]
    levels = [name for column in of for name in _levels_behind(state, kept, column, model)]
    levels += _levels_behind(state, t, columns[0], model)
    others = tuple(dict.fromkeys(_base_of(state, c).removesuffix(" as rate") for c in every))
    return Settled(number_of, told, tuple(dict.fromkeys(levels)), share > 0.0, others)


def _base_of(state: AtRest, clock: int) -> str:
    """Path of the base of a clock."""
    t, column = int(state.program.lifecycle.type[clock]), int(state.program.behaviours.clock[clock])
    return state.path(int(state.program.behaviours.p_base[t, 0, column]))


def _supply(path: str, state: AtRest, cell: Cell, model: Model) -> Settled:
    """Cells that each event brings, as many for the cells at the start as keep those of the undisturbed state."""
    t = state.cell(cell.name)
    step = next(one for n, one in enumerate(model.protocol) if f"protocol.{n}.supply" == path)
    assert isinstance(step, AddCells)
    assert step.every is not None
    there = sum(one.count for one in model.start if isinstance(one, StartCount) and one.cell == cell.name)
    every = internal(step.every, "time")
    lost, divided, entering = gone(state, t), grown(state, t), come(state, t) / state.number[t]
    needed = lost - divided - entering
    told = f"{lost[0] * DAY:.3g} /day of {cell.name} go, {divided[0] * DAY:.3g} come by division,"
    told += f" {entering[0] * DAY:.3g} from others: {there} lose {there * needed[0] * every:.3g} in {every / 60:g} h"
    clocks = np.flatnonzero(state.program.lifecycle.type == t)
    columns = [int(state.program.behaviours.clock[c]) for c in clocks]
    levels = dict.fromkeys(name for column in columns for name in _levels_behind(state, t, column, model))
    others = tuple(dict.fromkeys(_base_of(state, int(c)).removesuffix(" as rate") for c in clocks))
    return Settled(np.maximum(there * needed * every, 0.0), told, tuple(levels), needed > 0.0, others)


def _deposition(state: AtRest, cell: Cell, name: str, model: Model) -> Settled:
    """What a cell lays down of a matrix so that it replaces all that is resorbed."""
    t = state.cell(cell.name)
    m = [one.name for one in state.compiled.model.matrix].index(name)
    same = np.array([_is_same(other, cell, model) for other in state.compiled.model.cells])
    resorbed = by_cells(state, "resorption", m) @ state.number
    others = (by_cells(state, "deposition", m) * state.number)[:, ~same].sum(axis=1)
    column, n = int(state.program.behaviours.deposition[m]), state.number[t]
    fold, needed = state.fold[:, t, column], resorbed - others
    rate = np.maximum(needed, 0.0) / (n * fold)
    told = f"{resorbed[0] * 60:.3g} um^3/h of {name} are resorbed, {others[0] * 60:.3g} laid down by others;"
    told += f" {n:g} {cell.name} lay down {needed[0] * 60 / n:.3g} each,"
    told += f" {fold[0]:.3g} times the base by their rules at rest"
    resorption = int(state.program.behaviours.resorption[m])
    levels = _levels_behind(state, t, column, model)
    sources: list[str] = []
    for other in range(state.program.n_types):
        base = int(state.program.behaviours.p_base[other, 0, resorption]) if resorption != NONE else NONE
        if base != NONE and state.number[other] > 0.0:
            sources.append(state.path(base).removesuffix(" in arms"))
            levels += _levels_behind(state, other, resorption, model)
    return Settled(rate, told, tuple(dict.fromkeys(levels)), needed > 0.0, tuple(sources))


def _level(state: AtRest, name: str, model: Model) -> Settled:
    """The level itself; of a complex, what its partners make of it."""
    found = state.substance(name)
    level = state.level[:, found]
    told = f"the level of the undisturbed state: {_pm(level[0])}"
    stated = (name,) if model.rest and name in model.rest.levels else ()
    return Settled(level, told, stated, np.ones(len(level), dtype=np.bool_))


def _secretion(state: AtRest, cell: Cell, name: str, model: Model) -> Settled:
    s, t = state.substance(name), state.cell(cell.name)
    makers = [one for one in state.compiled.model.cells if name in one.secretes and one.secretes[name].at_rest]
    stated = np.array([one not in makers for one in state.compiled.model.cells])
    column = int(state.program.behaviours.secretion[s])
    fold = state.fold[:, t, column]
    needed, told = _flows(state, s, stated)
    share, shares = _share(state, cell, name, makers, model)
    rate = share * np.maximum(needed, 0.0) / (state.number[t] * fold)
    told += f" {share[0]:.3g} of it from {cell.name}," if shares else ""
    told += f" so {state.number[t]:g} {cell.name} secrete {rate[0] * fold[0] * DAY:.3g} each,"
    told += f" {fold[0]:.3g} times the base by their rules at rest"
    levels = dict.fromkeys((name, *_partners(state, s, model), *_levels_behind(state, t, column, model)))
    return Settled(rate, told, tuple(levels), needed > 0.0, shares)


def _enzyme(path: str, state: AtRest, cell: Cell, name: str, model: Model) -> Settled:
    """Copies of an enzyme on cells that make as much of its product as is lost.

    Equation   copies = needed (Km + S)/(n φ kcat S)
    """
    assert model.rest is not None
    table, t = state.program.reactions, state.cell(cell.name)
    (row,) = (
        int(r) for r in np.flatnonzero(table.kind == int(Reaction.ENZYME_CELL))
        if state.path(int(state.program.behaviours.p_base[t, 0, int(table.b[r])])) == path
    )  # fmt: skip
    column, substrate, s = int(table.b[row]), int(table.a[row]), int(table.product[row])
    there, km = state.level[:, substrate], state.column(int(table.p_backward[row]))
    each = state.column(int(table.p_forward[row])) * there / (km + there)  # made by one copy
    fold, number = state.fold[:, t, column], state.number[t]
    needed, told = _flows(state, s, np.ones(state.program.n_types, dtype=np.bool_), without=row)
    with np.errstate(divide="ignore"):
        copies = np.where(each > 0.0, np.maximum(needed, 0.0) / (number * fold * each), 0.0)
    state.behaviour[:, t, column] = copies * fold
    names = [one.name for one in state.compiled.names.substances]
    told += f" so {number:g} {cell.name} make {needed[0] * DAY / number:.3g} each, {each[0] * DAY:.3g} by a copy of"
    told += f" {name}, of which they have {fold[0]:.3g} times the base by their rules at rest"
    levels = [one for one in (names[s], names[substrate]) if one in model.rest.levels]
    levels += [*_partners(state, s, model), *_levels_behind(state, t, column, model)]
    others = (state.path(int(table.p_forward[row])), state.path(int(table.p_backward[row])))
    return Settled(copies, told, tuple(dict.fromkeys(levels)), (needed > 0.0) & (each > 0.0), others)


def _flows(state: AtRest, s: int, stated: NDArray[np.bool_], without: int = NONE) -> tuple[F64, str]:
    """Molecules of a substance that have to come, float64[n_draws], 1/min, and how that comes about.

    stated : bool[n_types], types of which the secretion is known      without : a reaction that is not counted
    """
    level, decay = state.level[:, s], int(state.program.substances.p_decay[s])
    lost = state.volume * (state.column(decay) * level if decay != NONE else np.zeros_like(level))
    bound = state.volume * reacted(state, without)[:, s]
    others = (by_cells(state, "secretion", s) * state.number)[:, stated].sum(axis=1) + set_free(state, s)
    taken = (by_cells(state, "uptake", s) * state.number).sum(axis=1) * level
    per_day = f" ({state.column(decay)[0] * DAY:.3g} /day)" if decay != NONE else ""
    told = f"{_pm(level[0])} in {state.volume * 1e-6:.3g} nL are {level[0] * state.volume:.3g} molecules;"
    told += f" {lost[0] * DAY:.3g} of them are lost each day{per_day},"
    told += f" {bound[0] * DAY:.3g} react," if bound[0] else ""
    told += f" cells take up {taken[0] * DAY:.3g}," if taken[0] else ""
    told += f" {others[0] * DAY:.3g} come from elsewhere," if others[0] else ""
    return lost + bound + taken - others, told


def _share(
    state: AtRest, cell: Cell, name: str, makers: list[Cell], model: Model
) -> tuple[F64, tuple[str, ...]]:  # fmt: skip
    """Share of what is secreted at rest that one of its makers makes, and the paths that say it."""
    assert model.rest is not None
    called = {called_at_rest(one, model.rest) for one in makers}
    stated = {one: state.shares[f"{name} of {one}"] for one in sorted(called) if f"{name} of {one}" in state.shares}
    own, paths = called_at_rest(cell, model.rest), tuple(f"rest.shares.{name} of {one}" for one in stated)
    if own in stated:
        return stated[own], paths
    left = 1.0 - np.sum([np.zeros(len(state.level)), *stated.values()], axis=0)
    return np.maximum(left, 0.0), paths


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


def _pm(level: float) -> str:
    return f"{level / 0.602214076e-3:.3g} pM"


def _info(path: str, settled: Settled, dimension: str, value: Value, state: AtRest) -> ParameterInfo:
    """What a settled number is called, in a unit that people read, with its arithmetic and what it rests on."""
    unit = READABLE.get(dimension, DIMENSIONS[dimension].unit)
    known = {one.path: one.value for one in state.compiled.names.parameters}
    paths = (*(f"substances.{name}.start" for name in settled.levels), *settled.others)
    rests_on = [one for one in map(known.get, paths) if one is not None]
    number = float(settled.number[0]) / factor(unit, dimension)
    told = value.model_copy(
        update={
            "number": number, "unit": unit, "evidence": EvidenceClass.DERIVED, "note": settled.arithmetic,
            "sources": tuple(dict.fromkeys(key for one in rests_on for key in one.sources)),
            "range_sources": tuple(dict.fromkeys(key for one in rests_on for key in one.range_sources)),
        }
    )  # fmt: skip
    of = (*(f"rest.levels.{name}" for name in settled.levels), *settled.others)
    return ParameterInfo(path, told, dimension, of, told.sources)


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
