"""What cells sense: one column of `State.signal` per thing that some rule or edge reads.

    SUBSTANCE   concentration around the cell, molecules/µm³ (mean over the voxels a large cell covers)
    NODE        activity of the cell's own network node, 0..1
    CARGO       functional delivered copies of a species that no node sequesters
    MATRIX      density of a component, the largest of the cell's voxel and its face neighbours
    PRESSURE    pressure from touching cells
    CONTACT     number of touching living cells of a type; argument NONE: of any type; n_types: touching dead cells
    TRAIT       heritable value of the cell
    SURFACE     copies of a species on the outside (surface or membrane) of the vesicles bound to the cell
    INSERTED    copies of a membrane species that fusion has left in the cell's membrane

A row with a `type` reads 0 in cells of other types.
"""

from __future__ import annotations

import numpy as np

from vesicula.engine import neighbours, sequestration
from vesicula.engine.cache import device, kernel
from vesicula.engine.program import Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites, footprint, home_voxels

SUBSTANCE, NODE, CARGO, MATRIX = int(Signal.SUBSTANCE), int(Signal.NODE), int(Signal.CARGO), int(Signal.MATRIX)
PRESSURE, CONTACT, TRAIT = int(Signal.PRESSURE), int(Signal.CONTACT), int(Signal.TRAIT)
SURFACE, INSERTED = int(Signal.SURFACE), int(Signal.INSERTED)


@device
def densest(density, home, nx, ny, nz):
    """Largest density among a voxel and its face neighbours; density : float64[n_voxels]."""
    x, y, z = home % nx, home // nx % ny, home // (nx * ny)
    best = density[home]
    if x > 0:
        best = max(best, density[home - 1])
    if x < nx - 1:
        best = max(best, density[home + 1])
    if y > 0:
        best = max(best, density[home - nx])
    if y < ny - 1:
        best = max(best, density[home + nx])
    if z > 0:
        best = max(best, density[home - nx * ny])
    if z < nz - 1:
        best = max(best, density[home + nx * ny])
    return best


@device
def touching(of_type, n_types, first, last, index, cell_type, dead):
    """Number of touching living cells of a type (NONE: any; n_types: dead cells of any type)."""
    count = 0
    for k in range(first, last):
        j = index[k]
        if of_type == n_types:
            count += dead[j] != 0
        elif dead[j] == 0 and (of_type < 0 or cell_type[j] == of_type):
            count += 1
    return count


@kernel(
    "void(int8[::1], int32[::1], int32[::1], boolean, int64[::1], int16[::1], int8[::1], int64[::1], int64[:, ::1],"
    " int64[::1], int64[::1], float64[::1], float64[:, :, ::1], float64[:, :, ::1], int64[::1], int32[::1],"
    " float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], int64[::1], float64[:, ::1], float64[:, ::1],"
    " int32[::1], int8[::1], float64[:, ::1])"
)
def gather(
    kind, argument, of_type, nodes_only, cell_site, cell_type, dead, home, shape, cover_start, cover_voxel,
    cover_weight, concentration, matrix, contact_start, contact_index, nodes, copies, pressure, trait, stands_for,
    bound_cargo, inserted, slot_species, slot_kind, signal,
):  # fmt: skip
    """Fill signal[n_cells, n_signals]; shape : int64[1, 4] is nx, ny, nz, n_types."""
    nx, ny, nz, n_types = shape[0, 0], shape[0, 1], shape[0, 2], shape[0, 3]
    for i in range(signal.shape[0]):
        site = cell_site[i]
        for c in range(kind.shape[0]):
            what, a = kind[c], argument[c]
            if nodes_only and what != NODE:
                continue
            x = 0.0
            if of_type[c] >= 0 and of_type[c] != cell_type[i]:
                x = 0.0
            elif what == NODE:
                x = nodes[i, a]
            elif what == SUBSTANCE:
                for k in range(cover_start[i], cover_start[i + 1]):
                    x += cover_weight[k] * concentration[site, a, cover_voxel[k]]
            elif what == CARGO:
                x = copies[i, a]
            elif what == MATRIX:
                x = densest(matrix[site, a], home[i], nx, ny, nz)
            elif what == PRESSURE:
                x = pressure[i]
            elif what == CONTACT:
                x = touching(a, n_types, contact_start[i], contact_start[i + 1], contact_index, cell_type, dead)
            elif what == TRAIT:
                x = trait[i, a]
            elif what == SURFACE:
                for k in range(slot_species.shape[0]):
                    if slot_species[k] == a and slot_kind[k] > 0:
                        x += bound_cargo[i, k] / stands_for[i]
            elif what == INSERTED:
                x = inserted[i, a]
            signal[i, c] = x


def _gather(program: Program, state: State, nodes_only: bool) -> None:
    table = program.signals
    n, kinds = state.n_cells, set(table.kind.tolist())
    if not n or not kinds or (nodes_only and NODE not in kinds):
        return
    nothing = np.zeros(0, dtype=np.int64)
    home, cover, contacts = nothing, (nothing, nothing, np.zeros(0)), (nothing, np.zeros(0, dtype=np.int32))
    if not nodes_only:
        if MATRIX in kinds:
            home = home_voxels(program, state)
        if SUBSTANCE in kinds:
            covered = footprint(program, state)
            cover = (covered.start, covered.voxel, covered.weight)
        if CONTACT in kinds:
            contacts = neighbours.contacts(program, state)
    grid = program.grid
    shape = np.array([[grid.nx, grid.ny, grid.nz, program.n_types]], dtype=np.int64)
    gather(
        table.kind, table.argument, table.type, nodes_only, cell_sites(state), state.cell_type, state.cell_dead, home,
        shape, *cover, state.concentration, state.matrix, *contacts, state.nodes, state.copies, state.pressure,
        state.trait, state.stands_for, state.bound_cargo, state.inserted, program.vesicles.slot_species,
        program.vesicles.slot_kind, state.signal,
    )  # fmt: skip


def read(program: Program, state: State) -> None:
    """Fill `state.signal`, float64[n_cells, n_signals], from what is around and inside every cell."""
    _gather(program, state, False)
    sequestration.apply(program, state)


def read_nodes(program: Program, state: State) -> None:
    """Refresh the NODE columns of `state.signal` after the networks have moved."""
    _gather(program, state, True)
