"""One rule that joins what several sources measured into one value and a range; docs/decisions/joined-measurements.md.

Of each source, one number: the mean of the logarithms of its facts. Sources are joined by a random-effects model on
logarithms (statsmodels, Paule and Mandel's between-source variance), and what is usual between sources of one quantity
counts as much as `PRIOR` further sources would:

    Equation   τ² = (ν τ0² + (k − 1) τk²) / (ν + k − 1),   exp(m ± t(0.95, ν + k − 1) √(τ² + s²))

with m and s the pooled mean and its standard error, k the number of sources, ν = PRIOR. The range is the central 90 %
of what the next honest measurement would give. It holds every source's number, and is no narrower than the spread that
one source reports between its own subjects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vesicula.evidence.facts import Fact, Measured
from vesicula.evidence.quantities import quantities

PRIOR = 4
"""So many further sources the usual spread counts for."""
CENTRAL_90 = 1.6449  # standard deviations from the middle to either end
OF_SPREAD = {"SD": 1.0, "CI95": 1.96, "IQR": 0.6745, "min-max": 2.0, "studies": 2.0, "groups": 1.0, "unclear": 1.0}
"""Standard deviations from the middle to `low` and `high`; of `min-max` some twenty subjects are taken, where none are
said."""
OF_MEAN = ("SEM", "CI95")
LEAST_SE = 0.05  # of a logarithm: what methods differ by even where subjects do not
USUAL_SE = 0.25  # where nothing says how well a source knows its mean


@dataclass(frozen=True)
class Joined:
    """One value of several sources. between : geometric standard deviation between sources, NaN for one"""

    value: float
    low: float
    high: float
    unit: str
    sources: tuple[str, ...]
    facts: tuple[str, ...]
    between: float = math.nan


def join(facts: Sequence[Fact], unit: str, *, molar_mass: float | None = None, doubted: bool = False) -> Joined | None:
    """The joined value of facts of one quantity; None where none has a positive number.

    unit : of the result      molar_mass : Da, for facts that state none
    doubted : measured in another cell, species or condition
    Raises UnitError where a fact cannot be told in that unit
    """
    by_source: dict[str, list[tuple[Fact, float, Measured]]] = {}
    for fact in facts:
        measured = fact.measured_in(unit, molar_mass=molar_mass)
        middle = middle_of(measured, fact)
        if middle is not None:
            by_source.setdefault(fact.source, []).append((fact, math.log(middle), measured))
    if not by_source:
        return None
    used = tuple(one[0].id for rows in by_source.values() for one in rows)
    means = [sum(log for _, log, _ in rows) / len(rows) for rows in by_source.values()]
    widths = [max((spread_of(one, fact) for fact, _, one in rows), default=0.0) for rows in by_source.values()]
    errors = [_error(rows) for rows in by_source.values()]
    middle, between, own = _pooled(means, errors)
    usual = quantities()[facts[0].quantity].between[doubted]
    freedom = PRIOR + len(means) - 1
    tau = math.sqrt((PRIOR * usual**2 + (len(means) - 1) * between**2) / freedom)
    half = max(_t95(freedom) * math.hypot(tau, own), CENTRAL_90 * max(widths), *(abs(one - middle) for one in means))
    return Joined(
        math.exp(middle), math.exp(middle - half), math.exp(middle + half), unit, tuple(by_source), used,
        math.exp(between) if len(means) > 1 else math.nan,
    )  # fmt: skip


def middle_of(measured: Measured, fact: Fact) -> float | None:
    """The number of a fact: its value, else the geometric middle of its ends; None of a bound or zero."""
    if not math.isnan(measured.value):
        return measured.value if measured.value > 0.0 else None
    if fact.range == "bound" or math.isnan(measured.low) or math.isnan(measured.high) or measured.low <= 0.0:
        return None
    return math.sqrt(measured.low * measured.high)


def spread_of(measured: Measured, fact: Fact) -> float:
    """Standard deviation of the logarithm between subjects or samples that a fact tells; 0 where it tells none."""
    low, high = measured.low, measured.high
    if math.isnan(low) or math.isnan(high) or high <= 0.0 or fact.range == "bound":
        return 0.0
    middle = middle_of(measured, fact) or high
    each = (high - low) / 2.0 / middle if low <= 0.0 else math.log(high / low) / 2.0
    if fact.range in OF_MEAN:
        times = 1.0 if fact.range == "SEM" else 1.0 / OF_SPREAD["CI95"]
        return each * times * math.sqrt(fact.n) if fact.n > 1 else 0.0
    return each / OF_SPREAD.get(fact.range, 1.0)


def _scatter(rows: Sequence[tuple[Fact, float, Measured]]) -> float:
    """Standard deviation between the facts of one source."""
    logs = [log for _, log, _ in rows]
    mean = sum(logs) / len(logs)
    return math.sqrt(sum((log - mean) ** 2 for log in logs) / (len(logs) - 1)) if len(logs) > 1 else 0.0


def _error(rows: Sequence[tuple[Fact, float, Measured]]) -> float:
    """Standard error of the logarithm of a source's mean."""
    known = []
    for fact, _, measured in rows:
        spread = spread_of(measured, fact)
        if spread > 0.0:
            known.append(spread / math.sqrt(max(fact.n, 3)))
    error = min(known) if known else USUAL_SE
    return max(error, _scatter(rows) / math.sqrt(len(rows)), LEAST_SE)


def _pooled(means: Sequence[float], errors: Sequence[float]) -> tuple[float, float, float]:
    """Pooled mean, standard deviation between sources, and standard error of the mean."""
    if len(means) == 1:
        return means[0], 0.0, errors[0]
    import numpy as np
    from statsmodels.stats.meta_analysis import combine_effects

    with np.errstate(divide="ignore", invalid="ignore"):
        found: Any = combine_effects(np.array(means), np.array(errors) ** 2, method_re="iterated")
    return float(found.mean_effect_re), math.sqrt(max(float(found.tau2), 0.0)), float(found.sd_eff_w_re)


def _t95(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.95, freedom))
