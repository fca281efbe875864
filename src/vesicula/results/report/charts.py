"""Charts of the report as inline SVG: axes with units, one mark per number, the source of each on hover."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from vesicula.results.assays import SmallestEffect
from vesicula.results.compare import Comparison
from vesicula.results.messages import Funnel, Stage
from vesicula.results.palette import INK, RULE, SOFT_INK
from vesicula.results.report.lettering import (
    LEADING,
    across,
    apart,
    linear_ticks,
    lines_of,
    text,
    tick_labels,
    width_of,
    wrapped,
)
from vesicula.results.statistics import Interval
from vesicula.results.wording import duration, number, span

NAMES, NAME = 150.0, 12.0  # room for names of arms beside their dots, px, and their size
LEAST_SPAN = 0.02  # of its values that a linear axis shows: what is smaller is no difference
MOST_DECADES = 12  # with a line each on a log axis
FEW = 3  # arms whose bands may be strong
LOG_FROM = 200.0  # spread of positive values from which an axis is logarithmic
PARTICLES, COPIES, NEEDED = "#7a5195", "#0b7a75", "#b42318"


@dataclass(frozen=True)
class Scale:
    """From values low..high to pixels start..end."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Pixel of a value."""
        low, high, v = (math.log10(x) for x in (self.low, self.high, max(value, self.low))) if self.log else (
            self.low, self.high, value)  # fmt: skip
        return self.start + (v - low) / (high - low) * (self.end - self.start)


def line(x1: float, y1: float, x2: float, y2: float, colour: str = RULE, width: float = 1, extra: str = "") -> str:
    """A straight line."""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}" {extra}/>'


def svg(width: float, height: float, parts: Sequence[str], label: str) -> str:
    """A whole picture; `label` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label, quote=True)}"'
        f' xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _source(words: str) -> str:
    return f'data-source="{escape(words, quote=True)}" tabindex="0"'


def shorten(words: str, length: int) -> str:
    """Words cut to a length, with an ellipsis."""
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _names(names: Sequence[str]) -> tuple[list[list[str]], float, float]:
    """Names of arms in lines, the height of a row, and the room that the names take."""
    lines = [wrapped(name, NAMES, NAME, 600) for name in names]
    row = max([30.0 if len(names) <= 4 else 22.0, *(LEADING * NAME * len(one) + 4 for one in lines)])
    return lines, row, max((width_of(line, NAME, 600) for one in lines for line in one), default=0.0)


def dots_height(names: Sequence[str]) -> float:
    """Height of a chart of dots, px."""
    return 60.0 + _names(names)[1] * len(names)


def _dots_scale(values: np.ndarray, shade: tuple[float, float], start: float, end: float) -> tuple[Scale, list[float]]:
    """Scale and ticks that hold all values and the shading; logarithmic where positive values span over 200-fold."""
    if len(values) and values.min() > 0 and values.max() > LOG_FROM * values.min():
        first, last = math.floor(math.log10(values.min())), math.ceil(math.log10(values.max()))
        every = max(1, round((last - first) / 5))
        return Scale(10.0**first, 10.0**last, start, end, log=True), [10.0**k for k in range(first, last + 1, every)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low, high = min(low, shade[0]), max(high, shade[1])
    if low == high and low:
        low, high = low - 0.1 * abs(low), high + 0.1 * abs(high)
    low, high = apart(low, high, LEAST_SPAN)
    if low >= 0 and low < 0.5 * high:
        low = 0.0
    ticks = linear_ticks(low, high, 4)
    return Scale(ticks[0], ticks[-1], start, end), ticks


def dots(comparison: Comparison, colours: dict[str, str], assay: SmallestEffect | None, *, width: float = 400) -> str:
    """Arms as dots with intervals in the measure's unit, the smallest visible effect around the baseline shaded; beside
    them in how many replicates the arm's effect shows.
    """
    measure, arms = comparison.measure, comparison.arms
    names, row, room = _names([a.arm for a in arms])
    n = max((a.summary.n for a in arms), default=0)
    counts = ["" if i == 0 or n < 2 else f"{a.showing}/{n}" for i, a in enumerate(arms)]
    right = 20.0 if not any(counts) else max(width_of("shows in", 10), *(width_of(c, 11) for c in counts)) + 14
    top, left, end = 20.0 if any(counts) else 8.0, room + 14, width - right
    values = np.concatenate([a.values for a in arms])
    base = arms[0].summary.median if arms[0].summary.n else 0.0
    shade, fall = (assay.share * abs(base), assay.down * abs(base)) if assay is not None else (0.0, 0.0)
    x, ticks = _dots_scale(values[np.isfinite(values)], (base - fall, base + shade), left, end)
    bottom = top + row * len(arms)
    parts = []
    if shade:
        first, last = x(base - fall), x(base + shade)
        parts.append(
            f'<rect x="{first:.1f}" y="{top}" width="{last - first:.1f}" height="{bottom - top:.1f}" fill="#eceff3"'
            f" {_source(_shade_words(assay))}/>"
        )
    parts += [line(x(tick), top, x(tick), bottom) for tick in ticks]
    labels = [number(tick) for tick in ticks] if x.log else tick_labels(ticks)
    parts += across([(x(tick), label) for tick, label in zip(ticks, labels, strict=True)], bottom + 14, width)
    if any(counts):
        parts.append(text(width - 2, top - 8, "shows in", size=10, anchor="end", colour=SOFT_INK))
    for i, (arm, count) in enumerate(zip(arms, counts, strict=True)):
        y, colour = top + row * (i + 0.5), colours[arm.arm]
        above = y + 4 - LEADING * NAME * (len(names[i]) - 1) / 2
        parts += lines_of(left - 10, above, names[i], anchor="end", size=NAME, weight=600 if i else 400)
        parts += [
            f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="2.2" fill="{colour}" opacity="0.35"/>'
            for value in arm.values[np.isfinite(arm.values)]
        ]
        if arm.summary.n:
            parts.append(_dot(x, y, arm.summary, colour, f"{arm.arm}: {measure.text}", measure.unit))
        if count:
            size = _shade_size(assay) if assay else "1 %"
            words = f"{arm.arm}: in {arm.showing} of {n} replicates the change is larger than {size} of their baseline"
            parts.append(f"<g {_source(words)}>{text(width - 2, y + 4, count, anchor='end')}</g>")
    name = axis(measure.name, measure.unit) + (", log scale" if x.log else "")
    name += f"; shaded: {_shade_size(assay)}, {assay.name}" if shade and assay else ""
    words = wrapped(name, width - 8, 11)
    centre = max((left + end) / 2, max(width_of(one, 11) for one in words) / 2 + 2)
    centre = min(centre, width - max(width_of(one, 11) for one in words) / 2 - 2)
    parts += lines_of(centre, bottom + 32, words, anchor="middle", size=11)
    height = bottom + 40 + LEADING * 11 * (len(words) - 1)
    return svg(width, height, parts, f"{measure.name} in each arm")


def figure(comparison: Comparison, colours: dict[str, str], assay: SmallestEffect | None, *, controls: int = 0) -> str:
    """The dots as a picture of its own for a paper: what was measured, units, n, what the marks are; text as text."""
    width, arms = 480.0, comparison.arms
    n = max((a.summary.n for a in arms), default=0)
    inner = re.sub(r' (data-source="[^"]*"|tabindex="0")', "", dots(comparison, colours, assay, width=width))
    head = wrapped(f"{comparison.measure.text}, read at {duration(comparison.at_min)}", width - 16, 11.5, 600)
    down = 12 + LEADING * 11.5 * len(head)
    height = float(re.findall(r'viewBox="0 0 \S+ (\S+)"', inner)[0]) + down - 26
    inner = inner.replace("<svg ", f'<svg x="0" y="{down:.1f}" width="{width:g}" height="{height - down + 26:g}" ', 1)
    least = next((a.summary.what for a in arms if a.summary.n), "")
    marks = f"Small dots: replicates (n = {n} per arm); circle: median; bar: {least}."
    grey = "Dark grey: baseline" + ("; light grey: controls." if controls else ".")
    grey += " Shows in: replicates whose own change is large enough." if n > 1 else ""
    parts = [
        *lines_of(8, 16, head, size=11.5, weight=600), inner,
        text(8, height + 42, marks, size=10, colour=SOFT_INK), text(8, height + 56, grey, size=10, colour=SOFT_INK),
    ]  # fmt: skip
    whole = svg(width, height + 64, parts, f"{comparison.measure.name} in each arm")
    style = f'<svg width="{width:g}" height="{height + 64:g}" font-family="Helvetica, Arial, sans-serif" '
    return whole.replace("<svg ", style, 1)


def _shade_words(assay: SmallestEffect | None) -> str:
    assert assay is not None
    source = "rule of thumb, no source read" if assay.source is None else assay.source
    size = f"{_shade_size(assay)} of the baseline"
    return f"Shaded: {size}, the smallest change that a {assay.name} usually shows ({source})"


def _shade_size(assay: SmallestEffect) -> str:
    return f"{1 + assay.share:g}-fold" if assay.fold else f"±{assay.share:.0%}"


def _dot(x: Scale, y: float, value: Interval, colour: str, what: str, unit: str) -> str:
    words = (
        f"{what}. Median {number(value.median)} {unit}, {value.what} {span(value.low, value.high)}, n = {value.n}."
        " Source: series.parquet"
    )
    return (
        f"<g {_source(words)}>{line(x(value.low), y, x(value.high), y, colour, 2.4)}"
        f'<circle cx="{x(value.median):.1f}" cy="{y:.1f}" r="5.4" fill="{colour}" stroke="#fff"/></g>'
    )


def axis(name: str, unit: str) -> str:
    """Name and unit of an axis."""
    return f"{name} ({unit})" if unit else f"{name} (0 to 1)"


def funnel(shown: Funnel, *, width: float = 800) -> str:
    """Per recipient cell, on a log axis: what is offered, bound, taken up, escapes, is loaded, and what is needed."""
    stages = [s for s in shown.stages if s.value.n]
    row, top = 20.0, 2.0
    left = max((width_of(s.name, 12, 600) for s in stages), default=0.0) + 14
    end = width - max((width_of(_bar_label(s), 11.5) for s in stages), default=0.0) - 16
    positive = [v for s in stages for v in (s.value.median, s.value.low, s.value.high) if v > 0 and math.isfinite(v)]
    low = 10.0 ** math.floor(math.log10(min(positive, default=1.0)) - 0.001)
    high = 10.0 ** math.ceil(math.log10(max(positive, default=10.0)) + 0.001)
    x = Scale(low, high, left, end, log=True)
    bottom = top + row * len(stages)
    decades = round(math.log10(high) - math.log10(low))
    ticks = [low * 10.0**k for k in range(0, decades + 1, math.ceil(decades / MOST_DECADES))]
    parts = [line(x(tick), top, x(tick), bottom) for tick in ticks]
    parts += across([(x(tick), number(tick)) for tick in ticks], bottom + 13, width)
    for i, stage in enumerate(stages):
        parts.append(_bar(stage, x, top + row * i, row, left))
    words = f"per {shown.recipient} cell, particles and copies, log scale"
    below = wrapped(words, width - 8, 11)
    centre = max((left + end) / 2, max(width_of(w, 11) for w in below) / 2 + 2)
    parts += lines_of(centre, bottom + 28, below, anchor="middle")
    if math.isfinite(shown.gap):
        parts.append(_gap(shown, x, top + row * (len(stages) - 2)))
    height = bottom + 34 + LEADING * 11 * (len(below) - 1)
    return svg(width, height, parts, f"from {shown.population} offered to copies needed in {shown.recipient}")


def _bar_label(stage: Stage) -> str:
    """`103,000 EV (13,000–320,000)`."""
    value = stage.value
    label = number(value.median) + (" EV" if stage.unit == "particles" else f" {stage.unit}")
    ends = span(value.low, value.high, 2)
    return label + (f" ({ends})" if value.n > 1 and ends != number(value.low, 2) else "")


def _bar(stage: Stage, x: Scale, y: float, row: float, left: float) -> str:
    colour = NEEDED if stage.name == "needed" else PARTICLES if stage.unit == "particles" else COPIES
    value, middle = stage.value, y + row / 2
    words = (
        f"{stage.name}: {stage.meaning}. Median {number(value.median)} {stage.unit} per cell, {value.what}"
        f" {span(value.low, value.high)}, n = {value.n}. Source: "
    ) + ("silencing titration with own copies and competitors" if stage.name == "needed" else "ledger.parquet")
    end = x(value.median) if value.median > 0 else left
    style = f'fill="none" stroke="{colour}" stroke-dasharray="3 2"' if stage.name == "needed" else f'fill="{colour}"'
    parts = [
        text(left - 10, middle + 4, stage.name, anchor="end", size=12, colour=colour, weight=600),
        f'<rect x="{left}" y="{y + 3:.1f}" width="{max(1.0, end - left):.1f}" height="{row - 6:.1f}" rx="2" {style}'
        f' fill-opacity="0.85"/>',
    ]
    if value.low > 0 and value.n > 1:
        parts.append(line(x(value.low), middle, x(value.high), middle, INK, 1.2))
    parts.append(text(x.end + 10, middle + 4, _bar_label(stage), size=11.5))
    return f"<g {_source(words)}>{''.join(parts)}</g>"


def _gap(shown: Funnel, x: Scale, y: float) -> str:
    at = {s.name: s.value.median for s in shown.stages}
    first, last = sorted((x(at["loaded"]), x(at["needed"])))
    factor = 10 ** abs(shown.gap)
    words = f"{number(factor, 2)} times too few" if shown.gap > 0 else f"{number(factor, 2)} times what is needed"
    room = width_of(words, 11.5, 600) + 8
    if last - first < room + 10:
        start = last + 10 if last + 10 + room < x.end else first - room - 6
        return text(start, y + 14.5, words, size=11.5, colour=NEEDED, weight=600) if start > x.start else ""
    return (
        line(first + 4, y + 10.5, last - 4, y + 10.5, NEEDED, 1.2, 'stroke-dasharray="2 3"')
        + f'<rect x="{(first + last - room) / 2:.1f}" y="{y + 3:.1f}" width="{room:.1f}" height="15" fill="#fff"/>'
        + text((first + last) / 2, y + 14.5, words, anchor="middle", size=11.5, colour=NEEDED, weight=600)
    )


@dataclass(frozen=True)
class Curve:
    """One line with its band: float64[n_times] each."""

    label: str
    colour: str
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curves(
    title: str, unit: str, times: np.ndarray, time_unit: str, lines: Sequence[Curve], *, width: float = 300,
    height: float = 176,
) -> str:  # fmt: skip
    """Curves with bands over time."""
    known = np.concatenate([np.concatenate([c.low, c.high]) for c in lines])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if (low >= 0 and low < 0.6 * high) or low == high:
        low = min(0.0, low)
    ticks = linear_ticks(*apart(low, high, LEAST_SPAN), 3)
    labels = tick_labels(ticks)
    title_lines = wrapped(axis(title, unit) if unit else title, width - 8, 11.5, 600)
    more = LEADING * 11.5 * (len(title_lines) - 1)
    left, right = max(30.0, max(width_of(label, 9.5) for label in labels) + 8), width - 10
    top, bottom, height = 24.0 + more, height + more - 32, height + more
    y = Scale(ticks[0], ticks[-1], bottom, top)
    x = Scale(0.0, float(times[-1]) or 1.0, left, right)
    time_ticks = [t for t in linear_ticks(0.0, float(times[-1]) or 1.0, 4) if t <= x.high * 1.001]
    parts = lines_of(4, 13, title_lines, size=11.5, weight=600)
    for tick, label in zip(ticks, labels, strict=True):
        parts.append(line(left, y(tick), right, y(tick)))
        parts.append(text(left - 5, y(tick) + 3.5, label, anchor="end", size=9.5, colour=SOFT_INK))
    named = zip((x(t) for t in time_ticks), tick_labels(time_ticks), strict=True)
    parts += across(list(named), bottom + 13, width, size=9.5)
    parts.append(text((left + right) / 2, height - 5, f"time ({time_unit})", anchor="middle", size=10, colour=SOFT_INK))
    parts += [_band(c, times, x, y, 0.2 if len(lines) <= FEW else 0.09) for c in lines]
    return svg(width, height, parts, f"{title} over time")


def _band(curve: Curve, times: np.ndarray, x: Scale, y: Scale, opacity: float) -> str:
    known = np.flatnonzero(np.isfinite(curve.middle))
    known = known[np.unique(np.linspace(0, len(known) - 1, 120).astype(int))] if len(known) > 120 else known
    if not len(known):
        return ""

    def path(values: np.ndarray, order: np.ndarray) -> str:
        return " ".join(f"{x(float(times[i])):.1f},{y(float(values[i])):.1f}" for i in order)

    shape = ""
    if np.any(curve.high[known] > curve.low[known]):
        outline = f"{path(curve.high, known)} {path(curve.low, known[::-1])}"
        shape = f'<polygon points="{outline}" fill="{curve.colour}" opacity="{opacity}"/>'
    words = f"{curve.label}: median and interval over replicates. Source: series.parquet"
    return (
        f"<g {_source(words)}>{shape}"
        f'<polyline points="{path(curve.middle, known)}" fill="none" stroke="{curve.colour}" stroke-width="1.8"/></g>'
    )


def shares(counts: dict[str, int], colours: dict[str, str], *, width: float = 400) -> str:
    """How many values are measured, borrowed …, as one bar."""
    total, at = sum(counts.values()) or 1, 0.0
    parts = []
    for name, count in counts.items():
        w = width * count / total
        words = f"{count} of {total} values are {name}"
        parts.append(
            f'<rect x="{at:.1f}" y="0" width="{max(0.0, w - 1):.1f}" height="14"'
            f' fill="{colours[name]}" {_source(words)}/>'
        )
        at += w
    return svg(width, 14, parts, "what the values rest on")
