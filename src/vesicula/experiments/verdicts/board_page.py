"""The board as one HTML file that looks like the report: sections by kind, filters by verdict, a picture per row."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vesicula.evidence.claims import TREATED_AS
from vesicula.experiments.verdicts.board import Board, Needed, Row, by_kind, headline, to_csv, to_json
from vesicula.experiments.verdicts.stored import verdict_words
from vesicula.results.durable import replace_file
from vesicula.results.palette import BASELINE, HUES, SOFT_INK
from vesicula.results.report.charts import Scale, line, shorten, svg, text
from vesicula.results.wording import number, span

TONES = {"reproduced": "held", "proxy": "held", "holds": "held", "opposite": "against", "does not hold": "against"} | {
    "not reproduced": "against",
    "fragile": "weak",
}
WIDTH, LEFT, ROW = 220.0, 92.0, 15.0
MOST_ARMS = 9
BY = {
    "wiring": "the signs of the paths alone decide",
    "run": "the run decides: thresholds, loops or opposing paths",
    "nothing": "no path of the model joins what is changed to what is measured",
}


def page(board: Board) -> str:
    """The page of a board."""
    environment = Environment(
        loader=PackageLoader("vesicula.results", "templates"), autoescape=True, undefined=StrictUndefined
    )
    assert environment.loader is not None
    style = environment.loader.get_source(environment, "style.css")[0]
    verdicts = Counter(row.outcome for row in board.rows)
    return environment.get_template("board.html").render(
        model=board.model, version=board.version, date=board.date, quick=board.quick, style=Markup(style),
        headline=headline(board), caution=caution(board), work=worked(board), counts=board.counts(),
        verdicts=verdicts.most_common(),
        kinds=[(kind, TREATED_AS[kind], [_shown(row) for row in rows]) for kind, rows in by_kind(board.rows).items()],
    )  # fmt: skip


def caution(board: Board) -> str:
    """What the headline does not say."""
    c = board.counts()
    return (
        f"{c['fragile']} fragile, {c['opposite']} opposite, {c['not_reproduced']} not reproduced, {c['proxy']} by"
        f" proxy, {c['untestable']} without a verdict, each with its reason."
        " A verdict says what the model's evidence implies, not whether a study is right."
    )


def worked(board: Board) -> str:
    """Runs and core-seconds by tier."""
    tiers = ", ".join(f"tier {tier} {number(spent)} s" for tier, spent in board.work.core_seconds.items())
    return f"{board.work.files} files, {board.work.runs} distinct runs, core-seconds: {tiers or 'none'}"


def _shown(row: Row) -> dict[str, object]:
    """The cells of a row."""
    now = verdict_words(row.outcome, row.provenance)
    return {
        "claim": row.claim, "text": row.text, "outcome": row.outcome, "reason": row.reason,
        "tone": TONES.get(row.outcome, ""), "printed": row.printed, "corrected": row.corrected,
        "as_printed": row.as_printed, "last": row.last,
        "last_differs": bool(row.last) and row.last != now, "explained": row.explained, "changed": row.changed,
        "agree": agreeing(row), "chance": "" if row.chance is None else f"by chance {100 * row.chance:.0f} %",
        "picture": Markup(picture(row)), "measure": row.measure,
        "effect": effect(row), "smallest": smallest(row), "loading": [needed(one) for one in row.loading[:3]],
        "provenance": row.provenance + (f": {', '.join(row.rests_on)}" if row.rests_on else ""),
        "by": BY.get(row.by, ""), "file": row.file, "tier": row.tier or "?", "n": row.n,
        "spent": f"{number(row.core_seconds)} core-seconds",
    }  # fmt: skip


def agreeing(row: Row) -> str:
    """Share of draws that agree with its interval."""
    if row.share is None or row.low is None or row.high is None:
        return ""
    return f"{100 * row.share:.0f} % ({100 * row.low:.0f}–{100 * row.high:.0f})"


def effect(row: Row) -> str:
    """Perturbed minus baseline in the measure's unit."""
    if row.effect is None or not math.isfinite(row.effect.median):
        return ""
    ends = span(row.effect.low, row.effect.high)
    return f"{number(row.effect.median)} ({ends}) {row.unit}".strip()


def smallest(row: Row) -> str:
    """The least change that the assay shows."""
    if row.smallest is None:
        return ""
    name, share, source = row.smallest
    return f"{name} shows {100 * share:.0f} % ({source})"


def needed(one: Needed) -> str:
    """Required loading in words."""
    parts = [
        f"{how}: needed over arrived 10^{gap:.1f}, enough in {100 * enough:.0f} % of draws"
        for how, found in (("as dosed", one.dosed), ("natural", one.natural))
        if found is not None
        for gap, enough in (found,)
    ]
    return f"{one.cargo} in {one.recipient}, {one.readout}: {'; '.join(parts) or 'no vesicle brings it'}"


def picture(row: Row) -> str:
    """Arms as dots with their intervals on one axis; empty where nothing was measured."""
    arms = row.arms[:MOST_ARMS]
    ends = [value for _, *values in arms for value in values if math.isfinite(value)]
    if not ends:
        return ""
    low, high = min(0.0, *ends), max(ends)
    x = Scale(low, high if high > low else low + 1.0, LEFT, WIDTH - 6)
    parts = [line(x(low), 2, x(low), ROW * len(arms) + 2)]
    for i, (name, median, lower, upper) in enumerate(arms):
        y, colour = ROW * (i + 0.5) + 2, BASELINE if i == 0 else HUES[(i - 1) % len(HUES)]
        parts.append(text(LEFT - 5, y + 3.5, shorten(name, 17), anchor="end", size=9.5, colour=SOFT_INK))
        if math.isfinite(median):
            parts.append(line(x(lower), y, x(upper), y, colour, 2))
            parts.append(f'<circle cx="{x(median):.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>')
    parts.append(text(WIDTH - 6, ROW * len(arms) + 13, f"{number(high)} {row.unit}", anchor="end", size=9))
    return svg(WIDTH, ROW * len(arms) + 16, parts, f"{row.claim}: {row.measure}")


def write_board(board: Board, folder: Path) -> tuple[Path, ...]:
    """The board as page, table and data; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"html": page(board), "csv": to_csv(board), "json": to_json(board)}
    paths = []
    for ending, content in texts.items():
        path = folder / f"{board.model}.{ending}"
        replace_file(path, content.encode())
        paths.append(path)
    return tuple(paths)
