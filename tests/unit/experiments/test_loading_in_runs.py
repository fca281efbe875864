"""A run of a question keeps its required loading, and the report shows it."""

from __future__ import annotations

import json

import pytest
from tests.unit.experiments.test_loading import silencing

from vesicula.cli import exits, main
from vesicula.results.loading import LOADING, read_loading


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_a_run_keeps_and_shows_what_its_cargo_would_need(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    text = silencing().replace("particles of prep-EV", "particles of prep")
    text = text.replace("cells:\n", "preparations:\n  prep:\n    of: prep-EV\ncontrols: none\ncells:\n", 1)
    text = text.replace("measure:\n", "arms:\n  vehicle:\n    - replace prep by vehicle\n  EV: []\nmeasure:\n")
    (tmp_path / "question.yaml").write_text(text.replace("model: silencing", "model: question"))
    assert outcome("run", "question.yaml", "--out", "run", "--set", "run.for=2 h") == exits.OK
    capfd.readouterr()
    found = read_loading(tmp_path / "run")
    assert {one.arm for one in found} == {"EV"}
    assert all(one.hours == 2.0 for one in found)
    json.loads((tmp_path / "run" / LOADING).read_text(), parse_constant=pytest.fail)
    page = (tmp_path / "run" / "report.html").read_text()
    assert '<section id="loading">' in page
    assert "times too few" in page
    assert "load miR-105-5p in prep-EV x" in page
    first_screen = page[: page.index("<nav>")]
    assert "miR-105-5p in recipient → TJP1 (EV)" in first_screen


def test_a_model_that_gives_no_vesicles_keeps_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert outcome("run", "starter", "--set", "run.for=1 h", "--set", "run.record=1 h", "--out", "run") == exits.OK
    assert not (tmp_path / "run" / LOADING).exists()
    assert '<section id="loading">' not in (tmp_path / "run" / "report.html").read_text()
