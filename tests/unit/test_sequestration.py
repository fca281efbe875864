"""Sequestered cargo: the closed form against the binding equilibrium, and the columns it changes."""

from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine import sequestration
from vesicula.engine.program import Grid, Sequestration, Signal
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import with_signals


@pytest.mark.parametrize("copies", [0.0, 1e-3, 40.0, 1e4, 3e6])
@pytest.mark.parametrize("capacity", [0.0, 1.0, 1e4])
def test_free_copies_solve_the_binding_equilibrium(copies, capacity):
    kd = 100.0
    free = sequestration.free_copies(np.array([copies]), np.array([capacity]), np.array([kd]))[0]
    assert 0.0 <= free <= copies
    bound = capacity * free / (kd + free)
    assert free + bound == pytest.approx(copies, rel=1e-9, abs=1e-12)


def test_only_cargo_columns_of_the_sequestering_type_fall():
    program = blank_program(Grid(4, 4, 1, 10.0, 10.0, 2), n_types=2, values=[[1e4, 100.0]])
    program = with_signals(program, [(Signal.CARGO, 0, -1), (Signal.CARGO, 1, -1), (Signal.TRAIT, 0, -1)])
    one = np.array([0], dtype=np.int32)
    table = Sequestration(type=np.array([1], np.int32), species=one, node=one, p_capacity=one, p_kd=one + 1)
    program = replace(program, sequestration=table)
    state = blank_state(program, [[[5.0, 5.0, 5.0], [25.0, 25.0, 5.0]]])
    state.cell_type[:] = [0, 1]
    state.nodes = np.ones((2, 1))
    state.signal = np.full((2, 3), 5000.0)
    sequestration.apply(program, state)
    assert state.signal[0].tolist() == [5000.0] * 3
    assert state.signal[1, 1:].tolist() == [5000.0] * 2
    assert state.signal[1, 0] < 150.0
