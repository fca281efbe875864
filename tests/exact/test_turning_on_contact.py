"""Contact inhibition of locomotion in layers small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.moving_cells import PERSISTENCE, SHEET, SPEED, TURNING, moving_program

from vesicula.compiler import compile_model
from vesicula.engine import behaviours, motility, polarity, signals
from vesicula.engine.program import NONE
from vesicula.engine.reference.blank import blank_state
from vesicula.engine.start import initial_state
from vesicula.language import prepare

RADIUS = 10.0
MIDDLE = np.array([100.0, 90.0, 5.0])
SIX = [0, 60, 120, 180, 240, 300]


def walkers(sides, *, turning, dead=(), distance=2.0 * RADIUS):
    """A cell in the middle and one neighbour on each of the sides (degrees), all walking at 1 µm/min."""
    program = moving_program(SHEET)
    column = NONE if turning is None else TURNING
    program = replace(program, behaviours=replace(program.behaviours, turning=column))
    angles = np.deg2rad(np.asarray(sides, dtype=float))
    around = MIDDLE + distance * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
    state = blank_state(program, [np.vstack([MIDDLE, around])], volume=4.0 / 3.0 * np.pi * RADIUS**3)
    state.behaviour[:, SPEED], state.behaviour[:, PERSISTENCE] = 1.0, 20.0
    state.behaviour[:, TURNING] = turning or 0.0
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


MODEL = """
vesicula: 1
model: shy
sites: {dish: {kind: pool, volume: 1 mL}}
substances: {TGFB1: {diffuses: 60 um^2/s, start: 20 pM}}
cells:
  c:
    diameter: 12 um
    states: [epithelial, mesenchymal]
    moves: {speed: 1 um/min, persistence: 20 min, turns away: 80 %}
    while mesenchymal: {turning away: 20 %}
    rules:
      - TGFB1 lowers turning away to 0.25x, half-max 20 pM, hill 1
start:
  - 1 c in dish, epithelial
  - 1 c in dish, mesenchymal
run: {for: 1 h, step: 6 min}
"""


def test_a_signal_and_a_state_change_how_far_cells_turn_away():
    program = compile_model(prepare(MODEL)).system.site("dish")
    state = initial_state(program, [0], [[1, 1]])
    signals.read(program, state)
    behaviours.evaluate(program, state)
    told = dict(zip(state.cell_state.tolist(), state.behaviour[:, program.behaviours.turning], strict=True))
    # half of the signal's effect: (b + b/4)/2 of a base of 0.8 in one state, of 0.2 in the other
    assert told == pytest.approx({0: 0.5, 1: 0.125}, rel=1e-12)
