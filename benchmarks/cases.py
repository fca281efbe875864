"""Cases that the benchmarks share: a packed ball of cells, and H3 as other simulators run it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vesicula.engine import order
from vesicula.engine.program import Grid, Program, Wall
from vesicula.engine.reference.blank import blank_behaviours, blank_program, blank_state
from vesicula.engine.state import State

CELL_VOLUME = 2494.0  # µm³, radius 8.41 µm
RADIUS = (0.75 * CELL_VOLUME / np.pi) ** (1.0 / 3.0)
SPACING = 0.95 * 2.0 * RADIUS  # about where repulsion balances adhesion
REPULSION, ADHESION = 10.0, 0.4  # µm/min
DIFFUSION, DECAY, UPTAKE, WALL = 1e5, 0.1, 10.0, 38.0  # µm²/min, 1/min, 1/min, mmHg


def packed_ball(n_cells: int, *, jitter: float = 0.5, seed: int = 0) -> np.ndarray:
    """Places of a hexagonally packed ball about the origin, a little disordered; float64[n_cells, 3], µm."""
    reach = int(np.ceil(0.68 * n_cells ** (1.0 / 3.0))) + 3
    k = np.arange(-reach, reach)
    x, y, z = np.meshgrid(k, k, k, indexing="ij")
    lattice = np.stack(
        [2 * x + (y + z) % 2, np.sqrt(3.0) * (y + (z % 2) / 3.0), 2.0 * np.sqrt(6.0) / 3.0 * z], axis=-1
    ).reshape(-1, 3)
    nearest = np.argsort(np.linalg.norm(lattice, axis=1), kind="stable")[:n_cells]
    places = lattice[nearest] * (SPACING / 2.0)
    return places + np.random.default_rng(seed).normal(0.0, jitter, places.shape)


def ball_grid(places: np.ndarray, *, voxel: float = 20.0, margin: float = 40.0) -> Grid:
    """A cubic grid around a ball."""
    n = int(np.ceil((2.0 * np.abs(places).max() + 2.0 * margin) / voxel))
    return Grid(n, n, n, voxel, voxel, 3)


def tumour(n_cells: int, *, grid: Grid | None = None, macro_step: float = 6.0) -> tuple[Program, State]:
    """A ball of cells that push, stick and take up one substance held at the walls.

    The substance starts at the value of the walls. Clearance = uptake rate × cell volume, as in H3.
    """
    places = packed_ball(n_cells)
    grid = ball_grid(places) if grid is None else grid
    values = [[DIFFUSION, DECAY, WALL, UPTAKE * CELL_VOLUME, REPULSION, ADHESION]]
    program = blank_program(grid, n_substances=1, macro_step=macro_step, values=values)
    one = np.arange(6, dtype=np.int32)
    substances = replace(
        program.substances, p_diffusion=one[:1], p_decay=one[1:2], p_initial=one[2:3],
        p_wall=np.full((1, 6), one[2], dtype=np.int32), wall=np.full((1, 6), int(Wall.HELD), dtype=np.int8),
    )  # fmt: skip
    behaviours = replace(
        blank_behaviours(1, 1, 0, n=3), uptake=one[:1], repulsion=1, adhesion=2, p_base=one[3:].reshape(1, 1, 3)
    )
    program = replace(program, substances=substances, behaviours=behaviours)
    state = blank_state(program, [places + 0.5 * grid.nx * grid.voxel], volume=CELL_VOLUME)
    state.concentration[:] = WALL
    order.canonical(program, state)
    return program, state
