"""Compiled matrix work equals the plain Python one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cases.moving_cells import BOX, DEPOSITION, RESORPTION, SHEET, crowd, moving_program

from vesicula.engine import matrix
from vesicula.engine.order import canonical
from vesicula.engine.program import Grid
from vesicula.engine.reference import matrix as reference
from vesicula.engine.reference.blank import blank_state
from vesicula.engine.state import SubstanceTerm


def working_case(grid, seed, *, rate=300.0, n=60):
    """Two components (one solid), three stores, two enzymes, two variants, cells at work in two sites."""
    rng = np.random.default_rng(seed)
    program = moving_program(grid, n_substances=3, n_matrix=2, values=[[0.5, 3.0, 0.02], [2.0, 0.1, 0.05]])
    program = replace(
        program,
        matrix=replace(
            program.matrix,
            solid=np.array([1, 0], dtype=np.int8),
            store_matrix=np.array([0, 0, 1], dtype=np.int32),
            store_substance=np.array([0, 1, 1], dtype=np.int32),
            p_content=np.array([0, 1, 0], dtype=np.int32),
            p_new_content=np.array([1, -1, 0], dtype=np.int32),
            p_enzyme_rate=np.array([[-1, 2, -1], [2, -1, 2]], dtype=np.int32),
        ),
    )
    state = blank_state(program, crowd(grid, n, rng, sites=2, share=0.3))
    state.site_variant[:] = [0, 1]
    state.matrix[:] = rng.uniform(0.0, 1.0, state.matrix.shape) * (rng.random(state.matrix.shape) < 0.7)
    state.matrix[..., 0] = np.maximum(state.matrix[..., 0], 0.4)  # something to take in every site
    state.store = rng.uniform(0.0, 1e4, (2, 3, grid.n_voxels))
    state.concentration[:] = rng.uniform(0.0, 1.0, state.concentration.shape)
    state.behaviour[:, RESORPTION] = rate * rng.random(state.n_cells)
    state.behaviour[:, DEPOSITION] = rate * rng.random(state.n_cells)
    canonical(program, state)
    return program, state


@pytest.mark.parametrize("grid", [BOX, SHEET, Grid(1, 1, 1, 100.0, 50.0, 3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_one_step(grid, seed):
    program, state = working_case(grid, seed)
    expected = [reference.advance(program, state, s) for s in range(2)]
    before = state.concentration.copy()
    source = matrix.advance(program, state)
    np.testing.assert_array_equal(state.concentration, before)
    for s, (density, store, expected_source, booked) in enumerate(expected):
        assert_allclose(state.matrix[s], density, rtol=1e-12, atol=1e-14)
        assert_allclose(state.store[s], store, rtol=1e-11, atol=1e-9)
        assert_allclose(source[s], expected_source, rtol=1e-12)
        assert_allclose(state.substance_ledger[s, :, SubstanceTerm.FROM_STORES], booked, rtol=1e-12)
        assert min(booked[:2]) > 0.0
