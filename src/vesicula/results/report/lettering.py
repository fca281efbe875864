"""Widths of words in a sans serif type, lines that fit a room, and ticks that can be told apart."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from vesicula.results.palette import INK, SOFT_INK
from vesicula.results.wording import number

ROOMY = 1.06  # over the widths of Helvetica, Arial and Liberation Sans, for types that run wider
BOLD = 1.08
LEADING = 1.18  # of the size
EM = {
    **dict.fromkeys("ijl'|", 0.24), **dict.fromkeys(" .,:;!/fIt[]·", 0.28), **dict.fromkeys('()-r“”"*°', 0.34),
    **dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", 0.4), **dict.fromkeys("ckJsvxyz", 0.5),
    **dict.fromkeys("0123456789–abdeghnopquL", 0.56),
    **dict.fromkeys("+−×<>=±~µ", 0.59), **dict.fromkeys("ABEFKPSTVXYZ&", 0.67), **dict.fromkeys("CDHNRUw", 0.73),
    **dict.fromkeys("GOQ", 0.78), **dict.fromkeys("mM", 0.84), **dict.fromkeys("W%@→…", 1.0),
}  # fmt: skip
UNKNOWN = 0.8


def width_of(words: str, size: float, weight: int = 400) -> float:
    """Width of a line of text, px; rather too wide than too narrow."""
    ems = sum(EM.get(c, 0.56 if c.isascii() else UNKNOWN) for c in words)
    return ems * size * ROOMY * (BOLD if weight > 500 else 1.0)


def wrapped(words: str, room: float, size: float, weight: int = 400) -> list[str]:
    """Lines that fit a room, px; nothing is left out. Breaks at blanks, then after - / _ and commas."""
    fits = lambda part: width_of(part.rstrip(), size, weight) <= room  # noqa: E731
    pieces = [p for word in re.findall(r"\S+\s*", words) for p in _broken(word, fits)]
    lines: list[str] = []
    for piece in pieces:
        if lines and fits(lines[-1] + piece):
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.rstrip() for line in lines] or [""]


def _broken(word: str, fits: Callable[[str], bool]) -> list[str]:
    if fits(word):
        return [word]
    parts = re.findall(r"[^-/_,]+[-/_,]*\s*|[-/_,]+\s*", word)
    return [q for p in parts for q in ([p] if fits(p) else list(p))]


def text(
    x: float, y: float, words: str, *, size: float = 11, anchor: str = "start", colour: str = INK, weight: int = 400
) -> str:
    """A line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
        f' font-weight="{weight}">{escape(words)}</text>'
    )


def kept_inside(x: float, words: str, size: float, anchor: str, width: float, weight: int = 400) -> float:
    """Where a line of text that belongs at x is put so that a picture of this width holds all of it."""
    wide = width_of(words, size, weight)
    before = {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return min(max(x, before + 1), max(width - 1 - (wide - before), before + 1))


def lines_of(
    x: float, y: float, lines: Sequence[str], *, size: float = 11, anchor: str = "start", colour: str = INK,
    weight: int = 400,
) -> list[str]:  # fmt: skip
    """Lines of text below each other; y: the first one's."""
    step = LEADING * size
    return [
        text(x, y + i * step, words, size=size, anchor=anchor, colour=colour, weight=weight)
        for i, words in enumerate(lines)
    ]


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Each tick with as many digits as all of them need to be what they say, hence to differ."""
    step = min((abs(b - a) for a, b in pairwise(ticks)), default=0.0)
    digits = 3
    for digits in range(3, 15):
        if all(abs(float(f"{t:.{digits - 1}e}") - t) <= 0.02 * step for t in ticks):
            break
    return [number(0.0 if abs(t) < 1e-9 * step else t, digits) for t in ticks]


def across(at: Sequence[tuple[float, str]], y: float, width: float, *, size: float = 10.5) -> list[str]:
    """Labels under a horizontal axis, inside the picture; every second, third … where they would touch."""
    shown, ends = at, []
    for every in range(1, len(at) + 1):
        shown = at[::every]
        ends = [(kept_inside(x, words, size, "middle", width), width_of(words, size)) for x, words in shown]
        if all(b - a >= (wide + wider) / 2 + 5 for (a, wide), (b, wider) in pairwise(ends)):
            break
    return [
        text(x, y, words, size=size, anchor="middle", colour=SOFT_INK)
        for (x, _), (_, words) in zip(ends, shown, strict=True)
    ]


def linear_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that cover low..high."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return [0.0, 1.0]
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / about
    size = 10 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw * 0.999)
    start = math.floor(low / step + 1e-9) * step
    count = math.ceil((high - start) / step - 1e-9)
    return [start + i * step for i in range(count + 1)]


def apart(low: float, high: float, least: float) -> tuple[float, float]:
    """Ends of an axis that spans at least this share of its values, so that noise does not fill it."""
    room = least * max(abs(low), abs(high))
    if high - low >= room:
        return low, high
    middle = (low + high) / 2
    return middle - room / 2, middle + room / 2
