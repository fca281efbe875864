"""Sweeps of a dish whose law is known: what comes out, what order and batches change (nothing), what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vesicula import simulate, sweep
from vesicula.cli.guard import guarded
from vesicula.errors import ModelError
from vesicula.experiments.calibration import evaluating
from vesicula.experiments.sweeps.over import SweepError, read_over
from vesicula.experiments.sweeps.sweeping import points_of

MODEL = """
vesicula: 1
model: made
run: {for: 8 h, step: 1 h, draws: 8}
labware:
  dish: {kind: well, area: 1 cm^2, volume: 1 mL}
substances:
  dust: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
cells:
  maker:
    diameter: 15 um (10..20 @assumed)
    apoptosis: 0.5 /day (0.1..2 @assumed)
    secretes: {dust: 2000 molecules/s (200..20000 @assumed)}
start:
  - 100 maker in dish
arms:
  alone: []
  twice:
    - at 0 h add 100 maker to dish
measure:
  dust: concentration of dust in dish in pM
  makers: count of maker in dish
"""
STILL = MODEL.replace("    apoptosis: 0.5 /day (0.1..2 @assumed)\n", "")
LIFE, MADE, DEATH = "substances.dust.half-life", "cells.maker.secretes.dust", "cells.maker.apoptosis"


def dust(rate: float, half_life: float) -> float:
    """pM of what 100 cells make in 8 h."""
    loss = np.log(2) / (half_life * 3600)
    return 100 * rate / loss * (1 - np.exp(-loss * 8 * 3600)) / 6.02214076e23 / 1e-3 * 1e12


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_a_grid_of_two_follows_the_law(kept):
    over = [f"{LIFE}=0.5..8 h:4,log", f"{MADE}=1000..5000 molecules/s:3"]
    found = sweep(STILL, over, draws=1, measures=["dust"], cache=kept)
    assert [one.path for one in found.over] == [MADE, LIFE]
    assert found.points.shape == (12, 2)
    assert found.stated == (2000.0, 1.0)
    law = np.array([dust(rate, life) for rate, life in found.points])
    assert found.of("dust", "alone")[:, 0] == pytest.approx(law, rel=0.01)
    assert found.of("dust", "twice")[:, 0] == pytest.approx(2 * law, rel=0.01)
    assert sorted(set(found.points[:, 1])) == pytest.approx(0.5 * 16 ** (np.arange(4) / 3))


def test_a_row_is_the_run_with_that_value_set(kept, tmp_path):
    found = sweep(MODEL, [f"{DEATH}=0.25..1 /day:3"], draws=4, cache=kept)
    for k, value in enumerate(found.points[:, 0]):
        run = simulate(MODEL, changes={DEATH: f"{value} /day"}, draws=4, out=tmp_path / str(k), prior=True)
        for measure in ("dust", "makers"):
            for arm in run.compare(measure).arms:
                assert found.of(measure, arm.arm)[k] == pytest.approx(arm.values, rel=1e-9), (measure, arm.arm)


def test_what_shapes_the_program_is_compiled_for_each_value(kept, tmp_path):
    found = sweep(MODEL, ["labware.dish.volume=0.5..2 mL:2", f"{DEATH}=0.2..1 /day:2"], draws=2, cache=kept)
    assert found.shaping == ("labware.dish.volume",)
    changes = {"labware.dish.volume": "2 mL", DEATH: "0.2 /day"}
    run = simulate(MODEL, changes=changes, draws=2, out=tmp_path / "run", prior=True)
    at = next(k for k, point in enumerate(found.points.tolist()) if point == [0.2, 2.0])
    assert found.of("dust", "alone")[at] == pytest.approx(run.compare("dust").arms[0].values, rel=1e-9)


def test_a_time_of_the_run_is_swept_too(kept):
    found = sweep(STILL, ["run.for=2..8 h:2"], draws=1, measures=["makers", "dust"], cache=kept)
    assert found.shaping == ("run.for",)
    assert np.ptp(found.of("dust", "alone")) > 0


def test_order_and_batches_change_no_bit(kept, tmp_path, monkeypatch):
    over = [f"{DEATH}=0.2..1 /day:3", f"{MADE}=1000..4000 molecules/s:2"]
    first = sweep(MODEL, over, draws=3, cache=kept)
    monkeypatch.setattr(evaluating, "MOST_IN_PIECE", 4)
    second = sweep(MODEL, over[::-1], draws=3, cache=tmp_path / "other")
    assert (first.points == second.points).all()
    assert (first.readings == second.readings).all()
    assert np.ptp(first.of("makers", "alone")) > 0
    alone = sweep(MODEL, [f"{DEATH}=0.2..0.6 /day:2", over[1]], draws=3, cache=tmp_path / "third")
    mine = {tuple(point): k for k, point in enumerate(alone.points.tolist())}
    for k, point in enumerate(first.points.tolist()):
        if tuple(point) in mine:
            assert (first.readings[k] == alone.readings[mine[tuple(point)]]).all()


def test_what_was_finished_before_a_kill_is_not_run_again(kept, monkeypatch):
    over, whole, asked = [f"{DEATH}=0.2..1 /day:6"], evaluating.readings, []
    monkeypatch.setattr(evaluating, "MOST_IN_PIECE", 4)
    expected = sweep(MODEL, over, draws=2, cache=kept / "whole")

    def killed(piece):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(len(piece.numbers))
        return whole(piece)

    monkeypatch.setattr(evaluating, "readings", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(MODEL, over, draws=2, cache=kept)
    assert asked == [4, 4]
    monkeypatch.setattr(evaluating, "readings", lambda piece: asked.append(len(piece.numbers)) or whole(piece))
    found = sweep(MODEL, over, draws=2, cache=kept)
    assert asked == [4, 4, 4]
    assert (found.readings == expected.readings).all()


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_designs_fill_their_ranges_evenly(design):
    over = read_over(["b=1..100 h,log", "a=0..10 h", "c=2..3 h"])
    points = points_of(over, design, 64, seed=1)
    assert points.shape == (64, 3)
    shares = np.stack([points[:, 0] / 10, np.log(points[:, 1]) / np.log(100), points[:, 2] - 2], axis=1)
    for column in shares.T:
        assert sorted((column * 64).astype(int)) == list(range(64))
    assert (points_of(over, design, 64, seed=1) == points).all()
    assert (points_of(over, design, 64, seed=2) != points).any()


def test_a_design_over_three_values_runs(kept):
    over = [f"{LIFE}=0.5..8 h,log", f"{MADE}=1000..5000 molecules/s", f"{DEATH}=0.2..1 /day"]
    found = sweep(MODEL, over, design="lhs", points=5, draws=2, cache=kept)
    assert found.readings.shape == (5, 2, 4)
    table = found.table()
    assert len(table) == 5 * 2 * 4
    assert list(table.columns[:3]) == [f"{DEATH} (/day)", f"{MADE} (molecules/s)", f"{LIFE} (h)"]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ([], "nothing is swept"),
        (["x"], "lacks LOW..HIGH"),
        ([f"{LIFE}=1 h"], "is no LOW..HIGH"),
        ([f"{LIFE}=8..1 h"], "does not rise"),
        ([f"{LIFE}=1..8 h:1"], "asks for 1 values"),
        ([f"{LIFE}=0..8 h,log"], "has no logarithm"),
        ([f"{LIFE}=1..8 h,steep"], "neither log nor linear"),
        ([f"{LIFE}=1..8 h", f"{LIFE}=2..3 h"], "is said twice"),
        ([f"{LIFE}=1 mL..8 h"], "one unit"),
        ([f"{LIFE}=1..8 h", f"{MADE}=1..2 molecules/s", f"{DEATH}=1..2 /day"], "too many points"),
        (["substances.dust.molar mass=10..20 kDa"], "changes nothing that a run of made reads"),
    ],
)
def test_what_cannot_be_swept_is_said_with_a_remedy(kept, over, said):
    with pytest.raises(SweepError, match=said) as told:
        sweep(MODEL, over, draws=1, cache=kept)
    assert told.value.remedy


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("substances.dust.halflife=1..8 h", "did you mean `substances.dust.half-life`"),
        (f"{LIFE}=-1..8 h", "cannot be below zero"),
        (f"{LIFE}=1..8 mL", "a volume, not a time"),
    ],
)
def test_paths_units_and_what_cannot_be_are_those_of_set(kept, over, said):
    with pytest.raises(ModelError) as told:
        sweep(MODEL, [over], draws=1, cache=kept)
    assert any(said in f"{one.message} {one.remedy}" for one in told.value.diagnostics)


def test_ends_may_have_two_units():
    (one,) = read_over([f"{LIFE}=30 min..2 h:3"])
    assert (one.low, one.high, one.unit, one.points) == (0.5, 2.0, "h", 3)


def test_the_command_writes_table_and_picture_and_a_section_of_the_report(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("made.yaml").write_text(MODEL)
    assert guarded(["run", "made.yaml", "--out", "run", "--draws", "1", "--quiet"]) == 0
    words = ["sweep", "made.yaml", "--over", f"{LIFE}=0.5..8 h:3", "--draws", "2", "--jobs", "1"]
    assert guarded(words) == 0
    told = capfd.readouterr().out
    assert "lowest to highest of 2 draws of all other values" in told
    table = pd.read_parquet("made-sweep.parquet")
    assert set(table["measure"]) == {"dust", "makers"}
    assert sorted(set(table[f"{LIFE} (h)"])) == [0.5, 4.25, 8.0]
    assert "half-life (h)" in Path("made-sweep.svg").read_text()
    for _ in range(2):
        assert guarded([*words, "--run", "run"]) == 0
    assert guarded([*words, "--run", "run", "--measure", "makers"]) == 0
    assert sorted(file.name for file in Path("run").glob("sweep*.json")) == ["sweep-2.json", "sweep.json"]
    page = Path("run/report.html").read_text()
    assert "Sweeps and what decides" in page
    assert "<code>sweep-2.parquet</code>" in page
    Path("other.yaml").write_text(MODEL.replace("model: made", "model: other"))
    assert guarded(["sweep", "other.yaml", *words[2:], "--run", "run"]) == 3


@pytest.mark.parametrize("over", [[f"{LIFE}=0.5..8 h:3,log"], [f"{LIFE}=0.5..8 h:3", f"{DEATH}=0.2..1 /day:2"]])
def test_pictures_have_axes_with_units_and_the_same_bytes_again(kept, over):
    from vesicula.experiments.sweeps.pictures import sweep_picture

    found = sweep(MODEL, over, draws=2, cache=kept)
    svg = sweep_picture(found)
    assert all(words in svg.decode() for words in ("half-life (h)", "dust (pM)"))
    assert svg == sweep_picture(found)
    assert sweep_picture(found, "png").startswith(b"\x89PNG")
