"""Numbers as programs and spreadsheets write them: what a comma means is decided from a whole column, and said.

A number with one comma and three digits behind it (`1,234`) reads both ways. The column says which by its other
numbers, else the other columns of the file; a file that says neither is refused, and so is a column that says both.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vesicula.io.decoding import plain


class Decimal(StrEnum):
    """What parts whole numbers from the rest."""

    POINT = "point"
    COMMA = "comma"


MISSING = frozenset({
    "", "nan", "n/a", "na", "#n/a", "none", "null", "-", "--", "---", "n.d.", "nd", "undetermined", "undet.", "undet",
    "no ct", "no cq", "not recorded", "ovrflw", "overflow", "over", "ovr", "saturated", "missed", "miss", "?????", "?",
    "error", "#value!", "#div/0!", "#num!", "below lod", "above loq", "not detected", "inf", "-inf", "∞", "#inf",
    "low", "high", "masked", "invalid", "empty",
})  # fmt: skip
BEYOND = re.compile(r"[<>≤≥]\s*=?\s*\S.*")
GROUPS = "[\u00a0\u202f\u2009 '\u2019]"
GROUPED = re.compile(rf"(?<=\d){GROUPS}(?=\d{{3}}(?:\D|$))")
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?", re.IGNORECASE)
SHAPE = re.compile(r"[+-]?([\d.,]*\d[\d.,]*)(?:e[+-]?\d{1,4})?", re.IGNORECASE)
THOUSANDS = {",": re.compile(r"[1-9]\d{0,2}(?:,\d{3})+"), ".": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")}
POWER = re.compile(r"\s*[x×·*]\s*10\s*\^?\s*([+-]?\d{1,3})$", re.IGNORECASE)
MONTHS = "jan|feb|mar|mär|mae|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
DATE = re.compile(
    rf"\d{{1,2}}[-. /](?:{MONTHS})[a-zé.]*(?:[-. /]\d{{2,4}})?|(?:{MONTHS})[a-zé.]*[-. /]\d{{1,4}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2}(?:[ t]\d{2}:\d{2}(?::\d{2})?)?",
    re.IGNORECASE,
)


class NotANumberError(ValueError):
    """A cell is no number. why : in words; date : whether a spreadsheet made a date of it."""

    def __init__(self, cell: str, why: str, *, date: bool = False, both: bool = False):
        super().__init__(why)
        self.cell, self.why, self.date, self.both = cell, why, date, both


def bare(cell: str) -> str:
    """A cell without quotes, groups of thousands by blanks, ` x 10^8` as `e8`, and with a plain minus."""
    text = cell.strip().strip('"').strip().replace("\u2212", "-").replace("\u2013", "-")
    text = GROUPED.sub("", text)
    found = POWER.search(text)
    return f"{text[: found.start()]}e{found[1]}" if found else text


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing was measured, or that it lay beyond what can be."""
    return plain(cell) in MISSING or BEYOND.fullmatch(cell.strip()) is not None or not re.search(r"\w", cell)


def is_date(cell: str) -> bool:
    """Whether a spreadsheet made a date of it."""
    return DATE.fullmatch(cell.strip()) is not None


def style_of(cell: str) -> Decimal | None:
    """What a number says of its separators; None where it says nothing (`12`, `1,234`). NotANumberError for none."""
    found = SHAPE.fullmatch(bare(cell))
    if found is None:
        raise NotANumberError(cell, f"`{cell.strip()}` is no number", date=is_date(cell))
    digits = found[1]
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        last = "," if digits.rfind(",") > digits.rfind(".") else "."
        other = "." if last == "," else ","
        whole, _, _ = digits.rpartition(last)
        if digits.count(last) > 1 or not THOUSANDS[other].fullmatch(whole):
            raise NotANumberError(cell, f"`{cell.strip()}` is no number", date=is_date(cell))
        return Decimal.COMMA if last == "," else Decimal.POINT
    for mark, many, meant in ((",", commas, Decimal.POINT), (".", points, Decimal.COMMA)):
        if many > 1:
            if not THOUSANDS[mark].fullmatch(digits):
                raise NotANumberError(cell, f"`{cell.strip()}` is no number", date=is_date(cell))
            return meant
    if commas == 1:
        return None if THOUSANDS[","].fullmatch(digits) else Decimal.COMMA
    if points == 1:
        return None if THOUSANDS["."].fullmatch(digits) else Decimal.POINT
    return None


@dataclass(frozen=True)
class Numbers:
    """Numbers of a column. values : None where nothing was measured; marks : what stood there, and how often

    said : what was made of commas, in a sentence; empty where nothing had to be decided
    """

    values: tuple[float | None, ...]
    marks: tuple[tuple[str, int], ...]
    said: str = ""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Those that are there."""
        return tuple(one for one in self.values if one is not None)


def decided(cells: Iterable[str]) -> Decimal | None:
    """What the numbers among cells say together; None where they say nothing. NotANumberError where they say both."""
    first: dict[Decimal, str] = {}
    for cell in cells:
        if is_missing(cell):
            continue
        try:
            style = style_of(cell)
        except NotANumberError:
            continue
        if style is not None:
            first.setdefault(style, cell)
    if len(first) == 2:
        one, other = first.values()
        raise NotANumberError(
            other, f"`{other.strip()}` has another decimal mark than `{one.strip()}` of the same column", both=True
        )
    return next(iter(first), None)


@dataclass(frozen=True)
class Around:
    """What the rest of a file says of decimal marks, and why."""

    style: Decimal | None = None
    why: str = ""


def read_numbers(cells: Sequence[str], name: str, around: Around) -> Numbers:
    """Numbers of a column's cells, of which NotANumberError names the first that is none."""
    own = decided(cells)
    style = own or around.style
    doubtful = [cell for cell in cells if not is_missing(cell) and _reads_both_ways(cell)]
    if doubtful and style is None and any("," in cell for cell in doubtful):
        why = f"`{doubtful[0].strip()}` may have a decimal comma or one of thousands, and nothing in the file tells"
        raise NotANumberError(doubtful[0], why, both=True)
    style = style or Decimal.POINT
    values: list[float | None] = []
    marks: Counter[str] = Counter()
    for cell in cells:
        if is_missing(cell):
            values.append(None)
            if cell.strip():
                marks[cell.strip()] += 1
            continue
        values.append(number_in(cell, style))
    return Numbers(
        tuple(values),
        tuple(marks.items()),
        _said(cells, name, style, "its other numbers say so" if own else around.why),
    )


def number_in(cell: str, style: Decimal) -> float:
    """One number. Raises NotANumberError."""
    text = bare(cell)
    style_of(cell)
    text = text.replace(".", "").replace(",", ".") if style is Decimal.COMMA else text.replace(",", "")
    if PLAIN.fullmatch(text) is None or not math.isfinite(float(text)):
        raise NotANumberError(cell, f"`{cell.strip()}` is no usable number", date=is_date(cell))
    return float(text)


def _reads_both_ways(cell: str) -> bool:
    try:
        return style_of(cell) is None and any(mark in bare(cell) for mark in ",.")
    except NotANumberError:
        return False


def _said(cells: Sequence[str], name: str, style: Decimal, why: str) -> str:
    commas = next((cell.strip() for cell in cells if "," in cell and not is_missing(cell)), None)
    points = next((cell.strip() for cell in cells if "." in cell and not is_missing(cell)), None)
    if commas is not None:
        means = "is a decimal comma" if style is Decimal.COMMA else "parts thousands"
        return f"The comma of {name} (`{commas}`) {means}: {why}."
    if points is not None and style is Decimal.COMMA:
        return f"The point of {name} (`{points}`) parts thousands: {why}."
    return ""
