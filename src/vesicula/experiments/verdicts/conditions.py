"""Which values decide whether an effect is seen, and under which condition on at most two of them it always is.

A condition is found on every second draw and confirmed on the others, so that none is believed where it was sought.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import hypergeom, rankdata

from vesicula.results.statistics import wilson

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
DRAWS_FOR_A_CONDITION = 256
SHARE, LOW, MET = 0.8, 0.65, 0.1
"""Least share of the draws that meet a condition and show the effect, its Wilson end, and least share that meet it."""
MOST_VALUES = 20
"""Values among which pairs are sought: those that separate best."""
CHANCE = 0.02
"""Largest probability that draws of the other half that meet the condition show so much more by chance."""
LEVELS = np.arange(0.1, 0.95, 0.1)
LEAST_GROUP = 8
MOST_DECIDING = 3


@dataclass(frozen=True)
class Drawn:
    """Values of a run that differ between draws, each once. words : for a reader; quantities : in the parameter library
    values : float64[n_values, n_draws], in `units`, the first draw as stated
    """

    paths: tuple[str, ...]
    words: tuple[str, ...]
    quantities: tuple[str, ...]
    units: tuple[str, ...]
    values: F64

    def at(self, draws: NDArray[np.int64]) -> Drawn:
        """The same values in these draws alone."""
        return replace(self, values=self.values[:, draws])


@dataclass(frozen=True)
class Limit:
    """A value above or below a number. value : its row"""

    value: int
    side: str
    limit: float


@dataclass(frozen=True)
class Condition:
    """A condition and what the draws say that it was not sought in. met : share of all draws that meet it
    share, low, high : of the confirming draws that meet it, those that show the effect, with the Wilson interval
    """

    limits: tuple[Limit, ...]
    share: float
    low: float
    high: float
    n: int
    met: float

    def words(self, drawn: Drawn) -> str:
        """`half-life of BMP is below 4 h`."""
        return " and ".join(
            f"{drawn.words[one.value]} is {one.side} {f'{one.limit:.3g} {drawn.units[one.value]}'.strip()}"
            for one in self.limits
        )


@dataclass(frozen=True)
class Deciding:
    """A value that separates draws that show the effect from the others.

    more : whether a larger value shows it; auc : probability that a draw that shows it has the value that favours it
    p : of so much by chance, times the number of values looked at
    """

    value: int
    more: bool
    auc: float
    p: float


def deciding(agree: Bools, values: F64) -> tuple[Deciding, ...]:
    """The values that separate draws that show an effect from those that do not, the best first.

    By the rank-sum test (Mann and Whitney) of each value, its normal form, times the number of values (Bonferroni).
    agree : bool[n_draws]      values : float64[n_values, n_draws]
    """
    shown, n = int(agree.sum()), len(agree)
    if min(shown, n - shown) < LEAST_GROUP or not len(values):
        return ()
    auc, z = _separation(agree, values)
    p = np.minimum(1.0, 2 * ndtr(-np.abs(z)) * len(values))
    order = [int(i) for i in np.argsort(-np.abs(z)) if p[i] < 0.05][:MOST_DECIDING]
    return tuple(Deciding(i, bool(auc[i] > 0.5), float(max(auc[i], 1 - auc[i])), float(p[i])) for i in order)


def _separation(agree: Bools, values: F64) -> tuple[F64, F64]:
    """Area under the curve of each value, and its normal score."""
    shown, n = int(agree.sum()), len(agree)
    ranks = rankdata(values, axis=1)
    auc = (ranks[:, agree].sum(axis=1) - shown * (shown + 1) / 2) / (shown * (n - shown))
    return auc, (auc - 0.5) / np.sqrt((n + 1) / (12 * shown * (n - shown)))


def condition(agree: Bools, values: F64) -> Condition | None:
    """A condition on one or two values under which the effect shows; None where there is none, or too few draws.

    agree : bool[n_draws], in draws in no order      values : float64[n_values, n_draws]
    """
    n = len(agree)
    if n < DRAWS_FOR_A_CONDITION or not len(values):
        return None
    sought, other = np.arange(0, n, 2), np.arange(1, n, 2)
    seen = agree[sought]
    if not 0 < int(seen.sum()) < len(seen):
        return None
    _, z = _separation(seen, values[:, sought])
    best = np.argsort(-np.abs(z), kind="stable")[:MOST_VALUES]
    for limits in _candidates(seen, values, best, sought):
        found = _confirmed(limits, agree, values, other)
        if found is not None:
            return found
    return None


def _candidates(
    seen: Bools, values: F64, best: NDArray[np.int64], sought: NDArray[np.int64]
) -> Iterator[tuple[Limit, ...]]:
    """The best condition on one value, then the best on two, by the Wilson end of their share."""
    limits = [limit for i in best for limit in _limits(int(i), values[i, sought])]
    if not limits:
        return
    masks = np.stack([meets((limit,), values[:, sought]) for limit in limits])
    table = masks.astype(np.float64)
    met, hit = table.sum(axis=1), table @ seen
    one = _best(met, hit, len(seen))
    if one is not None:
        yield (limits[one],)
    both, hits = table @ table.T, (table * seen) @ table.T
    rows = np.array([limit.value for limit in limits])
    both[rows[:, None] >= rows[None, :]] = 0.0
    two = _best(both.ravel(), hits.ravel(), len(seen))
    if two is not None:
        first, second = divmod(two, len(limits))
        yield limits[first], limits[second]


def _limits(row: int, values: F64) -> Iterator[Limit]:
    for level in dict.fromkeys(_short(float(x)) for x in np.quantile(values, LEVELS)):
        yield Limit(row, "below", level)
        yield Limit(row, "above", level)


def _short(number: float) -> float:
    """Two digits, as it is told."""
    return float(f"{number:.2g}")


def _best(met: F64, hit: F64, n: int) -> int | None:
    """The condition with the highest Wilson end among those that meet what is asked."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hit / met
        low = _wilson_low(share, met)
    fits = (met >= MET * n) & (share >= SHARE) & (low > LOW)
    return int(np.argmax(np.where(fits, low, -1.0))) if fits.any() else None


def _wilson_low(share: F64, n: F64, z: float = 1.959963984540054) -> F64:
    return (share + z * z / (2 * n) - z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)) / (1 + z * z / n)


def _confirmed(limits: Sequence[Limit], agree: Bools, values: F64, other: NDArray[np.int64]) -> Condition | None:
    """The condition, if it holds in the draws that it was not sought in, and there more than without it."""
    met, seen = meets(limits, values[:, other]), agree[other]
    k, hits = int(met.sum()), int((met & seen).sum())
    if k < MET * len(other) or k == len(other):
        return None
    share, low, high = wilson(hits, k)
    by_chance = float(hypergeom.sf(hits - 1, len(other), int(seen.sum()), k))
    all_met = float(meets(limits, values).mean())
    if share < SHARE or low <= LOW or by_chance > CHANCE or all_met < MET:
        return None
    return Condition(tuple(limits), share, low, high, k, all_met)


def meets(limits: Sequence[Limit], values: F64) -> Bools:
    """Which draws meet all limits, bool[n_draws]."""
    met = np.ones(values.shape[1], dtype=np.bool_)
    for one in limits:
        row = values[one.value]
        met &= row < one.limit if one.side == "below" else row > one.limit
    return met
