"""Labware, preparations and the controls of a model as typed parts."""

from __future__ import annotations

from vesicula.language.blocks import LABWARE, PREPARATION
from vesicula.language.grammar.preparations import read_co_isolated, read_storage
from vesicula.language.model import Labware, Passage, Preparation
from vesicula.language.reading.blocks import (
    Data,
    Special,
    block,
    build,
    entries,
    is_empty,
    named,
    report_duplicate,
    sentences,
    value,
    words,
)
from vesicula.language.text import Node, Report, Scalar
from vesicula.language.values import Value
from vesicula.units import nearest

CONTROLS = ("vehicle", "non-EV fraction", "release blocked", "cargo deleted", "uptake blocked", "dose series")
"""Control arms of MISEV2023, in the order in which they are added."""

WAYS = ("closed", "open", "transcytosis")
"""How a thing passes a closed layer of cells."""


def read_labware(key: Scalar, node: Node, report: Report) -> Labware | None:
    """What a culture is grown in."""
    head = named(key, report)
    data = block(node, LABWARE, "labware", report, {})
    return build(Labware, {**head, **data}, key.place(), report) if head is not None else None


def read_preparation(key: Scalar, node: Node, report: Report) -> Preparation | None:
    """What a laboratory adds."""
    head = named(key, report)
    special: dict[str, Special] = {
        "co-isolated": lambda entry, report: {"co_isolated": sentences(entry, "co-isolated", read_co_isolated, report)},
        "stored": lambda entry, report: {"stored": sentences(entry, "stored", read_storage, report)},
    }
    data = block(node, PREPARATION, "a preparation", report, special)
    if "of" not in data:
        report.add("missing-key", key, "a preparation is of a vesicle class", "add for example `of: MDA-EV`")
        return None
    return build(Preparation, {**head, **data}, key.place(), report) if head is not None else None


def read_controls(node: Node, report: Report) -> Data:
    """`none`, or a list of control arms."""
    if isinstance(node, Scalar) and node.value == "none":
        return {"controls": ()}
    if is_empty(node):
        return {}
    found: list[str] = []
    for name in words(node, report):
        if name in CONTROLS:
            found.append(name)
            continue
        near = nearest(name, CONTROLS)
        remedy = f"did you mean `{near}`?" if near else f"write `none`, or some of {', '.join(CONTROLS)}"
        report.add("not-a-choice", node, f"`{name}` is no control", remedy)
    return {"controls": tuple(found)}


def read_barrier(node: Node, report: Report) -> Data:
    """`70kDa-dextran, closed: 2e-6 cm/s`: thing and way."""
    found: dict[str, dict[str, Value]] = {}
    said: dict[tuple[str, str], Scalar] = {}
    for key, entry in entries(node, "barrier", report):
        name, _, how = (part.strip() for part in key.value.partition(","))
        if how not in WAYS:
            near = nearest(how, WAYS)
            remedy = f"did you mean `{name}, {near}`?" if near else f"write for example `{name}, closed: 2e-6 cm/s`"
            report.add("unknown-key", key, "a barrier says what passes `closed`, `open` or by `transcytosis`", remedy)
            continue
        if said.setdefault((name, how), key) is not key:
            report_duplicate(key, f"{name}, {how}", said[name, how], report)
            continue
        stated = value(entry, report)
        if stated is not None:
            found.setdefault(name, {})[how] = stated
    built = {name: build(Passage, {**ways}, node.place(), report) for name, ways in found.items()}
    return {"barrier": {name: passage for name, passage in built.items() if passage is not None}}
