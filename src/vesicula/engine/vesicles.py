"""Vesicles over one macro step: whole particles, moved by the expected step, and the cargo they carry.

What is free at the start (`trafficking.depart`) goes through one implicit step of expected numbers
(`vesicle_transport.expect`), is made whole in tiles (`vesicle_draws.draw`) and lands in cells (`cargo.deliver`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import kernel
from vesicula.engine.cargo import deliver
from vesicula.engine.faces import Conduits, conduits, self_depletion
from vesicula.engine.fields import read_values
from vesicula.engine.jostling import jostle
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Program
from vesicula.engine.sharing import share_out
from vesicula.engine.state import State, VesicleTerm, Work
from vesicula.engine.streams import Purpose, stream_key, uniform
from vesicula.engine.tiles import WIDE_FROM, Tiling, judge_faces, open_tiling, tiling
from vesicula.engine.trafficking import depart
from vesicula.engine.vesicle_draws import draw
from vesicula.engine.vesicle_transport import expect
from vesicula.engine.voxels import Footprint, footprint

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DOSE = int(Purpose.DOSE)
MISPLACED = 1e-6  # share of the particles of a site that the solver's residual may misplace in a step


@dataclass(frozen=True)
class Tables:
    """Parameter columns of a program's vesicles in the order kernels take them.

    population : int32[3, n_populations]; fate : int32[6, n_types, n_populations]
    slot_start : int64[n_populations + 1]; slot : int32[4, n_slots]: kind, species, copies, loading column
    """

    population: I32
    fate: I32
    slot_start: I64
    slot: I32


@dataclass(frozen=True)
class Expected:
    """Expected free particles, rates of cells, copies per particle; shapes as in `vesicle_transport.expect`."""

    taken: F64
    free: F64
    per_particle: F64
    span: F64
    cycles: I64


@dataclass(frozen=True)
class Fluid:
    """Particles in the fluid before the expected step and their copies; of these, what becomes free during the step.

    given, entering : float64[n_sites, n_populations, n_voxels]; cargo, cargo_entering : float64[n_sites, n_slots,
    n_voxels]
    """

    given: F64
    cargo: F64
    entering: F64
    cargo_entering: F64


@once
def tables(program: Program) -> Tables:
    """Stack the columns of `Program.vesicles`; raises ValueError if cargo slots are not sorted by population."""
    w, behaviours = program.vesicles, program.behaviours
    if np.any(np.diff(w.slot_population) < 0):
        raise ValueError("cargo slots must be sorted by population")
    columns = (w.slot_kind, w.slot_species, w.p_copies, behaviours.loading)
    return Tables(
        population=np.stack([w.p_diffusion, w.p_decay, w.p_residence]).astype(np.int32),
        fate=np.stack(
            [w.p_receptors, w.p_internalise, w.p_detach, w.p_escape, w.p_lysosome, w.p_half_saturation]
        ).astype(np.int32),
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


@dataclass(frozen=True)
class Tilings:
    """Tilings in use, stacked, and which one each site and population has.

    row : int64[n_sites, n_populations]; voxel, piece : int64[k, n_voxels]; start : int64[k, n_voxels + 1]
    region : int32[k, n_voxels]; n_pieces : int64[k]; pair : int64[…, 4], distance : float64[…], of tiling k in
    rows pair_start[k] : pair_start[k + 1]
    """

    row: I64
    voxel: I64
    start: I64
    region: I32
    piece: I64
    n_pieces: I64
    pair: I64
    distance: F64
    pair_start: I64


def tilings(program: Program, ways: Conduits) -> Tilings:
    """How obstacles cut the tiles of every site and population."""
    used = [open_tiling(program.grid)]
    row = np.zeros(ways.mobility.shape[:2], dtype=np.int64)
    if program.grid.n_voxels > 1:
        uneven = ways.mobility.min(axis=2) < WIDE_FROM * ways.mobility.max(axis=2)
        for s, p in np.argwhere(uneven | (ways.mobility.max(axis=2) == 0.0)):
            made = tiling(program.grid, open_faces(program, ways, int(s), int(p)))
            if made not in used:
                used.append(made)
            row[s, p] = used.index(made)
    return stacked(row, used) if len(used) > 1 else replace(only_open(program), row=row)


@once
def only_open(program: Program) -> Tilings:
    """The tiling that no obstacle cuts, used by nobody yet."""
    return stacked(np.zeros((0, program.n_populations), dtype=np.int64), [open_tiling(program.grid)])


def stacked(row: I64, used: list[Tiling]) -> Tilings:
    """Tilings in use, row[n_sites, n_populations] of them, as kernels take them."""
    arrays = (np.stack([getattr(t, name) for t in used]) for name in ("voxel", "start", "region", "piece"))
    n_pairs = [0] + [len(t.pair) for t in used]
    return Tilings(
        row,
        *arrays,
        n_pieces=np.array([t.n_pieces for t in used], dtype=np.int64),
        pair=np.concatenate([t.pair for t in used]),
        distance=np.concatenate([t.distance for t in used]),
        pair_start=np.cumsum(n_pairs, dtype=np.int64),
    )


def open_faces(program: Program, ways: Conduits, s: int, p: int) -> NDArray[np.uint8]:
    """Faces of site s for population p: closed, narrow or wide, uint8[3, n_voxels], see `tiles.judge_faces`."""
    grid = program.grid
    out = np.empty((3, grid.n_voxels), dtype=np.uint8)
    moved = program.vesicles.moved_by_flow[p] != 0
    judge_faces(
        grid.nx, grid.ny, grid.nz, np.array(np.broadcast_to(ways.mobility[s, p], grid.n_voxels)),
        program.flow * moved, np.array([grid.voxel, grid.voxel, grid.height], dtype=np.float64), out,
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
    draw_step(program, state, columns, covered, ways, cut, fluid, endosomal, expected)
    state.work[:, Work.V_CYCLES] += expected.cycles.sum(axis=1)


def jostle_step(program: Program, state: State, columns: Tables, ways: Conduits, cut: Tilings, fluid: Fluid) -> None:
    """Chance in the exchange between tiles: changes all numbers of the fluid; what is entering moves in proportion."""
    grid, given, cargo = program.grid, fluid.given, fluid.cargo
    shares = [
        np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)
        for part, whole in ((fluid.entering, given), (fluid.cargo_entering, cargo))
    ]

    def task(first: int, end: int) -> int:
        jostle(
            first, end, state.step, program.macro_step, grid.nx, grid.ny, float(grid.voxel), float(grid.height),
            state.site_key, program.stream_names.population, cut.row, cut.voxel, cut.start, cut.piece, cut.n_pieces,
            cut.pair, cut.distance,
            cut.pair_start, ways.mobility, program.vesicles.moved_by_flow, program.flow, columns.slot_start, given,
            cargo,
        )  # fmt: skip
        return 0

    if len(cut.pair):
        share_out(task, given.shape[0] * given.shape[1], given.shape[2])
    fluid.entering[:] = shares[0] * given
    fluid.cargo_entering[:] = shares[1] * cargo


def set_free(program: Program, state: State, columns: Tables, covered: Footprint) -> Fluid:
    """What is free at the start of the step, and what cells and matrix set free during it; numbers are whole."""
    w = program.vesicles
    arriving, cargo = state.vesicles.copy(), state.cargo.copy()
    depart(
        state.step, program.macro_step, program.values, state.site_variant, state.site_key,
        program.stream_names.population, program.stream_names.matrix, state.cell_start, state.cell_id, state.cell_type,
        state.cell_dead, state.stands_for, covered.start, covered.voxel, covered.weight, state.behaviour,
        program.behaviours.release, columns.population, columns.fate, w.p_unbind, columns.slot_start, columns.slot,
        state.matrix, state.pool, state.pool_cargo, state.bound, state.bound_cargo, state.endosomal,
        state.endosomal_cargo, state.vesicles_in_matrix, state.cargo_in_matrix, arriving, cargo, state.vesicle_ledger,
        state.cargo_ledger, state.talk,
    )  # fmt: skip
    entering = (arriving - state.vesicles).astype(np.float64)
    return Fluid(arriving.astype(np.float64), cargo, entering, np.maximum(cargo - state.cargo, 0.0))


def expect_step(
    program: Program, state: State, columns: Tables, covered: Footprint, ways: Conduits, fluid: Fluid, *,
    misplaced: float = MISPLACED,
) -> Expected:  # fmt: skip
    """Expected numbers after the step; misplaced: share of the particles that the residual may misplace."""
    w, grid, given, cargo = program.vesicles, program.grid, fluid.given, fluid.cargo
    out = Expected(
        taken=np.zeros((program.n_populations, len(covered.cell), 3)), free=np.empty_like(given),
        per_particle=np.empty_like(cargo), span=np.empty(given.shape[:2]),
        cycles=np.zeros((state.n_sites, program.n_populations), dtype=np.int64),
    )  # fmt: skip
    depletion, others = self_depletion(grid, state.volume), crowding(program, state)

    def task(first: int, end: int) -> int:
        expect(
            first, end, program.macro_step, misplaced, grid.nx, grid.ny, grid.nz, grid.voxel_volume, program.values,
            state.site_variant, state.cell_start, state.cell_type, state.stands_for, covered.voxel_start, covered.cell,
            covered.cell_weight, covered.start, covered.voxel, covered.weight, state.behaviour,
            program.behaviours.route, depletion, columns.population, columns.fate, w.p_bind, w.p_unbind,
            columns.slot_start, state.matrix, ways.faces, ways.wall, ways.leaving, ways.mobility, others, state.bound,
            given, fluid.entering, cargo, fluid.cargo_entering, out.taken, out.free, out.per_particle, out.span,
            out.cycles,
        )  # fmt: skip
        return 0

    share_out(task, given.shape[0] * given.shape[1], size_of(program, state))
    return out


def size_of(program: Program, state: State) -> int:
    """Voxels and cells of a site on average, at least 1."""
    return program.grid.n_voxels + state.n_cells // max(state.n_sites, 1)


def draw_step(
    program: Program, state: State, columns: Tables, covered: Footprint, ways: Conduits, cut: Tilings, fluid: Fluid,
    endosomal: I64, expected: Expected,
) -> None:  # fmt: skip
    """Whole particles, fates in endosomes, and copies delivered to cells, from the expected numbers.

    endosomal : int64[n_cells, n_populations], endosomal particles before the step
    """
    w, given = program.vesicles, fluid.given
    delivered = np.zeros((state.n_cells, program.n_slots))
    landed = np.zeros((2, program.n_populations, state.n_cells), dtype=np.int64)
    returned = np.zeros((state.n_sites, program.n_populations), dtype=np.int64)

    def task(first: int, end: int) -> int:
        draw(
            first, end, state.step, program.macro_step, program.values, state.site_variant, state.site_key,
            program.stream_names.population, state.cell_start, state.cell_id, state.cell_type, state.cell_dead,
            state.stands_for, covered.voxel_start, covered.cell,
            cut.row, cut.voxel, cut.start, cut.region, cut.n_pieces, columns.population, columns.fate, w.p_bind,
            w.p_unbind, columns.slot_start, columns.slot, state.matrix, given, fluid.entering, fluid.cargo,
            expected.taken, expected.free, expected.per_particle, expected.span, ways.leaving, state.vesicles,
            state.vesicles_in_matrix, state.cargo, state.cargo_in_matrix, state.bound, state.bound_cargo, endosomal,
            state.endosomal, state.endosomal_cargo, delivered, landed, state.vesicle_ledger, state.cargo_ledger,
            state.talk, returned,
        )  # fmt: skip
        return 0

    share_out(task, given.shape[0] * given.shape[1], size_of(program, state))
    state.work[:, Work.RETURNED_TO_FREE] += returned.sum(axis=1)
    deliver(
        state.step, program.macro_step, program.values, state.site_variant, state.site_key,
        program.stream_names.species, program.stream_names.population, state.cell_start, state.cell_id, state.cell_type,
        state.cell_dead, state.stands_for, w.slot_population, columns.slot, program.cargo.p_degradation,
        program.cargo.p_loading, program.cargo.whole_copies, delivered, landed, state.copies, state.inserted,
        state.delivered_copies,
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
