"""What the class of a sentence says of itself, once for all that read it.

Beside its fields a class says of each value what it measures and where an unsaid one comes from (`Slot`), of each name
what it names (`Name`), and of itself what it is about (`about`), what it lets change what (`ways`), and how it is there
without effect (`neutral` of a slot, else `without`). Walking, filling, merging, renaming, checking, drawing graphs and
making neutral read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from vesicula.language.fields import Fill, Sign
from vesicula.language.values import Frozen
from vesicula.units import measures

Kind = Literal[
    "substance", "complex", "vesicle", "cargo", "node", "molecule", "cell", "state", "matrix", "preparation", "site",
    "place", "labware", "words", "drug", "path", "label", "file", "unit", "locus", "allele", "measure", "buffer",
    "network", "entry",
]  # fmt: skip
"""What a name names. complex: a substance that the sentence makes; place: site, labware or region; molecule: whatever
a cell has by that name; entry: a quantity in the file of a network; words: a behaviour in the words of rules."""
KINDS: tuple[Kind, ...] = get_args(Kind)
MOLECULES: frozenset[Kind] = frozenset({"substance", "complex", "cargo", "node", "molecule"})
"""Kinds that are molecules, so that all spellings of one are one name."""
Role = Literal["nature", "chosen", "setting"]
Neutral = Literal["nothing", "never", "once"]
"""What stands in the place of a value where its sentence shall do nothing: 0; so much that it never happens; 1x."""


@dataclass(frozen=True)
class Slot:
    """A value of a sentence.

    dimension: name in `units.DIMENSIONS`; of several, the first that the unit expresses, else the last
    key: its word behind the sentence's path; quantity: its word in the parameter library, None: the key
    of: entities of the library, narrowest first, with fields of the sentence in braces
    fill: as of a `Field`; where it needs another field to be said, that is `beside`
    role: a property of nature, chosen by the experimenter, or a setting such as a time
    at: field whose name stands in the path instead of the sentence's number
    substance, cells: whose molar mass, and which cell's library values count, with fields in braces
    signal: field of the signal or gate whose half-max it is, which says dimension and entities
    prepared: dimensions where the field `what` names a preparation
    """

    dimension: str | tuple[str, ...]
    key: str
    of: tuple[str, ...] = ()
    sign: Sign = "positive"
    fill: Fill = "never"
    quantity: str | None = None
    role: Role = "nature"
    at: str = ""
    substance: str = ""
    cells: str = ""
    signal: str = ""
    beside: str = ""
    prepared: tuple[str, ...] = ()
    neutral: Neutral | None = None

    @property
    def library_word(self) -> str:
        """The quantity under which the parameter library holds this value; none where it holds none."""
        if self.quantity is not None:
            return self.quantity
        return self.key if self.role == "nature" else ""


@dataclass(frozen=True)
class SlotBy:
    """A value whose slot depends on what else the sentence says."""

    choose: Callable[..., Slot]


@dataclass(frozen=True)
class Free:
    """A value that is no parameter of the model; why: who reads it."""

    why: str


class Name:
    """A name in a sentence or block, or the keys of a table.

    kinds: of the things it can name; by: where that depends on what else is said
    """

    def __init__(self, *kinds: Kind, by: Callable[..., tuple[Kind, ...]] | None = None) -> None:
        self.kinds, self.by = kinds, by


EndKind = Literal[
    "substance", "matrix", "cells", "preparation", "node", "cargo", "surface", "here", "motion", "junctions",
    "antibody", "arrival", "becoming", "all cells", "room", "alike", "signal", "gate", "behaviour", "along",
    "anything", "vesicle", "carried", "delivered", "brought", "enzyme", "made", "stored", "passing", "named",
    "medium", "removed", "expressed", "blocked", "followers",
]  # fmt: skip
"""What a way can begin and end at; which things of a model that means: `language.arrows`."""
End = tuple[EndKind, str]
"""Kind of end and the field that names it ("": the thing in whose block the sentence stands)."""


@dataclass(frozen=True)
class Way:
    """What a sentence lets change what. start: None for an act of the experimenter; sign: 1, -1, 0 where none can be
    told, or the field that says it, by its word or by a number beyond `over`.
    """

    start: End | None
    end: End
    sign: int | str = 0
    over: float = 1.0


SIGNS = MappingProxyType({"raises": 1, "lowers": -1, "activates": 1, "inhibits": -1})
"""Words that a sign stands for."""


@cache
def _metadata(kind: type[Frozen]) -> Mapping[str, tuple[object, ...]]:
    return MappingProxyType({name: tuple(field.metadata) for name, field in kind.model_fields.items()})


@cache
def value_fields(kind: type[Frozen]) -> tuple[str, ...]:
    """Fields of a class that hold a value of the model, in their order."""
    return tuple(n for n, found in _metadata(kind).items() if any(isinstance(one, Slot | SlotBy) for one in found))


def slot_of(one: Frozen, field: str) -> Slot:
    """The slot of a field that holds a value."""
    found = next(m for m in _metadata(type(one))[field] if isinstance(m, Slot | SlotBy))
    return found if isinstance(found, Slot) else found.choose(one)


def slots_of(one: Frozen) -> Iterator[tuple[str, Slot]]:
    """Fields of a sentence that hold a value, each with its slot."""
    return ((field, slot_of(one, field)) for field in value_fields(type(one)))


@cache
def _names(kind: type[Frozen]) -> Mapping[str, Name]:
    found = {field: next((m for m in many if isinstance(m, Name)), None) for field, many in _metadata(kind).items()}
    return MappingProxyType({field: name for field, name in found.items() if name is not None})


def name_fields(kind: type[Frozen]) -> tuple[str, ...]:
    """Fields of a class that hold a name, in their order."""
    return tuple(_names(kind))


def kinds_of(one: Frozen, field: str) -> tuple[Kind, ...]:
    """What the name in a field can name; nothing where the field holds none."""
    name = _names(type(one)).get(field)
    if name is None:
        return ()
    return name.kinds if name.by is None else name.by(one)


def dimension_among(unit: str, choices: tuple[str, ...]) -> str:
    """The first of several dimensions that a unit expresses, else the last."""
    *several, last = choices
    return next((one for one in several if measures(unit, one)), last)


def words_of(one: Frozen, templates: tuple[str, ...]) -> tuple[str, ...]:
    """Texts in which fields of a sentence, in braces, are filled in."""
    return tuple(text.format_map(vars(one)) if "{" in text else text for text in templates)
