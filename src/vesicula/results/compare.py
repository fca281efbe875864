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
    rising: int = 0  # replicates whose own rise exceeds it
    falling: int = 0  # replicates whose own fall exceeds it
    typical: Interval | None = None  # change of those replicates

    @property
    def showing(self) -> int:
        """Replicates in which the change shows, up or down."""
        return self.rising + self.falling


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
        """The arm whose median change is largest; where none shows in the median, the one that most replicates show."""
        others = [a for a in self.arms[1:] if np.isfinite(a.change.median)]
        rank = lambda a: (a.visible, 0 if a.visible else a.showing, abs(a.change.median))  # noqa: E731
        return max(others, key=rank, default=None)


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
        each = mine - base
        seen = np.array([shows.shows(b, c) for b, c in zip(base, each, strict=True)], dtype=bool)
        out.append(
            ArmValue(
                arm=arm, values=mine, summary=summed(mine), change=change,
                agreeing=int(np.sum(np.sign(each) == sign)) if sign else 0,
                visible=shows.shows(middle, change.median), rising=int(np.sum(seen & (each > 0))),
                falling=int(np.sum(seen & (each < 0))), typical=interval(_relative(each, base)[seen]),
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


def _relative(change: F64, base: F64) -> F64:
    """Changes over their own baselines; NaN where that is 0."""
    return np.divide(change, base, out=np.full(len(base), np.nan), where=base != 0)


def _change(best: ArmValue, base: ArmValue, unit: str) -> str:
    """`32 percentage points more`, `1.5 times as much`, `38 % less`."""
    change, start = best.change.median, base.summary.median
    more = "more" if change > 0 else "less"
    if unit.startswith("%"):
        return f"{number(abs(change), 2)} percentage points {more}"
    if not start or not np.isfinite(best.summary.median / start):
        return f"{number(abs(change), 2)} {unit} {more}".replace("  ", " ")
    return _share(change / start)  # of the change within replicates, which `visible` judges too


def _share(share: float) -> str:
    """`2.5 times as much`, `38 % less`."""
    if share >= 0.5:
        return f"{number(1 + share, 2)} times as much"
    return f"{number(abs(share) * 100, 2)} % {'more' if share > 0 else 'less'}"


def smallest_size(assay: SmallestEffect) -> str:
    """`1.5-fold`, `±20 %`."""
    return f"{1 + assay.share:g}-fold" if assay.fold else f"±{100 * assay.share:g} %"


def _within(best: ArmValue, base: ArmValue) -> str:
    """Says that arms are compared draw by draw where their medians, which stand beside it, tell something else."""
    medians, change = best.summary.median - base.summary.median, best.change.median
    apart = abs(medians - change) > 0.25 * max(abs(medians), abs(change))
    return ", each compared with itself" if apart and best.summary.n > 1 else ""


def _of(k: int, n: int, word: str) -> str:
    """`3 of 8 draws`, `all 8 draws`."""
    return f"all {n} {word}s" if k == n else f"{k} of {n} {word}s"


def _in_draws(best: ArmValue, assay: SmallestEffect | None, n: int, word: str, *, median: bool) -> str:
    """In how many replicates an effect shows, after one that shows in the median or one that does not."""
    by, limit = ("", "more than 1 %") if assay is None else (f" by {assay.name}", f"from {smallest_size(assay)}")
    if median:
        return f"shows{by} ({limit}) in {_of(best.showing, n, word)}"
    typical = best.typical
    if best.rising and best.falling:
        those = f": {best.rising} more, {best.falling} less"
    elif typical is None or not typical.n:
        those = ""
    elif typical.low > 1:
        those = f", {'those' if best.showing > 1 else 'that one'} more than double"
    else:
        those = f", {'those' if best.showing > 1 else 'that one'} {_share(typical.median)}"
    verb = "show" if best.showing > 1 else "shows"
    return f"{_of(best.showing, n, word)} {verb} it{by} ({limit}){those}"


def answer(description: RunDescription, comparison: Comparison, *, finished: bool = True) -> str:
    """The first measure in one sentence: its range, how many replicates agree, and in how many the effect shows."""
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
    return f"{first}{second}: {_effect(measure, best, base, n, word)}.{_largest(measure, best, most, base, n, word)}"


def _effect(measure: MeasureLabel, best: ArmValue, base: ArmValue, n: int, word: str) -> str:
    """Size of the median effect, and in how many replicates an effect shows."""
    assay, shares = smallest_effect(measure), measure.kind == "event share"
    over = f" over {counted(n, word)}" if n > 1 else " in one run"
    hidden = best.showing and not shares and n > 1
    if best.change.median == 0:
        none = f"no difference in the median{over}" if hidden else f"no difference{over}"
        return f"{none}; {_in_draws(best, assay, n, word, median=False)}" if hidden else none
    size = _change(best, base, measure.unit)
    within = _within(best, base)
    if not best.visible:
        small = "less than 1 % of the baseline" if assay is None else f"too small to show by {assay.name}"
        if hidden:
            return f"{size} in the median of {word}s{within}, {small}; {_in_draws(best, assay, n, word, median=False)}"
        limit = "" if assay is None else f" (from {smallest_size(assay)})"
        each = "in any of" if assay else "in each of"
        return f"{size}, {small}{limit}" + (f" {each} {counted(n, word)}" if n > 1 and not shares else over)
    agree = "in the one run made" if n == 1 else f"in {_of(best.agreeing, n, word)}"
    if n == 1 or shares:
        return f"{size}{within}, {agree}"
    if best.showing == best.agreeing == n and assay is None:
        return f"{size}{within}, {agree}"
    return f"{size}{within}, {agree}; {_in_draws(best, assay, n, word, median=True)}"


def _largest(measure: MeasureLabel, asked: ArmValue, most: ArmValue | None, base: ArmValue, n: int, word: str) -> str:
    """A second sentence about the arm that differs most, where it is another one and shows more."""
    if most is None or most.arm == asked.arm or (asked.visible and not most.visible):
        return ""
    if abs(most.change.median) < 1.5 * abs(asked.change.median) and most.showing <= asked.showing:
        return ""
    seen = "" if most.visible else ", still too small to show"
    if n > 1 and measure.kind != "event share":
        shows = f"shows in {_of(most.showing, n, word)}" if most.showing else f"in any of {n} {word}s"
        seen = f"; {shows}" if most.visible else f" in the median; {shows}" if most.showing else f"{seen} {shows}"
    return f" The arm that differs most is “{most.arm}”: {_change(most, base, measure.unit)}{seen}."
