"""Where a value stands, and the visit of plain blocks of values and of sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from vesicula.language.blocks import CARRIED, FATE
from vesicula.language.fields import Field, Fill, Sign
from vesicula.language.model import EVERY_FLUID, Cell, Model
from vesicula.language.names import HALF_MAX_DIMENSION, WITH_UNIT, Names, terms
from vesicula.language.sentences import AllOf, AnyOf, Gate, Sentence, SignalText, Term
from vesicula.language.slots import Slot, dimension_among, slots_of, words_of
from vesicula.language.values import Frozen, Location, Value

S = TypeVar("S", bound=Sentence)
T = TypeVar("T", bound=Frozen)


@dataclass(frozen=True)
class Spot:
    """Where a value stands and what it is.

    path: as `but` and `set` write it; dimension: name in `units.DIMENSIONS`; quantity, entities, cells, condition: key
    in the parameter library, narrowest names first; substance: whose molar mass and solubility count; measured: a
    property of nature that should have source and range; chosen: set by the experimenter, such as a dose (neither of
    the two: sizes of the site, times);
    sources: of the sentence around it; where: place of the sentence, if the value has none.
    """

    path: str
    dimension: str
    quantity: str = ""
    entities: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    condition: str | None = None
    sign: Sign = "positive"
    fill: Fill = "never"
    substance: str | None = None
    measured: bool = True
    chosen: bool = False
    sources: tuple[str, ...] = ()
    where: Location | None = None


Change = Callable[[Spot, Value], Value | None]
Updates = dict[str, object]


def updated(thing: T, updates: Updates) -> T:
    """A copy with the entries that changed; what was said stays said."""
    different = {name: new for name, new in updates.items() if new is not getattr(thing, name)}
    return thing.model_copy(update=different) if different else thing


class Visit:
    """A traversal of a model with one change."""

    def __init__(self, model: Model, change: Change):
        self.model = model
        self.change = change
        self.names = Names(model)

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
            elif field.form == "by fluid":
                updates[field.attribute] = self.by_fluid(cast("dict[str, Value]", current), spot)
            elif field.form == "list":
                updates[field.attribute] = self.listed(cast("tuple[object, ...]", current), spot)
        return updated(thing, updates)

    def by_fluid(self, table: dict[str, Value], spot: Spot) -> dict[str, Value]:
        """Values by fluid; that of every fluid stands at the path of the entry itself."""

        def of(fluid: str) -> Spot:
            return spot if fluid == EVERY_FLUID else replace(spot, path=f"{spot.path}.{fluid}", condition=fluid)

        return self.table(table, of)

    def listed(self, items: tuple[object, ...], spot: Spot) -> tuple[object, ...]:
        """Values of a list."""
        return tuple(
            self.needed(one, replace(spot, path=f"{spot.path}.{i}")) if isinstance(one, Value) else one
            for i, one in enumerate(items)
        )

    # --- sentences

    def sentence(self, one: S, path: str, number: int, cell: Cell | None = None, cells: tuple[str, ...] = ()) -> S:
        """A sentence, its values by their slots. path, number: of the list; cell, cells: in whose block it stands, and
        what that is called.
        """
        outer = Spot(f"{path}.{number}", "number", cells=cells, sources=one.sources, where=one.where)
        updates: Updates = {}
        gate: object = getattr(one, "gate", None)
        if isinstance(gate, Term | AllOf | AnyOf):
            updates["gate"] = self._gate(gate, cell, outer)
        for field, slot in slots_of(one):
            place = f"{path}.{getattr(one, slot.at)}" if slot.at else outer.path
            updates[field] = self._slot(one, field, slot, cell, replace(outer, path=place))
        return updated(one, updates)

    def sentences(
        self, them: tuple[S, ...], path: str, cell: Cell | None = None, cells: tuple[str, ...] = ()
    ) -> tuple[S, ...]:
        """A list of sentences, the same list where nothing changes."""
        changed = tuple(self.sentence(one, path, number, cell, cells) for number, one in enumerate(them))
        return them if all(new is old for new, old in zip(changed, them, strict=True)) else changed

    def _slot(self, one: Frozen, field: str, slot: Slot, cell: Cell | None, outer: Spot) -> object:
        """The value of a slot; where the change leaves it out, None if it may stay unsaid."""
        current: object = getattr(one, field)
        if not isinstance(current, Value):
            return current
        spot = self._signal(one, slot, cell, outer) if slot.signal else self._spot(one, slot, current, outer)
        found = self.change(spot, current)
        unsaid = slot.fill == "offered" and not type(one).model_fields[field].is_required()
        return found if found is not None or unsaid else current

    def _spot(self, one: Frozen, slot: Slot, value: Value, outer: Spot) -> Spot:
        """What a value of a sentence is."""
        choices = slot.dimension
        (substance,) = words_of(one, (slot.substance,)) if slot.substance else (None,)
        if slot.prepared:
            if any(substance == preparation.name for preparation in self.model.preparations):
                choices = slot.prepared
            substance = substance if substance in self.names.substances else None
        if isinstance(choices, tuple):
            choices = dimension_among(value.unit, choices)
        return replace(
            outer, path=f"{outer.path}.{slot.key}", dimension=choices, quantity=slot.library_word,
            entities=words_of(one, slot.of), sign=slot.sign, fill=slot.fill, substance=substance,
            cells=self.cell_names(*words_of(one, (slot.cells,))) if slot.cells else outer.cells,
            measured=slot.role == "nature", chosen=slot.role == "chosen",
        )  # fmt: skip

    def _signal(self, one: Frozen, slot: Slot, cell: Cell | None, outer: Spot) -> Spot:
        """What the half-max of a signal is, or that of the inputs of a gate which have a unit."""
        read: Gate | SignalText = getattr(one, slot.signal)
        inputs = [term.signal for term in terms(read)] if isinstance(read, Term | AllOf | AnyOf) else [read]
        meanings = [(None if cell is None else self.names.meaning(cell, signal), signal) for signal in inputs]
        meaning, signal = next((pair for pair in meanings if pair[0] in WITH_UNIT), meanings[0])
        wider = () if meaning in HALF_MAX_DIMENSION else ("contact" if meaning == "contact" else "rule",)
        fill = "offered" if slot.fill == "needed" and meaning not in WITH_UNIT else slot.fill
        return replace(
            outer, path=f"{outer.path}.{slot.key}", quantity=slot.library_word, entities=(signal.called, *wider),
            dimension=HALF_MAX_DIMENSION.get(meaning or "", "number"), fill=fill,
            substance=signal.called if meaning == "substance" else None,
        )  # fmt: skip

    def _gate(self, gate: Gate, cell: Cell | None, outer: Spot) -> Gate:
        """The gate of an edge."""
        if isinstance(gate, Term):
            return updated(gate, {field: self._slot(gate, field, slot, cell, outer) for field, slot in slots_of(gate)})
        parts = tuple(
            self._gate(part, cell, replace(outer, path=f"{outer.path}.{i}")) for i, part in enumerate(gate.parts)
        )
        return gate if all(new is old for new, old in zip(parts, gate.parts, strict=True)) else type(gate)(parts=parts)

    # --- names

    def cell_names(self, name: str) -> tuple[str, ...]:
        """A cell and the library cell it specialises."""
        cell = self.names.cells.get(name)
        return (name,) if cell is None or cell.base is None else (name, cell.base)
