"""A quick stand-in for constraints, with which rows are proposed; every row is accepted in the engine.

A reading is taken as a straight line over the scores, fitted by ridge regression, with a normal rest; the share of that
normal between the ends of a constraint is the chance that a row satisfies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

F64 = NDArray[np.float64]
PENALTIES = np.logspace(-3, 4, 16)
OUTSIDE = 0.05  # chance of all rows outside together, for that of all inside: the stand-in forbids nothing
DOUBT = 1.2  # times the rest, which was fitted
FEWEST = 12


@dataclass(frozen=True)
class Emulator:
    """The stand-in of one constraint. columns : of rows; slope, low, high : in units of the rest's deviation

    least : chance that every row has at least
    """

    columns: NDArray[np.int64]
    slope: F64
    low: float
    high: float
    least: float

    def chance(self, rows: F64) -> F64:
        """Chance that rows satisfy it, float64[n]. rows : scores, float64[n, n_names]"""
        at = rows[:, self.columns] @ self.slope
        return self.least + (1.0 - self.least) * np.asarray(ndtr(self.high - at) - ndtr(self.low - at))


def fitted(rows: F64, readings: F64, columns: NDArray[np.int64], low: float, high: float) -> Emulator | None:
    """The stand-in of a constraint from what was read; None where too little was. Near the range it fits best.

    Equation   y = a + b·z + s ε, b by ridge regression with weights 1/(1 + (d/d₀)²), d the distance from the range;
               p(z) = Φ((high − a − b·z)/s) − Φ((low − a − b·z)/s)
    rows : float64[n, n_names]      readings : float64[n], NaN where nothing could be read
    low, high : ends of the range, infinite where it has none
    """
    seen = np.isfinite(readings)
    if seen.sum() < FEWEST:
        return None
    x, y = rows[np.ix_(np.flatnonzero(seen), columns)], readings[seen]
    width = high - low if np.isfinite(high - low) else 1.0
    away = np.maximum(np.maximum(low - y, y - high), 0.0)
    near = float(np.quantile(away, 0.25)) + width
    root = np.sqrt(1.0 / (1.0 + (away / near) ** 2))[:, None]
    middle, level = (x * root**2).sum(axis=0) / (root**2).sum(), float((y * root[:, 0] ** 2).sum() / (root**2).sum())
    u, s, v = np.linalg.svd((x - middle) * root, full_matrices=False)
    aim = (y - level) * root[:, 0]
    part = u.T @ aim
    best, chosen, rest = np.inf, PENALTIES[-1], float(y.std())
    for penalty in PENALTIES:
        kept = s**2 / (s**2 + penalty)
        left = aim - u @ (kept * part)
        freedom = max(1.0, len(y) - 1.0 - float(kept.sum()))
        score = len(y) * float(left @ left) / freedom**2
        if score < best:
            best, chosen, rest = score, penalty, float(np.sqrt(len(y) / (root**2).sum() * (left @ left) / freedom))
    rest = max(DOUBT * rest, 1e-3 * width)
    slope = v.T @ (s / (s**2 + chosen) * part)
    base = level - float(middle @ slope)
    start, end = (low - base) / rest, (high - base) / rest
    across = float(np.sqrt(1.0 + (slope / rest) @ (slope / rest)))
    inside = float(ndtr(end / across) - ndtr(start / across))
    return Emulator(columns, slope / rest, start, end, OUTSIDE * float(np.clip(inside, 1e-9, 1.0)))


def log_chance(emulators: Sequence[Emulator], rows: F64) -> F64:
    """Logarithm of the chance that rows satisfy all of these constraints, float64[n]."""
    return np.asarray(sum((np.log(one.chance(rows)) for one in emulators), np.zeros(len(rows))))


def wander(
    rows: F64, moved: NDArray[np.int64], emulators: Sequence[Emulator], random: np.random.Generator, steps: int
) -> F64:
    """Rows after so many moves that leave standard-normal scores times the chance of the stand-ins as they are.

    Equation   z' = ρ z + √(1 − ρ²) ξ, accepted with min(1, p(z')/p(z)); p the chance, ρ and the columns at random
    moved : columns that may change
    """
    now, at = rows.copy(), log_chance(emulators, rows)
    for _ in range(steps):
        rho = random.choice((0.0, 0.5, 0.8, 0.95), size=(len(now), 1))
        share = random.choice((0.03, 0.1, 0.3, 1.0), size=(len(now), 1))
        turned = random.random((len(now), len(moved))) < share
        fresh = rho * now[:, moved] + np.sqrt(1.0 - rho**2) * random.standard_normal((len(now), len(moved)))
        after = now.copy()
        after[:, moved] = np.where(turned, fresh, now[:, moved])
        then = log_chance(emulators, after)
        taken = np.log(random.random(len(now))) < then - at
        now[taken], at[taken] = after[taken], then[taken]
    return now
