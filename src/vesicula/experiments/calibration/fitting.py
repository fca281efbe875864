"""`vesicula fit`: from a model and a laboratory's data to draws of the posterior, and what the data could not tell."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble
from vesicula.compiler.ensembles import home_of, made_from, meaning, place_of, read_ensemble
from vesicula.errors import EnsembleError
from vesicula.experiments.calibration.asking import Text
from vesicula.experiments.calibration.calibrating import Narrowed, Progress, file_of, narrowed
from vesicula.experiments.calibration.data import Datum, Errors, Table, read_data
from vesicula.experiments.calibration.evaluating import Reader
from vesicula.experiments.calibration.posterior import Posterior, posterior
from vesicula.experiments.calibration.rows import ROWS, Asked
from vesicula.experiments.calibration.storing import stored_scores, write_ensemble
from vesicula.experiments.running import Measured
from vesicula.experiments.verdicts.trials import tier_of
from vesicula.experiments.workers.here import Jobs
from vesicula.language import prepare
from vesicula.language.assays import ASSAYS
from vesicula.language.model import Model
from vesicula.language.values import Value
from vesicula.results.forecast import forecast
from vesicula.versions import version_of

F64 = NDArray[np.float64]
UNTOLD, TIED = 0.9, 0.8  # of a range's width that is left; correlation from which two values are known together only
FEW = 0.25  # of the rows: where fewer count, the fit is not to be trusted
FOLLOWED_MOST = 40


@dataclass(frozen=True)
class Point:
    """A datum as what a text is asked."""

    datum: Datum
    table: Table
    measure: str

    @property
    def name(self) -> str:
        """The datum's."""
        return self.datum.name

    @property
    def says(self) -> str:
        """What was read."""
        return f"{self.datum.value:g}"

    @property
    def ends(self) -> tuple[float, float]:
        """It has none."""
        return -np.inf, np.inf

    def read(self, model: Model, result: Measured) -> F64:
        """What the model reads there, as errors are normal, float64[n]."""
        return self.table.scaled(result.of(self.measure, self.datum.arm or (model.arms[0].name if model.arms else "")))

    def shown(self, reading: float) -> str:
        """A reading in the measure's unit."""
        return f"{np.exp(reading) if self.table.errors == 'log' else reading:.3g}"


@dataclass(frozen=True)
class Fit:
    """What a fit made. values : those that the data tell of; tied : pairs that are known together only, r beside

    readings, prior_readings : float64[n_data, n], in the unit of each measure      counting : rows that count
    """

    model: str
    ensemble: Ensemble
    file: Path
    table: Table
    units: Mapping[str, str]
    values: tuple[Narrowed, ...]
    tied: tuple[tuple[str, str, float], ...]
    readings: F64
    prior_readings: F64
    counting: float
    seconds: float

    @property
    def sure(self) -> bool:
        """Whether enough rows count."""
        return self.counting >= FEW * self.ensemble.rows

    @property
    def untold(self) -> tuple[Narrowed, ...]:
        """Fitted values whose range is nearly what it was."""
        return tuple(one for one in self.values if one.share > UNTOLD)

    def off(self) -> tuple[float, ...]:
        """How many standard errors each datum lies from the median of the fitted draws."""
        scaled = self.table.scaled
        middle = np.median(scaled(self.readings), axis=1)
        return tuple(
            float((scaled(np.array([one.value]))[0] - at) / one.error)
            for one, at in zip(self.table.data, middle, strict=True)
        )


def fit(
    model: str | Path, data: Path, *, values: Sequence[str] = (), errors: Errors | None = None, rows: int = ROWS,
    seed: int = 1, jobs: Jobs = 1, out: Path | None = None, cache: Path | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Fit:  # fmt: skip
    """Fit values of a model to data and write the draws where its runs look for them.

    data : CSV, see `read_data`      values : paths that alone are fitted, the others as stated; none: all with a range
    jobs : processes, or whoever does the runs, see `workers_on`
    errors : see `read_data`      out : another CSV than the model's own
    Raises   DataError; EnsembleError: no such value, no place, or calibrated draws lie there already; ModelError
    """
    begun = time.perf_counter()
    whole = prepare(model)
    table = read_data(data, whole, errors)
    home = out or home_of(whole)
    if home is None:
        raise EnsembleError("a model without a file has no place for fitted draws", "save it as a file")
    if out is None and home.is_file() and not read_ensemble(home)[0].fitted:
        raise EnsembleError(f"calibrated draws of {home.stem} lie in {home}", "give another file: --out FILE.csv")
    text, names_of_paths = _text(whole, table, file_of(model))
    names = sorted(text.unknowns)
    named = _named(values, names, names_of_paths)
    asked = Asked(
        text.name, tuple(one.name for one in text.questions), np.arange(len(names)),
        np.full(len(table.data), -np.inf), np.full(len(table.data), np.inf), seconds=text.seconds,
    )  # fmt: skip
    goal = np.array([one.value for one in table.data])
    with Reader([text], names, seed=seed, jobs=jobs, cache=cache) as reader:
        done = posterior(
            len(names), lambda z, numbers: reader(asked, z, numbers), table.scaled(goal),
            np.array([one.error for one in table.data]), rows=rows, seed=seed, named=named,
            watch=None if watch is None else lambda what, n, m: watch(Progress(what, n, m, float("nan"))),
        )  # fmt: skip
    kept = [names[k] for k in done.followed]
    scores = stored_scores({name: done.rows[:, k] for k, name in zip(done.followed, kept, strict=True)})
    made = Ensemble(home.stem, scores, fitted=True)
    root = home.parent.parent
    source = made_from(root, {place_of(file_of(model), root): whole}, (), ())
    found = narrowed(text.unknowns, scores)
    back = (lambda z: np.exp(z)) if table.errors == "log" else (lambda z: z)
    shown = {m.name: m.unit or (ASSAYS[m.assay].unit if m.assay else "") for m in whole.measures}
    result = Fit(
        home.stem, made, home, table, shown, found, _tied(scores), back(done.readings), back(done.prior_readings),
        done.counting, 0.0,
    )  # fmt: skip
    made = write_ensemble(home, made, source, _said(result, done, data, seed))
    return Fit(**{**vars(result), "ensemble": made, "seconds": time.perf_counter() - begun})


def _text(model: Model, table: Table, path: Path) -> tuple[Text, dict[str, str]]:
    """The model with a measure for every time, and the name that every path's value is drawn under."""
    measures = {one.name: one for one in model.measures}
    read = {(one.measure, one.minutes): f"{one.measure} at {one.minutes:g} min" for one in table.data}
    timed = tuple(
        measures[name].model_copy(update={"name": called, "at": Value(number=minutes, unit="min")})
        for (name, minutes), called in read.items()
    )
    run = model.run.model_copy(update={"draws": 1, "seeds": 1})
    needed = {one.arm for one in table.data} | {m.relative_to for m in timed} | {arm.name for arm in model.arms[:1]}
    arms = tuple(arm for arm in model.arms if arm.name in needed)
    ready = model.model_copy(update={"measures": timed, "arms": arms, "experiments": (), "cohort": None, "run": run})
    last = 0.0 if model.run.duration is None else units.internal(model.run.duration, "time")
    late = max(one.minutes for one in table.data)
    if late > last:
        raise EnsembleError(f"there are data at {late:g} min, and the run ends at {last:g}", "let it run longer")
    compiled = compile_model(ready, folder=path.parent, draws=[1])
    points = tuple(Point(one, table, read[one.measure, one.minutes]) for one in table.data)
    said = json.dumps([meaning(ready), [repr(one) for one in points]])
    digest = hashlib.sha256(said.encode()).hexdigest()[:24]
    text = Text(path, ready, points, compiled.unknowns, forecast(compiled).seconds / 2, tier_of(model), digest)
    return text, {info.path: info.drawn_as for info in compiled.names.parameters if info.drawn_as}


def _named(values: Sequence[str], names: Sequence[str], of_paths: Mapping[str, str]) -> list[int] | None:
    """Columns of the values that are named by their paths, or by the names they are drawn under."""
    if not values:
        return None
    out: list[int] = []
    for value in values:
        name = value if value in names else of_paths.get(value, "")
        if name not in names:
            near = units.nearest(value, [*of_paths, *names])
            what = "has no range to be fitted in" if name else "is no value of this model"
            remedy = f"did you mean {near}?" if near else "`vesicula explain` lists paths"
            raise EnsembleError(f"{value} {what}", remedy)
        out.append(names.index(name))
    return out


def _tied(scores: Mapping[str, F64]) -> tuple[tuple[str, str, float], ...]:
    """Pairs of values that the data tell of together and not apart, the closest first."""
    names = list(scores)
    if len(names) < 2:
        return ()
    r: F64 = np.asarray(np.corrcoef(np.array([scores[name] for name in names])))
    pairs = [(abs(r[i, j]), i, j) for i in range(len(names)) for j in range(i) if abs(r[i, j]) > TIED]
    return tuple((names[j], names[i], round(float(r[i, j]), 2)) for _, i, j in sorted(pairs, reverse=True))


def _said(done: Fit, found: Posterior, data: Path, seed: int) -> dict[str, object]:
    off = zip(done.table.data, done.off(), strict=True)
    return {
        "version": version_of("vesicula"), "made": datetime.now(UTC).date().isoformat(), "seed": seed,
        "data": data.name, "errors": done.table.errors, "rows that count": round(found.counting),
        "rounds": found.rounds,
        "standard errors off": [{"datum": one.name, "off": round(much, 2)} for one, much in off],
        "known together only": [list(pair) for pair in done.tied],
        "values": {
            one.name: {"unit": one.unit, "prior": one.prior, "fitted": one.calibrated, "width": one.share}
            for one in done.values
        },
    }  # fmt: skip
