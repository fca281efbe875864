"""How fast cells grow by their cycle, and how long they take to double."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula import units

if TYPE_CHECKING:
    from vesicula.language.model import Cell

F64 = NDArray[np.float64]


def rate_of_doubling(doubling: F64, steps: int) -> F64:
    """Rate of a cycle, 1 / its mean time, at which cells that do not die double in a given time.

    Equation   λ = ln 2/(T k (2^(1/k) − 1))
    Cycles of k steps at rate k λ grow at r with (1 + r/(k λ))^k = 2, and r = ln 2/T.
    """
    return np.log(2.0) / (doubling * steps * (2.0 ** (1.0 / steps) - 1.0))


def growth_of_cycle(cycle: F64 | float, steps: int) -> F64 | float:
    """Growth of cells that do not die, per time, with a mean cycle time.

    Equation   r = k (2^(1/k) − 1)/cycle
    """
    return steps * (2.0 ** (1.0 / steps) - 1.0) / cycle


def doubling_time(cell: Cell) -> float | None:
    """Minutes in which a culture of a cell type doubles by its stated cycle, where none die and no rule acts.

    Equation   Π over phases (1 + r/(k λ))^k = 2,  T = ln 2/r
    Returns    None for cells that do not divide, or of whose cycle a time is unknown
    """
    if cell.doubles is not None and cell.doubles.has_number:
        return units.internal(cell.doubles, "time")
    parts = [(cell.divides, cell.division_steps)] if cell.divides is not None else []
    parts += [(phase.lasts, phase.steps) for phase in cell.cycle]
    times = [(units.internal(lasts, "time"), steps) for lasts, steps in parts if lasts.has_number]
    if len(times) < len(parts) or not times or any(time <= 0 for time, _ in times):
        return None

    low, high = 0.0, 1.0 / min(time for time, _ in times)  # halved until the interval is as small as a number is exact
    for _ in range(60):
        rate = 0.5 * (low + high)
        grown = sum(steps * math.log1p(rate * time / steps) for time, steps in times)
        low, high = (rate, high) if grown < math.log(2.0) else (low, rate)
    return math.log(2.0) / high
