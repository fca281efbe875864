"""Shares of variance against functions and a dish of which they are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.unit.experiments.test_sweeps import DEATH, LIFE, MADE, MODEL, STILL, dust

from vesicula import sensitivity
from vesicula.cli.guard import guarded
from vesicula.errors import VesiculaError
from vesicula.experiments.sweeps.over import SweepError
from vesicula.experiments.sweeps.sensitivity import varies
from vesicula.experiments.sweeps.shares import CHANCE, Share, draw_shares, sobol_design, sobol_shares

NAMES = ["x", "y", "z"]
FIRST = {"x": 0.3139, "y": 0.4424, "z": 0.0}
TOTAL = {"x": 0.5576, "y": 0.4424, "z": 0.2437}


def ishigami(scores: np.ndarray) -> np.ndarray:
    """Of standard-normal scores: sin x + 7 sin² y + 0.1 z⁴ sin x, each uniform from −π to π."""
    from scipy.stats import norm

    x, y, z = np.pi * (2 * norm.cdf(scores.T) - 1)
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def by_name(shares: tuple[Share, ...], order: str) -> dict[str, Share]:
    return {one.value: one for one in shares if one.order == order}


def test_a_design_finds_the_shares_of_ishigami():
    design = sobol_design(NAMES, 1024, seed=3)
    assert design.scores.shape == (1024 * 6, 3)
    found = sobol_shares(NAMES, ishigami(design.scores), seed=3)
    for order, known in (("first", FIRST), ("total", TOTAL)):
        for name, one in by_name(found, order).items():
            assert one.share == pytest.approx(known.get(name, 0.0), abs=0.06)
            assert one.high - one.low < 0.4
    assert not by_name(found, "first")["z"].beyond
    assert by_name(found, "total")["z"].beyond
    assert by_name(found, "total")[CHANCE].share == 0.0


def test_plain_draws_find_the_first_orders_of_ishigami():
    scores = np.random.default_rng(4).standard_normal((2000, 3))
    found = by_name(draw_shares(NAMES, scores, ishigami(scores), seed=4), "first")
    for name, one in found.items():
        assert one.share == pytest.approx(FIRST[name], abs=0.08)
        assert one.low < FIRST[name] < one.high
    assert [name for name, one in found.items() if one.beyond] == ["x", "y"]


def test_what_random_numbers_change_is_the_share_of_chance():
    design = sobol_design(NAMES, 256, seed=5)
    noise = np.random.default_rng(6).standard_normal(600)
    found = sobol_shares(NAMES, 2.0 * design.scores[:, 0] + noise[design.numbers], seed=5)
    total = by_name(found, "total")
    assert total["x"].low < 0.8 < total["x"].high
    assert total[CHANCE].low < 0.2 < total[CHANCE].high
    assert total["y"].share == 0.0


def test_base_rows_of_which_a_run_is_missing_are_left_out():
    design = sobol_design(NAMES, 64, seed=1)
    answers = ishigami(design.scores)
    answers[[7, 8, 100]] = np.nan
    assert len(design.whole(answers)) == 62 * 6


def law() -> dict[str, float]:
    """Shares of the logarithm of what 100 cells make, which is a sum of two independent parts."""
    z = np.linspace(-5, 5, 2001)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    rate = np.log(2000 * 10 ** (z / 1.6448536))
    life = np.log([dust(1.0, 10 ** (one / 1.6448536)) for one in z])
    spread = {MADE: rate, LIFE: life}
    spread = {name: float((weight * (y - (weight * y).sum()) ** 2).sum()) for name, y in spread.items()}
    return {name: one / sum(spread.values()) for name, one in spread.items()}


@pytest.mark.parametrize(("method", "draws"), [("sobol", 256), ("draws", 400)])
def test_a_dish_gives_the_shares_of_its_law(tmp_path, method, draws):
    found = sensitivity(STILL, method=method, draws=draws, measures=["dust"], cache=tmp_path)
    one = found.of("dust", "alone")
    assert one.scale == "log"
    first = {share.value: share for share in one.order("first")}
    for name, share in law().items():
        assert first[name].low - 0.02 < share < first[name].high + 0.02
        assert first[name].share == pytest.approx(share, abs=0.15)
        assert first[name].beyond
    assert [share.value for share in one.order("first")][:2] == sorted(law(), key=lambda name: -law()[name])
    assert "dust in twice, change from alone" in found.still


def test_named_values_alone_are_drawn_in_any_order(tmp_path):
    first = sensitivity(MODEL, [LIFE, DEATH], draws=32, cache=tmp_path)
    second = sensitivity(MODEL, [DEATH, LIFE], draws=32, cache=tmp_path)
    assert first.values == (DEATH, LIFE)
    assert first.outcomes == second.outcomes
    makers = first.of("makers", "alone")
    assert {share.value for share in makers.order("total") if share.share == 0.0} == {LIFE}
    assert next(share for share in makers.order("total") if share.value == CHANCE).share > 0


def test_a_range_given_takes_the_place_of_the_values_own(tmp_path):
    wide = sensitivity(STILL, [LIFE, f"{MADE}=20..200000 molecules/s"], draws=64, cache=tmp_path)
    narrow = sensitivity(STILL, [LIFE, f"{MADE}=1990..2010 molecules/s"], draws=64, cache=tmp_path)
    of = [
        next(share.share for share in one.of("dust", "alone").order("total") if share.value == MADE)
        for one in (wide, narrow)
    ]
    assert of[0] > 0.75
    assert of[1] < 0.01


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"method": "morris"}, "no method is called morris"),
        ({"scale": "ln"}, "no scale is called ln"),
        ({"draws": 100, "method": "sobol"}, "a power of two of base rows, not 100"),
        ({"draws": 10, "method": "draws"}, "too few to tell shares"),
        ({"over": ["substances.dust.halflife"]}, "is no value that is drawn"),
        ({"over": ["labware.dish.volume=0.5..2 mL"]}, "shapes the program"),
        ({"measures": ["durst"]}, "did you mean dust"),
        ({"arms": ["thrice"]}, "no arm is called thrice"),
    ],
)
def test_what_cannot_be_told_is_said_with_a_remedy(tmp_path, asked, said):
    with pytest.raises(SweepError) as told:
        sensitivity(MODEL, cache=tmp_path, **asked)
    assert said in f"{told.value.message} {told.value.remedy}"
    assert told.value.remedy


def test_the_command_says_what_intervals_mean(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("made.yaml").write_text(MODEL)
    assert guarded(["run", "made.yaml", "--out", "run", "--draws", "1", "--quiet"]) == 0
    words = ["sensitivity", "made.yaml", "--draws", "64", "--jobs", "1", "--run", "run"]
    assert guarded([*words, "--over", LIFE, "--over", MADE, "--method", "sobol"]) == 0
    told = capfd.readouterr().out
    assert "what another design of this size might say" in told
    table = pd.read_parquet("run/sensitivity.parquet")
    assert set(table["order"]) == {"first", "total"}
    assert set(table["value"]) == {LIFE, MADE, CHANCE}
    svg = Path("run/sensitivity.svg").read_text()
    assert "share of the variance of the logarithm" in svg
    assert "What decides, of 2 values" in Path("run/report.html").read_text()


def test_a_model_of_which_nothing_varies_is_told(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    Path("made.yaml").write_text(STILL)
    words = ["sensitivity", "made.yaml", "--measure", "makers", "--draws", "16", "--jobs", "1"]
    assert guarded(words) == VesiculaError.exit_code
    assert "no measure varies" in capfd.readouterr().err


def test_what_differs_in_few_rows_has_no_shares():
    few, more = np.zeros(100), np.zeros(100)
    few[:19], more[:20] = 1.0, 1.0
    assert not varies(few, 1e-9)
    assert varies(more, 1e-9)
    assert not varies(more, 2.0)
    with np.errstate(all="raise"):  # what a resampling that holds one answer alone comes to is no warning
        shares = draw_shares(["x"], np.random.default_rng(1).standard_normal((50, 1)), np.eye(50)[0], seed=1)
    assert not np.isfinite([shares[0].low, shares[0].high]).all()
