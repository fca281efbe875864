"""Compiled mechanics and walks equal the plain Python ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.moving_cells import (
    BIAS,
    BOX,
    PERSISTENCE,
    SHEET,
    TURNING,
    N,
    crowd,
    moving_program,
    moving_state,
    with_every_column,
)

from vesicula.engine import mechanics, motility
from vesicula.engine.neighbours import layer_areas
from vesicula.engine.order import canonical
from vesicula.engine.program import Grid
from vesicula.engine.reference import mechanics as reference
from vesicula.engine.reference import motility as reference_motility
from vesicula.engine.voxels import solid_voxels


def case(grid, seed, *, solid=False, n=40):
    rng = np.random.default_rng(seed)
    program = moving_program(grid, n_types=2, n_matrix=2, values=[[0.3, 2.0, 1.1]])
    types = replace(
        program.cell_types,
        p_affinity=np.array([[-1, 0], [1, -1]], dtype=np.int32),
        p_reach=np.array([-1, 2], dtype=np.int32),
        anchored=np.array([0, 1 if seed % 2 else 0], dtype=np.int8),
    )
    program = replace(program, cell_types=types, behaviours=replace(program.behaviours, turning=TURNING))
    program = with_every_column(program)
    state = moving_state(program, crowd(grid, n, rng, share=0.2), rng)
    state.behaviour[:, TURNING] = 0.7 * (state.cell_type == 1)
    if solid:
        program.matrix.solid[0] = 1
        state.matrix[:, 0] = rng.random(state.matrix.shape[2]) < 0.3
    state.matrix[:, 1] = rng.random(state.matrix.shape[2])
    state.behaviour[:, N:] = rng.uniform(-1.0, 3.0, (state.n_cells, state.behaviour.shape[1] - N))
    canonical(program, state)
    return program, state


@pytest.mark.parametrize("law", list(mechanics.Law))
@pytest.mark.parametrize(
    ("grid", "solid", "seed"), [(BOX, False, 1), (BOX, True, 2), (SHEET, False, 2), (SHEET, True, 3)]
)
def test_relaxation(grid, solid, seed, law):
    program, state = case(grid, seed, solid=solid)
    spheres, barred = mechanics.spheres_of(program, state), solid_voxels(program, state)
    walk = motility.walks(program, state)
    fast = mechanics.relax(
        grid, state.cell_start, spheres, 6.0, walk=walk, barred=barred, accuracy=mechanics.Accuracy(rest=0.0, law=law)
    )
    slow = reference.relax(grid, spheres, spheres.affinity[0], 6.0, walk, barred[0], int(law))
    assert fast.substeps[0] == slow[2]
    assert fast.cut[0] == slow[3] == 0
    assert fast.substeps[0] > 5
    assert_allclose(fast.position, slow[0], rtol=1e-12, atol=1e-10)
    assert_allclose(fast.pressure, slow[1], rtol=1e-11, atol=1e-12)


def in_a_corner(grid, n=12):
    """Cells of which some stand exactly in one corner, pressed there by others; none walks."""
    rng = np.random.default_rng(6)
    program = moving_program(grid, n_types=1)
    places = rng.uniform(0.0, 9.0, (n, 3))
    places[:4] = 0.0
    if grid.dimensions < 3:
        places[:, 2] = 0.5 * grid.height
    state = moving_state(program, [places], rng, speed=0.0)
    canonical(program, state)
    return program, state


@pytest.mark.parametrize("most", [0, 4])
@pytest.mark.parametrize("grid", [BOX, SHEET])
def test_cells_pressed_into_a_corner(grid, most):
    program, state = in_a_corner(grid)
    spheres, barred = mechanics.spheres_of(program, state), solid_voxels(program, state)
    walk = motility.no_walk(state.n_cells)
    accuracy = mechanics.Accuracy(rest=0.0, most=most)
    fast = mechanics.relax(grid, state.cell_start, spheres, 0.5, walk=walk, barred=barred, accuracy=accuracy)
    slow = reference.relax(grid, spheres, spheres.affinity[0], 0.5, walk, barred[0], 0, most=most or 1000)
    assert fast.substeps[0] == slow[2]
    assert fast.cut[0] == slow[3] == bool(most)
    assert_allclose(fast.position, slow[0], rtol=1e-10, atol=1e-9)
    assert_allclose(fast.pressure, slow[1], rtol=1e-9, atol=1e-10)


def test_rest_changes_little():
    program, state = case(BOX, 4)
    state.behaviour[:, 0] = 0.0
    spheres = mechanics.spheres_of(program, state)
    exact, resting = (
        mechanics.relax(BOX, state.cell_start, spheres, 60.0, accuracy=mechanics.Accuracy(rest=rest))
        for rest in (0.0, 1e-3)
    )
    assert_allclose(resting.position, exact.position, atol=0.05)


@pytest.mark.parametrize("grid", [BOX, SHEET])
def test_walk_pieces(grid):
    program, state = case(grid, 5, solid=True)
    state.behaviour[::3, BIAS] = 0.0
    state.behaviour[::4, PERSISTENCE] = 0.0
    before = replace(state, direction=state.direction.copy())
    walk, barred = motility.walks(program, state), solid_voxels(program, state)
    for i in range(state.n_cells):
        pieces, last = reference_motility.pieces(program, before, 0, i, barred[0])
        own = slice(walk.start[i], walk.start[i + 1])
        assert_array_equal(walk.until[own], [until for until, _ in pieces])
        if pieces:
            assert_allclose(walk.velocity[own], [velocity for _, velocity in pieces], rtol=1e-12, atol=1e-14)
        assert_allclose(state.direction[i], last, rtol=1e-12, atol=1e-15)
    assert np.diff(walk.start).max() > 2


@pytest.mark.parametrize("area", [0.0, 2000.0])
@pytest.mark.parametrize("crowd_of", [[3, 40, 0, 90]])
def test_crowding_equals_the_twin(area, crowd_of):
    rng = np.random.default_rng(5)
    program = moving_program(Grid(1, 1, 1, 30.0, 1.1, 0, area))
    state = moving_state(program, [np.zeros((n, 3)) for n in crowd_of], rng)
    state.volume[:] = rng.uniform(2.0, 90.0, state.n_cells) if not area else rng.uniform(200.0, 900.0, state.n_cells)
    taken = layer_areas(program, state) if area else state.volume
    mechanics.advance(program, state)
    pressures = []
    for s in range(len(crowd_of)):
        first, last = state.cell_start[s], state.cell_start[s + 1]
        if last > first:
            expected = reference.crowding(area, program.grid.voxel_volume, taken[first:last].tolist())
            assert_allclose(state.pressure[first:last], expected, rtol=1e-12)
            pressures.append(expected)
    assert pressures[0] == 0.0
    assert pressures[-1] > 0.0
