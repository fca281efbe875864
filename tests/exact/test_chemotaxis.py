"""What a cell can tell of a gradient from its receptors: their number, what they bind, and how often it looks."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.special import iv
from tests.cases.moving_cells import ATTRACTION, BIAS, PERSISTENCE, RECEPTORS, SPEED, moving_program
from tests.exact.test_persistent_walk import walk

from vesicula.engine import motility
from vesicula.engine.program import Grid, Sensing
from vesicula.engine.reference import motility as plain
from vesicula.engine.reference.blank import blank_state

PLANE, SPACE = Grid(9, 9, 1, 20.0, 20.0, 2), Grid(9, 9, 9, 20.0, 20.0, 3)
HALF = 0.6
DIAMETER = 12.0


def told(c, *, grid=PLANE, rise=1e-3, receptors=3e4, half=HALF, free=1.0, off=0.5, persistence=20.0, weight=1.0):
    """(direction, κ, g) of a cell amid a field of c that rises along x by the share `rise` of it per µm."""
    program = moving_program(grid, half=half, off=off, free=free)
    middle = [grid.nx * grid.voxel / 2, grid.ny * grid.voxel / 2, grid.nz * grid.height / 2]
    state = blank_state(program, [[middle]], volume=math.pi / 6 * DIAMETER**3)
    state.behaviour[0, [ATTRACTION, RECEPTORS, PERSISTENCE]] = weight, receptors, persistence
    x = (np.arange(grid.n_voxels) % grid.nx - grid.nx // 2) * grid.voxel
    state.concentration[0, 0] = c * (1.0 + rise * x)
    e, kappa = plain.signal_to_noise(program, state, 0, 0, np.zeros(grid.n_voxels, dtype=bool))
    return e, kappa, plain.mean_cosine(kappa, grid.dimensions)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("kappa", [0.003, 0.2, 1.0, 6.0, 50.0])
def test_the_bias_is_the_mean_cosine_of_a_noisy_vector(dimensions, kappa):
    seen = np.random.default_rng(3).normal(size=(400_000, dimensions))
    seen[:, 0] += math.sqrt(kappa)
    cosine = seen[:, 0] / np.linalg.norm(seen, axis=1)
    error = cosine.std() / math.sqrt(len(cosine))
    assert plain.mean_cosine(kappa, dimensions) == pytest.approx(cosine.mean(), abs=4.0 * error)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_kernel_and_closed_forms_agree_at_any_noise(dimensions):
    for kappa in [0.0, *np.geomspace(1e-12, 1e8, 300)]:
        expected = plain.mean_cosine(kappa, dimensions)
        assert motility.mean_cosine.py_func(kappa, dimensions) == pytest.approx(expected, rel=1e-11)


def test_weak_and_strong_signals_have_the_known_limits():
    assert plain.mean_cosine(1e-6, 2) == pytest.approx(math.sqrt(math.pi * 1e-6 / 8), rel=1e-6)
    assert plain.mean_cosine(1e-6, 3) == pytest.approx(math.sqrt(8 * 1e-6 / (9 * math.pi)), rel=1e-6)
    for kappa in (60.0, 300.0):  # von Mises in the plane, Langevin in space
        assert plain.mean_cosine(kappa, 2) == pytest.approx(iv(1, kappa) / iv(0, kappa), abs=1.0 / kappa**2)
        assert plain.mean_cosine(kappa, 3) == pytest.approx(1.0 / math.tanh(kappa) - 1.0 / kappa, abs=1e-12)


@pytest.mark.parametrize(("grid", "axes"), [(PLANE, 2), (SPACE, 3)])
def test_the_signal_to_noise_of_one_attractant_is_that_of_its_receptors(grid, axes):
    c, rise = 0.3, 1e-3
    expected = 3e4 * (6.0 * rise) ** 2 * c * HALF / (c + HALF) ** 2 * 10.0 / axes
    direction, kappa, _ = told(c, grid=grid, rise=rise)
    assert kappa == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(direction, [1.0, 0.0, 0.0], atol=1e-12)


def test_receptors_and_their_block_count_in_proportion():
    _, kappa, _ = told(0.3)
    assert told(0.3, receptors=6e4)[1] == pytest.approx(2.0 * kappa, rel=1e-12)
    assert told(0.3, free=0.5)[1] == pytest.approx(0.5 * kappa, rel=1e-12)
    assert told(0.3, free=0.0)[1:] == (0.0, 0.0)
    assert told(0.3, receptors=0.0)[1:] == (0.0, 0.0)


def test_a_cell_looks_as_often_as_its_receptors_let_go_and_at_least_once():
    _, kappa, _ = told(0.3)
    assert told(0.3, off=1.0)[1] == pytest.approx(2.0 * kappa)
    assert told(0.3, persistence=60.0)[1] == pytest.approx(3.0 * kappa)
    assert told(0.3, off=0.0)[1] == pytest.approx(kappa / 10.0)


def test_with_few_molecules_the_bias_falls_with_the_root_of_the_concentration():
    for c in (2e-3, 1e-6):  # above and below one molecule within reach
        assert told(4.0 * c, rise=1e-5)[2] == pytest.approx(2.0 * told(c, rise=1e-5)[2], rel=0.02)
    rate = [told(c, rise=1e-5)[1] / c for c in (2e-3, 1e-6)]
    assert rate[1] < 0.3 * rate[0]  # their number scatters too
    edge = 1.0 / DIAMETER**3
    assert told(edge * 0.9999)[1] == pytest.approx(told(edge * 1.0001)[1], rel=0.01)


def test_a_gradient_is_followed_best_near_the_half_maximum():
    levels = HALF * np.geomspace(0.01, 100.0, 41)
    kappas = [told(c)[1] for c in levels]
    assert int(np.argmax(kappas)) == 20
    assert kappas[0] == pytest.approx(kappas[-1], rel=1e-6)
    assert kappas[0] < 0.05 * kappas[20]


def test_a_gradient_that_no_receptor_could_see_is_not_followed():
    assert told(1e-9 * 6.02e-4)[2] < 1e-4
    assert told(1e6)[2] < 1e-2


def walkers(grid, towards, *, receptors, steps, n=20_000):
    """Mean displacement of cells amid a field that rises along `towards` by a thousandth per µm, and its error."""
    program = moving_program(grid, half=HALF)
    middle = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height]) / 2.0
    state = blank_state(program, [np.tile(middle, (n, 1))], volume=math.pi / 6 * DIAMETER**3)
    state.behaviour[:, [SPEED, PERSISTENCE, BIAS]] = 1.0, 20.0, 0.6
    state.behaviour[:, [ATTRACTION, RECEPTORS]] = 1.0, receptors
    z, y, x = np.unravel_index(np.arange(grid.n_voxels), (grid.nz, grid.ny, grid.nx))
    place = np.column_stack((x * grid.voxel, y * grid.voxel, z * grid.height)) + grid.voxel / 2.0 - middle
    state.concentration[0, 0] = HALF * (1.0 + 1e-3 * place @ (np.array(towards) / np.linalg.norm(towards)))
    moved = walk(program, state, steps)
    return moved.mean(axis=0), moved.std(axis=0) / math.sqrt(n)


def drift(g, dimensions):
    """Mean cosine of normalise((1 − b) u + b e) over uniform u."""
    b = 0.6 * g
    cosine = np.cos((np.arange(20_000) + 0.5) / 20_000 * math.pi)
    if dimensions == 3:
        cosine = np.linspace(-1.0, 1.0, 20_001)
    along = (1.0 - b) * cosine + b
    return float(np.mean(along / np.sqrt(along**2 + (1.0 - b) ** 2 * (1.0 - cosine**2))))


@pytest.mark.parametrize("towards", [(1, 0, 0), (0, -1, 0), (1, 1, 0), (-3, 2, 0)])
def test_cells_drift_as_the_law_says_and_a_turned_site_turns_the_drift(towards):
    _, _, g = told(HALF, rise=1e-3)
    assert 0.2 < g < 0.9
    mean, error = walkers(PLANE, towards, receptors=3e4, steps=6)
    expected = 36.0 * drift(g, 2) * np.array(towards) / np.linalg.norm(towards)
    assert np.all(np.abs(mean - expected) <= 4.0 * error + 1e-9)


def test_cells_in_space_drift_as_the_law_says_and_without_receptors_not_at_all():
    _, _, g = told(HALF, grid=SPACE, rise=1e-3)
    mean, error = walkers(SPACE, (2, -1, 2), receptors=3e4, steps=6)
    assert np.all(np.abs(mean - 36.0 * drift(g, 3) * np.array([2, -1, 2]) / 3.0) <= 4.0 * error)
    mean, error = walkers(SPACE, (2, -1, 2), receptors=0.0, steps=6)
    assert np.all(np.abs(mean) <= 4.0 * error)


def pair(second, weights):
    """(direction, κ) of a cell amid two like attractants, the first rising along x and the other along `second`."""
    program = moving_program(PLANE, n_substances=2, half=HALF)
    column = replace(program.behaviours, attraction=np.array([ATTRACTION, BIAS], dtype=np.int32))
    sensing = Sensing(*(np.repeat(getattr(program.sensing, one.name)[:, :1], 2, axis=1) for one in fields(Sensing)))
    program = replace(program, behaviours=column, sensing=sensing)
    state = blank_state(program, [[[90.0, 90.0, 10.0]]], volume=math.pi / 6 * DIAMETER**3)
    state.behaviour[0, [ATTRACTION, BIAS, RECEPTORS, PERSISTENCE]] = *weights, 3e4, 20.0
    axis = (np.arange(9) - 4) * 20.0
    x, y = np.tile(axis, 9), np.repeat(axis, 9)
    state.concentration[0, 0] = 0.3 * (1.0 + 1e-3 * x)
    state.concentration[0, 1] = 0.3 * (1.0 + 1e-3 * (second[0] * x + second[1] * y))
    return plain.signal_to_noise(program, state, 0, 0, np.zeros(81, dtype=bool))


def test_attractants_add_as_vectors_and_negative_weights_repel():
    alone = told(0.3)[1]
    direction, kappa = pair((0, 1), (1.0, 1.0))
    np.testing.assert_allclose(direction, np.array([1.0, 1.0, 0.0]) / math.sqrt(2.0), atol=1e-12)
    assert kappa == pytest.approx(alone)  # twice the signal, squared, in twice the noise
    assert pair((-1, 0), (1.0, 1.0))[1] == pytest.approx(0.0, abs=1e-20)
    np.testing.assert_allclose(pair((0, 1), (0.0, -1.0))[0], [0.0, -1.0, 0.0], atol=1e-12)
    assert pair((0, 1), (2.0, 0.0))[1] == pytest.approx(4.0 * alone)  # a weight is a gain
    assert pair((0, 1), (1.0, 1e-6))[1] == pytest.approx(alone, rel=1e-6)
