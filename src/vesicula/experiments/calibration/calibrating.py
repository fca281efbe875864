"""`vesicula calibrate`: from a model and its constraints to a table of calibrated draws, and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.drawing import Z95, Ensemble, drawn_at
from vesicula.compiler.ensembles import home_of, made_from, place_of, read_ensemble
from vesicula.compiler.names import Unknown
from vesicula.errors import EnsembleError
from vesicula.evidence.claims import ledgers
from vesicula.evidence.folder import library_folder
from vesicula.evidence.physiology import tissues
from vesicula.experiments.calibration.asking import (
    Constraining,
    Fact,
    Question,
    Text,
    affordable,
    facts_in,
    prepared,
    said_in,
    texts_of,
)
from vesicula.experiments.calibration.evaluating import Reader
from vesicula.experiments.calibration.rows import FEWEST, ROWS, Sampled
from vesicula.experiments.calibration.sampling import Sampler
from vesicula.experiments.calibration.storing import stored_scores, write_ensemble
from vesicula.experiments.verdicts.roles import roles_file
from vesicula.experiments.workers.here import Jobs
from vesicula.language import locate, prepare
from vesicula.versions import version_of

F64 = NDArray[np.float64]
MOST_COPIED = 0.1  # of the rows
STAGE_COST, ROUND_COST = 2.0, 3.0  # rows asked in a stage, and in all rounds, for each that is wanted, as foreseen


@dataclass(frozen=True)
class Progress:
    """Where a calibration is. passed, wanted : rows; left_s : seconds left, NaN before anything is known"""

    what: str
    passed: int
    wanted: int
    left_s: float


@dataclass(frozen=True)
class Narrowed:
    """A value's central 90 % before and after: (low, median, high) in its unit.

    share : width of the calibrated scores' central 90 % over that of the prior's
    """

    name: str
    unit: str
    prior: tuple[float, float, float]
    calibrated: tuple[float, float, float]
    share: float


@dataclass(frozen=True)
class Calibration:
    """What a calibration made.

    file : of the table, None where too few rows satisfy the constraints
    unasked : constraints whose text is too dear to ask, with the reason
    """

    model: str
    ensemble: Ensemble
    file: Path | None
    texts: tuple[Text, ...]
    sampled: Sampled
    values: tuple[Narrowed, ...]
    seconds: float
    unasked: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def questions(self) -> Mapping[str, Question]:
        """Constraints by name."""
        return {one.name: one for text in self.texts for one in text.questions}

    def finding(self) -> tuple[str, ...]:
        """Constraints that no row satisfies beside the others, in words."""
        asked = self.questions
        return tuple(
            f"{one.constraint}: {asked[one.constraint].says}"
            + ("" if np.isnan(one.nearest) else f"; the nearest row gives {asked[one.constraint].shown(one.nearest)}")
            + (f", and it agrees least with {one.beside}" if one.beside else "")
            for one in self.sampled.left
            if one.constraint in asked
        )


def constraints_of(
    model: str | Path, file: Path | None = None
) -> tuple[list[tuple[Path, Constraining]], tuple[Path, ...]]:
    """What a model has to satisfy, and the files that say so: physiology of its tissue and its construction claims.

    file : of constraints, instead of the library's for the tissue that begins the model's name
    """
    name = str(model)
    found: list[tuple[Path, Constraining]] = []
    files: list[Path] = []
    tissue = next((one for one in tissues() if name == one or name.startswith(f"{one}-")), None)
    if file is not None or tissue is not None:
        source = file or library_folder() / "physiology" / f"{tissue}.yaml"
        found, files = facts_in(source), [source]
    if name in ledgers() and roles_file(name).is_file():
        found, files = found + said_in(name), [*files, roles_file(name)]
    return found, tuple(files)


def calibrate(
    model: str | Path, *, constraints: Path | None = None, rows: int = ROWS, seed: int = 1, jobs: Jobs = 1,
    out: Path | None = None, again: bool = False, cache: Path | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Calibration:  # fmt: skip
    """Make calibrated draws of a model and write them where its runs look for them.

    model : file, or name of a library model      constraints : file of constraints, by default the library's
    jobs : processes, or whoever does the runs, see `workers_on`
    rows : wanted, at least 64      again : ask the stored rows anew, and keep those that satisfy all
    Raises   EnsembleError: nothing constrains the model, or it has no home; ModelError, PhysiologyError
    """
    begun = time.perf_counter()
    questions, files = constraints_of(model, constraints)
    texts, unasked = affordable(texts_of(questions))
    home = out or home_of(prepare(model))
    if home is None:
        raise EnsembleError("a model without a file has no place for calibrated draws", "save it as a file")
    unknowns = {name: one for text in texts for name, one in text.unknowns.items()}
    names = sorted(unknowns)
    tell = _Teller(texts, rows, watch)
    with Reader(texts, names, seed=seed, jobs=jobs, cache=cache, done=tell.spent) as reader:
        place = {name: k for k, name in enumerate(names)}
        sampler = Sampler(
            [text.asked(place) for text in texts], len(names), reader, rows=rows, seed=seed, watch=tell.stage
        )
        if again:
            kept = _stored_rows(home, names, seed)
            left = [name for name in kept.without if name not in unasked]
            found = sampler.again(kept.rows, kept.numbers, left, kept.witness)
            sampled = replace(found, prior=kept.prior, stages=kept.stages)
        else:
            sampled = sampler.run()
    scores = dict(zip(names, sampled.rows.T, strict=True))
    left = tuple(one.constraint for one in sampled.left)
    without = (*left, *unasked)
    made = Ensemble(home.stem, stored_scores(scores), without=without, numbers=tuple(sampled.numbers.tolist()))
    values = narrowed(unknowns, made.scores)
    done = Calibration(home.stem, made, None, tuple(texts), sampled, values, time.perf_counter() - begun, unasked)
    if len(sampled.rows) < min(FEWEST, rows):
        return done
    root = home.parent.parent
    facts = sorted({key for one in done.questions.values() if isinstance(one, Fact) for key in one.constraint.facts})
    whole = {place_of(text.path, root): prepared(text.path) for text in texts}
    whole[place_of(file_of(model), root)] = prepare(model)
    source = made_from(root, whole, [place_of(file, root) for file in files], facts)
    made = write_ensemble(home, made, source, _said(done, seed))
    return replace(done, ensemble=made, file=home)


def file_of(model: str | Path) -> Path:
    """The file of a model, of the library where it is no path. Raises ModelError."""
    if Path(model).is_file():
        return Path(model)
    locate(model)
    return library_folder() / "models" / f"{model}.yaml"


@dataclass(frozen=True)
class _Stored:
    """Rows of a table, stale or not, and what was found when they were made, see `Sampled`."""

    rows: F64
    numbers: tuple[int, ...]
    without: tuple[str, ...]
    prior: dict[str, float]
    stages: dict[str, tuple[int, int]]
    witness: dict[str, F64]


def _stored_rows(home: Path, names: Sequence[str], seed: int) -> _Stored:
    """The stored rows; names that they lack are drawn."""
    old, made = read_ensemble(home)
    fresh = np.random.default_rng([seed, 21]).standard_normal((len(names), old.rows)).round(3)
    rows = np.array([old.scores.get(name, fresh[k]) for k, name in enumerate(names)]).T
    asked = cast("Sequence[Mapping[str, object]]", made.get("constraints", []))
    prior = {str(one["id"]): float(cast("float", one["share of all draws"])) for one in asked}
    texts = cast("Mapping[str, Mapping[str, int]]", made.get("texts", {}))
    stages = {name: (one["asked"], one["satisfied"]) for name, one in texts.items()}
    read = cast("Mapping[str, Sequence[Sequence[float]]]", made.get("first rows", {}))
    witness = {name: np.array(found, dtype=np.float64) for name, found in read.items()}
    return _Stored(rows, old.numbers, old.without, prior, stages, witness if set(old.scores) == set(names) else {})


def narrowed(unknowns: Mapping[str, Unknown], scores: Mapping[str, F64]) -> tuple[Narrowed, ...]:
    """How far each value's range is narrower than before, the most narrowed first."""
    out: list[Narrowed] = []
    for name, z in scores.items():
        one = unknowns[name]
        ends = np.quantile(z, (0.05, 0.5, 0.95)) if len(z) else np.zeros(3)
        before, after = (
            tuple(float(f"{drawn_at(one.value, float(end), fold=one.fold):.4g}") for end in three)
            for three in ((-Z95, 0.0, Z95), ends)
        )
        share = float((ends[2] - ends[0]) / (2 * Z95))
        out.append(Narrowed(name, one.value.unit, _three(before), _three(after), round(share, 3)))
    return tuple(sorted(out, key=lambda one: one.share))


def _three(numbers: Sequence[float]) -> tuple[float, float, float]:
    return numbers[0], numbers[1], numbers[2]


def _said(done: Calibration, seed: int) -> dict[str, object]:
    """What the JSON beside the table says."""
    sampled = done.sampled
    stage = {text.name: sampled.stages.get(text.name) for text in done.texts}
    return {
        "version": version_of("vesicula"), "made": datetime.now(UTC).date().isoformat(), "seed": seed,
        "satisfy all when asked again": round(sampled.again, 3), "most rows with one value": sampled.copies,
        "moves accepted": None if np.isnan(sampled.moved) else round(sampled.moved, 3),
        "conflicts": list(done.finding()), "not asked": dict(done.unasked),
        "texts": {
            text.name: {"core seconds of a draw": round(text.seconds, 3), "asked": asked[0], "satisfied": asked[1]}
            for text in done.texts if (asked := stage[text.name])
        },
        "constraints": [
            {"id": one.name, "kind": "physiology" if isinstance(one, Fact) else "construction", "says": one.says,
             "text": text.name, "share of all draws": round(sampled.prior.get(one.name, float("nan")), 3)}
            for text in done.texts for one in text.questions
        ],
        "first rows": {name: found.tolist() for name, found in sampled.witness.items()},
        "values": {
            one.name: {"unit": one.unit, "prior": one.prior, "calibrated": one.calibrated, "width": one.share}
            for one in done.values
        },
    }  # fmt: skip


class _Teller:
    """Turns what sampler and reader tell into progress."""

    def __init__(self, texts: Sequence[Text], rows: int, watch: Callable[[Progress], None] | None) -> None:
        self._watch, self._begun = watch, time.perf_counter()
        stages = sum(text.seconds * rows * STAGE_COST for text in texts if text.tier == "A")
        self._whole = stages + sum(text.seconds * (64 + rows * ROUND_COST) for text in texts)
        self._spent, self._now = 0.0, ("draws of all ranges", 0, 0)

    def stage(self, what: str, passed: int, wanted: int) -> None:
        """The sampler's word."""
        self._now = (what, passed, wanted)
        self._tell()

    def spent(self, seconds: float) -> None:
        """The reader's word."""
        self._spent += seconds
        self._tell()

    def _tell(self) -> None:
        if self._watch is None:
            return
        clock = time.perf_counter() - self._begun
        left = float("nan") if not self._spent else clock * max(self._whole / self._spent - 1.0, 0.02)
        self._watch(Progress(*self._now, left))
