"""Shares that leave a state within a macro step, by its rate: one law for kernels, and for answers without a run.

Kernels call `leaving_share` and `passing_share`; `leaving_shares` and `passing_shares` are the same laws of arrays, in
NumPy alone, so that a question without a run does without Numba.
"""

from __future__ import annotations

import math
from inspect import unwrap

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device

F64 = NDArray[np.float64]

SERIES_BELOW = 1e-2  # H k; below it 1 − (1 − e^(−x)) / x loses digits


@device
def leaving_share(rate, time):
    """Share of particles that leave a state within a step.

    Equation   1 − exp(−H k); 1 where the rate is infinite
    rate : float64, 1/min; time : float64, min
    """
    return -np.expm1(-rate * time)


@device
def passing_share(rate, time):
    """Share of the particles that come into a state during a step, evenly over it, and leave it in the same step.

    Equation   1 − (1 − exp(−H k)) / (H k); 1 where the rate is infinite
    rate : float64, 1/min; time : float64, min
    """
    x = rate * time
    if math.isinf(x):
        return 1.0
    return beyond_series(x) if x > SERIES_BELOW else series(x)


@device
def beyond_series(x):
    """`passing_share` of H k above `SERIES_BELOW`."""
    return 1.0 + np.expm1(-x) / x


@device
def series(x):
    """`passing_share` of H k up to `SERIES_BELOW`."""
    return x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0))))


def leaving_shares(rate: F64 | float, time: float) -> F64:
    """`leaving_share` of rates, float64[...], 1/min; time : min."""
    return unwrap(leaving_share)(np.asarray(rate, dtype=np.float64), time)


def passing_shares(rate: F64 | float, time: float) -> F64:
    """`passing_share` of rates, float64[...], 1/min; time : min."""
    x = np.asarray(rate, dtype=np.float64) * time
    large = unwrap(beyond_series)(np.maximum(x, SERIES_BELOW))
    small = x <= SERIES_BELOW
    return np.where(small, unwrap(series)(np.minimum(x, SERIES_BELOW)), large) if small.any() else large
