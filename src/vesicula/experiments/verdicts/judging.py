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
Expectation = Literal["increase", "decrease", "no_change", "threshold"]
Outcome = Literal["reproduced", "fragile", "opposite", "not reproduced", "untestable", "proxy"]
MOST, HALF = 0.8, 0.5
UNAGREED = {
    "node": SmallestEffect("a node's activity", 0.1),
    "matrix left": SmallestEffect("densitometry", 0.03),
    "event time": SmallestEffect("a time to event", 0.1),
    "event share": SmallestEffect("a share of patients", 0.1),
}
"""Least relative change that counts, by kind of measure, where no assay is agreed: rules of thumb."""
FLOORS = {"node": 0.1}
"""Least baseline by kind of measure: an activity of 0 is not lower than what a blot shows."""
LEVELS_FOR_THRESHOLD = 8
BIC_MARGIN = 6.0


@dataclass(frozen=True)
class Shown:
    """What an experiment showed over its draws, without any expectation.

    signs : int8[n_draws], 1 above the assay's smallest effect, -1 below, 0 between, by the last level
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

    @property
    def n(self) -> int:
        """Draws in which both arms could be read."""
        return len(self.signs)


@dataclass(frozen=True)
class Verdict:
    """Share of draws that agree, with its Wilson interval (95 %)."""

    outcome: Outcome
    share: float
    low: float
    high: float
    n: int
    reason: str = ""


def least_visible(measure: MeasureLabel) -> SmallestEffect | None:
    """What the measure's assay can show; a rule of thumb where none is agreed, so that no trace of a change counts."""
    return smallest_effect(measure) or UNAGREED.get(measure.kind)


def shown(baseline: F64, levels: F64, unit: str, smallest: SmallestEffect | None, *, floor: float = 0.0) -> Shown:
    """Compare arms draw by draw.

    baseline : float64[n_draws]      levels : float64[n_levels, n_draws], the last one is the perturbation
    floor : least baseline against which a relative change is taken
    Values below the assay's limit of detection count as the limit.
    """
    last = levels[-1]
    seen = np.isfinite(baseline) & np.isfinite(last)
    base, end = baseline[seen], last[seen]
    limit = 0.0 if smallest is None else smallest.limit
    if limit > 0.0:
        base, end = np.maximum(base, limit), np.maximum(end, limit)
    change = end - base
    up = 0.0 if smallest is None else smallest.share
    down = 0.0 if smallest is None else smallest.down
    scale = np.maximum(np.abs(base), floor)
    signs = np.where(change > up * scale, 1, np.where(change < -down * scale, -1, 0)).astype(np.int8)
    steep = None
    series = np.vstack([baseline[None], levels]) if not np.array_equal(levels[0], baseline) else levels
    if len(series) >= LEVELS_FOR_THRESHOLD:
        steep = np.array([is_steep(series[:, draw]) for draw in np.flatnonzero(seen)], dtype=np.bool_)
    return Shown(signs, steep, interval(base), interval(end), interval(change), unit, smallest)


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


def judge(expected: Expectation, seen: Shown, *, proxy: bool = False) -> Verdict:
    """Whether the draws agree with an expectation: reproduced in at least 80 %, fragile from 50 %.

    proxy : the claim is clinical, so the best that can be said is that a stand-in agrees
    """
    if seen.n == 0:
        return Verdict("untestable", 0.0, 0.0, 1.0, 0, "the measure is not defined in both arms")
    if expected == "threshold" and seen.steep is None:
        return Verdict("untestable", 0.0, 0.0, 1.0, seen.n, f"a threshold needs {LEVELS_FOR_THRESHOLD} levels")
    if expected == "threshold" and seen.steep is not None:
        agree, against = seen.steep, np.zeros(seen.n, dtype=np.bool_)
    elif expected == "no_change":
        agree, against = seen.signs == 0, seen.signs != 0
    else:
        wanted = 1 if expected == "increase" else -1
        agree, against = seen.signs == wanted, seen.signs == -wanted
    count = int(agree.sum())
    share = count / seen.n
    _, low, high = wilson(count, seen.n)
    if share >= MOST:
        outcome: Outcome = "proxy" if proxy else "reproduced"
    elif share >= HALF:
        outcome = "fragile"
    else:
        outcome = "opposite" if float(against.mean()) >= HALF and expected != "no_change" else "not reproduced"
    return Verdict(outcome, share, low, high, seen.n, "" if share >= MOST else _why(seen, expected))


def _why(seen: Shown, expected: Expectation) -> str:
    """Where the other draws went, in plain words."""
    n = seen.n
    if expected == "threshold":
        return "a line over the levels describes the answer as well as a step"
    up, none, down = (int((seen.signs == sign).sum()) for sign in (1, 0, -1))
    small = "" if seen.smallest is None else f" (below what {seen.smallest.name} shows)"
    parts = [f"{up} of {n} draws rise", f"{none} do not change{small}", f"{down} fall"]
    return ", ".join(part for part, count in zip(parts, (up, none, down), strict=True) if count)
