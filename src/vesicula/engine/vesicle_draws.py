"""Whole particles from expected numbers: tiles, events of cells, placement, and the cargo that goes along.

Per region and piece of tile t in visiting order, with C the running sum of everything expected of the particles (free,
bound, taken up, degraded, gone), scaled so that its last value is the region's whole number of particles; what is
taken up, degraded, bound or gone is its rate × s y, with s of the region such that all expected numbers add up:

    particles of tile t   ⌊C_t + u⌋ − ⌊C_{t−1} + u⌋             u: one uniform per region and step
    cargo of tile t       G(⌊C_t + u⌋) − G(⌊C_{t−1} + u⌋)       G: running cargo over running particles, linear between

Inside a tile the particles are split between cells, decay, walls, matrix and fluid by binomials, between cells by
binomials in order of identity, and placed in voxels by rounding; cargo is shared by count × expected copies per
particle. Nothing is lost or made: counts add up exactly, cargo to round-off, and there is no cargo without particles.
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device, kernel
from vesicula.engine.parameters import parameter
from vesicula.engine.program import ROUTE_BINDING, ROUTE_FUSION
from vesicula.engine.state import Contact, VesicleTerm
from vesicula.engine.streams import Purpose, binomial, stream_key, uniform
from vesicula.engine.trafficking import (
    F_RECEPTORS,
    P_DECAY,
    digest_endosomes,
)
from vesicula.engine.vesicle_transport import lost_of, net_binding, net_matrix_binding

DELIVERED, DEGRADED, LEFT = int(VesicleTerm.DELIVERED), int(VesicleTerm.DEGRADED), int(VesicleTerm.LEFT)
BOUND, ENDOCYTOSED, FUSED = int(Contact.BOUND), int(Contact.ENDOCYTOSED), int(Contact.FUSED)
ROUNDING, EVENTS = int(Purpose.TILE_ROUNDING), int(Purpose.TILE_EVENTS)
ENDOSOME_FATE = int(Purpose.ENDOSOME_FATE)

# where an event takes particles to; columns of the list of events
TO_CYTOSOL, TO_ENDOSOME, TO_SURFACE = range(3)
E_CELL, E_VOXEL, E_GOAL, E_COUNT = range(4)
# what a piece of a tile is expected to hold, columns of its masses; M_SPAN: s, min
M_ALL, M_FREE, M_CELLS, M_LOST, M_WALL, M_MATRIX, M_SPAN = range(7)
N_MASSES = 7


@device
def weigh_piece(
    first, last, voxel, free, leaving, span, decay, binding, density, voxel_start, taken, per_particle, masses,
    cargo_mass,
):  # fmt: skip
    """What one piece of a tile is expected to hold and to lose: masses[N_MASSES], columns `M_…`, and cargo_mass[2,
    n_slots], copies that stay free and that go.

    binding : (matrix_rate, matrix_stay), float64[n_matrix], see `net_matrix_binding`
    taken : float64[n_entries, 3], rates of the cells, 1/min; per_particle : float64[n_slots, n], copies
    """
    matrix_rate, matrix_stay = binding
    masses[:] = 0.0
    cargo_mass[:] = 0.0
    for k in range(first, last):
        x = voxel[k]
        y = free[x]
        if y == 0.0:
            continue
        lost, kept, by_cells = decay, 0.0, 0.0
        for m in range(density.shape[0]):
            lost += matrix_rate[m] * (1.0 - matrix_stay[m]) * density[m, x]
            kept += matrix_rate[m] * matrix_stay[m] * density[m, x]
        for e in range(voxel_start[x], voxel_start[x + 1]):
            by_cells += taken[e, 0] + taken[e, 1] + taken[e, 2]
        outwards = leaving[x] if leaving.size > 0 else 0.0
        masses[M_FREE] += y
        masses[M_LOST] += span * lost * y
        masses[M_WALL] += span * outwards * y
        masses[M_MATRIX] += span * kept * y
        masses[M_CELLS] += span * by_cells * y
        gone = span * (lost + kept + outwards + by_cells) * y
        for j in range(cargo_mass.shape[1]):
            cargo_mass[0, j] += per_particle[j, x] * y
            cargo_mass[1, j] += per_particle[j, x] * gone


@device
def balance_pieces(first, last, voxel, start, given, entering, span, time, masses, cargo_mass):
    """Scale what the pieces first..last−1, one region, are expected to lose so that all expected numbers add up.

    masses, cargo_mass : weighed with span; M_ALL, M_SPAN and the sum of copies cargo_mass[t, 0] are set
    """
    total, arrived, free, raw = 0.0, 0.0, 0.0, 0.0
    for t in range(first, last):
        free += masses[t, M_FREE]
        raw += masses[t, M_CELLS] + masses[t, M_LOST] + masses[t, M_WALL] + masses[t, M_MATRIX]
        for k in range(start[t], start[t + 1]):
            total += given[voxel[k]]
            arrived += entering[voxel[k]]
    share = lost_of(total, arrived, free, raw, span / time) / raw if raw > 0.0 and arrived > 0.0 else 1.0
    for t in range(first, last):
        for column in range(M_CELLS, M_MATRIX + 1):
            masses[t, column] *= share
        gone = masses[t, M_CELLS] + masses[t, M_LOST] + masses[t, M_WALL] + masses[t, M_MATRIX]
        masses[t, M_ALL] = masses[t, M_FREE] + gone
        masses[t, M_SPAN] = span * share
        for j in range(cargo_mass.shape[2]):
            cargo_mass[t, 0, j] += share * cargo_mass[t, 1, j]


@device
def round_pieces(key, voxel, start, first, last, given, cargo, masses, cargo_mass, counts, shares):
    """Whole particles counts[t] and cargo shares[t, n_slots] of the pieces first..last−1 of one region.

    given : float64[n], whole in sum; cargo : float64[n_slots, n]; masses : float64[n_pieces, N_MASSES]
    cargo_mass : float64[n_pieces, 2, n_slots]
    """
    n_slots = cargo.shape[0]
    present, held, identity = 0.0, 0.0, voxel[start[first]]
    for t in range(first, last):
        for k in range(start[t], start[t + 1]):
            present += given[voxel[k]]
        held += masses[t, M_ALL]
    total = int(present + 0.5)
    counts[first:last] = 0
    shares[first:last] = 0.0
    if total == 0:
        return
    scale = total / held
    final = last - 1
    while masses[final, M_ALL] == 0.0:
        final -= 1
    u = uniform(key, identity, 0)
    along, before = 0.0, 0
    for t in range(first, final + 1):
        along += masses[t, M_ALL] * scale
        upto = total if t == final else max(before, min(math.floor(along + u), total))
        counts[t] = upto - before
        before = upto
    for k in range(n_slots):
        copies, expected = 0.0, 0.0
        for t in range(first, last):
            expected += cargo_mass[t, 0, k]
            for j in range(start[t], start[t + 1]):
                copies += cargo[k, voxel[j]]
        if copies <= 0.0 or expected <= 0.0:
            share_evenly(first, final, counts, total, copies, k, shares)
            continue
        follow_line(first, final, scale, copies / expected, masses, cargo_mass, counts, total, copies, k, shares)


@device
def share_evenly(first, final, counts, total, copies, k, shares):
    """Copies of slot k in proportion to the particles, where nothing is known about where they are."""
    for t in range(first, final + 1):
        shares[t, k] = copies * counts[t] / total


@device
def follow_line(first, final, scale, cargo_scale, masses, cargo_mass, counts, total, copies, k, shares):
    """Copies of slot k between the whole-number marks of the particle line, by linear interpolation of running sums."""
    at, mark, taken = first, 0, 0.0
    line, line_before = masses[first, M_ALL] * scale, 0.0
    load, load_before = cargo_mass[first, 0, k] * cargo_scale, 0.0
    for t in range(first, final + 1):
        if counts[t] == 0:
            continue
        mark += counts[t]
        while at < final and line < mark:
            at += 1
            line_before, load_before = line, load
            line += masses[at, M_ALL] * scale
            load += cargo_mass[at, 0, k] * cargo_scale
        upto = copies
        if mark < total:
            part = min(max((mark - line_before) / (line - line_before), 0.0), 1.0) if line > line_before else 1.0
            upto = min(max(load_before + part * (load - load_before), taken), copies)
        shares[t, k] = upto - taken
        taken = upto


@device
def draw_share(key, identity, counter, number, expected, rest, vacant):
    """Particles of `number` that take one way out, expected numbers `expected` of `rest`.

    Binomial over particles, or over vacant receptors where these are fewer, with the same mean; all of them where no
    other way is left. vacant : int64, `number` where receptors do not matter
    """
    if rest <= expected * (1.0 + 1e-12):
        return number
    mean = number * (expected / rest)
    if vacant < number and mean < vacant:
        return binomial(key, identity, counter, vacant, mean / vacant)
    return binomial(key, identity, counter, number, expected / rest)


@device
def split_among_cells(
    key, identity, counter, number, mass, span, first, last, voxel, free, model, cells, surface, counts, events,
    talk,
):  # fmt: skip
    """Particles that go to cells: conditional binomials in order of voxel, cell and route.

    surface : int64[n_cells, n_populations], bound particles, added to; counts : int64[n], free particles, to which
        those return that find no free receptor; events : int64[…, 4], filled; talk : int64[n_types, 4]
    Returns    (events, particles returned, counter)
    """
    values, v, p, p_fate, time = model
    voxel_start, entry_cell, cell_type, stands_for, taken = cells
    n_events, returned, rest, like, share = 0, 0, mass, -1, 0.0
    for k in range(first, last):
        x = voxel[k]
        if number == 0:
            break
        for e in range(voxel_start[x], voxel_start[x + 1]):
            i = entry_cell[e]
            t = cell_type[i]
            for r in range(3):
                expected = taken[e, r] * span * free[x]
                if number == 0 or expected == 0.0:
                    continue
                vacant = number
                if r == ROUTE_BINDING and p_fate[F_RECEPTORS, t, p] >= 0:
                    vacant = max(int(values[v, p_fate[F_RECEPTORS, t, p]]) * stands_for[i] - surface[i, p], 0)
                drawn = draw_share(key, identity, counter, number, expected, rest, vacant)
                counter += 1
                rest -= expected
                number -= drawn
                if drawn == 0:
                    continue
                if r == ROUTE_FUSION:
                    n_events = note(events, n_events, i, x, TO_CYTOSOL, drawn)
                    talk[t, FUSED] += drawn
                    continue
                inside = drawn
                if r == ROUTE_BINDING:
                    if t != like:
                        like, (_, share) = t, net_binding(values, v, p_fate, t, p, time)
                    inside = binomial(key, identity, counter, drawn, share)
                    counter += 1
                    staying = drawn - inside
                    if p_fate[F_RECEPTORS, t, p] >= 0:
                        staying = min(staying, vacant)
                    excess = drawn - inside - staying
                    counts[x] += excess
                    returned += excess
                    surface[i, p] += staying
                    talk[t, BOUND] += drawn - excess
                    n_events = note(events, n_events, i, x, TO_SURFACE, staying)
                talk[t, ENDOCYTOSED] += inside
                n_events = note(events, n_events, i, x, TO_ENDOSOME, inside)
    return n_events, returned, number


@device
def note(events, n_events, i, x, goal, number):
    """Append an event to the list if it moves particles; returns the new length."""
    if number == 0:
        return n_events
    events[n_events, E_CELL] = i
    events[n_events, E_VOXEL] = x
    events[n_events, E_GOAL] = goal
    events[n_events, E_COUNT] = number
    return n_events + 1


@device
def place_free(u, number, mass, first, last, voxel, free, counts):
    """Put `number` free particles of a piece into its voxels by rounding the running sum of the expected numbers."""
    if number == 0:
        return
    final = last - 1
    while free[voxel[final]] == 0.0:
        final -= 1
    along, before = 0.0, 0
    for k in range(first, final + 1):
        along += free[voxel[k]] * (number / mass)
        upto = number if k == final else max(before, min(math.floor(along + u), number))
        counts[voxel[k]] += upto - before
        before = upto


@device
def place_in_matrix(u, number, mass, first, last, voxel, free, span, matrix_rate, matrix_stay, density, fresh):
    """Put `number` newly bound particles of a piece on the matrix of its voxels: fresh[n_matrix, last − first]."""
    n_matrix = density.shape[0]
    fresh[:, : last - first] = 0
    if number == 0:
        return
    along, before, latest = 0.0, 0, (0, 0)
    for k in range(first, last):
        x = voxel[k]
        for m in range(n_matrix):
            expected = span * matrix_rate[m] * matrix_stay[m] * density[m, x] * free[x]
            if expected == 0.0:
                continue
            along += expected * (number / mass)
            upto = max(before, min(math.floor(along + u), number))
            fresh[m, k - first] = upto - before
            before = upto
            latest = (m, k - first)
    fresh[latest[0], latest[1]] += number - before


@device
def gone_per_particle(first, last, voxel, free, copies, leaving, decay, matrix_rate, matrix_stay, density):
    """Mean copies per particle of those a piece loses by degradation and of those that leave through walls.

    copies : float64[n], expected copies per free particle
    """
    lost, lost_copies, left, left_copies = 0.0, 0.0, 0.0, 0.0
    for k in range(first, last):
        x = voxel[k]
        rate = decay
        for m in range(density.shape[0]):
            rate += matrix_rate[m] * (1.0 - matrix_stay[m]) * density[m, x]
        lost += rate * free[x]
        lost_copies += rate * free[x] * copies[x]
        if leaving.size > 0:
            left += leaving[x] * free[x]
            left_copies += leaving[x] * free[x] * copies[x]
    return lost_copies / lost if lost > 0.0 else 0.0, left_copies / left if left > 0.0 else 0.0


@device
def share_cargo(
    k, amount, particles, first, last, voxel, copies, gone, n_lost, n_left, counts, fresh, events, n_events,
    cargo, cargo_in_matrix, surface_cargo, endosomal_cargo, delivered, ledger,
):  # fmt: skip
    """Share `amount` copies of slot k in a piece by count × expected copies per particle (alike if none is expected).

    gone : (lost, left), see `gone_per_particle`; ledger : float64[n_slots, 8]; the rest as in `draw_site`
    """
    lost, left = gone
    weight = lost * n_lost + left * n_left
    for j in range(first, last):
        x = voxel[j]
        number = counts[x]
        for m in range(fresh.shape[0]):
            number += fresh[m, j - first]
        weight += number * copies[x]
    for e in range(n_events):
        weight += events[e, E_COUNT] * copies[events[e, E_VOXEL]]
    known = weight > 0.0
    factor = amount / weight if known else amount / particles
    ledger[k, DEGRADED] += n_lost * (lost if known else 1.0) * factor
    ledger[k, LEFT] += n_left * (left if known else 1.0) * factor
    for j in range(first, last):
        x = voxel[j]
        each = factor * copies[x] if known else factor
        cargo[k, x] = counts[x] * each
        for m in range(fresh.shape[0]):
            cargo_in_matrix[k, m, x] += fresh[m, j - first] * each
    for e in range(n_events):
        x, i = events[e, E_VOXEL], events[e, E_CELL]
        moved = events[e, E_COUNT] * (factor * copies[x] if known else factor)
        if events[e, E_GOAL] == TO_ENDOSOME:
            endosomal_cargo[i, k] += moved
        elif events[e, E_GOAL] == TO_SURFACE:
            surface_cargo[i, k] += moved
        else:
            delivered[i, k] += moved
            ledger[k, DELIVERED] += moved


@device
def largest_pieces(n_pieces, start, voxel, voxel_start):
    """Most voxels in a piece, and most (cell, voxel) entries in a piece."""
    voxels, entries = 1, 0
    for t in range(n_pieces):
        here = 0
        for k in range(start[t], start[t + 1]):
            here += voxel_start[voxel[k] + 1] - voxel_start[voxel[k]]
        voxels = max(voxels, start[t + 1] - start[t])
        entries = max(entries, here)
    return voxels, entries


@device
def draw_piece(
    keys, a, b, voxel, number, amounts, masses, free, per_particle, leaving, decay, density, binding, model, cells,
    first_slot, counts, in_matrix, cargo, cargo_in_matrix, surface, surface_cargo, endosomal, endosomal_cargo,
    delivered, landed, ledger, cargo_ledger, talk, events, fresh,
):  # fmt: skip
    """Split the `number` particles of a piece, its voxels voxel[a : b], and their cargo amounts[n_slots].

    Returns    particles that went back from full receptors to the fluid
    """
    key_rounding, key_events = keys
    matrix_rate, matrix_stay = binding
    p, span = model[2], masses[M_SPAN]
    identity = voxel[a]
    rest, mass = number, masses[M_ALL]
    to_cells = binomial(key_events, identity, 0, rest, masses[M_CELLS] / mass)
    rest, mass = rest - to_cells, mass - masses[M_CELLS]
    n_lost = binomial(key_events, identity, 1, rest, masses[M_LOST] / mass)
    rest, mass = rest - n_lost, mass - masses[M_LOST]
    n_left = binomial(key_events, identity, 2, rest, masses[M_WALL] / mass)
    rest, mass = rest - n_left, mass - masses[M_WALL]
    to_matrix = binomial(key_events, identity, 3, rest, masses[M_MATRIX] / mass)
    n_events, returned, unplaced = split_among_cells(
        key_events, identity, 4, to_cells, masses[M_CELLS], span, a, b, voxel, free, model,
        cells, surface, counts, events, talk,
    )  # fmt: skip
    u = uniform(key_rounding, identity, 1)
    place_free(u, rest - to_matrix + unplaced, masses[M_FREE], a, b, voxel, free, counts)
    u = uniform(key_rounding, identity, 2)
    place_in_matrix(u, to_matrix, masses[M_MATRIX], a, b, voxel, free, span, matrix_rate, matrix_stay, density, fresh)
    ledger[DEGRADED] += n_lost
    ledger[LEFT] += n_left
    for e in range(n_events):
        if events[e, E_GOAL] == TO_ENDOSOME:
            endosomal[events[e, E_CELL], p] += events[e, E_COUNT]
        elif events[e, E_GOAL] == TO_CYTOSOL:
            ledger[DELIVERED] += events[e, E_COUNT]
            landed[events[e, E_CELL]] += events[e, E_COUNT]
    for k in range(a, b):
        for m in range(density.shape[0]):
            in_matrix[m, voxel[k]] += fresh[m, k - a]
    for k in range(amounts.size):
        copies = per_particle[k]
        gone = (0.0, 0.0)
        if n_lost + n_left > 0:
            gone = gone_per_particle(a, b, voxel, free, copies, leaving, decay, matrix_rate, matrix_stay, density)
        share_cargo(
            first_slot + k, amounts[k], number, a, b, voxel, copies, gone, n_lost, n_left, counts, fresh, events,
            n_events, cargo, cargo_in_matrix, surface_cargo, endosomal_cargo, delivered, cargo_ledger,
        )  # fmt: skip
    return returned


@device
def draw_site(
    keys, tiles, given, entering, cargo_given, free, per_particle, span, leaving, decay, density, binding, model, cells,
    slots, counts, in_matrix, cargo, cargo_in_matrix, surface, surface_cargo, endosomal, endosomal_cargo, delivered,
    landed, ledger, cargo_ledger, talk, room,
):  # fmt: skip
    """Whole particles of one population on one site; returns how many went back from full receptors to the fluid.

    keys : (rounding, events), of the population; tiles : (voxel, start, region, n_pieces); binding : (matrix_rate,
    matrix_stay); model : (values, variant, population, p_fate, time); cells : (voxel_start, entry_cell, cell_type,
    stands_for, taken); slots : (first, last); landed : int64[n_cells], fused particles, added to
    room : (masses[n_pieces, N_MASSES], cargo_mass[n_pieces, 2, n_slots], pieces[n_pieces], shares[n_pieces, n_slots],
    events, fresh), workspace, the last two as large as `largest_pieces` asks
    """
    voxel, start, region, n_pieces = tiles
    masses, cargo_mass, pieces, shares, events, fresh = room
    for t in range(n_pieces):
        weigh_piece(
            start[t], start[t + 1], voxel, free, leaving, span, decay, binding, density, cells[0], cells[4],
            per_particle, masses[t], cargo_mass[t],
        )  # fmt: skip
    first = 0
    while first < n_pieces:
        last = first
        while last < n_pieces and region[last] == region[first]:
            last += 1
        balance_pieces(first, last, voxel, start, given, entering, span, model[4], masses, cargo_mass)
        round_pieces(
            keys[0], voxel, start, first, last, given, cargo_given, masses, cargo_mass, pieces,
            shares,
        )  # fmt: skip
        first = last
    returned = 0
    for t in range(n_pieces):
        for k in range(start[t], start[t + 1]):
            counts[voxel[k]] = 0
            cargo[slots[0] : slots[1], voxel[k]] = 0.0
        if pieces[t] > 0:
            returned += draw_piece(
                keys, start[t], start[t + 1], voxel, pieces[t], shares[t], masses[t], free, per_particle, leaving,
                decay, density, binding, model, cells, slots[0], counts, in_matrix, cargo, cargo_in_matrix, surface,
                surface_cargo, endosomal, endosomal_cargo, delivered, landed, ledger, cargo_ledger, talk, events,
                fresh,
            )  # fmt: skip
    return returned


@kernel(
    "void(int64, int64, int64, float64, float64[:, ::1], int32[::1], uint64[:, ::1], uint64[::1], int64[::1],"
    " uint64[::1], int16[::1], int8[::1], int64[::1], int64[:, ::1], int64[::1], int64[:, ::1], int64[:, ::1],"
    " int64[:, ::1], int32[:, ::1],"
    " int64[::1], int32[:, ::1], int32[:, :, ::1], int32[:, ::1], int32[:, ::1], int64[::1], int32[:, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], int64[:, :, ::1],"
    " int64[:, :, :, ::1], float64[:, :, ::1], float64[:, :, :, ::1], int64[:, ::1], float64[:, ::1], int64[:, ::1],"
    " int64[:, ::1], float64[:, ::1], float64[:, ::1],"
    " int64[:, :, ::1], int64[:, :, ::1], float64[:, :, ::1], int64[:, :, :, ::1], int64[:, ::1])",
)
def draw(
    first_item, end_item, step, time, values, site_variant, site_key, name, cell_start, cell_id, cell_type, dead,
    stands_for, voxel_start, entry_cell, tiling, tile_voxel, tile_start, tile_region, n_pieces, p_population, p_fate,
    p_bind, p_unbind, slot_start, slot_table, density, given, entering, cargo_given, taken, free, per_particle, span,
    leaving, vesicles, in_matrix, cargo, cargo_in_matrix, bound, bound_cargo, endosomal_before, endosomal,
    endosomal_cargo, delivered, landed, ledger, cargo_ledger, talk, returned,
):  # fmt: skip
    """Whole particles from expected ones, then what happens in the endosomes, of items first_item … end_item − 1.

    An item is one population on one site, number site × n_populations + population.

    name : uint64[n_populations]; tiling : int64[n_sites, n_populations],
    row of the tables of tilings (`tiles.Tiling`) that holds
    given … leaving : as in `vesicle_transport.expect`; vesicles … talk : arrays of `State`, changed
    endosomal_before : int64[n_cells, n_populations], endosomal particles before the step
    delivered : float64[n_cells, n_slots], out: copies that reached the cytosol (luminal) or the membrane (others)
    landed : int64[2, n_populations, n_cells], out: particles that fused, and that escaped from endosomes
    returned : int64[n_sites, n_populations], out: particles that found no free receptor
    """
    _, n_populations, n = given.shape
    n_matrix = density.shape[1]
    binding = np.empty(n_matrix), np.empty(n_matrix)
    masses, cargo_mass, shares = np.empty((0, N_MASSES)), np.empty((0, 2, 0)), np.empty((0, 0))
    pieces, events = np.empty(0, dtype=np.int64), np.empty((0, 4), dtype=np.int64)
    fresh = np.empty((n_matrix, 0), dtype=np.int64)
    for item in range(first_item, end_item):
        s, p = item // n_populations, item % n_populations
        v, tile = site_variant[s], tiling[s, p]
        slots = slot_start[p], slot_start[p + 1]
        total = 0.0
        for x in range(n):
            total += given[s, p, x]
        if total > 0.0:
            decay = parameter(values, v, p_population[P_DECAY, p], 0.0)
            for m in range(n_matrix):
                binding[0][m], binding[1][m] = net_matrix_binding(values, v, p_bind[p, m], p_unbind[p, m], decay, time)
            keys = (
                stream_key(site_key[s, 0], site_key[s, 1], step, ROUNDING) ^ name[p],
                stream_key(site_key[s, 0], site_key[s, 1], step, EVENTS) ^ name[p],
            )
            most_voxels, most_entries = largest_pieces(
                n_pieces[tile], tile_start[tile], tile_voxel[tile], voxel_start[s]
            )  # fmt: skip
            if shares.shape != (n_pieces[tile], slots[1] - slots[0]):
                shares = np.empty((n_pieces[tile], slots[1] - slots[0]))
                masses, cargo_mass = np.empty((len(shares), N_MASSES)), np.empty((len(shares), 2, shares.shape[1]))
                pieces = np.empty(len(shares), dtype=np.int64)
            if len(events) < 4 * most_entries:
                events = np.empty((4 * most_entries, 4), dtype=np.int64)
            if fresh.shape[1] < most_voxels:
                fresh = np.empty((n_matrix, most_voxels), dtype=np.int64)
            returned[s, p] = draw_site(
                keys, (tile_voxel[tile], tile_start[tile], tile_region[tile], n_pieces[tile]), given[s, p],
                entering[s, p], cargo_given[s, slots[0] : slots[1]], free[s, p],
                per_particle[s, slots[0] : slots[1]], span[s, p], leaving[s, p], decay, density[s], binding,
                (values, v, p, p_fate, time), (voxel_start[s], entry_cell, cell_type, stands_for, taken[p]),
                slots, vesicles[s, p], in_matrix[s, p], cargo[s],
                cargo_in_matrix[s], bound, bound_cargo, endosomal, endosomal_cargo, delivered, landed[0, p],
                ledger[s, p], cargo_ledger[s], talk[s, p], (masses, cargo_mass, pieces, shares, events, fresh),
            )  # fmt: skip
        key = stream_key(site_key[s, 0], site_key[s, 1], step, ENDOSOME_FATE) ^ name[p]
        digest_endosomes(
            key, p, values, v, time, cell_start[s], cell_start[s + 1], cell_id, cell_type, dead, p_fate, slots[0],
            slots[1], slot_table, endosomal_before, endosomal, endosomal_cargo, delivered, landed[1, p], ledger[s, p],
            cargo_ledger[s], talk[s, p],
        )  # fmt: skip
