"""Medians, intervals and rank correlations over replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
ENOUGH_FOR_PERCENTILES = 10
ENOUGH_FOR_RANKS = 8
SHUFFLES = 200


@dataclass(frozen=True)
class Interval:
    """Median of replicates with the central 90 % (10 replicates and more) or the whole range (fewer); of a share among
    patients the mean with its 95 % interval.
    """

    median: float
    low: float
    high: float
    n: int
    of_share: bool = False

    @property
    def what(self) -> str:
        """What the ends are."""
        if self.of_share:
            return "95 % interval"
        return "central 90 %" if self.n >= ENOUGH_FOR_PERCENTILES else "lowest to highest"


def interval(values: F64) -> Interval:
    """Median and interval of the finite values, float64[n]; NaN where there is none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    low, high = (5, 95) if len(finite) >= ENOUGH_FOR_PERCENTILES else (0, 100)
    lower, middle, upper = np.percentile(finite, [low, 50, high])
    return Interval(float(middle), float(lower), float(upper), len(finite))


def share_interval(values: F64) -> Interval:
    """Mean of 0 and 1 (of changes: -1, 0 and 1) with its 95 % interval, normal in the mean with one pseudo-observation.

    Equation   mean ± 1.96 √((Σ (x − mean)² + 1)/(n (n + 1)))
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), float("nan"), 0, of_share=True)
    n, mean = len(finite), float(finite.mean())
    half = 1.96 * float(np.sqrt((np.sum((finite - mean) ** 2) + 1.0) / (n * (n + 1))))
    lowest = 0.0 if finite.min() >= 0 else -1.0
    return Interval(mean, max(lowest, mean - half), min(1.0, mean + half), n, of_share=True)


@dataclass(frozen=True)
class Influence:
    """Rank correlation of a parameter with a measure over the draws; beyond_chance: larger than the largest of all
    parameters in 95 % of shufflings.
    """

    path: str
    correlation: float
    beyond_chance: bool


def _ranks(table: F64) -> F64:
    import pandas as pd

    ranked = pd.DataFrame(table).rank().to_numpy()
    centred = ranked - ranked.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    return np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)


def influences(draws: pd.DataFrame, values: F64) -> list[Influence]:
    """Parameters by the size of their rank correlation with a measure; empty with fewer than 8 draws.

    draws : one row per draw, one column per parameter      values : float64[n_draws]
    """
    finite = np.isfinite(values)
    table = draws.to_numpy(dtype=np.float64)[finite]
    if finite.sum() < ENOUGH_FOR_RANKS or not table.shape[1] or np.ptp(values[finite]) == 0:
        return []
    columns = _ranks(table)
    answer = _ranks(values[finite][:, None])[:, 0]
    correlation = columns.T @ answer
    generator = np.random.Generator(np.random.Philox(1))
    chance = [float(np.abs(columns.T @ generator.permutation(answer)).max()) for _ in range(SHUFFLES)]
    threshold = float(np.quantile(chance, 0.95))
    order = np.argsort(-np.abs(correlation), kind="stable")
    return [
        Influence(str(draws.columns[i]), float(correlation[i]), bool(abs(correlation[i]) > threshold)) for i in order
    ]


def wilson(count: int, n: int, z: float = 1.959963984540054) -> tuple[float, float, float]:
    """A share with Wilson's 95 % interval."""
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    share, spread = count / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return share, float(max(0.0, middle - half)), float(min(1.0, middle + half))
