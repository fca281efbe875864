"""Which faces let particles pass between tiles, and that pieces and regions stop at the others."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.engine.program import Grid
from vesicula.engine.tiles import CLOSED, NARROW, WIDE, judge_faces, tiling

GRID = Grid(12, 3, 1, 20.0, 20.0, 2)
X = np.arange(GRID.n_voxels) % GRID.nx


def faces(mobility: np.ndarray, speed: float = 0.0) -> np.ndarray:
    """Judged faces, uint8[3, ny, nx], with a flow along x."""
    out = np.empty((3, GRID.n_voxels), dtype=np.uint8)
    flow = np.zeros((3, GRID.n_voxels))
    flow[0] = speed
    judge_faces(GRID.nx, GRID.ny, GRID.nz, mobility, flow, np.full(3, 20.0), out)
    return out.reshape(3, GRID.ny, GRID.nx)


def wall(mobility: float) -> np.ndarray:
    """240 µm²/min in the fluid, something else in the sixth column of voxels."""
    return np.where(X == 5, mobility, 240.0)


@pytest.mark.parametrize(("mobility", "kind"), [(0.0, CLOSED), (30.0, NARROW), (40.0, WIDE), (240.0, WIDE)])
def test_a_face_is_as_wide_as_its_worse_side_lets_it(mobility: float, kind: int) -> None:
    along = faces(wall(mobility))[0]
    assert (along[:, [4, 5]] == kind).all()
    assert (along[:, [0, 1, 2, 3, 6, 7, 8, 9, 10]] == WIDE).all()
    assert (along[:, 11] == CLOSED).all()  # the box


def test_flow_opens_what_diffusion_closes() -> None:
    assert (faces(wall(0.0), speed=-1.0)[0][:, [4, 5]] != CLOSED).all()


def test_no_piece_and_no_region_reaches_through_a_wall() -> None:
    cut = tiling(GRID, faces(wall(0.0)).reshape(3, -1))
    side = np.where(X < 5, 0, np.where(X > 5, 1, 2))
    regions: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
    for t in range(cut.n_pieces):
        sides = set(side[cut.voxel[cut.start[t] : cut.start[t + 1]]].tolist())
        assert len(sides) == 1
        regions[sides.pop()].add(int(cut.region[t]))
    assert len(regions[0]) == len(regions[1]) == 1
    assert not regions[0] & regions[1]


def test_a_narrow_wall_cuts_pieces_but_not_the_region() -> None:
    cut = tiling(GRID, faces(wall(30.0)).reshape(3, -1))
    for t in range(cut.n_pieces):
        inside = X[cut.voxel[cut.start[t] : cut.start[t + 1]]] == 5
        assert inside.all() or not inside.any()
    assert len(set(cut.region[: cut.n_pieces].tolist())) == 1
