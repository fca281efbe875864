"""Cells that stay and cells that join, put together in one pass, stand as a sort of all of them puts them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.cases.moving_cells import BOX, crowd, moving_program

from vesicula.engine import order
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state
from vesicula.engine.state import PER_CELL
from vesicula.engine.voxels import cell_sites

POOL = Grid(1, 1, 1, 100.0, 100.0, 3)
SITES = 4


def crowded(grid, n, seed):
    """A state of four sites in canonical order, every number of a cell its own, few voxels and many cells in each."""
    rng = np.random.default_rng(seed)
    program = moving_program(grid)
    state = blank_state(program, [np.floor(place / 40.0) * 40.0 for place in crowd(grid, n, rng, sites=SITES)])
    state.cell_id[:] = rng.integers(0, 2**63, state.n_cells).astype(np.uint64)
    state.volume[:] = rng.random(state.n_cells)
    order.canonical(program, state)
    return program, state


@pytest.mark.parametrize("grid", [BOX, POOL], ids=["box", "pool"])
@pytest.mark.parametrize("held", [0, 60])
@pytest.mark.parametrize("few", [order.FEW, 0], ids=["gathered", "in pieces"])
def test_those_who_join_stand_where_a_sort_puts_them(grid, held, few, monkeypatch):
    monkeypatch.setattr(order, "FEW", few)
    program, state = crowded(grid, held, 1)
    _, others = crowded(grid, 30, 2)
    rng = np.random.default_rng(3)
    stays = np.flatnonzero(rng.random(state.n_cells) < 0.7)
    mixed = rng.permutation(others.n_cells)
    site = cell_sites(others)[mixed]
    joining = {name: getattr(others, name)[mixed] for name in PER_CELL}
    wanted = {name: np.concatenate((getattr(state, name)[stays], joining[name])) for name in PER_CELL}
    sites = np.concatenate((cell_sites(state)[stays], site))
    order.replace(program, state, stays, joining, site)
    _, sorted_ = crowded(grid, held, 1)
    for name in PER_CELL:
        setattr(sorted_, name, wanted[name])
    order.canonical(program, sorted_, cell_site=sites)
    for name in (*PER_CELL, "cell_start"):
        assert_array_equal(getattr(state, name), getattr(sorted_, name), err_msg=name)
    assert state.cell_start.dtype == np.int64


@pytest.mark.parametrize("grid", [BOX, POOL], ids=["box", "pool"])
@pytest.mark.parametrize("few", [order.FEW, 0], ids=["gathered", "in pieces"])
def test_those_who_stay_keep_their_order(grid, few, monkeypatch):
    monkeypatch.setattr(order, "FEW", few)
    program, state = crowded(grid, 60, 1)
    stays = np.flatnonzero(np.arange(state.n_cells) % 3)
    kept, site = state.cell_id[stays], cell_sites(state)[stays]
    order.replace(program, state, stays)
    assert_array_equal(state.cell_id, kept)
    assert_array_equal(cell_sites(state), site)
