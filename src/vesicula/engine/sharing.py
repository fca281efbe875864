"""Sites and fields shared out over threads: kernels give the interpreter free, so plain threads run beside each other.

Every piece is computed by one thread from its own data, so the division changes no bit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

SERIAL_BELOW = 2_000  # voxels, or cells, of all pieces together that are not worth a second thread
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
    taken = count(0, chunk)

    def work() -> int:
        total = 0
        while (first := next(taken)) < pieces:
            total += task(first, min(first + chunk, pieces))
        return total

    with ThreadPoolExecutor(threads) as pool:
        return sum(future.result() for future in [pool.submit(work) for _ in range(threads)])
