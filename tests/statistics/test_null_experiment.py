"""The null experiment: arms that differ in nothing but chance stay within chance; a tenth more cargo does not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.dish_question import Arm, Question, answers

from vesicula.engine.step import advance

SEEDS = 200
BY_CHANCE = ("target node", "copies per cell", "endosomal per cell", "free above", "free below", "permeability")


@pytest.fixture(scope="module")
def read():
    """Answers by arm and seed: two arms alike, a third with 10 % more cargo, a fourth with the streams of the first.

    The target's time constant is short, so that the node shows what was delivered.
    """
    arms = (Arm(), Arm(streams=1000), Arm(copies=1.1, streams=2000), Arm())
    asked = Question(np.tile([1.0, 1.0, 0.2, 1.0], (SEEDS, 1)), arms, macro_step=60.0, hours=30.0)
    system = asked.system()
    states = asked.states(system)
    for _ in range(asked.steps):
        advance(system, states)
    return answers(asked, states)


def distance(a, b):
    """Difference of two means in standard errors."""
    return (a.mean() - b.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / SEEDS)


@pytest.mark.parametrize("measure", BY_CHANCE)
def test_arms_alike_stay_within_chance(read, measure):
    one, other = read[measure][0], read[measure][1]
    assert one.std() > 0.0
    assert not np.array_equal(one, other)
    assert abs(distance(one, other)) < 3.5
    assert 0.6 < one.var() / other.var() < 1.7
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.0 / np.sqrt(SEEDS)


def test_differences_are_as_often_up_as_down(read):
    for measure in ("copies per cell", "free below"):
        up = (read[measure][0] > read[measure][1]).sum()
        assert abs(up - SEEDS / 2) < 4.0 * np.sqrt(SEEDS) / 2


def test_a_tenth_more_cargo_is_seen(read):
    assert distance(read["copies per cell"][2], read["copies per cell"][0]) > 8.0
    assert distance(read["target node"][0], read["target node"][2]) > 5.0
    assert distance(read["permeability"][2], read["permeability"][0]) > 5.0


@pytest.mark.parametrize("measure", BY_CHANCE)
def test_the_same_streams_give_the_same_bits(read, measure):
    np.testing.assert_array_equal(read[measure][0], read[measure][3])
