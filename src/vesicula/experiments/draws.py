"""Many draws of stated values at once, by the quantile law of runs."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.drawing import Scores
from vesicula.spec.values import RangeShape, Value

F64 = NDArray[np.float64]
Z95 = 1.6448536269514722
DRAWS = 512
"""Of questions, unless they say otherwise."""


def scores(name: str, n: int, *, seed: int = 1) -> F64:
    """Standard-normal scores of a value, float64[n]: those that draws 0 to n - 1 of a run with this seed have."""
    of = Scores(seed).of
    return np.array([of(draw, name) for draw in range(n)])


def quantiles(value: float, low: float | None, high: float | None, shape: RangeShape, z: F64) -> F64:
    """Values at standard-normal scores of a stated range; the law of `compiler.drawing.quantile`, for arrays.

    Equation   x = m (high/m)^(z/1.645) for z > 0, m (m/low)^(z/1.645) for z < 0; the same on the logit for shares;
               linear: piecewise uniform in Φ(z) between low, m and high
    """
    if low is None or high is None or low == high:
        return np.full(z.shape, value)
    limit, share = np.where(z >= 0, high, low), np.abs(z) / Z95
    if shape is RangeShape.LOGIT_NORMAL and 0 < low <= value <= high < 1:
        start = np.log(value / (1 - value))
        return 1 / (1 + np.exp(-(start + (np.log(limit / (1 - limit)) - start) * share)))
    if shape is RangeShape.LOG_NORMAL and 0 < low <= value:
        return value * (limit / value) ** share
    return value + (limit - value) * np.abs(2.0 * normal_cdf(z) - 1.0)


def normal_cdf(z: F64) -> F64:
    """Φ(z) to 4e-6, from a table: scipy takes a quarter of a second to load."""
    return np.interp(z, *_cdf_table())


@lru_cache(maxsize=1)
def _cdf_table() -> tuple[F64, F64]:
    grid = np.linspace(-6.0, 6.0, 1201)
    return grid, np.array([NormalDist().cdf(x) for x in grid])


def drawn(value: Value, dimension: str, z: F64, *, molar_mass: float | None = None) -> F64:
    """Values in internal units at scores z, float64[n]."""
    low, high, number = value.low, value.high, value.number
    if value.unit == "%" and value.shape is RangeShape.LOGIT_NORMAL:
        ends = [None if end is None else end / 100 for end in (low, high)]
        return quantiles(number / 100, ends[0], ends[1], value.shape, z)
    return quantiles(number, low, high, value.shape, z) * units.factor(value.unit, dimension, molar_mass=molar_mass)
