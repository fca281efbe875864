"""What calibrated draws have to satisfy: physiology, and the claims that the model itself says, each with its text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble
from vesicula.compiler.ensembles import meaning
from vesicula.compiler.names import Unknown
from vesicula.errors import EnsembleError
from vesicula.evidence.physiology import Constraint, read_physiology
from vesicula.experiments.calibration.rows import PILOT, Asked
from vesicula.experiments.running import Measured
from vesicula.experiments.verdicts.asked import levels_of
from vesicula.experiments.verdicts.judging import FLOORS, least_visible, shown
from vesicula.experiments.verdicts.scoreboard import construction_claims, sign_of_construction
from vesicula.experiments.verdicts.trials import tier_of
from vesicula.language import prepare
from vesicula.language.model import Experiment, Model
from vesicula.results.assays import SmallestEffect
from vesicula.results.forecast import forecast

F64 = NDArray[np.float64]
NEARLY_NOTHING = 1e-9  # of a range's lower end: what is not there has a logarithm all the same
BY_HAND = ("protocol", "arms.", "cohort.")
"""Beginnings of names whose values the experimenter brings: they are no facts of the model, and are asked as stated."""
BASES = 6  # draws in which a value is moved to see whether it acts
PILOT_S, LEAST_PILOT = 12.0, 16  # seconds of a core, and rows, of draws of all ranges
DEAREST_S = 60.0  # of a core, as foreseen for one draw of a text: calibration asks for hundreds of each


@dataclass(frozen=True)
class Fact:
    """A fact of physiology as a constraint."""

    constraint: Constraint

    @property
    def name(self) -> str:
        """Its id."""
        return self.constraint.id

    @property
    def says(self) -> str:
        """What it says, with its range."""
        one = self.constraint
        return f"{one.says} ({one.low:g} to {one.high:g} {one.unit})".replace(" )", ")")

    @property
    def asks(self) -> str:
        """What it reads."""
        return repr((self.constraint.unit, self.constraint.measure, self.constraint.reading))

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of what `read` gives."""
        one = self.constraint
        return (float(np.log(one.low)), float(np.log(one.high))) if one.low > 0 else (one.low, one.high)

    def read(self, model: Model, result: Measured) -> F64:
        """Readings by draw, float64[n]: logarithms where the range is above zero."""
        one = self.constraint
        arms = [arm.name for arm in model.arms] or [""]
        found = one.read({arm: result.of(one.measure, arm) for arm in arms}, result.label(one.measure).unit)
        return np.log(np.maximum(found, NEARLY_NOTHING * one.low)) if one.low > 0 else found

    def shown(self, reading: float) -> str:
        """A reading in the unit of the constraint."""
        return f"{np.exp(reading) if self.constraint.low > 0 else reading:.3g} {self.constraint.unit}".strip()

    def needs(self, model: Model) -> tuple[set[str], set[str]]:
        """Arms and measures that it reads."""
        arms = [arm.name for arm in model.arms]
        return {*self.constraint.reading.arms(arms), *arms[:1]}, {self.constraint.measure}


@dataclass(frozen=True)
class Said:
    """A claim that the model says itself: its experiment has to show it. sign : the one that its ledger states"""

    claim: str
    experiment: Experiment
    sign: int

    @property
    def name(self) -> str:
        """The claim, with its measure."""
        return f"{self.claim} {self.experiment.measure}"

    @property
    def says(self) -> str:
        """What has to be seen."""
        how = {1: "rises", -1: "falls", 0: "stays"}[self.sign]
        perturbed = " and ".join(self.experiment.perturbation)
        return f"{self.experiment.measure} visibly {how} from {self.experiment.baseline} to {perturbed}"

    @property
    def asks(self) -> str:
        """What it reads."""
        one = self.experiment
        return repr((one.baseline, one.perturbation, one.measure, one.each, self.sign))

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of what `read` gives: at least the smallest effect that the assay shows, or less than it."""
        return (float(np.arcsinh(1.0)), np.inf) if self.sign else (-np.inf, float(np.arcsinh(1.0)))

    def read(self, model: Model, result: Measured) -> F64:
        """Changes by draw in units of the smallest visible one, as arcsinh, float64[n]; of several the least."""
        label = result.label(self.experiment.measure)
        base = result.of(self.experiment.measure, self.experiment.baseline)
        names = levels_of(model, self.experiment)
        least, floor = least_visible(label), FLOORS.get(label.kind, 0.0)
        out = np.full(len(base), np.inf if self.sign else -np.inf)
        for name in names if self.experiment.each else names[-1:]:
            end = result.of(self.experiment.measure, name)
            change = _in_smallest(base, end, least, floor)
            out = np.minimum(out, self.sign * change) if self.sign else np.maximum(out, np.abs(change))
            signs = shown(base, end[None], label.unit, least, floor=floor).signs
            seen = np.isfinite(base) & np.isfinite(end)
            wrong = np.zeros(len(base), dtype=np.bool_)
            wrong[seen] = signs != self.sign
            out = np.where(wrong & self._inside(out), self._beside(), out)
            out = np.where(seen, out, np.nan)
        return np.arcsinh(out)

    def _inside(self, out: F64) -> NDArray[np.bool_]:
        return out >= 1.0 if self.sign else out <= 1.0

    def _beside(self) -> float:
        """Just not: what is exactly the smallest effect is none."""
        return 0.999 if self.sign else 1.001

    def shown(self, reading: float) -> str:
        """A reading as a multiple of the smallest visible effect."""
        return f"{np.sinh(reading):.2g} times the smallest visible effect"

    def needs(self, model: Model) -> tuple[set[str], set[str]]:
        """Arms and measures that it reads."""
        measure = next(m for m in model.measures if m.name == self.experiment.measure)
        arms = {self.experiment.baseline, *levels_of(model, self.experiment)}
        return arms | ({measure.relative_to} if measure.relative_to else set()), {measure.name}


def _in_smallest(base: F64, end: F64, least: SmallestEffect | None, floor: float) -> F64:
    """Relative change over the smallest that shows, up or down; of no agreed assay, any change is far above it."""
    up, down = (1e-9, 1e-9) if least is None else (max(least.share, 1e-9), max(least.down, 1e-9))
    limit = -np.inf if least is None or not least.limit else least.limit
    first, last = np.maximum(base, limit), np.maximum(end, limit)
    scale = np.maximum(np.maximum(np.abs(first), floor), 1e-300)
    change = (last - first) / scale
    return np.asarray(np.where(change > 0, change / up, change / down))


class Question(Protocol):
    """What is asked of a text: a reading of every draw, which has to lie between two ends."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def says(self) -> str:
        """What has to be so, in words."""
        ...

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of what `read` gives, infinite where it has none."""
        ...

    def read(self, model: Model, result: Measured) -> F64:
        """Readings by draw, float64[n]."""
        ...

    def shown(self, reading: float) -> str:
        """A reading in words."""
        ...


Constraining = Fact | Said


@dataclass(frozen=True)
class Text:
    """A text with what is asked of it.

    model : with the arms and measures that are needed      unknowns : what it draws, without what is brought by hand
    seconds : of a core, for one draw (a forecast)      tier : see `trials.tier_of`
    by_hand : names of what is brought by hand, which is asked as stated: a fact is of the mean of its protocol
    whole : rows hold a score of every value, so that nothing is drawn by their number but chance
    """

    path: Path
    model: Model
    questions: tuple[Question, ...]
    unknowns: Mapping[str, Unknown]
    seconds: float
    tier: str
    digest: str
    by_hand: tuple[str, ...] = ()
    whole: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.stem

    def asked(self, names: Mapping[str, int]) -> Asked:
        """The text as the sampler sees it. names : column of every name"""
        ends = np.array([one.ends for one in self.questions])
        columns = np.array(sorted(names[name] for name in self.unknowns), dtype=np.int64)
        pilot = int(np.clip(PILOT_S / max(self.seconds, 1e-9), LEAST_PILOT, PILOT))
        return Asked(
            self.name, tuple(one.name for one in self.questions), columns, ends[:, 0], ends[:, 1],
            last=self.tier != "A", pilot=pilot, seconds=self.seconds,
        )  # fmt: skip


def facts_in(path: Path) -> list[tuple[Path, Constraining]]:
    """Constraints of a file of physiology, each with its text."""
    return [(one.text, Fact(one)) for one in read_physiology(path)]


def said_in(model: str) -> list[tuple[Path, Constraining]]:
    """Construction claims of a library model, each experiment with its text; none where it has no roles."""
    out: list[tuple[Path, Constraining]] = []
    for claim, path, experiment in construction_claims(model):
        sign = sign_of_construction(model, claim)
        if sign is not None:
            out.append((path, Said(claim, experiment, sign)))
    return out


def texts_of(questions: Sequence[tuple[Path, Constraining]]) -> list[Text]:
    """Texts with all that is asked of them, the cheapest first; those of tissue last, see also `affordable`.

    Raises   EnsembleError where nothing is asked; ModelError
    """
    if not questions:
        raise EnsembleError("nothing constrains this model", "give a file of constraints: --constraints FILE.yaml")
    by_path: dict[Path, list[Constraining]] = {}
    for path, one in questions:
        by_path.setdefault(path, []).append(one)
    found = [_text(path, tuple(asked)) for path, asked in by_path.items()]
    return sorted(found, key=lambda text: (text.tier == "C", text.seconds, text.name))


def affordable(texts: Sequence[Text]) -> tuple[list[Text], dict[str, str]]:
    """Texts that calibration asks, and why the constraints of the others are left out, by name of the constraint.

    Raises   EnsembleError where no text is left
    """
    dear = [text for text in texts if text.seconds > DEAREST_S]
    why = {
        one.name: f"a draw of {text.name} is foreseen to take {text.seconds:.0f} s of a core, over {DEAREST_S:.0f} s"
        for text in dear
        for one in text.questions
    }
    if len(dear) == len(texts):
        raise EnsembleError(
            f"every text of constraints takes too long: {'; '.join(sorted(set(why.values())))}",
            "constrain the model by dishes, pools or smaller pieces of tissue",
        )
    return [text for text in texts if text.seconds <= DEAREST_S], why


def _text(path: Path, questions: tuple[Constraining, ...]) -> Text:
    whole = prepared(path)
    arms, measures = set[str](), set[str]()
    for one in questions:
        more, read = one.needs(whole)
        arms, measures = arms | more, measures | read
    run = whole.run.model_copy(update={"draws": 1, "seeds": 1})
    model = whole.model_copy(
        update={
            "arms": tuple(arm for arm in whole.arms if arm.name in arms),
            "measures": tuple(m for m in whole.measures if m.name in measures),
            "experiments": (), "cohort": None, "run": run,
        }
    )  # fmt: skip
    compiled = compile_model(model, folder=path.parent, draws=[1])
    by_hand = tuple(sorted(name for name in compiled.unknowns if name.startswith(BY_HAND)))
    moving = acting(model, path.parent, sorted(set(compiled.unknowns) - set(by_hand)), by_hand)
    unknowns = {name: one for name, one in compiled.unknowns.items() if name in moving}
    seconds = forecast(compiled).seconds / 2
    said = json.dumps([meaning(model), [[one.name, one.ends, one.asks] for one in questions], by_hand])
    digest = hashlib.sha256(said.encode()).hexdigest()[:24]
    return Text(path, model, questions, unknowns, seconds, tier_of(whole), digest, by_hand)


def acting(model: Model, folder: Path, names: Sequence[str], stay: Sequence[str] = ()) -> frozenset[str]:
    """Names of which another draw changes some number that a run reads, while those that stay are as stated.

    The undisturbed state draws all of its values, also for a text of which only some are the business. A value that is
    cut off, or less than another, acts in some draws only: so each is moved in several.
    """
    random, found = np.random.default_rng(1), set[str]()
    for _ in range(BASES):
        idle = [name for name in names if name not in found]
        if not idle:
            break
        base, moved = random.standard_normal(len(names)), random.standard_normal(len(names))
        table = {name: np.full(len(idle) + 1, z) for name, z in zip(names, base, strict=True)}
        for k, name in enumerate(idle):
            table[name][k + 1] = moved[k]
        table |= dict.fromkeys(stay, np.zeros(len(idle) + 1))
        found |= _moving(model, folder, table, idle)
    return frozenset(found)


def _moving(model: Model, folder: Path, table: Mapping[str, F64], idle: Sequence[str]) -> set[str]:
    """Names, the k-th of them moved in row k + 1 of the table, with which some number is not that of row 0."""
    rows = range(1, len(idle) + 2)
    compiled = compile_model(model, folder=folder, ensemble=Ensemble(model.name, table), draws=rows, resolved=False)
    draw = np.array([variant.draw for variant in compiled.variants])
    first, *_ = compiled.system.sites
    later = [first.later_values] if first.later_values.size else []
    values = np.concatenate([first.values[None], *later])
    stays = values[:, draw == 1]
    moves = [not np.array_equal(values[:, draw == k + 2], stays, equal_nan=True) for k in range(len(idle))]
    return {name for name, one in zip(idle, moves, strict=True) if one}


@lru_cache(maxsize=64)
def prepared(path: Path) -> Model:
    """A text ready to compile, read once in a process."""
    return prepare(path)
