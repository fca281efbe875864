"""Programs and states in which cells push, walk, resorb and deposit; columns of the behaviour table are fixed."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from vesicula.engine.program import NONE, Behaviours, Grid, Sensing
from vesicula.engine.reference.blank import blank_behaviours, blank_program, blank_state

SPEED, PERSISTENCE, BIAS, ADHESION, REPULSION, ATTRACTION, RESORPTION, DEPOSITION, RECEPTORS, TURNING, N = range(11)
BOX = Grid(10, 9, 8, 20.0, 20.0, 3)
SHEET = Grid(10, 9, 1, 20.0, 10.0, 2)


def moving_program(
    grid, *, n_types=1, n_substances=1, n_matrix=0, macro_step=6.0, values=((),), half=0.6, off=0.5, free=1.0
):
    """Every mechanical behaviour has a column; the first substance attracts, the first matrix is worked on.

    half : molecules/µm³, off : 1/min, free : share of receptors that is not blocked, of the first substance
    """
    values = np.asarray(values, dtype=float)
    sensed = values.shape[1] + np.arange(3, dtype=np.int32)
    values = np.concatenate([values, np.tile([free, half, off], (len(values), 1))], axis=1)
    program = blank_program(
        grid, n_types=n_types, n_substances=n_substances, n_matrix=n_matrix, macro_step=macro_step, values=values
    )
    behaviours = replace(
        blank_behaviours(n_types, n_substances, n_matrix, n=N),
        speed=SPEED,
        persistence=PERSISTENCE,
        bias=BIAS,
        adhesion=ADHESION,
        repulsion=REPULSION,
        attraction=np.array([ATTRACTION] + [NONE] * (n_substances - 1), dtype=np.int32)[:n_substances],
        resorption=np.array([RESORPTION] * n_matrix, dtype=np.int32),
        deposition=np.array([DEPOSITION] * n_matrix, dtype=np.int32),
    )
    tables = (RECEPTORS, NONE, *sensed)
    first = np.arange(n_substances) == 0
    sensing = Sensing(*(np.tile(np.where(first, one, NONE).astype(np.int32), (n_types, 1)) for one in tables))
    return replace(program, behaviours=behaviours, sensing=sensing)


def with_every_column(program):
    """The program in which every behaviour has a column, one for each of what it runs over; new ones from N on."""
    table, columns, n = program.behaviours, {}, program.behaviours.n
    for one in fields(Behaviours):
        now = getattr(table, one.name)
        if one.name.startswith(("p_", "rule_", "trait_")) or one.name in ("n", "clock"):
            continue
        lacking = np.atleast_1d(now) == NONE
        filled = np.where(lacking, n + np.cumsum(lacking).reshape(lacking.shape) - 1, now).astype(np.int32)
        columns[one.name] = int(filled[0]) if isinstance(now, int) else filled
        n += int(lacking.sum())
    return replace(program, behaviours=replace(table, n=n, **columns))


def crowd(grid, n, rng, *, sites=1, share=0.4):
    """Random places inside the middle of the box, one array per site."""
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    places = [size * (0.5 + share * rng.uniform(-1.0, 1.0, (n, 3))) for _ in range(sites)]
    if grid.dimensions < 3:
        for place in places:
            place[:, 2] = 0.5 * grid.height
    return places


def moving_state(program, places, rng, *, repulsion=10.0, adhesion=0.4, speed=0.5, volume=2000.0):
    """Cells of all types and of different sizes that push, stick and walk."""
    state = blank_state(program, places, volume=volume)
    n = state.n_cells
    state.volume *= rng.uniform(0.5, 2.0, n)
    state.cell_type[:] = rng.integers(0, program.n_types, n)
    state.behaviour[:, REPULSION] = repulsion * rng.uniform(0.5, 1.5, n)
    state.behaviour[:, ADHESION] = adhesion * rng.uniform(0.5, 1.5, n)
    state.behaviour[:, SPEED] = speed * (rng.random(n) < 0.5)
    state.behaviour[:, PERSISTENCE] = 4.0
    state.behaviour[:, BIAS] = 0.3
    state.behaviour[:, ATTRACTION] = 1.0
    state.behaviour[:, RECEPTORS] = 3e4 * rng.random(n)
    if program.n_substances:
        state.concentration[:] = rng.uniform(0.0, 1.0, state.concentration.shape)
    return state
