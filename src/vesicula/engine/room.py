"""How full a site is: what its cells take over what it holds, and how full is too full to go on.

    Equation   Σ_i π r_i² / area of a tissue of one layer, or Σ_i V_i / volume of a tissue in three dimensions
               Σ_i a_i / A in a dish, a_i as in `neighbours`; Σ_i n_i V_i / (0.7405 V) in a pool

with n_i what a cell stands for, r_i and V_i the larger of the size that a cell has and the size to which it grows:
daughters are half as large as their mother, but not for long. 1 is a closed layer, or a volume filled to the last
corner. Cells of a tissue that is filled many times over lie through each other: every one has that many neighbours,
each step costs more than the one before, and nothing that such cells show means anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.neighbours import layer_areas, radii
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.substeps import PACKED
from vesicula.engine.voxels import cell_sites

F64 = NDArray[np.float64]


class NoRoom(ArithmeticError):
    """What is brought has no place: no voxel of its region or site is outside solid matrix."""


FULL = 2.0  # times filled, from where it is told
FULLEST = 10.0  # times filled, of a tissue; a run ends there
MOST_BYTES, BYTES_PER_CELL = 24 * 1024**3, 2000  # of all cells of a run


def filled(program: Program, state: State) -> F64:
    """How many times over the cells of each site fill it, float64[n_sites]; see the module."""
    grid, size = program.grid, np.maximum(state.volume, state.volume_target)
    if grid.dimensions == 0:
        dish = grid.area > 0.0
        taken = layer_areas(program, state) if dish else size * state.stands_for
        room = grid.area if dish else PACKED * grid.voxel_volume
    elif grid.dimensions == 3:
        taken, room = size, grid.n_voxels * grid.voxel_volume
    else:
        taken, room = np.pi * radii(size) ** 2, grid.n_voxels * grid.voxel**2
    return np.bincount(cell_sites(state), taken, state.n_sites) / room
