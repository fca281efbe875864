"""Workers under dask: tasks go to a scheduler, those of a worker that was lost are done again by another one.

Whatever a worker does depends on its task alone, which carries its texts; a worker compares its software with that of
the command before it does anything. Machine code is kept where each worker keeps its own.
"""

from __future__ import annotations

import importlib
import logging
import pickle
import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from types import ModuleType, TracebackType
from typing import Any, TypeVar, cast

from vesicula.errors import VesiculaError
from vesicula.experiments.workers.software import differing, software
from vesicula.experiments.workers.spread import Lost

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")
INSTALL = "pip install 'vesicula[cluster]'"
ANSWERS_WITHIN_S, GONE_AFTER_S, LOOK_EVERY_S = 30.0, 30.0, 0.5
AHEAD = 3  # tasks for each worker that are sent before answers come
FEWEST_SENT = 16
AGAIN = "what is finished is kept, and the same command goes on from there"


class ClusterError(VesiculaError):
    """Workers cannot be had, were lost, or run other software."""

    exit_code = 7


class Cluster:
    """Workers of a dask scheduler. Use it in a `with` block.

    place : {"processes": n}, {"address": text} or {"slurm": entries}      said : how the user called it
    tell : told in words of workers that come and go
    """

    far = True

    def __init__(self, place: Mapping[str, object], said: str, tell: Callable[[str], None] | None = None) -> None:
        self._place, self._said, self._tell = place, said, tell or (lambda _: None)
        self._open, self._client, self._there, self._gone_since = ExitStack(), cast("Any", None), -1, 0.0

    @property
    def count(self) -> int:
        """Workers that there are now, or are asked for."""
        asked = self._place.get("processes")
        return max(1, int(str(asked)) if asked is not None else self._there)

    @property
    def pids(self) -> dict[str, int]:
        """Process of every worker, by its address."""
        return {address: int(one["pid"]) for address, one in self._client.run(_process).items()}

    def __enter__(self) -> Cluster:
        distributed = _needed("distributed")
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told in other words
        try:
            self._client = self._open.enter_context(self._connected(distributed))
        except (OSError, TimeoutError) as error:
            self._open.close()
            raise ClusterError(
                f"no dask scheduler answers at {self._said} ({str(error).splitlines()[0]})",
                "start one with `dask scheduler`, and give the address that it tells",
            ) from None
        except BaseException:
            self._open.close()
            raise
        self._look()
        return self

    def _connected(self, distributed: ModuleType) -> Any:
        if "address" in self._place:
            return distributed.Client(str(self._place["address"]), timeout=ANSWERS_WITHIN_S, set_as_default=False)
        if "processes" in self._place:
            cluster = distributed.LocalCluster(
                n_workers=self._place["processes"], threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address=None, memory_limit=0, silence_logs=logging.CRITICAL,
            )  # fmt: skip
        else:
            entries = cast("dict[str, object]", self._place["slurm"])
            cluster = jobs_of_slurm(entries)
            cluster.scale(jobs=entries["jobs"])
        self._open.enter_context(cluster)
        return distributed.Client(cluster, set_as_default=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, TimeoutError):
            self._open.close()

    def answers(self, work: Callable[[T], R], todo: Mapping[K, T]) -> Iterator[tuple[K, R | Lost]]:
        """Answers as they arrive.

        Raises   ClusterError: the scheduler is gone, or a worker has other software
        """
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        left, waiting, again = iter(todo.items()), dict[Any, K](), list[Any]()
        try:
            while True:
                while len(waiting) < max(FEWEST_SENT, AHEAD * self.count):
                    following = next(left, None)
                    if following is None:
                        break
                    key, task = following
                    sent = pickle.dumps((work, task), protocol=pickle.HIGHEST_PROTOCOL)
                    future = self._client.submit(done_there, sent, software(), pure=False)
                    waiting[future] = key
                    future.add_done_callback(arrived.put)
                if not waiting:
                    return
                try:
                    future = arrived.get(timeout=LOOK_EVERY_S)
                except queue.Empty:
                    self._look()
                    for future in again:
                        future.add_done_callback(arrived.put)
                    again.clear()
                    continue
                if future.status in ("lost", "pending"):  # an answer that went with its worker comes once more
                    again.append(future)
                else:
                    yield waiting.pop(future), self._answer(future)
        finally:
            for future in waiting:
                with suppress(Exception):  # of a scheduler that is gone nothing can be taken back
                    future.cancel()

    def _answer(self, future: Any) -> Any:
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                return Lost()
            if _unknown_there(error):
                raise ClusterError(f"a machine of {self._said} has no such Vesicula ({error})", _alike()) from None
            raise error
        try:
            differs, answer = future.result()
        except CancelledError:
            raise self._gone() from None
        if differs:
            raise ClusterError(f"a worker at {self._said} runs other software: {differs}", _alike())
        return answer

    def _look(self) -> None:
        """Tell of workers that have come or gone; give up where the scheduler has."""
        clock = time.monotonic()
        if self._client.status != "running":
            self._gone_since = self._gone_since or clock
            if self._client.status == "closed" or clock - self._gone_since > GONE_AFTER_S:
                raise self._gone()
            return
        self._gone_since = 0.0
        there = len(self._client.nthreads())
        if there != self._there:
            self._there = there
            where = "" if "processes" in self._place else f" at {self._said}"
            self._tell(f"{there} workers under dask{where}" + ("" if there else ", waiting for one"))

    def _gone(self) -> ClusterError:
        return ClusterError(f"the dask scheduler at {self._said} is gone", AGAIN)


def _unknown_there(error: BaseException) -> bool:
    """Whether a scheduler or worker lacks what does tasks: it has another Vesicula, or none."""
    missing = isinstance(error, ImportError | AttributeError) and done_there.__module__ in str(error)
    return missing or "vesicula" in str(getattr(error, "name", "")) or "during deserialization" in str(error)


def _alike() -> str:
    return "install the same on all machines, that of the scheduler too; their processors have to be of one kind"


def _needed(module: str) -> Any:
    """A package of the extra. Raises ClusterError where it is not installed"""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        message = f"`--on` needs {module.replace('_', '-')}, which is not installed"
        raise ClusterError(message, f"install it into the same environment: {INSTALL}") from None


def jobs_of_slurm(entries: Mapping[str, object]) -> Any:
    """A `SLURMCluster` with one worker for each core of a job; no job is sent yet.

    entries : as `places.slurm_jobs` reads them
    """
    jobqueue = _needed("dask_jobqueue")
    own = {name: value for name, value in entries.items() if name != "jobs"}
    return jobqueue.SLURMCluster(processes=entries["cores"], silence_logs=logging.CRITICAL, **own)


_one = threading.Lock()  # a worker with several threads does one task after the other all the same


def done_there(sent: bytes, here: Mapping[str, str]) -> tuple[str, object]:
    """What a worker does: in what its software differs, in words, and where it does not, the answer of the task."""
    if differs := differing(here, software()):
        return differs, None
    from vesicula.engine.sharing import use_threads

    with _one:
        use_threads(1)
        work, task = pickle.loads(sent)
        return "", work(task)


def _process() -> dict[str, int]:
    import os

    return {"pid": os.getpid()}
