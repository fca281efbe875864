"""Draws of stated values: standard-normal scores by name, and the law that makes values of them."""

from __future__ import annotations

import hashlib
from math import inf
from statistics import NormalDist

import numpy as np

from vesicula.language.values import RangeShape, Value, odds

Z95 = 1.6448536269514722
NORMAL = NormalDist()


def quantile(value: float, low: float | None, high: float | None, shape: RangeShape, z: float) -> float:
    """Value at the standard-normal score z of a stated range (its central 90 %), median at the stated value.

    Equation   x = m (high/m)^(z/1.645) for z > 0, m (m/low)^(z/1.645) for z < 0; the same on the logit for shares;
               linear: piecewise uniform in Φ(z) between low, m and high
    Returns    float, in the unit of the arguments
    """
    if low is None or high is None or low == high:
        return value
    limit = high if z >= 0 else low
    share = abs(z) / Z95
    if shape is RangeShape.LOGIT_NORMAL and 0 < low <= value <= high < 1:
        start, end = _logit(value), _logit(limit)
        return 1 / (1 + float(np.exp(-(start + (end - start) * share))))
    if shape is RangeShape.LOG_NORMAL and 0 < low <= value:
        return value * float((limit / value) ** share)
    return value + (limit - value) * (abs(NORMAL.cdf(z) - 0.5) / 0.5)


def fold_quantile(value: float, low: float | None, high: float | None, shape: RangeShape, z: float) -> float:
    """Multiple of a rule at score z: drawn as its distance from 1, so that no draw turns the rule round.

    Equation   above 1: 1 + x, x the log-normal quantile of fold − 1; below 1: logit-normal; an end at 1 or 0, which no
               such law has, is put as far from the value as the other end, on the logarithm of fold − 1 or the logit;
               where neither end can be drawn so, or the range is linear, uniform in Φ(z) between end and value
    """
    if low is None or high is None or low == high:
        return value
    raised = value > 1
    low, high = (max(low, 1.0), high) if raised else (low, min(high, 1.0))
    here, least, most = (odds(x, raised=raised) for x in (value, low, high))
    least, most = (
        least if least > 0 or not most else here**2 / most,
        most if most < inf or not least else here**2 / least,
    )
    if shape is RangeShape.LINEAR or not 0 < least <= here <= most < inf or least == most:
        return quantile(value, low, high, RangeShape.LINEAR, z)
    x = quantile(here, least, most, RangeShape.LOG_NORMAL, z)
    return 1.0 + x if raised else x / (1.0 + x)


def drawn_at(value: Value, z: float, *, fold: bool = False) -> float:
    """A stated value at a standard-normal score, in its own unit: the law of every draw.

    fold : a multiple that a rule tends to, see `fold_quantile`
    """
    law, whole = fold_quantile if fold else quantile, 1.0
    if value.unit == "%" and (fold or value.shape is RangeShape.LOGIT_NORMAL):
        whole = 100.0
    low, high = (None if end is None else end / whole for end in (value.low, value.high))
    return whole * law(value.number / whole, low, high, value.shape, z)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


class Scores:
    """Standard-normal scores of parameters under a seed, keyed by their names: the same in every arm and model order.

    One generator is set to each key in turn, which takes a fifth of the time of making one for each.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._philox = np.random.Philox(0)
        self._start = self._philox.state
        self._generator = np.random.Generator(self._philox)

    def of(self, draw: int, name: str) -> float:
        """Score of a parameter in a draw; draw 0 is the stated value."""
        if draw == 0:
            return 0.0
        digest = hashlib.blake2b(f"{draw} {name}".encode(), digest_size=8).digest()
        key = np.array([self._seed, int.from_bytes(digest, "little")]).astype(
            np.uint64
        )  # half of them by way of float64
        self._philox.state = {**self._start, "state": {**self._start["state"], "key": key}}
        return float(self._generator.normal())


def score(seed: int, draw: int, name: str) -> float:
    """Standard-normal score of one parameter in one draw."""
    return Scores(seed).of(draw, name)


def drawn_as(place: str, value: Value) -> str:
    """Name under which a value is drawn: its key in the parameter library, else its path in names.

    A library entry of a wider kind than the thing (`ec50|edge` for one edge) stands in for a constant that nobody
    stated: each such place is drawn by itself.
    """
    if value.parameter is None or value.stand_in:
        return place
    return value.parameter
