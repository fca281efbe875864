"""Amounts near 2^62: what can be counted is counted to the last one, what cannot is refused before it happens."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.cases.body_cases import BLOOD, BREAST, Body, fill
from tests.cases.exchange_cases import Insert, pour_in

from vesicula.engine import counts, invariants
from vesicula.engine.counts import MOST, Uncountable
from vesicula.engine.program import Event, Protocol
from vesicula.engine.state import CellTerm, VesicleTerm
from vesicula.engine.step import intervene, step
from vesicula.engine.system import ONLY_SOLUBLE, WHOLE

TOO_MANY = (2.0**53 + 2, 2.0**62, 2.0**63, 1e24, np.inf, np.nan, -1.0)


def body_with(event: Event, amount: float, stands_for: int = 2**50):
    """A body whose blood gets one event at step 0."""
    case = Body(cells=(0, 0, 0))
    system = case.system()
    column = system.sites[BLOOD].values.shape[1]
    protocol = Protocol(
        step=np.zeros(1, np.int64), kind=np.array([event], np.int8), what=np.zeros(1, np.int32),
        state=np.zeros(1, np.int32), region=np.full(1, -1, np.int32), p_amount=np.full(1, column, np.int32),
        key=np.ones(1, np.uint64), stands_for=np.full(1, stands_for, np.int64),
    )  # fmt: skip
    values = np.concatenate([system.sites[BLOOD].values, [[amount]]], axis=1)
    sites = [replace(one, values=values) for one in system.sites]
    sites[BLOOD] = replace(sites[BLOOD], protocol=protocol)
    system = replace(system, sites=tuple(sites))
    return system, case.states(system, (1, 2))


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_few_are_told_by_their_bits_as_by_their_values(kind):
    rng, least = np.random.default_rng(5), {np.int64: -(2**63), np.float64: -np.inf}
    odd = [least[kind], -1, 0, 1, 2**52, 2**62]
    odd += [np.nan, np.inf, -0.0, 5e-324] if kind is np.float64 else [2**63 - 1]
    for one in odd:
        for most in (0.0, 10.0, MOST, 2.0**64):
            part = rng.integers(0, 3, (2, 5)).astype(kind)
            part[1, 3] = one
            with np.errstate(invalid="ignore"):
                plain = bool(float(part.max()) * part.size <= most and part.min() >= 0)
            said = counts._few(most, part[:, ::2], part)
            assert not said or plain, (one, most)  # what it says are few are few
            if np.signbit(np.float64(one)) or not np.isfinite(one) or part.max() * 10.0 > most:
                assert not said, (one, most)


def untouched(states, before) -> None:
    for state, old in zip(states.sites, before.sites, strict=True):
        for name, array in state.arrays().items():
            assert_array_equal(array, old.arrays()[name], err_msg=name)


@pytest.mark.parametrize("amount", TOO_MANY)
@pytest.mark.parametrize(("event", "kind"), [(Event.DOSE_VESICLES, "particles"), (Event.ADD_CELLS, "cells")])
def test_a_dose_beyond_what_can_be_counted_is_refused_and_nothing_has_changed(event, kind, amount):
    system, states = body_with(event, amount)
    before = copy.deepcopy(states)
    with pytest.raises(Uncountable) as refused:
        intervene(system, states)
    error = refused.value
    assert (error.site, error.row, error.kind, error.index, error.step) == (BLOOD, 0, kind, 0, 0)
    untouched(states, before)


def test_the_largest_dose_is_there_to_the_last_particle():
    system, states = body_with(Event.DOSE_VESICLES, MOST)
    intervene(system, states)
    assert_array_equal(states.sites[BLOOD].vesicles[:, 0].sum(axis=1), 2**53)
    assert_array_equal(states.sites[BLOOD].vesicle_ledger[:, 0, VesicleTerm.DOSED], 2**53)
    assert_array_equal(invariants.vesicle_balance(states.sites[BLOOD]), 0)


def test_the_largest_number_of_cells_is_there_to_the_last_one():
    system, states = body_with(Event.ADD_CELLS, MOST)
    intervene(system, states)
    assert_array_equal(states.sites[BLOOD].cell_ledger[:, 0, CellTerm.ADDED], 2**53)
    assert_array_equal(invariants.cell_balance(states.sites[BLOOD]), 0)


def test_two_doses_that_are_countable_each_are_refused_together():
    system, states = body_with(Event.DOSE_VESICLES, 0.6 * MOST)
    states.sites[BLOOD].vesicles[1, 0, 0] = int(0.5 * MOST)
    with pytest.raises(Uncountable) as refused:
        counts.refuse_events(system.sites[BLOOD], states.sites[BLOOD])
    assert refused.value.row == 1


def test_what_cells_release_in_a_step_is_refused_before_it_wraps():
    system = Body(cells=(0, 10, 0)).system()
    program = system.sites[BLOOD]
    program = replace(program, behaviours=replace(program.behaviours, release=np.array([0, -1], np.int32)))
    state = Body(cells=(0, 10, 0)).states(system, (1,)).sites[BLOOD]
    state.behaviour[:, 0] = 1e3
    counts.refuse_step(program, state)
    state.stands_for[:] = 2**48
    with pytest.raises(Uncountable, match="particles"):
        counts.refuse_step(program, state)


def test_cells_that_could_double_beyond_counting_are_refused():
    system = Body().system()
    state = Body().states(system, (1,)).sites[BLOOD]
    state.stands_for[:] = 2**51
    with pytest.raises(Uncountable, match="cells"):
        step(system.sites[BLOOD], state)


def test_copies_beyond_an_integer_are_refused():
    system = Body().system()
    state = Body().states(system, (1,)).sites[BLOOD]
    for name in ("copies", "cargo"):
        worse = copy.deepcopy(state)
        getattr(worse, name)[:] = 2.0**62
        with pytest.raises(Uncountable, match="copies"):
            counts.refuse_step(system.sites[BLOOD], worse)


def test_a_ledger_that_would_wrap_is_refused():
    system = Body().system()
    state = Body().states(system, (1,)).sites[BLOOD]
    state.vesicle_ledger[0, 1, VesicleTerm.ARRIVED] = 2**62
    with pytest.raises(Uncountable, match="particles of number 1"):
        counts.refuse_step(system.sites[BLOOD], state)


@pytest.mark.parametrize(("share", "fits"), [((1.0, 1.0, 1.0), True), ((1e-12, 1.0, 1.0), False)])
def test_blood_that_carries_more_than_can_be_counted_is_refused(share, fits):
    system = (case := Body(share=share)).system()
    states = case.states(system, (1,))
    fill(system.sites[BREAST], states.sites[BREAST], particles=10**5)
    if fits:
        counts.refuse_flows(system, states)
        return
    with pytest.raises(Uncountable) as refused:
        counts.refuse_flows(system, states)
    assert refused.value.site == BLOOD


@pytest.mark.parametrize("held", [False, True])
def test_travelling_cells_that_are_or_hold_more_than_can_be_counted_are_refused(held):
    system = (case := Body(share=(1e-9, 1.0, 1.0), cells=(10, 0, 0))).system()
    states = case.states(system, (1,))
    states.sites[BREAST].cell_bound_for[:3] = BLOOD + 1
    counts.refuse_travellers(system, states)
    if held:
        states.sites[BREAST].endosomal[0, 1] = 10**8
    else:
        states.sites[BREAST].stands_for[:] = 10**8
    with pytest.raises(Uncountable) as refused:
        counts.refuse_travellers(system, states)
    assert (refused.value.site, refused.value.kind) == (BLOOD, "particles" if held else "cells")


@pytest.mark.parametrize("fraction", [WHOLE, ONLY_SOLUBLE])
def test_medium_that_brings_more_than_can_be_counted_is_refused(fraction):
    system = (case := Insert(transfers=((0, 0, 1, fraction, 0.5, 1.0, 1e12),))).system()
    states = case.states(system)
    pour_in(system.sites[0], states.sites[0], particles=10**6)
    if fraction == ONLY_SOLUBLE:
        counts.refuse_transfers(system, states)
        return
    with pytest.raises(Uncountable) as refused:
        intervene(system, states)
    assert refused.value.number == pytest.approx(1e18)
