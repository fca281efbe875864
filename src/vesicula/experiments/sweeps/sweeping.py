"""`vesicula sweep`: measures over one or more values, each with the uncertainty of all others."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.sweeps.over import Over, SweepError, read_over
from vesicula.experiments.sweeps.programs import Programs, Request, Seen
from vesicula.experiments.sweeps.rows import Repeats, Watch, read_rows, repeats_of
from vesicula.experiments.workers.here import Jobs
from vesicula.language.model import Model
from vesicula.results.statistics import Interval, interval

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
Design = Literal["grid", "lhs", "sobol"]
SIDE, SIDE_OF_TWO, SCATTERED = 9, 7, 64  # values of a path of a grid, of each of two, and points of a design
MOST_OF_GRID, MOST_POINTS = 2, 10_000
ROUNDING = 1e-9  # of a reading, up to which it is the same


@dataclass(frozen=True)
class Sweep:
    """Measures over values.

    over : the paths, by name, with what they went over      points : float64[n_points, n_paths], in their units
    stated : what the model states at every path, in that unit; NaN where it states nothing
    seen : measures and arms      readings : float64[n_points, n_repeats, n_seen], in the unit of each measure
    drawn : whether repeats are draws of the other values, else seeds      values_from : calibrated draws, in words
    shaping : paths whose values are each a program of its own      lost : rows that could not be run; why : the first
    core_seconds : that the rows take, as foreseen      wall_s : that this call took
    """

    model: str
    over: tuple[Over, ...]
    stated: tuple[float, ...]
    design: Design
    points: F64
    seen: tuple[Seen, ...]
    readings: F64
    drawn: bool
    values_from: str
    shaping: tuple[str, ...]
    lost: int
    why: str
    core_seconds: float
    wall_s: float

    @property
    def repeats(self) -> int:
        """Draws or seeds of every point."""
        return self.readings.shape[1]

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures that were read, in the order of the model."""
        return tuple(dict.fromkeys(one.measure for one in self.seen))

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms that were read, in the order of the model."""
        return tuple(dict.fromkeys(one.arm for one in self.seen))

    def of(self, measure: str, arm: str) -> F64:
        """Readings of a measure in an arm, float64[n_points, n_repeats]; raises KeyError."""
        for k, one in enumerate(self.seen):
            if (one.measure, one.arm) == (measure, arm):
                return self.readings[:, :, k]
        raise KeyError((measure, arm))

    def intervals(self, measure: str, arm: str) -> tuple[Interval, ...]:
        """Median and central 90 % of the repeats (of fewer than ten, lowest to highest) at every point."""
        return tuple(interval(row) for row in self.of(measure, arm))

    @property
    def still(self) -> tuple[str, ...]:
        """Measures, with their arms, that read the same at every point in every repeat."""
        shown = np.nan_to_num(self.readings)
        same = (np.ptp(shown, axis=0) <= ROUNDING * np.abs(shown).max(axis=0)).all(axis=0)
        return tuple(one.name for one, is_same in zip(self.seen, same, strict=True) if is_same)

    def table(self) -> pd.DataFrame:
        """One row for each point, repeat, arm and measure: a column for each path (with its unit), then point, draw,
        repeat, arm, measure, unit, value.
        """
        import pandas as pd

        n_points, n_repeats, n_seen = self.readings.shape
        point, repeat, k = (one.ravel() for one in np.indices((n_points, n_repeats, n_seen)))
        seen = np.array([[one.arm, one.measure, one.unit] for one in self.seen], dtype=object)
        return pd.DataFrame({
            **{one.name: self.points[point, i] for i, one in enumerate(self.over)},
            "point": point, "repeat": repeat, "draw": repeat * self.drawn, "arm": seen[k, 0], "measure": seen[k, 1],
            "unit": seen[k, 2], "value": self.readings.ravel(),
        })  # fmt: skip


def sweep(
    model: str | Path | Model, over: Sequence[str], *, design: str = "grid", points: int | None = None,
    draws: int | None = None, seed: int = 1, changes: Mapping[str, str] | None = None, arms: Sequence[str] = (),
    measures: Sequence[str] = (), prior: bool = False, ensemble: str | None = None, jobs: Jobs = 1,
    cache: Path | None = None, watch: Watch | None = None,
) -> Sweep:  # fmt: skip
    """Measures of a model over one or two values (a grid), or over points of a design, in every arm.

    model : path of a model file, name of a library model, or a `Model`
    over : texts `PATH=LOW..HIGH`, with `:n` behind it for n values and `,log` for equal folds; the order means nothing
    design : grid; lhs (Latin hypercube) or sobol, of `points` points over any number of paths
    draws : at every point, as `simulate` has them: the stated values first, then drawn values, calibrated ones where
        the model has some (`prior`: of all ranges); unsaid: what the model says. They are the same at all points, with
        the same random numbers
    changes : other values by path, as text      arms, measures : these alone; by default all
    jobs : processes, or whoever does the runs (`workers_on`); the bits do not depend on it
    cache : where finished rows are kept; by default the user's
    Raises    SweepError: a path twice, no range, a value that changes nothing; ModelError: a path that leads nowhere, a
        value that cannot be; EnsembleError: calibrated draws that are stale or too few
    Example   >>> sweep("starter", ["cells.recipient.divides=12..48 h:5"]).table()  # doctest: +SKIP
    """
    begun = time.perf_counter()
    if design not in get_args(Design):
        raise SweepError(f"no design is called {design}", f"there are: {', '.join(get_args(Design))}")
    gone = read_over(over)
    if not gone:
        raise SweepError("nothing is swept", "say `--over PATH=LOW..HIGH`")
    where = points_of(gone, cast("Design", design), points, seed)
    programs = Programs(Request(model, changes or {}, tuple(arms), tuple(measures), draws, seed), gone)
    repeats = repeats_of(programs.model, seed, prior=prior, ensemble=ensemble)
    found = read_rows(_rows(programs, where, repeats), seed=seed, jobs=jobs, cache=cache, watch=watch)
    order = _order(programs, where)
    readings = np.empty((len(where), len(repeats.draws), found.values.shape[1]))
    readings[order] = found.values.reshape(readings.shape)
    seen = programs.asked.seen(programs.model)
    return Sweep(
        programs.model.name, gone, programs.stated(), cast("Design", design), where, seen, readings,
        repeats.drawn, repeats.words, tuple(one.path for one in programs.shaping), found.failed, found.why,
        found.seconds, time.perf_counter() - begun,
    )  # fmt: skip


def points_of(over: Sequence[Over], design: Design, points: int | None, seed: int) -> F64:
    """Points of a design, float64[n, n_paths], in the units of the paths. Raises SweepError"""
    if design == "grid":
        if points is not None:
            raise SweepError("a grid has its points by path", "write `--over 'PATH=LOW..HIGH:9'`, or another --design")
        if len(over) > MOST_OF_GRID:
            raise SweepError(f"a grid of {len(over)} paths has too many points", "take --design lhs or sobol")
        usual = SIDE if len(over) == 1 else SIDE_OF_TWO
        sides = [one.at(np.linspace(0.0, 1.0, one.points or usual)) for one in over]
        return np.array(list(product(*(side.tolist() for side in sides))))
    if counted := [one.path for one in over if one.points is not None]:
        raise SweepError(f"`:n` of {counted[0]} is for a grid", f"say how many points {design} has: --points 64")
    n = SCATTERED if points is None else points
    if not 2 <= n <= MOST_POINTS:
        raise SweepError(f"{n} points are no design", f"take from 2 to {MOST_POINTS:,}")
    shares = _scattered(design, len(over), n, seed)
    return np.stack([one.at(shares[:, k]) for k, one in enumerate(over)], axis=1)


def _scattered(design: Design, n_paths: int, n: int, seed: int) -> F64:
    """Points in the unit cube, float64[n, n_paths]."""
    from scipy.stats import qmc

    random = np.random.default_rng([seed, 40])
    if design == "lhs":
        return qmc.LatinHypercube(n_paths, rng=random).random(n)
    if 2 ** round(math.log2(n)) != n:
        raise SweepError(f"{n} points of a Sobol sequence are not balanced", "take a power of two: 64, 128, 256")
    return qmc.Sobol(n_paths, rng=random).random(n)


def _order(programs: Programs, where: F64) -> NDArray[np.int64]:
    """Points one program after the other, int64[n_points]."""
    names = [programs.text_at(point).name for point in where.tolist()]
    return np.array(sorted(range(len(where)), key=lambda k: names[k]), dtype=np.int64)


def _rows(programs: Programs, where: F64, repeats: Repeats) -> list:
    """What every text is asked: all repeats at its points, in the order of `_order`."""
    by_text: dict[str, list[int]] = {}
    for k in _order(programs, where).tolist():
        by_text.setdefault(programs.text_at(where[k].tolist()).name, []).append(k)
    out = []
    for mine in by_text.values():
        text = programs.text_at(where[mine[0]].tolist())
        swept = [programs.scores_at(where[k].tolist()) for k in mine]
        scores = {}
        for name in text.unknowns:
            if name in swept[0]:
                scores[name] = np.repeat([one[name] for one in swept], len(repeats.draws))
            else:
                scores[name] = np.tile(repeats.scores(name), len(mine))
        out.append((text, scores, np.tile(repeats.numbers, len(mine))))
    return out
