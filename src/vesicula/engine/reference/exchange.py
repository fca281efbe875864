"""Twin of `engine.exchange`: filters cell by cell, vesicles population by population, transfers row by row."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.program import NONE, ROUTE_ENDOCYTOSIS, Program
from vesicula.engine.reference.behaviours import evaluate
from vesicula.engine.reference.streams import binomial, stream_key, uniform
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.stream_names import FILTERS, numbered
from vesicula.engine.streams import Purpose
from vesicula.engine.system import ONLY_SOLUBLE, ONLY_VESICLES, Barriers, System, SystemState


def _number(program: Program, state: State, s: int, column: int, absent: float) -> float:
    return float(program.values[state.site_variant[s], column]) if column != NONE else absent


def _key(state: State, s: int, purpose: Purpose) -> int:
    seed, site = (int(k) for k in state.site_key[s])
    return stream_key(seed, site, state.step, purpose)


def _cells(
    barriers: Barriers, b: int, program: Program, state: State, s: int
) -> list[tuple[int, float, float, int]]:  # fmt: skip
    """Type, share of the filter, closedness and row of every living cell of site s on filter b."""
    found = []
    for i in range(state.cell_start[s], state.cell_start[s + 1]):
        t, shut = int(state.cell_type[i]), 1.0
        if state.cell_dead[i] or (len(barriers.member) and not barriers.member[b, t]):
            continue
        for k in np.flatnonzero(barriers.closer_type == t):
            hill = _number(program, state, s, barriers.p_closer_hill[k], 1.0)
            half = _number(program, state, s, barriers.p_closer_half[k], 0.5)
            x = state.nodes[i, barriers.closer_node[k]]
            shut *= (x**hill / (x**hill + half**hill)) / (1.0 / (1.0 + half**hill))
        cross_section = math.pi * (3.0 * state.volume[i] / (4.0 * math.pi)) ** (2.0 / 3.0)
        density = _number(program, state, s, program.cell_types.p_confluence[t], 1.0 / cross_section)
        found.append((t, 1.0 / density / barriers.area[b], shut, i))
    total = max(1.0, sum(share for _, share, _, _ in found))
    return [(t, share / total, shut, i) for t, share, shut, i in found]


def _endocytosis(
    barriers: Barriers, program: Program, state: State, s: int, k: int, t: int, behaviour: np.ndarray
) -> float:  # fmt: skip
    """What a cell takes of thing k by endocytosis, over what its type states; behaviour : of the cell."""
    if k < program.n_substances:
        return 1.0
    column = program.behaviours.route[k - program.n_substances, ROUTE_ENDOCYTOSIS]
    stated = _number(program, state, s, barriers.p_endocytosis[t, k], 0.0)
    return float(behaviour[column]) / stated if stated > 0.0 and column != NONE else 1.0


def permeability(barriers: Barriers, b: int, program: Program, state: State) -> np.ndarray:
    """As `engine.exchange.permeability`."""
    out, behaviour = np.zeros((state.n_sites, barriers.p_filter.shape[1])), evaluate(program, state)
    for s in range(state.n_sites):
        cells = _cells(barriers, b, program, state, s)
        for k in range(out.shape[1]):
            bare = _number(program, state, s, barriers.p_filter[b, k], 0.0)
            covered, through = 0.0, 0.0
            for t, share, shut, i in cells:
                closed, opened = barriers.p_closed[t, k], barriers.p_open[t, k]
                if closed == NONE and opened == NONE:
                    continue
                low = _number(program, state, s, opened if closed == NONE else closed, 0.0)
                high = _number(program, state, s, closed if opened == NONE else opened, 0.0)
                across = _number(program, state, s, barriers.p_transcytosis[t, k], 0.0)
                across *= _endocytosis(barriers, program, state, s, k, t, behaviour[i])
                covered += share
                through += share * (high + (low - high) * shut + across)
            layer = through / covered if covered else 0.0
            series = 1.0 / (1.0 / bare + 1.0 / layer) if bare > 0.0 and layer > 0.0 else 0.0
            out[s, k] = covered * series + (1.0 - covered) * bare
    return out


def open_share(barriers: Barriers, b: int, program: Program, state: State) -> np.ndarray:
    """As `engine.exchange.open_share`."""
    out = np.ones(state.n_sites)
    for s in range(state.n_sites):
        for t, share, shut, _ in _cells(barriers, b, program, state, s):
            if any(column != NONE for column in barriers.p_closed[t]):
                out[s] -= share * shut
    return out


def through_barriers(system: System, states: SystemState, minutes: float, half: int) -> None:
    """As `engine.exchange.through_barriers`."""
    barriers = system.exchange.barriers
    names = barriers.key if len(barriers.key) else numbered(len(barriers.first), FILTERS)
    for b in range(len(barriers.first)):
        first, second = barriers.first[b], barriers.second[b]
        one, two, program = states.sites[first], states.sites[second], system.sites[first]
        v1, v2 = program.grid.voxel_volume, system.sites[second].grid.voxel_volume
        for s, row in enumerate(permeability(barriers, b, program, one) * barriers.area[b]):
            for i in range(program.n_substances):
                _substance(one, two, s, i, row[i], v1, v2, minutes)
            for p in range(program.n_populations):
                done = -math.expm1(-row[program.n_substances + p] * minutes * (1.0 / v1 + 1.0 / v2))
                called = int(program.stream_names.population[p] ^ names[b])
                down = binomial(
                    _key(one, s, Purpose.EXCHANGE) ^ called, 0, 2 * half, one.vesicles[s, p, 0], done * v2 / (v1 + v2)
                )
                up = binomial(
                    _key(two, s, Purpose.EXCHANGE) ^ called, 0, 2 * half + 1, two.vesicles[s, p, 0],
                    done * v1 / (v1 + v2),
                )  # fmt: skip
                lost, gained = _leave(program, one, s, p, down), _leave(program, two, s, p, up)
                _arrive(program, one, s, p, up, gained)
                _arrive(program, two, s, p, down, lost)


def _substance(one: State, two: State, s: int, i: int, conductance, v1, v2, minutes) -> None:
    w1 = 0.0 if not np.isnan(one.held[s, i]) else 1.0 / v1
    w2 = 0.0 if not np.isnan(two.held[s, i]) else 1.0 / v2
    crossing = -math.expm1(-conductance * (w1 + w2) * minutes) / (w1 + w2) if w1 + w2 else conductance * minutes
    down, up = one.concentration[s, i, 0] * crossing, two.concentration[s, i, 0] * crossing
    for state, inverse, out, into in ((one, w1, down, up), (two, w2, up, down)):
        state.concentration[s, i, 0] += inverse * (into - out)
        supply = out - into if inverse == 0.0 else 0.0
        state.substance_ledger[s, i, SubstanceTerm.WALL_OUT] += out + max(-supply, 0.0)
        state.substance_ledger[s, i, SubstanceTerm.WALL_IN] += into + max(supply, 0.0)


def _leave(program: Program, state: State, s: int, p: int, taken: int) -> np.ndarray:
    """Take particles and their cargo out of a site; returns the copies of every slot of the population."""
    slots = np.flatnonzero(program.vesicles.slot_population == p)
    copies = state.cargo[s, slots, 0] * (taken / state.vesicles[s, p, 0] if taken else 0.0)
    state.vesicles[s, p, 0] -= taken
    state.cargo[s, slots, 0] -= copies
    state.vesicle_ledger[s, p, VesicleTerm.LEFT] += taken
    state.cargo_ledger[s, slots, VesicleTerm.LEFT] += copies
    return copies


def _arrive(program: Program, state: State, s: int, p: int, number: int, copies: np.ndarray) -> None:
    slots = np.flatnonzero(program.vesicles.slot_population == p)
    state.vesicles[s, p, 0] += number
    state.cargo[s, slots, 0] += copies
    state.vesicle_ledger[s, p, VesicleTerm.ARRIVED] += number
    state.cargo_ledger[s, slots, VesicleTerm.ARRIVED] += copies


def transfer(system: System, states: SystemState) -> None:
    """As `engine.exchange.transfer`."""
    table = system.exchange.transfers
    for row in np.flatnonzero(table.step == states.step):
        source, target = table.source[row], table.target[row]
        giver, taker, fraction = states.sites[source], states.sites[target], table.fraction[row]
        for s in range(giver.n_sites):
            share = _number(system.sites[target], taker, s, table.p_share[row], 0.0)
            drawn = _number(system.sites[source], giver, s, table.p_drawn[row], 0.0)
            for i in range(system.sites[source].n_substances):
                _removed(system.sites[target], taker, s, i, share)
                given = _removed(system.sites[source], giver, s, i, drawn)
                given *= 0.0 if fraction == ONLY_VESICLES else table.scale[row]
                taker.concentration[s, i, 0] += given / system.sites[target].grid.voxel_volume
                taker.substance_ledger[s, i, SubstanceTerm.WALL_IN] += given
            scale = 0.0 if fraction == ONLY_SOLUBLE else table.scale[row]
            key_in, key_out = _key(taker, s, Purpose.TRANSFER), _key(giver, s, Purpose.TRANSFER)
            for p in range(system.sites[source].n_populations):
                called = int(system.sites[source].stream_names.population[p] ^ np.uint64(table.key[row]))
                out = binomial(key_in ^ called, 0, 0, taker.vesicles[s, p, 0], share)
                _leave(system.sites[target], taker, s, p, out)
                taken = binomial(key_out ^ called, 0, 1, giver.vesicles[s, p, 0], drawn)
                copies = _leave(system.sites[source], giver, s, p, taken)
                arriving = math.floor(taken * scale + uniform(key_in ^ called, 0, 2))
                _arrive(system.sites[target], taker, s, p, arriving, copies * (arriving / taken if taken else 0.0))


def _removed(program: Program, state: State, s: int, i: int, share: float) -> float:
    gone = state.concentration[s, i, 0] * share * program.grid.voxel_volume
    state.concentration[s, i, 0] *= 1.0 - share
    state.substance_ledger[s, i, SubstanceTerm.WALL_OUT] += gone
    return gone
