"""Neighbour lists by comparing all pairs, and contacts in dishes place by place."""

from __future__ import annotations

import numpy as np

from vesicula.engine.reference.streams import stream_key, uniform
from vesicula.engine.streams import Purpose


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


def places(step, site_key, cell_start, cell_id, stands_for, taken, area):
    """Neighbours in dishes as one list per cell; arguments as in `engine.neighbours.fill_places`."""
    lists = []
    for s in range(len(cell_start) - 1):
        cells = list(range(cell_start[s], cell_start[s + 1]))
        key = stream_key(int(site_key[s, 0]), int(site_key[s, 1]), step, Purpose.CONTACT_PLACES)
        filled = min(1.0, sum(taken[j] for j in cells) / area) if cells else 0.0
        for i in cells:
            others, found = [j for j in cells if j != i or stands_for[i] > 1], []
            left = [taken[j] * (1 - (j == i) / stands_for[i]) for j in others]
            for place in range(6):
                u = uniform(key, int(cell_id[i]), place)
                if others and u < filled:
                    line = np.cumsum(left)
                    found.append(others[min(int(np.searchsorted(line, u / filled * line[-1], "right")), len(line) - 1)])
            lists.append(sorted(found))
    return lists
