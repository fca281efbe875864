"""What must balance at any time: vesicles, their cargo, substances and cells of every site.

Each function compares what was counted where it happened with what is there now; it never fills a gap. Users may call
them on any state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.state import CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.voxels import cell_sites

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

PARTICLES_IN = (VesicleTerm.START, VesicleTerm.RELEASED, VesicleTerm.DOSED, VesicleTerm.ARRIVED)
PARTICLES_OUT = (VesicleTerm.DELIVERED, VesicleTerm.DEGRADED, VesicleTerm.IN_REMOVED, VesicleTerm.LEFT)
MOLECULES_IN = (
    SubstanceTerm.START, SubstanceTerm.SECRETED, SubstanceTerm.DOSED, SubstanceTerm.FROM_STORES, SubstanceTerm.WALL_IN,
    SubstanceTerm.REACTED_IN,
)  # fmt: skip
MOLECULES_OUT = (
    SubstanceTerm.WALL_OUT, SubstanceTerm.DECAYED, SubstanceTerm.TAKEN_UP, SubstanceTerm.REACTED_OUT,
)  # fmt: skip


def _by_site(state: State, per_cell: np.ndarray) -> np.ndarray:
    """Sums over the cells of each site; per_cell : [n_cells, m] to [n_sites, m]."""
    out = np.zeros((state.n_sites, per_cell.shape[1]), dtype=per_cell.dtype)
    np.add.at(out, cell_sites(state), per_cell)
    return out


def vesicle_balance(state: State) -> I64:
    """Particles that came in less those there now or accounted for, int64[n_sites, n_populations]; always 0.

    Equation   start + released + dosed + arrived = free + matrix-bound + cell-bound + endosomal + delivered + degraded
               + in removed cells + left
    """
    ledger = state.vesicle_ledger
    now = state.vesicles.sum(axis=2) + state.vesicles_in_matrix.sum(axis=(2, 3))
    now = now + _by_site(state, state.bound) + _by_site(state, state.endosomal)
    return ledger[:, :, PARTICLES_IN].sum(axis=2) - ledger[:, :, PARTICLES_OUT].sum(axis=2) - now


def cargo_balance(state: State) -> F64:
    """The same for the copies of every cargo slot, float64[n_sites, n_slots]; 0 to round-off."""
    ledger = state.cargo_ledger
    now = state.cargo.sum(axis=2) + state.cargo_in_matrix.sum(axis=(2, 3))
    now = now + _by_site(state, state.bound_cargo) + _by_site(state, state.endosomal_cargo)
    return ledger[:, :, PARTICLES_IN].sum(axis=2) - ledger[:, :, PARTICLES_OUT].sum(axis=2) - now


def substance_balance(program: Program, state: State) -> F64:
    """Molecules that came in less those that went and those in the fluid, float64[n_sites, n_substances].

    0 to round-off, also for substances held at a value (what holding adds and takes is booked at the walls).
    """
    ledger = state.substance_ledger
    now = state.concentration.sum(axis=2) * program.grid.voxel_volume
    return ledger[:, :, MOLECULES_IN].sum(axis=2) - ledger[:, :, MOLECULES_OUT].sum(axis=2) - now


def cell_balance(state: State) -> I64:
    """Cells that came less those that went and those there now, int64[n_sites, n_types]; always 0."""
    n_types = state.cell_ledger.shape[1]
    now = np.zeros((state.n_sites, n_types), dtype=np.int64)
    np.add.at(now, (cell_sites(state), state.cell_type), state.stands_for)
    ledger = state.cell_ledger
    came = ledger[:, :, (CellTerm.ADDED, CellTerm.DIVIDED, CellTerm.BECAME, CellTerm.ARRIVED)].sum(axis=2)
    return came - ledger[:, :, (CellTerm.REMOVED, CellTerm.LEFT)].sum(axis=2) - now
