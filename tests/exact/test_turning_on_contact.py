"""Contact inhibition of locomotion in layers small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.moving_cells import PERSISTENCE, SHEET, SPEED, moving_program

from vesicula.engine import motility, polarity
from vesicula.engine.program import NONE
from vesicula.engine.reference.blank import blank_state

RADIUS = 10.0
MIDDLE = np.array([100.0, 90.0, 5.0])
SIX = [0, 60, 120, 180, 240, 300]


def walkers(sides, *, turning, dead=(), distance=2.0 * RADIUS):
    """A cell in the middle and one neighbour on each of the sides (degrees), all walking at 1 µm/min."""
    program = moving_program(SHEET, values=[[0.0]])
    column = np.full(1, NONE if turning is None else 0, dtype=np.int32)
    program = replace(program, cell_types=replace(program.cell_types, p_turning=column))
    program.values[:, 0] = turning or 0.0
    angles = np.deg2rad(np.asarray(sides, dtype=float))
    around = MIDDLE + distance * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
    state = blank_state(program, [np.vstack([MIDDLE, around])], volume=4.0 / 3.0 * np.pi * RADIUS**3)
    state.behaviour[:, SPEED], state.behaviour[:, PERSISTENCE] = 1.0, 20.0
    for i in dead:
        state.cell_dead[i] = 1
    return program, state


def first_of_middle(program, state, seed):
    state.site_key[:] = seed
    state.direction[:] = 0.0
    return motility.walks(program, state).velocity[0]


@pytest.mark.parametrize(("sides", "expected"), [([-60, 0, 60], 0.8), ([0], 0.4), ([0, 180], 0.0), (SIX, 0.0)])
def test_share_that_follows_the_free_side(sides, expected):
    side, share = polarity.free_side(*walkers(sides, turning=0.8))
    assert share[0] == pytest.approx(expected, abs=1e-12)
    if expected:
        assert_allclose(side[0], [-1.0, 0.0, 0.0], atol=1e-12)


def test_a_cell_at_an_edge_walks_straight_to_its_free_side_at_its_own_speed():
    program, state = walkers([-60, 0, 60], turning=1.0)
    for seed in range(20):
        assert_allclose(first_of_middle(program, state, seed), [-1.0, 0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    "case",
    [
        dict(sides=[-60, 0, 60], turning=None),
        dict(sides=SIX, turning=1.0),
        dict(sides=[-60, 0, 60], turning=1.0, dead=(1, 2, 3)),
        dict(sides=[-60, 0, 60], turning=1.0, distance=2.6 * RADIUS),
    ],
    ids=["without the rule", "surrounded", "dead neighbours", "out of reach"],
)
def test_nothing_turns_a_cell(case):
    program, state = walkers(**case)
    plain, same = walkers(case["sides"], turning=None)
    for seed in range(20):
        assert_allclose(
            first_of_middle(program, state, seed), first_of_middle(plain, same, seed), rtol=1e-12, atol=1e-12
        )


def test_turning_does_not_change_when_a_cell_turns_anew():
    program, state = walkers([-60, 0, 60], turning=0.5)
    plain, same = walkers([-60, 0, 60], turning=None)
    assert_array_equal(motility.walks(program, state).until, motility.walks(plain, same).until)
    assert_array_equal(state.direction, same.direction)
