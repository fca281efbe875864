"""Persistent random walk with bias: the paths of motile cells over one macro step, exact in time.

Equation   dx/dt = v n,  n = normalise((1 − b) u + b e);  u is drawn anew, uniform, at the events of a Poisson process
           of rate 1/τ;  b e = b_max (g e_a + h/(1 + |h|)), b ≤ b_max,  e_a the direction in which attractants rise
           (`sensed_direction`),  h = Σ_k w_k D ∇ρ_k,  ρ_k the density of matrix k (share of full), D the diameter
           b = 0:  ⟨|x(t) − x(0)|²⟩ = 2 v² τ (t − τ (1 − e^(−t/τ)))  in two and three dimensions

Re-orientations fall at their exact times inside the macro step: the waiting time has no memory, so a clock that starts
anew with every macro step has the law of one that runs on, and neither the macro step nor the sub-steps of the
mechanics change the walk. Touching neighbours turn it, see `polarity`. How much of the direction follows attractants is
what receptors can tell: a cell whose receptors are blocked, or that meets too few molecules, walks without bias. A
macro step looks at its gradients once.
Haptotaxis: adhesions on all sides pull in proportion to the matrix there, against a protrusion in some direction; the
difference 1/w across the cell draws as hard as that. This law is assumed. What solid matrix bars is not felt.
Source: a reference problem of openvt; furth1920 (not read). Chemotaxis: fuller2010 and hu2010 (abstracts read).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import handing
from vesicula.engine.cache import device, kernel
from vesicula.engine.fields import read_values
from vesicula.engine.groups import SenseTables, Surroundings, Walk, Walkers
from vesicula.engine.polarity import turned
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State
from vesicula.engine.streams import Purpose, exponential, stream_key, unit_vector
from vesicula.engine.voxels import along, box, solid_voxels

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MOTILITY = int(Purpose.MOTILITY)
FAR = 40.0  # half the signal to noise, squared, above which the series in its inverse is exact to the last digits


@device
def difference(field, barred, v, k, n, stride, edge):
    """Derivative of a voxel field along one axis at voxel v (k-th of n), one-sided at walls and solid matrix."""
    up = k + 1 < n and not barred[v + stride]
    down = k > 0 and not barred[v - stride]
    if up and down:
        return (field[v + stride] - field[v - stride]) / (2.0 * edge)
    if up:
        return (field[v + stride] - field[v]) / edge
    if down:
        return (field[v] - field[v - stride]) / edge
    return 0.0


@device
def mean_cosine(kappa, dimensions):
    """Mean cosine between a direction and its estimate, read off a vector with normal noise on every axis.

    Equation   g = √(κ/2) Γ((d + 1)/2) / Γ(d/2 + 1) ₁F₁(1/2; d/2 + 1; −κ/2)
               d = 2:  √(π κ/8) e^(−κ/4) (I₀(κ/4) + I₁(κ/4));   d = 3:  (1 − 1/κ) erf(√(κ/2)) + √(2/(π κ)) e^(−κ/2)
               κ → 0:  √(π κ/8), √(8 κ/(9 π));   κ → ∞:  1 − (d − 1)/(2 κ), as I₁(κ)/I₀(κ) and coth κ − 1/κ
    kappa : the square of signal over noise on one axis; dimensions : 2 or 3
    """
    z = 0.5 * kappa
    if not z > 0.0:
        return 0.0
    term, total, k = 1.0, 0.0, 0
    if z > FAR:
        while abs(term) > 1e-17 and k < FAR:
            total += term
            term *= (0.5 + k) * (0.5 * (1 - dimensions) + k) / ((k + 1) * z)
            k += 1
        return total
    while term > 1e-17 * total:
        total += term
        term *= (0.5 * (dimensions + 1) + k) / (0.5 * dimensions + 1.0 + k) * z / (k + 1)
        k += 1
    return math.gamma(0.5 * (dimensions + 1)) / math.gamma(0.5 * dimensions + 1.0) * math.sqrt(z) * math.exp(-z) * total


@device
def sensed_direction(i, s, cells, tables, around, diameter, persistence, box, dimensions):
    """Unit vector e in which attractants rise around cell i, and the share g of the way along it that receptors tell.

    Equation   s = |Σ_k w_k Δn_k e_k| / √(Σ_k (w_k/w)² σ_k²),  w the largest |w_k|;  κ = s²/d;  g = mean_cosine(κ, d)
               Δn = f R (D/2) |∇c| K/(c + K)²;  B = f R c K/(c + K)²;  σ² = (B + B² max(1/(c D³) − 1, 0))/m
               m = max(τ k_off, 1)
    R receptors, the share f of them not blocked, of half-maximum K on a cell of diameter D; B is the variance of what
    is bound at one time, m the number of such readings within the persistence τ. Where less than one molecule is within
    reach, their number scatters too. κ is s² over the number of axes d: receptors are spread over all directions and
    each speaks for the axes by its cosines.
    sensing : float64[n_substances, 3]: f, K molecules/µm³, k_off 1/min; receptors, node : int32[n_substances]
    Returns    (e_x, e_y, e_z, g); zeros where nothing is told
    """
    nx, ny, voxel, height, kind = box.nx, box.ny, box.voxel, box.height, cells.type[i]
    behaviour, nodes = cells.behaviour[i], cells.nodes[i]
    concentration, barred = around.concentration[s], around.barred[s]
    attraction, receptors, node = tables.attraction, tables.receptors[kind], tables.node[kind]
    sensing, position = tables.sensing[s, kind], cells.position
    ix, iy = along(position[i, 0], nx, voxel), along(position[i, 1], ny, voxel)
    iz = along(position[i, 2], box.nz, height)
    v = (iz * ny + iy) * nx + ix
    ex, ey, ez = 0.0, 0.0, 0.0
    strongest, variance = 0.0, 0.0
    for k in range(attraction.shape[0]):
        if attraction[k] < 0 or receptors[k] < 0:
            continue
        weight, field, half = behaviour[attraction[k]], concentration[k], sensing[k, 1]
        count = sensing[k, 0] * behaviour[receptors[k]]
        if node[k] >= 0:
            count *= nodes[node[k]]
        c = field[v]
        if weight == 0.0 or not (count > 0.0 and half > 0.0 and c > 0.0):
            continue
        share = half / (c + half)
        arm = weight * count * 0.5 * diameter * share / (c + half)
        ex += arm * difference(field, barred, v, ix, nx, 1, voxel)
        ey += arm * difference(field, barred, v, iy, ny, nx, voxel)
        ez += arm * difference(field, barred, v, iz, box.nz, nx * ny, height)
        bound = count * share * (c / (c + half))
        noise = bound + bound * bound * max(1.0 / (c * diameter**3) - 1.0, 0.0)
        strongest = max(strongest, abs(weight))
        variance += weight * weight * noise / max(persistence * sensing[k, 2], 1.0)
    length = math.sqrt(ex * ex + ey * ey + ez * ez)
    if not (length > 0.0 and variance > 0.0):
        return 0.0, 0.0, 0.0, 0.0
    kappa = strongest * strongest * length * length / (variance * dimensions)
    return ex / length, ey / length, ez / length, mean_cosine(kappa, dimensions)


@device
def climbed(i, s, cells, tables, around, diameter, box):
    """Vector h/(1 + |h|) up the density of matrices around cell i, h = Σ_k w_k D ∇ρ_k."""
    nx, ny, voxel, height, position = box.nx, box.ny, box.voxel, box.height, cells.position
    behaviour, haptotaxis, density, barred = cells.behaviour[i], tables.haptotaxis, around.density[s], around.barred[s]
    ix, iy = along(position[i, 0], nx, voxel), along(position[i, 1], ny, voxel)
    iz = along(position[i, 2], box.nz, height)
    v = (iz * ny + iy) * nx + ix
    hx, hy, hz = 0.0, 0.0, 0.0
    for k in range(haptotaxis.shape[0]):
        arm = behaviour[haptotaxis[k]] * diameter if haptotaxis[k] >= 0 else 0.0
        if arm != 0.0:
            hx += arm * difference(density[k], barred, v, ix, nx, 1, voxel)
            hy += arm * difference(density[k], barred, v, iy, ny, nx, voxel)
            hz += arm * difference(density[k], barred, v, iz, box.nz, nx * ny, height)
    share = 1.0 / (1.0 + math.sqrt(hx * hx + hy * hy + hz * hz))
    return hx * share, hy * share, hz * share


@device
def drawn(ex, ey, ez, told, hx, hy, hz):
    """Direction of g e + h and its length, at most 1; e and g as they are where h is zero."""
    if hx == 0.0 and hy == 0.0 and hz == 0.0:
        return ex, ey, ez, told
    x, y, z = told * ex + hx, told * ey + hy, told * ez + hz
    length = math.sqrt(x * x + y * y + z * z)
    if length == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    return x / length, y / length, z / length, min(length, 1.0)


@device
def biased(ux, uy, uz, ex, ey, ez, bias):
    """Direction normalise((1 − b) u + b e); u where e is zero or the two cancel."""
    if ex == 0.0 and ey == 0.0 and ez == 0.0:
        return ux, uy, uz
    dx = (1.0 - bias) * ux + bias * ex
    dy = (1.0 - bias) * uy + bias * ey
    dz = (1.0 - bias) * uz + bias * ez
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    if length == 0.0:
        return ux, uy, uz
    return dx / length, dy / length, dz / length


@kernel("void(Sites, Walkers, SenseTables, Surroundings, Box, Walk, boolean)")
def wander(sites, cells, tables, around, box, walk, fill):
    """Pieces of the walks. First pass (fill False): counts into walk.start[i + 1]; second: pieces, last direction.

    Draws of a cell: counter 0 its first direction, then 2 k + 1 a waiting time and 2 k + 2 a direction.
    """
    start, until, velocity = walk.start, walk.until, walk.velocity
    direction, behaviour = cells.direction, cells.behaviour
    span, dimensions, columns, cell_id = sites.time, box.dimensions, tables.walk, cells.id
    for s in range(cells.start.shape[0] - 1):
        key = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, MOTILITY)
        for i in range(cells.start[s], cells.start[s + 1]):
            speed = behaviour[i, columns[0]] if columns[0] >= 0 else 0.0
            persistence = behaviour[i, columns[1]] if columns[1] >= 0 else 0.0
            bias = behaviour[i, columns[2]] if columns[2] >= 0 else 0.0
            if not (speed > 0.0 and persistence > 0.0):
                if not fill:
                    start[i + 1] = 0
                continue
            ux, uy, uz = direction[i, 0], direction[i, 1], direction[i, 2]
            ex, ey, ez = 0.0, 0.0, 0.0
            if fill:
                if ux * ux + uy * uy + uz * uz < 0.5:
                    ux, uy, uz = unit_vector(key, cell_id[i], 0, dimensions)
                if bias > 0.0:
                    wide = (6.0 / math.pi * cells.volume[i]) ** (1.0 / 3.0)
                    ex, ey, ez, told = sensed_direction(
                        i, s, cells, tables, around, wide, persistence, box, max(dimensions, 2)
                    )  # fmt: skip
                    hx, hy, hz = climbed(i, s, cells, tables, around, wide, box)
                    ex, ey, ez, told = drawn(ex, ey, ez, told, hx, hy, hz)
                    bias = min(bias, 1.0) * told
            time = 0.0
            k = 0
            while True:
                time += persistence * exponential(key, cell_id[i], 2 * k + 1)
                last = not time < span
                if fill:
                    piece = start[i] + k
                    dx, dy, dz = biased(ux, uy, uz, ex, ey, ez, bias)
                    until[piece] = np.inf if last else time
                    velocity[piece, 0] = speed * dx
                    velocity[piece, 1] = speed * dy
                    velocity[piece, 2] = speed * dz
                    if last:
                        direction[i, 0], direction[i, 1], direction[i, 2] = ux, uy, uz
                    else:
                        ux, uy, uz = unit_vector(key, cell_id[i], 2 * k + 2, dimensions)
                k += 1
                if last:
                    break
            if not fill:
                start[i + 1] = k


@device
def walked(i, begin, end, start, until, velocity):
    """Displacement by the walk of cell i between two times of the macro step, and twice its mean over that time.

    Twice the mean is the displacement where the path is straight. Returns (x, y, z, x, y, z), µm
    """
    x, y, z, ax, ay, az = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    since = begin
    for piece in range(start[i], start[i + 1]):
        if until[piece] > since:
            stop = min(until[piece], end)
            time = stop - since
            dx, dy, dz = time * velocity[piece, 0], time * velocity[piece, 1], time * velocity[piece, 2]
            share = (time + 2.0 * (end - stop)) / (end - begin)
            x, y, z = x + dx, y + dy, z + dz
            ax, ay, az = ax + share * dx, ay + share * dy, az + share * dz
            since = stop
            if not stop < end:
                break
    return x, y, z, ax, ay, az


def no_walk(n_cells: int) -> Walk:
    """Walk of cells that all stay."""
    return Walk(
        start=np.zeros(n_cells + 1, dtype=np.int64), until=np.empty(0), velocity=np.empty((0, 3)),
        speed=np.zeros(n_cells),
    )  # fmt: skip


def walks(program: Program, state: State) -> Walk:
    """Draw the walks of this macro step and turn `state.direction` to where each cell heads at its end."""
    columns = program.behaviours
    if NONE in (columns.speed, columns.persistence) or state.n_cells == 0:
        return no_walk(state.n_cells)
    sensing = program.sensing
    told = (
        read_values(program, state, sensing.p_unblocked, 1.0),
        read_values(program, state, sensing.p_half, 0.0),
        read_values(program, state, sensing.p_off, 0.0),
    )
    tables = SenseTables(
        walk=np.array([columns.speed, columns.persistence, columns.bias], dtype=np.int32),
        attraction=columns.attraction, receptors=sensing.receptors, node=sensing.node,
        sensing=np.ascontiguousarray(np.stack(told, axis=-1)), haptotaxis=columns.haptotaxis,
    )  # fmt: skip
    cells = Walkers(
        start=state.cell_start, id=state.cell_id, type=state.cell_type, volume=state.volume, position=state.position,
        direction=state.direction, behaviour=state.behaviour, nodes=state.nodes,
    )  # fmt: skip
    around = Surroundings(
        concentration=state.concentration, density=state.matrix, barred=solid_voxels(program, state)
    )  # fmt: skip
    arguments = handing.sites(program, state), cells, tables, around, box(program.grid)
    counted = no_walk(state.n_cells)
    wander(*arguments, counted, False)
    start = np.cumsum(counted.start)
    until, velocity = np.empty(start[-1]), np.empty((start[-1], 3))
    wander(*arguments, counted._replace(start=start, until=until, velocity=velocity), True)
    velocity = turned(program, state, start, velocity)
    speed = np.where(np.diff(start) > 0, state.behaviour[:, columns.speed], 0.0)
    return Walk(start=start, until=until, velocity=velocity, speed=speed)
