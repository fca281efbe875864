"""From the values of an experiment's arms to what it showed, before anybody looks at what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vesicula.results.assays import SmallestEffect, smallest_effect
from vesicula.results.description import MeasureLabel
from vesicula.results.statistics import Interval, interval, wilson

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
Expectation = Literal["increase", "decrease", "no_change", "threshold"]
Outcome = Literal[
    "holds", "holds if", "too weak", "undecided", "sign unsure", "opposite", "absent", "no verdict"
]  # fmt: skip
MOST, FIFTH, NEARLY_ALL = 0.8, 0.2, 0.95
OF_NULLS = 0.95  # quantile of the changes between null arms above which a change is no noise
UNAGREED = {
    "node": SmallestEffect("a node's activity", 0.1),
    "matrix left": SmallestEffect("densitometry", 0.03),
    "matrix lost": SmallestEffect("densitometry", 0.03),
    "event time": SmallestEffect("a time to event", 0.1),
    "event share": SmallestEffect("a share of patients", 0.1),
}
"""Least relative change that counts, by kind of measure, where no assay is agreed: rules of thumb."""
FLOORS = {"node": 0.1, "matrix lost": 100.0}
"""Least baseline by kind of measure: an activity of 0 is not lower than what a blot shows, and what densitometry sees
of a loss is a share of the whole at the start (100 %), not of what was lost."""
LEVELS_FOR_THRESHOLD = 8
BIC_MARGIN = 6.0


@dataclass(frozen=True)
class Shown:
    """What an experiment showed over its draws, without any expectation.

    signs : int8[n_draws], 1 above the smallest effect that can be seen, -1 below, 0 between, by the last level
    draws : int64[n_draws], which draws they are, of all that were run
    noise : change between null arms (the baseline with another seed), as a share of the baseline
    steep : bool[n_draws], a step or steep Hill describes the levels better than a line; None: fewer than 8 levels
    baseline, perturbed : the measure; effect : perturbed − baseline
    """

    signs: I8
    steep: NDArray[np.bool_] | None
    baseline: Interval
    perturbed: Interval
    effect: Interval
    unit: str
    smallest: SmallestEffect | None
    draws: I64
    noise: float = 0.0

    @property
    def n(self) -> int:
        """Draws in which both arms could be read."""
        return len(self.signs)


@dataclass(frozen=True)
class Verdict:
    """What the draws say of a claim. n : draws in which both arms could be read

    visible : share of draws in which an effect is seen (a threshold: in which a step describes the levels)
    right, low, high : of these, share with the expected sign, with its Wilson interval (95 %); None where no sign is
    expected, or nothing is seen
    """

    outcome: Outcome
    visible: float | None = None
    right: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether a condition may be sought: too few draws show the effect, and those that do agree on its sign."""
        return self.outcome in ("too weak", "undecided") and (self.right is None or self.right >= NEARLY_ALL)


def least_visible(measure: MeasureLabel) -> SmallestEffect | None:
    """What the measure's assay can show; a rule of thumb where none is agreed, so that no trace of a change counts."""
    return smallest_effect(measure) or UNAGREED.get(measure.kind)


def null_change(baseline: F64, smallest: SmallestEffect | None, *, floor: float = 0.0) -> float:
    """Change that another seed alone makes, as a share of the baseline: the quantile 0.95 over all pairs of seeds.

    baseline : float64[n_seeds], one arm with the same values; below two seeds 0
    """
    limit = 0.0 if smallest is None else smallest.limit
    arms = np.maximum(baseline[np.isfinite(baseline)], limit) if limit > 0.0 else baseline[np.isfinite(baseline)]
    if len(arms) < 2:
        return 0.0
    first, second = np.triu_indices(len(arms), 1)
    scale = max(float(np.abs(arms).mean()), floor)
    changes = np.abs(arms[first] - arms[second])
    return float(np.quantile(changes, OF_NULLS)) / scale if scale > 0.0 else 0.0


def shown(
    baseline: F64, levels: F64, unit: str, smallest: SmallestEffect | None, *, floor: float = 0.0, noise: float = 0.0,
    passed: NDArray[np.bool_] | None = None,
) -> Shown:  # fmt: skip
    """Compare arms draw by draw.

    baseline : float64[n_draws]      levels : float64[n_levels, n_draws], the last one is the perturbation
    floor : least baseline against which a relative change is taken
    noise : least change that is no noise, as a share of the baseline      passed : draws to read, bool[n_draws]
    Values below the assay's limit of detection count as the limit.
    """
    last = levels[-1]
    seen = np.isfinite(baseline) & np.isfinite(last)
    if passed is not None:
        seen &= passed
    base, end = baseline[seen], last[seen]
    limit = 0.0 if smallest is None else smallest.limit
    if limit > 0.0:
        base, end = np.maximum(base, limit), np.maximum(end, limit)
    change = end - base
    up = max(noise, 0.0 if smallest is None else smallest.share)
    down = max(noise / (1.0 + noise), 0.0 if smallest is None else smallest.down)
    scale = np.maximum(np.abs(base), floor)
    signs = np.where(change > up * scale, 1, np.where(change < -down * scale, -1, 0)).astype(np.int8)
    steep = None
    series = np.vstack([baseline[None], levels]) if not np.array_equal(levels[0], baseline) else levels
    if len(series) >= LEVELS_FOR_THRESHOLD:
        steep = np.array([is_steep(series[:, draw]) for draw in np.flatnonzero(seen)], dtype=np.bool_)
    ends = interval(base), interval(end), interval(change)
    return Shown(signs, steep, *ends, unit, smallest, np.flatnonzero(seen), noise)


def together(each: Sequence[Shown]) -> Shown:
    """What several perturbations of one baseline show in common: the sign they share in a draw, 0 where they differ.

    The figures are those of the perturbation that changes least. All must have been read in the same draws.
    """
    least = min(each, key=lambda seen: abs(seen.effect.median))
    signs = np.stack([seen.signs for seen in each])
    alike = (signs == signs[0]).all(axis=0)
    return replace(least, signs=np.where(alike, signs[0], 0).astype(np.int8), steep=None)


def is_steep(values: F64) -> bool:
    """Whether a step between two neighbouring levels describes a series better than a line over the levels.

    Equation   BIC = n ln(RSS/n) + k ln n; line k = 2; step k = 3 (two heights and its place); margin 6
    values : float64[n_levels] at evenly spaced levels (of the dose on its own scale)
    """
    n = len(values)
    if not np.isfinite(values).all() or np.ptp(values) == 0:
        return False
    x = np.arange(n, dtype=np.float64)
    line = np.polynomial.Polynomial.fit(x, values, 1)
    flat = 1e-12 * float(np.ptp(values)) ** 2
    straight = float(np.sum((values - line(x)) ** 2)) + flat
    steps = min(
        float(np.sum((values[:k] - values[:k].mean()) ** 2) + np.sum((values[k:] - values[k:].mean()) ** 2))
        for k in range(1, n)
    )
    bic_line = n * np.log(straight / n) + 2 * np.log(n)
    bic_step = n * np.log((steps + flat) / n) + 3 * np.log(n)
    return bool(bic_line - bic_step > BIC_MARGIN)


def agreement(expected: Expectation, seen: Shown) -> I8:
    """Draw by draw: 1 as expected, -1 against it, 0 where the expected effect is not seen; int8[n_draws]."""
    if expected == "threshold":
        return np.zeros(seen.n, dtype=np.int8) if seen.steep is None else seen.steep.astype(np.int8)
    if expected == "no_change":
        return np.where(seen.signs == 0, 1, -1).astype(np.int8)
    return seen.signs if expected == "increase" else -seen.signs


def judge(expected: Expectation, seen: Shown, *, joined: bool = True) -> Verdict:
    """What the draws say of an expectation; `holds if` is for the caller, who has their values.

    joined : whether a path of the model leads from what is changed to what is measured
    """
    if seen.n == 0:
        return Verdict(
            "no verdict", reason="the measure is not defined in both arms in any draw that passed its checks"
        )
    if expected == "threshold" and seen.steep is None:
        return Verdict("no verdict", n=seen.n, reason=f"a threshold needs {LEVELS_FOR_THRESHOLD} levels")
    agree = agreement(expected, seen)
    for_it, against = float((agree == 1).mean()), float((agree == -1).mean())
    if expected == "threshold":
        found = Verdict("undecided", for_it, n=seen.n)
    elif expected == "no_change":
        found = Verdict("undecided", against, n=seen.n)
    else:
        right, count = int((agree == 1).sum()), int((agree != 0).sum())
        share, low, high = wilson(right, count) if count else (None, None, None)
        found = Verdict("undecided", for_it + against, share, low, high, seen.n)
    why = _why(seen, expected)
    if not joined:
        return replace(found, outcome="absent", reason="nothing in the model joins what is changed to what is measured")
    if for_it >= MOST:
        return replace(found, outcome="holds")
    if against >= MOST:
        return replace(found, outcome="opposite", reason=why)
    if expected == "no_change":
        return replace(found, reason=why)
    if for_it + against == 0.0:
        return replace(found, outcome="absent", reason=f"in no draw: {why}")
    if min(for_it, against) > FIFTH * (for_it + against):
        return replace(found, outcome="sign unsure", reason=why)
    if for_it + against < FIFTH and for_it > against:
        return replace(found, outcome="too weak", reason=why)
    return replace(found, reason=why)


def _why(seen: Shown, expected: Expectation) -> str:
    """Where the draws went, in plain words."""
    n = seen.n
    if expected == "threshold":
        return "a line over the levels describes the answer as well as a step"
    up, none, down = (int((seen.signs == sign).sum()) for sign in (1, 0, -1))
    small = "" if seen.smallest is None else f" (below what {seen.smallest.name} shows)"
    if seen.smallest is not None and seen.noise > seen.smallest.share:
        small = f" (another seed alone changes it by {seen.noise:.0%})"
    parts = [f"{up} of {n} draws rise", f"{none} do not change{small}", f"{down} fall"]
    return ", ".join(part for part, count in zip(parts, (up, none, down), strict=True) if count)
