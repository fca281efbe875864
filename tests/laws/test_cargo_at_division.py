"""A division leaves no cargo below zero, whatever its copies: with all particles goes all of it."""

from __future__ import annotations

import numpy as np

from vesicula.engine.lifecycle import share_out

SLOTS = np.zeros(1, dtype=np.int32)


def shared(key: int, particles: int, copies: float) -> tuple[np.ndarray, np.ndarray]:
    count = np.array([[particles], [0]], dtype=np.int64)
    cargo = np.array([[copies], [0.0]])
    share_out(np.uint64(key), np.uint64(7), 0, 0, 1, 0, count, cargo, SLOTS)
    return count[:, 0], cargo[:, 0]


def test_no_daughter_has_less_than_nothing() -> None:
    copies = [c for c in np.random.default_rng(1).uniform(0.0, 2.0, 400) if c * 3 / 3 > c or c * 5 / 5 > c]
    assert len(copies) > 5  # such copies there are
    alone = 0
    for one in copies:
        for particles in (3, 5):
            for key in range(40):
                count, cargo = shared(key, particles, one)
                assert cargo.min() >= 0.0
                assert count.sum() == particles
                for number, held in zip(count, cargo, strict=True):
                    alone += number == particles
                    assert (held == one) if number == particles else (held < one)
    assert alone > 100


def test_cargo_without_particles_is_halved() -> None:
    assert shared(1, 0, 3.0)[1].tolist() == [1.5, 1.5]
