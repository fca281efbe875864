"""Steps that last: from when to when they act."""

from __future__ import annotations

import math

from vesicula.errors import UnitError
from vesicula.language.steps import Step
from vesicula.language.values import Value
from vesicula.language.writing.models import value_text
from vesicula.units import internal


def minutes(value: Value | None, unsaid: float) -> float:
    """A time in minutes; `unsaid` where it is not said, or is none (reported with the units)."""
    if value is None:
        return unsaid
    try:
        return internal(value, "time")
    except UnitError:
        return unsaid


def span(step: Step) -> tuple[float, float]:
    """Minutes from which and until which a step acts."""
    return minutes(step.at, 0.0), minutes(step.until, math.inf)


def overlap(first: Step, second: Step) -> bool:
    """Whether two steps act at one time."""
    (a, b), (c, d) = span(first), span(second)
    return max(a, c) < min(b, d)


def when_text(step: Step) -> str:
    """The time of a step as it stands before its act, with a blank behind it."""
    if step.at is None:
        return ""
    if step.until is not None:
        return f"from {value_text(step.at)} to {value_text(step.until)} "
    every = f"every {value_text(step.every)} " if step.every is not None else ""
    return f"at {value_text(step.at)} {every}"
