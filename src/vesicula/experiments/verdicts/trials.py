"""One experiment file as a run: what it showed, what it rests on, and what chance would have shown.

Nothing here knows what a claim expects: provenance asks whether the same thing is shown again without the evidence of
the tested claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import Compiled, compile_model
from vesicula.compiler.drawing import Ensemble
from vesicula.compiler.geometry import grid_of
from vesicula.errors import ModelError, NumericalError, ResourceError
from vesicula.experiments.running import Measured, measured
from vesicula.experiments.verdicts import ablation
from vesicula.experiments.verdicts.asked import levels_of, measure_of, question_of, said_by, tested_with
from vesicula.experiments.verdicts.board import Needed
from vesicula.experiments.verdicts.conditions import Drawn
from vesicula.experiments.verdicts.controls import Control, controls_of, dropped
from vesicula.experiments.verdicts.drawn import drawn_values, wording
from vesicula.experiments.verdicts.judging import (
    FLOORS,
    LEVELS_FOR_THRESHOLD,
    MOST,
    Shown,
    least_visible,
    null_change,
    shown,
    together,
)
from vesicula.experiments.verdicts.rounds import Reading, in_rounds
from vesicula.experiments.verdicts.wiring import cut_without, decided_by, on_paths
from vesicula.language import prepare
from vesicula.language.model import Experiment, Model
from vesicula.language.samples import sparse
from vesicula.language.sentences import Sentence
from vesicula.results.statistics import interval

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Stated = tuple[float, float | None, float | None, str]
Answer = tuple[int | None, bool | None]
DRAWS, CALIBRATED = {"A": 64, "B": 8}, {"B": 16}
SEEDS = {"A": 8, "B": 4}  # at stated values
PATCH, DAYS = 60, 7.0  # largest patch (voxels along an edge) and longest run of tier B
DRAWS_OF_ABLATION = {"A": 16, "B": 8, "C": 2}
SCRAMBLES = 20


@dataclass(frozen=True)
class Trial:
    """One experiment.

    provenance : predicted, composed, encoded, or "" where nothing clear was shown or it was not asked
    by : wiring, run, or nothing (no path of the model joins what is changed to what is measured)
    chance : in each scrambled model the sign of the last level, and whether the levels are steep
    arms : (name, median, low, high) of baseline and levels; core_seconds : of its own ablations
    as_printed : it asks what the review prints, not the corrected claim
    stated : what several seeds show at stated values; None where that was not asked
    dropped : checks with the draws that each dropped      asked : draws before any was dropped
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
    chance: tuple[tuple[int, bool | None], ...] = ()
    core_seconds: float = 0.0
    as_printed: bool = False
    stated: Shown | None = None
    dropped: tuple[tuple[str, int], ...] = ()
    asked: int = 0


@dataclass(frozen=True)
class Trials:
    """All experiments of one file. core_seconds : of the run that they share; of_controls : of the scrambled models;
    kept : the run was read from the cache; runs : distinct runs in all
    parameters : path -> (value, low, high, unit) of what the run rests on; loading : where vesicles bring a cargo
    controls : positive controls      drawn : values that differ between draws      wording : hash of its text, without
    numbers and sources      ensemble : words of the calibrated draws, "" where values came from their ranges
    used : keys of all its runs in the cache
    """

    file: str
    tier: str
    trials: tuple[Trial, ...]
    core_seconds: float
    of_controls: float
    runs: int
    kept: bool
    parameters: dict[str, Stated] = field(default_factory=dict)
    loading: tuple[Needed, ...] = ()
    controls: tuple[Control, ...] = ()
    drawn: Drawn | None = None
    wording: str = ""
    ensemble: str = ""
    used: tuple[str, ...] = ()

    @property
    def all_core_seconds(self) -> float:
        """Of the run, of all ablations and of the scrambled models."""
        return self.core_seconds + self.of_controls + sum(one.core_seconds for one in self.trials)


def tier_of(model: Model) -> str:
    """A: dishes and pools; B: patches up to 60 × 60 voxels and 7 days; C: larger ones."""
    spatial = [grid for grid in map(grid_of, model.sites) if grid.dimensions]
    if not spatial:
        return "A"
    days = 0.0 if model.run.duration is None else units.internal(model.run.duration, "time") / 1440
    small = all(max(grid.nx, grid.ny) <= PATCH and grid.nz == 1 for grid in spatial)
    return "B" if small and days <= DAYS else "C"


def run_file(
    path: Path, *, draws: int | None = None, cache: Path | None = None, ablate: bool = True, seed: int = 1,
    limit: float | None = None, ensemble: Ensemble | None = None, few: bool = False,
) -> Trials:  # fmt: skip
    """Run the experiments of one file.

    draws : beside the stated values, instead of the tier's      limit : core-seconds of one run
    ablate : also find provenance, what chance would show, and what several seeds show at stated values
    ensemble : calibrated draws; None: draws of all ranges      few : simulate as few cells as may be, see `sparse`
    Raises   EnsembleError, ModelError, NumericalError, ResourceError
    """
    model = sparse(prepare(path)) if few else prepare(path)
    tier = tier_of(model)
    whole = _drawn(model, tier, draws, ensemble)
    where = _Where(seed, cache, path.parent, limit, ensemble)
    compiled = where.compiled(whole)
    rounds = tier == "A" and draws is None and ensemble is not None and model.cohort is None
    at_stated = _at_stated(whole, tier, where) if ablate else None
    if rounds:
        compiled, result = in_rounds(compiled, where.measured, lambda shown: _reading(whole, shown, at_stated))
    else:
        result = where.measured(compiled)
    kept = _judged(result, whole)
    if ablate and at_stated is None and model.cohort is None and whole.run.draws == 1:
        at_stated = result
    controls = controls_of(whole, result, kept)
    read = {experiment: _read(whole, result, experiment, kept, at_stated) for experiment in whole.experiments}
    asked = [one for one in whole.experiments if not one.as_printed and _readable(controls, one)]
    clear = [experiment for experiment in asked if answer(read[experiment].shown)[0] is not None]
    chance, of_controls = _chance(whole, clear, where) if ablate and tier == "A" else ({}, 0.0)
    if at_stated is not None and at_stated is not result:
        of_controls += at_stated.core_seconds
    trials, runs = [], 1 + (SCRAMBLES if chance else 0) + (at_stated is not None and at_stated is not result)
    for experiment, seen in read.items():
        provenance, rests_on, spent = "", (), 0.0
        if ablate and experiment in asked:
            rerun = _Rerun(whole, experiment, tier, where)
            provenance, rests_on = _provenance(rerun, seen.shown)
            spent, runs = rerun.core_seconds, runs + rerun.runs
        trials.append(
            Trial(
                experiment.claim, path.stem, seen.shown, provenance, _by(whole, experiment), tier,
                measure_of(whole, experiment).text, _arms(whole, result, experiment), rests_on,
                () if experiment.as_printed else chance.get(experiment.claim, ()), spent, experiment.as_printed,
                seen.stated, seen.dropped, int(kept.sum()),
            )
        )  # fmt: skip
    return Trials(
        path.stem, tier, tuple(trials), result.core_seconds, of_controls, runs, result.kept, _parameters(result),
        controls=controls, drawn=drawn_values(compiled), wording=wording(whole),
        ensemble="" if ensemble is None or whole.run.draws == 1 else ensemble.words,
        used=tuple(dict.fromkeys(where.used)),
    )  # fmt: skip


@dataclass(frozen=True)
class _Read:
    """What an experiment showed in the draws that passed its checks, and at stated values."""

    shown: Shown
    stated: Shown | None
    dropped: tuple[tuple[str, int], ...]


def _read(
    model: Model, result: Measured, experiment: Experiment, kept: Bools, at_stated: Measured | None
) -> _Read:  # fmt: skip
    passed, counts = dropped(model, result, experiment, kept)
    if at_stated is None:
        return _Read(_shown(model, result, experiment, passed), None, counts)
    label = at_stated.label(experiment.measure)
    base = at_stated.of(experiment.measure, experiment.baseline)
    noise = null_change(base, least_visible(label), floor=FLOORS.get(label.kind, 0.0))
    seeds, _ = dropped(model, at_stated, experiment, np.ones(len(base), dtype=np.bool_))
    stated = _shown(model, at_stated, experiment, seeds, noise)
    return _Read(_shown(model, result, experiment, passed, noise), stated, counts)


def _reading(model: Model, result: Measured, at_stated: Measured | None) -> Reading:
    """The positive controls, and what each experiment showed, by claim."""
    kept = _judged(result, model)
    asked = (one for one in model.experiments if not one.as_printed)
    read = [(one.claim, _read(model, result, one, kept, at_stated).shown) for one in asked]
    return controls_of(model, result, kept), read


def _readable(controls: Sequence[Control], experiment: Experiment) -> bool:
    """Whether a file's positive controls allow a verdict."""
    return all(one.held for one in controls if one.needed_by(experiment.claim))


def _judged(result: Measured, model: Model) -> Bools:
    """Draws that count: those with drawn values, or all patients or seeds where there are no others."""
    variants = result.description.variants
    draws = np.array([v.draw for v in variants if v.arm == variants[0].arm])
    return np.ones(len(draws), dtype=np.bool_) if model.cohort is not None or not draws.any() else draws > 0


def _at_stated(model: Model, tier: str, where: _Where) -> Measured | None:
    """The same run with several seeds at stated values; None for patients, seeds, and where that takes too long."""
    if model.cohort is not None or model.run.draws == 1 or tier not in SEEDS:
        return None
    try:
        return where.run(_with_run(model, seeds=SEEDS[tier]))
    except (ModelError, NumericalError, ResourceError):
        return None


def _parameters(result: Measured) -> dict[str, Stated]:
    """The values that the run rests on, apart from those of its own arms."""
    return {
        p.path: (p.number, p.low, p.high, p.unit)
        for p in result.description.parameters
        if not p.path.startswith("arms")
    }


def _drawn(model: Model, tier: str, draws: int | None, ensemble: Ensemble | None) -> Model:
    """The model with as many draws as may be asked; in tier A all that are calibrated, of which rounds take some."""
    if tier == "C":
        return model if draws is None else _with_run(model, seeds=min(draws, max(model.run.seeds, model.run.draws)))
    if model.cohort is not None:
        return _with_run(model, draws=draws or DRAWS[tier])
    if ensemble is None:
        return _with_run(model, draws=1 + (draws or DRAWS[tier]))
    return _with_run(model, draws=1 + min(draws or CALIBRATED.get(tier, ensemble.rows), ensemble.rows))


def _with_run(model: Model, **plan: int) -> Model:
    """The model with so many repeats; those of a cohort are its patients."""
    if model.cohort is not None:
        patients = max(plan.values(), default=1)
        return model.model_copy(update={"cohort": model.cohort.model_copy(update={"patients": patients})})
    fresh = {"seeds": 1, "draws": 1, **plan}
    return model.model_copy(update={"run": model.run.model_copy(update=fresh)})


def _shown(
    model: Model, result: Measured, experiment: Experiment, passed: Bools | None = None, noise: float = 0.0
) -> Shown:  # fmt: skip
    label = result.label(experiment.measure)
    levels = np.stack([result.of(experiment.measure, arm) for arm in levels_of(model, experiment)])
    base = result.of(experiment.measure, experiment.baseline)
    least, floor = least_visible(label), FLOORS.get(label.kind, 0.0)
    if not experiment.each:
        return shown(base, levels, label.unit, least, floor=floor, noise=noise, passed=passed)
    seen = np.isfinite(base) & np.isfinite(levels).all(axis=0)
    seen = seen if passed is None else seen & passed
    arms = levels[:, None]
    return together([shown(base, one, label.unit, least, floor=floor, noise=noise, passed=seen) for one in arms])


def answer(seen: Shown) -> Answer:
    """The sign, and for a series whether it is steep, that at least 80 % of the draws share; None: they share none."""
    if not seen.n:
        return None, None
    sign = next((s for s in (1, -1, 0) if float((seen.signs == s).mean()) >= MOST), None)
    if seen.steep is None:
        return sign, None
    steep = float(seen.steep.mean())
    return sign, True if steep >= MOST else False if steep <= 1 - MOST else None


def _narrowed(model: Model, experiments: Sequence[Experiment]) -> Model:
    """The model with only the arms and measures that these experiments need."""
    named = {one.measure for one in experiments}
    events = {m.what for m in model.measures if m.name in named}
    named |= {one.measure for one in (model.cohort.events if model.cohort else ()) if one.name in events}
    measures = tuple(m for m in model.measures if m.name in named)
    needed = {m.relative_to for m in measures} | {one.baseline for one in experiments}
    needed |= {arm for one in experiments for arm in levels_of(model, one)}
    arms = tuple(arm for arm in model.arms if arm.name in needed)
    asked = {"arms": arms, "measures": measures, "experiments": tuple(experiments)}
    return model.model_copy(update={**asked, "positive_controls": (), "checks": ()})


@dataclass(frozen=True)
class _Where:
    """What all runs of a file share. used : keys of those that were done or read"""

    seed: int
    cache: Path | None
    folder: Path
    limit: float | None
    ensemble: Ensemble | None = None
    used: list[str] = field(default_factory=list[str])

    def compiled(self, model: Model) -> Compiled:
        """A model, as it is or changed, with the draws of the file."""
        return compile_model(model, seed=self.seed, folder=self.folder, ensemble=self.ensemble, in_parts=True)

    def measured(self, compiled: Compiled) -> Measured:
        """Its run."""
        found = measured(compiled, cache=self.cache, limit=self.limit)
        self.used.append(found.key)
        return found

    def run(self, model: Model) -> Measured:
        """The run of a model, as it is or changed."""
        return self.measured(self.compiled(model))


class _Rerun:
    """The same experiment in a changed model, with the arms and the measure it needs and few draws."""

    def __init__(self, model: Model, experiment: Experiment, tier: str, where: _Where) -> None:
        self.experiment, self.tier = experiment, tier
        few, narrow = DRAWS_OF_ABLATION[tier], _narrowed(model, [experiment])
        if model.run.seeds > 1:
            self.model = _with_run(narrow, seeds=min(model.run.seeds, few))
        else:
            many = model.run.draws if model.cohort is None else model.cohort.patients
            self.model = _with_run(narrow, draws=min(many, few))
        self.core_seconds, self.runs = 0.0, 0
        self._where = where

    def cut(self, chosen: ablation.Chosen) -> bool:
        """Whether nothing is left without these sentences that could carry a change to what is measured."""
        return cut_without(self.model, *question_of(self.model, self.experiment), chosen)

    def answer(self, chosen: ablation.Chosen, claims: frozenset[str]) -> Answer:
        """What the model shows with these sentences neutral; nothing where the solver gives up."""
        self.runs += 1
        model = ablation.without(self.model, chosen, claims=claims)
        try:
            result = self._where.run(model)
        except (ModelError, NumericalError, ResourceError):
            return None, None
        self.core_seconds += result.core_seconds
        return answer(_shown(model, result, self.experiment))


def _provenance(rerun: _Rerun, seen: Shown) -> tuple[str, tuple[str, ...]]:
    """Predicted, composed or encoded, and the claims without which the answer falls.

    Encoded: a node is clamped, an arm acts on what is measured, or one sentence that cites the claim joins the two.
    Predicted: the answer stays when all that cites the claim, and no study of its own, is neutral. Composed: it falls,
    and it falls too without what rests on some other claim and not on this one. Encoded: it falls, and needs no other.
    Where no walk of the wiring is left, a change falls without a run; in tier C only the wiring is asked for others, so
    that some answers called encoded there may be composed.
    """
    said = answer(seen)
    if said[0] is None:
        return "", ()
    model, tested = rerun.model, tested_with(rerun.experiment.claim)
    if said_by(model, rerun.experiment):
        return "encoded", (rerun.experiment.claim,)
    chosen = ablation.resting_on(tested)
    rests = any(chosen(s) for s in ablation.sentences(model)) or ablation.values_resting_on(model, tested)
    changes = said[0] != 0
    if not rests or (not (changes and rerun.cut(chosen)) and rerun.answer(chosen, tested) == said):
        return "predicted", ()
    others = list(_others(model, rerun.experiment, tested))
    found = next((other for other, without_it in others if changes and rerun.cut(without_it)), None)
    if found is None and rerun.tier != "C":
        fallen = (other for other, without_it in others if rerun.answer(without_it, frozenset({other})) != said)
        found = next(fallen, None)
    return ("encoded", (rerun.experiment.claim,)) if found is None else ("composed", (rerun.experiment.claim, found))


def _others(model: Model, experiment: Experiment, tested: frozenset[str]) -> Iterator[tuple[str, ablation.Chosen]]:
    """Other claims on the way to the answer, with what rests on each of them and not on the tested one."""
    there = on_paths(model, *question_of(model, experiment))
    for other in sorted({c for s in there for c in ablation.claims_of(s.sources)} - tested):

        def chosen(sentence: Sentence, other: str = other) -> bool:
            cited = ablation.claims_of(sentence.sources)
            return other in cited and not cited & tested

        yield other, chosen


def _chance(
    model: Model, experiments: Sequence[Experiment], where: _Where
) -> tuple[dict[str, tuple[tuple[int, bool | None], ...]], float]:
    """What models with scrambled signs show, one draw each, by claim; and the core-seconds of all of them."""
    if not experiments:
        return {}, 0.0
    single = _with_run(_narrowed(model, experiments))
    found: dict[str, list[tuple[int, bool | None]]] = {one.claim: [] for one in experiments}
    spent = 0.0
    for number in range(SCRAMBLES):
        changed = ablation.scrambled(single, number)
        try:
            result = where.run(changed)
        except (ModelError, NumericalError, ResourceError):
            continue
        spent += result.core_seconds
        for one in experiments:
            seen = _shown(changed, result, one)
            if seen.n:
                found[one.claim].append((int(seen.signs[0]), None if seen.steep is None else bool(seen.steep[0])))
    return {key: tuple(signs) for key, signs in found.items()}, spent


def _by(model: Model, experiment: Experiment) -> str:
    """Whether wiring or run decides; a series is decided by the run."""
    levels = levels_of(model, experiment)
    if len(levels) >= LEVELS_FOR_THRESHOLD - 1 and not experiment.each:
        return "run"
    return decided_by(model, *question_of(model, experiment))


def _arms(model: Model, result: Measured, experiment: Experiment) -> tuple[tuple[str, float, float, float], ...]:
    """Name, median and interval of baseline and levels."""
    rows = []
    for name in dict.fromkeys((experiment.baseline, *levels_of(model, experiment))):
        ends = interval(result.of(experiment.measure, name))
        rows.append((name, ends.median, ends.low, ends.high))
    return tuple(rows)
