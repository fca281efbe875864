"""A forest plot of measured facts: one row a measurement, its range, and what all of them together say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from vesicula.errors import UnitError
from vesicula.evidence.answers import cited
from vesicula.evidence.facts import Fact, Measured
from vesicula.evidence.joining import Joined, join
from vesicula.results.palette import INK, SOFT_INK
from vesicula.results.report.charts import Scale, line, svg
from vesicula.results.report.lettering import linear_ticks, text, tick_labels, wrapped
from vesicula.results.wording import number

WIDTH, LEFT, RIGHT, ROW, HEAD = 1080.0, 470.0, 760.0, 34.0, 30.0
MOST = 24  # rows of one quantity
LOG_FROM = 20.0  # span of positive numbers from which the axis is logarithmic
Row = tuple[Fact, Measured, str]


def forest(question: str, rows: Sequence[Row]) -> str:
    """An SVG picture: quantities below each other, each unit with an axis of its own; notes are left out."""
    numbered = [row for row in rows if row[0].has_number]
    order = list(dict.fromkeys((fact.quantity, unit) for fact, _, unit in numbered))
    ranked = sorted(numbered, key=lambda row: order.index((row[0].quantity, row[2])))
    parts, y = [text(12, 22, question, size=15, weight=600)], 34.0
    for (quantity, unit), group in groupby(ranked, key=lambda row: (row[0].quantity, row[2])):
        panel, y = _panel(quantity, unit, list(group)[:MOST], y)
        parts += panel
    return svg(WIDTH, y + 8, [f'<g font-family="Helvetica, Arial, sans-serif">{"".join(parts)}</g>'], question)


def _panel(quantity: str, unit: str, rows: Sequence[Row], y: float) -> tuple[list[str], float]:
    together = _together(rows, unit)
    scale, ticks = _scale(rows, together)
    top, height = y + HEAD, ROW * (len(rows) + (together is not None))
    parts = [text(12, y + 20, f"{quantity}{'' if unit == '1' else f', {unit}'}", size=13, weight=600)]
    parts += [line(scale(tick), top, scale(tick), top + height) for tick in ticks]
    labels = [number(tick) for tick in ticks] if scale.log else tick_labels(ticks)
    parts += [
        text(scale(tick), top + height + 14, label, size=10, anchor="middle", colour=SOFT_INK)
        for tick, label in zip(ticks, labels, strict=True)
    ]
    for k, (fact, measured, _) in enumerate(rows):
        parts += _row(fact, measured, top + ROW * (k + 0.5), scale)
    if together is not None:
        parts += _pooled(together, top + ROW * (len(rows) + 0.5), scale)
    return parts, top + height + 24


def _row(fact: Fact, measured: Measured, y: float, scale: Scale) -> list[str]:
    names = wrapped(fact.what, LEFT - 30, 11)
    shown = names[:2] if len(names) < 3 else [names[0], f"{names[1]} …"]
    first = y + 4 - 6.5 * (len(shown) - 1)
    parts = [text(12, first + 13 * k, words, size=11) for k, words in enumerate(shown)]
    parts.append(text(RIGHT + 14, y + 4, f"{cited(fact)}; {fact.trust}", size=10, colour=SOFT_INK))
    low, high = measured.ends
    colour = INK if fact.trust != "low" else SOFT_INK
    parts.append(line(scale(low), y, scale(high), y, colour, 2))
    if not math.isnan(measured.value):
        parts.append(
            f'<rect x="{scale(measured.value) - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>'
        )
    elif fact.range == "bound":
        tip = scale(low)
        towards = 9 if math.isnan(measured.high) else -9
        way = f"M{tip:.1f} {y - 5:.1f}V{y + 5:.1f}M{tip:.1f} {y:.1f}h{towards}"
        parts.append(f'<path d="{way}" stroke="{colour}" stroke-width="2"/>')
    return parts


def _pooled(one: Joined, y: float, scale: Scale) -> list[str]:
    left, middle, right = scale(one.low), scale(one.value), scale(one.high)
    words = f"together: {number(one.value)} ({number(one.low)}..{number(one.high)})"
    return [
        text(12, y + 4, f"{words}, {len(one.sources)} sources", size=11, weight=600),
        f'<path d="M{left:.1f} {y:.1f}L{middle:.1f} {y - 6:.1f}L{right:.1f} {y:.1f}L{middle:.1f} {y + 6:.1f}Z"'
        f' fill="#0b7a75" opacity="0.8"/>',
    ]


def _together(rows: Sequence[Row], unit: str) -> Joined | None:
    """What all sources say together; only of one entity, and of two sources and more."""
    facts = [fact for fact, _, _ in rows if not fact.near_claim]
    if len({fact.entity for fact in facts}) > 1 or len({fact.source for fact in facts}) < 2:
        return None
    try:
        found = join(facts, unit)
    except UnitError:
        return None
    return found if found is not None and len(found.sources) > 1 else None


def _scale(rows: Sequence[Row], together: Joined | None) -> tuple[Scale, list[float]]:
    ends = [end for _, measured, _ in rows for end in measured.ends]
    ends += [] if together is None else [together.low, together.high]
    low, high = min(ends), max(ends)
    if low > 0.0 and high > LOG_FROM * low:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        every = max(1, round((last - first) / 5))
        return Scale(10.0**first, 10.0**last, LEFT, RIGHT, log=True), [10.0**k for k in range(first, last + 1, every)]
    low = min(low, 0.0) if low < 0.5 * high else low
    if low == high:
        low, high = low - 0.1 * abs(low) - 1e-12, high + 0.1 * abs(high) + 1e-12
    ticks = linear_ticks(low, high, 4)
    return Scale(ticks[0], ticks[-1], LEFT, RIGHT), ticks
