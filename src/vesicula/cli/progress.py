"""How far a run is: one living line on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vesicula.cli.terminal import say

if TYPE_CHECKING:
    from vesicula.simulation import Progress, Watcher

PLAIN_EVERY_S = 5.0
DAY_MIN, HOUR_MIN = 1440.0, 60.0


def duration(seconds: float) -> str:
    """Seconds in words: `8 s`, `3 min 20 s`, `2 h 05 min`."""
    if not seconds < float("inf"):
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def simulated(minutes: float, total: float) -> str:
    """Simulated time in the unit that suits the whole run."""
    if total >= 2 * DAY_MIN:
        return f"{minutes / DAY_MIN:.1f} of {total / DAY_MIN:g} days"
    if total >= 2 * HOUR_MIN:
        return f"{minutes / HOUR_MIN:.1f} of {total / HOUR_MIN:g} h"
    return f"{minutes:.0f} of {total:g} min"


def count(number: int) -> str:
    """A number of things, short: 812, 14,300, 2.1e+07."""
    return f"{number:,}" if number < 1_000_000 else f"{number:.2g}"


def line(progress: Progress) -> str:
    """The progress of a run in words: simulated time, cells, vesicles, speed, time left."""
    if progress.parts is not None:
        done, whole = progress.parts
        return f"{done} of {whole} parts · {duration(progress.left_s)} left"
    if not progress.step:
        return f"{count(progress.cells)} cells · in the first step for {duration(progress.wall_s)}"
    total = progress.simulated_min / progress.step * progress.steps
    speed = progress.steps_here * (total / progress.steps) / DAY_MIN / progress.wall_s if progress.wall_s else 0.0
    return (
        f"{simulated(progress.simulated_min, total)} · {count(progress.cells)} cells · "
        f"{count(progress.vesicles)} vesicles · {speed:.2g} days/s · {duration(progress.left_s)} left"
    )


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watcher | None]:
    """What `simulate` calls during a run."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _living_line() as watcher:
            yield watcher
    else:
        yield _plain_lines()


def _plain_lines() -> Watcher:
    shown = time.monotonic()

    def watch(progress: Progress) -> None:
        nonlocal shown
        for sentence in progress.news:
            say(f"warning: {sentence}")
        now = time.monotonic()
        if now - shown >= PLAIN_EVERY_S or progress.step == progress.steps:
            shown = now
            say(line(progress))

    return watch


@contextmanager
def _living_line() -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    words = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    columns = (BarColumn(bar_width=10), words)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def watch(progress: Progress) -> None:
            for sentence in progress.news:
                bar.console.print(f"warning: {sentence}", markup=False, highlight=False)
            bar.update(task, completed=progress.step / progress.steps, description=line(progress))

        yield watch
