"""Runs from the command line: what they print, what they refuse, how they stop and go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import vesicula
from vesicula.cli import exits, main
from vesicula.results import machine

SMALL = ["starter", "--set", "run.for=2 h", "--set", "run.record=30 min"]


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_prints_its_report_and_nothing_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("run", *SMALL) == exits.OK
    out, err = capfd.readouterr()
    assert out == f"{Path('runs/starter-1/report.html')}\n"
    assert "2.0 of 2 h" in err
    assert "Do the donor's vesicles carry enough" in err
    assert (tmp_path / "runs/starter-1/report.html").read_text().startswith("<!")
    (tmp_path / "runs/starter-1/report.html").unlink()
    assert outcome("report", "runs/starter-1") == exits.OK
    assert (tmp_path / "runs/starter-1/report.html").is_file()
    capfd.readouterr()
    assert outcome("resume", "runs/starter-1") == exits.RUN_FOLDER
    assert "finished" in capfd.readouterr().err


def test_json_is_one_object_about_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("run", *SMALL, "--json", "--quiet", "--no-report", "--seed", "7", "--out", "here") == exits.OK
    out, err = capfd.readouterr()
    told = json.loads(out)
    assert err == ""
    assert set(told) == {
        "folder", "report", "wall_seconds", "simulated_minutes", "cells", "particles_released", "ledger_imbalance",
        "relative_imbalance", "threads", "seed",
    }  # fmt: skip
    assert (told["folder"], told["report"], told["seed"]) == ("here", None, 7)
    assert told["simulated_minutes"] == 120
    assert told["ledger_imbalance"] == 0
    assert told["relative_imbalance"] < 1e-9
    assert told["cells"] >= 9 * 24
    result = vesicula.Result("here")
    ledger = result.ledger
    released = ledger[(ledger["ledger"] == "vesicles") & (ledger["term"] == "released") & (ledger["time_min"] == 120)]
    assert told["particles_released"] == released["value"].sum() > 0


def test_a_folder_that_holds_a_run_is_refused_unless_told(capfd: pytest.CaptureFixture[str]) -> None:
    quick = [*SMALL, "--quiet", "--no-report", "--out", "here"]
    assert outcome("run", *quick) == exits.OK
    capfd.readouterr()
    assert outcome("run", *quick) == exits.RUN_FOLDER
    assert "already holds a run" in capfd.readouterr().err
    assert outcome("run", *quick, "--replace") == exits.OK
    Path("other").mkdir()
    Path("other/letter.txt").write_text("mine")
    assert outcome("run", *SMALL, "--out", "other", "--replace") == exits.RUN_FOLDER
    assert Path("other/letter.txt").read_text() == "mine"


def test_draws_give_as_many_replicates_with_other_values() -> None:
    assert outcome("run", *SMALL, "--draws", "2", "--quiet", "--no-report", "--out", "drawn") == exits.OK
    result = vesicula.Result("drawn")
    assert result.description.replicates == 2
    assert result.draws.nunique().max() >= 2


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C of a child process")
def test_ctrl_c_keeps_everything_and_the_rest_is_the_same_bits(tmp_path: Path) -> None:
    place = {**os.environ, "PYTHONPATH": str(Path(vesicula.__file__).parents[1])}
    words = ["run", "starter", "--set", "run.for=6 h", "--set", "run.record=12 min", "--no-report", "--threads", "1"]
    running = subprocess.Popen(
        [sys.executable, "-m", "vesicula", *words, "--out", "stopped"], stderr=subprocess.PIPE, text=True, env=place
    )
    journal = tmp_path / "stopped/journal"
    limit = time.monotonic() + 120
    while time.monotonic() < limit and (not journal.exists() or journal.stat().st_size < 20_000):
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    told = running.communicate(timeout=120)[1]
    assert running.returncode == exits.INTERRUPTED, told
    assert f"vesicula resume {Path('stopped')}" in told
    assert "Traceback" not in told
    assert vesicula.Result("stopped").folder.status == "interrupted"
    assert outcome("resume", "stopped", "--quiet", "--no-report", "--threads", "2") == exits.OK
    assert outcome(*words, "--out", "whole", "--quiet") == exits.OK
    for name in ("series.parquet", "ledger.parquet"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_controls_are_added_shown_and_refusable(capfd: pytest.CaptureFixture[str]) -> None:
    short = ["mir105-barrier", "--draws", "1", "--no-report"]
    assert outcome("run", *short, "--out", "with") == exits.OK
    told = capfd.readouterr().err
    assert "control arms added unasked: release blocked, dose x 0.01" in told
    assert "release blocked" in vesicula.Result("with").arms
    assert outcome("run", *short, "--no-controls", "--out", "without") == exits.OK
    assert "unasked" not in capfd.readouterr().err
    assert vesicula.Result("without").arms == ("vehicle", "EV", "no cargo", "no uptake", "rest", "overloaded")


def test_a_run_that_this_machine_cannot_hold_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vesicula.results.machine.memory", lambda: 1e5)
    assert outcome("run", *SMALL) == exits.RESOURCES
    assert "this machine has" in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_more_draws_than_memory_holds_are_refused_before_they_are_made(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("run", *SMALL, "--draws", "4000000000") == exits.RESOURCES
    assert "GiB" in capfd.readouterr().err


def test_the_memory_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, unlimited = tmp_path / "limit", tmp_path / "unlimited"
    limit.write_text("123456\n")
    unlimited.write_text("max\n")
    whole = machine.memory()
    for files, expected in (((limit, unlimited), 123456.0), ((unlimited, tmp_path / "none"), whole)):
        monkeypatch.setattr(machine, "CONTAINER", files)
        assert machine.memory() == expected
