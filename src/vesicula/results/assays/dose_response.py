"""IC50: a four-parameter curve through the arms of a dose series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicula import units
from vesicula.engine.system import SystemState
from vesicula.language.dose_series import DIMENSIONS
from vesicula.results.assays.bench import F64, Bench, Reader
from vesicula.results.assays.growth import living_cells

PROFILE_RISE = 3.841  # 95 % of chi-squared with one degree of freedom
HILLS = (0.2, 8.0)
LEAST = 5  # doses that four parameters need


@dataclass(frozen=True)
class Curve:
    """A fitted dose–response curve. low, high: 95 % profile interval of the IC50; inf or 0 where the doses leave it
    open. NaN where no curve goes through the points.
    """

    ic50: float
    low: float
    high: float
    top: float
    bottom: float
    hill: float


NO_CURVE = Curve(*[float("nan")] * 6)


def response(dose: F64, ic50: float, top: float, bottom: float, hill: float) -> F64:
    """Four-parameter log-logistic curve.

    Equation   bottom + (top − bottom)/(1 + (dose/IC50)^hill)
    """
    return bottom + (top - bottom) / (1.0 + (np.asarray(dose) / ic50) ** hill)


def _ends(dose: F64, value: F64, ic50: float, hill: float) -> tuple[F64, float]:
    """Best top and bottom (not below 0) for a given IC50 and slope, and the sum of squares they leave."""
    from scipy.optimize import nnls

    falling = 1.0 / (1.0 + (dose / ic50) ** hill)
    ends, rest = nnls(np.column_stack([falling, 1.0 - falling]), value)
    return ends, rest**2


def _squares(dose: F64, value: F64, ic50: float) -> tuple[float, float]:
    """Least sum of squares at a given IC50 over slopes, and that slope."""
    from scipy.optimize import minimize_scalar

    found: Any = minimize_scalar(
        lambda log_hill: _ends(dose, value, ic50, float(np.exp(log_hill)))[1], bounds=np.log(HILLS), method="bounded"
    )
    return float(found.fun), float(np.exp(found.x))


def fit(dose: F64, value: F64) -> Curve:
    """Least-squares curve through a dose series, with the profile interval of its IC50.

    Equation   (SS(IC50) − SS_least)/(SS_least/(n − 4)) ≤ 3.84 bounds the interval
    dose : float64[n], ≥ 0, at least five different ones      value : float64[n]
    Returns    NaN throughout where the values hardly change, or the best IC50 lies outside the doses
    """
    from scipy.optimize import minimize_scalar

    finite = np.isfinite(value) & np.isfinite(dose)
    dose, value = np.asarray(dose, dtype=np.float64)[finite], np.asarray(value, dtype=np.float64)[finite]
    if len(np.unique(dose)) < LEAST or np.ptp(value) <= 0:
        return NO_CURVE
    positive = np.log(np.unique(dose[dose > 0]))
    grid = np.linspace(positive[0], positive[-1], 8 * len(positive))
    squares = np.array([_squares(dose, value, float(np.exp(x)))[0] for x in grid])
    best = int(np.argmin(squares))
    around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found: Any = minimize_scalar(lambda x: _squares(dose, value, float(np.exp(x)))[0], bounds=around, method="bounded")
    ic50, least = float(np.exp(found.x)), min(float(found.fun), float(squares[best]))
    hill = _squares(dose, value, ic50)[1]
    (top, bottom), _ = _ends(dose, value, ic50, hill)
    if top <= bottom:
        return NO_CURVE
    noise = max(least, 1e-12 * float(np.square(value).sum())) / max(len(dose) - 4, 1)
    inside = np.flatnonzero((squares - least) / noise <= PROFILE_RISE)
    low = 0.0 if len(inside) and inside[0] == 0 else float(np.exp(grid[min([*inside, best]) - 1]))
    last = max([*inside, best])
    high = float("inf") if last == len(grid) - 1 else float(np.exp(grid[last + 1]))
    return Curve(ic50, min(low, ic50), max(high, ic50), float(top), float(bottom), hill)


def ic50(bench: Bench) -> Reader:
    """Dose at the middle between the top and the bottom of viability, from a dose series; in the unit of its
    doses.

    Equation   N(dose) = bottom + (top − bottom)/(1 + (dose/IC50)^hill), least squares over the arms of the series
    Each replicate (draw) is fitted by itself and the value stands in every arm of its series, so the spread over draws
    is the interval of the answer; `curves` gives the profile interval of each fit as well. The baseline arm is the dose
    0 of the series. NaN outside series, with fewer than five doses, and where nothing falls.
    """
    count = living_cells(bench)
    if not _series(bench):
        raise KeyError("dose series")

    def read(states: SystemState) -> F64:
        out, values = np.full(bench.n, np.nan), count(states)
        for arms in _series(bench).values():
            for variants, curve in _fits(bench, arms, values):
                out[variants] = curve.ic50
        return out

    return read


def curves(bench: Bench, states: SystemState) -> dict[str, list[Curve]]:
    """Fitted curve of every replicate of each dose series, by its name."""
    values = living_cells(bench)(states)
    return {name: [curve for _, curve in _fits(bench, arms, values)] for name, arms in _series(bench).items()}


def _series(bench: Bench) -> dict[str, dict[str, float]]:
    """Arms of each dose series with their doses, in the unit of the measure, else of the series' first arm."""
    out: dict[str, dict[str, float]] = {}
    unit = bench.unit
    for arm in bench.description.arm_labels:
        if arm.series is not None and arm.dose is not None:
            unit = unit or arm.dose_unit
            out.setdefault(arm.series, {})[arm.name] = arm.dose * _per(arm.dose_unit, unit)
    return out


def _per(stated: str, shown: str) -> float:
    """Doses in one unit per dose in another; raises UnitError where they measure different things."""
    if stated == shown:
        return 1.0
    kind = next((kind for kind in DIMENSIONS if units.measures(shown, kind)), DIMENSIONS[0])
    return units.factor(stated, kind) / units.factor(shown, kind)


def _fits(bench: Bench, arms: dict[str, float], values: F64) -> list[tuple[list[int], Curve]]:
    """Variants of the series and the curve through them, for every replicate."""
    description = bench.description
    out = []
    for replicate in sorted({v.replicate for v in description.variants}):
        variants = [description.variant(arm, replicate) for arm in arms]
        zero = description.variant(description.arms[0], replicate)
        points = variants if zero in variants else [zero, *variants]
        doses = list(arms.values()) if zero in variants else [0.0, *arms.values()]
        out.append((variants, fit(np.array(doses), values[points])))
    return out
