"""The arms of an experiment as a small picture: a dot and its interval for each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from vesicula.results.palette import BASELINE, HUES
from vesicula.results.report.charts import Scale, line, shorten, svg, text
from vesicula.results.wording import number, span

WIDTH, ROW, LEFT = 300.0, 18.0, 120.0


def thumbnail(arms: Sequence[tuple[str, float, float, float]], unit: str) -> Markup:
    """Arms on one axis from the smallest to the largest end.

    arms : (name, median, low, high), the baseline first
    """
    seen = [row for row in arms if all(math.isfinite(value) for value in row[1:])]
    if not seen:
        return Markup("")
    low, high = min(row[2] for row in seen), max(row[3] for row in seen)
    log = low > 0 and high > 200 * low
    if not log:
        low = min(low, 0.0) if low < 0.5 * high else low
        high = high if high > low else low + (abs(low) or 1.0)
    x = Scale(low, high, LEFT, WIDTH - 12, log=log)
    parts: list[str] = []
    for i, (name, median, first, last) in enumerate(seen):
        y, colour = ROW * (i + 0.5), BASELINE if i == 0 else HUES[(i - 1) % len(HUES)]
        parts.append(text(LEFT - 8, y + 3.5, shorten(name, 20), anchor="end", size=10.5))
        parts.append(f"<g><title>{number(median)} {unit} ({span(first, last)})</title>")
        parts.append(line(x(first), y, x(last), y, colour, 2))
        parts.append(f'<circle cx="{x(median):.1f}" cy="{y:.1f}" r="4" fill="{colour}" stroke="#fff"/></g>')
    bottom = ROW * len(seen)
    parts.append(line(LEFT, bottom + 2, WIDTH - 12, bottom + 2))
    parts.append(text(LEFT, bottom + 14, number(low), size=9.5))
    end = f"{number(high)} {unit}" + (" (log)" if log else "")
    parts.append(text(WIDTH - 12, bottom + 14, end.strip(), size=9.5, anchor="end"))
    return Markup(svg(WIDTH, bottom + 18, parts, "arms of the experiment"))
