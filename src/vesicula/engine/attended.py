"""Work in a thread of its own, so that the thread that asked for it stays awake for Ctrl-C.

A kernel holds the thread that calls it until it returns, and Python hears of Ctrl-C only between two of its own
instructions. Kernels give the interpreter free, so whoever waits beside them is heard at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from vesicula.engine.sharing import threads_used, use_threads

LISTEN_EVERY_S = 0.05

Work = Callable[[], None]


class Attendant:
    """Does one piece of work after the other in its own thread, with as many threads of kernels as its maker uses.

    After `run` gave up, the thread ends with the piece of work it is in, whose results nobody may use.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Work | None] = SimpleQueue()
        self._done = threading.Event()
        self._problem: BaseException | None = None
        thread = threading.Thread(target=self._serve, args=(threads_used(),), daemon=True, name="vesicula")
        thread.start()

    def _serve(self, kernel_threads: int) -> None:
        use_threads(kernel_threads)
        while (work := self._tasks.get()) is not None:
            try:
                work()
            except BaseException as problem:
                self._problem = problem
            self._done.set()

    def run(self, work: Work, *, give_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until the work is done, True, or until `give_up`, asked every 50 ms, says so, False.

        Raises   whatever the work raises
        """
        self._done.clear()
        self._tasks.put(work)
        while not self._done.wait(LISTEN_EVERY_S):
            if give_up():
                return False
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem
        return True

    def close(self) -> None:
        """End the thread when its present work is done."""
        self._tasks.put(None)
