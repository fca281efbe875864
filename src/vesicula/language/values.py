"""Quantities as a model states them: number, unit, range and where they come from."""

from __future__ import annotations

from enum import StrEnum
from math import inf

from pydantic import BaseModel, ConfigDict, Field

from vesicula.evidence.classes import EvidenceClass


class Frozen(BaseModel):
    """Base of all model parts: immutable; unknown fields are an error; equal where all but the places is equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False, defer_build=True)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Frozen) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.model_dump_json()))


class Location(Frozen):
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    length: int = 1


class RangeShape(StrEnum):
    """Law whose central 90 % is the stated range."""

    LOG_NORMAL = "log-normal"
    LOGIT_NORMAL = "logit-normal"
    LINEAR = "linear"


class Value(Frozen):
    """`VALUE UNIT @source (LOW..HIGH @source)` as written; conversion to internal units is `units.internal`.

    number, low, high are in `unit` as written ("" for a plain number or a factor written `5x`). `parameter` is the
    key of the parameter-library entry it was taken from, if any; `stand_in`: an entry of a wider kind than the thing.
    `note` holds the arithmetic of a derived value.
    `from_library`: the word `library`, or a value that a sentence needs and leaves out; `resolve` fills it.
    `at_rest`: the words `as at rest`; the compiler derives the number from the undisturbed state.
    """

    number: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    shape: RangeShape = RangeShape.LOG_NORMAL
    sources: tuple[str, ...] = ()
    range_sources: tuple[str, ...] = ()
    evidence: EvidenceClass | None = None
    parameter: str | None = None
    stand_in: bool = False
    note: str | None = None
    from_library: bool = False
    at_rest: bool = False
    where: Location | None = Field(default=None, exclude=True, repr=False)

    @property
    def has_number(self) -> bool:
        """Whether the text itself states a number."""
        return not (self.from_library or self.at_rest)


def odds(multiple: float, *, raised: bool) -> float:
    """What a multiple adds to 1, or leaves of it over what it takes: the scale on which limits of rules are drawn.

    raised : whether the rule raises      Returns   fold − 1, or fold/(1 − fold), inf for 1
    """
    if raised:
        return multiple - 1.0
    return multiple / (1.0 - multiple) if multiple < 1 else inf


__all__ = ["EvidenceClass", "Frozen", "Location", "RangeShape", "Value", "odds"]
