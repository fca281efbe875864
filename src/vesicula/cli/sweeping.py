"""`vesicula sweep` and `vesicula sensitivity`: the answer as a short table, a picture and a tidy table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from vesicula.cli import exits
from vesicula.cli.calibrating import watching_rows
from vesicula.cli.columns import emit_rows
from vesicula.cli.progress import duration
from vesicula.cli.running import changes_of, reported
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    from vesicula.experiments import Sensitivity, Sweep

KINDS = (".svg", ".png")
T = TypeVar("T")


@dataclass(frozen=True)
class Places:
    """Where an answer goes. out : the Parquet file; plot : the picture; run : a run whose report shows it"""

    out: Path | None
    plot: Path | None
    run: Path | None = None

    def checked(self) -> Places:
        """The same, refused before anything is computed where it cannot be."""
        if self.plot is not None and self.plot.suffix.lower() not in KINDS:
            raise typer.BadParameter(f"--plot takes a file that ends in .svg or .png, not {self.plot}")
        if self.out is not None and self.out.suffix.lower() != ".parquet":
            raise typer.BadParameter(f"--out takes a file that ends in .parquet, not {self.out}")
        if self.run is not None:
            from vesicula.results import RunFolder

            RunFolder.open(self.run)
        return self


@dataclass(frozen=True)
class Asked:
    """What both commands take. over, changes, arms, measures : as said, in any order"""

    model: str
    over: Sequence[str]
    changes: Sequence[str]
    arms: Sequence[str]
    measures: Sequence[str]
    draws: int | None
    prior: bool
    ensemble: str | None
    seed: int
    jobs: int | None
    on: str | None
    places: Places
    as_json: bool
    quiet: bool

    def answered(self, ask: Callable[..., T], **own: object) -> tuple[T, dict[str, object]]:
        """An answer, and all that decides it. ask : the function of the package; own : its own options"""
        from vesicula.experiments.workers.places import workers_on

        self.places.checked()
        shared = {"draws": self.draws, "prior": self.prior, "ensemble": self.ensemble, "seed": self.seed}
        said = {"over": self.over, "changes": self.changes, "arms": self.arms, "measures": self.measures}
        try:
            with workers_on(self.jobs, self.on, tell=None if self.quiet else say) as workers:
                done = ask(
                    self.model, self.over, **own, **shared, changes=changes_of(self.changes), arms=self.arms,
                    measures=self.measures, jobs=workers, watch=None if self.quiet else watching_rows(),
                )  # fmt: skip
        except KeyboardInterrupt:
            say("stopped; what is finished is kept, and the same command goes on from there")
            raise
        return done, {**own, **shared, **{name: sorted(words) for name, words in said.items()}}


def sweep_model(asked: Asked, *, design: str, points: int | None) -> int:
    """Map measures over values and show them. Returns the exit code."""
    from vesicula.experiments import sweep
    from vesicula.experiments.sweeps.telling import sweep_notes, sweep_rows

    done, decided = asked.answered(sweep, design=design, points=points)
    _show(done, decided, asked, sweep_rows(done), sweep_notes(done))
    return exits.OK


def sensitivity_model(asked: Asked, *, method: str | None, scale: str | None) -> int:
    """Find which values decide and show it. Returns the exit code."""
    from vesicula.experiments import sensitivity
    from vesicula.experiments.sweeps.telling import sensitivity_notes, sensitivity_rows

    done, decided = asked.answered(sensitivity, method=method, scale=scale)
    if not done.outcomes:
        message = "no measure varies, or too few of its readings differ"
        raise VesiculaError(message, "look at the model with `vesicula check`, or draw wider ranges")
    _show(done, decided, asked, sensitivity_rows(done), sensitivity_notes(done))
    return exits.OK


def _show(
    done: Sweep | Sensitivity, decided: dict[str, object], asked: Asked,
    rows: tuple[tuple[str, ...], list[tuple[str, ...]]], notes: Sequence[str],
) -> None:  # fmt: skip
    """Write table and picture, put it into the run's report, and tell."""
    from vesicula.experiments import Sweep
    from vesicula.experiments.sweeps.pictures import sensitivity_picture, sweep_picture
    from vesicula.experiments.sweeps.telling import keep, write_table

    kind = "sweep" if isinstance(done, Sweep) else "sensitivity"
    places = asked.places
    home = Path(f"{Path(asked.model).stem}-{kind}.parquet") if places.run is None else None
    told: dict[str, object] = {"model": done.model, "asked": decided}
    table = places.out or home
    if places.run is not None:
        from vesicula.results import Result

        kept = keep(places.run, done, decided)
        page, _ = reported(Result(places.run))
        told |= {} if page is None else {"report": str(page)}
        table = places.out or kept
    assert table is not None
    if table == places.out or places.run is None:
        write_table(table, done.table())
    plot = places.plot or table.with_suffix(".svg")
    form = plot.suffix.lower().removeprefix(".")
    content = sweep_picture(done, form) if isinstance(done, Sweep) else sensitivity_picture(done, form)
    try:
        plot.write_bytes(content)
    except OSError as error:
        raise VesiculaError(f"{plot} cannot be written: {error.strerror}", "give another --plot") from None
    told |= {"table": str(table), "picture": str(plot), "notes": list(notes)}
    if asked.as_json:
        head, cells = rows
        emit_json({**told, "rows": [dict(zip(head, row, strict=True)) for row in cells], "seconds": done.wall_s})
        return
    emit_rows([rows[0], *rows[1]])
    emit("")
    for words in notes:
        emit(words)
    emit(f"in {duration(done.wall_s)}")
    for name in ("picture", "table", "report"):
        if name in told:
            emit(str(told[name]))
