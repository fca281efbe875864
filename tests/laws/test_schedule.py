"""The order of a macro step shows in what cells do: networks move on what was read, behaviours follow the network."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine.program import Gate, Grid, Signal
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import (
    Node,
    Numbers,
    Rule,
    Term,
    finished,
    with_behaviours,
    with_networks,
    with_signals,
)
from vesicula.engine.step import step

STEP, TIME, BASE, FOLD, HALF = 6.0, 20.0, 100.0, 5.0, 0.5


@pytest.fixture
def dish():
    """One cell that secretes substance 0 by a node that substance 1 switches on."""
    numbers = Numbers(1)
    program = blank_program(Grid(1, 1, 1, 20.0, 20.0, 3), n_substances=2, macro_step=STEP)
    program = with_signals(program, [(Signal.NODE, 0, 0), (Signal.SUBSTANCE, 1, -1)])
    program = with_networks(program, numbers, [[Node([Term(Gate.ACTIVATE, 1)], time=TIME)]])
    secretion = np.array([0, -1], np.int32)
    program = with_behaviours(program, numbers, [[[BASE]]], [Rule(0, 0, FOLD, HALF)], secretion=secretion)
    program = finished(program, numbers)
    state = blank_state(program, [[[10.0, 10.0, 10.0]]])
    return program, replace(state, concentration=np.array([[[0.0], [1.0]]]))


def test_behaviours_follow_the_network_of_the_same_step(dish):
    program, state = dish
    secreted = 0.0
    for k in range(1, 4):
        step(program, state)
        node = 1.0 - math.exp(-k * STEP / TIME)
        assert state.nodes[0, 0] == pytest.approx(node, rel=1e-12)
        s = node / HALF
        secreted += STEP * BASE * (1.0 + FOLD * s) / (1.0 + s)
        assert state.concentration[0, 0, 0] * program.grid.voxel_volume == pytest.approx(secreted, rel=1e-12)
