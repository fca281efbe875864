"""What the experimenter does during a run: doses, holds, added and removed cells, removed matrix, washes.

All events of a macro step happen at its start, in the order of the table, in every site of the batch with the amount
of the site's variant. What an event brings or takes is booked where it happens. Draws are keyed by event and voxel or
cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import founding, lifecycle, streams, vesicles
from vesicula.engine.cache import kernel
from vesicula.engine.program import NONE, Event, Program
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.streams import Purpose, binomial, stream_key
from vesicula.engine.voxels import cell_sites, home_voxels, solid_voxels

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

PROTOCOL = int(Purpose.PROTOCOL)
MOST_VOXELS = np.uint64(1 << 40)  # an identity is the event's key × 2⁴⁰ + voxel


@kernel("void(uint64, uint64, int64, uint64, int64, float64, bool_[::1], int64[::1], float64[:, ::1], int64[::1])")
def thin(seed, site, step, first_identity, counter, share, where, particles, cargo, taken):
    """Take each particle of the voxels `where` with probability `share`, and its cargo in proportion.

    particles : int64[n_voxels], cargo : float64[n_slots, n_voxels] of one population, changed in place
    taken : int64[n_voxels], particles taken, out
    """
    key = stream_key(seed, site, step, PROTOCOL)
    for v in range(particles.shape[0]):
        taken[v] = 0
        if where[v] and particles[v] > 0:
            before = particles[v]
            taken[v] = binomial(key, first_identity + np.uint64(v), counter, before, share)
            particles[v] = before - taken[v]
            for k in range(cargo.shape[0]):
                cargo[k, v] *= particles[v] / before


def apply(program: Program, state: State) -> None:
    """Carry out the events due at macro step `state.step`."""
    for event in np.flatnonzero(program.protocol.step == state.step):
        kind, what = Event(int(program.protocol.kind[event])), int(program.protocol.what[event])
        if kind is Event.ADD_CELLS:
            _add_cells(program, state, int(event), what)
        elif kind is Event.REMOVE_CELLS:
            _remove_cells(program, state, int(event), what)
        else:
            barred = solid_voxels(program, state)
            for site in range(state.n_sites):
                _change_voxels(program, state, int(event), site, kind, what, barred[site])


def amount(program: Program, state: State, event: int, site: int, absent: float) -> float:
    """Amount of an event in a site's variant; `absent` where the table holds none."""
    p = int(program.protocol.p_amount[event])
    return float(program.values[state.site_variant[site], p]) if p != NONE else absent


def _key(program: Program, event: int) -> int:
    return int(program.protocol.key[event])


def region_of(program: Program, event: int) -> Mask:
    """Voxels of an event's region, bool[n_voxels]."""
    region = int(program.protocol.region[event])
    return program.regions[region] if region != NONE else np.ones(program.grid.n_voxels, dtype=np.bool_)


def _change_voxels(program: Program, state: State, event: int, site: int, kind: Event, what: int, barred: Mask) -> None:
    where = region_of(program, event)
    if kind is Event.DOSE_SUBSTANCE:
        dose_substance(program, state, site, what, amount(program, state, event, site, 0.0), where & ~barred)
    elif kind is Event.HOLD_SUBSTANCE:
        level = amount(program, state, event, site, 0.0)
        if not np.isnan(level):  # NaN: another variant's event
            state.held[site, what] = level
    elif kind is Event.RELEASE_HOLD:
        if amount(program, state, event, site, 1.0) > 0.0:
            state.held[site, what] = np.nan
    elif kind is Event.DOSE_VESICLES:
        particles = int(np.rint(amount(program, state, event, site, 0.0)))
        vesicles.dose(program, state, site, what, particles, int(program.protocol.region[event]))
    elif kind is Event.REMOVE_MATRIX:
        share = amount(program, state, event, site, 1.0)
        for component in range(program.n_matrix) if what == NONE else (what,):
            remove_matrix(program, state, event, site, component, share, where)
    else:
        wash(program, state, event, site, amount(program, state, event, site, 1.0), where)


def dose_substance(program: Program, state: State, site: int, substance: int, molecules: float, where: Mask) -> None:
    """Add molecules, spread evenly over the voxels `where`; booked as DOSED.

    Raises ValueError where molecules would have no voxel to go to
    """
    voxels = np.flatnonzero(where)
    if not len(voxels):
        if molecules == 0.0:
            return
        raise ValueError("a substance cannot be dosed: its region has no voxel outside solid matrix")
    state.concentration[site, substance, voxels] += molecules / (len(voxels) * program.grid.voxel_volume)
    state.substance_ledger[site, substance, SubstanceTerm.DOSED] += molecules


def wash(program: Program, state: State, event: int, site: int, share: float, where: Mask) -> None:
    """Remove a share of everything dissolved and of the free vesicles; booked as WALL_OUT and LEFT."""
    volume, left = program.grid.voxel_volume, int(VesicleTerm.LEFT)
    for substance in range(program.n_substances):
        there = state.concentration[site, substance, where]
        state.concentration[site, substance, where] = there * (1.0 - share)
        state.substance_ledger[site, substance, SubstanceTerm.WALL_OUT] += float(np.sum(there * share)) * volume
    for population in range(program.n_populations):
        slots = np.flatnonzero(program.vesicles.slot_population == population)
        particles, cargo = state.vesicles[site, population], state.cargo[site, slots]
        before = cargo.sum(axis=1)
        gone = _thin(program, state, event, site, population, share, where, particles, cargo)
        state.cargo[site, slots] = cargo
        state.vesicle_ledger[site, population, left] += gone
        state.cargo_ledger[site, slots, left] += before - cargo.sum(axis=1)


def remove_matrix(
    program: Program, state: State, event: int, site: int, component: int, share: float, where: Mask
) -> None:
    """Take a share of a component with what it stores and binds; bound vesicles are booked as LEFT."""
    state.matrix[site, component, where] *= 1.0 - share
    for store in np.flatnonzero(program.matrix.store_matrix == component):
        state.store[site, store, where] *= 1.0 - share
    left = int(VesicleTerm.LEFT)
    for population in range(program.n_populations):
        slots = np.flatnonzero(program.vesicles.slot_population == population)
        particles = state.vesicles_in_matrix[site, population, component]
        cargo = np.ascontiguousarray(state.cargo_in_matrix[site, slots, component])
        before = cargo.sum(axis=1)
        counter = program.n_populations * (1 + component) + population
        gone = _thin(program, state, event, site, counter, share, where, particles, cargo)
        state.cargo_in_matrix[site, slots, component] = cargo
        state.vesicle_ledger[site, population, left] += gone
        state.cargo_ledger[site, slots, left] += before - cargo.sum(axis=1)


def _thin(
    program: Program, state: State, event: int, site: int, counter: int, share: float, where: Mask, particles, cargo
) -> int:
    taken = np.empty(len(particles), dtype=np.int64)
    seed, identity = state.site_key[site]
    first = np.uint64(_key(program, event)) * MOST_VOXELS
    thin(seed, identity, state.step, first, counter, share, where, particles, cargo, taken)
    return int(taken.sum())


def _add_cells(program: Program, state: State, event: int, cell_type: int) -> None:
    barred = solid_voxels(program, state)
    region, cell_state = int(program.protocol.region[event]), int(program.protocol.state[event])
    groups = []
    for site in range(state.n_sites):
        n = int(np.rint(amount(program, state, event, site, 0.0)))
        if n <= 0:
            continue
        new = founding.NewCells(
            site=np.full(n, site, dtype=np.int64),
            cell_id=streams.founders(state.site_key[site, 1], np.uint64(_key(program, event) + 1), 0, n),
            type=np.full(n, cell_type, dtype=np.int16),
            state=np.full(n, cell_state, dtype=np.int16),
            label=np.zeros(n, dtype=np.int32),
            region=np.full(n, region, dtype=np.int64),
            position=np.full((n, 3), np.nan),
        )
        groups.append((new, barred[site]))
    founding.join(program, state, groups)


def _remove_cells(program: Program, state: State, event: int, cell_type: int) -> None:
    site = cell_sites(state)
    inside = region_of(program, event)[home_voxels(program, state)]
    if cell_type != NONE:
        inside &= state.cell_type == cell_type
    share = np.array([amount(program, state, event, s, 1.0) for s in range(state.n_sites)])
    drawn, key = np.empty((state.n_cells, 1)), _key(program, event)
    for s in range(state.n_sites):
        first, last = state.cell_start[s], state.cell_start[s + 1]
        seed, identity = state.site_key[s]
        streams.fill_draws(seed, identity, state.step, PROTOCOL, state.cell_id[first:last], key, 0, drawn[first:last])
    lifecycle.remove(program, state, site, inside & (drawn[:, 0] < share[site]))
