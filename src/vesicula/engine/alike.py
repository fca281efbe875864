"""Rows of a batch that are alike up to a time: what happens in one of them happens in all, so one is computed.

Two variants of one replicate have the same random keys. They are alike before the experimenter's hand at macro step t
if all parameters that the engine reads are the same in both: those of its tables up to then, and the amounts of what
the hand does before t. What differs only in a later event does not matter before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.system import System

I64 = NDArray[np.int64]


def columns_of(table: object, *, skip: tuple[str, ...] = ()) -> Iterator[I64]:
    """Columns of `values` that a table, or a table in it, names: the numbers of arrays called `p_…`."""
    for one in fields(table) if is_dataclass(table) else ():
        content = getattr(table, one.name)
        if one.name in skip:
            continue
        if is_dataclass(content):
            yield from columns_of(content)
        elif one.name.startswith("p_") and isinstance(content, np.ndarray):
            yield content.astype(np.int64).ravel()


class Alike:
    """Which variants of a model are alike, and until when.

    keys : uint64[n_variants, ...] of every site in its order, roots of the random keys
    """

    def __init__(self, system: System, keys: Sequence[NDArray[np.uint64]]) -> None:
        self._system, self._n = system, len(system.values)
        self._keys = [np.ascontiguousarray(key).reshape(self._n, -1) for key in keys]
        passing = list(columns_of(system.exchange, skip=("transfers",)))
        self._read = [
            self._present([*columns_of(program, skip=("protocol",)), *passing], program) for program in system.sites
        ]

    @staticmethod
    def _present(columns: Sequence[I64], program: Program) -> I64:
        every = np.unique(np.concatenate([*columns, np.zeros(0, dtype=np.int64)]))
        return every[(every >= 0) & (every < program.values.shape[1])]

    def turns(self) -> list[int]:
        """Macro steps at whose start rows that were alike can part, rising."""
        steps = {int(step) for program in self._system.sites for step in (*program.later_step, *program.protocol.step)}
        return sorted(steps | {int(step) for step in self._system.exchange.transfers.step})

    def classes(self, step: int, *, acted: bool) -> I64:
        """First variant that each one is alike with at a macro step, int64[n_variants].

        acted : after the experimenter's hand there, or before it
        """
        end = step + 1 if acted else step
        parts = list(self._keys)
        for k, program in enumerate(self._system.sites):
            held = [program.values, *program.later_values[program.later_step < end]]
            done = program.protocol.p_amount[program.protocol.step < end].astype(np.int64)
            table = self._system.exchange.transfers
            given = (table.step < end) & (table.source == k), (table.step < end) & (table.target == k)
            moved = (table.p_drawn[given[0]], table.p_share[given[1]])
            read = self._present([self._read[k], done, *(one.astype(np.int64) for one in moved)], program)
            parts += [np.ascontiguousarray(values[:, read]).view(np.uint64) for values in held]
        first: dict[bytes, int] = {}
        return np.array([first.setdefault(b"".join(part[v].tobytes() for part in parts), v) for v in range(self._n)])
