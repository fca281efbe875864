"""Whether two arms differ in nothing but what their steps name, in the columns that the engine will read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from vesicula.compiler import Compiled
from vesicula.language.model import Arm
from vesicula.language.steps import SetParameter

BY_ARM = re.compile(r"^(?P<process>[\w -]+?) of (?P<what>.+) in (?P<cell>.*), by arm$")


def unnamed_differences(compiled: Compiled, first: str, second: str) -> tuple[str, ...]:
    """Columns in which two arms differ though no step of either names them.

    Columns of the arms' own steps and events (`arms.NAME. …`), the paths that they set, what their knock-outs, blocks
    and doses name, and all that is computed from these may differ, nothing else; random numbers and draws are shared.
    """
    arms = {arm.name: arm for arm in compiled.model.arms}
    pair = (arms[first], arms[second])
    rows = [[i for i, v in enumerate(compiled.variants) if v.arm == arm.name] for arm in pair]
    phases = np.stack([compiled.system.values, *compiled.system.later_values])
    a, b = (phases[:, row] for row in rows)
    differs = ~np.all((a == b) | (np.isnan(a) & np.isnan(b)), axis=(0, 1))
    infos = compiled.names.parameters
    number = {info.path: i for i, info in enumerate(infos)}
    out = []
    for i in np.flatnonzero(differs):
        info = infos[i]
        inputs = [number[path] for path in info.derived_from if path in number]
        if not _named(info.path, pair) and not any(differs[j] for j in inputs if j != i):
            out.append(info.path)
    for arm, row in zip(pair, rows, strict=True):
        out += [f"random numbers of {arm.name}"] if _keys(compiled, row) != _keys(compiled, rows[0]) else []
    return tuple(out)


def _named(path: str, arms: Iterable[Arm]) -> bool:
    """Whether a step of one of the arms names what a column holds."""
    by_arm = BY_ARM.match(path)
    for arm in arms:
        if path.startswith(f"arms.{arm.name}."):
            return True
        if any(isinstance(step, SetParameter) and step.path == path for step in arm.steps):
            return True
        words = " ".join(step.text for step in arm.steps)
        if by_arm is not None and by_arm["what"] in words:
            return True
    return False


def _keys(compiled: Compiled, rows: list[int]) -> list[tuple[int, int]]:
    """Replicate and draw of each of an arm's variants."""
    return [(compiled.variants[i].replicate, compiled.variants[i].draw) for i in rows]
