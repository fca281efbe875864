"""Flows and travelling cells equal their plain twins, array by array."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.body_cases import BLOOD, BONE, BREAST, Body, fill, laden

from vesicula.engine import behaviours, body, lifecycle
from vesicula.engine.invariants import cell_balance, vesicle_balance
from vesicula.engine.reference import body as reference
from vesicula.engine.state import CellTerm, VesicleTerm

UNEVEN = Body(
    flows=((BREAST, BLOOD, [700.0, 0.0]), (BLOOD, BONE, [90.0, 4e4]), (BREAST, BONE, 30.0)), variants=2,
    share=(1.0, 0.37, 2.6),
)  # fmt: skip


def mixed(case, seed=9):
    system = case.system()
    states = case.states(system, seeds=(3, 4, 5, 6))
    rng = np.random.default_rng(seed)
    for program, state in zip(system.sites, states.sites, strict=True):
        state.step = 7
        fill(program, state, molecules=float(rng.uniform(10, 1e4)), particles=int(rng.integers(1, 60)))
        state.concentration *= rng.uniform(0.5, 2.0, state.concentration.shape)
        state.cargo *= rng.uniform(0.5, 2.0, state.cargo.shape)
        laden(state)
    return system, states


def assert_alike(states, expected):
    for one, other in zip(states.sites, expected.sites, strict=True):
        for name, array in one.arrays().items():
            twin = other.arrays()[name]
            assert array.dtype == twin.dtype, name
            if array.dtype.kind == "f":
                assert_allclose(array, twin, rtol=1e-11, atol=1e-9, err_msg=name)
            else:
                assert_array_equal(array, twin, err_msg=name)


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("held", [(), (BLOOD,), (BREAST, BLOOD)])
def test_flows_equal_the_twin(half, held):
    system, states = mixed(UNEVEN)
    for site in held:
        states.sites[site].held[1:3, 0] = 0.4
        states.sites[site].concentration[1:3, 0] = 0.4
    expected = copy.deepcopy(states)
    body.flow(system, states, 15.0, half)
    reference.flow(system, expected, 15.0, half)
    assert_alike(states, expected)
    assert np.all(states.sites[BONE].vesicle_ledger[:, :, VesicleTerm.ARRIVED].sum(axis=0) > 0)
    assert not np.any(states.sites[BONE].vesicles[:, :, :3])


@pytest.mark.parametrize(
    ("share", "stands_for"),
    [((1.0, 1.0, 1.0), (1, 1, 1)), ((1.0, 3.4, 0.3), (1, 1, 1)), ((1.0, 1.0, 0.05), (40, 7, 1))],
    ids=["alike", "shares", "pools of many and a piece of tissue"],
)
def test_travelling_cells_equal_the_twin(share, stands_for):
    system, states = mixed(replace(UNEVEN, share=share, stands_for=stands_for))
    gaps = [(vesicle_balance(state), cell_balance(state)) for state in states.sites]
    for _ in range(4):
        for program, state in zip(system.sites, states.sites, strict=True):
            behaviours.evaluate(program, state)
            lifecycle.advance(program, state)
            state.step += 1
        expected = copy.deepcopy(states)
        body.move(system, states)
        reference.move(system, expected)
        assert_alike(states, expected)
        for state, (particles, cells) in zip(states.sites, gaps, strict=True):
            assert_array_equal(vesicle_balance(state), particles)
            assert_array_equal(cell_balance(state), cells)
    assert np.all(states.sites[BONE].cell_ledger[:, 0, CellTerm.ARRIVED].sum() > 0)
    assert set(states.sites[BONE].cell_state) == {1} or 0 in states.sites[BONE].cell_state
