"""Seeded faults in the book of measured numbers."""

from __future__ import annotations

from tests.sabotage.fault import Fault

FACTS = (
    Fault(
        "two-agreeing-sources-are-sure",
        "what sources usually differ by counts for nothing",
        "evidence/joining.py",
        "    tau = math.sqrt((PRIOR * usual**2 + (len(means) - 1) * between**2) / freedom)\n",
        "    tau = between\n",
        ("tests/unit/test_facts.py::test_sources_are_joined_with_their_differences",),
    ),
    Fault(
        "a-source-counts-by-its-facts",
        "twenty facts of one paper outweigh another paper",
        "evidence/joining.py",
        "        if middle is not None:\n            by_source.setdefault(fact.source, [])",
        "        if middle is not None:\n            by_source.setdefault(fact.id, [])",
        ("tests/unit/test_facts.py::test_many_facts_of_one_source_are_one_source",),
    ),
    Fault(
        "nothing-lies-outside",
        "a value outside everything measured is not doubted",
        "language/checking/facts.py",
        "    if low / room <= value.number <= high * room:\n",
        "    if value.number > 0.0:\n",
        ("tests/unit/test_facts.py::test_check_doubts_a_value_outside_everything_measured",),
    ),
    Fault(
        "a-fact-is-no-source",
        "a value that cites a fact counts as assumed",
        "language/fill.py",
        "    return {**{key: as_reference(fact, papers) for key, fact in facts_of(model).by_id.items()}, **papers}\n",
        "    return papers\n",
        ("tests/unit/test_facts.py::test_a_fact_is_a_source_and_says_how_well_a_value_is_founded",),
    ),
)
