"""Every process of constant rate alone follows its exponential at any macro step: 6 min, 1 h, 6 h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine import vesicles
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_exchange, states_of, system_of
from vesicula.engine.step import advance
from vesicula.engine.system import Flows

POOL, SHEET = Grid(1, 1, 1, 500.0, 500.0, 2), Grid(6, 5, 1, 20.0, 20.0, 2)
NUMBER = 4_000_000
RATE = np.log(2.0) / 300.0  # a half-life of 5 h
STEPS = [6.0, 60.0, 360.0]
GATHERED = RATE * 500.0 * 500.0 * 500.0  # µm³/min, the clearance of one cell that empties the pool at RATE
SOURCE = 1e4  # per minute


def place_free(state):
    state.vesicles[:] = NUMBER // state.vesicles.shape[2]


def place_bound(state):
    state.bound[:] = NUMBER


def place_in_pool(state):
    state.pool[:] = NUMBER


def place_inside(state):
    state.endosomal[:] = NUMBER


def place_on_matrix(state):
    state.vesicles_in_matrix[:] = NUMBER


def place_copies(state):
    state.copies[:] = NUMBER
    state.inserted[:] = NUMBER


gel = (np.array([1.0]),)
LOSSES = {
    "decay": (POOL, Population(decay=RATE), {}, place_free, "vesicles"),
    "decay on a grid": (SHEET, Population(decay=RATE), {}, place_free, "vesicles"),
    "fusion": (POOL, Population(routes=((GATHERED, 0, 0),)), {}, place_free, "vesicles"),
    "endocytosis": (POOL, Population(routes=((0, GATHERED, 0),)), {}, place_free, "vesicles"),
    "binding": (POOL, Population(routes=((0, 0, GATHERED),)), {}, place_free, "vesicles"),
    "binding to matrix": (POOL, Population(bind=(RATE,), unbind=(0.0,)), {"matrix": gel}, place_free, "vesicles"),
    "internalisation": (POOL, Population(internalise=RATE), {}, place_bound, "bound"),
    "detachment": (POOL, Population(detach=RATE), {}, place_bound, "bound"),
    "residence": (POOL, Population(residence=1.0 / RATE), {}, place_in_pool, "pool"),
    "lysosome": (POOL, Population(lysosome=RATE), {}, place_inside, "endosomal"),
    "escape": (POOL, Population(lysosome=0.5 * RATE, escape=0.5), {}, place_inside, "endosomal"),
    "matrix, degraded": (
        POOL, Population(decay=RATE, bind=(0.0,), unbind=(0.0,)), {"matrix": gel}, place_on_matrix,
        "vesicles_in_matrix",
    ),
    "matrix, set free": (
        POOL, Population(bind=(0.0,), unbind=(RATE,)), {"matrix": gel}, place_on_matrix, "vesicles_in_matrix"
    ),
    "delivered copies": (POOL, Population(), {"degradation": (RATE,)}, place_copies, "copies"),
    "whole copies": (POOL, Population(), {"degradation": (RATE,), "whole": (1,)}, place_copies, "copies"),
    "inserted copies": (POOL, Population(), {"degradation": (RATE,)}, place_copies, "inserted"),
}  # fmt: skip


def run(grid, population, more, start, step, minutes):
    case = Case(grid, (population,), macro_step=step, **more)
    program = case.program()
    state = case.state(program, [[50.0, 50.0, 10.0]])
    start(state)
    for _ in range(round(minutes / step)):
        vesicles.advance(program, state)
        state.step += 1
    return state


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_exponential(name: str, step: float) -> None:
    grid, population, more, start, array = LOSSES[name]
    state = run(grid, population, more, start, step, 720.0)
    share = np.exp(-RATE * 720.0)
    present = getattr(state, array).sum() / (NUMBER // grid.n_voxels * grid.n_voxels)
    assert abs(present - share) < 5.0 * np.sqrt(share * (1.0 - share) / NUMBER), (name, present, share)


FILLED = {
    "free": (Population(decay=RATE, residence=0.0, release=(SOURCE,)), "vesicles"),
    "pool": (Population(residence=1.0 / RATE, release=(SOURCE,)), "pool"),
    "endosomal": (
        Population(residence=0.0, release=(SOURCE,), routes=((0, 1e6 * GATHERED, 0),), lysosome=RATE), "endosomal"
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FILLED)
def test_what_a_constant_source_fills_follows_the_exponential(name: str, step: float) -> None:
    population, array = FILLED[name]
    state = run(POOL, population, {}, lambda _: None, step, 720.0)
    expected = SOURCE / RATE * -np.expm1(-RATE * 720.0)
    assert abs(getattr(state, array).sum() - expected) < 5.0 * np.sqrt(expected), name


@pytest.mark.parametrize("step", STEPS)
def test_all_ways_out_of_a_pool_share_by_their_rates(step: float) -> None:
    population = Population(decay=RATE, routes=((GATHERED, 2.0 * GATHERED, 0.0),))
    state = run(POOL, population, {}, place_free, step, 720.0)
    lost = NUMBER * -np.expm1(-4.0 * RATE * 720.0)
    assert state.vesicles.sum() == pytest.approx(NUMBER - lost, abs=5.0 * np.sqrt(NUMBER - lost))
    for number, share in ((state.talk[0, 0, 0, 2], 0.25), (state.endosomal.sum(), 0.5)):
        assert number == pytest.approx(share * lost, abs=5.0 * np.sqrt(share * lost))


@pytest.mark.parametrize("step", STEPS)
def test_two_pools_that_blood_joins_lose_exponentially(step: float) -> None:
    case = Case(POOL, (Population(decay=RATE),), macro_step=step)
    pool = case.program()
    column = pool.values.shape[1]
    pool = replace(pool, values=np.column_stack((pool.values, [1e6])))
    states = states_of(*(case.state(pool, np.empty((0, 3)), seeds=(k,)) for k in (1, 2)))
    place_free(states.sites[0])
    flows = Flows(np.array([0]), np.array([1]), np.array([column], dtype=np.int32), np.ones(2))
    system = system_of([pool, pool], replace(blank_exchange(n_things=1), flows=flows))
    for _ in range(round(720.0 / step)):
        advance(system, states)
    share = np.exp(-RATE * 720.0)
    present = sum(state.vesicles.sum() for state in states.sites)
    assert abs(present - share * NUMBER) < 5.0 * np.sqrt(NUMBER * share * (1.0 - share))
