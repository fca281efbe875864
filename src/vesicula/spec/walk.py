"""Visits every value of a model with its path, what it measures, and under which key the parameter library holds it.

One traversal serves checking, filling, overriding and listing: a change gets each value and returns the one to keep
(None: leave it out, where it may be missing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from vesicula.spec.fields import (
    CARRIED,
    CELL,
    FATE,
    MATRIX,
    MOVES,
    RUN,
    SITE,
    SUBSTANCE,
    TRAIT,
    VESICLE,
    Field,
    Fill,
    Sign,
)
from vesicula.spec.model import (
    Arm,
    Cell,
    Matrix,
    Model,
    Network,
    Phase,
    Site,
    StateBase,
    Substance,
    Vesicle,
    VesicleFate,
)
from vesicula.spec.names import BEHAVIOUR_DIMENSION, HALF_MAX_DIMENSION, WITH_UNIT, Names, antibody, terms
from vesicula.spec.parse_rules import parse_behaviour
from vesicula.spec.read_cells import ALL_VESICLES
from vesicula.spec.sentences import (
    AddAntibody,
    AddSubstance,
    AllOf,
    AnyOf,
    Becomes,
    Binds,
    Block,
    Edge,
    Gate,
    Hold,
    InsideText,
    Keeps,
    KeepsItself,
    KnockOut,
    Makes,
    NodeSetting,
    PressureSignal,
    ReactionText,
    RuleText,
    Sequesters,
    SignalText,
    Silences,
    StepText,
    Term,
    TurnsInto,
)
from vesicula.spec.values import Frozen, Location, Value

T = TypeVar("T", bound=Frozen)


@dataclass(frozen=True)
class Spot:
    """Where a value stands and what it is.

    path: as `but` and `set` write it; dimension: name in `units.DIMENSIONS`; quantity, entities, cells: key in the
    parameter library, narrowest names first; substance: whose molar mass and solubility count; measured: a property
    of nature that should have source and range; chosen: set by the experimenter, such as a dose (neither of the two:
    sizes of the site, times);
    sources: of the sentence around it; where: place of the sentence, if the value has none.
    """

    path: str
    dimension: str
    quantity: str = ""
    entities: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    sign: Sign = "positive"
    fill: Fill = "never"
    substance: str | None = None
    measured: bool = True
    chosen: bool = False
    sources: tuple[str, ...] = ()
    where: Location | None = None


Change = Callable[[Spot, Value], Value | None]
Updates = dict[str, object]


def walk(model: Model, change: Change) -> Model:
    """The model with every value replaced by what `change` makes of it."""
    return _Walk(model, change).model_changed()


def _updated(thing: T, updates: Updates) -> T:
    """A copy with the entries that changed; what was said stays said."""
    different = {name: new for name, new in updates.items() if new is not getattr(thing, name)}
    return thing.model_copy(update=different) if different else thing


class _Walk:
    """One traversal."""

    def __init__(self, model: Model, change: Change):
        self.model = model
        self.change = change
        self.names = Names(model)

    def model_changed(self) -> Model:
        model = self.model
        setting = Spot("", "time", measured=False)
        return _updated(
            model,
            {
                "sites": tuple(self.site(one) for one in model.sites),
                "substances": tuple(self.substance(one) for one in model.substances),
                "reactions": tuple(self.reaction(one, f"reactions.{i}") for i, one in enumerate(model.reactions)),
                "matrix": tuple(self.matrix(one) for one in model.matrix),
                "vesicles": tuple(self.vesicle(one) for one in model.vesicles),
                "networks": tuple(self.network(one) for one in model.networks),
                "cells": tuple(self.cell(one) for one in model.cells),
                "start": tuple(self.start(one, f"start.{i}") for i, one in enumerate(model.start)),
                "protocol": tuple(self.step(one, f"protocol.{i}") for i, one in enumerate(model.protocol)),
                "arms": tuple(self.arm(one) for one in model.arms),
                "run": self.block(model.run, RUN, replace(setting, path="run")),
            },
        )

    def value(self, value: Value | None, spot: Spot) -> Value | None:
        """One value, or the None that stands in its place."""
        return None if value is None else self.change(spot, value)

    def needed(self, value: Value, spot: Spot) -> Value:
        """One value that cannot be left out."""
        return self.change(spot, value) or value

    def table(self, table: dict[str, Value], spot: Callable[[str], Spot]) -> dict[str, Value]:
        """Values by name; names whose value is dropped go."""
        found = {name: self.change(spot(name), value) for name, value in table.items()}
        kept = {name: value for name, value in found.items() if value is not None}
        return table if all(kept.get(name) is value for name, value in table.items()) else kept

    def block(self, thing: T, fields: tuple[Field, ...], outer: Spot, skip: tuple[str, ...] = ()) -> T:
        """The plain entries of a block; `outer` holds path, entities and cells of the thing."""
        updates: Updates = {}
        for field in fields:
            current: object = getattr(thing, field.attribute, None)
            if field.attribute in skip or current is None:
                continue
            key = field.attribute if fields is FATE else field.key
            spot = replace(
                outer,
                path=outer.path if fields is CARRIED and key == "copies" else f"{outer.path}.{key}",
                dimension=field.dimension,
                quantity=field.library_word,
                sign=field.sign,
                fill=field.fill,
            )
            if isinstance(current, Value):
                updates[field.attribute] = self.value(current, spot)
            elif field.form == "list" and isinstance(current, tuple):
                updates[field.attribute] = self._list(current, spot)
        return _updated(thing, updates)

    def _list(self, items: tuple[object, ...], spot: Spot) -> tuple[object, ...]:
        return tuple(
            self.needed(one, replace(spot, path=f"{spot.path}.{i}")) if isinstance(one, Value) else one
            for i, one in enumerate(items)
        )

    # --- space

    def site(self, site: Site) -> Site:
        outer = Spot(f"sites.{site.name}", "length", measured=False, where=site.where)
        regions = tuple(
            _updated(region, {"shape": self.shape(region.shape, replace(outer, path=f"{outer.path}.{region.name}"))})
            for region in site.regions
        )
        same = all(new is old for new, old in zip(regions, site.regions, strict=True))
        site = self.block(site, SITE, outer)
        return site if same else _updated(site, {"regions": regions})

    def shape(self, shape: T, outer: Spot) -> T:
        updates: Updates = {}
        for name in type(shape).model_fields:
            current: object = getattr(shape, name)
            spot = replace(outer, path=f"{outer.path}.{name}", sign="any")
            if isinstance(current, Value):
                updates[name] = self.needed(current, spot)
            elif isinstance(current, tuple):
                updates[name] = self._list(current, spot)
        return _updated(shape, updates)

    # --- molecules, matrix, vesicles

    def substance(self, one: Substance) -> Substance:
        outer = Spot(f"substances.{one.name}", "", entities=(one.name,), substance=one.name, where=one.where)
        walls = {
            face: self.needed(
                wall,
                replace(outer, path=f"{outer.path}.walls.{face}", dimension="concentration", sign="not negative"),
            )
            if isinstance(wall, Value)
            else wall
            for face, wall in one.walls.items()
        }
        changed = self.block(one, SUBSTANCE, outer)
        return changed if walls == one.walls else _updated(changed, {"walls": walls})

    def reaction(self, one: ReactionText, path: str) -> ReactionText:
        def spot(quantity: str, dimension: str, *entities: str, sign: Sign = "positive") -> Spot:
            return Spot(
                f"{path}.{quantity}", dimension, quantity, entities, substance=entities[-1], sign=sign,
                sources=one.sources, where=one.where,
            )  # fmt: skip

        match one:
            case Binds():
                both = (one.product, f"{one.first}:{one.second}", one.first)
                kd = self.needed(one.kd, spot("Kd", "concentration", *both))
                off = self.needed(one.off, spot("off", "rate", *both, sign="not negative"))
                return _updated(one, {"kd": kd, "off": off})
            case Makes():
                kcat = self.needed(one.kcat, spot("kcat", "rate", one.enzyme, sign="not negative"))
                km = self.needed(one.km, spot("Km", "concentration", one.enzyme, one.substrate))
                return _updated(one, {"kcat": kcat, "km": km})
            case TurnsInto():
                return _updated(
                    one, {"half_life": self.needed(one.half_life, spot("half-life", "time", one.substrate))}
                )

    def matrix(self, one: Matrix) -> Matrix:
        path = f"matrix.{one.name}"
        outer = Spot(path, "", where=one.where)
        field = {entry.attribute: entry for entry in MATRIX}
        updates: Updates = {}
        for attribute, table in (("stores", one.stores), ("new_stores", one.new_stores)):
            entry = field[attribute]
            updates[attribute] = self.table(
                table,
                lambda name, entry=entry: replace(
                    outer, path=f"{path}.{entry.key}.{name}", dimension="concentration", quantity=entry.key,
                    entities=(name,), substance=name, fill="needed",
                ),
            )  # fmt: skip
        updates["fills"] = self.table(
            one.fills,
            lambda name: replace(
                outer, path=f"{path}.fills.{name}", dimension="share", sign="not negative", measured=False
            ),
        )
        updates["passage"] = self.table(
            one.passage,
            lambda name: replace(
                outer, path=f"{path}.passage.{name}", dimension="share", quantity="passage", entities=(name, one.name)
            ),
        )
        updates["holds"] = {name: self._holds(pair, path, name, outer) for name, pair in one.holds.items()}
        updates["degraded"] = tuple(
            _updated(
                sentence,
                {
                    "rate": self.needed(
                        sentence.rate,
                        replace(
                            outer, path=f"{path}.degraded.{i}.rate", dimension="rate per concentration",
                            sign="not negative", substance=sentence.enzyme, sources=sentence.sources,
                            where=sentence.where, quantity="degrades", entities=(sentence.enzyme,),
                        ),
                    )
                },
            )
            for i, sentence in enumerate(one.degraded)
        )  # fmt: skip
        return _updated(one, {name: new for name, new in updates.items() if new != getattr(one, name)})

    def _holds(self, pair: tuple[Value, Value], path: str, name: str, outer: Spot) -> tuple[Value, Value]:
        on, off = (
            self.needed(
                rate,
                replace(
                    outer, path=f"{path}.holds.{name}.{way}", dimension="rate", sign="not negative",
                    quantity=f"holds {way}", entities=(name, ALL_VESICLES),
                ),
            )
            for rate, way in zip(pair, ("on", "off"), strict=True)
        )  # fmt: skip
        return on, off

    def vesicle(self, one: Vesicle) -> Vesicle:
        donor = () if one.donor is None else self.cell_names(one.donor)
        outer = Spot(f"vesicles.{one.name}", "", entities=(one.name, ALL_VESICLES), cells=donor, where=one.where)
        changed = self.block(one, VESICLE, outer)
        spread = self.value(
            one.size_spread, replace(outer, path=f"{outer.path}.diameter spread", dimension="number", quantity="spread")
        )
        carries = tuple(
            self.block(
                cargo,
                CARRIED,
                replace(outer, path=f"{outer.path}.carries.{cargo.name}", entities=(cargo.name, cargo.type)),
            )
            for cargo in one.carries
        )
        same = all(new is old for new, old in zip(carries, one.carries, strict=True))
        return _updated(changed, {"size_spread": spread, **({} if same else {"carries": carries})})

    # --- cells

    def cell_names(self, name: str) -> tuple[str, ...]:
        """A cell and the library cell it specialises."""
        cell = self.names.cells.get(name)
        return (name,) if cell is None or cell.base is None else (name, cell.base)

    def network(self, one: Network) -> Network:
        bare = Cell(name=one.name, inside=one.inside)
        inside = self.inside(bare, f"networks.{one.name}", ())
        return one if inside is bare.inside else _updated(one, {"inside": inside})

    def cell(self, one: Cell) -> Cell:
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
        updates["while_state"] = {state: self.base(base, state, outer) for state, base in one.while_state.items()}
        return _updated(changed, {name: new for name, new in updates.items() if new != getattr(one, name)})

    def phase(self, one: Phase, outer: Spot) -> Phase:
        path = f"{outer.path}.cycle.{one.name}"
        spot = replace(outer, path=path, dimension="time", quantity="lasts", entities=(one.name,))
        return _updated(one, {"lasts": self.needed(one.lasts, spot)})

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
        return _updated(self.block(one.moves, MOVES, inner), {"toward": toward} if toward != one.moves.toward else {})

    def fate(self, one: VesicleFate, vesicle: str, outer: Spot) -> VesicleFate:
        entities = (vesicle,) if vesicle == ALL_VESICLES else (vesicle, ALL_VESICLES)
        return self.block(one, FATE, replace(outer, path=f"{outer.path}.fate of {vesicle}", entities=entities))

    def base(self, one: StateBase, state: str, outer: Spot) -> StateBase:
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
        return one if values is one.values else _updated(one, {"values": values})

    def becomes(self, one: Becomes, path: str, outer: Spot) -> Becomes:
        spot = replace(outer, sources=one.sources, where=one.where, entities=(one.to,), quantity="becomes")
        rate = self.value(one.rate, replace(spot, path=f"{path}.rate", dimension="rate", sign="not negative"))
        after = self.value(one.after, replace(spot, path=f"{path}.after", dimension="time"))
        return _updated(one, {"rate": rate or one.rate, "after": after or one.after})

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
        return _updated(one, updates)

    # --- inside

    def inside(self, cell: Cell, path: str, called: tuple[str, ...]) -> tuple[InsideText, ...]:
        changed = tuple(self.sentence(cell, one, f"{path}.inside", i, called) for i, one in enumerate(cell.inside))
        return cell.inside if all(new is old for new, old in zip(changed, cell.inside, strict=True)) else changed

    def sentence(self, cell: Cell, one: InsideText, path: str, number: int, called: tuple[str, ...]) -> InsideText:
        at = f"{path}.{number}"
        outer = Spot(at, "number", sources=one.sources, where=one.where, cells=called, fill="offered")

        def spot(what: str, dimension: str, *entities: str, place: str = at, sign: Sign = "positive") -> Spot:
            return replace(
                outer, path=f"{place}.{what}", dimension=dimension, quantity=what, entities=entities, sign=sign
            )

        match one:
            case Edge():
                return self.edge(cell, one, at, outer)
            case Silences():
                mirna, node = (one.mirna, "miRNA"), (one.node, "node")
                protein = spot("protein half-life", "time", *node, place=f"{path}.{one.node}")
                return _updated(
                    one,
                    {
                        "mrna": self.needed(one.mrna, spot("mRNA", "copies", *node, sign="not negative")),
                        "mrna_half_life": self.needed(one.mrna_half_life, spot("mRNA half-life", "time", *node)),
                        "protein_half_life": self.value(one.protein_half_life, protein),
                        "half_saturation": self.value(one.half_saturation, spot("lambda", "copies", *mirna)),
                        "strength": self.value(one.strength, spot("kappa", "number", *mirna, sign="not negative")),
                    },
                )
            case Sequesters():
                capacity = spot("capacity", "copies", one.node, sign="not negative")
                kd = self.needed(one.kd, spot("Kd", "copies", one.node))
                return _updated(one, {"capacity": self.needed(one.capacity, capacity), "kd": kd})
            case KeepsItself():
                place = f"{path}.{one.node}"
                on = self.needed(one.on_above, spot("on above", "number", one.node, place=place))
                off = self.needed(one.off_below, spot("off below", "number", one.node, place=place))
                return _updated(one, {"on_above": on, "off_below": off})
            case NodeSetting():
                dimension = "time" if one.setting == "responds in" else "number"
                sign: Sign = "positive" if one.setting == "responds in" else "not negative"
                there = spot(one.setting, dimension, one.node, "node", place=f"{path}.{one.node}", sign=sign)
                return _updated(one, {"value": self.needed(one.value, there)})

    def edge(self, cell: Cell, one: Edge, path: str, outer: Spot) -> Edge:
        def spot(what: str, sign: Sign = "positive") -> Spot:
            return replace(outer, path=f"{path}.{what}", quantity=what, entities=(one.node, "edge"), sign=sign)

        first = next(terms(one.gate)).signal
        half = self.signal_spot(cell, first, f"{path}.half-max", outer.cells, outer)
        return _updated(
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
        if isinstance(gate, Term):
            spot = self.signal_spot(cell, gate.signal, f"{path}.half-max", outer.cells, outer)
            return _updated(gate, {"half_max": self.value(gate.half_max, replace(spot, fill="needed"))})
        parts = tuple(self.gate(cell, part, f"{path}.{i}", outer) for i, part in enumerate(gate.parts))
        if all(new is old for new, old in zip(parts, gate.parts, strict=True)):
            return gate
        return AllOf(parts=parts) if isinstance(gate, AllOf) else AnyOf(parts=parts)

    # --- the question

    def start(self, one: T, path: str) -> T:
        outer = Spot(path, "length", measured=False, where=getattr(one, "where", None))
        updates: Updates = {}
        for name, dimension in (("spacing", "length"), ("density", "cells per area")):
            current: object = getattr(one, name, None)
            if isinstance(current, Value):
                updates[name] = self.needed(current, replace(outer, path=f"{path}.{name}", dimension=dimension))
        return _updated(one, updates)

    def arm(self, one: Arm) -> Arm:
        steps = tuple(self.step(step, f"arms.{one.name}.{i}") for i, step in enumerate(one.steps))
        return (
            one
            if all(new is old for new, old in zip(steps, one.steps, strict=True))
            else _updated(one, {"steps": steps})
        )

    def step(self, one: StepText, path: str) -> StepText:
        outer = Spot(path, "time", measured=False, sign="not negative", sources=one.sources, where=one.where)
        updates: Updates = {
            "at": self.value(one.at, replace(outer, path=f"{path}.at")) or one.at,
            "every": self.value(one.every, replace(outer, path=f"{path}.every", sign="positive")) or one.every,
        }
        for name, (key, dimension, substance) in self._step_values(one).items():
            current: object = getattr(one, name)
            if isinstance(current, Value):
                made = replace(outer, path=f"{path}.{key}", dimension=dimension, substance=substance, chosen=True)
                if isinstance(one, AddAntibody):
                    there = (antibody(one.against), "antibody")
                    made = replace(made, quantity=key, entities=there, fill="needed", sign="positive")
                    made = replace(made, chosen=key == "amount", measured=key != "amount")
                updates[name] = self.needed(current, made)
        return _updated(one, updates)

    def _step_values(self, one: StepText) -> dict[str, tuple[str, str, str | None]]:
        """Attribute -> key in the path, dimension, substance."""
        match one:
            case AddSubstance():
                return {"amount": ("amount", "concentration", one.substance)}
            case AddAntibody():
                name = antibody(one.against)
                return {
                    "amount": ("amount", "concentration", name),
                    "kd": ("Kd", "concentration", name),
                    "off": ("off", "rate", None),
                    "half_life": ("half-life", "time", None),
                }
            case Hold():
                return {"level": ("level", "concentration", one.substance)}
            case Block():
                return {"share": ("share", "share", None)}
            case KnockOut():
                return {"residual": ("residual", "share", None)}
            case _:
                plain = {
                    "particles": ("particles", "particles", None),
                    "share": ("share", "share", None),
                    "factor": ("factor", "factor", None),
                    "level": ("level", "number", None),
                }
                return {name: entry for name, entry in plain.items() if name in type(one).model_fields}


def values(model: Model) -> dict[str, tuple[Spot, Value]]:
    """Every value of a model by its path, with what it is."""
    found: dict[str, tuple[Spot, Value]] = {}

    def note(spot: Spot, value: Value) -> Value:
        found[spot.path] = (spot, value)
        return value

    walk(model, note)
    return found
