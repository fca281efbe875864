"""Twin of `engine.streams`: the same numbers from Python integers, one rule per function."""

from __future__ import annotations

import math

MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF
ROOT_DOMAIN = 0x726F6F74
DAUGHTER_KEY = 0x6461756768746572
FOUNDER_KEY = 0x666F756E64657200


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 of four counter words and two key words."""
    x, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(p1 >> 32) ^ x[1] ^ k[0], p1 & MASK32, (p0 >> 32) ^ x[3] ^ k[1], p0 & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return x


def block(key: int, identity: int, counter: int, attempt: int) -> tuple[int, int]:
    """128 random bits as two 64-bit integers."""
    key, identity = int(key), int(identity)
    a, b, c, d = philox(
        [identity & MASK32, identity >> 32, int(counter) & MASK32, int(attempt) & MASK32], [key & MASK32, key >> 32]
    )
    return (a << 32) | b, (c << 32) | d


def stream_key(seed: int, site: int, step: int, purpose: int) -> int:
    """Key of all draws of one site, macro step and purpose."""
    root, _ = block(seed, site, ROOT_DOMAIN, 0)
    return block(root, step, purpose, 1)[0]


def daughter(mother: int, division: int, which: int) -> int:
    """Lineage hash of a daughter."""
    return block(DAUGHTER_KEY, mother, division, which)[0]


def founder(site: int, event: int, row: int) -> int:
    """Lineage hash of a cell that enters from outside."""
    return block(FOUNDER_KEY ^ int(event), site, row, 0)[0]


def uniform_pair(key: int, identity: int, counter: int, attempt: int) -> tuple[float, float]:
    """Two uniforms in [0, 1)."""
    a, b = block(key, identity, counter, attempt)
    return (a >> 11) * 2.0**-53, (b >> 11) * 2.0**-53


def uniform(key: int, identity: int, counter: int) -> float:
    """One uniform in [0, 1)."""
    return uniform_pair(key, identity, counter, 0)[0]


def exponential(key: int, identity: int, counter: int) -> float:
    """Exponential with mean 1."""
    return -math.log1p(-uniform(key, identity, counter))


def normal(key: int, identity: int, counter: int) -> float:
    """Standard normal."""
    u, v = uniform_pair(key, identity, counter, 0)
    return math.sqrt(-2.0 * math.log1p(-u)) * math.cos(2.0 * math.pi * v)


def erlang(key: int, identity: int, counter: int, shape: int) -> float:
    """Sum of `shape` unit exponentials."""
    total = 0.0
    for k in range(shape):
        total -= math.log1p(-uniform_pair(key, identity, counter, k)[0])
    return total


def unit_vector(key: int, identity: int, counter: int, dimensions: int) -> tuple[float, float, float]:
    """Uniform direction in the plane or in space."""
    u, v = uniform_pair(key, identity, counter, 0)
    angle = 2.0 * math.pi * v
    if dimensions < 3:
        return math.cos(angle), math.sin(angle), 0.0
    z = 2.0 * u - 1.0
    r = math.sqrt(max(0.0, 1.0 - z * z))
    return r * math.cos(angle), r * math.sin(angle), z


def poisson_log_probability(k: int, mean: float) -> float:
    """Log P(K = k) of a Poisson law, from the gamma function."""
    return k * math.log(mean) - mean - math.lgamma(k + 1)


def binomial_log_probability(k: int, n: int, p: float) -> float:
    """Log P(K = k) of a binomial law, from the gamma function."""
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + k * math.log(p) + (n - k) * math.log1p(-p)


def poisson(key: int, identity: int, counter: int, mean: float) -> int:
    """Poisson number by the same two algorithms as the fast sampler."""
    if not mean > 0.0:
        return 0
    if mean >= 2.0**53:
        return int(min(mean, 2.0**62))
    if mean < 10.0:
        u = uniform(key, identity, counter)
        p = total = math.exp(-mean)
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
    attempt = -1
    while True:
        attempt += 1
        u, v = uniform_pair(key, identity, counter, attempt)
        u -= 0.5
        side = 0.5 - abs(u)
        if side < 0.013 and v >= side:
            continue
        k = math.floor((2.0 * a / side + b) * u + mean + 0.43)
        if side >= 0.07 and v <= v_sure:
            return k
        if k >= 0 and math.log(v * inverse_alpha / (a / (side * side) + b)) <= poisson_log_probability(k, mean):
            return k


def binomial(key: int, identity: int, counter: int, n: int, p: float) -> int:
    """Binomial number by the same two algorithms as the fast sampler."""
    n = int(n)
    if n <= 0 or not p > 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - binomial(key, identity, counter, n, 1.0 - p)
    q = 1.0 - p
    if n * p < 10.0:
        u = uniform(key, identity, counter)
        probability = total = math.exp(n * math.log1p(-p))
        k = 0
        while u > total and k < n and k < 400:
            k += 1
            probability *= (n - k + 1.0) / k * (p / q)
            total += probability
        return k
    spread = math.sqrt(n * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * spread
    at_mode = binomial_log_probability(math.floor((n + 1.0) * p), n, p)
    attempt = -1
    while True:
        attempt += 1
        u, v = uniform_pair(key, identity, counter, attempt)
        u -= 0.5
        side = 0.5 - abs(u)
        if side == 0.0:
            continue
        k = math.floor((2.0 * a / side + b) * u + n * p + 0.5)
        if k < 0 or k > n:
            continue
        if side >= 0.07 and v <= 0.92 - 4.2 / b:
            return k
        if math.log(v * alpha / (a / (side * side) + b)) <= binomial_log_probability(k, n, p) - at_mode:
            return k
