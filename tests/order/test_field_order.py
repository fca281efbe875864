"""Order of the time stepping, measured over four step lengths: on smooth cases and on the rough ones of real runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.cases.substance_cases import run, start, substance_program

from vesicula.engine import fields
from vesicula.engine.program import Grid, Reaction
from vesicula.engine.state import Work

SLAB = Grid(32, 1, 1, 10.0, 10.0, 3)
X = (np.arange(32) + 0.5) * 10.0
SPAN = 1.6
SMOOTH = 1.0 + np.cos(np.pi * X / 320.0)


@pytest.fixture(autouse=True)
def equal_steps(monkeypatch):
    """Any error is accepted, so that a macro step is one step of the scheme; equations are solved to round-off."""
    monkeypatch.setattr(fields, "TOLERANCE", 1e3)
    monkeypatch.setattr(fields, "PRECISION", 1e-12)


def orders(program, begin, counts=(16, 32, 64, 128), *, change=None):
    """Observed orders between successive step lengths, of the concentrations at the end of the span."""

    def final(steps):
        state = begin()
        for k in range(steps):
            if change is not None and 2 * k == steps:
                change(state)
            run(replace(program, macro_step=SPAN / steps), state)
        return state.concentration[0].copy()

    exact = final(1024)
    worst = np.array([np.abs(final(steps) - exact).max() for steps in counts])
    return np.log2(worst[:-1] / worst[1:])


def smooth_start(program, cells=()):
    return lambda: start(program, SMOOTH, positions=cells)


def test_diffusion_with_decay_and_source_is_of_second_order():
    program = substance_program(SLAB, 600.0, decay=0.8)
    np.testing.assert_allclose(orders(program, smooth_start(program)), 2.0, atol=0.15)


def test_reactions_are_of_second_order():
    program = substance_program(SLAB, [600.0, 60.0, 20.0], reactions=[(Reaction.BIND, 0, 1, 2, 2.0, 0.5)])
    begin = lambda: start(program, np.stack([SMOOTH, 2.0 - SMOOTH * 0.9, 0.0 * SMOOTH]))  # noqa: E731
    np.testing.assert_allclose(orders(program, begin), 2.0, atol=0.2)


def test_michaelis_menten_is_of_second_order():
    program = substance_program(SLAB, [600.0, 60.0], reactions=[(Reaction.ENZYME_CELL, 0, 4, 1, 3.0, 0.5)])

    def begin():
        state = start(program, np.stack([SMOOTH, 0.0 * SMOOTH]), positions=[[165.0, 5.0, 5.0]])
        state.behaviour[0, 4] = 2000.0
        return state

    np.testing.assert_allclose(orders(program, begin), 2.0, atol=0.2)


def rough(program, behaviour, first=155.0):
    def begin():
        state = start(program, SMOOTH, positions=[[first, 5.0, 5.0]])
        state.behaviour[0, :2] = behaviour
        return state

    return begin


def test_a_step_in_uptake_keeps_second_order():
    """One voxel takes up 20/min from the start on: the smallest time is resolved by the two finest steps."""
    program = substance_program(SLAB, 600.0)
    found = orders(program, rough(program, [0.0, 2e4]), counts=(64, 128, 256, 512))
    assert (found[1:] > 1.7).all(), found


def test_a_cell_that_crosses_a_voxel_face_keeps_second_order():
    program = substance_program(SLAB, 600.0)

    def cross(state):
        state.position[0, 0] += 10.0

    found = orders(program, rough(program, [500.0, 5e3]), counts=(64, 128, 256, 512), change=cross)
    assert (found[1:] > 1.7).all(), found


def test_a_dose_in_one_voxel_keeps_second_order():
    program = substance_program(SLAB, 600.0, decay=0.1)

    def dose(state):
        state.concentration[0, 0, 10] += 5.0

    found = orders(program, smooth_start(program), counts=(64, 128, 256, 512), change=dose)
    assert (found[1:] > 1.7).all(), found


def test_error_control_meets_its_tolerance_on_rough_cases(monkeypatch):
    """Uptake that starts, a cell that crosses and a dose: the answer stays within a few tolerances of the exact one."""
    program = substance_program(SLAB, 600.0, macro_step=0.8)

    def final():
        state = rough(program, [500.0, 2e4])()
        run(program, state)
        state.position[0, 0] += 10.0
        state.concentration[0, 0, 3] += 2.0
        return run(program, state).concentration[0, 0].copy(), state.substance_ledger[0, 0].copy()

    monkeypatch.setattr(fields, "TOLERANCE", 1e-7)
    monkeypatch.setattr(fields, "PRECISION", 1e-9)
    exact, booked = final()
    for tolerance in (5e-3, 5e-4, 5e-5):
        monkeypatch.setattr(fields, "TOLERANCE", tolerance)
        monkeypatch.setattr(fields, "PRECISION", 0.01 * tolerance)
        found, ledger = final()
        assert np.abs(found - exact).max() < 3.0 * tolerance * exact.max()
        np.testing.assert_allclose(ledger, booked, rtol=0.0, atol=3.0 * tolerance * booked.max())


def test_a_short_step_of_the_past_is_not_kept():
    """What needed short steps is over: the span is done in one step at once."""
    program = substance_program(SLAB, 600.0, decay=0.8)
    state = start(program, SMOOTH)
    state.field_step[:] = program.macro_step / 20.0
    before = state.work.copy()
    run(program, state)
    assert (state.work - before)[0, Work.FIELD_SUBSTEPS] == 1
