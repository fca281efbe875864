"""Sweeps and shares of variance in words and short tables, and what a run's folder keeps of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import RunFolderError
from vesicula.experiments.sweeps.pictures import sensitivity_picture, shown_outcomes, sweep_picture
from vesicula.experiments.sweeps.sensitivity import Sensitivity
from vesicula.experiments.sweeps.sweeping import Sweep
from vesicula.results.durable import TEMPORARY, cannot_write
from vesicula.results.mapped import Mapped, place_of, write_mapped
from vesicula.results.statistics import ENOUGH_FOR_PERCENTILES, Interval
from vesicula.results.wording import counted, listed, number, span

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ARMS, SHOWN_POINTS, SHOWN_VALUES, SHOWN_NAMES = 4, 12, 8, 4
LEAST_SHOWN = 0.01  # share of a value that is listed though it may be chance
Rows = list[tuple[str, ...]]


def sweep_rows(done: Sweep) -> tuple[tuple[str, ...], Rows]:
    """The first measure by point and arm, medians with their intervals; of a grid of two, the arm of the question."""
    measure = done.measures[0]
    if len(done.over) == 2 and done.design == "grid":
        arm = done.arms[min(1, len(done.arms) - 1)]
        first, second = (np.unique(done.points[:, k]) for k in (0, 1))
        shown = np.array([one.median for one in done.intervals(measure, arm)]).reshape(len(first), len(second))
        head = (f"{done.over[0].name} down, {done.over[1].name} across", *(number(x) for x in second))
        return head, [
            (number(x), *(number(value) for value in row)) for x, row in zip(first, shown.tolist(), strict=True)
        ]
    arms = done.arms[:SHOWN_ARMS]
    by_arm = [done.intervals(measure, arm) for arm in arms]
    order = np.lexsort(done.points.T[::-1])
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(SHOWN_POINTS, len(order))).round().astype(int))]
    head = (*(one.name for one in done.over), *(arm or measure for arm in arms))
    return head, [
        (*(number(x) for x in done.points[k]), *(_interval(one[k]) for one in by_arm)) for k in chosen.tolist()
    ]


def sensitivity_rows(done: Sensitivity) -> tuple[tuple[str, ...], Rows]:
    """Outcomes of the first measure, each with the values that take most, the largest first."""
    totals = done.method == "sobol"
    head = ("what", "value", "alone (95 %)", *(("with all it acts with (95 %)",) if totals else ()))
    rows: Rows = []
    for one in shown_outcomes(done):
        first = {share.value: share for share in one.order("first")}
        ranked = one.order("total") or one.order("first")
        for leading in [share for share in ranked if share.beyond or share.share >= LEAST_SHOWN][:SHOWN_VALUES]:
            alone = first[leading.value]
            cells = [_share(alone.share, alone.low, alone.high, beyond=alone.beyond)]
            if totals:
                cells.append(_share(leading.share, leading.low, leading.high, beyond=leading.beyond))
            rows.append((one.name, leading.value, *cells))
    return head, rows


def _interval(one: Interval) -> str:
    middle = number(one.median)
    return middle if one.n < 2 else f"{middle} ({span(one.low, one.high)})"


def _share(share: float, low: float, high: float, *, beyond: bool) -> str:
    return f"{share:.2f} ({low:.2f}..{high:.2f}){'' if beyond else ' ?'}"


def sweep_notes(done: Sweep) -> list[str]:
    """What was read, and what has to be said of it."""
    n, of = done.repeats, "draws of all other values" if done.drawn else "seeds"
    ends = "central 90 %" if n >= ENOUGH_FOR_PERCENTILES else "lowest to highest"
    rows = f"{counted(len(done.points), 'point')} x {counted(n, 'repeat')}"
    out = [f"{rows}, {done.design}: median and {ends} of {n} {of}, the same at every point" if n > 1 else rows]
    if done.values_from:
        swept = listed([one.path for one in done.over])
        out.append(
            f"other values from {done.values_from}: each satisfied what is known at its own {swept}, and may not at"
            " the values of the sweep"
        )
    if done.shaping:
        out.append(f"each value of {listed(done.shaping)} is a program of its own, compiled for it")
    if done.still:
        out.append(f"the same at every point: {_some(done.still)}")
    return out + _lost(done.lost, done.why)


def sensitivity_notes(done: Sensitivity) -> list[str]:
    """What shares and intervals mean, and what has to be said of them."""
    out = [*done.meaning]
    out += [f"values from {done.values_from}"] if done.values_from else []
    if done.idle:
        out.append(f"{counted(done.idle, 'uncertain value')} more change nothing that a run reads")
    if done.still:
        out.append(f"does not vary, or was seldom read: {_some(done.still)}")
    return out + _lost(done.lost, done.why)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return f"{', '.join(names[:SHOWN_NAMES])}{more}"


def _lost(lost: int, why: str) -> list[str]:
    if not lost:
        return []
    return [f"{counted(lost, 'row')} show nothing and are left out" + (f"; the first: {why}" if why else "")]


def mapped(done: Sweep | Sensitivity, asked: dict[str, object]) -> Mapped:
    """What a report shows of an answer. asked : the question, as it was put"""
    said = json.dumps(asked, sort_keys=True, default=str)
    if isinstance(done, Sweep):
        head, rows = sweep_rows(done)
        measure, over = done.measures[0], listed([one.name for one in done.over])
        kind, title, notes = "sweep", f"{measure} over {over}", sweep_notes(done)
        picture = sweep_picture(done)
    else:
        head, rows = sensitivity_rows(done)
        kind, title = "sensitivity", f"What decides, of {counted(len(done.values), 'value')}"
        notes, picture = sensitivity_notes(done), sensitivity_picture(done)
    return Mapped(
        kind=kind, asked=said, title=title, picture=picture.decode(), heading=head, rows=tuple(rows),
        notes=tuple(notes),
    )  # fmt: skip


def write_table(path: Path, table: pd.DataFrame) -> Path:
    """Write a tidy table as Parquet, whole or not at all. Raises RunFolderError, ResourceError"""
    unfinished = path.with_name(path.name + TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(unfinished, index=False)
        unfinished.replace(path)
    except OSError as error:
        raise cannot_write(path, error, "name another file with --out") from error
    return path


def keep(folder: Path, done: Sweep | Sensitivity, asked: dict[str, object]) -> Path:
    """Put an answer into the folder of a run of the same model, where its report shows it; returns the Parquet file.

    Raises   RunFolderError where there is no run, or one of another model
    """
    from vesicula.results import RunFolder

    run = RunFolder.open(folder)
    if run.description.model != done.model:
        message = f"{folder} holds a run of {run.description.model}, not of {done.model}"
        raise RunFolderError(message, f"run {done.model} first, or leave --run out")
    one = mapped(done, asked)
    place = place_of(folder, one)
    table = write_table(place.with_suffix(".parquet"), done.table())
    write_mapped(place, one)
    return table
