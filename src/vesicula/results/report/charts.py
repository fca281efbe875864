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
from vesicula.results.statistics import Interval
from vesicula.results.wording import duration, number, span

LOG_FROM = 200.0  # spread of positive values from which an axis is logarithmic
PARTICLES, COPIES, NEEDED = "#7a5195", "#0b7a75", "#b42318"


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


def tick_label(value: float, step: float) -> str:
    """A tick with as many digits as its neighbours need."""
    if value == 0 or abs(value) >= 1e6 or step < 1e-4:
        return number(value)
    digits = max(1, math.floor(math.log10(abs(value))) - math.floor(math.log10(step) + 1e-9) + 2)
    return number(value, max(3, digits))


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


def text(
    x: float, y: float, words: str, *, size: float = 11, anchor: str = "start", colour: str = INK, weight: int = 400
) -> str:
    """A line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
        f' font-weight="{weight}">{escape(words)}</text>'
    )


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


def _row(arms: int) -> float:
    return 30.0 if arms <= 4 else 22.0


def dots_height(arms: int) -> float:
    """Height of a chart of dots, px."""
    return 48.0 + _row(arms) * arms


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
    elif low >= 0 and low < 0.5 * high:
        low = 0.0
    ticks = linear_ticks(low, high, 4)
    return Scale(ticks[0], ticks[-1], start, end), ticks


def dots(comparison: Comparison, colours: dict[str, str], assay: SmallestEffect | None, *, width: float = 400) -> str:
    """Arms as dots with intervals in the measure's unit; the smallest visible effect around the baseline is shaded."""
    measure, arms = comparison.measure, comparison.arms
    row, top, left, height = _row(len(arms)), 8.0, 118.0, dots_height(len(arms))
    values = np.concatenate([a.values for a in arms])
    base = arms[0].summary.median if arms[0].summary.n else 0.0
    shade, fall = (assay.share * abs(base), assay.down * abs(base)) if assay is not None else (0.0, 0.0)
    x, ticks = _dots_scale(values[np.isfinite(values)], (base - fall, base + shade), left, width - 20)
    bottom = top + row * len(arms)
    parts = []
    if shade:
        first, last = x(base - fall), x(base + shade)
        parts.append(
            f'<rect x="{first:.1f}" y="{top}" width="{last - first:.1f}" height="{bottom - top:.1f}" fill="#f1f3f5"'
            f" {_source(_shade_words(assay))}/>"
        )
    for tick in ticks:
        label = number(tick) if x.log else tick_label(tick, ticks[1] - ticks[0])
        parts.append(line(x(tick), top, x(tick), bottom))
        parts.append(text(x(tick), bottom + 14, label, anchor="middle", size=10.5, colour=SOFT_INK))
    for i, arm in enumerate(arms):
        y, colour = top + row * (i + 0.5), colours[arm.arm]
        parts.append(text(left - 10, y + 4, shorten(arm.arm, 17), anchor="end", size=12, weight=600 if i else 400))
        parts += [
            f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="2.2" fill="{colour}" opacity="0.35"/>'
            for value in arm.values[np.isfinite(arm.values)]
        ]
        if arm.summary.n:
            parts.append(_dot(x, y, arm.summary, colour, f"{arm.arm}: {measure.text}", measure.unit))
    name = axis(measure.name, measure.unit) + (", log scale" if x.log else "")
    name += f"; shaded: {_shade_size(assay)}, {assay.name}" if shade and assay else ""
    parts.append(text((left + width - 20) / 2, bottom + 32, shorten(name, 68), anchor="middle", size=11))
    return svg(width, height, parts, f"{measure.name} in each arm")


def figure(comparison: Comparison, colours: dict[str, str], assay: SmallestEffect | None, *, controls: int = 0) -> str:
    """The dots as a picture of its own for a paper: what was measured, units, n, what the marks are; text as text."""
    width, arms = 480.0, comparison.arms
    height, n = dots_height(len(arms)), max((a.summary.n for a in arms), default=0)
    inner = re.sub(r' (data-source="[^"]*"|tabindex="0")', "", dots(comparison, colours, assay, width=width))
    inner = inner.replace("<svg ", f'<svg x="0" y="26" width="{width:g}" height="{height:g}" ', 1)
    least = next((a.summary.what for a in arms if a.summary.n), "")
    marks = f"Small dots: replicates (n = {n} per arm); circle: median; bar: {least}."
    grey = "Dark grey: baseline" + ("; light grey: controls." if controls else ".")
    words = f"{comparison.measure.text}, read at {duration(comparison.at_min)}"
    parts = [
        text(8, 16, shorten(words, 84), size=11.5, weight=600), inner,
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
    row, top, left = 20.0, 2.0, 92.0
    positive = [v for s in stages for v in (s.value.median, s.value.low, s.value.high) if v > 0 and math.isfinite(v)]
    low = 10.0 ** math.floor(math.log10(min(positive, default=1.0)) - 0.001)
    high = 10.0 ** math.ceil(math.log10(max(positive, default=10.0)) + 0.001)
    x = Scale(low, high, left, width - 168, log=True)
    bottom = top + row * len(stages)
    parts = []
    decades = round(math.log10(high / low))
    every = 1 if decades <= 8 else 2
    for k in range(0, decades + 1, every):
        tick = low * 10.0**k
        parts += [
            line(x(tick), top, x(tick), bottom),
            text(x(tick), bottom + 13, number(tick), anchor="middle", size=10.5, colour=SOFT_INK),
        ]
    for i, stage in enumerate(stages):
        parts.append(_bar(stage, x, top + row * i, row, left, width))
    words = f"per {shown.recipient} cell, particles and copies, log scale"
    parts.append(text((left + width - 168) / 2, bottom + 28, words, anchor="middle", size=11))
    if math.isfinite(shown.gap):
        parts.append(_gap(shown, x, top + row * (len(stages) - 2)))
    return svg(width, bottom + 34, parts, f"from {shown.population} offered to copies needed in {shown.recipient}")


def _bar(stage: Stage, x: Scale, y: float, row: float, left: float, width: float) -> str:
    colour = NEEDED if stage.name == "needed" else PARTICLES if stage.unit == "particles" else COPIES
    value, middle = stage.value, y + row / 2
    words = (
        f"{stage.name}: {stage.meaning}. Median {number(value.median)} {stage.unit} per cell, {value.what}"
        f" {span(value.low, value.high)}, n = {value.n}. Source: "
    ) + ("silencing titration with own copies and competitors" if stage.name == "needed" else "ledger.parquet")
    end = x(value.median) if value.median > 0 else left
    style = f'fill="none" stroke="{colour}" stroke-dasharray="3 2"' if stage.name == "needed" else f'fill="{colour}"'
    label = number(value.median) + (" EV" if stage.unit == "particles" else f" {stage.unit}")
    label += f" ({span(value.low, value.high, 2)})" if value.n > 1 and value.low != value.high else ""
    parts = [
        text(left - 10, middle + 4, stage.name, anchor="end", size=12, colour=colour, weight=600),
        f'<rect x="{left}" y="{y + 3:.1f}" width="{max(1.0, end - left):.1f}" height="{row - 6:.1f}" rx="2" {style}'
        f' fill-opacity="0.85"/>',
    ]
    if value.low > 0 and value.n > 1:
        parts.append(line(x(value.low), middle, x(value.high), middle, INK, 1.2))
    parts.append(text(width - 160, middle + 4, label, size=11.5))
    return f"<g {_source(words)}>{''.join(parts)}</g>"


def _gap(shown: Funnel, x: Scale, y: float) -> str:
    at = {s.name: s.value.median for s in shown.stages}
    first, last = sorted((x(at["loaded"]), x(at["needed"])))
    factor = 10 ** abs(shown.gap)
    words = f"{number(factor, 2)} times too few" if shown.gap > 0 else f"{number(factor, 2)} times what is needed"
    if last - first < 60:
        return ""
    return (
        line(first + 4, y + 10.5, last - 4, y + 10.5, NEEDED, 1.2, 'stroke-dasharray="2 3"')
        + f'<rect x="{(first + last) / 2 - 58:.1f}" y="{y + 3:.1f}" width="116" height="15" fill="#fff"/>'
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
    left, right, top, bottom = 46.0, width - 10, 24.0, height - 32
    known = np.concatenate([np.concatenate([c.low, c.high]) for c in lines])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if (low >= 0 and low < 0.6 * high) or low == high:
        low = min(0.0, low)
    ticks = linear_ticks(low, high, 3)
    y = Scale(ticks[0], ticks[-1], bottom, top)
    time_ticks = linear_ticks(0.0, float(times[-1]) or 1.0, 4)
    x = Scale(0.0, float(times[-1]) or 1.0, left, right)
    parts = [text(4, 13, shorten(axis(title, unit) if unit else title, 52), size=11.5, weight=600)]
    for tick in ticks:
        label = tick_label(tick, ticks[1] - ticks[0])
        parts.append(line(left, y(tick), right, y(tick)))
        parts.append(text(left - 5, y(tick) + 3.5, label, anchor="end", size=9.5, colour=SOFT_INK))
    parts += [
        text(x(tick), bottom + 13, number(tick), anchor="middle", size=9.5, colour=SOFT_INK)
        for tick in time_ticks
        if tick <= times[-1] * 1.001
    ]
    parts.append(text((left + right) / 2, height - 5, f"time ({time_unit})", anchor="middle", size=10, colour=SOFT_INK))
    parts += [_band(c, times, x, y) for c in lines]
    return svg(width, height, parts, f"{title} over time")


def _band(curve: Curve, times: np.ndarray, x: Scale, y: Scale) -> str:
    known = np.flatnonzero(np.isfinite(curve.middle))
    known = known[np.unique(np.linspace(0, len(known) - 1, 120).astype(int))] if len(known) > 120 else known
    if not len(known):
        return ""

    def path(values: np.ndarray, order: np.ndarray) -> str:
        return " ".join(f"{x(times[i]):.1f},{y(values[i]):.1f}" for i in order)

    shape = ""
    if np.any(curve.high[known] > curve.low[known]):
        outline = f"{path(curve.high, known)} {path(curve.low, known[::-1])}"
        shape = f'<polygon points="{outline}" fill="{curve.colour}" opacity="0.18"/>'
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
