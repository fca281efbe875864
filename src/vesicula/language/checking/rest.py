"""Whether what is `as at rest` follows from the undisturbed state: one unknown for each level that stays."""

from __future__ import annotations

from collections.abc import Mapping

from vesicula.language.model import Cell, Fluid, Model, RestState
from vesicula.language.resting import called_at_rest
from vesicula.language.sentences import Binds, Makes, ReactionText
from vesicula.language.spots import Spot
from vesicula.language.steps import SetParameter, StartCount
from vesicula.language.text import Report
from vesicula.language.undisturbed import ORDER, by_fluid, kept_in, left_to_rest, rest_model
from vesicula.language.values import Value

STATE = "say `rest: bone`, or a block `rest:` with volume, cells and levels"


def check_rest(model: Model, report: Report) -> None:
    """Every value of a completed model that is as at rest."""
    left = left_to_rest(model)
    if not left:
        return
    if model.rest is None:
        path, (_, value) = next(iter(left.items()))
        message = f"{path} is as at rest, and the model has no undisturbed state"
        report.add("no-rest", value.where, message, STATE)
        return
    for name in sorted(model.rest.cells.keys() & model.rest.in_blood.keys()):
        message = f"{name} stands under `cells` and under `in blood`, and a cell keeps the levels of one fluid"
        report.add("two-unknowns", model.rest.in_blood[name].where or model.places.get("rest"), message, "drop one")
    for fluid, here in by_fluid(model, left).items():
        _check(kept_in(model, fluid), fluid, here, report)
    for steps in (model.protocol, *(arm.steps for arm in model.arms)):
        for step in steps:
            if isinstance(step, SetParameter) and step.path.startswith("rest."):
                message = "an arm disturbs what is at rest; it has no other rest"
                report.add("no-balance", step.where, message, f"set `{step.path}` under `but`, or in another model")


def _check(model: Model, fluid: Fluid, left: Mapping[str, tuple[Spot, Value]], report: Report) -> None:
    """What follows from the undisturbed state of one fluid. model : with that state alone."""
    state = model.rest
    if state is None or state.volume is None:
        path, (_, value) = next(iter(left.items()))
        size = "blood" if fluid == "blood" else "volume"
        message = f"{path} is as at rest, and the undisturbed state has no `{size}`"
        report.add("no-rest", value.where, message, STATE)
        return
    whole = rest_model(model, fluid)
    for path, (spot, value) in left.items():
        cell = next((one for one in whole.cells if one.name in (*spot.cells[:1], *spot.entities[:1])), None)
        if spot.quantity == "secretes" and cell is not None:
            _secretion(cell, spot.entities[0], value, state, whole, fluid, report)
        elif spot.quantity == "surface" and cell is not None:
            _enzyme(path, cell, spot.entities[0], value, state, whole, fluid, report)
        elif spot.quantity in ORDER and cell is not None:
            _number(path, spot, value, cell, model, whole, report)
        elif spot.dimension == "concentration" and path.rpartition(".")[2] in ("start", "level") and spot.substance:
            _level(spot.substance, value, state, whole, report)
        else:
            message = f"nothing at rest tells {path}"
            remedy = "write a value; docs/language.md says what can be `as at rest`"
            report.add("no-balance", value.where, message, remedy)
    _one_each(left, model, whole, report)


def _number(
    path: str, spot: Spot, value: Value, cell: Cell, model: Model, whole: Model, report: Report
) -> None:  # fmt: skip
    """A rate that keeps a number of cells, or a matrix."""
    assert model.rest is not None
    kept = [cell.name]
    if spot.quantity == "becomes":
        kept.append(spot.entities[0])
        if spot.entities[0] in cell.states:
            message = f"the undisturbed state does not tell how many {cell.name} are {spot.entities[0]}"
            report.add("no-balance", value.where, message, "write a rate, for example `at 0.02 /day`")
            return
    for name in kept:
        one = next((one for one in whole.cells if one.name == name), None)
        called = name if one is None else called_at_rest(one, model.rest)
        if called not in model.rest.cells or not model.rest.cells[called].number > 0:
            remedy = f"add for example `{called}: 40` under `rest: cells:`"
            report.add("no-rest", value.where, f"the undisturbed state has no {called}", remedy)
    if spot.quantity == "supply":
        step = next(one for n, one in enumerate(model.protocol) if f"protocol.{n}.supply" == path)
        there = any(isinstance(one, StartCount) and one.cell == cell.name and one.count for one in model.start)
        if step.every is None:
            report.add(
                "no-balance", value.where, "what comes once keeps no number", "write `at 12 h, every 12 h, add …`"
            )
        if not there:
            message = f"nothing says how many {cell.name} there are at the start"
            report.add("no-balance", value.where, message, f"add for example `- 30 {cell.name} in PLACE` under `start`")


def _one_each(left: Mapping[str, tuple[Spot, Value]], model: Model, whole: Model, report: Report) -> None:
    """No two rates that one number of cells, or one matrix, would have to tell."""
    assert model.rest is not None
    called = {one.name: called_at_rest(one, model.rest) for one in whole.cells}
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for path, (spot, value) in {**left_to_rest(whole), **left}.items():
        if spot.quantity not in ORDER:
            continue
        by = spot.entities[0] if spot.quantity == "supply" else spot.cells[0]
        kept = {"deposits": ("of", spot.entities[0]), "becomes": ("number", called.get(spot.entities[0], ""))}
        what = kept.get(spot.quantity, ("number", called.get(by, by)))
        mine = (called.get(by, by), spot.quantity)
        if known.setdefault(what, mine) != mine:
            first, second = known[what], mine
            message = f"the {' '.join(what)} cannot tell {first[1]} of {first[0]} and {second[1]} of {second[0]}"
            report.add("two-unknowns", value.where, f"{path}: {message}", "write a value for one of the two")


def _level(name: str, value: Value, state: RestState, whole: Model, report: Report) -> None:
    made = [one for one in whole.reactions if isinstance(one, Binds) and one.product == name]
    partners = {part for one in made for part in (one.first, one.second)}
    if name not in state.levels and not (made and partners <= state.levels.keys()):
        report.add("no-rest", value.where, f"the undisturbed state has no level of {name}", _add(name))


def _secretion(
    cell: Cell, name: str, value: Value, state: RestState, whole: Model, fluid: Fluid, report: Report
) -> None:  # fmt: skip
    _kept(cell, name, value, state, whole, fluid, report)
    called = called_at_rest(cell, state)
    makers = {called_at_rest(one, state): one for one in whole.cells}
    makers = {key: one for key, one in makers.items() if name in one.secretes and one.secretes[name].at_rest}
    silent = [one.name for key, one in makers.items() if f"{name} of {key}" not in state.shares]
    if len(silent) > 1 or not silent:
        message = f"the level of {name} cannot tell what {' and '.join(silent or sorted(makers))} each secrete"
        remedy = f"say the share of all but one under `rest: shares:`, for example `{name} of {called}: 10 %`"
        report.add("two-unknowns", value.where, message, remedy)


def _enzyme(
    path: str, cell: Cell, name: str, value: Value, state: RestState, whole: Model, fluid: Fluid, report: Report
) -> None:  # fmt: skip
    """Copies of an enzyme: it makes one thing, and nothing else as at rest makes or takes that."""
    mine = [one for one in whole.reactions if isinstance(one, Makes) and one.enzyme == name and one.place == cell.name]
    if len(mine) != 1:
        what = "makes nothing" if not mine else "makes several things"
        message = f"nothing at rest tells {path}, since {name} on {cell.name} {what}"
        report.add("no-balance", value.where, message, "write a number of copies")
        return
    (one,) = mine
    _kept(cell, one.product, value, state, whole, fluid, report)
    if one.substrate not in state.levels:
        message = f"the undisturbed state has no level of {one.substrate}, of which {name} makes {one.product}"
        report.add("no-rest", value.where, message, _add(one.substrate))
    unknown = {
        (other.name, enzyme) for other in whole.cells for enzyme, copies in other.surface.items() if copies.at_rest
    } - {(cell.name, name)}
    others = [
        two.enzyme for two in whole.reactions
        if isinstance(two, Makes) and (two.place, two.enzyme) in unknown and one.product in (two.product, two.substrate)
    ]  # fmt: skip
    others += [two.name for two in whole.cells if one.product in two.secretes and two.secretes[one.product].at_rest]
    if others:
        message = (
            f"the level of {one.product} cannot tell both {name} of {cell.name} and what {others[0]} makes or takes"
        )
        report.add("two-unknowns", value.where, message, "write a value for one of the two")


def _kept(
    cell: Cell, name: str, value: Value, state: RestState, whole: Model, fluid: Fluid, report: Report
) -> None:  # fmt: skip
    """A level that a cell of the undisturbed state keeps against a loss."""
    called = called_at_rest(cell, state)
    if name not in state.levels:
        report.add("no-rest", value.where, f"the undisturbed state has no level of {name}", _add(name))
    if called not in state.cells or not state.cells[called].number > 0:
        remedy = f"add for example `{called}: 40` under `rest: cells:`"
        report.add("no-rest", value.where, f"the undisturbed state has no {called}", remedy)
    substance = next((one for one in whole.substances if one.name == name), None)
    reacts = any(name in vars(one).values() for one in whole.reactions if not _makes(one, name))
    taken = any(name in one.takes_up for one in whole.cells)
    if substance is None or (substance.half_life_in(fluid) is None and not reacts and not taken):
        message = f"{name} is never lost, so nothing keeps its level"
        report.add("no-balance", value.where, message, f"write its `half-life`, or what {cell.name} makes")


def _makes(one: ReactionText, name: str) -> bool:
    return isinstance(one, Makes) and one.product == name


def _add(name: str) -> str:
    return f"add for example `{name}: 3 pM (0.3..30 @assumed)` under `rest: levels:`"
