"""Which cells are near each other.

Lists are CSR in storage order: the neighbours of cell i are index[start[i] : start[i + 1]], ascending, both directions
stored, never i itself, never a cell of another site. Sites of one voxel (dish, pool) have no neighbours; 2D sites
measure distance in the plane. A list is a function of positions and sizes alone: nothing is kept between calls, so a
restarted run meets the same lists.

    contacts(program, state)                    cells that touch: distance ≤ reach_i + reach_j
    near(grid, cell_start, position, reach)     any cut-off, for example with a skin

Cells touch within the adhesion distance: reach = radius × max(1, p_reach), p_reach 1.25 where absent.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.state import State
from vesicula.engine.voxels import along, cell_sites

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DEFAULT_REACH = 1.25  # adhesion distance over contact distance
BINS_PER_CELL = 2


@kernel("void(int64[::1], float64[:, ::1], int64, int64, int64, float64, int64[:, ::1], int32[::1])")
def bin_cells(cell_start, place, nx, ny, nz, edge, bin_start, bin_cell):
    """Counting sort of cells into cubic bins, stable in storage order.

    place : float64[n_cells, 4], x, y, z, reach µm; bin_start : int64[n_sites, n_bins + 1], bin_cell : int32[n_cells]
    """
    n_bins = bin_start.shape[1] - 1
    fill = np.empty(n_bins, dtype=np.int64)
    home = np.empty(place.shape[0], dtype=np.int64)
    for s in range(bin_start.shape[0]):
        bin_start[s, :] = 0
        for i in range(cell_start[s], cell_start[s + 1]):
            b = (along(place[i, 2], nz, edge) * ny + along(place[i, 1], ny, edge)) * nx + along(place[i, 0], nx, edge)
            home[i] = b
            bin_start[s, b + 1] += 1
        bin_start[s, 0] = cell_start[s]
        for b in range(n_bins):
            bin_start[s, b + 1] += bin_start[s, b]
            fill[b] = bin_start[s, b]
        for i in range(cell_start[s], cell_start[s + 1]):
            bin_cell[fill[home[i]]] = i
            fill[home[i]] += 1


@device
def scan(i, place, skin, nx, ny, nz, edge, starts, bin_cell, index, first, fill):
    """Count the neighbours of cell i; with `fill` also write them, sorted, to index[first …]."""
    x, y, z, reach = place[i, 0], place[i, 1], place[i, 2], place[i, 3] + skin
    left, low, bottom = along(x, nx, edge), along(y, ny, edge), along(z, nz, edge)
    x_first, x_last = max(left - 1, 0), min(left + 1, nx - 1)
    count = 0
    for bz in range(max(bottom - 1, 0), min(bottom + 1, nz - 1) + 1):
        for by in range(max(low - 1, 0), min(low + 1, ny - 1) + 1):
            row = (bz * ny + by) * nx
            for k in range(starts[row + x_first], starts[row + x_last + 1]):
                j = bin_cell[k]
                dx, dy, dz = place[j, 0] - x, place[j, 1] - y, place[j, 2] - z
                cut = reach + place[j, 3]
                if dx * dx + dy * dy + dz * dz <= cut * cut and j != i:
                    if fill:
                        slot = first + count
                        while slot > first and index[slot - 1] > j:
                            index[slot] = index[slot - 1]
                            slot -= 1
                        index[slot] = j
                    count += 1
    return count


@kernel(
    "void(int64[::1], float64[:, ::1], float64, int64, int64, int64, float64, int64[:, ::1], int32[::1], int64[::1],"
    " int32[::1], boolean)",
    parallel=True,
)
def search(site, place, skin, nx, ny, nz, edge, bin_start, bin_cell, start, index, fill):
    """Neighbours of every cell from its own and the adjacent bins.

    First pass (fill False): counts into start[i + 1]. Second pass: start is cumulative, entries go into index.
    """
    for i in prange(place.shape[0]):
        first = start[i] if fill else 0
        n = scan(i, place, skin, nx, ny, nz, edge, bin_start[site[i]], bin_cell, index, first, fill)
        if not fill:
            start[i + 1] = n


def near(
    grid: Grid, cell_start: I64, position: F64, reach: F64, *, skin: float = 0.0, site: I64 | None = None
) -> tuple[I64, I32]:
    """Pairs with distance ≤ reach_i + reach_j + skin.

    cell_start : int64[n_sites + 1]; position : float64[n_cells, 3], µm; reach : float64[n_cells], µm; skin : µm
    site : int64[n_cells], saves its computation where the caller has it
    Returns start int64[n_cells + 1] and index int32[n_pairs], each list ascending
    """
    n = len(position)
    start = np.zeros(n + 1, dtype=np.int64)
    if grid.n_voxels == 1 or n == 0:
        return start, np.empty(0, dtype=np.int32)
    n_sites = len(cell_start) - 1
    if site is None:
        site = np.repeat(np.arange(n_sites, dtype=np.int64), np.diff(cell_start))
    place = np.empty((n, 4))
    place[:, :3] = position
    place[:, 3] = reach
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    if grid.dimensions < 3:
        place[:, 2] = 0.0
        size[2] = 0.0
    bins, edge = _bins(size, 2.0 * float(reach.max()) + skin, BINS_PER_CELL * int(np.diff(cell_start).max()))
    bin_start = np.empty((n_sites, int(np.prod(bins)) + 1), dtype=np.int64)
    bin_cell = np.empty(n, dtype=np.int32)
    bin_cells(cell_start, place, *bins, edge, bin_start, bin_cell)
    none = np.empty(0, dtype=np.int32)
    search(site, place, skin, *bins, edge, bin_start, bin_cell, start, none, False)
    np.cumsum(start, out=start)
    index = np.empty(start[-1], dtype=np.int32)
    search(site, place, skin, *bins, edge, bin_start, bin_cell, start, index, True)
    return start, index


def _bins(size: F64, cut: float, most: int) -> tuple[tuple[int, int, int], float]:
    """Numbers of bins along x, y, z and their edge: not below the cut-off, not many more bins than cells."""
    edge = max(cut, 1e-6)
    while True:
        counts = np.maximum(np.ceil(size / edge), 1.0)
        if np.prod(counts) <= max(most, 1):
            return (int(counts[0]), int(counts[1]), int(counts[2])), edge
        edge *= 1.26


def radii(volume: F64) -> F64:
    """Radius of a sphere of the given volume, µm. Equation: r = (3 V / 4 π)^(1/3)."""
    return np.cbrt(0.75 / np.pi * volume)


def tabulated(values: F64, columns: I32, absent: float) -> F64:
    """Parameters of a table for every variant, float64[n_variants, *columns.shape]; `absent` where NONE."""
    out = np.full((len(values), *columns.shape), float(absent))
    present = columns != NONE
    out[:, present] = values[:, columns[present]]
    return out


def reach_factors(program: Program, state: State) -> F64:
    """Adhesion distance over contact distance of every cell's type and variant, float64[n_cells]."""
    table = tabulated(program.values, program.cell_types.p_reach, DEFAULT_REACH)
    return table[state.site_variant[cell_sites(state)], state.cell_type]


def reaches(program: Program, state: State) -> F64:
    """Distance from its centre at which each cell touches, float64[n_cells], µm; ≥ the radius."""
    return radii(state.volume) * np.maximum(reach_factors(program, state), 1.0)


def contacts(program: Program, state: State) -> tuple[I64, I32]:
    """Touching cells of every cell: start int64[n_cells + 1], index int32[n_pairs], each list ascending.

    Cells of all kinds, dead ones included; the caller filters by type, state or death.
    """
    return near(program.grid, state.cell_start, state.position, reaches(program, state))
