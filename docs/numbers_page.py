"""The page of measured numbers, by topic, made from the facts of the library."""

from __future__ import annotations

from collections.abc import Iterable

from vesicula.evidence.answers import cited, in_common_units, number_text
from vesicula.evidence.facts import Fact, library_facts
from vesicula.evidence.quantities import quantities
from vesicula.evidence.references import library_references

HEAD = """# Measured numbers

What somebody has measured, with the page that was opened to read it. `vesicula facts WORDS` searches all of it; a
model cites an entry by its id, `@id`. Trust says how far the reading goes: most were read in an abstract, whose methods
nobody here has seen. *Near a claim*: so close to what a claim of the reviews states that no value is set, and no model
calibrated, by it.

## What can be measured

A fact speaks of one of these quantities; own facts (`docs/how-to.md`) use the same words.

| quantity | in Chinese | units | values of a model that it speaks of |
|---|---|---|---|
"""


def page() -> str:
    """All of it."""
    kinds = "\n".join(
        f"| {one.name} | {one.zh} | {', '.join('number' if unit == '1' else unit for unit in one.units)} |"
        f" {', '.join(one.values)} |"
        for one in quantities().values()
    )
    facts = list(library_facts().values())
    topics = dict.fromkeys(fact.topic for fact in facts)
    parts = [HEAD + kinds, *(_topic(topic, [f for f in facts if f.topic == topic]) for topic in topics)]
    return "\n\n".join(parts) + "\n"


def _topic(topic: str, facts: list[Fact]) -> str:
    numbered = sum(fact.has_number for fact in facts)
    lines = [f"## {topic.replace('-', ' ').capitalize()}", "", f"{len(facts)} facts, {numbered} with a number."]
    for quantity in quantities():
        rows = [fact for fact in facts if fact.quantity == quantity]
        if rows:
            lines += ["", f"### {topic.replace('-', ' ')}: {quantity}", "", *_table(rows)]
    return "\n".join(lines)


def _table(facts: Iterable[Fact]) -> list[str]:
    ordered = sorted(facts, key=lambda fact: (fact.entity.casefold(), fact.id))
    papers = library_references()
    lines = ["| what | measured | where | source | trust | id |", "|---|---|---|---|---|---|"]
    for fact, measured, unit in in_common_units(ordered):
        near = "; near a claim" if fact.near_claim else ""
        where = ", ".join(one for one in (fact.species, fact.cell, fact.place, fact.condition) if one and one != "none")
        cells = (fact.what, number_text(measured, unit, fact), where, cited(fact, papers),
                 f"{fact.trust} ({fact.opened}){near}", f"`{fact.id}`")  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines
