"""Values of the library against the facts that they cite: they overlap, by the one rule, and nothing near a claim."""

from __future__ import annotations

import re

import pytest

from vesicula.errors import UnitError
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.facts import library_facts
from vesicula.evidence.joining import join
from vesicula.evidence.left_out import left_out
from vesicula.language import prepare
from vesicula.language.behind import Facts, numbers_of
from vesicula.language.checking.facts import NO_CONTEXT
from vesicula.language.library import parameter_library
from vesicula.language.reading.texts import library_models
from vesicula.language.walk import values
from vesicula.units import internal

LIBRARY, _ = parameter_library()
MASSES = {one.key.entity: one.value.value for one in LIBRARY.entries if one.key.quantity == "molar mass"}
ENTRIES = [
    one for one in LIBRARY.entries
    if set(one.value.value.sources) & library_facts().keys() and one.evidence is not EvidenceClass.DERIVED
]  # fmt: skip
ROUNDING, OF_ENDS = 0.12, 0.3


def mass_of(entity: str) -> float | None:
    return internal(MASSES[entity], "molar mass") if entity in MASSES else None


def cited(value) -> list:
    return [library_facts()[key] for key in (*value.sources, *value.range_sources) if key in library_facts()]


def stated_in_texts():
    """Values that models and parts state themselves and that cite a fact, each once."""
    seen = {}
    for name in library_models():
        for path, (spot, value) in values(prepare(name)).items():
            if value.parameter is None and cited(value):
                seen[value.where.file, value.where.line, path] = (path, spot, value)
    return seen


def overlaps(value, entity: str) -> bool:
    low = value.number if value.low is None else value.low
    high = value.number if value.high is None else value.high
    counted = value.model_copy(update={"unit": value.unit or "copies"})  # receptors are stated as a plain number
    told = (
        numbers_of(fact, one, mass_of(entity) or mass_of(fact.entity))
        for fact in cited(value)
        for one in (value, counted)
    )
    return any(ends is not None and ends[0] <= high and low <= ends[1] for ends in told)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.key.text())
def test_a_value_overlaps_a_fact_that_it_cites(entry):
    assert overlaps(entry.value.value, entry.key.entity)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.key.text())
def test_several_facts_are_joined_by_the_one_rule(entry):
    value = entry.value.value
    facts = [library_facts()[key] for key in dict.fromkeys(value.sources) if key in library_facts()]
    doubted = entry.evidence is EvidenceClass.BORROWED
    found = join(facts, value.unit or "1", molar_mass=mass_of(entry.key.entity), doubted=doubted)
    assert found is not None
    assert value.number == pytest.approx(found.value, rel=ROUNDING)
    whole = 100.0 if value.unit == "%" else 1.0 if not value.unit else float("inf")
    assert value.low == pytest.approx(found.low, rel=OF_ENDS)
    assert value.high == pytest.approx(min(found.high, max(whole, value.high)), rel=OF_ENDS)


def test_no_value_rests_on_a_fact_near_a_claim():
    for value in [one.value.value for one in LIBRARY.entries] + [value for _, _, value in stated_in_texts().values()]:
        assert [fact.id for fact in cited(value) if fact.near_claim] == []


def test_values_of_models_and_parts_overlap_a_fact_that_they_cite():
    for place, (_, spot, value) in stated_in_texts().items():
        derived = value.evidence is EvidenceClass.DERIVED or "derived" in value.sources
        assert derived or overlaps(value, spot.entities[0] if spot.entities else ""), place


def test_what_was_left_out_is_a_fact_with_a_reason():
    for key, reasons in left_out().items():
        assert re.fullmatch(r"[^|]+\|[^|]+(\|[^|]+)?", key), key
        for fact, why in reasons.items():
            assert fact in library_facts(), (key, fact)
            assert len(why) > 5, (key, fact)


def test_every_fact_that_speaks_of_a_value_is_cited_or_left_out():
    open_facts = []
    for entry in LIBRARY.entries:
        key, value = entry.key, entry.value.value
        if key.quantity in NO_CONTEXT:
            continue
        cells = [key.cell] if key.cell else []
        behind = Facts().speaking_of(key.quantity, [key.entity], cells, value.unit or "1", fluid=key.condition)
        for fact in behind.same:
            try:
                fact.measured_in(value.unit or "1", molar_mass=mass_of(key.entity))
            except UnitError:
                continue
            known = left_out().get(key.text(), {})
            if fact.id not in (*value.sources, *value.range_sources, *known) and not fact.near_claim:
                open_facts.append((key.text(), fact.id))
    assert open_facts == []
