"""Which voxel a cell is in, and what cells cover.

Voxel v = (z * ny + y) * nx + x. Positions outside the box count for the nearest voxel. All lists run in storage order,
so a sum over the cells of a voxel has the same bits for any number of threads.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import Box, Footprint
from vesicula.engine.once import once
from vesicula.engine.program import Grid, Program
from vesicula.engine.state import State

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

SUBDIVISION = 4  # sample points per voxel edge when the share of a cell in a voxel is measured
SOLID_ABOVE = 0.5  # density of a solid matrix component above which a voxel bars cells


@device
def along(x, n, edge):
    """Index 0..n−1 of the slab of thickness `edge` that holds coordinate x."""
    return min(max(math.floor(x / edge), 0), n - 1)


@device
def voxel_of(x, y, z, nx, ny, nz, voxel, height):
    """Index of the voxel at (x, y, z) µm, int64; outside the box the nearest one."""
    return (along(z, nz, height) * ny + along(y, ny, voxel)) * nx + along(x, nx, voxel)


@device
def spread_bits(k):
    """The lowest 21 bits of k with two zero bits after each, uint64."""
    k = np.uint64(k) & np.uint64(0x1FFFFF)
    k = (k | (k << np.uint64(32))) & np.uint64(0x001F00000000FFFF)
    k = (k | (k << np.uint64(16))) & np.uint64(0x001F0000FF0000FF)
    k = (k | (k << np.uint64(8))) & np.uint64(0x100F00F00F00F00F)
    k = (k | (k << np.uint64(4))) & np.uint64(0x10C30C30C30C30C3)
    return (k | (k << np.uint64(2))) & np.uint64(0x1249249249249249)


@device
def morton_code(ix, iy, iz):
    """Morton code of voxel (ix, iy, iz), uint64: x in the lowest bit, 21 bits each."""
    return spread_bits(ix) | (spread_bits(iy) << np.uint64(1)) | (spread_bits(iz) << np.uint64(2))


@kernel("void(float64[:, ::1], int64, int64, int64, float64, float64, int64[::1], uint64[::1])")
def locate(position, nx, ny, nz, voxel, height, home, code):
    """Fill home[n_cells] with voxel indices and code[n_cells] with Morton codes."""
    for i in range(position.shape[0]):
        ix = along(position[i, 0], nx, voxel)
        iy = along(position[i, 1], ny, voxel)
        iz = along(position[i, 2], nz, height)
        home[i] = (iz * ny + iy) * nx + ix
        code[i] = morton_code(ix, iy, iz)


@kernel("void(int64[::1], int64[::1], int64[::1], int64[:, ::1], int64[::1], int64[::1])", allocates=True)
def bin_entries(cell_start, entry_start, entry_voxel, start, cell, entry):
    """Counting sort of (cell, voxel) entries by (site, voxel), stable in storage order.

    cell_start : int64[n_sites + 1]; entry_start : int64[n_cells + 1]; entry_voxel : int64[n_entries]
    start : int64[n_sites, n_voxels + 1], out; cell, entry : int64[n_entries], out
    """
    n_voxels = start.shape[1] - 1
    fill = np.empty(n_voxels, dtype=np.int64)
    for s in range(start.shape[0]):
        first = entry_start[cell_start[s]]
        last = entry_start[cell_start[s + 1]]
        start[s, :] = 0
        for e in range(first, last):
            start[s, entry_voxel[e] + 1] += 1
        start[s, 0] = first
        for v in range(n_voxels):
            start[s, v + 1] += start[s, v]
            fill[v] = start[s, v]
        for i in range(cell_start[s], cell_start[s + 1]):
            for e in range(entry_start[i], entry_start[i + 1]):
                slot = fill[entry_voxel[e]]
                fill[entry_voxel[e]] += 1
                cell[slot] = i
                entry[slot] = e


@device
def sampled(x, y, z, radius, left, low, bottom, voxel, height, dimensions):
    """Number of the voxel's sample points that lie inside the cell (2D: inside its disc)."""
    hits = 0
    levels = SUBDIVISION if dimensions > 2 else 1
    for c in range(levels):
        dz = bottom + (c + 0.5) * height / SUBDIVISION - z if dimensions > 2 else 0.0
        for b in range(SUBDIVISION):
            dy = low + (b + 0.5) * voxel / SUBDIVISION - y
            for a in range(SUBDIVISION):
                dx = left + (a + 0.5) * voxel / SUBDIVISION - x
                if dx * dx + dy * dy + dz * dz < radius * radius:
                    hits += 1
    return hits


@kernel(
    "void(int64[::1], float64[:, ::1], float64[::1], bool_[:, ::1], Box, int64[::1], int64[::1], float64[::1], boolean)"
)
def cover(cell_start, position, volume, barred, box, start, where, weight, fill):
    """Voxels that each cell covers. First pass (fill False) writes counts into start[i + 1], second pass the entries.

    A cell not larger than a voxel (2D: cross-section against the voxel's face) has one entry, its own voxel, weight 1.
    """
    nx, ny, nz, voxel, height, dimensions = box.nx, box.ny, box.nz, box.voxel, box.height, box.dimensions
    for s in range(cell_start.shape[0] - 1):
        for i in range(cell_start[s], cell_start[s + 1]):
            x, y, z = position[i, 0], position[i, 1], position[i, 2]
            home = voxel_of(x, y, z, nx, ny, nz, voxel, height)
            radius = (0.75 * volume[i] / math.pi) ** (1.0 / 3.0)
            large = volume[i] > voxel * voxel * height
            if dimensions < 3:
                large = math.pi * radius * radius > voxel * voxel
            count = 0
            total = 0
            if large and nx * ny * nz > 1:
                for iz in range(along(z - radius, nz, height), along(z + radius, nz, height) + 1):
                    for iy in range(along(y - radius, ny, voxel), along(y + radius, ny, voxel) + 1):
                        for ix in range(along(x - radius, nx, voxel), along(x + radius, nx, voxel) + 1):
                            v = (iz * ny + iy) * nx + ix
                            if barred[s, v] and v != home:
                                continue
                            hits = sampled(
                                x, y, z, radius, ix * voxel, iy * voxel, iz * height, voxel, height, dimensions
                            )
                            if hits > 0:
                                if fill:
                                    where[start[i] + count] = v
                                    weight[start[i] + count] = hits
                                count += 1
                                total += hits
            if count == 0:
                count = 1
                total = 1
                if fill:
                    where[start[i]] = home
                    weight[start[i]] = 1.0
            if fill:
                for e in range(start[i], start[i + 1]):
                    weight[e] /= total
            else:
                start[i + 1] = count


def box(grid: Grid) -> Box:
    """A site's voxels as kernels take them."""
    return Box(
        nx=grid.nx, ny=grid.ny, nz=grid.nz, voxel=float(grid.voxel), height=float(grid.height),
        dimensions=grid.dimensions,
    )  # fmt: skip


def grid_numbers(grid: Grid) -> tuple[int, int, int, float, float]:
    """(nx, ny, nz, voxel, height) in the order kernels take them."""
    return grid.nx, grid.ny, grid.nz, float(grid.voxel), float(grid.height)


def home_voxels(program: Program, state: State) -> I64:
    """Voxel index of every cell, int64[n_cells]."""
    return places(program.grid, state.position)[0]


def places(grid: Grid, position: F64) -> tuple[I64, U64]:
    """Voxel index and Morton code at position[n, 3], int64[n] and uint64[n]."""
    home, code = np.zeros(len(position), dtype=np.int64), np.zeros(len(position), dtype=np.uint64)
    if grid.n_voxels > 1:
        locate(np.ascontiguousarray(position), *grid_numbers(grid), home, code)
    return home, code


def cell_sites(state: State) -> I64:
    """Site of every cell, int64[n_cells]; not to be written into."""
    return _sites_of(state.cell_start.tobytes())


@lru_cache(maxsize=8)
def _sites_of(cell_start: bytes) -> I64:
    start = np.frombuffer(cell_start, dtype=np.int64)
    return np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start))


def cell_variants(state: State) -> I64:
    """Variant of every cell, int64[n_cells]; not to be written into."""
    return _variants_of(state.cell_start.tobytes(), state.site_variant.astype(np.int64).tobytes())


@lru_cache(maxsize=8)
def _variants_of(cell_start: bytes, site_variant: bytes) -> I64:
    return np.take(np.frombuffer(site_variant, dtype=np.int64), _sites_of(cell_start))


def variants_used(state: State) -> tuple[I64, I64]:
    """Variants that the sites have, rising, int64[n_used], and the place of each site's among them, int64[n_sites].

    Neither is to be written into.
    """
    return _told_apart(state.site_variant.astype(np.int64).tobytes())


@lru_cache(maxsize=8)
def _told_apart(site_variant: bytes) -> tuple[I64, I64]:
    used, place = np.unique(np.frombuffer(site_variant, dtype=np.int64), return_inverse=True)
    return used, place


@once
def _solid_components(program: Program) -> list[int]:
    return np.flatnonzero(program.matrix.solid).tolist()


def solid_voxels(program: Program, state: State) -> NDArray[np.bool_]:
    """Voxels that bar cells: a solid matrix component above one half, bool[n_sites, n_voxels]."""
    solid = _solid_components(program)
    if not len(solid):
        return np.zeros((state.n_sites, program.grid.n_voxels), dtype=np.bool_)
    out = state.matrix[:, solid[0]] > SOLID_ABOVE
    for component in solid[1:]:
        out |= state.matrix[:, component] > SOLID_ABOVE
    return out


@lru_cache(maxsize=8)
def _in_one_voxel(cell_start: bytes) -> tuple[I64, I64, F64, I64, I64]:
    """Start, voxel, weight, voxel_start and cell of a `Footprint`, where every cell covers the only voxel."""
    start = np.frombuffer(cell_start, dtype=np.int64)
    cell = np.arange(start[-1] + 1)
    n = len(cell) - 1
    return cell, np.zeros(n, dtype=np.int64), np.ones(n), np.stack((start[:-1], start[1:]), axis=1), cell[:-1]


def footprint(program: Program, state: State) -> Footprint:
    """Voxels covered by every cell with the share of the cell in each (sampled at 4 points per voxel edge).

    A cell whose volume (2D: cross-section) does not exceed the voxel's lies in its own voxel alone. Parts outside the
    box or inside solid matrix count for the rest of the cell.
    """
    if program.grid.n_voxels == 1:
        start, voxel, weight, voxel_start, cell = _in_one_voxel(state.cell_start.tobytes())
        return Footprint(
            start=start, voxel=voxel, weight=weight, voxel_start=voxel_start, cell=cell,
            cell_weight=weight * state.stands_for,
        )  # fmt: skip
    barred = solid_voxels(program, state)
    read = state.cell_start, state.position, state.volume, state.stands_for, barred
    contents = program.grid, *(array.tobytes() for array in read)
    known = state.__dict__.get("_covered")  # signals, fields and vesicles of a macro step ask for the same
    if known is None or known[0] != contents:
        known = state.__dict__["_covered"] = contents, _covered(program.grid, state, barred)
    return known[1]


def _covered(grid: Grid, state: State, barred: NDArray[np.bool_]) -> Footprint:
    start = np.zeros(state.n_cells + 1, dtype=np.int64)
    voxels = box(grid)
    nowhere, weightless = np.empty(0, dtype=np.int64), np.empty(0)
    cover(state.cell_start, state.position, state.volume, barred, voxels, start, nowhere, weightless, False)
    np.cumsum(start, out=start)
    voxel = np.empty(start[-1], dtype=np.int64)
    weight = np.empty(start[-1])
    cover(state.cell_start, state.position, state.volume, barred, voxels, start, voxel, weight, True)
    voxel_start = np.empty((state.n_sites, grid.n_voxels + 1), dtype=np.int64)
    cell, entry = np.empty_like(voxel), np.empty_like(voxel)
    bin_entries(state.cell_start, start, voxel, voxel_start, cell, entry)
    return Footprint(
        start=start, voxel=voxel, weight=weight, voxel_start=voxel_start, cell=cell,
        cell_weight=weight[entry] * state.stands_for[cell],
    )  # fmt: skip
