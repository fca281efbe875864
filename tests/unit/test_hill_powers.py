"""Powers and Hill functions of blocks: accurate over the whole range, the same bits in every lane."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.engine import hill


def powers(x, n):
    out, work = np.empty(len(x)), np.empty((hill.N_WORK + 2, len(x)))
    hill.power(np.asarray(x, dtype=np.float64), n, len(x), out, work)
    return out


@pytest.mark.parametrize("n", [0.3, 1.0, 1.4, 2.0, 2.7, 4.0, 9.5])
def test_powers_equal_the_library(n):
    rng = np.random.default_rng(1)
    x = np.concatenate((10 ** rng.uniform(-12, 12, 3000), np.linspace(0.5, 2.0, 3001), [1.0, np.sqrt(2.0), 1e-30]))
    error = np.abs(powers(x, n) / x**n - 1)
    assert np.all(error < 1e-15 * (1 + np.abs(n * np.log2(x)) / 4))


def test_edges_of_the_range():
    np.testing.assert_array_equal(powers([0.0, 1e-305, 1.0], 1.4), [0.0, 0.0, 1.0])
    assert powers([1e-200], 4.0)[0] < 1e-290


def test_lanes_and_neighbours_do_not_matter():
    x = np.random.default_rng(2).random(64)
    together = powers(x, 1.4)
    alone = np.array([powers(x[k : k + 1], 1.4)[0] for k in range(64)])
    shifted = powers(np.roll(x, 5)[:61], 1.4)
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(np.roll(together, 5)[:61], shifted)
