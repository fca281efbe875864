"""Whether what is `as at rest` follows from the undisturbed state: one unknown for each level that stays."""

from __future__ import annotations

from vesicula.language.model import Cell, Model, RestState
from vesicula.language.resting import called_at_rest
from vesicula.language.sentences import Binds
from vesicula.language.text import Report
from vesicula.language.undisturbed import FLUID, left_to_rest, rest_model
from vesicula.language.values import Value

STATE = "say `rest: bone`, or a block `rest:` with volume, cells and levels"


def check_rest(model: Model, report: Report) -> None:
    """Every value of a completed model that is as at rest."""
    left = left_to_rest(model)
    if not left:
        return
    state = model.rest
    if state is None or state.volume is None:
        path, (_, value) = next(iter(left.items()))
        what = "the model has no undisturbed state" if state is None else "the undisturbed state has no `volume`"
        report.add("no-rest", value.where, f"{path} is as at rest, and {what}", STATE)
        return
    whole = rest_model(model)
    for path, (spot, value) in left.items():
        if spot.quantity == "secretes":
            cell = next(one for one in model.cells if one.name == spot.cells[0])
            _secretion(cell, spot.entities[0], value, state, whole, report)
        elif spot.dimension == "concentration" and path.rpartition(".")[2] in ("start", "level") and spot.substance:
            _level(spot.substance, value, state, whole, report)
        else:
            message = f"nothing at rest tells {path}"
            remedy = "write a value; what cells secrete, starts of substances and what is held can be `as at rest`"
            report.add("no-balance", value.where, message, remedy)


def _level(name: str, value: Value, state: RestState, whole: Model, report: Report) -> None:
    made = [one for one in whole.reactions if isinstance(one, Binds) and one.product == name]
    partners = {part for one in made for part in (one.first, one.second)}
    if name not in state.levels and not (made and partners <= state.levels.keys()):
        report.add("no-rest", value.where, f"the undisturbed state has no level of {name}", _add(name))


def _secretion(cell: Cell, name: str, value: Value, state: RestState, whole: Model, report: Report) -> None:
    called = called_at_rest(cell, state)
    if name not in state.levels:
        report.add("no-rest", value.where, f"the undisturbed state has no level of {name}", _add(name))
    if called not in state.cells or not state.cells[called].number > 0:
        remedy = f"add for example `{called}: 40` under `rest: cells:`"
        report.add("no-rest", value.where, f"the undisturbed state has no {called}", remedy)
    for other in whole.cells:
        if called_at_rest(other, state) != called and name in other.secretes and other.secretes[name].at_rest:
            message = f"the level of {name} cannot tell what {cell.name} and {other.name} each secrete"
            report.add("two-unknowns", value.where, message, "write a value for one of the two")
    substance = next((one for one in whole.substances if one.name == name), None)
    reacts = any(name in vars(one).values() for one in whole.reactions)
    taken = any(name in one.takes_up for one in whole.cells)
    if substance is None or (substance.half_life_in(FLUID) is None and not reacts and not taken):
        message = f"{name} is never lost, so no secretion keeps its level"
        report.add("no-balance", value.where, message, f"write its `half-life`, or what {cell.name} secretes")


def _add(name: str) -> str:
    return f"add for example `{name}: 3 pM (0.3..30 @assumed)` under `rest: levels:`"
