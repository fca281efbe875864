"""Matrix volume and what it stores are conserved; density stays within 0..1; work goes where the rules say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases.moving_cells import BOX, DEPOSITION, RESORPTION, SHEET, moving_program
from tests.twins.test_matrix_twin import working_case

from vesicula.engine import fields, matrix
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state
from vesicula.engine.state import SubstanceTerm
from vesicula.engine.voxels import home_voxels


def molecules(program, state):
    """Molecules of every substance in fluid and stores, float64[n_sites, n_substances]."""
    total = state.concentration.sum(axis=2) * program.grid.voxel_volume
    for k, substance in enumerate(program.matrix.store_substance):
        total[:, substance] += state.store[:, k].sum(axis=1)
    return total


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), grid=st.sampled_from([BOX, SHEET]), rate=st.sampled_from([1.0, 300.0, 1e5]))
def test_stores_are_conserved_and_density_stays_in_bounds(seed, grid, rate):
    program, state = working_case(grid, seed, rate=rate)
    state.behaviour[:, DEPOSITION] = 0.0
    for _ in range(4):
        before, booked = molecules(program, state), state.substance_ledger.copy()
        source = matrix.advance(program, state)
        fluid = program.grid.voxel_volume * program.macro_step
        rise = source.sum(axis=2) * fluid
        assert molecules(program, state) + rise == pytest.approx(before, rel=1e-13)
        state.concentration += source * program.macro_step
        assert np.all(state.substance_ledger >= booked)
        assert np.all((state.matrix >= 0.0) & (state.matrix <= 1.0))
        assert np.all(state.store >= 0.0)
        assert np.all(rise >= 0.0)
        assert rise[:, :2].min() > 0.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rate=st.sampled_from([1.0, 300.0, 1e5]))
def test_new_matrix_brings_its_stores(seed, rate):
    program, state = working_case(BOX, seed, rate=rate)
    no_enzymes = replace(program.matrix, p_enzyme_rate=np.full_like(program.matrix.p_enzyme_rate, -1))
    program = replace(program, matrix=no_enzymes)
    state.behaviour[:, RESORPTION] = 0.0
    stored, density = state.store.copy(), state.matrix.copy()
    matrix.advance(program, state)
    added = (state.matrix - density).sum(axis=2) * program.grid.voxel_volume
    content = program.values[state.site_variant]
    assert (state.store - stored)[:, 0].sum(axis=1) == pytest.approx(added[:, 0] * content[:, 1], rel=1e-9)
    assert (state.store - stored)[:, 1].sum(axis=1) == pytest.approx(0.0, abs=1e-6)
    assert np.all(state.matrix <= 1.0)
    assert np.all(state.substance_ledger[:, :, SubstanceTerm.FROM_STORES] == 0.0)


def lone_cell(*, solid, place=(50.0, 50.0, 50.0)):
    program = moving_program(BOX, n_matrix=1, macro_step=6.0)
    program.matrix.solid[:] = int(solid)
    state = blank_state(program, [np.array([place])])
    return program, state, int(home_voxels(program, state)[0])


def test_resorption_takes_from_the_densest_neighbour_what_the_cell_can():
    program, state, home = lone_cell(solid=True)
    state.matrix[0, 0, [home - 1, home + 1, home + 10]] = [0.5, 0.9, 0.8]
    state.behaviour[0, RESORPTION] = 100.0
    matrix.advance(program, state)
    assert state.matrix[0, 0, home + 1] == pytest.approx(0.9 - 600.0 / 8000.0)
    assert state.matrix[0, 0].sum() == pytest.approx(2.2 - 600.0 / 8000.0)


def test_solid_matrix_grows_on_what_is_there_and_walls_nobody_in():
    program, state, home = lone_cell(solid=True)
    state.matrix[0, 0, home + 1] = 0.2
    state.behaviour[0, DEPOSITION] = 8000.0 / 6.0 / 4.0  # a quarter of a voxel per step
    for _ in range(12):
        matrix.advance(program, state)
    assert state.matrix[0, 0, home + 1] == 1.0
    assert state.matrix[0, 0, home] == 0.5
    assert state.matrix[0, 0].max() <= 1.0


def test_what_cells_fill_up_is_full_at_the_end_of_a_step_in_which_enzymes_took_of_it():
    program, state, home = lone_cell(solid=True)
    program.values[0, 1] = 0.01  # /min per unit of concentration
    program.matrix.p_enzyme_rate[0, 0] = 1
    state.concentration[:, 0] = 1.0
    state.matrix[0, 0, home + 1] = state.matrix[0, 0, home + 2] = 1.0
    state.behaviour[0, DEPOSITION] = 8000.0 / 6.0  # a voxel per step
    matrix.advance(program, state)
    assert state.matrix[0, 0, home + 1] == 1.0
    assert state.matrix[0, 0, home + 2] == pytest.approx(np.exp(-0.06))


def test_soft_matrix_evens_out():
    program, state, home = lone_cell(solid=False)
    state.matrix[0, 0, home] = 0.2
    state.behaviour[0, DEPOSITION] = 80.0
    for _ in range(70):
        matrix.advance(program, state)
    around = state.matrix[0, 0, [home, home - 1, home + 1, home - 10, home + 10, home - 90, home + 90]]
    assert np.ptp(around) <= 80.0 * 6.0 / 8000.0 + 1e-12
    assert around.sum() == pytest.approx(0.2 + 70 * 80.0 * 6.0 / 8000.0)


def test_cells_share_what_is_there():
    program, state, _ = lone_cell(solid=True)
    program, state = program, blank_state(program, [np.full((3, 3), 50.0)])
    home = int(home_voxels(program, state)[0])
    state.matrix[0, 0, home] = 0.1
    state.behaviour[:, RESORPTION] = 1000.0
    matrix.advance(program, state)
    assert state.matrix[0, 0].sum() == 0.0


def test_stores_of_matrix_that_stays_solid_go_to_the_open_neighbours():
    program, state, home = lone_cell(solid=True)
    stores = replace(
        program.matrix, store_matrix=np.array([0], dtype=np.int32), store_substance=np.array([0], dtype=np.int32)
    )
    program = replace(program, matrix=replace(stores, p_new_content=np.array([-1], dtype=np.int32)))
    state.store = np.zeros((1, 1, BOX.n_voxels))
    state.matrix[0, 0, home + 1], state.store[0, 0, home + 1] = 1.0, 1e4
    state.behaviour[0, RESORPTION] = 100.0
    source = matrix.advance(program, state)
    freed = 1e4 * 600.0 / 8000.0
    assert source[0, 0, home + 1] == 0.0
    assert source[0, 0, home] * 8000.0 * program.macro_step == pytest.approx(freed / 6.0)
    assert source[0, 0].sum() * 8000.0 * program.macro_step == pytest.approx(freed)
    assert state.substance_ledger[0, 0, SubstanceTerm.FROM_STORES] == pytest.approx(freed)


@pytest.mark.parametrize("macro_step", [6.0, 20.0, 120.0, 360.0])
def test_what_resorption_sets_free_is_a_source_over_the_step(macro_step):
    """A cell that resorbs evenly, a factor with a half-life of 2 min: its level is the source over its decay."""
    grid = Grid(1, 1, 1, 200.0, 200.0, 3)
    program = moving_program(grid, n_substances=1, n_matrix=1, values=[[np.log(2.0) / 2.0]], macro_step=macro_step)
    program = replace(
        program,
        matrix=replace(
            program.matrix, store_matrix=np.zeros(1, np.int32), store_substance=np.zeros(1, np.int32),
            p_new_content=np.array([-1], dtype=np.int32),
        ),
        substances=replace(program.substances, p_decay=np.zeros(1, np.int32)),
    )  # fmt: skip
    state = blank_state(program, [np.full((1, 3), 100.0)])
    state.matrix[:], state.store = 1.0, np.full((1, 1, 1), 8e6)
    state.behaviour[0, RESORPTION] = 300.0
    for _ in range(3):
        fields.advance(program, state, matrix.advance(program, state))
    level = 300.0 / 8e6 * 2.0 / np.log(2.0)
    waited = 1.0 - 0.5 ** (1.5 * macro_step)
    assert state.concentration[0, 0, 0] == pytest.approx(level * waited, rel=1e-9)
    assert state.substance_ledger[0, 0, SubstanceTerm.FROM_STORES] == pytest.approx(900.0 * macro_step)
