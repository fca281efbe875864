"""How miRNA copies lower their targets, in the presence of a cell's other binding sites.

    Equation   m + Σ_i r0_i m/(λ_i + κ_i m) + C m/(λ_C + κ_C m) = M        free functional copies m
               r_i = r0_i λ_i/(λ_i + κ_i m)                                mRNA left
               φ* = Π_families r(M, κ)/r(M0, κ0)                           a node's mRNA at rest, over the undisturbed
               dφ/dt = γ (1 − φ/φ*)                                        mRNA of mean life 1/γ; multiplies the maximum

M = the cell's own copies + functional copies that came to it, of the family; r0 mRNA without miRNA; λ copies at half
binding; κ = decay of the bound over the free mRNA. M0, κ0 : own copies and decay of the undisturbed cell, which no arm
changes: where own copies are raised the node falls, where they are taken away or kept from binding it rises, up to full
activity. The sum is the steady state of binding, turnover and decay (quasi-steady). Silencing acts by decay: production
of mRNA stays what it is, its rate of decay goes from γ to γ/φ*, so that mRNA falls faster than it comes back.
Over a macro step φ* is held and the node sees the mean of φ, which is exact and of order 2.
The competitor pool (defaults 3e4 sites, λ 1e3, κ 1 where a table holds none) stands for all other sites of the seed.

Source: mukherji2011 (titration), bosson2014 and jens2015 (competing sites); no more than abstracts were read.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.neighbours import tabulated
from vesicula.engine.once import once
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites, variants_used

COMPETITOR_SITES, COMPETITOR_LAMBDA, COMPETITOR_KAPPA = 3e4, 1e3, 1.0
MRNA, LAMBDA, KAPPA, KAPPA_UNDISTURBED = 0, 1, 2, 3
OWN, SITES, SITES_LAMBDA, SITES_KAPPA, OWN_UNDISTURBED = 0, 1, 2, 3, 4


@device
def free_copies(total, targets, first, last, pool, decay):
    """Free functional copies m of `total`, by Newton steps inside a bracket that every step narrows.

    targets : float64[n_rows, 4], r0, λ, κ and undisturbed κ of rows first .. last − 1; decay : which of the two counts
    pool : float64[5], own copies, sites, λ, κ, undisturbed own copies
    """
    if total <= 0.0:
        return 0.0
    low, high = 0.0, total
    m = 0.0
    for _ in range(200):
        d = pool[SITES_LAMBDA] + pool[SITES_KAPPA] * m
        bound = pool[SITES] * m / d
        slope = pool[SITES] * pool[SITES_LAMBDA] / (d * d)
        for k in range(first, last):
            d = targets[k, LAMBDA] + targets[k, decay] * m
            bound += targets[k, MRNA] * m / d
            slope += targets[k, MRNA] * targets[k, LAMBDA] / (d * d)
        excess = m + bound - total
        if excess > 0.0:
            high = m
        else:
            low = m
        fresh = m - excess / (1.0 + slope)
        if not low <= fresh <= high:
            fresh = 0.5 * (low + high)
        if abs(fresh - m) <= 1e-15 * fresh:
            return fresh
        m = fresh
    return m


@kernel(
    "void(int64[::1], int32[::1], int16[::1], int8[::1], float64[:, ::1], int32[::1], int64[::1], int32[::1],"
    " float64[:, :, ::1], float64[:, :, :, ::1], float64[:, ::1])",
    allocates=True,
)
def silence(cell_site, site_row, cell_type, dead, copies, family, row_start, node, targets, pools, factor):
    """Fill factor[n_cells, n_nodes] (ones on entry).

    family : int32[n_species]; row_start : int64[n_types * n_families + 1] into rows sorted by type and family
    targets : float64[n_variants, n_rows, 4]; pools : float64[n_variants, n_types, n_families, 5]
    """
    n_families = pools.shape[2]
    undisturbed, alone = np.full(pools.shape[:3], np.nan), np.full(pools.shape[:3], np.nan)
    for i in range(copies.shape[0]):
        if dead[i]:
            continue
        v, t = site_row[cell_site[i]], cell_type[i]
        for f in range(n_families):
            first, last = row_start[t * n_families + f], row_start[t * n_families + f + 1]
            if first == last:
                continue
            if math.isnan(undisturbed[v, t, f]):
                pool = pools[v, t, f]
                undisturbed[v, t, f] = free_copies(
                    pool[OWN_UNDISTURBED], targets[v], first, last, pool, KAPPA_UNDISTURBED
                )
                alone[v, t, f] = free_copies(pool[OWN], targets[v], first, last, pool, KAPPA)
            delivered = 0.0
            for s in range(family.shape[0]):
                if family[s] == f:
                    delivered += copies[i, s]
            before, after = undisturbed[v, t, f], alone[v, t, f]
            if delivered > 0.0:
                after = free_copies(pools[v, t, f, OWN] + delivered, targets[v], first, last, pools[v, t, f], KAPPA)
            for k in range(first, last):
                half, own_kappa, kappa = targets[v, k, LAMBDA], targets[v, k, KAPPA_UNDISTURBED], targets[v, k, KAPPA]
                factor[i, node[k]] *= (half + own_kappa * before) / (half + kappa * after)


@kernel(
    "void(int64[::1], int32[::1], int16[::1], int8[::1], int32[::1], int32[::1], int32[::1], float64[:, ::1], float64,"
    " float64[:, ::1], float64[:, ::1])"
)
def follow(cell_site, site_row, cell_type, dead, lag_type, lag_node, lag_column, life, span, nodes, factor):
    """Move the mRNA of silenced targets over `span` min towards factor[n_cells, n_nodes], which becomes its mean.

    life : float64[n_variants, n_lags], min; nodes[:, lag_column] : share of the mRNA that is missing, changed
    (below 0 where there is more than undisturbed)
    """
    for i in range(factor.shape[0]):
        if dead[i]:
            continue
        v, t = site_row[cell_site[i]], cell_type[i]
        for k in range(lag_type.shape[0]):
            if lag_type[k] != t:
                continue
            aim, column = factor[i, lag_node[k]], lag_column[k]
            gap = (1.0 - nodes[i, column]) - aim
            scale = life[v, k] * aim
            if gap == 0.0 or not scale > 0.0:
                nodes[i, column] = 1.0 - aim
                continue
            z = span / scale
            factor[i, lag_node[k]] = aim - gap * math.expm1(-z) / z
            nodes[i, column] = 1.0 - (aim + gap * math.exp(-z))


@once
def tables(program: Program, variants: NDArray[np.int64]) -> tuple[np.ndarray, ...]:
    """Rows sorted by (type, family) for `variants`: row_start, node, targets, pools (shapes as in `silence`)."""
    rows, values = program.silencing, program.values[variants]
    order = np.lexsort((np.arange(len(rows.type)), rows.family, rows.type))
    place = rows.type[order].astype(np.int64) * rows.n_families + rows.family[order]
    row_start = np.searchsorted(place, np.arange(program.n_types * rows.n_families + 1)).astype(np.int64)
    of_targets = (rows.p_mrna, rows.p_lambda, rows.p_kappa, rows.p_kappa_undisturbed)
    columns = [tabulated(values, column[order], 0.0) for column in of_targets]
    if np.any(columns[LAMBDA] <= 0.0):
        raise ValueError("silencing: λ, the copies at half binding, must be positive")
    pools = [
        tabulated(values, rows.p_own, 0.0),
        tabulated(values, rows.p_competitor_sites, COMPETITOR_SITES),
        tabulated(values, rows.p_competitor_lambda, COMPETITOR_LAMBDA),
        tabulated(values, rows.p_competitor_kappa, COMPETITOR_KAPPA),
        tabulated(values, rows.p_own_undisturbed, 0.0),
    ]
    return row_start, rows.node[order], np.stack(columns, axis=-1), np.stack(pools, axis=-1)


@once
def lives(program: Program, variants: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean lives of silenced mRNAs for `variants`, float64[n_variants, n_lags], min."""
    return tabulated(program.values[variants], program.silencing.p_lag, 0.0)


def factors(program: Program, state: State) -> NDArray[np.float64]:
    """Every node's mRNA at rest over that of the undisturbed cell, float64[n_cells, n_nodes]; above 1 where own copies
    are missing or blocked.
    """
    out = np.ones((state.n_cells, program.n_nodes))
    if not len(program.silencing.type) or not state.n_cells:
        return out
    used, site_row = variants_used(state)
    row_start, node, targets, pools = tables(program, used)
    silence(
        cell_sites(state), site_row.astype(np.int32), state.cell_type, state.cell_dead, state.copies,
        program.cargo.family, row_start, node, targets, pools, out,
    )  # fmt: skip
    return out


def followed(program: Program, state: State) -> NDArray[np.float64]:
    """Factor on every node's maximum over the coming macro step; moves the mRNA in `state.nodes` to its end."""
    out, rows = factors(program, state), program.silencing
    if len(rows.lag_type) and state.n_cells:
        used, site_row = variants_used(state)
        follow(
            cell_sites(state), site_row.astype(np.int32), state.cell_type, state.cell_dead, rows.lag_type,
            rows.lag_node, rows.lag_column, lives(program, used), program.macro_step,
            state.nodes, out,
        )  # fmt: skip
    return out


def present(program: Program, state: State) -> NDArray[np.float64]:
    """Every node's mRNA now over that of the undisturbed cell, float64[n_cells, n_nodes]."""
    out, rows = factors(program, state), program.silencing
    for t, node, column in zip(rows.lag_type, rows.lag_node, rows.lag_column, strict=True):
        mine = (state.cell_type == t) & (state.cell_dead == 0)
        out[mine, node] = 1.0 - state.nodes[mine, column]
    return out
