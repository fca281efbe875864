"""Overdamped spheres that push, stick, walk and meet walls, over one macro step.

Equation   dx_i/dt = Σ_j f(d_ij) (x_i − x_j)/d_ij + walk_i
           f(d) = √(ρ_i ρ_j) (1 − d/R)² [d < R] − √(α_i a_ij α_j a_ji) (1 − d/S)² [d < S],
           R = r_i + r_j,  S = A_i r_i + A_j r_j;  pressure_i = Σ_j (1 − d/R)² [d < R] / 0.0272888
Source     the law and constants of PhysiCell, ghaffarizadeh2018 (from memory)

Heun's method (order 2) with the walk integrated exactly; all cells of a site share a sub-step, in which no cell moves
further than 5 % of its radius by its velocity and Σ_j |f'| ≤ 3/4 per sub-step. Each pair is computed once, from a
Verlet list, and added to both cells in storage order: the sum of a cell runs over ascending neighbours whatever the
threads, which share out sites, not cells. A cell whose speed would carry it less than 1e-3 of its radius in the whole
macro step rests, unless a neighbour has moved further than that since the step began.

Crowding costs no more than motion does. A velocity into a wall of the site, of a cell that stands at that wall, moves
nothing and counts neither against the displacement nor against rest. Two cells in one place (closer than 1e-5 µm) part
along an axis drawn for the pair from its lineages, one each way. The force between cells closer than a tenth of their
contact distance turns as if they were that far apart: its slope |f|/d would otherwise make the sub-step as short as the
distance. And a macro step has at most 1,000 + 200 sub-steps per minute; what motion is left then is cut and counted.

Cells of a dish or pool (one voxel) have no positions; their pressure is that of cells spread evenly:
Equation   pressure = 6 (1 − √(A / Σ a_i))² / 0.0272888 in a dish of area A where Σ a_i > A, a_i as in `neighbours`;
           pressure = 12 (1 − ∛(0.7405 V / Σ V_i))² / 0.0272888 in a pool of volume V where Σ V_i > 0.7405 V
(six neighbours in a layer, twelve in the closest packing; the root is the spacing of cells over their contact).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.motility import Walk, no_walk, walked, walks
from vesicula.engine.neighbours import PLACES, extent, layer_areas, near_lists, radii, reach_factors, tabulated_once
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.sharing import share_out
from vesicula.engine.state import State, Work
from vesicula.engine.streams import unit_vector
from vesicula.engine.substeps import DISPLACEMENT, PACKED, SMALLEST, most_substeps
from vesicula.engine.voxels import cell_sites, grid_numbers, solid_voxels, voxel_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

PRESSURE_UNIT = 0.0272888
VOXELS_OF_A_CELL = 10  # a cell's motion costs what so many voxels of a field do
NEIGHBOURS_IN_PACKING = 12  # of touching equal spheres, closest packing
STABILITY = 0.75  # sub-step times the sum of the slopes of a cell's pair forces
REST = 1e-3  # of a radius, per macro step
SKIN = 0.5  # of the largest radius of a site
SAME_PLACE = 1e-5  # µm, floor of a distance
CLOSE = 0.1  # of the contact distance, floor of the distance in the slope |f|/d
PARTING = np.uint64(0x70617274696E6700)  # key of the axes along which cells in one place part

X, Y, Z, RADIUS, REACH, REPULSION, ADHESION, KIND = range(8)
VX, VY, VZ, STIFFNESS, PRESSURE = range(5)


class Law(IntEnum):
    """Repulsion: QUADRATIC ρ (1 − d/R)², LINEAR ρ (1 − d/R). Adhesion is quadratic in both."""

    QUADRATIC = 0
    LINEAR = 1


@device(inline=True)
def pair_speed(distance, contact, reach, repulsion, adhesion, law):
    """Speed f with which a pair parts, a bound on |df/dd|, and 1 − d/R where positive; see the module's equation.

    distance, contact (R), reach (S) : µm; repulsion, adhesion : µm/min; law : `Law`
    """
    speed, slope, overlap = 0.0, 0.0, 0.0
    if distance < contact:
        per_contact = 1.0 / contact
        overlap = 1.0 - distance * per_contact
        speed = repulsion * overlap
        slope = repulsion * per_contact
        if law == 0:
            speed *= overlap
            slope *= 2.0 * overlap
    if distance < reach:
        per_reach = 1.0 / reach
        gap = adhesion * (1.0 - distance * per_reach)
        speed -= gap * (1.0 - distance * per_reach)
        slope += 2.0 * gap * per_reach
    return speed, slope, overlap


@device
def parting_axis(identity, i, j, flat):
    """Unit vector from cell i towards cell j where both are in one place, for i stored before j: (x, y, z)."""
    return unit_vector(PARTING, identity[i] ^ (identity[j] << np.uint64(1)), 0, 2 if flat else 3)


@device
def push(cells, identity, flat, start, index, affinity, law, awake, some_rest, far, stir, result):
    """Velocities of all cells by their neighbours, for pairs of which at least one cell is awake; returns their number.

    cells : float64[n_cells, 8], columns X … KIND (REPULSION and ADHESION as square roots)
    identity : uint64[n_cells], lineage hashes; flat : whether cells move in the plane alone
    start, index : every pair once, in the list of the cell stored first
    far : cells that have moved; if some cells rest, the neighbours within their reach are marked in stir
    result : float64[n_cells, 5], columns VX … PRESSURE, out (STIFFNESS: Σ|f'|)
    """
    result[:] = 0.0
    pairs = 0
    for i in range(cells.shape[0]):
        x, y, z, radius, own_reach = cells[i, X], cells[i, Y], cells[i, Z], cells[i, RADIUS], cells[i, REACH]
        own_repulsion, own_adhesion, row = cells[i, REPULSION], cells[i, ADHESION], affinity[int(cells[i, KIND])]
        vx, vy, vz = result[i, VX], result[i, VY], result[i, VZ]
        stiffness, pressure = result[i, STIFFNESS], result[i, PRESSURE]
        for k in range(start[i], start[i + 1]):
            j = index[k]
            dx, dy, dz = x - cells[j, X], y - cells[j, Y], z - cells[j, Z]
            contact, reach = radius + cells[j, RADIUS], own_reach + cells[j, REACH]
            cut = max(contact, reach)
            square = dx * dx + dy * dy + dz * dz
            if square >= cut * cut or (some_rest and not (awake[i] or awake[j])):
                continue
            if square < SAME_PLACE * SAME_PLACE:
                square = SAME_PLACE * SAME_PLACE
                ux, uy, uz = parting_axis(identity, i, j, flat)
                dx, dy, dz = -SAME_PLACE * ux, -SAME_PLACE * uy, -SAME_PLACE * uz
            distance = math.sqrt(square)
            speed, slope, overlap = pair_speed(
                distance, contact, reach, own_repulsion * cells[j, REPULSION],
                own_adhesion * cells[j, ADHESION] * row[int(cells[j, KIND])], law,
            )  # fmt: skip
            speed /= distance
            slope += abs(speed) * min(1.0, distance / (CLOSE * contact))
            dx, dy, dz, overlap = speed * dx, speed * dy, speed * dz, overlap * overlap
            vx += dx
            vy += dy
            vz += dz
            stiffness += slope
            pressure += overlap
            result[j, VX] -= dx
            result[j, VY] -= dy
            result[j, VZ] -= dz
            result[j, STIFFNESS] += slope
            result[j, PRESSURE] += overlap
            pairs += 1
            if some_rest:
                stir[i] = stir[i] or far[j]
                stir[j] = stir[j] or far[i]
        result[i, VX], result[i, VY], result[i, VZ] = vx, vy, vz
        result[i, STIFFNESS], result[i, PRESSURE] = stiffness, pressure
    return pairs


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
def free_pace(cells, result, i, far_wall):
    """Speed of cell i by its velocity, µm/min, without the parts that point into walls of the site where it stands."""
    vx, vy, vz = result[i, VX], result[i, VY], result[i, VZ]
    if (vx < 0.0 and cells[i, X] <= 0.0) or (vx > 0.0 and cells[i, X] >= far_wall[0]):
        vx = 0.0
    if (vy < 0.0 and cells[i, Y] <= 0.0) or (vy > 0.0 and cells[i, Y] >= far_wall[1]):
        vy = 0.0
    if (vz < 0.0 and cells[i, Z] <= 0.0) or (vz > 0.0 and cells[i, Z] >= far_wall[2]):
        vz = 0.0
    return math.sqrt(vx * vx + vy * vy + vz * vz)


@device
def put_to_rest(cells, result, mobile, speed, span, rest, far_wall, awake):
    """Let cells rest that would hardly move in the whole macro step; returns how many."""
    resting = 0
    for i in range(cells.shape[0]):
        pace = mobile[i] * free_pace(cells, result, i, far_wall)
        awake[i] = speed[i] > 0.0 or not pace * span < rest * cells[i, RADIUS]
        resting += not awake[i]
    return resting


@device
def longest_step(left, cells, result, mobile, speed, displacement, far_wall, awake, stir):
    """Sub-step that displacement and stability allow, min; wakes the cells that movers have stirred."""
    step = left
    for i in range(cells.shape[0]):
        if awake[i]:
            pace = mobile[i] * free_pace(cells, result, i, far_wall) + speed[i]
            furthest = displacement * max(cells[i, RADIUS], SMALLEST)
            if pace * step > furthest:
                step = furthest / pace
            if pace > 0.0 and step * result[i, STIFFNESS] > STABILITY:
                step = STABILITY / result[i, STIFFNESS]
        elif stir[i]:
            awake[i] = True
            result[i, VX], result[i, VY], result[i, VZ] = 0.0, 0.0, 0.0
    return step


@device
def note_places(cells, places):
    """Copy the positions of all cells to the first three columns of `places`."""
    for i in range(cells.shape[0]):
        places[i, 0], places[i, 1], places[i, 2] = cells[i, X], cells[i, Y], cells[i, Z]


@device
def distance_to(cells, i, places):
    """Distance of cell i from where it was in `places`, µm."""
    return math.sqrt(
        (cells[i, X] - places[i, 0]) ** 2 + (cells[i, Y] - places[i, 1]) ** 2 + (cells[i, Z] - places[i, 2]) ** 2
    )


@device(allocates=True)
def relax_site(
    first, now, identity, mobile, piece_start, until, piece_velocity, speed, affinity, barred, any_barred, nx, ny, nz,
    voxel, height, extent, law, numbers, pressure,
):  # fmt: skip
    """Heun sub-steps of one site to the end of the span; returns the numbers of sub-steps and pairs computed, and 1
    where the sub-steps did not suffice, else 0.

    first : number of its first cell in the batch; now : float64[n_cells, 8], cells as in `push`, moved in place
    extent : float64[3], size in which neighbours are sought, µm; numbers : span, displacement, rest, most sub-steps
    """
    n, span, displacement, rest, most = now.shape[0], numbers[0], numbers[1], numbers[2], numbers[3]
    flat, far_wall = extent[2] == 0.0, (nx * voxel, ny * voxel, nz * height)
    ahead, origin, listed = now.copy(), np.empty((n, 3)), np.empty((n, 3))
    result, second, drift = np.empty((n, 5)), np.empty((n, 5)), np.zeros((n, 3))
    awake, far, stir = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    place, whole = np.empty((n, 4)), np.array([0, n])
    largest, cut = 0.0, 0.0
    for i in range(n):
        place[i, 3] = max(now[i, RADIUS], now[i, REACH])
        largest, cut = max(largest, now[i, RADIUS]), max(cut, 2.0 * place[i, 3])
    note_places(now, origin)
    skin = SKIN * largest
    slack = 0.5 * skin - displacement * largest
    start, index = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
    left, furthest, substeps, pairs, some_rest, cut_short = span, np.inf, 0, 0, False, 0
    while True:
        if furthest > slack:
            note_places(now, listed)
            note_places(now, place)
            start, index = near_lists(whole, place, skin, cut + skin, extent[0], extent[1], extent[2], True)
        if left <= 0.0:
            some_rest = False
        pairs += push(now, identity, flat, start, index, affinity, law, awake, some_rest, far, stir, result)
        if left <= 0.0:
            break
        if substeps == 0:
            resting = put_to_rest(now, result, mobile, speed, span, rest, far_wall, awake)
            some_rest = resting > 0
            if resting == n:
                break
        step = longest_step(left, now, result, mobile, speed, displacement, far_wall, awake, stir)
        for i in range(n):
            if awake[i]:
                drift[i, 0], drift[i, 1], drift[i, 2] = walked(
                    first + i, span - left, span - left + step, piece_start, until, piece_velocity
                )
                part = step * mobile[i]
                ahead[i, X], ahead[i, Y], ahead[i, Z] = confine(
                    now[i, X], now[i, Y], now[i, Z], now[i, X] + part * result[i, VX] + drift[i, 0],
                    now[i, Y] + part * result[i, VY] + drift[i, 1], now[i, Z] + part * result[i, VZ] + drift[i, 2],
                    barred, any_barred, nx, ny, nz, voxel, height,
                )  # fmt: skip
        pairs += push(ahead, identity, flat, start, index, affinity, law, awake, some_rest, far, stir, second)
        furthest = 0.0
        for i in range(n):
            if awake[i]:
                part = 0.5 * step * mobile[i]
                now[i, X], now[i, Y], now[i, Z] = confine(
                    now[i, X], now[i, Y], now[i, Z], now[i, X] + part * (result[i, VX] + second[i, VX]) + drift[i, 0],
                    now[i, Y] + part * (result[i, VY] + second[i, VY]) + drift[i, 1],
                    now[i, Z] + part * (result[i, VZ] + second[i, VZ]) + drift[i, 2],
                    barred, any_barred, nx, ny, nz, voxel, height,
                )  # fmt: skip
                furthest = max(furthest, distance_to(now, i, listed))
                far[i] = distance_to(now, i, origin) > rest * now[i, RADIUS]
        left = left - step if step < left else 0.0
        substeps += 1
        if left > 0.0 and substeps >= most:
            left, cut_short = 0.0, 1
    for i in range(n):
        pressure[i] = result[i, PRESSURE] / PRESSURE_UNIT
    return substeps, pairs, cut_short


@kernel(
    "void(int64, int64, int64[::1], int32[::1], float64[:, ::1], uint64[::1], float64[::1], int64[::1], float64[::1],"
    " float64[:, ::1], float64[::1], float64[:, :, ::1], bool_[:, ::1], boolean, int64, int64, int64, float64, float64,"
    " float64[::1], int64, float64[::1], float64[::1], int64[:, ::1])"
)
def relax_sites(
    first_site, end_site, cell_start, variant, cells, identity, mobile, piece_start, until, piece_velocity, speed,
    affinity, barred, any_barred, nx, ny, nz, voxel, height, extent, law, numbers, pressure, work,
):  # fmt: skip
    """Move the cells of the sites first_site … end_site − 1. work : int64[n_sites, 3], see `relax_site`."""
    for s in range(first_site, end_site):
        first, last = cell_start[s], cell_start[s + 1]
        if last > first:
            work[s, 0], work[s, 1], work[s, 2] = relax_site(
                first, cells[first:last], identity[first:last], mobile[first:last], piece_start, until, piece_velocity,
                speed[first:last], affinity[variant[s]], barred[s], any_barred, nx, ny, nz, voxel, height, extent, law,
                numbers, pressure[first:last],
            )  # fmt: skip


@dataclass(frozen=True)
class Spheres:
    """Cells as mechanics sees them.

    position : float64[n_cells, 3], µm; radius, reach (A r) : float64[n_cells], µm
    repulsion, adhesion : float64[n_cells], µm/min; kind : int[n_cells], cell type; mobile : bool[n_cells]
    affinity : float64[n_variants, n_types, n_types], factor on the adhesion of a pair of types
    identity : uint64[n_cells], lineage hashes
    """

    position: F64
    radius: F64
    reach: F64
    repulsion: F64
    adhesion: F64
    kind: NDArray[np.integer]
    mobile: NDArray[np.bool_]
    affinity: F64
    identity: U64


@dataclass(frozen=True)
class Relaxed:
    """position : float64[n_cells, 3], µm; pressure : float64[n_cells]; substeps, pairs : int64[n_sites].

    cut : int64[n_sites], 1 where the sub-steps did not suffice and the rest of the motion was left out
    """

    position: F64
    pressure: F64
    substeps: I64
    pairs: I64
    cut: I64


@dataclass(frozen=True)
class Accuracy:
    """displacement : largest step by velocity, in radii; rest : see the module; law : of repulsion.

    most : sub-steps of one macro step; 0: `most_substeps`, and more of them as the displacement is finer than usual
    """

    displacement: float = DISPLACEMENT
    rest: float = REST
    law: Law = field(default=Law.QUADRATIC)
    most: int = 0


def relax(
    grid: Grid, cell_start: I64, spheres: Spheres, span: float, *, variant: NDArray[np.int32] | None = None,
    walk: Walk | None = None, barred: NDArray[np.bool_] | None = None, accuracy: Accuracy = Accuracy(),
) -> Relaxed:  # fmt: skip
    """Let spheres move for `span` minutes.

    cell_start : int64[n_sites + 1]; variant : int32[n_sites], row of `affinity` (none: 0)
    walk : motility; barred : bool[n_sites, n_voxels], voxels that cells cannot enter
    """
    n, n_sites = len(spheres.position), len(cell_start) - 1
    walk = no_walk(n) if walk is None else walk
    variant = np.zeros(n_sites, dtype=np.int32) if variant is None else variant
    barred = np.zeros((n_sites, grid.n_voxels), dtype=np.bool_) if barred is None else barred
    cells = np.empty((n, 8))
    cells[:, :3] = spheres.position
    cells[:, RADIUS], cells[:, REACH], cells[:, KIND] = spheres.radius, spheres.reach, spheres.kind
    cells[:, REPULSION], cells[:, ADHESION] = np.sqrt(spheres.repulsion), np.sqrt(spheres.adhesion)
    moving_axes = 2 if grid.dimensions < 3 else 3
    cells[:, moving_axes:3] = 0.0
    pressure, work = np.zeros(n), np.zeros((n_sites, 3), dtype=np.int64)
    most = accuracy.most or most_substeps(span) * max(1.0, DISPLACEMENT / accuracy.displacement)
    mobile, numbers = spheres.mobile.astype(np.float64), np.array([span, accuracy.displacement, accuracy.rest, most])
    walls, any_barred = np.array(extent(grid)), bool(barred.any())

    def task(first: int, end: int) -> int:
        relax_sites(
            first, end, cell_start, variant, cells, spheres.identity, mobile, walk.start, walk.until, walk.velocity,
            walk.speed, spheres.affinity, barred, any_barred, *grid_numbers(grid), walls, int(accuracy.law), numbers,
            pressure, work,
        )  # fmt: skip
        return 0

    share_out(task, n_sites, VOXELS_OF_A_CELL * n // max(n_sites, 1))
    position = np.array(spheres.position, dtype=np.float64)
    position[:, :moving_axes] = cells[:, :moving_axes]
    return Relaxed(position, pressure, work[:, 0], work[:, 1], work[:, 2])


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
        base = tabulated_once(program, columns.p_base[:, :, columns.repulsion], 0.0)
        repulsion[dead] = base[state.site_variant[site[dead]], state.cell_type[dead], state.cell_state[dead]]
    one_way = tabulated_once(program, program.cell_types.p_affinity, 1.0)
    return Spheres(
        position=state.position, radius=radius, reach=radius * reach_factors(program, state),
        repulsion=np.maximum(repulsion, 0.0), adhesion=np.maximum(adhesion, 0.0), kind=state.cell_type,
        mobile=program.cell_types.anchored[state.cell_type] == 0,
        affinity=np.ascontiguousarray(np.sqrt(one_way * one_way.transpose(0, 2, 1))),
        identity=state.cell_id,
    )  # fmt: skip


def crowding(program: Program, state: State) -> F64:
    """Pressure on the cells of dishes and pools, float64[n_cells]; see the module."""
    grid, site = program.grid, cell_sites(state)
    dish = grid.area > 0.0
    taken = np.bincount(site, layer_areas(program, state) if dish else state.volume * state.stands_for, state.n_sites)
    room = grid.area if dish else PACKED * grid.voxel_volume
    spacing = np.sqrt(room / np.maximum(taken, room)) if dish else np.cbrt(room / np.maximum(taken, room))
    neighbours = PLACES if dish else NEIGHBOURS_IN_PACKING
    return (neighbours * (1.0 - spacing) ** 2 / PRESSURE_UNIT)[site]


def advance(program: Program, state: State) -> None:
    """Move the cells of all sites over one macro step; sets position, direction, pressure and work.

    In sites of one voxel positions stay, and pressure is that of their crowding.
    """
    if state.n_cells == 0:
        return
    if program.grid.n_voxels == 1:
        state.pressure[:] = crowding(program, state)
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
    state.work[:, Work.MOTION_CUT] += relaxed.cut
