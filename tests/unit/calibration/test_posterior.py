"""Draws given data against what is known of them: a normal law, a grid, and how often the truth is inside."""

import numpy as np
import pytest

from vesicula.experiments.calibration.posterior import likelihood, posterior

TIMES = np.array([1.0, 2.0, 4.0, 8.0, 24.0])


def test_a_straight_law_with_normal_errors_has_the_posterior_of_the_book():
    law = np.array([[1.0, 0.5, 0, 0], [0, 1.0, -1.0, 0], [1.0, 1.0, 1.0, 0]])
    errors, values = np.array([0.3, 0.5, 0.2]), np.array([1.0, -0.5, 2.0])
    found = posterior(4, lambda z, _: law @ z.T, values, errors, rows=1000, seed=1)
    precision = np.eye(4) + law.T @ np.diag(errors**-2) @ law
    mean = np.linalg.solve(precision, law.T @ (values / errors**2))
    spread = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert found.counting > 500
    assert np.all(np.abs(found.rows.mean(axis=0) - mean) < 5 * spread / np.sqrt(found.counting))
    assert np.all(np.abs(np.log(found.rows.std(axis=0) / spread)) < 0.12)
    assert 3 not in found.followed


def curve(z: np.ndarray) -> np.ndarray:
    """Logarithm of what is in a dish with release and loss, both log-normal over a hundredfold."""
    release, loss = np.exp(1.4 * z[:, 0]), 0.2 * np.exp(1.4 * z[:, 1])
    return np.log(release / loss * (1 - np.exp(-loss * TIMES[:, None])))


def test_a_bent_law_has_the_posterior_of_a_grid():
    truth = np.array([[0.6, -0.4]])
    errors = np.full(5, 0.1)
    values = curve(truth)[:, 0] + 0.1 * np.array([0.5, -1.0, 0.3, 0.8, -0.4])
    found = posterior(5, lambda z, _: curve(z), values, errors, rows=600, seed=2)
    side = np.linspace(-4, 4, 401)
    grid = np.array(np.meshgrid(side, side, indexing="ij")).reshape(2, -1).T
    log = likelihood(curve(grid), values, errors) - 0.5 * (grid**2).sum(axis=1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ grid
    spread = np.sqrt(weight @ (grid - mean) ** 2)
    assert np.all(np.abs(found.rows[:, :2].mean(axis=0) - mean) < 0.25 * spread)
    assert np.all(np.abs(np.log(found.rows[:, :2].std(axis=0) / spread)) < 0.2)
    assert np.all(np.abs(found.rows[:, 2:].std(axis=0) - 1) < 0.2)  # what the data do not tell stays as it was


def test_only_what_is_named_is_fitted_and_the_rest_stays_as_stated():
    values, errors = curve(np.array([[0.5, 0.5]]))[:, 0], np.full(5, 0.1)
    found = posterior(3, lambda z, _: curve(z), values, errors, rows=100, seed=1, named=[1])
    assert set(found.followed) == {1}
    assert np.all(found.rows[:, [0, 2]] == 0)
    assert 0 < found.rows[:, 1].std() < 0.5


@pytest.mark.parametrize("cases", [8, pytest.param(40, marks=pytest.mark.long)])
def test_truth_lies_inside_its_90_percent_as_often_as_that_says(cases):
    """Truth drawn from the prior, data from the truth: each 90 % interval holds it in nine of ten cases."""
    random = np.random.default_rng(11)
    inside = []
    for case in range(cases):
        truth = random.standard_normal((1, 4))
        errors = np.full(5, 0.15)
        values = curve(truth)[:, 0] + errors * random.standard_normal(5)
        rows = posterior(4, lambda z, _: curve(z), values, errors, rows=200, seed=case).rows
        low, high = np.quantile(rows[:, :2], (0.05, 0.95), axis=0)
        inside += [*((low <= truth[0, :2]) & (truth[0, :2] <= high))]
    share = float(np.mean(inside))
    error = np.sqrt(0.09 / len(inside))
    assert abs(share - 0.9) < (2.0 if cases >= 40 else 3.0) * error
