"""Compiled draws equal the plain Python ones, number by number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vesicula.engine import streams
from vesicula.engine.reference import streams as reference

WORD = st.integers(0, 2**64 - 1)
COUNTER = st.integers(0, 2**31 - 1)


@settings(max_examples=60, deadline=None)
@given(WORD, WORD, COUNTER)
def test_laws_without_parameters(key, identity, counter):
    fast = (np.uint64(key), np.uint64(identity), counter)
    assert streams.uniform(*fast) == reference.uniform(key, identity, counter)
    assert streams.exponential(*fast) == reference.exponential(key, identity, counter)
    assert streams.normal(*fast) == reference.normal(key, identity, counter)
    assert streams.erlang(*fast, 3) == reference.erlang(key, identity, counter, 3)
    for dimensions in (2, 3):
        assert streams.unit_vector(*fast, dimensions) == reference.unit_vector(key, identity, counter, dimensions)


@settings(max_examples=60, deadline=None)
@given(WORD, WORD, COUNTER, st.floats(0.0, 1e6))
def test_poisson(key, identity, counter, mean):
    fast = streams.poisson(np.uint64(key), np.uint64(identity), counter, mean)
    assert fast == reference.poisson(key, identity, counter, mean)


@pytest.mark.parametrize("mean", [np.nan, 2.0**53 - 1, 2.0**53, 1e18, 1e300, np.inf])
def test_poisson_numbers_beyond_all_whole_ones_end(mean):
    fast = streams.poisson(np.uint64(1), np.uint64(2), 3, mean)
    assert fast == reference.poisson(1, 2, 3, mean)
    assert 0 <= fast <= 2**62
    assert np.isnan(mean) or mean > 1e18 or fast == pytest.approx(mean, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(WORD, WORD, COUNTER, st.integers(0, 10**6), st.floats(0.0, 1.0))
def test_binomial(key, identity, counter, n, p):
    fast = streams.binomial(np.uint64(key), np.uint64(identity), counter, n, p)
    assert fast == reference.binomial(key, identity, counter, n, p)
    assert 0 <= fast <= n


NEAR_AND_FAR = [(25, 0.45), (40, 0.5), (200, 0.06), (1_000, 0.97), (30_000, 4e-3), (100_000, 0.01), (100_000, 0.4)]


@pytest.mark.parametrize(("n", "p"), NEAR_AND_FAR)
def test_binomials_of_many_identities(n, p):
    for identity in range(400):
        fast = streams.binomial(np.uint64(5), np.uint64(identity), 6, n, p)
        assert fast == reference.binomial(5, identity, 6, n, p)
        assert fast == streams.binomial_of(np.uint64(5), np.uint64(identity), 6, n, streams.chance_of(p))


@pytest.mark.parametrize(("n", "p"), [(25, 0.45), (200, 0.06), (30_000, 4e-3), (100_000, 0.4), (10**15, 1e-12)])
def test_neighbouring_terms_give_the_ratio_of_probabilities(n, p):
    mode = float(np.floor((n + 1) * p))
    for k in np.clip(mode + np.array([-64, -20, -1, 0, 1, 7, 64]), 0, n):
        logarithm = streams.binomial_log_probability(k, float(n), p) - streams.binomial_log_probability(
            mode, float(n), p
        )
        assert streams.binomial_over_mode(k, mode, float(n), p) == pytest.approx(np.exp(logarithm), rel=1e-11)


@settings(max_examples=30, deadline=None)
@given(WORD, WORD, st.integers(0, 2**40), st.integers(0, 200))
def test_keys_and_lineages(seed, site, step, purpose):
    fast = streams.stream_key(np.uint64(seed), np.uint64(site), step, purpose)
    assert int(fast) == reference.stream_key(seed, site, step, purpose)
    assert int(streams.daughter(np.uint64(seed), purpose, 1)) == reference.daughter(seed, purpose, 1)
    assert int(streams.founder(np.uint64(site), purpose, 5)) == reference.founder(site, purpose, 5)


@pytest.mark.parametrize("k", [0, 1, 7, 15, 16, 40, 1000])
def test_log_probabilities_equal_the_gamma_function_form(k):
    assert streams.poisson_log_probability(float(k), 12.5) == pytest.approx(
        reference.poisson_log_probability(k, 12.5), rel=1e-11, abs=1e-11
    )
    assert streams.binomial_log_probability(float(k), 1000.0, 0.3) == pytest.approx(
        reference.binomial_log_probability(k, 1000, 0.3), rel=1e-11, abs=1e-9
    )


def test_filled_arrays_are_the_same_draws():
    identity = np.array([3, 2**63, 17], dtype=np.uint64)
    out = np.empty((3, 2))
    streams.fill_draws(np.uint64(1), np.uint64(2), 5, 6, np.uint64(0), identity, 10, 1, out)
    key = reference.stream_key(1, 2, 5, 6)
    expected = [[reference.normal(key, int(i), 10 + c) for c in range(2)] for i in identity]
    np.testing.assert_array_equal(out, expected)
