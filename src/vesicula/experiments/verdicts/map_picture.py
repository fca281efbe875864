"""The picture of a condition map: which claim holds where, with the share of draws in each field."""

from __future__ import annotations

import math

from vesicula.experiments.verdicts.conflicts import Held, Mapped, holds, map_summary
from vesicula.results.palette import INK, SOFT_INK
from vesicula.results.report.charts import shorten, svg, text

A, B, BOTH, NEITHER = "#9ecae8", "#f5b895", "#c9b3dc", "#f1f3f5"
FIELD, HIGH, LEFT, TOP = 118.0, 64.0, 150.0, 112.0


def picture(mapped: Mapped) -> str:
    """An SVG: the first axis to the right, the second upwards, one field for each condition."""
    one = mapped.conflict
    first, second = one.axes
    nx, ny = len(first.levels), len(second.levels)
    width, bottom = max(LEFT + FIELD * nx + 20, 640.0), TOP + HIGH * ny
    height = bottom + 130
    parts = [f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>']
    parts.append(text(16, 24, shorten(one.topic, int(width / 6.6)), size=13.5, weight=600))
    for i, (side, colour) in enumerate(zip(one.sides, (A, B), strict=True)):
        y = 48 + 19 * i
        parts.append(f'<rect x="16" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(text(34, y, shorten(f"{side.claim}: {side.says}", int(width / 6.2)), size=12))
    for i, (name, colour) in enumerate((("both", BOTH), ("neither", NEITHER))):
        x = 16 + 90 * i
        parts.append(f'<rect x="{x}" y="76" width="12" height="12" fill="{colour}" stroke="#c9ced6"/>')
        parts.append(text(x + 18, 86, name, size=12))
    for j, (level, row) in enumerate(zip(second.levels, mapped.cells, strict=True)):
        y = bottom - HIGH * (j + 1)
        parts.append(text(LEFT - 10, y + HIGH / 2 + 4, shorten(level, 22), anchor="end", size=11.5))
        for i, held in enumerate(row):
            parts += _field(LEFT + FIELD * i, y, held, one.claims)
    for i, level in enumerate(first.levels):
        parts.append(text(LEFT + FIELD * (i + 0.5), bottom + 17, shorten(level, 18), anchor="middle", size=11.5))
    parts.append(text(LEFT + FIELD * nx / 2, bottom + 36, first.name, anchor="middle", size=12.5, weight=600))
    middle = TOP + HIGH * ny / 2
    turned = text(0, 0, second.name, anchor="middle", size=12.5, weight=600)
    parts.append(f'<g transform="translate(20 {middle:.0f}) rotate(-90)">{turned}</g>')
    parts.append(text(16, bottom + 62, map_summary(mapped), size=12))
    limits = "; ".join(dict.fromkeys(mapped.smallest))
    said = f"A claim holds where at least 80 % of {mapped.draws} draws move beyond what the assay shows: {limits}."
    parts.append(text(16, bottom + 82, said, size=10.5, colour=SOFT_INK))
    kinds = "Shares: draws in which the claim holds; in brackets the median change of its measure."
    parts.append(text(16, bottom + 98, kinds, size=10.5, colour=SOFT_INK))
    whole = svg(width, height, parts, f"{one.topic}. {map_summary(mapped)}")
    style = f'<svg width="{width:g}" height="{height:g}" font-family="Helvetica, Arial, sans-serif" '
    return whole.replace("<svg ", style, 1)


def _field(x: float, y: float, held: Held, claims: tuple[str, str]) -> list[str]:
    """One condition: its colour and both shares."""
    first, second = holds(held)
    colour = BOTH if first and second else A if first else B if second else NEITHER
    parts = [f'<rect x="{x}" y="{y}" width="{FIELD}" height="{HIGH}" fill="{colour}" stroke="#fff" stroke-width="2"/>']
    for i, claim in enumerate(claims):
        change = held.moved[i]
        moved = "" if math.isnan(change) else f" ({change:+.0%})" if abs(change) < 10 else f" (×{1 + change:.0f})"
        words = f"{claim}: {held.share[i]:.0%}{moved}" if held.n[i] else f"{claim}: not defined"
        parts.append(text(x + FIELD / 2, y + 27 + 17 * i, words, anchor="middle", size=10.5, colour=INK))
    return parts
