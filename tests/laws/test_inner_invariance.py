"""What happens inside cells has the same bits for any threads, batch, input order and restart, with many cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.cases.threads import threads

from vesicula.engine import behaviours, lifecycle, networks, order, signals, start
from vesicula.engine.program import NONE, Effect, Gate, Grid, Signal, Start
from vesicula.engine.reference.blank import absent, blank_program
from vesicula.engine.reference.sketch import (
    Clock,
    Node,
    Numbers,
    Rule,
    Term,
    finished,
    with_behaviours,
    with_clocks,
    with_networks,
    with_signals,
)
from vesicula.engine.state import PER_CELL, CellTerm, State

STEPS = 6


def tissue(n_cells):
    """Dividing, dying cells in 3D that sense contact, matrix, a substance and their own network."""
    numbers = Numbers(2)
    program = blank_program(Grid(16, 16, 16, 20.0, 20.0, 3), n_substances=1, n_matrix=1, macro_step=30.0)
    program.matrix.initial[0, ::7] = 0.4
    program = with_signals(
        program,
        [
            (Signal.NODE, 0, 0),
            (Signal.NODE, 1, 0),
            (Signal.CONTACT, 0, NONE),
            (Signal.MATRIX, 0, NONE),
            (Signal.SUBSTANCE, 0, NONE),
        ],
    )
    nodes = [
        Node([Term(Gate.ACTIVATE, 4, half=0.5), Term(Gate.INHIBIT, 1), Term(Gate.AND)], time=20.0, initial=0.1),
        Node([Term(Gate.ACTIVATE, 0), Term(Gate.ACTIVATE, 3), Term(Gate.OR)], time=[45.0, 60.0]),
    ]
    program = with_networks(program, numbers, [nodes])
    clocks = [Clock(Effect.DIVIDE, [1 / 400, 1 / 300], steps=3.0), Clock(Effect.APOPTOSIS, 1 / 900)]
    program = with_clocks(program, numbers, clocks, stay=120.0)
    rules = [Rule(0, 2, 0.2, 6.0, 2.0), Rule(0, 0, 3.0, 0.4), Rule(1, 1, 2.0, 0.3, 2.0)]
    columns = {"clock": np.array([0, 1], np.int32), "kill": absent(1), "engulf": 2}
    program = with_behaviours(program, numbers, [[[[1 / 400, 1 / 300], 1 / 900, 0.01]]], rules, **columns)
    types = replace(
        program.cell_types, p_volume=numbers.row([1200.0]), p_volume_spread=numbers.row([1.2]),
        p_trait_mean=np.array([numbers.row([1.0])], np.int32), p_trait_spread=np.array([numbers.row([1.5])], np.int32),
        p_trait_drift=np.array([numbers.row([1.1])], np.int32),
    )  # fmt: skip
    zero = np.zeros(n_cells, np.int32)
    cells = Start(zero, zero, zero, zero + NONE, np.full((n_cells, 3), np.nan), np.ones(n_cells, dtype=np.int64))
    return finished(replace(program, cell_types=types, start=cells, n_traits=1), numbers)


def begin(program, sites):
    state = start.initial_state(program, [s % 2 for s in sites], [[11, s] for s in sites])
    x = np.linspace(0, 1, program.grid.n_voxels)
    state.concentration[:, 0] = x * x
    return state


def run(program, state, steps=STEPS):
    for _ in range(steps):
        signals.read(program, state)
        networks.advance(program, state)
        signals.read_nodes(program, state)
        behaviours.evaluate(program, state)
        lifecycle.advance(program, state)
        order.canonical(program, state)
        state.step += 1
    return state


def assert_same(one, other):
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name, strict=True)


@pytest.fixture(scope="module")
def case():
    program = tissue(3000)
    return program, run(program, begin(program, [0, 1]))


def test_the_population_lives(case):
    _, state = case
    ledger = state.cell_ledger[:, 0]
    assert state.n_cells > 4096
    for term in (CellTerm.ADDED, CellTerm.DIVIDED, CellTerm.DIED, CellTerm.REMOVED):
        assert np.all(ledger[:, term] > 10)
    present = ledger[:, CellTerm.ADDED] + ledger[:, CellTerm.DIVIDED] - ledger[:, CellTerm.REMOVED]
    np.testing.assert_array_equal(present, np.diff(state.cell_start))
    assert len(np.unique(state.cell_id)) == state.n_cells


def test_threads(case):
    program, _ = case
    with threads(2):
        two = run(program, begin(program, [0, 1]))
    with threads(1):
        one = run(program, begin(program, [0, 1]))
    assert_same(two, one)


def test_batch(case):
    program, state = case
    alone = run(program, begin(program, [1]))
    first, last = state.cell_start[1], state.cell_start[2]
    for name in PER_CELL:
        np.testing.assert_array_equal(getattr(state, name)[first:last], getattr(alone, name), err_msg=name)
    np.testing.assert_array_equal(state.cell_ledger[1], alone.cell_ledger[0])


def test_input_order(case):
    program, state = case
    shuffled = begin(program, [0, 1])
    site = np.repeat([0, 1], np.diff(shuffled.cell_start))
    mixed = np.random.default_rng(3).permutation(shuffled.n_cells)
    for name in PER_CELL:
        setattr(shuffled, name, getattr(shuffled, name)[mixed])
    order.canonical(program, shuffled, cell_site=site[mixed])
    assert_same(state, run(program, shuffled))


def test_restart(case):
    program, state = case
    half = run(program, begin(program, [0, 1]), 3)
    again = State.from_arrays({name: np.copy(a) for name, a in half.arrays().items()})
    assert_same(state, run(program, again, 3))
