"""Numbers, times and lists as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits: `0.0123`, `61.4`, `1,530`, `2.4×10⁹`; `–` where undefined."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if size >= 6 or size < -3:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPTS)}".replace("-", "−")
    value = round(value, digits - 1 - size)
    text = f"{value:,.{max(0, digits - 1 - size)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def span(low: float, high: float, digits: int = 3) -> str:
    """A range: `58–64`, one number where both ends read the same."""
    first, last = number(low, digits), number(high, digits)
    return first if first == last else f"{first}–{last}" if "−" not in last else f"{first} to {last}"


def duration(minutes: float) -> str:
    """A time in the largest fitting unit: `90 min`, `36 h`, `21 days`, `5 years`."""
    for unit, length, least in (("years", 525960.0, 2), ("days", 1440.0, 3), ("h", 60.0, 2)):
        if minutes >= least * length:
            return f"{number(minutes / length)} {unit}"
    return f"{number(minutes)} min"


def time_unit(minutes: float) -> tuple[str, float]:
    """Unit for a time axis of this length, and its minutes."""
    for unit, length, least in (("years", 525960.0, 2), ("days", 1440.0, 3), ("h", 60.0, 2)):
        if minutes >= least * length:
            return unit, length
    return "min", 1.0


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def counted(n: int, word: str) -> str:
    """`1 seed`, `4 seeds`."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
