"""Sites of a body: ledgers close on all sides, shares are unbiased, and bits depend on nothing else."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.body_cases import BLOOD, BONE, BREAST, Body, fill, laden
from tests.cases.threads import threads

from vesicula.engine import body, invariants
from vesicula.engine.program import Effect
from vesicula.engine.reference.sketch import Clock
from vesicula.engine.room import NoRoom
from vesicula.engine.state import PER_CELL, CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.step import advance, step


def begin(case=None, seeds=(1, 2, 3)):
    between, programs = (case or Body()).tables()
    states = case.states(programs, seeds) if case else Body().states(programs, seeds)
    for k, (program, state) in enumerate(zip(programs, states, strict=True)):
        fill(program, state, molecules=1e4 * (k + 1), particles=20 * (3 - k))
        laden(state)
    return between, programs, states


def run(between, programs, states, steps=12):
    for _ in range(steps):
        advance(between, programs, states)
    return states


def assert_same(one: State, other: State):
    for name, array in one.arrays().items():
        assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_ledgers_close_on_all_sides():
    between, programs, states = begin()
    for _ in range(20):
        advance(between, programs, states)
        for program, state in zip(programs, states, strict=True):
            assert_array_equal(invariants.cell_balance(state), 0)
            assert_array_equal(invariants.vesicle_balance(state), 0)
            assert_allclose(invariants.cargo_balance(state), 0.0, atol=1e-8)
            assert_allclose(invariants.substance_balance(program, state), 0.0, atol=1e-6)
            assert state.vesicles.min() >= 0
            assert state.concentration.min() >= 0.0
            assert not state.cell_bound_for.any()
    assert np.all(states[BONE].cell_ledger[:, 0, CellTerm.ARRIVED] > 0)
    assert np.all(states[BLOOD].cell_ledger[:, 0, CellTerm.LEFT] > 0)


def test_nothing_is_lost_between_sites_of_one_share():
    between, programs, states = begin(Body(share=(1.0, 1.0, 1.0), flows=((BREAST, BLOOD, 900.0), (BLOOD, BONE, 500.0))))
    run(between, programs, states)

    def both(table, terms):
        return [sum(getattr(state, table)[..., int(term)] for state in states) for term in terms]

    assert_array_equal(*both("vesicle_ledger", (VesicleTerm.LEFT, VesicleTerm.ARRIVED)))
    assert_array_equal(*both("cell_ledger", (CellTerm.LEFT, CellTerm.ARRIVED)))
    assert_allclose(*both("cargo_ledger", (VesicleTerm.LEFT, VesicleTerm.ARRIVED)), rtol=1e-12)
    assert_allclose(*both("substance_ledger", (SubstanceTerm.WALL_OUT, SubstanceTerm.WALL_IN)), rtol=1e-12)


def test_real_amounts_are_kept_between_sites_of_several_shares():
    between, programs, states = begin(Body(clocks=(), cells=(1, 0, 0)))
    share = np.array(Body().share)

    def real():
        return sum(
            state.concentration.sum(axis=2) * program.grid.voxel_volume / part
            for state, program, part in zip(states, programs, share, strict=True)
        )

    before = real()
    run(between, programs, states)
    assert_allclose(real(), before, rtol=1e-12)


def test_two_sites_approach_each_other_as_two_compartments_do():
    case = Body(flows=((BREAST, BLOOD, 900.0),), clocks=(), cells=(1, 0, 0), share=(1.0, 0.5, 1.0))
    between, programs, states = begin(case)
    volumes = 16 * 20.0**3, 100.0**3 / 0.5
    one, two = (states[k].concentration.mean(axis=2) for k in (BREAST, BLOOD))
    run(between, programs, states, 4)
    mean = (one * volumes[0] + two * volumes[1]) / sum(volumes)
    expected = mean + (one - mean) * np.exp(-900.0 * 120.0 * (1 / volumes[0] + 1 / volumes[1]))
    assert_allclose(states[BREAST].concentration.mean(axis=2), expected, rtol=1e-10)


def test_a_site_behind_another_has_what_flows_there_within_the_step():
    """Breast and bone share the blood: one turn of 10 h equals 600 of a minute, whichever flow is named first."""
    flows = ((BREAST, BLOOD, 900.0), (BLOOD, BONE, 5e4))
    found = []
    for order, turns in ((flows, 1), (flows[::-1], 1), (flows, 600)):
        between, programs, states = begin(Body(flows=order, clocks=(), cells=(1, 0, 0)))
        states[BREAST].concentration *= 100.0
        for turn in range(turns):
            body.flow(between.flows, programs, states, 600.0 / turns, turn % 2)
        found.append([state.concentration.max(axis=2) for state in states])
    assert_allclose(found[1], found[0], rtol=1e-12)
    assert_allclose(found[2], found[0], rtol=1e-9)
    assert_allclose(found[0][BONE], found[0][BLOOD], rtol=0.01)


def test_without_flows_and_passages_every_site_has_the_bits_of_its_own_step():
    case = Body(flows=(), clocks=(Clock(Effect.DIVIDE, 1 / 90), Clock(Effect.APOPTOSIS, 1 / 400)))
    between, programs, states = begin(case)
    alone = copy.deepcopy(states)
    run(between, programs, states, 6)
    for _ in range(6):
        for program, state in zip(programs, alone, strict=True):
            step(program, state)
    for one, other in zip(states, alone, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("row", [0, 2])
def test_a_row_has_the_same_bits_alone(row):
    seeds = (1, 2, 3)
    cases = Body(), Body()
    tables = [case.tables() for case in cases]
    together = run(*tables[0], cases[0].states(tables[0][1], seeds))
    alone = run(*tables[1], cases[1].states(tables[1][1], (seeds[row],)))
    for one, other in zip(together, alone, strict=True):
        first, last = one.cell_start[row], one.cell_start[row + 1]
        for name in PER_CELL:
            assert_array_equal(getattr(one, name)[first:last], getattr(other, name), err_msg=name)
        for name in ("vesicles", "concentration", "vesicle_ledger", "cell_ledger", "substance_ledger"):
            assert_array_equal(getattr(one, name)[row], getattr(other, name)[0], err_msg=name)


def test_threads_and_restarts_do_not_matter():
    with threads(2):
        whole = run(*begin())
    with threads(1):
        between, programs, states = begin()
        run(between, programs, states, 5)
        again = tuple(State.from_arrays({k: np.copy(a) for k, a in s.arrays().items()}) for s in states)
        run(between, programs, again, 7)
    for one, other in zip(whole, again, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("ratio", [0.3, 2.6])
def test_shares_are_unbiased_for_cells_and_particles(ratio):
    clocks = (Clock(Effect.LEAVE, 1.0, site=BREAST, to_site=BLOOD),)
    case = Body(flows=((BREAST, BLOOD, 900.0),), clocks=clocks, cells=(40, 0, 0), share=(1.0, ratio, 1.0))
    between, programs, states = begin(case, seeds=range(200))
    states[BREAST].cell_bound_for[:] = BLOOD + 1
    body.move(between.passages, programs, states)
    carried_out = states[BREAST].vesicle_ledger[:, :, VesicleTerm.LEFT].copy()
    carried_in = states[BLOOD].vesicle_ledger[:, :, VesicleTerm.ARRIVED].copy()
    body.flow(between.flows, programs, states, 15.0, 0)
    arrived = states[BLOOD].cell_ledger[:, 0, CellTerm.ARRIVED]
    fraction = ratio - np.floor(ratio)
    assert abs(arrived.mean() - 40 * ratio) < 4.0 * np.sqrt(40 * fraction * (1 - fraction) / 200)
    first = states[BLOOD].cell_id[: states[BLOOD].cell_start[1]]
    assert len(np.unique(first)) == len(first)
    carried = states[BLOOD].bound.sum(axis=0) / states[BLOOD].n_cells
    assert_allclose(carried, 14.5, rtol=0.05)
    left = (states[BREAST].vesicle_ledger[:, :, VesicleTerm.LEFT] - carried_out).mean()
    inward = (states[BLOOD].vesicle_ledger[:, :, VesicleTerm.ARRIVED] - carried_in).mean()
    assert left > 50
    assert inward == pytest.approx(left * ratio, rel=0.05)


def test_clocks_run_only_at_home_and_times_do_not_depend_on_the_step():
    """A chain of three exponential stays: numbers at 400 min as the exact law says, for two macro steps."""
    k1, k2 = 1 / 300, 1 / 100
    clocks = (
        Clock(Effect.LEAVE, k1, site=BREAST, to_site=BLOOD),
        Clock(Effect.LEAVE, k2, site=BLOOD, to_site=BONE, to_state=1),
    )  # fmt: skip
    for macro_step in (100.0, 10.0):
        case = Body(flows=(), clocks=clocks, cells=(500, 0, 0), share=(1.0, 1.0, 1.0), macro_step=macro_step)
        between, programs = case.tables()
        states = case.states(programs, range(20))
        run(between, programs, states, round(400 / macro_step))
        stay = np.exp(-k1 * 400)
        blood = k1 / (k2 - k1) * (np.exp(-k1 * 400) - np.exp(-k2 * 400))
        for k, p in ((BREAST, stay), (BLOOD, blood), (BONE, 1 - stay - blood)):
            assert abs(states[k].n_cells - 10000 * p) < 4 * np.sqrt(10000 * p * (1 - p)), (k, macro_step)
        assert set(states[BONE].cell_state) == {1}


def test_a_full_site_refuses_cells():
    case = replace(Body(), solid=tuple(range(15)), flows=())
    between, programs = case.tables()
    states = case.states(programs)
    states[BREAST].cell_bound_for[0] = BONE + 1
    with pytest.raises(NoRoom, match="no voxel"):
        body.move(between.passages, programs, states)


def test_sites_of_different_things_are_not_joined_by_blood():
    between, programs, states = begin()
    vesicles = replace(programs[BLOOD].vesicles, p_decay=np.zeros(9, np.int32))
    others = [*programs[:BLOOD], replace(programs[BLOOD], vesicles=vesicles), *programs[BLOOD + 1 :]]
    with pytest.raises(ValueError, match="the same"):
        body.flow(between.flows, others, states, 1.0, 0)
