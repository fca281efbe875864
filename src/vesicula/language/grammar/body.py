"""Sentences of the block `body`."""

from __future__ import annotations

from vesicula.language.body import BodyText, Leaves, Parts, Perfuses
from vesicula.language.grammar.parsers import parse
from vesicula.language.grammar.values import Reading, maybe, names, values
from vesicula.language.text import Report, Scalar


def read_body(scalar: Scalar, report: Report) -> BodyText | None:
    """`blood perfuses bone, 2 mL/min`, `endothelium parts blood from lung, 600 cm^2, membrane 0.3 um`, `tumour leaves
    breast for blood at 0.01 /day, circulating`.
    """
    tree = parse("body", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    found, (value, *more) = names(tree), [reading.value(one) for one in values(tree)]
    sources = reading.sources(maybe(tree, "sources"))
    text, where = " ".join(scalar.value.split()), reading.where()
    if tree.data == "body_perfuses":
        return Perfuses(text=text, sources=sources, where=where, source=found[0], target=found[1], flow=value)
    if tree.data == "body_parts":
        return Parts(
            text=text, sources=sources, where=where, cell=found[0], source=found[1], target=found[2], area=value,
            membrane=more[0],
        )  # fmt: skip
    between = maybe(tree, "leaves_between")
    cell, *state = found[0].split()
    if len(state) > 1:
        report.add(
            "sentence", where, f"`{found[0]}` is more than a cell and a state", "write `tumour dormant leaves …`"
        )
        return None
    return Leaves(
        text=text, sources=sources, where=where, cell=cell, from_state=state[0] if state else None,
        source=found[1], target=found[2], rate=value, to_state=found[3] if len(found) > 3 else None,
        between=None if between is None else names(between)[0],
    )  # fmt: skip
