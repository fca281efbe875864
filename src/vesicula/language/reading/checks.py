"""The blocks `positive control` and `checks`: whether an experiment can be read. Reading, writing, checking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vesicula import units
from vesicula.errors import UnitError
from vesicula.language.assays import ASSAYS
from vesicula.language.blocks import CHECK, POSITIVE_CONTROL
from vesicula.language.fields import Field
from vesicula.language.measures import Measure
from vesicula.language.model import Bound, Check, Model, PositiveControl
from vesicula.language.reading.blocks import Data, block, build, is_empty
from vesicula.language.reading.experiments import known_to
from vesicula.language.text import Mapping, Node, Report, Scalar, Sequence

SIDES = ("below", "above", "within")
SHARES = ("%", "")
COUNTED = {
    "count": "cells", "copies": "copies/cell", "delivered copies": "copies/cell", "delivered": "particles",
    "copies per particle": "copies/EV", "vesicles": "EV/mL", "carriers": "EV/mL", "matrix left": "um^3",
    "event time": "days",
}  # fmt: skip
"""Unit of a plain measure that states none."""
T = TypeVar("T", PositiveControl, Check)


def read_positive_controls(key: Scalar, node: Node, report: Report) -> Data:
    """One block, or a list of blocks."""
    found = _blocks(PositiveControl, key, node, POSITIVE_CONTROL, "a positive control", ("for",), report)
    return {"positive_controls": found}


def read_checks(key: Scalar, node: Node, report: Report) -> Data:
    """A list of blocks, or one."""
    return {"checks": _blocks(Check, key, node, CHECK, "a check", ("for", *SIDES), report)}


def _blocks(
    kind: type[T], key: Scalar, node: Node, table: tuple[Field, ...], what: str, optional: tuple[str, ...],
    report: Report,
) -> tuple[T, ...]:  # fmt: skip
    found: list[T] = []
    if is_empty(node):
        return ()
    for item in node.items if isinstance(node, Sequence) else (node,):
        if not isinstance(item, Mapping):
            keys = ", ".join(field.key for field in table if field.key not in optional)
            report.add("wrong-shape", item, f"{what} is a block of `key: entry`", f"it says {keys}")
            continue
        place = item.entries[0][0].place() if item.entries else key.place()
        data = block(item, table, what, report, {side: _bound_of(side) for side in SIDES})
        said = {word.value for word, entry in item.entries if not is_empty(entry)}
        missing = [f.key for f in table if f.key not in said and f.key not in optional]
        if missing:
            report.add("missing-key", place, f"{what} has no {' and no '.join(missing)}", "add it")
        elif kind is Check and not said.intersection(SIDES):
            remedy = "add for example `below: 5 % of untreated`"
            report.add("missing-key", place, f"{what} has none of {', '.join(SIDES)}", remedy)
        else:
            made = build(kind, {**data, "where": place}, place, report)
            found.extend([] if made is None else [made])
    return tuple(found)


def _bound_of(side: str) -> Callable[[Node, Report], Data]:
    def read(node: Node, report: Report) -> Data:
        found = _bound(node, report)
        return {} if found is None else {side: found}

    return read


def _bound(node: Node, report: Report) -> Bound | None:
    """`5 % of untreated` or `2 pM`."""
    said = " ".join(node.value.split()) if isinstance(node, Scalar) else ""
    amount, _, of = said.partition(" of ")
    try:
        found = units.parse_quantity(amount)
    except UnitError as problem:
        remedy = problem.remedy or "write for example `5 % of untreated` or `2 pM`"
        report.add(problem.code or "quantity", node, problem.message, remedy)
        return None
    return Bound(number=found.number, unit=found.unit, of=of or None)


def bound_text(one: Bound) -> str:
    """A bound as it is written."""
    number = f"{one.number:g}" if float(f"{one.number:g}") == one.number else repr(one.number)
    amount = f"{number} {one.unit}".strip()
    return amount if one.of is None else f"{amount} of {one.of}"


def share_of(one: Bound) -> float:
    """A bound of another arm as a share of what that shows."""
    return one.number / 100 if one.unit == "%" else one.number


def in_unit_of(one: Bound, unit: str) -> bool:
    """Whether `50 % of start` is no share of an arm but a number in the unit of its measure."""
    return one.of is not None and f"{one.unit} of {one.of}" == unit


def check_controls(model: Model, report: Report) -> None:
    """Arms, measures and claims of both blocks must exist, and bounds must fit what is measured."""
    arms = {arm.name for arm in model.arms}
    measures = {one.name: one for one in model.measures}
    claims = [one.claim for one in model.experiments]
    for one in (*model.positive_controls, *model.checks):
        what = "positive control" if isinstance(one, PositiveControl) else "check"
        if not claims:
            message = f"a {what} stands here, and the file has no experiments"
            report.warn("nothing-reads", one.where, message, "add `experiments:`, or leave it out")
        for name in one.stands_for if claims else ():
            known_to(report, one.where, name, claims, "claim that this file tests")
        for arm in (one.baseline, one.perturbation) if isinstance(one, PositiveControl) else (one.arm,):
            known_to(report, one.where, arm, arms, "arm of this file")
        known_to(report, one.where, one.measure, measures, "measure of this file")
        if isinstance(one, PositiveControl):
            _of_control(model, one, report)
        elif one.measure in measures:
            for side in SIDES:
                _of_bound(one, side, measures[one.measure], arms, report)


def _of_control(model: Model, one: PositiveControl, report: Report) -> None:
    """A control compares two arms, and is no experiment that it stands for."""
    if one.baseline == one.perturbation:
        message = "the perturbation of the positive control is its baseline"
        report.add("same-as-baseline", one.where, message, "name the arm in which something is done")
    for test in model.experiments:
        mine = (one.baseline, one.perturbation, one.measure) == (test.baseline, test.perturbation[-1], test.measure)
        if mine and (not one.stands_for or test.claim in one.stands_for):
            message = f"the positive control is the experiment of {test.claim} itself"
            remedy = "a control shows that the assay works whatever the claim says: name another arm"
            report.warn("own-control", one.where, message, remedy)


def _of_bound(one: Check, side: str, measure: Measure, arms: set[str], report: Report) -> None:
    bound: Bound | None = getattr(one, side)
    if bound is None:
        return
    unit = _unit(measure)
    if bound.of is not None and not in_unit_of(bound, unit):
        known_to(report, one.where, bound.of, arms, "arm of this file")
        if bound.unit not in SHARES:
            message = f"`{bound_text(bound)}` is no share of an arm"
            report.add("wrong-quantity", one.where, message, "write for example `5 % of untreated`")
        if bound.of == one.arm:
            message = f"{one.arm} is checked against itself"
            report.add("same-as-baseline", one.where, message, "name another arm after `of`")
    elif side == "within":
        remedy = "write for example `within: 20 % of untreated`"
        report.add("wrong-shape", one.where, "`within` compares with another arm", remedy)
    elif bound.of is None and not _fits(bound.unit, unit):
        message = f"`{measure.name}` is read in {unit or 'plain numbers'}, not in {bound.unit or 'plain numbers'}"
        report.add("wrong-quantity", one.where, message, f"write it as `2 {unit}`".rstrip())
    if bound.number < 0 or (bound.number == 0 and side != "above"):
        message = f"`{side}: {bound_text(bound)}` is met in no draw"
        report.add("not-positive", one.where, message, "write a number above zero")


def _unit(measure: Measure) -> str:
    """Unit in which a measure is read; "" for a plain number, or where its substance tells."""
    if measure.relative_to is not None:
        return f"% of {measure.relative_to}"
    assay = "" if measure.assay is None else ASSAYS[measure.assay].unit
    return measure.unit or assay or COUNTED.get(measure.kind, "")


def _fits(unit: str, read: str) -> bool:
    """Whether a bound can be compared with what is read; what has a unit of its own is told when it is run."""
    if unit == read:
        return True
    if read.startswith("%"):
        return unit == "%"
    try:
        units.ratio(unit, read or unit)
    except UnitError:
        return False
    return bool(unit) == bool(read) or not read


def written_controls(model: Model) -> list[dict[str, str | tuple[str, ...]]]:
    """The positive controls as they are written."""
    return [
        {
            "baseline": one.baseline, "perturbation": one.perturbation, "measure": one.measure, "shows": one.shows,
            **_for(one),
        }
        for one in model.positive_controls
    ]  # fmt: skip


def written_checks(model: Model) -> list[dict[str, str | tuple[str, ...]]]:
    """The checks as they are written."""
    return [
        {
            "measure": one.measure, "arm": one.arm,
            **{side: bound_text(bound) for side in SIDES if (bound := getattr(one, side)) is not None},
            **_for(one),
        }
        for one in model.checks
    ]  # fmt: skip


def _for(one: PositiveControl | Check) -> dict[str, tuple[str, ...]]:
    return {"for": one.stands_for} if one.stands_for else {}
