"""Particle numbers have the laws of independent particles: Poisson counts with the mean of the diffusion equation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import splu
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine import vesicles
from vesicula.engine.faces import far_field_clearance, self_depletion
from vesicula.engine.program import Grid
from vesicula.engine.reference.vesicle_transport import transport_matrix
from vesicula.engine.voxels import home_voxels

RATE, CLEARANCE, DIFFUSION, HOURS = 1.0, 10.0 * 1000.0 / 60.0, 240.0, 12.0  # 60/h, 10 pL/h, µm²/min
TIME_SHIFT = 0.015  # relative; backward Euler over 6 min is first order in time


def middle(grid: Grid, v: int) -> list[float]:
    x, y, z = v % grid.nx, v // grid.nx % grid.ny, v // (grid.nx * grid.ny)
    return [(x + 0.5) * grid.voxel, (y + 0.5) * grid.voxel, (z + 0.5) * grid.height]


class Uptake:
    """One sender and several receivers on many equal sites; exact means by small steps of order 2."""

    def __init__(self, grid: Grid, sender: int, receivers: list[int], sites: int, wall: np.ndarray | None = None):
        self.sites, self.receivers = sites, receivers
        closed = () if wall is None else (wall.astype(float),)
        particle = Population(
            diffusion=DIFFUSION, release=(RATE, 0.0), routes=((0, 0, 0), (0, CLEARANCE, 0)),
            passage=(0.0,) * len(closed), bind=(0.0,) * len(closed), unbind=(0.0,) * len(closed),
        )  # fmt: skip
        case = Case(grid, (particle,), n_types=2, matrix=closed)
        self.program = case.program()
        places = [middle(grid, sender)] + [middle(grid, v) for v in receivers]
        self.state = case.state(self.program, places, [0] + [1] * len(receivers), seeds=tuple(range(sites)))
        self.exact_uptake, self.exact_free = self.exact(sender)

    def exact(self, sender: int):
        program, state = self.program, self.state
        moving, _ = transport_matrix(program, state, 0, 0)
        depletion = self_depletion(program.grid, state.volume[:1])
        rate = np.zeros(program.grid.n_voxels)
        clearance = far_field_clearance(CLEARANCE, DIFFUSION, depletion[0])
        np.add.at(rate, self.receivers, clearance / program.grid.voxel_volume)
        operator = sparse.csc_matrix(moving) + sparse.diags(rate)
        source = np.zeros(len(rate))
        source[sender] = RATE
        tau, gamma = 1.0, 1 - np.sqrt(0.5)
        lu = splu(sparse.csc_matrix(sparse.eye(len(rate)) + tau * gamma * operator))
        free, taken = np.zeros(len(rate)), np.zeros(len(rate))
        for _ in range(round(60 * HOURS / tau)):
            one = lu.solve(free + tau * gamma * source)
            two = lu.solve(free + tau * (1 - gamma) * (source - operator @ one) + tau * gamma * source)
            taken += rate * tau * ((1 - gamma) * one + gamma * two)
            free = two
        return taken, free

    def run(self) -> None:
        for _ in range(round(60 * HOURS / self.program.macro_step)):
            vesicles.advance(self.program, self.state)
            self.state.step += 1

    def taken(self, v: int) -> np.ndarray:
        """Particles taken up in voxel v by the receivers, int64[n_sites]."""
        here = (home_voxels(self.program, self.state) == v) & (self.state.cell_type == 1)
        return self.state.endosomal[here, 0].reshape(self.sites, -1).sum(axis=1)


def check_poisson(
    numbers: np.ndarray, mean: float, *, errors: float = 4.0, low: float = 0.0, high: float = 0.0
) -> None:
    """Mean and variance/mean of a sample against the Poisson law, `errors` standard errors wide."""
    n = len(numbers)
    assert abs(numbers.mean() - mean) < errors * np.sqrt(mean / n) + TIME_SHIFT * mean
    fano = numbers.var(ddof=1) / numbers.mean()
    spread = errors * np.sqrt((2 + 1 / mean) / n)
    assert 1 - low - spread < fano < 1 + high + spread


def test_uptake_in_the_plane_is_poisson_with_the_mean_of_the_equation() -> None:
    grid = Grid(25, 25, 1, 20.0, 20.0, 2)
    sender = 12 * 25 + 12
    receivers = [sender, sender + 2, sender + 5, 2 * 25 + 3]
    uptake = Uptake(grid, sender, receivers, 250)
    uptake.run()
    for v in receivers:
        check_poisson(uptake.taken(v), uptake.exact_uptake[v])
    east = np.arange(grid.n_voxels) % 25 > 15
    check_poisson(uptake.state.vesicles[:, 0, east].sum(axis=1), uptake.exact_free[east].sum(), low=0.15, high=0.1)


def slit(grid: Grid) -> np.ndarray:
    wall = np.zeros((grid.nz, grid.ny, grid.nx), dtype=bool)
    wall[:, :, 8] = True
    wall[grid.nz // 5, 2, 8] = False
    return wall.ravel()


def test_passage_through_a_slit_is_poisson() -> None:
    grid = Grid(14, 10, 1, 20.0, 20.0, 2)
    uptake = Uptake(grid, 5 * 14 + 5, [5 * 14 + 11, 5 * 14 + 5], 400, slit(grid))
    uptake.run()
    beyond = np.arange(grid.n_voxels) % 14 > 8
    crossed = uptake.state.vesicles[:, 0, beyond].sum(axis=1) + uptake.taken(5 * 14 + 11)
    mean = uptake.exact_free[beyond].sum() + uptake.exact_uptake[beyond].sum()
    check_poisson(crossed, mean, low=0.15, high=0.15)
    check_poisson(uptake.taken(5 * 14 + 11), uptake.exact_uptake[5 * 14 + 11])
    assert uptake.state.vesicles[:, 0, slit(grid)].sum() == 0


@pytest.mark.long
@pytest.mark.parametrize("walled", [False, True])
def test_uptake_in_space_is_poisson(walled: bool) -> None:
    grid = Grid(13, 13, 13, 20.0, 20.0, 3)
    sender = (6 * 13 + 6) * 13 + 6
    receivers = [sender, sender + 1, sender + 4, (10 * 13 + 10) * 13 + 11]
    uptake = Uptake(grid, sender, receivers, 400, slit(grid) if walled else None)
    uptake.run()
    for v in receivers:
        check_poisson(uptake.taken(v), uptake.exact_uptake[v])
    beyond = np.arange(grid.n_voxels) % 13 > 8
    check_poisson(uptake.state.vesicles[:, 0, beyond].sum(axis=1), uptake.exact_free[beyond].sum(), low=0.2)


def dish(particle: Population, cells: int, *, seeds=(1,), **more) -> tuple:
    case = Case(Grid(1, 1, 1, 1000.0, 1000.0, 2), (particle,), **more)
    program = case.program()
    return program, case.state(program, np.full((cells, 3), 500.0), seeds=seeds)


@pytest.mark.parametrize("place", ["pool", "bound", "endosomal", "vesicles_in_matrix"])
def test_every_state_is_left_with_its_mean_residence(place: str) -> None:
    """Times spent are exponential of mean 1 / k for every step H."""
    particle = Population(
        decay=0.005, residence=40.0, internalise=0.01, detach=0.015, escape=0.2, lysosome=0.02, bind=(0.0,),
        unbind=(0.02,), passage=(1.0,),
    )  # fmt: skip
    program, state = dish(particle, 50, matrix=(np.ones(1),))
    numbers = getattr(state, place)
    numbers[:] = 100_000 // numbers.size
    for k in range(1, 21):
        vesicles.advance(program, state)
        state.step += 1
        keep = np.exp(-6.0 * k / 40.0)
        assert abs(int(numbers.sum()) - 1e5 * keep) < 4.5 * np.sqrt(1e5 * keep * (1 - keep))
        if place == "bound":
            state.endosomal[:] = 0
    if place == "bound":
        inside = state.talk[0, 0, 0, 1] / (1e5 * (1 - keep))
        assert abs(inside - 0.4) < 4.5 * np.sqrt(0.24 / 1e5 / (1 - keep))


def test_receptors_are_occupied_as_the_law_of_mass_action_says() -> None:
    receptors, clearance, detach, particles = 40, 3e5, 0.3, 30_000
    particle = Population(routes=((0, 0, clearance),), receptors=receptors, detach=detach)
    program, state = dish(particle, 300)
    vesicles.dose(program, state, 0, np.full(state.n_sites, float(particles)))
    means, spreads = [], []
    for k in range(60):
        vesicles.advance(program, state)
        state.step += 1
        if k >= 20:
            means.append(state.bound[:, 0].mean())
            spreads.append(state.bound[:, 0].var(ddof=1))
    concentration = (particles - 300 * np.mean(means)) / 1e9
    share = clearance * concentration / (clearance * concentration + detach * receptors)
    assert 0.3 < share < 0.7
    assert np.mean(means) == pytest.approx(receptors * share, rel=0.01)
    assert np.mean(spreads) == pytest.approx(receptors * share * (1 - share), rel=0.25)
    assert state.bound.max() <= receptors


def test_the_stated_share_escapes_and_the_rest_is_degraded() -> None:
    particle = Population(escape=0.25, lysosome=0.02, cargo=((0, 0, 0.01),))
    program, state = dish(particle, 400, whole=(1,))
    state.endosomal[:] = 300
    state.endosomal_cargo[:] = 3.0
    for _ in range(400):
        vesicles.advance(program, state)
        state.step += 1
    assert state.endosomal.sum() == 0
    escaped = int(state.talk[0, 0, 0, 3])
    assert abs(escaped - 30_000) < 4 * np.sqrt(120_000 * 0.25 * 0.75)
    assert state.delivered_copies.sum() == pytest.approx(escaped * 0.01)
    copies = state.copies[:, 0]
    np.testing.assert_array_equal(copies, np.floor(copies))
    check_poisson(copies, 0.75)


def test_few_copies_are_lost_one_by_one() -> None:
    program, state = dish(Population(), 500, degradation=(0.01,), whole=(1,))
    state.copies[:] = 8.0
    for k in range(1, 11):
        vesicles.advance(program, state)
        state.step += 1
        keep = np.exp(-0.06 * k)
        np.testing.assert_array_equal(state.copies, np.floor(state.copies))
        assert abs(state.copies.mean() - 8 * keep) < 4 * np.sqrt(8 * keep * (1 - keep) / 500)
