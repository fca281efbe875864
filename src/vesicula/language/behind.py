"""The facts that speak of a value of a model: of the same quantity of the same thing, in the same cell or another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from vesicula.errors import Diagnostic, UnitError
from vesicula.evidence.fact_search import folded
from vesicula.evidence.facts import Fact, library_facts
from vesicula.evidence.folder import library_folder
from vesicula.evidence.quantities import quantities_of_values
from vesicula.evidence.yaml_data import parsed
from vesicula.language.model import FLUIDS, Model
from vesicula.language.spots import Spot
from vesicula.language.text import Report
from vesicula.language.values import Value
from vesicula.units import DIMENSIONS, internal, ratio

KINDS = ("cell", "edge", "rule", "node", "miRNA", "protein", "lncRNA", "mtDNA", "antibody", "attractant", "tumour")
"""Names that the library gives to what it knows no nearer, and a tissue that goes by the name of a cell."""
WHOLE = "cell"
"""What the library calls a value of a cell itself, beside its name."""
IN_CULTURE = ("divides", "doubles")
"""What a cell does; the doubling of a tumour's volume is another thing."""
OF_THE_CELL = ("resorbs", "deposits")
"""What a fact tells of the cell that does it, not of what it is done to."""

BLOOD = ("blood", "serum", "plasma")


@dataclass(frozen=True)
class Behind:
    """Facts that speak of a value. same : in the same cell (or where neither has one) and fluid; other : the others"""

    same: tuple[Fact, ...] = ()
    other: tuple[Fact, ...] = ()

    @property
    def all(self) -> tuple[Fact, ...]:
        """All of them, the nearest first."""
        return (*self.same, *self.other)


class Facts:
    """The facts that a model's values are held against: those of the library and the model's own."""

    def __init__(self, own: Iterable[Fact] = ()) -> None:
        self.by_id: Mapping[str, Fact] = {**library_facts(), **{fact.id: fact for fact in own}}
        self._by_quantity: dict[str, list[Fact]] = {}
        for fact in self.by_id.values():
            if fact.has_number:
                self._by_quantity.setdefault(fact.quantity, []).append(fact)

    def behind(self, spot: Spot) -> Behind:
        """Facts with a number that speak of what stands at a spot and can be told in its dimension."""
        unit = DIMENSIONS[spot.dimension].unit or "1"
        return self.speaking_of(_word(spot), spot.entities, spot.cells, unit, fluid=spot.condition)

    def speaking_of(
        self, quantity: str, entities: Iterable[str], cells: Iterable[str], unit: str, *, fluid: str | None = None
    ) -> Behind:
        """Facts with a number that speak of a quantity of the parameter library and can be told in a unit.

        entities, cells : all names that the thing and the cell go by; fluid : in which the value holds, None: in any
        """
        named = [name for name in entities if name not in KINDS]
        things, kinds_of_cell = {folded(name) for name in named}, {folded(name) for name in cells}
        own = things if WHOLE in entities else {folded(name) for name in named[:1]}
        if quantity in OF_THE_CELL:
            things |= kinds_of_cell
        same: list[Fact] = []
        other: list[Fact] = []
        for name in quantities_of_values().get(quantity, ()):
            for fact in self._by_quantity.get(name, ()):
                entity = folded(fact.entity)
                if not (entity in things or _kinds(fact.entity) & things):
                    continue
                if not _same_kind(fact.unit, unit) and not (unit == "1/min" and _same_kind(fact.unit, "min")):
                    continue
                cell = folded(fact.cell) if fact.cell else ""
                if quantity in IN_CULTURE and fact.place not in ("", "culture"):
                    continue
                exact = entity in own | kinds_of_cell and (not cell or cell in kinds_of_cell or not kinds_of_cell)
                here = fluid is None or not fact.place or _fluid_of(fact.place) == fluid
                (same if exact and here else other).append(fact)
        return Behind(tuple(same), tuple(other))


def _fluid_of(place: str) -> str:
    """The fluid that a place of a fact holds: whole blood and what is left of it without cells are one."""
    if place in BLOOD:
        return "blood"
    return place if place in FLUIDS else "tissue"


def _word(spot: Spot) -> str:
    """The library's word for what stands at a spot: `secretes` for `IL6 secretion` of a state."""
    last = spot.quantity.rpartition(" ")[2]
    return {"secretion": "secretes", "speed": "speed"}.get(last, spot.quantity)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[str]]:
    rows = cast("Mapping[str, list[str]]", parsed(library_folder() / "quantities.yaml")["kinds"])
    return {folded(name): frozenset(map(folded, kinds)) for name, kinds in rows.items()}


def _kinds(name: str) -> frozenset[str]:
    return _table().get(folded(name), frozenset())


@lru_cache(maxsize=4096)
def _same_kind(unit: str, other: str) -> bool:
    try:
        ratio(unit, other, molar_mass=1.0)
    except UnitError:
        return False
    return True


def numbers_of(fact: Fact, value: Value, molar_mass: float | None) -> tuple[float, float] | None:
    """Smallest and largest number of a fact in the unit of a value; None where it cannot be told in it."""
    try:
        return fact.measured_in(value.unit or "1", molar_mass=molar_mass).ends
    except UnitError:
        return None


def facts_of(model: Model, report: Report | None = None) -> Facts:
    """The facts that a model is held against; what is wrong with its own files goes to the report."""
    if not model.facts:
        return _library()
    told = Report() if report is None else report
    found: dict[str, Fact] = {}
    for name in model.facts:
        where = model.places.get(f"facts.{name}")
        if model.folder is None:
            told.add("outside-folder", where, "a text without a file has no folder", "save the model to a file first")
            continue
        path = Path(model.folder) / name
        facts, problems = _read(path, name, Path(model.folder), path.stat().st_mtime_ns if path.is_file() else 0)
        for one in problems:
            if one.line:
                told.diagnostics.append(one)
            else:
                told.add(one.code, where, one.message, one.remedy)
        for fact in facts:
            if fact.id in library_facts() or fact.id in found:
                place = "the library has" if fact.id in library_facts() else "another file of yours has"
                message = f"{place} a fact `{fact.id}` already"
                told.add("duplicate-name", where, message, "give one of them another id")
            found[fact.id] = fact
    return _with(tuple(found.values()))


@lru_cache(maxsize=16)
def _read(path: Path, name: str, folder: Path, _changed: int) -> tuple[tuple[Fact, ...], tuple[Diagnostic, ...]]:
    """The facts of a model's file and what is wrong with it; read once as long as it does not change."""
    from vesicula.language.reading.facts import read_facts

    report = Report()
    return read_facts(path, name, report, inside=folder), tuple(report.diagnostics)


@lru_cache(maxsize=4)
def _with(own: tuple[Fact, ...]) -> Facts:
    return Facts(own)


@lru_cache(maxsize=1)
def _library() -> Facts:
    return Facts()


def molar_mass_of(model: Model, name: str | None) -> float | None:
    """Molar mass of a substance of a model, Da."""
    one = next((s for s in model.substances if s.name == name), None)
    mass = None if one is None else one.molar_mass
    return None if mass is None or mass.from_library else internal(mass, "molar mass")
