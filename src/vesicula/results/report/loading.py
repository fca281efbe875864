"""Required loading on the report's page: verdicts, funnel, the plane of dose and copies, what would close the gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from markupsafe import Markup

from vesicula.results.loading import Loading, Plane, Spread, Verdict
from vesicula.results.messages import Funnel, Stage
from vesicula.results.palette import INK, RULE, SOFT_INK
from vesicula.results.report.charts import COPIES, NEEDED, PARTICLES, Scale, funnel, line, svg
from vesicula.results.report.lettering import across, kept_inside, text, width_of
from vesicula.results.statistics import Interval
from vesicula.results.wording import number, span

WIDTH, HEIGHT = 520.0, 330.0
LEVELS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
ENOUGH = "#e6f3ee"
HALO = 'paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round"'
NEVER = 0.005


def loading_section(loadings: Sequence[Loading]) -> list[dict[str, object]]:
    """What the template shows of each answer, the smallest gap first."""
    return [
        {
            "title": f"{one.cargo} of {one.vesicle} in {one.recipient}: {one.readout}, at {number(one.hours)} h",
            "verdicts": [verdict(v, one) for v in (one.dosed, one.natural) if v is not None],
            "funnel": Markup(funnel(_funnel(one))), "plane": Markup(plane(one)),
            "unknowns": [
                {"name": u.name, "stated": u.stated, "evidence": u.evidence, "share": f"{100 * u.share:.0f} %",
                 "ends": f"{100 * u.low:.0f}–{100 * u.high:.0f}"}
                for u in one.unknowns
            ],
            "experiment": _experiment(one), "closing": one.closing, "notes": one.notes,
        }
        for one in loadings
    ]  # fmt: skip


def verdict(shown: Verdict, of: Loading) -> str:
    """`As dosed: 170,000 times too few (1,100–4×10⁷); enough in none of 512 draws.`"""
    share = f"{number(100 * shown.enough)} %" if shown.enough else "none"
    enough = f"enough in {share} of {of.draws} draws"
    never = f"; in {number(100 * shown.never, 2)} % no amount would show by then" if shown.never > NEVER else ""
    name = f"{shown.name[0].upper()}{shown.name[1:]}"
    gap = shown.gap
    if shown.never > 1 - NEVER:
        return f"{name}: no amount would show by then in any of {of.draws} draws; a later reading might."
    if gap.median > 0:
        few = f"{number(10**gap.median, 2)} times too few ({_ends(gap, 1)})"
        return f"{name}: {few}; {enough}{never}."
    return f"{name}: {number(10**-gap.median, 2)} times what is needed ({_ends(gap, -1)}); {enough}{never}."


def _ends(gap: Spread, sign: int) -> str:
    low, high = sorted((10.0 ** (sign * gap.low), 10.0 ** (sign * gap.high)))
    return f"90 % of draws: {span(low, high, 2)}"


def _experiment(of: Loading) -> str | None:
    if of.experiment is None:
        return None
    e = of.experiment
    return f"{e.text}; about {number(e.days)} person-days (assumed), removes {100 * e.removes:.0f} % of the variance"


def _funnel(of: Loading) -> Funnel:
    stages = tuple(
        Stage(
            s.name, s.meaning, "particles" if s.unit == "EV" else s.unit,
            Interval(s.value.median, s.value.low, s.value.high, of.draws),
        )
        for s in of.stages
    )  # fmt: skip
    shown = of.dosed or of.natural
    return Funnel(
        of.vesicle, of.recipient, of.cargo, of.readout, of.arm, stages, math.nan if shown is None else shown.gap.median
    )


def answered(loadings: Sequence[Loading], run: Funnel) -> Funnel:
    """A funnel of a run with the factor that required loading gives to its question, and none where it answers others
    about the same cargo and recipient.
    """
    about = [one for one in loadings if (one.cargo, one.recipient) == (run.species, run.recipient)]
    asked = f"mRNA of {run.target},"
    same = [v for one in about if one.readout.startswith(asked) and (v := one.dosed or one.natural) is not None]
    if not about:
        return run
    return replace(run, answered=same[0].gap.median if len(same) == 1 else math.nan)


# --- the plane -----------------------------------------------------------------------------------------------------


def plane(of: Loading) -> str:
    """Copies per EV over particles per cell: lines of equal gap, and where nature, the study and physics stand."""
    p = of.plane
    x = Scale(p.particles[0], p.particles[-1], 62.0, WIDTH - 24, log=True)
    y = Scale(p.copies[0], p.copies[-1], HEIGHT - 46, 14.0, log=True)
    parts = [*_axes(x, y, of), *_lines(p, x, y), *_marks(of, x, y)]
    return svg(WIDTH, HEIGHT, parts, f"gap of {of.cargo} over dose and copies per vesicle")


def _axes(x: Scale, y: Scale, of: Loading) -> list[str]:
    parts = []
    decades = [10.0**k for k in range(round(math.log10(x.low)), round(math.log10(x.high)) + 1)]
    parts += [line(x(one), y.end, x(one), y.start, RULE, 0.6) for one in decades]
    parts += across([(x(one), number(one)) for one in decades], y.start + 14, WIDTH, size=10)
    for k in range(round(math.log10(y.low)), round(math.log10(y.high)) + 1):
        at = y(10.0**k)
        parts += [line(x.start, at, x.end, at, RULE, 0.6)]
        parts += [text(x.start - 6, at + 3.5, number(10.0**k), size=10, anchor="end", colour=SOFT_INK)]
    middle = (x.start + x.end) / 2
    words = f"particles offered per {of.recipient} cell"
    parts.append(text(middle, y.start + 32, words, anchor="middle"))
    centre = (y.start + y.end) / 2
    words = f"copies of {of.cargo} per EV"
    size = min(11.0, 11.0 * (HEIGHT - 8) / width_of(words, 11))
    centre = max(centre, width_of(words, size) / 2 + 2)
    label = text(0, 0, words, anchor="middle", size=size)
    parts.append(f'<g transform="translate(12 {centre:.1f}) rotate(-90)">{label}</g>')
    return parts


def _contour(p: Plane, level: float) -> list[tuple[float, float]]:
    """Points (particles, copies) where the gap has a level; the gap falls as copies rise."""
    points = []
    for j, particles in enumerate(p.particles):
        column = [(c, gap) for c, row in zip(p.copies, p.gap, strict=True) if (gap := row[j]) is not None]
        for (low, over), (high, under) in pairwise(column):
            if over > level >= under:
                share = (over - level) / (over - under)
                points.append((particles, 10 ** (math.log10(low) + share * (math.log10(high) - math.log10(low)))))
                break
    return points


def _lines(p: Plane, x: Scale, y: Scale) -> list[str]:
    parts = []
    for level in LEVELS:
        points = [(x(a), y(b)) for a, b in _contour(p, level)]
        if len(points) < 2:
            continue
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        if level == 0:
            corner = f"{points[-1][0]:.1f},{y.end:.1f} {points[0][0]:.1f},{y.end:.1f}"
            parts.insert(0, f'<polygon points="{path} {corner}" fill="{ENOUGH}"/>')
        colour, width = (NEEDED, 2.0) if level == 0 else (SOFT_INK, 0.8)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        at = points[len(points) // 2]
        words = "just enough" if level == 0 else f"10{_power(level)}× too few"
        left = kept_inside(at[0] + 4, words, 10, "start", WIDTH)
        parts.append(f"<g {HALO}>{text(left, at[1] - 4, words, size=10, colour=colour)}</g>")
    return parts


def _power(level: int) -> str:
    return str(level).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) if level > 1 else ""


def _marks(of: Loading, x: Scale, y: Scale) -> list[str]:
    p, parts = of.plane, []
    if p.copies[0] < p.ceiling < p.copies[-1]:
        parts.append(line(x.start, y(p.ceiling), x.end, y(p.ceiling), INK, 1.2, 'stroke-dasharray="6 3"'))
        parts.append(text(x.start + 4, y(p.ceiling) - 4, "what fits", size=10))
    elif p.ceiling >= p.copies[-1]:
        parts.append(text(x.start + 4, y.end + 11, f"up to {number(p.ceiling, 2)} fit", size=10))
    for value, words, colour in ((p.natural, "natural", COPIES), (p.dose, "dose", PARTICLES)):
        if value is None or not x.low <= value <= x.high:
            continue
        low, first, middle, third, high = (y(min(max(c, y.low), y.high)) for c in p.measured)
        at, source = x(value), f"{words}: {number(value)} particles per cell, {number(p.measured[2])} copies per EV"
        parts.append(line(at, y.end, at, y.start, colour, 0.8, 'stroke-dasharray="2 3"'))
        dot = line(at, low, at, high, colour, 1.4) + line(at, first, at, third, colour, 4.5)
        dot += f'<circle cx="{at:.1f}" cy="{middle:.1f}" r="4.5" fill="{colour}" stroke="#fff"/>'
        parts.append(f'<g data-source="{source}; bars: 50 and 90 % of draws of the copies" tabindex="0">{dot}</g>')
        left = kept_inside(at + 7, words, 10.5, "start", WIDTH, 600)
        parts.append(text(left, y.start - 6, words, size=10.5, colour=colour, weight=600))
    return parts
