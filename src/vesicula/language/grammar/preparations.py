"""Sentences about a preparation: what comes along with its vesicles, and how it was stored."""

from __future__ import annotations

from typing import Literal

from vesicula.language.grammar.parsers import parse
from vesicula.language.grammar.values import Reading, child, maybe, names, subtrees, tokens
from vesicula.language.model import CoIsolated, Storage
from vesicula.language.text import Report, Scalar

MAXIMUM_CYCLES = 1000
_FORMS: dict[str, Literal["protein", "on AGO", "free"]] = {
    "co_protein": "protein",
    "co_ago": "on AGO",
    "co_free": "free",
}


def read_co_isolated(scalar: Scalar, report: Report) -> CoIsolated | None:
    """`0.2 ug/ug ALB (0.05..1 @assumed)`, `2 copies/EV miR-105-5p on AGO`, `0.1 copies/EV miR-105-5p free`."""
    tree = parse("co_isolated", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    amount, last = reading.value(child(tree, "value")), maybe(tree, "co_range")
    if last is not None:
        if amount.low is not None:
            report.add("repeated-option", reading.place(last), "the range stands twice", "leave one out")
        amount = reading.ranged(amount, child(last, "span"))
    return CoIsolated(
        text=" ".join(scalar.value.split()),
        where=reading.where(),
        name=names(tree)[0],
        amount=amount,
        form=_FORMS[str(tree.data)],
        sources=reading.sources(maybe(tree, "sources")),
    )


def read_storage(scalar: Scalar, report: Report) -> Storage | None:
    """`48 h at 4 C in PBS`, `3 freeze-thaw cycles`, either with `, loss …`."""
    tree = parse("storage", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    if "cycles" in options:
        remedy = "write two lines: `48 h at -80 C in PBS` and `3 freeze-thaw cycles`"
        report.add("two-ways", reading.place(options["cycles"]), "a time and a number of cycles in one line", remedy)
        return None
    text, where = " ".join(scalar.value.split()), reading.where()
    loss, sources = reading.option_value(options, "loss"), reading.sources(maybe(tree, "sources"))
    if tree.data == "thawed":
        token = tokens(tree)[0]
        cycles = float(token)
        if not cycles.is_integer() or not 1 <= cycles <= MAXIMUM_CYCLES:
            place = scalar.place(token.start_pos or 0, len(token))
            report.add("quantity", place, "cycles are a whole number", "write for example `3 freeze-thaw cycles`")
            return None
        return Storage(text=text, where=where, sources=sources, cycles=int(cycles), loss=loss)
    duration, temperature = (reading.value(part) for part in subtrees(tree) if part.data == "value")
    buffer = next(iter(names(tree)), None)
    return Storage(
        text=text, where=where, sources=sources, duration=duration, temperature=temperature, buffer=buffer, loss=loss
    )
