"""How many delivered copies a silencing target needs before anyone could see the effect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Program
from vesicula.results.description import Labels, NeedLabel

F64 = NDArray[np.float64]
FOLD = 1.5  # smallest change of an mRNA that qPCR shows
COMPETITOR_SITES, COMPETITOR_LAMBDA, COMPETITOR_KAPPA = 3e4, 1e3, 1.0


def total_copies(free: float, sites: F64, half: F64, strength: F64) -> float:
    """Functional copies of a family when `free` of them are unbound.

    Equation   M = m + Σ_i r0_i m / (λ_i + κ_i m), over targets and the pool of competitors
    free : copies      sites (r0), half (λ) : float64[n], copies      strength (κ) : float64[n]
    """
    return free + float(np.sum(sites * free / (half + strength * free)))


def free_copies(total: float, sites: F64, half: F64, strength: F64) -> float:
    """The inverse of `total_copies`, by bisection to the last bit (it is monotone)."""
    low, high = 0.0, total
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        if total_copies(middle, sites, half, strength) < total:
            low = middle
        else:
            high = middle


def copies_needed(own: float, target: int, sites: F64, half: F64, strength: F64, *, fold: float = FOLD) -> float:
    """Functional copies, beyond the cell's own, that lower target number `target` by `fold`.

    Equation   F* = M(m*) − M0,  λ/(λ + κ m*) = λ/(λ + κ m0) / fold
    own : M0, copies
    Returns    copies per cell; inf where the target cannot fall that far
    """
    start = free_copies(own, sites, half, strength)
    if strength[target] <= 0:
        return float("inf")
    need = (fold * (half[target] + strength[target] * start) - half[target]) / strength[target]
    return total_copies(need, sites, half, strength) - own


def needs(program: Program, labels: Labels) -> tuple[NeedLabel, ...]:
    """Copies needed per silenced node of every cell type that has one, for each variant."""
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
            copies.append(copies_needed(number(s.p_own[t, f], 0.0), int(np.flatnonzero(same == row)[0]), *table))
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
