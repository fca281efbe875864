"""The seam of all commands with many runs: tasks with keys go to workers, answers come back in order of keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Lost:
    """The answer of a task whose process was ended from outside each time that it was tried."""


class Workers(Protocol):
    """Whoever does tasks. Use it in a `with` block; leaving that by an error gives up what is being done.

    far : whether tasks may leave this machine, so that its files and caches are not there
    """

    far: bool

    @property
    def count(self) -> int:
        """Tasks that are done at once, at least 1."""
        ...

    def answers(self, work: Callable[[T], R], todo: Mapping[K, T]) -> Iterator[tuple[K, R | Lost]]:
        """Answers as they arrive. work : a function of a module, of one task that can be pickled"""
        ...

    def __enter__(self) -> Workers: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def spread(
    workers: Workers, work: Callable[[T], R], todo: Mapping[K, T], arrived: Callable[[K, R | Lost], None]
) -> list[R | Lost]:  # fmt: skip
    """Do tasks by key; returns their answers in the order of the keys, whoever did them and whenever they came.

    arrived : told each answer once, as it comes, to keep it before the next one
    """
    found: dict[K, R | Lost] = {}
    for key, answer in workers.answers(work, todo):
        if key not in found:  # a task that was done twice counts once
            found[key] = answer
            arrived(key, answer)
    return [found[key] for key in todo]
