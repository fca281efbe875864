"""Vesicles over one macro step: whole particles, moved by the expected step, and the cargo they carry.

What is free at the start (`trafficking.depart`) goes through one implicit step of expected numbers
(`vesicle_transport.expect`), is made whole in tiles (`vesicle_draws.draw`) and lands in cells (`cargo.deliver`).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import handing
from vesicula.engine.cache import kernel
from vesicula.engine.cargo import deliver
from vesicula.engine.faces import conduits, self_depletion
from vesicula.engine.fields import read_values
from vesicula.engine.groups import (
    CargoTables,
    Conduits,
    DrawRoom,
    Expected,
    Fluid,
    Footprint,
    Hindrance,
    Landed,
    Rows,
    Tilings,
    VesicleTables,
)
from vesicula.engine.jostling import jostle
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.sharing import share_out
from vesicula.engine.state import State, VesicleTerm, Work
from vesicula.engine.streams import Purpose, stream_key, uniform
from vesicula.engine.tiles import MOST_VOXELS, WIDE_FROM, Tiling, judge_faces, open_tiling, tiling
from vesicula.engine.trafficking import depart
from vesicula.engine.vesicle_draws import N_MASSES, draw
from vesicula.engine.vesicle_transport import expect
from vesicula.engine.voxels import box, footprint

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DOSE = int(Purpose.DOSE)
MISPLACED = 1e-6  # share of the particles of a site that the solver's residual may misplace in a step


@once
def tables(program: Program) -> VesicleTables:
    """Stack the columns of `Program.vesicles`; raises ValueError if cargo slots are not sorted by population."""
    w, behaviours = program.vesicles, program.behaviours
    if np.any(np.diff(w.slot_population) < 0):
        raise ValueError("cargo slots must be sorted by population")
    columns = (w.slot_kind, w.slot_species, w.p_copies, behaviours.loading)
    return VesicleTables(
        population=np.stack([w.p_diffusion, w.p_decay, w.p_residence]).astype(np.int32),
        fate=np.stack(
            [w.p_receptors, w.p_internalise, w.p_detach, w.p_escape, w.p_lysosome, w.p_half_saturation]
        ).astype(np.int32),
        ligand=w.ligand,
        release=behaviours.release,
        route=behaviours.route,
        p_bind=w.p_bind,
        p_unbind=w.p_unbind,
        moved_by_flow=w.moved_by_flow,
        slot_population=w.slot_population,
        slot_start=np.searchsorted(w.slot_population, np.arange(program.n_populations + 1)).astype(np.int64),
        slot=np.stack([np.asarray(c, dtype=np.int32).reshape(program.n_slots) for c in columns]),
    )


def population_conduits(program: Program, state: State) -> Conduits:
    """Diffusion, obstruction by matrix, flow and walls of all populations in every site."""
    w = program.vesicles
    passage = read_values(program, state, w.p_passage.reshape(program.n_populations, program.n_matrix), 1.0)
    flows = bool(program.flow.any() and w.moved_by_flow.any())
    return conduits(
        program.grid,
        read_values(program, state, w.p_diffusion, 0.0),
        passage=passage,
        density=state.matrix,
        flow=program.flow,
        moved=w.moved_by_flow if flows else np.zeros_like(w.moved_by_flow),
        kinds=w.wall,
        general=program.grid.n_voxels > 1 and (flows or bool((passage != 1.0).any())),
    )


def crowding(program: Program, state: State) -> F64:
    """Σ over other populations of density / half-saturation of each cell type.

    Returns    float64[n_sites, n_populations, n_types, n_voxels]; without voxels where no cell saturates
    """
    p_half = np.ascontiguousarray(program.vesicles.p_half_saturation.T)
    if (p_half == NONE).all():
        return np.zeros((state.n_sites, *p_half.shape, 0))
    half = read_values(program, state, p_half, np.inf)
    half = np.where(half > 0.0, half, np.inf)
    relative = state.vesicles[:, :, None, :] / (half[:, :, :, None] * program.grid.voxel_volume)
    return relative.sum(axis=1, keepdims=True) - relative


def tilings(program: Program, ways: Conduits) -> Tilings:
    """How obstacles cut the tiles of every site and population."""
    used = [open_tiling(program.grid)]
    row = np.zeros(ways.mobility.shape[:2], dtype=np.int64)
    if program.grid.n_voxels > 1:
        freest = ways.mobility.max(axis=2)
        uneven = ways.mobility.min(axis=2) < WIDE_FROM * freest
        known: dict[tuple[bytes, int], int] = {}
        for s, p in np.argwhere(uneven | (freest == 0.0)).tolist():
            alike = ways.mobility[s, p].tobytes(), int(program.vesicles.moved_by_flow[p])
            if alike not in known:
                made = tiling(program.grid, open_faces(program, ways, s, p))
                if made not in used:
                    used.append(made)
                known[alike] = used.index(made)
            row[s, p] = known[alike]
    return stacked(tuple(used))._replace(row=row)


@lru_cache(maxsize=16)
def stacked(used: tuple[Tiling, ...]) -> Tilings:
    """Tilings as kernels take them, used by nobody yet."""
    n_pairs = [0] + [len(t.pair) for t in used]
    return Tilings(
        row=np.zeros((0, 0), dtype=np.int64),
        voxel=np.stack([t.voxel for t in used]),
        start=np.stack([t.start for t in used]),
        region=np.stack([t.region for t in used]),
        piece=np.stack([t.piece for t in used]),
        n_pieces=np.array([t.n_pieces for t in used], dtype=np.int64),
        pair=np.concatenate([t.pair for t in used]),
        distance=np.concatenate([t.distance for t in used]),
        pair_start=np.cumsum(n_pairs, dtype=np.int64),
    )


@lru_cache(maxsize=16)
def _no_flow(n_voxels: int) -> F64:
    return np.zeros((3, n_voxels))


@lru_cache(maxsize=16)
def _edges(grid: Grid) -> F64:
    return np.array([grid.voxel, grid.voxel, grid.height], dtype=np.float64)


def open_faces(program: Program, ways: Conduits, s: int, p: int) -> NDArray[np.uint8]:
    """Faces of site s for population p: closed, narrow or wide, uint8[3, n_voxels], see `tiles.judge_faces`."""
    grid = program.grid
    out = np.empty((3, grid.n_voxels), dtype=np.uint8)
    moved = bool(program.vesicles.moved_by_flow[p])
    flow, edges = program.flow if moved else _no_flow(grid.n_voxels), _edges(grid)
    mobility = ways.mobility[s, p]
    even = len(mobility) < grid.n_voxels
    judge_faces(
        grid.nx, grid.ny, grid.nz, np.full(grid.n_voxels, mobility[0]) if even else mobility, flow, edges, out
    )  # fmt: skip
    return out


def advance(program: Program, state: State) -> None:
    """Advance the vesicles of every site by one macro step, in place."""
    if program.n_populations == 0:
        return
    columns, covered, ways = tables(program), footprint(program, state), population_conduits(program, state)
    cut = tilings(program, ways)
    endosomal = state.endosomal.copy()
    fluid = set_free(program, state, columns, covered)
    jostle_step(program, state, columns, ways, cut, fluid)
    expected = expect_step(program, state, columns, covered, ways, fluid)
    draw_step(program, state, columns, covered, cut, fluid, endosomal, expected)
    state.work[:, Work.V_CYCLES] += expected.cycles.sum(axis=1)


def jostle_step(
    program: Program, state: State, columns: VesicleTables, ways: Conduits, cut: Tilings, fluid: Fluid
) -> None:
    """Chance in the exchange between tiles: changes all numbers of the fluid; what is entering moves in proportion."""
    given, cargo, voxels, sites = fluid.given, fluid.cargo, box(program.grid), handing.sites(program, state)
    shares = [
        np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)
        for part, whole in ((fluid.entering, given), (fluid.cargo_entering, cargo))
    ]

    def task(first: int, end: int) -> int:
        jostle(Rows(first=first, end=end), voxels, sites, cut, columns, ways, program.flow, fluid)
        return 0

    if len(cut.pair):
        share_out(task, given.shape[0] * given.shape[1], given.shape[2])
    fluid.entering[:] = shares[0] * given
    fluid.cargo_entering[:] = shares[1] * cargo


def set_free(program: Program, state: State, columns: VesicleTables, covered: Footprint) -> Fluid:
    """What is free at the start of the step, and what cells and matrix set free during it; numbers are whole."""
    arriving, cargo = state.vesicles.copy(), state.cargo.copy()
    depart(
        handing.sites(program, state), handing.cells(state), covered, columns, handing.suspended(state),
        handing.ledgers(state), arriving, cargo, np.empty((2 * program.n_types, 4)),
    )  # fmt: skip
    return Fluid(
        given=arriving.astype(np.float64), cargo=cargo, entering=(arriving - state.vesicles).astype(np.float64),
        cargo_entering=np.maximum(cargo - state.cargo, 0.0),
    )  # fmt: skip


def expect_step(
    program: Program, state: State, columns: VesicleTables, covered: Footprint, ways: Conduits, fluid: Fluid, *,
    misplaced: float = MISPLACED,
) -> Expected:  # fmt: skip
    """Expected numbers after the step; misplaced: share of the particles that the residual may misplace."""
    given = fluid.given
    out = Expected(
        misplaced=misplaced, leaving=ways.leaving, taken=np.zeros((program.n_populations, len(covered.cell), 3)),
        free=np.empty_like(given), per_particle=np.empty_like(fluid.cargo), span=np.empty(given.shape[:2]),
        cycles=np.zeros(given.shape[:2], dtype=np.int64),
    )  # fmt: skip
    hindrance = Hindrance(
        depletion=self_depletion(program.grid, state.volume), others=crowding(program, state)
    )  # fmt: skip
    voxels, sites, cells = box(program.grid), handing.sites(program, state), handing.cells(state)
    suspended = handing.suspended(state)

    def task(first: int, end: int) -> int:
        rows = Rows(first=first, end=end)
        expect(rows, voxels, sites, cells, covered, columns, ways, suspended, hindrance, fluid, out)
        return 0

    share_out(task, given.shape[0] * given.shape[1], size_of(program, state))
    return out


def size_of(program: Program, state: State) -> int:
    """Voxels and cells of a site on average, at least 1."""
    return program.grid.n_voxels + state.n_cells // max(state.n_sites, 1)


def draw_step(
    program: Program, state: State, columns: VesicleTables, covered: Footprint, cut: Tilings, fluid: Fluid,
    endosomal: I64, expected: Expected,
) -> None:  # fmt: skip
    """Whole particles, fates in endosomes, and copies delivered to cells, from the expected numbers.

    endosomal : int64[n_cells, n_populations], endosomal particles before the step
    """
    shape = state.n_sites, program.n_populations
    landed = Landed(
        copies=np.zeros((state.n_cells, program.n_slots)),
        particles=np.zeros((2, program.n_populations, state.n_cells), dtype=np.int64),
        returned=np.zeros(shape, dtype=np.int64), endosomal_before=endosomal,
    )  # fmt: skip
    sites, cells, suspended = handing.sites(program, state), handing.cells(state), handing.suspended(state)
    ledgers = handing.ledgers(state)

    def task(first: int, end: int) -> int:
        rows, room = Rows(first=first, end=end), draw_room(program, covered, cut)
        draw(rows, sites, cells, covered, cut, columns, suspended, fluid, expected, landed, ledgers, room)
        return 0

    share_out(task, shape[0] * shape[1], size_of(program, state))
    state.work[:, Work.RETURNED_TO_FREE] += landed.returned.sum(axis=1)
    deliver(sites, cells, columns, cargo_tables(program), landed, state.delivered_copies)


def draw_room(program: Program, covered: Footprint, cut: Tilings) -> DrawRoom:
    """Workspace of `draw`, for any of its items."""
    n_pieces, n_slots = int(cut.n_pieces.max()), most_slots(program)
    most_entries = int((covered.voxel_start[:, -1] - covered.voxel_start[:, 0]).max())
    return DrawRoom(
        masses=np.empty((n_pieces, N_MASSES)), cargo=np.empty((n_pieces, 2, n_slots)),
        numbers=np.empty(n_pieces, dtype=np.int64), copies=np.empty((n_pieces, n_slots)),
        events=np.empty((4 * most_entries, 4), dtype=np.int64),
        fresh=np.empty((program.n_matrix, MOST_VOXELS), dtype=np.int64), matrix_rate=np.empty(program.n_matrix),
        matrix_stay=np.empty(program.n_matrix), digestion=np.empty((program.n_types, 6)),
        inwards=np.empty(program.n_types),
    )  # fmt: skip


@once
def most_slots(program: Program) -> int:
    """Cargo slots of the population with the most."""
    return int(np.diff(tables(program).slot_start).max())


@once
def cargo_tables(program: Program) -> CargoTables:
    """What `Program.cargo` says of what cells get."""
    table = program.cargo
    return CargoTables(
        p_degradation=table.p_degradation, p_loading=table.p_loading, whole_copies=table.whole_copies
    )  # fmt: skip


@kernel("void(int64, uint64[:, ::1], uint64, float64[::1], bool_[:, ::1], int64[:, ::1])")
def share_dose(step, site_key, name, particles, where, number):
    """Split particles[n_sites] evenly over the voxels `where`, rounded along them with one uniform per site.

    where : bool[n_sites, n_voxels]; number : int64[n_sites, n_voxels], out
    """
    for s in range(where.shape[0]):
        n, k, before = np.sum(where[s]), 0, 0.0
        u = uniform(stream_key(site_key[s, 0], site_key[s, 1], step, DOSE) ^ name, 0, 0)
        for x in range(where.shape[1]):
            number[s, x] = 0
            if where[s, x]:
                k += 1
                mark = math.floor(particles[s] * k / n + u)
                number[s, x] = int(mark - before)
                before = mark


def dose(program: Program, state: State, population: int, particles: F64, region: int = NONE, event: int = 0) -> None:
    """Add particles of a preparation to every site, spread evenly over a region (NONE: all) with their cargo.

    event : key of the protocol's event; particles : float64[n_sites], ≥ 0; a fraction of a particle,
    and what does not divide evenly, is rounded with a
        keyed uniform
    Voxels that matrix closes get none unless the region has no others. Copies per particle as stated, without loading.
    """
    here = np.ones(program.grid.n_voxels, dtype=np.bool_) if region == NONE else program.regions[region]
    passable = here & (population_conduits(program, state).mobility[:, population] > 0.0)
    where = np.where(passable.any(axis=1, keepdims=True), passable, here)
    number = np.empty(where.shape, dtype=np.int64)
    name = program.stream_names.population[population] ^ np.uint64(event)
    given = np.maximum(particles, 0.0)
    share_dose(state.step, state.site_key, name, given, where, number)
    state.vesicles[:, population] += number
    state.vesicle_ledger[:, population, VesicleTerm.DOSED] += number.sum(axis=1)
    for k in np.flatnonzero(program.vesicles.slot_population == population):
        copies = number * read_values(program, state, program.vesicles.p_copies[k : k + 1], 0.0)
        state.cargo[:, k] += copies
        state.cargo_ledger[:, k, VesicleTerm.DOSED] += copies.sum(axis=1)
