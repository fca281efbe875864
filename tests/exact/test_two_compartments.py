"""Two fluids with a filter of constant permeability follow the known exponentials, for any macro step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cases.exchange_cases import AREA, BOTTOM, TOP, Insert, pour_in

from vesicula.engine.program import NONE, Event
from vesicula.engine.step import advance

P, Q, HOURS = 30.0, 12.0, 10
RATE, RATE_OF_VESICLES = (p * AREA * (1.0 / TOP + 1.0 / BOTTOM) for p in (P, Q))


def culture(macro_step, seeds):
    insert = Insert(filter=(P, Q), macro_step=macro_step)
    system = insert.system()
    states = insert.states(system, seeds=seeds)
    return system, states


@pytest.mark.parametrize("macro_step", [6.0, 20.0, 60.0])
def test_concentrations_follow_the_exponential(macro_step):
    system, states = culture(macro_step, (1,))
    pour_in(system.sites[0], states.sites[0], molecules=1e6)
    mean = 1e6 / (TOP + BOTTOM)
    for k in range(1, int(HOURS * 60 / macro_step) + 1):
        advance(system, states)
        faded = np.exp(-RATE * k * macro_step)
        assert_allclose(states.sites[0].concentration, mean + (1e6 / TOP - mean) * faded, rtol=1e-10)
        assert_allclose(states.sites[1].concentration, mean * (1.0 - faded), rtol=1e-10)


@pytest.mark.parametrize("macro_step", [6.0, 60.0])
def test_numbers_of_vesicles_are_binomial(macro_step):
    n, particles, minutes = 1500, 400, 60.0
    system, states = culture(macro_step, range(n))
    pour_in(system.sites[0], states.sites[0], particles=particles)
    for _ in range(int(minutes / macro_step)):
        advance(system, states)
    p = BOTTOM / (TOP + BOTTOM) * -np.expm1(-RATE_OF_VESICLES * minutes)
    crossed = states.sites[1].vesicles[:, 0, 0]
    variance = particles * p * (1.0 - p)
    assert abs(crossed.mean() - particles * p) < 4.0 * np.sqrt(variance / n)
    assert abs(crossed.var(ddof=1) / variance - 1.0) < 4.0 * np.sqrt(2.0 / n)
    assert_allclose(states.sites[1].cargo[:, 0, 0], 3.0 * crossed)


def test_a_dose_passes_the_filter_from_the_moment_it_is_given():
    system, states = culture(60.0, (1,))
    column = system.sites[0].values.shape[1]
    values = np.column_stack((system.sites[0].values, [1e6]))
    table = system.sites[0].protocol
    table = replace(
        table, step=np.zeros(1, np.int64), kind=np.array([Event.DOSE_SUBSTANCE], np.int8), what=np.zeros(1, np.int32),
        state=np.zeros(1, np.int32), region=np.array([NONE], np.int32), p_amount=np.array([column], np.int32),
        key=np.zeros(1, np.int64),
    )  # fmt: skip
    top, bottom = (replace(site, values=values) for site in system.sites)
    system = replace(system, sites=(replace(top, protocol=table), bottom))
    advance(system, states)
    assert_allclose(states.sites[1].concentration, 1e6 / (TOP + BOTTOM) * -np.expm1(-RATE * 60.0), rtol=1e-10)
