"""Random numbers that depend on their key alone, never on the order in which they are drawn.

Every draw is a function of (seed, site, step, purpose) folded into one 64-bit `stream_key`, an identity (lineage hash
of a cell, or a tile or voxel number) and a counter the caller chooses. A draw uses one counter, whatever it needs
inside, so callers number their draws 0, 1, 2, … and never keep a generator. What is drawn for a population, clock or
trait has the hash of its name folded into the key (`key ^ name[p]`), never its number, so that no other part of a model
and no order changes it. The bits come from Philox4x32-10.

    key = stream_key(site_key[site, 0], site_key[site, 1], step, PURPOSE)      once per site, step and purpose
    x = poisson(key, cell_id[i], 0, mean)                                      one draw of one cell

Source: salmon2011 (generator; test vectors of its library read); samplers: hormann1993a (Poisson, PTRS) and
hormann1993b (binomial, BTRS), not read.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from vesicula.engine.cache import device, kernel


class Purpose(IntEnum):
    """What a number is drawn for; pass `int(Purpose.X)` to kernels. Values are part of every result: only append."""

    START_POSITION = 0
    START_TRAIT = 1
    START_VOLUME = 2
    START_DIRECTION = 3
    START_NODES = 4
    THRESHOLD = 5
    DIVISION_AXIS = 6
    DIVISION_SPLIT = 7
    TRAIT_DRIFT = 8
    MEMORY = 9
    CONTACT_KILL = 10
    ENGULF = 11
    PROTOCOL = 12
    VESICLE_MAKING = 13
    POOL_RELEASE = 14
    TILE_ROUNDING = 15
    TILE_EVENTS = 16
    RECEPTORS = 17
    BOUND_FATE = 18
    ENDOSOME_FATE = 19
    DELIVERY = 20
    DEGRADATION = 21
    DOSE = 22
    MATRIX_BINDING = 23
    MOTILITY = 24
    EXCHANGE = 25
    SPROUTING = 26
    TILE_EXCHANGE = 27
    CONTACT_PLACES = 28
    TRANSFER = 29
    FLOW = 30
    PASSAGE = 31


MASK32 = np.uint64(0xFFFFFFFF)
SHIFT32 = np.uint64(32)
SHIFT11 = np.uint64(11)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
UNIT = 1.0 / 9007199254740992.0  # 2**-53
ROOT_DOMAIN = np.uint64(0x726F6F74)
DAUGHTER_KEY = np.uint64(0x6461756768746572)
FOUNDER_KEY = np.uint64(0x666F756E64657200)
POISSON_INVERSION_BELOW = 10.0
WHOLE_BELOW = 2.0**53
LARGEST = 2.0**62
BINOMIAL_INVERSION_BELOW = 10.0
NEAR_MODE = 64  # numbers beside the mode for which neighbouring terms are multiplied: cheaper than logarithms
CLEAR = 1e-9  # relative; closer to a tie than this, where both forms round, the logarithms decide
STIRLING_TABLE = np.array(
    [
        math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2.0 * math.pi) if n else 0.0
        for n in range(16)
    ]
)


@device
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 of four counter words and two key words, each a uint64 below 2**32; returns four such words."""
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        n0 = (p1 >> SHIFT32) ^ c1 ^ k0
        n2 = (p0 >> SHIFT32) ^ c3 ^ k1
        c1 = p1 & MASK32
        c3 = p0 & MASK32
        c0 = n0
        c2 = n2
        k0 = (k0 + WEYL_0) & MASK32
        k1 = (k1 + WEYL_1) & MASK32
    return c0, c1, c2, c3


@device
def block(key, identity, counter, attempt):
    """128 random bits as two uint64 for (key, identity, counter, attempt); counter and attempt below 2**32."""
    identity = np.uint64(identity)
    a, b, c, d = philox(
        identity & MASK32, identity >> SHIFT32, np.uint64(counter) & MASK32, np.uint64(attempt) & MASK32,
        np.uint64(key) & MASK32, np.uint64(key) >> SHIFT32,
    )  # fmt: skip
    return (a << SHIFT32) | b, (c << SHIFT32) | d


@device
def stream_key(seed, site, step, purpose):
    """Key of all draws of one site, macro step and purpose, uint64.

    seed, site : uint64, the two columns of `State.site_key`; step : int, macro step; purpose : int(Purpose.…)
    """
    root, _ = block(np.uint64(seed), np.uint64(site), ROOT_DOMAIN, 0)
    key, _ = block(root, np.uint64(step), np.uint64(purpose), 1)
    return key


@kernel("uint64(uint64, uint64, int64, int64)")
def key_of(seed, site, step, purpose):
    """`stream_key` for callers in Python."""
    return stream_key(seed, site, step, purpose)


@device
def daughter(mother, division, which):
    """Lineage hash of daughter `which` (0 or 1) of the division number `division` of `mother`, uint64."""
    lineage, _ = block(DAUGHTER_KEY, np.uint64(mother), np.uint64(division), np.uint64(which))
    return lineage


@device
def founder(site, event, row):
    """Lineage hash of a cell that enters from outside: `row` of those that `event`, a hash, brings; uint64."""
    lineage, _ = block(FOUNDER_KEY ^ np.uint64(event), np.uint64(site), np.uint64(row), 0)
    return lineage


@device
def uniform_pair(key, identity, counter, attempt):
    """Two independent uniforms in [0, 1) with 53 bits each."""
    a, b = block(key, identity, counter, attempt)
    return np.float64(a >> SHIFT11) * UNIT, np.float64(b >> SHIFT11) * UNIT


@device
def uniform(key, identity, counter):
    """Uniform in [0, 1), 53 bits."""
    u, _ = uniform_pair(key, identity, counter, 0)
    return u


@device
def exponential(key, identity, counter):
    """Exponential with mean 1."""
    return -math.log1p(-uniform(key, identity, counter))


@device
def normal(key, identity, counter):
    """Standard normal (Box–Muller, cosine branch)."""
    u, v = uniform_pair(key, identity, counter, 0)
    return math.sqrt(-2.0 * math.log1p(-u)) * math.cos(2.0 * math.pi * v)


@device
def erlang(key, identity, counter, shape):
    """Sum of `shape` unit exponentials (Erlang with mean `shape`); shape : int ≥ 1."""
    total = 0.0
    for k in range(shape):
        u, _ = uniform_pair(key, identity, counter, k)
        total -= math.log1p(-u)
    return total


@device
def unit_vector(key, identity, counter, dimensions):
    """Uniform direction (x, y, z) in the plane (z = 0) or in space."""
    u, v = uniform_pair(key, identity, counter, 0)
    angle = 2.0 * math.pi * v
    if dimensions < 3:
        return math.cos(angle), math.sin(angle), 0.0
    z = 2.0 * u - 1.0
    r = math.sqrt(max(0.0, 1.0 - z * z))
    return r * math.cos(angle), r * math.sin(angle), z


@device
def stirling_error(n):
    """Log n! minus Stirling's formula, float64 n ≥ 0 (0 at n = 0 by convention)."""
    if n < 16.0:
        return STIRLING_TABLE[int(n)]
    s = 1.0 / (n * n)
    return (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - s / 1680.0) * s) * s) / n


@device
def deviance(x, mean):
    """Value of x log(x/mean) + mean − x without cancellation near x = mean; x > 0, mean > 0."""
    if abs(x - mean) < 0.1 * (x + mean):
        v = (x - mean) / (x + mean)
        total = (x - mean) * v
        term = 2.0 * x * v
        v = v * v
        for j in range(1, 100):
            term = term * v
            fresh = total + term / (2 * j + 1)
            if fresh == total:
                break
            total = fresh
        return total
    return x * math.log(x / mean) + mean - x


@device
def poisson_log_probability(k, mean):
    """Log P(K = k) of a Poisson law; k : float64 ≥ 0, mean > 0."""
    if k == 0.0:
        return -mean
    return -stirling_error(k) - deviance(k, mean) - 0.5 * math.log(2.0 * math.pi * k)


@device
def binomial_log_probability(k, n, p):
    """Log P(K = k) of a binomial law; k, n : float64, 0 ≤ k ≤ n, 0 < p < 1."""
    q = 1.0 - p
    if k == 0.0:
        return n * math.log1p(-p)
    if k == n:
        return n * math.log(p)
    return (
        stirling_error(n) - stirling_error(k) - stirling_error(n - k) - deviance(k, n * p) - deviance(n - k, n * q)
        - 0.5 * math.log(2.0 * math.pi * k * (n - k) / n)
    )  # fmt: skip


@device
def binomial_over_mode(k, mode, n, p):
    """P(K = k) / P(K = mode) of a binomial law, the product of ratios of neighbouring terms; k, mode, n : float64."""
    low, odds, out = min(k, mode), p / (1.0 - p), 1.0
    for j in range(int(abs(k - mode))):
        out *= (n - low - j) / (low + j + 1.0) * odds
    return out if k >= mode else 1.0 / out


@device
def poisson(key, identity, counter, mean):
    """Poisson number, int64; mean : float64 (≤ 0 gives 0). Inversion below 10, exact transformed rejection above.

    Beyond 2**53 whole numbers run out and the scatter with them: the mean itself, 2**62 at most.
    """
    if not mean > 0.0:
        return 0
    if mean >= WHOLE_BELOW:
        return int(min(mean, LARGEST))
    if mean < POISSON_INVERSION_BELOW:
        u = uniform(key, identity, counter)
        p = math.exp(-mean)
        total = p
        k = 0
        while u > total and k < 200:
            k += 1
            p *= mean / k
            total += p
        return k
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_sure = 0.9277 - 3.6224 / (b - 2.0)
    attempt = 0
    while True:
        u, v = uniform_pair(key, identity, counter, attempt)
        attempt += 1
        u -= 0.5
        side = 0.5 - abs(u)
        if side < 0.013 and v >= side:
            continue
        k = math.floor((2.0 * a / side + b) * u + mean + 0.43)
        if side >= 0.07 and v <= v_sure:
            return int(k)
        if k < 0.0:
            continue
        if math.log(v * inverse_alpha / (a / (side * side) + b)) <= poisson_log_probability(k, mean):
            return int(k)


@device
def binomial_low(key, identity, counter, n, p, log_miss):
    """Binomial number for 0 < p ≤ 1/2, int64; log_miss : log(1 − p), NaN where it is not known yet."""
    count = np.float64(n)
    q = 1.0 - p
    if count * p < BINOMIAL_INVERSION_BELOW:
        u = uniform(key, identity, counter)
        probability = math.exp(count * (math.log1p(-p) if math.isnan(log_miss) else log_miss))
        total = probability
        k, odds = 0, p / q
        while u > total and k < n and k < 400:
            k += 1
            probability *= (count - k + 1.0) / k * odds
            total += probability
        return k
    spread = math.sqrt(count * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = count * p + 0.5
    v_sure = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    mode = math.floor((count + 1.0) * p)
    at_mode = np.nan  # worked out where everything quicker fails
    attempt = 0
    while True:
        u, v = uniform_pair(key, identity, counter, attempt)
        attempt += 1
        u -= 0.5
        side = 0.5 - abs(u)
        if side == 0.0:
            continue
        k = math.floor((2.0 * a / side + b) * u + centre)
        if k < 0.0 or k > count:
            continue
        if side >= 0.07 and v <= v_sure:
            return int(k)
        height = v * alpha / (a / (side * side) + b)
        if abs(k - mode) <= NEAR_MODE:
            over = binomial_over_mode(np.float64(k), np.float64(mode), count, p)
            if height < over * (1.0 - CLEAR):
                return int(k)
            if height > over * (1.0 + CLEAR):
                continue
        if math.isnan(at_mode):
            at_mode = binomial_log_probability(mode, count, p)
        if math.log(height) <= binomial_log_probability(k, count, p) - at_mode:
            return int(k)


@device
def binomial(key, identity, counter, n, p):
    """Binomial number, int64; n : int ≥ 0, p cut to 0..1. Inversion for n·min(p, 1−p) < 10, else rejection."""
    return binomial_of(key, identity, counter, n, (p, math.nan))


@device
def chance_of(p):
    """(p, log(1 − min(p, 1 − p))): a probability that many `binomial_of` share."""
    return p, math.log1p(-min(p, 1.0 - p))


@device
def binomial_of(key, identity, counter, n, chance):
    """`binomial` of a probability prepared by `chance_of`."""
    p, log_miss = chance
    if n <= 0 or not p > 0.0:
        return 0
    if p >= 1.0:
        return n
    if p <= 0.5:
        return binomial_low(key, identity, counter, n, p, log_miss)
    return n - binomial_low(key, identity, counter, n, 1.0 - p, log_miss)


@kernel("void(uint64[::1], uint64[::1], int64[::1], uint64[::1])")
def founders(site, event, row, out):
    """Lineage hashes of rows of events in sites (for callers in Python); site, event, row, out : [n]."""
    for k in range(row.shape[0]):
        out[k] = founder(site[k], event[k], row[k])


@kernel("void(uint64, uint64, int64, int64, uint64, uint64[::1], int64, int64, float64[:, ::1])")
def fill_draws(seed, site, step, purpose, name, identity, first_counter, law, out):
    """Fill out[i, c] with draws of identity i at counters first_counter + c; law 0: uniform, 1: normal."""
    key = stream_key(seed, site, step, purpose) ^ name
    for i in range(out.shape[0]):
        for c in range(out.shape[1]):
            if law == 0:
                out[i, c] = uniform(key, identity[i], first_counter + c)
            else:
                out[i, c] = normal(key, identity[i], first_counter + c)
