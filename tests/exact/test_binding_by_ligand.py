"""Binding per copy of a ligand, against vesicles that each have their own number of copies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine import vesicles
from vesicula.engine.program import Grid
from vesicula.engine.voxels import footprint

POOL = Grid(1, 1, 1, 100.0, 100.0, 0)
PER_COPY, PARTICLES, MEAN = 200.0, 1e6, 0.8  # µm³/min, …, copies per particle
RATE = PER_COPY / POOL.voxel_volume  # 1/min of a particle, for each of its copies


def bound(numbers: list[float], copies: list[float], minutes: float) -> float:
    """Expected particles that one cell binds of classes with as many particles and copies on each of them."""
    one = Population(routes=((0.0, 0.0, PER_COPY),), cargo=((0, 2, 1.0),), ligand=(0,))
    case = Case(POOL, (one,) * len(numbers), macro_step=minutes)
    program = case.program()
    state = case.state(program, [[50.0, 50.0, 50.0]])
    given = np.array(numbers).reshape(1, -1, 1)
    cargo = given * np.array(copies).reshape(1, -1, 1)
    fluid = vesicles.Fluid(given, cargo, np.zeros_like(given), np.zeros_like(cargo))
    covered, ways = footprint(program, state), vesicles.population_conduits(program, state)
    out = vesicles.expect_step(program, state, vesicles.tables(program), covered, ways, fluid, misplaced=1e-15)
    return float(given.sum() - out.free.sum())


def poisson(mean: float, most: int = 25) -> list[float]:
    return [math.exp(-mean) * mean**k / math.factorial(k) for k in range(most)]


@pytest.mark.parametrize("minutes", [0.1, 10.0, 400.0])
def test_vesicles_that_are_alike_are_bound_by_all_their_copies(minutes: float) -> None:
    expected = -PARTICLES * math.expm1(-3.0 * RATE * minutes)
    assert bound([PARTICLES], [3.0], minutes) == pytest.approx(expected, rel=1e-9)
    assert bound([PARTICLES], [0.0], minutes) == 0.0


@pytest.mark.parametrize("minutes", [10.0, 400.0, 4000.0])
def test_each_vesicle_by_its_own_copies_is_the_law_of_a_mixture(minutes: float) -> None:
    shares = poisson(MEAN)
    numbers = [PARTICLES * share for share in shares]
    expected = -PARTICLES * math.expm1(-MEAN * -math.expm1(-RATE * minutes))
    assert bound(numbers, [float(k) for k in range(len(shares))], minutes) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("spent", [0.001, 0.01, 0.1])
def test_the_mean_of_copies_is_right_to_first_order_for_a_mixture(spent: float) -> None:
    """Where each copy has bound with probability b t: relative error b t / 2 of a Poisson mixture, and no more."""
    minutes = spent / RATE
    together = bound([PARTICLES], [MEAN], minutes)
    apart = bound([PARTICLES * share for share in poisson(MEAN)], [float(k) for k in range(25)], minutes)
    assert apart < together
    assert together / apart - 1.0 == pytest.approx(spent / 2.0, rel=0.1)
