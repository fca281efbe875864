"""Texts and command lines with slips of the pen end in words; a hundred quickly, 20,000 with -m long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.fuzz.run import judged, many
from tests.fuzz.texts import corpus, mutated, starter

import vesicula
from vesicula.cli import exits


def test_a_number_is_always_the_same_text() -> None:
    assert [mutated(n) for n in range(50)] == [mutated(n) for n in range(50)]
    assert len({mutated(n).text for n in range(400)}) > 380
    assert len(corpus()) > 50


def test_a_hundred_end_in_words() -> None:
    seen = list(many(100, 100, every=25))
    assert [(one.number, one.wrong) for one in seen if one.wrong] == []
    assert {"refused", "checked"} <= {one.became for one in seen}
    assert len({one.became for one in seen}) >= 5  # and several exit codes


def test_a_mistake_of_the_program_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge itself: a text that breaks the reader is wrong."""
    monkeypatch.setattr("tests.fuzz.judge.check", lambda _: 1 / 0)
    one = judged(0, every=20)
    assert one.became == "broke"
    assert "ZeroDivisionError" in one.wrong[0]


@pytest.mark.long
def test_twenty_thousand_end_in_words() -> None:
    assert [(one.number, one.wrong) for one in many(0, 20_000) if one.wrong] == []


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C of a child process")
@pytest.mark.parametrize("wait", [0.2, 3.0, 8.0])
def test_ctrl_c_stops_within_two_seconds_of_a_step(tmp_path: Path, wait: float) -> None:
    """Wherever the command is: while it is loaded, checks or runs."""
    (tmp_path / "model.yaml").write_text(starter(), encoding="utf-8")
    place = {**os.environ, "PYTHONPATH": str(Path(vesicula.__file__).parents[1])}
    long = ["--set", "run.for=200 days", "--set", "cells.recipient.divides=1e5 h"]
    words = ["run", "model.yaml", *long, "--no-report", "--threads", "1"]
    running = subprocess.Popen(
        [sys.executable, "-m", "vesicula", *words], stderr=subprocess.PIPE, text=True, env=place, cwd=tmp_path
    )
    time.sleep(wait)
    running.send_signal(signal.SIGINT)
    begun = time.monotonic()
    told = running.communicate(timeout=60)[1]
    assert running.returncode in (exits.INTERRUPTED, -signal.SIGINT), told
    assert time.monotonic() - begun < 2.0
    assert running.returncode != exits.INTERRUPTED or "Traceback" not in told
