"""Neighbour lists equal all pairs; contacts in dishes equal those drawn place by place."""

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


def test_pools_have_no_neighbours():
    grid = Grid(1, 1, 1, 1000.0, 1000.0, 0)
    start, index = neighbours.near(grid, np.array([0, 5]), np.zeros((5, 3)), np.ones(5))
    assert_array_equal(start, 0)
    assert len(index) == 0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), step=st.integers(0, 10**6),
    cells=st.lists(st.integers(0, 30), min_size=1, max_size=4), confluence=st.floats(0.01, 3.0),
)  # fmt: skip
def test_places_in_dishes_equal_the_twin(seed, step, cells, confluence):
    rng = np.random.default_rng(seed)
    n = sum(cells)
    cell_start = np.concatenate(([0], np.cumsum(cells))).astype(np.int64)
    keys = rng.integers(0, 2**63, (len(cells), 2)).astype(np.uint64)
    lineage = rng.integers(0, 2**63, n).astype(np.uint64)
    stands_for = rng.choice([1, 1, 2, 40], n)
    taken = rng.uniform(0.2, 2.0, n) * stands_for
    area = max(1, max(cells)) / confluence
    asks = rng.random(n) < 0.7
    start, index = np.empty(n + 1, dtype=np.int64), np.empty(6 * n, dtype=np.int32)
    count = neighbours.fill_places(step, keys, cell_start, lineage, stands_for, asks, taken, area, start, index)
    every = reference.places(step, keys, cell_start, lineage, stands_for, taken, area)
    assert count == start[-1]
    expected = [some if asked else [] for some, asked in zip(every, asks, strict=True)]
    assert [index[start[i] : start[i + 1]].tolist() for i in range(n)] == expected
