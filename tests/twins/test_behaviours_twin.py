"""Behaviours: the interpreter equals the formula read cell by cell; rules multiply, or are averaged as in PhysiCell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vesicula.engine import behaviours
from vesicula.engine.program import NONE, Grid, Signal
from vesicula.engine.reference import behaviours as reference
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import Numbers, Rule, finished, with_behaviours, with_signals

GRID = Grid(1, 1, 1, 100.0, 100.0, 2)


def random_case(seed, variants):
    rng = np.random.default_rng(seed)
    numbers = Numbers(variants)
    n_signals, n_behaviours, n_states = 4, 5, 2
    program = with_signals(blank_program(GRID, n_types=2), [(Signal.PRESSURE, NONE, NONE)] * n_signals)

    def several(low, high):
        return list(rng.uniform(low, high, variants))

    base = [
        [[several(0, 10) if rng.random() < 0.8 else None for _ in range(n_behaviours)] for _ in range(n_states)]
        for _ in range(2)
    ]
    rules = [
        Rule(
            int(rng.integers(n_behaviours)), int(rng.integers(n_signals)),
            several(1.1, 8) if rng.random() < 0.5 else several(0, 0.9), several(0.1, 3),
            rng.choice([None, 1.0, 2.0, 2.7]), int(rng.integers(2)), int(rng.integers(-1, n_states)),
        )
        for _ in range(int(rng.integers(0, 12)))
    ]  # fmt: skip
    traits = [(0, 1), (1, 1), (1, 4)]
    program = finished(with_behaviours(program, numbers, base, rules, traits, rule_averaged=seed % 2), numbers)
    state = blank_state(program, [np.full((5, 3), 5.0)] * variants)
    state.site_variant[:] = np.arange(variants)
    state.cell_type[:], state.cell_state[:] = rng.integers(0, 2, (2, state.n_cells))
    state.cell_dead[::4] = 2
    state.trait = rng.uniform(0.5, 2, (state.n_cells, 2))
    state.signal[:] = rng.uniform(-0.5, 4, state.signal.shape)
    return program, state


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_interpreter_equals_the_formula(seed, variants):
    program, state = random_case(seed, variants)
    expected = reference.evaluate(program, state)
    behaviours.evaluate(program, state)
    np.testing.assert_allclose(state.behaviour, expected, rtol=1e-12, atol=1e-14)
    assert np.all(state.behaviour[state.cell_dead != 0] == 0)


def one_behaviour(base, rules, signal, *, averaged=0):
    numbers = Numbers()
    program = with_signals(blank_program(GRID), [(Signal.PRESSURE, NONE, NONE)] * len(signal))
    program = finished(with_behaviours(program, numbers, [[[base]]], rules, rule_averaged=averaged), numbers)
    state = blank_state(program, [np.full((1, 3), 5.0)])
    state.signal[0] = signal
    behaviours.evaluate(program, state)
    return state.behaviour[0, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 10), min_size=3, max_size=3), st.floats(1.1, 9), st.floats(0, 0.9))
def test_equal_limits_give_the_physicell_formula(x, highest, lowest):
    """Two rules up to one maximum, one rule down: b = U + (bmin − U) S↓/(1 + S↓), U = b0 + (bmax − b0) S↑/(1 + S↑)."""
    base, half, hill = 2.0, (0.5, 3.0, 1.5), (4.0, 1.0, 2.0)
    rules = [Rule(0, 0, highest, half[0], hill[0]), Rule(0, 1, highest, half[1], hill[1])]
    rules.append(Rule(0, 2, lowest, half[2], hill[2]))
    s = [(a / c) ** h for a, c, h in zip(x, half, hill, strict=True)]
    up, down = s[0] + s[1], s[2]
    raised = base + (base * highest - base) * up / (1 + up)
    expected = raised + (base * lowest - raised) * down / (1 + down)
    assert one_behaviour(base, rules, x, averaged=1) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("averaged", [0, 1])
def test_a_rule_to_2x_stays_2x_beside_one_to_5x(averaged):
    rules = [Rule(0, 0, 2.0, 1.0, 2.0), Rule(0, 1, 5.0, 1.0, 2.0)]
    assert one_behaviour(3.0, rules, [1e6, 0.0], averaged=averaged) == pytest.approx(6.0)
    assert one_behaviour(3.0, rules, [0.0, 1e6], averaged=averaged) == pytest.approx(15.0)


RULES = st.lists(
    st.builds(
        lambda limit, half, hill, x: (limit, half, hill, x),
        st.one_of(st.floats(1.01, 50), st.floats(0, 0.99)), st.floats(0.1, 5), st.floats(0.5, 6), st.floats(0, 20),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def together(base, rows):
    rules = [Rule(0, i, limit, half, hill) for i, (limit, half, hill, _) in enumerate(rows)]
    return one_behaviour(base, rules, [x for *_, x in rows])


@settings(max_examples=60, deadline=None)
@given(RULES)
def test_signals_act_each_for_itself(rows):
    """The change by all is the product of the changes by each alone, in whatever order they are written."""
    alone = [together(1.0, [row]) for row in rows]
    assert together(3.0, rows) == pytest.approx(3.0 * np.prod(alone), rel=1e-12)
    assert together(3.0, rows[::-1]) == pytest.approx(together(3.0, rows), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(RULES, st.floats(1.01, 50), st.floats(0.1, 20))
def test_one_more_activator_never_lowers(rows, limit, x):
    """However weak it is beside the others; where rules are averaged it does."""
    assert together(3.0, [*rows, (limit, 1.0, 1.0, x)]) > together(3.0, rows)


def test_averaged_a_weaker_second_activator_lowers():
    rules = [Rule(0, 0, 20.0, 1.0), Rule(0, 1, 2.0, 1.0)]
    alone, both = ([one_behaviour(3.0, rules, [9.0, x], averaged=k) for x in (0.0, 9.0)] for k in (1, 0))
    assert alone[1] < 0.6 * alone[0]
    assert both[1] == pytest.approx(1.9 * both[0])


def test_saturated_signals_stay_finite():
    rules = [Rule(0, 0, 2.0, 1e-200, 8.0), Rule(0, 1, 0.25, 1e-200, 8.0)]
    assert one_behaviour(3.0, rules, [1e200, 0.0]) == pytest.approx(6.0)
    assert one_behaviour(3.0, rules, [0.0, 1e200]) == pytest.approx(0.75)
