"""Normalised Hill functions of many cells at once, in arithmetic that a compiler can run on all lanes of a processor.

    act(x) = w min(1, B xⁿ/(Kⁿ + xⁿ)), 0 for x ≤ 0

Powers come from series for log₂ and 2^x in plain operations, so a value has the same bits in every lane and batch;
the relative error stays below 1e-15 (1 + |n log₂ x|/4) for 1e-300 < x < 1e300 and results in the normal range.
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device

LANES = 64  # cells of one block
N_WORK = 5  # rows of scratch space that `power` needs
G_WEIGHT, G_HILL, G_TOP, G_CONSTANT, G_HALF = range(5)
MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
ONE = np.int64(0x3FF0000000000000)
SHIFTER = np.int64(0x4330000000000000)  # bits of 2**52: an integer below 2**52 added to them is that much more
SHIFT52 = np.int64(52)
ROUNDER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to integers and leaves them in the lowest bits
SMALLEST = 1e-300
LOWEST = -1000.0  # exponents of two below this count as this
ROOT_TWO = math.sqrt(2.0)
# 2/ln 2 · s^(2k)/(2k + 1) for log2((1 + s)/(1 − s)), |s| ≤ 0.172
L0, L1, L2, L3, L4, L5, L6, L7, L8, L9, L10 = (2.0 / math.log(2.0) / (2 * k + 1) for k in range(11))
# (ln 2)^k/k! for 2^r, |r| ≤ 1/2
E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13 = (math.log(2.0) ** k / math.factorial(k) for k in range(14))


@device
def power(x, n, count, out, work):
    """Fill out[:count] with x**n for x ≥ 0 (0 below 1e-300), n > 0; work : float64[5, ≥ count] of scratch space."""
    if n == 1.0:
        for b in range(count):
            out[b] = x[b]
        return
    if n == 2.0:
        for b in range(count):
            out[b] = x[b] * x[b]
        return
    safe, mantissa, exponent, rest, whole = work[0], work[1], work[2], work[3], work[4]
    for b in range(count):
        safe[b] = max(x[b], SMALLEST)
    safe_bits, mantissa_bits, exponent_bits = safe.view(np.int64), mantissa.view(np.int64), exponent.view(np.int64)
    for b in range(count):
        mantissa_bits[b] = (safe_bits[b] & MANTISSA) | ONE
        exponent_bits[b] = (safe_bits[b] >> SHIFT52) | SHIFTER
    for b in range(count):
        e = exponent[b] - (4503599627370496.0 + 1023.0)
        m = mantissa[b]
        large = m > ROOT_TWO
        m = 0.5 * m if large else m
        e = e + 1.0 if large else e
        s = (m - 1.0) / (m + 1.0)
        q = s * s
        series = L0 + q * (L1 + q * (L2 + q * (L3 + q * (L4 + q * (L5 + q * (L6 + q * (L7 + q * (L8 + q * (
            L9 + q * L10)))))))))  # fmt: skip
        t = max(n * (e + s * series), LOWEST)
        k = t + ROUNDER
        whole[b] = k
        r = t - (k - ROUNDER)
        rest[b] = E0 + r * (E1 + r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * (E6 + r * (E7 + r * (E8 + r * (E9 + r * (
            E10 + r * (E11 + r * (E12 + r * E13))))))))))))  # fmt: skip
    rest_bits, whole_bits, out_bits = rest.view(np.int64), whole.view(np.int64), out.view(np.int64)
    for b in range(count):
        out_bits[b] = rest_bits[b] + (whole_bits[b] << SHIFT52)
    for b in range(count):
        out[b] = out[b] if x[b] > SMALLEST else 0.0


@device
def activation(x, gate, count, out, work):
    """Fill out[:count] with the normalised Hill function of x; gate : float64[5], weight, n, B, Kⁿ, half (< 0: none).

    With a half, x first passes x/(x + half); out must not be x or a row of work[:6].
    """
    cut, half = work[5], gate[G_HALF]
    if half >= 0.0:
        for b in range(count):
            a = max(x[b], 0.0)
            cut[b] = a / (a + half) if a > 0.0 else 0.0
    else:
        for b in range(count):
            cut[b] = max(x[b], 0.0)
    power(cut, gate[G_HILL], count, out, work)
    weight, top, constant = gate[G_WEIGHT], gate[G_TOP], gate[G_CONSTANT]
    for b in range(count):
        out[b] = weight * min(1.0, top * out[b] / (constant + out[b]))
