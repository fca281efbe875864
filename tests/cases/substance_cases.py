"""Programs and states with dissolved substances; parameters are given by value and put into one variant's row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vesicula.engine import fields
from vesicula.engine.program import NONE, Grid, Reaction, Reactions, Wall
from vesicula.engine.reference.blank import blank_behaviours, blank_program, blank_state
from vesicula.engine.state import SubstanceTerm

CUBE = Grid(7, 6, 5, 20.0, 20.0, 3)
SHEET = Grid(9, 8, 1, 20.0, 50.0, 2)
DISH = Grid(1, 1, 1, 1000.0, 3000.0, 2)


def substance_program(
    grid, diffusion, *, decay=0.0, wall=Wall.CLOSED, outside=0.0, reactions=(), passage=(), flow=None, macro_step=6.0
):
    """Substances with secretion in behaviour column 2 i and uptake in column 2 i + 1; enzymes in the columns after.

    diffusion, decay : number or one per substance; outside : the same, or six per substance
    wall : one kind or six; passage : one row per substance
    reactions : rows (kind, a, b, product, forward, backward)
    """
    diffusion = np.atleast_1d(np.asarray(diffusion, dtype=float))
    m = len(diffusion)
    n_matrix = np.asarray(passage).shape[1] if len(passage) else 0
    columns: list[float] = []

    def column(value):
        columns.append(float(value))
        return len(columns) - 1

    def table(values, *shape):
        full = np.broadcast_to(np.asarray(values, dtype=float), shape)
        return np.array([column(x) for x in full.ravel()], dtype=np.int32).reshape(shape)

    program = blank_program(grid, n_substances=m, n_matrix=n_matrix, macro_step=macro_step)
    substances = replace(
        program.substances,
        p_diffusion=table(diffusion, m),
        p_decay=table(decay, m),
        p_wall=table(outside if np.ndim(outside) == 2 else np.broadcast_to(outside, m)[:, None], m, 6),
        wall=np.broadcast_to(np.asarray(wall, dtype=np.int8), (m, 6)).copy(),
        p_passage=table(passage, m, n_matrix) if n_matrix else program.substances.p_passage,
        moved_by_flow=np.full(m, flow is not None, dtype=np.int8),
    )
    rows = list(zip(*reactions, strict=True)) or [()] * 6
    chemistry = Reactions(
        kind=np.array(rows[0], dtype=np.int8),
        a=np.array(rows[1], dtype=np.int32),
        b=np.array(rows[2], dtype=np.int32),
        product=np.array(rows[3], dtype=np.int32),
        p_forward=table(rows[4], len(reactions)),
        p_backward=table(rows[5], len(reactions)),
    )
    behaviours = replace(
        blank_behaviours(1, m, n_matrix, n=2 * m + 2),
        secretion=np.arange(0, 2 * m, 2, dtype=np.int32),
        uptake=np.arange(1, 2 * m, 2, dtype=np.int32),
    )
    return replace(
        program,
        substances=substances,
        reactions=chemistry,
        behaviours=behaviours,
        flow=program.flow if flow is None else flow,
        values=np.array([columns]),
    )


def start(program, concentration, *, positions=(), sites=1, volume=1000.0):
    """State with these concentrations in every site, [m, n] or broadcast to it, booked as START."""
    places = np.asarray(positions, dtype=float).reshape(-1, 3)
    state = blank_state(program, [places] * sites, volume=volume)
    state.concentration[:] = np.asarray(concentration, dtype=float)
    state.substance_ledger[:, :, SubstanceTerm.START] = state.concentration.sum(axis=2) * program.grid.voxel_volume
    return state


def run(program, state, steps=1):
    for _ in range(steps):
        fields.advance(program, state)
    return state


def busy_case(grid=CUBE, *, sites=1, seed=5, cells=30):
    """Everything at once: three substances that bind, walls of all kinds, matrix, flow, secretion, uptake, decay."""
    rng = np.random.default_rng(seed)
    n = grid.n_voxels
    flow = np.zeros((3, n))
    flow[0] = 3.0
    walls = (Wall.OPEN, Wall.HELD, Wall.CLOSED, Wall.CLOSED, Wall.CLOSED, Wall.HELD)
    program = substance_program(
        grid, [600.0, 60.0, 0.0, 1e4], decay=[0.01, 0.0, 0.02, 0.1], wall=walls, outside=[2.0, 0.0, 0.0, 1.0],
        passage=[[0.5], [0.0], [1.0], [0.2]], flow=flow, reactions=[(0, 0, 1, 2, 3.0, 0.7)],
    )  # fmt: skip
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    state = start(program, rng.random((4, n)), positions=size * rng.random((cells, 3)), sites=sites)
    state.matrix[:] = (rng.random(n) < 0.3)[None, None]
    share = np.tile(rng.random((cells, program.behaviours.n)), (sites, 1))
    state.behaviour[:] = share * np.array([50.0, 300.0, 10.0, 20.0, 5.0, 8.0, 0.0, 4e4, 0.0, 0.0])
    state.cell_start[:] = np.arange(sites + 1) * cells
    return program, state


def wild_case(grid, seed):
    """Rates over up to ten powers of ten, all kinds of reactions and walls, blocked voxels."""
    rng = np.random.default_rng(seed)
    n = grid.n_voxels

    def power(low, high):
        return 10.0 ** rng.uniform(low, high)

    rows = [
        (Reaction.BIND, 0, 1, 2, power(-3, 6), power(-4, 4)),
        (Reaction.CONVERT, 2, NONE, 3, power(-4, 4), 0.0),
        (Reaction.ENZYME_FLUID, 0, 3, 1, power(-3, 4), power(-4, 2)),
        (Reaction.ENZYME_CELL, 1, 8, 0, power(-2, 4), power(-4, 2)),
    ]
    program = substance_program(
        grid, [power(-2, 5) for _ in range(4)], decay=[power(-6, 3) for _ in range(4)], wall=rng.integers(0, 3, 6),
        outside=[power(-4, 2) for _ in range(4)], passage=rng.choice([0.0, 0.1, 1.0], (4, 1)),
        reactions=[row for row in rows if rng.random() < 0.7], macro_step=power(-1, 2),
    )  # fmt: skip
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    fields = np.array([power(-6, 3) * rng.random(n) for _ in range(4)])
    state = start(program, fields, positions=size * rng.random((20, 3)))
    state.matrix[:] = rng.random(n) < 0.3
    largest = np.array([power(-3, 6), power(0, 7)] * 4 + [power(0, 8), 0.0])
    state.behaviour[:] = rng.random(state.behaviour.shape) * largest
    return program, state


__all__ = ["CUBE", "DISH", "NONE", "SHEET", "busy_case", "run", "start", "substance_program", "wild_case"]
