"""Canonical storage order: site, then Morton code of the voxel, then lineage hash.

Nothing but this order and the keys decides the bits of a run, so permuted input, other threads and other batches give
the same numbers; neighbours in space are neighbours in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import kernel
from vesicula.engine.multigrid import copy_values
from vesicula.engine.program import Program
from vesicula.engine.state import PER_CELL, State
from vesicula.engine.voxels import cell_sites, places

FEW = 4096  # rows; a kernel that copies many in pieces would take longer to call than they to gather
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Keys = tuple[U64 | None, U64]


def canonical(program: Program, state: State, *, cell_site: I64 | None = None) -> None:
    """Sort every per-cell array into canonical order and set `cell_start`.

    cell_site : int64[n_cells], site of each cell, for callers that have just put arrays together in any order; without
        it the cells of site s are those of `cell_start`
    """
    site = cell_sites(state) if cell_site is None else np.asarray(cell_site, dtype=np.int64)
    state.cell_start = _starts(site, state.n_sites)
    order = _sorted(site, _codes(program, state.position), state.cell_id)
    if order is not None:
        for name in PER_CELL:
            setattr(state, name, getattr(state, name).take(order, axis=0))


@kernel("void(uint8[::1], uint8[::1], int64[::1], int64, uint8[::1])")
def lay_out(there, joining, source, width, out):
    """Rows of `width` bytes put together: row source[k] of `there`, or row −1 − source[k] of `joining`.

    Rows that follow each other are copied in one piece: in a site of many cells few come and go.
    """
    n, k = source.shape[0], 0
    while k < n:
        first, end = source[k], k + 1
        if first < 0:
            copy_values(joining[(-1 - first) * width : -first * width], out[k * width : end * width])
        else:
            while end < n and source[end] == source[end - 1] + 1:
                end += 1
            copy_values(there[first * width : (first + end - k) * width], out[k * width : end * width])
        k = end


def _lay_out(state: State, source: I64, joining: dict[str, np.ndarray] | None = None) -> None:
    """Every per-cell array of the rows `source`, see `lay_out`."""
    few, n = len(source) <= FEW, state.n_cells
    from_both = np.where(source < 0, n - 1 - source, source) if few else source
    for name in PER_CELL:
        there = np.ascontiguousarray(getattr(state, name))
        new = there[:0] if joining is None else np.ascontiguousarray(joining[name], dtype=there.dtype)
        if few:
            setattr(state, name, (there if joining is None else np.concatenate((there, new))).take(from_both, axis=0))
            continue
        out = np.empty((len(source), *there.shape[1:]), there.dtype)
        if out.size:
            there_, new_, out_ = (array.reshape(-1).view(np.uint8) for array in (there, new, out))
            lay_out(there_, new_, source, out.nbytes // len(source), out_)
        setattr(state, name, out)


def replace(
    program: Program, state: State, stays: I64, joining: dict[str, np.ndarray] | None = None, site: I64 | None = None
) -> None:  # fmt: skip
    """Keep some cells of a state and put others in their places, with one pass over every per-cell array.

    stays : int64[n_stay], rows that stay, rising; joining : every per-cell array of the cells that join (none), in any
    order; site : int64[n_join], their sites
    """
    there = cell_sites(state)[stays]
    code, identity = _codes(program, state.position[stays]), state.cell_id[stays]
    rows = stays
    order = _sorted(there, code, identity)
    if order is not None:
        rows, there, identity = rows[order], there[order], identity[order]
        code = None if code is None else code[order]
    if joining is None or site is None:
        state.cell_start = _starts(there, state.n_sites)
        _lay_out(state, rows)
        return
    code_joining = _codes(program, joining["position"])
    order = _sorted(site, code_joining, joining["cell_id"])
    order = np.arange(len(site)) if order is None else order
    start = _starts(there, state.n_sites)
    wanted = (None if code_joining is None else code_joining[order]), joining["cell_id"][order]
    at = _insertions(start[site[order]], start[site[order] + 1], (code, identity), wanted) + np.arange(len(order))
    source = np.empty(len(rows) + len(order), dtype=np.int64)
    old = np.ones(len(source), dtype=np.bool_)
    old[at] = False
    source[old], source[at] = rows, -1 - order
    state.cell_start = start + np.concatenate(([0], np.cumsum(np.bincount(site, minlength=state.n_sites))))
    _lay_out(state, source, joining)


def _starts(site: I64, n_sites: int) -> I64:
    """First row of every site, and the number of all, int64[n_sites + 1]."""
    return np.concatenate(([0], np.cumsum(np.bincount(site, minlength=n_sites)))).astype(np.int64)


def _codes(program: Program, position: NDArray[np.float64]) -> U64 | None:
    """Morton codes; None where all are in one voxel."""
    return places(program.grid, position)[1] if program.grid.n_voxels > 1 else None


def _sorted(site: I64, code: U64 | None, identity: U64) -> I64 | None:
    """Rows by site, Morton code and lineage, int64[n]; None where they stand so already."""
    in_place = identity[1:] > identity[:-1]
    if code is not None:
        in_place = (code[1:] > code[:-1]) | ((code[1:] == code[:-1]) & in_place)
    if np.all((site[1:] > site[:-1]) | ((site[1:] == site[:-1]) & in_place)):
        return None
    if code is None:
        return np.lexsort((identity, site))
    return np.lexsort((identity, code, site))


def _insertions(first: I64, last: I64, held: Keys, wanted: Keys) -> I64:
    """Where in the rows first..last−1 of `held`, which rise, those that are `wanted` belong, int64[n]; by halving.

    held, wanted : Morton codes (None: all alike) and lineages
    """
    first, last = first.copy(), last.copy()
    while (search := np.flatnonzero(first < last)).size:
        middle = (first[search] + last[search]) // 2
        before = held[1][middle] < wanted[1][search]
        if held[0] is not None and wanted[0] is not None:
            here, there = held[0][middle], wanted[0][search]
            before = (here < there) | ((here == there) & before)
        first[search[before]] = middle[before] + 1
        last[search[~before]] = middle[~before]
    return first
