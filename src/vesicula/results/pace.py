"""How long a run will take from here: by what its last macro steps cost, and by how the number of cells changes."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

WINDOW_S = 1.0  # of work that one window gathers
WINDOWS = 8  # that are remembered: what came before says little about what comes
STEEPEST = 2.0  # power of the number of cells by which the cost of a step grows, at most
GROWS_ENOUGH = 1.02  # change of the number of cells from which the power is measured
MOST_GROWTH = math.log(1000.0)  # of the cost of a step until the end; nothing grows for ever


@dataclass
class _Window:
    steps: int = 0
    seconds: float = 0.0
    cells: float = 0.0

    @property
    def cost(self) -> float:
        return self.seconds / self.steps

    @property
    def mean_cells(self) -> float:
        return max(self.cells / self.steps, 1.0)


class Pace:
    """Cost of the macro steps so far.

    Equation   left = Σ_k c (n_k/n)^p over the steps to come, n_k = n e^(g k): c cost of the last steps, n their cells,
               g growth per step and p power of the cost in the cells, both from the windows of work before
    """

    def __init__(self) -> None:
        self._windows: deque[_Window] = deque(maxlen=WINDOWS)

    def note(self, seconds: float, cells: int) -> None:
        """One macro step has been done."""
        if not self._windows or self._windows[-1].seconds >= WINDOW_S:
            self._windows.append(_Window())
        last = self._windows[-1]
        last.steps, last.seconds, last.cells = last.steps + 1, last.seconds + seconds, last.cells + cells

    def left(self, steps: int) -> float:
        """Seconds that so many further macro steps will take; NaN before the first one was done."""
        if not self._windows:
            return math.nan
        whole = [w for w in self._windows if w.seconds >= WINDOW_S] or [self._windows[-1]]
        late, early = whole[-1], whole[0]
        apart = sum(w.steps for w in whole) - 0.5 * (late.steps + early.steps)
        if late is early or apart <= 0.0:
            return late.cost * steps
        change = math.log(late.mean_cells / early.mean_cells)
        if abs(change) < math.log(GROWS_ENOUGH):
            return late.cost * steps
        power = min(max(math.log(late.cost / early.cost) / change, 0.0), STEEPEST)
        growth = min(power * change / apart, MOST_GROWTH / max(steps, 1))
        return late.cost * (math.expm1(growth * steps) / growth if growth else float(steps))
