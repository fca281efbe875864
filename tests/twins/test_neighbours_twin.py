"""Neighbour lists equal all pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from vesicula.engine import neighbours
from vesicula.engine.program import Grid
from vesicula.engine.reference import neighbours as reference


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cells=st.lists(st.integers(0, 60), min_size=1, max_size=3),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
    dimensions=st.sampled_from([2, 3]),
    reach=st.tuples(st.floats(0.0, 10.0), st.floats(10.0, 40.0)),
    skin=st.floats(0.0, 5.0),
    outside=st.floats(0.0, 0.5),
)
def test_lists_equal_all_pairs(seed, cells, shape, dimensions, reach, skin, outside):
    rng = np.random.default_rng(seed)
    nx, ny, nz = shape if dimensions == 3 else (*shape[:2], 1)
    grid = Grid(nx, ny, nz, 20.0, 15.0, dimensions)
    n = sum(cells)
    position = rng.uniform(-outside, 1.0 + outside, (n, 3)) * [nx * 20.0, ny * 20.0, nz * 15.0]
    reaches = rng.uniform(*reach, n)
    cell_start = np.concatenate(([0], np.cumsum(cells))).astype(np.int64)
    start, index = neighbours.near(grid, cell_start, position, reaches, skin=skin)
    expected_start, expected_index = reference.near(grid, cell_start, position, reaches, skin=skin)
    assert_array_equal(start, expected_start)
    assert_array_equal(index, expected_index)


def test_crowded_cell_has_all_its_neighbours():
    grid = Grid(4, 4, 4, 20.0, 20.0, 3)
    rng = np.random.default_rng(3)
    position = 40.0 + rng.uniform(-1.0, 1.0, (300, 3))
    start, _ = neighbours.near(grid, np.array([0, 300]), position, np.full(300, 8.0))
    assert_array_equal(np.diff(start), 299)


def test_dishes_have_no_neighbours():
    grid = Grid(1, 1, 1, 1000.0, 1000.0, 3)
    start, index = neighbours.near(grid, np.array([0, 5]), np.zeros((5, 3)), np.ones(5))
    assert_array_equal(start, 0)
    assert len(index) == 0
