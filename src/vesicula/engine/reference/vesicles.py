"""Twin of `engine.trafficking`, `engine.jostling` and `engine.cargo`: vesicles in cells, on matrix, between tiles."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.groups import Footprint
from vesicula.engine.program import Program
from vesicula.engine.reference.streams import binomial, poisson, stream_key, uniform
from vesicula.engine.reference.vesicle_transport import leaving_share, mobility, number, passing_share
from vesicula.engine.state import Contact, State, VesicleTerm
from vesicula.engine.streams import Purpose


def key_of(state: State, s: int, purpose: Purpose, name: int = 0) -> int:
    seed, site = (int(k) for k in state.site_key[s])
    return stream_key(seed, site, state.step, purpose) ^ int(name)


def depart(program: Program, state: State, covered: Footprint) -> tuple[np.ndarray, np.ndarray]:
    """What is or becomes free in a step: (particles, copies), shapes of `State.vesicles` and `State.cargo`."""
    free, cargo = state.vesicles.astype(np.float64), state.cargo.copy()
    for s in range(state.n_sites):
        for p in range(program.n_populations):
            slots = np.flatnonzero(program.vesicles.slot_population == p)
            for i in range(state.cell_start[s], state.cell_start[s + 1]):
                made = _make(program, state, s, p, i, slots)
                _release(program, state, s, p, i, made, slots, covered, free, cargo)
                _leave_surface(program, state, s, p, i, slots, covered, free, cargo)
            _leave_matrix(program, state, s, p, slots, free, cargo)
    return free, cargo


def _make(program: Program, state: State, s: int, p: int, i: int, slots) -> int:
    column = program.behaviours.release[p]
    rate = state.behaviour[i, column] if column >= 0 else 0.0
    made = poisson(
        key_of(state, s, Purpose.VESICLE_MAKING, program.stream_names.population[p]), int(state.cell_id[i]), 0,
        rate * program.macro_step * int(state.stands_for[i]),
    )  # fmt: skip
    state.pool[i, p] += made
    for k in slots:
        loading = program.behaviours.loading[k]
        factor = state.behaviour[i, loading] if loading >= 0 else 1.0
        state.pool_cargo[i, k] += made * number(program, state, s, int(program.vesicles.p_copies[k])) * factor
    return made


def _spread(count, present, u, i, row, slots, covered: Footprint, free, cargo) -> None:
    """Set `count` of a cell's `present` particles free where the cell is, with their share of row."""
    entries = range(covered.start[i], covered.start[i + 1])
    line = np.cumsum([covered.weight[e] * count for e in entries])
    marks = [min(math.floor(x + u), count) for x in line[:-1]] + [count]
    for e, drawn in zip(entries, np.diff([0, *marks]), strict=True):
        free[covered.voxel[e]] += drawn
        cargo[slots, covered.voxel[e]] += row[slots] * (count / present) * drawn / count
    row[slots] = 0.0 if count == present else row[slots] * (1 - count / present)


def _release(program: Program, state: State, s: int, p: int, i: int, made, slots, covered, free, cargo) -> None:
    if state.cell_dead[i]:
        return
    residence = number(program, state, s, program.vesicles.p_residence[p])
    rate = 1 / residence if residence else math.inf
    key = key_of(state, s, Purpose.POOL_RELEASE, program.stream_names.population[p])
    identity, present = int(state.cell_id[i]), int(state.pool[i, p])
    out = binomial(key, identity, 0, present - made, leaving_share(rate, program.macro_step))
    out += binomial(key, identity, 1, made, passing_share(rate, program.macro_step))
    if out == 0:
        return
    state.cargo_ledger[s, slots, VesicleTerm.RELEASED] += state.pool_cargo[i, slots] * out / present
    u = uniform(key, identity, 2)
    _spread(out, present, u, i, state.pool_cargo[i], slots, covered, free[s, p], cargo[s])
    state.pool[i, p] -= out
    state.vesicle_ledger[s, p, VesicleTerm.RELEASED] += out


def _leave_surface(program: Program, state: State, s: int, p: int, i: int, slots, covered, free, cargo) -> None:
    w, t, h = program.vesicles, state.cell_type[i], program.macro_step
    internalise = 0.0 if state.cell_dead[i] else number(program, state, s, w.p_internalise[t, p])
    rate = internalise + number(program, state, s, w.p_detach[t, p])
    key = key_of(state, s, Purpose.BOUND_FATE, program.stream_names.population[p])
    identity, present = int(state.cell_id[i]), int(state.bound[i, p])
    leaving = binomial(key, identity, 0, present, leaving_share(rate, h))
    if leaving == 0:
        return
    inside = binomial(key, identity, 1, leaving, internalise / rate)
    moved = state.bound_cargo[i, slots] * inside / present
    state.endosomal_cargo[i, slots] += moved
    state.bound_cargo[i, slots] = 0.0 if inside == present else state.bound_cargo[i, slots] - moved
    state.endosomal[i, p] += inside
    state.talk[s, p, t, Contact.ENDOCYTOSED] += inside
    state.bound[i, p] -= inside
    detached = leaving - inside
    if detached:
        u = uniform(key, identity, 2)
        held = int(state.bound[i, p])
        _spread(detached, held, u, i, state.bound_cargo[i], slots, covered, free[s, p], cargo[s])
        state.bound[i, p] -= detached


def _leave_matrix(program: Program, state: State, s: int, p: int, slots, free, cargo) -> None:
    names, h = program.stream_names, program.macro_step
    decay = number(program, state, s, program.vesicles.p_decay[p])
    for m in range(program.n_matrix):
        rate = number(program, state, s, program.vesicles.p_unbind[p, m]) + decay
        key = key_of(state, s, Purpose.MATRIX_BINDING, names.population[p] ^ names.matrix[m])
        for x in np.flatnonzero(state.vesicles_in_matrix[s, p, m]):
            present = int(state.vesicles_in_matrix[s, p, m, x])
            gone = state.matrix[s, m, x] <= 0
            leaving = present if gone else binomial(key, int(x), 0, present, leaving_share(rate, h))
            if leaving == 0:
                continue
            degraded = 0 if gone else binomial(key, int(x), 1, leaving, decay / rate)
            moved = state.cargo_in_matrix[s, slots, m, x] * leaving / present
            state.vesicles_in_matrix[s, p, m, x] -= leaving
            state.cargo_in_matrix[s, slots, m, x] -= moved
            if leaving == present:
                state.cargo_in_matrix[s, slots, m, x] = 0.0
            free[s, p, x] += leaving - degraded
            cargo[s, slots, x] += moved * (1 - degraded / leaving)
            state.vesicle_ledger[s, p, VesicleTerm.DEGRADED] += degraded
            state.cargo_ledger[s, slots, VesicleTerm.DEGRADED] += moved * degraded / leaving


def jostle(program: Program, state: State, s: int, p: int, regions, free, cargo) -> None:
    """Swaps between neighbouring pieces; free : float64[n], cargo : float64[n_slots of p, n], changed."""
    grid, d = program.grid, mobility(program, state, s, p)
    pieces = [piece for region in regions for piece in region]
    owner = {x: t for t, piece in enumerate(pieces) for x in piece}
    places = [np.array([[x % grid.nx, x // grid.nx % grid.ny, x // (grid.nx * grid.ny)] for x in q]) for q in pieces]
    pairs: dict[tuple[int, int, int], float] = {}
    for t, piece in enumerate(pieces):
        for axis, step in enumerate((1, grid.nx, grid.nx * grid.ny)):
            size = (grid.nx, grid.ny, grid.nz)[axis]
            for x in piece:
                if x // step % size + 1 == size or owner[x + step] == t:
                    continue
                both = d[x] + d[x + step]
                harmonic = 2 * d[x] * d[x + step] / both if both > 0 else 0.0
                if program.vesicles.moved_by_flow[p]:
                    speed = abs(program.flow[axis, x])
                    harmonic += 0.5 * speed * ((grid.height if axis == 2 else grid.voxel) + speed * program.macro_step)
                if harmonic > 0:
                    h = grid.height if axis == 2 else grid.voxel
                    apart = abs(places[t][:, axis].mean() - places[owner[x + step]][:, axis].mean())
                    weight = program.macro_step * harmonic / h**2 / max(apart, 1.0)
                    pairs[t, axis, owner[x + step]] = pairs.get((t, axis, owner[x + step]), 0.0) + weight
    count = np.array([free[piece].sum() for piece in pieces])
    copies = np.array([[row[piece].sum() for piece in pieces] for row in cargo]).reshape(len(cargo), len(pieces))
    count_0, copies_0 = count.copy(), copies.copy()
    fastest = max((w / len(pieces[t]) for (t, _, _), w in pairs.items()), default=0.0)
    sweeps = min(max(math.ceil(fastest / 0.5), 1), 16)
    key = key_of(state, s, Purpose.TILE_EXCHANGE, program.stream_names.population[p])
    for sweep in range(sweeps):
        for (a, _, b), weight in pairs.items():
            if count[a] <= 0 or count[b] <= 0:
                continue
            mean = 0.5 * (weight / sweeps) * (count[a] / len(pieces[a]) + count[b] / len(pieces[b]))
            mean = min(mean, 0.5 * min(count[a], count[b]))
            identity, counter = pieces[a][0] * grid.n_voxels + pieces[b][0], 2 * sweep
            net = binomial(key, identity, counter, int(count[a]), mean / count[a])
            net -= binomial(key, identity, counter + 1, int(count[b]), mean / count[b])
            source, target = (a, b) if net > 0 else (b, a)
            moved = copies[:, source] * abs(net) / count[source]
            copies[:, source] -= moved
            copies[:, target] += moved
            count[source] -= abs(net)
            count[target] += abs(net)
    for t, piece in enumerate(pieces):
        for k in range(len(cargo)):
            if copies_0[k, t] > 0:
                cargo[k, piece] *= copies[k, t] / copies_0[k, t]
            elif count_0[t] > 0:
                cargo[k, piece] = copies[k, t] * free[piece] / count_0[t]
        if count_0[t] > 0:
            free[piece] *= count[t] / count_0[t]


def digest(program: Program, state: State, s: int, p: int, before, delivered, landed) -> None:
    """Escape and degradation of endosomal particles; delivered : float64[n_cells, n_slots], added to.

    before : int64[n_cells, n_populations], endosomal particles before the step; landed : int64[n_cells], particles that
    escaped, added to
    """
    w, h = program.vesicles, program.macro_step
    key = key_of(state, s, Purpose.ENDOSOME_FATE, program.stream_names.population[p])
    slots = np.flatnonzero(w.slot_population == p)
    for i in range(state.cell_start[s], state.cell_start[s + 1]):
        t, present = state.cell_type[i], int(state.endosomal[i, p])
        lysosome = number(program, state, s, w.p_lysosome[t, p])
        escape = number(program, state, s, w.p_escape[t, p])
        if state.cell_dead[i] or lysosome <= 0 or present == 0:
            continue
        rate, old = lysosome + (lysosome * escape / (1 - escape)), int(before[i, p])
        leaving = binomial(key, int(state.cell_id[i]), 0, old, leaving_share(rate, h))
        leaving += binomial(key, int(state.cell_id[i]), 1, present - old, passing_share(rate, h))
        if leaving == 0:
            continue
        escaped = binomial(key, int(state.cell_id[i]), 2, leaving, escape)
        state.endosomal[i, p] -= leaving
        state.vesicle_ledger[s, p, VesicleTerm.DELIVERED] += escaped
        state.vesicle_ledger[s, p, VesicleTerm.DEGRADED] += leaving - escaped
        state.talk[s, p, t, Contact.ESCAPED] += escaped
        landed[i] += escaped
        for k in slots:
            moved = state.endosomal_cargo[i, k] * leaving / present
            state.endosomal_cargo[i, k] = 0.0 if leaving == present else state.endosomal_cargo[i, k] - moved
            reached = moved * escaped / leaving if w.slot_kind[k] == 0 else 0.0
            delivered[i, k] += reached
            state.cargo_ledger[s, k, VesicleTerm.DELIVERED] += reached
            state.cargo_ledger[s, k, VesicleTerm.DEGRADED] += moved - reached


def deliver(program: Program, state: State, delivered, landed) -> None:
    """Loading, counting and decay of what reached the cells; delivered : float64[n_cells, n_slots], landed :
    int64[2, n_populations, n_cells], particles that fused and that escaped.
    """
    w, cargo = program.vesicles, program.cargo
    for s in range(state.n_sites):
        into, out = key_of(state, s, Purpose.DELIVERY), key_of(state, s, Purpose.DEGRADATION)
        for i in range(state.cell_start[s], state.cell_start[s + 1]):
            t, identity = state.cell_type[i], int(state.cell_id[i])
            state.delivered_copies[s, :, t] += delivered[i]
            if state.cell_dead[i]:
                continue
            own = _of_one(program, state, i, into, delivered[i], landed[:, :, i])
            for species in range(program.n_species):
                rate = number(program, state, s, cargo.p_degradation[species])
                keep = math.exp(-rate * program.macro_step)
                arriving = 1 - passing_share(rate, program.macro_step)
                ours = w.slot_species == species
                called = int(program.stream_names.species[species])
                luminal = np.flatnonzero(ours & (w.slot_kind == 0))
                new = arriving * sum(own[k] * number(program, state, s, cargo.p_loading[t, k], 1.0) for k in luminal)
                if cargo.whole_copies[species]:
                    kept = binomial(out ^ called, identity, 0, int(state.copies[i, species]), keep)
                    state.copies[i, species] = kept + poisson(into ^ called, identity, 0, new)
                else:
                    state.copies[i, species] = state.copies[i, species] * keep + new
                outside = own[ours & (w.slot_kind != 0)].sum()
                state.inserted[i, species] = state.inserted[i, species] * keep + arriving * outside


def _of_one(program: Program, state: State, i: int, key: int, delivered, landed):
    """Copies, float64[n_slots], that one of the cells gets for which cell i stands."""
    many, own = int(state.stands_for[i]), np.array(delivered)
    for p in range(program.n_populations if many > 1 else 0):
        own_key = key ^ int(program.stream_names.population[p])
        mine = [
            binomial(own_key, int(state.cell_id[i]), k, int(landed[k, p]), 1 / many) if landed[k, p] else 0
            for k in range(2)
        ]
        for k in np.flatnonzero(program.vesicles.slot_population == p):
            some, whole = (
                (sum(mine), landed[:, p].sum()) if program.vesicles.slot_kind[k] == 0 else (mine[0], landed[0, p])
            )
            own[k] *= some / whole if whole else 0.0
    return own
