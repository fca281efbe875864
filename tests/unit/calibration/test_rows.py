"""Rows of calibrated draws: which score a draw has, and when rows are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from vesicula import ModelError, Result, load
from vesicula.cli.guard import guarded
from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble, Scores, score
from vesicula.compiler.ensembles import ensemble_of, fresh, home_of, made_from, read_ensemble
from vesicula.errors import EnsembleError
from vesicula.experiments.calibration.storing import write_ensemble
from vesicula.experiments.loading.draws import scores as scores_of
from vesicula.language import prepare

TEXT = """
vesicula: 1
model: made
run: {for: 2 h, step: 30 min, draws: 3}
labware:
  dish: {kind: well, area: 1 cm^2, volume: 1 mL}
substances:
  dust: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.5..5 @assumed)}
cells:
  maker:
    diameter: 15 um (10..20 @assumed)
    secretes: {dust: 2 molecules/s (0.2..20 @assumed)}
start:
  - 100 maker in dish
measure:
  dust: concentration of dust in dish in pM
"""
LIFE = "substances.dust.half-life"
MADE = "cells.maker.secretes.dust"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A model with three calibrated draws of one of its values."""
    path = tmp_path / "made.yaml"
    path.write_text(TEXT)
    model = prepare(path)
    rows = Ensemble("made", {LIFE: np.array([0.5, -1.0, 2.0])})
    write_ensemble(home_of(model), rows, made_from(tmp_path, {"made.yaml": model}, (), ()), {})
    return path


def drawn(compiled, path: str) -> np.ndarray:
    names = [info.path for info in compiled.names.parameters]
    return compiled.system.values[:, names.index(path)]


def test_a_draw_takes_its_row_and_the_stated_value_stays_first():
    of = Scores(7, Ensemble("any", {"a": np.array([0.5, -1.0])})).of
    assert [of(k, "a") for k in range(3)] == [0.0, 0.5, -1.0]
    assert of(2, "b") == score(7, 2, "b")
    assert scores_of("a", 3, ensemble=Ensemble("any", {"a": np.array([0.5, -1.0])})).tolist() == [0.0, 0.5, -1.0]


def test_a_run_takes_calibrated_draws_unless_it_is_told_otherwise(file):
    calibrated, prior = load(file), load(file, prior=True)
    assert drawn(calibrated, LIFE)[0] == drawn(prior, LIFE)[0]
    assert not np.allclose(drawn(calibrated, LIFE)[1:], drawn(prior, LIFE)[1:])
    assert drawn(calibrated, MADE).tolist() == drawn(prior, MADE).tolist()
    assert calibrated.ensemble is not None
    assert prior.ensemble is None


def test_more_draws_than_rows_are_refused_with_what_to_do(file):
    assert len(load(file, draws=4).variants) == 4
    with pytest.raises(EnsembleError, match="5 draws are asked for, and there are 3") as refused:
        load(file, draws=5)
    assert "take 4 at most" in (refused.value.remedy or "")


def test_rows_are_stale_when_a_number_of_a_text_is_another_and_not_when_a_comment_is(file):
    file.write_text(TEXT + "# a remark\n")
    assert ensemble_of(prepare(file)) is not None
    file.write_text(TEXT.replace("0.5..5", "0.5..6"))
    with pytest.raises(EnsembleError, match=r"stale: made\.yaml changed since"):
        load(file)


def test_rows_are_stale_when_the_engine_is_another(file, monkeypatch):
    monkeypatch.setattr("vesicula.compiler.ensembles.engine_digest", lambda: "another")
    with pytest.raises(EnsembleError, match="stale: the engine changed since"):
        load(file)
    assert load(file, prior=True).ensemble is None
    assert load(file, draws=1).ensemble is None


def test_a_table_that_was_edited_is_refused(file):
    table = file.parent / "ensembles" / "made.csv"
    assert fresh(table).rows == 3
    table.write_text(table.read_text().replace("0.500", "0.600"))
    with pytest.raises(EnsembleError, match=r"is not what made\.json says"):
        read_ensemble(table)


def test_a_draw_is_the_same_whatever_is_compiled_with_it(file):
    model, rows = prepare(file), Ensemble("made", {LIFE: np.linspace(-1, 1, 20)})
    many = compile_model(model, folder=file.parent, draws=range(1, 21), ensemble=rows)
    one = compile_model(model, folder=file.parent, draws=[12], ensemble=rows)
    assert np.array_equal(many.system.values[12], one.system.values[1], equal_nan=True)
    assert many.keys[0][12].tolist() == one.keys[0][1].tolist()
    with pytest.raises(EnsembleError):
        compile_model(model, folder=file.parent, draws=[21], ensemble=rows)


def test_a_row_keeps_the_number_of_its_random_numbers(file):
    model, few = prepare(file), np.array([0.5, -1.0, 2.0])
    table = file.parent / "ensembles" / "made.csv"
    rows = Ensemble("made", {LIFE: few}, numbers=(3, 7, 20))
    write_ensemble(table, rows, made_from(file.parent, {"made.yaml": model}, (), ()), {})
    assert fresh(table).numbers == (3, 7, 20)
    kept = load(file)
    many = np.zeros(20)
    many[[2, 6, 19]] = few
    asked = compile_model(model, folder=file.parent, draws=[3, 7, 20], ensemble=Ensemble("made", {LIFE: many}))
    assert [one.draw for one in kept.variants] == [0, 1, 2, 3][: len(kept.variants)]
    for k in range(1, len(kept.variants)):
        assert kept.keys[0][k].tolist() == asked.keys[0][k].tolist()
        assert drawn(kept, LIFE)[k] == drawn(asked, LIFE)[k]


def test_the_command_says_so(file, tmp_path, capfd):
    code = guarded(["run", str(file), "--out", str(tmp_path / "run"), "--no-report"])
    assert code == 0
    told = capfd.readouterr().err
    assert "values from 3 calibrated draws of made (" in told
    assert "3 calibrated draws of made" in Result(tmp_path / "run").methods
    assert guarded(["run", str(file), "--draws", "9", "--out", str(tmp_path / "more"), "--no-report"]) == 6
    assert "--prior" in capfd.readouterr().err
    assert guarded(["run", str(file), "--draws", "9", "--prior", "--out", str(tmp_path / "more"), "--no-report"]) == 0
    assert "calibrated" not in capfd.readouterr().err


def test_rows_of_another_model_can_be_taken_by_name_or_file(file, tmp_path):
    other = tmp_path / "other" / "another.yaml"
    other.parent.mkdir()
    other.write_text(TEXT.replace("model: made", "model: another"))
    assert load(other).ensemble is None
    taken = load(other, ensemble=str(file.parent / "ensembles" / "made.csv"))
    assert drawn(taken, LIFE).tolist() == drawn(load(file), LIFE).tolist()
    with pytest.raises(EnsembleError, match="there are no calibrated draws of nothing"):
        load(other, ensemble="nothing")


def test_names_of_sentences_come_back_whole(tmp_path):
    name = 'cells.a.rules: {"kind": "raises", "x": "1, 2"}'
    path = tmp_path / "ensembles" / "a.csv"
    write_ensemble(path, Ensemble("a", {name: np.array([1.23456])}), made_from(tmp_path, {}, (), ()), {})
    assert {key: row.tolist() for key, row in fresh(path).scores.items()} == {name: [1.235]}


def test_a_model_with_mistakes_makes_rows_stale_not_an_error_of_the_model(file):
    other = file.parent / "beside.yaml"
    other.write_text(TEXT.replace("100 maker", "100 nobody"))
    with pytest.raises(ModelError):
        prepare(other)
    table = file.parent / "ensembles" / "made.csv"
    facts = json.loads(table.with_suffix(".json").read_text())
    facts["from"]["texts"]["beside.yaml"] = "some"
    table.with_suffix(".json").write_text(json.dumps(facts))
    with pytest.raises(EnsembleError, match=r"beside\.yaml changed"):
        fresh(table)
