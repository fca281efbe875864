"""Rows under constraints against what is known of them: rejection from many draws, and a normal law cut off."""

import numpy as np
import pytest
from scipy.stats import truncnorm

from vesicula.experiments.calibration.emulator import fitted, log_chance, tells, wander
from vesicula.experiments.calibration.rows import Asked
from vesicula.experiments.calibration.sampling import MOST_COPIES, WITNESSES, Sampler, most_copied

NAMES = 12


def text(name: str, columns: list[int], *ends: tuple[float, float], **more) -> Asked:
    low, high = (np.array(side, dtype=float) for side in zip(*ends, strict=True))
    return Asked(name, tuple(f"{name} {k}" for k in range(len(ends))), np.array(columns), low, high, **more)


PRODUCT = text("product", [0, 1, 2], (1.5, 2.0))
RATIO = text("ratio", [2, 3, 4], (-0.3, 0.6))
BOTH = text("both", [0, 4, 5], (-0.5, np.inf), (0.0, 1.5))
LAW = {
    "product": lambda z: np.stack([z[:, 0] + z[:, 1]]),  # logarithm of a product of two log-normals
    "ratio": lambda z: np.stack([z[:, 2] - z[:, 3]]),
    "both": lambda z: np.stack([z[:, 0] * np.abs(z[:, 4]), z[:, 5] + 0.5 * z[:, 0]]),
}


def read(asked, rows, numbers):
    assert len(rows) == len(numbers)
    return LAW[asked.name](rows)


def by_rejection(*texts: Asked, n: int = 400_000) -> np.ndarray:
    z = np.random.default_rng(5).standard_normal((n, NAMES))
    for one in texts:
        z = z[(one.misses(LAW[one.name](z)) == 0).all(axis=0)]
    return z


@pytest.mark.parametrize("texts", [(PRODUCT,), (PRODUCT, RATIO), (PRODUCT, RATIO, BOTH), (BOTH, PRODUCT)])
def test_rows_have_the_moments_of_rejection_from_many_draws(texts):
    found = Sampler(texts, NAMES, read, rows=256, seed=3).run()
    want = by_rejection(*texts)
    assert found.rows.shape == (256, NAMES)
    assert found.left == []
    error = want.std(axis=0) / np.sqrt(256)
    # copies make the rows worth fewer than they are: four standard errors of two thirds of them
    assert np.all(np.abs(found.rows.mean(axis=0) - want.mean(axis=0)) < 5 * error)
    assert np.all(np.abs(np.log(found.rows.std(axis=0) / want.std(axis=0))) < 0.25)
    assert found.copies <= 0.04 * 256
    for one in texts:
        assert np.all(one.misses(LAW[one.name](found.rows)) == 0)
        share = (one.misses(LAW[one.name](by_rejection(n=20_000)))[0] == 0).mean()
        assert abs(found.prior[one.constraints[0]] - share) < 4 * np.sqrt(share * (1 - share) / 64)


def test_a_rare_corner_is_reached_and_has_the_known_law():
    corner = text("product", [0, 1], (4.6, 6.0))  # 1 of 1,700 draws
    found = Sampler((corner,), NAMES, read, rows=128, seed=1).run()
    total = (found.rows[:, 0] + found.rows[:, 1]) / np.sqrt(2)
    law = truncnorm(4.6 / np.sqrt(2), 6.0 / np.sqrt(2))
    assert found.stages["product"][1] < 20
    assert abs(total.mean() - law.mean()) < 0.1
    assert 0.5 < total.std() / law.std() < 2.0
    across = (found.rows[:, 0] - found.rows[:, 1]) / np.sqrt(2)
    assert 0.6 < across.std() < 1.5
    assert most_copied(found.rows, corner.columns) <= 0.1 * len(found.rows)


def test_no_value_is_copied_to_more_rows_than_is_said():
    narrow = text("product", [0, 1], (2.5, 2.6))
    found = Sampler((narrow, RATIO), NAMES, read, rows=200, seed=2).run()
    assert found.copies <= max(2, 0.1 * 200)
    assert found.copies == most_copied(found.rows, np.arange(5))
    assert MOST_COPIES <= 0.1


def test_texts_that_have_nothing_in_common_copy_nothing_of_each_other():
    """Ten pairs, of which the second depends on the first: as many values stand beside anything after the last."""
    pairs = [text(f"{kind}-{k}", [2 * k, 2 * k + 1], (0.0, 1.0)) for k in range(10) for kind in ("a", "b")]

    def law(asked, rows, _):
        kind, k = asked.name.split("-")
        first, second = rows[:, 2 * int(k)], rows[:, 2 * int(k) + 1]
        return np.stack([first if kind == "a" else first + second])

    found = Sampler(pairs, 20, law, rows=256, seed=1).run()
    assert found.rows.shape == (256, 20)
    assert found.copies <= 8
    error = 1 / np.sqrt(256)
    assert abs(np.corrcoef(found.rows[:, 0], found.rows[:, 2])[0, 1]) < 4 * error
    z = by_rejection(n=200_000)
    z = z[(z[:, 0] > 0) & (z[:, 0] < 1) & (z[:, 0] + z[:, 1] > 0) & (z[:, 0] + z[:, 1] < 1)]
    for k in range(10):
        mine = found.rows[:, [2 * k, 2 * k + 1]]
        assert np.all(np.abs(mine.mean(axis=0) - z[:, :2].mean(axis=0)) < 5 * z[:, :2].std(axis=0) * error)


def test_constraints_that_no_row_satisfies_together_are_left_out_and_named():
    above = text("product", [0, 1], (1.0, 1.2))
    below = Asked("below", ("below 0", "fine"), np.array([0, 1, 6]), np.array([-3.0, -1.0]), np.array([-2.0, 1.0]))

    def law(asked, rows, _):
        total = rows[:, 0] + rows[:, 1]
        return np.stack([total]) if asked.name == "product" else np.stack([total, rows[:, 6]])

    found = Sampler((above, below), NAMES, law, rows=64, seed=1).run()
    assert [one.constraint for one in found.left] == ["below 0"]
    assert found.left[0].beside == "product 0"
    assert abs(found.left[0].nearest - 1.0) < 0.3 or found.left[0].nearest <= 1.2
    total = found.rows[:, 0] + found.rows[:, 1]
    assert np.all((total >= 1.0) & (total <= 1.2))
    assert np.all(np.abs(found.rows[:, 6]) <= 1.0)


def test_a_row_that_fails_when_it_is_asked_again_gives_way():
    """Chance is keyed by the number of a row; what another text changes has to be asked again, and may fail."""

    def chancy(asked, rows, numbers):
        if asked.name == "other":
            return rows[None, :, 1]
        return np.where((rows[:, 0] * 1e3 + rows[:, 1] * 1e3 + numbers * 7).round() % 3 == 0, 2.0, 0.0)[None]

    texts = (text("any", [0, 1], (-1.0, 1.0)), text("other", [1], (0.0, 0.3)))
    found = Sampler(texts, NAMES, chancy, rows=60, seed=1).run()
    assert 0.4 < found.again < 0.9
    assert 50 <= len(found.rows) <= 60
    for one in texts:
        assert np.all(one.misses(chancy(one, found.rows, found.numbers)) == 0)


def test_rows_asked_again_are_all_kept_by_an_engine_that_gives_the_same_and_refilled_by_another():
    texts, asked = (PRODUCT, RATIO), list[int]()

    def counted(one, rows, numbers):
        asked.append(len(rows))
        return read(one, rows, numbers)

    found = Sampler(texts, NAMES, counted, rows=64, seed=2).run()
    asked.clear()
    same = Sampler(texts, NAMES, counted, rows=64, seed=2).again(found.rows, found.numbers, (), found.witness)
    assert np.array_equal(same.rows, found.rows)
    assert sum(asked) <= 2 * 2 * WITNESSES
    assert same.again == 1.0

    def other(one, rows, numbers):
        return read(one, rows, numbers) + 0.2 * (one is PRODUCT)

    anew = Sampler(texts, NAMES, other, rows=64, seed=2).again(found.rows, found.numbers, (), found.witness)
    still = (PRODUCT.misses(other(PRODUCT, found.rows, found.numbers)) == 0).all(axis=0)
    assert anew.again == still.mean() < 1.0
    assert 0.8 * 64 < len(anew.rows) <= 64
    assert all(np.all(one.misses(other(one, anew.rows, anew.numbers)) == 0) for one in texts)


def test_the_same_seed_gives_the_same_rows():
    one, two = (Sampler((PRODUCT, BOTH), NAMES, read, rows=64, seed=9).run() for _ in range(2))
    assert np.array_equal(one.rows, two.rows)
    assert not np.array_equal(one.rows, Sampler((PRODUCT, BOTH), NAMES, read, rows=64, seed=8).run().rows)


def test_moves_leave_a_standard_normal_as_it_is():
    random = np.random.default_rng(0)
    before = random.standard_normal((4000, 3))
    rows = wander(before, np.array([0, 2]), lambda z: np.zeros(len(z)), random, 40)
    assert np.array_equal(rows[:, 1], before[:, 1])
    for k in (0, 2):
        assert abs(rows[:, k].mean()) < 0.07
        assert abs(rows[:, k].std() - 1) < 0.05
        assert 0.2 < (rows[:, k] != before[:, k]).mean() < 0.8  # of some rows few scores move, of others all


def test_a_stand_in_tells_how_likely_a_row_is():
    random = np.random.default_rng(1)
    rows = random.standard_normal((500, 4))
    guide = fitted(rows, rows @ np.array([1.0, -2.0, 0.0, 0.0]), np.arange(4), 0.0, 1.0)
    assert guide is not None
    chance = np.exp(log_chance([guide], np.array([[0.5, 0, 0, 0], [5.0, 0, 0, 0]])))
    assert chance[0] > 0.9
    assert chance[1] < 0.1
    met = (rows @ np.array([1.0, -2.0, 0.0, 0.0]) > 0.0) & (rows @ np.array([1.0, -2.0, 0.0, 0.0]) < 1.0)
    assert tells(guide, rows, met) > 0.9
    assert tells(guide, rows, random.permutation(met)) < 0.1
    assert fitted(rows[:5], rows[:5, 0], np.arange(4), 0.0, 1.0) is None
