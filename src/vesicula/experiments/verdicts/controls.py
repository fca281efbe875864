"""What shows that an experiment could be read: its positive controls, and the checks of its arms, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.experiments.running import Measured
from vesicula.experiments.verdicts.asked import levels_of
from vesicula.experiments.verdicts.judging import FLOORS, MOST, least_visible, shown
from vesicula.language.model import Bound, Check, Experiment, Model, PositiveControl
from vesicula.language.reading.checks import SIDES, bound_text, in_unit_of, share_of

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Control:
    """What a positive control showed. share : of n draws in which it showed what it has to
    stands_for : claims whose verdicts need it, all of the file where empty
    """

    words: str
    share: float
    n: int
    stands_for: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether the assay works: in at least 80 % of the draws."""
        return self.n > 0 and self.share >= MOST

    def needed_by(self, claim: str) -> bool:
        """Whether a claim's verdict needs it."""
        return not self.stands_for or claim in self.stands_for


def controls_of(model: Model, result: Measured, kept: Bools) -> tuple[Control, ...]:
    """The positive controls of a file. kept : draws that are looked at, bool[n_draws]"""
    return tuple(_control(one, result, kept) for one in model.positive_controls)


def _control(one: PositiveControl, result: Measured, kept: Bools) -> Control:
    label = result.label(one.measure)
    base, end = (result.of(one.measure, arm) for arm in (one.baseline, one.perturbation))
    least, floor = least_visible(label), FLOORS.get(label.kind, 0.0)
    seen = shown(base, end[None], label.unit, least, floor=floor, passed=kept)
    words = f"{one.perturbation} against {one.baseline}: {one.shows} of {one.measure}"
    share = float((seen.signs == (1 if one.shows == "increase" else -1)).mean()) if seen.n else 0.0
    return Control(words, share, seen.n, one.stands_for)


def dropped(
    model: Model, result: Measured, experiment: Experiment, kept: Bools
) -> tuple[Bools, tuple[tuple[str, int], ...]]:
    """Draws in which every check of an experiment is met, bool[n_draws], and how many of the kept ones each drops.

    A draw in which a check cannot be read does not meet it.
    """
    passed, counts = kept.copy(), []
    for one in checks_of(model, experiment):
        met = _met(one, result)
        passed &= met
        failed = int((kept & ~met).sum())
        if failed:
            counts.append((check_words(one), failed))
    return passed, tuple(counts)


def checks_of(model: Model, experiment: Experiment) -> Sequence[Check]:
    """The checks that drop draws of an experiment: those for its claim, those that read its arms, those of no arm."""
    tests = {one.claim: {one.baseline, *levels_of(model, one)} for one in model.experiments}
    return [
        one
        for one in model.checks
        if (
            experiment.claim in one.stands_for
            if one.stands_for
            else one.arm in tests[experiment.claim] or not any(one.arm in arms for arms in tests.values())
        )
    ]


def check_words(one: Check) -> str:
    """`free RANKL in RANKL block below 5 % of untreated`."""
    bounds = [f"{side} {bound_text(bound)}" for side in SIDES if (bound := getattr(one, side)) is not None]
    return f"{one.measure} in {one.arm} {' and '.join(bounds)}"


def _met(one: Check, result: Measured) -> Bools:
    """In which draws a check is met."""
    value = result.of(one.measure, one.arm)
    met = np.isfinite(value)
    for side in SIDES:
        bound: Bound | None = getattr(one, side)
        if bound is None:
            continue
        unit = result.label(one.measure).unit
        if bound.of is None or in_unit_of(bound, unit):
            other, limit = np.zeros(len(value)), np.full(len(value), bound.number * _in(bound.unit, unit))
        else:
            other = result.of(one.measure, bound.of)
            limit = share_of(bound) * other
        with np.errstate(invalid="ignore"):
            if side == "within":
                met &= np.abs(value - other) <= limit
            else:
                met &= value < limit if side == "below" else value > limit
    return met


def _in(unit: str, shown_in: str) -> float:
    """How many of the unit of a measure one unit of a bound is."""
    return 1.0 if unit == shown_in or "%" in shown_in else units.ratio(unit, shown_in)
