"""Silencing: the balance equals the kinetics, and competitors decide whether copies matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vesicula.engine import silencing
from vesicula.engine.program import NONE, Grid
from vesicula.engine.reference import silencing as reference
from vesicula.engine.reference.blank import absent, blank_program, blank_state
from vesicula.engine.reference.sketch import Node, Numbers, finished, with_networks

TARGET = (20.0, 500.0, 3.0)
POOL = (3e4, 1e3, 1.0)


def free(total, targets, pool):
    rows = np.array([(*one, one[2]) for one in targets], dtype=np.float64).reshape(-1, 4)
    return silencing.free_copies(float(total), rows, 0, len(rows), np.array([0.0, *pool, 0.0]), silencing.KAPPA)


@settings(max_examples=200, deadline=None)
@example(711732.0, [(6252.0, 0.015625, 1.192092896e-07)], (0.0, 1.0, 0.0))
@given(
    st.floats(1e-3, 1e7),
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(1e-2, 1e5), st.floats(0, 50)), max_size=5),
    st.tuples(st.floats(0, 1e6), st.floats(1e-1, 1e5), st.floats(0, 10)),
)
def test_free_copies_equal_bisection_and_close_the_balance(total, targets, pool):
    m = free(total, targets, pool)
    assert 0 <= m <= total
    bound = sum(r0 * m / (half + kappa * m) for r0, half, kappa in [*targets, pool])
    assert m + bound == pytest.approx(total, rel=1e-12)
    assert m == pytest.approx(reference.free_copies(total, [*targets, pool]), rel=1e-9)


@pytest.mark.parametrize("total", [10.0, 100.0, 1e3, 1e4])
def test_balance_equals_the_full_kinetics_to_five_digits(total):
    targets = [TARGET, (300.0, 80.0, 4.0), POOL]
    m = free(total, targets[:2], POOL)
    left = [r0 * reference.mrna_left(m, half, kappa) for r0, half, kappa in targets]
    np.testing.assert_allclose(left, reference.settled_kinetics(total, targets), rtol=1e-5)


def test_hundred_copies_do_little_beside_competitors_and_much_without():
    with_pool = 1 - reference.mrna_left(free(100.0, [TARGET], POOL), *TARGET[1:])
    alone = 1 - reference.mrna_left(free(100.0, [TARGET], (0.0, 1.0, 1.0)), *TARGET[1:])
    assert with_pool == pytest.approx(0.019, abs=5e-4)
    assert alone == pytest.approx(0.37, abs=5e-3)


def silenced_program(numbers, own=0.0, undisturbed=None, kappas=(3.0, 2.0, 5.0)):
    """Two types; two families silence nodes of type 0, none those of type 1. Species 0, 2: family 0; 1: family 1.

    undisturbed : own copies where no arm does anything (None: as many); kappas : as an arm leaves them
    """
    at_rest = own if undisturbed is None else undisturbed
    program = blank_program(Grid(1, 1, 1, 100.0, 100.0, 2), n_types=2)
    nodes = [[Node(initial=0.8), Node(initial=0.5), Node(initial=0.2)], [Node(initial=0.3)]]
    program = with_networks(program, numbers, nodes)
    family = np.array([1, 0, 0], np.int32)
    node = np.array([1, 0, 1], np.int32)
    pools = [numbers.row([None, 2e3]), numbers.row([None, 500.0]), numbers.row([None, 2.0])]
    blank_row = np.full(2, NONE, np.int32)
    table = replace(
        program.silencing, n_families=2, type=np.zeros(3, np.int32), family=family, node=node,
        p_mrna=numbers.row([20.0, 50.0, 5.0]), p_lambda=numbers.row([500.0, 100.0, 900.0]),
        p_kappa=numbers.row([*kappas]), p_own=np.array([numbers.row([own, None]), blank_row], np.int32),
        p_kappa_undisturbed=numbers.row([3.0, 2.0, 5.0]),
        p_own_undisturbed=np.array([numbers.row([at_rest, None]), blank_row], np.int32),
        p_competitor_sites=np.array([pools[0], blank_row], np.int32),
        p_competitor_lambda=np.array([pools[1], blank_row], np.int32),
        p_competitor_kappa=np.array([pools[2], blank_row], np.int32),
    )  # fmt: skip
    cargo = replace(
        program.cargo, family=np.array([0, 1, 0], np.int32), whole_copies=np.ones(3, np.int8), p_loading=absent(2, 0)
    )
    return finished(replace(program, silencing=table, cargo=cargo, n_species=3), numbers)


HANDS = {
    "undisturbed": {},
    "more": {"undisturbed": 100.0},
    "less": {"undisturbed": 1e5},
    "blocked": {"kappas": (0.3, 0.2, 0.5)},
}


@pytest.mark.parametrize("hand", HANDS.values(), ids=[*HANDS])
@pytest.mark.parametrize("own", [0.0, 3e3])
def test_factors_equal_the_twin(own, hand):
    program = silenced_program(Numbers(), own, **hand)
    state = blank_state(program, [np.full((6, 3), 5.0), np.full((3, 3), 5.0)])
    rng = np.random.default_rng(5)
    state.copies[:] = rng.choice([0.0, 3.0, 200.0, 1e4], size=state.copies.shape)
    state.cell_type[[2, 7]] = 1
    state.cell_dead[4] = 1
    np.testing.assert_allclose(
        silencing.factors(program, state), reference.factors(program, state), rtol=1e-11, atol=1e-12
    )


def test_own_copies_blunt_what_is_delivered():
    few, many = (silenced_program(Numbers(), own) for own in (0.0, 1e5))
    left = []
    for program in (few, many):
        state = blank_state(program, [np.full((1, 3), 5.0)])
        state.copies[0, 0] = 1000.0
        left.append(silencing.factors(program, state)[0, 0])
    assert left[0] < 0.9
    assert left[1] > 0.97


def alone(program):
    """Factors of the three nodes of a cell of type 0 that has nothing but what is its own."""
    return silencing.factors(program, blank_state(program, [np.full((1, 3), 5.0)]))[0]


def test_own_copies_silence_and_their_loss_raises_what_they_held_down():
    assert np.all(alone(silenced_program(Numbers(), 3e3)) == 1.0)
    more, fewer, none = (alone(silenced_program(Numbers(), own, 3e3)) for own in (3e4, 300.0, 0.0))
    assert np.all(more[:2] < 0.9)
    assert 1.0 < fewer[0] < none[0]
    assert more[2] == fewer[2] == none[2] == 1.0  # nothing silences it
    m = free(3e3, [(50.0, 100.0, 2.0), (5.0, 900.0, 5.0)], POOL)
    assert none[0] == pytest.approx((100.0 + 2.0 * m) / 100.0)


def test_what_keeps_own_copies_from_binding_does_what_their_loss_does():
    none = alone(silenced_program(Numbers(), 0.0, 3e3))
    blocked = alone(silenced_program(Numbers(), 3e3, kappas=(0.0, 0.0, 0.0)))
    half = alone(silenced_program(Numbers(), 3e3, kappas=(1.5, 1.0, 2.5)))
    np.testing.assert_allclose(blocked, none)
    assert np.all((half[:2] > 1.0) & (half[:2] < none[:2]))


def test_mrna_rises_above_that_of_the_undisturbed_cell_and_stays_where_it_heads():
    program = lagging(Numbers(), 90.0, own=0.0, undisturbed=3e3)
    state = blank_state(program, [np.full((1, 3), 5.0)])
    rest = silencing.factors(program, state)[0, :2]
    for _ in range(1500):
        silencing.followed(program, state)
    assert np.all(rest > 1.0)
    np.testing.assert_allclose(silencing.present(program, state)[0, :2], rest, rtol=1e-6)


def lagging(numbers, life, **hand):
    """The same with the mRNA of nodes 0 and 1 following; columns 3 and 4 hold what is missing of it."""
    program = silenced_program(numbers, **hand)
    table = replace(
        program.silencing, lag_type=np.zeros(2, np.int32), lag_node=np.array([0, 1], np.int32),
        lag_column=np.array([3, 4], np.int32), p_lag=numbers.row([life, 3.0 * life]),
    )  # fmt: skip
    return finished(replace(program, silencing=table, n_nodes=5), numbers)


def started(program):
    state = blank_state(program, [np.full((6, 3), 5.0), np.full((3, 3), 5.0)])
    rng = np.random.default_rng(5)
    state.copies[:] = rng.choice([0.0, 200.0, 1e4, 1e6], size=state.copies.shape)
    state.cell_type[[2, 7]] = 1
    state.cell_dead[4] = 1
    return state


def test_mrna_follows_as_the_rate_equation_of_the_twin():
    program = lagging(Numbers(), 90.0)
    state = started(program)
    for _ in range(3):
        expected, missing = reference.followed(program, state)
        np.testing.assert_allclose(silencing.followed(program, state), expected, rtol=1e-8)
        np.testing.assert_allclose(state.nodes[:, 3:], missing[:, 3:], atol=1e-8)
        assert state.nodes[:, 3:].max() > 0.01
        assert np.all(state.nodes[[2, 4, 7], 3:] == 0.0)


def test_half_the_way_of_a_weak_silencing_takes_the_half_life_of_the_mrna_and_it_comes_back_as_slowly():
    life = 90.0
    program = lagging(Numbers(), life)
    state = blank_state(program, [np.full((1, 3), 5.0)])
    state.copies[0, 0] = 100.0
    rest = silencing.factors(program, state)[0, 1]
    assert 0.9 < rest < 0.99
    for _ in range(round(3.0 * life * np.log(2.0) / program.macro_step)):
        silencing.followed(program, state)
    assert state.nodes[0, 4] == pytest.approx(0.5 * (1.0 - rest), rel=0.05)
    assert silencing.present(program, state)[0, 1] == 1.0 - state.nodes[0, 4]
    taken, state.copies[0, 0] = state.nodes[0, 4], 0.0
    for _ in range(round(3.0 * life * np.log(2.0) / program.macro_step)):
        silencing.followed(program, state)
    assert state.nodes[0, 4] == pytest.approx(0.5 * taken, rel=0.05)


def test_mrna_that_follows_at_once_is_at_rest():
    program = lagging(Numbers(), 1e-9)
    state = started(program)
    np.testing.assert_allclose(
        silencing.followed(program, state), silencing.factors(program, state), rtol=1e-6, atol=1e-9
    )
