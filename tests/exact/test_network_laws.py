"""Networks: relaxation chains, order of the scheme, memory as hysteresis, accidental switches."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine import behaviours, lifecycle, networks, signals, switches
from vesicula.engine.program import NONE, Effect, Gate, Grid, Signal
from vesicula.engine.reference import networks as reference
from vesicula.engine.reference.blank import absent, blank_program, blank_state
from vesicula.engine.reference.sketch import (
    Clock,
    Node,
    Numbers,
    Term,
    finished,
    with_clocks,
    with_networks,
    with_signals,
)

INPUT = 3  # column of the held signal


def program_of(nodes, *, macro_step=6.0):
    """One cell type; signals 0..2 are its nodes, 3 is an outer input that reads 0..1 directly."""
    numbers = Numbers()
    program = blank_program(Grid(1, 1, 1, 100.0, 100.0, 2), macro_step=macro_step)
    program = with_signals(program, [(Signal.NODE, k, 0) for k in range(3)] + [(Signal.PRESSURE, NONE, NONE)])
    return finished(with_networks(program, numbers, [nodes]), numbers)


def march(program, minutes, value, nodes=None):
    state = blank_state(program, [np.full((1, 3), 5.0)])
    if nodes is not None:
        state.nodes[:] = nodes
    state.signal[:, INPUT] = value
    for _ in range(round(minutes / program.macro_step)):
        networks.advance(program, state)
    return state.nodes[0].copy()


def test_one_node_relaxes_exponentially_and_exactly():
    program = program_of([Node([Term(Gate.ACTIVATE, INPUT)], time=40.0)])
    for minutes in (6, 60, 240):
        assert march(program, minutes, 1.0)[0] == pytest.approx(1 - math.exp(-minutes / 40), rel=1e-12)


def linear_chain(steps_per_tau):
    """Three nodes in a row with hill 1: for small activities a linear chain with a closed form."""
    edge = {"hill": 1.0, "ec50": 0.49}
    tau = 60.0
    nodes = [
        Node([Term(Gate.ACTIVATE, INPUT, **edge)], time=tau),
        Node([Term(Gate.ACTIVATE, 0, **edge)], time=tau),
        Node([Term(Gate.ACTIVATE, 1, **edge)], time=tau),
    ]
    return program_of(nodes, macro_step=tau / steps_per_tau)


def test_chain_has_order_two_in_the_step(monkeypatch):
    monkeypatch.setattr(networks, "TOLERANCE", math.inf)  # a macro step is one sub-step
    end = [march(linear_chain(n), 120.0, 0.8)[2] for n in (4, 8, 16, 32, 256)]
    errors = [abs(x - end[-1]) for x in end[:-1]]
    orders = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert min(orders) > 1.8
    assert errors[0] < 5e-3


@pytest.mark.parametrize("macro_step", [1.0, 40.0, 120.0, 720.0])
def test_a_chain_finds_its_own_steps(macro_step):
    """Three nodes with hill 1, of which the fastest is 40 times as fast as the slowest, switched on and off."""
    edge = {"hill": 1.0, "ec50": 0.49}
    chain = [Term(Gate.ACTIVATE, column, **edge) for column in (INPUT, 0, 1)]
    nodes = [Node([term], time=time) for term, time in zip(chain, (3.0, 120.0, 30.0), strict=True)]
    finest, program = program_of(nodes, macro_step=0.125), program_of(nodes, macro_step=macro_step)
    for minutes, value, before in ((720.0, 0.8, None), (720.0, 0.0, [0.9, 0.8, 0.7])):
        exact = march(finest, minutes, value, before)
        assert march(program, minutes, value, before) == pytest.approx(exact, abs=3e-4)


def test_second_node_follows_the_closed_form(monkeypatch):
    monkeypatch.setattr(networks, "TOLERANCE", 1e-12)
    top = (0.49 - 1) / (2 * 0.49 - 1)
    slope = top / (top - 1)
    small = 1e-6
    y = march(linear_chain(64), 120.0, small)
    x = 120.0 / 60.0
    assert y[0] == pytest.approx(slope * small * (1 - math.exp(-x)), rel=1e-4)
    assert y[1] == pytest.approx(slope**2 * small * (1 - math.exp(-x) * (1 + x)), rel=1e-3)
    assert y[2] == pytest.approx(slope**3 * small * (1 - math.exp(-x) * (1 + x + x * x / 2)), rel=1e-3)


def test_gates_are_those_of_the_logic():
    def value(terms):
        return march(program_of([Node(terms, time=1.0), Node(clamp=0.2), Node(clamp=0.7)]), 60, 0.0)[0]

    a, b = reference.activation(0.2, 1.4, 0.5, 1.0), reference.activation(0.7, 1.4, 0.5, 1.0)
    first, second = Term(Gate.ACTIVATE, 1), Term(Gate.ACTIVATE, 2)
    assert value([first]) == pytest.approx(a)
    assert value([Term(Gate.INHIBIT, 1)]) == pytest.approx(1 - a)
    assert value([first, second, Term(Gate.AND)]) == pytest.approx(a * b)
    assert value([first, second, Term(Gate.OR)]) == pytest.approx(a + b - a * b)
    halved = [Term(Gate.ACTIVATE, 1, weight=0.5), Term(Gate.ACTIVATE, 2, weight=0.5), Term(Gate.AND, weight=0.5)]
    assert value(halved) == pytest.approx(0.5 * a * b)


@pytest.mark.parametrize(("on", "off"), [(0.4, 0.1), (0.9, 0.2), (0.3, 0.25), (0.5, 0.0)])
def test_memory_switches_on_and_off_where_declared(on, off):
    """Hysteresis in dose: slow ramps of the drive up and down jump at `on` and `off`."""
    drive = Term(Gate.ACTIVATE, 1, hill=1.0, ec50=0.4999999)  # nearly the identity, so that the drive is node 1
    program = program_of(
        [Node([drive], time=5.0, memory=networks.memory_constants(on, off)), Node(clamp=0.0)], macro_step=1000.0
    )
    clamp = program.networks.p_clamp[1]

    def rest(level, y):
        values = program.values.copy()
        values[0, clamp] = level
        return march(replace(program, values=values), 2000.0, 0.0, [y, level])[0]

    y, up, down = 0.0, None, None
    for level in np.arange(0.0, 1.0001, 0.01):
        y = rest(level, y)
        if up is None and y > 0.5:
            up = level
    for level in np.arange(1.0, -0.0001, -0.01):
        y = rest(level, y)
        if down is None and y < 0.5:
            down = level
    assert up == pytest.approx(on, abs=0.0151)
    if off == 0.0:
        assert down is None or down <= 0.0151
    else:
        assert down == pytest.approx(off, abs=0.0151)


def test_memory_asks_for_a_pulse_that_lasts():
    """Hysteresis in duration: a short full pulse is forgotten, a long one is kept for weeks."""
    memory = networks.memory_constants(0.4, 0.1)
    program = program_of([Node([Term(Gate.ACTIVATE, INPUT)], time=600.0, memory=memory)])

    def after_pulse(minutes):
        y = march(program, minutes, 1.0)
        return march(program, 20_160, 0.15, y)[0]

    assert after_pulse(120) < 0.1
    assert after_pulse(3000) > 0.9


def test_memory_passes_through_divisions():
    """Generations after a pulse every descendant keeps what its ancestor learned; the others learned nothing."""
    memory = networks.memory_constants(0.4, 0.1)
    numbers = Numbers()
    program = blank_program(Grid(1, 1, 1, 1000.0, 100.0, 2), macro_step=30.0)
    program = with_signals(program, [(Signal.TRAIT, 0, NONE)])
    program = with_networks(program, numbers, [[Node([Term(Gate.ACTIVATE, 0)], time=120.0, memory=memory)]])
    program = with_clocks(program, numbers, [Clock(Effect.DIVIDE, 1 / 600, steps=8.0)])
    one = absent(1, 1)
    types = replace(program.cell_types, p_trait_mean=one, p_trait_spread=one, p_trait_drift=one)
    program = finished(replace(program, cell_types=types, n_traits=1), numbers)
    state = blank_state(program, [np.full((2, 3), 50.0)])
    state.trait = np.array([[1.0], [0.0]])
    state.cell_label[:] = [1, 0]
    state.clock_threshold[:] = 8.0
    for step in range(140):
        if step == 30:
            state.trait[:] = 0.35  # a drive between off and on
        signals.read(program, state)
        networks.advance(program, state)
        behaviours.evaluate(program, state)
        lifecycle.advance(program, state)
        state.step += 1
    assert state.cell_births.min() >= 5
    assert state.nodes[state.cell_label == 1].min() > 0.9
    assert state.nodes[state.cell_label == 0].max() < 0.1


@pytest.mark.parametrize(("on", "off"), [(0.1, 0.4), (0.4, 0.4), (0.4, -0.1), (1.2, 0.1)])
def test_memory_that_cannot_be_is_refused(on, off):
    with pytest.raises(ValueError, match="memory needs"):
        networks.memory_constants(on, off)


def test_plain_positive_loop_is_reported_as_a_switch_and_a_soft_one_is_not():
    def loop(**edge):
        return program_of([Node([Term(Gate.ACTIVATE, 1, **edge)]), Node([Term(Gate.ACTIVATE, 0, **edge)])])

    hard = switches.stable_states(loop(), 0)
    assert hard.settled
    assert len(hard.states) == 2
    np.testing.assert_allclose(np.sort(hard.states[:, 0]), [0.0, 1.0], atol=1e-3)
    soft = switches.stable_states(loop(weight=0.6), 0)
    assert len(soft.states) == 1
    assert switches.positive_loops(loop(), 0) == [(0, 1)]


def test_loops_of_signs():
    def ring(*operations):
        n = len(operations)
        return program_of([Node([Term(operations[k], (k - 1) % n)]) for k in range(n)])

    a, i = Gate.ACTIVATE, Gate.INHIBIT
    assert len(switches.positive_loops(ring(a, a, a), 0)) == 1
    assert switches.positive_loops(ring(a, a, i), 0) == []
    assert len(switches.positive_loops(ring(i, i, a), 0)) == 1
    assert switches.positive_loops(ring(i, i, i), 0) == []


def test_declared_memory_is_no_accident_but_shows_its_two_states():
    memory = networks.memory_constants(0.4, 0.1)
    program = program_of([Node([Term(Gate.ACTIVATE, INPUT)], memory=memory)])
    assert switches.positive_loops(program, 0) == []
    held = np.array([0.0, 0.0, 0.0, 0.4])
    assert 0.1 < reference.activation(0.4, 1.4, 0.5, 1.0) < 0.4
    assert len(switches.stable_states(program, 0, signals=held).states) == 2


@pytest.mark.parametrize(
    ("edges", "leads_back"),
    [(set(), False), ({(0, 1), (1, 2), (0, 2)}, False), ({(0, 0)}, True), ({(0, 1), (1, 2), (2, 1), (2, 3)}, True)],
)
def test_a_network_without_a_way_back_is_known_for_one(edges: set[tuple[int, int]], leads_back: bool):
    assert switches._has_loop(edges) == leads_back
