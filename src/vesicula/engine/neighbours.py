"""Which cells are near each other.

Lists are CSR in storage order: the neighbours of cell i are index[start[i] : start[i + 1]], ascending, both directions
stored, never i itself, never a cell of another site. Sites of one voxel have no positions to compare; 2D sites measure
distance in the plane. A list is a function of positions and sizes alone: nothing is kept between calls, so a restarted
run meets the same lists.

    contacts(program, state)                    cells that touch: distance ≤ reach_i + reach_j
    near(grid, cell_start, position, reach)     any cut-off, for example with a skin

Cells touch within the adhesion distance: reach = radius × max(1, p_reach), p_reach 1.25 where absent.

In a dish (one voxel with a culture area A) cells touch as their number says. Every cell, living or dead, has six places
for neighbours; each is filled with the probability min(1, Σ_i a_i / A), by one of the other cells of the site, drawn
in proportion to a_i: the area of a cell in a closed layer, 1/p_confluence, or its cross-section where that is absent.
A cell that stands for n has n times the area, and the others of the n among its neighbours.
Draws belong to the macro step: signals, killing and engulfing of one step meet the same lists. Lists of a dish are not
mutual (i may have j without j having i) and may name a cell twice, which then counts as two contacts; that a given
cell fills a place of another is equally likely for cells of one area. A pool, a voxel without area, has no contacts.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.state import State
from vesicula.engine.streams import Purpose, stream_key, uniform
from vesicula.engine.voxels import along, cell_variants

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DEFAULT_REACH = 1.25  # adhesion distance over contact distance
BINS_PER_CELL = 2
BEYOND = 1.0 + 1e-9  # times the distance in which neighbours are sought: rounding loses none
FIRST_GUESS = 8  # pairs per cell
PLACES = 6  # neighbours of a cell in a closed layer
CONTACT_PLACES = int(Purpose.CONTACT_PLACES)


@device
def bin_numbers(width, depth, tall, reach, cells):
    """Numbers of bins along x, y, z and their edge: what cells reach on average, wider in mostly empty space."""
    edge = max(reach, 1e-6)
    while True:
        nx = max(1, math.ceil(width / edge))
        ny = max(1, math.ceil(depth / edge))
        nz = max(1, math.ceil(tall / edge))
        if float(nx) * float(ny) * float(nz) <= max(BINS_PER_CELL * cells, 1):
            return nx, ny, nz, edge
        edge *= 1.26


@device(allocates=True)
def bin_cells(first, last, place, nx, ny, nz, edge, bin_start, bin_cell):
    """Counting sort of cells first … last − 1 into cubic bins, stable in storage order."""
    home = np.empty(last - first, dtype=np.int64)
    bin_start[:] = 0
    for i in range(first, last):
        b = (along(place[i, 2], nz, edge) * ny + along(place[i, 1], ny, edge)) * nx + along(place[i, 0], nx, edge)
        home[i - first] = b
        bin_start[b + 1] += 1
    for b in range(nx * ny * nz):
        bin_start[b + 1] += bin_start[b]
    fill = bin_start.copy()
    for i in range(first, last):
        bin_cell[fill[home[i - first]]] = i
        fill[home[i - first]] += 1


@device
def scan(i, place, skin, bins, bin_start, bin_cell, found, count):
    """Pairs of cell i with those that reach no farther (of the same reach: stored before it) into found[2, …]; returns
    the number of all pairs.

    count : pairs found before. A return above found.shape[1] says how much room would be needed.
    """
    nx, ny, nz, edge = bins
    x, y, z, reach = place[i, 0], place[i, 1], place[i, 2], place[i, 3]
    far = (2.0 * reach + skin) * BEYOND
    x_first, x_last = along(x - far, nx, edge), along(x + far, nx, edge)
    y_first, y_last = along(y - far, ny, edge), along(y + far, ny, edge)
    for bz in range(along(z - far, nz, edge), along(z + far, nz, edge) + 1):
        for by in range(y_first, y_last + 1):
            row = (bz * ny + by) * nx
            for k in range(bin_start[row + x_first], bin_start[row + x_last + 1]):
                j = bin_cell[k]
                dx, dy, dz, other = place[j, 0] - x, place[j, 1] - y, place[j, 2] - z, place[j, 3]
                cut = reach + other + skin
                if count < found.shape[1]:  # put down before it is known whether it stays: which pairs do is a gamble
                    found[0, count], found[1, count] = min(i, j), max(i, j)
                mine = (other < reach) | ((other == reach) & (j < i))
                count += mine & (dx * dx + dy * dy + dz * dz <= cut * cut)
    return count


@device(allocates=True)
def sort_pairs(n, found, count, upper):
    """Pairs first cell, second cell as lists, see `near_lists`: counted out by the neighbour, then by the cell."""
    start, other = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    ways = 1 if upper else 2
    for k in range(count):
        for way in range(ways):
            start[found[way, k] + 1] += 1
            other[found[1 - way, k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
        other[i + 1] += other[i]
    fill, cell = other.copy(), np.empty(other[n], dtype=np.int32)
    for k in range(count):
        for way in range(ways):
            j = found[1 - way, k]
            cell[fill[j]] = found[way, k]
            fill[j] += 1
    fill, index = start.copy(), np.empty(start[n], dtype=np.int32)
    for j in range(n):
        for k in range(other[j], other[j + 1]):
            i = cell[k]
            index[fill[i]] = j
            fill[i] += 1
    return start, index


@device(allocates=True)
def near_lists(cell_start, place, skin, width, depth, tall, upper):
    """Neighbour lists of all sites: start int64[n_cells + 1], index int32[n_pairs].

    A pair is found by the one of its cells that reaches farther: a few wide cells do not make all others look far.
    place : float64[n_cells, 4], x, y, z, reach µm; skin : µm, added to the reaches of a pair
    width, depth, tall : size of a site, µm; upper : every pair once, in the list of the cell stored first
    """
    n, count = place.shape[0], 0
    found = np.empty((2, FIRST_GUESS * n), dtype=np.int32)
    for s in range(cell_start.shape[0] - 1):
        first, last = cell_start[s], cell_start[s + 1]
        whole = 0.0
        for i in range(first, last):
            whole += place[i, 3]
        bins = bin_numbers(width, depth, tall, whole / max(last - first, 1) + 0.5 * skin, last - first)
        nx, ny, nz, edge = bins
        bin_start = np.empty(nx * ny * nz + 1, dtype=np.int64)
        bin_cell = np.empty(last - first, dtype=np.int32)
        bin_cells(first, last, place, nx, ny, nz, edge, bin_start, bin_cell)
        for i in range(first, last):
            upto = scan(i, place, skin, bins, bin_start, bin_cell, found, count)
            if upto > found.shape[1]:
                grown = np.empty((2, 2 * upto), dtype=np.int32)
                for k in range(count):
                    grown[0, k], grown[1, k] = found[0, k], found[1, k]
                found = grown
                upto = scan(i, place, skin, bins, bin_start, bin_cell, found, count)
            count = upto
    return sort_pairs(n, found, count, upper)


@kernel(
    "Tuple((int64[::1], int32[::1]))(int64[::1], float64[:, ::1], float64, float64, float64, float64)", allocates=True
)
def search(cell_start, place, skin, width, depth, tall):
    """Neighbour lists with both directions; arguments as in `near_lists`."""
    return near_lists(cell_start, place, skin, width, depth, tall, False)


def near(grid: Grid, cell_start: I64, position: F64, reach: F64, *, skin: float = 0.0) -> tuple[I64, I32]:
    """Pairs with distance ≤ reach_i + reach_j + skin.

    cell_start : int64[n_sites + 1]; position : float64[n_cells, 3], µm; reach : float64[n_cells], µm; skin : µm
    Returns start int64[n_cells + 1] and index int32[n_pairs], each list ascending
    """
    n = len(position)
    if grid.n_voxels == 1 or n == 0:
        return np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    place = np.empty((n, 4))
    place[:, :3] = position
    place[:, 3] = reach
    if grid.dimensions < 3:
        place[:, 2] = 0.0
    found = search(cell_start, place, float(skin), *extent(grid))
    return cast("tuple[I64, I32]", found)


def extent(grid: Grid) -> tuple[float, float, float]:
    """Width, depth and height of a site as neighbours see them, µm; 2D sites are flat."""
    return grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height if grid.dimensions > 2 else 0.0


def radii(volume: F64) -> F64:
    """Radius of a sphere of the given volume, µm. Equation: r = (3 V / (4 π))^(1/3)."""
    return np.cbrt(0.75 / np.pi * volume)


def tabulated(values: F64, columns: I32, absent: float) -> F64:
    """Parameters of a table for every variant, float64[n_variants, *columns.shape]; `absent` where NONE."""
    out = np.full((len(values), *columns.shape), float(absent))
    present = columns != NONE
    out[:, present] = values[:, columns[present]]
    return out


@once
def tabulated_once(program: Program, columns: I32, absent: float) -> F64:
    """The same for the values of a program, made once for it."""
    return tabulated(program.values, columns, absent)


def reach_factors(program: Program, state: State) -> F64:
    """Adhesion distance over contact distance of every cell's type and variant, float64[n_cells]."""
    table = tabulated_once(program, program.cell_types.p_reach, DEFAULT_REACH)
    return table[cell_variants(state), state.cell_type]


def reaches(program: Program, state: State) -> F64:
    """Distance from its centre at which each cell touches, float64[n_cells], µm; ≥ the radius."""
    return radii(state.volume) * np.maximum(reach_factors(program, state), 1.0)


def layer_areas(program: Program, state: State) -> F64:
    """Area that every cell takes in a closed layer, float64[n_cells], µm², with all that it stands for.

    Equation   n/ρ for n cells of p_confluence ρ, else n times the cross-section π r²
    """
    table = tabulated_once(program, program.cell_types.p_confluence, np.nan)
    dense = state.stands_for / np.take(table, cell_variants(state) * program.n_types + state.cell_type)
    if not np.isnan(table).any():
        return dense
    return np.where(np.isnan(dense), np.pi * radii(state.volume) ** 2 * state.stands_for, dense)


@kernel(
    "int64(int64, uint64[:, ::1], int64[::1], uint64[::1], int64[::1], bool_[::1], float64[::1], float64, int64[::1],"
    " int32[::1])",
    allocates=True,
)
def fill_places(step, site_key, cell_start, cell_id, stands_for, asks, taken, area, start, index):
    """Neighbours of the cells of dishes that ask for theirs, see the module; returns their number.

    asks : bool[n_cells]; taken : float64[n_cells], µm², see `layer_areas`; area : float64, µm², of a dish
    start : int64[n_cells + 1], out; index : int32[≥ 6 n_cells], out
    """
    count = 0
    start[0] = 0
    for s in range(cell_start.shape[0] - 1):
        first, last = cell_start[s], cell_start[s + 1]
        key = stream_key(site_key[s, 0], site_key[s, 1], step, CONTACT_PLACES)
        upto = np.cumsum(taken[first:last])
        for i in range(first, last):
            own = taken[i] / stands_for[i]
            begin, others = count, upto[-1] - own
            filled = min(1.0, upto[-1] / area)
            for place in range(PLACES if asks[i] else 0):
                u = uniform(key, cell_id[i], place)
                if (last - first < 2 and stands_for[i] < 2) or not u < filled:
                    continue
                mark = u / filled * others
                if mark >= upto[i - first] - own:
                    mark += own
                j = first + min(np.searchsorted(upto, mark, side="right"), last - first - 1)
                if j == i and stands_for[i] < 2:
                    j = i + 1 if i + 1 < last else i - 1
                slot = count
                while slot > begin and index[slot - 1] > j:
                    index[slot] = index[slot - 1]
                    slot -= 1
                index[slot] = j
                count += 1
            start[i + 1] = count
    return count


def places(program: Program, state: State, asks: NDArray[np.bool_]) -> tuple[I64, I32]:
    """Contacts in a dish, drawn for this macro step; as `contacts`."""
    start = np.zeros(state.n_cells + 1, dtype=np.int64)
    index = np.empty(PLACES * int(asks.sum()), dtype=np.int32)
    count = fill_places(
        state.step, state.site_key, state.cell_start, state.cell_id, state.stands_for, asks,
        layer_areas(program, state), float(program.grid.area), start, index,
    )  # fmt: skip
    return start, index[:count]


def contacts(program: Program, state: State, asks: NDArray[np.bool_] | None = None) -> tuple[I64, I32]:
    """Touching cells of every cell: start int64[n_cells + 1], index int32[n_pairs], each list ascending.

    asks : bool[n_cells], cells whose lists are read, all unless given; those of others may be empty
    Cells of all kinds, dead ones included; the caller filters by type, state or death.
    """
    if program.grid.dimensions == 0 and program.grid.area > 0.0:
        return places(program, state, np.ones(state.n_cells, dtype=np.bool_) if asks is None else asks)
    return near(program.grid, state.cell_start, state.position, reaches(program, state))
