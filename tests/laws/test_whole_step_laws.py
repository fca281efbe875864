"""A whole macro step of a living tissue: bits depend on nothing but model, seed and site, and the ledgers close.

Cells divide, die, push, walk up a gradient, secrete, take up, resorb a solid matrix with a store, release vesicles and
take them in by three routes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.threads import threads

from vesicula.engine import invariants, order, start
from vesicula.engine.program import NONE, Effect, Gate, Grid, Sensing, Signal, Start, Wall
from vesicula.engine.reference.blank import absent, blank_program
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
from vesicula.engine.state import PER_CELL, CellTerm, State
from vesicula.engine.step import step

DIVIDE, DIE, ENGULF, REPEL, ADHERE, SPEED, PERSIST, BIAS, ATTRACT, SECRETE, TAKE_UP, RELEASE, FUSE = range(13)
RESORB, DEPOSIT, RECEPTORS = 15, 16, 17
BASES = [1 / 300, 1 / 900, 0.01, 10.0, 0.4, 0.5, 8.0, 0.4, 1.0, 100.0, 50.0, 0.3, 20.0, 40.0, 20.0, 20.0, 5.0, 3e4]
N_CELLS, STEPS = 2600, 5


def column(k):
    return np.array([k], dtype=np.int32)


def tissue():
    numbers = Numbers(2)
    program = blank_program(Grid(18, 18, 18, 20.0, 20.0, 3), n_substances=1, n_matrix=1, macro_step=30.0)
    program.matrix.initial[0, ::9] = 0.9
    program = with_signals(program, [(Signal.NODE, 0, 0), (Signal.PRESSURE, NONE, NONE), (Signal.SUBSTANCE, 0, NONE)])
    program = with_networks(program, numbers, [[Node([Term(Gate.ACTIVATE, 2, half=5.0)], time=20.0)]])
    columns = {
        "clock": np.array([DIVIDE, DIE], np.int32), "kill": absent(1), "engulf": ENGULF, "repulsion": REPEL,
        "adhesion": ADHERE, "speed": SPEED, "persistence": PERSIST, "bias": BIAS, "attraction": column(ATTRACT),
        "secretion": column(SECRETE), "uptake": column(TAKE_UP), "release": column(RELEASE),
        "route": np.array([[FUSE, FUSE + 1, FUSE + 2]], np.int32), "loading": absent(1),
        "resorption": column(RESORB), "deposition": column(DEPOSIT),
    }  # fmt: skip
    rules = [Rule(DIVIDE, 1, 0.1, 1.5), Rule(RELEASE, 0, 4.0, 0.3)]
    program = with_behaviours(program, numbers, [[BASES]], rules, **columns)
    zero = np.zeros(N_CELLS, np.int32)
    return finished(
        replace(
            program,
            lifecycle=replace(
                program.lifecycle, type=np.zeros(2, np.int32), state=absent(2), phase=absent(2),
                p_steps=numbers.row([3.0, None]), effect=np.array([Effect.DIVIDE, Effect.APOPTOSIS], np.int8),
                to_type=absent(2), to_state=absent(2), site=absent(2), to_site=absent(2),
                p_clearance=np.full((1, 2), numbers(120.0), np.int32),
            ),
            sensing=Sensing(
                *(np.full((1, 1), one, np.int32) for one in (RECEPTORS, NONE, NONE, numbers(2.0), numbers(0.5)))
            ),
            substances=replace(
                program.substances, p_diffusion=numbers.row([[600.0, 900.0]]), p_decay=numbers.row([0.01]),
                p_initial=numbers.row([1.0]), p_wall=np.full((1, 6), numbers(2.0), np.int32),
                wall=np.full((1, 6), int(Wall.HELD), np.int8),
                p_passage=numbers.row([0.2]).reshape(1, 1),
            ),
            matrix=replace(
                program.matrix, solid=np.ones(1, np.int8), store_matrix=np.zeros(1, np.int32),
                store_substance=np.zeros(1, np.int32), p_content=numbers.row([3.0]), p_new_content=numbers.row([1.0]),
            ),
            vesicles=replace(
                program.vesicles, p_diffusion=numbers.row([240.0]), p_decay=numbers.row([1e-3]),
                p_residence=numbers.row([60.0]), p_half_saturation=absent(1, 1), ligand=absent(1, 1),
                donor=np.zeros(1, np.int32),
                slot_population=np.zeros(1, np.int32), slot_species=np.zeros(1, np.int32),
                slot_kind=np.zeros(1, np.int8),
                p_copies=numbers.row([2.0]), p_bind=numbers.row([0.01]).reshape(1, 1),
                p_unbind=numbers.row([0.02]).reshape(1, 1), wall=np.full((1, 6), int(Wall.OPEN), np.int8),
                p_passage=numbers.row([0.1]).reshape(1, 1), p_receptors=numbers.row([[50.0, 5.0]]).reshape(1, 1),
                p_internalise=numbers.row([0.05]).reshape(1, 1), p_detach=numbers.row([0.02]).reshape(1, 1),
                p_escape=numbers.row([0.2]).reshape(1, 1), p_lysosome=numbers.row([0.02]).reshape(1, 1),
                moved_by_flow=np.zeros(1, np.int8),
            ),
            cargo=replace(
                program.cargo, p_degradation=numbers.row([1e-3]), p_loading=numbers.row([0.3]).reshape(1, 1),
                family=absent(1), whole_copies=np.ones(1, np.int8),
            ),
            cell_types=replace(program.cell_types, p_volume=numbers.row([1200.0]), p_volume_spread=numbers.row([1.2])),
            start=Start(
                zero, zero, zero, zero + NONE, np.full((N_CELLS, 3), np.nan), np.ones(N_CELLS, dtype=np.int64)
            ),
            n_species=1,
        ),
        numbers,
    )  # fmt: skip


def begin(program, sites):
    return start.initial_state(program, [s % 2 for s in sites], [[5, s] for s in sites])


def run(program, state, steps=STEPS, *, on=1):
    with threads(on):
        for _ in range(steps):
            step(program, state)
    return state


def assert_same(one, other):
    for name, array in one.arrays().items():
        assert_array_equal(array, other.arrays()[name], err_msg=name, strict=True)


@pytest.fixture(scope="module")
def case():
    program = tissue()
    return program, run(program, begin(program, [0, 1]))


def test_everything_happens(case):
    _, state = case
    assert state.n_cells > 4096
    for term in (CellTerm.DIVIDED, CellTerm.DIED):
        assert np.all(state.cell_ledger[:, 0, term] > 10)
    assert state.vesicles.sum() > 100
    assert np.all(state.talk.sum(axis=(0, 1, 2))[:3] > 0)
    assert state.copies.sum() > 0
    assert state.vesicles_in_matrix.sum() > 0
    assert state.pressure.max() > 0.1
    assert np.all(state.substance_ledger[:, 0, 3] > 0.0)


def test_ledgers_close(case):
    program, state = case
    assert not np.any(invariants.vesicle_balance(state))
    assert not np.any(invariants.cell_balance(state))
    size = np.abs(state.substance_ledger).sum(axis=2)
    assert_allclose(invariants.substance_balance(program, state) / size, 0.0, atol=1e-12)
    assert_allclose(invariants.cargo_balance(state), 0.0, atol=1e-6)


def test_threads(case):
    program, state = case
    assert_same(run(program, begin(program, [0, 1]), on=2), state)


def test_batch(case):
    program, state = case
    alone = run(program, begin(program, [1]))
    first, last = state.cell_start[1], state.cell_start[2]
    for name, array in alone.arrays().items():
        if name in PER_CELL:
            assert_array_equal(getattr(state, name)[first:last], array, err_msg=name)
        elif name not in ("cell_start", "step"):
            assert_array_equal(getattr(state, name)[1:2], array, err_msg=name)


def test_input_order(case):
    program, state = case
    shuffled = begin(program, [0, 1])
    site = np.repeat([0, 1], np.diff(shuffled.cell_start))
    mixed = np.random.default_rng(3).permutation(shuffled.n_cells)
    for name in PER_CELL:
        setattr(shuffled, name, getattr(shuffled, name)[mixed])
    order.canonical(program, shuffled, cell_site=site[mixed])
    assert_same(run(program, shuffled), state)


def test_restart(case):
    program, state = case
    half = run(program, begin(program, [0, 1]), 2)
    again = State.from_arrays({name: np.copy(a) for name, a in half.arrays().items()})
    assert_same(run(program, again, STEPS - 2), state)
