"""Draws follow the law of runs, and variance shares are first-order Sobol indices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vesicula.compiler.drawing import Z95
from vesicula.experiments.loading.draws import drawn, scores
from vesicula.experiments.loading.shares import variance_shares
from vesicula.language.values import RangeShape, Value

Z = np.linspace(-3.0, 3.0, 61)
CASES = [
    (10.0, 1.0, 100.0, RangeShape.LOG_NORMAL),
    (0.008, 1e-4, 1e-1, RangeShape.LOG_NORMAL),
    (0.25, 0.02, 0.8, RangeShape.LOGIT_NORMAL),
    (5.0, 0.0, 50.0, RangeShape.LOG_NORMAL),
    (5.0, 2.0, 9.0, RangeShape.LINEAR),
    (5.0, None, None, RangeShape.LOG_NORMAL),
]


@pytest.mark.parametrize("case", CASES)
def test_draws_are_the_quantiles_of_the_range_and_monotone(case):
    number, low, high, shape = case
    values = drawn(Value(number=number, unit="", low=low, high=high, shape=shape), "number", Z)
    assert values[30] == number
    assert np.all(np.diff(values) >= 0.0)
    if low:
        ends = drawn(Value(number=number, unit="", low=low, high=high, shape=shape), "number", np.array([-Z95, Z95]))
        expected = [low, high] if shape is not RangeShape.LINEAR else [value_at(case, end) for end in (0.05, 0.95)]
        assert ends == pytest.approx(expected)


def value_at(case, probability):
    """Of a piecewise uniform range."""
    number, low, high, _ = case
    return number + ((high if probability > 0.5 else low) - number) * abs(2 * probability - 1)


def test_the_first_draw_is_the_stated_value_and_shares_in_percent_are_shares():
    value = Value(number=25.0, unit="%", low=2.0, high=80.0, shape=RangeShape.LOGIT_NORMAL)
    values = drawn(value, "share", scores("escape", 2000))
    assert values[0] == pytest.approx(0.25)
    assert np.percentile(values, [5, 95]) == pytest.approx([0.02, 0.80], rel=0.15)
    assert not np.array_equal(scores("escape", 10), scores("fusion", 10))
    assert np.array_equal(scores("escape", 10), scores("escape", 10))


def lognormals(n: int, widths: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.exp(width * scores(name, n)) for name, width in widths.items()}


def test_shares_of_a_product_are_the_shares_of_its_logarithm():
    x = lognormals(4000, {"a": 2.0, "b": 1.0, "c": 0.5})
    shares = variance_shares({**x, "d": np.full(4000, 3.0)}, np.log10(x["a"] * x["b"] / x["c"]))
    assert [one.name for one in shares] == ["a", "b", "c"]
    assert [one.share for one in shares] == pytest.approx([4 / 5.25, 1 / 5.25, 0.25 / 5.25], abs=0.025)
    assert all(one.low <= one.share <= one.high for one in shares)


def test_shares_agree_with_an_independent_sobol_estimate():
    def result(a, b, c):
        return np.log10(a * (0.05 + b) / (1 + c * a))

    x = lognormals(4000, {"a": 1.2, "b": 1.0, "c": 0.8})
    own = {one.name: one for one in variance_shares(x, result(**x))}
    dists = [stats.lognorm(s=s) for s in (1.2, 1.0, 0.8)]
    sobol = stats.sobol_indices(func=lambda v: result(*v)[None], n=4096, dists=dists, rng=1)
    for name, expected in zip("abc", sobol.first_order.ravel(), strict=True):
        assert own[name].share == pytest.approx(expected, abs=0.03)
    assert sum(one.share for one in own.values()) <= 1.0 + 1e-9


def test_a_result_that_never_changes_has_no_shares():
    assert variance_shares({"a": np.exp(scores("a", 100))}, np.ones(100)) == ()
