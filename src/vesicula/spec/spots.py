"""Where a value stands, and the visit of plain blocks of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from vesicula.spec.fields import CARRIED, FATE, Field, Fill, Sign
from vesicula.spec.model import Model
from vesicula.spec.names import Names
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
            elif field.form == "list":
                updates[field.attribute] = self.listed(cast("tuple[object, ...]", current), spot)
        return updated(thing, updates)

    def listed(self, items: tuple[object, ...], spot: Spot) -> tuple[object, ...]:
        """Values of a list."""
        return tuple(
            self.needed(one, replace(spot, path=f"{spot.path}.{i}")) if isinstance(one, Value) else one
            for i, one in enumerate(items)
        )

    def cell_names(self, name: str) -> tuple[str, ...]:
        """A cell and the library cell it specialises."""
        cell = self.names.cells.get(name)
        return (name,) if cell is None or cell.base is None else (name, cell.base)
