"""Sites and fields shared out over threads: kernels give the interpreter free, so plain threads run beside each other.

Every piece is computed by one thread from its own data, so the division changes no bit. The process does not wait for
these threads when it ends, so that a step that was given up holds nobody.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from itertools import count

SERIAL_BELOW = 20_000  # voxels, or cells, of all pieces together that are not worth a second thread
CHUNK = 8_192  # voxels, or cells, of one task: a task is one large piece or many small ones
SHARES = 4  # tasks of a thread at least: pieces differ in cost

_chosen = threading.local()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(threads: int) -> None:
    """Let what this thread shares out run on so many threads, at most as many as there are cores."""
    _chosen.threads = max(1, min(threads, cores()))


def threads_used() -> int:
    """Threads over which this thread shares out: all cores, if `use_threads` said nothing else."""
    return getattr(_chosen, "threads", None) or cores()


def share_out(task: Callable[[int, int], int], pieces: int, size: int) -> int:
    """Run task(first, end) over all pieces, on several threads where that pays; returns the sum of what it returns.

    size : voxels of a piece, or voxels and cells where these are most of the work
    """
    threads = min(threads_used(), pieces)
    if threads <= 1 or pieces * size < SERIAL_BELOW:
        return task(0, pieces)
    chunk = max(1, min(CHUNK // max(size, 1), -(-pieces // (SHARES * threads))))
    taken, totals, problems = count(0, chunk), list[int](), list[BaseException]()

    def work() -> None:
        try:
            while not problems and (first := next(taken)) < pieces:
                totals.append(task(first, min(first + chunk, pieces)))
        except BaseException as problem:
            problems.append(problem)

    hands = [threading.Thread(target=work, daemon=True) for _ in range(threads - 1)]
    for hand in hands:
        hand.start()
    work()
    for hand in hands:
        hand.join()
    if problems:
        raise problems[0]
    return sum(totals)
