"""Forces are mutual; bits depend on nothing but the model, the seed and the site; nobody walks into solid matrix."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.moving_cells import (
    ADHESION,
    BOX,
    REPULSION,
    SHEET,
    SPEED,
    TURNING,
    crowd,
    moving_program,
    moving_state,
)
from tests.cases.threads import threads

from vesicula.engine import matrix, mechanics
from vesicula.engine.order import canonical
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state
from vesicula.engine.state import PER_CELL, State, Work
from vesicula.engine.substeps import most_substeps
from vesicula.engine.voxels import home_voxels, solid_voxels

HALL = Grid(24, 24, 24, 20.0, 20.0, 3)


def taken(state, sites, *, order=None):
    """A state of some of the sites; the cells of each in another order if given by `order`."""
    ranges = [np.arange(state.cell_start[s], state.cell_start[s + 1]) for s in sites]
    cells = np.concatenate([r if order is None else order.permutation(r) for r in ranges])
    arrays = dict(state.arrays())
    for name, array in arrays.items():
        if name in PER_CELL:
            arrays[name] = array[cells].copy()
        elif name not in ("step", "cell_start"):
            arrays[name] = array[list(sites)].copy()
    arrays["cell_start"] = np.concatenate(([0], np.cumsum([len(r) for r in ranges]))).astype(np.int64)
    return State.from_arrays(arrays)


def assert_same_bits(one, other):
    others = other.arrays()
    for name, array in one.arrays().items():
        assert_array_equal(array, others[name], err_msg=name)


def advanced(program, state, steps, *, on=1):
    with threads(on):
        for _ in range(steps):
            matrix.advance(program, state)
            mechanics.advance(program, state)
            canonical(program, state)
            state.step += 1
    return state


@pytest.fixture(scope="module")
def busy():
    """Three sites with 4,500, 300 and 40 cells that push, stick, walk and work on a solid matrix."""
    rng = np.random.default_rng(11)
    program = moving_program(HALL, n_types=2, n_matrix=1, values=[[0.2]])
    program = replace(program, behaviours=replace(program.behaviours, turning=TURNING))
    program.matrix.solid[:] = 1
    places = [crowd(HALL, n, rng, share=share)[0] for n, share in ((4500, 0.45), (300, 0.2), (40, 0.1))]
    state = moving_state(program, places, rng, volume=1500.0)
    state.behaviour[:, [6, 7]] = 50.0 * rng.random((state.n_cells, 2))
    state.behaviour[:, TURNING] = 0.6 * (state.cell_type == 0)
    state.matrix[:] = rng.random(state.matrix.shape) < 0.05
    canonical(program, state)
    return program, state


def test_bits_do_not_depend_on_threads_batch_or_order_of_input(busy):
    program, state = busy
    whole = advanced(program, taken(state, (0, 1, 2)), 3)
    assert not np.array_equal(whole.position, state.position)
    assert_same_bits(advanced(program, taken(state, (0, 1, 2)), 3, on=2), whole)
    shuffled = taken(state, (0, 1, 2), order=np.random.default_rng(5))
    assert not np.array_equal(shuffled.cell_id, state.cell_id)
    canonical(program, shuffled)
    assert_same_bits(advanced(program, shuffled, 3), whole)
    assert_same_bits(advanced(program, taken(state, (2, 0)), 3), taken(whole, (2, 0)))
    half = advanced(program, taken(state, (0, 1, 2)), 1)
    resumed = State.from_arrays({name: array.copy() for name, array in half.arrays().items()})
    assert_same_bits(advanced(program, resumed, 2), whole)


def test_canonical_order_joins_arrays_in_any_order(busy):
    program, state = busy
    shuffled = taken(state, (0, 1, 2))
    order = np.random.default_rng(2).permutation(state.n_cells)
    site = np.repeat(np.arange(3), np.diff(state.cell_start))[order]
    for name in PER_CELL:
        setattr(shuffled, name, getattr(shuffled, name)[order])
    canonical(program, shuffled, cell_site=site)
    assert_same_bits(shuffled, state)


@pytest.mark.parametrize("grid", [BOX, SHEET])
def test_pushing_and_sticking_move_no_centre_of_mass(grid):
    rng = np.random.default_rng(3)
    program = moving_program(grid, n_types=2)
    state = moving_state(program, crowd(grid, 80, rng, share=0.15), rng, speed=0.0)
    before = state.position.copy()
    mechanics.advance(program, state)
    moved = state.position - before
    assert np.abs(moved).max() > 1.0
    assert np.all(np.abs(moved.sum(axis=0)) < 1e-10)
    if grid.dimensions == 2:
        assert_array_equal(moved[:, 2], 0.0)


def test_pairs_settle_where_repulsion_equals_adhesion():
    program = moving_program(BOX)
    state = blank_state(program, [np.array([[90.0, 90.0, 80.0], [101.0, 93.0, 82.0]])], volume=2494.0)
    state.behaviour[:, REPULSION], state.behaviour[:, ADHESION] = 10.0, 0.4
    for _ in range(200):
        mechanics.advance(program, state)
    contact = 2.0 * (0.75 * 2494.0 / np.pi) ** (1.0 / 3.0)
    # (1 − x) √10 = (1 − x/1.25) √0.4 at x = d/R
    expected = contact * (1.0 - np.sqrt(0.04)) / (1.0 - np.sqrt(0.04) / 1.25)
    assert np.linalg.norm(state.position[0] - state.position[1]) == pytest.approx(expected, abs=0.1)
    assert state.pressure[0] == pytest.approx((1.0 - expected / contact) ** 2 / 0.0272888, rel=0.15)


def test_two_cells_in_one_place_part():
    program = moving_program(BOX)
    state = blank_state(program, [np.full((2, 3), 90.0)])
    state.behaviour[:, REPULSION] = 10.0
    mechanics.advance(program, state)
    assert np.linalg.norm(state.position[0] - state.position[1]) > 3.0
    assert_array_equal(state.position.mean(axis=0), 90.0)


def test_cells_in_one_place_part_in_directions_of_their_own():
    """Sixteen pairs of cells in one place each: every pair has an axis, both ends of it, and the axes are not one."""
    program = moving_program(HALL)
    middles = np.repeat(np.array([[60.0 * i + 60.0, 60.0 * j + 60.0, 240.0] for i in range(4) for j in range(4)]), 2, 0)
    state = blank_state(program, [middles])
    state.behaviour[:, REPULSION] = 10.0
    mechanics.advance(program, state)
    moved = state.position - middles
    assert_allclose(moved[::2], -moved[1::2], rtol=0.0, atol=1e-9)
    axes = moved[::2] / np.linalg.norm(moved[::2], axis=1)[:, None]
    assert np.abs(axes).max(axis=0).min() > 0.5, "all three axes of space occur"
    assert np.abs(axes @ axes.T)[np.triu_indices(16, 1)].min() < 0.3


@pytest.mark.parametrize("grid", [BOX, SHEET])
def test_a_corner_costs_no_more_than_the_middle(grid):
    """The same crowd, four of it in one place, in a corner and in the middle of the site; in a corner a crowd has a
    fourth or an eighth of the ways out, and so takes longer, but not a thousand times.
    """
    rng = np.random.default_rng(4)
    crowded = rng.uniform(0.0, 12.0, (40, 3))
    crowded[:4] = 0.0
    substeps = []
    for at in (0.0, 80.0):
        places = crowded + at
        if grid.dimensions < 3:
            places[:, 2] = 5.0
        program = moving_program(grid)
        state = blank_state(program, [places], volume=2000.0)
        state.behaviour[:, REPULSION], state.behaviour[:, ADHESION] = 10.0, 0.4
        mechanics.advance(program, state)
        assert state.work[0, Work.MOTION_CUT] == 0
        substeps.append(int(state.work[0, Work.MECHANICS_SUBSTEPS]))
    assert substeps[0] <= 2.0 * substeps[1], substeps


def test_a_pair_in_one_place_costs_as_few_substeps_as_a_close_pair():
    """From the same place, or a tenth of the contact distance apart, within a few sub-steps."""
    substeps = []
    for apart in (0.0, 1.5):
        state = blank_state(moving_program(BOX), [np.array([[90.0, 90.0, 80.0], [90.0 + apart, 90.0, 80.0]])])
        state.behaviour[:, REPULSION] = 10.0
        mechanics.advance(moving_program(BOX), state)
        substeps.append(int(state.work[0, Work.MECHANICS_SUBSTEPS]))
    assert substeps[0] <= substeps[1] + 8, substeps


def test_cells_held_together_in_a_corner_rest_there():
    """A cell that its neighbours, which nothing moves, press into a corner goes nowhere and costs one evaluation."""
    program = moving_program(SHEET, n_types=2)
    program.cell_types.anchored[1] = 1
    state = blank_state(program, [np.array([[0.0, 0.0, 5.0], [6.0, 6.0, 5.0]])], volume=2000.0)
    state.cell_type[:] = [0, 1]
    state.behaviour[:, REPULSION] = 10.0
    mechanics.advance(program, state)
    assert_array_equal(state.position[0], [0.0, 0.0, 5.0])
    assert state.work[0, Work.MECHANICS_SUBSTEPS] == 0


def test_a_macro_step_has_so_many_substeps_and_says_that_it_cut():
    """Nobody crawls at 10,000 µm/min: the motion that does not fit is left out, and counted."""
    program = moving_program(SHEET)
    state = moving_state(program, [np.full((2, 3), 50.0)], np.random.default_rng(1), speed=0.0)
    state.behaviour[0, SPEED] = 1e4
    mechanics.advance(program, state)
    assert state.work[0, Work.MECHANICS_SUBSTEPS] == most_substeps(program.macro_step)
    assert state.work[0, Work.MOTION_CUT] == 1


def test_anchored_cells_push_but_are_not_pushed():
    program = moving_program(BOX, n_types=2)
    program.cell_types.anchored[1] = 1
    state = blank_state(program, [np.array([[90.0, 90.0, 80.0], [94.0, 90.0, 80.0]])])
    state.cell_type[:] = [1, 0]
    state.behaviour[:, REPULSION] = 10.0
    mechanics.advance(program, state)
    assert_array_equal(state.position[0], [90.0, 90.0, 80.0])
    assert state.position[1, 0] > 96.0


def test_dead_cells_keep_their_place_in_the_crowd():
    program = moving_program(BOX, values=[[10.0]])
    program.behaviours.p_base[0, 0, REPULSION] = 0
    state = blank_state(program, [np.array([[90.0, 90.0, 80.0], [94.0, 90.0, 80.0]])])
    state.behaviour[0, REPULSION] = 10.0
    state.cell_dead[1] = 1
    mechanics.advance(program, state)
    assert state.position[1, 0] - state.position[0, 0] > 8.0


@pytest.mark.parametrize("grid", [BOX, SHEET])
def test_cells_stay_out_of_solid_matrix_and_inside_the_box(grid):
    rng = np.random.default_rng(8)
    program = moving_program(grid, n_matrix=1)
    program.matrix.solid[:] = 1
    state = moving_state(program, crowd(grid, 300, rng, share=0.5), rng, speed=3.0)
    state.matrix[0, 0] = 0.6 * (rng.random(grid.n_voxels) < 0.4)
    inside = solid_voxels(program, state)[0, home_voxels(program, state)]
    state.matrix[0, 0, home_voxels(program, state)[inside]] = 0.0
    size = [grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height]
    for _ in range(10):
        mechanics.advance(program, state)
        state.step += 1
        assert not solid_voxels(program, state)[0, home_voxels(program, state)].any()
        assert np.all(state.position >= 0.0)
        assert np.all(state.position <= size)


def test_matrix_that_is_not_solid_bars_nobody():
    rng = np.random.default_rng(8)
    program = moving_program(SHEET, n_matrix=1)
    free = moving_state(program, crowd(SHEET, 50, rng), rng)
    filled = replace(free, position=free.position.copy(), direction=free.direction.copy(), matrix=free.matrix + 1.0)
    mechanics.advance(program, free)
    mechanics.advance(program, filled)
    assert_array_equal(filled.position, free.position)


def test_cells_of_pools_stay_and_feel_no_pressure_where_they_have_room():
    program = moving_program(Grid(1, 1, 1, 1000.0, 1000.0, 0))
    state = moving_state(program, [np.full((5, 3), 500.0)], np.random.default_rng(1))
    state.behaviour[:, SPEED] = 5.0
    state.pressure[:] = 1.0
    mechanics.advance(program, state)
    assert_array_equal(state.position, 500.0)
    assert_array_equal(state.pressure, 0.0)


def test_an_even_layer_feels_what_spheres_at_its_spacing_feel():
    """A hexagonal lattice relaxed by mechanics and a dish of the same density have the same pressure in the middle."""
    contact, spacing, rows = 10.0, 9.0, 15
    i, j = np.meshgrid(np.arange(rows), np.arange(rows))
    x, y = spacing * (i + 0.5 * (j % 2)), spacing * math.sqrt(0.75) * j
    lattice = np.column_stack([x.ravel() + 20.0, y.ravel() + 20.0, np.full(rows**2, 10.0)])
    middle = (rows // 2) * rows + rows // 2
    volume = np.full(rows**2, math.pi / 6.0 * contact**3)
    sheet = Grid(10, 10, 1, 20.0, 20.0, 2)
    program = moving_program(sheet)
    state = replace(moving_state(program, [lattice], np.random.default_rng(1)), volume=volume)
    state.behaviour[:] = 0.0
    mechanics.advance(program, state)
    # In a closed layer of touching cells each takes √3/2 contact², more than its cross-section.
    taken_per_section = (math.sqrt(0.75) * contact**2) / (math.pi / 4.0 * contact**2)
    area = rows**2 * math.sqrt(0.75) * spacing**2 / taken_per_section
    dish = moving_program(Grid(1, 1, 1, math.sqrt(area), 20.0, 0, area))
    crowded = replace(moving_state(dish, [lattice], np.random.default_rng(1)), volume=volume)
    mechanics.advance(dish, crowded)
    placed = state.pressure[np.argmin(np.linalg.norm(state.position - lattice[middle], axis=1))]
    assert placed > 1.0
    assert_allclose(crowded.pressure, placed, rtol=1e-9)
