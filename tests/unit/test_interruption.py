"""Ctrl-C acts within two seconds, even in the middle of a macro step that does not end; nothing kept is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import vesicula
from vesicula.engine import ahead, step
from vesicula.engine.attended import Attendant
from vesicula.simulation import Interrupted, Progress

SHORT = {"run.for": "2 h", "run.record": "30 min"}


@pytest.fixture
def attendant():
    one = Attendant()
    yield one
    one.close()


def test_work_is_done_elsewhere_and_its_mistakes_come_back(attendant: Attendant) -> None:
    where = []
    assert attendant.run(lambda: where.append(threading.current_thread()))
    assert where[0] is not threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        attendant.run(lambda: 1 / 0)
    assert attendant.run(lambda: None)


def test_work_that_does_not_end_is_given_up(attendant: Attendant) -> None:
    release = threading.Event()
    begun = time.monotonic()
    assert not attendant.run(lambda: release.wait(20), give_up=lambda: time.monotonic() - begun > 0.2)
    assert time.monotonic() - begun < 1.0
    release.set()


GIVES_UP = """
import time
from vesicula.engine import sharing
from vesicula.engine.attended import Attendant
sharing.SERIAL_BELOW, sharing.threads_used = 0, lambda: 2
Attendant().run(lambda: sharing.share_out(lambda *_: time.sleep(20) or 0, 2, 1), give_up=lambda: True)
"""


def test_a_process_does_not_wait_for_what_it_gave_up() -> None:
    """Two threads of one field step are still at work."""
    begun = time.monotonic()
    place = {**os.environ, "PYTHONPATH": str(Path(vesicula.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", GIVES_UP], env=place, check=True).returncode == 0
    assert time.monotonic() - begun < 15.0


@pytest.mark.skipif(os.name == "nt", reason="signals of a process to itself")
def test_ctrl_c_in_a_macro_step_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step waits as a kernel computes: with the interpreter free, and deaf."""
    whole = vesicula.simulate("starter", out=tmp_path / "whole", changes=SHORT)
    real, release, pressed = step.advance, threading.Event(), []

    def stalls(system, states) -> None:
        if states.step == 7:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
            release.wait(30)
        else:
            real(system, states)

    monkeypatch.setattr(step, "advance", stalls)
    with pytest.raises(Interrupted):
        vesicula.simulate("starter", out=tmp_path / "stalled", changes=SHORT)
    assert time.monotonic() - pressed[0] < 2.0
    release.set()
    monkeypatch.setattr(step, "advance", real)
    assert vesicula.Result(tmp_path / "stalled").folder.status == "interrupted"
    assert vesicula.resume(tmp_path / "stalled").answer == whole.answer
    assert (tmp_path / "stalled/series.parquet").read_bytes() == (tmp_path / "whole/series.parquet").read_bytes()


def test_a_long_step_shows_that_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = step.advance, []

    def slow(system, states) -> None:
        if states.step == 3:
            time.sleep(1.0)
        real(system, states)

    def watch(progress: Progress) -> None:
        seen.append(progress.step)

    monkeypatch.setattr(step, "advance", slow)
    vesicula.simulate("starter", out=tmp_path / "slow", changes=SHORT, watch=watch)
    assert max(seen.count(k) for k in (0, 1, 2, 3)) >= 3, "told again while the step lasts"
    assert seen[-1] == 20


def test_ctrl_c_while_the_engine_is_compiled_leaves_a_run_that_starts_anew(tmp_path: Path, monkeypatch) -> None:
    def stopped(_names, _processes) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ahead, "compile_ahead", stopped)
        with pytest.raises(Interrupted):
            vesicula.simulate("starter", out=tmp_path / "run", changes=SHORT)
    assert vesicula.resume(tmp_path / "run").folder.status == "finished"
