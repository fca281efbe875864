"""The parameter library's keys: every value lives once, and the most specific entry that fits is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from vesicula.evidence.classes import EvidenceClass

V = TypeVar("V")


def quantity_in(quantity: str, condition: str | None) -> str:
    """A quantity and the condition it holds in, in words: `half-life in blood`."""
    return quantity if condition is None else f"{quantity} in {condition}"


@dataclass(frozen=True)
class Key:
    """What a value is: quantity and entity, and optionally the cell, condition and species it holds for."""

    quantity: str
    entity: str
    cell: str | None = None
    condition: str | None = None
    species: str | None = None

    def text(self) -> str:
        """Quantity, entity and contexts, joined: `half-life in blood|TNFSF11`, `secretes|IL6|osteoblast`."""
        parts = (quantity_in(self.quantity, self.condition), self.entity, self.cell, self.species)
        return "|".join(part or "" for part in parts).rstrip("|")


@dataclass(frozen=True)
class Entry(Generic[V]):
    """One entry. evidence: the class its author states; note: arithmetic or remark; file, line: where it stands."""

    key: Key
    value: V
    evidence: EvidenceClass | None = None
    note: str | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Found(Generic[V]):
    """What a look-up gave: the entry, or several that fit equally well, or none. same_context: cell and species fit."""

    entry: Entry[V] | None
    equal: tuple[Entry[V], ...] = ()
    same_context: bool = False


@dataclass
class ParameterLibrary(Generic[V]):
    """Entries by quantity; `conflicts` holds pairs that have the same key.

    tables : quantity -> what a table too large for entries holds of it, for entities and cells; a written entry of the
    same key goes before it
    """

    entries: list[Entry[V]] = field(default_factory=list)
    conflicts: list[tuple[Entry[V], Entry[V]]] = field(default_factory=list)
    tables: dict[str, Callable[[Sequence[str], Sequence[str]], Iterable[Entry[V]]]] = field(default_factory=dict)
    _by_quantity: dict[str, list[Entry[V]]] = field(default_factory=dict)

    def add(self, entry: Entry[V]) -> None:
        """Add an entry; one with a known key is kept apart as a conflict."""
        rows = self._by_quantity.setdefault(entry.key.quantity, [])
        known = next((row for row in rows if row.key == entry.key), None)
        if known is not None:
            self.conflicts.append((known, entry))
            return
        rows.append(entry)
        self.entries.append(entry)

    def find(
        self,
        quantity: str,
        entities: Sequence[str],
        *,
        cells: Sequence[str] = (),
        condition: str | None = None,
        species: str | None = None,
    ) -> Found[V]:
        """The most specific entry.

        entities : names the entity goes by, narrowest first (`tumour-EV`, then `EV`); the same for cells
        species : the model's; an entry of another species fits less than one of none, and is not the same context
        """
        ranked: list[tuple[tuple[int, int, int, int], Entry[V]]] = []
        for entry in self._of(quantity, entities, cells):
            key = entry.key
            if key.entity not in entities or (key.cell is not None and key.cell not in cells):
                continue
            if key.condition is not None and key.condition != condition:
                continue
            rank = (
                list(entities).index(key.entity),
                len(cells) if key.cell is None else list(cells).index(key.cell),
                0 if key.condition is not None else 1,
                0 if key.species is not None and key.species == species else 1 if key.species is None else 2,
            )
            ranked.append((rank, entry))
        if not ranked:
            return Found(None)
        best = min(rank for rank, _ in ranked)
        first, *others = (entry for rank, entry in ranked if rank == best)
        if others:
            return Found(None, (first, *others))
        return Found(first, same_context=best[0] == 0 and best[3] < 2)

    def _of(self, quantity: str, entities: Sequence[str], cells: Sequence[str]) -> list[Entry[V]]:
        """Written entries of a quantity, and those of its table that none of them replaces."""
        written = self._by_quantity.get(quantity, [])
        if quantity not in self.tables:
            return written
        said = {(entry.key.entity, entry.key.cell) for entry in written}
        table = self.tables[quantity](entities, cells)
        return [*written, *(entry for entry in table if (entry.key.entity, entry.key.cell) not in said)]
