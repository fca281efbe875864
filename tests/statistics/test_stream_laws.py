"""Drawn numbers follow their laws: chi-square against exact probabilities, moments by standard error."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy import stats

from vesicula.engine import streams

N = 200_000
KEY = np.uint64(20240611)


@numba.njit
def draw_many(law, key, n, a, b):
    out = np.empty(n)
    for i in range(n):
        identity = np.uint64(i)
        if law == 0:
            out[i] = streams.uniform(key, identity, 0)
        elif law == 1:
            out[i] = streams.exponential(key, identity, 0)
        elif law == 2:
            out[i] = streams.normal(key, identity, 0)
        elif law == 3:
            out[i] = streams.erlang(key, identity, 0, int(a))
        elif law == 4:
            out[i] = streams.poisson(key, identity, 0, a)
        elif law == 5:
            out[i] = streams.binomial(key, identity, 0, int(a), b)
        else:
            out[i] = streams.uniform(key, np.uint64(7), i)
    return out


def chi_square_p(draws, law):
    """p-value of counts in classes with at least 50 expected draws."""
    low, high = int(law.ppf(1e-9)), int(law.ppf(1 - 1e-9)) + 1
    values = np.arange(low, high + 1)
    expected = len(draws) * law.pmf(values)
    observed = np.array([np.count_nonzero(draws == v) for v in values], dtype=float)
    assert observed.sum() == len(draws)
    classes = np.floor(np.cumsum(expected) / 50).astype(int)
    expected = np.bincount(classes, expected)
    observed = np.bincount(classes, observed)
    keep = expected > 10
    statistic = np.sum((observed[keep] - expected[keep]) ** 2 / expected[keep])
    return stats.chi2.sf(statistic, keep.sum() - 1)


@pytest.mark.parametrize(
    ("law", "parameters", "exact"),
    [
        (0, (0.0, 0.0), stats.uniform()),
        (6, (0.0, 0.0), stats.uniform()),
        (1, (0.0, 0.0), stats.expon()),
        (2, (0.0, 0.0), stats.norm()),
        (3, (4.0, 0.0), stats.gamma(4)),
    ],
)
def test_continuous_laws(law, parameters, exact):
    draws = draw_many(law, KEY, N, *parameters)
    assert stats.kstest(draws, exact.cdf).pvalue > 1e-3
    assert abs(draws.mean() - exact.mean()) < 4 * exact.std() / np.sqrt(N)


@pytest.mark.parametrize("mean", [0.02, 0.7, 4.0, 9.99, 10.01, 31.0, 500.0])
def test_poisson_law(mean):
    draws = draw_many(4, KEY, N, mean, 0.0)
    assert chi_square_p(draws, stats.poisson(mean)) > 1e-3
    fano = draws.var() / draws.mean()
    assert abs(fano - 1) < 5 * np.sqrt(2 / N + 1 / (mean * N))


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.3), (20, 0.5), (21, 0.49), (30, 0.9), (1000, 0.004), (1000, 0.3), (100_000, 0.9997)]
)
def test_binomial_law(n, p):
    draws = draw_many(5, KEY, N, float(n), p)
    assert chi_square_p(draws, stats.binom(n, p)) > 1e-3


@pytest.mark.parametrize("mean", [1e6, 1e10])
def test_large_poisson_and_binomial_moments(mean):
    for draws, variance in (
        (draw_many(4, KEY, 20_000, mean, 0.0), mean),
        (draw_many(5, KEY, 20_000, mean * 4, 0.25), 0.75 * mean),
    ):
        z = (draws - mean) / np.sqrt(variance)
        assert abs(z.mean()) < 4 / np.sqrt(len(z))
        assert abs(z.var() - 1) < 4 * np.sqrt(2 / len(z))
        assert stats.kstest(z, "norm").pvalue > 1e-3


def test_neighbouring_identities_and_counters_are_uncorrelated():
    u = draw_many(0, KEY, N, 0.0, 0.0)
    v = draw_many(6, KEY, N, 0.0, 0.0)
    for pair in ((u[:-1], u[1:]), (v[:-1], v[1:]), (u, v)):
        assert abs(np.corrcoef(*pair)[0, 1]) < 4 / np.sqrt(N)
