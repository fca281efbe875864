"""What is asked of rows of scores, and what is found of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROWS, FEWEST = 256, 64
PILOT = 64  # draws of all ranges that every text is asked about
SECONDS = 600.0  # of a core, for which a text is asked about more draws
MOST_PROPOSALS = 40  # for each row of the bank


@dataclass(frozen=True)
class Asked:
    """One text with its constraints. columns : of the names that it draws; low, high : ends of each reading

    last : it is so dear that it is asked at the end alone      pilot : draws of all ranges that it is asked about
    seconds : of a core, for one row, as foreseen
    """

    name: str
    constraints: tuple[str, ...]
    columns: I64
    low: F64
    high: F64
    last: bool = False
    pilot: int = PILOT
    seconds: float = 0.0

    def at_once(self, size: int) -> int:
        """Rows of which the readings take so long that they should tell something first."""
        return int(np.clip(SECONDS / max(self.seconds, 1e-9), size, MOST_PROPOSALS * size))

    def misses(self, readings: F64) -> F64:
        """How far readings lie outside, in widths of the range, float64[n_constraints, n]; infinite where unread."""
        width = np.where(np.isfinite(self.high - self.low), self.high - self.low, 1.0)[:, None]
        out = np.maximum(self.low[:, None] - readings, readings - self.high[:, None]) / width
        return np.where(np.isnan(out), np.inf, np.maximum(out, 0.0))


Read = Callable[[Asked, F64, I64], F64]
"""(text, rows float64[n, n_names], numbers int64[n], which key chance) -> readings, float64[n_constraints, n]."""
Watch = Callable[[str, int, int], None]
"""Told what is done: the text, rows that satisfy all so far, rows that are wanted."""


@dataclass
class Left:
    """A constraint that no row satisfies beside the others.

    nearest : reading of the row that comes nearest      beside : the constraint that it agrees with least
    """

    constraint: str
    nearest: float
    beside: str


@dataclass
class Sampled:
    """Rows that satisfy all constraints but those that are left out.

    rows : float64[n, n_names]      numbers : int64[n] under which they do, ascending
    prior : share of draws of all ranges that satisfy each constraint
    stages : text -> (rows asked, rows that satisfied it)      again : share of rows that satisfied all when asked again
    copies : rows that hold the value which most rows hold      moved : share of proposed moves that were accepted
    witness : what the first rows read, text -> float64[n_constraints, n]: by it, the same engine is known
    """

    rows: F64
    numbers: I64
    prior: dict[str, float]
    stages: dict[str, tuple[int, int]]
    left: list[Left] = field(default_factory=list["Left"])
    again: float = 1.0
    copies: int = 1
    moved: float = float("nan")
    witness: dict[str, F64] = field(default_factory=dict[str, F64])
