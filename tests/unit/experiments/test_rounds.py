"""Draws of an experiment file in rounds: the same bits as all at once, and no more of them than verdicts need."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.running import measured
from vesicula.experiments.verdicts import rounds
from vesicula.experiments.verdicts.controls import Control
from vesicula.experiments.verdicts.judging import Shown, shown
from vesicula.experiments.verdicts.rounds import clear, enough, in_rounds, prefixes
from vesicula.language import prepare

DISH = """
vesicula: 1
model: dish
question: How much is left?
about: A substance that decays.
species: human
sites: {well: {kind: dish, area: 1 cm^2, volume: 1 mL}}
substances:
  IL6: {half-life: 2 h (0.2..20 @assumed), start: 1 nM (0.1..10 @assumed), diffuses: 10 um^2/s}
arms:
  untreated:
  more:
    - at 1 h add 1 nM IL6
measure:
  IL-6: concentration of IL6 in well in pM
run: {for: 4 h, step: 30 min, draws: 150}
"""


def signs(up: int, none: int, down: int) -> Shown:
    levels = np.repeat([2.0, 1.0, 0.5], [up, none, down])
    return shown(np.ones(len(levels)), levels[None], "", None)


@pytest.fixture(scope="module")
def dish():
    return compile_model(prepare(DISH))


def test_all_rounds_together_have_the_bits_of_one_run(dish):
    compiled, in_parts = in_rounds(dish, measured, lambda _: ((), [("x", signs(30, 40, 0))]))
    whole = measured(dish)
    assert compiled.variants == dish.variants
    assert np.array_equal(compiled.system.values, dish.system.values)
    assert in_parts.description == whole.description
    assert in_parts.work == whole.work > 0
    for name, values in whole.values.items():
        assert np.array_equal(in_parts.values[name], values)
        assert len(np.unique(values)) > 200


def test_rounds_end_where_more_draws_would_change_nothing(dish):
    compiled, first = in_rounds(dish, measured, lambda _: ((), [("x", signs(64, 0, 0))]))
    assert {one.draw for one in compiled.variants} == set(range(65))
    whole = measured(dish)
    own = [k for k, one in enumerate(dish.variants) if one.draw <= 64]
    assert np.array_equal(first.values["IL-6"], whole.values["IL-6"][own])
    assert [len(one.variants) for one in prefixes(dish)] == [130, 258, 300]


def test_rounds_end_where_they_become_dear(dish, monkeypatch):
    monkeypatch.setattr(rounds, "WORK", 0)
    compiled, _ = in_rounds(dish, measured, lambda _: ((), [("x", signs(30, 40, 0))]))
    assert len(compiled.variants) == 130


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (signs(64, 0, 0), True),
        (signs(0, 0, 64), True),
        (signs(58, 6, 0), True),
        (signs(56, 8, 0), False),  # 88 %, and its interval goes down to 77 %
        (signs(0, 64, 0), True),
        (signs(1, 63, 0), False),  # up to 8.3 %: a condition may be met by a tenth of the draws
        (signs(2, 126, 0), True),
        (signs(29, 6, 29), False),
        (signs(100, 156, 0), True),
        (signs(0, 0, 0), False),
    ],
)
def test_what_is_clear(seen, says):
    assert clear(seen) is says


def test_a_control_that_fails_for_sure_is_enough():
    fails = Control("more against untreated", 40 / 64, 64, ())
    unsure = Control("more against untreated", 47 / 64, 64, ())
    open_ = [("x", signs(30, 34, 0))]
    assert enough([fails], open_)
    assert not enough([unsure], open_)
    assert not enough([Control("", 0.5, 64, ("y",))], open_)
    assert not enough([], [*open_, ("y", signs(64, 0, 0))])
