"""Values of cells that could not act where they stand: of what a cell does not do, of all vesicles where each class has
its own, ligands that vesicles do not show, and one half-max of things measured differently.
"""

from __future__ import annotations

from vesicula.language.bases import base_values, binds, fate_of, shows
from vesicula.language.blocks import FATE
from vesicula.language.grammar.rules import behaviour_words, parse_behaviour
from vesicula.language.model import ALL_VESICLES, Cell, Model, Vesicle, VesicleFate
from vesicula.language.names import HALF_MAX_DIMENSION, WITH_UNIT, Names, terms
from vesicula.language.sentences import Edge, NamedSignal
from vesicula.language.text import Report
from vesicula.language.values import Location, Value
from vesicula.language.verbs import VERBS
from vesicula.units import DIMENSIONS, nearest

WITH_BINDING = ("receptors", "internalised", "detached")


def check_cells(written: Model, done: Model, report: Report) -> None:
    """All of a model. written : as assembled; done : with the library's values."""
    whole = {cell.name: cell for cell in done.cells}
    for cell in written.cells:
        _behaviours(cell, whole[cell.name], done, report)
        _drowned(cell, [vesicle.name for vesicle in done.vesicles], report)
        _unbound(cell, whole[cell.name], report)
        _ligands(cell, done.vesicles, report)
    names = Names(written)
    for cell in written.cells:
        for one in cell.inside:
            if isinstance(one, Edge):
                _half_max(cell, one, names, report)


def _behaviours(cell: Cell, whole: Cell, model: Model, report: Report) -> None:
    """Values of a state, and traits, for what the cell does not do in any state."""
    for state, base in cell.while_state.items():
        for words, value in base.values.items():
            behaviour = parse_behaviour(words)
            if value.number != 0 and not base_values(model, whole, behaviour):
                message = f"{cell.name} has no {words}, while {state} or otherwise"
                report.add("missing-key", value.where or cell.where, message, VERBS[behaviour.kind].said_with or None)
    for trait in cell.traits:
        for words in trait.multiplies:
            if not base_values(model, whole, parse_behaviour(words)):
                message = f"{cell.name} has no {words}, and a trait multiplies it"
                remedy = f"give {cell.name} a base value of it, or leave it out of `multiplies`"
                report.add("base-zero", trait.where or cell.where, message, remedy)


def _drowned(cell: Cell, vesicles: list[str], report: Report) -> None:
    """What is said of all vesicles, where every class has its own: nothing would read it."""

    def tell(what: str, where: Location | None) -> None:
        message = f"{what} of all vesicles holds for none: every class has its own in {cell.name}"
        report.warn("nothing-reads", where or cell.where, message, "leave it out, or leave one of the others out")

    general = cell.vesicle_fate.get(ALL_VESICLES, VesicleFate())
    for entry in FATE:
        value: object = getattr(general, entry.attribute)
        own = [cell.vesicle_fate.get(name, VesicleFate()) for name in vesicles]
        drowned = bool(own) and all(getattr(fate, entry.attribute) is not None for fate in own)
        if drowned and isinstance(value, Value) and not value.from_library:
            tell(f"`{entry.key}`", value.where)
    for base in cell.while_state.values():
        for words, value in base.values.items():
            behaviour = parse_behaviour(words)
            own = {behaviour_words(behaviour.model_copy(update={"what": name})) for name in vesicles}
            if behaviour.what == ALL_VESICLES and vesicles and own <= base.values.keys():
                tell(f"`{behaviour.kind}`", value.where)


def _unbound(cell: Cell, whole: Cell, report: Report) -> None:
    """Receptors, and what becomes of bound vesicles, where none are bound."""
    general = whole.vesicle_fate.get(ALL_VESICLES, VesicleFate())
    in_states = any(
        parse_behaviour(words).kind == "binding" for base in whole.while_state.values() for words in base.values
    )
    for name, fate in cell.vesicle_fate.items():
        bound = [one.binding for key, one in whole.vesicle_fate.items() if name in (key, ALL_VESICLES)]
        if in_states or any(binding is not None for binding in (*bound, general.binding)):
            continue
        for attribute in WITH_BINDING:
            value: object = getattr(fate, attribute)
            if isinstance(value, Value) and not value.from_library:
                message = f"{cell.name} binds no {name}, so nothing reads their `{attribute}`"
                report.warn("nothing-reads", value.where or cell.where, message, "say their `binding`")


def _ligands(cell: Cell, vesicles: tuple[Vesicle, ...], report: Report) -> None:
    """Ligands by which nothing is bound: of no stated binding, and such as the vesicles do not show."""
    for name, fate in cell.vesicle_fate.items():
        ligand, where = fate.ligand, fate.ligand_at or cell.where
        meant = [one for one in vesicles if name in (one.name, ALL_VESICLES)]
        if ligand is not None and meant and all(fate_of(cell, one.name).binding is None for one in meant):
            message = f"{cell.name} binds {name} by {ligand}, and how much is not said"
            report.add("missing-key", where, message, f"say their `binding`, the clearance per copy of {ligand}")
    general = cell.vesicle_fate.get(ALL_VESICLES, VesicleFate())
    for one in vesicles:
        own = cell.vesicle_fate.get(one.name, VesicleFate())
        ligand = fate_of(cell, one.name).ligand
        if ligand is not None and not binds(cell, one) and (own.ligand or own.binding) is not None:
            where = own.ligand_at or (None if own.binding is None else own.binding.where) or cell.where
            inside = any(carried.name == ligand for carried in one.carries)
            why = "which lies inside them" if inside else "which they do not carry"
            report.add("no-ligand", where, f"{cell.name} binds {one.name} by {ligand}, {why}", _shown(one, ligand))
    if general.ligand is not None and vesicles and not any(shows(one, general.ligand) for one in vesicles):
        message = f"no vesicles show {general.ligand}, so {cell.name} binds none by it"
        report.warn("nothing-reads", general.ligand_at or cell.where, message, _shown(vesicles[0], general.ligand))


def _shown(vesicle: Vesicle, ligand: str) -> str:
    """What to write, so that vesicles show a ligand."""
    outside = [one.name for one in vesicle.carries if one.place != "lumen"]
    near = nearest(ligand, outside)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"let {vesicle.name} carry `{ligand}: {{copies: 10 copies/EV, place: surface, type: protein}}`"


def _half_max(cell: Cell, edge: Edge, names: Names, report: Report) -> None:
    """The half-max of an edge holds for all its inputs that have a unit, so these have to have one."""
    if edge.half_max is None:
        return
    measured: dict[str, str] = {}
    for term in terms(edge.gate):
        meaning = names.meaning(cell, term.signal)
        if meaning in WITH_UNIT and term.half_max is None:
            signal = term.signal
            name = signal.name if isinstance(signal, NamedSignal) else signal.kind
            measured.setdefault(HALF_MAX_DIMENSION.get(meaning, "number"), name)
    if len(measured) > 1:
        listed = " and ".join(f"of {name} {DIMENSIONS[what].what}" for what, name in measured.items())
        message = f"one half-max for what is measured differently: {listed}"
        remedy = "let each act on a node of its own, with its half-max, and read the nodes together"
        report.add("wrong-quantity", edge.half_max.where or edge.where, message, remedy)
