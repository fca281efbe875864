"""The answer says in how many draws an effect shows, above all where the median hides it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.results.conftest import describe_bone

from vesicula.results.bundle import Bundle
from vesicula.results.compare import answer, compare
from vesicula.results.description import MeasureLabel

RATIOS = np.array([2.48, 1.00, 1.07, 2.49, 0.95, 1.09, 1.00, 2.03])
LEVELS = np.array([12.0, 60.0, 110.0, 47.0, 200.0, 20.0, 72.0, 59.0])
COPIES = MeasureLabel(
    name="copies", text="copies of miR-21-5p in tumour", kind="copies", what="miR-21-5p", cell="tumour",
    unit="copies/cell",
)  # fmt: skip


def told(base: np.ndarray, other: np.ndarray, measure: MeasureLabel = COPIES) -> str:
    description = describe_bone(replicates=len(base), draws=True).model_copy(update={"measures": (measure,)})
    record = Bundle({}, {"measures": np.concatenate([base, other])[:, None]})
    return answer(description, compare(description, [record], measure))


def test_effect_that_the_median_hides_is_told_with_its_draws():
    text = told(LEVELS, LEVELS * RATIOS)
    assert "in the median of draws" in text
    assert "too small to show by qPCR; 3 of 8 draws show it by qPCR (from 1.5-fold), those more than double." in text


def test_medians_that_tell_something_else_than_the_change_are_explained():
    base, other = np.array([10.0, 60.0, 200.0]), np.array([118.0, 61.0, 205.0])
    assert "each compared with itself" in told(base, other)
    assert "each compared with itself" not in told(base, 2 * base)


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ([3.0] * 8, "in all 8 draws; shows by qPCR (from 1.5-fold) in all 8 draws."),
        ([1.6] * 5 + [1.2] * 3, "in all 8 draws; shows by qPCR (from 1.5-fold) in 5 of 8 draws."),
        ([1.1] * 8, "10 % more, too small to show by qPCR (from 1.5-fold) in any of 8 draws."),
        ([1.0] * 8, "no difference over 8 draws."),
        ([1.0] * 5 + [4.0] * 3, "no difference in the median over 8 draws; 3 of 8 draws show it by qPCR"),
        ([1.01] * 4 + [4.0] * 2 + [0.2] * 2, "4 of 8 draws show it by qPCR (from 1.5-fold): 2 more, 2 less."),
        ([1.01] * 7 + [1.8], "1 of 8 draws shows it by qPCR (from 1.5-fold), that one 1.8 times as much."),
    ],
)
def test_draws_are_counted_against_their_own_baseline(ratios, words):
    assert words in told(np.full(8, 60.0), 60.0 * np.array(ratios))


def test_other_arm_is_named_where_more_draws_show_it():
    description = describe_bone(replicates=4, draws=True).model_copy(update={"measures": (COPIES,)})
    more = tuple(v.model_copy(update={"arm": "overloaded"}) for v in description.variants[:4])
    description = description.model_copy(update={"variants": (*description.variants, *more)})
    base = np.full(4, 60.0)
    values = np.concatenate([base, base * 1.01, base * [1.02, 1.0, 3.0, 1.02]])
    compared = compare(description, [Bundle({}, {"measures": values[:, None]})], COPIES)
    assert [a.showing for a in compared.arms] == [0, 0, 1]
    text = answer(description, compared)
    assert "The arm that differs most is “overloaded”: 2 % more in the median; shows in 1 of 4 draws." in text
