"""The expected step of vesicles is first order in the macro step, and exact in where particles end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine import vesicles
from vesicula.engine.program import Grid
from vesicula.engine.reference.vesicle_transport import clearances, transport_matrix
from vesicula.engine.voxels import footprint

GRID = Grid(12, 8, 1, 20.0, 20.0, 2)
PLACES = [[70.0, 90.0, 10.0], [210.0, 50.0, 10.0]]


def one_voxel() -> np.ndarray:
    start = np.zeros(GRID.n_voxels)
    start[4 * 12 + 4] = 1000.0
    return start


def hill() -> np.ndarray:
    x, y = np.meshgrid(np.arange(12), np.arange(8))
    return (20.0 * np.exp(-((x - 5.0) ** 2 + (y - 4.0) ** 2) / 8.0)).ravel()


def taken_up(start: np.ndarray, step: float, steps: int, *, decay: float = 0.0) -> np.ndarray:
    """Expected particles each cell has taken up after some steps, float64[2]."""
    particle = Population(diffusion=120.0, decay=decay, routes=((0.0, 400.0, 0.0),))
    case = Case(GRID, (particle,), macro_step=step)
    program = case.program()
    state = case.state(program, PLACES)
    columns, covered = vesicles.tables(program), footprint(program, state)
    ways = vesicles.population_conduits(program, state)
    free, total = start[None, None].copy(), np.zeros(2)
    none, still = np.zeros((1, 0, GRID.n_voxels)), np.zeros_like(free)
    for _ in range(steps):
        fluid = vesicles.Fluid(free, none, still, none)
        out = vesicles.expect_step(program, state, columns, covered, ways, fluid, misplaced=1e-14)
        free = out.free
        for e, i in enumerate(covered.cell):
            total[i] += out.span[0, 0] * out.taken[0, e].sum() * free[0, 0, covered.voxel[covered.start[i]]]
    return total


def exact_operator(decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates of free particles, float64[n, n], and of uptake by cell and voxel, float64[2, n], 1/min."""
    particle = Population(diffusion=120.0, decay=decay, routes=((0.0, 400.0, 0.0),))
    case = Case(GRID, (particle,))
    program = case.program()
    state = case.state(program, PLACES)
    moving, _ = transport_matrix(program, state, 0, 0)
    uptake = np.zeros((2, GRID.n_voxels))
    for i, x, clearance in clearances(program, state, 0, 0, state.vesicles[0, 0].astype(float), state.cargo[0]):
        uptake[i, x] += clearance.sum() / GRID.voxel_volume
    return moving + np.diag(uptake.sum(axis=0) + decay), uptake


@pytest.mark.parametrize("start", [one_voxel, hill], ids=["rough", "smooth"])
def test_uptake_converges_with_order_one(start) -> None:
    span = 48.0
    operator, uptake = exact_operator(0.0)
    n = GRID.n_voxels
    chain = np.zeros((n + 2, n + 2))
    chain[:n, :n], chain[n:, :n] = -operator, uptake
    exact = (expm(chain * span) @ np.concatenate([start(), np.zeros(2)]))[n:]
    errors = [abs(taken_up(start(), span / k, k) - exact) for k in (8, 16, 32, 64)]
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert (orders[-1] > 0.9).all()
    assert (orders[-1] < 1.15).all()
    assert (np.diff(errors, axis=0) < 0).all()


@pytest.mark.parametrize("step", [3.0, 30.0])
def test_where_particles_end_does_not_depend_on_the_step(step: float) -> None:
    decay = 0.02
    operator, uptake = exact_operator(decay)
    exact = uptake @ np.linalg.solve(operator, one_voxel())
    np.testing.assert_allclose(taken_up(one_voxel(), step, round(1500 / step), decay=decay), exact, rtol=1e-8)
