"""What a sweep goes over: `PATH=LOW..HIGH[:n][,log]`, read with the parsers of `--set`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.errors import UnitError, VesiculaError
from vesicula.language.paths import canonical, parse_value
from vesicula.language.values import RangeShape, Value
from vesicula.language.writing.models import number_text

F64 = NDArray[np.float64]
FORM = "write for example `--over 'cells.tumour.divides=12..48 h:7'`, with `,log` behind it for equal folds"
RANGE = re.compile(r"^(?P<low>.+?)\s*\.\.\s*(?P<high>[^:,]+?)\s*(?::\s*(?P<n>\d+)\s*)?(?:,\s*(?P<scale>\w+)\s*)?$")
PLAIN = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
MOST = 1000  # values of one path
DIGITS = 12


class SweepError(VesiculaError):
    """A sweep or a question of sensitivity cannot be answered as asked."""

    exit_code = 64


@dataclass(frozen=True)
class Over:
    """A path and the values that it takes, in `unit`. points : how many were asked for; log : in equal folds

    ends : whether LOW and HIGH were stated; without them it stands for the value's own range
    """

    path: str
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""
    points: int | None = None
    log: bool = False

    @property
    def ends(self) -> bool:
        """Whether LOW and HIGH were stated."""
        return self.low == self.low

    @property
    def name(self) -> str:
        """`cells.tumour.divides (h)`."""
        return f"{self.path} ({self.unit})" if self.unit else self.path

    def text(self, value: float) -> str:
        """A value as `--set` takes it."""
        return f"{number_text(float(value))}{'' if self.unit == 'x' else ' '}{self.unit}".strip()

    def ranged(self) -> Value:
        """A value whose range is what the path goes over."""
        log = self.low > 0
        middle = float(f"{np.sqrt(self.low * self.high) if log else (self.low + self.high) / 2:.{DIGITS}g}")
        shape = RangeShape.LOG_NORMAL if log else RangeShape.LINEAR
        return Value(number=middle, unit=self.unit, low=self.low, high=self.high, shape=shape, sources=("assumed",))

    def at(self, shares: F64) -> F64:
        """Values at shares of the way from LOW to HIGH, float64[n], to twelve digits."""
        found = (
            np.exp(np.log(self.low) + shares * np.log(self.high / self.low))
            if self.log
            else self.low + shares * (self.high - self.low)
        )
        found = np.where(shares == 1.0, self.high, np.where(shares == 0.0, self.low, found))
        return np.array([float(f"{one:.{DIGITS}g}") for one in found])


def read_over(texts: Sequence[str], *, ranges: bool = True) -> tuple[Over, ...]:
    """What is gone over, by path: in which order it was said means nothing.

    ranges : every path needs LOW..HIGH
    Raises   SweepError, ModelError for what is no quantity
    """
    found = sorted((_read(text, ranges=ranges) for text in texts), key=lambda one: one.path)
    for first, second in pairwise(found):
        if first.path == second.path:
            raise SweepError(f"`--over {first.path}` is said twice", "say each path once")
    return tuple(found)


def _read(text: str, *, ranges: bool) -> Over:
    path, equals, rest = (part.strip() for part in text.partition("="))
    if not path or (equals and not rest) or (ranges and not equals):
        raise SweepError(f"`--over {text}` lacks {'a path' if not path else 'LOW..HIGH'}", FORM)
    if not equals:
        return Over(canonical(path))
    match = RANGE.match(rest)
    if match is None:
        raise SweepError(f"`--over {text}`: `{rest}` is no LOW..HIGH", FORM)
    scale = match["scale"] or "linear"
    if scale not in ("log", "linear"):
        raise SweepError(f"`--over {text}`: `{scale}` is neither log nor linear", FORM)
    one = _ends(path, match["low"], match["high"], text)
    points = None if match["n"] is None else int(match["n"])
    if points is not None and not 2 <= points <= MOST:
        raise SweepError(f"`--over {text}` asks for {points} values", f"take from 2 to {MOST} values")
    if scale == "log" and one.low <= 0:
        raise SweepError(f"`--over {text}`: {number_text(one.low)} has no logarithm", "start above 0, or leave `,log`")
    return replace(one, points=points, log=scale == "log")


def _ends(path: str, first: str, last: str, said: str) -> Over:
    """Both ends in one unit, that of the second."""
    high = parse_value(last, path)
    low = parse_value(first, path)
    for value in (low, high):
        if not value.has_number or value.low is not None or value.sources:
            raise SweepError(f"`--over {said}`: a range or source of its own has no place here", FORM)
    number = low.number
    if not PLAIN.match(first.strip()) and low.unit != high.unit:
        try:
            number *= units.ratio(low.unit, high.unit)
        except UnitError as error:
            raise SweepError(f"`--over {said}`: {error.message}", "give both ends in one unit") from None
    if not number < high.number:
        raise SweepError(f"`--over {said}` does not rise from LOW to HIGH", FORM)
    return Over(canonical(path), number, high.number, high.unit)
