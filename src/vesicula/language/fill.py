"""Values that a model leaves to the parameter library, and the evidence class of every value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from vesicula.evidence.classes import EvidenceClass, classify
from vesicula.evidence.facts import Fact, as_reference
from vesicula.evidence.parameters import Entry, quantity_in
from vesicula.evidence.references import Reference, library_references, read_references
from vesicula.language.behind import facts_of
from vesicula.language.blocks import ATTRACTANT, CARRIED, CELL, FATE, MOVES, SUBSTANCE, VESICLE
from vesicula.language.fields import Field
from vesicula.language.grammar.rules import parse_behaviour
from vesicula.language.grammar.values import FROM_LIBRARY
from vesicula.language.library import parameter_library
from vesicula.language.library_values import Library, LibraryValue
from vesicula.language.model import (
    ALL_VESICLES,
    EVERY_FLUID,
    FLUIDS,
    Cell,
    Labware,
    Model,
    Motion,
    Preparation,
    Sensed,
    Substance,
    Vesicle,
    VesicleFate,
)
from vesicula.language.names import WITH_UNIT, Names, nodes_of
from vesicula.language.sentences import (
    AllOf,
    AnyOf,
    Edge,
    Gate,
    InsideText,
    KeepsItself,
    NodeSetting,
    Sentence,
    Silences,
    Term,
)
from vesicula.language.slots import slots_of
from vesicula.language.spots import Spot
from vesicula.language.steps import StartConfluent
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Location, RangeShape, Value
from vesicula.language.verbs import VERBS
from vesicula.language.walk import walk
from vesicula.language.writing.models import value_text
from vesicula.units import DIMENSIONS

S = TypeVar("S", bound=Sentence)
T = TypeVar("T", bound=Frozen)


def references_of(model: Model) -> Mapping[str, Reference]:
    """References of the library, of a `references.bib` beside the model, and of facts, which may stand as sources."""
    own: Mapping[str, Reference] = {}
    if model.folder is not None:
        own = read_references(Path(model.folder) / "references.bib")
    papers = {**library_references(), **own}
    return {**{key: as_reference(fact, papers) for key, fact in facts_of(model).by_id.items()}, **papers}


def opened(model: Model) -> Model:
    """The model with a mark at everything it leaves unsaid and the library may hold."""
    names = Names(model)
    return model.model_copy(
        update={
            "labware": tuple(_labware(one) for one in model.labware),
            "substances": tuple(_substance(one, _fluids_of(model)) for one in model.substances),
            "vesicles": tuple(_vesicle(one) for one in model.vesicles),
            "preparations": tuple(_preparation(one) for one in model.preparations),
            "cells": tuple(_cell(one, names) for one in model.cells),
            "protocol": tuple(_open(one) for one in model.protocol),
            "arms": tuple(
                arm.model_copy(update={"steps": tuple(_open(one) for one in arm.steps)}) for arm in model.arms
            ),
        }
    )


def _marked(thing: T, fields: tuple[Field, ...], skip: tuple[str, ...] = ()) -> T:
    """A block with marks at its unsaid entries."""
    unsaid = {
        field.attribute: FROM_LIBRARY
        for field in fields
        if field.fill != "never" and field.attribute not in skip and getattr(thing, field.attribute) is None
    }
    return thing.model_copy(update=unsaid) if unsaid else thing


def _fluids_of(model: Model) -> tuple[str, ...]:
    """Fluids that the places of a model and its undisturbed state hold; labware has become no sites yet."""
    there = {site.bathed_in for site in model.sites} | ({"culture"} if model.labware else set[str]())
    if model.rest is not None:
        there |= {"tissue"} | (set[str]() if model.rest.blood is None else {"blood"})
    return tuple(fluid for fluid in FLUIDS if fluid in there)


def _substance(one: Substance, fluids: tuple[str, ...]) -> Substance:
    """A substance with marks; where the library tells its loss by fluid, one for each fluid there is."""
    stated = one.half_life or {EVERY_FLUID: FROM_LIBRARY}
    mark = stated.get(EVERY_FLUID)
    if mark is not None and mark.from_library and _told_by_fluid(one.name):
        others = {fluid: value for fluid, value in stated.items() if fluid != EVERY_FLUID}
        stated = {**dict.fromkeys(fluids, mark), **others}
    return _marked(one, SUBSTANCE).model_copy(update={"half_life": stated})


def _told_by_fluid(substance: str) -> bool:
    """Whether the library has half-lives of a substance by fluid, not one for everywhere."""
    library, _ = parameter_library()
    entities = (substance,)
    by_fluid = any(library.find("half-life", entities, condition=fluid).entry is not None for fluid in FLUIDS)
    return by_fluid and library.find("half-life", entities).entry is None


def _vesicle(one: Vesicle) -> Vesicle:
    marked = _marked(one, VESICLE, () if one.made == "in endosomes" else ("residence",))
    spread = {"size_spread": FROM_LIBRARY} if one.size_spread is None else {}
    carries = tuple(_marked(cargo, CARRIED) for cargo in one.carries)
    return marked.model_copy(update={**spread, "carries": carries})


def _labware(one: Labware) -> Labware:
    """A filter has as many pores as is usual for their diameter."""
    if one.pore_density is not None or one.pores is None or one.kind not in ("transwell", "chamber"):
        return one
    return one.model_copy(update={"pore_density": _mark(one.pores.where or one.where)})


def _preparation(one: Preparation) -> Preparation:
    """A preparation loses what is usual for how it was stored."""
    return one.model_copy(update={"stored": tuple(_open(stay) for stay in one.stored)}) if one.stored else one


def _mark(where: Location | None) -> Value:
    """A value that the library must have."""
    return FROM_LIBRARY.model_copy(update={"where": where})


def _grows_to(one: Cell, model: Model) -> bool:
    """Whether a cell is confluent somewhere, and nothing says at which density."""
    places = [start.place for start in model.start if isinstance(start, StartConfluent) and start.cell == one.name]
    stated = {labware.name for labware in model.labware if labware.confluence is not None}
    return one.confluence is None and any(place not in stated for place in places)


def _in_states(one: Cell) -> Cell:
    """A cell that does nothing in its other states of what it does in one (`while loud: {IL6 secretion: …}`)."""
    updates: dict[str, object] = {}
    for base in one.while_state.values():
        for words, value in base.values.items():
            behaviour = parse_behaviour(words)
            verb = VERBS[behaviour.kind]
            attribute = verb.base[0] if verb.alone else None
            none = Value(number=0.0, unit=value.unit, where=value.where)
            current: object = None if attribute is None else updates.get(attribute, getattr(one, attribute))
            if attribute is not None and isinstance(current, dict) and behaviour.what is not None:
                updates[attribute] = {behaviour.what: none, **cast("dict[str, object]", current)}
            elif attribute is not None and current is None:
                updates[attribute] = none
    return one.model_copy(update=updates) if updates else one


def _cell(one: Cell, names: Names) -> Cell:
    one = _in_states(one)
    updates: dict[str, object] = {}
    if names.vesicles:
        fate = one.vesicle_fate.get(ALL_VESICLES, VesicleFate())
        general = _marked(fate, FATE)
        updates["vesicle_fate"] = {**one.vesicle_fate, ALL_VESICLES: general}
        own = [vesicle.name for vesicle in names.model.vesicles if vesicle.donor == one.name]
        missing = {name: FROM_LIBRARY for name in own if name not in one.releases}
        updates["releases"] = {**one.releases, **missing}
    silenced = [sentence.mirna for sentence in one.inside if isinstance(sentence, Silences)]
    if silenced:
        missing = {name: FROM_LIBRARY for name in silenced if name not in one.own_copies}
        updates["own_copies"] = {**one.own_copies, **missing}
        if one.competitors is None:
            updates["competitors"] = FROM_LIBRARY
    if one.moves is not None:
        updates["moves"] = _motion(one, one.moves)
    updates["inside"] = tuple(_inside(one, sentence, names) for sentence in one.inside) + _times(one)
    if _grows_to(one, names.model):
        updates["confluence"] = _mark(one.where)
    updates["rules"] = tuple(_open(rule) for rule in one.rules)
    return _marked(one, CELL).model_copy(update=updates)


def _motion(one: Cell, moves: Motion) -> Motion:
    """A walk; how a cell follows a substance is what is usual, unless its receptors are said."""
    sensed: dict[str, Sensed] = {}
    for name in moves.toward:
        receptors = moves.sensed.get(name, Sensed())
        sensed[name] = _marked(receptors, ATTRACTANT, ("receptors",) if receptors.receptor in one.surface else ())
    marked = _marked(moves, MOVES)
    return marked.model_copy(update={"sensed": sensed}) if sensed else marked


def _open(one: S) -> S:
    """A sentence with a mark at every value that it leaves to the library."""
    unsaid = {
        field: FROM_LIBRARY
        for field, slot in slots_of(one)
        if slot.fill != "never" and getattr(one, field) is None and (not slot.beside or getattr(one, slot.beside))
    }
    return one.model_copy(update=unsaid) if unsaid else one


def _inside(cell: Cell, one: InsideText, names: Names) -> InsideText:
    if isinstance(one, Edge) and one.half_max is None:
        one = one.model_copy(update={"gate": _gate(cell, one.gate, names)})
    return _open(one)


def _gate(cell: Cell, gate: Gate, names: Names) -> Gate:
    """A gate with a mark at the half-max of every input that has a unit."""
    match gate:
        case Term():
            needs = gate.half_max is None and names.meaning(cell, gate.signal) in WITH_UNIT
            return gate.model_copy(update={"half_max": FROM_LIBRARY}) if needs else gate
        case AllOf():
            return AllOf(parts=tuple(_gate(cell, part, names) for part in gate.parts))
        case AnyOf():
            return AnyOf(parts=tuple(_gate(cell, part, names) for part in gate.parts))


def _times(cell: Cell) -> tuple[NodeSetting, ...]:
    """`X responds in …` for nodes that say nothing about their time."""
    timed = {one.node for one in cell.inside if isinstance(one, NodeSetting) and one.setting == "responds in"}
    timed |= {one.node for one in cell.inside if isinstance(one, Silences)}
    driven = {one.node for one in cell.inside if isinstance(one, Edge | KeepsItself)}
    return tuple(
        NodeSetting(text=f"{node} responds in library", node=node, setting="responds in", value=FROM_LIBRARY)
        for node in nodes_of(cell)
        if node in driven and node not in timed
    )


@dataclass
class Filler:
    """Puts library values at the marks and classes on all values."""

    model: Model
    library: Library
    references: Mapping[str, Reference]
    report: Report

    def filled(self) -> Model:
        """The model with library values, evidence classes and range shapes."""
        model = walk(self.model, self.one)
        return model.model_copy(update={"cells": tuple(self._steps(_without_marks(cell)) for cell in model.cells)})

    def _steps(self, cell: Cell) -> Cell:
        """Erlang steps of division and death, where their times come from the library."""
        steps = {entry.key.text(): entry.value.steps for entry in self.library.entries}
        updates: dict[str, object] = {}
        if cell.divides is not None and cell.divides.parameter is not None:
            stated = steps.get(cell.divides.parameter, 1)
            updates["division_steps"] = stated if stated > 1 else cell.division_steps
        if cell.dies is not None and cell.dies.parameter is not None:
            updates["death_steps"] = max(cell.death_steps, steps.get(cell.dies.parameter, 1))
        return cell.model_copy(update=updates) if updates else cell

    def one(self, spot: Spot, value: Value) -> Value | None:
        """One value: looked up if it is a mark, then classed."""
        if not value.from_library:
            return self._own(spot, value)
        return self._entry(spot, value)

    def _own(self, spot: Spot, value: Value) -> Value:
        if value.at_rest:
            return value.model_copy(update={"evidence": EvidenceClass.DERIVED})
        if not (spot.measured or spot.chosen) or value.evidence is not None:
            return value
        evidence = classify(value.sources, self.references, same_context=self._measured_here(spot, value.sources))
        return value.model_copy(update={"evidence": evidence, "shape": _shape(spot, value)})

    def _entry(self, spot: Spot, value: Value) -> Value | None:
        found = self.library.find(
            spot.quantity, spot.entities, cells=spot.cells, condition=spot.condition, species=self.model.species
        )
        if found.entry is None:
            self._missing(spot, value, found.equal)
            return None
        entry = found.entry
        stated = entry.value.value
        same = found.same_context and (entry.key.cell is None or entry.key.cell in spot.cells)
        same = same and self._measured_here(spot, stated.sources)
        evidence = classify(stated.sources, self.references, stated=entry.evidence, same_context=same)
        return stated.model_copy(
            update={
                "parameter": entry.key.text(),
                "stand_in": len(spot.entities) > 1 and entry.key.entity == spot.entities[-1],
                "note": entry.note,
                "evidence": evidence,
                "where": value.where or spot.where,
                "shape": _shape(spot, stated),
            }
        )

    def _measured_here(self, spot: Spot, sources: tuple[str, ...]) -> bool:
        """Whether the facts that a value cites, if any, are of its own thing, cell and species."""
        known = facts_of(self.model)
        cited = {key for key in sources if key in known.by_id}
        if not cited:
            return True
        here = {fact.id for fact in known.behind(spot).same if _same_species(fact, self.model)}
        return bool(cited & here)

    def _missing(self, spot: Spot, value: Value, equal: tuple[Entry[LibraryValue], ...]) -> None:
        where = value.where or spot.where
        if equal:
            both = " and ".join(f"{entry.file}:{entry.line}" for entry in equal)
            message = f"{spot.path}: {both} fit equally well"
            self.report.add("ambiguous-library", where, message, "write the value here, or give one of them a `cell`")
            return
        level = "needed" if value.where is not None else spot.fill
        if level == "needed":
            example = DIMENSIONS[spot.dimension].example
            key = f"{quantity_in(spot.quantity, spot.condition)} of {spot.entities[0] if spot.entities else spot.path}"
            message = f"{spot.path}: the parameter library has no {key}"
            self.report.add("no-library-value", where, message, f"write it here, for example `{example}`")
        elif level == "wanted":
            message = f"{spot.path} is not said, and the parameter library has none: it lasts for ever"
            self.report.warn("no-library-value", where, message, f"write for example `{spot.quantity}: 2 h`")


def _same_species(fact: Fact, model: Model) -> bool:
    return model.species is None or fact.species in (model.species, "none", "several")


def library_value(
    model: Model, report: Report, quantity: str, entities: tuple[str, ...], where: Location | None
) -> Value | None:
    """A share that only the library states, classed; a diagnostic where it has none."""
    library, _ = parameter_library()
    spot = Spot(quantity, "share", quantity, entities, fill="needed", where=where)
    return Filler(model, library, references_of(model), report).one(spot, _mark(where))


def _shape(spot: Spot, value: Value) -> RangeShape:
    """Shares are logit-normal unless the text says otherwise."""
    if spot.dimension == "share" and value.shape is RangeShape.LOG_NORMAL:
        return RangeShape.LOGIT_NORMAL
    return value.shape


def _without_marks(cell: Cell) -> Cell:
    """A cell without settings that the library does not hold."""
    kept = tuple(
        one if not isinstance(one, NodeSetting) or one.value.parameter is None else _said(one)
        for one in cell.inside
        if not (isinstance(one, NodeSetting) and one.value.from_library)
    )
    return cell.model_copy(update={"inside": kept})


def _said(one: NodeSetting) -> NodeSetting:
    """A setting from the library, in words."""
    return one.model_copy(update={"text": f"{one.node} {one.setting} {value_text(one.value)}"})
