"""Tasks that workers do in tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from vesicula.experiments.calibration.evaluating import F64, Piece, readings
from vesicula.experiments.verdicts.verifying import Finished, Runs, Task, run_and_bring


def killed_once(folder: Path) -> None:
    """End this process as a machine does that is switched off, the first time that anybody asks in this folder."""
    try:
        (folder / "killed").open("x").write(str(os.getpid()))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def readings_or_end(piece: Piece) -> F64:
    """Readings, after the process of the first piece was killed."""
    killed_once(Path(os.environ["VESICULA_TEST_KILLS"]))
    return readings(piece)


def run_or_be_killed(task: Task) -> tuple[Finished, Runs]:
    """An experiment file, whose process is killed after its runs the first time."""
    done = run_and_bring(task)
    killed_once(Path(os.environ["VESICULA_TEST_KILLS"]))
    return done
