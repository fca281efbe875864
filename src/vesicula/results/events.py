"""Events of patients: when a measure of the file first lies beyond its threshold, seen at the recording times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.system import SystemState
from vesicula.errors import VesiculaError
from vesicula.results.bundle import Bundle
from vesicula.results.description import EventLabel, MeasureLabel, RunDescription
from vesicula.results.statistics import wilson

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
DAY = 1440.0
EVENT_KINDS = ("event share", "event time")


def event_of(description: RunDescription, name: str) -> EventLabel:
    """An event by name; raises VesiculaError."""
    events = () if description.cohort is None else description.cohort.events
    for one in events:
        if one.name == name:
            return one
    raise VesiculaError(f"no event is called {name}", f"there are: {', '.join(e.name for e in events) or 'none'}")


def happened(event: EventLabel, values: F64) -> NDArray[np.bool_]:
    """Whether a measure lies beyond the threshold of an event."""
    return values < event.threshold if event.side == "below" else values > event.threshold


class EventReader:
    """Reads `share with EVENT` (1 where it has happened, else 0) or `time to EVENT` (min; so far, where it has not).

    It remembers what it saw at earlier records; `recall` gives it those of a run that goes on.
    """

    def __init__(self, measure: MeasureLabel, description: RunDescription, base: Callable[[SystemState], F64]) -> None:
        self._measure, self._base = measure, base
        self._event = event_of(description, measure.what)
        self._column = [m.name for m in description.measures].index(self._event.measure)
        self._step = description.plan.macro_step_min
        self._since = np.full(len(description.variants), np.nan)

    def recall(self, times: F64, records: list[Bundle]) -> None:
        """Take up the records of a run so far; times : float64[n_records], min."""
        for now, record in zip(times, records, strict=True):
            self._see(float(now), record.arrays["measures"][:, self._column])

    def __call__(self, states: SystemState) -> F64:
        """The measure at the states' time, float64[n_variants]."""
        now = states.step * self._step
        self._see(now, self._base(states))
        if self._measure.kind == "event share":
            return np.isfinite(self._since).astype(np.float64)
        return np.where(np.isfinite(self._since), self._since, now) * self._measure.factor

    def _see(self, now: float, values: F64) -> None:
        self._since = np.where(np.isnan(self._since) & happened(self._event, values), now, self._since)


def patients(description: RunDescription, times: F64, records: list[Bundle]) -> pd.DataFrame:
    """One row per arm and patient: genotypes, and for every event whether it happened and days until it, or followed.

    times : float64[n_records], min
    """
    import pandas as pd

    if description.cohort is None:
        raise VesiculaError("this run has no cohort", "add a block `cohort:` with `patients` to the model")
    rows: dict[str, object] = {
        "arm": [v.arm for v in description.variants], "patient": [v.replicate for v in description.variants],
    }  # fmt: skip
    for locus in description.cohort.loci:
        rows[locus] = [v.genotypes.get(locus, "") for v in description.variants]
    names = [m.name for m in description.measures]
    for event in description.cohort.events:
        column = names.index(event.measure)
        beyond = np.stack([happened(event, record.arrays["measures"][:, column]) for record in records])
        first = np.where(beyond.any(axis=0), beyond.argmax(axis=0), len(records) - 1)
        rows[event.name] = beyond.any(axis=0)
        rows[f"days to {event.name}"] = np.asarray(times)[first] / DAY
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Survival:
    """Kaplan–Meier curve of one group: share without the event after each time, with its 95 % interval.

    days, share, low, high : float64[n]; n : patients; events : of them with the event; at_end : share with the event
    at the end of the run, with the 95 % interval
    """

    group: str
    days: F64
    share: F64
    low: F64
    high: F64
    n: int
    events: int
    at_end: tuple[float, float, float]


def survival(table: pd.DataFrame, event: str, by: str = "arm") -> list[Survival]:
    """Kaplan–Meier curves of an event by a column of `patients` (arm, a locus).

    Source     scipy.stats.ecdf of censored data; intervals by Greenwood's formula on the log–log scale, and Wilson's
    """
    from scipy.stats import CensoredData, ecdf

    out: list[Survival] = []
    for group in dict.fromkeys(table[by]):
        mine = cast("pd.DataFrame", table[table[by] == group])
        days, seen = mine[f"days to {event}"].to_numpy(dtype=np.float64), mine[event].to_numpy(dtype=np.bool_)
        curve = ecdf(CensoredData(uncensored=days[seen], right=days[~seen])).sf
        low, high = np.ones(len(curve.quantiles)), np.ones(len(curve.quantiles))
        inner = (curve.probabilities > 0.0) & (curve.probabilities < 1.0)
        if inner.any():
            with np.errstate(all="ignore"):
                limits = curve.confidence_interval(confidence_level=0.95, method="log-log")
            low[inner], high[inner] = limits.low.probabilities[inner], limits.high.probabilities[inner]
        low[curve.probabilities == 0.0] = 0.0
        out.append(
            Survival(
                str(group), curve.quantiles, curve.probabilities, low, high, len(mine), int(seen.sum()),
                wilson(int(seen.sum()), len(mine)),
            )
        )  # fmt: skip
    return out
