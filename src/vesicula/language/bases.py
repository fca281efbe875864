"""What a cell states of a behaviour: the base values that rules, states and traits multiply."""

from __future__ import annotations

from typing import cast

from vesicula.language.body import Leaves
from vesicula.language.model import ALL_VESICLES, Cell, Model, Phase, Vesicle, VesicleFate
from vesicula.language.sentences import Becomes, BehaviourText
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS

Table = dict[str, object]
ONCE = Value(number=1.0)
"""What every donor loads of what its vesicles carry."""


def stated(thing: object, path: str) -> object:
    """The entry of a cell at a dotted path of attributes; None where a block on the way is not said."""
    for attribute in path.split("."):
        if isinstance(thing, dict):
            return {name: stated(entry, attribute) for name, entry in cast("Table", thing).items()}
        thing = None if thing is None else getattr(thing, attribute)
    return thing


def fate_of(cell: Cell, vesicle: str) -> VesicleFate:
    """What a cell does with a vesicle class: the values for the class before those for all vesicles (`EV`)."""
    own, general = cell.vesicle_fate.get(vesicle), cell.vesicle_fate.get(ALL_VESICLES, VesicleFate())
    if own is None:
        return general
    said = {name: value for name in VesicleFate.model_fields if (value := getattr(own, name)) is not None}
    return general.model_copy(update=said)


def shows(vesicle: Vesicle, molecule: str) -> bool:
    """Whether a vesicle class carries a molecule where receptors reach it: on its surface or in its membrane."""
    return any(one.name == molecule and one.place != "lumen" for one in vesicle.carries)


def binds(cell: Cell, vesicle: Vesicle) -> bool:
    """Whether receptors of a cell can bind a vesicle class: it shows their ligand, or none is named."""
    ligand = fate_of(cell, vesicle.name).ligand
    return ligand is None or shows(vesicle, ligand)


def base_values(model: Model, cell: Cell, one: BehaviourText) -> list[Value]:
    """Base values of a behaviour that a cell states, whatever its state; none where it does no such thing."""
    if one.kind == "loading":
        own = any(vesicle.name == one.in_vesicle and vesicle.donor == cell.name for vesicle in model.vesicles)
        return [ONCE] if own else []
    if one.kind == "leaving":
        leaving = (each for each in model.body if isinstance(each, Leaves) and each.cell == cell.name)
        return [each.rate for each in leaving if each.source == one.what]
    return [value for path in VERBS[one.kind].base for value in _values(stated(cell, path), one)]


def _values(entry: object, one: BehaviourText) -> list[Value]:
    if isinstance(entry, Value):
        return [entry]
    if isinstance(entry, dict):
        of = VERBS[one.kind].of
        every = "vesicle" in of and one.what == ALL_VESICLES
        meant = (one.what, ALL_VESICLES) if "vesicle" in of else (one.what,)
        table = cast("Table", entry)
        return [value for name, value in table.items() if isinstance(value, Value) and (every or name in meant)]
    found: list[Value | None] = []
    for each in cast("tuple[object, ...]", entry) if isinstance(entry, tuple) else ():
        if isinstance(each, Phase):
            found.append(each.lasts)
        elif isinstance(each, Becomes) and each.to == one.what:
            found += [each.rate, each.after]
    return [value for value in found if value is not None]
