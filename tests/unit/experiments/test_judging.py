"""Verdicts from draws: each kind, its thresholds, intervals, noise, controls and checks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.experiments.test_verify import FIRST, SECOND, experiment, row_of

from vesicula.experiments.verdicts.diagnoses import CAUSES, Diagnosis, DiagnosisError, diagnoses, diagnosis
from vesicula.experiments.verdicts.judging import Shown, agreement, judge, null_change, shown
from vesicula.experiments.verdicts.trials import run_file
from vesicula.results.assays import SmallestEffect

ELISA = SmallestEffect("ELISA", 0.2)


def draws(up: int, none: int, down: int, **more: float) -> Shown:
    """What draws show of which so many rise, stay and fall, by a factor of two."""
    last = np.repeat([2.0, 1.0, 0.5], [up, none, down])
    return shown(np.ones(len(last)), last[None], "", ELISA, **more)


@pytest.mark.parametrize(
    ("up", "none", "down", "outcome"),
    [
        (8, 2, 0, "holds"),
        (80, 1, 19, "holds"),
        (79, 21, 0, "undecided"),
        (20, 80, 0, "undecided"),
        (19, 81, 0, "too weak"),
        (1, 99, 0, "too weak"),
        (60, 25, 15, "undecided"),
        (60, 25, 16, "sign unsure"),
        (10, 70, 20, "sign unsure"),
        (2, 96, 2, "sign unsure"),
        (0, 100, 0, "absent"),
        (0, 20, 80, "opposite"),
        (0, 21, 79, "undecided"),
        (0, 90, 10, "undecided"),
        (19, 1, 80, "opposite"),
    ],
)
def test_each_kind_of_verdict_has_its_thresholds(up: int, none: int, down: int, outcome: str):
    assert judge("increase", draws(up, none, down)).outcome == outcome
    assert judge("decrease", draws(down, none, up)).outcome == outcome


def test_shares_and_interval_are_those_of_visible_draws():
    verdict = judge("increase", draws(30, 60, 10))
    assert (verdict.visible, verdict.right, verdict.n) == (0.4, 0.75, 100)
    assert (verdict.low, verdict.high) == pytest.approx((0.5981, 0.8581), abs=1e-4)  # 30 of 40, Wilson 1927
    nothing = judge("increase", draws(0, 10, 0))
    assert (nothing.visible, nothing.right, nothing.low) == (0.0, None, None)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_verdict_turned_round_is_that_of_the_other_sign(up: int, none: int, down: int):
    if up + none + down == 0:
        assert judge("increase", draws(0, 0, 0)).outcome == "no verdict"
        return
    one, other = judge("increase", draws(up, none, down)), judge("decrease", draws(down, none, up))
    assert (one.outcome, one.visible, one.right) == (other.outcome, other.visible, other.right)
    against = judge("decrease", draws(up, none, down))
    assert (one.outcome == "holds") == (against.outcome == "opposite")
    assert (one.outcome == "sign unsure") == (against.outcome == "sign unsure")
    assert (one.outcome == "absent") == (against.outcome == "absent")
    if one.right is not None:
        assert against.right == pytest.approx(1 - one.right)
        assert one.low <= one.right + 1e-12
        assert one.right <= one.high + 1e-12


def test_without_a_path_it_is_absent_whatever_the_draws_show():
    assert judge("increase", draws(9, 1, 0), joined=False).outcome == "absent"
    assert judge("no_change", draws(0, 10, 0), joined=False).outcome == "absent"


def test_no_change_holds_where_no_effect_is_seen():
    assert judge("no_change", draws(1, 8, 1)).outcome == "holds"
    assert judge("no_change", draws(4, 2, 4)).outcome == "opposite"
    verdict = judge("no_change", draws(5, 5, 0))
    assert (verdict.outcome, verdict.visible, verdict.right) == ("undecided", 0.5, None)


def test_a_threshold_needs_levels_and_a_step():
    assert judge("threshold", draws(9, 1, 0)).outcome == "no verdict"
    levels = np.repeat(np.r_[np.zeros(5), np.ones(5)][:, None], 10, axis=1)
    assert judge("threshold", shown(levels[0], levels, "", None)).outcome == "holds"
    line = np.repeat(np.arange(10.0)[:, None], 10, axis=1)
    assert judge("threshold", shown(line[0], line, "", None)).outcome == "absent"


def test_draws_that_fail_their_checks_are_not_read():
    base, last = np.ones(10), np.repeat([2.0, 0.5], 5)
    seen = shown(base, last[None], "", ELISA, passed=np.arange(10) < 6)
    assert seen.n == 6
    assert seen.draws.tolist() == [0, 1, 2, 3, 4, 5]
    assert judge("increase", seen).right == pytest.approx(5 / 6)
    assert judge("increase", shown(base, last[None], "", ELISA, passed=base < 0)).outcome == "no verdict"


def test_what_another_seed_changes_is_no_effect():
    assert judge("increase", draws(10, 0, 0, noise=1.1)).outcome == "absent"
    assert judge("increase", draws(10, 0, 0, noise=0.9)).outcome == "holds"
    assert judge("decrease", draws(0, 0, 10, noise=0.9)).outcome == "holds"  # a fall by half is a fold of two
    assert "another seed" in judge("increase", draws(10, 0, 0, noise=1.1)).reason


def test_the_noise_floor_is_the_change_between_null_arms():
    assert null_change(np.array([1.0, 1.0, 1.0]), None) == 0.0
    assert null_change(np.array([3.0]), None) == 0.0
    assert null_change(np.array([0.9, 1.1]), None) == pytest.approx(0.2)
    rng = np.random.default_rng(3)
    seeds = rng.normal(100.0, 5.0, 400)  # differences of normals: 1.96 · √2 · 5 %
    assert null_change(seeds, None) == pytest.approx(0.1386, rel=0.1)
    assert null_change(np.array([0.1, 2.0]), SmallestEffect("ELISA", 0.2, limit=5.0)) == 0.0
    assert null_change(np.zeros(5), None) == 0.0
    assert null_change(np.array([0.0, 0.01]), None, floor=0.1) == pytest.approx(0.1)


def test_agreement_is_1_for_and_minus_1_against():
    seen = draws(2, 1, 1)
    assert agreement("increase", seen).tolist() == [1, 1, 0, -1]
    assert agreement("decrease", seen).tolist() == [-1, -1, 0, 1]
    assert agreement("no_change", seen).tolist() == [-1, -1, 1, -1]


CONTROL = "positive control: {{baseline: {baseline}, perturbation: {arm}, measure: answer, shows: {shows}}}\n"
MORE = "  half:\n    - at 0 h hold IL1B at 30 pM\n"


def controlled(folder: Path, text: str) -> Path:
    path = experiment(folder, FIRST, SECOND, more=MORE)
    path.write_text(path.read_text() + text)
    return path


def test_a_file_whose_control_fails_gives_no_verdict(tmp_path: Path):
    works = controlled(tmp_path, CONTROL.format(baseline="vehicle", arm="half", shows="increase"))
    row = row_of(works, ablate=False)
    assert (row.outcome, row.controls) == ("holds", (("half against vehicle: increase of answer", 1.0),))
    fails = controlled(tmp_path, CONTROL.format(baseline="vehicle", arm="half", shows="decrease"))
    row = row_of(fails, ablate=False)
    assert row.outcome == "no verdict"
    assert not row.tested
    assert "its positive control failed: half against vehicle: decrease of answer in 0% of 8" in row.reason
    other = CONTROL.format(baseline="vehicle", arm="half", shows="decrease, for: [bm-053]")
    named = controlled(tmp_path, other)
    entry = "experiments:\n  bm-053: {baseline: vehicle, perturbation: half, measure: answer}\n"
    named.write_text(named.read_text().replace("experiments:\n", entry))
    assert row_of(named, ablate=False).outcome == "holds"
    assert row_of(named, "bm-053", ablate=False).outcome == "no verdict"


@pytest.mark.parametrize(
    ("bound", "dropped"),
    [
        ("above: 1 % of vehicle", 0),
        ("below: 100 % of half", 8),
        ("above: 100 % of half", 0),
        ("within: 1000 % of half", 0),
        ("within: 0.1 % of vehicle", 8),
        ("below: 0.001 %", 8),
        ("above: 0 %", 0),
    ],
)
def test_checks_drop_draws_and_count_them(tmp_path: Path, bound: str, dropped: int):
    (trial,) = run_file(
        controlled(tmp_path, f"checks:\n  - measure: answer\n    arm: IL-1B\n    {bound}\n"), draws=8, ablate=False
    ).trials
    assert trial.asked == 8
    assert trial.shown.n == 8 - dropped
    assert trial.dropped == (((f"answer in IL-1B {bound.replace(':', '')}", dropped),) if dropped else ())


def test_a_check_of_an_arm_that_another_claim_reads_drops_no_draws(tmp_path: Path):
    text = "checks:\n  - {measure: answer, arm: half, below: 0.001 %}\n"
    path = controlled(tmp_path, text)
    assert run_file(path, draws=4, ablate=False).trials[0].shown.n == 0  # no claim reads it: it is of the whole file
    entry = "experiments:\n  bm-053: {baseline: vehicle, perturbation: half, measure: answer}\n"
    path.write_text(path.read_text().replace("experiments:\n", entry))
    first, second = run_file(path, draws=4, ablate=False).trials
    assert (first.claim, first.shown.n, second.shown.n) == ("bm-053", 0, 4)


def test_seeds_at_stated_values_stand_beside_the_draws(tmp_path: Path):
    row = row_of(experiment(tmp_path, FIRST, SECOND))
    assert row.stated == (8, 8, 8)
    assert row.noise is not None
    assert 0.0 <= row.noise < 0.2
    assert (row.visible, row.right) == (1.0, 1.0)
    assert row.low == pytest.approx(0.6756, abs=1e-4)  # 8 of 8


def test_draws_are_read_beside_the_stated_values_and_not_with_them(tmp_path: Path):
    (trial,) = run_file(experiment(tmp_path, FIRST, SECOND), draws=5, ablate=False).trials
    assert trial.shown.draws.tolist() == [1, 2, 3, 4, 5]


def test_a_diagnosis_says_what_it_speaks_of():
    row = {"cause": "assay floor", "text": "a  blot\nreads 20 %", "verdict": "too weak", "version": "0.4.0"}
    found = diagnosis("bm-052", row, {"bm-052": None})
    assert found == Diagnosis("assay floor", "a blot reads 20 %", "too weak", "0.4.0")
    assert found.stale("too weak", "0.4.0") == ""
    assert "0.4.0" in found.stale("too weak", "0.5.0")
    assert "too weak" in found.stale("holds", "0.4.0")
    for wrong in ({**row, "cause": "bad luck"}, {"cause": "protocol"}, {**row, "why": "x"}):
        with pytest.raises(DiagnosisError):
            diagnosis("bm-052", wrong, {"bm-052": None})
    with pytest.raises(DiagnosisError, match="no such claim"):
        diagnosis("bm-999", row, {"bm-052": None})
    assert all(one.cause in CAUSES for one in diagnoses("bone-metastasis").values())


def test_half_of_nothing_is_no_effect():
    assert not math.isnan(judge("increase", draws(0, 5, 0)).visible or 0.0)
