"""Kernels compiled before they are called, on several cores at once.

Worker processes compile and keep; this process loads what they have kept when it calls it. A worker that fails costs
nothing but time: what it has not kept is compiled when it is first called.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from vesicula.engine.cache import STALE_AFTER, cache_folder, is_stored, kernels
from vesicula.engine.sources import ENGINE_NAME

FEWEST = 4  # kernels for which a second process, which has to load Numba, pays
LOOK_EVERY_S = 0.1
KEPT = "kept"  # what a worker says of a kernel
on_progress: list[Callable[[int, int], None]] = []  # called with how many are compiled, and how many there are


def compile_ahead(names: Sequence[str], processes: int) -> int:
    """Compile, in `processes` at once, those of the kernels whose machine code is not kept; the first ones first.

    names : "module.kernel"
    Returns how many were compiled: none on one core, or where so few are missing that it does not pay
    """
    missing = [name for name in names if not is_stored(name)]
    processes = min(processes, len(missing))
    if processes < 2 or len(missing) < FEWEST or not sys.executable:
        return 0
    _remove_old_layout(cache_folder(missing[0]).parents[1])
    waiting, kept = deque(missing), list[str]()
    workers = _started(processes, cache_folder(missing[0]).parents[2])
    hands = [threading.Thread(target=_feed, args=(worker, waiting, kept), daemon=True) for worker in workers]
    try:
        for hand in hands:
            hand.start()
        _wait(hands, kept, len(missing))
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return len(kept)


def _started(processes: int, folder: Path) -> list[subprocess.Popen[str]]:
    """Workers, apart from the keyboard: Ctrl-C reaches this process alone, which ends them."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "VESICULA_CACHE": str(folder)}
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    workers = []
    for _ in range(processes):
        try:
            workers.append(
                subprocess.Popen(
                    command,
                    env=environment,
                    text=True,
                    start_new_session=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
        except OSError:
            break
    return workers


def _feed(worker: subprocess.Popen[str], waiting: deque[str], kept: list[str]) -> None:
    """Give a worker one kernel after the other, until none is left or it has ended."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    with worker.stdin, worker.stdout:
        while waiting:
            try:
                name = waiting.popleft()
                worker.stdin.write(f"{name}\n")
                worker.stdin.flush()
                said = worker.stdout.readline()
            except (OSError, ValueError, IndexError):
                return
            if not said:
                return
            if said.strip() == KEPT:
                kept.append(name)


def _wait(hands: Sequence[threading.Thread], kept: Sequence[str], whole: int) -> None:
    told = -1
    while True:
        working = any(hand.is_alive() for hand in hands)
        if len(kept) != told:
            told = len(kept)
            for tell in on_progress:
                tell(told, whole)
        if not working:
            return
        time.sleep(LOOK_EVERY_S)


def serve() -> None:
    """What a worker does: compile the kernels whose names come in, one a line, and say of each what became of it."""
    said, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name = line.strip()
        try:
            importlib.import_module(f"{ENGINE_NAME}.{name.rpartition('.')[0]}")
            kernels[name].compiled()
            outcome = KEPT if is_stored(name) else "not kept"
        except Exception as error:
            outcome = type(error).__name__
        print(outcome, file=said, flush=True)


def _remove_old_layout(root: Path) -> None:
    """Remove what earlier versions kept by module; a young folder may belong to a process that runs."""
    oldest = time.time() - STALE_AFTER
    for folder in root.iterdir():
        by_module = folder.is_dir() and "." not in folder.name and folder.name != "sources"
        if by_module and all(one.stat().st_mtime < oldest for one in (folder, *folder.iterdir())):
            shutil.rmtree(folder, ignore_errors=True)
