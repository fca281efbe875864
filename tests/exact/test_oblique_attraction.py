"""Cells that see a gradient well and do not wander go along it, whatever its direction and the shape of the voxels."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.moving_cells import ATTRACTION, BIAS, PERSISTENCE, RECEPTORS, SPEED, moving_program

from vesicula.engine import motility
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state

GRID = Grid(9, 9, 9, 20.0, 12.0, 3)
OBLIQUE = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0, -1, 0), (0, 0, -1), (3, -2, 1), (-1, 2, 2)]


@pytest.mark.parametrize("towards", OBLIQUE)
def test_full_bias_follows_an_oblique_gradient(towards):
    program = moving_program(GRID, half=1000.0)
    state = blank_state(program, [[[90.0, 90.0, 54.0]]])
    state.behaviour[:, SPEED], state.behaviour[:, PERSISTENCE] = 1.5, 3.0
    state.behaviour[:, BIAS], state.behaviour[:, ATTRACTION], state.behaviour[:, RECEPTORS] = 1.0, 1.0, 1e30
    edge = np.array([GRID.voxel, GRID.voxel, GRID.height])
    z, y, x = (index.ravel() for index in np.indices((9, 9, 9)))
    state.concentration[0, 0] = 1000.0 + (np.column_stack((x, y, z)) * edge) @ np.array(towards)
    velocity = motility.walks(program, state).velocity
    expected = 1.5 * np.array(towards) / np.linalg.norm(towards)
    np.testing.assert_allclose(velocity, np.broadcast_to(expected, velocity.shape), atol=1e-12)
