"""What the commands that run nothing write, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vesicula.cli import exits, main

BROKEN = "vesicula: 1\nmodel: broken\ncells:\n  tumour:\n    diametre: 12 um\n    divides: every 3 um\n"


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_shows_every_mistake_with_its_place(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert outcome("check", "broken.yaml") == exits.MODEL
    out, err = capfd.readouterr()
    assert out == ""
    assert "broken.yaml:5:5" in err
    assert "broken.yaml:6:" in err
    assert "diameter" in err


DOUBTFUL = """
vesicula: 1
model: doubtful
sites:
  s: {kind: pool, volume: 1 mL}
substances:
  A: {diffuses: 10 um^2/s, half-life: 2 h}
  B: {diffuses: 10 um^2/s, half-life: 3 h}
  C: {diffuses: 10 um^2/s, half-life: 4 h}
run: {for: 1 h, step: 6 min}
"""


def test_doubts_are_told_by_kind_and_all_on_request(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "doubtful.yaml").write_text(DOUBTFUL)
    outcome("check", "doubtful.yaml")
    short = capfd.readouterr().err
    assert "doubtful.yaml:7:" in short
    assert "more of this kind: doubtful.yaml:7, 8, 9" in short
    assert "vesicula check doubtful.yaml --all" in short
    outcome("check", "doubtful.yaml", "--all")
    whole = capfd.readouterr().err
    assert whole.count("doubtful.yaml:") > short.count("doubtful.yaml:")
    assert "more of this kind" not in whole


def test_check_as_json_is_one_object(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert outcome("check", "broken.yaml", "--json") == exits.MODEL
    told = json.loads(capfd.readouterr().out)
    assert told["errors"] >= 2
    assert {one["line"] for one in told["diagnostics"] if one["severity"] == "error"} >= {5, 6}


def test_check_of_a_name_that_is_no_model(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("check", "startr") == exits.MODEL
    assert "did you mean `starter`" in capfd.readouterr().err


@pytest.mark.parametrize("change", ["cells.recipient.divides", "=3 h", "cells.recipient.divides="])
def test_a_change_without_path_or_value(change: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("run", "starter", "--set", change) == exits.USAGE
    assert "PATH=VALUE" in capfd.readouterr().err


def test_a_change_of_a_value_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("run", "starter", "--set", "cells.recipient.divide=3 h") == exits.MODEL
    assert "cells.recipient.divides" in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_of_a_broken_model_makes_no_folder(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert outcome("run", "broken.yaml") == exits.MODEL
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["report", "resume"])
def test_a_folder_that_is_no_run(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert outcome(command, "nothing") == exits.RUN_FOLDER
    assert outcome(command, "empty") == exits.RUN_FOLDER
    assert "no run folder" in capfd.readouterr().err


def test_new_writes_a_model_that_passes_its_check_and_never_overwrites(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert outcome("new", "my-tissue") == exits.OK
    file = tmp_path / "my-tissue.yaml"
    text = file.read_text()
    assert "\nmodel: my-tissue\n" in text
    assert text.count("\n# ") >= 3
    assert outcome("check", "my-tissue.yaml") == exits.OK
    file.write_text("mine")
    assert outcome("new", "my-tissue") == exits.OTHER
    assert file.read_text() == "mine"
    assert "exists already" in capfd.readouterr().err


def test_new_from_another_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("new", "bone", "--from", "bone-metastasis") == exits.OK
    assert "model: bone\n" in (tmp_path / "bone.yaml").read_text()
    assert outcome("new", "again", "--from", "bone.yaml") == exits.OK
    capfd.readouterr()
    assert outcome("new", "x", "--from", "nothing") == exits.MODEL
    assert outcome("new", "../outside") == exits.USAGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.yaml", "bone.yaml"]


def test_models_lists_every_model_and_part(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("models") == exits.OK
    shown = capfd.readouterr().out
    assert outcome("models", "--json") == exits.OK
    told = json.loads(capfd.readouterr().out)
    assert {"starter", "bone-metastasis"} <= {one["name"] for one in told["models"]}
    for one in (*told["models"], *told["parts"]):
        assert one["name"] in shown
        assert one["about"]


def test_explain_shows_values_with_evidence_and_source(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("explain", "starter") == exits.OK
    shown = capfd.readouterr().out
    for words in (
        "donor-EV from donor",
        "miR-21-5p silences PDCD4",
        "@fluid-uptake-hela",
        "assumed",
        "release blocked",
    ):
        assert words in shown
    assert outcome("explain", "starter", "--json") == exits.OK
    told = json.loads(capfd.readouterr().out)
    value = next(one for one in told["values"] if one["path"] == "cells.recipient.divides")
    assert (value["number"], value["unit"], value["low"], value["evidence"]) == (24.0, "h", 10.0, "assumed")


def test_explain_of_one_name_shows_what_has_to_do_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("explain", "starter", "PDCD4") == exits.OK
    shown = capfd.readouterr().out
    assert "PDCD4 lowers division" in shown
    assert "cells.donor.releases" not in shown
    assert outcome("explain", "starter", "PDCD5") == exits.OTHER
    assert "did you mean PDCD4" in capfd.readouterr().err


def test_explain_of_a_claim_says_what_it_says(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("explain", "bone-metastasis", "bm-059") == exits.OK
    shown = capfd.readouterr().out
    assert "TGFB1 activates TGFB_SMAD" in shown
    assert "bm-059: " in shown


def test_schema_goes_to_output_or_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("schema") == exits.OK
    shown = json.loads(capfd.readouterr().out)
    assert outcome("schema", "--out", "model.schema.json") == exits.OK
    assert json.loads((tmp_path / "model.schema.json").read_text()) == shown
    assert shown["$schema"].startswith("https://json-schema.org/")
    assert outcome("schema", "--out", "nowhere/file.json") == exits.OTHER
