"""The programs of a sweep: one for all rows where values are columns of it, else one for each value.

A value that the compiler draws is swept as a draw: its range becomes LOW..HIGH, and each row has the score at which the
law of draws gives the wanted number. Whether that is the same as to set the value is looked at, at both ends of every
path. What shapes the program itself (a size, a number of cells) is another program for each of its values.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar

from vesicula import units
from vesicula.compiler import Compiled, compile_model
from vesicula.compiler.drawing import Ensemble, drawn_at
from vesicula.compiler.ensembles import meaning
from vesicula.compiler.names import Unknown
from vesicula.engine.system import System
from vesicula.errors import ModelError, UnitError
from vesicula.experiments.calibration.asking import Text
from vesicula.experiments.running import Measured
from vesicula.experiments.sweeps.over import Over, SweepError
from vesicula.experiments.verdicts.trials import tier_of
from vesicula.language import Examined, examine
from vesicula.language.assays import ASSAYS
from vesicula.language.model import Model
from vesicula.language.paths import put
from vesicula.language.text import Report
from vesicula.language.values import RangeShape
from vesicula.language.walk import values
from vesicula.results import program_hash
from vesicula.results.forecast import forecast

F64 = NDArray[np.float64]
SAME = 1e-9  # of a value: what computing it in another way may change
FAR = {RangeShape.LINEAR: 40.0}  # scores between which the law of draws gives every value of its range
NEAR = 2.0


@dataclass(frozen=True)
class Seen:
    """A measure in an arm, as what a text is asked."""

    measure: str
    arm: str
    unit: str

    @property
    def name(self) -> str:
        """`PDCD4 in loaded`."""
        return f"{self.measure} in {self.arm}" if self.arm else self.measure

    @property
    def says(self) -> str:
        """The same."""
        return self.name

    @property
    def ends(self) -> tuple[float, float]:
        """It has none."""
        return -np.inf, np.inf

    def read(self, model: Model, result: Measured) -> F64:
        """Readings by row, float64[n]."""
        assert model.measures
        return result.of(self.measure, self.arm)

    def shown(self, reading: float) -> str:
        """A reading in the measure's unit."""
        return f"{reading:.3g} {self.unit}".strip()


@dataclass(frozen=True)
class Request:
    """A model and what is asked of it. repeats : draws or seeds of each row; drawn : whether these are draws

    arms, measures : those that are read; empty: all
    """

    model: str | Path | Model
    changes: Mapping[str, str]
    arms: tuple[str, ...]
    measures: tuple[str, ...]
    draws: int | None
    seed: int

    def examined(self, more: Mapping[str, str] | None = None) -> Examined:
        """The model with its changes and more of them. Raises ModelError"""
        found = examine(self.model, changes={**self.changes, **(more or {})})
        if any(one.severity == "error" for one in found.diagnostics):
            raise ModelError(found.diagnostics)
        return found

    def folder(self, found: Examined) -> Path:
        """Where the model's tables lie."""
        place = None if found.source is None else found.source.folder
        return Path(place) if place is not None else Path()

    def narrowed(self, model: Model) -> Model:
        """A model ready to compile with the arms and measures that are read. Raises SweepError"""
        if model.cohort is not None:
            raise SweepError(f"the draws of {model.name} are its patients", "leave out `cohort` in a copy of the model")
        if not model.measures:
            raise SweepError(f"{model.name} has no measure", "write one: `measure: {cells: count of tumour}`")
        measures = _named(self.measures, {one.name: one for one in model.measures}, "measure")
        chosen = _named(self.arms, {one.name: one for one in model.arms}, "arm")
        needed = {one.name for one in chosen} | {one.relative_to for one in measures}
        run = model.run
        if self.draws is not None:
            run = run.model_copy(update={"draws": self.draws, "seeds": 1})
        update = {
            "arms": tuple(one for one in model.arms if one.name in needed), "measures": tuple(measures),
            "experiments": (), "run": run,
        }  # fmt: skip
        return model.model_copy(update=update)

    def seen(self, model: Model) -> tuple[Seen, ...]:
        """Every measure in every arm that is read, measure by measure."""
        arms = [arm.name for arm in model.arms if not self.arms or arm.name in self.arms] or [""]
        shown = {m.name: m.unit or (ASSAYS[m.assay].unit if m.assay else "") for m in model.measures}
        return tuple(Seen(name, arm, unit) for name, unit in shown.items() for arm in arms)

    def text(self, model: Model, folder: Path, suffix: str = "") -> Text:
        """A narrowed model as a text that rows are asked of."""
        compiled = compile_model(model, folder=folder, seed=self.seed, draws=[1])
        seen = self.seen(model)
        said = json.dumps([meaning(model), program_hash(compiled.system), [repr(one) for one in seen]])
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        path = folder / f"{model.name}{suffix}.yaml"
        seconds = forecast(compiled).seconds / 2
        return Text(path, model, seen, compiled.unknowns, seconds, tier_of(model), digest, whole=True)


def _named(wanted: Sequence[str], known: Mapping[str, object], what: str) -> list:
    for name in wanted:
        if name not in known:
            near = units.nearest(name, known)
            raise SweepError(
                f"no {what} is called {name}", f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
            )
    return [one for name, one in known.items() if not wanted or name in wanted]


class Programs:
    """The texts of a sweep and what their rows are. Raises SweepError, ModelError

    drawn : paths that are swept as draws, with the name of each      shaping : paths that shape the program
    """

    def __init__(self, asked: Request, over: Sequence[Over]) -> None:
        self.asked, self.over = asked, tuple(over)
        self._middle = {one.path: one.text(one.ranged().number) for one in over}
        self.names: dict[str, tuple[str, Unknown]] = {}
        self._texts: dict[tuple[float, ...], Text] = {}
        if self.over:
            self._find()

    @cached_property
    def model(self) -> Model:
        """The model with every path in the middle of what it goes over."""
        return self._model({})[0]

    @property
    def shaping(self) -> tuple[Over, ...]:
        """Paths whose values are programs of their own."""
        return tuple(one for one in self.over if one.path not in self.names)

    def stated(self) -> tuple[float, ...]:
        """What the model states at every path, in the unit of the sweep; NaN where it states nothing."""
        known = values(self.asked.examined().ready())
        out: list[float] = []
        for one in self.over:
            _, value = known.get(one.path, (None, None))
            try:
                factor = math.nan if value is None else units.ratio(value.unit, one.unit)
            except UnitError:
                factor = math.nan
            out.append(math.nan if value is None else value.number * factor)
        return tuple(out)

    def text_at(self, point: Sequence[float]) -> Text:
        """The text that a point of the sweep is asked of."""
        at = {one.path: x for one, x in zip(self.over, point, strict=True)}
        key = tuple(at[one.path] for one in self.shaping)
        if key not in self._texts:
            more = {one.path: one.text(x) for one, x in zip(self.shaping, key, strict=True)}
            model, folder = self._model(more)
            self._texts[key] = self.asked.text(model, folder, "".join(f" {words}" for words in more.values()))
        return self._texts[key]

    def scores_at(self, point: Sequence[float]) -> dict[str, float]:
        """Score of every name that is swept as a draw, at a point."""
        at = {one.path: x for one, x in zip(self.over, point, strict=True)}
        return {name: score_of(unknown, at[path]) for path, (name, unknown) in self.names.items()}

    def _model(self, more: Mapping[str, str]) -> tuple[Model, Path]:
        """The narrowed model with ranges for what is drawn; `more` : values of what shapes it."""
        found = self.asked.examined({**self._middle, **more})
        whole, report = found.whole, Report()
        assert whole is not None
        for one in self.over:
            if one.path not in more:
                whole = put(whole, one.path, one.ranged().model_copy(update={"note": one.path}), None, report)
        report.stop_on_errors()
        model = self.asked.narrowed(replace(found, whole=whole).ready())
        return model, self.asked.folder(found)

    def _find(self) -> None:
        """Which paths are swept as draws, after looking at both ends of each. A path that changes nothing is refused"""
        model, folder = self._model({})
        seed = self.asked.seed
        first = compile_model(model, folder=folder, seed=seed, draws=[1])
        by_path: dict[str, list[str]] = {}
        for name, unknown in first.unknowns.items():
            by_path.setdefault(unknown.value.note or "", []).append(name)
        tried = {
            one.path: (by_path[one.path][0], first.unknowns[by_path[one.path][0]])
            for one in self.over
            if len(by_path.get(one.path, ())) == 1
        }
        ends = [(one, x) for one in self.over for x in (one.low, one.high)]
        table = {name: np.zeros(len(ends)) for name in first.unknowns}
        for k, (one, x) in enumerate(ends):
            if one.path in tried:
                name, unknown = tried[one.path]
                try:
                    table[name][k] = score_of(unknown, x)
                except ValueError:
                    del tried[one.path]
        drawn = compile_model(
            model, folder=folder, seed=seed, ensemble=Ensemble(model.name, table), draws=range(1, len(ends) + 1),
            resolved=False,
        )  # fmt: skip
        for k in range(0, len(ends), 2):
            one = ends[k][0]
            stated = [self._stated(one, x) for _, x in ends[k : k + 2]]
            if _plan(stated[0]) == _plan(stated[1]) and len({program_hash(found.system) for found in stated}) == 1:
                remedy = "`vesicula explain` shows the values that a run reads, and `check` what has no effect"
                raise SweepError(f"{one.path} changes nothing that a run of {model.name} reads", remedy)
            if one.path in tried and all(_same(drawn, k + j + 1, found) for j, found in enumerate(stated)):
                self.names[one.path] = tried[one.path]

    def _stated(self, one: Over, value: float) -> Compiled:
        """The model with a value set at a path, as `--set` does, the others in their middle."""
        found = self.asked.examined({**self._middle, one.path: one.text(value)})
        model = self.asked.narrowed(found.ready())
        return compile_model(model, folder=self.asked.folder(found), seed=self.asked.seed, draws=[], resolved=False)


def score_of(unknown: Unknown, value: float) -> float:
    """Standard-normal score at which the law of draws gives a value. Raises ValueError where none does"""
    end = FAR.get(unknown.value.shape, NEAR)
    found = root_scalar(
        lambda z: drawn_at(unknown.value, z, fold=unknown.fold) - value, bracket=(-end, end), method="brentq",
        xtol=1e-15, rtol=1e-15,
    )  # fmt: skip
    return float(found.root)


def _same(drawn: Compiled, draw: int, stated: Compiled) -> bool:
    """Whether a draw of one compiled model is another one as stated, but for what rounding does."""
    if _plan(drawn) != _plan(stated) or _shape(drawn.system) != _shape(stated.system):
        return False
    rows = [k for k, one in enumerate(drawn.variants) if one.draw == draw]
    pairs = [(p.values[rows], q.values) for p, q in zip(drawn.system.sites, stated.system.sites, strict=True)]
    pairs += [
        (p.later_values[:, rows], q.later_values)
        for p, q in zip(drawn.system.sites, stated.system.sites, strict=True)
        if q.later_values.size
    ]
    return all(a.shape == b.shape and np.allclose(a, b, rtol=SAME, atol=0.0, equal_nan=True) for a, b in pairs)


def _plan(compiled: Compiled) -> tuple[str, str]:
    """How long a model runs and what is read of it, which is no part of its system."""
    return repr(compiled.model.run), repr(compiled.model.measures)


def _shape(system: System) -> str:
    """Hash of a system without its values."""
    sites = tuple(replace(one, values=np.zeros((1, 1)), later_values=np.zeros((0, 0, 0))) for one in system.sites)
    return program_hash(replace(system, sites=sites))
