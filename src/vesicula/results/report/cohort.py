"""The report's section on patients: Kaplan–Meier curves by arm and by genotype."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from markupsafe import Markup

from vesicula.results.events import Survival, survival
from vesicula.results.palette import arm_colours
from vesicula.results.report.charts import line, svg
from vesicula.results.report.lettering import across, text
from vesicula.results.wording import number

if TYPE_CHECKING:
    import pandas as pd

    from vesicula.results.result import Result

WIDTH, HEIGHT = 480.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 12.0, 34.0


def cohort_section(result: Result) -> list[dict[str, object]]:
    """One entry per event and grouping: chart and table; empty without a cohort."""
    cohort = result.description.cohort
    if cohort is None:
        return []
    table = result.patients()
    first = cast("pd.DataFrame", table[table["arm"] == result.arms[0]])
    groupings = [("arm", "arms", table)] + [(locus, f"{locus} in “{result.arms[0]}”", first) for locus in cohort.loci]
    end = float(result.times_min[-1]) / 1440.0
    out: list[dict[str, object]] = []
    for event in cohort.events:
        for by, words, rows in groupings:
            found = survival(rows, event.name, by)
            out.append({"event": event.name, "text": event.text, "groups": words, "chart": chart(found, end),
                        "rows": [_row(one) for one in found]})  # fmt: skip
    return out


def _row(one: Survival) -> dict[str, object]:
    share, low, high = (100.0 * x for x in one.at_end)
    return {
        "group": one.group, "n": one.n, "events": one.events, "share": f"{number(share)} %",
        "ends": f"{number(low)}–{number(high)} %",
    }  # fmt: skip


def chart(found: list[Survival], end: float) -> Markup:
    """Step curves of the share without the event, 0 to 100 %, over `end` days."""
    colours = arm_colours(tuple(one.group for one in found), ())
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts: list[str] = []
    for share in (0.0, 0.5, 1.0):
        y = TOP + (1.0 - share) * tall
        parts += [line(LEFT, y, WIDTH - RIGHT, y), text(LEFT - 6, y + 4, f"{100 * share:g} %", anchor="end")]
    ticks = [(LEFT + wide * day / max(end, 1e-9), number(day)) for day in (0.0, end / 2, end)]
    parts += across(ticks, HEIGHT - 16, WIDTH, size=11)
    parts.append(text(LEFT + wide / 2, HEIGHT - 2, "days", anchor="middle"))
    for one in found:
        days = np.concatenate([[0.0], np.repeat(one.days, 2), [end]])
        share = np.concatenate([[1.0], [1.0], np.repeat(one.share, 2)])
        points = " ".join(
            f"{LEFT + wide * x / max(end, 1e-9):.1f},{TOP + (1.0 - y) * tall:.1f}"
            for x, y in zip(days, share, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colours[one.group]}" stroke-width="1.8"/>')
    for row, one in enumerate(found):
        parts.append(text(LEFT + 8, HEIGHT - BOTTOM - 6 - 13 * row, one.group, colour=colours[one.group]))
    return Markup(svg(WIDTH, HEIGHT, parts, "share of patients without the event"))
