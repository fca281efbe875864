"""`vesicula import`: what is told, and what is written for a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cases.lab_files import DPCR, KINETIC, PCR, PLATE, nanosight, zetaview

from vesicula.cli import exits, main
from vesicula.errors import FileError
from vesicula.experiments.calibration.data import read_data
from vesicula.io import read_file
from vesicula.io.writing import written
from vesicula.language import check, read
from vesicula.language.reading.cell_table import COLUMNS as CELL_COLUMNS

COURSE = "time (h);EV;vehicle\n1;410;60\n4;1400,5;70\n1;400;65\n4;1500;72\n"


def answered(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["import", *words])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def put(folder: Path, content: str, name: str = "x") -> str:
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def test_it_tells_what_was_read_left_out_and_assumed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert answered(put(tmp_path, nanosight(name="d50 run")), "--dilution", "10") == exits.OK
    told = capfd.readouterr().out
    for words in ("x: NanoSight NTA experiment summary", "  read  ", "  left out  ", "  assumed   Dilution 10"):
        assert words in told


def test_several_files_are_read_and_those_that_are_not_understood_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = put(tmp_path, PCR), put(tmp_path, zetaview(traces=0), "none")
    assert answered(good, bad) == exits.MODEL
    told = capfd.readouterr()
    assert "qPCR results" in told.out
    assert "none:9" in told.err
    assert answered(good, bad, "--json") == exits.MODEL
    found = json.loads(capfd.readouterr().out)
    assert [one["kind"] for one in found["files"]] == ["qPCR results"]
    assert [(one["line"], one["code"]) for one in found["refused"]] == [(9, "file-empty")]
    assert answered(bad, "--json") == exits.MODEL
    assert json.loads(capfd.readouterr().out)["diagnostics"][0]["line"] == 9
    assert answered(str(tmp_path / "nothing")) == exits.MODEL


def test_a_preparation_is_text_of_the_language(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "prep.yaml"
    options = ("--as", "preparation", "--protein", "0.8 mg/mL", "--out", str(out))
    assert answered(put(tmp_path, zetaview()), *options) == exits.OK
    assert "read" in capfd.readouterr().err
    model = read(f"vesicula: 1\nmodel: mine\n{out.read_text(encoding='utf-8')}")
    (vesicle,), (preparation,) = model.vesicles, model.preparations
    assert vesicle.name == "EV-F5-EV" == preparation.of
    assert vesicle.diameter is not None
    assert 60 < vesicle.diameter.number < 150
    assert preparation.particles_per_ug is not None
    assert preparation.particles_per_ug.number == pytest.approx(6e9 / 800, rel=0.01)
    assert [
        one.code for one in check(f"vesicula: 1\nmodel: m\n{out.read_text()}") if one.code in ("quantity", "no-source")
    ] == []


def test_an_unknown_dilution_is_asked_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert answered(put(tmp_path, nanosight(name="d50")), "--as", "preparation") == exits.MODEL
    told = capfd.readouterr()
    assert "--dilution 50" in told.err
    assert told.out == ""


def test_data_are_what_fit_reads(tmp_path: Path) -> None:
    out = tmp_path / "uptake.csv"
    assert answered(put(tmp_path, COURSE), "--as", "data", "--measure", "uptake", "--out", str(out)) == exits.OK
    model = read("mir105-barrier")
    model = model.model_copy(update={"measures": (model.measures[0].model_copy(update={"name": "uptake"}),)})
    table = read_data(out, model, "normal")
    assert [(one.minutes, one.arm, one.value, one.n) for one in table.data] == [
        (60, "EV", 405, 2), (240, "EV", 1450.25, 2), (60, "vehicle", 62.5, 2), (240, "vehicle", 71, 2),
    ]  # fmt: skip


def test_end_points_need_a_time_and_missing_wells_stay_out(tmp_path: Path) -> None:
    found = read_file(put(tmp_path, PLATE))
    with pytest.raises(FileError, match="--at"):
        written(found, "data")
    rows = written(found, "data", at="2 days", measure="od").splitlines()
    assert rows[0] == "time (h),arm,measure,value,sd,replicate"
    assert rows[1] == "48,A1,od,0.1,,"
    assert len(rows) == 5
    assert written(found, "table").splitlines()[2] == "A2,od:600,,,,,OVRFLW"
    with pytest.raises(FileError, match="is no time"):
        written(found, "data", at="2 mL")


@pytest.mark.parametrize("content", [nanosight(), DPCR, PCR, KINETIC, "x (um),y (um)\n1,2\n3,4\n"])
def test_every_reading_has_a_table(content: str, tmp_path: Path) -> None:
    lines = written(read_file(put(tmp_path, content)), "table").splitlines()
    assert len(lines) > 1
    assert {line.count(",") for line in lines} == {lines[0].count(",")}


def test_places_are_a_table_of_cells(tmp_path: Path) -> None:
    text = written(read_file(put(tmp_path, "type;x (mm);y (mm)\na;0,5;1\n")), "table")
    assert text == "cell,x (um),y (um)\na,500.0,1000.0\n"
    assert [one.partition(" ")[0] for one in text.splitlines()[0].split(",")] == list(CELL_COLUMNS[:3])


@pytest.mark.parametrize(
    "words", [("--as", "novel"), ("--out", "y"), ("--protein", "0.8 mg"), ("--as", "data"), ("--protein", "3 h/mL")]
)
def test_what_does_not_fit_is_said(words: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert answered(put(tmp_path, zetaview()), *words) in (exits.USAGE, exits.MODEL)
    assert capfd.readouterr().err
