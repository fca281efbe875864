"""Fürth's law of the persistent random walk, its isotropy, and the drift of biased walks."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.moving_cells import ATTRACTION, BIAS, PERSISTENCE, RECEPTORS, SPEED, moving_program

from vesicula.engine import mechanics, motility
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state

PLAIN = Grid(120, 120, 1, 100.0, 20.0, 2)
SPACE = Grid(40, 40, 40, 100.0, 100.0, 3)


def walkers(grid, n, *, persistence, speed=1.0, bias=0.0, seed=1):
    program = moving_program(grid)
    middle = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height]) / 2.0
    state = blank_state(program, [np.tile(middle, (n, 1))], seed=seed)
    state.behaviour[:, SPEED] = speed
    state.behaviour[:, PERSISTENCE] = persistence
    state.behaviour[:, BIAS] = bias
    state.behaviour[:, RECEPTORS] = 1e30  # so many that a gradient is seen without noise
    return program, state


def walk(program, state, steps):
    """Displacements of free cells, float64[n_cells, 3]; cells do not meet, so their paths simply add up."""
    total = np.zeros((state.n_cells, 3))
    for _ in range(steps):
        path = motility.walks(program, state)
        begins = np.concatenate(([0.0], path.until[:-1]))
        begins[path.start[:-1]] = 0.0
        lasting = np.minimum(path.until, program.macro_step) - begins
        total += np.add.reduceat(path.velocity * lasting[:, None], path.start[:-1], axis=0)
        state.step += 1
    return total


def furth(speed, persistence, time):
    return 2.0 * speed**2 * persistence * (time - persistence * (1.0 - np.exp(-time / persistence)))


@pytest.mark.parametrize("grid", [PLAIN, SPACE])
@pytest.mark.parametrize("persistence", [5.0, 20.0, 60.0])
@pytest.mark.parametrize("steps", [1, 5, 20])
def test_mean_square_displacement(grid, persistence, steps):
    program, state = walkers(grid, 20_000, persistence=persistence, speed=0.7)
    squares = np.square(walk(program, state, steps)).sum(axis=1)
    expected = furth(0.7, persistence, 6.0 * steps)
    standard_error = squares.std() / np.sqrt(len(squares))
    assert abs(squares.mean() - expected) < 4.0 * standard_error
    assert standard_error < 0.02 * expected  # a fault of 10 % would be five standard errors away


@pytest.mark.parametrize(("grid", "axes"), [(PLAIN, 2), (SPACE, 3)])
def test_isotropy(grid, axes):
    program, state = walkers(grid, 20_000, persistence=10.0)
    moved = walk(program, state, 4)
    root = np.sqrt(len(moved))
    assert np.all(np.abs(moved.mean(axis=0)[:axes]) < 4.0 * moved.std(axis=0)[:axes] / root)
    squares = np.square(moved)
    assert np.all(np.abs(squares.mean(axis=0)[:axes] - squares[:, :axes].mean()) < 4.0 * squares[:, :axes].std() / root)
    crossed = moved[:, 0] * moved[:, 1]
    assert abs(crossed.mean()) < 4.0 * crossed.std() / root
    assert np.all(moved[:, axes:] == 0.0)


def test_mechanics_follows_the_walk_whatever_its_sub_steps():
    program, state = walkers(PLAIN, 200, persistence=7.0)
    state.position[:] = np.random.default_rng(1).uniform(3000.0, 9000.0, state.position.shape)
    state.position[:, 2] = 10.0
    start, expected = state.position.copy(), None
    for _ in range(10):
        turned = state.direction.copy()
        expected = walk(program, state, 1) if expected is None else expected + walk(program, state, 1)
        state.step -= 1
        state.direction[:] = turned
        mechanics.advance(program, state)
        state.step += 1
    assert np.allclose(state.position - start, expected, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize(("weight", "sign"), [(1.0, 1.0), (-2.0, -1.0)])
def test_full_bias_goes_straight_along_the_gradient(weight, sign):
    program, state = walkers(SPACE, 50, persistence=10.0, bias=1.0)
    state.behaviour[:, ATTRACTION] = weight
    axis = np.arange(40.0)
    state.concentration[0, 0] = np.broadcast_to(axis[:, None, None] + 0.0, (40, 40, 40)).ravel()  # rises along z
    moved = walk(program, state, 2)
    assert np.allclose(moved, [0.0, 0.0, sign * 12.0], atol=1e-12)


def test_half_bias_drifts_and_flat_fields_leave_the_walk_alone():
    program, state = walkers(PLAIN, 20_000, persistence=6.0, bias=0.5)
    state.behaviour[:, ATTRACTION] = 1.0
    flat = walk(program, state, 4).mean(axis=0)
    assert np.all(np.abs(flat[:2]) < 0.5)
    state.concentration[0, 0] = np.tile(np.arange(120.0), 120)
    mean, spread = walk(program, state, 4)[:, 0].mean(), 24.0
    # mean of cos along the gradient of normalise((u + e)/2) over uniform u in the plane is 2/π
    assert mean == pytest.approx(24.0 * 2.0 / np.pi, abs=4.0 * spread / np.sqrt(20_000))
