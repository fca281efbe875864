"""Pieces of a run between the macro steps at which an experimenter changes values."""

from __future__ import annotations

from dataclasses import dataclass

from vesicula import units
from vesicula.language.model import Model
from vesicula.language.steps import Step
from vesicula.language.values import Value


def macro_step_at(value: Value, step: float) -> int:
    """Macro step nearest to a time; step : minutes."""
    return round(units.internal(value, "time") / step)


@dataclass(frozen=True)
class Phases:
    """starts : macro steps at which the pieces begin, rising, the first 0; step : minutes of a macro step."""

    starts: tuple[int, ...] = (0,)
    step: float = 1.0

    def of(self, step: Step) -> frozenset[int] | None:
        """Numbers of the pieces in which a step acts; None: in all."""
        if step.at is None:
            return None
        first = macro_step_at(step.at, self.step)
        end = None if step.until is None else macro_step_at(step.until, self.step)
        return frozenset(k for k, start in enumerate(self.starts) if start >= first and (end is None or start < end))


def phases_of(model: Model) -> Phases:
    """The pieces into which steps that last from or until a time part the run of all arms."""
    if model.run.step is None:
        return Phases()
    h = units.internal(model.run.step, "time")
    steps = (*model.protocol, *(step for arm in model.arms for step in arm.steps))
    times = [value for step in steps if step.when == "lasting" for value in (step.at, step.until) if value]
    return Phases(tuple(sorted({0, *(macro_step_at(value, h) for value in times)})), h)
