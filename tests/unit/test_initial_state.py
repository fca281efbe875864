"""The state at time 0: what fills voxels, what is drawn for cells, and that it hangs on nothing but the keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from vesicula.engine import invariants, start
from vesicula.engine.program import NONE, Effect, Grid, Start
from vesicula.engine.reference.blank import absent, blank_program
from vesicula.engine.reference.sketch import Clock, Node, Numbers, finished, with_clocks, with_networks
from vesicula.engine.room import NoRoom
from vesicula.engine.state import PER_CELL, SubstanceTerm

GRID = Grid(6, 5, 4, 20.0, 15.0, 3)


def program_with(n, *, region=NONE, spread=1.4):
    numbers = Numbers(2)
    program = blank_program(GRID, n_substances=2, n_matrix=1)
    program.matrix.solid[0] = 1
    program.matrix.initial[0, :30] = 1.0
    program = with_networks(program, numbers, [[Node(initial=[0.3, 0.6]), Node(initial=0.5, clamp=[np.nan, 0.0])]])
    clocks = [Clock(Effect.DIVIDE, 1 / 600, steps=4.0), Clock(Effect.APOPTOSIS, 1 / 900, steps=4.0)]
    program = with_clocks(program, numbers, clocks)
    types = replace(
        program.cell_types, p_volume=numbers.row([1000.0]), p_volume_spread=numbers.row([spread]),
        p_trait_mean=np.array([numbers.row([2.0, 1.0])], np.int32),
        p_trait_spread=np.array([numbers.row([1.5, None])], np.int32), p_trait_drift=absent(1, 2),
    )  # fmt: skip
    substances = replace(
        program.substances,
        p_initial=numbers.row([[0.5, 2.0], None]),
        p_passage=np.array([[numbers(0.0)], [NONE]], np.int32),
    )
    zero = np.zeros(n, np.int32)
    cells = Start(zero, zero - 1, zero, zero + region, np.full((n, 3), np.nan), np.ones(n, dtype=np.int64))
    regions = np.zeros((1, GRID.n_voxels), dtype=bool)
    regions[0, 20:60] = True
    program = replace(program, cell_types=types, substances=substances, start=cells, regions=regions, n_traits=2)
    return finished(program, numbers)


def test_substances_keep_out_of_what_they_cannot_enter_and_are_booked():
    program = program_with(0)
    state = start.initial_state(program, [0, 1], [[1, 0], [1, 1]])
    assert np.all(state.concentration[:, 0, :30] == 0)
    np.testing.assert_array_equal(state.concentration[:, 0, 30:], np.repeat([[0.5], [2.0]], 90, axis=1))
    assert state.substance_ledger[1, 0, SubstanceTerm.START] == pytest.approx(2.0 * 90 * 6000)
    np.testing.assert_allclose(invariants.substance_balance(program, state), 0, atol=1e-9)
    assert np.isnan(state.held).all()


def test_cells_are_uniform_in_the_open_part_of_their_region():
    state = start.initial_state(program_with(8000, region=0), [0], [[1, 0]])
    x, y, z = state.position.T
    voxel = ((z // 15) * 5 + y // 20) * 6 + x // 20
    counts = np.bincount(voxel.astype(int), minlength=GRID.n_voxels)
    assert counts[:30].sum() == 0
    assert counts[60:].sum() == 0
    assert stats.chisquare(counts[30:60]).pvalue > 1e-3
    assert stats.kstest(x % 20 / 20, "uniform").pvalue > 1e-3


def test_drawn_values_follow_their_laws():
    state = start.initial_state(program_with(6000), [0], [[4, 2]])
    for values, median, spread in ((state.volume, 1000.0, 1.4), (state.trait[:, 0], 2.0, 1.5)):
        z = np.log(values / median) / np.log(spread)
        assert stats.kstest(z, "norm").pvalue > 1e-3
    assert np.all(state.trait[:, 1] == 1.0)
    np.testing.assert_array_equal(state.volume, state.volume_target)
    age = state.clock[:, 0] / state.clock_threshold[:, 0]
    assert stats.kstest(age, "uniform").pvalue > 1e-3
    assert stats.kstest(state.clock_threshold[:, 0], stats.gamma(5).cdf).pvalue > 1e-3
    assert np.all(state.clock[:, 1] == 0)
    assert stats.kstest(state.clock_threshold[:, 1], stats.gamma(4).cdf).pvalue > 1e-3
    for hazard in (2, 3):
        assert stats.kstest(state.clock_threshold[:, hazard], "expon").pvalue > 1e-3


def test_nodes_start_at_their_value_or_clamp():
    state = start.initial_state(program_with(3), [0, 1], [[1, 0], [1, 1]])
    np.testing.assert_array_equal(state.nodes[:3], [[0.3, 0.5]] * 3)
    np.testing.assert_array_equal(state.nodes[3:], [[0.6, 0.0]] * 3)


def test_cells_of_a_site_hang_on_its_key_alone():
    program = program_with(50)
    batch = start.initial_state(program, [0, 1, 0], [[1, 5], [1, 6], [2, 5]])
    alone = start.initial_state(program, [0], [[2, 5]])
    last = slice(batch.cell_start[2], batch.cell_start[3])
    for name in PER_CELL:
        np.testing.assert_array_equal(getattr(batch, name)[last], getattr(alone, name), err_msg=name)
    assert len(np.unique(batch.cell_id)) == 100
    assert not np.array_equal(batch.position[:50], batch.position[100:])


def test_no_room_is_an_error():
    program = program_with(2, region=0)
    program.regions[0, 30:] = False
    with pytest.raises(NoRoom, match="no voxel outside"):
        start.initial_state(program, [0], [[1, 0]])
