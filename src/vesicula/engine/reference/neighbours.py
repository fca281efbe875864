"""Neighbour lists by comparing all pairs."""

from __future__ import annotations

import numpy as np


def near(grid, cell_start, position, reach, *, skin=0.0):
    """Pairs with distance ≤ reach_i + reach_j + skin; arguments and results as in `engine.neighbours.near`."""
    start, index = [0], []
    flat = np.array(position, dtype=np.float64)
    if grid.dimensions < 3:
        flat[:, 2] = 0.0
    for s in range(len(cell_start) - 1):
        first, last = cell_start[s], cell_start[s + 1]
        for i in range(first, last):
            if grid.n_voxels > 1:
                step = flat[first:last] - flat[i]
                squares = step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1] + step[:, 2] * step[:, 2]
                cut = (reach[i] + skin) + reach[first:last]
                found = first + np.flatnonzero(squares <= cut * cut)
                index.extend(int(j) for j in found if j != i)
            start.append(len(index))
    return np.array(start, dtype=np.int64), np.array(index, dtype=np.int32)
