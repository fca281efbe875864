"""A quick stand-in for constraints, with which rows are proposed; every row is accepted in the engine.

A reading is taken as a straight line over the scores that it visibly follows, and products of the few that it follows
most, fitted by ridge regression, with a normal rest; the share of that normal between the ends of a constraint is the
chance that a row satisfies it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PENALTIES = np.logspace(-3, 4, 16)
OUTSIDE = 0.05  # chance of all rows outside together, for that of all inside: the stand-in forbids nothing
DOUBT = 1.2  # times the rest, which was fitted
BEYOND = 2.0  # times the upper quartile outside and the width, beyond which readings count alike: nothing is no less
FEWEST, MOST_ROWS = 12, 1500  # rows that a fit rests on, the nearest ones
FELT = 2.0  # standard errors of a score that may count
VISIBLE, PASSES, MOST_FOLLOWED, MOST_BENT = 3.0, 3, 40, 6  # standard errors of a score that counts
PRIOR = np.random.default_rng(7).standard_normal((2000, MOST_FOLLOWED))


@dataclass(frozen=True)
class Emulator:
    """The stand-in of one constraint. columns : that it follows; bent : pairs of these whose product it follows too

    slope, low, high : in units of the rest's deviation      least : chance that every row has at least
    """

    columns: I64
    bent: I64
    slope: F64
    low: float
    high: float
    least: float

    def chance(self, rows: F64) -> F64:
        """Chance that rows satisfy it, float64[n]. rows : scores, float64[n, n_names]"""
        at = _shapes(rows[:, self.columns], self.bent) @ self.slope
        return self.least + (1.0 - self.least) * np.asarray(ndtr(self.high - at) - ndtr(self.low - at))


def _shapes(x: F64, bent: I64) -> F64:
    """Scores, and products of pairs of them, float64[n, n_columns + n_pairs]."""
    return np.concatenate([x, x[:, bent[:, 0]] * x[:, bent[:, 1]]], axis=1)


def fitted(rows: F64, readings: F64, columns: I64, low: float, high: float) -> Emulator | None:
    """The stand-in of a constraint from what was read; None where too little was. Near the range it fits best.

    Equation   y = a + b·f(z) + s ε, b by ridge regression with weights 1/(1 + (d/d₀)²), d the distance from the range;
               p(z) = Φ((high − a − b·f)/s) − Φ((low − a − b·f)/s), f scores and products of two
    rows : float64[n, n_names]      readings : float64[n], NaN where nothing could be read
    low, high : ends of the range, infinite where it has none
    """
    seen = np.isfinite(readings)
    if seen.sum() < FEWEST:
        return None
    width = high - low if np.isfinite(high - low) else 1.0
    away = np.maximum(np.maximum(low - readings, readings - high), 0.0)
    taken = np.sort(np.argsort(np.where(seen, away, np.inf), kind="stable")[: min(int(seen.sum()), MOST_ROWS)])
    x, away = rows[np.ix_(taken, columns)], away[taken]
    far = BEYOND * (float(np.quantile(away, 0.75)) + width)
    y, away = np.clip(readings[taken], low - far, high + far), np.minimum(away, far)
    line = line_of(x, y, np.sqrt(1.0 / (1.0 + (away / (float(np.quantile(away, 0.25)) + width)) ** 2)))
    rest = max(line.rest, 1e-3 * width)
    start, end = (low - line.base) / rest, (high - line.base) / rest
    at = _shapes(PRIOR[:, : len(line.columns)], line.bent) @ (line.slope / rest)
    inside = float((ndtr(end - at) - ndtr(start - at)).mean())
    least = OUTSIDE * min(max(inside, 1e-9), 1.0)
    return Emulator(columns[line.columns], line.bent, line.slope / rest, start, end, least)


def suspected(rows: F64, readings: F64, columns: I64, low: float, high: float) -> I64:
    """Columns that a reading, cut off near its range, may follow: by two standard errors, so one in twenty is none."""
    seen = np.isfinite(readings)
    if seen.sum() < FEWEST:
        return columns
    width = high - low if np.isfinite(high - low) else 1.0
    x, y = rows[np.ix_(seen, columns)], np.clip(readings[seen], low - BEYOND * width, high + BEYOND * width)
    x, y = x - x.mean(axis=0), y - y.mean()
    size = np.sqrt((x**2).sum(axis=0) * (y @ y))
    share = x.T @ y / np.where(size > 0, size, 1.0)
    error = share * np.sqrt((len(y) - 2) / np.maximum(1.0 - share**2, 1e-12))
    return columns[np.abs(error) >= FELT]


@dataclass(frozen=True)
class Line:
    """A reading over scores: base, slopes of columns and of products of pairs of them, and the rest's deviation."""

    columns: I64
    bent: I64
    slope: F64
    base: float
    rest: float

    def at(self, rows: F64) -> F64:
        """What is expected of rows, float64[n]."""
        return self.base + _shapes(rows[:, self.columns], self.bent) @ self.slope


def line_of(x: F64, y: F64, root: F64) -> Line:
    """A reading as a line over the scores that it follows, and over products of those that it follows most.

    x : float64[n, n_columns]      y : float64[n]      root : square roots of weights, float64[n]
    """
    followed = _followed(x, y, root)
    bent = np.zeros((0, 2), dtype=np.int64)
    if len(followed):
        slope, _, _ = _ridge(x[:, followed], y, root)
        most = np.sort(np.argsort(-np.abs(slope), kind="stable")[:MOST_BENT])
        if len(y) > 3 * (len(followed) + len(most) ** 2 / 2):
            bent = np.array([(a, b) for a in most for b in most if a <= b], dtype=np.int64)
    slope, base, rest = _ridge(_shapes(x[:, followed], bent), y, root)
    return Line(followed, bent, slope, base, DOUBT * rest)


def _followed(x: F64, y: F64, root: F64) -> I64:
    """Columns that readings follow beyond chance, the rest after each pass being asked again."""
    found = np.zeros(0, dtype=np.int64)
    left = (y - np.average(y, weights=root**2)) * root
    most = min(MOST_FOLLOWED, len(y) // 4)
    for _ in range(PASSES):
        beside = (x - np.average(x, axis=0, weights=root**2)) * root[:, None]
        size = np.sqrt((beside**2).sum(axis=0) * (left @ left))
        share = beside.T @ left / np.where(size > 0, size, 1.0)
        error = share * np.sqrt((len(y) - 2) / np.maximum(1.0 - share**2, 1e-12))
        error[found] = 0.0
        new = np.argsort(-np.abs(error), kind="stable")
        new = new[np.abs(error[new]) >= VISIBLE][: most - len(found)]
        if not len(new):
            break
        found = np.sort(np.concatenate([found, new]))
        slope, base, _ = _ridge(x[:, found], y, root)
        left = (y - base - x[:, found] @ slope) * root
    return found


def _ridge(x: F64, y: F64, root: F64) -> tuple[F64, float, float]:
    """Slopes, level at zero and deviation of the rest; the penalty by generalised cross-validation."""
    weight = root**2
    middle, level = np.average(x, axis=0, weights=weight), float(np.average(y, weights=weight))
    beside, aim = (x - middle) * root[:, None], (y - level) * root
    squares, turned = np.linalg.eigh(beside.T @ beside)
    squares, part, whole = np.maximum(squares, 0.0), turned.T @ (beside.T @ aim), float(aim @ aim)
    best, slope, rest = np.inf, np.zeros(x.shape[1]), float(y.std())
    for penalty in PENALTIES:
        along = part / (squares + penalty)
        left = max(0.0, whole - 2 * float(along @ part) + float(squares @ along**2))
        freedom = max(1.0, len(y) - 1.0 - float((squares / (squares + penalty)).sum()))
        if len(y) * left / freedom**2 < best:
            best, slope = len(y) * left / freedom**2, turned @ along
            rest = float(np.sqrt(len(y) / weight.sum() * left / freedom))
    return slope, level - float(middle @ slope), rest


def tells(emulator: Emulator, rows: F64, met: NDArray[np.bool_]) -> float:
    """Share of the surprise at which rows satisfy a constraint that the stand-in takes away: 1 all, 0 or less nothing.

    Equation   1 − Σ log p(outcome) / Σ log q(outcome), q the share of all rows
    met : bool[n]
    """
    chance, share = np.clip(emulator.chance(rows), 1e-3, 1 - 1e-3), np.clip(met.mean(), 1e-3, 1 - 1e-3)
    surprise = -np.log(np.where(met, chance, 1 - chance)).sum()
    return 1.0 - float(surprise / -np.log(np.where(met, share, 1 - share)).sum())


def log_chance(emulators: Sequence[Emulator], rows: F64) -> F64:
    """Logarithm of the chance that rows satisfy all of these constraints, float64[n]."""
    return np.asarray(sum((np.log(one.chance(rows)) for one in emulators), np.zeros(len(rows))))


def wander(
    rows: F64, moved: I64, log_density: Callable[[F64], F64], random: np.random.Generator, steps: int, *,
    whole: bool = False,
) -> F64:  # fmt: skip
    """Rows after so many moves that leave standard-normal scores times a density as they are.

    Equation   z' = ρ z + √(1 − ρ²) ξ, accepted with min(1, p(z')/p(z)); p the density, ρ at random
    moved : columns that may change; of each row a share of them does, all or few, or with `whole` all
    log_density : rows, float64[n, n_names] -> float64[n]
    """
    now, at = rows.copy(), log_density(rows)
    share = np.ones((len(now), 1)) if whole else random.choice((0.1, 0.3, 1.0), size=(len(now), 1))
    turned = random.random((len(now), len(moved))) < share
    at_a_time = np.minimum(1.0, np.array((1.0, 3.0, 10.0, len(moved))) / max(1, len(moved)))
    for _ in range(steps):
        rho = random.choice((0.0, 0.5, 0.8, 0.95), size=(len(now), 1))
        one = turned & (random.random((len(now), len(moved))) < random.choice(at_a_time, size=(len(now), 1)))
        fresh = rho * now[:, moved] + np.sqrt(1.0 - rho**2) * random.standard_normal((len(now), len(moved)))
        after = now.copy()
        after[:, moved] = np.where(one, fresh, now[:, moved])
        then = log_density(after)
        taken = np.log(random.random(len(now))) < then - at
        now[taken], at[taken] = after[taken], then[taken]
    return now
