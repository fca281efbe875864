"""Fits of a dish whose law is known: what comes out, what is refused, and the picture of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from vesicula import load
from vesicula.cli.guard import guarded
from vesicula.compiler.ensembles import fresh
from vesicula.errors import EnsembleError
from vesicula.experiments.calibration.data import DataError, read_data
from vesicula.experiments.calibration.fitting import fit
from vesicula.language import prepare

MODEL = """
vesicula: 1
model: made
data: ./dust.csv
run: {for: 8 h, step: 1 h, draws: 8}
labware:
  dish: {kind: well, area: 1 cm^2, volume: 1 mL}
substances:
  dust: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
cells:
  maker:
    diameter: 15 um (10..20 @assumed)
    secretes: {dust: 2000 molecules/s (200..20000 @assumed)}
start:
  - 100 maker in dish
arms:
  alone: []
  twice:
    - at 0 h add 100 maker to dish
measure:
  dust: concentration of dust in dish in pM
"""
LIFE, MADE = "substances.dust.half-life", "cells.maker.secretes.dust"
TIMES = (1.0, 2.0, 4.0, 8.0)


def dust(rate: float, half_life: float, hours: float) -> float:
    """pM of what 100 cells make."""
    loss = np.log(2) / (half_life * 3600)
    return 100 * rate / loss * (1 - np.exp(-loss * hours * 3600)) / 6.02214076e23 / 1e-3 * 1e12


def table(rate: float, half_life: float, error: float, random: np.random.Generator) -> str:
    rows = [(t, dust(rate, half_life, t) * np.exp(error * random.standard_normal())) for t in TIMES]
    return "time (h),measure,value,sd\n" + "".join(f"{t},dust,{v:.5g},{error * v:.5g}\n" for t, v in rows)


def by_grid(file: Path) -> dict[str, np.ndarray]:
    """5, 50 and 95 % of both values given the data, by a grid over their scores."""
    side = np.linspace(-4, 4, 601)
    z = np.array(np.meshgrid(side, side, indexing="ij"))
    rate, life = 2000 * 10 ** (z[0] / 1.6449), 10 ** (z[1] / 1.6449)
    log = -0.5 * (z**2).sum(axis=0)
    for row in file.read_text().splitlines()[1:]:
        hours, _, value, sd = row.split(",")
        off = np.log(float(value) / dust(rate, life, float(hours))) / (float(sd) / float(value))
        log -= 0.5 * off**2
    weight = np.exp(log - log.max())
    out = {}
    for name, axis, values in ((MADE, 1, rate[:, 0]), (LIFE, 0, life[0])):
        share = np.cumsum(weight.sum(axis=axis)) / weight.sum()
        out[name] = np.interp((0.05, 0.5, 0.95), share, values)
    return out


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "made.yaml").write_text(MODEL)
    (tmp_path / "dust.csv").write_text(table(5000.0, 0.5, 0.05, np.random.default_rng(3)))
    return tmp_path


def test_a_fit_narrows_what_the_data_tell_and_runs_take_it(place, capfd, monkeypatch):
    monkeypatch.chdir(place)
    assert guarded(["fit", "made.yaml", "--draws", "64", "--jobs", "1", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert set(told["values"]) == {LIFE, MADE}
    for name, (low, middle, high) in by_grid(place / "dust.csv").items():
        after = told["values"][name]["after"]
        assert abs(np.log(after[1] / middle)) < 0.3 * np.log(high / low)
        assert 0.6 < np.log(after[2] / after[0]) / np.log(high / low) < 1.5
        assert told["values"][name]["width"] < 0.3
    assert told["rows that count"] > 16
    rows = fresh(place / "ensembles" / "made.csv")
    assert rows.fitted
    compiled = load("made.yaml", draws=65)
    at = [info.path for info in compiled.names.parameters].index(LIFE)
    drawn = compiled.system.values[:65, at][1:] / 60
    assert 0.3 < np.median(drawn) < 0.8
    assert "64 fitted draws of made" in compiled.ensemble.words
    svg = (place / "made-fit.svg").read_text()
    assert all(words in svg for words in ("before the fit", "after the fit", "data, 95 %", "time (h)"))


def test_a_named_value_alone_is_fitted(place):
    found = fit(place / "made.yaml", place / "dust.csv", values=[LIFE], rows=64, cache=place / "kept")
    assert [one.name for one in found.values] == [LIFE]
    with pytest.raises(EnsembleError, match="is no value of this model"):
        fit(place / "made.yaml", place / "dust.csv", values=["substances.dust.halflife"], rows=64)


def test_one_time_tells_two_values_together_only(place):
    (place / "late.csv").write_text(f"time,measure,value,sd\n8 h,dust,{dust(2000, 1.0, 8):.4g},0.005\n")
    found = fit(place / "made.yaml", place / "late.csv", rows=128, cache=place / "kept")
    assert {name for pair in found.tied for name in pair[:2]} == {LIFE, MADE}
    assert found.tied[0][2] < -0.8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,measure,value\n1 h,dust,1\n", "nothing says how far"),
        ("time,measure,value,sd\n1 h,dirt,1,0.1\n", "no measure is called dirt"),
        ("time,arm,measure,value,sd\n1 h,thrice,dust,1,0.1\n", "no arm is called thrice"),
        ("time,measure,value,sd\n1,dust,1,0.1\n", "csv:2"),
        ("time,measure,value,sd\n1 h,dust,much,0.1\n", "`much` is no number"),
        ("time,measure,value,sd\n1 h,dust,1,0\n", "nothing is off"),
        ("hour,measure,value\n", "holds no data"),
        ("hour,measure,value\n1,dust,1\n", "no column time"),
        ("time,measure,value,sd\n1 h,dust,1,0.1\n1 h,dust,-1,0.1\n", ""),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(place, text, said):
    (place / "other.csv").write_text(text)
    model = prepare(place / "made.yaml")
    if not said:
        assert read_data(place / "other.csv", model).errors == "normal"
        with pytest.raises(DataError, match="no logarithm"):
            read_data(place / "other.csv", model, "log")
        return
    with pytest.raises(DataError, match=said):
        read_data(place / "other.csv", model)


def test_replicates_say_how_far_they_are_off(place):
    text = "time,arm,measure,value\n" + "".join(f"{t} h,twice,dust,{v}\n" for t in (1, 2) for v in (1.0, 1.2, 0.9))
    (place / "other.csv").write_text(text)
    found = read_data(place / "other.csv", prepare(place / "made.yaml"))
    values = np.log([1.0, 1.2, 0.9])
    assert [one.n for one in found.data] == [3, 3]
    assert found.data[0].error == pytest.approx(values.std(ddof=1) / np.sqrt(3))
    assert found.data[0].value == pytest.approx(np.exp(values.mean()))


def test_data_after_the_end_and_rows_that_lie_there_are_refused(place):
    (place / "late.csv").write_text("time,measure,value,sd\n9 h,dust,1,0.1\n")
    with pytest.raises(EnsembleError, match="the run ends at"):
        fit(place / "made.yaml", place / "late.csv", rows=64)


@pytest.mark.long
def test_truth_lies_inside_its_90_percent_when_the_engine_reads(tmp_path):
    """Forty dishes with values drawn from their ranges, four noisy numbers of each."""
    random, inside = np.random.default_rng(5), []
    (tmp_path / "made.yaml").write_text(MODEL)
    for case in range(40):
        z = random.standard_normal(2)
        rate, life = 2000 * 10 ** (z[0] / 1.6449), 1.0 * 10 ** (z[1] / 1.6449)
        (tmp_path / "dust.csv").write_text(table(rate, life, 0.1, random))
        found = fit(
            tmp_path / "made.yaml", tmp_path / "dust.csv", rows=96, seed=case, cache=tmp_path / "kept",
            out=tmp_path / "ensembles" / f"{case}.csv",
        )  # fmt: skip
        after = {one.name: one.calibrated for one in found.values}
        for name, truth in ((LIFE, life), (MADE, rate)):
            inside.append(name not in after or after[name][0] <= truth <= after[name][2])
    assert abs(np.mean(inside) - 0.9) < 2 * np.sqrt(0.09 / len(inside))
