"""`vesicula fit`: values of a model from a laboratory's own data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from vesicula.cli import exits
from vesicula.cli.calibrating import SHOWN, span, watching_rows
from vesicula.cli.columns import emit_rows
from vesicula.cli.progress import duration
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    from vesicula.experiments.calibration.data import Errors
    from vesicula.experiments.calibration.fitting import Fit

KINDS = (".svg", ".png")
FAR_OFF = 3.0  # standard errors


def fit_model(
    model: str, data: Path | None, *, values: Sequence[str], errors: str | None, draws: int, seed: int,
    jobs: int | None, on: str | None, out: Path | None, plot: Path | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Fit values to data and tell what they told. Returns the exit code."""
    from vesicula.experiments.calibration.fitting import fit
    from vesicula.experiments.calibration.picture import picture
    from vesicula.experiments.workers.places import workers_on

    if errors not in (None, "log", "normal"):
        raise typer.BadParameter(f"--errors takes log or normal, not {errors}")
    picture_file = plot or Path(f"{Path(model).stem}-fit.svg")
    if picture_file.suffix.lower() not in KINDS:
        raise typer.BadParameter(f"--plot takes a file that ends in .svg or .png, not {picture_file}")
    try:
        with workers_on(jobs, on, tell=None if quiet else say) as workers:
            done = fit(
                model, data or _own(model), values=values, errors=cast("Errors | None", errors), rows=draws, seed=seed,
                jobs=workers, out=out, watch=None if quiet else watching_rows(),
            )  # fmt: skip
    except KeyboardInterrupt:
        say("stopped; what is finished is kept, and the same command goes on from there")
        raise
    try:
        picture_file.write_bytes(picture(done, picture_file.suffix.lower().removeprefix(".")))
    except OSError as error:
        raise VesiculaError(f"{picture_file} cannot be written: {error.strerror}", "give another --plot") from None
    if as_json:
        emit_json(summary(done) | {"plot": str(picture_file)})
    else:
        _tell(done)
        emit(f"{picture_file}\n{done.file}")
    if not done.sure:
        say(f"only {done.counting:.0f} of {done.ensemble.rows} draws count: do not trust these intervals; see --values")
    return exits.OK if done.sure else exits.CALIBRATION


def _own(model: str) -> Path:
    """The data that the model itself names."""
    from vesicula.language import prepare

    ready = prepare(model)
    if ready.data is None or ready.folder is None:
        raise typer.BadParameter("give a table: vesicula fit MODEL DATA.csv, or `data: ./table.csv` in the model")
    return Path(ready.folder) / ready.data


def summary(done: Fit) -> dict[str, object]:
    """A fit for programs."""
    return {
        "model": done.model, "file": str(done.file), "rows": done.ensemble.rows, "rows that count": done.counting,
        "values": {
            one.name: {"unit": one.unit, "before": one.prior, "after": one.calibrated, "width": one.share}
            for one in done.values
        },
        "known together only": [list(pair) for pair in done.tied],
        "standard errors off": dict(zip((one.name for one in done.table.data), done.off(), strict=True)),
        "seconds": round(done.seconds, 1),
    }  # fmt: skip


def _tell(done: Fit) -> None:
    """Values before and after, what is known together only, and data that the model does not meet."""
    told = [one for one in done.values if one not in done.untold][:SHOWN]
    emit_rows(
        ((one.name, span(one.prior, one.unit), span(one.calibrated, one.unit), f"{100 * one.share:.0f} %")
         for one in told),
        heading=("value", "90 % before", "90 % after", "width left"),
    )  # fmt: skip
    if not told:
        emit("the data tell nothing of any value")
    if done.untold:
        emit(f"told nearly nothing of: {', '.join(one.name for one in done.untold[:SHOWN])}")
    for first, second, r in done.tied[:SHOWN]:
        emit(f"known together only: {first} and {second} (r = {r:g}); the data tell one by the other")
    far = [(one, off) for one, off in zip(done.table.data, done.off(), strict=True) if abs(off) > FAR_OFF]
    for one, off in far:
        emit(f"not met: {one.name} is {one.value:g}, {abs(off):.1f} standard errors {'above' if off > 0 else 'below'}")
    emit(
        f"{done.ensemble.rows} draws fitted to {len(done.table.data)} numbers in {duration(done.seconds)};"
        f" {done.counting:.0f} count; errors are normal{' in the logarithm' if done.table.errors == 'log' else ''}"
    )
