"""What the questions of this layer are answered with: numbers with their range, unknowns and what would narrow them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vesicula.evidence.measurements import measurements
from vesicula.experiments.loading.shares import Share
from vesicula.language.values import Value
from vesicula.results.loading import Experiment, Spread, Unknown

F64 = NDArray[np.float64]
PERCENTILES = (5.0, 50.0, 95.0)


def spread(values: F64) -> Spread:
    """Median and central 90 %; infinite values count as larger than all others."""
    low, middle, high = np.percentile(values, PERCENTILES, method="closest_observation")
    return Spread(median=float(middle), low=float(low), high=float(high))


def value_with_range(value: Value) -> str:
    """`10 pL/h (1 to 100)`, as stated."""
    between = "" if value.low is None else f" ({value.low:g} to {value.high:g})"
    return f"{value.number:g} {value.unit}".rstrip() + between


def unknowns(shares: Sequence[Share], stated: Mapping[str, Value]) -> tuple[Unknown, ...]:
    """Shares with the values they are about, largest first."""
    rows: list[Unknown] = []
    for one in shares:
        value = stated[one.name]
        evidence = "assumed" if value.evidence is None else value.evidence.value
        row = Unknown(
            name=one.name,
            stated=value_with_range(value),
            evidence=evidence,
            share=one.share,
            low=one.low,
            high=one.high,
        )
        rows.append(row)
    return tuple(rows)


def cheapest_experiment(
    shares: Sequence[Share], stated: Mapping[str, Value], kind: str, quantity_of: Mapping[str, str] | None = None
) -> Experiment | None:
    """The experiment of `library/measurements.yaml` that removes most variance of the gap per day of work.

    Equation   removed = Σ_i S_i (1 − (ln r_i / ln R_i)²),  R = high/low as stated, r = high/low after the experiment
    kind : of the cargo; quantity_of : name of an unknown -> quantity in the file, where they differ
    """
    best, most = None, 0.0
    words = quantity_of or {}
    for one in measurements():
        if one.kinds and kind not in one.kinds:
            continue
        hit = [s for s in shares if words.get(s.name, s.name) in one.narrows]
        removed = sum(s.share * _narrowed(stated[s.name], one.narrows[words.get(s.name, s.name)]) for s in hit)
        if removed / one.days > most:
            most = float(removed / one.days)
            best = Experiment(text=one.text, days=one.days, removes=float(removed), narrows=tuple(s.name for s in hit))
    return best


def _narrowed(value: Value, after: float) -> float:
    """Share of a value's variance that an experiment takes away."""
    if value.low is None or value.high is None:
        return 0.0
    before = value.high / value.low if value.low > 0 else value.high / max(value.number, 1.0)
    return max(0.0, 1.0 - (math.log(after) / math.log(before)) ** 2) if before > 1.0 else 0.0
