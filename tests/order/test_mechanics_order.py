"""Steps of the mechanics: order 3 on smooth forces, 2 of cells that walk, turn and meet walls; at least 1.5 where pairs
part (kink of the linear law).
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.exact.test_relaxation_chain import SHEET, chain, solved

from vesicula.engine.groups import Walk
from vesicula.engine.mechanics import Accuracy, Law, Spheres, relax
from vesicula.engine.program import Grid


@pytest.mark.parametrize(
    ("law", "time", "order"), [(Law.LINEAR, 0.1, 2.8), (Law.QUADRATIC, 0.1, 2.8), (Law.LINEAR, 1.0, 1.5)]
)
def test_order_from_five_step_sizes(law, time, order):
    steps, errors = [], []
    expected = solved(law, time)
    for displacement in (0.02, 0.01, 0.005, 0.0025, 0.00125):
        accuracy = Accuracy(displacement=displacement, rest=0.0, law=law)
        relaxed = relax(SHEET, np.array([0, 11]), chain(law, 0), time, accuracy=accuracy)
        steps.append(relaxed.substeps[0])
        errors.append(abs(np.ptp(relaxed.position[:, 0]) - expected))
    slope = -np.polyfit(np.log(steps), np.log(np.maximum(errors, 1e-11)), 1)[0]
    assert slope > order, (steps, errors)


def turning(turn):
    """A cell that walks towards one held in its place, and turns; a third one walks against a wall and away again."""
    position = np.array([[30.0, 30.0, 10.0], [43.0, 33.0, 10.0], [0.4, 5.0, 10.0]])
    spheres = Spheres(
        position=position, radius=np.full(3, 6.0), reach=np.full(3, 7.5), repulsion=np.full(3, 10.0),
        adhesion=np.full(3, 0.4), kind=np.zeros(3, dtype=np.int16), mobile=np.array([True, False, True]),
        affinity=np.ones((1, 1, 1)), identity=np.arange(3, dtype=np.uint64),
    )  # fmt: skip
    towards, away = np.array([1.2, 0.3, 0.0]), np.array([-0.2, 1.2, 0.0])
    walk = Walk(
        start=np.array([0, 2, 2, 4]), until=np.array([turn, np.inf, turn, np.inf]),
        velocity=np.array([towards, away, -towards, -away]), speed=np.array([1.3, 0.0, 1.3]),
    )  # fmt: skip
    return spheres, walk


def test_order_of_walking_cells_that_turn():
    """The error of many turns at moments of their own, which fall anywhere in a sub-step: order 2."""
    grid, turns = Grid(5, 5, 1, 20.0, 20.0, 2), np.linspace(0.7, 2.1, 23)
    errors = []
    for displacement in (0.1, 0.05, 0.025, 0.0125, 0.0003):
        accuracy = Accuracy(displacement=displacement, rest=0.0)
        cases = [turning(turn) for turn in turns]
        errors.append([relax(grid, np.array([0, 3]), c, 3.0, walk=w, accuracy=accuracy).position for c, w in cases])
    off = [np.sqrt(np.mean(np.square(np.subtract(found, errors[-1])), axis=(0, 2))) for found in errors[:-1]]
    pushed, at_wall = np.array(off)[:, 0], np.array(off)[:, 2]
    slope = np.polyfit(np.log([0.1, 0.05, 0.025, 0.0125]), np.log(pushed), 1)[0]
    assert slope > 1.8, pushed
    assert pushed[0] < 2e-3
    assert at_wall.max() < 1e-12
