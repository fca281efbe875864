"""Draws of stated values: standard-normal scores by name, and the law that makes values of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from vesicula.errors import EnsembleError
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


@dataclass(frozen=True)
class Ensemble:
    """Calibrated draws: rows of standard-normal scores, by the names under which values are drawn.

    name : of the model that they are draws of      scores : name -> float64[n_rows]
    digest : of the rows, 12 hexadecimal digits
    without : ids of the constraints that these rows were not asked to satisfy
    fitted : whether they were fitted to data (a posterior) and not to constraints
    numbers : of the random numbers of each row, ascending, under which it satisfied all; by default 1, 2, …
    """

    name: str
    scores: Mapping[str, NDArray[np.float64]]
    digest: str = ""
    without: tuple[str, ...] = ()
    fitted: bool = False
    numbers: tuple[int, ...] = ()

    def number(self, draw: int) -> int:
        """Number of the random numbers of a draw; draw 0 holds the stated values."""
        return self.numbers[draw - 1] if draw and self.numbers else draw

    @property
    def rows(self) -> int:
        """Draws beside the stated values."""
        return min((len(row) for row in self.scores.values()), default=0)

    @property
    def words(self) -> str:
        """`256 calibrated draws of bone-metastasis (3f2a…), which leave out opg-at-rest`."""
        kind = "fitted" if self.fitted else "calibrated"
        left = f", which leave out {', '.join(self.without)}" if self.without else ""
        return f"{self.rows} {kind} draws of {self.name} ({self.digest}){left}"

    def hold(self, draws: int) -> None:
        """Raise EnsembleError where so many draws, the stated values first, are more than there are rows."""
        if draws > self.rows + 1:
            message = f"{draws} draws are asked for, and there are {self.rows} calibrated draws of {self.name}"
            remedy = f"take {self.rows + 1} at most (the stated values come first), or --prior for draws of all ranges"
            raise EnsembleError(message, remedy)


class Scores:
    """Standard-normal scores of parameters under a seed, keyed by their names: the same in every arm and model order.

    ensemble : calibrated rows, of which draw k ≥ 1 takes row k − 1; names that it lacks keep the score of the seed
    One generator is set to each key in turn, which takes a fifth of the time of making one for each.
    """

    def __init__(self, seed: int, ensemble: Ensemble | None = None) -> None:
        self._seed = seed
        self._rows: Mapping[str, NDArray[np.float64]] = {} if ensemble is None else ensemble.scores
        self._philox = np.random.Philox(0)
        self._start = self._philox.state
        self._generator = np.random.Generator(self._philox)

    def of(self, draw: int, name: str) -> float:
        """Score of a parameter in a draw; draw 0 is the stated value."""
        if draw == 0:
            return 0.0
        if name in self._rows:
            return float(self._rows[name][draw - 1])
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
