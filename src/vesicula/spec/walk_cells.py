"""Visits every value of a cell: its block, sentences, networks and vesicle fates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vesicula.spec.fields import ATTRACTANT, CELL, FATE, MOVES, TRAIT, Field, Sign
from vesicula.spec.model import ALL_VESICLES, Cell, Network, Passage, Phase, StateBase, VesicleFate
from vesicula.spec.names import BEHAVIOUR_DIMENSION, HALF_MAX_DIMENSION, WITH_UNIT, terms
from vesicula.spec.parse_rules import parse_behaviour
from vesicula.spec.sentences import (
    AllOf,
    AnyOf,
    Becomes,
    Closes,
    Edge,
    Gate,
    InsideText,
    Keeps,
    KeepsItself,
    NodeSetting,
    PressureSignal,
    RuleText,
    Sequesters,
    SignalText,
    Silences,
    Term,
)
from vesicula.spec.spots import Spot, Updates, Visit, updated
from vesicula.spec.values import Value

RESISTANCE = "TEER"
"""Key of a barrier under which its electrical resistance stands, instead of a permeability."""


class CellVisit(Visit):
    """The cells and networks of a model."""

    def network(self, one: Network) -> Network:
        """A network that cells attach."""
        bare = Cell(name=one.name, inside=one.inside)
        inside = self.inside(bare, f"networks.{one.name}", ())
        return one if inside is bare.inside else updated(one, {"inside": inside})

    def cell(self, one: Cell) -> Cell:
        """A cell with all its sentences."""
        called = self.cell_names(one.name)
        outer = Spot(f"cells.{one.name}", "", entities=(*called, "cell"), cells=called, where=one.where)
        changed = self.block(one, CELL, outer, skip=("competitors",))
        updates: Updates = {"diameter_spread": self._spread(one, outer)}
        for field in CELL:
            if field.form == "values":
                table: dict[str, Value] = getattr(one, field.attribute)
                if table:
                    updates[field.attribute] = self.table(table, self._entry_of(field, outer))
        if one.competitors is not None:
            spot = replace(
                outer, path=f"{outer.path}.competitors", dimension="number", quantity="competitors",
                entities=(*called, "miRNA"), sign="not negative", fill="offered",
            )  # fmt: skip
            updates["competitors"] = self.value(one.competitors, spot)
        updates["cycle"] = tuple(self.phase(phase, outer) for phase in one.cycle)
        updates["vesicle_fate"] = {name: self.fate(fate, name, outer) for name, fate in one.vesicle_fate.items()}
        if one.moves is not None:
            updates["moves"] = self._moves(one, outer)
        updates["traits"] = tuple(
            self.block(
                trait,
                TRAIT,
                replace(outer, path=f"{outer.path}.traits.{trait.name}", entities=(trait.name,), measured=True),
            )
            for trait in one.traits
        )
        updates["becomes"] = tuple(
            self.becomes(s, f"{outer.path}.becomes.{i}", outer) for i, s in enumerate(one.becomes)
        )
        updates["inside"] = self.inside(one, outer.path, called)
        updates["rules"] = tuple(self.rule(one, r, f"{outer.path}.rules.{i}", called) for i, r in enumerate(one.rules))
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

    def _entry_of(self, field: Field, outer: Spot) -> Callable[[str], Spot]:
        vesicles = field.attribute == "releases"

        def spot(name: str) -> Spot:
            return replace(
                outer,
                path=f"{outer.path}.{field.key}.{name}",
                dimension=field.dimension,
                quantity=field.library_word,
                entities=(name, ALL_VESICLES)
                if vesicles
                else (name, "miRNA")
                if field.key == "own copies"
                else (name,),
                sign=field.sign,
                fill="needed",
                substance=name if field.attribute == "secretes" else None,
            )

        return spot

    def _moves(self, one: Cell, outer: Spot) -> object:
        if one.moves is None:
            return None
        inner = replace(outer, path=f"{outer.path}.moves")
        toward = self.table(
            one.moves.toward,
            lambda name: replace(
                inner, path=f"{inner.path}.toward.{name}", dimension="number", quantity="toward", entities=(name,),
                sign="any",
            ),
        )  # fmt: skip
        sensed = {
            name: self.block(
                receptors,
                ATTRACTANT,
                replace(
                    inner, path=f"{inner.path}.toward.{name}", entities=(name, "attractant"), substance=name,
                ),
            )
            for name, receptors in one.moves.sensed.items()
        }  # fmt: skip
        new = {"toward": toward, "sensed": sensed}
        return updated(
            self.block(one.moves, MOVES, inner), {key: x for key, x in new.items() if x != getattr(one.moves, key)}
        )

    def fate(self, one: VesicleFate, vesicle: str, outer: Spot) -> VesicleFate:
        """What a cell does with a vesicle class."""
        entities = (vesicle,) if vesicle == ALL_VESICLES else (vesicle, ALL_VESICLES)
        return self.block(one, FATE, replace(outer, path=f"{outer.path}.fate of {vesicle}", entities=entities))

    def base(self, one: StateBase, state: str, outer: Spot) -> StateBase:
        """Base values in one state."""

        def spot(words: str) -> Spot:
            behaviour = parse_behaviour(words)
            return replace(
                outer,
                path=f"{outer.path}.while {state}.{words}",
                dimension=BEHAVIOUR_DIMENSION[behaviour.kind],
                quantity=words,
                sign="any" if behaviour.kind == "attraction" else "not negative",
                substance=behaviour.what if behaviour.kind == "secretion" else None,
            )

        values = self.table(one.values, spot)
        return one if values is one.values else updated(one, {"values": values})

    def becomes(self, one: Becomes, path: str, outer: Spot) -> Becomes:
        """A transition."""
        spot = replace(outer, sources=one.sources, where=one.where, entities=(one.to,), quantity="becomes")
        rate = self.value(one.rate, replace(spot, path=f"{path}.rate", dimension="rate", sign="not negative"))
        after = self.value(one.after, replace(spot, path=f"{path}.after", dimension="time"))
        return updated(one, {"rate": rate or one.rate, "after": after or one.after})

    def signal_spot(self, cell: Cell, signal: SignalText, path: str, called: tuple[str, ...], outer: Spot) -> Spot:
        """What the half-max of a signal is."""
        meaning = self.names.meaning(cell, signal)
        if isinstance(signal, PressureSignal):
            name = "pressure"
        else:
            name = signal.name if signal.kind == "named" else f"contact with {signal.cell}"
        entities = (name,) if meaning in HALF_MAX_DIMENSION else (name, "contact" if meaning == "contact" else "rule")
        return replace(
            outer,
            path=path,
            dimension=HALF_MAX_DIMENSION.get(meaning, "number") if meaning is not None else "number",
            quantity="half-max",
            entities=entities,
            cells=called,
            substance=name if meaning == "substance" else None,
        )

    def rule(self, cell: Cell, one: RuleText, path: str, called: tuple[str, ...]) -> RuleText:
        """A rule."""
        outer = Spot(path, "number", sources=one.sources, where=one.where, fill="offered", cells=called)
        spot = self.signal_spot(cell, one.signal, f"{path}.half-max", called, outer)
        if self.names.meaning(cell, one.signal) in WITH_UNIT:
            spot = replace(spot, fill="needed")
        hill = replace(outer, path=f"{path}.hill", quantity="hill", entities=(spot.entities[0], "rule"))
        limit = replace(outer, path=f"{path}.limit", dimension="factor", sign="not negative", quantity="limit")
        updates: Updates = {"half_max": self.value(one.half_max, spot), "hill": self.value(one.hill, hill)}
        if isinstance(one, Keeps):
            updates["limit"] = self.value(one.limit, limit)
        else:
            updates["limit"] = self.needed(one.limit, limit)
        return updated(one, updates)

    # --- inside

    def inside(self, cell: Cell, path: str, called: tuple[str, ...]) -> tuple[InsideText, ...]:
        """The sentences inside a cell."""
        changed = tuple(self.sentence(cell, one, f"{path}.inside", i, called) for i, one in enumerate(cell.inside))
        return cell.inside if all(new is old for new, old in zip(changed, cell.inside, strict=True)) else changed

    def sentence(self, cell: Cell, one: InsideText, path: str, number: int, called: tuple[str, ...]) -> InsideText:
        """One sentence inside a cell."""
        at = f"{path}.{number}"
        outer = Spot(at, "number", sources=one.sources, where=one.where, cells=called, fill="offered")

        def spot(
            what: str, dimension: str, *entities: str, place: str = at, sign: Sign = "positive", key: str = ""
        ) -> Spot:
            return replace(
                outer, path=f"{place}.{key or what}", dimension=dimension, quantity=what, entities=entities, sign=sign
            )

        match one:
            case Edge():
                return self.edge(cell, one, at, outer)
            case Silences():
                mirna, node = (one.mirna, "miRNA"), (one.node, "node")
                protein = spot("protein half-life", "time", *node, place=f"{path}.{one.node}")
                return updated(
                    one,
                    {
                        "mrna": self.needed(one.mrna, spot("mRNA", "copies", *node, sign="not negative")),
                        "mrna_half_life": self.needed(one.mrna_half_life, spot("mRNA half-life", "time", *node)),
                        "protein_half_life": self.value(one.protein_half_life, protein),
                        "half_saturation": self.value(
                            one.half_saturation, spot("lambda", "copies", *mirna, key="half-saturation")
                        ),
                        "strength": self.value(
                            one.strength, spot("kappa", "number", *mirna, sign="not negative", key="strength")
                        ),
                    },
                )
            case Sequesters():
                capacity = spot("capacity", "copies", one.node, sign="not negative")
                kd = self.needed(one.kd, spot("Kd", "copies", one.node))
                return updated(one, {"capacity": self.needed(one.capacity, capacity), "kd": kd})
            case KeepsItself():
                place = f"{path}.{one.node}"
                on = self.needed(one.on_above, spot("on above", "number", one.node, place=place))
                off = self.needed(one.off_below, spot("off below", "number", one.node, place=place))
                return updated(one, {"on_above": on, "off_below": off})
            case Closes():
                half = spot("half-max", "share", one.node, "junctions")
                hill = spot("hill", "number", one.node, "junctions")
                return updated(one, {"half_max": self.value(one.half_max, half), "hill": self.value(one.hill, hill)})
            case NodeSetting():
                dimension = "time" if one.setting == "responds in" else "number"
                sign: Sign = "positive" if one.setting == "responds in" else "not negative"
                there = spot(one.setting, dimension, one.node, "node", place=f"{path}.{one.node}", sign=sign)
                return updated(one, {"value": self.needed(one.value, there)})

    def edge(self, cell: Cell, one: Edge, path: str, outer: Spot) -> Edge:
        """An edge of a network."""

        def spot(what: str, sign: Sign = "positive") -> Spot:
            return replace(outer, path=f"{path}.{what}", quantity=what, entities=(one.node, "edge"), sign=sign)

        inputs = [term.signal for term in terms(one.gate)]
        first = next((s for s in inputs if self.names.meaning(cell, s) in WITH_UNIT), inputs[0])
        half = self.signal_spot(cell, first, f"{path}.half-max", outer.cells, outer)
        return updated(
            one,
            {
                "gate": self.gate(cell, one.gate, path, outer),
                "weight": self.value(one.weight, spot("weight")),
                "half_max": self.value(one.half_max, half),
                "ec50": self.value(one.ec50, spot("ec50")),
                "hill": self.value(one.hill, spot("hill")),
            },
        )

    def gate(self, cell: Cell, gate: Gate, path: str, outer: Spot) -> Gate:
        """The gate of an edge."""
        if isinstance(gate, Term):
            spot = self.signal_spot(cell, gate.signal, f"{path}.half-max", outer.cells, outer)
            return updated(gate, {"half_max": self.value(gate.half_max, replace(spot, fill="needed"))})
        parts = tuple(self.gate(cell, part, f"{path}.{i}", outer) for i, part in enumerate(gate.parts))
        if all(new is old for new, old in zip(parts, gate.parts, strict=True)):
            return gate
        return AllOf(parts=parts) if isinstance(gate, AllOf) else AnyOf(parts=parts)
