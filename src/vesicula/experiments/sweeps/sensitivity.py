"""`vesicula sensitivity`: which uncertain values decide about a measure, as shares of its variance."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble, Scores
from vesicula.experiments.calibration.asking import Text, acting
from vesicula.experiments.sweeps.over import Over, SweepError, read_over
from vesicula.experiments.sweeps.programs import Programs, Request, Seen
from vesicula.experiments.sweeps.rows import Read, Watch, read_rows
from vesicula.experiments.sweeps.shares import (
    LEAST_DRAWS,
    RESAMPLINGS,
    SHUFFLES,
    Share,
    SobolDesign,
    draw_shares,
    sobol_design,
    sobol_shares,
)
from vesicula.experiments.workers.here import Jobs
from vesicula.language.model import Model
from vesicula.results.wording import counted

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Method = Literal["sobol", "draws"]
Scale = Literal["log", "linear"]
METHODS, SCALES = ("sobol", "draws"), ("log", "linear")
BASE, LEAST_BASE, MOST_BASE, DRAWS = 128, 16, 4096, 256
APART = 0.2  # of the answers that must differ from the commonest one; of fewer no share of a variance can be told
ROUNDING = 1e-9  # of a reading, or in a logarithm, up to which answers are the same
DEAR = 1800.0  # core-seconds of a Sobol design, from which draws are taken unless it is asked for


@dataclass(frozen=True)
class Outcome:
    """Shares of one measure in an arm. of : `value`, or `change from BASELINE`; scale : log or linear

    n : base rows, or draws, that were read      shares : the largest first, totals before first orders
    """

    measure: str
    arm: str
    of: str
    scale: str
    n: int
    shares: tuple[Share, ...]

    @property
    def name(self) -> str:
        """`PDCD4 in loaded, change from untreated`."""
        where = f"{self.measure} in {self.arm}" if self.arm else self.measure
        return where if self.of == "value" else f"{where}, {self.of}"

    def order(self, order: str) -> tuple[Share, ...]:
        """Shares of one order, the largest first."""
        return tuple(one for one in self.shares if one.order == order)


@dataclass(frozen=True)
class Sensitivity:
    """Which values decide.

    values : path of every value that was drawn      idle : uncertain values that change nothing that a run reads
    rows : runs of every arm      values_from : calibrated draws, in words      still : what did not vary
    lost : rows that could not be run; why : the first      core_seconds : that the rows take, as foreseen
    """

    model: str
    method: Method
    values: tuple[str, ...]
    idle: int
    rows: int
    outcomes: tuple[Outcome, ...]
    still: tuple[str, ...]
    values_from: str
    lost: int
    why: str
    core_seconds: float
    wall_s: float

    def of(self, measure: str, arm: str, of: str = "value") -> Outcome:
        """Shares of a measure in an arm; raises KeyError."""
        for one in self.outcomes:
            if (one.measure, one.arm, one.of) == (measure, arm, of):
                return one
        raise KeyError((measure, arm, of))

    def table(self) -> pd.DataFrame:
        """One row for each outcome, value and order: measure, arm, of, scale, n, value, order, share, low, high,
        beyond.
        """
        import pandas as pd

        rows = [
            {"measure": one.measure, "arm": one.arm, "of": one.of, "scale": one.scale, "n": one.n, **vars(share)}
            for one in self.outcomes
            for share in one.shares
        ]
        return pd.DataFrame(rows)

    @property
    def meaning(self) -> tuple[str, ...]:
        """What shares and intervals mean, in sentences."""
        log = any(one.scale == "log" for one in self.outcomes)
        what = "a measure (of its logarithm where all readings are above zero)" if log else "a measure"
        n = max((one.n for one in self.outcomes), default=0)
        if self.method == "sobol":
            return (
                f"First: share of the variance of {what} that one value alone explains, where each of"
                f" {counted(len(self.values), 'value')} is drawn from its range by itself; total: with all that it acts"
                " together with. `chance` is what other random numbers change.",
                f"Intervals: 95 % of {RESAMPLINGS} resamplings of the {n} base rows, which is what another design of"
                " this size might say. Whether the ranges and the model are right is not in them.",
            )
        together = " Calibrated values go together, so that shares overlap and may add up to more than 1."
        return (
            f"First: share of the variance of {what} that follows the rank of one value, in {counted(n, 'draw')} of"
            f" {counted(len(self.values), 'value')}. What all together lack of 1 is interactions and chance."
            + (together if self.values_from else ""),
            f"Intervals: 95 % of {RESAMPLINGS // 4} resamplings of half of the draws, so rather too wide. Marked `?`:"
            f" no more than values that do nothing reach in 95 % of {SHUFFLES} shufflings. Whether the ranges and the"
            " model are right is not in them.",
        )


def sensitivity(
    model: str | Path | Model, over: Sequence[str] = (), *, method: str | None = None, draws: int | None = None,
    scale: str | None = None, seed: int = 1, changes: Mapping[str, str] | None = None, arms: Sequence[str] = (),
    measures: Sequence[str] = (), prior: bool = False, ensemble: str | None = None, jobs: Jobs = 1,
    cache: Path | None = None, watch: Watch | None = None,
) -> Sensitivity:  # fmt: skip
    """Shares of the variance of measures, in every arm and as changes from the baseline, by uncertain value.

    model : path of a model file, name of a library model, or a `Model`
    over : paths of values that alone are drawn, the others as stated; `PATH=LOW..HIGH` takes another range. None: all
    method : sobol: first and total order from a Saltelli design of `draws` base rows (a power of two, 128), each of
        values + 3 runs; draws: first order alone from `draws` plain draws (256). Unsaid: sobol, but draws where
        calibrated ones are taken, or where the design would take more than half an hour of a core
    scale : log or linear; unsaid: log where all readings of a measure are above zero
    changes, arms, measures, prior, ensemble, jobs, cache : see `sweep`
    Raises    SweepError, ModelError, EnsembleError
    Source    sobol1993, saltelli2010, plischke2010, tissot2012 (none of them read), as SALib computes them
    Example   >>> sensitivity("starter", draws=64).table()  # doctest: +SKIP
    """
    from vesicula.simulation import draws_for

    begun = time.perf_counter()
    _choice(method, METHODS, "method")
    _choice(scale, SCALES, "scale")
    gone = read_over(over, ranges=False)
    ranged = tuple(one for one in gone if one.ends)
    programs = Programs(Request(model, changes or {}, tuple(arms), tuple(measures), DRAWS, seed), ranged)
    if programs.shaping:
        shaping = programs.shaping[0].path
        raise SweepError(f"{shaping} shapes the program and cannot be drawn", f"`vesicula sweep --over {shaping}=…`")
    calibrated = None if prior else draws_for(programs.model, ensemble)
    if calibrated is not None and ranged:
        raise SweepError(
            f"calibrated draws hold values of {ranged[0].path} already", "leave its range out, or take --prior"
        )
    text = programs.text_at([one.low for one in ranged])
    chosen, idle = _chosen(text, gone, programs)
    which = _method(cast("Method | None", method), calibrated, len(chosen), text, draws)
    design = sobol_design(list(chosen), _base(draws), seed) if which == "sobol" else None
    scores, numbers = _rows(text, list(chosen), design, calibrated, draws, seed)
    found = read_rows([(text, scores, numbers)], seed=seed, jobs=jobs, cache=cache, watch=watch)
    seen = programs.asked.seen(programs.model)
    outcomes, still = [], []
    for one, of, kind, answers, least in _answers(seen, found, cast("Scale | None", scale)):
        done = _outcome(one, of, kind, answers, least, chosen, scores, design, seed)
        if done is None:
            still.append(one.name if of == "value" else f"{one.name}, {of}")
        else:
            outcomes.append(done)
    return Sensitivity(
        programs.model.name, which, tuple(chosen.values()), idle, len(numbers), tuple(outcomes), tuple(still),
        "" if calibrated is None else calibrated.words, found.failed, found.why, found.seconds,
        time.perf_counter() - begun,
    )  # fmt: skip


def _choice(said: str | None, known: Sequence[str], what: str) -> None:
    if said is not None and said not in known:
        raise SweepError(f"no {what} is called {said}", f"there are: {', '.join(known)}")


def _base(draws: int | None) -> int:
    """Base rows of a design. Raises SweepError"""
    base = BASE if draws is None else draws
    if not LEAST_BASE <= base <= MOST_BASE or base & (base - 1):
        near = 2 ** int(np.clip(round(np.log2(max(base, 1))), np.log2(LEAST_BASE), np.log2(MOST_BASE)))
        raise SweepError(f"a Sobol design has a power of two of base rows, not {base}", f"take for example {near}")
    return base


def _method(said: Method | None, rows: Ensemble | None, n: int, text: Text, draws: int | None) -> Method:
    """What was asked for, or what the runs allow. Raises SweepError"""
    if said == "sobol" and rows is not None:
        raise SweepError("a Sobol design draws each value by itself, calibrated draws do not", "take --prior, or draws")
    if said is not None:
        return said
    return "draws" if rows is not None or text.seconds * (draws or BASE) * (n + 3) > DEAR else "sobol"


def _chosen(text: Text, gone: Sequence[Over], programs: Programs) -> tuple[dict[str, str], int]:
    """Path of every value that is drawn, by the name it is drawn under, and how many uncertain values act in nothing.

    Raises   SweepError
    """
    infos = compile_model(text.model, folder=text.path.parent, draws=[1]).names.parameters
    names = {info.path: info.drawn_as for info in infos if info.drawn_as}
    paths: dict[str, str] = {}
    for path, name in names.items():
        paths.setdefault(name, path)
    acts = acting(text.model, text.path.parent, sorted(text.unknowns))
    if not gone:
        if not acts:
            raise SweepError(f"no value of {text.model.name} has a range", "give ranges, or --over PATH=LOW..HIGH")
        return {name: paths.get(name, name) for name in sorted(acts)}, len(text.unknowns) - len(acts)
    out: dict[str, str] = {}
    for one in gone:
        name = programs.names[one.path][0] if one.ends else names.get(one.path, "")
        if name not in acts:
            near = units.nearest(one.path, [path for path, other in names.items() if other in acts])
            what = "changes nothing that a run reads" if name in text.unknowns else "has no range to be drawn from"
            what = what if name else "is no value that is drawn"
            remedy = f"did you mean {near}? " if near and not name else ""
            raise SweepError(f"{one.path} {what}", f"{remedy}`--over {one.path}=LOW..HIGH` gives a range")
        out[name] = one.path
    return dict(sorted(out.items())), 0


def _rows(
    text: Text, chosen: Sequence[str], design: SobolDesign | None, rows: Ensemble | None, draws: int | None, seed: int
) -> tuple[dict[str, F64], I64]:
    """Scores of every name of the text, float64[n] each, and the numbers of chance, int64[n]. Raises SweepError"""
    if design is not None:
        scores = {name: np.zeros(len(design.numbers)) for name in text.unknowns}
        return scores | {name: design.scores[:, k] for k, name in enumerate(chosen)}, design.numbers
    n = draws or (DRAWS if rows is None else rows.rows)
    if n < LEAST_DRAWS:
        raise SweepError(f"{n} draws are too few to tell shares", f"take {LEAST_DRAWS} or more")
    if rows is not None:
        rows.hold(n + 1)
    of = Scores(seed, rows).of
    drawn = text.unknowns if rows is not None else chosen
    scores = {name: np.zeros(n) for name in text.unknowns}
    scores |= {name: np.array([of(draw, name) for draw in range(1, n + 1)]) for name in drawn}
    numbers = range(1, n + 1) if rows is None else (rows.number(draw) for draw in range(1, n + 1))
    return scores, np.array(list(numbers), dtype=np.int64)


def _answers(
    seen: Sequence[Seen], found: Read, scale: Scale | None
) -> Iterator[tuple[Seen, str, Scale, F64, float]]:  # fmt: skip
    """Every measure in every arm, and its change from the first arm, float64[n] on its scale, and how much of it
    rounding may be. Raises SweepError
    """
    for measure in dict.fromkeys(one.measure for one in seen):
        mine = [k for k, one in enumerate(seen) if one.measure == measure]
        values = found.values[:, mine]
        above = bool((values[np.isfinite(values)] > 0).all())
        if scale == "log" and not above:
            raise SweepError(f"{measure} is not above zero in all rows and has no logarithm", "take --scale linear")
        kind: Scale = scale or ("log" if above else "linear")
        scaled = np.log(values) if kind == "log" else values
        least = ROUNDING * (1.0 if kind == "log" else float(np.nanmax(np.abs(values), initial=0.0)))
        for j, k in enumerate(mine):
            yield seen[k], "value", kind, scaled[:, j], least
            if j:
                yield seen[k], f"change from {seen[mine[0]].arm}", kind, scaled[:, j] - scaled[:, 0], least


def varies(answers: F64, least: float) -> bool:
    """Whether answers differ by more than `least`, and enough of them from the commonest one."""
    _, counts = np.unique(answers, return_counts=True)
    return bool(np.ptp(answers) > least and len(answers) - counts.max() >= APART * len(answers))


def _outcome(
    one: Seen, of: str, kind: str, answers: F64, least: float, chosen: Mapping[str, str],
    scores: Mapping[str, F64], design: SobolDesign | None, seed: int,
) -> Outcome | None:  # fmt: skip
    """Shares of one answer; None where it does not vary, or too little of it was read."""
    names = list(chosen)
    if design is not None:
        whole = design.whole(answers)
        n = len(whole) // (len(names) + 3)
        if n < LEAST_BASE or not varies(whole, least):
            return None
        shares = sobol_shares(names, whole, seed)
    else:
        there = np.isfinite(answers)
        n = int(there.sum())
        if n < LEAST_DRAWS or not varies(answers[there], least):
            return None
        table = np.stack([scores[name][there] for name in names], axis=1)
        shares = draw_shares(names, table, answers[there], seed)
    if not np.isfinite([(s.low, s.high) for s in shares]).all():  # a resampling in which all answers are the same
        return None
    named = [Share(**{**vars(s), "value": chosen.get(s.value, s.value)}) for s in shares]
    ranked = sorted(named, key=lambda s: (s.order != "total", -s.share, s.value))
    return Outcome(one.measure, one.arm, of, kind, n, tuple(ranked))
