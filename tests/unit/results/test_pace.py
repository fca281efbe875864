"""The time left is estimated from the cost of the last steps and the growth of cells."""

from __future__ import annotations

import math

import pytest

from vesicula.results.pace import Pace


def noted(steps: int, cost, cells) -> Pace:
    pace = Pace()
    for k in range(steps):
        pace.note(cost(k), round(cells(k)))
    return pace


def test_nothing_is_known_before_the_first_step() -> None:
    assert math.isnan(Pace().left(10))


def test_an_even_run_takes_what_it_took() -> None:
    assert noted(400, lambda _: 0.05, lambda _: 300).left(600) == pytest.approx(30.0, rel=1e-9)


def test_what_the_first_steps_cost_is_forgotten() -> None:
    assert noted(400, lambda k: 5.0 if k < 3 else 0.05, lambda _: 300).left(600) == pytest.approx(30.0, rel=1e-9)


@pytest.mark.parametrize("power", [1.0, 1.7])
def test_growing_cells_cost_more_from_step_to_step(power: float) -> None:
    """Cells that double every 100 steps: the mean cost of the past is an eighth of what comes."""

    def cells(k: int) -> float:
        return 1000.0 * 2.0 ** (k / 100.0)

    def cost(k: int) -> float:
        return 0.02 * (cells(k) / 1000.0) ** power

    true = sum(cost(k) for k in range(400, 800))
    assert noted(400, cost, cells).left(400) == pytest.approx(true, rel=0.2)
    assert sum(map(cost, range(400))) < 0.1 * true


def test_cells_that_stop_growing_stop_costing_more() -> None:
    def cells(k: int) -> float:
        return min(1000.0 * 2.0 ** (k / 100.0), 4000.0)

    assert noted(600, lambda k: cells(k) * 1e-4, cells).left(100) == pytest.approx(40.0, rel=0.05)


def test_growth_is_not_carried_on_for_ever() -> None:
    assert noted(60, lambda k: 0.1 * 2.0**k, lambda k: 2.0**k).left(10_000) < math.inf
