"""What filters and walls between sites let through at the moment, as a step does (`engine.exchange`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.exchange import open_share, permeability
from vesicula.engine.system import System, SystemState
from vesicula.experiments.loops.doings import Doings

F64 = NDArray[np.float64]
Way = tuple[int, int, F64]
"""Sites on both sides, and fluid that each way exchanges, P A, float64[n_rows, n_things], µm³/min."""


def ways(system: System, states: SystemState) -> list[Way]:
    """All walls and filters, with what they let through each way of substances, then vesicle populations."""
    barriers, found = system.exchange.barriers, list[Way]()
    for b in range(len(barriers.first)):
        first, second = int(barriers.first[b]), int(barriers.second[b])
        passing = permeability(barriers, b, system.sites[first], states.sites[first]) * barriers.area[b]
        found.append((first, second, passing))
    return found


def bar_cells(system: System, states: SystemState, did: list[Doings]) -> None:
    """Slow the cells that leave through a wall by what is shut of it, in place."""
    barriers, passages = system.exchange.barriers, system.exchange.passages
    for clock, b in zip(passages.barred_clock.tolist(), passages.barred_by.tolist(), strict=True):
        first = int(barriers.first[b])
        free = open_share(barriers, b, system.sites[first], states.sites[first])
        source = int(system.sites[first].lifecycle.site[clock])
        did[source].mean[:, :, system.sites[source].behaviours.clock[clock]] *= free[:, None]
