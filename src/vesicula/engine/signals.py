"""What cells sense: one column of `State.signal` per thing that some rule or edge reads.

    SUBSTANCE   concentration around the cell, molecules/µm³ (mean over the voxels a large cell covers)
    NODE        activity of the cell's own network node, 0..1
    CARGO       functional copies of a species that came to the cell and that no node sequesters
    COPIES      the same and the cell's own copies
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
from numpy.typing import NDArray

from vesicula.engine import handing, neighbours, sequestration
from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import Contacts, Footprint, Minds, SignalTables
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import box, cell_sites, cell_variants, footprint, home_voxels

SUBSTANCE, NODE, CARGO, MATRIX = int(Signal.SUBSTANCE), int(Signal.NODE), int(Signal.CARGO), int(Signal.MATRIX)
PRESSURE, CONTACT, TRAIT = int(Signal.PRESSURE), int(Signal.CONTACT), int(Signal.TRAIT)
SURFACE, INSERTED, COPIES = int(Signal.SURFACE), int(Signal.INSERTED), int(Signal.COPIES)
CELLS_AT_ONCE = 128  # whose signals stay near while one column after the other is filled


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
    "void(boolean, SignalTables, Box, Cells, int64[::1], int64[::1], Footprint, Contacts, float64[:, :, ::1],"
    " float64[:, :, ::1], Minds)"
)
def gather(nodes_only, table, box, cells, cell_site, home, covered, contacts, concentration, matrix, minds):
    """Fill minds.signal[n_cells, n_signals]; cell_site, home : int64[n_cells], site and voxel of every cell."""
    nx, ny, nz, n_types, signal = box.nx, box.ny, box.nz, table.n_types, minds.signal
    one_voxel = nx * ny * nz == 1
    for begun in range(0, signal.shape[0], CELLS_AT_ONCE):
        end = min(begun + CELLS_AT_ONCE, signal.shape[0])
        for c in range(table.kind.shape[0]):
            what, a, of_type = table.kind[c], table.argument[c], table.type[c]
            if nodes_only and what != NODE:
                continue
            if what == NODE:
                for i in range(begun, end):
                    signal[i, c] = minds.nodes[i, a] if of_type < 0 or of_type == cells.type[i] else 0.0
                continue
            if what == SUBSTANCE and one_voxel and of_type < 0:
                for i in range(begun, end):
                    signal[i, c] = 0.0 + concentration[cell_site[i], a, 0]  # its share is 1
                continue
            for i in range(begun, end):
                x = 0.0
                if of_type >= 0 and of_type != cells.type[i]:
                    x = 0.0
                elif what == SUBSTANCE:
                    for k in range(covered.start[i], covered.start[i + 1]):
                        x += covered.weight[k] * concentration[cell_site[i], a, covered.voxel[k]]
                elif what in (CARGO, COPIES):
                    x = cells.copies[i, a]
                elif what == MATRIX:
                    x = densest(matrix[cell_site[i], a], home[i], nx, ny, nz)
                elif what == PRESSURE:
                    x = minds.pressure[i]
                elif what == CONTACT:
                    first, last = contacts.start[i], contacts.start[i + 1]
                    x = touching(a, n_types, first, last, contacts.cell, cells.type, cells.dead)
                elif what == TRAIT:
                    x = minds.trait[i, a]
                elif what == SURFACE:
                    for k in range(table.slot_species.shape[0]):
                        if table.slot_species[k] == a and table.slot_kind[k] > 0:
                            x += cells.bound_cargo[i, k] / cells.stands_for[i]
                elif what == INSERTED:
                    x = cells.inserted[i, a]
                signal[i, c] = x


@once
def tables(program: Program) -> SignalTables:
    """What signals read."""
    table, vesicles = program.signals, program.vesicles
    return SignalTables(
        kind=table.kind, argument=table.argument, type=table.type, slot_species=vesicles.slot_species,
        slot_kind=vesicles.slot_kind, n_types=program.n_types,
    )  # fmt: skip


@once
def touched(program: Program) -> NDArray[np.bool_]:
    """Types of cells that read whom they touch, bool[n_types]."""
    types = program.signals.type[program.signals.kind == CONTACT]
    return np.isin(np.arange(program.n_types), types) | bool((types < 0).any())


NOTHING = np.zeros(0, dtype=np.int64)
UNCOVERED = Footprint(
    start=NOTHING, voxel=NOTHING, weight=np.zeros(0), voxel_start=np.zeros((0, 0), dtype=np.int64), cell=NOTHING,
    cell_weight=np.zeros(0),
)  # fmt: skip
APART = Contacts(start=NOTHING, cell=np.zeros(0, dtype=np.int32))


def _gather(program: Program, state: State, nodes_only: bool) -> None:
    table = tables(program)
    n, kinds = state.n_cells, set(table.kind.tolist())
    if not n or not kinds or (nodes_only and NODE not in kinds):
        return
    home, covered, contacts = NOTHING, UNCOVERED, APART
    if not nodes_only:
        if MATRIX in kinds:
            home = home_voxels(program, state)
        if SUBSTANCE in kinds:
            covered = footprint(program, state)
        if CONTACT in kinds:
            start, index = neighbours.contacts(program, state, touched(program)[state.cell_type])
            contacts = Contacts(start=start, cell=index)
    minds = Minds(nodes=state.nodes, pressure=state.pressure, trait=state.trait, signal=state.signal)
    gather(
        nodes_only, table, box(program.grid), handing.cells(state), cell_sites(state), home, covered, contacts,
        state.concentration, state.matrix, minds,
    )  # fmt: skip


def read(program: Program, state: State) -> None:
    """Fill `state.signal`, float64[n_cells, n_signals], from what is around and inside every cell."""
    _gather(program, state, False)
    _add_own(program, state)
    sequestration.apply(program, state)


def _add_own(program: Program, state: State) -> None:
    """Add each cell's own copies to the COPIES columns of `state.signal`."""
    table = program.signals
    for column in np.flatnonzero(table.kind == COPIES):
        for t, p_own in enumerate(program.cargo.p_own[:, table.argument[column]]):
            cells = np.flatnonzero(state.cell_type == t)
            if p_own != NONE and len(cells):
                state.signal[cells, column] += program.values[cell_variants(state)[cells], p_own]


def read_nodes(program: Program, state: State) -> None:
    """Refresh the NODE columns of `state.signal` after the networks have moved."""
    _gather(program, state, True)
