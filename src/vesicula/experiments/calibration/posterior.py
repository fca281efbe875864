"""Draws of the posterior: importance sampling led by lines over the scores, weighed by what the model itself reads.

Round after round the readings of all rows so far are fitted as lines over the scores, nearest to the data best; rows
are drawn from the prior times the likelihood of these lines, each with its rest beside the error of the data; they are
run, and weigh as much as their likelihood is above that of the lines. In the last round so many are run that enough of
them count, and they are drawn by weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.calibration.emulator import Line, line_of, wander
from vesicula.experiments.calibration.sampling import DECIMALS

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FIRST, ROUNDS, STEPS = 2, 6, 400  # rows of the prior for each that is wanted
ENOUGH = 0.5  # of the rows that have to count for the last round
OVER, MOST_OVER = 3.0, 10.0  # rows of the last round for each that is wanted
NEAREST = 1500
Read = Callable[[F64, I64], F64]
"""(rows float64[n, n_names], numbers int64[n]) -> readings, float64[n_data, n], in which errors are normal."""
Watch = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Posterior:
    """Draws given the data.

    rows : float64[n, n_names]      readings, prior_readings : float64[n_data, n] of these and of draws of the prior
    counting : rows that independent draws would be (1/Σ w²)      followed : columns that the data tell something of
    """

    rows: F64
    readings: F64
    prior_readings: F64
    counting: float
    followed: I64
    rounds: int


def posterior(
    n_names: int, read: Read, values: F64, errors: F64, *, rows: int, seed: int = 1,
    named: Sequence[int] | None = None, watch: Watch | None = None,
) -> Posterior:  # fmt: skip
    """Draws of standard-normal scores given data with normal errors.

    Equation   w = Π N(y; r(z), s²) / Π N(y; l(z), s² + u²), r the readings, l the line and u its rest
    values, errors : float64[n_data]      named : columns that are drawn, the others stay as stated; None: all
    """
    random, tell = np.random.default_rng([seed, 30]), watch or (lambda *_: None)

    columns = np.arange(n_names) if named is None else np.array(sorted(named), dtype=np.int64)

    def prior(n: int) -> F64:
        rows = np.zeros((n, n_names))
        rows[:, columns] = random.standard_normal((n, len(columns))).round(DECIMALS)
        return rows

    known = prior(FIRST * rows)
    found = read(known, np.arange(1, len(known) + 1))
    first, now = found, known[random.integers(len(known), size=rows)]
    best, followed, done = _Weighed(now, found[:, :rows], np.full(rows, 1.0 / rows)), columns, 0
    for done in range(1, ROUNDS + 1):
        lines = _lines(known, found, columns, values, errors)
        followed = _followed(lines, columns)
        density = _guide(lines, values, errors)
        now = wander(now, followed, density, random, STEPS, whole=True).round(DECIMALS)
        idle = np.setdiff1d(np.arange(n_names), followed)
        now[:, idle] = prior(len(now))[:, idle]
        seen = read(now, np.arange(1, len(now) + 1))
        one = _Weighed(now, seen, _weights(likelihood(seen, values, errors) - density(now)))
        tell(f"round {done}", round(one.counting), len(now))
        best = one if one.counting >= best.counting or done == 1 else best
        if len(now) > rows:
            break
        known, found = np.concatenate([known, now]), np.concatenate([found, seen], axis=1)
        last = done >= ROUNDS - 1 or one.counting > ENOUGH * rows
        wanted = int(rows * np.clip(rows / one.counting, OVER, MOST_OVER)) if last else rows
        now = now[_drawn(one.weights, wanted, random)]
    chosen = _drawn(best.weights, rows, random)
    return Posterior(best.rows[chosen], best.readings[:, chosen], first, best.counting, followed, done)


@dataclass(frozen=True)
class _Weighed:
    """Rows with their readings and weights, which add up to 1."""

    rows: F64
    readings: F64
    weights: F64

    @property
    def counting(self) -> float:
        """Independent draws that they are worth."""
        return float(1.0 / (self.weights**2).sum())


def likelihood(readings: F64, values: F64, errors: F64) -> F64:
    """Logarithm of the likelihood of each row, float64[n], up to a constant; −inf where a reading is missing."""
    off = (readings - values[:, None]) / errors[:, None]
    total = -0.5 * (off**2).sum(axis=0)
    return np.where(np.isfinite(total), total, -np.inf)


def _lines(rows: F64, readings: F64, columns: I64, values: F64, errors: F64) -> list[Line]:
    """A line for each datum, fitted best where all readings are near the data."""
    misfit = -2.0 * likelihood(readings, values, errors)
    seen = np.isfinite(misfit)
    taken = np.sort(np.argsort(np.where(seen, misfit, np.inf), kind="stable")[: min(int(seen.sum()), NEAREST)])
    scale = float(np.quantile(misfit[taken], 0.25)) + len(values)
    root = np.sqrt(1.0 / (1.0 + misfit[taken] / scale))
    out = [line_of(rows[np.ix_(taken, columns)], one[taken], root) for one in readings]
    return [Line(columns[one.columns], one.bent, one.slope, one.base, one.rest) for one in out]


def _followed(lines: Sequence[Line], columns: I64) -> I64:
    found = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(line.columns for line in lines)]))
    return found if len(found) else columns


def _guide(lines: Sequence[Line], values: F64, errors: F64) -> Callable[[F64], F64]:
    spread = np.sqrt(errors**2 + np.array([line.rest for line in lines]) ** 2)

    def log_density(rows: F64) -> F64:
        expected = np.array([line.at(rows) for line in lines])
        return likelihood(expected, values, spread)

    return log_density


def _weights(log: F64) -> F64:
    top = np.max(log[np.isfinite(log)], initial=-np.inf)
    if not np.isfinite(top):
        return np.full(len(log), 1.0 / len(log))
    found = np.exp(np.where(np.isfinite(log), log - top, -np.inf))
    return found / found.sum()


def _drawn(weights: F64, n: int, random: np.random.Generator) -> I64:
    """Indices by weight, each as often as its weight says, to within one (systematic resampling)."""
    return np.searchsorted(np.cumsum(weights), (np.arange(n) + random.random()) / n).clip(0, len(weights) - 1)
