"""Division, death, change of type or state, and removal, by hazard clocks.

    Equation   Λ_c(t) = ∫ k_c rate_c dt;  clock c fires when Λ_c passes a threshold drawn once, Erlang(k_c), so the mean
               waiting time at constant rate is 1/rate_c; k_c = 1 is the memoryless clock, an Exp(1) threshold

Rates are behaviour columns, constant over a macro step. Within it the clocks fire in order of time and what happens
after an event runs for the time that is left, so the macro step does not change when things happen on average. Two
hazards come from touching neighbours: being killed (a death by apoptosis) and, for dead cells, being engulfed.

A division halves the volume, splits particles and whole copies binomially, real copies by volume, and passes on nodes,
label and, with drift, traits. A change of state keeps the clocks that do not belong to a state; a change of type starts
nodes and clocks anew and keeps what the cell holds. Cells grow to their target, the volume inherited. A cell that
leaves for another site runs the clocks of that site for the rest of the step, is marked in `cell_bound_for`, and is
moved by `body.move`; a division that falls into that rest waits for the next step. So does a division of a daughter:
its clock is overdue then, which is made good at the rates of the next step for at most one macro step.

Where a sample has grown (`Start.most`), a cell that divides becomes one daughter that stands for both: twice as many,
with all the vesicles of the mother. A cell that stands for more than twice the mean of its kind is split all the same,
so that no few cells stand for most.

Source: own derivation; growth rate: the default of PhysiCell for cytoplasm, 0.27/h (ghaffarizadeh2018, from memory).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import handing, neighbours, order
from vesicula.engine.behaviours import K_BIRTHS, K_DEAD, K_PHASE, K_STATE, K_TYPE, N_KNOWN, behave, kinds
from vesicula.engine.cache import device, kernel
from vesicula.engine.founding import (
    C_COLUMN,
    C_EFFECT,
    C_PHASE,
    C_SITE,
    C_STATE,
    C_STEPS,
    C_TO_SITE,
    C_TO_STATE,
    C_TO_TYPE,
    C_TYPE,
    clock_table,
    life_tables,
    scattered,
    shape_of,
    starting_node,
)
from vesicula.engine.groups import Lives, Mothers
from vesicula.engine.parameters import parameter
from vesicula.engine.program import NONE, Effect, Program, Signal
from vesicula.engine.state import PER_CELL, CellTerm, State, VesicleTerm
from vesicula.engine.streams import Purpose, binomial, daughter, erlang, normal, stream_key, unit_vector
from vesicula.engine.voxels import box, cell_sites, cell_variants, solid_voxels, voxel_of

I64 = NDArray[np.int64]

THRESHOLD, AXIS, SPLIT = int(Purpose.THRESHOLD), int(Purpose.DIVISION_AXIS), int(Purpose.DIVISION_SPLIT)
DRIFT, TRAIT = int(Purpose.TRAIT_DRIFT), int(Purpose.START_TRAIT)
DIVIDE, NEXT_PHASE, APOPTOSIS = int(Effect.DIVIDE), int(Effect.NEXT_PHASE), int(Effect.APOPTOSIS)
NECROSIS, TRANSITION, NODE = int(Effect.NECROSIS), int(Effect.TRANSITION), int(Signal.NODE)
LEAVE = int(Effect.LEAVE)
K_SITE = 5  # column of `kind` behind those of behaviours: where the cell is, number of the site
GROWTH_TIME = 60.0 / 0.27  # min
LIVES, DIVIDES, LEAVES, DUE = range(4)
LATEST = 2.0  # macro steps; an event that is overdue counts as no earlier, however slow its clock has become
MOST_EVENTS = 64  # of one cell in one macro step; after that it waits for the next
OFFSET = 1.0 - 0.5 ** (1.0 / 3.0)  # daughters inside the mother's sphere, over her radius
T_AGE, T_DEAD_FOR, T_VOLUME, T_TARGET = range(4)
HEAVIEST = 2  # times the mean of its kind that a cell may stand for and still stand for both daughters
OF_ALL = ("pool", "pool_cargo", "bound", "bound_cargo", "endosomal", "endosomal_cargo")
"""What a simulated cell holds for all that it stands for, and not for one."""


@kernel("void(int64[::1], int32[::1], int16[::1], int8[::1], float64[:, ::1], int32[::1], int64, float64[:, ::1])")
def contact_hazards(start, index, cell_type, dead, behaviour, kill, engulf, hazard):
    """Hazards that touching living cells exert, 1/min: column 0 on living cells (killing), 1 on dead ones (engulfing).

    kill : int32[n_types], behaviour column by type of the victim; engulf : behaviour column; NONE: none
    """
    for i in range(hazard.shape[0]):
        column = engulf if dead[i] else kill[cell_type[i]]
        total = 0.0
        if column >= 0:
            for k in range(start[i], start[i + 1]):
                total += behaviour[index[k], column]
        hazard[i, 0] = 0.0 if dead[i] else total
        hazard[i, 1] = total if dead[i] else 0.0


@device
def runs(clocks, c, kind):
    """Whether clock c runs for a cell; kind : int64[6], columns `K_…`."""
    return (
        clocks[c, C_TYPE] == kind[K_TYPE]
        and (clocks[c, C_STATE] < 0 or clocks[c, C_STATE] == kind[K_STATE])
        and (clocks[c, C_PHASE] < 0 or clocks[c, C_PHASE] == kind[K_PHASE])
        and (clocks[c, C_SITE] < 0 or clocks[c, C_SITE] == kind[K_SITE])
    )


@device
def pace(values, v, clocks, c, behaviour):
    """Speed of clock c, 1/min: rate times Erlang shape."""
    column = clocks[c, C_COLUMN]
    return behaviour[column] * shape_of(values, v, clocks[c, C_STEPS]) if column >= 0 else 0.0


@device
def renew(values, v, key, name, cell_id, clocks, c, births, clock, threshold):
    """Set clock c to zero with a fresh threshold; c = n_clocks and n_clocks + 1 are the contact hazards."""
    shape = shape_of(values, v, clocks[c, C_STEPS]) if c < clocks.shape[0] else 1
    clock[c] = 0.0
    threshold[c] = erlang(key ^ name[c], cell_id, births, shape)


@device
def first_to_fire(values, v, clocks, kind, behaviour, hazard, clock, threshold):
    """Clock that fires first at present rates and the time until then (inf: none); negative where it is overdue."""
    n = clocks.shape[0]
    best, when = -1, np.inf
    for c in range(n + 1):
        speed = hazard
        if c < n:
            if not runs(clocks, c, kind):
                continue
            speed = pace(values, v, clocks, c, behaviour)
        if speed > 0.0:
            t = (threshold[c] - clock[c]) / speed
            if t < when:
                best, when = c, t
    return best, when


@device
def clocks_effect(clocks, c):
    """What happens when clock c fires; being killed by neighbours is apoptosis."""
    return clocks[c, C_EFFECT] if c < clocks.shape[0] else APOPTOSIS


@device
def let_run(values, v, clocks, kind, behaviour, hazard, time, clock):
    """Advance the clocks that run by `time` minutes."""
    n = clocks.shape[0]
    for c in range(n):
        if runs(clocks, c, kind):
            clock[c] += pace(values, v, clocks, c, behaviour) * time
    clock[n] += hazard * time


@device
def change_type(values, v, i, old, cell_id, trait_key, trait_name, tables, lives):
    """Give cell i the nodes, the traits it lacks and the target volume of its new type, and refresh NODE signals.

    old : its type before
    """
    p_trait, node_start, p_node, signal_table = tables.trait, tables.node_start, tables.node, tables.signal
    trait, nodes, signal, t = lives.trait[i], lives.nodes[i], lives.signal[i], lives.kind[i, K_TYPE]
    before, after = parameter(values, v, tables.volume[0, old], 0.0), parameter(values, v, tables.volume[0, t], 0.0)
    if before > 0.0 and after > 0.0:
        lives.sizes[i, T_TARGET] *= after / before
    for k in range(trait.shape[0]):
        if p_trait[0, t, k] >= 0 and p_trait[0, old, k] < 0:
            spread = parameter(values, v, p_trait[1, t, k], 1.0)
            trait[k] = scattered(values[v, p_trait[0, t, k]], spread, normal(trait_key ^ trait_name[k], cell_id, 0))
    for k in range(nodes.shape[0]):
        nodes[k] = 0.0
    for r in range(node_start[t], node_start[t + 1]):
        nodes[r - node_start[t]] = starting_node(values, v, p_node[0, r], p_node[1, r])
    for c in range(signal.shape[0]):
        if signal_table[0, c] == NODE:
            own = signal_table[2, c] < 0 or signal_table[2, c] == t
            signal[c] = nodes[signal_table[1, c]] if own else 0.0


@kernel(
    "void(float64[:, ::1], float64, int64[::1], int32[:, ::1], int32[:, ::1], float64[:, ::1], int64[:, ::1],"
    " float64[:, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1], int8[::1])",
    allocates=True,
)
def tick(
    values, span, cell_variant, clocks, p_clearance, hazard, kind, sizes, behaviour, clock, threshold, fate
):  # fmt: skip
    """Age all cells by `span` minutes and advance the clocks of those in which none fires.

    kind : int64[n_cells, 6] and sizes : float64[n_cells, 4], columns `K_…` and `T_…`
    fate : int8[n_cells], LIVES, LEAVES (a dead cell) or DUE where a clock fires and has not been advanced, out
    """
    # No array is handed to another function here: Numba would count references atomically at every call.
    n = clocks.shape[0]
    growth = -math.expm1(-span / GROWTH_TIME)
    speed = np.empty(n + 1)
    for i in range(kind.shape[0]):
        v, t = cell_variant[i], kind[i, K_TYPE]
        fate[i] = LIVES
        if kind[i, K_DEAD] != 0:
            sizes[i, T_DEAD_FOR] += span
            clock[i, n + 1] += hazard[i, 1] * span
            p = p_clearance[t, kind[i, K_DEAD] - 1]
            stays = values[v, p] if p >= 0 else 0.0
            if sizes[i, T_DEAD_FOR] >= stays or clock[i, n + 1] >= threshold[i, n + 1]:
                fate[i] = LEAVES
            continue
        sizes[i, T_AGE] += span
        sizes[i, T_VOLUME] += (sizes[i, T_TARGET] - sizes[i, T_VOLUME]) * growth
        speed[n] = hazard[i, 0]
        for c in range(n):
            speed[c] = 0.0
            runs_now = clocks[c, C_TYPE] == t and clocks[c, C_COLUMN] >= 0
            runs_now = runs_now and (clocks[c, C_STATE] < 0 or clocks[c, C_STATE] == kind[i, K_STATE])
            runs_now = runs_now and (clocks[c, C_SITE] < 0 or clocks[c, C_SITE] == kind[i, K_SITE])
            if runs_now and (clocks[c, C_PHASE] < 0 or clocks[c, C_PHASE] == kind[i, K_PHASE]):
                steps = clocks[c, C_STEPS]
                shape = max(1, int(values[v, steps] + 0.5)) if steps >= 0 else 1
                speed[c] = behaviour[i, clocks[c, C_COLUMN]] * shape
        for c in range(n + 1):
            if speed[c] > 0.0 and (threshold[i, c] - clock[i, c]) / speed[c] <= span:
                fate[i] = DUE
        if fate[i] == LIVES:
            for c in range(n + 1):
                clock[i, c] += speed[c] * span


@device
def behave_one(values, variant, i, tables, lives):
    """Fill lives.behaviour of cell i anew."""
    behave(
        values, variant, lives.kind, (i, i + 1), tables.base, tables.rule_start, tables.rules, tables.trait_pairs,
        lives.signal, lives.trait, lives.known, lives.behaviour,
    )  # fmt: skip


@kernel(
    "void(int64[::1], Sites, LifeTables, int64[::1], int64[::1], uint64[::1], float64[:, ::1], Lives, int8[::1],"
    " float64[::1])"
)
def fire(due, sites, tables, cell_site, variant, cell_id, hazard, lives, fate, left):
    """Let the clocks of the cells `due` run for the macro step and apply what fires, but for divisions and removals.

    due : int64[n_due], rows; cell_site, variant : int64[n_cells]; hazard : float64[n_cells, 2], see `contact_hazards`
    fate : int8[n_cells] becomes LIVES, DIVIDES or LEAVES; left : float64[n_cells], min after a division, out
    """
    clocks, values, clock_name = tables.clocks, sites.values, sites.clock_name
    behaviour, clock, threshold = lives.behaviour, lives.clock, lives.threshold
    n = clocks.shape[0]
    for row in range(due.shape[0]):
        i = due[row]
        v, own, size = variant[i], lives.kind[i], lives.sizes[i]
        seed, site = sites.key[cell_site[i], 0], sites.key[cell_site[i], 1]
        key = stream_key(seed, site, 0, THRESHOLD)
        time, danger, home = sites.time, hazard[i, 0], own[K_SITE]
        fate[i] = LIVES
        for _ in range(MOST_EVENTS):
            c, when = first_to_fire(values, v, clocks, own, behaviour[i], danger, clock[i], threshold[i])
            if c < 0 or when > time or (clocks_effect(clocks, c) == DIVIDE and own[K_SITE] != home):
                let_run(values, v, clocks, own, behaviour[i], danger, time, clock[i])
                break
            when = max(when, time - LATEST * sites.time)
            let_run(values, v, clocks, own, behaviour[i], danger, when, clock[i])
            time -= when
            effect = clocks_effect(clocks, c)
            if effect == DIVIDE:
                fate[i], left[i] = DIVIDES, time
                break
            if effect in (APOPTOSIS, NECROSIS):
                own[K_DEAD] = 1 if effect == APOPTOSIS else 2
                size[T_DEAD_FOR] = time
                for b in range(behaviour.shape[1]):
                    behaviour[i, b] = 0.0
                break
            own[K_BIRTHS] += 1
            if effect == NEXT_PHASE:
                own[K_PHASE] = (own[K_PHASE] + 1) % max(1, tables.n_phases[own[K_TYPE]])
                for d in range(n):
                    if d == c or clocks[d, C_PHASE] == own[K_PHASE]:
                        renew(values, v, key, clock_name, cell_id[i], clocks, d, own[K_BIRTHS], clock[i], threshold[i])
            elif effect == TRANSITION:
                old = own[K_TYPE]
                own[K_TYPE], own[K_STATE] = clocks[c, C_TO_TYPE], max(0, clocks[c, C_TO_STATE])
                changed = own[K_TYPE] != old
                if changed:
                    own[K_PHASE] = 0
                    trait_key = stream_key(seed, site, 0, TRAIT)
                    change_type(values, v, i, old, cell_id[i], trait_key, sites.trait_name, tables, lives)
                for d in range(n):
                    if changed or d == c or clocks[d, C_STATE] == own[K_STATE]:
                        renew(values, v, key, clock_name, cell_id[i], clocks, d, own[K_BIRTHS], clock[i], threshold[i])
                behave_one(values, variant, i, tables, lives)
            elif effect == LEAVE:
                own[K_SITE] = clocks[c, C_TO_SITE]
                arrives = clocks[c, C_TO_STATE] >= 0 and clocks[c, C_TO_STATE] != own[K_STATE]
                if arrives:
                    own[K_STATE] = clocks[c, C_TO_STATE]
                for d in range(n):
                    there = clocks[d, C_SITE] == own[K_SITE] or (arrives and clocks[d, C_STATE] == own[K_STATE])
                    if d == c or there:
                        renew(values, v, key, clock_name, cell_id[i], clocks, d, own[K_BIRTHS], clock[i], threshold[i])
                behave_one(values, variant, i, tables, lives)
            else:
                fate[i] = LEAVES
                break


@device
def inside(position, dx, dy, dz, barred, box):
    """Whether the place `position` + (dx, dy, dz) lies in the box and in no barred voxel."""
    x, y, z = position[0] + dx, position[1] + dy, position[2] + dz
    if x < 0.0 or y < 0.0 or z < 0.0:
        return False
    if x > box.nx * box.voxel or y > box.ny * box.voxel or z > box.nz * box.height:
        return False
    return not barred[voxel_of(x, y, z, box.nx, box.ny, box.nz, box.voxel, box.height)]


@device
def share_out(key, mother, counter, a, b, p, count, cargo, slot_population):
    """Split the particles of population p of one compartment between rows a and b, its cargo in the same proportion.

    With all particles goes all the cargo, to the last bit: copies · n / n may be more than the copies.
    """
    whole = count[a, p]
    kept = binomial(key, mother, counter, whole, 0.5)
    count[a, p], count[b, p] = kept, whole - kept
    for k in range(slot_population.shape[0]):
        if slot_population[k] == p:
            copies = cargo[a, k]
            if kept < whole:
                cargo[a, k] = copies * kept / whole
            elif whole == 0:
                cargo[a, k] = 0.5 * copies
            cargo[b, k] = copies - cargo[a, k]


@device
def halve(key, mother, counter, a, b, s, whole_copies, amount):
    """Split the copies of species s: whole ones binomially, the rest in half."""
    copies = amount[a, s]
    if whole_copies:
        integer = math.floor(copies)
        amount[a, s] = binomial(key, mother, counter, int(integer), 0.5) + 0.5 * (copies - integer)
    else:
        amount[a, s] = 0.5 * copies
    amount[b, s] = copies - amount[a, s]


@device
def part(side, row, v, keys, names, mother, tables, values, cell_id, lives, direction):
    """Make one row of a divided cell daughter `side`; keys : of trait drift and thresholds; names : of
    traits and clocks.
    """
    kind, sizes, trait, clock, threshold = lives.kind, lives.sizes, lives.trait, lives.clock, lives.threshold
    clocks, p_drift = tables.clocks, tables.drift
    births, t = kind[row, K_BIRTHS], kind[row, K_TYPE]
    cell_id[row] = daughter(mother, births, side)
    kind[row, K_PHASE] = 0
    sizes[row, T_VOLUME] *= 0.5
    for axis in range(3):
        direction[row, axis] = 0.0
    for c in range(trait.shape[1]):
        drift = parameter(values, v, p_drift[t, c], 1.0)
        trait[row, c] = scattered(trait[row, c], drift, normal(keys[0] ^ names[0][c], cell_id[row], 0))
    for c in range(clocks.shape[0] + 2):
        renew(values, v, keys[1], names[1], cell_id[row], clocks, c, births, clock[row], threshold[row])


@kernel(
    "void(Sites, Cells, LifeTables, Lives, Mothers, int64[::1], int32[::1], int8[::1], bool_[:, ::1], Box,"
    " float64[:, ::1], float64[:, ::1])",
)
def split(
    sites, cells, tables, lives, mothers, cell_site, slot_population, whole_copies, barred, box, position, direction
):  # fmt: skip
    """Turn row mothers.row[k] and its copy, row n_before + k, into two daughters."""
    n_before, values = cells.id.shape[0] - mothers.row.shape[0], sites.values
    for k in range(mothers.row.shape[0]):
        a, b, mother = mothers.row[k], n_before + k, cells.id[mothers.row[k]]
        s = cell_site[a]
        v, seed, site = sites.variant[s], sites.key[s, 0], sites.key[s, 1]
        key = stream_key(seed, site, 0, SPLIT)
        for p in range(cells.bound.shape[1]):
            own = key ^ sites.population_name[p]
            share_out(own, mother, 0, a, b, p, cells.pool, cells.pool_cargo, slot_population)
            share_out(own, mother, 1, a, b, p, cells.bound, cells.bound_cargo, slot_population)
            share_out(own, mother, 2, a, b, p, cells.endosomal, cells.endosomal_cargo, slot_population)
        for m in range(cells.copies.shape[1]):
            halve(key ^ sites.species_name[m], mother, 0, a, b, m, whole_copies[m], cells.copies)
            halve(key ^ sites.species_name[m], mother, 1, a, b, m, whole_copies[m], cells.inserted)
        reach = OFFSET * (0.75 * lives.sizes[a, T_VOLUME] / math.pi) ** (1.0 / 3.0)
        x, y, z = unit_vector(stream_key(seed, site, 0, AXIS), mother, 0, box.dimensions)
        keys = stream_key(seed, site, 0, DRIFT), stream_key(seed, site, 0, THRESHOLD)
        lives.kind[a, K_BIRTHS] += 1
        lives.kind[b, K_BIRTHS] += 1
        for side in range(2):
            row = a if side == 0 else b
            step = reach if side == 0 else -reach
            for _ in range(40):
                if inside(position[b], step * x, step * y, step * z, barred[s], box):
                    break
                step *= 0.5
            position[row, 0] = position[b, 0] + step * x
            position[row, 1] = position[b, 1] + step * y
            position[row, 2] = position[b, 2] + step * z
            names = sites.trait_name, sites.clock_name
            part(side, row, v, keys, names, mother, tables, values, cells.id, lives, direction)
            lives.sizes[row, T_AGE] = mothers.left[k]
            let_run(
                values, v, tables.clocks, lives.kind[row], lives.behaviour[row], mothers.danger[k], mothers.left[k],
                lives.clock[row],
            )  # fmt: skip


def _hazards(program: Program, state: State) -> NDArray[np.float64]:
    hazard = np.zeros((state.n_cells, 2))
    table = program.behaviours
    if np.any(table.kill != NONE) or table.engulf != NONE:
        asks = np.where(state.cell_dead != 0, table.engulf != NONE, (table.kill != NONE)[state.cell_type])
        start, index = neighbours.contacts(program, state, asks)
        contact_hazards(
            start, index, state.cell_type, state.cell_dead, state.behaviour, table.kill, table.engulf, hazard
        )
    return hazard


def _numbers(program: Program, state: State) -> tuple[I64, NDArray[np.float64]]:
    """Type, state, phase, death, births, site, int64[n, 6]; age, time since death, volume, target, float64[n, 4]."""
    sizes = np.column_stack((state.cell_age, state.cell_dead_for, state.volume, state.volume_target))
    kind = kinds(state, more=1)
    kind[:, K_SITE] = program.site
    travelling = np.flatnonzero(state.cell_bound_for)
    kind[travelling, K_SITE] = state.cell_bound_for[travelling] - 1
    return kind, sizes


def _store_numbers(program: Program, state: State, rows: I64, kind: I64) -> None:
    """Write kind[n_cells, 6] of some rows back."""
    changed = kind[rows]
    state.cell_bound_for[rows] = np.where(changed[:, K_SITE] == program.site, 0, changed[:, K_SITE] + 1)
    for column, name in enumerate(("cell_type", "cell_state", "cell_phase", "cell_dead", "cell_births")):
        getattr(state, name)[rows] = changed[:, column]


def _store_sizes(state: State, sizes: NDArray[np.float64]) -> None:
    for column, name in enumerate(("cell_age", "cell_dead_for", "volume", "volume_target")):
        setattr(state, name, np.ascontiguousarray(sizes[:, column]))


def _lives(program: Program, state: State, kind: I64, sizes: NDArray[np.float64]) -> Lives:
    known = np.full((len(program.behaviours.rule_signal), N_KNOWN), np.nan)
    return Lives(
        kind=kind, sizes=sizes, trait=state.trait, nodes=state.nodes, signal=state.signal, behaviour=state.behaviour,
        clock=state.clock, threshold=state.clock_threshold, known=known,
    )  # fmt: skip


def advance(program: Program, state: State) -> None:
    """Let all clocks run for one macro step: divisions, deaths, changes and removals; the state stays in order."""
    if not state.n_cells:
        return
    span, site = program.macro_step, cell_sites(state)
    variant = cell_variants(state)
    clocks, hazard = clock_table(program), _hazards(program, state)
    kind, sizes = _numbers(program, state)
    fate, left = np.zeros(state.n_cells, np.int8), np.zeros(state.n_cells)
    tick(
        program.values, span, variant, clocks, program.lifecycle.p_clearance, hazard, kind, sizes, state.behaviour,
        state.clock, state.clock_threshold, fate,
    )  # fmt: skip
    if not fate.any():
        _store_sizes(state, sizes)
        return
    due = np.flatnonzero(fate == DUE)
    if len(due):
        fire(
            due, handing.sites(program, state), life_tables(program), site, variant, state.cell_id, hazard,
            _lives(program, state, kind, sizes), fate, left,
        )  # fmt: skip
    _book(state, site, kind, fate)
    mothers = np.flatnonzero(fate == DIVIDES)
    both = stand_for_both(program, state, site, mothers, kind[mothers, K_TYPE])
    _store_numbers(program, state, due, kind)
    _store_sizes(state, sizes)
    joining = divide(program, state, site[mothers], mothers, left, hazard[:, 0]) if len(mothers) else None
    beside = np.tile(site[mothers], 2)
    if joining is not None and both.any():
        joining, beside = _gathered(state, joining, beside, mothers, both)
    gone = np.flatnonzero(fate == LEAVES)
    if len(gone):
        book_removal(state, site, gone)
    if len(gone) or len(mothers):
        order.replace(program, state, np.flatnonzero(fate == LIVES), joining, beside)


def stand_for_both(program: Program, state: State, site: I64, mothers: I64, kind: I64) -> NDArray[np.bool_]:
    """Which mothers become one daughter that stands for both, by the numbers of their kind before the step.

    site : int64[n_cells]; kind : int64[n_mothers], their types now
    """
    most = program.start.most
    if not len(mothers) or not most.any():
        return np.zeros(len(mothers), dtype=np.bool_)
    key, length = site * program.n_types + state.cell_type, state.n_sites * program.n_types
    own = site[mothers] * program.n_types + kind
    simulated = np.bincount(key, minlength=length)[own]
    real = np.bincount(key, state.stands_for, length)[own]
    grown = (most[kind] > 0) & (simulated >= most[kind])
    return grown & (state.stands_for[mothers].astype(np.float64) * simulated <= HEAVIEST * real)


def _gathered(
    state: State, born: dict[str, np.ndarray], site: I64, mothers: I64, both: NDArray[np.bool_]
) -> tuple[dict[str, np.ndarray], I64]:
    """Daughters, first all first ones, without the second ones for which the first ones stand; and their sites."""
    first = np.flatnonzero(both)
    born["stands_for"][first] *= 2
    for name in OF_ALL:
        born[name][first] = getattr(state, name)[mothers[both]]
    stays = np.delete(np.arange(len(site)), first + len(mothers))
    return {name: array.take(stays, axis=0) for name, array in born.items()}, site[stays]


def divide(
    program: Program, state: State, site: I64, rows: I64, left: NDArray[np.float64], danger: NDArray[np.float64]
) -> dict[str, np.ndarray]:  # fmt: skip
    """Every per-cell array of the daughters of the cells `rows`, which stay in the state; first all first ones.

    site : int64[n_rows], of the mothers; left, danger : float64[n_cells], see `groups.Mothers`
    """
    pairs = np.tile(rows, 2)
    born = dataclasses.replace(state, **{name: getattr(state, name).take(pairs, axis=0) for name in PER_CELL})
    kind, sizes = _numbers(program, born)
    mothers = Mothers(row=np.arange(len(rows)), left=left[rows], danger=danger[rows])
    split(
        handing.sites(program, born), handing.cells(born), life_tables(program),
        _lives(program, born, kind, sizes), mothers, np.tile(site, 2), program.vesicles.slot_population,
        program.cargo.whole_copies, solid_voxels(program, born), box(program.grid), born.position, born.direction,
    )  # fmt: skip
    _store_numbers(program, born, np.arange(born.n_cells), kind)
    _store_sizes(born, sizes)
    return {name: getattr(born, name) for name in PER_CELL}


def remove(program: Program, state: State, gone: I64) -> None:
    """Take the cells `gone`, rows that rise, out of a state, which stays in order, and book what they held."""
    if len(gone):
        book_removal(state, cell_sites(state), gone)
        order.replace(program, state, np.delete(np.arange(state.n_cells), gone))


def book_removal(state: State, site: I64, gone: I64) -> None:
    """Count the cells `gone` as REMOVED and what they hold as IN_REMOVED; site : int64[n_cells].

    Vesicles still in the endosomal pool of a removed cell were never released and enter no ledger.
    """
    there, term = site[gone], int(VesicleTerm.IN_REMOVED)
    np.add.at(state.cell_ledger[:, :, int(CellTerm.REMOVED)], (there, state.cell_type[gone]), state.stands_for[gone])
    np.add.at(state.vesicle_ledger[:, :, term], there, state.bound[gone] + state.endosomal[gone])
    np.add.at(state.cargo_ledger[:, :, term], there, state.bound_cargo[gone] + state.endosomal_cargo[gone])


def _book(state: State, site: I64, after: I64, fate: NDArray[np.int8]) -> None:
    """Count changes of type, deaths and divisions in the cell ledger; the state still holds what was before."""
    ledger, number = state.cell_ledger, state.stands_for
    turned = state.cell_type != after[:, K_TYPE]
    np.add.at(ledger[:, :, int(CellTerm.BECAME)], (site[turned], after[turned, K_TYPE]), number[turned])
    np.add.at(ledger[:, :, int(CellTerm.BECAME)], (site[turned], state.cell_type[turned]), -number[turned])
    died = (state.cell_dead == 0) & (after[:, K_DEAD] != 0)
    np.add.at(ledger[:, :, int(CellTerm.DIED)], (site[died], after[died, K_TYPE]), number[died])
    divided = fate == DIVIDES
    np.add.at(ledger[:, :, int(CellTerm.DIVIDED)], (site[divided], after[divided, K_TYPE]), number[divided])
