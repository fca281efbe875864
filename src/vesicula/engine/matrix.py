"""Solid matrix: taken away and laid down by cells, degraded by enzymes; what it stored flows into the fluid.

Per component and macro step H, each on what the one before left:

1. resorption   every cell takes r H µm³ from the densest voxel among its own and the face-adjacent ones;
2. enzymes      ρ ← ρ e^(−H Σ_s k_s c_s), concentrations as they are before the fields move;
3. deposition   every cell adds g H µm³: to the emptiest of these voxels, or, where the component is solid, to the
                densest that still has room (bone grows on bone). A voxel that holds cells takes solid matrix up to one
                half, so nobody is walled in; otherwise a voxel takes 1. Last, so that what cells fill up is full when
                the fields move, whatever the step: a belt of junctions lets hardly anything through.

Ties go to the cell's own voxel, then −x, +x, −y, +y, −z, +z. Cells that want more than a voxel has, or has room for,
share it in proportion. A voxel's stores leave in proportion to the share of its density removed; they enter the fluid
of that voxel, or, where it is still solid, of the open face-adjacent voxels in equal parts, evenly over the step: a
source of the fields, like secretion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.neighbours import tabulated_once
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State, SubstanceTerm
from vesicula.engine.voxels import SOLID_ABOVE, grid_numbers, home_voxels, solid_voxels

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

TAKE, SPREAD, APPOSE = 0, 1, 2


@device
def adjacent(v, side, nx, ny, nz):
    """Face-adjacent voxel of v on side 0..5 (−x, +x, −y, +y, −z, +z), −1 outside the box."""
    ix, iy, iz = v % nx, v // nx % ny, v // (nx * ny)
    if side < 2:
        ix += 2 * side - 1
        return v + 2 * side - 1 if 0 <= ix < nx else -1
    if side < 4:
        iy += 2 * side - 5
        return v + (2 * side - 5) * nx if 0 <= iy < ny else -1
    iz += 2 * side - 9
    return v + (2 * side - 9) * nx * ny if 0 <= iz < nz else -1


@device
def better(mode, density, room, best):
    """Whether a voxel beats the best so far; best is NaN at the beginning."""
    if mode == TAKE:
        return density > 0.0 and not density <= best
    if room <= 0.0:
        return False
    return not density >= best if mode == SPREAD else not density <= best


@kernel(
    "void(int64[::1], int64[::1], float64[::1], float64[:, ::1], float64[:, ::1], int64, int64, int64, int64,"
    " float64[:, ::1])"
)
def demand(cell_start, home, share, density, ceiling, mode, nx, ny, nz, wanted):
    """What cells want of each voxel, summed in storage order.

    share : float64[n_cells], shares of a full voxel; density, ceiling, wanted (out) : float64[n_sites, n_voxels]
    mode : TAKE from the densest, SPREAD to the emptiest, APPOSE to the densest with room
    """
    for s in range(cell_start.shape[0] - 1):
        for i in range(cell_start[s], cell_start[s + 1]):
            if not share[i] > 0.0:
                continue
            chosen = -1
            best = np.nan
            for side in range(-1, 6):
                v = home[i] if side < 0 else adjacent(home[i], side, nx, ny, nz)
                if v >= 0 and better(mode, density[s, v], ceiling[s, v] - density[s, v], best):
                    chosen, best = v, density[s, v]
            if chosen >= 0:
                wanted[s, chosen] += share[i]


@kernel("void(float64[:, ::1], bool_[:, ::1], int64, int64, int64, float64, float64[:, :, ::1], int64, float64[::1])")
def spill(amount, barred, nx, ny, nz, fluid, source, substance, booked):
    """Molecules set free in each voxel as a source of the fluid, and book them.

    amount : float64[n_sites, n_voxels], molecules; fluid : float64, µm³ min, volume of a voxel × macro step
    source : float64[n_sites, n_substances, n_voxels], molecules/µm³/min, added to
    booked : float64[n_sites], sum of the amounts, out
    """
    for s in range(amount.shape[0]):
        total = 0.0
        for v in range(amount.shape[1]):
            if not amount[s, v] > 0.0:
                continue
            total += amount[s, v]
            open_sides = 0
            if barred[s, v]:
                for side in range(6):
                    w = adjacent(v, side, nx, ny, nz)
                    open_sides += w >= 0 and not barred[s, w]
            if open_sides == 0:
                source[s, substance, v] += amount[s, v] / fluid
                continue
            for side in range(6):
                w = adjacent(v, side, nx, ny, nz)
                if w >= 0 and not barred[s, w]:
                    source[s, substance, w] += amount[s, v] / (open_sides * fluid)
        booked[s] = total


def _shares(state: State, column: int, per_share: float) -> F64:
    """What every cell takes or adds in one macro step, shares of a full voxel; per_share = H / voxel volume."""
    some = np.maximum(state.behaviour[:, column], 0.0) * (state.stands_for * per_share)
    return np.ascontiguousarray(some, dtype=np.float64)


def _ceiling(program: Program, state: State, m: int, home: I64) -> F64:
    ceiling = np.ones((state.n_sites, program.grid.n_voxels))
    if program.matrix.solid[m] and program.grid.n_voxels > 1:
        site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
        ceiling[site, home] = SOLID_ABOVE
    return ceiling


def _enzyme_exposure(program: Program, state: State, m: int) -> F64 | None:
    """H Σ_s k_s c_s of every voxel, float64[n_sites, n_voxels]; None where no enzyme degrades component m."""
    rates = tabulated_once(program, program.matrix.p_enzyme_rate[m], 0.0)[state.site_variant]
    exposure = None
    for s in np.flatnonzero(program.matrix.p_enzyme_rate[m] != NONE):
        term = program.macro_step * rates[:, s, None] * state.concentration[:, s]
        exposure = term if exposure is None else exposure + term
    return exposure


def _keep(program: Program, state: State, m: int, after: F64, released: dict[int, F64]) -> None:
    """Lower component m to `after`; the lost part of its stores joins `released` (store : molecules per voxel)."""
    density = state.matrix[:, m]
    lost = np.divide(density - after, density, out=np.zeros_like(density), where=density > after)  # 1 where all goes
    for k in np.flatnonzero(program.matrix.store_matrix == m).tolist():
        freed = state.store[:, k] * lost
        state.store[:, k] -= freed
        released[k] = released[k] + freed if k in released else freed
    state.matrix[:, m] = after


def _change_component(program: Program, state: State, m: int, home: I64, released: dict[int, F64]) -> None:
    columns, shape = program.behaviours, grid_numbers(program.grid)[:3]
    per_share = program.macro_step / program.grid.voxel_volume
    if columns.resorption[m] != NONE:
        wanted = np.zeros_like(state.matrix[:, m])
        density = np.ascontiguousarray(state.matrix[:, m])
        share = _shares(state, columns.resorption[m], per_share)
        demand(state.cell_start, home, share, density, np.ones_like(density), TAKE, *shape, wanted)
        _keep(program, state, m, np.maximum(density - wanted, 0.0), released)
    exposure = _enzyme_exposure(program, state, m)
    if exposure is not None:
        _keep(program, state, m, state.matrix[:, m] * np.exp(-exposure), released)
    if columns.deposition[m] != NONE:
        wanted = np.zeros_like(state.matrix[:, m])
        density = np.ascontiguousarray(state.matrix[:, m])
        ceiling = _ceiling(program, state, m, home)
        mode = APPOSE if program.matrix.solid[m] else SPREAD
        share = _shares(state, columns.deposition[m], per_share)
        demand(state.cell_start, home, share, density, ceiling, mode, *shape, wanted)
        after = np.where(wanted > 0.0, np.minimum(density + wanted, ceiling), density)
        content = tabulated_once(program, program.matrix.p_new_content, 0.0)[state.site_variant]
        for k in np.flatnonzero(program.matrix.store_matrix == m):
            state.store[:, k] += content[:, k, None] * (after - density) * program.grid.voxel_volume
        state.matrix[:, m] = after


def advance(program: Program, state: State) -> F64 | None:
    """Resorb, deposit and degrade matrix over one macro step; sets matrix, store and the ledger.

    Returns    what its stores give to the fluid over the step, molecules/µm³/min, shape of `State.concentration`; None
        where nothing changes matrix
    """
    columns = program.behaviours
    touched = (columns.resorption != NONE) | (columns.deposition != NONE)
    touched |= (program.matrix.p_enzyme_rate != NONE).any(axis=1)
    if not touched.any():
        return None
    home = home_voxels(program, state)
    released: dict[int, F64] = {}
    for m in np.flatnonzero(touched).tolist():
        _change_component(program, state, m, home, released)
    barred = solid_voxels(program, state)
    shape, fluid = grid_numbers(program.grid)[:3], program.grid.voxel_volume * program.macro_step
    source = np.zeros_like(state.concentration)
    for k, amount in released.items():
        substance = int(program.matrix.store_substance[k])
        booked = np.zeros(state.n_sites)
        spill(np.ascontiguousarray(amount), barred, *shape, fluid, source, substance, booked)
        state.substance_ledger[:, substance, SubstanceTerm.FROM_STORES] += booked
    return source
