"""What the experimenter does during a run: doses, holds, added and removed cells, removed matrix, washes.

All events of a macro step happen at its start, in the order of the table, in every site of the batch with the amount
of the site's variant. What an event brings or takes is booked where it happens. Draws are keyed by event and voxel or
cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import body, founding, lifecycle, order, streams, vesicles
from vesicula.engine.cache import kernel
from vesicula.engine.program import NONE, Event, Program
from vesicula.engine.room import NoRoom
from vesicula.engine.state import CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.streams import Purpose, binomial, stream_key, uniform
from vesicula.engine.voxels import cell_sites, home_voxels, solid_voxels

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

PROTOCOL = int(Purpose.PROTOCOL)


@kernel("void(int64, uint64[:, ::1], uint64, float64[::1], bool_[::1], int64[:, ::1], float64[:, :, ::1], int64[::1])")
def thin(step, site_key, name, share, where, particles, cargo, taken):
    """Take each particle of the voxels `where` with probability `share`, and its cargo in proportion.

    share : float64[n_sites]; where : bool[n_voxels]
    particles : int64[n_sites, n_voxels] and cargo : float64[n_sites, n_slots, n_voxels] of one population, changed
    taken : int64[n_sites], particles taken, out
    """
    for s in range(particles.shape[0]):
        key = stream_key(site_key[s, 0], site_key[s, 1], step, PROTOCOL) ^ name
        taken[s] = 0
        for v in range(particles.shape[1]):
            if where[v] and particles[s, v] > 0:
                before = particles[s, v]
                gone = binomial(key, v, 0, before, share[s])
                particles[s, v] = before - gone
                taken[s] += gone
                for k in range(cargo.shape[1]):
                    cargo[s, k, v] *= particles[s, v] / before


@kernel("void(int64, uint64[:, ::1], uint64, float64[::1], uint64[::1], int64[::1], int64[::1])")
def take_cells(step, site_key, name, share, cell_id, stands_for, gone):
    """Draw how many of the cells that each row stands for are taken, each with probability `share`.

    site_key : uint64[n_cells, 2]; share : float64[n_cells]; gone : int64[n_cells], out
    """
    for i in range(cell_id.shape[0]):
        key = stream_key(site_key[i, 0], site_key[i, 1], step, PROTOCOL) ^ name
        if stands_for[i] == 1:
            gone[i] = 1 if uniform(key, cell_id[i], 0) < share[i] else 0
        else:
            gone[i] = binomial(key, cell_id[i], 0, stands_for[i], share[i])


def apply(program: Program, state: State) -> None:
    """Carry out the events due at macro step `state.step`."""
    for event in np.flatnonzero(program.protocol.step == state.step):
        kind, what = Event(int(program.protocol.kind[event])), int(program.protocol.what[event])
        if kind is Event.ADD_CELLS:
            _add_cells(program, state, int(event), what)
        elif kind is Event.REMOVE_CELLS:
            _remove_cells(program, state, int(event), what)
        elif kind is Event.SHUFFLE_CELLS:
            _shuffle_cells(program, state, int(event), what)
        elif kind is Event.ADD_COPIES:
            _add_copies(program, state, int(event), what)
        else:
            _change_voxels(program, state, int(event), kind, what)


def amounts(program: Program, state: State, event: int, absent: float) -> F64:
    """Amount of an event in every site's variant, float64[n_sites]; `absent` where the table holds none."""
    p = int(program.protocol.p_amount[event])
    return program.values[state.site_variant, p] if p != NONE else np.full(state.n_sites, absent)


def _key(program: Program, event: int) -> np.uint64:
    return np.uint64(program.protocol.key[event])


def region_of(program: Program, event: int) -> Mask:
    """Voxels of an event's region, bool[n_voxels]."""
    region = int(program.protocol.region[event])
    return program.regions[region] if region != NONE else np.ones(program.grid.n_voxels, dtype=np.bool_)


def _change_voxels(program: Program, state: State, event: int, kind: Event, what: int) -> None:
    where = region_of(program, event)
    if kind is Event.DOSE_SUBSTANCE:
        dose_substance(program, state, what, amounts(program, state, event, 0.0), where & ~solid_voxels(program, state))
    elif kind is Event.HOLD_SUBSTANCE:
        level = amounts(program, state, event, 0.0)  # NaN: another variant's event
        state.held[:, what] = np.where(np.isnan(level), state.held[:, what], level)
    elif kind is Event.RELEASE_HOLD:
        state.held[amounts(program, state, event, 1.0) > 0.0, what] = np.nan
    elif kind is Event.DOSE_VESICLES:
        particles = np.rint(amounts(program, state, event, 0.0))
        vesicles.dose(program, state, what, particles, int(program.protocol.region[event]), int(_key(program, event)))
    elif kind is Event.REMOVE_MATRIX:
        share = amounts(program, state, event, 1.0)
        for component in range(program.n_matrix) if what == NONE else (what,):
            remove_matrix(program, state, event, component, share, where)
    else:
        wash(program, state, event, amounts(program, state, event, 1.0), where)


def dose_substance(program: Program, state: State, substance: int, molecules: F64, where: Mask) -> None:
    """Add molecules, spread evenly over the voxels `where`; booked as DOSED.

    molecules : float64[n_sites]; where : bool[n_sites, n_voxels]
    Raises NoRoom where molecules would have no voxel to go to
    """
    n = where.sum(axis=1)
    if np.any((n == 0) & (molecules != 0.0)):
        raise NoRoom("a substance cannot be dosed: its region has no voxel outside solid matrix")
    added = molecules / (np.maximum(n, 1) * program.grid.voxel_volume)
    state.concentration[:, substance] += np.where(where, added[:, None], 0.0)
    state.substance_ledger[:, substance, SubstanceTerm.DOSED] += molecules


def wash(program: Program, state: State, event: int, share: F64, where: Mask) -> None:
    """Remove a share, float64[n_sites], of everything dissolved and of the free vesicles: WALL_OUT and LEFT."""
    volume, left = program.grid.voxel_volume, int(VesicleTerm.LEFT)
    for substance in range(program.n_substances):
        gone = state.concentration[:, substance] * (share[:, None] * where)
        state.concentration[:, substance] -= gone
        state.substance_ledger[:, substance, SubstanceTerm.WALL_OUT] += gone.sum(axis=1) * volume
    for population in range(program.n_populations):
        slots = np.flatnonzero(program.vesicles.slot_population == population)
        particles = np.ascontiguousarray(state.vesicles[:, population])
        cargo = np.ascontiguousarray(state.cargo[:, slots])
        before = cargo.sum(axis=2)
        name = _key(program, event) ^ program.stream_names.population[population]
        gone = _thin(state, name, share, where, particles, cargo)
        state.vesicles[:, population], state.cargo[:, slots] = particles, cargo
        state.vesicle_ledger[:, population, left] += gone
        state.cargo_ledger[:, slots, left] += before - cargo.sum(axis=2)


def remove_matrix(program: Program, state: State, event: int, component: int, share: F64, where: Mask) -> None:
    """Take a share, float64[n_sites], of a component with what it stores and binds; bound vesicles count as LEFT."""
    kept = 1.0 - share[:, None] * where
    state.matrix[:, component] *= kept
    for store in np.flatnonzero(program.matrix.store_matrix == component):
        state.store[:, store] *= kept
    left = int(VesicleTerm.LEFT)
    for population in range(program.n_populations):
        slots = np.flatnonzero(program.vesicles.slot_population == population)
        particles = np.ascontiguousarray(state.vesicles_in_matrix[:, population, component])
        cargo = np.ascontiguousarray(state.cargo_in_matrix[:, slots, component])
        before = cargo.sum(axis=2)
        names = program.stream_names
        name = _key(program, event) ^ names.population[population] ^ names.matrix[component]
        gone = _thin(state, name, share, where, particles, cargo)
        state.vesicles_in_matrix[:, population, component] = particles
        state.cargo_in_matrix[:, slots, component] = cargo
        state.vesicle_ledger[:, population, left] += gone
        state.cargo_ledger[:, slots, left] += before - cargo.sum(axis=2)


def _thin(state: State, name: np.uint64, share: F64, where: Mask, particles, cargo) -> NDArray[np.int64]:
    taken = np.empty(state.n_sites, dtype=np.int64)
    thin(state.step, state.site_key, name, share, where, particles, cargo, taken)
    return taken


def _add_cells(program: Program, state: State, event: int, cell_type: int) -> None:
    barred = solid_voxels(program, state)
    region, cell_state = int(program.protocol.region[event]), int(program.protocol.state[event])
    # the step is part of the key: cells that a repeated event brings are others each time
    entering = streams.key_of(_key(program, event), np.uint64(0), state.step, PROTOCOL)
    wanted = np.rint(amounts(program, state, event, 0.0)).astype(np.int64)
    alike, kind_of_site = (barred[:1], np.zeros(state.n_sites, np.int64)) if not barred.any() else np.unique(
        barred, axis=0, return_inverse=True
    )  # fmt: skip
    stands_for = int(program.protocol.stands_for[event])
    numbers_of = {int(n): founding.shared_out(int(n), stands_for) for n in np.unique(wanted[wanted > 0])}
    groups = []
    for kind, closed in enumerate(alike):
        sites = np.flatnonzero((kind_of_site.reshape(-1) == kind) & (wanted > 0))
        numbers = [numbers_of[n] for n in wanted[sites].tolist()]
        sizes = np.array([len(one) for one in numbers], dtype=np.int64)
        n = int(sizes.sum())
        if not n:
            continue
        site, cell_id = np.repeat(sites, sizes).astype(np.int64), np.empty(n, dtype=np.uint64)
        row = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        streams.founders(state.site_key[site, 1], np.full(n, entering, dtype=np.uint64), row, cell_id)
        new = founding.NewCells(
            site=site,
            cell_id=cell_id,
            type=np.full(n, cell_type, dtype=np.int16),
            state=np.full(n, cell_state, dtype=np.int16),
            label=np.zeros(n, dtype=np.int32),
            region=np.full(n, region, dtype=np.int64),
            position=np.full((n, 3), np.nan),
            stands_for=np.concatenate(numbers),
        )
        groups.append((new, closed))
    founding.join(program, state, groups)


def _add_copies(program: Program, state: State, event: int, species: int) -> None:
    """Add functional copies of a species to each living cell of the event's type and region; whole ones where they are
    counted so.
    """
    chosen = (state.cell_type == program.protocol.state[event]) & (state.cell_dead == 0)
    chosen &= region_of(program, event)[home_voxels(program, state)]
    copies = amounts(program, state, event, 0.0)
    if program.cargo.whole_copies[species]:
        copies = np.rint(copies)
    state.copies[chosen, species] += copies[cell_sites(state)[chosen]]


def _shuffle_cells(program: Program, state: State, event: int, cell_type: int) -> None:
    """Let cells, living and dead, change places with each other, so that each lies at any of their places alike."""
    chosen = region_of(program, event)[home_voxels(program, state)]
    if cell_type != NONE:
        chosen &= state.cell_type == cell_type
    key, wanted = _key(program, event), amounts(program, state, event, 1.0)
    for s in np.flatnonzero(wanted > 0.0):
        first, end = state.cell_start[s], state.cell_start[s + 1]
        mine = first + np.flatnonzero(chosen[first:end])
        if not len(mine):
            continue
        draws, (seed, site) = np.empty((len(mine), 1)), state.site_key[s]
        streams.fill_draws(seed, site, state.step, PROTOCOL, key, state.cell_id[mine], 0, 0, draws)
        state.position[mine[np.argsort(draws[:, 0], kind="stable")]] = state.position[mine]
    order.canonical(program, state)


def _remove_cells(program: Program, state: State, event: int, cell_type: int) -> None:
    site = cell_sites(state)
    inside = region_of(program, event)[home_voxels(program, state)]
    if cell_type != NONE:
        inside &= state.cell_type == cell_type
    share, key = amounts(program, state, event, 1.0), _key(program, event)
    gone = np.zeros(state.n_cells, dtype=np.int64)
    site_key = np.ascontiguousarray(state.site_key[site])
    take_cells(state.step, site_key, key, np.where(inside, share[site], 0.0), state.cell_id, state.stands_for, gone)
    wholly = gone == state.stands_for
    _leave_groups(program, state, site, np.where(wholly, 0, gone), key)
    lifecycle.remove(program, state, np.flatnonzero(wholly))


def _leave_groups(program: Program, state: State, site: I64, gone: I64, name: np.uint64) -> None:
    """Take some of the cells that rows stand for, int64[n_cells], with their part of what they all hold: IN_REMOVED.

    name : of the event, in whose name the particles are drawn
    """
    rows = np.flatnonzero(gone)
    if not len(rows):
        return
    there, before, term = site[rows], state.stands_for[rows], int(VesicleTerm.IN_REMOVED)
    np.add.at(state.cell_ledger[:, :, int(CellTerm.REMOVED)], (there, state.cell_type[rows]), gone[rows])
    state.stands_for[rows] = before - gone[rows]
    key = np.ascontiguousarray(state.site_key[there] ^ name)
    for k, held in enumerate(("pool", "bound", "endosomal")):
        count, cargo = getattr(state, held), getattr(state, f"{held}_cargo")
        some, copies = count[rows], cargo[rows]
        body.share_held(
            state.step, key, 1 + k, state.cell_id[rows], before, state.stands_for[rows],
            program.vesicles.slot_population, some, copies,
        )  # fmt: skip
        if held != "pool":  # what a cell has not released enters no ledger
            np.add.at(state.vesicle_ledger[:, :, term], there, count[rows] - some)
            np.add.at(state.cargo_ledger[:, :, term], there, cargo[rows] - copies)
        count[rows], cargo[rows] = some, copies
