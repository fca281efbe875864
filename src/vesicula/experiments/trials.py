"""One experiment file as a run: what it showed, what it rests on, and what chance would have shown.

Nothing here knows what a claim expects: provenance asks whether the same thing is shown again without the evidence of
the tested claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import compile_model
from vesicula.compiler.geometry import grid_of
from vesicula.evidence.claims import claim
from vesicula.evidence.folder import library_folder
from vesicula.experiments import ablation
from vesicula.experiments.running import Measured, measured
from vesicula.experiments.verdicts import MOST, Shown, shown
from vesicula.experiments.wiring import decided_by
from vesicula.results.assays import smallest_effect
from vesicula.spec import prepare
from vesicula.spec.model import Arm, Experiment, Model
from vesicula.spec.sentences import Sentence

F64 = NDArray[np.float64]
DRAWS = {"A": 64, "B": 16}
PATCH, DAYS = 60, 7.0  # largest patch (voxels along an edge) and longest run of tier B
DRAWS_OF_ABLATION = 16
SCRAMBLES = 20


@dataclass(frozen=True)
class Trial:
    """One experiment. provenance: predicted, composed, encoded, or "" where nothing clear was shown; by: wiring or run;
    chance : signs of the last level in the scrambled models, int8[n]
    arms : (name, median, low, high) of baseline and levels; parameters : path -> (value, low, high, unit)
    """

    claim: str
    file: str
    shown: Shown
    provenance: str
    by: str
    tier: str
    measure: str
    arms: tuple[tuple[str, float, float, float], ...]
    rests_on: tuple[str, ...]
    chance: tuple[int, ...] = ()
    parameters: dict[str, tuple[float, float | None, float | None, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Trials:
    """All experiments of one file. core_seconds: of the run itself, of ablations and controls; run: its key."""

    file: str
    trials: tuple[Trial, ...]
    core_seconds: float
    core_seconds_of_ablation: float
    kept: bool


def files_of(model: str) -> list[Path]:
    """Experiment files of a library model (or ledger), by name."""
    return sorted((library_folder() / "experiments" / model).glob("*.yaml"))


def tier_of(model: Model) -> str:
    """A: dishes and pools; B: patches up to 60 × 60 voxels and 7 days; C: larger ones."""
    spatial = [grid for grid in map(grid_of, model.sites) if grid.dimensions]
    if not spatial:
        return "A"
    days = 0.0 if model.run.duration is None else units.internal(model.run.duration, "time") / 1440
    small = all(max(grid.nx, grid.ny) <= PATCH and grid.nz == 1 for grid in spatial)
    return "B" if small and days <= DAYS else "C"


def run_file(
    path: Path, *, draws: int | None = None, cache: Path | None = None, ablate: bool = True, seed: int = 1
) -> Trials:
    """Run the experiments of one file.

    draws : instead of the tier's      ablate : also find provenance and what chance would show
    Raises   ModelError
    """
    model = prepare(path)
    tier = tier_of(model)
    whole = _drawn(model, tier, draws)
    result = measured(compile_model(whole, seed=seed, folder=path.parent), cache=cache)
    spent = 0.0
    trials = []
    for experiment in whole.experiments:
        seen = _shown(whole, result, experiment)
        provenance, rests_on, chance = "", (), ()
        if ablate:
            rerun = _Rerun(whole, experiment, seed, cache, path.parent)
            provenance, rests_on = _provenance(rerun, seen)
            chance = _chance(rerun) if tier == "A" else ()
            spent += rerun.core_seconds
        trials.append(_trial(whole, experiment, path, result, seen, tier, provenance, rests_on, chance))
    return Trials(path.stem, tuple(trials), result.core_seconds, spent, result.kept)


def _drawn(model: Model, tier: str, draws: int | None) -> Model:
    if tier == "C":
        return model if draws is None else _with_run(model, seeds=min(draws, max(model.run.seeds, model.run.draws)))
    return _with_run(model, draws=draws or DRAWS[tier])


def _with_run(model: Model, **plan: int) -> Model:
    fresh = {"seeds": 1, "draws": 1, **plan}
    return model.model_copy(update={"run": model.run.model_copy(update=fresh)})


def levels_of(model: Model, experiment: Experiment) -> tuple[str, ...]:
    """Arms of the perturbation in order; a series stands for its arms."""
    out: list[str] = []
    for name in experiment.perturbation:
        series = [arm.name for arm in model.arms if arm.series == name]
        out += series or [name]
    return tuple(out)


def _shown(model: Model, result: Measured, experiment: Experiment) -> Shown:
    label = result.label(experiment.measure)
    levels = np.stack([result.of(experiment.measure, arm) for arm in levels_of(model, experiment)])
    base = result.of(experiment.measure, experiment.baseline)
    return shown(base, levels, label.unit, smallest_effect(label))


def majority(seen: Shown) -> int | None:
    """The sign that at least 80 % of the draws share; None where there is none."""
    for sign in (1, -1, 0):
        if seen.n and float((seen.signs == sign).mean()) >= MOST:
            return sign
    return None


class _Rerun:
    """The same experiment in a changed model, with the arms and the measure it needs and few draws."""

    def __init__(self, model: Model, experiment: Experiment, seed: int, cache: Path | None, folder: Path) -> None:
        levels = levels_of(model, experiment)
        needed = {experiment.baseline, *levels} | {
            m.relative_to for m in model.measures if m.name == experiment.measure and m.relative_to
        }
        self.experiment = experiment
        self.model = model.model_copy(
            update={
                "arms": tuple(arm for arm in model.arms if arm.name in needed),
                "measures": tuple(m for m in model.measures if m.name == experiment.measure),
                "experiments": (experiment,),
            }
        )
        if model.run.draws > 1:
            self.model = _with_run(self.model, draws=min(model.run.draws, DRAWS_OF_ABLATION))
        self.core_seconds = 0.0
        self._seed, self._cache, self._folder = seed, cache, folder

    def shown(self, model: Model) -> Shown:
        """What the changed model shows."""
        result = measured(compile_model(model, seed=self._seed, folder=self._folder), cache=self._cache)
        self.core_seconds += result.core_seconds
        return _shown(model, result, self.experiment)


def tested_with(claim_id: str) -> frozenset[str]:
    """A claim with those that it restates and that restate it: one piece of evidence."""
    mine = claim(claim_id)
    return frozenset({claim_id, *mine.restates})


def _provenance(rerun: _Rerun, seen: Shown) -> tuple[str, tuple[str, ...]]:
    """Predicted, composed or encoded, and the claims without which the answer falls.

    Predicted: the answer stays when all that rests on the tested claim alone is neutral. Composed: it falls, and it
    falls too without some other claim's sentences. Encoded: it falls, and needs no other claim.
    """
    sign = majority(seen)
    if sign is None or sign == 0:
        return "", ()
    model, tested = rerun.model, tested_with(rerun.experiment.claim)
    if any(step.kind == "clamp" for arm in model.arms for step in arm.steps):
        return "encoded", ()
    alone = ablation.carried_by(tested)
    if not any(alone(s) for s in ablation.sentences(model)):
        return "predicted", ()
    if majority(rerun.shown(ablation.without(model, alone, claims=tested))) == sign:
        return "predicted", ()
    for other, chosen in _others(model, tested):
        if majority(rerun.shown(ablation.without(model, chosen))) != sign:
            return "composed", (rerun.experiment.claim, other)
    return "encoded", (rerun.experiment.claim,)


def _others(model: Model, tested: frozenset[str]) -> Iterator[tuple[str, ablation.Chosen]]:
    """Other claims with what rests on each of them and not on the tested one."""
    found = sorted({c for s in ablation.sentences(model) for c in ablation.claims_of(s.sources)} - tested)
    for other in found:

        def chosen(sentence: Sentence, other: str = other) -> bool:
            cited = ablation.claims_of(sentence.sources)
            return other in cited and not cited & tested

        yield other, chosen


def _chance(rerun: _Rerun) -> tuple[int, ...]:
    """Signs that models with scrambled signs show, one draw each."""
    single = _with_run(rerun.model)
    out = []
    for number in range(SCRAMBLES):
        signs = rerun.shown(ablation.scrambled(single, number)).signs
        out.append(int(signs[0]) if len(signs) else 0)
    return tuple(out)


def _trial(
    model: Model, experiment: Experiment, path: Path, result: Measured, seen: Shown, tier: str,
    provenance: str, rests_on: tuple[str, ...], chance: tuple[int, ...],
) -> Trial:  # fmt: skip
    from vesicula.results.statistics import interval

    arms: dict[str, Arm] = {arm.name: arm for arm in model.arms}
    levels = levels_of(model, experiment)
    rows = []
    for name in dict.fromkeys((experiment.baseline, *levels)):
        ends = interval(result.of(experiment.measure, name))
        rows.append((name, ends.median, ends.low, ends.high))
    measure = next(m for m in model.measures if m.name == experiment.measure)
    by = decided_by(model, arms[experiment.baseline], arms[levels[-1]], measure)
    if seen.steep is not None:
        by = "run"
    parameters = {
        p.path: (p.number, p.low, p.high, p.unit)
        for p in result.description.parameters
        if not p.path.startswith("arms")
    }
    return Trial(
        experiment.claim, path.stem, seen, provenance, by, tier, measure.text, tuple(rows), rests_on, chance, parameters
    )
