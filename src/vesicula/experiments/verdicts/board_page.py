"""The board as one HTML file that looks like the report: sections by kind, filters by verdict, a picture per row."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vesicula.evidence.claims import TREATED_AS
from vesicula.experiments.verdicts.board import (
    TO_DIAGNOSE,
    VERDICTS,
    Board,
    Decider,
    Needed,
    Row,
    by_kind,
    headline,
    to_csv,
    to_json,
)
from vesicula.experiments.verdicts.stored import stored_of, verdict_words
from vesicula.results.durable import replace_file
from vesicula.results.palette import BASELINE, HUES, SOFT_INK
from vesicula.results.report.charts import Scale, line, shorten, svg, text
from vesicula.results.wording import number, span

TONES = {
    "holds": "held", "holds if": "held", "in the model": "held", "opposite": "against", "absent": "against",
    "not in the model": "against", "too weak": "weak", "sign unsure": "weak", "undecided": "weak",
}  # fmt: skip
WIDTH, LEFT, ROW = 220.0, 92.0, 15.0
MOST_ARMS = 9
MEANINGS = {
    "holds": "seen with the expected sign in at least 80 % of the draws",
    "holds if": (
        "the sign is right in at least 95 % of the draws that show an effect, and under a condition on at most two"
        " values at least 80 % show it, in draws in which the condition was not sought"
    ),
    "too weak": "the sign is right, seen in under a fifth of the draws, under no condition",
    "undecided": "seen in more draws than that and in fewer than 80 %, and no condition was found or sought",
    "sign unsure": "both signs in more than a fifth of the draws that show an effect",
    "opposite": "seen with the other sign in at least 80 %",
    "absent": "no path of the model leads there, or no draw shows anything",
    "no verdict": "its positive control failed, or its run was given up",
    "untestable": "no experiment of it is written, or none can be",
}
"""What each outcome means, for claims that an experiment tests."""
BY = {
    "wiring": "the signs of the paths alone decide",
    "run": "the run decides: thresholds, loops or opposing paths",
    "nothing": "no path of the model joins what is changed to what is measured",
}


def page(board: Board, other: Board | None = None) -> str:
    """The page of a board. other : the stored board of the other kind of draws, shown beside it"""
    environment = Environment(
        loader=PackageLoader("vesicula.results", "templates"), autoescape=True, undefined=StrictUndefined
    )
    assert environment.loader is not None
    style = environment.loader.get_source(environment, "style.css")[0]
    verdicts = Counter(row.outcome for row in board.rows)
    beside = {} if other is None else {row.claim: row for row in other.rows}
    return environment.get_template("board.html").render(
        model=board.model, version=board.version, date=board.date, quick=board.quick, style=Markup(style),
        headline=headline(board), caution=caution(board), work=worked(board), counts=board.counts(),
        verdicts=verdicts.most_common(), meanings=MEANINGS, other="" if other is None else headline(other),
        kinds=[
            (kind, TREATED_AS[kind], [_shown(row, beside.get(row.claim), other) for row in rows])
            for kind, rows in by_kind(board.rows).items()
        ],
    )  # fmt: skip


def caution(board: Board) -> str:
    """What the headline does not say."""
    c = board.counts()
    parts = [f"{c[name.replace(' ', '_')]} {name}" for name in (*VERDICTS[2:], "no verdict", "untestable")]
    clinical = f" {c['clinical']} of those that hold are clinical, where a stand-in agrees." if c["clinical"] else ""
    revised = f" {c['revised']} were revised after their first verdict." if c["revised"] else ""
    return (
        f"Of the other test claims {', '.join(parts)}, each with its reason.{clinical}{revised}"
        " A verdict says what the model's evidence implies, not whether a study is right."
    )


def worked(board: Board) -> str:
    """Runs and core-seconds by tier."""
    tiers = ", ".join(f"tier {tier} {number(spent)} s" for tier, spent in board.work.core_seconds.items())
    return f"{board.work.files} files, {board.work.runs} distinct runs, core-seconds: {tiers or 'none'}"


def _shown(row: Row, beside: Row | None, other: Board | None) -> dict[str, object]:
    """The cells of a row. beside : the same claim on a board of the other kind of draws"""
    now = verdict_words(row.outcome, row.provenance)
    return {
        "claim": row.claim, "text": row.text, "outcome": row.outcome, "reason": row.reason,
        "tone": TONES.get(row.outcome, ""), "printed": row.printed, "corrected": row.corrected,
        "as_printed": row.as_printed, "last": row.last,
        "last_differs": bool(row.last) and row.last != now, "explained": row.explained, "changed": row.changed,
        "role": row.role, "first": first_words(row), "revised": row.revised, "controls": controls_words(row),
        "dropped": [f"{check}: drops {n} draws" for check, n in row.dropped], "diagnosis": diagnosis_words(row),
        "deciding": [decider(one) for one in row.deciding], "condition": condition_words(row),
        "stated": at_stated(row), "noise": noise(row),
        "beside": "" if beside is None or other is None or not beside.tested else (
            f"{'calibrated' if other.ensemble else 'all ranges'}: {beside.outcome} ({agreeing(beside)})"
        ),
        "agree": agreeing(row), "chance": "" if row.chance is None else f"by chance {100 * row.chance:.0f} %",
        "picture": Markup(picture(row)), "measure": row.measure,
        "effect": effect(row), "smallest": smallest(row), "loading": [needed(one) for one in row.loading[:3]],
        "provenance": row.provenance + (f": {', '.join(row.rests_on)}" if row.rests_on else ""),
        "by": BY.get(row.by, ""), "file": row.file, "tier": row.tier or "?", "n": row.n,
        "spent": f"{number(row.core_seconds)} core-seconds",
    }  # fmt: skip


def agreeing(row: Row) -> str:
    """Share of draws with an effect that can be seen; of these, with the expected sign, and its interval."""
    if row.visible is None:
        return ""
    seen = f"seen in {100 * row.visible:.0f} %"
    if row.right is None or row.low is None or row.high is None:
        return seen
    return f"{seen}, sign right in {100 * row.right:.0f} % ({100 * row.low:.0f}–{100 * row.high:.0f})"


def at_stated(row: Row) -> str:
    """What seeds at stated values show."""
    if row.stated is None:
        return ""
    right, _, seeds = row.stated
    return f"at stated values {right} of {seeds} seeds"


def noise(row: Row) -> str:
    """What another seed alone changes."""
    return "" if row.noise is None else f"another seed: {100 * row.noise:.2g} %"


def condition_words(row: Row) -> str:
    """The condition under which a claim holds, and how it was confirmed."""
    if row.confirmed is None:
        return ""
    share, low, high, n, met = row.confirmed
    seen = f"{100 * share:.0f} % ({100 * low:.0f}–{100 * high:.0f}) of {n} draws that it was not sought in"
    return f"if {row.condition}: {seen}; {100 * met:.0f} % of all draws meet it"


def why(row: Row) -> str:
    """The condition under which a claim holds, or why it does not."""
    return condition_words(row) or row.reason


def decider(one: Decider) -> str:
    """A value that decides, and what would settle it."""
    way = f"; to settle: {one.measurement} ({one.days:g} days)" if one.measurement and one.days is not None else ""
    return f"{'more' if one.more else 'less'} {one.words} shows it ({100 * one.auc:.0f} %){way}"


def first_words(row: Row) -> str:
    """The first verdict on calibrated draws, where it is not the one of now."""
    return "" if row.first is None or row.first[0] == row.outcome else f"at first {row.first[0]} ({row.first[1]})"


def controls_words(row: Row) -> str:
    """Positive controls with the share of draws in which they held."""
    return "; ".join(f"control {words}: {100 * share:.0f} %" for words, share in row.controls)


def diagnosis_words(row: Row) -> str:
    """What somebody found behind the verdict, and whether it still speaks of it."""
    if row.diagnosis is None:
        return "not diagnosed" if row.outcome in TO_DIAGNOSE else ""
    cause, text, version, stale = row.diagnosis
    return f"{cause} ({version}): {text}" + (f" Stale: {stale}." if stale else "")


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
    kept = stored_of(board.model, calibrated=not board.ensemble)
    texts = {"html": page(board, None if kept is None else kept.board), "csv": to_csv(board), "json": to_json(board)}
    paths = []
    for ending, content in texts.items():
        path = folder / f"{board.model}.{ending}"
        replace_file(path, content.encode())
        paths.append(path)
    return tuple(paths)
