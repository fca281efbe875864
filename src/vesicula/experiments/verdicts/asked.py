"""What an experiment asks, by its text alone: its arms and measure, and whether a sentence says the answer itself."""

from __future__ import annotations

from pathlib import Path

from vesicula.evidence.claims import claim, restated_by
from vesicula.evidence.folder import library_folder
from vesicula.experiments.verdicts.wiring import acts, measured_node, shortcuts
from vesicula.language.measures import Measure
from vesicula.language.model import Arm, Experiment, Model
from vesicula.language.sentences import Sentence
from vesicula.language.steps import StepText


def files_of(model: str) -> list[Path]:
    """Experiment files of a library model (or ledger), by name."""
    return sorted((library_folder() / "experiments" / model).glob("*.yaml"))


def levels_of(model: Model, experiment: Experiment) -> tuple[str, ...]:
    """Arms of the perturbation in order; a series stands for its arms."""
    out: list[str] = []
    for name in experiment.perturbation:
        series = [arm.name for arm in model.arms if arm.series == name]
        out += series or [name]
    return tuple(out)


def measure_of(model: Model, experiment: Experiment) -> Measure:
    """What an experiment reads."""
    return next(m for m in model.measures if m.name == experiment.measure)


def question_of(model: Model, experiment: Experiment) -> tuple[Arm, Arm, Measure]:
    """Baseline, last level and measure."""
    arms = {arm.name: arm for arm in model.arms}
    return arms[experiment.baseline], arms[levels_of(model, experiment)[-1]], measure_of(model, experiment)


def tested_with(claim_id: str) -> frozenset[str]:
    """A claim with the one that it restates, and those that restate it: one piece of evidence.

    A claim that sums up several others is no evidence beside them, nor are they one piece.
    """
    mine = claim(claim_id)
    same = mine.restates if len(mine.restates) == 1 else ()
    return frozenset(
        {claim_id, *same, *(key for key in restated_by().get(claim_id, ()) if len(claim(key).restates) == 1)}
    )


def said_by(model: Model, experiment: Experiment) -> tuple[Sentence | StepText, ...]:
    """What says the answer of an experiment, so that it could show nothing else; empty where nothing does.

    A step that clamps a node, an arm's step on the very thing that is measured, or a sentence (`written_down`).
    """
    baseline, last, measure = question_of(model, experiment)
    steps = (*last.steps, *baseline.steps)
    clamps = tuple(step for step in steps if step.kind == "clamp")
    if clamps:
        return clamps
    sentences = written_down(model, experiment)
    if sentences:
        return sentences
    target = measured_node(model, measure)
    return tuple(
        step
        for step in steps
        if target in {node for node, _ in acts(model, _alone(baseline), _alone(last, step))}
        and target in {node for node, _ in acts(model, baseline, last)}
    )


def written_down(model: Model, experiment: Experiment) -> tuple[Sentence, ...]:
    """Sentences that cite the tested claim and alone join what the perturbation changes to what is measured."""
    tested = tested_with(experiment.claim)
    return shortcuts(model, *question_of(model, experiment), lambda s: bool(tested.intersection(s.sources)))


def _alone(arm: Arm, *steps: StepText) -> Arm:
    """The arm with these steps and no other."""
    return arm.model_copy(update={"steps": steps})
