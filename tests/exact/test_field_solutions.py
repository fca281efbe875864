"""Substances against closed solutions of the same equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.cases.substance_cases import DISH, run, start, substance_program

from vesicula.engine import fields
from vesicula.engine.faces import far_field_clearance, largest_clearance, self_depletion
from vesicula.engine.program import Grid, Reaction, Wall
from vesicula.engine.state import SubstanceTerm


@pytest.fixture
def tight(monkeypatch):
    """Small local errors, so that only the grid's error is left."""
    monkeypatch.setattr(fields, "TOLERANCE", 1e-5)
    monkeypatch.setattr(fields, "PRECISION", 1e-7)


def places(grid):
    """Coordinates of voxel centres, float64[n, 3]."""
    z, y, x = np.meshgrid(*(np.arange(k) + 0.5 for k in (grid.nz, grid.ny, grid.nx)), indexing="ij")
    return np.stack([x.ravel() * grid.voxel, y.ravel() * grid.voxel, z.ravel() * grid.height], axis=1)


@pytest.mark.usefixtures("tight")
def test_a_gaussian_spreads_by_two_d_t():
    grid = Grid(61, 61, 1, 5.0, 30.0, 2)
    diffusion, width, time = 60.0, 25.0, 4.0
    program = substance_program(grid, diffusion, macro_step=time)
    offset = places(grid)[:, :2] - 152.5
    state = start(program, np.exp(-(offset**2).sum(axis=1) / (2.0 * width**2)))
    run(program, state)
    c = state.concentration[0, 0]
    variance = (c[:, None] * offset**2).sum(axis=0) / c.sum()
    np.testing.assert_allclose(variance, width**2 + 2.0 * diffusion * time, rtol=1e-3)
    assert c.max() == pytest.approx(width**2 / (width**2 + 2.0 * diffusion * time), rel=5e-3)


@pytest.mark.usefixtures("tight")
def test_steady_point_source_with_decay_in_three_dimensions():
    grid = Grid(41, 41, 41, 10.0, 10.0, 3)
    diffusion, decay, rate = 600.0, 0.375, 1000.0
    program = substance_program(grid, diffusion, decay=decay, macro_step=60.0)
    state = start(program, 0.0, positions=[[205.0, 205.0, 205.0]], volume=500.0)
    state.behaviour[0, 0] = rate
    run(program, state)
    distance = np.linalg.norm(places(grid) - 205.0, axis=1)
    far = (distance > 45.0) & (distance < 90.0)
    expected = (
        rate / (4.0 * math.pi * diffusion * distance[far]) * np.exp(-distance[far] * math.sqrt(decay / diffusion))
    )
    np.testing.assert_allclose(state.concentration[0, 0, far], expected, rtol=0.04)


@pytest.mark.usefixtures("tight")
def test_slab_between_two_held_walls_is_a_straight_line():
    grid = Grid(12, 3, 3, 20.0, 20.0, 3)
    walls = (Wall.HELD, Wall.OPEN, Wall.CLOSED, Wall.CLOSED, Wall.CLOSED, Wall.CLOSED)
    program = substance_program(grid, 600.0, wall=walls, outside=6.0, macro_step=6000.0)
    state = run(program, start(program, 1.0))
    np.testing.assert_allclose(state.concentration[0, 0], 6.0 * (1.0 - places(grid)[:, 0] / 240.0), rtol=1e-6)
    passed = -state.substance_ledger[0, 0].copy()
    run(program, state)
    passed += state.substance_ledger[0, 0]
    net = passed[SubstanceTerm.WALL_IN] - 600.0 * 2.0 / 20.0 * 3600.0 * (state.concentration[0, 0, 0]) * 6000.0
    assert net == pytest.approx(600.0 * 6.0 / 240.0 * 3600.0 * 6000.0, rel=1e-5)


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_source_and_a_sink_hold_a_straight_line_between_their_two_concentrations(axis):
    shape = [3, 3, 3]
    shape[axis] = 12
    walls, outside = np.full(6, Wall.CLOSED), np.zeros((1, 6))
    walls[2 * axis : 2 * axis + 2], outside[0, 2 * axis : 2 * axis + 2] = Wall.HELD, (6.0, 2.0)
    program = substance_program(Grid(*shape, 20.0, 20.0, 3), 600.0, wall=walls, outside=outside, macro_step=6000.0)
    state = run(program, start(program, 1.0))
    expected = 6.0 - 4.0 * places(program.grid)[:, axis] / 240.0
    np.testing.assert_allclose(state.concentration[0, 0], expected, rtol=1e-6)


@pytest.mark.usefixtures("tight")
def test_flow_carries_the_centre_of_mass():
    grid = Grid(80, 1, 1, 10.0, 10.0, 3)
    flow = np.zeros((3, 80))
    flow[0] = 7.0
    program = substance_program(grid, 30.0, flow=flow, macro_step=20.0)
    x = places(grid)[:, 0]
    state = start(program, np.exp(-((x - 250.0) ** 2) / 2000.0))
    before = (state.concentration[0, 0] * x).sum() / state.concentration.sum()
    run(program, state)
    after = (state.concentration[0, 0] * x).sum() / state.concentration.sum()
    assert after - before == pytest.approx(7.0 * 20.0, rel=1e-3)


@pytest.mark.usefixtures("tight")
def test_a_resolved_absorbing_sphere_takes_four_pi_d_r():
    """Radius 30 µm in a box with held walls, whose capacity is 1/C = 1/R − 1.7475/L; voxels of R/3 and R/6.

    Voxels absorb at their centres, which makes the sphere smaller by a share of h: first order, extrapolated.
    """
    ratio = {}
    for n, voxel in ((17, 10.0), (33, 5.0)):
        grid = Grid(n, n, n, voxel, voxel, 3)
        program = substance_program(grid, 600.0, wall=Wall.HELD, outside=1.0, macro_step=1000.0)
        inside = np.linalg.norm(places(grid) - 0.5 * n * voxel, axis=1) < 30.0
        state = start(program, 1.0, positions=places(grid)[inside], volume=1.0)
        state.behaviour[:, 1] = 1e4 * voxel**2
        run(program, state, 2)
        before = state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP]
        run(program, state)
        uptake = (state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP] - before) / 1000.0
        radius = (0.75 * inside.sum() * voxel**3 / math.pi) ** (1.0 / 3.0)
        ratio[voxel] = uptake / (4.0 * math.pi * 600.0) * (1.0 / radius - 1.7475 / (n * voxel))
    assert 0.75 < ratio[10.0] < ratio[5.0] < 1.0
    assert 2.0 * ratio[5.0] - ratio[10.0] == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("voxel", [5.0, 10.0, 20.0])
@pytest.mark.usefixtures("tight")
def test_a_cell_has_its_clearance_of_the_fluid_far_away(voxel):
    n = 41
    grid = Grid(n, n, n, voxel, voxel, 3)
    diffusion = 600.0
    volume = 2500.0
    clearance = 0.3 * float(largest_clearance(grid, np.array([diffusion]), np.array([volume]))[0])
    program = substance_program(grid, diffusion, wall=Wall.HELD, outside=1.0, macro_step=3e4)
    state = start(program, 1.0, positions=[[0.5 * n * voxel] * 3], volume=volume)
    state.behaviour[0, 1] = clearance
    run(program, state)
    before = state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP]
    run(program, state)
    uptake = (state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP] - before) / 3e4
    # the walls stand at 20 voxels, not at infinity: their image lowers the supply by 1.7475/(4 π D L)
    supply = 1.0 / clearance - 1.7475 / (4.0 * math.pi * diffusion * n * voxel)
    assert uptake == pytest.approx(1.0 / supply, rel=0.02)


def test_clearance_of_the_far_fluid_is_at_most_doubled():
    grid = Grid(5, 5, 5, 20.0, 20.0, 3)
    depletion = float(self_depletion(grid, np.array([1000.0]))[0])
    limit = float(largest_clearance(grid, np.array([240.0]), np.array([1000.0]))[0])
    assert limit == pytest.approx(0.5 * 240.0 * 20.0 / 0.2527, rel=1e-3)
    assert far_field_clearance(limit, 240.0, depletion) == pytest.approx(2.0 * limit)
    assert far_field_clearance(10.0 * limit, 240.0, depletion) == pytest.approx(20.0 * limit)
    assert largest_clearance(DISH, np.array([240.0]), np.array([1000.0])).tolist() == [math.inf]


@pytest.mark.usefixtures("tight")
def test_binding_comes_to_its_equilibrium():
    program = substance_program(DISH, [1.0] * 3, reactions=[(Reaction.BIND, 0, 1, 2, 50.0, 20.0)], macro_step=60.0)
    state = run(program, start(program, [[0.9], [0.5], [0.0]]))
    a, b, bound = state.concentration[0, :, 0]
    total = 0.9 + 0.5 + 20.0 / 50.0
    assert bound == pytest.approx(0.5 * (total - math.sqrt(total**2 - 4.0 * 0.9 * 0.5)), rel=1e-5)
    assert a * b / bound == pytest.approx(20.0 / 50.0, rel=1e-5)


@pytest.mark.usefixtures("tight")
def test_michaelis_menten_follows_the_ode():
    program = substance_program(
        DISH, [1.0, 1.0, 1.0], reactions=[(Reaction.ENZYME_FLUID, 0, 1, 2, 2.0, 0.4)], macro_step=5.0
    )
    state = start(program, [[1.0], [0.1], [0.0]])
    run(program, state, 2)
    exact = solve_ivp(lambda _, c: -2.0 * 0.1 * c / (0.4 + c), (0.0, 10.0), [1.0], rtol=1e-10, atol=1e-12).y[0, -1]
    assert state.concentration[0, 0, 0] == pytest.approx(exact, rel=1e-3)
    assert state.concentration[0, 1, 0] == 0.1
    assert state.concentration[0, 2, 0] == pytest.approx(1.0 - state.concentration[0, 0, 0], rel=1e-13)


def test_enzymes_on_cells_and_vesicles_work_by_their_copies():
    program = substance_program(
        DISH, [1.0, 1.0], reactions=[(Reaction.ENZYME_CELL, 0, 4, 1, 3.0, 100.0)], macro_step=2.0
    )
    state = start(program, [[1.0], [0.0]], positions=[[500.0, 500.0, 1.0]] * 4)
    state.behaviour[:, 4] = 1e9
    run(program, state)
    rate = 3.0 * 4e9 / DISH.voxel_volume / 101.0
    assert state.concentration[0, 1, 0] == pytest.approx(-math.expm1(-2.0 * rate), rel=0.01)


def test_decay_and_secretion_in_a_dish_are_exact():
    program = substance_program(DISH, [1.0, 1.0], decay=[0.3, 1e-9], macro_step=7.0)
    state = start(program, [[2.0], [1.0]], positions=[[500.0, 500.0, 1.0]])
    state.behaviour[0, :4:2] = 0.5 * DISH.voxel_volume
    run(program, state)
    left = math.exp(-2.1)
    assert state.concentration[0, 0, 0] == pytest.approx(2.0 * left + 0.5 / 0.3 * (1.0 - left), rel=1e-13)
    assert state.concentration[0, 1, 0] == pytest.approx(4.5, rel=1e-8)


def test_what_is_secreted_into_empty_medium_finds_its_partner():
    """Two that cells secrete bind, a third partner is never given: all five start from nothing."""
    reactions = [(Reaction.BIND, 1, 0, 2, 1.16e-2, 7e-3), (Reaction.BIND, 3, 0, 4, 9.2e-2, 1.67e-4)]
    decay = [7.2e-3, 2.4e-4, 7.2e-3, 2.4e-5, 2.4e-5]
    program = substance_program(DISH, [1.0] * 5, decay=decay, reactions=reactions, macro_step=30.0)
    state = start(program, [[0.0]] * 5, positions=[[500.0, 500.0, 1.0]])
    state.behaviour[0, 0] = 3e-5 * DISH.voxel_volume
    state.behaviour[0, 2] = 7.2e-4 * DISH.voxel_volume
    run(program, state)

    def slope(_, c):
        bound = 1.16e-2 * c[0] * c[1] - 7e-3 * c[2]
        return [3e-5 - decay[0] * c[0] - bound, 7.2e-4 - decay[1] * c[1] - bound, bound - decay[2] * c[2]]

    exact = solve_ivp(slope, (0.0, 30.0), [0.0] * 3, rtol=1e-10, atol=1e-18).y[:, -1]
    assert state.concentration[0, :3, 0] == pytest.approx(exact, rel=1e-2)
    assert (state.concentration[0, 3:, 0] == 0.0).all()
