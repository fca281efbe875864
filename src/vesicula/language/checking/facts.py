"""Stated values held against what has been measured."""

from __future__ import annotations

from vesicula.evidence.answers import cited
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.facts import Fact
from vesicula.evidence.left_out import reasons
from vesicula.evidence.parameters import quantity_in
from vesicula.language.behind import facts_of, molar_mass_of, numbers_of
from vesicula.language.model import Model
from vesicula.language.spots import Spot
from vesicula.language.text import Report
from vesicula.language.values import Value
from vesicula.language.walk import values

ROOM = {1: 10.0, 2: 5.0}
"""How far a value may lie outside what so many sources measured; of three and more twice as far."""
ONLY_SHOWN = ("level", "effective dose")
"""Facts that are shown beside a value, never held against it: a level is one thing in serum and another in marrow, and
a dose that acts is no half-maximal concentration.
"""
NO_CONTEXT = ("limit", "weight", "ec50", "hill", "spread", "drift")
"""Numbers of a law's form, which nobody measures as such."""


def check_facts(written: Model, done: Model, report: Report) -> None:
    """Values that a text states itself: outside everything measured, or assumed where somebody has measured.

    written : the model with its parts; done : with library values
    """
    known = facts_of(written, report)
    stated = values(written)
    for path, (spot, value) in values(done).items():
        if not spot.measured or value.parameter is not None or spot.quantity in NO_CONTEXT or path not in stated:
            continue
        behind = known.behind(spot)
        unfit = reasons(quantity_in(spot.quantity, spot.condition), spot.entities, spot.cells)
        usable = [
            fact for fact in behind.all
            if fact.trust != "low" and not fact.near_claim and fact.quantity not in ONLY_SHOWN and fact.id not in unfit
        ]  # fmt: skip
        mass = molar_mass_of(done, spot.substance)
        if value.evidence is EvidenceClass.ASSUMED and not any(key in known.by_id for key in value.range_sources):
            _at_hand([fact for fact in usable if fact in behind.same], spot, value, mass, report)
        _outside(usable if behind.same else [], spot, value, mass, report)


def _told(facts: list[Fact], value: Value, mass: float | None) -> list[tuple[Fact, float, float]]:
    found = [(fact, numbers_of(fact, value, mass)) for fact in facts]
    return [(fact, *ends) for fact, ends in found if ends is not None]


def _outside(facts: list[Fact], spot: Spot, value: Value, mass: float | None, report: Report) -> None:
    told = _told(facts, value, mass)
    if not told or value.number <= 0.0:
        return
    sources = {fact.source for fact, _, _ in told}
    room = ROOM.get(len(sources), 2.0)
    low, high = min(one for _, one, _ in told), max(one for _, _, one in told)
    if low / room <= value.number <= high * room:
        return
    count = "one source" if len(sources) == 1 else f"{len(sources)} sources"
    span = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    nearest = min(told, key=lambda one: min(abs(value.number - one[1]), abs(value.number - one[2])))[0]
    message = f"{count} measured {span} {value.unit}; this says {value.number:.3g} {value.unit}"
    remedy = f"the nearest is @{nearest.id} ({cited(nearest)}); see `vesicula facts {_question(spot)}`"
    report.warn("outside-measured", value.where or spot.where, message, remedy)


def _at_hand(facts: list[Fact], spot: Spot, value: Value, mass: float | None, report: Report) -> None:
    told = _told(facts, value, mass)
    if not told:
        return
    fact, low, high = min(told, key=lambda one: abs((one[1] * one[2]) ** 0.5 - value.number))
    span = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    message = f"this is assumed, and {cited(fact)} measured {span} {value.unit} ({fact.what})"
    remedy = f"cite it, `@{fact.id}`, or take no notice where it does not fit; see `vesicula facts {_question(spot)}`"
    report.warn("fact-at-hand", value.where or spot.where, message, remedy)


def _question(spot: Spot) -> str:
    return f"{spot.entities[0] if spot.entities else spot.path} {spot.quantity}"
