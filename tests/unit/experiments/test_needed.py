"""What a read-out needs: the inverse of what the cell does with it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vesicula.experiments.loading.needed import (
    AT_ONCE,
    Silenced,
    course,
    edge_level,
    final_level,
    rule_level,
    silencing_copies,
    unbound,
)
from vesicula.results.needs import free_copies

TARGET = Silenced(own=200.0, mrna=20.0, half=1000.0, strength=1.0, sites=3e4)
TABLE = (np.array([20.0, 3e4]), np.array([1000.0, 1000.0]), np.array([1.0, 1.0]))


def left(more: float) -> float:
    """Share of the target's mRNA left with `more` functional copies."""
    before, after = (float(free_copies(m, *TABLE)) for m in (200.0, 200.0 + more))
    return (1000.0 + before) / (1000.0 + after)


@pytest.mark.parametrize("total", [0.0, 1e-3, 200.0, 1e4, 3.2e4, 1e7])
def test_free_copies_are_those_of_the_bisection(total):
    assert unbound(TARGET, total) == pytest.approx(free_copies(total, *TABLE), rel=1e-9)


def test_qpcr_sees_a_fall_to_two_thirds():
    assert left(float(silencing_copies(TARGET)[0])) == pytest.approx(1 / 1.5)


def test_a_protein_that_follows_at_once_needs_its_own_fall():
    assert left(float(silencing_copies(TARGET, fall=0.25, seen=AT_ONCE)[0])) == pytest.approx(0.75)


def test_a_protein_lags_behind_copies_that_are_there_from_the_start():
    levels, response = np.ones((1000, 1)), math.log(2) / 1440
    seen = course(levels, 1.44, np.array([response]))  # one half-life
    needed = float(silencing_copies(TARGET, fall=0.25, seen=seen)[0])
    assert left(needed) == pytest.approx(0.5, rel=1e-3)
    too_soon = course(levels, 0.5, np.array([response]))
    assert np.isinf(silencing_copies(TARGET, fall=0.25, seen=too_soon)[0])


def test_copies_that_rise_late_are_seen_less_than_those_of_the_first_hour():
    response = np.array([math.log(2) / 1440])
    rising = course(np.linspace(0.0, 1.0, 480)[:, None], 6.0, response)
    steady = course(np.ones((480, 1)), 6.0, response)
    assert silencing_copies(TARGET, fall=0.2, seen=rising)[0] > silencing_copies(TARGET, fall=0.2, seen=steady)[0]


def test_the_course_weighs_as_the_equation_of_the_read_out():
    response = np.array([0.01])
    levels = np.exp(-np.linspace(0.0, 3.0, 600))[:, None]
    seen = course(levels, 1.0, response)
    followed, state = 0.0, 0.0
    for level in levels[:, 0]:
        state += (level - state) * (1 - math.exp(-0.01))
    followed = float(np.sum(seen.weight * seen.shape * levels[-1]))
    assert followed == pytest.approx(state, rel=0.01)


def test_each_variant_of_a_dose_has_its_own_course():
    levels = np.stack([np.ones(100), np.linspace(0.0, 1.0, 100)], axis=1)
    seen = course(levels, 6.0, np.array([0.002]))
    linear = final_level(lambda x: x, 0.1, seen)
    assert linear.shape == (2,)
    assert linear[1] > linear[0]


@pytest.mark.parametrize(("limit", "hill"), [(5.0, 2.0), (0.2, 1.0), (3.0, 0.7)])
def test_a_rule_moves_its_behaviour_by_the_change_asked_for(limit, hill):
    level = float(rule_level(limit, 50.0, hill, 0.15))
    signal = (level / 50.0) ** hill
    assert abs((1 + limit * signal) / (1 + signal) - 1) == pytest.approx(0.15)


def test_a_weak_rule_never_moves_enough():
    assert np.isinf(rule_level(1.1, 50.0, 2.0, 0.15))


@pytest.mark.parametrize(("limit", "hill", "own"), [(5.0, 2.0, 30.0), (0.2, 1.0, 80.0), (3.0, 0.7, 5.0)])
def test_a_rule_moves_its_behaviour_from_where_own_copies_hold_it(limit, hill, own):
    level = float(rule_level(limit, 50.0, hill, 0.15, own=own))
    before, after = ((1 + limit * s) / (1 + s) for s in ((own / 50.0) ** hill, ((own + level) / 50.0) ** hill))
    assert abs(after / before - 1) == pytest.approx(0.15)
    assert np.isinf(rule_level(limit, 50.0, hill, 0.15, own=1e9))


def test_an_edge_that_own_copies_fill_needs_more():
    half, ec50, hill, weight, own = 100.0, 0.5, 1.4, 0.9, 40.0
    level = float(edge_level(half, ec50, hill, weight, 0.25, AT_ONCE, own=own)[0])
    b = (ec50**hill - 1) / (2 * ec50**hill - 1)
    before, after = (
        weight * b * o**hill / (b - 1 + o**hill) for o in (own / 140.0, (own + level) / (own + level + half))
    )
    assert after - before == pytest.approx(0.25)
    assert np.isinf(edge_level(half, ec50, hill, weight, 0.25, AT_ONCE, own=1e6))


def test_an_edge_moves_its_node_by_the_change_asked_for():
    half, ec50, hill, weight = 100.0, 0.5, 1.4, 0.9
    level = float(edge_level(half, ec50, hill, weight, 0.25, AT_ONCE)[0])
    occupied = level / (level + half)
    b = (ec50**hill - 1) / (2 * ec50**hill - 1)
    assert weight * b * occupied**hill / (b - 1 + occupied**hill) == pytest.approx(0.25)
    assert np.isinf(edge_level(half, ec50, hill, 0.2, 0.25, AT_ONCE))


def test_the_answer_to_an_mrna_is_that_of_two_lags_in_a_row():
    """Against the rate equations themselves, for copies that come and go."""
    gamma, slow = math.log(2) / 540.0, math.log(2) / 1440.0
    levels = np.sin(np.linspace(0.1, 3.0, 480))[:, None]
    for response in (slow, gamma, np.inf):
        seen = course(levels, 6.0, response, first=gamma)
        needed = float(silencing_copies(TARGET, fall=0.25, seen=seen)[0])
        mrna = protein = 1.0
        for level in levels[:, 0]:
            rest = left(needed * level / levels[-1, 0])
            for _ in range(50):
                mrna += 0.12 * gamma * (1.0 - mrna / rest)
                protein = mrna if np.isinf(response) else protein + 0.12 * response * (mrna - protein)
        assert protein == pytest.approx(0.75, abs=2e-3)


def test_an_mrna_that_lasts_longer_is_seen_later():
    levels = np.ones((240, 1))
    quick, slow = (
        silencing_copies(TARGET, seen=course(levels, 6.0, np.inf, first=math.log(2) / (60.0 * hours)))[0]
        for hours in (2.0, 24.0)
    )
    assert silencing_copies(TARGET)[0] < quick < slow
