"""Substances: nothing is lost or made, nothing is negative, and bits do not depend on company or threads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases.substance_cases import CUBE, DISH, NONE, SHEET, busy_case, run, start, substance_program, wild_case
from tests.cases.threads import threads

from vesicula.engine import invariants
from vesicula.engine.program import Grid, Reaction
from vesicula.engine.state import SubstanceTerm, Work


def relative_imbalance(program, state):
    turnover = np.abs(state.substance_ledger).sum(axis=2)
    return np.max(np.abs(invariants.substance_balance(program, state)) / np.where(turnover > 0.0, turnover, 1.0))


@pytest.mark.parametrize("grid", [CUBE, SHEET, Grid(1, 1, 12, 20.0, 20.0, 3), DISH])
def test_everything_at_once_is_conserved_and_stays_positive(grid):
    program, state = busy_case(grid)
    run(program, state, 4)
    assert relative_imbalance(program, state) < 1e-13
    assert state.concentration.min() >= 0.0
    assert (state.substance_ledger >= 0.0).all()
    assert state.substance_ledger[0, 2, SubstanceTerm.REACTED_IN] > 0.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), steps=st.sampled_from([0.01, 1.0, 60.0]))
def test_random_cases_are_conserved_and_positive(seed, steps):
    program, state = busy_case(Grid(5, 4, 3, 20.0, 20.0, 3), seed=seed, cells=8)
    program = replace(program, macro_step=steps)
    run(program, state, 2)
    assert relative_imbalance(program, state) < 1e-13
    assert state.concentration.min() >= 0.0


@pytest.mark.parametrize("seed", range(9))
def test_rates_of_any_size_are_solved_conserved_and_positive(seed):
    grid = (Grid(4, 3, 3, 20.0, 20.0, 3), Grid(6, 5, 1, 20.0, 100.0, 2), DISH)[seed % 3]
    program, state = wild_case(grid, seed)
    run(program, state, 2)
    assert relative_imbalance(program, state) < 1e-12
    assert state.concentration.min() >= 0.0
    assert (state.work[0, Work.REDONE_FIRST_ORDER] > 0) == (seed in (1, 3, 4)), "both orders are met in these cases"


def test_bound_and_free_add_up_in_every_closed_dish():
    program = substance_program(DISH, [1.0, 1.0, 1.0], reactions=[(Reaction.BIND, 0, 1, 2, 500.0, 40.0)])
    state = start(program, [[0.3], [0.2], [0.0]], sites=3)
    run(program, state, 5)
    together = state.concentration[:, 0] + state.concentration[:, 2]
    np.testing.assert_allclose(together, 0.3, rtol=1e-14)
    np.testing.assert_allclose(state.concentration[:, 1] + state.concentration[:, 2], 0.2, rtol=1e-14)


@pytest.mark.parametrize(("diffusion", "minutes"), [(1.0, 60.0), (10.0, 6.0), (1000.0, 0.1)])
def test_a_dose_in_one_voxel_never_leaves_a_value_below_zero(diffusion, minutes):
    """The scheme itself undershoots beside a sharp dose, by less than its tolerance."""
    program = substance_program(Grid(12, 12, 1, 20.0, 20.0, 2), diffusion, macro_step=minutes)
    dose = np.zeros(144)
    dose[78] = 1.0
    state = start(program, dose)
    for _ in range(3):
        run(program, state)
        assert state.concentration.min() >= 0.0
    assert state.concentration.sum() == pytest.approx(1.0, rel=1e-13)


def test_two_alike_that_bind_count_twice():
    program = substance_program(CUBE, [600.0, 90.0], reactions=[(Reaction.BIND, 0, 0, 1, 3.0, 0.4)])
    state = start(program, np.random.default_rng(3).random((2, CUBE.n_voxels)))
    before = state.concentration[0, 0].sum() + 2.0 * state.concentration[0, 1].sum()
    run(program, state, 2)
    assert state.concentration[0, 0].sum() + 2.0 * state.concentration[0, 1].sum() == pytest.approx(before, rel=1e-13)
    assert relative_imbalance(program, state) < 1e-13


def test_blocked_voxels_keep_what_they_hold():
    program = substance_program(CUBE, 600.0, passage=[[0.0]])
    state = start(program, np.linspace(0.5, 1.5, CUBE.n_voxels))
    blocked = np.zeros(CUBE.n_voxels, dtype=bool)
    blocked[::4] = True
    state.matrix[0, 0] = blocked
    before = state.concentration[0, 0].copy()
    run(program, state)
    np.testing.assert_allclose(state.concentration[0, 0, blocked], before[blocked], rtol=1e-14)
    assert np.ptp(state.concentration[0, 0, ~blocked]) < 0.5 * np.ptp(before[~blocked])


def test_a_wall_of_matrix_separates_two_rooms_exactly():
    grid = Grid(9, 4, 4, 20.0, 20.0, 3)
    program = substance_program(grid, 600.0, passage=[[0.0]])
    x = np.arange(grid.n_voxels) % 9
    state = start(program, np.where(x < 4, 2.0, 0.0))
    state.matrix[0, 0] = x == 4
    run(program, state, 10)
    left, right = state.concentration[0, 0, x < 4], state.concentration[0, 0, x > 4]
    assert left.sum() == pytest.approx(2.0 * left.size, rel=1e-13)
    assert (right == 0.0).all()


def test_mirror_images_give_mirror_images():
    program = substance_program(CUBE, 600.0, decay=0.05)
    field = np.random.default_rng(2).random((CUBE.nz, CUBE.ny, CUBE.nx))
    one = run(program, start(program, field.ravel())).concentration.reshape(field.shape)
    mirrored = run(program, start(program, field[:, ::-1].ravel())).concentration.reshape(field.shape)
    np.testing.assert_allclose(mirrored[:, ::-1], one, rtol=1e-3)


def test_a_site_has_the_same_bits_alone_and_in_company():
    program, alone = busy_case(sites=1)
    _, company = busy_case(sites=3)
    company.concentration[1] *= 2.0
    run(program, alone, 3)
    run(program, company, 3)
    assert np.array_equal(alone.concentration[0], company.concentration[2])
    assert np.array_equal(alone.substance_ledger[0], company.substance_ledger[2])
    assert not np.array_equal(company.concentration[1], company.concentration[2])


def test_one_and_two_threads_give_the_same_bits():
    results = []
    for on in (1, 2):
        program, state = busy_case(sites=5)
        with threads(on):
            results.append(run(program, state, 2))
    assert np.array_equal(results[0].concentration, results[1].concentration)
    assert np.array_equal(results[0].substance_ledger, results[1].substance_ledger)


def test_a_held_substance_stays_and_its_exchange_is_booked():
    program = substance_program(
        DISH, [1.0, 1.0], decay=[0.1, 0.0], reactions=[(Reaction.CONVERT, 0, NONE, 1, 0.05, 0.0)]
    )
    state = start(program, [[1.0], [0.0]])
    state.held[0, 0] = 2.0
    run(program, state, 2)
    assert state.concentration[0, 0, 0] == 2.0
    assert state.concentration[0, 1, 0] == pytest.approx(2.0 * 0.05 * 12.0, rel=1e-9)
    assert relative_imbalance(program, state) < 1e-13
    supplied = state.substance_ledger[0, 0, SubstanceTerm.WALL_IN]
    assert supplied == pytest.approx((1.0 + 2.0 * 0.15 * 12.0) * DISH.voxel_volume, rel=1e-9)


def test_an_empty_field_costs_nothing_and_a_steady_one_little():
    program = substance_program(CUBE, [600.0, 600.0])
    state = start(program, [[0.0] * CUBE.n_voxels, [3.0] * CUBE.n_voxels])
    run(program, state, 3)
    assert state.work[0, Work.V_CYCLES] == 0
    np.testing.assert_allclose(state.concentration[0, 1], 3.0, rtol=1e-14)


def test_a_reaction_whose_partner_is_not_there_changes_nothing():
    """Neither bits nor sub-steps, also beside a site where it runs; what holds the bound form lets it fall apart."""
    grid, reaction = Grid(8, 8, 1, 20.0, 20.0, 2), (Reaction.BIND, 0, 1, 2, 500.0, 40.0)
    field = np.zeros((3, grid.n_voxels))
    field[0] = 0.3 + 0.1 * np.arange(grid.n_voxels)
    alone = start(substance_program(grid, [30.0, 30.0, 30.0]), field)
    run(substance_program(grid, [30.0, 30.0, 30.0]), alone, 3)
    program = substance_program(grid, [30.0, 30.0, 30.0], reactions=[reaction])
    both = start(program, field, sites=2)
    both.concentration[1, 2] = 0.1
    run(program, both, 3)
    np.testing.assert_array_equal(both.concentration[0], alone.concentration[0])
    np.testing.assert_array_equal(both.work[0], alone.work[0])
    assert both.concentration[1, 1].min() > 0.0
