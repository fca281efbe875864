"""Scores of parameters in draws: standard normal, independent between parameters, draws and seeds."""

import hashlib

import numpy as np
import pytest

from vesicula.compiler.drawing import Scores, score

DRAWS = 400
PATHS = ("substances.IL6.half-life", "substances.IL8.half-life", "cells.donor.clears")


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    """float64[2 seeds, 3 paths, 400 draws]."""
    return np.array([[[score(seed, k, path) for k in range(1, DRAWS + 1)] for path in PATHS] for seed in (1, 2)])


def test_scores_are_standard_normal(scores):
    for one in scores.reshape(-1, DRAWS):
        assert abs(one.mean()) < 4 / np.sqrt(DRAWS)
        assert abs(one.var() - 1) < 4 * np.sqrt(2 / DRAWS)


def test_parameters_and_seeds_are_drawn_independently(scores):
    correlation = np.corrcoef(scores.reshape(-1, DRAWS))
    assert np.abs(correlation - np.eye(len(correlation))).max() < 4 / np.sqrt(DRAWS)


def test_the_first_draw_has_the_stated_values():
    assert [score(seed, 0, path) for seed in (1, 2) for path in PATHS] == [0.0] * 6


def test_a_generator_set_to_a_key_draws_as_one_made_for_it():
    of = Scores(2**40 + 3).of
    for draw in range(1, DRAWS):
        digest = int.from_bytes(hashlib.blake2b(f"{draw} IL6".encode(), digest_size=8).digest(), "little")
        made = np.random.Generator(np.random.Philox(key=[2**40 + 3, digest]))
        assert of(draw, "IL6") == made.normal()
