"""Nothing that fails after the last step, or before the first checkpoint, takes a run or its answer away."""

from __future__ import annotations

import errno
import json
import os
import signal
import warnings
from pathlib import Path

import pytest

import vesicula
from vesicula.cli import exits, main
from vesicula.engine import start, step
from vesicula.engine.room import NoRoom
from vesicula.errors import ModelError, ResourceError, RunFolderError
from vesicula.experiments.loading import required
from vesicula.results import RunFolder, durable
from vesicula.results.loading import LOADING, loading_problem, read_loading
from vesicula.results.report.page import Page, PartLeftOut

SMALL = {"run.for": "2 h", "run.record": "1 h"}
PARTS = (
    "pictures", "arms_chart", "other_charts", "bench", "funnels", "rests_on", "film", "graph", "curves", "ledgers",
    "evidence", "references", "_methods",
)  # fmt: skip
DOSED = """
vesicula: 1
model: dosed
question: Does what is given lower PTEN?
sites:
  dish: {size: [200 um, 200 um], depth: 20 um, voxel: 20 um, walls: closed}
vesicles:
  prep-EV:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries: {miR-21-5p: 10 copies/EV (1..100 @assumed)}
cells:
  recipient:
    diameter: 12 um (5..50 @assumed)
    EV fate:
      clears: 500 pL/h (50..5000 @assumed)
      fusion: 5 % (0.5..50 @assumed)
      escape: 25 % (2..80 @assumed)
      lysosome: 0.2 /h (0.02..2 @assumed)
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    competitors: library
    inside:
      - miR-21-5p silences PTEN (20 mRNA @assumed, half-life 9 h @assumed, protein half-life 24 h @assumed)
start:
  - 20 recipient in dish
arms:
  vehicle: []
  EV:
    - at 0 h add 1e5 particles of prep-EV to dish
measure:
  PTEN: PTEN in recipient
run: {for: 2 h, record: 1 h, step: 6 min, seeds: 1}
"""


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    return vesicula.simulate("starter", changes=SMALL, out=tmp_path_factory.mktemp("run") / "starter")


def broken(*_args, **_kwargs):
    raise ZeroDivisionError("of a test")


@pytest.mark.parametrize("part", PARTS)
def test_a_report_lacks_the_part_that_fails_and_nothing_else(starter, part, monkeypatch, tmp_path):
    whole = starter.report(tmp_path / "whole.html").read_text()
    monkeypatch.setattr(Page, part, broken)
    with pytest.warns(PartLeftOut, match="ZeroDivisionError: of a test"):
        page = starter.report(tmp_path / "lacking.html").read_text()
    assert "Left out: " in page[: page.index("<nav>")]
    assert starter.answer in page
    assert page.count("<section id=") >= whole.count("<section id=") - 1


def test_every_part_of_the_page_may_fail(starter, monkeypatch, tmp_path):
    for part in PARTS:
        monkeypatch.setattr(Page, part, broken)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        page = starter.report(tmp_path / "bare.html").read_text()
    assert len(told) == len(PARTS)
    assert starter.answer in page


def test_the_command_names_what_the_report_lacks(monkeypatch, capfd):
    monkeypatch.setattr(Page, "graph", broken)
    assert outcome("run", "starter", *(f"--set={k}={v}" for k, v in SMALL.items()), "--out", "run") == exits.OK
    out, err = capfd.readouterr()
    assert "the report lacks who talks to whom (ZeroDivisionError: of a test)" in err
    assert "Traceback" not in err
    assert out == f"{Path('run/report.html')}\n"


def test_a_report_that_cannot_be_made_leaves_the_answer(monkeypatch, capfd):
    monkeypatch.setattr(Page, "render", broken)
    assert outcome("run", "starter", *(f"--set={k}={v}" for k, v in SMALL.items()), "--out", "run") == exits.OTHER
    out, err = capfd.readouterr()
    assert "the run is complete, its report is not" in err
    assert vesicula.Result("run").answer in err
    assert out == "run\n"
    assert RunFolder.open("run").status == "finished"


def test_required_loading_that_fails_leaves_run_answer_and_report(monkeypatch, capfd):
    Path("dosed.yaml").write_text(DOSED)
    monkeypatch.setattr("vesicula.experiments.loading.required.required_loading", broken)
    assert outcome("run", "dosed.yaml", "--out", "run", "--quiet") == exits.OK
    _, err = capfd.readouterr()
    assert "its required loading was left out" in err
    assert loading_problem(Path("run")) == "ZeroDivisionError: of a test"
    assert "Left out: required loading (ZeroDivisionError" in Path("run/report.html").read_text()


@pytest.mark.skipif(os.name == "nt", reason="signals of a process to itself")
def test_required_loading_waits_until_a_stopped_run_is_resumed(monkeypatch, capfd):
    """Whoever presses Ctrl-C is not kept waiting for what a whole run adds at its end."""
    Path("dosed.yaml").write_text(DOSED)
    real, worked_out = step.elapse, []

    def pressed(system, states) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(system, states)

    with monkeypatch.context() as patch:
        patch.setattr(step, "elapse", pressed)
        patch.setattr(required, "keep_loading", lambda *_args, **_named: worked_out.append(1) or "")
        assert outcome("run", "dosed.yaml", "--out", "run", "--no-report") == exits.INTERRUPTED
    assert not worked_out
    assert "stopped; everything up to here is kept" in capfd.readouterr().err
    assert loading_problem(Path("run")) == "the run was stopped before it was worked out"
    text = Path("dosed.yaml").read_text()
    Path("dosed.yaml").write_text(text + "# another\n")
    problem = required.keep_asked_loading(Path("run"))
    assert problem == loading_problem(Path("run")) == "the model file has been changed or moved since the run began"
    Path("dosed.yaml").write_text(text)
    required.keep_loading_later(Path("run"), "dosed.yaml", changes={}, seed=1)
    assert outcome("resume", "run", "--quiet", "--no-report") == exits.OK
    assert read_loading(Path("run"))


def test_draws_that_no_voxel_could_supply_stay_in_required_loading():
    """500 pL/h fits the voxels, the upper part of its range does not: such a draw gets what diffusion brings."""
    Path("dosed.yaml").write_text(DOSED)
    assert outcome("run", "dosed.yaml", "--out", "run", "--quiet", "--no-report") == exits.OK
    assert loading_problem(Path("run")) == ""
    assert read_loading(Path("run"))
    compiled = vesicula.load("dosed.yaml", draws=64)
    (doubt,) = {one.message for one in compiled.too_much}
    assert "of the draws" in doubt
    assert "clearance of recipient" in doubt
    assert compiled.too_much[0].severity == "warning"
    assert vesicula.load("dosed.yaml").too_much == ()
    with pytest.raises(ModelError, match="clearance"):
        vesicula.load("dosed.yaml", changes={"cells.recipient.fate of EV.clears": "50000 pL/h"})


def test_a_damaged_loading_file_is_told_on_the_page(tmp_path):
    assert loading_problem(tmp_path) == ""
    (tmp_path / LOADING).write_text("{")
    assert "cannot be read" in loading_problem(tmp_path)
    (tmp_path / LOADING).write_text(json.dumps({"format": 1, "loadings": []}))
    assert loading_problem(tmp_path) == ""


@pytest.mark.parametrize(("place", "name"), [(step, "advance"), (start, "initial_state")])
def test_an_arithmetic_fault_of_the_engine_ends_in_words(place, name, monkeypatch, capfd):
    def faulty(*_: object, **__: object) -> None:
        raise NoRoom("a substance cannot be dosed: its region has no voxel outside solid matrix")

    monkeypatch.setattr(place, name, faulty)
    assert outcome("run", "starter", *(f"--set={k}={v}" for k, v in SMALL.items()), "--out", "run") == exits.NUMERICAL
    told = capfd.readouterr().err
    assert "no voxel outside solid matrix" in told
    assert "Traceback" not in told


def test_full_disks_exit_with_the_code_of_resources_and_others_with_that_of_folders():
    full = durable.cannot_write("x", OSError(errno.ENOSPC, "No space left on device"))
    refused = durable.cannot_write("x", OSError(errno.EACCES, "Permission denied"), "name another folder")
    assert isinstance(full, ResourceError)
    assert full.exit_code == exits.RESOURCES
    assert isinstance(refused, RunFolderError)
    assert refused.remedy == "name another folder"


def test_a_disk_that_is_full_during_a_run_exits_with_the_code_of_resources(monkeypatch, capfd):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("vesicula.results.checkpoints.write", full)
    assert outcome("run", "starter", "--set=run.for=2 h", "--quiet", "--out", "run") == exits.RESOURCES
    assert "No space left on device" in capfd.readouterr().err
    monkeypatch.undo()


@pytest.mark.parametrize("moment", ["before the first record", "after it"])
def test_a_run_that_dies_before_its_first_checkpoint_starts_anew_by_itself(starter, moment, monkeypatch, tmp_path):
    class Killed(BaseException):
        pass

    opened: list[RunFolder] = []

    def killed(writer, *_args, **_kwargs):
        opened.append(writer if isinstance(writer, RunFolder) else writer._folder)
        raise Killed

    where = "Recorder.record" if moment == "before the first record" else "RunFolder.checkpoint"
    monkeypatch.setattr(f"vesicula.results.{where}", killed)
    with pytest.raises(Killed):
        vesicula.simulate("starter", changes=SMALL, out=tmp_path / "dead")
    monkeypatch.undo()
    opened[0]._journal.close()  # as the end of a process does
    again = vesicula.resume(tmp_path / "dead")
    assert again.folder.status == "finished"
    for name in ("series.parquet", "ledger.parquet", "journal"):
        assert (again.folder.path / name).read_bytes() == (starter.folder.path / name).read_bytes()
