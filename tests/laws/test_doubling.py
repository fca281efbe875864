"""A culture doubles in the time that is said; a cycle has a shape, and a mean time that says how fast it doubles."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.doubling import doubling_time, growth_of_cycle, rate_of_doubling
from vesicula.experiments.running import measured
from vesicula.language import check, prepare, read
from vesicula.language.writing.models import write

MODEL = """\
vesicula: 1
model: doubling
sites:
  dish: {kind: pool, volume: 10 mL}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    {cycle}
start:
  - 400 c in dish
controls: none
measure:
  early: count of c in dish at 24 h
  late: count of c in dish at 96 h
run: {for: 96 h, record: every 24 h, step: 6 min, seeds: 4}
"""


def model(cycle: str) -> str:
    return MODEL.replace("{cycle}", cycle)


def grown(cycle: str) -> float:
    """Doubling time in h from one day on to three days later, over four cultures of some 800 cells."""
    shown = measured(compile_model(prepare(model(cycle))))
    return 72.0 / float(np.log2(shown.of("late", "").sum() / shown.of("early", "").sum()))


RANGE = "(8..80 @assumed)"


@pytest.mark.parametrize("steps", ["", ", in 1 steps", ", in 4 steps", ", in 20 steps"])
def test_cells_double_in_the_time_that_is_said(steps: str) -> None:
    assert grown(f"doubles: every 24 h {RANGE}{steps}") == pytest.approx(24.0, rel=0.03)


@pytest.mark.parametrize(("steps", "hours"), [("", 23.18), (", in 1 steps", 16.64), (", in 20 steps", 23.58)])
def test_a_mean_cycle_says_how_fast_they_double(steps: str, hours: float) -> None:
    """T ln 2/(k (2^(1/k) − 1)), with ten steps where none are said."""
    text = model(f"divides: every 24 h {RANGE}{steps}")
    assert doubling_time(prepare(text).cells[0]) == pytest.approx(60 * hours, rel=1e-3)
    assert grown(f"divides: every 24 h {RANGE}{steps}") == pytest.approx(hours, rel=0.03)


@pytest.mark.parametrize(("steps", "hours"), [(10, 23.18), (1, 16.64), (20, 23.58)])
def test_growth_of_a_mean_cycle(steps: int, hours: float) -> None:
    assert np.log(2) / growth_of_cycle(24.0, steps) == pytest.approx(hours, rel=1e-3)
    assert rate_of_doubling(np.array([hours]), steps)[0] == pytest.approx(1 / 24, rel=1e-3)


def test_phases_double_too() -> None:
    cell = prepare(model("cycle: {G1: 12 h (4..40 @assumed) in 5 steps, S: 12 h (4..40 @assumed) in 5 steps}")).cells[0]
    assert doubling_time(cell) == pytest.approx(60 * 23.18, rel=1e-3)


@pytest.mark.parametrize("steps", ["", ", in 1 steps", ", in 4 steps"])
def test_what_is_written_reads_back(steps: str) -> None:
    one = read(model(f"doubles: every 24 h {RANGE}{steps}"))
    assert read(write(one)).cells[0].division_steps == one.cells[0].division_steps
    assert read(write(one)).cells[0].doubles == one.cells[0].doubles or write(read(write(one))) == write(one)


def test_a_cycle_is_said_in_one_way() -> None:
    text = model(f"doubles: every 24 h {RANGE}\n    divides: every 24 h {RANGE}")
    assert "two-ways" in [one.code for one in check(text)]


def test_arms_and_runs_set_it() -> None:
    text = model(f"doubles: every 24 h {RANGE}").replace(
        "controls:", "arms:\n  plain: []\n  slow:\n    - set cells.c.doubles to 48 h\ncontrols:"
    )
    program = compile_model(prepare(text)).system.site("dish")
    column = program.behaviours.p_base[0, 0, program.behaviours.clock[0]]
    rates = program.values[[0, -1], column]
    assert rates[0] / rates[1] == pytest.approx(2.0)
