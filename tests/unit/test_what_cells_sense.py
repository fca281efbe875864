"""Signals: each kind reads what its name says, for the cells it is meant for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine import signals
from vesicula.engine.program import NONE, Grid, Signal
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import with_signals

GRID = Grid(4, 3, 2, 20.0, 20.0, 3)


def state_of(rows, positions, **sizes):
    program = blank_program(GRID, n_types=2, n_substances=2, n_matrix=1)
    vesicles = replace(
        program.vesicles, slot_population=np.zeros(3, np.int32), slot_species=np.array([0, 1, 0], np.int32),
        slot_kind=np.array([2, 2, 1], np.int8), p_decay=np.full(1, NONE, np.int32),
    )  # fmt: skip
    program = replace(program, vesicles=vesicles, n_species=2, n_traits=2, n_nodes=2)
    program = with_signals(program, rows)
    return program, blank_state(program, [positions], **sizes)


def read(rows, positions, change, **sizes):
    program, state = state_of(rows, positions, **sizes)
    change(state)
    signals.read(program, state)
    return state.signal


def test_substance_at_the_voxel_and_over_what_a_large_cell_covers():
    def ramp(state):
        state.concentration[0, 1] = np.arange(GRID.n_voxels)

    centre = [[30.0, 30.0, 10.0]]
    assert read([(Signal.SUBSTANCE, 1, NONE)], centre, ramp)[0, 0] == 5
    large = read([(Signal.SUBSTANCE, 1, NONE)], centre, ramp, volume=4 / 3 * np.pi * 25**3)[0, 0]
    assert large != 5
    assert 5 < large < 12


def test_densest_matrix_of_voxel_and_faces():
    def fill(state):
        state.matrix[0, 0, 5] = 0.25
        state.matrix[0, 0, 0] = 0.9

    places = [[30.0, 30.0, 10.0], [30.0, 10.0, 10.0], [50.0, 30.0, 10.0], [30.0, 30.0, 30.0], [70.0, 50.0, 30.0]]
    found = read([(Signal.MATRIX, 0, NONE)], places, fill)
    assert sorted(found[:, 0]) == [0.0, 0.25, 0.25, 0.25, 0.9]


def test_contacts_by_type_and_with_the_dead():
    rows = [
        (Signal.CONTACT, 0, NONE),
        (Signal.CONTACT, 1, NONE),
        (Signal.CONTACT, NONE, NONE),
        (Signal.CONTACT, 2, NONE),
    ]

    def dress(state):
        state.cell_type[:] = [0, 1, 1, 0]
        state.cell_dead[:] = [0, 0, 1, 0]

    places = [[30.0, 30.0, 20.0], [40.0, 30.0, 20.0], [30.0, 40.0, 20.0], [70.0, 50.0, 20.0]]
    found = read(rows, places, dress, volume=900.0)
    np.testing.assert_array_equal(found[0], [0, 1, 1, 1])
    np.testing.assert_array_equal(found[3], [0, 0, 0, 0])


def test_what_cells_hold_and_type_restriction():
    rows = [
        (Signal.CARGO, 1, NONE), (Signal.TRAIT, 1, 1), (Signal.SURFACE, 0, NONE), (Signal.INSERTED, 1, NONE),
        (Signal.PRESSURE, NONE, NONE), (Signal.NODE, 1, 0),
    ]  # fmt: skip

    def hold(state):
        state.cell_type[:] = [0, 1]
        state.copies[:], state.inserted[:] = [3, 4], [5, 6]
        state.trait[:], state.nodes[:] = [0.7, 0.8], [0.1, 0.2]
        state.pressure[:] = 1.5
        state.bound_cargo[:] = [10, 20, 40]

    found = read(rows, [[10.0, 10.0, 10.0], [70.0, 50.0, 30.0]], hold)
    np.testing.assert_allclose(found, [[4, 0, 50, 6, 1.5, 0.2], [4, 0.8, 50, 6, 1.5, 0.0]])


def test_node_columns_alone_are_refreshed():
    rows = [(Signal.PRESSURE, NONE, NONE), (Signal.NODE, 0, NONE)]
    program, state = state_of(rows, [[10.0, 10.0, 10.0]])
    state.pressure[:], state.nodes[:] = 2.0, 0.3
    signals.read_nodes(program, state)
    assert state.signal[0].tolist() == [0.0, pytest.approx(0.3)]
