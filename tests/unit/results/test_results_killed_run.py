"""A real run, killed at any moment with signal 9, goes on to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import vesicula
from vesicula.results import RunFolder

RUN = """
import sys, vesicula.simulation as simulation
simulation.CHECKPOINT_EVERY_S = 0.0
simulation.simulate("starter", out=sys.argv[1], seed=3)
"""


def content(path: Path) -> dict[str, bytes]:
    states = RunFolder.open(path).last_state()
    out = {name: (path / name).read_bytes() for name in ("journal", "series.parquet", "ledger.parquet")}
    return out | {name: array.tobytes() for name, array in states.arrays().items()}


def start(path: Path) -> subprocess.Popen:
    source = str(Path(vesicula.__file__).parents[1])
    return subprocess.Popen([sys.executable, "-c", RUN, str(path)], env={**os.environ, "PYTHONPATH": source})


@pytest.mark.long
def test_killed_run_resumes_to_the_same_bytes(tmp_path):
    assert start(tmp_path / "whole").wait() == 0
    expected = content(tmp_path / "whole")
    for records, delay in ((3, 0.0), (9, 0.013), (17, 0.031)):
        path = tmp_path / f"killed-{records}"
        process = start(path)
        while not (path / "journal").exists() or len(RunFolder.open(path).recorded_steps()) < records:
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert RunFolder.open(path).status == "running"
        vesicula.resume(path)
        assert content(path) == expected, records
