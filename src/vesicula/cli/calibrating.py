"""Calibrated draws on the command line: which there are, and how they are made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.columns import emit_rows
from vesicula.cli.progress import PLAIN_EVERY_S, duration
from vesicula.cli.terminal import emit, emit_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from vesicula.compiler.drawing import Ensemble
    from vesicula.experiments.calibration.calibrating import Calibration, Narrowed, Progress

SHOWN = 12


def rows_of(name: str) -> Ensemble | None:
    """Calibrated draws of a library model, told; None where there are none.

    Raises   EnsembleError where they are stale
    """
    from vesicula.compiler.ensembles import ENSEMBLES, fresh
    from vesicula.evidence.folder import library_folder

    table = library_folder() / ENSEMBLES / f"{name}.csv"
    if not table.is_file():
        return None
    rows = fresh(table)
    say(f"values from {rows.words}; --prior draws them from their ranges")
    return rows


def calibrate_model(
    model: str, *, constraints: Path | None, draws: int, seed: int, jobs: int | None, on: str | None, again: bool,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Make calibrated draws and tell what they are. Returns the exit code."""
    from vesicula.experiments.calibration.calibrating import calibrate
    from vesicula.experiments.workers.places import workers_on

    try:
        with workers_on(jobs, on, tell=None if quiet else say) as workers:
            done = calibrate(
                model, constraints=constraints, rows=draws, seed=seed, jobs=workers, again=again,
                watch=None if quiet else watching_rows(),
            )  # fmt: skip
    except KeyboardInterrupt:
        say("stopped; what is finished is kept, and the same command goes on from there")
        raise
    if as_json:
        emit_json(summary(done))
    else:
        _tell(done)
    for one in done.finding():
        say(f"no draw satisfies this beside the other constraints: {one}")
    for name, why in done.unasked.items():
        say(f"not asked: {name}: {why}")
    if done.file is None:
        say(f"only {done.ensemble.rows} draws satisfy all constraints, too few; nothing was written")
    return exits.CALIBRATION if done.sampled.left or done.file is None else exits.OK


def summary(done: Calibration) -> dict[str, object]:
    """A calibration for programs."""
    return {
        "model": done.model, "file": None if done.file is None else str(done.file), "rows": done.ensemble.rows,
        "digest": done.ensemble.digest, "left out": list(done.ensemble.without), "conflicts": list(done.finding()),
        "not asked": dict(done.unasked),
        "share of all draws": done.sampled.prior, "satisfy all when asked again": round(done.sampled.again, 3),
        "most rows with one value": done.sampled.copies, "seconds": round(done.seconds, 1),
    }  # fmt: skip


def watching_rows() -> Callable[[Progress], None]:
    """Lines of progress, one every few seconds."""
    shown = 0.0

    def watch(now: Progress) -> None:
        nonlocal shown
        if time.monotonic() - shown < PLAIN_EVERY_S:
            return
        shown = time.monotonic()
        rows = f": {now.passed} of {now.wanted} rows" if now.wanted else ""
        left = f" · about {duration(now.left_s)} left" if now.left_s == now.left_s else ""
        say(f"{now.what}{rows}{left}")

    return watch


def _tell(done: Calibration) -> None:
    """Acceptance by constraint, the values that narrowed most, and where the table is."""
    rows = [
        (one.name, one.says, f"{100 * done.sampled.prior[one.name]:.0f} %" if one.name in done.sampled.prior else "")
        for text in done.texts
        for one in text.questions
    ]
    emit_rows(rows, heading=("constraint", "what has to be so", "share of all draws"))
    emit("")
    emit_rows(
        (
            (one.name, span(one.prior, one.unit), span(one.calibrated, one.unit), f"{100 * one.share:.0f} %")
            for one in narrowest(done.values)
        ),
        heading=("value", "90 % of all draws", "90 % of calibrated draws", "width"),
    )
    emit(
        f"\n{done.ensemble.rows} calibrated draws in {duration(done.seconds)};"
        f" {100 * done.sampled.again:.0f} % satisfied all constraints when asked again;"
        f" no value stands in more than {done.sampled.copies} of them"
    )
    if done.file is not None:
        emit(str(done.file))


def narrowest(values: tuple[Narrowed, ...]) -> tuple[Narrowed, ...]:
    """The values whose ranges narrowed most."""
    return values[:SHOWN]


def span(three: tuple[float, float, float], unit: str) -> str:
    """`3.1 (1.2..8) pM`."""
    return f"{three[1]:.3g} ({three[0]:.3g}..{three[2]:.3g}) {unit}".strip()
