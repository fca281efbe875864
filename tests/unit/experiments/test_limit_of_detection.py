"""A plain concentration has the limit of the usual immunoassay: below it two values do not differ."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.verdicts.judging import least_visible, shown
from vesicula.language import prepare
from vesicula.results.assays import smallest_effect
from vesicula.results.labelling import describe

TEXT = """\
vesicula: 1
model: limit
labware: {dish: {plate: 24-well plate}}
substances:
  plain: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 4 h (1..20 @assumed)}
  TNF: {molar mass: 17 kDa (10..30 @assumed), diffuses: 100 um^2/s (10..1000 @assumed), half-life: 4 h (1..20 @assumed)}
cells:
  c: {diameter: 12 um (5..50 @assumed)}
start:
  - 1000 c in dish
measure:
  plain: concentration of plain in dish in pM
  TNF: concentration of TNF in dish in pg/mL
  count: count of c in dish
run: {for: 1 h}
"""


@pytest.fixture(scope="module")
def measures():
    return {one.name: one for one in describe(compile_model(prepare(TEXT)), record_steps=(0, 10)).measures}


def test_the_limit_is_that_of_an_elisa(measures):
    assert measures["TNF"].limit == pytest.approx(1.0)  # pg/mL
    assert measures["plain"].limit == pytest.approx(0.05, rel=1e-6)  # pM: 1 pg/mL of 20 kDa
    assert measures["count"].limit == 0.0


def test_what_no_immunoassay_sees_is_no_change(measures):
    """1e-18 to 1e-11 pM is a rise of seven decades, and nothing on a plate."""
    least = least_visible(measures["plain"])
    low, high = np.full(4, 1e-18), np.full((1, 4), 1e-11)
    assert shown(low, high, "pM", least).signs.tolist() == [0] * 4
    assert shown(low, np.full((1, 4), 0.2), "pM", least).signs.tolist() == [1] * 4
    assert shown(np.full(4, 0.2), high, "pM", least).signs.tolist() == [-1] * 4


def test_what_a_report_calls_visible_has_the_same_limit(measures):
    effect = smallest_effect(measures["plain"])
    assert not effect.shows(1e-18, 1e-11)
    assert not effect.shows(0.04, -0.03)
    assert effect.shows(0.04, 1.0)
    assert effect.shows(1.0, -0.5)
