"""What passes between the sites of a model: through a filter or wall of cells, and by the pipette; `body` has the rest.

A barrier of permeability P and area A parts two well-mixed fluids of volumes V1, V2. Over a time t in which P stays:

    Equation   s12 = V2/(V1 + V2) (1 − e^(−P A t (1/V1 + 1/V2))),   s21 the same with V1
               n1 ← n1 − s12 n1 + s21 n2,   n2 ← n2 + s12 n1 − s21 n2

which is exact. Molecules follow the shares; each vesicle crosses with that probability, independently of the others,
and takes its cargo along. What crosses is booked on both sides, both ways, as WALL_OUT and WALL_IN, LEFT and ARRIVED.

The living cells of the first site lie on the filter and cover a share C of it, at most all; the rest is bare:

    Equation   1/P_covered = 1/P_filter + 1/P_layer,   P = C P_covered + (1 − C) P_filter
               P_layer = mean over cells of open + (closed − open) j + transcytosis · e/e0
               j = Π h(x)/h(1), h(x) = xⁿ/(xⁿ + halfⁿ), over the nodes that hold the junctions of a cell shut

e: clearance of a vesicle population by endocytosis, as a cell has it now, e0: as its type states it where nobody does
anything; e/e0 is 1 for substances and for cells that state none. How crowded endocytosis is does not count. Means are
weighted by the area of the cells. A type that states neither closed nor open permeability for a thing lets it
pass as the bare filter does; one that states only one of them has junctions that do not matter for it.

A wall of an organ is the same with a membrane in place of the filter, on which only its own cells lie. Cells that
leave through it do so at their rate times what is open of it:

    Equation   1 − Σ C j   over the cells on it that state what a closed layer lets through
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import behaviours, handing
from vesicula.engine.body import mixing, same_things
from vesicula.engine.cache import device, kernel
from vesicula.engine.fields import read_values
from vesicula.engine.groups import Closers
from vesicula.engine.neighbours import layer_areas
from vesicula.engine.parameters import parameter
from vesicula.engine.program import NONE, ROUTE_ENDOCYTOSIS, Program
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.stream_names import FILTERS, numbered
from vesicula.engine.streams import Purpose, binomial, stream_key, uniform
from vesicula.engine.system import ONLY_SOLUBLE, ONLY_VESICLES, Barriers, System, SystemState
from vesicula.engine.voxels import cell_sites

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

ARRIVED, LEFT = int(VesicleTerm.ARRIVED), int(VesicleTerm.LEFT)
WALL_IN, WALL_OUT = int(SubstanceTerm.WALL_IN), int(SubstanceTerm.WALL_OUT)
EXCHANGE, TRANSFER = int(Purpose.EXCHANGE), int(Purpose.TRANSFER)


@kernel(
    "void(Sites, Cells, float64[::1], float64, float64[:, ::1], Closers, float64[:, ::1], float64[:, ::1])",
    allocates=True,
)
def weigh_layers(sites, cells, taken, area, nodes, closers, covered, shut):
    """Shares of the filter that living cells of each type cover, and the same times how far their junctions are shut.

    taken : float64[n_cells], µm², see `neighbours.layer_areas`; area : float64, µm²
    covered, shut : float64[n_sites, n_types], out; covered sums to at most 1
    """
    covered[:] = 0.0
    shut[:] = 0.0
    n_closers = closers.type.shape[0]
    hill, half = np.empty(n_closers), np.empty(n_closers)
    for s in range(covered.shape[0]):
        v, total = sites.variant[s], 0.0
        for k in range(n_closers):
            hill[k] = parameter(sites.values, v, closers.p_hill[k], 1.0)
            half[k] = parameter(sites.values, v, closers.p_half[k], 0.5) ** hill[k]
        for i in range(cells.start[s], cells.start[s + 1]):
            if cells.dead[i]:
                continue
            closed = 1.0
            for k in range(n_closers):
                if closers.type[k] == cells.type[i]:
                    x = max(nodes[i, closers.node[k]], 0.0) ** hill[k]
                    closed *= x / (x + half[k]) * (1.0 + half[k])
            total += taken[i] / area
            covered[s, cells.type[i]] += taken[i] / area
            shut[s, cells.type[i]] += taken[i] / area * closed
        if total > 1.0:
            covered[s] /= total
            shut[s] /= total


def layers(barriers: Barriers, number: int, program: Program, state: State) -> tuple[F64, F64]:
    """Covered shares of filter `number` by type, and these times the closedness of the junctions.

    program, state : of the first site
    Returns two float64[n_sites, n_types]
    """
    covered = np.empty((state.n_sites, program.n_types))
    shut = np.empty_like(covered)
    closers = Closers(
        type=barriers.closer_type, node=barriers.closer_node, p_half=barriers.p_closer_half,
        p_hill=barriers.p_closer_hill,
    )  # fmt: skip
    taken = layer_areas(program, state)
    if len(barriers.member):
        taken = np.where(barriers.member[number, state.cell_type] != 0, taken, 0.0)
    weigh_layers(
        handing.sites(program, state), handing.cells(state), taken, float(barriers.area[number]),
        state.nodes, closers, covered, shut,
    )  # fmt: skip
    return covered, shut


def open_share(barriers: Barriers, number: int, program: Program, state: State) -> F64:
    """Share of barrier `number` through which cells can pass, float64[n_sites]; the law stands at the head.

    program, state : of the first site
    """
    _, shut = layers(barriers, number, program, state)
    bars = (barriers.p_closed != NONE).any(axis=1)
    return 1.0 - shut[:, bars].sum(axis=1)


def bar_cells(system: System, states: SystemState) -> None:
    """Slow the cells that are to leave through a wall by what is shut of it: their clocks in `State.behaviour`."""
    barriers, passages = system.exchange.barriers, system.exchange.passages
    for clock, b in zip(passages.barred_clock.tolist(), passages.barred_by.tolist(), strict=True):
        first = int(barriers.first[b])
        free = open_share(barriers, b, system.sites[first], states.sites[first])
        source = int(system.sites[first].lifecycle.site[clock])
        state, column = states.sites[source], system.sites[source].behaviours.clock[clock]
        state.behaviour[:, column] *= free[cell_sites(state)]


def _either(program: Program, state: State, p_closed: I32, p_open: I32) -> tuple[F64, F64]:
    """Values with junctions closed and open; where only one is stated it holds for both; 0 where none is."""
    p_closed, p_open = np.where(p_closed == NONE, p_open, p_closed), np.where(p_open == NONE, p_closed, p_open)
    return read_values(program, state, p_closed, 0.0), read_values(program, state, p_open, 0.0)


def endocytosis(barriers: Barriers, program: Program, state: State) -> F64:
    """Clearance by endocytosis over what is stated, the mean over living cells by area; 1 where none is stated, and for
    substances.

    Behaviours are those of the present moment, of cells that have not acted yet too.
    program, state : of the first site
    Returns    float64[n_sites, n_types, n_things]
    """
    shape, n = (state.n_sites, program.n_types), program.n_substances
    out = np.ones((*shape, n + program.n_populations))
    stated = np.where(barriers.p_transcytosis != NONE, barriers.p_endocytosis, NONE)[:, n:]
    columns = program.behaviours.route[:, ROUTE_ENDOCYTOSIS]
    if not ((stated != NONE) & (columns != NONE)).any():
        return out
    now = replace(state, behaviour=np.empty_like(state.behaviour))
    behaviours.evaluate(program, now)
    base, site = read_values(program, state, stated, 0.0), cell_sites(state)
    area, place = layer_areas(program, state) * (state.cell_dead == 0), site * program.n_types + state.cell_type
    whole = np.bincount(place, area, shape[0] * shape[1])
    for p in np.flatnonzero((stated != NONE).any(axis=0) & (columns != NONE)):
        own = base[site, state.cell_type, p]
        ratio = np.divide(now.behaviour[:, columns[p]], own, out=np.ones_like(own), where=own > 0.0)
        left = np.bincount(place, area * ratio, len(whole))
        out[..., n + p] = np.divide(left, whole, out=np.ones(len(whole)), where=whole > 0.0).reshape(shape)
    return out


def permeability(barriers: Barriers, number: int, program: Program, state: State) -> F64:
    """Permeability of filter and cells together, float64[n_sites, n_things], µm/min; things: substances, populations.

    The law stands at the head of the module; 0 where a thing does not pass the bare filter.
    number : row of `barriers`; program, state : of its first site
    """
    covered, shut = layers(barriers, number, program, state)
    bare = read_values(program, state, barriers.p_filter[number], 0.0)
    closed, opened = _either(program, state, barriers.p_closed, barriers.p_open)
    stated = read_values(program, state, barriers.p_transcytosis, 0.0)
    across = stated * endocytosis(barriers, program, state)
    hinders = (barriers.p_closed != NONE) | (barriers.p_open != NONE)
    under, through = np.zeros_like(bare), np.zeros_like(bare)
    for t in np.flatnonzero(hinders.any(axis=1)):
        under += np.where(hinders[t], covered[:, t, None], 0.0)
        passing = covered[:, t, None] * (opened[:, t] + across[:, t]) + shut[:, t, None] * (closed[:, t] - opened[:, t])
        through += np.where(hinders[t], passing, 0.0)
    layer = np.divide(through, under, out=np.zeros_like(bare), where=under > 0.0)
    both = bare + layer
    series = np.divide(bare * layer, both, out=np.zeros_like(bare), where=both > 0.0)
    return under * series + np.maximum(1.0 - under, 0.0) * bare


def resistance(barriers: Barriers, number: int, program: Program, state: State) -> F64:
    """TEER, the resistance that cells add to filter `number`, float64[n_sites], Ω cm²; NaN where none is stated.

    Equation   R_layer = 1/(mean over cells of 1/R_open + (1/R_closed − 1/R_open) j)
               TEER = 1/(C/(R_b + R_layer) + (1 − C)/R_b) − R_b,   R_b = 1/(mean over cells of 1/R_open)
    C : share of the filter under cells, j : closedness as for permeability. Bare filter counts as conducting as well as
    cells with open junctions, so that TEER is 0 without cells, R_layer for a closed layer, and falls steeply with gaps.
    program, state : of the first site
    """
    covered, shut = layers(barriers, number, program, state)
    closed, opened = _either(program, state, barriers.p_resistance_closed, barriers.p_resistance_open)
    known = (barriers.p_resistance_closed != NONE) | (barriers.p_resistance_open != NONE)
    if not known.any():
        return np.full(state.n_sites, np.nan)
    under, conducting, leaky = np.zeros(state.n_sites), np.zeros(state.n_sites), np.zeros(state.n_sites)
    for t in np.flatnonzero(known):
        under += covered[:, t]
        leaky += covered[:, t] / opened[:, t]
        conducting += covered[:, t] / opened[:, t] + shut[:, t] * (1.0 / closed[:, t] - 1.0 / opened[:, t])
    there = under > 0.0
    layer = np.divide(under, conducting, out=np.zeros_like(under), where=there)
    bare = np.divide(under, leaky, out=np.ones_like(under), where=there)
    return 1.0 / (under / (bare + layer) + np.maximum(1.0 - under, 0.0) / bare) - bare


def _one_voxel(system: System, *sites: int) -> None:
    if any(system.sites[k].grid.n_voxels != 1 for k in sites):
        raise ValueError("only well-mixed sites of one voxel exchange their medium")
    same_things(system, *sites)


def _table_fits(barriers: Barriers, program: Program) -> None:
    """A table with more columns than there are things would have kernels write beyond what is there."""
    things = program.n_substances + program.n_populations
    by_type = (barriers.p_closed, barriers.p_open, barriers.p_transcytosis, barriers.p_endocytosis)
    shapes = {barriers.p_filter.shape[1:], *(table.shape[1:] for table in by_type)}
    if shapes != {(things,)} or any(len(table) != program.n_types for table in by_type):
        raise ValueError(f"the table of filters is not one of {program.n_types} types and {things} things")


def _give(state: State, held: NDArray[np.bool_], inverse: F64, crossing: F64, out: F64, into: F64) -> None:
    """Book and apply what leaves and enters one side; a held concentration stays, and the hold supplies the rest."""
    ledger, n = state.substance_ledger, crossing.shape[1]
    supply = np.where(held, out - into, 0.0)
    ledger[:, :n, WALL_OUT] += out + np.maximum(-supply, 0.0)
    ledger[:, :n, WALL_IN] += into + np.maximum(supply, 0.0)
    kept = 1.0 - np.minimum(inverse * crossing, 1.0)
    state.concentration[:, :, 0] = state.concentration[:, :, 0] * kept + inverse * into


def through_barriers(system: System, states: SystemState, minutes: float, half: int) -> None:
    """Let everything pass through all barriers for `minutes`, in place.

    half : 0 before, 1 after the sites' own step; part of the random keys
    Raises ValueError for a barrier beside a site of more than one voxel, or tables and sites that do not fit each other
    """
    barriers = system.exchange.barriers
    for b in range(len(barriers.first)):
        first, second = int(barriers.first[b]), int(barriers.second[b])
        _one_voxel(system, first, second)
        _table_fits(barriers, system.sites[first])
        one, two = states.sites[first], states.sites[second]
        volumes = system.sites[first].grid.voxel_volume, system.sites[second].grid.voxel_volume
        conductance = permeability(barriers, b, system.sites[first], one) * barriers.area[b]
        n = system.sites[first].n_substances
        if n:
            holds = ~np.isnan(one.held), ~np.isnan(two.held)
            inverse = [np.where(h, 0.0, 1.0 / v) for h, v in zip(holds, volumes, strict=True)]
            crossing = mixing(conductance[:, :n], inverse[0], inverse[1], minutes)
            down, up = one.concentration[:, :, 0] * crossing, two.concentration[:, :, 0] * crossing
            _give(one, holds[0], inverse[0], crossing, down, up)
            _give(two, holds[1], inverse[1], crossing, up, down)
        if system.sites[first].n_populations:
            crossing = mixing(conductance[:, n:], 1.0 / volumes[0], 1.0 / volumes[1], minutes)
            name = (barriers.key if len(barriers.key) else numbered(len(barriers.first), FILTERS))[b]
            cross(
                one.step, system.sites[first].stream_names.population ^ name, half,
                np.ascontiguousarray(crossing / volumes[0]), np.ascontiguousarray(crossing / volumes[1]),
                system.sites[first].vesicles.slot_population, handing.side(one), handing.side(two),
            )  # fmt: skip


@device
def carried(cargo, moved, present):
    """Copies that go along with `moved` of `present` particles."""
    return cargo * (moved / present) if moved > 0 else 0.0


@kernel("void(int64, uint64[::1], int64, float64[:, ::1], float64[:, ::1], int32[::1], Side, Side)")
def cross(step, name, half, there, back, slot_population, one, two):
    """Move whole vesicles through a barrier both ways, each with probability there, back : float64[n_sites, n].

    one, two : of one voxel; keys of a direction are those of the site it leaves
    """
    for s in range(there.shape[0]):
        key_down = stream_key(one.key[s, 0], one.key[s, 1], step, EXCHANGE)
        key_up = stream_key(two.key[s, 0], two.key[s, 1], step, EXCHANGE)
        for p in range(there.shape[1]):
            before, above = one.vesicles[s, p, 0], two.vesicles[s, p, 0]
            down = binomial(key_down ^ name[p], 0, 2 * half, before, there[s, p])
            up = binomial(key_up ^ name[p], 0, 2 * half + 1, above, back[s, p])
            one.vesicles[s, p, 0] += up - down
            two.vesicles[s, p, 0] += down - up
            one.ledger[s, p, LEFT] += down
            one.ledger[s, p, ARRIVED] += up
            two.ledger[s, p, LEFT] += up
            two.ledger[s, p, ARRIVED] += down
            for k in range(slot_population.shape[0]):
                if slot_population[k] == p:
                    lost = carried(one.cargo[s, k, 0], down, before)
                    gained = carried(two.cargo[s, k, 0], up, above)
                    one.cargo[s, k, 0] = one.cargo[s, k, 0] - lost + gained
                    two.cargo[s, k, 0] = two.cargo[s, k, 0] - gained + lost
                    one.cargo_ledger[s, k, LEFT] += lost
                    one.cargo_ledger[s, k, ARRIVED] += gained
                    two.cargo_ledger[s, k, LEFT] += gained
                    two.cargo_ledger[s, k, ARRIVED] += lost


def transfer(system: System, states: SystemState) -> None:
    """Carry out the transfers due at the present macro step, in the order of the table, in place.

    From the target goes the share p_share of its medium, from the source p_drawn; the source's fraction that is given
    arrives in the target times `scale`, the rest of what was drawn is discarded. Both sides keep their volume.
    Raises ValueError for a site of more than one voxel, or two that do not hold the same things
    """
    table = system.exchange.transfers
    for row in np.flatnonzero(table.step == states.step):
        source, target = int(table.source[row]), int(table.target[row])
        _one_voxel(system, source, target)
        giver, taker = states.sites[source], states.sites[target]
        scale, fraction = float(table.scale[row]), int(table.fraction[row])
        share = read_values(system.sites[target], taker, table.p_share[row : row + 1], 0.0)
        drawn = read_values(system.sites[source], giver, table.p_drawn[row : row + 1], 0.0)
        _draw_off(system.sites[target], taker, share)
        given = _draw_off(system.sites[source], giver, drawn) * (0.0 if fraction == ONLY_VESICLES else scale)
        taker.concentration[:, :, 0] += given / system.sites[target].grid.voxel_volume
        taker.substance_ledger[:, :, WALL_IN] += given
        pour(
            giver.step, system.sites[source].stream_names.population ^ np.uint64(table.key[row]),
            0.0 if fraction == ONLY_SOLUBLE else scale, share[:, 0], drawn[:, 0],
            system.sites[source].vesicles.slot_population, handing.side(giver), handing.side(taker),
        )  # fmt: skip


def _draw_off(program: Program, state: State, share: F64) -> F64:
    """Take a share, float64[n_sites, 1], of all that is dissolved; returns molecules float64[n_sites, n_substances]."""
    gone = state.concentration[:, :, 0] * share * program.grid.voxel_volume
    state.concentration[:, :, 0] *= 1.0 - share
    state.substance_ledger[:, :, WALL_OUT] += gone
    return gone


@device
def draw_off(key, counter, p, share, slot_population, particles, cargo, ledger, cargo_ledger):
    """Take each of the particles[0] of population p with probability `share`, with cargo[n_slots, 1]; returns them."""
    before = particles[0]
    taken = binomial(key, 0, counter, before, share)
    particles[0] = before - taken
    ledger[LEFT] += taken
    for k in range(slot_population.shape[0]):
        if slot_population[k] == p:
            copies = carried(cargo[k, 0], taken, before)
            cargo[k, 0] -= copies
            cargo_ledger[k, LEFT] += copies
    return taken


@kernel("void(int64, uint64[::1], float64, float64[:], float64[:], int32[::1], Side, Side)", allocates=True)
def pour(step, name, scale, share, drawn, slot_population, giver, taker):
    """Remove vesicles of the target, draw those of the source, and let `scale` times as many arrive, on average.

    share, drawn : float64[n_sites]; the number that arrives is rounded up or down with a keyed uniform
    """
    for s in range(share.shape[0]):
        key_out = stream_key(giver.key[s, 0], giver.key[s, 1], step, TRANSFER)
        key_in = stream_key(taker.key[s, 0], taker.key[s, 1], step, TRANSFER)
        for p in range(giver.vesicles.shape[1]):
            draw_off(
                key_in ^ name[p], 0, p, share[s], slot_population, taker.vesicles[s, p], taker.cargo[s],
                taker.ledger[s, p], taker.cargo_ledger[s],
            )  # fmt: skip
            before = giver.cargo[s, :, 0].copy()
            taken = draw_off(
                key_out ^ name[p], 1, p, drawn[s], slot_population, giver.vesicles[s, p], giver.cargo[s],
                giver.ledger[s, p], giver.cargo_ledger[s],
            )  # fmt: skip
            arriving = int(taken * scale + uniform(key_in ^ name[p], 0, 2))
            taker.vesicles[s, p, 0] += arriving
            taker.ledger[s, p, ARRIVED] += arriving
            for k in range(slot_population.shape[0]):
                if slot_population[k] == p:
                    copies = carried(before[k] - giver.cargo[s, k, 0], arriving, taken)
                    taker.cargo[s, k, 0] += copies
                    taker.cargo_ledger[s, k, ARRIVED] += copies
