"""The solver against dense matrices and Newton's method, one step at a time."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse.linalg as sparse
from scipy.sparse import csc_matrix, identity

from vesicula.engine.faces import conduits
from vesicula.engine.groups import Aims, Fields, Kinetics
from vesicula.engine.multigrid import workspace_length
from vesicula.engine.program import Grid, Reaction
from vesicula.engine.reactions import SATURABLE
from vesicula.engine.reference.fields import GAMMA, sdirk_step, transport_matrix
from vesicula.engine.transport import advance_fields
from vesicula.engine.voxels import box

NO_KINETICS = np.empty((0, 6), dtype=np.int64), np.empty((0, 2)), np.empty((0, 1))


def ways_of(grid, diffusion, *, general, seed=0):
    rng = np.random.default_rng(seed)
    m, n = len(diffusion), grid.n_voxels
    flow = rng.normal(0.0, 2.0, (3, n))
    return conduits(
        grid,
        np.array([diffusion], dtype=float),
        passage=np.full((1, m, 1), 0.3),
        density=rng.random((1, 1, n)),
        flow=flow,
        moved=np.ones(m, dtype=np.int8),
        kinds=np.zeros((m, 6), dtype=np.int8),
        general=general,
    )


def advance(grid, ways, fields, source, loss, kinetics, rates, local, span, *, tolerance=1e3, precision=1e-13):
    """One step of any error, unless a tolerance is given; solved to round-off."""
    m, n = fields.shape
    given = Fields(
        concentration=fields[None].copy(), source=source[None], loss=loss[None], faces=ways.faces, wall=ways.wall,
        region=ways.region, n_regions=ways.n_regions, held=np.zeros((1, m), dtype=np.int8), step=np.zeros((1, m)),
        exposure=np.empty((1, m, n)), tally=np.zeros((1, m, 3), dtype=np.int64),
    )  # fmt: skip
    extent, tally = np.empty((1, len(kinetics), n)), np.zeros((1, 3), dtype=np.int64)
    failed = advance_fields(
        0, 1, box(grid), given,
        Kinetics(table=kinetics, rates=rates[None], local=local[None]),
        Aims(span=span, tolerance=tolerance, precision=precision), np.zeros(1), extent, tally,
        np.empty(workspace_length(grid.nx, grid.ny, grid.nz, m, len(kinetics))),
    )  # fmt: skip
    assert failed == 0
    assert (tally[0, 0] == 1) == (tolerance > 1.0)
    return given.concentration[0], given.exposure[0], extent[0]


GRIDS = [Grid(9, 7, 5, 20.0, 20.0, 3), Grid(8, 5, 1, 10.0, 40.0, 2), Grid(1, 11, 1, 5.0, 5.0, 2)]


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("grid", GRIDS)
def test_steady_state_of_stiff_rough_losses_equals_a_sparse_direct_solver(grid, general):
    n = grid.n_voxels
    rng = np.random.default_rng(3)
    ways = ways_of(grid, [1e4], general=general)
    source, loss = rng.random((1, n)), 50.0 * rng.random((1, n)) ** 8 + 0.01
    new = advance(grid, ways, np.ones((1, n)), source, loss, *NO_KINETICS, 1e4, tolerance=1e-7, precision=1e-9)[0]
    matrix = csc_matrix(transport_matrix((grid.nx, grid.ny, grid.nz), ways.faces[0, 0]) - np.diag(loss[0]))
    np.testing.assert_allclose(new[0], sparse.spsolve(matrix, -source[0]), rtol=1e-7)


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("grid", GRIDS)
def test_multigrid_equals_a_sparse_direct_solver(grid, general):
    n, span = grid.n_voxels, 0.2 * (grid.voxel / 20.0) ** 2
    rng = np.random.default_rng(1)
    ways = ways_of(grid, [900.0], general=general)
    fields, source, loss = 1.0 + rng.random((1, n)), rng.random((1, n)), 5.0 * rng.random((1, n))
    new, exposure, _ = advance(grid, ways, fields, source, loss, *NO_KINETICS, span)
    matrix = csc_matrix(transport_matrix((grid.nx, grid.ny, grid.nz), ways.faces[0, 0]) - np.diag(loss[0]))
    inner = GAMMA * span
    solve = sparse.factorized((identity(n) - inner * matrix).tocsc())
    first = solve(fields[0] + inner * source[0])
    later = fields[0] + (1.0 - GAMMA) / GAMMA * (first - fields[0])
    second = solve(later + inner * source[0])
    np.testing.assert_allclose(new[0], second, rtol=1e-12)
    np.testing.assert_allclose(exposure[0], span * ((1.0 - GAMMA) * first + GAMMA * second), rtol=1e-12)


def test_coupled_step_equals_dense_newton():
    grid = Grid(3, 3, 2, 20.0, 20.0, 3)
    n, span = grid.n_voxels, 0.2
    rng = np.random.default_rng(4)
    ways = ways_of(grid, [400.0, 90.0, 0.0, 30.0], general=True)
    kinetics = np.array(
        [
            [Reaction.BIND, 0, 1, 2, -1, -1],
            [Reaction.CONVERT, 2, -1, 3, -1, -1],
            [Reaction.ENZYME_FLUID, 3, 1, 0, -1, -1],
            [SATURABLE, 0, -1, 3, 0, 1],
        ],
        dtype=np.int64,
    )
    rates = np.array([[2.0, 0.3], [0.2, 0.0], [4.0, 0.5], [3.0, 0.4]])
    local = rng.random((2, n))
    fields, source, loss = 0.5 + rng.random((4, n)), rng.random((4, n)), rng.random((4, n))
    new, exposure, extent = advance(grid, ways, fields, source, loss, kinetics, rates, local, span)
    matrices = [transport_matrix((3, 3, 2), ways.faces[0, i]) for i in range(4)]
    expected = sdirk_step(fields, span, matrices, source, loss, kinetics, rates, local)
    for got, wanted in zip((new, exposure, extent), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_faces_of_the_twin_conserve():
    grid = Grid(4, 3, 2, 20.0, 30.0, 3)
    for general in (False, True):
        matrix = transport_matrix((4, 3, 2), ways_of(grid, [50.0], general=general).faces[0, 0])
        assert np.abs(matrix.sum(axis=0)).max() < 1e-12
        assert np.abs(matrix).max() > 0.01
