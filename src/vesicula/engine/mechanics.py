"""Overdamped spheres that push, stick, walk and meet walls, over one macro step.

Equation   dx_i/dt = Σ_j f(d_ij) (x_i − x_j)/d_ij + walk_i
           f(d) = √(ρ_i ρ_j) (1 − d/R)² [d < R] − √(α_i a_ij α_j a_ji) (1 − d/S)² [d < S],
           R = r_i + r_j,  S = A_i r_i + A_j r_j;  pressure_i = Σ_j (1 − d/R)² [d < R] / 0.0272888
Source     the law and constants of PhysiCell, ghaffarizadeh2018 (from memory)

Runge–Kutta steps of order 3 (ralston1962, not read) with the walk integrated exactly; all cells of a site share a
sub-step, in which no cell moves further than 30 % of its radius, by pushes 18 %, and Σ_j |f'| ≤ 5/4 per sub-step. In it
forces are those where a cell would be with its part of twice the mean of its walk, so that a turn leaves order 2; at
walls a cell goes turn by turn. Each pair is computed once and added to both cells in storage order (`forces`): the sum
of a cell runs over ascending neighbours whatever the threads, which share out sites, not cells. Pairs are selected from
long lists for some sub-steps, each cell with a margin of its own. Where nobody walks, and nobody's speed would carry it
1e-3 of its radius in the whole macro step, all rest. Solid matrix stops a cell at its face.

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
from vesicula.engine.forces import (
    ADHESION,
    KIND,
    PIECE,
    PRESSURE,
    RADIUS,
    REACH,
    REPULSION,
    STIFFNESS,
    VX,
    VY,
    VZ,
    X,
    Y,
    Z,
    push,
    select_pairs,
)
from vesicula.engine.groups import Bodies, Rows, Walk
from vesicula.engine.motility import no_walk, walked, walks
from vesicula.engine.neighbours import PLACES, extent, layer_areas, near_lists, radii, reach_factors, tabulated_once
from vesicula.engine.obstacles import along_walls, nothing_bars, way_is_free
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.sharing import share_out
from vesicula.engine.state import State, Work
from vesicula.engine.substeps import DISPLACEMENT, PACKED, SMALLEST, most_substeps
from vesicula.engine.voxels import box, cell_sites, solid_voxels, voxel_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

PRESSURE_UNIT = 0.0272888
VOXELS_OF_A_CELL = 10  # a cell's motion costs what so many voxels of a field do
NEIGHBOURS_IN_PACKING = 12  # of touching equal spheres, closest packing
PUSHED = 0.6  # of the displacement of a sub-step: what pushes alone may make of it
STABILITY = 1.25  # sub-step times the sum of the slopes of a cell's pair forces: half of what order 3 can bear
REST = 1e-3  # of a radius, per macro step
SKIN_SHARE = 0.3  # of the largest radius of a site, what the long lists allow for motion at most
LIFE = 0.4  # of the largest radius: the fastest walker goes so far before long lists are made anew
SUBSTEPS_OF_A_SELECTION = 5.0  # how long selected pairs serve at the pace of now
LEAST_SKIN = 0.3  # of the radius
LEAST_MARGIN = 0.05  # of the radius

SHARES = (1.0 / 2.0, 3.0 / 4.0)  # of a sub-step: up to its second and third stage, at the velocities of the one before
WEIGHTS = (2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0)  # of the velocities of the three stages
# what a cell may do, a row each: speed, µm/min, also as it counts against the displacement of a sub-step; skin and
# displacement, µm
PACE, COUNTED, SKIN, FURTHEST = range(4)
UNTIL = 3  # row of the straight pieces of walks, after their velocities along x, y and z
NEXT_TO_EDGE = 0.99  # of a voxel: what reaches no farther stays in the voxel of a cell and those around it


class Law(IntEnum):
    """Repulsion: QUADRATIC ρ (1 − d/R)², LINEAR ρ (1 − d/R). Adhesion is quadratic in both."""

    QUADRATIC = 0
    LINEAR = 1


@device
def free_pace(place, result, i, far_wall):
    """Speed of cell i by its velocity, µm/min, without the parts that point into walls of the site where it stands."""
    vx, vy, vz = result[VX, i], result[VY, i], result[VZ, i]
    x, y, z = place[X, i], place[Y, i], place[Z, i]
    vx = 0.0 if ((vx < 0.0) & (x <= 0.0)) | ((vx > 0.0) & (x >= far_wall[0])) else vx
    vy = 0.0 if ((vy < 0.0) & (y <= 0.0)) | ((vy > 0.0) & (y >= far_wall[1])) else vy
    vz = 0.0 if ((vz < 0.0) & (z <= 0.0)) | ((vz > 0.0) & (z >= far_wall[2])) else vz
    return math.sqrt(vx * vx + vy * vy + vz * vz)


@device
def square_between(place, i, other):
    """Square of the distance of cell i in `place` from where it is in `other`, µm²."""
    return (place[X, i] - other[X, i]) ** 2 + (place[Y, i] - other[Y, i]) ** 2 + (place[Z, i] - other[Z, i]) ** 2


@device
def all_rest(cells, place, result, mobile, speed, rest_pace, far_wall):
    """Whether nobody walks, nor moves faster than `rest_pace` radii per minute."""
    for i in range(cells.shape[0]):
        pace = mobile[i] * free_pace(place, result, i, far_wall)
        if speed[i] > 0.0 or not pace < rest_pace * cells[i, RADIUS]:
            return False
    return True


@device
def longest_step(left, place, result, mobile, speed, far_wall, limits):
    """Sub-step that displacement and stability allow, min; notes the pace of every cell."""
    step, n = left, place.shape[1]
    for i in range(n):
        pushed = mobile[i] * free_pace(place, result, i, far_wall)
        pace, counted = pushed + speed[i], pushed / PUSHED
        limits[PACE, i], limits[COUNTED, i] = pace, counted if counted > pace else pace
    for i in range(n):
        if limits[COUNTED, i] * step > limits[FURTHEST, i]:
            step = limits[FURTHEST, i] / limits[COUNTED, i]
        if limits[PACE, i] > 0.0 and step * result[STIFFNESS, i] > STABILITY:
            step = STABILITY / result[STIFFNESS, i]
    return step


@device
def choose_skins(cells, place, ahead, speed, left, limits, reach_at):
    """How far each cell may go before long lists are made anew, into SKIN; what they need into reach_at[n_cells, 4].

    ahead : where cells have to be within their skins at least
    """
    largest, fastest = 0.0, 0.0
    for i in range(cells.shape[0]):
        largest, fastest = max(largest, cells[i, RADIUS]), max(fastest, speed[i])
    life = left if fastest * left <= LIFE * largest else LIFE * largest / fastest
    for i in range(cells.shape[0]):
        least = LEAST_SKIN * max(cells[i, RADIUS], SMALLEST) + math.sqrt(square_between(place, i, ahead))
        limits[SKIN, i] = least + min(2.0 * limits[PACE, i] * life, SKIN_SHARE * largest)
        reach_at[i, 0], reach_at[i, 1], reach_at[i, 2] = place[X, i], place[Y, i], place[Z, i]
        reach_at[i, 3] = max(cells[i, RADIUS], cells[i, REACH]) + limits[SKIN, i]


@device
def lists_used_up(cells, place, ahead, listed, limits):
    """Whether some cell has used up the skin of the long lists, or would on its way to `ahead` and a little further."""
    for i in range(cells.shape[0]):
        needed = math.sqrt(square_between(place, i, ahead)) + LEAST_MARGIN * cells[i, RADIUS]
        if math.sqrt(square_between(place, i, listed)) + needed > limits[SKIN, i]:
            return True
    return False


@device
def free_around(ground, flat, around):
    """Of which voxels the neighbours all lie in the site and are no solid matrix, bool[n_voxels], out."""
    barred, any_barred, nx, ny, nz, _, _ = ground
    up = 0 if flat else 1
    for iz in range(nz):
        for iy in range(ny):
            for ix in range(nx):
                inside = up <= iz < nz - up and 0 < iy < ny - 1 and 0 < ix < nx - 1
                if inside and any_barred:
                    for kz in range(iz - up, iz + up + 1):
                        for ky in range(iy - 1, iy + 2):
                            for kx in range(ix - 1, ix + 2):
                                inside = inside and not barred[(kz * ny + ky) * nx + kx]
                around[(iz * ny + iy) * nx + ix] = inside


@device
def choose_margins(cells, place, ahead, step, listed, limits, ground, flat, around, margin, clear):
    """How far each cell may go before pairs are selected anew: to `ahead` and some sub-steps on at its pace; and
    squared, how far before anything bars its way.

    around : see `free_around`
    """
    _, _, nx, ny, nz, voxel, height = ground
    near = NEXT_TO_EDGE * (voxel if flat else min(voxel, height))
    for i in range(cells.shape[0]):
        wanted = SUBSTEPS_OF_A_SELECTION * limits[PACE, i] * step + LEAST_MARGIN * cells[i, RADIUS]
        wanted += math.sqrt(square_between(place, i, ahead))
        room = limits[SKIN, i] - math.sqrt(square_between(place, i, listed))
        margin[i] = wanted if wanted < room else room
        far = margin[i] + LEAST_MARGIN * cells[i, RADIUS]
        x, y, z, up = place[X, i], place[Y, i], place[Z, i], 0.0 if flat else far
        free = far <= near and around[voxel_of(x, y, z, nx, ny, nz, voxel, height)]
        free = free or nothing_bars(x - far, y - far, z - up, x + far, y + far, z + up, ground)
        clear[i] = far * far if free else -1.0


@device
def walk_on(walkers, step, begin, walk, straight, drift, ahead):
    """What the walk adds in a step to the places of the cells that walk: drift, and twice its mean, into `ahead`.

    straight : float64[4, n_cells], velocity of the straight piece on which each cell is, and until when it is
    drift, ahead : float64[3, n_cells], zero for all others
    """
    offset, start, until, velocity = walk
    end, turning = begin + step, False
    for i in walkers:
        if straight[UNTIL, i] <= begin:
            piece = start[offset + i]
            while until[piece] <= begin:
                piece += 1
            straight[X, i], straight[Y, i], straight[Z, i] = velocity[piece, 0], velocity[piece, 1], velocity[piece, 2]
            straight[UNTIL, i] = until[piece]
        turning = turning or straight[UNTIL, i] < end
    for axis in range(3):
        for i in range(drift.shape[1]):
            drift[axis, i] = (end - begin) * straight[axis, i]
            ahead[axis, i] = (end - begin) * straight[axis, i]
    if turning:
        for i in walkers:
            if straight[UNTIL, i] < end:
                drift[X, i], drift[Y, i], drift[Z, i], ahead[X, i], ahead[Y, i], ahead[Z, i] = walked(
                    offset + i, begin, end, start, until, velocity
                )  # fmt: skip


@device
def push_on(pushed, velocity, mobile, time):
    """How far pushes at one velocity carry all cells in a time, µm."""
    for axis in range(3):
        for i in range(pushed.shape[1]):
            pushed[axis, i] = time * mobile[i] * velocity[axis, i]


@device
def push_through(pushed, first, second, third, mobile, step):
    """How far pushes carry all cells in a sub-step by the velocities of its stages, µm."""
    for axis in range(3):
        for i in range(pushed.shape[1]):
            velocity = WEIGHTS[0] * first[axis, i] + WEIGHTS[1] * second[axis, i] + WEIGHTS[2] * third[axis, i]
            pushed[axis, i] = step * mobile[i] * velocity


@device
def look_ahead(place, ahead, pushed, share, step, begin, walk, ground, selected, clear, twice):
    """Where all cells are after a share of a step, pushed so far: into `ahead`.

    A cell that turns is put where forces that are linear on its way have their mean over the step.
    twice : twice the mean of every walk, see `walk_on`
    """
    n = place.shape[1]
    for axis in range(3):
        for i in range(n):
            ahead[axis, i] = place[axis, i] + pushed[axis, i] + share * twice[axis, i]
    time = share * step
    for i in range(n):
        if square_between(ahead, i, selected) > clear[i]:
            x, y, z, cell = place[X, i], place[Y, i], place[Z, i], walk[0] + i
            vx, vy, vz = pushed[X, i] / time, pushed[Y, i] / time, pushed[Z, i] / time
            if not way_is_free(x, y, z, vx, vy, vz, cell, begin, time, walk, ground):
                ahead[X, i], ahead[Y, i], ahead[Z, i] = along_walls(
                    x, y, z, vx, vy, vz, cell, begin, time, walk, ground
                )  # fmt: skip


@device
def go_on(place, into, pushed, step, begin, walk, ground, selected, clear, drift):
    """Where all cells are after a step, pushed so far and by their walk."""
    n = place.shape[1]
    for axis in range(3):
        for i in range(n):
            into[axis, i] = place[axis, i] + pushed[axis, i] + drift[axis, i]
    for i in range(n):
        if square_between(into, i, selected) > clear[i]:
            x, y, z = place[X, i], place[Y, i], place[Z, i]
            vx, vy, vz = pushed[X, i] / step, pushed[Y, i] / step, pushed[Z, i] / step
            into[X, i], into[Y, i], into[Z, i] = along_walls(
                x, y, z, vx, vy, vz, walk[0] + i, begin, step, walk, ground
            )  # fmt: skip


@device
def left_margin(place, selected, margin):
    """Whether some cell has gone farther than its margin since pairs were selected."""
    gone = 0
    for i in range(place.shape[1]):
        gone += square_between(place, i, selected) > margin[i] * margin[i]
    return gone > 0


@device
def copy_places(place, into):
    """Copy positions."""
    for axis in range(3):
        for i in range(place.shape[1]):
            into[axis, i] = place[axis, i]


@device(allocates=True)
def refresh(cells, place, ahead, speed, affinity, extent, left, step, ground, lists, kept, reach_at):
    """Select pairs anew, from the long lists or, where these are used up, from new ones; returns the lists.

    ahead : where cells are to be next; the lists hold as far as there
    lists : start and index of the long lists; cells and law of the selected pairs (see `forces`), and their number
    kept : places at the last listing and selection, what cells may do, voxels free around, margins, clear ways
    reach_at : scratch, places and reaches for the lists
    """
    outer_start, outer, pair, law, _ = lists
    listed, selected, limits, around, margin, clear = kept
    if outer_start.shape[0] == 0 or lists_used_up(cells, place, ahead, listed, limits):
        choose_skins(cells, place, ahead, speed, left, limits, reach_at)
        whole = np.array([0, cells.shape[0]])
        outer_start, outer = near_lists(whole, reach_at, 0.0, extent[0], extent[1], extent[2], True)
        pair, law = np.empty((2, outer_start[-1]), dtype=np.int32), np.empty((4, outer_start[-1]))
        copy_places(place, listed)
    choose_margins(cells, place, ahead, step, listed, limits, ground, extent[2] == 0.0, around, margin, clear)
    count = select_pairs(cells, place, outer_start, outer, margin, affinity, pair, law)
    copy_places(place, selected)
    return outer_start, outer, pair, law, count


@device(allocates=True)
def relax_site(now, identity, mobile, speed, affinity, walk, ground, extent, quadratic, numbers, pressure):
    """Sub-steps of one site to the end of the span; returns the numbers of sub-steps and pairs computed, and 1
    where the sub-steps did not suffice, else 0.

    now : float64[n_cells, 8], cells as in `forces`, moved in place
    walk : number of its first cell in the batch, start, until and velocity of the pieces; ground : see `confine`
    extent : float64[3], size in which neighbours are sought, µm; numbers : span, displacement, rest, most sub-steps
    """
    n, span, displacement, rest, most = now.shape[0], numbers[0], numbers[1], numbers[2], numbers[3]
    flat, far_wall = extent[2] == 0.0, (ground[2] * ground[5], ground[3] * ground[5], ground[4] * ground[6])
    place, ahead, pushed = np.empty((3, n)), np.empty((3, n)), np.empty((3, n))
    drift, twice, straight = np.empty((3, n)), np.empty((3, n)), np.zeros((4, n))
    around = np.empty(ground[0].shape[0], dtype=np.bool_)
    kept = np.empty((3, n)), np.empty((3, n)), np.empty((4, n)), around, np.empty(n), np.empty(n)
    _, selected, limits, _, margin, clear = kept
    result, second, third = np.zeros((5, n)), np.zeros((5, n)), np.zeros((5, n))
    sweep, spans = np.empty(5 * PIECE), np.empty((n, 4))
    lists = (
        np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty((2, 0), dtype=np.int32), np.empty((4, 0)), 0
    )  # fmt: skip
    left, substeps, pairs, cut_short, step = span, 0, 0, 0, 0.0
    for i in range(n):
        place[X, i], place[Y, i], place[Z, i], limits[PACE, i] = now[i, X], now[i, Y], now[i, Z], speed[i]
        limits[FURTHEST, i] = displacement * max(now[i, RADIUS], SMALLEST)
    walkers = np.flatnonzero(np.diff(walk[1][walk[0] : walk[0] + n + 1]))
    straight[UNTIL, walkers] = -1.0
    free_around(ground, flat, around)
    while True:
        if substeps == 0 or left_margin(place, selected, margin):
            lists = refresh(now, place, place, speed, affinity, extent, left, step, ground, lists, kept, spans)
        push(place, identity, flat, lists[4], lists[2], lists[3], quadratic, sweep, True, result)
        pairs += lists[4]
        if left <= 0.0 or (substeps == 0 and all_rest(now, place, result, mobile, speed, rest / span, far_wall)):
            break
        step = longest_step(left, place, result, mobile, speed, far_wall, limits)
        begin = span - left
        walk_on(walkers, step, begin, walk, straight, drift, twice)
        for stage in range(2):
            push_on(pushed, result if stage == 0 else second, mobile, SHARES[stage] * step)
            look_ahead(place, ahead, pushed, SHARES[stage], step, begin, walk, ground, selected, clear, twice)
            if left_margin(ahead, selected, margin):
                lists = refresh(now, place, ahead, speed, affinity, extent, left, step, ground, lists, kept, spans)
            later = second if stage == 0 else third
            push(ahead, identity, flat, lists[4], lists[2], lists[3], quadratic, sweep, False, later)
            pairs += lists[4]
        push_through(pushed, result, second, third, mobile, step)
        go_on(place, ahead, pushed, step, begin, walk, ground, selected, clear, drift)
        place, ahead = ahead, place
        left = left - step if step < left else 0.0
        substeps += 1
        if left > 0.0 and substeps >= most:
            left, cut_short = 0.0, 1
    for i in range(n):
        now[i, X], now[i, Y], now[i, Z] = place[X, i], place[Y, i], place[Z, i]
        pressure[i] = result[PRESSURE, i] / PRESSURE_UNIT
    return substeps, pairs, cut_short


@kernel(
    "void(Rows, Bodies, Walk, bool_[:, ::1], boolean, Box, float64[::1], float64, float64[::1], float64[::1],"
    " int64[:, ::1])"
)
def relax_sites(rows, bodies, walk, barred, any_barred, box, extent, quadratic, numbers, pressure, work):
    """Move the cells of sites, the items of `rows`. work : int64[n_sites, 3], see `relax_site`."""
    for s in range(rows.first, rows.end):
        first, last = bodies.start[s], bodies.start[s + 1]
        if last > first:
            pieces = first, walk.start, walk.until, walk.velocity
            ground = barred[s], any_barred, box.nx, box.ny, box.nz, box.voxel, box.height
            work[s, 0], work[s, 1], work[s, 2] = relax_site(
                bodies.cells[first:last], bodies.identity[first:last], bodies.mobile[first:last],
                walk.speed[first:last], bodies.affinity[bodies.variant[s]], pieces, ground, extent, quadratic, numbers,
                pressure[first:last],
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

    bodies = Bodies(
        start=cell_start, cells=cells, identity=spheres.identity, mobile=mobile, affinity=spheres.affinity,
        variant=variant,
    )  # fmt: skip
    voxels, quadratic = box(grid), float(accuracy.law == Law.QUADRATIC)

    def task(first: int, end: int) -> int:
        rows = Rows(first=first, end=end)
        relax_sites(rows, bodies, walk, barred, any_barred, voxels, walls, quadratic, numbers, pressure, work)
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
