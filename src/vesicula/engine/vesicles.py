"""Vesicles over one macro step: whole particles, moved by the expected step, and the cargo they carry.

What is free at the start (`trafficking.depart`) goes through one implicit step of expected numbers
(`vesicle_transport.expect`), is made whole in tiles (`vesicle_draws.draw`) and lands in cells (`cargo.deliver`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cargo import deliver
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.state import State, VesicleTerm, Work
from vesicula.engine.streams import Purpose, fill_draws
from vesicula.engine.tiles import open_tiling, tiling
from vesicula.engine.trafficking import depart
from vesicula.engine.vesicle_draws import draw
from vesicula.engine.vesicle_transport import expect
from vesicula.engine.voxels import Footprint, footprint

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

MISPLACED = 1e-6  # share of the particles of a site that the solver's residual may misplace in a step
NEAR_FIELD_3D = 0.2527


@dataclass(frozen=True)
class Tables:
    """Parameter columns of a program's vesicles in the order kernels take them.

    population : int32[4, n_populations]; fate : int32[5, n_types, n_populations]
    slot_start : int64[n_populations + 1]; slot : int32[4, n_slots]: kind, species, copies, loading column
    """

    population: I32
    fate: I32
    slot_start: I64
    slot: I32


@dataclass(frozen=True)
class Expected:
    """Expected free particles and what decides where the rest goes; shapes as in `vesicle_transport.expect`."""

    open_share: F64
    free: F64
    per_particle: F64
    wall_rate: F64
    cycles: I64


def tables(program: Program) -> Tables:
    """Stack the columns of `Program.vesicles`; raises ValueError if cargo slots are not sorted by population."""
    w, behaviours = program.vesicles, program.behaviours
    if np.any(np.diff(w.slot_population) < 0):
        raise ValueError("cargo slots must be sorted by population")
    columns = (w.slot_kind, w.slot_species, w.p_copies, behaviours.loading)
    return Tables(
        population=np.stack([w.p_diffusion, w.p_decay, w.p_residence, w.p_half_saturation]).astype(np.int32),
        fate=np.stack([w.p_receptors, w.p_internalise, w.p_detach, w.p_escape, w.p_lysosome]).astype(np.int32),
        slot_start=np.searchsorted(w.slot_population, np.arange(program.n_populations + 1)).astype(np.int64),
        slot=np.stack([np.asarray(c, dtype=np.int32).reshape(program.n_slots) for c in columns]),
    )


def near_field_length(grid: Grid) -> float:
    """G / h, 1/µm, that relates a cell's clearance to the concentration far from it; 0 unless the site is 3D."""
    return NEAR_FIELD_3D / grid.voxel if grid.nz > 1 else 0.0


def crowding(program: Program, state: State) -> F64:
    """Σ over other populations of density / half-saturation, float64[n_sites, n_populations, n_voxels]."""
    p_half = program.vesicles.p_half_saturation
    half = np.where(p_half >= 0, program.values[:, p_half], np.inf)[state.site_variant]
    relative = state.vesicles / (half[:, :, None] * program.grid.voxel_volume)
    return relative.sum(axis=1, keepdims=True) - relative


def tilings(program: Program, state: State) -> tuple[I64, I64, I64, I32, I64]:
    """Tilings in use, stacked, and which one each site and population has.

    Returns row int64[n_sites, n_populations], voxel int64[k, n_voxels], start int64[k, n_voxels + 1],
    region int32[k, n_voxels], n_pieces int64[k]
    """
    used = [open_tiling(program.grid)]
    row = np.zeros((state.n_sites, program.n_populations), dtype=np.int64)
    for p in range(program.n_populations):
        for s in range(state.n_sites):
            blocked = impassable(program, state, s, p)
            if blocked.any():
                made = tiling(program.grid, open_faces(program.grid, blocked))
                if made not in used:
                    used.append(made)
                row[s, p] = used.index(made)
    stacked = (np.stack([getattr(t, name) for t in used]) for name in ("voxel", "start", "region"))
    return row, *stacked, np.array([t.n_pieces for t in used], dtype=np.int64)


def impassable(program: Program, state: State, s: int, p: int) -> NDArray[np.bool_]:
    """Voxels of site s that full matrix closes to population p altogether, bool[n_voxels]."""
    p_passage = program.vesicles.p_passage[p]
    values = program.values[state.site_variant[s]]
    blocked = np.zeros(program.grid.n_voxels, dtype=np.bool_)
    for m in np.flatnonzero(p_passage >= 0):
        blocked |= state.matrix[s, m] * (1.0 - values[p_passage[m]]) >= 1.0
    return blocked


def open_faces(grid: Grid, blocked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Upper faces along x, y, z between two voxels that are not blocked, uint8[3, n_voxels]."""
    free = ~blocked.reshape(grid.nz, grid.ny, grid.nx)
    faces = np.zeros((3, grid.nz, grid.ny, grid.nx), dtype=np.uint8)
    faces[0, :, :, :-1] = free[:, :, :-1] & free[:, :, 1:]
    faces[1, :, :-1] = free[:, :-1] & free[:, 1:]
    faces[2, :-1] = free[:-1] & free[1:]
    return faces.reshape(3, -1)


def advance(program: Program, state: State) -> None:
    """Advance the vesicles of every site by one macro step, in place."""
    if program.n_populations == 0:
        return
    columns, covered = tables(program), footprint(program, state)
    given, cargo = set_free(program, state, columns, covered)
    others = crowding(program, state)
    expected = expect_step(program, state, columns, covered, given, cargo, others)
    draw_step(program, state, columns, covered, given, cargo, others, expected)
    state.work[:, Work.V_CYCLES] += expected.cycles.sum(axis=1)


def set_free(program: Program, state: State, columns: Tables, covered: Footprint) -> tuple[F64, F64]:
    """What is free at the start of the step: what was, and what cells and matrix set free.

    Returns particles float64[n_sites, n_populations, n_voxels] (whole) and copies float64[n_sites, n_slots, n_voxels]
    """
    w = program.vesicles
    arriving, cargo = state.vesicles.copy(), state.cargo.copy()
    depart(
        state.step, program.macro_step, program.values, state.site_variant, state.site_key, state.cell_start,
        state.cell_id, state.cell_type, state.cell_dead, covered.start, covered.voxel, covered.weight, state.behaviour,
        program.behaviours.release, columns.population, columns.fate, w.p_unbind, columns.slot_start, columns.slot,
        state.matrix, state.pool, state.pool_cargo, state.bound, state.bound_cargo, state.endosomal,
        state.endosomal_cargo, state.vesicles_in_matrix, state.cargo_in_matrix, arriving, cargo, state.vesicle_ledger,
        state.cargo_ledger, state.talk,
    )  # fmt: skip
    return arriving.astype(np.float64), cargo


def expect_step(
    program: Program, state: State, columns: Tables, covered: Footprint, given: F64, cargo: F64, others: F64, *,
    misplaced: float = MISPLACED,
) -> Expected:  # fmt: skip
    """Expected numbers after the step; misplaced: share of the particles that the residual may misplace."""
    w, grid = program.vesicles, program.grid
    out = Expected(
        open_share=np.ones((state.n_cells, program.n_populations)), free=np.empty_like(given),
        per_particle=np.empty_like(cargo), wall_rate=np.empty_like(given),
        cycles=np.zeros((state.n_sites, program.n_populations), dtype=np.int64),
    )  # fmt: skip
    expect(
        program.macro_step, misplaced, grid.nx, grid.ny, grid.nz, float(grid.voxel), float(grid.height),
        near_field_length(grid), program.values, state.site_variant, state.cell_start, state.cell_type,
        covered.voxel_start, covered.cell, covered.cell_weight, covered.start, covered.voxel, covered.weight,
        state.behaviour, program.behaviours.route, columns.population, columns.fate, w.p_passage, w.p_bind, w.p_unbind,
        w.moved_by_flow, w.wall, columns.slot_start, state.matrix, program.flow, others, state.bound, given, cargo,
        out.open_share, out.free, out.per_particle, out.wall_rate, out.cycles,
    )  # fmt: skip
    return out


def draw_step(
    program: Program, state: State, columns: Tables, covered: Footprint, given: F64, cargo: F64, others: F64,
    expected: Expected,
) -> None:  # fmt: skip
    """Whole particles, fates in endosomes, and copies delivered to cells, from the expected numbers."""
    w, grid = program.vesicles, program.grid
    row, voxel, start, region, n_pieces = tilings(program, state)
    delivered = np.zeros((state.n_cells, program.n_slots))
    returned = np.zeros((state.n_sites, program.n_populations), dtype=np.int64)
    draw(
        state.step, program.macro_step, grid.voxel_volume, near_field_length(grid), program.values, state.site_variant,
        state.site_key, state.cell_start, state.cell_id, state.cell_type, state.cell_dead, covered.voxel_start,
        covered.cell, covered.cell_weight, row, voxel, start, region, n_pieces, state.behaviour,
        program.behaviours.route, columns.population, columns.fate, w.p_passage, w.p_bind, w.p_unbind,
        columns.slot_start, columns.slot, state.matrix, others, given, cargo, expected.open_share, expected.free,
        expected.per_particle, expected.wall_rate, state.vesicles, state.vesicles_in_matrix, state.cargo,
        state.cargo_in_matrix, state.bound, state.bound_cargo, state.endosomal, state.endosomal_cargo, delivered,
        state.vesicle_ledger, state.cargo_ledger, state.talk, returned,
    )  # fmt: skip
    state.work[:, Work.RETURNED_TO_FREE] += returned.sum(axis=1)
    deliver(
        state.step, program.macro_step, program.values, state.site_variant, state.site_key, state.cell_start,
        state.cell_id, state.cell_type, state.cell_dead, columns.slot, program.cargo.p_degradation,
        program.cargo.p_loading, program.cargo.whole_copies, delivered, state.copies, state.inserted,
        state.delivered_copies,
    )  # fmt: skip


def dose(
    program: Program, state: State, site: int, population: int, particles: float, region: int = NONE
) -> None:  # fmt: skip
    """Add particles of a preparation, spread evenly over a region (NONE: the whole site) with their cargo.

    particles : float, ≥ 0; a fraction of a particle, and what does not divide evenly, is rounded with a keyed uniform.
    Voxels that matrix closes get none unless the region has no others. Copies per particle as stated, without loading.
    """
    here = np.ones(program.grid.n_voxels, dtype=np.bool_) if region == NONE else program.regions[region]
    passable = here & ~impassable(program, state, site, population)
    voxels = np.flatnonzero(passable if passable.any() else here)
    if not len(voxels) or not particles > 0.0:
        return
    u = np.empty((1, 1))
    seed, key = (int(part) for part in state.site_key[site])
    counter = population + program.n_populations * (region + 1)
    fill_draws(seed, key, state.step, int(Purpose.DOSE), np.zeros(1, dtype=np.uint64), counter, 0, u)
    marks = np.floor(particles * np.arange(len(voxels) + 1) / len(voxels) + u[0, 0]).astype(np.int64)
    number = np.diff(marks)
    state.vesicles[site, population, voxels] += number
    state.vesicle_ledger[site, population, VesicleTerm.DOSED] += number.sum()
    values = program.values[state.site_variant[site]]
    for k in np.flatnonzero(program.vesicles.slot_population == population):
        column = program.vesicles.p_copies[k]
        copies = number * (values[column] if column >= 0 else 0.0)
        state.cargo[site, k, voxels] += copies
        state.cargo_ledger[site, k, VesicleTerm.DOSED] += copies.sum()
