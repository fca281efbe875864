"""Steps that change a value on the way which nothing reads any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.engine.program import Program
from vesicula.engine.system import System
from vesicula.language.steps import SetParameter

AT_THE_START = {"substances": ("p_initial",), "matrix": ("p_content",)}
"""Columns that are read before the first step and never again, by table of the program."""


def refuse_idle_steps(ctx: Context, system: System) -> None:
    """Raise ModelError where a step with a time sets a value that no macro step after the start reads."""
    p = ctx.parameters
    if len(p.phases.starts) == 1:
        return
    read = np.unique(np.concatenate([_read_later(program) for program in system.sites]))
    infos = p.infos()
    number = {info.path: i for i, info in enumerate(infos)}
    used: set[str] = {infos[int(i)].path for i in read if i >= 0}
    waiting: list[str] = list(used)
    while waiting:
        for path in infos[number[waiting.pop()]].derived_from:
            if path not in used:
                used.add(path)
                waiting.append(path)
    for step in (*ctx.model.protocol, *(step for arm in ctx.model.arms for step in arm.steps)):
        if isinstance(step, SetParameter) and step.at is not None:
            later = p.phases.of(step) != frozenset(range(len(p.phases.starts)))
            if later and step.path not in used:
                message = f"{step.path} counts at the start only, and this sets it on the way"
                remedy = "leave the time out, or change what acts during the run"
                raise ctx.error("start-only", message, remedy, step.where)


def _read_later(program: Program) -> NDArray[np.int32]:
    """Columns of values that macro steps read."""
    return np.concatenate([np.zeros(0, dtype=np.int32), *(column.ravel() for column in _columns(program))])


def _columns(table: object, name: str = "") -> Iterator[NDArray[np.int32]]:
    for field in fields(table) if is_dataclass(table) else ():
        part = getattr(table, field.name)
        if is_dataclass(part):
            yield from _columns(part, field.name)
        elif field.name.startswith("p_") and field.name not in AT_THE_START.get(name, ()):
            yield np.asarray(part, dtype=np.int32)
