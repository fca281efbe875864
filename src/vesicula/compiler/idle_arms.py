"""Arms whose steps change no number that the engine reads: the compiled whole is that of the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vesicula.compiler.names import Variant
from vesicula.engine.system import System
from vesicula.errors import Diagnostic
from vesicula.language.model import Model


def idle_arms(
    model: Model, system: System, variants: Sequence[Variant], told: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """A doubt for every arm that has steps and every value of the baseline, where none of `told` is about it already.

    variants : rows of the system's values; events and doses are columns of them
    """
    if len(model.arms) < 2:
        return []
    rows = {arm.name: [n for n, variant in enumerate(variants) if variant.arm == arm.name] for arm in model.arms}
    baseline = model.arms[0]
    found: list[Diagnostic] = []
    for arm in model.arms[1:]:
        lines = {one.where.line for one in (arm, *arm.steps) if one.where is not None}
        told_before = any(one.line in lines for one in told)
        if not arm.steps or arm.control is not None or told_before or arm.where is None:
            continue
        if _alike(system, rows[baseline.name], rows[arm.name]):
            at, message = arm.where, f"no step of `{arm.name}` changes anything that `{baseline.name}` has"
            remedy = "say in a sentence of a cell what reads it, or in the arm what is done differently"
            found.append(
                Diagnostic(at.file, at.line, at.column, at.length, "warning", "same-as-baseline", message, remedy)
            )
    return found


def _alike(system: System, one: list[int], other: list[int]) -> bool:
    """All values of two arms, draw by draw, are equal, from the start and after every change on the way."""
    return all(
        np.array_equal(values[one], values[other], equal_nan=True) for values in (system.values, *system.later_values)
    )
