"""Numbers and quantities as laboratories and papers write them, each named with the form that is read here.

Decimal commas, thousands, `±`, dashes for ranges, powers of ten, superscripts, `~`, `<`, spelled units and the like.
`first_slip` is asked only about text that the grammar has refused; what it offers is still to be parsed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from vesicula import units

QUANTITIES = ("plain", "sized", "every", "lifetime", "phase")
"""Kinds of text that are a property with a value, so that a range belongs to it."""
ONE_SIDED = 1.645
"""Standard deviations of a normal law from its mean to either end of its central 90 %."""
FACTOR = math.sqrt(10.0)
"""From the middle to either end of the range that an unknown value gets."""

_NUMBER = r"[0-9]+(?:\.(?!\.)[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_UNIT = rf"(?:\s*(?P<unit>{units.UNIT_PATTERN}))?"
_UNIT2 = rf"(?:\s*(?P<unit2>{units.UNIT_PATTERN}|%))?"
_START = r"(?<![\w.,\-])"
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
_LARGE = {"thousand": "e3", "k": "e3", "million": "e6", "mio": "e6", "mio.": "e6", "billion": "e9"}
_FOLDS = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "eight": "8", "ten": "10", "hundred": "100"}
_SPOKEN = {
    "hrs": "h", "hs": "h", "mins": "min", "secs": "s", "wk": "weeks", "wks": "weeks", "mo": "months", "yr": "years",
    "yrs": "years", "dys": "days", "mcg": "ug", "microgram": "ug", "micrograms": "ug", "nanogram": "ng",
    "nanograms": "ng", "picogram": "pg", "picograms": "pg", "milligram": "mg", "milligrams": "mg", "micrometer": "um",
    "micrometers": "um", "micrometre": "um", "micrometres": "um", "mum": "um", "µ": "um", "μ": "um", "u": "um",
    "nanometer": "nm", "nanometers": "nm", "nanometre": "nm", "nanometres": "nm", "millimeter": "mm",
    "millimeters": "mm", "micromolar": "uM", "nanomolar": "nM", "picomolar": "pM", "millimolar": "mM", "molar": "M",
    "milliliter": "mL", "milliliters": "mL", "millilitre": "mL", "microliter": "uL", "microliters": "uL", "cc": "mL",
    "ccm": "mL", "kd": "kDa", "kdalton": "kDa", "kilodalton": "kDa", "dalton": "Da", "daltons": "Da", "pct": "%",
    "degc": "C", "celsius": "C", "parts": "particles", "ptcl": "particles", "evs": "EV", "cels": "cells",
}  # fmt: skip
"""Words for units in laboratories and papers -> the unit here."""

Match = re.Match[str]


@dataclass(frozen=True)
class Slip:
    """A quantity that is written otherwise here. right: as it is written; note: what else it may have meant."""

    start: int
    length: int
    message: str
    right: str
    note: str = ""


@dataclass(frozen=True)
class _Rule:
    """One way of writing. right: the form that is read, None where the match is none; note: as of `Slip`."""

    text: str
    message: str
    right: Callable[[Match, str], str | None]
    note: Callable[[Match, str], str] = lambda _found, _kind: ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What is looked for; compiled when something could not be read, and not before."""
        return re.compile(self.text)


def short(number: float) -> str:
    """A number to three digits."""
    return f"{float(f'{number:.3g}'):g}"


def _with_range(middle: float, unit: str, low: float, high: float, kind: str, source: str = " @assumed") -> str:
    """A value with its range where it is a property; the value alone where the experimenter chooses it."""
    value = f"{short(float(f'{middle:.2g}'))}{' ' if unit else ''}{unit}"
    return f"{value} ({short(low)}..{short(high)}{source})" if kind in QUANTITIES else value


def _units(found: Match) -> str | None:
    """The one unit of two numbers; None where they differ."""
    first, second = found.group("unit") or "", found.group("unit2") or ""
    return first or second if not first or not second or first == second else None


def _plus_minus(found: Match, kind: str) -> str | None:
    """As a standard deviation, whose central 90 % is the range."""
    middle, deviation, unit = _deviation(found)
    if middle <= 0 or deviation <= 0:
        return None
    low, high = middle - ONE_SIDED * deviation, middle + ONE_SIDED * deviation
    if low <= 0:
        width = ONE_SIDED * math.sqrt(math.log1p((deviation / middle) ** 2))
        low, high = middle * math.exp(-width), middle * math.exp(width)
    value = f"{found.group('number')}{' ' if unit else ''}{unit}"
    return f"{value} ({short(low)}..{short(high)})" if kind in QUANTITIES else value


def _deviation(found: Match) -> tuple[float, float, str]:
    """Middle, deviation and unit of `20 ± 2 um`, `20 um ± 10 %`."""
    unit, second = found.group("unit") or "", found.group("unit2") or ""
    middle, deviation = float(found.group("number")), float(found.group("other"))
    if second == "%" and unit not in ("", "%"):
        return middle, middle * deviation / 100.0, unit
    return middle, deviation, unit or second


def _limits(found: Match, kind: str) -> str:
    middle, deviation, unit = _deviation(found)
    if kind not in QUANTITIES or middle <= deviation:
        return ""
    value = f"{found.group('number')}{' ' if unit else ''}{unit}"
    told = f"; where ± are the limits, `{value} ({short(middle - deviation)}..{short(middle + deviation)})`"
    if kind == "sized":
        spread = math.exp(math.sqrt(math.log1p((deviation / middle) ** 2)))
        told += f"; where it is how cells differ, `{value}, spread {short(spread)}`"
    return f"(where ± is a standard deviation{told})"


def _range(found: Match, kind: str) -> str | None:
    low, high, unit = float(found.group("number")), float(found.group("other")), _units(found)
    if unit is None or not low < high:
        return None
    middle = math.sqrt(low * high) if low > 0 else high / 2
    if kind == "step" and unit and units.measures(unit, "time"):
        return f"from {found.group('number')} {unit} to {found.group('other')} {unit}"
    if kind == "start" and not unit:
        return f"{round(middle)}"
    return _with_range(middle, unit, low, high, kind, source="")


def _spoken_range(found: Match, kind: str) -> str | None:
    """`17 to 24 h`, where `to` belongs to no sentence."""
    return _range(found, kind) if kind in QUANTITIES else None


def _in_brackets(found: Match, _kind: str) -> str | None:
    low, high = found.group("number"), found.group("other")
    rest = f" {found.group('rest').strip()}" if found.group("rest").strip() else ""
    right = f"({low}..{high}{rest})"
    return right if right != found.group() and float(low) < float(high) else None


def _about(found: Match, kind: str) -> str | None:
    middle, unit = float(found.group("number")), found.group("unit") or ""
    if found.string[found.end() :].lstrip().startswith(("(", "@")):
        return f"{found.group('number')}{' ' if unit else ''}{unit}"
    sized = bool(unit) and any(units.measures(unit, one) for one in ("length", "time", "mass", "molar mass", "volume"))
    width = 2.0 if sized else FACTOR
    return _with_range(middle, unit, middle / width, middle * width, kind)


def _limit(found: Match, kind: str) -> str | None:
    limit, unit = float(found.group("number")), found.group("unit") or ""
    upper = found.group("sign") in ("<", "≤", "<=", "=<", "less than", "up to", "at most", "max", "max.")
    middle = limit / FACTOR if upper else limit * FACTOR
    if kind not in QUANTITIES:
        return f"{found.group('number')}{' ' if unit else ''}{unit}"
    return _with_range(middle, unit, middle / FACTOR, middle * FACTOR, kind)


def _comma(found: Match, _kind: str) -> str:
    text = found.group()
    groups = text.split(",")
    if len(groups) > 2 or "." in text or (len(groups[1]) == 3 and groups[0] != "0"):
        return "".join(groups)
    return f"{groups[0]}.{groups[1]}"


def _or_decimal(found: Match, _kind: str) -> str:
    first, *rest = found.group().split(",")
    if len(rest) == 1 and len(rest[0]) == 3 and first != "0":  # `1,000`
        return f"(where the comma stands for a decimal point, `{first}.{rest[0]}`)"
    return ""


def _power(found: Match, _kind: str) -> str:
    return f"{found.group('number') or '1'}e{int(found.group('power').translate(_SUPER))}"


def _per(found: Match, _kind: str) -> str | None:
    before, unit = found.group("before") or "", found.group("unit")
    power = found.group("power").translate(_SUPER).lstrip("^-")
    if unit not in units.SYMBOLS or (before and before.strip() not in units.SYMBOLS):
        return None
    return f"{before.strip()}/{unit}{'' if power == '1' else '^' + power}"


def _duration(found: Match, _kind: str) -> str | None:
    large, small = found.group("large"), found.group("small")
    if large.startswith("h") and small.startswith("h"):
        return None
    if large.startswith("d"):
        return f"{24 * int(found.group('number')) + int(found.group('other'))} h" if small.startswith("h") else None
    return f"{60 * int(found.group('number')) + int(found.group('other'))} min"


def _spoken(found: Match, _kind: str) -> str | None:
    """A number with a unit in words, each of them known."""
    word = found.group("word")
    parts = re.split(r"(/|\*|·|\^|-?\d+|[²³])", word)
    told = [_SPOKEN.get(part.casefold(), part) if part not in units.SYMBOLS else part for part in parts]
    right = "".join(told)
    if right == word or any(re.fullmatch(r"[^\W\d]+", part) and part not in units.SYMBOLS for part in told):
        return None
    return f"{found.group('number')} {right}"


def _plain_letters(found: Match, _kind: str) -> str:
    return unicodedata.normalize("NFKC", found.group()).translate({0x3BC: "u", 0xB5: "u"})


def _rule(
    pattern: str,
    message: str,
    right: Callable[[Match, str], str | None],
    note: Callable[[Match, str], str] | None = None,
) -> _Rule:
    return _Rule(pattern, message, right) if note is None else _Rule(pattern, message, right, note)


_A, _B = rf"(?P<number>{_NUMBER})", rf"(?P<other>{_NUMBER})"
_RULES = (
    _rule(
        r"[\u2100-\u214f\u3371-\u33df\uff01-\uff5e]+", "`{0}` is a character of its own, not letters or digits",
        _plain_letters,
    ),
    _rule(r"(?<![\w)%])[−–](?=\d)", "a number below zero begins with a hyphen, not with `{0}`", lambda _m, _k: "-"),
    _rule(
        rf"{_START}(?:{_A}\s*[×x*·⋅]\s*)?10(?:\s*(?:\^|\*\*)\s*(?P<power>[+\-−]?\d+))(?![\w.])",
        "powers of ten are written with `e`", _power,
    ),
    _rule(
        rf"{_START}(?:{_A}\s*[×x*·⋅]\s*)?10(?P<power>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)",
        "powers of ten are written with `e`, not with small digits", _power,
    ),
    _rule(
        r"(?P<before>(?<![\w/])[A-Za-zµμ%]+[ ·])?(?P<unit>[A-Za-zµμ]+)(?P<power>⁻[¹²³]|\^?-[123](?!\d))",
        "`per` is written `/`, not `{0}`", _per,
    ),
    _rule(
        rf"{_START}\d{{1,3}}(?:\.\d{{3}})+,\d+(?!\d)|{_START}\d{{1,3}}(?:\.\d{{3}}){{2,}}(?![\d,])",
        "thousands have no points, and decimals no comma, in `{0}`",
        lambda m, _k: m.group().replace(".", "").replace(",", "."),
    ),
    _rule(
        rf"{_START}\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![\d,])|{_START}\d+,\d+(?!\d|,\d|\.\d)|(?<=\.\.)\d+,\d+(?!\d)",
        "numbers have a decimal point and no comma, unlike `{0}`", _comma, _or_decimal,
    ),
    _rule(
        rf"{_START}\d{{1,3}}(?:[ \u00a0\u202f'’_]\d{{3}})+(?![\w.])", "numbers have no gaps, unlike `{0}`",
        lambda m, _k: re.sub(r"\D", "", m.group()),
    ),
    _rule(
        rf"{_START}{_A}{_UNIT}\s*(?:±|\+\s*/\s*[-−]|\+-)\s*{_B}{_UNIT2}", "a value has a range `(low..high)`, not `±`",
        _plus_minus, _limits,
    ),
    _rule(
        rf"[(\[]?\s*\b9\d\s*%\s*CI:?\s*{_A}\s*(?:,|;|-|–|—|\.\.|to)\s*{_B}(?P<rest>)\s*[)\]]?",
        "a range is the central 90 %, `(low..high)`", _in_brackets,
    ),
    _rule(
        rf"[(\[]\s*{_A}{_UNIT}\s*(?:,\s|;|:|-|–|—|−|…|\.\.+|\bto\b)\s*{_B}{_UNIT2}\s*(?P<rest>[^)\]]*)[)\]]",
        "a range is written `(low..high)`, without a unit of its own", _in_brackets,
    ),
    _rule(
        rf"(?<![(\[])(?:(?<!\w)at\s+(?=\d))?{_START}{_A}{_UNIT}\s*(?:-|–|—|−|…|\.\.+)\s*{_B}{_UNIT2}(?![\w\-])(?![^(\[]*[)\]])",
        "`{0}` is a range: a value stands before it, and the range in brackets", _range,
    ),
    _rule(
        rf"{_START}{_A}{_UNIT}\s+to\s+{_B}{_UNIT2}(?![\w\-])",
        "`{0}` is a range: a value stands before it, and the range in brackets", _spoken_range,
    ),
    _rule(
        rf"(?:[~≈≃∼]|(?<!\w)(?:ca|approx|c)\.?\s|(?<!\w)(?:circa|about|approximately|around|roughly)\s)\s*{_A}{_UNIT}",
        "how near a value is, its range says", _about,
    ),
    _rule(
        rf"(?P<sign><=|>=|=<|=>|[<>≤≥]|(?<!\w)(?:less than|more than|up to|at least|at most|max\.?|min\.?)(?=\s))\s*"
        rf"{_A}{_UNIT}",
        "a limit is no value: a value stands within it, with its range", _limit,
    ),
    _rule(
        rf"{_START}(?P<number>\d+(?:\.\d+)?)\s*(?P<word>thousand|million|billion|mio\.?|k(?=\s))(?!\w)",
        "`{0}` is written in digits", lambda m, _k: m.group("number") + _LARGE[m.group("word")],
    ),
    _rule(
        rf"{_START}{_A}\s*-?\s*(?:fold|times|×)(?![\w])(?!\s*\d)", "a multiple is written with `x`",
        lambda m, _k: f"{m.group('number')}x",
    ),
    _rule(
        rf"(?<!\w)(?P<word>{'|'.join(_FOLDS)})-?fold(?!\w)", "a multiple is written in digits with `x`",
        lambda m, _k: f"{_FOLDS[m.group('word')]}x",
    ),
    _rule(
        r"(?<![\w.])(?P<number>\d+)\s*(?P<large>d|days?|h|hours?)\s*(?:and\s+)?(?P<other>\d+)\s*"
        r"(?P<small>h|hours?|min|minutes?|m)(?!\w)",
        "a time is one number with one unit", _duration,
    ),
    _rule(
        r"(?<![\w.])(?P<number>\d+):(?P<other>[0-5]\d)\s*(?P<small>h|hours?)(?!\w)(?P<large>)",
        "a time is one number with one unit", _duration,
    ),
    _rule(
        r"(?<!\w)(?:(?:on|at|after)\s+)?[dD]ay\s*(?P<number>\d+(?:\.\d+)?)(?!\w):?", "times are said with their unit",
        lambda m, _k: f"at {m.group('number')} day{'' if m.group('number') == '1' else 's'}",
    ),
    _rule(
        rf"(?<!\w)(?:at\s+)?t\s*=\s*{_A}{_UNIT}(?!\w)", "times are said with `at`",
        lambda m, _k: f"at {m.group('number')} {m.group('unit') or 'h'}",
    ),
    _rule(
        rf"{_START}{_A}\s*(?P<word>(?:per[ -]cent|(?:degrees?|deg|°)\s+C(?:elsius)?)(?!\w))", "`{word}` is no unit",
        lambda m, _k: f"{m.group('number')} {'%' if m.group('word').startswith('per') else 'C'}",
    ),
    _rule(
        rf"{_START}{_A}\s*(?P<word>[A-Za-zµμ%]+(?:[/*·^]?[\dA-Za-zµμ²³]+)*)(?![\w\-])", "`{word}` is no unit", _spoken,
    ),
    _rule(r"(?<=[\w])[‐‑–—](?=[A-Za-z])", "names are joined by a hyphen, not by `{0}`", lambda _m, _k: "-"),
    _rule(
        r"(?<![\w@\-])\(?assumed\)?(?![\w\-])", "a source begins with `@`",
        lambda m, _k: "@assumed" if m.group().startswith("(") or not m.group().endswith(")") else "@assumed)",
    ),
    _rule(r"@\s+(?=[A-Za-z])", "a source follows its `@` at once", lambda _m, _k: "@"),
    _rule(
        r"(?<![\w\-])(at|every|in|by|to|after|residual|Kd|off|hill|half-max|half-life|ec50|IC50|radius|spread|per|x|add)"
        r"(?=\d)", "a blank is missing after `{0}`", lambda m, _k: f"{m.group()} ",
    ),
    _rule(
        rf"^(?P<unit>{units.UNIT_PATTERN})\s*:?\s*{_A}$", "the unit follows the number",
        lambda m, k: f"{m.group('number')} {m.group('unit')}" if k in QUANTITIES else None,
    ),
)  # fmt: skip


def first_slip(text: str, kind: str) -> tuple[Slip | None, str]:
    """The first quantity that is written otherwise here, and the text with all of them as they are read."""
    first: Slip | None = None
    mended = text
    for rule in _RULES:
        for found in rule.pattern.finditer(text):
            right = rule.right(found, kind)
            if right is not None and right != found.group() and (first is None or found.start() < first.start):
                said = rule.message.format(found.group().strip(), **found.groupdict())
                first = Slip(found.start(), len(found.group()), said, right.strip(), rule.note(found, kind))
                break
        mended = rule.pattern.sub(lambda found, rule=rule: rule.right(found, kind) or found.group(), mended)
    return first, " ".join(mended.split())
