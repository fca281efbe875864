"""`vesicula run`, `resume` and `report`."""

from __future__ import annotations

import math
import shlex
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from vesicula.cli import exits
from vesicula.cli.checking import show
from vesicula.cli.progress import duration, watching
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import ModelError, VesiculaError

if TYPE_CHECKING:
    import pandas as pd

    from vesicula.compiler import Compiled
    from vesicula.experiments.workers.spread import Workers
    from vesicula.results import Result
    from vesicula.simulation import Watcher

LEFT_OUT = "the run is complete; its required loading was left out\n  {problem}"


def run_model(
    model: str,
    *,
    changes: Sequence[str],
    seed: int,
    draws: int | None,
    controls: bool,
    prior: bool,
    ensemble: str | None,
    threads: int | None,
    on: str | None,
    out: Path | None,
    replace: bool,
    as_json: bool,
    quiet: bool,
    report: bool,
) -> int:
    """Check, run, report. Returns the exit code."""
    from vesicula.experiments.loading.required import keep_loading, keep_loading_later
    from vesicula.language import examine
    from vesicula.simulation import Interrupted, simulate

    asked = changes_of(changes)
    drawn_from = {"prior": prior, "ensemble": ensemble}
    examined = examine(model, changes=asked)
    found = examined.diagnostics
    if any(one.severity == "error" for one in found):
        raise ModelError(found)
    if found and not quiet:
        show(found, "line")
        say(f"what they are about: vesicula check {shlex.quote(model)}")
    _announce_compilation(quiet=quiet)

    def work(watch: Watcher | None) -> Result:
        try:
            with _workers(on, threads, quiet=quiet) as workers:
                result = simulate(
                    examined if controls else model, out=out, seed=seed, changes=asked, draws=draws, controls=controls,
                    prior=prior, ensemble=ensemble, threads=threads, workers=workers, replace=replace, watch=watch,
                    foretell=None if quiet else _foretell,
                )  # fmt: skip
        except Interrupted as stopped:
            keep_loading_later(stopped.folder, model, changes=asked, seed=seed, **drawn_from)
            raise
        if problem := keep_loading(result.folder.path, examined, changes=asked, seed=seed, **drawn_from):
            say(LEFT_OUT.format(problem=problem))
        return result

    return _finish(work, as_json=as_json, quiet=quiet, report=report)


@contextmanager
def _workers(on: str | None, threads: int | None, *, quiet: bool) -> Iterator[Workers | None]:
    """Whoever does the parts of a run; None: this process does the whole. Raises PlaceError"""
    from vesicula.experiments.workers.places import PlaceError, workers_on

    if on is None:
        yield None
        return
    if threads is not None:
        raise PlaceError("`--threads` counts cores of this process, and `--on` names another place", "leave one out")
    with workers_on(on=on, tell=None if quiet else say) as workers:
        yield workers


def _foretell(compiled: Compiled) -> None:
    """Say what the run will be: how long it will take, what stands for what, which draws outgrow their sites."""
    from vesicula.compiler.outgrown import outgrown
    from vesicula.results.forecast import forecast

    for sentence in forecast(compiled).sentences():
        say(sentence)
    if compiled.ensemble is not None:
        say(f"values from {compiled.ensemble.words}; --prior draws them from their ranges")
    for one in outgrown(compiled.model, compiled.system, compiled.variants, compiled.span):
        say(f"warning: {one.message}")


def resume_run(
    folder: Path, *, threads: int | None, on: str | None, as_json: bool, quiet: bool, report: bool
) -> int:  # fmt: skip
    """Go on with a run, then report. Returns the exit code."""
    from vesicula.experiments.loading.required import keep_asked_loading
    from vesicula.simulation import resume

    _announce_compilation(quiet=quiet)

    def work(watch: Watcher | None) -> Result:
        with _workers(on, threads, quiet=quiet) as workers:
            result = resume(folder, threads=threads, workers=workers, watch=watch)
        if problem := keep_asked_loading(result.folder.path):
            say(LEFT_OUT.format(problem=problem))
        return result

    return _finish(work, as_json=as_json, quiet=quiet, report=report)


def write_report(folder: Path, *, figure: Path | None, measure: str | None, methods: bool, as_json: bool) -> int:
    """Write the report of a run folder, or a figure, or show its methods text. Returns the exit code."""
    from vesicula.results import Result

    if figure is not None and figure.suffix.lower() != ".svg":
        raise typer.BadParameter(f"--figure takes a file that ends in .svg, not {figure}")
    result = Result(folder)
    told: dict[str, object] = {"folder": str(result.folder.path), "status": result.folder.status}
    if figure is not None:
        told["figure"] = str(result.figure(figure, measure))
    if methods:
        told["methods"] = result.methods
    if figure is None and not methods:
        told["report"] = str(result.report())
    if as_json:
        emit_json(told)
    else:
        for what in ("figure", "methods", "report"):
            if what in told:
                emit(str(told[what]))
    return exits.OK


def changes_of(texts: Sequence[str]) -> dict[str, str]:
    """Values by path, of what `--set` was given."""
    return dict(_change(text) for text in texts)


def _change(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise typer.BadParameter(f"--set takes PATH=VALUE, for example --set 'cells.tumour.divides=24 h'; not {text!r}")
    return path.strip(), value.strip()


def _announce_compilation(*, quiet: bool) -> None:
    """Say, where it is so, that parts of the engine are compiled: once for a machine, and then which."""
    from vesicula.engine import ahead, cache

    told: list[str] = []

    def count(done: int, whole: int) -> None:
        if not done or done == whole or done % 4 == 0:
            say(f"compiling {whole} parts of the engine (once for this machine), {done} done")

    def tell(name: str) -> None:
        if not told:
            say("compiling what this model needs of the engine (once for this machine, a minute or two)")
        elif len(told) % 8 == 0:
            say(f"  {len(told)} parts compiled, now {name.replace('_', ' ').replace('.', ': ')}")
        told.append(name)

    if not quiet:
        cache.on_compiling[:] = [tell]
        ahead.on_progress[:] = [count]


def _finish(work: Callable[[Watcher | None], Result], *, as_json: bool, quiet: bool, report: bool) -> int:
    """Do the work with progress; then report, or say how to go on after Ctrl-C."""
    from vesicula.simulation import Interrupted

    try:
        with watching(quiet=quiet) as watch:
            result = work(watch)
    except Interrupted as stopped:
        say(f"stopped; everything up to here is kept\n  vesicula resume {stopped.folder}")
        return exits.INTERRUPTED
    written, code = reported(result) if report else (None, exits.OK)
    if as_json:
        emit_json(summary(result, written))
    else:
        if not quiet:
            say(f"{result.description.question or result.description.model}\n  {result.answer}")
            if added := result.description.controls:
                say(f"control arms added unasked: {', '.join(added)} (`--no-controls` leaves them out)")
            say(f"ran in {duration(result.folder.wall_s)}; {result.folder.path}")
        emit(str(written or result.folder.path))
    return code


def reported(result: Result) -> tuple[Path | None, int]:
    """Write the report, saying which parts it lacks; None, and an exit code, where there is none."""
    path = result.folder.path
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", UserWarning)
            written = result.report()
    except KeyboardInterrupt:
        say(f"the run is complete, its report is not\n  vesicula report {path}")
        return None, exits.INTERRUPTED
    except VesiculaError as error:
        say(f"the run is complete, its report is not: {error}")
        return None, error.exit_code
    except Exception as error:
        say(f"the run is complete, its report is not: {type(error).__name__}: {error}\n  vesicula report {path}")
        return None, exits.OTHER
    for one in told:
        say(str(one.message))
    return written, exits.OK


def summary(result: Result, report: Path | None) -> dict[str, object]:
    """What a run was, in a few numbers, over all its arms, replicates and sites.

    ledger_imbalance : particles missing or too much in the worst vesicle ledger (exact arithmetic: 0)
    relative_imbalance : the worst gap of a substance or cargo ledger, relative to its gains
    """
    from vesicula.engine.sharing import threads_used

    ledger = result.ledger
    at_end = (ledger["time_min"] == ledger["time_min"].iloc[-1]) & (ledger["moment"] == ledger["moment"].iloc[-1])
    last = cast("pd.DataFrame", ledger[at_end])
    return {
        "folder": str(result.folder.path),
        "report": None if report is None else str(report),
        "wall_seconds": round(result.folder.wall_s, 3),
        "simulated_minutes": float(last["time_min"].max()),
        "cells": _total(last, "cells", "present now"),
        "particles_released": _total(last, "vesicles", "released"),
        "ledger_imbalance": _worst(ledger, "vesicles"),
        "relative_imbalance": max(_relative(last, kind) for kind in ("substances", "cargo")),
        "threads": threads_used(),
        "seed": result.description.seed,
    }


def _total(ledger: pd.DataFrame, kind: str, term: str) -> int:
    return round(ledger[(ledger["ledger"] == kind) & (ledger["term"] == term)]["value"].sum())


def _worst(ledger: pd.DataFrame, kind: str) -> int:
    gaps = cast("pd.Series", ledger[(ledger["ledger"] == kind) & (ledger["term"] == "imbalance")]["value"]).abs()
    return round(float(gaps.max())) if len(gaps) else 0


def _relative(ledger: pd.DataFrame, kind: str) -> float:
    """Largest |imbalance| of a ledger's accounts, each relative to its largest term."""
    mine = cast("pd.DataFrame", ledger[ledger["ledger"] == kind])
    if mine.empty:
        return 0.0
    account = ["arm", "replicate", "site", "what", "partner"]
    of_gaps = mine["term"] == "imbalance"
    sizes, gaps = (
        cast("pd.DataFrame", mine[rows]).groupby(account, observed=True)["value"].apply(lambda v: v.abs().max())
        for rows in (~of_gaps, of_gaps)
    )
    ratios = (gaps / sizes.where(sizes > 0)).fillna(0.0)
    worst = float(ratios.max())
    return worst if math.isfinite(worst) else 0.0
