"""Measured facts: what somebody measured, of what, where, in which unit, and who opened which page to read it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from vesicula.errors import UnitError
from vesicula.evidence.folder import library_folder
from vesicula.evidence.quantities import Quantity, quantities
from vesicula.evidence.references import Reference
from vesicula.evidence.yaml_data import parsed
from vesicula.units import Quantity as Amount
from vesicula.units import internal, ratio

RANGES = ("SD", "SEM", "CI95", "IQR", "min-max", "studies", "groups", "bound", "unclear")
"""What `low` and `high` of a fact are; `groups`: means of groups; `bound`: only one end is known; `unclear`: a ± whose
kind nobody says, or `about`.
"""
OPENED = ("full text", "table", "figure text", "data sheet", "abstract", "quotation", "web page")
READ = {"full text": "yes", "table": "table", "figure text": "table", "data sheet": "table"} | dict.fromkeys(
    ("abstract", "quotation", "web page"), "abstract"
)
TRUST = ("high", "middle", "low")
PLAIN = ("1", "%", "x", "percent")
"""Units of plain numbers, which are no mass per mass (`ug/g`), though both have no dimension."""
TEXTS = (
    "id", "what", "quantity", "entity", "cell", "place", "species", "condition", "unit", "range", "molar mass",
    "source", "opened", "where", "trust", "use", "note", "derived", "near claim",
)  # fmt: skip
NUMBERS = ("value", "low", "high")
NEEDED = ("id", "what", "quantity", "entity", "species", "source", "opened", "trust")


@dataclass(frozen=True)
class Measured:
    """A number and its ends in one unit; NaN where one is not known."""

    value: float
    low: float
    high: float

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest number that the fact names."""
        known = [one for one in (self.value, self.low, self.high) if not math.isnan(one)]
        return min(known), max(known)


@dataclass(frozen=True)
class Fact:
    """One measurement, as its source reports it.

    entity : what is measured; cell : the cell it is measured in or on; place : the fluid, tissue or vessel
    value, low, high : NaN where not known, all three in a fact that only says something in words (a note)
    range : one of `RANGES`; n : subjects or samples, 0 where not said; molar_mass : text, where a mass counts molecules
    source : key of the references; opened : one of `OPENED`; trust : one of `TRUST`, and why in `reason`
    near_claim : why it lies close to what a claim says, so that nothing is set or calibrated by it; else empty
    also : ids of other entries of the same measurement; own : from a file of the user's
    """

    id: str
    what: str
    quantity: str
    entity: str
    species: str
    source: str
    opened: str
    trust: str
    reason: str = ""
    cell: str = ""
    place: str = ""
    condition: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    range: str = ""
    n: int = 0
    molar_mass: str = ""
    where: str = ""
    use: str = ""
    note: str = ""
    derived: str = ""
    near_claim: str = ""
    also: tuple[str, ...] = ()
    topic: str = ""
    own: bool = False

    @property
    def has_number(self) -> bool:
        """Whether it says a number."""
        return not all(math.isnan(one) for one in (self.value, self.low, self.high))

    @property
    def as_reported(self) -> Measured:
        """The numbers in the fact's own unit."""
        return Measured(self.value, self.low, self.high)

    @property
    def own_molar_mass(self) -> float | None:
        """The molar mass it states, Da."""
        if not self.molar_mass:
            return None
        number, unit = self.molar_mass.split()[:2]
        return internal(Amount(float(number), unit), "molar mass")

    def measured_in(self, unit: str, *, molar_mass: float | None = None) -> Measured:
        """The numbers in another unit.

        molar_mass : Da, where the fact states none of its own
        Raises UnitError where the fact measures something else, or a mass counts molecules and no molar mass is known
        """
        if (self.unit in PLAIN) != (unit in PLAIN):
            raise UnitError(f"`{self.unit}` counts nothing by which `{unit}` is measured", code="wrong-quantity")
        scale = ratio(self.unit, unit, molar_mass=self.own_molar_mass or molar_mass)
        return Measured(self.value * scale, self.low * scale, self.high * scale)

    def measured(self) -> tuple[Measured, str]:
        """The numbers in the first unit of their quantity that they can be told in, and that unit."""
        for unit in quantities()[self.quantity].units:
            try:
                return self.measured_in(unit), unit
            except UnitError:
                continue
        return self.as_reported, self.unit


def fact_of(row: Mapping[str, object], topic: str, *, own: bool = False) -> Fact:
    """A fact from the keys of its entry, which have been checked."""
    trust, _, reason = str(row["trust"]).partition(",")
    said: dict[str, object] = {key.replace(" ", "_"): str(row[key]).strip() for key in TEXTS if row.get(key)}
    said |= {key: float(cast("float", row[key])) for key in NUMBERS if row.get(key) is not None}
    said |= {"trust": trust.strip(), "reason": reason.strip(), "topic": topic, "own": own}
    said["n"] = int(cast("int", row.get("n", 0)))
    said["also"] = tuple(str(one) for one in cast("Iterable[object]", row.get("also", ())))
    return Fact(**cast("Any", said))


@lru_cache(maxsize=1)
def library_facts() -> Mapping[str, Fact]:
    """All facts of the library by id, topic by topic."""
    found: dict[str, Fact] = {}
    for path in fact_files():
        data = parsed(path)
        rows = cast("Iterable[Mapping[str, object]]", data["facts"])
        found |= {fact.id: fact for fact in (fact_of(row, str(data["topic"])) for row in rows)}
    return MappingProxyType(found)


def as_reference(fact: Fact, papers: Mapping[str, Reference]) -> Reference:
    """A fact as what a value rests on: what was measured, and its paper."""
    paper = papers.get(fact.source)
    fields = {"title": fact.what, "note": fact.source if paper is None else paper.text(), "read": READ[fact.opened]}
    doi = "" if paper is None else paper.fields.get("doi", "")
    return Reference(fact.id, "fact", MappingProxyType(fields | ({"doi": doi} if doi else {})))


def fact_files() -> list[Path]:
    """The files of the library's facts, sorted."""
    return sorted((library_folder() / "facts").glob("*.yaml"))


def quantity_of(fact: Fact) -> Quantity:
    """What kind of measurement it is."""
    return quantities()[fact.quantity]
