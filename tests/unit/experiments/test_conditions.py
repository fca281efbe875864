"""Conditions under which an effect shows: found where they are, and not where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.experiments.test_verify import RISES, SECOND, experiment

from vesicula.experiments.verdicts import scoreboard
from vesicula.experiments.verdicts.conditions import (
    Condition,
    Drawn,
    Limit,
    condition,
    deciding,
    meets,
)
from vesicula.experiments.verdicts.scoreboard import board
from vesicula.experiments.verdicts.trials import run_file
from vesicula.results.statistics import wilson

N, VALUES = 256, 60


def values(seed: int, n: int = N) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(size=(VALUES, n)))


def test_a_condition_on_one_value_is_found_and_confirmed_in_the_other_draws():
    table = values(1)
    found = condition(table[7] < 0.6, table)
    assert found is not None
    assert [(one.value, one.side) for one in found.limits] == [(7, "below")]
    assert 0.4 <= found.limits[0].limit <= 0.6
    other = np.arange(1, N, 2)
    met = meets(found.limits, table[:, other])
    seen = (table[7, other] < 0.6)[met]
    assert (found.n, found.share) == (met.sum(), seen.mean())
    assert found.low == pytest.approx(wilson(int(seen.sum()), int(met.sum()))[1])
    assert found.low > 0.65
    assert found.met == pytest.approx(meets(found.limits, table).mean())


def test_a_condition_on_two_values_is_found_where_one_does_not_do():
    table = values(2)
    found = condition((table[3] < 1.2) & (table[9] > 0.8), table)
    assert found is not None
    assert sorted((one.value, one.side) for one in found.limits) == [(3, "below"), (9, "above")]
    assert found.share >= 0.8


def test_noise_in_a_part_of_the_draws_does_not_hide_a_condition():
    table, rng = values(4), np.random.default_rng(4)
    agree = np.where(rng.random(N) < 0.08, rng.random(N) < 0.5, table[7] < 0.6)
    found = condition(agree, table)
    assert found is not None
    assert 7 in [one.value for one in found.limits]


@pytest.mark.parametrize("agree", [np.ones(N, dtype=bool), np.zeros(N, dtype=bool)])
def test_where_all_or_none_show_it_there_is_no_condition(agree: np.ndarray):
    assert condition(agree, values(3)) is None
    assert deciding(agree, values(3)) == ()


def test_no_condition_is_sought_in_few_draws():
    table = values(5, N - 2)
    assert condition(table[0] < 0.5, table) is None
    assert condition(values(5)[0] < 0.5, values(5)) is not None


def test_a_condition_that_hardly_any_draw_meets_is_none():
    table = values(6)
    assert condition(table[0] < np.quantile(table[0], 0.05), table) is None


@pytest.mark.long
def test_shuffled_labels_have_a_condition_in_less_than_one_of_twenty():
    rng, found, tries = np.random.default_rng(11), 0, 0
    for seed in range(6):
        table = values(100 + seed)
        for share in (0.1, 0.3, 0.5, 0.65, 0.72, 0.78):
            for _ in range(5):
                labels = np.arange(N) < share * N
                found += condition(rng.permutation(labels), table) is not None
                tries += 1
    assert tries == 180
    assert found <= tries / 20


def test_labels_shuffled_from_a_true_condition_have_none():
    table, rng = values(8), np.random.default_rng(8)
    agree = table[7] < 0.6
    assert condition(agree, table) is not None
    assert sum(condition(rng.permutation(agree), table) is not None for _ in range(40)) <= 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["log", "rank", "scale"]))
def test_what_decides_does_not_depend_on_the_unit_of_a_value(seed: int, how: str):
    table = values(seed)
    agree = table[5] * np.exp(0.3 * table[6]) < 1.0
    changed = {"log": np.log, "rank": lambda x: x.argsort(axis=1).argsort(axis=1) + 1.0, "scale": lambda x: 1000 * x}
    one, other = deciding(agree, table), deciding(agree, changed[how](table))
    assert [(a.value, a.more) for a in one] == [(b.value, b.more) for b in other]
    assert one[0].value == 5
    assert not one[0].more
    assert one[0].p < 1e-6


def test_values_that_decide_nothing_are_not_named():
    rng = np.random.default_rng(12)
    named = sum(len(deciding(rng.random(N) < 0.5, values(200 + seed))) for seed in range(40))
    assert named <= 4  # 5 % of 40 tables of 60 values: 2 expected


def test_a_condition_is_told_in_the_units_of_the_text():
    drawn = Drawn(("a.b", "c.d"), ("half-max of BMP", "hill of BMP"), ("half-max", "hill"), ("pM", ""), np.ones((2, 4)))
    found = Condition((Limit(0, "below", 40.0), Limit(1, "above", 1.5)), 0.9, 0.8, 0.95, 60, 0.3)
    assert found.words(drawn) == "half-max of BMP is below 40 pM and hill of BMP is above 1.5"


def test_a_claim_holds_if_where_a_value_lets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = "IL1B activates NFKB, half-max 1000 pM (1..1000000 @assumed)"
    path = experiment(tmp_path, first, SECOND, measure="AKT1 in responder")
    run = run_file(path, draws=256, ablate=False)
    row = board("bone-metastasis", [run], only=[RISES]).row(RISES)
    assert row.outcome == "holds if"
    assert row.condition.startswith("half-max of ")
    assert row.held
    assert row.confirmed is not None
    share, low, _, n, met = row.confirmed
    assert share >= 0.8
    assert low > 0.65
    assert n >= 12
    assert met >= 0.1
    assert row.deciding[0].path.endswith("half-max")
    assert not row.deciding[0].more
    monkeypatch.setattr(scoreboard, "condition", lambda *_: None)
    assert board("bone-metastasis", [run], only=[RISES]).row(RISES).outcome == "undecided"
