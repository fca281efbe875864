"""Contacts in a dish: as many as confluence says, with whom composition says, one draw per macro step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from vesicula.engine import lifecycle, neighbours, order, signals
from vesicula.engine.program import NONE, Grid, Signal
from vesicula.engine.reference.blank import absent, blank_program, blank_state
from vesicula.engine.reference.sketch import Numbers, finished, with_behaviours, with_signals
from vesicula.engine.state import PER_CELL

AREA = 40_000.0  # µm²
AREAS = (500.0, 1500.0)  # µm² of a cell of each type in a closed layer
SENSES = [(Signal.CONTACT, 0, NONE), (Signal.CONTACT, 1, NONE), (Signal.CONTACT, NONE, NONE), (Signal.CONTACT, 2, NONE)]


def dish(seeds, numbers_of_cells, area=AREA):
    """Dishes with so many cells of each type that sense contacts, kill type 1 and engulf the dead."""
    numbers = Numbers(1)
    program = blank_program(Grid(1, 1, 1, area**0.5, 1000.0, 0, area), n_types=2, macro_step=30.0)
    program = with_signals(program, SENSES)
    columns = {"kill": np.array([NONE, 0], np.int32), "engulf": 1}
    program = with_behaviours(program, numbers, [[[0.001, 0.01]], [[None, None]]], **columns)
    types = replace(program.cell_types, p_confluence=numbers.row([1.0 / a for a in AREAS]))
    lifecycle_table = replace(program.lifecycle, p_clearance=np.full((2, 2), numbers(1e9), np.int32))
    program = finished(replace(program, cell_types=types, lifecycle=lifecycle_table), numbers)
    n = sum(numbers_of_cells)
    state = blank_state(program, [np.full((n, 3), 1.0)] * len(seeds))
    state.site_key = np.array([[seed, 5] for seed in seeds], dtype=np.uint64)
    state.cell_type = np.tile(np.repeat([0, 1], numbers_of_cells), len(seeds)).astype(np.int16)
    state.cell_id = np.tile(state.cell_id[:n], len(seeds))
    state.clock_threshold[:] = 1e9
    order.canonical(program, state)
    return program, state


@pytest.mark.parametrize("numbers_of_cells", [(20, 10), (30, 0), (4, 2), (60, 40)])
def test_mean_contacts_are_six_times_confluence_and_share(numbers_of_cells):
    seeds = range(1500)
    program, state = dish(seeds, numbers_of_cells)
    signals.read(program, state)
    taken = np.array(numbers_of_cells) * AREAS
    filled = min(1.0, taken.sum() / AREA)
    for own in range(2):
        mine = state.cell_type == own
        others = taken - np.where(np.arange(2) == own, AREAS, 0.0)
        if not mine.any():
            continue
        per_dish = state.signal[mine].reshape(len(seeds), -1, 4).mean(axis=1)
        mean, error = per_dish.mean(axis=0), per_dish.std(axis=0, ddof=1) / np.sqrt(len(seeds))
        expected = 6.0 * filled * np.append(others / others.sum(), [1.0, 0.0])
        assert np.all(np.abs(mean - expected) <= 4.0 * error + 1e-12)
        variance = state.signal[mine, 2].var()
        assert variance == pytest.approx(6.0 * filled * (1.0 - filled), rel=0.1, abs=1e-12)


def test_the_dead_keep_their_places():
    program, state = dish(range(300), (20, 20))
    state.cell_dead[state.cell_type == 1] = 1
    signals.read(program, state)
    living = state.signal[state.cell_type == 0]
    filled = 6.0 * min(1.0, 20 * sum(AREAS) / AREA)
    assert living[:, 2:].sum(axis=1).mean() == pytest.approx(filled, rel=0.02)
    assert living[:, 3].mean() == pytest.approx(filled * 30_000 / 39_500, rel=0.03)


def test_killing_meets_the_contacts_that_were_sensed():
    program, state = dish(range(5), (20, 10))
    signals.read(program, state)
    sensed = state.signal[:, 0].copy()
    state.behaviour[:, 0] = np.where(state.cell_type == 0, 0.001, 0.0)
    lifecycle.advance(program, state)
    victims = state.cell_type == 1
    assert sensed[victims].max() > 0
    assert_allclose(state.clock[victims, 0], 0.001 * 30.0 * sensed[victims], rtol=1e-12)


def test_every_step_draws_anew():
    program, state = dish((1,), (20, 10))
    lists = []
    for state.step in (0, 0, 1):
        lists.append(neighbours.contacts(program, state)[1].tolist())
    assert lists[0] == lists[1] != lists[2]


def test_no_cell_touches_itself_or_another_dish():
    program, state = dish(range(40), (5, 3), area=6000.0)
    start, index = neighbours.contacts(program, state)
    owner = np.repeat(np.arange(state.n_cells), np.diff(start))
    assert len(index) == 6 * state.n_cells
    assert not np.any(owner == index)
    assert_array_equal(owner // 8, index // 8)
    assert np.all((np.diff(index) >= 0) | (np.diff(owner) > 0))


@pytest.mark.parametrize("cells", [(1, 0), (0, 0)])
def test_a_lonely_cell_touches_nobody(cells):
    program, state = dish((1, 2), cells)
    start, index = neighbours.contacts(program, state)
    assert_array_equal(start, 0)
    assert len(index) == 0


def test_neither_input_order_nor_batch_matter():
    program, state = dish((1, 2, 3), (20, 10))
    signals.read(program, state)
    _, alone = dish((2,), (20, 10))
    signals.read(program, alone)
    assert_array_equal(alone.signal, state.signal[30:60])
    _, mixed = dish((2,), (20, 10))
    shuffle = np.random.default_rng(1).permutation(30)
    for name in PER_CELL:
        setattr(mixed, name, np.ascontiguousarray(getattr(mixed, name)[shuffle]))
    order.canonical(program, mixed)
    signals.read(program, mixed)
    assert_array_equal(mixed.cell_id, alone.cell_id)
    assert_array_equal(mixed.signal, alone.signal)


def test_cells_without_a_density_take_their_cross_section():
    program, state = dish((1,), (2, 2))
    types = replace(program.cell_types, p_confluence=np.array([NONE, program.cell_types.p_confluence[1]], np.int32))
    state.volume[:] = 4000.0
    taken = neighbours.layer_areas(replace(program, cell_types=types), state)
    cross_section = np.pi * (0.75 * 4000.0 / np.pi) ** (2 / 3)
    assert_allclose(np.sort(taken), np.sort([cross_section, cross_section, AREAS[1], AREAS[1]]))
    none = replace(program.cell_types, p_confluence=absent(2))
    assert_allclose(neighbours.layer_areas(replace(program, cell_types=none), state), cross_section)
