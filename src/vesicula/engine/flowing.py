"""What nothing but secretion, loss and flow between well-mixed pools changes, solved exactly over a macro step.

    Equation   dy/dt = A y + q,   A_aa = −λ_a − Σ_b κ_ab,   A_ba = κ_ab   (κ_ab, 1/min: from pool a to b)
               ∫ y dt = H (φ₁(HA) y(0) + H φ₂(HA) q),   φ_k(z) = Σ_j z^j / (j + k)!
Source         exponential integrators, hochbruck2010 (not read); φ₁(2z) = (e^z φ₁(z) + φ₁(z))/2 and
               φ₂(2z) = (e^z φ₂(z) + φ₁(z) + φ₂(z))/4 double an argument

No entry of these matrices is negative, so nothing is lost where amounts differ by orders of magnitude. The end follows
from the budget, so that what flows out of one pool is what flows into others. A held pool stays as it is.
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device, kernel
from vesicula.engine.transport import NEGLIGIBLE

SMALL = 0.5  # norm of the matrix whose series is summed, before it is doubled
TERMS = 14  # of that series: the next one is 0.5^14/16!, below round-off
MOST_DOUBLINGS = 1000


@device
def times(a, b, out):
    """Product of two square matrices."""
    for i in range(a.shape[0]):
        for j in range(a.shape[0]):
            total = 0.0
            for k in range(a.shape[0]):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@device
def fill_phi(z, whole, first, second, other):
    """Fill exp(z), φ₁(z) and φ₂(z) of a square matrix, which is scaled in place; other : scratch, as z.

    z : float64[n, n], no entry beside the diagonal below zero
    """
    n, norm, doublings = z.shape[0], 0.0, 0
    for j in range(n):
        column = 0.0
        for i in range(n):
            column += abs(z[i, j])
        norm = max(norm, column)
    for _ in range(MOST_DOUBLINGS):
        if not norm > SMALL:
            break
        norm *= 0.5
        doublings += 1
    scale = 2.0**-doublings
    for i in range(n):
        for j in range(n):
            z[i, j] *= scale
            second[i, j] = 0.0
    for term in range(TERMS, 0, -1):  # φ₂ = 1/2 (1 + z/3 (1 + z/4 (1 + …)))
        times(z, second, other)
        for i in range(n):
            for j in range(n):
                second[i, j] = (other[i, j] + (1.0 if i == j else 0.0)) / (term + 1.0)
    times(z, second, first)
    for i in range(n):
        first[i, i] += 1.0
    times(z, first, whole)
    for i in range(n):
        whole[i, i] += 1.0
    for _ in range(doublings):
        times(whole, second, other)
        for i in range(n):
            for j in range(n):
                second[i, j] = 0.25 * (other[i, j] + first[i, j] + second[i, j])
        times(whole, first, other)
        for i in range(n):
            for j in range(n):
                first[i, j] = 0.5 * (other[i, j] + first[i, j])
        times(whole, whole, other)
        for i in range(n):
            for j in range(n):
                whole[i, j] = other[i, j]


@kernel(
    "int64(float64, int64[:, ::1], float64[:, ::1], float64[:, :, ::1], float64[:, :, ::1], int8[:, :, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1])",
    allocates=True,
)
def flow_exactly(span, way, rate, source, loss, held, amount, exposure, carried):
    """Advance substances of pools that flows join by a span, min, each for itself.

    way : int64[n_ways, 2], from and to; rate : float64[n_sites, n_ways], 1/min of what is in the pool it leaves
    source, loss, held, amount, exposure : [n_sites, m, n_pools], in molecules/µm³ of one fluid; amount : in and out
    exposure : out, ∫ amount dt; carried : float64[n_sites, n_ways, m], out, what went each way
    Returns    number of amounts that are not finite
    """
    n_sites, m, n = amount.shape
    whole, first, second, other = np.empty((n, n)), np.empty((n, n)), np.empty((n, n)), np.empty((n, n))
    z, failed = np.empty((n, n)), 0
    for s in range(n_sites):
        for i in range(m):
            y, q, out = amount[s, i], source[s, i], exposure[s, i]
            busy = False
            for k in range(n):
                out[k] = 0.0
                busy = busy or y[k] > NEGLIGIBLE or q[k] > 0.0
            for w in range(way.shape[0]):
                carried[s, w, i] = 0.0
            if not busy:
                continue
            for k in range(n):
                z[k, :] = 0.0
                z[k, k] = -loss[s, i, k] * span if held[s, i, k] == 0 else 0.0
            for w in range(way.shape[0]):
                a, b, share = way[w, 0], way[w, 1], rate[s, w] * span
                if held[s, i, a] == 0:
                    z[a, a] -= share
                if held[s, i, b] == 0:
                    z[b, a] += share
            fill_phi(z, whole, first, second, other)
            for k in range(n):
                total = 0.0
                for j in range(n):
                    total += first[k, j] * y[j] + second[k, j] * (span * q[j])
                out[k] = span * total
            for k in range(n):
                if held[s, i, k] == 0:
                    y[k] += q[k] * span - loss[s, i, k] * out[k]
            for w in range(way.shape[0]):
                a, b = way[w, 0], way[w, 1]
                went = rate[s, w] * out[a]
                carried[s, w, i] = went
                if held[s, i, a] == 0:
                    y[a] -= went
                if held[s, i, b] == 0:
                    y[b] += went
            for k in range(n):
                y[k] = max(y[k], 0.0)
                failed += 0 if math.isfinite(out[k]) else 1
    return failed
