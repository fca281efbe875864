"""Arms against the baseline, replicate by replicate, and the answer in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.results.assays import SmallestEffect, smallest_effect
from vesicula.results.bundle import Bundle
from vesicula.results.description import MeasureLabel, RunDescription
from vesicula.results.statistics import Interval, interval, share_interval
from vesicula.results.wording import counted, duration, number, span

F64 = NDArray[np.float64]
LEAST_CHANGE = 0.01  # of the baseline, where no assay sets a limit


@dataclass(frozen=True)
class ArmValue:
    """A measure in one arm at its reading time. values: by replicate; change: arm minus baseline, by replicate."""

    arm: str
    values: F64
    summary: Interval
    change: Interval
    agreeing: int  # replicates whose change has the sign of the median change
    visible: bool  # the median change exceeds the assay's smallest effect, or 1 % of the baseline


@dataclass(frozen=True)
class Comparison:
    """A measure in every arm; the first arm is the baseline. at_min: the time it was read."""

    measure: MeasureLabel
    at_min: float
    arms: tuple[ArmValue, ...]

    @property
    def asked(self) -> ArmValue | None:
        """The arm that the question is about: the second of the model; None where there is only one."""
        return self.arms[1] if len(self.arms) > 1 else None

    @property
    def most_different(self) -> ArmValue | None:
        """The arm that differs most from the baseline, relative to the spread of its change."""
        others = [a for a in self.arms[1:] if np.isfinite(a.change.median)]
        return max(others, key=lambda a: abs(a.change.median), default=None)


def reading_index(description: RunDescription, measure: MeasureLabel, recorded: int) -> int:
    """Index of the record at which a measure is read: the last one not after its time."""
    times = np.array(description.plan.times_min()[:recorded])
    if measure.at_min is None:
        return recorded - 1
    return int(np.searchsorted(times, measure.at_min + 1e-9, side="right")) - 1


def compare(description: RunDescription, records: list[Bundle], measure: MeasureLabel) -> Comparison:
    """Read a measure in every arm and set it against the baseline of the same replicate."""
    column = [m.name for m in description.measures].index(measure.name)
    index = reading_index(description, measure, len(records))
    values = records[index].arrays["measures"][:, column]
    base = values[description.variants_of(description.arms[0])]
    shows = smallest_effect(measure) or SmallestEffect("", LEAST_CHANGE)
    summed = share_interval if measure.kind == "event share" else interval
    out = []
    for arm in description.arms:
        mine = values[description.variants_of(arm)]
        change = summed(mine - base)
        sign = np.sign(change.median)
        middle = float(np.nanmedian(base)) if np.isfinite(base).any() else 0.0
        out.append(
            ArmValue(
                arm=arm, values=mine, summary=summed(mine), change=change,
                agreeing=int(np.sum(np.sign(mine - base) == sign)) if sign else 0,
                visible=shows.shows(middle, change.median),
            )
        )  # fmt: skip
    return Comparison(measure, description.plan.times_min()[index], tuple(out))


def shown(value: Interval, unit: str, digits: int = 3) -> str:
    """`61.4 % of start (58.2–64)`: median, unit and interval."""
    text, ends = f"{number(value.median, digits)} {unit}".strip(), span(value.low, value.high, digits)
    return text if value.n < 2 or ends == number(value.median, digits) else f"{text} ({ends})"


def in_arm(arm: str) -> str:
    """`with RANKL block`, but `untreated`."""
    plain = arm.lower().startswith(("un", "without", "no ", "with ", "control", "baseline", "healthy"))
    return f"in the arm “{arm}”" if not plain else arm


def _change(best: ArmValue, base: ArmValue, unit: str) -> str:
    """`32 points more`, `1.5 times as much`, `38 % less`."""
    change, start = best.change.median, base.summary.median
    more = "more" if change > 0 else "less"
    if unit.startswith("%"):
        return f"{number(abs(change), 2)} percentage points {more}"
    if not start or not np.isfinite(best.summary.median / start):
        return f"{number(abs(change), 2)} {unit} {more}".replace("  ", " ")
    ratio = 1 + change / start  # of the change within replicates, which `visible` judges too
    return f"{number(ratio, 2)} times as much" if ratio >= 1.5 else f"{number(abs(ratio - 1) * 100, 2)} % {more}"


def answer(description: RunDescription, comparison: Comparison, *, finished: bool = True) -> str:
    """The first measure in one sentence, with its range and how many replicates agree."""
    measure, unit = comparison.measure, comparison.measure.unit
    word = "draw" if description.draws_differ else "seed"
    base, best, most = comparison.arms[0], comparison.asked, comparison.most_different
    when = f"After {duration(comparison.at_min)}" if comparison.at_min else "At the start"
    when += "" if finished else " (the run is not finished)"
    n = description.replicates
    if base.summary.n == 0:
        return f"{when}, {measure.name} ({measure.text}) is not defined: there is nothing to read it from."
    over = f" over {counted(n, word)}" if n > 1 else " in one run"
    if best is None or best.summary.n == 0:
        return f"{when}, {measure.name} is {shown(base.summary, unit)}{over}."
    digits = 3 if best.change.median == 0 or abs(best.change.median) > 0.02 * abs(base.summary.median) else 4
    first = f"{when}, {measure.name} is {shown(best.summary, unit, digits)} {in_arm(best.arm)} and "
    second = f"{shown(base.summary, unit, digits)} {in_arm(base.arm)}"
    other = _largest(best, most, base, unit)
    if best.change.median == 0:
        return f"{first}{second}: no difference{over}.{other}"
    agree = f"in {'all' if best.agreeing == n else best.agreeing} {'' if best.agreeing == n else 'of '}{n} {word}s"
    agree = "in the one run made" if n == 1 else agree.replace("  ", " ")
    assay = smallest_effect(measure)
    if not best.visible:
        small = f"less than 1 % of the baseline{over}" if assay is None else f"too small to show by {assay.name}"
        return f"{first}{second}: {_change(best, base, unit)}, {small}.{other}"
    return f"{first}{second}: {_change(best, base, unit)}, {agree}.{other}"


def _largest(asked: ArmValue, most: ArmValue | None, base: ArmValue, unit: str) -> str:
    """A second sentence about the arm that differs most, where it is another one and shows more."""
    if most is None or most.arm == asked.arm or (asked.visible and not most.visible):
        return ""
    if abs(most.change.median) < 1.5 * abs(asked.change.median):
        return ""
    seen = "" if most.visible else ", still too small to show"
    return f" The arm that differs most is “{most.arm}”: {_change(most, base, unit)}{seen}."
