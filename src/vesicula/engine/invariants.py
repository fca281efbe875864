"""What must balance at any time: vesicles, their cargo, substances and cells of every site.

Each balance compares what was counted where it happened with what is there now; it never fills a gap. Users may call
them on any state; records keep them, with what is there now (`results.record`).
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
CELLS_IN = (CellTerm.ADDED, CellTerm.DIVIDED, CellTerm.BECAME, CellTerm.ARRIVED)
CELLS_OUT = (CellTerm.REMOVED, CellTerm.LEFT)


def by_site(state: State, per_cell: np.ndarray, rows: I64 | None = None) -> np.ndarray:
    """Sums over the cells of each site, [n_cells, m] to [n_sites, m]; exact for integers.

    rows : int64[n], the cells that `per_cell`, [n, m], is of, rising; without it all are
    """
    out = np.zeros((state.n_sites, per_cell.shape[1]), dtype=per_cell.dtype)
    if per_cell.dtype.kind == "i":
        start = state.cell_start if rows is None else np.searchsorted(rows, state.cell_start)
        inhabited = np.flatnonzero(np.diff(start))
        if len(inhabited):
            out[inhabited] = np.add.reduceat(per_cell, start[inhabited], axis=0)
        return out
    site = cell_sites(state) if rows is None else cell_sites(state)[rows]
    for column in range(per_cell.shape[1]):
        out[:, column] = np.bincount(site, per_cell[:, column], state.n_sites)
    return out


def vesicle_stocks(state: State) -> I64:
    """Particles that are free, on matrix, on cells and in endosomes, int64[n_sites, n_populations, 4]."""
    return _stocks(state, state.vesicles, state.vesicles_in_matrix, state.bound, state.endosomal)


def cargo_stocks(state: State) -> F64:
    """Their copies of every cargo slot, float64[n_sites, n_slots, 4]."""
    return _stocks(state, state.cargo, state.cargo_in_matrix, state.bound_cargo, state.endosomal_cargo)


def _stocks(state: State, free: np.ndarray, on_matrix: np.ndarray, on_cells: np.ndarray, inside: np.ndarray):
    places = free.sum(axis=2), on_matrix.sum(axis=(2, 3)), by_site(state, on_cells), by_site(state, inside)
    return np.stack(places, axis=2)


def dissolved(program: Program, state: State) -> F64:
    """Molecules in the fluid, float64[n_sites, n_substances]."""
    return state.concentration.sum(axis=2) * program.grid.voxel_volume


def cells_present(state: State) -> I64:
    """Living and dead cells with all that they stand for, int64[n_sites, n_types]."""
    sites, types = state.cell_ledger.shape[:2]
    now = np.zeros((types, sites), dtype=np.int64)
    for t in range(types):
        mine = np.flatnonzero(state.cell_type == t)
        now[t] = by_site(state, state.stands_for[mine, None], mine)[:, 0]
    return np.ascontiguousarray(now.T)


def vesicle_balance(state: State) -> I64:
    """Particles that came in less those there now or accounted for, int64[n_sites, n_populations]; always 0.

    Equation   start + released + dosed + arrived = free + matrix-bound + cell-bound + endosomal + delivered + degraded
               + in removed cells + left
    """
    return _carried(state.vesicle_ledger, vesicle_stocks(state))


def cargo_balance(state: State) -> F64:
    """The same for the copies of every cargo slot, float64[n_sites, n_slots]; 0 to round-off."""
    return _carried(state.cargo_ledger, cargo_stocks(state))


def _carried(ledger: np.ndarray, now: np.ndarray):
    return ledger[:, :, PARTICLES_IN].sum(axis=2) - now.sum(axis=2) - ledger[:, :, PARTICLES_OUT].sum(axis=2)


def substance_balance(program: Program, state: State) -> F64:
    """Molecules that came in less those that went and those in the fluid, float64[n_sites, n_substances].

    0 to round-off, also for substances held at a value (what holding adds and takes is booked at the walls).
    """
    ledger = state.substance_ledger
    left = ledger[:, :, MOLECULES_IN].sum(axis=2) - ledger[:, :, MOLECULES_OUT].sum(axis=2)
    return left - dissolved(program, state)


def cell_balance(state: State) -> I64:
    """Cells that came less those that went and those there now, int64[n_sites, n_types]; always 0."""
    ledger = state.cell_ledger
    return ledger[:, :, CELLS_IN].sum(axis=2) - ledger[:, :, CELLS_OUT].sum(axis=2) - cells_present(state)
