"""Visits every value of a cell: its block, networks and vesicle fates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from vesicula.language.blocks import ATTRACTANT, CELL, FATE, MOVES, NETWORK, TRAIT
from vesicula.language.fields import Field
from vesicula.language.grammar.rules import parse_behaviour
from vesicula.language.model import ALL_VESICLES, Cell, Motion, Network, Passage, Phase, StateBase, VesicleFate
from vesicula.language.spots import Spot, Updates, Visit, updated
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS

RESISTANCE = "TEER"
"""Key of a barrier under which its electrical resistance stands, instead of a permeability."""

BY_RECEPTORS = ("binding", "receptors", "internalised", "detached")
"""Entries of a fate that say how receptors take vesicles."""
RECEPTORS = tuple(field for field in FATE if field.attribute in BY_RECEPTORS)


class CellVisit(Visit):
    """The cells and networks of a model."""

    def network(self, one: Network) -> Network:
        """A network that cells attach."""
        bare = Cell(name=one.name, inside=one.inside)
        outer = Spot(f"networks.{one.name}", "time", measured=False, where=one.where)
        changed = self.block(one, NETWORK, outer)
        return updated(changed, {"inside": self.sentences(one.inside, f"networks.{one.name}.inside", bare)})

    def cell(self, one: Cell) -> Cell:
        """A cell with all its sentences."""
        called = self.cell_names(one.name)
        outer = Spot(f"cells.{one.name}", "", entities=(*called, "cell"), cells=called, where=one.where)
        changed = self.block(one, CELL, outer, skip=("competitors",))
        updates: Updates = {"diameter_spread": self._spread(one, outer), **self._tables(one, CELL, outer)}
        if one.competitors is not None:
            spot = replace(
                outer, path=f"{outer.path}.competitors", dimension="number", quantity="competitors",
                entities=(*called, "miRNA"), sign="not negative", fill="offered",
            )  # fmt: skip
            updates["competitors"] = self.value(one.competitors, spot)
        updates["cycle"] = tuple(self.phase(phase, outer) for phase in one.cycle)
        updates["vesicle_fate"] = {name: self.fate(fate, name, outer) for name, fate in one.vesicle_fate.items()}
        if one.moves is not None:
            updates["moves"] = self._moves(one.moves, outer)
        updates["traits"] = tuple(
            self.block(
                trait,
                TRAIT,
                replace(outer, path=f"{outer.path}.traits.{trait.name}", entities=(trait.name,), measured=True),
            )
            for trait in one.traits
        )
        updates["becomes"] = self.sentences(one.becomes, f"{outer.path}.becomes", one, called)
        updates["inside"] = self.sentences(one.inside, f"{outer.path}.inside", one, called)
        updates["rules"] = self.sentences(one.rules, f"{outer.path}.rules", one, called)
        updates["barrier"] = {
            name: self.passage(passage, f"{outer.path}.barrier.{name}", name, outer)
            for name, passage in one.barrier.items()
        }
        updates["while_state"] = {state: self.base(base, state, outer) for state, base in one.while_state.items()}
        return updated(changed, {name: new for name, new in updates.items() if new != getattr(one, name)})

    def passage(self, one: Passage, path: str, name: str, outer: Spot) -> Passage:
        """What a closed layer of the cell lets through of one thing."""
        resistance = name == RESISTANCE
        kinds = (name, ALL_VESICLES) if name in self.names.vesicles else (name,)
        updates: Updates = {}
        for way in Passage.model_fields:
            current: object = getattr(one, way)
            if isinstance(current, Value):
                spot = replace(
                    outer, path=f"{path}.{way}", dimension="area resistance" if resistance else "speed",
                    quantity=f"{'resistance' if resistance else 'permeability'} {way}", entities=kinds,
                    sign="positive" if resistance else "not negative", fill="needed",
                )  # fmt: skip
                updates[way] = self.value(current, spot)
        return updated(one, updates)

    def phase(self, one: Phase, outer: Spot) -> Phase:
        """A phase of the cell cycle."""
        path = f"{outer.path}.cycle.{one.name}"
        spot = replace(outer, path=path, dimension="time", quantity="lasts", entities=(one.name,))
        return updated(one, {"lasts": self.needed(one.lasts, spot)})

    def _spread(self, one: Cell, outer: Spot) -> Value | None:
        spot = replace(outer, path=f"{outer.path}.diameter spread", dimension="number", quantity="spread")
        return self.value(one.diameter_spread, spot)

    def _tables(self, one: Cell | Motion, fields: tuple[Field, ...], outer: Spot) -> Updates:
        """The tables of values of a block."""
        updates: Updates = {}
        for field in fields:
            table: object = getattr(one, field.attribute)
            if field.form == "values" and isinstance(table, dict) and table:
                updates[field.attribute] = self.table(cast("dict[str, Value]", table), self._entry_of(field, outer))
        return updates

    def _entry_of(self, field: Field, outer: Spot) -> Callable[[str], Spot]:
        wider = {"releases": ALL_VESICLES, "own_copies": "miRNA"}.get(field.attribute)

        def spot(name: str) -> Spot:
            return replace(
                outer,
                path=f"{outer.path}.{field.key}.{name}",
                dimension=field.dimension,
                quantity=field.library_word,
                entities=(name,) if wider is None else (name, wider),
                sign=field.sign,
                fill="needed",
                substance=name if field.attribute == "secretes" else None,
            )

        return spot

    def _moves(self, moves: Motion, outer: Spot) -> Motion:
        inner = replace(outer, path=f"{outer.path}.moves")
        sensed = {
            name: self.block(
                receptors,
                ATTRACTANT,
                replace(inner, path=f"{inner.path}.toward.{name}", entities=(name, "attractant"), substance=name),
            )
            for name, receptors in moves.sensed.items()
        }
        new = {**self._tables(moves, MOVES, inner), "sensed": sensed}
        return updated(self.block(moves, MOVES, inner), {key: x for key, x in new.items() if x != getattr(moves, key)})

    def fate(self, one: VesicleFate, vesicle: str, outer: Spot) -> VesicleFate:
        """What a cell does with a vesicle class; its receptors for one class are those usual for ligands."""
        spot = replace(outer, path=f"{outer.path}.fate of {vesicle}", entities=(vesicle, ALL_VESICLES))
        if vesicle == ALL_VESICLES:
            return self.block(one, FATE, replace(spot, entities=(vesicle,)))
        others = self.block(one, FATE, spot, skip=BY_RECEPTORS)
        return self.block(others, RECEPTORS, replace(spot, entities=(vesicle, "surface ligand")))

    def base(self, one: StateBase, state: str, outer: Spot) -> StateBase:
        """Base values in one state."""

        def spot(words: str) -> Spot:
            behaviour = parse_behaviour(words)
            verb = VERBS[behaviour.kind]
            return replace(
                outer,
                path=f"{outer.path}.while {state}.{words}",
                dimension=verb.dimension,
                quantity=words,
                sign=verb.sign,
                substance=behaviour.what if verb.dimension == "secretion" else None,
            )

        values = self.table(one.values, spot)
        return one if values is one.values else updated(one, {"values": values})
