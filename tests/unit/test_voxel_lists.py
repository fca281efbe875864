"""Voxels of cells, Morton codes and the footprint of cells, both ways round."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.moving_cells import BOX, crowd, moving_program

from vesicula.engine import voxels
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state


def state_of(grid, places, *, volume=1000.0, solid=False):
    program = moving_program(grid, n_matrix=1)
    program.matrix.solid[:] = int(solid)
    return program, blank_state(program, places, volume=volume)


def test_places_outside_the_box_count_for_the_nearest_voxel():
    places = [[-5.0, 10.0, 10.0], [205.0, 185.0, 165.0], [199.9, 179.9, 159.9], [0.0, 0.0, 0.0], [20.0, 0.0, 0.0]]
    program, state = state_of(BOX, [np.array(places)])
    assert_array_equal(voxels.home_voxels(program, state), [0, 719, 719, 0, 1])


def test_morton_codes_interleave_the_bits():
    for place in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (5, 3, 6), (2**21 - 1, 0, 2**20)]:
        bits = sum(((k >> b) & 1) << (3 * b + axis) for axis, k in enumerate(place) for b in range(21))
        assert int(voxels.morton_code(*place)) == bits


def test_small_cells_lie_in_their_own_voxel():
    program, state = state_of(BOX, [np.array([[39.9, 50.0, 50.0]])], volume=4000.0)
    covered = voxels.footprint(program, state)
    assert_array_equal(covered.voxel, voxels.home_voxels(program, state))
    assert_array_equal(covered.weight, 1.0)


def test_what_changes_in_place_changes_what_is_covered():
    """Voxels covered are kept as long as nothing they depend on has changed."""
    program, state = state_of(BOX, [np.array([[50.0, 50.0, 50.0], [90.0, 90.0, 90.0]])], volume=20_000.0, solid=True)
    before = voxels.footprint(program, state)
    assert voxels.footprint(program, state) is before
    for change in (
        lambda: state.position.__setitem__((0, 0), 30.0),
        lambda: state.volume.__setitem__(1, 40_000.0),
        lambda: state.stands_for.__setitem__(0, 3),
        lambda: state.matrix.__setitem__((0, 0), 1.0),
    ):
        change()
        after = voxels.footprint(program, state)
        assert any(not np.array_equal(one, two) for one, two in zip(before, after, strict=True))
        before = after


def test_every_cell_covers_the_only_voxel():
    places = [np.array([[1.0, 2.0, 3.0], [90.0, -4.0, 0.0]]), np.empty((0, 3)), np.array([[5.0, 5.0, 5.0]])]
    program, state = state_of(Grid(1, 1, 1, 10.0, 10.0, 3), places, volume=4000.0)
    state.stands_for[:] = [1, 7, 30]
    covered = voxels.footprint(program, state)
    assert_array_equal(covered.start, [0, 1, 2, 3])
    assert_array_equal(covered.voxel, [0, 0, 0])
    assert_array_equal(covered.weight, [1.0, 1.0, 1.0])
    assert_array_equal(covered.voxel_start, [[0, 2], [2, 2], [2, 3]])
    assert_array_equal(covered.cell, [0, 1, 2])
    assert_array_equal(covered.cell_weight, [1.0, 7.0, 30.0])
    state.stands_for[:] = 2
    assert_array_equal(voxels.footprint(program, state).cell_weight, 2.0)


@pytest.mark.parametrize("grid", [Grid(40, 40, 40, 5.0, 5.0, 3), Grid(40, 40, 1, 5.0, 5.0, 2)])
def test_large_cells_cover_their_volume_evenly(grid):
    centre = np.array([101.3, 99.1, 97.0 if grid.dimensions == 3 else 2.5])
    volume = 4.0 / 3.0 * np.pi * 13.0**3
    program, state = state_of(grid, [centre[None]], volume=volume)
    covered = voxels.footprint(program, state)
    middle = (np.stack(np.unravel_index(covered.voxel, (grid.nz, grid.ny, grid.nx))[::-1], axis=1) + 0.5) * 5.0
    axes = grid.dimensions
    assert covered.weight.sum() == pytest.approx(1.0, rel=1e-14)
    assert_allclose(covered.weight @ middle[:, :axes], centre[:axes], atol=0.1)
    size = volume / 125.0 if axes == 3 else np.pi * 13.0**2 / 25.0
    assert covered.weight.max() == pytest.approx(1.0 / size, rel=0.05)
    spread = np.square(middle[:, :axes] - centre[:axes]).sum(axis=1) @ covered.weight
    expected = 0.6 * 13.0**2 if axes == 3 else 0.5 * 13.0**2
    own = axes * 25.0 / 12.0  # what rounding places to voxel middles adds (Sheppard)
    assert spread == pytest.approx(expected + own, rel=0.03)


def test_footprints_leave_out_solid_matrix_and_turn_both_ways():
    grid = Grid(20, 20, 20, 5.0, 5.0, 3)
    rng = np.random.default_rng(4)
    program, state = state_of(grid, crowd(grid, 30, rng, sites=2), volume=3000.0, solid=True)
    state.matrix[:] = rng.random(state.matrix.shape) < 0.3
    barred, home = voxels.solid_voxels(program, state), voxels.home_voxels(program, state)
    covered = voxels.footprint(program, state)
    site = voxels.cell_sites(state)
    seen = {}
    for i in range(60):
        for e in range(covered.start[i], covered.start[i + 1]):
            v = covered.voxel[e]
            assert not barred[site[i], v] or v == home[i]
            seen[int(site[i]), int(v), i] = covered.weight[e]
        assert covered.weight[covered.start[i] : covered.start[i + 1]].sum() == pytest.approx(1.0)
    turned = {}
    for s in range(2):
        for v in range(grid.n_voxels):
            entries = slice(covered.voxel_start[s, v], covered.voxel_start[s, v + 1])
            assert np.all(np.diff(covered.cell[entries]) > 0)
            turned |= {
                (s, v, int(i)): w for i, w in zip(covered.cell[entries], covered.cell_weight[entries], strict=True)
            }
    assert turned == seen
