"""Expected numbers of free particles after a macro step: one implicit step with every way out in it.

    Equation   (1 + τ k_v) y_v + τ Σ_faces flux(y) = N_v + (τ/H) A_v,  τ = (e^(k H) − 1)/k,  k the least k_v of the site
               k_v = decay + walls + matrix + Σ_i r_i w_iv (CL_fusion + a CL_endocytosis + φ κ CL_binding)/V

N: free particles, A: particles that become free during the step. Uptake by cell i, of which the share w_iv lies in
voxel v of volume V, has three routes: fusion (the share `fusion` of `clears`) delivers at once, the rest of `clears` is
endocytosis, `binding` needs receptors. r: `raised_by_depletion`, a: `crowding_share`, φ: `open_receptors`, κ:
`net_binding`. The part of the loss that all voxels share is exact at any macro step H, so in a site of one voxel
everything is; the rest is backward Euler (τ = H without a shared loss): first order in time, never negative, and exact
where nothing changes. What is lost goes where its rates and y say, in all exactly Σ(N + A − y). Particles that a cell
or the matrix binds and sets free again within the step never leave the fluid: the rates of binding are net.

Where a cell binds by a ligand, its clearance is one per copy, and CL_binding that times the mean copies per particle in
the voxel at the start of the step (in the site, where the voxel holds no particle). For Poisson numbers of copies that
is exact as long as few particles have bound: in truth those that bind first are richer in the ligand, which is not
followed; here they take along as many copies as the others have.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.leaving import passing_share
from vesicula.engine.multigrid import (
    COUNT,
    GUARD,
    ITERATE,
    LANES,
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
from vesicula.engine.program import ROUTE_BINDING, ROUTE_ENDOCYTOSIS, ROUTE_FUSION
from vesicula.engine.trafficking import (
    F_DETACH,
    F_HALF_SATURATION,
    F_INTERNALISE,
    F_RECEPTORS,
    P_DECAY,
)

MOST_CYCLES = 60
FLOOR = 1e-11  # summed residual, over the total, at which round-off may end the cycles
MOST_PICARD = 60
FIRST_GUESS = 1e-2  # share of the particles that the first solution may misplace, where uptake depends on it
AS_FINE_AS_USED = 0.03  # of the share that the solution before moved: what later ones may misplace until they end
LONGEST_SPAN = 50.0  # k H: e^−50 of the particles are left
FEW_LOST = 1.3  # τ/H at k H = 1/2: two fifths are lost, far more than the solver misplaces
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
ALIKE = 1e-9  # relative spread of copies per particle below which all particles of a population carry the same


class Expecting(NamedTuple):
    """One population on one site, as `expect` sees it: parts of the arrays of the groups of the same names.

    values, fate, variant : what the parameters of uptake are read by; time : min, the macro step; n : voxels
    ligand : of `groups.VesicleTables`; slot_first : slot that is row 0 of the cargo here
    volume : µm³, of a voxel; tolerance : share of the particles that may be misplaced; cells first_cell … last_cell − 1
    others : float64[n_types, n]; route : int32[3]; faces, leak : of this population, [1, …]; tally : int64[1]
    """

    population: int
    variant: int
    time: float
    n: int
    volume: float
    tolerance: float
    first_cell: int
    last_cell: int
    values: F64
    fate: I32
    ligand: I32
    slot_first: int
    route: I32
    voxel_start: I64
    mobility: F64
    faces: F64
    leak: F64
    others: F64
    given: F64
    entering: F64
    cargo: F64
    cargo_entering: F64
    taken: F64
    free: F64
    per_particle: F64
    tally: I64


class Uptaking(NamedTuple):
    """The cells, as `expect` sees them: arrays of `groups.Cells`, `groups.Footprint` and `groups.Hindrance`."""

    type: NDArray[np.int16]
    stands_for: I64
    behaviour: F64
    bound: I64
    depletion: F64
    entry_cell: I64
    entry_weight: F64
    entry_start: I64
    entry_voxel: I64
    gather_weight: F64


class ExpectRoom(NamedTuple):
    """Workspace. levels, n_levels, field_length, work, matrix, norms : of `multigrid`

    half, crowding : float64[n_types], crowding that of cells of a type in a voxel, see `crowding_share`
    loss : float64[1, n]; base, before, known : float64[n]
    open_taken : float64[entries of the site, 3], open_share : float64[its cells], or longer
    """

    levels: I64
    n_levels: int
    field_length: int
    work: F64
    matrix: F64
    norms: F64
    half: F64
    crowding: F64
    loss: F64
    base: F64
    before: F64
    known: F64
    open_taken: F64
    open_share: F64


@device(inline=True)
def net_binding(values, v, p_fate, t, p, time):
    """Share of binding events after which a particle is not free again at the end of the step, and the share of those
    that are already inside the cell.

    Equation   1 − ψ d / (i + d), ψ i / (i + d) / (1 − ψ d / (i + d)), ψ see `passing_share`, for rates i of
    internalisation and d of detachment
    """
    inwards = parameter(values, v, p_fate[F_INTERNALISE, t, p], 0.0)
    back = parameter(values, v, p_fate[F_DETACH, t, p], 0.0)
    if not inwards + back > 0.0:
        return 1.0, 0.0
    passing = passing_share(inwards + back, time)
    inside = 1.0 if math.isinf(inwards) else inwards / (inwards + back)
    kept = 1.0 - passing * (1.0 - inside)
    return kept, passing * inside / kept if kept > 0.0 else 0.0


@device
def net_matrix_binding(values, v, p_bind, p_unbind, decay, time):
    """Net rate at which free particles go to full matrix and stay or are degraded there, and the share that stays."""
    bind = parameter(values, v, p_bind, 0.0)
    unbind = parameter(values, v, p_unbind, 0.0)
    if not decay + unbind > 0.0:
        return bind, 1.0
    passing = passing_share(decay + unbind, time)
    kept = 1.0 - passing * unbind / (decay + unbind)
    return bind * kept, (1.0 - passing) / kept if kept > 0.0 else 1.0


@device
def span_of(rate, time):
    """Length of the implicit step that loses what an exponential of this rate loses over `time`.

    Equation   (exp(k H) − 1) / k
    rate : float64, 1/min; time : float64, min
    """
    return math.expm1(min(rate * time, LONGEST_SPAN)) / rate if rate > 0.0 else time


@device(inline=True)
def lost_of(given, entering, free, raw, ratio):
    """Particles that leave the fluid within a step, of a region that nothing passes the borders of.

    Equation   N + A − y = R − (τ/H − 1) A, R the sum of τ k y: the second where little is lost
    given : float64, N + A; entering : float64, A; free : float64, y; raw : float64, R; ratio : float64, τ/H
    """
    return max(given - free if ratio > FEW_LOST else raw - (ratio - 1.0) * entering, 0.0)


@device(inline=True)
def clearance_of(behaviour, route, i, r):
    """Clearance of cell i by route r, µm³/min; route : int32[3], behaviour columns."""
    return behaviour[i, route[r]] if route[r] >= 0 else 0.0


@device(inline=True)
def binding_of(one, cells, i, x):
    """Clearance of cell i by binding of the particles in voxel x, µm³/min; of a ligand, by all copies on a particle.

    one.per_particle : float64[n_slots, n], of ligands at the start of the step, see `weigh_ligands`
    """
    slot = one.ligand[cells.type[i], one.population]
    clearance = clearance_of(cells.behaviour, one.route, i, ROUTE_BINDING)
    return clearance * one.per_particle[slot - one.slot_first, x] if slot >= 0 else clearance


@device(inline=True)
def raised_by_depletion(behaviour, route, i, binding, depletion, mobility):
    """Clearance of the fluid where a cell is over its clearance of the fluid far away.

    Equation   1 / (1 − CL s / D), at most 2; CL : sum over the routes
    binding : float64, µm³/min, see `binding_of`
    depletion : float64, s, 1/µm, see `faces.self_depletion`; mobility : float64, D, µm²/min
    """
    if not mobility > 0.0 or depletion == 0.0:
        return 1.0
    total = clearance_of(behaviour, route, i, ROUTE_FUSION)
    total += clearance_of(behaviour, route, i, ROUTE_ENDOCYTOSIS)
    total += binding
    return 1.0 / (1.0 - min(total * depletion / mobility, 0.5))


@device(inline=True)
def crowding_share(own, others, half):
    """Share of a cell's endocytosis left at a density of particles, each K being the cell's own.

    Equation   1 / (1 + c/K + Σ_q c_q/K_q)
    own : float64, particles/µm³; half : float64, K, particles/µm³ (0: not saturable); others : float64, Σ_q c_q/K_q
    """
    return 1.0 / (1.0 + own / half + others) if half > 0.0 else 1.0


@device(inline=True)
def open_receptors(receptors, occupied, offered):
    """Share of the surface receptors that is free, at the end of the step, implicitly.

    Equation   φ = (1 − b/R) / (1 + a/R)
    receptors : float64, R; occupied : float64, b, bound before; offered : float64, a, newly bound were all free
    """
    if not receptors > 0.0:
        return 0.0
    return max(1.0 - occupied / receptors, 0.0) / (1.0 + offered / receptors)


@device
def weigh_ligands(one):
    """Mean copies per particle of what is given, of every slot that a cell type binds by, in the rows of its slot of
    one.per_particle[n_slots, n], out.
    """
    for t in range(one.ligand.shape[0]):
        k = one.ligand[t, one.population] - one.slot_first
        if k < 0:
            continue
        mean = np.sum(one.cargo[k]) / np.sum(one.given)
        for x in range(one.n):
            one.per_particle[k, x] = one.cargo[k, x] / one.given[x] if one.given[x] > 0.0 else mean


@device
def open_rates(one, cells, open_taken):
    """Rates, 1/min, at which the part of a cell in each voxel takes free particles by fusion, endocytosis, binding, if
    neither other particles nor bound ones were in the way; open_taken : float64[entries of the site, 3], out.
    """
    values, v, p, time, p_fate, volume = one.values, one.variant, one.population, one.time, one.fate, one.volume
    voxel_start, mobility, route, behaviour = one.voxel_start, one.mobility, one.route, cells.behaviour
    entry_cell, entry_weight, cell_type, depletion = cells.entry_cell, cells.entry_weight, cells.type, cells.depletion
    first, like, kept = voxel_start[0], -1, 1.0
    for x in range(one.n):
        here = mobility[x if mobility.size > 1 else 0]
        for e in range(voxel_start[x], voxel_start[x + 1]):
            i = entry_cell[e]
            binding = binding_of(one, cells, i, x)
            part = entry_weight[e] / volume * raised_by_depletion(behaviour, route, i, binding, depletion[i], here)
            open_taken[e - first, ROUTE_FUSION] = part * clearance_of(behaviour, route, i, ROUTE_FUSION)
            open_taken[e - first, ROUTE_ENDOCYTOSIS] = part * clearance_of(behaviour, route, i, ROUTE_ENDOCYTOSIS)
            binding *= part
            if binding > 0.0 and cell_type[i] != like:
                like, (kept, _) = cell_type[i], net_binding(values, v, p_fate, cell_type[i], p, time)
            open_taken[e - first, ROUTE_BINDING] = binding * kept if binding > 0.0 else binding


@device
def update_receptors(one, cells, mean, open_share):
    """open_share[cells of a site] at numbers mean × y[n] over the step; returns whether any receptors are limited."""
    values, v, p, time, p_fate, volume = one.values, one.variant, one.population, one.time, one.fate, one.volume
    y, mobility, route, first_cell, last_cell = one.free, one.mobility, one.route, one.first_cell, one.last_cell
    cell_type, stands_for, behaviour, bound = cells.type, cells.stands_for, cells.behaviour, cells.bound
    depletion, entry_start, entry_voxel = cells.depletion, cells.entry_start, cells.entry_voxel
    gather_weight = cells.gather_weight
    limited, like, kept, inside = False, -1, 1.0, 0.0
    for i in range(first_cell, last_cell):
        open_share[i - first_cell] = 1.0
        t = cell_type[i]
        if p_fate[F_RECEPTORS, t, p] < 0 or not clearance_of(behaviour, route, i, ROUTE_BINDING) > 0.0:
            continue
        limited = True
        if t != like:
            like, (kept, inside) = t, net_binding(values, v, p_fate, t, p, time)
        offered = 0.0
        for e in range(entry_start[i], entry_start[i + 1]):
            x = entry_voxel[e]
            here = mobility[x if mobility.size > 1 else 0]
            binding = binding_of(one, cells, i, x)
            part = gather_weight[e] / volume * raised_by_depletion(behaviour, route, i, binding, depletion[i], here)
            offered += time * part * binding * kept * (1.0 - inside) * mean * y[x]
        open_share[i - first_cell] = open_receptors(
            values[v, p_fate[F_RECEPTORS, t, p]], bound[i, p] / stands_for[i], offered
        )  # fmt: skip
    return limited


@device
def solve(one, room, span, given, tolerance, out):
    """Solve the prepared operator for the right-hand side given[n], starting from `out`; out is cut at 0.

    The summed residual bounds the summed error, so at most the share `tolerance` of all particles is misplaced.
    span : min, length of the implicit step
    """
    levels, n_levels, field_length, work, norms = room.levels, room.n_levels, room.field_length, room.work, room.norms
    faces, leak, tally = one.faces, one.leak, one.tally
    n, guard = levels[0, COUNT], levels[0, GUARD]
    rhs, place = levels[0, RHS], levels[0, ITERATE] + guard
    total = 0.0
    for x in range(n):
        total += given[x]
        work[rhs + x] = given[x]
        work[place + x] = out[x]
    before = np.inf
    for turn in range(MOST_CYCLES):
        residual_norms(work, levels, 1, field_length, field_length, False, faces, span, norms, turn == 0)
        if norms[0, 1] <= tolerance * total or (norms[0, 1] >= before and norms[0, 1] <= FLOOR * total):
            break
        before = norms[0, 1]
        cycle(work, levels, n_levels, 1, field_length, field_length, False, faces, leak, span)
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
def expect_cargo(one, room, span, total):
    """Expected cargo per particle one.per_particle[n_slots, n], by the operator that was solved for the numbers.

    span : min, see `expect_free`; total : particles of the site
    """
    given, free, cargo, cargo_entering, per_particle = (
        one.given, one.free, one.cargo, one.cargo_entering, one.per_particle
    )  # fmt: skip
    copies, known, later = room.before, room.known, span / one.time - 1.0
    for k in range(cargo.shape[0]):
        same = alike(given, cargo[k])
        if same >= 0.0:
            per_particle[k] = same
            continue
        mean = np.sum(cargo[k]) / total
        for x in range(one.n):
            copies[x] = mean * free[x]
            known[x] = cargo[k, x] + later * cargo_entering[k, x]
        solve(one, room, span, known, one.tolerance, copies)
        for x in range(one.n):
            per_particle[k, x] = copies[x] / free[x] if free[x] > 0.0 else 0.0


@device
def expect_free(one, cells, room):
    """Expected free numbers one.free[n] and cargo per particle one.per_particle[n_slots, n] of one site and population.

    room.base : loss without cells, 1/min
    Returns    τ, min, the length of the implicit step
    """
    values, v, p, time, n, volume = one.values, one.variant, one.population, one.time, one.n, one.volume
    voxel_start, others, given, entering, taken, free, p_fate = (
        one.voxel_start, one.others, one.given, one.entering, one.taken, one.free, one.fate
    )  # fmt: skip
    cell_type, entry_cell, first_cell, last_cell = cells.type, cells.entry_cell, one.first_cell, one.last_cell
    levels, n_levels, field_length, work, matrix = room.levels, room.n_levels, room.field_length, room.work, room.matrix
    half, crowding, loss, base, before, known = room.half, room.crowding, room.loss, room.base, room.before, room.known
    open_taken, open_share, faces, leak, tolerance = (
        room.open_taken, room.open_share, one.faces, one.leak, one.tolerance
    )  # fmt: skip
    saturable, limited = False, True
    for t in range(half.shape[0]):
        half[t] = parameter(values, v, p_fate[F_HALF_SATURATION, t, p], 0.0)
    for i in range(first_cell, last_cell):
        saturable = saturable or half[cell_type[i]] > 0.0
    first = voxel_start[0]
    weigh_ligands(one)
    open_rates(one, cells, open_taken)
    work[:] = 0.0
    open_share[: last_cell - first_cell] = 1.0
    total, span, mean, arrived, target, again = 0.0, time, 1.0, np.sum(entering), max(tolerance, FIRST_GUESS), False
    for x in range(n):
        free[x] = given[x]
        total += given[x]
    for _ in range(MOST_PICARD):
        if limited:
            limited = update_receptors(one, cells, mean, open_share)
        depends, least = saturable or limited, np.inf
        target = target if depends and n > 1 else tolerance
        for x in range(n):
            before[x] = free[x]
            loss[0, x] = base[x]
            if voxel_start[x + 1] == voxel_start[x]:
                least = min(least, loss[0, x])
                continue
            crowding[:] = math.nan if saturable else 1.0
            for e in range(voxel_start[x], voxel_start[x + 1]):
                i = entry_cell[e]
                t = cell_type[i]
                if math.isnan(crowding[t]):
                    crowding[t] = crowding_share(mean * free[x] / volume, others[t, x], half[t])
                taken[e, 0] = open_taken[e - first, 0]
                taken[e, 1] = open_taken[e - first, 1] * crowding[t]
                taken[e, 2] = open_taken[e - first, 2] * open_share[i - first_cell]
                loss[0, x] += taken[e, 0] + taken[e, 1] + taken[e, 2]
            least = min(least, loss[0, x])
        span = span_of(least, time)
        for x in range(n):
            known[x] = given[x] + (span / time - 1.0) * entering[x]
        if n == 1:
            free[0] = known[0] / (1.0 + span * loss[0, 0])
        else:
            build_operator(work, levels, n_levels, 1, field_length, loss, leak, faces, again)
            build_inverses(work, levels, n_levels, 1, field_length, field_length, False, span, matrix)
            if not again:
                free[:] = 0.0
            solve(one, room, span, known, target, free)
        change, present, raw = 0.0, 0.0, 0.0
        for x in range(n):
            change += abs(free[x] - before[x])
            present += free[x]
            raw += span * loss[0, x] * free[x]
        mean = span / time * (lost_of(total, arrived, present, raw, span / time) / raw if raw > 0.0 else 1.0)
        if not depends or (change <= tolerance * total and target <= tolerance):
            break
        target, again = max(tolerance, AS_FINE_AS_USED * change / total), True
    expect_cargo(one, room, span, total)
    return span


@kernel(
    "void(Rows, Box, Sites, Cells, Footprint, VesicleTables, Conduits, Suspended, Hindrance, Fluid, Expected)",
    allocates=True,
)
def expect(rows, box, sites, cells, covered, columns, ways, suspended, hindrance, fluid, expected):
    """Expected free particles, and all that decides where the rest goes; an item is one population on one site."""
    _, n_populations, n = fluid.given.shape
    n_types, time, free = columns.fate.shape[1], sites.time, expected.free
    levels = np.empty((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    n_levels, field_length, shared_length = level_table(box.nx, box.ny, box.nz, 1, levels) if n > 1 else (0, 0, 0)
    most_entries, most_cells = 0, 0
    for s in range(rows.first // n_populations, (rows.end - 1) // n_populations + 1):
        most_entries = max(most_entries, covered.voxel_start[s, n] - covered.voxel_start[s, 0])
        most_cells = max(most_cells, cells.start[s + 1] - cells.start[s])
    base = np.empty(n)
    room = ExpectRoom(
        levels=levels, n_levels=n_levels, field_length=field_length, work=np.empty(field_length + shared_length),
        matrix=np.empty((2, 2, LANES)), norms=np.empty((1, 3)), half=np.empty(n_types),
        crowding=np.empty(n_types), loss=np.empty((1, n)), base=base, before=np.empty(n), known=np.empty(n),
        open_taken=np.empty((most_entries, 3)), open_share=np.empty(most_cells),
    )  # fmt: skip
    takers = Uptaking(
        type=cells.type, stands_for=cells.stands_for, behaviour=cells.behaviour, bound=cells.bound,
        depletion=hindrance.depletion, entry_cell=covered.cell, entry_weight=covered.cell_weight,
        entry_start=covered.start, entry_voxel=covered.voxel, gather_weight=covered.weight,
    )  # fmt: skip
    for item in range(rows.first, rows.end):
        s, p = item // n_populations, item % n_populations
        v = sites.variant[s]
        slots = columns.slot_start[p], columns.slot_start[p + 1]
        free[s, p] = 0.0
        expected.per_particle[s, slots[0] : slots[1]] = 0.0
        expected.span[s, p] = time
        if np.sum(fluid.given[s, p]) == 0.0:
            continue
        decay = parameter(sites.values, v, columns.population[P_DECAY, p], 0.0)
        walled = ways.leaving.shape[2] > 0
        for x in range(n):
            base[x] = decay + (ways.leaving[s, p, x] if walled else 0.0)
        for m in range(suspended.density.shape[1]):
            p_bind, p_unbind = columns.p_bind[p, m], columns.p_unbind[p, m]
            rate, _ = net_matrix_binding(sites.values, v, p_bind, p_unbind, decay, time)
            for x in range(n):
                base[x] += rate * suspended.density[s, m, x]
        one = Expecting(
            population=p, variant=v, time=time, n=n, volume=box.voxel * box.voxel * box.height,
            tolerance=expected.misplaced, first_cell=cells.start[s], last_cell=cells.start[s + 1], values=sites.values,
            fate=columns.fate, ligand=columns.ligand, slot_first=slots[0], route=columns.route[p],
            voxel_start=covered.voxel_start[s], mobility=ways.mobility[s, p],
            faces=ways.faces[s, p : p + 1], leak=ways.wall[s, p : p + 1], others=hindrance.others[s, p],
            given=fluid.given[s, p], entering=fluid.entering[s, p], cargo=fluid.cargo[s, slots[0] : slots[1]],
            cargo_entering=fluid.cargo_entering[s, slots[0] : slots[1]], taken=expected.taken[p], free=free[s, p],
            per_particle=expected.per_particle[s, slots[0] : slots[1]], tally=expected.cycles[s, p : p + 1],
        )  # fmt: skip
        expected.span[s, p] = expect_free(one, takers, room)
