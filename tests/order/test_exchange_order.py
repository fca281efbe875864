"""Half an exchange before and half after the sites' own step: of second order in the macro step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import expm
from tests.cases.exchange_cases import AREA, BOTTOM, TOP, Insert, pour_in

from vesicula.engine.step import advance

P, DECAY, SOURCE_LEVEL, MINUTES = 0.6, 0.01, 1e6, 240.0
STEPS = (60.0, 30.0, 15.0, 7.5)


def exact():
    """Concentrations above and below after MINUTES, with decay below alone."""
    down, up = P * AREA / TOP, P * AREA / BOTTOM
    return expm(np.array([[-down, down], [up, -up - DECAY]]) * MINUTES) @ [SOURCE_LEVEL / TOP, 0.0]


def error(macro_step):
    insert = Insert(filter=(P, 0.0), macro_step=macro_step)
    system = insert.system()
    table = np.column_stack((system.sites[1].values, [DECAY]))
    substances = replace(system.sites[1].substances, p_decay=np.array([table.shape[1] - 1], np.int32))
    top, bottom = (replace(site, values=table) for site in system.sites)
    system = replace(system, sites=(top, replace(bottom, substances=substances)))
    states = insert.states(system)
    pour_in(system.sites[0], states.sites[0], molecules=SOURCE_LEVEL)
    for _ in range(int(MINUTES / macro_step)):
        advance(system, states)
    reached = np.array([state.concentration[0, 0, 0] for state in states.sites])
    return np.abs(reached - exact()).max() / exact().max()


def test_exchange_and_steps_together_are_of_second_order():
    errors = np.array([error(step) for step in STEPS])
    orders = np.log2(errors[:-1] / errors[1:])
    assert np.all(np.abs(orders - 2.0) < 0.1), orders
    assert errors[1] < 5e-3
