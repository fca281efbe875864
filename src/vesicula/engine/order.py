"""Canonical storage order: site, then Morton code of the voxel, then lineage hash.

Nothing but this order and the keys decides the bits of a run, so permuted input, other threads and other batches give
the same numbers; neighbours in space are neighbours in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.state import PER_CELL, State
from vesicula.engine.voxels import cell_sites, places


def canonical(
    program: Program, state: State, *, cell_site: NDArray[np.int64] | None = None, rows: NDArray[np.int64] | None = None
) -> None:  # fmt: skip
    """Sort every per-cell array into canonical order and set `cell_start`.

    cell_site : int64[n_cells], site of each cell, for callers that have just joined arrays in any order; without it
        the cells of site s are those of `cell_start`
    rows : int64[...], the cells that stay, of those of `cell_site`; without it all do
    """
    site = cell_sites(state) if cell_site is None else np.asarray(cell_site, dtype=np.int64)
    identity, position = state.cell_id, state.position
    if rows is not None:
        site, identity, position = site[rows], identity[rows], position[rows]
    code = places(program.grid, position)[1] if program.grid.n_voxels > 1 else None
    state.cell_start = np.concatenate(([0], np.cumsum(np.bincount(site, minlength=state.n_sites)))).astype(np.int64)
    if not _is_ordered(site, code, identity):
        order = np.lexsort((identity, site) if code is None else (identity, code, site))
        order = order if rows is None else rows[order]
    elif rows is not None:
        order = rows
    else:
        return
    for name in PER_CELL:
        setattr(state, name, np.take(getattr(state, name), order, axis=0))


def _is_ordered(site, code, lineage) -> bool:
    """Whether cells stand by site, Morton code and lineage; code : None where all are in one voxel."""
    in_place = lineage[1:] > lineage[:-1]
    if code is not None:
        in_place = (code[1:] > code[:-1]) | ((code[1:] == code[:-1]) & in_place)
    return bool(np.all((site[1:] > site[:-1]) | ((site[1:] == site[:-1]) & in_place)))
