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
from vesicula.engine.system import SystemState


def begin(case=None, seeds=(1, 2, 3)):
    system = (case or Body()).system()
    states = case.states(system, seeds) if case else Body().states(system, seeds)
    for k, (program, state) in enumerate(zip(system.sites, states.sites, strict=True)):
        fill(program, state, molecules=1e4 * (k + 1), particles=20 * (3 - k))
        laden(state)
    return system, states


def run(system, states, steps=12):
    for _ in range(steps):
        advance(system, states)
    return states


def assert_same(one: State, other: State):
    for name, array in one.arrays().items():
        assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_ledgers_close_on_all_sides():
    system, states = begin()
    for _ in range(20):
        advance(system, states)
        for program, state in zip(system.sites, states.sites, strict=True):
            assert_array_equal(invariants.cell_balance(state), 0)
            assert_array_equal(invariants.vesicle_balance(state), 0)
            assert_allclose(invariants.cargo_balance(state), 0.0, atol=1e-8)
            assert_allclose(invariants.substance_balance(program, state), 0.0, atol=1e-6)
            assert state.vesicles.min() >= 0
            assert state.concentration.min() >= 0.0
            assert not state.cell_bound_for.any()
    assert np.all(states.sites[BONE].cell_ledger[:, 0, CellTerm.ARRIVED] > 0)
    assert np.all(states.sites[BLOOD].cell_ledger[:, 0, CellTerm.LEFT] > 0)


def test_nothing_is_lost_between_sites_of_one_share():
    system, states = begin(Body(share=(1.0, 1.0, 1.0), flows=((BREAST, BLOOD, 900.0), (BLOOD, BONE, 500.0))))
    run(system, states)

    def both(table, terms):
        return [sum(getattr(state, table)[..., int(term)] for state in states.sites) for term in terms]

    assert_array_equal(*both("vesicle_ledger", (VesicleTerm.LEFT, VesicleTerm.ARRIVED)))
    assert_array_equal(*both("cell_ledger", (CellTerm.LEFT, CellTerm.ARRIVED)))
    assert_allclose(*both("cargo_ledger", (VesicleTerm.LEFT, VesicleTerm.ARRIVED)), rtol=1e-12)
    assert_allclose(*both("substance_ledger", (SubstanceTerm.WALL_OUT, SubstanceTerm.WALL_IN)), rtol=1e-12)


def test_real_amounts_are_kept_between_sites_of_several_shares():
    system, states = begin(Body(clocks=(), cells=(1, 0, 0)))
    share = np.array(Body().share)

    def real():
        return sum(
            state.concentration.sum(axis=2) * program.grid.voxel_volume / part
            for state, program, part in zip(states.sites, system.sites, share, strict=True)
        )

    before = real()
    run(system, states)
    assert_allclose(real(), before, rtol=1e-12)


def test_two_sites_approach_each_other_as_two_compartments_do():
    case = Body(flows=((BREAST, BLOOD, 900.0),), clocks=(), cells=(1, 0, 0), share=(1.0, 0.5, 1.0))
    system, states = begin(case)
    volumes = 16 * 20.0**3, 100.0**3 / 0.5
    one, two = (states.sites[k].concentration.mean(axis=2) for k in (BREAST, BLOOD))
    run(system, states, 4)
    mean = (one * volumes[0] + two * volumes[1]) / sum(volumes)
    expected = mean + (one - mean) * np.exp(-900.0 * 120.0 * (1 / volumes[0] + 1 / volumes[1]))
    assert_allclose(states.sites[BREAST].concentration.mean(axis=2), expected, rtol=1e-10)


def test_a_site_behind_another_has_what_flows_there_within_the_step():
    """Breast and bone share the blood: one turn of 10 h equals 600 of a minute, whichever flow is named first."""
    flows = ((BREAST, BLOOD, 900.0), (BLOOD, BONE, 5e4))
    found = []
    for order, turns in ((flows, 1), (flows[::-1], 1), (flows, 600)):
        system, states = begin(Body(flows=order, clocks=(), cells=(1, 0, 0)))
        states.sites[BREAST].concentration *= 100.0
        for turn in range(turns):
            body.flow(system, states, 600.0 / turns, turn % 2)
        found.append([state.concentration.max(axis=2) for state in states.sites])
    assert_allclose(found[1], found[0], rtol=1e-12)
    assert_allclose(found[2], found[0], rtol=1e-9)
    assert_allclose(found[0][BONE], found[0][BLOOD], rtol=0.01)


def test_without_flows_and_passages_every_site_has_the_bits_of_its_own_step():
    case = Body(flows=(), clocks=(Clock(Effect.DIVIDE, 1 / 90), Clock(Effect.APOPTOSIS, 1 / 400)))
    system, states = begin(case)
    alone = copy.deepcopy(states)
    run(system, states, 6)
    for _ in range(6):
        for program, state in zip(system.sites, alone.sites, strict=True):
            step(program, state)
    for one, other in zip(states.sites, alone.sites, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("row", [0, 2])
def test_a_row_has_the_same_bits_alone(row):
    seeds = (1, 2, 3)
    cases = Body(), Body()
    systems = [case.system() for case in cases]
    together = run(systems[0], cases[0].states(systems[0], seeds))
    alone = run(systems[1], cases[1].states(systems[1], (seeds[row],)))
    for one, other in zip(together.sites, alone.sites, strict=True):
        first, last = one.cell_start[row], one.cell_start[row + 1]
        for name in PER_CELL:
            assert_array_equal(getattr(one, name)[first:last], getattr(other, name), err_msg=name)
        for name in ("vesicles", "concentration", "vesicle_ledger", "cell_ledger", "substance_ledger"):
            assert_array_equal(getattr(one, name)[row], getattr(other, name)[0], err_msg=name)


def test_threads_and_restarts_do_not_matter():
    with threads(2):
        whole = run(*begin())
    with threads(1):
        system, states = begin()
        run(system, states, 5)
        kept = {name: np.copy(array) for name, array in states.arrays().items()}
        again = SystemState.from_arrays(kept, states.site_names)
        run(system, again, 7)
    for one, other in zip(whole.sites, again.sites, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("ratio", [0.3, 2.6])
def test_shares_are_unbiased_for_cells_and_particles(ratio):
    clocks = (Clock(Effect.LEAVE, 1.0, site=BREAST, to_site=BLOOD),)
    case = Body(flows=((BREAST, BLOOD, 900.0),), clocks=clocks, cells=(40, 0, 0), share=(1.0, ratio, 1.0))
    system, states = begin(case, seeds=range(200))
    states.sites[BREAST].cell_bound_for[:] = BLOOD + 1
    body.move(system, states)
    carried_out = states.sites[BREAST].vesicle_ledger[:, :, VesicleTerm.LEFT].copy()
    carried_in = states.sites[BLOOD].vesicle_ledger[:, :, VesicleTerm.ARRIVED].copy()
    body.flow(system, states, 15.0, 0)
    arrived = states.sites[BLOOD].cell_ledger[:, 0, CellTerm.ARRIVED]
    fraction = ratio - np.floor(ratio)
    assert abs(arrived.mean() - 40 * ratio) < 4.0 * np.sqrt(40 * fraction * (1 - fraction) / 200)
    first = states.sites[BLOOD].cell_id[: states.sites[BLOOD].cell_start[1]]
    assert len(np.unique(first)) == len(first)
    carried = states.sites[BLOOD].bound.sum(axis=0) / states.sites[BLOOD].n_cells
    assert_allclose(carried, 14.5, rtol=0.05)
    left = (states.sites[BREAST].vesicle_ledger[:, :, VesicleTerm.LEFT] - carried_out).mean()
    inward = (states.sites[BLOOD].vesicle_ledger[:, :, VesicleTerm.ARRIVED] - carried_in).mean()
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
        system = case.system()
        states = case.states(system, range(20))
        run(system, states, round(400 / macro_step))
        stay = np.exp(-k1 * 400)
        blood = k1 / (k2 - k1) * (np.exp(-k1 * 400) - np.exp(-k2 * 400))
        for k, p in ((BREAST, stay), (BLOOD, blood), (BONE, 1 - stay - blood)):
            assert abs(states.sites[k].n_cells - 10000 * p) < 4 * np.sqrt(10000 * p * (1 - p)), (k, macro_step)
        assert set(states.sites[BONE].cell_state) == {1}


def test_a_full_site_refuses_cells():
    case = replace(Body(), solid=tuple(range(15)), flows=())
    system = case.system()
    states = case.states(system)
    states.sites[BREAST].cell_bound_for[0] = BONE + 1
    with pytest.raises(NoRoom, match="no voxel"):
        body.move(system, states)


def test_sites_of_different_things_are_not_joined_by_blood():
    system, states = begin()
    vesicles = replace(system.sites[BLOOD].vesicles, p_decay=np.zeros(9, np.int32))
    sites = list(system.sites)
    sites[BLOOD] = replace(sites[BLOOD], vesicles=vesicles)
    with pytest.raises(ValueError, match="the same"):
        body.flow(replace(system, sites=tuple(sites)), states, 1.0, 0)
