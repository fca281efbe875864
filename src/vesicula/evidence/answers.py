"""Facts as rows of an answer: numbers of one quantity in one unit, and what is cited."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from vesicula.errors import UnitError
from vesicula.evidence.facts import Fact, Measured
from vesicula.evidence.quantities import quantities
from vesicula.evidence.references import Reference, library_references

COLUMNS = (
    "id", "what", "quantity", "entity", "cell", "place", "species", "condition", "value", "low", "high", "unit",
    "range", "n", "source", "year", "opened", "trust", "near_claim", "own",
)  # fmt: skip


def in_common_units(facts: Sequence[Fact]) -> list[tuple[Fact, Measured, str]]:
    """Facts with their numbers in the unit that most of their quantity can be told in."""
    usual: dict[str, str] = {}
    for quantity in {fact.quantity for fact in facts}:
        fits = Counter[str]()
        for fact in (one for one in facts if one.quantity == quantity and one.has_number):
            fits.update(unit for unit in quantities()[quantity].units if _in(fact, unit) is not None)
        usual[quantity] = fits.most_common(1)[0][0] if fits else ""
    out: list[tuple[Fact, Measured, str]] = []
    for fact in facts:
        found = _in(fact, usual[fact.quantity]) if usual[fact.quantity] and fact.has_number else None
        measured, unit = (found, usual[fact.quantity]) if found is not None else fact.measured()
        out.append((fact, measured, unit))
    return out


def _in(fact: Fact, unit: str) -> Measured | None:
    try:
        return fact.measured_in(unit)
    except UnitError:
        return None


def cited(fact: Fact, references: Mapping[str, Reference] | None = None) -> str:
    """Authors and year of a fact's source, in short."""
    known = library_references() if references is None else references
    reference = known.get(fact.source)
    if reference is None:
        return fact.source
    author = re.sub(r"\s*(and others|et al\.?)\s*", " et al.", reference.fields.get("author", "")).strip("{} ")
    first = re.split(r", | and | et al", author)[0] if author else ""
    surname = first or reference.fields.get("title", fact.source).partition(":")[0][:40]
    more = " et al." if first and len(author) > len(first) + 4 else ""
    return f"{surname}{more} {reference.fields.get('year', '')}".strip()


def number_text(measured: Measured, unit: str, fact: Fact) -> str:
    """`9.1 min (2.3..36 SD)`, `below 10 min`, or the word for a note."""
    if not fact.has_number:
        return "in words"
    suffix = "" if unit == "1" else f" {unit}"
    value, low, high = measured.value, measured.low, measured.high
    if math.isnan(value):
        if math.isnan(low):
            return f"below {high:.3g}{suffix}"
        if math.isnan(high):
            return f"above {low:.3g}{suffix}"
        return f"{low:.3g}..{high:.3g}{suffix}"
    if math.isnan(low) or math.isnan(high):
        return f"{value:.3g}{suffix}"
    kind = "" if fact.range in ("unclear", "groups") else f" {fact.range}"
    return f"{value:.3g}{suffix} ({low:.3g}..{high:.3g}{kind})"


def row_of(fact: Fact, measured: Measured, unit: str) -> dict[str, object]:
    """One fact as a flat row; None where a number is not known."""

    def number(one: float) -> float | None:
        return None if math.isnan(one) else one

    year = library_references()[fact.source].fields.get("year") if fact.source in library_references() else None
    return {
        "id": fact.id, "what": fact.what, "quantity": fact.quantity, "entity": fact.entity, "cell": fact.cell,
        "place": fact.place, "species": fact.species, "condition": fact.condition, "value": number(measured.value),
        "low": number(measured.low), "high": number(measured.high), "unit": unit, "range": fact.range,
        "n": fact.n or None, "source": fact.source, "year": year, "opened": fact.opened,
        "trust": f"{fact.trust}, {fact.reason}" if fact.reason else fact.trust, "near_claim": bool(fact.near_claim),
        "own": fact.own,
    }  # fmt: skip
