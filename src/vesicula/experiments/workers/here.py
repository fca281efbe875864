"""Processes of this machine, one core each: where many runs are done unless another place is named."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Thread
from types import TracebackType
from typing import TypeVar

from vesicula.experiments.workers.spread import Lost, Workers

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Here:
    """So many processes at most, each with one thread; with one, or for one task, this process itself."""

    far = False

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Here:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(give_up=kind is not None)

    def answers(self, work: Callable[[T], R], todo: Mapping[K, T]) -> Iterator[tuple[K, R | Lost]]:
        """Answers as they arrive; a task in whose process nothing else ran when that was ended is lost."""
        if self.count <= 1 or len(todo) == 1:
            for key, task in todo.items():
                yield key, work(task)
            return
        left, at_once = dict(todo), self.count
        while left:
            lost = False
            for key, answer in self._pooled(work, left, at_once):
                lost = isinstance(answer, Lost)
                yield key, answer
            # after a process was ended from outside, one task at a time tells which one it is
            at_once = self.count if lost else 1

    def _pooled(self, work: Callable[[T], R], left: dict[K, T], at_once: int) -> Iterator[tuple[K, R | Lost]]:
        """Answers until all have come, which are taken from `left`, or until one process was ended from outside."""
        pool = self._pool = self._pool or ProcessPoolExecutor(
            at_once, mp_context=get_context("spawn"), initializer=alone
        )
        waiting = {pool.submit(work, task): key for key, task in left.items()}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=list(waiting).index):
                key = waiting.pop(future)
                try:
                    answer = future.result()
                except BrokenProcessPool:
                    self._close(give_up=True)
                    if at_once == 1:
                        del left[key]
                        yield key, Lost()
                    return
                del left[key]
                yield key, answer
        if at_once < self.count:
            self._close(give_up=False)

    def _close(self, *, give_up: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        running = list((pool._processes or {}).values())  # known only before the shutdown
        pool.shutdown(wait=not give_up, cancel_futures=True)
        for process in running if give_up else ():  # a run in progress cannot be asked to stop
            process.terminate()


Jobs = int | Workers
"""So many processes of this machine, or whoever does tasks, who is there already."""


@contextmanager
def working(jobs: Jobs) -> Iterator[Workers]:
    """Whoever does tasks, for a while; one who was there before stays."""
    if isinstance(jobs, int):
        with Here(jobs) as workers:
            yield workers
    else:
        yield jobs


def alone() -> None:
    """One thread in this process, which ends with its parent; Ctrl-C is the parent's to answer."""
    import signal

    from vesicula.engine.sharing import use_threads

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    use_threads(1)


def _end_with(parent: int) -> None:
    """Wait until another process is the parent, which means that the old one was killed, and end this one too."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
