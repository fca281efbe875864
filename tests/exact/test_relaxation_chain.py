"""Eleven overlapping cells in a row relax as the published reference problem says (`openvt`)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vesicula.engine.mechanics import Accuracy, Law, Spheres, relax
from vesicula.engine.program import Grid

SHEET = Grid(20, 3, 1, 1.0, 1.0, 2)
STIFFNESS = {Law.LINEAR: 18.2816647, Law.QUADRATIC: 88.54}
PUBLISHED = [
    (Law.LINEAR, 0.1, 6.078852),
    (Law.LINEAR, 0.5, 7.902151),
    (Law.LINEAR, 1.0, 9.0),
    (Law.LINEAR, 2.0, 9.772606),
    (Law.LINEAR, 5.0, 9.997326),
    (Law.QUADRATIC, 1.0, 8.99903),
    (Law.QUADRATIC, 2.0, 9.4395),
]


def chain(law: Law, axis: int) -> Spheres:
    position = np.full((11, 3), 1.5)
    position[:, axis] = 5.0 + 0.5 * np.arange(11)
    return Spheres(
        position=position,
        radius=np.full(11, 0.5),
        reach=np.full(11, 0.5),
        repulsion=np.full(11, STIFFNESS[law]),
        adhesion=np.zeros(11),
        kind=np.zeros(11, dtype=np.int16),
        mobile=np.ones(11, dtype=np.bool_),
        affinity=np.ones((1, 1, 1)),
        identity=np.arange(11, dtype=np.uint64),
    )


def width(law, time, accuracy, *, grid=SHEET, axis=0):
    relaxed = relax(grid, np.array([0, 11]), chain(law, axis), time, accuracy=accuracy)
    return float(np.ptp(relaxed.position[:, axis]))


def solved(law, time):
    def speeds(_, x):
        push = STIFFNESS[law] * np.clip(1.0 - np.diff(x), 0.0, None) ** (1 if law == Law.LINEAR else 2)
        return np.concatenate(([-push[0]], push[:-1] - push[1:], [push[-1]]))

    return np.ptp(solve_ivp(speeds, (0.0, time), 0.5 * np.arange(11), rtol=1e-11, atol=1e-12).y[:, -1])


@pytest.mark.parametrize(("law", "time", "expected"), PUBLISHED)
def test_width_of_the_chain(law, time, expected):
    # the published quadratic figures are 1.3e-4 above the differential equation at the printed stiffness
    assert width(law, time, Accuracy(displacement=0.005, rest=0.0, law=law)) == pytest.approx(expected, abs=2e-4)
    assert width(law, time, Accuracy(law=law)) == pytest.approx(expected, abs=1.2e-3)


@pytest.mark.parametrize(("law", "time", "_"), PUBLISHED)
def test_width_solves_the_differential_equation(law, time, _):
    assert width(law, time, Accuracy(displacement=0.005, rest=0.0, law=law)) == pytest.approx(
        solved(law, time), abs=1e-5
    )


def test_the_chain_relaxes_alike_along_every_axis():
    box = Grid(20, 20, 20, 1.0, 1.0, 3)
    accuracy = Accuracy(rest=0.0, law=Law.LINEAR)
    along = [width(Law.LINEAR, 0.5, accuracy, grid=box, axis=axis) for axis in range(3)]
    assert along[1] == pytest.approx(along[0], rel=1e-14)
    assert along[2] == pytest.approx(along[0], rel=1e-14)
