"""What moves a dissolved or suspended thing between voxels and through walls: diffusion, flow, obstruction.

Diffusion through a face has the harmonic mean of the two voxels' coefficients, flow is upwind, both on the same face.
Outer faces: CLOSED lets nothing through; HELD has a given concentration on the face, half a voxel from the centre;
OPEN has concentration 0 there and lets the flow out. Where flow crosses a lower outer face, its speed is that of the
next face (a box of one flow direction).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import Box, Conduits
from vesicula.engine.multigrid import face_places
from vesicula.engine.program import Grid, Wall

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

CLOSED, HELD = int(Wall.CLOSED), int(Wall.HELD)
POINT_3D = 0.25273100985866  # Green function of the cubic lattice at its origin
NEIGHBOUR_2D, NEIGHBOUR_1D = 0.25, 0.5  # the same between a voxel and its neighbour on the square lattice and the line
SPREAD_2D = 0.131  # (ln √π + 1/4)/2π, a uniform disc against the rim of the square of its area
BALL_3D, GRAIN_3D = 6.494, 1.2  # fit of the mean lattice potential of a ball within 2 %, see `self_depletion`


@device
def hindered(diffusion, passage, density, out):
    """Diffusion coefficient of every voxel in matrix.

    Equation   D_v = D Π_m (1 − ρ_m (1 − passage_m))
    diffusion : float64, µm²/min; passage : float64[n_matrix]; density : float64[n_matrix, n]; out : float64[n]
    """
    out[:] = diffusion
    for k in range(density.shape[0]):
        if passage[k] != 1.0:
            for v in range(out.size):
                out[v] *= 1.0 - density[k, v] * (1.0 - passage[k])


@device
def uniform_faces(nx, ny, nz, voxel, height, diffusion, faces):
    """Faces of one diffusion coefficient without flow, uniform layout of `multigrid`."""
    half = nx + ny + nz
    at = 0
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        edge = height if axis == 2 else voxel
        for k in range(size):
            faces[at + k] = diffusion / (edge * edge) if k > 0 else 0.0
            faces[half + at + k] = diffusion / (edge * edge) if k + 1 < size else 0.0
        at += size


@device
def general_faces(nx, ny, nz, voxel, height, mobility, flow, moved, faces):
    """Faces where diffusion differs between voxels or flow carries, general layout of `multigrid`.

    mobility : float64[n], µm²/min; flow : float64[3, n], µm/min
    """
    n = nx * ny * nz
    faces[:] = 0.0
    for axis in range(3):
        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
        edge = height if axis == 2 else voxel
        for iz in range(nz - 1 if axis == 2 else nz):
            for iy in range(ny - 1 if axis == 1 else ny):
                for ix in range(nx - 1 if axis == 0 else nx):
                    v = (iz * ny + iy) * nx + ix
                    w = v + step
                    total = mobility[v] + mobility[w]
                    conductance = 2.0 * mobility[v] * mobility[w] / total / (edge * edge) if total > 0.0 else 0.0
                    speed = flow[axis, v] / edge if moved else 0.0
                    faces[axis * n + w] = conductance + max(speed, 0.0)
                    faces[(axis + 3) * n + v] = conductance + max(-speed, 0.0)


@device
def wall_rates(box, mobility, flow, moved, kinds, outside, wall, leaving, entering):
    """Rates, 1/min, through outer faces; wall : float64[6], out, is their part by diffusion. mobility : [n or 1].

    outside : float64[6], molecules/µm³ at held faces; entering : float64[n], out, molecules/µm³/min
    """
    nx, ny, nz, voxel, height = box.nx, box.ny, box.nz, box.voxel, box.height
    wall[:] = 0.0
    leaving[:] = 0.0
    entering[:] = 0.0
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
        edge = height if axis == 2 else voxel
        for side in range(2):
            kind = kinds[2 * axis + side]
            if kind == CLOSED:
                continue
            wall[2 * axis + side] = 2.0 * mobility[0] / (edge * edge)
            at = 0 if side == 0 else size - 1
            for v in range(leaving.size):
                if (v // step) % size == at:
                    diffusing = 2.0 * mobility[v if mobility.size > 1 else 0] / (edge * edge)
                    outwards = (flow[axis, v] if side == 1 else -flow[axis, v]) / edge if moved else 0.0
                    leaving[v] += diffusing + max(outwards, 0.0)
                    if kind == HELD:
                        entering[v] += (diffusing + max(-outwards, 0.0)) * outside[2 * axis + side]


@device
def far_field_clearance(clearance, diffusion, depletion):
    """Clearance of voxels that gives a cell its clearance of the fluid far away.

    Equation   q = CL / (1 − CL s / D), at most 2 CL
    clearance : float64, µm³/min; diffusion : float64, µm²/min; depletion : float64, s, 1/µm, see `self_depletion`
    """
    if not diffusion > 0.0:
        return clearance
    return clearance / (1.0 - min(clearance * depletion / diffusion, 0.5))


@kernel(
    "void(Box, float64[:, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], int8[::1], int8[:, ::1],"
    " float64[:, :, ::1], Conduits)"
)
def conduct(box, diffusion, passage, density, flow, moved, kinds, outside, ways):
    """Fill the arrays of `Conduits`; general layout where the last axis of mobility is n, else uniform.

    diffusion : float64[n_sites, m], µm²/min; passage : float64[n_sites, m, n_matrix]
    density : float64[n_sites, n_matrix, n]; flow : float64[3, n], µm/min; moved : int8[m]; kinds : int8[m, 6]
    outside : float64[n_sites, m, 6], molecules/µm³
    """
    nx, ny, nz, voxel, height = box.nx, box.ny, box.nz, box.voxel, box.height
    n = nx * ny * nz
    for s in range(diffusion.shape[0]):
        for i in range(diffusion.shape[1]):
            if ways.mobility.shape[2] == n and n > 1:
                hindered(diffusion[s, i], passage[s, i], density[s], ways.mobility[s, i])
                general_faces(nx, ny, nz, voxel, height, ways.mobility[s, i], flow, moved[i] != 0, ways.faces[s, i])
            else:
                ways.mobility[s, i, 0] = diffusion[s, i]
                uniform_faces(nx, ny, nz, voxel, height, diffusion[s, i], ways.faces[s, i])
            if ways.leaving.shape[2] > 0:
                wall_rates(
                    box, ways.mobility[s, i], flow, moved[i] != 0 and ways.mobility.shape[2] == n,
                    kinds[i], outside[s, i], ways.wall[s, i], ways.leaving[s, i], ways.entering[s, i],
                )  # fmt: skip


@kernel("void(int64, int64, int64, float64[:, :, ::1], int32[:, :, ::1], int64[:, ::1])", allocates=True)
def label_regions(nx, ny, nz, faces, region, n_regions):
    """Label voxels that open faces connect, region by region in order of the first voxel."""
    n = nx * ny * nz
    waiting = np.empty(n, dtype=np.int64)
    for s in range(faces.shape[0]):
        for i in range(faces.shape[1]):
            own = faces[s, i]
            at_y, at_z, upper, uniform = face_places(own, nx, ny, nz)
            label = region[s, i]
            label[:] = -1
            found = 0
            for seed in range(n):
                if label[seed] >= 0:
                    continue
                label[seed] = found
                waiting[0] = seed
                count = 1
                while count > 0:
                    count -= 1
                    v = waiting[count]
                    for axis in range(3):
                        size = nx if axis == 0 else (ny if axis == 1 else nz)
                        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
                        at = 0 if axis == 0 else (at_y if axis == 1 else at_z)
                        k = (v // step) % size
                        for side in range(2):
                            if (side == 0 and k == 0) or (side == 1 and k == size - 1):
                                continue
                            w = v - step if side == 0 else v + step
                            above = v if side == 0 else w
                            j = (k if side == 0 else k + 1) if uniform else above
                            below = j - 1 if uniform else above - step
                            if label[w] < 0 and (own[at + j] > 0.0 or own[upper + at + below] > 0.0):
                                label[w] = found
                                waiting[count] = w
                                count += 1
                found += 1
            n_regions[s, i] = found


def conduits(
    grid: Grid,
    diffusion: F64,
    *,
    passage: F64,
    density: F64,
    flow: F64,
    moved: I8,
    kinds: I8,
    general: bool,
    outside: F64 | None = None,
) -> Conduits:
    """Ways between voxels and through walls of m things in every site.

    diffusion : float64[n_sites, m], µm²/min, in free fluid
    passage : float64[n_sites, m, n_matrix], share of D left in full matrix; density : float64[n_sites, n_matrix, n]
    flow : float64[3, n], µm/min through upper faces; moved : int8[m], 1 where flow carries it
    kinds : int8[m, 6], `Wall`; general : whether density or flow matter (without, less is stored and computed)
    outside : float64[n_sites, m, 6], molecules/µm³ at held faces; nothing is there unless it is given
    """
    n_sites, m = diffusion.shape
    n = grid.n_voxels
    walled = n if (kinds != CLOSED).any() else 0
    out = Conduits(
        faces=np.empty((n_sites, m, 6 * n if general else 2 * (grid.nx + grid.ny + grid.nz))),
        wall=np.zeros((n_sites, m, 6)),
        leaving=np.empty((n_sites, m, walled)),
        entering=np.empty((n_sites, m, walled)),
        mobility=np.empty((n_sites, m, n if general else 1)),
        region=np.zeros((n_sites, m, 1), dtype=np.int32),
        n_regions=np.ones((n_sites, m), dtype=np.int64),
    )
    voxels = Box(
        nx=grid.nx, ny=grid.ny, nz=grid.nz, voxel=float(grid.voxel), height=float(grid.height),
        dimensions=grid.dimensions,
    )  # fmt: skip
    nothing = np.zeros((n_sites, m, 6)) if outside is None else outside
    conduct(voxels, diffusion, passage, density, flow, moved, kinds, nothing, out)
    if n == 1 or (out.mobility > 0.0).all():
        return out
    region = np.empty((n_sites, m, n), dtype=np.int32)
    label_regions(grid.nx, grid.ny, grid.nz, out.faces, region, out.n_regions)
    return out._replace(region=region)


def self_depletion(grid: Grid, volume: F64) -> F64:
    """How much a cell's own uptake lowers the concentration in the voxels it covers, per uptake and 1/D.

    Equation   far − here = uptake × s / D;   s = G / h with G = 0.2527 (3D, cell within a voxel);
               1 / ((6.494 x + 1.2 / x) h), x = (volume / h³)^(1/3), for a cell that covers several voxels
    In a flat site (2D with depth, or a line) depletion has no far value but grows with the logarithm of distance. What
    lies beyond one voxel is shared by all cells and resolved by the grid, so 'far' is the neighbouring voxel there:
    s = 1/(4 depth) (2D), h/(2 × cross-section) (line). In a single voxel the fluid is well mixed: s = 0.
    volume : float64[n_cells], µm³
    Returns    float64[n_cells], 1/µm
    Source     watson1939 (integral for the cubic lattice, not read); fit to the lattice Green function of sampled balls
    """
    axes = (grid.nx > 1) + (grid.ny > 1) + (grid.nz > 1)
    if axes == 0:
        return np.zeros_like(volume)
    if axes == 1:
        return np.full_like(volume, NEIGHBOUR_1D / grid.height)
    if axes == 2:
        disc = np.pi ** (1.0 / 3.0) * (0.75 * volume) ** (2.0 / 3.0)
        return np.where(disc > grid.voxel**2, SPREAD_2D, NEIGHBOUR_2D) / grid.height
    ratio = np.cbrt(volume / grid.voxel_volume)
    spread = 1.0 / (BALL_3D * ratio + GRAIN_3D / np.maximum(ratio, 1.0))
    return np.where(ratio > 1.0, spread, POINT_3D) / grid.height


def largest_clearance(grid: Grid, diffusion: F64, volume: F64) -> F64:
    """Clearance, µm³/min, above which the voxels around a cell cannot supply it: D / (2 s); no limit in one voxel.

    A model that asks for more needs finer voxels.
    diffusion : float64[n], µm²/min; volume : float64[n], of the cell, µm³
    """
    depletion = self_depletion(grid, volume)
    return np.divide(0.5 * diffusion, depletion, out=np.full_like(depletion, np.inf), where=depletion > 0.0)
