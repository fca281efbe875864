"""Overdamped spheres that push, stick, walk and meet walls, over one macro step.

Equation   dx_i/dt = Σ_j f(d_ij) (x_i − x_j)/d_ij + walk_i
           f(d) = √(ρ_i ρ_j) (1 − d/R)² [d < R] − √(α_i a_ij α_j a_ji) (1 − d/S)² [d < S],
           R = r_i + r_j,  S = A_i r_i + A_j r_j;  pressure_i = Σ_j (1 − d/R)² [d < R] / 0.0272888
Source     peers.md 1 (the law and constants of PhysiCell, ghaffarizadeh2018)

Heun's method (order 2) with the walk integrated exactly; all cells of a site share a sub-step, in which no cell moves
further than 5 % of its radius by its velocity and Σ_j |f'| ≤ 1/2 per sub-step. Forces are gathered per cell over a
Verlet list in storage order. A cell whose speed would carry it less than 1e-3 of its radius in the whole macro
step rests, unless a neighbour has moved further than that since the step began.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numba import prange
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.motility import Walk, no_walk, walked, walks
from vesicula.engine.neighbours import near, radii, reach_factors, tabulated
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.state import State, Work
from vesicula.engine.voxels import cell_sites, grid_numbers, solid_voxels, voxel_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

PRESSURE_UNIT = 0.0272888
DISPLACEMENT = 0.05  # of a radius, per sub-step
STABILITY = 0.5  # sub-step times the sum of the slopes of a cell's pair forces
REST = 1e-3  # of a radius, per macro step
SKIN = 0.2  # of the largest radius
SAME_PLACE = 1e-5  # µm, floor of a distance

MOVING, LAST_LOOK, DONE = 0, 1, 2
X, Y, Z, RADIUS, REACH, REPULSION, ADHESION, KIND = range(8)


class Law(IntEnum):
    """Repulsion: QUADRATIC ρ (1 − d/R)², LINEAR ρ (1 − d/R). Adhesion is quadratic in both."""

    QUADRATIC = 0
    LINEAR = 1


@device(inline=True)
def pair_speed(distance, contact, reach, repulsion, adhesion, law):
    """Speed f with which a pair parts and a bound on |df/dd|; see the module's equation.

    distance, contact (R), reach (S) : µm; repulsion, adhesion : µm/min; law : `Law`
    """
    speed, slope = 0.0, 0.0
    if distance < contact:
        overlap = 1.0 - distance / contact
        if law == 0:
            speed = repulsion * overlap * overlap
            slope = 2.0 * repulsion * overlap / contact
        else:
            speed = repulsion * overlap
            slope = repulsion / contact
    if distance < reach:
        gap = 1.0 - distance / reach
        speed -= adhesion * gap * gap
        slope += 2.0 * adhesion * gap / reach
    return speed, slope + abs(speed) / distance


@device
def push(i, cells, start, index, affinity, law, stir, stirring):
    """Velocity of cell i by its neighbours: vx, vy, vz, Σ|f'|, pressure, number of pairs within reach.

    cells : float64[n_cells, 8], columns X … KIND (REPULSION and ADHESION as square roots)
    stirring : the neighbours within reach are marked in stir
    """
    vx, vy, vz, stiffness, pressure = 0.0, 0.0, 0.0, 0.0, 0.0
    touching = 0
    x, y, z, kind = cells[i, X], cells[i, Y], cells[i, Z], int(cells[i, KIND])
    for k in range(start[i], start[i + 1]):
        j = index[k]
        dx, dy, dz = x - cells[j, X], y - cells[j, Y], z - cells[j, Z]
        contact = cells[i, RADIUS] + cells[j, RADIUS]
        reach = cells[i, REACH] + cells[j, REACH]
        cut = max(contact, reach)
        square = dx * dx + dy * dy + dz * dz
        if square >= cut * cut:
            continue
        distance = math.sqrt(square)
        if distance < SAME_PLACE:
            distance = SAME_PLACE
            dx = SAME_PLACE if i > j else -SAME_PLACE
        adhesion = cells[i, ADHESION] * cells[j, ADHESION] * affinity[kind, int(cells[j, KIND])]
        speed, slope = pair_speed(distance, contact, reach, cells[i, REPULSION] * cells[j, REPULSION], adhesion, law)
        speed /= distance
        vx += speed * dx
        vy += speed * dy
        vz += speed * dz
        stiffness += slope
        touching += 1
        if distance < contact:
            overlap = 1.0 - distance / contact
            pressure += overlap * overlap
        if stirring:
            stir[j] = 1
    return vx, vy, vz, stiffness, pressure / PRESSURE_UNIT, touching


@device
def confine(x, y, z, ax, ay, az, barred, any_barred, nx, ny, nz, voxel, height):
    """Where a cell at (x, y, z) that is to go to (ax, ay, az) comes to stand: in the box, not in solid matrix.

    Axis by axis, so that a cell slides along a wall; one that is inside solid matrix may leave it.
    """
    ax = min(max(ax, 0.0), nx * voxel)
    ay = min(max(ay, 0.0), ny * voxel)
    az = min(max(az, 0.0), nz * height)
    if not any_barred or barred[voxel_of(x, y, z, nx, ny, nz, voxel, height)]:
        return ax, ay, az
    if barred[voxel_of(ax, y, z, nx, ny, nz, voxel, height)]:
        ax = x
    if barred[voxel_of(ax, ay, z, nx, ny, nz, voxel, height)]:
        ay = y
    if barred[voxel_of(ax, ay, az, nx, ny, nz, voxel, height)]:
        az = z
    return ax, ay, az


@device
def choose_steps(cell_start, stage, stale, left, limit, awake, stir, step):
    """Sub-step of every moving site, min; wakes the stirred cells; a site where all rest is done."""
    for s in range(stage.shape[0]):
        step[s] = 0.0
        if stage[s] == DONE or stale[s]:
            continue
        if stage[s] == LAST_LOOK:
            stage[s] = DONE
            continue
        shortest = left[s]
        moving = False
        for i in range(cell_start[s], cell_start[s + 1]):
            if awake[i]:
                moving = True
                shortest = min(shortest, limit[i])
            elif stir[i]:
                awake[i] = 1
        if moving:
            step[s] = shortest
        else:
            stage[s] = DONE
            left[s] = 0.0


@device
def book_steps(cell_start, stage, stale, left, moved, touching, awake, step, skin, work):
    """Advance the clocks of the sites; a site whose list may miss a pair becomes stale. Returns whether any goes on."""
    going = False
    for s in range(stage.shape[0]):
        if stage[s] == DONE or stale[s]:
            continue
        furthest = 0.0
        for i in range(cell_start[s], cell_start[s + 1]):
            if awake[i]:
                furthest = max(furthest, moved[i])
                work[s, 1] += touching[i]
        left[s] -= step[s]
        work[s, 0] += 1
        if left[s] <= 0.0:
            left[s] = 0.0
            stage[s] = LAST_LOOK
            stale[s] = furthest > 0.5 * skin
        else:
            stale[s] = furthest > 0.25 * skin
        going = going or not stale[s]
    return going


@kernel(
    "void(int64[::1], int64[::1], int32[::1], int8[::1], bool_[::1], float64[::1], float64[:, ::1], float64[:, ::1],"
    " float64[:, ::1], float64[:, ::1], int8[::1], int8[::1], int64[::1], float64[::1], float64[:, ::1], float64[::1],"
    " int64[::1], int32[::1], float64[:, :, ::1], bool_[:, ::1], boolean, int64, int64, int64, float64, float64, int64,"
    " float64[::1], float64[::1], int64[:, ::1])",
    parallel=True,
)
def relax_sites(
    cell_start, site, variant, stage, stale, left, now, ahead, listed, origin, mobile, awake, piece_start, until,
    piece_velocity, speed, start, index, affinity, barred, any_barred, nx, ny, nz, voxel, height, law, numbers,
    pressure, work,
):  # fmt: skip
    """Heun sub-steps of all sites side by side until each is done or needs a new neighbour list.

    now, ahead : float64[n_cells, 8], cells as in `push`, present and predicted; listed, origin : float64[n_cells, 3],
    places when the list was made and when the macro step began; numbers : span, displacement, rest, skin
    """
    n = now.shape[0]
    span, displacement, rest, skin = numbers[0], numbers[1], numbers[2], numbers[3]
    velocity, drift = np.zeros((n, 3)), np.zeros((n, 3))
    limit, moved = np.empty(n), np.zeros(n)
    touching, stir = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int8)
    step = np.zeros(stage.shape[0])
    going = True
    while going:
        for i in prange(n):
            s = site[i]
            last = stage[s] == LAST_LOOK
            if stage[s] != DONE and not stale[s] and (awake[i] or last):
                far = (
                    (now[i, X] - origin[i, X]) ** 2 + (now[i, Y] - origin[i, Y]) ** 2 + (now[i, Z] - origin[i, Z]) ** 2
                )
                stirring = far > (rest * now[i, RADIUS]) ** 2 and not last
                vx, vy, vz, stiffness, pressure[i], touching[i] = push(
                    i, now, start, index, affinity[variant[s]], law, stir, stirring
                )
                if not mobile[i]:
                    vx, vy, vz = 0.0, 0.0, 0.0
                velocity[i, 0], velocity[i, 1], velocity[i, 2] = vx, vy, vz
                pace = math.sqrt(vx * vx + vy * vy + vz * vz) + speed[i]
                limit[i] = np.inf
                if left[s] == span and speed[i] == 0.0 and pace * span < rest * now[i, RADIUS]:
                    awake[i] = 0
                elif pace > 0.0:
                    limit[i] = min(displacement * now[i, RADIUS] / pace, STABILITY / max(stiffness, 1e-12))
        choose_steps(cell_start, stage, stale, left, limit, awake, stir, step)
        for i in prange(n):
            s = site[i]
            if step[s] > 0.0 and awake[i]:
                begin = span - left[s]
                drift[i, 0], drift[i, 1], drift[i, 2] = walked(
                    i, begin, begin + step[s], piece_start, until, piece_velocity
                )
                ahead[i, X], ahead[i, Y], ahead[i, Z] = confine(
                    now[i, X], now[i, Y], now[i, Z], now[i, X] + step[s] * velocity[i, 0] + drift[i, 0],
                    now[i, Y] + step[s] * velocity[i, 1] + drift[i, 1],
                    now[i, Z] + step[s] * velocity[i, 2] + drift[i, 2], barred[s], any_barred, nx, ny, nz, voxel, height,
                )  # fmt: skip
        for i in prange(n):
            s = site[i]
            if step[s] > 0.0 and awake[i]:
                half = 0.5 * step[s] if mobile[i] else 0.0
                vx, vy, vz, _, _, _ = push(i, ahead, start, index, affinity[variant[s]], law, stir, False)
                now[i, X], now[i, Y], now[i, Z] = confine(
                    now[i, X], now[i, Y], now[i, Z], now[i, X] + half * (velocity[i, 0] + vx) + drift[i, 0],
                    now[i, Y] + half * (velocity[i, 1] + vy) + drift[i, 1],
                    now[i, Z] + half * (velocity[i, 2] + vz) + drift[i, 2], barred[s], any_barred, nx, ny, nz, voxel,
                    height,
                )  # fmt: skip
                moved[i] = math.sqrt(
                    (now[i, X] - listed[i, X]) ** 2 + (now[i, Y] - listed[i, Y]) ** 2 + (now[i, Z] - listed[i, Z]) ** 2
                )
        going = book_steps(cell_start, stage, stale, left, moved, touching, awake, step, skin, work)


@dataclass(frozen=True)
class Spheres:
    """Cells as mechanics sees them.

    position : float64[n_cells, 3], µm; radius, reach (A r) : float64[n_cells], µm
    repulsion, adhesion : float64[n_cells], µm/min; kind : int[n_cells], cell type; mobile : bool[n_cells]
    affinity : float64[n_variants, n_types, n_types], factor on the adhesion of a pair of types
    """

    position: F64
    radius: F64
    reach: F64
    repulsion: F64
    adhesion: F64
    kind: NDArray[np.integer]
    mobile: NDArray[np.bool_]
    affinity: F64


@dataclass(frozen=True)
class Relaxed:
    """position : float64[n_cells, 3], µm; pressure : float64[n_cells]; substeps, pairs : int64[n_sites]."""

    position: F64
    pressure: F64
    substeps: I64
    pairs: I64


@dataclass(frozen=True)
class Accuracy:
    """displacement : largest step by velocity, in radii; rest : see the module; law : of repulsion."""

    displacement: float = DISPLACEMENT
    rest: float = REST
    law: Law = field(default=Law.QUADRATIC)


def relax(
    grid: Grid, cell_start: I64, spheres: Spheres, span: float, *, variant: NDArray[np.int32] | None = None,
    walk: Walk | None = None, barred: NDArray[np.bool_] | None = None, accuracy: Accuracy = Accuracy(),  # noqa: B008
) -> Relaxed:  # fmt: skip
    """Let spheres move for `span` minutes.

    cell_start : int64[n_sites + 1]; variant : int32[n_sites], row of `affinity` (none: 0)
    walk : motility; barred : bool[n_sites, n_voxels], voxels that cells cannot enter
    """
    n, n_sites = len(spheres.position), len(cell_start) - 1
    walk = no_walk(n) if walk is None else walk
    variant = np.zeros(n_sites, dtype=np.int32) if variant is None else variant
    barred = np.zeros((n_sites, grid.n_voxels), dtype=np.bool_) if barred is None else barred
    now = np.empty((n, 8))
    now[:, :3] = spheres.position
    now[:, RADIUS], now[:, REACH], now[:, KIND] = spheres.radius, spheres.reach, spheres.kind
    now[:, REPULSION], now[:, ADHESION] = np.sqrt(spheres.repulsion), np.sqrt(spheres.adhesion)
    height = 0.0
    if grid.dimensions < 3:
        height, now[:, Z] = float(grid.height), 0.0
    site = np.repeat(np.arange(n_sites, dtype=np.int64), np.diff(cell_start))
    origin = now[:, :3].copy()
    skin = SKIN * float(spheres.radius.max(initial=0.0))
    stage = np.where(np.diff(cell_start) > 0, MOVING, DONE).astype(np.int8)
    left = np.full(n_sites, float(span))
    awake, mobile = np.ones(n, dtype=np.int8), spheres.mobile.astype(np.int8)
    pressure, work = np.zeros(n), np.zeros((n_sites, 2), dtype=np.int64)
    numbers = np.array([span, accuracy.displacement, accuracy.rest, skin])
    while np.any(stage != DONE):
        listed = now[:, :3].copy()
        start, index = near(grid, cell_start, listed, np.maximum(spheres.radius, spheres.reach), skin=skin, site=site)
        relax_sites(
            cell_start, site, variant, stage, np.zeros(n_sites, dtype=np.bool_), left, now, now.copy(), listed, origin,
            mobile, awake, walk.start, walk.until, walk.velocity, walk.speed, start, index, spheres.affinity, barred,
            bool(barred.any()), *grid_numbers(grid), int(accuracy.law), numbers, pressure, work,
        )  # fmt: skip
    position = np.array(spheres.position, dtype=np.float64)
    position[:, : 2 if height else 3] = now[:, : 2 if height else 3]
    return Relaxed(position, pressure, work[:, 0], work[:, 1])


def spheres_of(program: Program, state: State) -> Spheres:
    """The cells of a state as spheres.

    A dead cell keeps the base repulsion of its type and state and adheres to nothing.
    """
    columns, site = program.behaviours, cell_sites(state)
    radius = radii(state.volume)
    repulsion = np.zeros(state.n_cells) if columns.repulsion == NONE else state.behaviour[:, columns.repulsion].copy()
    adhesion = np.zeros(state.n_cells) if columns.adhesion == NONE else state.behaviour[:, columns.adhesion]
    dead = np.flatnonzero(state.cell_dead)
    if columns.repulsion != NONE and len(dead):
        base = tabulated(program.values, columns.p_base[:, :, columns.repulsion], 0.0)
        repulsion[dead] = base[state.site_variant[site[dead]], state.cell_type[dead], state.cell_state[dead]]
    one_way = tabulated(program.values, program.cell_types.p_affinity, 1.0)
    return Spheres(
        position=state.position, radius=radius, reach=radius * reach_factors(program, state),
        repulsion=np.maximum(repulsion, 0.0), adhesion=np.maximum(adhesion, 0.0), kind=state.cell_type,
        mobile=program.cell_types.anchored[state.cell_type] == 0,
        affinity=np.ascontiguousarray(np.sqrt(one_way * one_way.transpose(0, 2, 1))),
    )  # fmt: skip


def advance(program: Program, state: State) -> None:
    """Move the cells of all sites over one macro step; sets position, direction, pressure and work.

    Sites of one voxel have no mechanics: positions stay, pressure is 0.
    """
    if program.grid.n_voxels == 1 or state.n_cells == 0:
        state.pressure[:] = 0.0
        return
    walk = walks(program, state)
    relaxed = relax(
        program.grid, state.cell_start, spheres_of(program, state), program.macro_step, variant=state.site_variant,
        walk=walk, barred=solid_voxels(program, state),
    )  # fmt: skip
    state.position[:] = relaxed.position
    state.pressure[:] = relaxed.pressure
    state.work[:, Work.MECHANICS_SUBSTEPS] += relaxed.substeps
    state.work[:, Work.PAIRS] += relaxed.pairs
