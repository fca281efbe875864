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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Drawing(NamedTuple):
    """One population on one site, as `draw` sees it: parts of the arrays of the groups of the same names.

    key_rounding, key_events : of the population; site, population, variant; time : min, the macro step
    voxel, start, region, n_pieces : its tiling, see `tiles.Tiling`; slots slot_first … slot_first + len(per_particle)
    span, decay : τ in min, 1/min; leaving : 1/min, without voxels where there are no walls
    """

    key_rounding: int
    key_events: int
    site: int
    population: int
    variant: int
    time: float
    slot_first: int
    voxel: I64
    start: I64
    region: NDArray[np.int32]
    n_pieces: int
    span: float
    decay: float
    given: F64
    entering: F64
    cargo_given: F64
    free: F64
    per_particle: F64
    leaving: F64
    density: F64
    voxel_start: I64
    taken: F64


class Takers(NamedTuple):
    """The cells, as `draw` sees them: arrays of `groups.Cells` and what decides what becomes of what they take.

    entry_cell : of `groups.Footprint`; values, fate : see `groups.Sites`, `groups.VesicleTables`
    delivered : float64[n_cells, n_slots], fused : int64[n_cells], added to
    """

    entry_cell: I64
    type: NDArray[np.int16]
    stands_for: I64
    bound: I64
    bound_cargo: F64
    endosomal: I64
    endosomal_cargo: F64
    values: F64
    fate: NDArray[np.int32]
    delivered: F64
    fused: I64


class Outcome(NamedTuple):
    """What `draw` changes outside cells, of one population on one site.

    counts : int64[n], free particles; in_matrix : int64[n_matrix, n]; cargo : float64[n_slots, n], cargo_in_matrix :
    float64[n_slots, n_matrix, n], of all populations; ledger : int64[8], cargo_ledger : float64[n_slots, 8]
    talk : int64[n_types, 4]
    """

    counts: I64
    in_matrix: I64
    cargo: F64
    cargo_in_matrix: F64
    ledger: I64
    cargo_ledger: F64
    talk: I64


@device
def weigh_piece(one, t, room):
    """What piece t of a tiling is expected to hold and to lose: masses[N_MASSES], columns `M_…`, and cargo_mass[2,
    n_slots], copies that stay free and that go; both of `room`.
    """
    voxel, free, leaving, span, density = one.voxel, one.free, one.leaving, one.span, one.density
    matrix_rate, matrix_stay, per_particle = room.matrix_rate, room.matrix_stay, one.per_particle
    voxel_start, taken, masses, cargo_mass = one.voxel_start, one.taken, room.masses[t], room.cargo[t]
    masses[:] = 0.0
    cargo_mass[:] = 0.0
    for k in range(one.start[t], one.start[t + 1]):
        x = voxel[k]
        y = free[x]
        if y == 0.0:
            continue
        lost, kept, by_cells = one.decay, 0.0, 0.0
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
        for j in range(per_particle.shape[0]):
            cargo_mass[0, j] += per_particle[j, x] * y
            cargo_mass[1, j] += per_particle[j, x] * gone


@device
def balance_pieces(one, first, last, room):
    """Scale what the pieces first..last−1, one region, are expected to lose so that all expected numbers add up.

    room : masses and cargo are weighed with span; M_ALL, M_SPAN and the sum of copies cargo[t, 0] are set
    """
    voxel, start, given, entering, span = one.voxel, one.start, one.given, one.entering, one.span
    masses, cargo_mass, n_slots, time = room.masses, room.cargo, one.per_particle.shape[0], one.time
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
        for j in range(n_slots):
            cargo_mass[t, 0, j] += share * cargo_mass[t, 1, j]


@device
def round_pieces(one, first, last, room):
    """Whole particles room.numbers[t] and cargo room.copies[t] of the pieces first..last−1 of one region."""
    voxel, start, given, cargo = one.voxel, one.start, one.given, one.cargo_given
    masses, cargo_mass, counts, shares = room.masses, room.cargo, room.numbers, room.copies
    n_slots = cargo.shape[0]
    present, held, identity = 0.0, 0.0, voxel[start[first]]
    for t in range(first, last):
        for k in range(start[t], start[t + 1]):
            present += given[voxel[k]]
        held += masses[t, M_ALL]
    total = int(present + 0.5)
    counts[first:last] = 0
    shares[first:last, :n_slots] = 0.0
    if total == 0:
        return
    scale = total / held
    final = last - 1
    while masses[final, M_ALL] == 0.0:
        final -= 1
    u = uniform(one.key_rounding, identity, 0)
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
def split_among_cells(one, piece, number, room, takers, out):
    """Particles of a piece that go to cells: conditional binomials in order of voxel, cell and route.

    Those that find no free receptor return to the free ones; room.events : int64[…, 4], filled
    Returns    (events, particles returned, particles that no cell took)
    """
    v, p, time, values, p_fate = one.variant, one.population, one.time, takers.values, takers.fate
    voxel, free, voxel_start, taken, entry_cell = one.voxel, one.free, one.voxel_start, one.taken, takers.entry_cell
    cell_type, stands_for, surface, counts, talk = takers.type, takers.stands_for, takers.bound, out.counts, out.talk
    first, last, masses, events = one.start[piece], one.start[piece + 1], room.masses[piece], room.events
    key, identity, counter, mass, span = one.key_events, voxel[first], 4, masses[M_CELLS], masses[M_SPAN]
    n_events, returned, rest, inwards = 0, 0, mass, room.inwards
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
                    if math.isnan(inwards[t]):
                        _, inwards[t] = net_binding(values, v, p_fate, t, p, time)
                    inside = binomial(key, identity, counter, drawn, inwards[t])
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
def gone_per_particle(one, t, k, room):
    """Mean copies of slot k per particle of what piece t loses by degradation and of what leaves through walls."""
    voxel, free, leaving, density, decay = one.voxel, one.free, one.leaving, one.density, one.decay
    matrix_rate, matrix_stay, copies = room.matrix_rate, room.matrix_stay, one.per_particle[k]
    lost, lost_copies, left, left_copies = 0.0, 0.0, 0.0, 0.0
    for j in range(one.start[t], one.start[t + 1]):
        x = voxel[j]
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
def share_cargo(one, t, k, gone, numbers, room, takers, out):
    """Share the copies of slot k in piece t by count × expected copies per particle (alike if none is expected).

    k : of the population's slots; gone : (lost, left), see `gone_per_particle`
    numbers : (particles, lost, left, events)
    """
    particles, n_lost, n_left, n_events = numbers
    amount, events, fresh = room.copies[t, k], room.events, room.fresh
    voxel, copies, first, last = one.voxel, one.per_particle[k], one.start[t], one.start[t + 1]
    counts, cargo, cargo_in_matrix, ledger = out.counts, out.cargo, out.cargo_in_matrix, out.cargo_ledger
    surface_cargo, endosomal_cargo, delivered = takers.bound_cargo, takers.endosomal_cargo, takers.delivered
    k += one.slot_first
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
def draw_piece(one, t, room, takers, out):
    """Split the particles of piece t, room.numbers[t], and their cargo room.copies[t].

    Returns    particles that went back from full receptors to the fluid
    """
    p, voxel, free, density, n_matrix = one.population, one.voxel, one.free, one.density, one.density.shape[0]
    a, b, number, masses, fresh = one.start[t], one.start[t + 1], room.numbers[t], room.masses[t], room.fresh
    counts, in_matrix, ledger, events = out.counts, out.in_matrix, out.ledger, room.events
    fused, endosomal = takers.fused, takers.endosomal
    key_rounding, key_events, span = one.key_rounding, one.key_events, masses[M_SPAN]
    identity = voxel[a]
    rest, mass = number, masses[M_ALL]
    to_cells = binomial(key_events, identity, 0, rest, masses[M_CELLS] / mass)
    rest, mass = rest - to_cells, mass - masses[M_CELLS]
    n_lost = binomial(key_events, identity, 1, rest, masses[M_LOST] / mass)
    rest, mass = rest - n_lost, mass - masses[M_LOST]
    n_left = binomial(key_events, identity, 2, rest, masses[M_WALL] / mass)
    rest, mass = rest - n_left, mass - masses[M_WALL]
    to_matrix = binomial(key_events, identity, 3, rest, masses[M_MATRIX] / mass)
    n_events, returned, unplaced = split_among_cells(one, t, to_cells, room, takers, out)
    u = uniform(key_rounding, identity, 1)
    place_free(u, rest - to_matrix + unplaced, masses[M_FREE], a, b, voxel, free, counts)
    u = uniform(key_rounding, identity, 2)
    place_in_matrix(
        u, to_matrix, masses[M_MATRIX], a, b, voxel, free, span, room.matrix_rate, room.matrix_stay, density, fresh
    )  # fmt: skip
    ledger[DEGRADED] += n_lost
    ledger[LEFT] += n_left
    for e in range(n_events):
        if events[e, E_GOAL] == TO_ENDOSOME:
            endosomal[events[e, E_CELL], p] += events[e, E_COUNT]
        elif events[e, E_GOAL] == TO_CYTOSOL:
            ledger[DELIVERED] += events[e, E_COUNT]
            fused[events[e, E_CELL]] += events[e, E_COUNT]
    for k in range(a, b):
        for m in range(n_matrix):
            in_matrix[m, voxel[k]] += fresh[m, k - a]
    numbers = number, n_lost, n_left, n_events
    for k in range(one.per_particle.shape[0]):
        gone = (0.0, 0.0)
        if n_lost + n_left > 0:
            gone = gone_per_particle(one, t, k, room)
        share_cargo(one, t, k, gone, numbers, room, takers, out)
    return returned


@device
def draw_site(one, room, takers, out):
    """Whole particles of one population on one site; returns how many went back from full receptors to the fluid."""
    n_pieces, start, region, voxel = one.n_pieces, one.start, one.region, one.voxel
    counts, cargo, numbers = out.counts, out.cargo, room.numbers
    room.inwards[:] = math.nan
    for t in range(n_pieces):
        weigh_piece(one, t, room)
    first = 0
    while first < n_pieces:
        last = first
        while last < n_pieces and region[last] == region[first]:
            last += 1
        balance_pieces(one, first, last, room)
        round_pieces(one, first, last, room)
        first = last
    returned = 0
    slot_first, slot_last = one.slot_first, one.slot_first + one.per_particle.shape[0]
    for t in range(n_pieces):
        for k in range(start[t], start[t + 1]):
            counts[voxel[k]] = 0
            cargo[slot_first:slot_last, voxel[k]] = 0.0
        if numbers[t] > 0:
            returned += draw_piece(one, t, room, takers, out)
    return returned


@kernel(
    "void(Rows, Sites, Cells, Footprint, Tilings, VesicleTables, Suspended, Fluid, Expected, Landed,"
    " Ledgers, DrawRoom)",
)
def draw(
    rows, sites, cells, covered, cut, columns, suspended, fluid, expected, landed, ledgers, room
):  # fmt: skip
    """Whole particles from expected ones, then what happens in the endosomes; an item is one population on one site."""
    _, n_populations, n = fluid.given.shape
    for item in range(rows.first, rows.end):
        s, p = item // n_populations, item % n_populations
        v, tile, name, time = sites.variant[s], cut.row[s, p], sites.population_name[p], sites.time
        slots = columns.slot_start[p], columns.slot_start[p + 1]
        total = 0.0
        for x in range(n):
            total += fluid.given[s, p, x]
        if total > 0.0:
            decay = parameter(sites.values, v, columns.population[P_DECAY, p], 0.0)
            for m in range(suspended.density.shape[1]):
                room.matrix_rate[m], room.matrix_stay[m] = net_matrix_binding(
                    sites.values, v, columns.p_bind[p, m], columns.p_unbind[p, m], decay, time
                )  # fmt: skip
            one = Drawing(
                key_rounding=stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, ROUNDING) ^ name,
                key_events=stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, EVENTS) ^ name,
                site=s, population=p, variant=v, time=time, slot_first=slots[0], voxel=cut.voxel[tile],
                start=cut.start[tile], region=cut.region[tile], n_pieces=cut.n_pieces[tile], span=expected.span[s, p],
                decay=decay, given=fluid.given[s, p], entering=fluid.entering[s, p],
                cargo_given=fluid.cargo[s, slots[0] : slots[1]], free=expected.free[s, p],
                per_particle=expected.per_particle[s, slots[0] : slots[1]], leaving=expected.leaving[s, p],
                density=suspended.density[s], voxel_start=covered.voxel_start[s], taken=expected.taken[p],
            )  # fmt: skip
            takers = Takers(
                entry_cell=covered.cell, type=cells.type, stands_for=cells.stands_for, bound=cells.bound,
                bound_cargo=cells.bound_cargo, endosomal=cells.endosomal, endosomal_cargo=cells.endosomal_cargo,
                values=sites.values, fate=columns.fate, delivered=landed.copies, fused=landed.particles[0, p],
            )  # fmt: skip
            out = Outcome(
                counts=suspended.vesicles[s, p], in_matrix=suspended.in_matrix[s, p], cargo=suspended.cargo[s],
                cargo_in_matrix=suspended.cargo_in_matrix[s], ledger=ledgers.vesicle[s, p],
                cargo_ledger=ledgers.cargo[s], talk=ledgers.talk[s, p],
            )  # fmt: skip
            landed.returned[s, p] = draw_site(one, room, takers, out)
        key = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, ENDOSOME_FATE) ^ name
        digest_endosomes(key, s, p, sites, cells, columns, landed, ledgers, room.digestion)
