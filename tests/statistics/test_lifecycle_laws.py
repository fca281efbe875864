"""Lifecycle against exact laws: birth and death, Erlang waiting times, equilibrium start, independence of the step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from vesicula.engine import behaviours, lifecycle, networks, signals, start
from vesicula.engine.program import NONE, Effect, Gate, Grid, Signal, Start
from vesicula.engine.reference.blank import blank_program
from vesicula.engine.reference.sketch import (
    Clock,
    Node,
    Numbers,
    Rule,
    Term,
    finished,
    with_behaviours,
    with_clocks,
    with_networks,
    with_signals,
)

DISH = Grid(1, 1, 1, 1000.0, 100.0, 2)


def dish(clocks, n_cells, *, macro_step=6.0, n_types=1, n_states=1, n_phases=None, stay=0.0):
    numbers = Numbers()
    program = blank_program(DISH, n_types=n_types, macro_step=macro_step)
    program = with_clocks(program, numbers, clocks, n_states=n_states, n_phases=n_phases, stay=stay)
    return numbers, peopled(program, numbers, n_cells)


def peopled(program, numbers, n_cells):
    zero = np.zeros(n_cells, np.int32)
    cells = Start(zero, zero, zero, zero + NONE, np.full((n_cells, 3), np.nan), np.ones(n_cells, dtype=np.int64))
    volume = numbers(1000.0)
    types = replace(program.cell_types, p_volume=np.full(program.n_types, volume, np.int32))
    return finished(replace(program, start=cells, cell_types=types), numbers)


def begin(program, sites, seed=1):
    return start.initial_state(program, [0] * sites, [[seed, s] for s in range(sites)])


def run(program, state, minutes):
    for _ in range(round(minutes / program.macro_step)):
        signals.read(program, state)
        networks.advance(program, state)
        signals.read_nodes(program, state)
        behaviours.evaluate(program, state)
        lifecycle.advance(program, state)
        state.step += 1
    return state


def living(state):
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    return np.bincount(site[state.cell_dead == 0], minlength=state.n_sites)


@pytest.mark.parametrize("macro_step", [6.0, 30.0])
def test_birth_and_death_have_the_exact_mean_and_variance(macro_step):
    birth, death, n0, sites, minutes = 1 / 720, 1 / 1800, 20, 600, 1440
    clocks = [Clock(Effect.DIVIDE, birth), Clock(Effect.APOPTOSIS, death)]
    _, program = dish(clocks, n0, macro_step=macro_step)
    n = living(run(program, begin(program, sites), minutes))
    growth = np.exp((birth - death) * minutes)
    mean = n0 * growth
    variance = n0 * (birth + death) / (birth - death) * growth * (growth - 1)
    assert abs(n.mean() - mean) < 3.5 * np.sqrt(variance / sites)
    assert abs(n.var(ddof=1) / variance - 1) < 3.5 * np.sqrt(2.2 / sites)


@pytest.mark.parametrize(("shape", "macro_step"), [(1, 6.0), (4, 6.0), (4, 45.0), (20, 30.0)])
def test_transitions_wait_an_erlang_time(shape, macro_step):
    mean, n = 600.0, 4000
    _, program = dish(
        [Clock(Effect.TRANSITION, 1 / mean, state=0, steps=shape, to_type=0, to_state=1)], n,
        macro_step=macro_step, n_states=2,
    )  # fmt: skip
    state = begin(program, 1)
    law = stats.gamma(shape, scale=mean / shape)
    for _ in range(5):
        run(program, state, 180)
        p = law.cdf(program.macro_step * state.step)
        share = np.mean(state.cell_state == 1)
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / n) + 1e-3


def test_chain_of_states_is_not_delayed_by_the_step():
    """Three memoryless states in a row with steps as long as a third of a stay: Erlang(3) all the same."""
    mean, n = 90.0, 6000
    clocks = [Clock(Effect.TRANSITION, 1 / mean, state=k, to_type=0, to_state=k + 1) for k in range(3)]
    _, program = dish(clocks, n, macro_step=30.0, n_states=4)
    state = run(program, begin(program, 1), 300)
    p = stats.gamma(3, scale=mean).cdf(300)
    assert abs(np.mean(state.cell_state == 3) - p) < 4 * np.sqrt(p * (1 - p) / n)


def test_phased_cycle_lasts_the_sum_of_its_phases_and_starts_at_equilibrium():
    """G1 900 min in 5 steps, then 300 min in 3: at equilibrium, divisions come at a constant rate from the start."""
    n, minutes = 6000, 240.0
    clocks = [
        Clock(Effect.NEXT_PHASE, 1 / 900, phase=0, steps=5.0),
        Clock(Effect.DIVIDE, 1 / 300, phase=1, steps=3.0),
    ]
    _, program = dish(clocks, n, n_phases=[2])
    state = begin(program, 1)
    share = np.mean(state.cell_phase == 0)
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / n)
    for k in (1, 2):
        run(program, state, minutes / 2)
        divided = state.cell_ledger[0, 0, 1]
        expected = n * k * minutes / 2 / 1200
        assert abs(divided - expected) < 4 * np.sqrt(expected)


def test_cell_numbers_of_two_macro_steps_correlate():
    """Division driven by a network that relaxes: H 6 min against 30 min, same seeds, site by site."""
    numbers_of = []
    for macro_step in (6.0, 30.0):
        numbers = Numbers()
        program = blank_program(DISH, macro_step=macro_step)
        program = with_signals(program, [(Signal.NODE, 0, 0), (Signal.TRAIT, 0, NONE)])
        program = with_networks(program, numbers, [[Node([Term(Gate.ACTIVATE, 1)], time=600.0)]])
        clocks = [Clock(Effect.DIVIDE, 1 / 1500, steps=2.0), Clock(Effect.APOPTOSIS, 1 / 2400)]
        program = with_clocks(program, numbers, clocks, stay=0.0)
        columns = {"clock": np.array([0, 1], np.int32)}
        program = with_behaviours(program, numbers, [[[1 / 1500, 1 / 2400]]], [Rule(0, 0, 4.0, 0.5, 2.0)], **columns)
        types = replace(
            program.cell_types, p_trait_mean=np.array([[numbers(0.8)]], np.int32),
            p_trait_spread=np.array([[NONE]], np.int32), p_trait_drift=np.array([[NONE]], np.int32),
        )  # fmt: skip
        program = peopled(replace(program, cell_types=types, n_traits=1), numbers, 10)
        state = run(program, begin(program, 80, seed=5), 2880)
        numbers_of.append(living(state))
    assert numbers_of[0].std() > 3
    assert np.corrcoef(*numbers_of)[0, 1] > 0.95


def test_binomial_split_of_particles():
    """Daughters share 200 bound particles binomially: mean 100, variance 50."""
    _, program = dish([Clock(Effect.DIVIDE, 1 / 600)], 4000)
    table = replace(
        program.vesicles, p_decay=np.array([NONE], np.int32), slot_population=np.array([0], np.int32),
        slot_kind=np.zeros(1, np.int8), slot_species=np.zeros(1, np.int32),
    )  # fmt: skip
    program = replace(program, vesicles=table)
    state = begin(program, 1)
    state.bound[:], state.bound_cargo[:] = 200, 500.0
    run(program, state, 12)
    young = state.cell_births == 1
    n = state.bound[young, 0]
    assert young.sum() > 60
    assert state.bound.sum() == 4000 * 200
    np.testing.assert_allclose(state.bound_cargo[:, 0], 2.5 * state.bound[:, 0])
    assert abs(n.var() / 50 - 1) < 4 * np.sqrt(2 / (young.sum() / 2))
