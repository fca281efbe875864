"""The page of physiology, tissue by tissue, made from the constraints of the library."""

from __future__ import annotations

from collections.abc import Iterable

from vesicula.evidence.answers import cited
from vesicula.evidence.facts import library_facts
from vesicula.evidence.physiology import Constraint, Fold, HalfMax, Level, physiology_of, tissues
from vesicula.evidence.references import library_references

HEAD = """# Physiology that a model must keep

Facts of undisturbed tissue, and of single cells under one factor, that any sane set of values satisfies. Calibrated
draws are those prior draws whose readings lie in all ranges. None of these facts is near what a claim of the reviews
states. Ids of facts are those of [the measured numbers](numbers.md); each text lies in
`src/vesicula/library/physiology/TISSUE/` and runs by itself (`vesicula run FILE`).
"""


def page() -> str:
    """All of it."""
    return "\n\n".join([HEAD.strip(), *(_tissue(one) for one in tissues())]) + "\n"


def _tissue(tissue: str) -> str:
    constraints = physiology_of(tissue)
    texts = {one.text for one in constraints}
    told = f"{len(constraints)} constraints, read from {len(texts)} texts."
    return "\n".join([f"## {tissue.capitalize()}", "", told, "", *_table(constraints)])


def _table(constraints: Iterable[Constraint]) -> list[str]:
    lines = ["| what | value | range | read from | rests on | id |", "|---|---|---|---|---|---|"]
    for one in constraints:
        unit = f" {one.unit}" if one.unit else ""
        also = f"Restates {', '.join(one.restates)}, not tested any more." if one.restates else ""
        said = " ".join(part for part in (one.says, one.note, also) if part)
        cells = (said, f"{one.value:.3g}{unit}", f"{one.low:.3g}..{one.high:.3g}{unit}", _reading(one), _facts(one),
                 f"`{one.id}`")  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def _reading(one: Constraint) -> str:
    match one.reading:
        case Level(arm):
            read = f"*{one.measure}* in `{arm}`"
        case Fold(arm, base):
            read = f"*{one.measure}* in `{arm}` over `{base}`"
        case HalfMax(series, _):
            read = f"half-max of `{series}` on *{one.measure}*"
    return f"{read}, `{one.text.stem}`"


def _facts(one: Constraint) -> str:
    papers = library_references()
    told: list[str] = []
    for key in one.facts:
        fact = library_facts()[key]
        place = ", ".join(dict.fromkeys([fact.opened, *(word for word in fact.where.split(", ") if word)]))
        told.append(f"`{key}`: {cited(fact, papers)} ({place})")
    return "; ".join(told)
