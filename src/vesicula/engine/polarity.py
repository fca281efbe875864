"""Contact inhibition of locomotion: cells that others touch turn to their free side.

Equation   n = normalise((1 − b) w + b e),  e = s/|s|,  s = Σ_j (x_i − x_j)/d_ij,  b = b_max min(|s|/2, 1)
           over living cells j that touch i; w is the direction of its walk, with what it follows of gradients,
           b_max its behaviour `turning away`

A cell at the edge of a closed layer has about three touching neighbours, 60° apart: |s| = 2, and all of b_max. Inside
the layer the neighbours of all sides cancel, and what is left of b is the disorder of their places. A macro step looks
at its neighbours once. Where no cell has the behaviour, they walk on as if nobody touched them.
Source: abercrombie1954 (not read); bindschadler2007 (abstract and
beginning read): agents that turn on contact and divide less close a wound as fibroblasts do, as a steady sheet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.neighbours import contacts
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State

F64 = NDArray[np.float64]

ONE_SIDED = 2.0  # |s| of three neighbours 60° apart
SAME_PLACE = 1e-5  # µm; a neighbour closer than that is on no side


def free_side(program: Program, state: State) -> tuple[F64, F64]:
    """Unit vector e to the free side of every cell, float64[n_cells, 3], and the share b with which it is followed.

    b is 0 where nothing touches, e is 0 where the neighbours of all sides cancel.
    """
    n = state.n_cells
    share = np.clip(state.behaviour[:, program.behaviours.turning], 0.0, 1.0)
    start, index = contacts(program, state)
    own = np.repeat(np.arange(n), np.diff(start))
    away = state.position[own] - state.position[index]
    if program.grid.dimensions < 3:
        away[:, 2] = 0.0
    distance = np.sqrt(np.square(away).sum(axis=1))
    counts = (state.cell_dead[index] == 0) & (distance > SAME_PLACE)
    away = np.where(counts[:, None], away, 0.0) / np.maximum(distance, SAME_PLACE)[:, None]
    side = np.stack([np.bincount(own, weights=away[:, axis], minlength=n) for axis in range(3)], axis=1, dtype=float)
    length = np.sqrt(np.square(side).sum(axis=1))
    side /= np.where(length > 0.0, length, 1.0)[:, None]
    return side, share * np.minimum(length / ONE_SIDED, 1.0)


def turned(program: Program, state: State, start: NDArray[np.int64], velocity: F64) -> F64:
    """Velocities of the pieces of all walks, µm/min, turned to the free side of the cell whose they are.

    start : int64[n_cells + 1], pieces of every cell; velocity : float64[n_pieces, 3]
    """
    if program.behaviours.turning == NONE or len(velocity) == 0:
        return velocity
    side, share = free_side(program, state)
    own = np.repeat(np.arange(state.n_cells), np.diff(start))
    speed = np.sqrt(np.square(velocity).sum(axis=1))[:, None]
    part = share[own, None]
    heading = (1.0 - part) * velocity / np.where(speed > 0.0, speed, 1.0) + part * side[own]
    length = np.sqrt(np.square(heading).sum(axis=1))[:, None]
    kept = (part == 0.0) | (length == 0.0)
    return np.where(kept, velocity, speed * heading / np.where(length > 0.0, length, 1.0))
