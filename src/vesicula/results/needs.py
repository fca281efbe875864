"""How many delivered copies a silencing target needs before anyone could see the effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vesicula.engine.program import Program
    from vesicula.results.description import Labels, NeedLabel

F64 = NDArray[np.float64]
Number = F64 | float
FOLD = 1.5  # smallest change of an mRNA that qPCR shows
MOST = 1e60  # copies
ROUNDS, AGREED = 100, 1e-9  # of the last rise, whose square the error is
COMPETITOR_SITES, COMPETITOR_LAMBDA, COMPETITOR_KAPPA = 3e4, 1e3, 1.0


def total_copies(free: Number, sites: F64, half: F64, strength: F64) -> Number:
    """Functional copies of a family when `free` of them are unbound.

    Equation   M = m + Σ_i r0_i m / (λ_i + κ_i m), over targets and the pool of competitors
    free : float64[...], copies      sites (r0), half (λ) : float64[..., n], copies      strength (κ) : float64[..., n]
    """
    each = np.asarray(free)[..., None]
    return free + np.sum(sites * each / (half + strength * each), axis=-1)


def free_copies(total: Number, sites: F64, half: F64, strength: F64) -> F64:
    """The inverse of `total_copies`: by Newton's method from below, which rises towards it, as M(m) is concave.

    total : float64[...]; sites, half, strength : float64[..., n]; of more than MOST copies none is told from MOST
    """
    whole = np.minimum(np.asarray(total, dtype=np.float64), MOST)
    each = [(sites[..., k], half[..., k], strength[..., k]) for k in range(np.shape(sites)[-1])]
    bound: Number = 0.0  # with all sites full
    share: Number = 1.0
    for r, lam, kappa in each:
        full = np.divide(
            r, kappa, out=np.full(np.broadcast_shapes(np.shape(r), np.shape(kappa)), np.inf), where=kappa > 0
        )
        bound, share = bound + full, share + r / lam
    free = np.maximum(whole - bound, whole / share)
    for _ in range(ROUNDS):
        left, slope = whole - free, 1.0
        for r, lam, kappa in each:
            per_site = 1.0 / (lam + kappa * free)
            left, slope = left - r * free * per_site, slope + r * lam * per_site * per_site
        ahead = free + left / slope
        rising = np.any(ahead > free * (1.0 + AGREED))
        free = np.maximum(ahead, free)
        if not rising:
            break
    return free


def copies_needed(own: Number, target: int, sites: F64, half: F64, strength: F64, *, fold: Number = FOLD) -> F64:
    """Functional copies, beyond the cell's own, that lower target number `target` by `fold`.

    Equation   F* = M(m*) − M0,  λ/(λ + κ m*) = λ/(λ + κ m0) / fold
    own : M0, copies, float64[...]; fold : float64[...], inf where nothing suffices
    Returns    copies per cell; inf where the target cannot fall that far
    """
    start = free_copies(own, sites, half, strength)
    lam, kappa = half[..., target], strength[..., target]
    possible = (kappa > 0) & np.isfinite(fold)
    rate, asked = np.where(possible, kappa, 1.0), np.where(possible, fold, FOLD)
    need = (asked * (lam + rate * start) - lam) / rate
    return np.where(possible, total_copies(need, sites, half, strength) - own, np.inf)


def needs(program: Program, labels: Labels) -> tuple[NeedLabel, ...]:
    """Copies needed per silenced node of every cell type that has one, for each variant."""
    from vesicula.engine.program import NONE
    from vesicula.results.description import NeedLabel  # which questions without a run do without

    s = program.silencing
    out = []
    for row in range(len(s.type)):
        t, f = int(s.type[row]), int(s.family[row])
        same = np.flatnonzero((s.type == t) & (s.family == f))
        copies = []
        for v in range(len(program.values)):
            values = program.values[v]

            def number(column: int, default: float, values: F64 = values) -> float:
                return default if column == NONE else float(values[column])

            pool = (
                number(s.p_competitor_sites[t, f], COMPETITOR_SITES),
                number(s.p_competitor_lambda[t, f], COMPETITOR_LAMBDA),
                number(s.p_competitor_kappa[t, f], COMPETITOR_KAPPA),
            )
            targets = [
                (number(s.p_mrna[i], 0.0), number(s.p_lambda[i], COMPETITOR_LAMBDA), number(s.p_kappa[i], 1.0))
                for i in same
            ]
            table = np.array([*targets, pool]).T
            own = number(s.p_own[t, f], 0.0)
            copies.append(float(copies_needed(own, int(np.flatnonzero(same == row)[0]), *table)))
        carried = tuple(labels.species[i] for i in np.flatnonzero(program.cargo.family == f))
        out.append(
            NeedLabel(
                type=labels.types[t].name,
                node=labels.types[t].nodes[int(s.node[row])],
                family=labels.families[f],
                species=carried,
                copies=tuple(copies),
                fold=FOLD,
            )
        )
    return tuple(out)
