"""Expected numbers of free particles after a macro step: one implicit step with every way out in it.

    (1 + H k_v) y_v + H Σ_faces flux(y) = N_v + A_v

N: free particles, A: particles that became free at the start of the step, k: decay, wall, matrix, and all cell routes.
This is backward Euler over the macro step H: first order in time, never negative, exact in the sums over time (a
particle's fates have the same shares as in continuous time). Particles that a cell or the matrix binds and sets free
again within the step never leave the fluid: the bound states are eliminated, which leaves the net rates of binding.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from vesicula.engine.cache import device, kernel
from vesicula.engine.multigrid import (
    COUNT,
    GUARD,
    ITERATE,
    MAX_LEVELS,
    N_COLUMNS,
    RHS,
    build_inverses,
    build_operator,
    cycle,
    level_table,
    residual_norms,
)
from vesicula.engine.parameters import parameter
from vesicula.engine.program import ROUTE_BINDING, ROUTE_ENDOCYTOSIS, ROUTE_FUSION, Wall
from vesicula.engine.trafficking import (
    F_DETACH,
    F_INTERNALISE,
    F_RECEPTORS,
    P_DECAY,
    P_DIFFUSION,
    P_HALF_SATURATION,
)

CLOSED = int(Wall.CLOSED)
MOST_CYCLES = 60
FLOOR = 1e-11  # summed residual, over the total, at which round-off may end the cycles
MOST_PICARD = 60
ALIKE = 1e-9  # relative spread of copies per particle below which all particles of a population carry the same


@device
def mobility(values, v, diffusion, p_passage, density, out):
    """Diffusion coefficient in every voxel, µm²/min; returns whether it is the same everywhere.

    Equation   D_v = D Π_m (1 − ρ_m (1 − passage_m))
    p_passage : int32[n_matrix]; density : float64[n_matrix, n_voxels]; out : float64[n_voxels]
    """
    out[:] = diffusion
    even = True
    for m in range(density.shape[0]):
        passage = parameter(values, v, p_passage[m], 1.0)
        if passage != 1.0:
            for x in range(out.size):
                even = even and density[m, x] == 0.0
                out[x] *= 1.0 - density[m, x] * (1.0 - passage)
    return even


@device
def place_along(v, axis, nx, ny):
    """Index of voxel v along an axis."""
    return v % nx if axis == 0 else ((v // nx) % ny if axis == 1 else v // (nx * ny))


@device
def even_faces(nx, ny, nz, voxel, height, diffusion):
    """Faces of a box with one diffusion coefficient and no flow, float64[1, …], uniform layout of `multigrid`."""
    half = nx + ny + nz
    faces = np.zeros((1, 2 * half))
    at = 0
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        edge = height if axis == 2 else voxel
        for k in range(size):
            faces[0, at + k] = diffusion / (edge * edge) if k > 0 else 0.0
            faces[0, half + at + k] = diffusion / (edge * edge) if k + 1 < size else 0.0
        at += size
    return faces


@device
def uneven_faces(nx, ny, nz, voxel, height, mobile, flow, moved):
    """Faces in the general layout of `multigrid`, float64[1, 6 n]: diffusion by harmonic mean, flow upwind.

    mobile : float64[n], µm²/min; flow : float64[3, n], µm/min
    """
    n = nx * ny * nz
    faces = np.zeros((1, 6 * n))
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
        edge = height if axis == 2 else voxel
        for v in range(n - step):
            if place_along(v, axis, nx, ny) + 1 < size:
                w = v + step
                total = mobile[v] + mobile[w]
                conductance = 2.0 * mobile[v] * mobile[w] / total / (edge * edge) if total > 0.0 else 0.0
                speed = flow[axis, v] / edge if moved else 0.0
                faces[0, axis * n + w] = conductance + max(speed, 0.0)
                faces[0, (axis + 3) * n + v] = conductance + max(-speed, 0.0)
    return faces


@device
def through_walls(nx, ny, nz, voxel, height, mobile, flow, moved, wall, leak, rate):
    """Rates, 1/min, at which particles leave through open or held outer faces; outside there are none.

    leak : float64[6], out, the part by diffusion at the first voxel, for `multigrid`; rate : float64[n], out
    """
    leak[:] = 0.0
    rate[:] = 0.0
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        edge = height if axis == 2 else voxel
        for side in range(2):
            if wall[2 * axis + side] == CLOSED:
                continue
            leak[2 * axis + side] = 2.0 * mobile[0] / (edge * edge)
            for v in range(mobile.size):
                if place_along(v, axis, nx, ny) == (size - 1 if side == 1 else 0):
                    outwards = flow[axis, v] if side == 1 else -flow[axis, v]
                    rate[v] += 2.0 * mobile[v] / (edge * edge) + (max(outwards, 0.0) / edge if moved else 0.0)


@device
def net_binding(values, v, p_fate, t, p, time):
    """Share of binding events after which a particle is not free again at the end of the step, and the share of those
    that are already inside the cell.

    Equation   (1 + H i) / (1 + H (i + d)), H i / (1 + H i) for rates i of internalisation and d of detachment
    """
    inside = parameter(values, v, p_fate[F_INTERNALISE, t, p], 0.0) * time
    back = parameter(values, v, p_fate[F_DETACH, t, p], 0.0) * time
    return (1.0 + inside) / (1.0 + inside + back), inside / (1.0 + inside)


@device
def net_matrix_binding(values, v, p_bind, p_unbind, decay, time):
    """Net rate at which free particles go to full matrix and stay or are degraded there, and the share that stays."""
    bind = parameter(values, v, p_bind, 0.0)
    unbind = parameter(values, v, p_unbind, 0.0)
    return bind * (1.0 + time * decay) / (1.0 + time * (decay + unbind)), 1.0 / (1.0 + time * decay)


@device
def clearance_of(behaviour, route, i, r):
    """Clearance of cell i by route r, µm³/min; route : int32[3], behaviour columns."""
    return behaviour[i, route[r]] if route[r] >= 0 else 0.0


@device
def near_field(behaviour, route, i, weight, near, mobile):
    """Voxel clearance over far-field clearance of the part of cell i that lies in one voxel.

    Equation   1 / (1 − CL G / (D h)); G = 0.2527 in 3D, 0 where a voxel is as deep as its site
    near : float64, G / h, 1/µm; mobile : float64, µm²/min; cut at 2 (CL = D h / (2 G), refused by the compiler)
    """
    total = 0.0
    for r in range(3):
        total += clearance_of(behaviour, route, i, r)
    share = weight * total * near
    return mobile / (mobile - share) if 2.0 * share < mobile else (2.0 if mobile > 0.0 else 1.0)


@device
def crowding_share(own, others, half):
    """Share of endocytosis left at a density of particles.

    Equation   1 / (1 + c/K + Σ_q c_q/K_q)
    own : float64, particles/µm³; half : float64, K, particles/µm³ (0: not saturable); others : float64, Σ_q c_q/K_q
    """
    return 1.0 / (1.0 + own / half + others) if half > 0.0 else 1.0


@device
def open_receptors(receptors, occupied, offered):
    """Share of the surface receptors that is free, at the end of the step, implicitly.

    Equation   φ = (1 − b/R) / (1 + a/R)
    receptors : float64, R; occupied : float64, b, bound before; offered : float64, a, newly bound were all free
    """
    if not receptors > 0.0:
        return 0.0
    return max(1.0 - occupied / receptors, 0.0) / (1.0 + offered / receptors)


@device
def entry_rates(
    values, v, p, p_fate, i, t, behaviour, route, near, mobile, weight, volume, time, crowding, open_share
):  # fmt: skip
    """Rates, 1/min, at which the part of a cell in one voxel takes its free particles by fusion, endocytosis, binding.

    weight : float64, share of the cell in the voxel; crowding : float64, share of endocytosis left; open_share :
        float64, share of free receptors
    """
    part = weight / volume * near_field(behaviour, route, i, weight, near, mobile)
    fusion = part * clearance_of(behaviour, route, i, ROUTE_FUSION)
    endocytosis = part * clearance_of(behaviour, route, i, ROUTE_ENDOCYTOSIS) * crowding
    binding = part * clearance_of(behaviour, route, i, ROUTE_BINDING)
    if binding > 0.0:
        kept, _ = net_binding(values, v, p_fate, t, p, time)
        binding *= kept * open_share
    return fusion, endocytosis, binding


@device
def update_receptors(
    y, values, v, p, p_fate, first_cell, last_cell, cell_type, behaviour, route, near, mobile, volume, time, entry_start,
    entry_voxel, gather_weight, bound, open_share,
):  # fmt: skip
    """open_share[i, p] of every cell of a site at free numbers y; returns whether any cell's receptors are limited."""
    limited = False
    for i in range(first_cell, last_cell):
        open_share[i, p] = 1.0
        t = cell_type[i]
        binding = clearance_of(behaviour, route, i, ROUTE_BINDING)
        if p_fate[F_RECEPTORS, t, p] < 0 or not binding > 0.0:
            continue
        limited = True
        kept, inside = net_binding(values, v, p_fate, t, p, time)
        offered = 0.0
        for e in range(entry_start[i], entry_start[i + 1]):
            x = entry_voxel[e]
            part = gather_weight[e] / volume * near_field(behaviour, route, i, gather_weight[e], near, mobile[x])
            offered += time * part * binding * kept * (1.0 - inside) * y[x]
        open_share[i, p] = open_receptors(values[v, p_fate[F_RECEPTORS, t, p]], bound[i, p], offered)
    return limited


@device
def solve(work, levels, n_levels, field_length, faces, leak, time, tolerance, given, out, norms, balance, tally):
    """Solve the prepared operator for the right-hand side given[n], starting from `out`; out is cut at 0.

    The summed residual bounds the summed error, so at most `tolerance` of all particles are misplaced.
    """
    n, guard = levels[0, COUNT], levels[0, GUARD]
    rhs, place = levels[0, RHS], levels[0, ITERATE] + guard
    total = 0.0
    for x in range(n):
        total += given[x]
        work[rhs + x] = given[x]
        work[place + x] = out[x]
    before = np.inf
    for _ in range(MOST_CYCLES):
        residual_norms(work, levels, 1, field_length, field_length, False, faces, time, norms, True)
        if norms[0, 1] <= tolerance * total or (norms[0, 1] >= before and norms[0, 1] <= FLOOR * total):
            break
        before = norms[0, 1]
        cycle(work, levels, n_levels, 1, field_length, field_length, False, faces, leak, time, balance)
        tally[0] += 1
    for x in range(n):
        out[x] = max(work[place + x], 0.0)


@device
def alike(number, copies):
    """Copies per particle if all particles of a site carry the same, else −1."""
    particles, total = 0.0, 0.0
    for x in range(number.size):
        particles += number[x]
        total += copies[x]
    mean = total / particles
    for x in range(number.size):
        if abs(copies[x] - mean * number[x]) > ALIKE * mean * max(number[x], 1.0):
            return -1.0
    return mean


@device
def expect_free(
    shape, tolerance, values, v, p, time, p_population, p_fate, cells, entries, behaviour, route, near, mobile, faces,
    leak, base, others, bound, given, cargo, open_share, free, per_particle, tally,
):  # fmt: skip
    """Expected free numbers free[n] and cargo per particle per_particle[n_slots, n] of one site and population.

    base : float64[n], loss without cells, 1/min; given : float64[n], particles; cargo : float64[n_slots, n], copies
    """
    nx, ny, nz, volume = shape
    first_cell, last_cell, cell_type = cells
    voxel_start, entry_cell, entry_weight, entry_start, entry_voxel, gather_weight = entries
    n = nx * ny * nz
    half = parameter(values, v, p_population[P_HALF_SATURATION, p], 0.0)
    loss = np.empty((1, n))
    levels = np.empty((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    n_levels, field_length, shared_length = level_table(nx, ny, nz, 1, levels)
    work = np.zeros(field_length + shared_length)
    matrix, norms, balance = np.empty((1, 2)), np.empty((1, 3)), np.empty(1)
    total, before = 0.0, np.empty(n)
    for x in range(n):
        free[x] = given[x]
        total += given[x]
    for _ in range(MOST_PICARD):
        limited = update_receptors(
            free, values, v, p, p_fate, first_cell, last_cell, cell_type, behaviour, route, near, mobile, volume, time,
            entry_start, entry_voxel, gather_weight, bound, open_share,
        )  # fmt: skip
        for x in range(n):
            before[x] = free[x]
            loss[0, x] = base[x]
            if voxel_start[x + 1] > voxel_start[x]:
                crowding = crowding_share(free[x] / volume, others[x], half)
                for e in range(voxel_start[x], voxel_start[x + 1]):
                    i = entry_cell[e]
                    fusion, endocytosis, binding = entry_rates(
                        values, v, p, p_fate, i, cell_type[i], behaviour, route, near, mobile[x], entry_weight[e],
                        volume, time, crowding, open_share[i, p],
                    )  # fmt: skip
                    loss[0, x] += fusion + endocytosis + binding
        build_operator(work, levels, n_levels, 1, field_length, loss, leak, faces)
        build_inverses(work, levels, n_levels, 1, field_length, field_length, False, time, matrix)
        solve(work, levels, n_levels, field_length, faces, leak, time, tolerance, given, free, norms, balance, tally)
        change = 0.0
        for x in range(n):
            change += abs(free[x] - before[x])
        if (half <= 0.0 and not limited) or change <= tolerance * total:
            break
    for k in range(cargo.shape[0]):
        same = alike(given, cargo[k])
        if same >= 0.0:
            per_particle[k] = same
            continue
        copies = before
        copies[:] = cargo[k]
        solve(
            work, levels, n_levels, field_length, faces, leak, time, tolerance, cargo[k], copies, norms, balance, tally
        )
        for x in range(n):
            per_particle[k, x] = copies[x] / free[x] if free[x] > 0.0 else 0.0


@kernel(
    "void(float64, float64, int64, int64, int64, float64, float64, float64, float64[:, ::1], int32[::1], int64[::1],"
    " int16[::1], int64[:, ::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64[:, ::1],"
    " int32[:, ::1], int32[:, ::1], int32[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int8[::1],"
    " int8[:, ::1], int64[::1], float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], int64[:, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], float64[:, :, ::1],"
    " float64[:, :, ::1], int64[:, ::1])",
    parallel=True,
)
def expect(
    time, tolerance, nx, ny, nz, voxel, height, near, values, site_variant, cell_start, cell_type, voxel_start,
    entry_cell, entry_weight, entry_start, entry_voxel, gather_weight, behaviour, route, p_population, p_fate,
    p_passage, p_bind, p_unbind, moved, wall, slot_start, density, flow, others, bound, given, cargo, open_share, free,
    per_particle, wall_rate, tally,
):  # fmt: skip
    """Expected free particles of every site and population, and all that decides where the rest goes.

    given : float64[n_sites, n_populations, n_voxels], particles at the start; cargo : float64[n_sites, n_slots, n_voxels]
    others : float64[n_sites, n_populations, n_voxels], Σ over other populations of density / half-saturation
    open_share : float64[n_cells, n_populations], out; free : float64[n_sites, n_populations, n_voxels], out
    per_particle : float64[n_sites, n_slots, n_voxels], out, copies; tally : int64[n_sites, n_populations], V-cycles
    wall_rate : float64[n_sites, n_populations, n_voxels], out, 1/min
    """
    n_sites, n_populations, n = given.shape
    streaming = np.any(flow != 0.0)
    for item in prange(n_sites * n_populations):
        s, p = item // n_populations, item % n_populations
        v = site_variant[s]
        total = 0.0
        for x in range(n):
            total += given[s, p, x]
        slots = slot_start[p], slot_start[p + 1]
        free[s, p] = 0.0
        wall_rate[s, p] = 0.0
        per_particle[s, slots[0] : slots[1]] = 0.0
        if total == 0.0:
            continue
        mobile, leak = np.empty(n), np.empty((1, 6))
        diffusion = parameter(values, v, p_population[P_DIFFUSION, p], 0.0)
        flows = moved[p] != 0 and streaming
        if mobility(values, v, diffusion, p_passage[p], density[s], mobile) and not flows:
            faces = even_faces(nx, ny, nz, voxel, height, diffusion)
        else:
            faces = uneven_faces(nx, ny, nz, voxel, height, mobile, flow, flows)
        through_walls(nx, ny, nz, voxel, height, mobile, flow, flows, wall[p], leak[0], wall_rate[s, p])
        decay = parameter(values, v, p_population[P_DECAY, p], 0.0)
        base = wall_rate[s, p] + decay
        for m in range(density.shape[1]):
            rate, _ = net_matrix_binding(values, v, p_bind[p, m], p_unbind[p, m], decay, time)
            for x in range(n):
                base[x] += rate * density[s, m, x]
        expect_free(
            (nx, ny, nz, voxel * voxel * height), tolerance, values, v, p, time, p_population, p_fate,
            (cell_start[s], cell_start[s + 1], cell_type),
            (voxel_start[s], entry_cell, entry_weight, entry_start, entry_voxel, gather_weight), behaviour, route[p],
            near, mobile, faces, leak, base, others[s, p], bound, given[s, p], cargo[s, slots[0] : slots[1]],
            open_share, free[s, p], per_particle[s, slots[0] : slots[1]], tally[s, p : p + 1],
        )  # fmt: skip
