"""Rows of scores that are asked of texts: kept piece by piece, so that a command that was stopped goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.drawing import Ensemble, Scores
from vesicula.experiments.calibration.asking import Text
from vesicula.experiments.calibration.calibrating import Progress
from vesicula.experiments.calibration.evaluating import Piece, Reader, trouble
from vesicula.experiments.calibration.rows import Asked
from vesicula.experiments.workers.here import Jobs, working
from vesicula.kept import user_cache
from vesicula.language.model import Model

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
KEEPS = "sweeps"  # folder under the user's cache
Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Repeats:
    """The draws or seeds of every row, those that a run of the model has. draws : int64[n]; numbers : of their chance

    words : the calibrated draws that they are, empty where they are drawn from ranges
    """

    draws: I64
    numbers: I64
    seed: int
    ensemble: Ensemble | None = None

    @property
    def words(self) -> str:
        """What the draws are."""
        return "" if self.ensemble is None else self.ensemble.words

    @property
    def drawn(self) -> bool:
        """Whether values are drawn."""
        return bool(self.draws.any())

    def scores(self, name: str) -> F64:
        """Score of a value in every repeat, float64[n]."""
        of = Scores(self.seed, self.ensemble).of
        return np.array([of(draw, name) for draw in self.draws.tolist()])


def repeats_of(model: Model, seed: int, *, prior: bool, ensemble: str | None) -> Repeats:
    """What a run of this model repeats: its draws, the stated values first, or its seeds.

    Raises   EnsembleError
    """
    from vesicula.simulation import draws_for

    if model.run.draws > 1:
        rows = None if prior else draws_for(model, ensemble)
        draws = np.arange(model.run.draws)
        if rows is None:
            return Repeats(draws, draws, seed)
        rows.hold(len(draws))
        return Repeats(draws, np.array([rows.number(draw) for draw in draws.tolist()]), seed, rows)
    seeds = np.arange(max(1, model.run.seeds))
    return Repeats(np.zeros(len(seeds), dtype=np.int64), seeds, seed)


@dataclass(frozen=True)
class Read:
    """Readings of rows. values : float64[n_rows, n_questions], NaN where one cannot be read

    failed : rows that could not be run      why : of the first of them      seconds : of a core, as foreseen, in all
    """

    values: F64
    failed: int
    why: str
    seconds: float


def read_rows(
    rows: Sequence[tuple[Text, Mapping[str, F64], I64]], *, seed: int, jobs: Jobs, cache: Path | None = None,
    watch: Watch | None = None,
) -> Read:  # fmt: skip
    """Ask texts about rows. rows : (text, score of every name it draws float64[n], numbers of chance int64[n]).

    What is read is kept under the hash of all that decides it; how many rows go together changes no bit.
    """
    names = sorted({name for text, _, _ in rows for name in text.unknowns})
    whole = sum(len(numbers) for _, _, numbers in rows)
    seconds, done, begun = sum(text.seconds * len(numbers) for text, _, numbers in rows), 0.0, time.perf_counter()

    def tell(spent: float) -> None:
        nonlocal done
        done += spent
        share = min(1.0, done / seconds) if seconds else 1.0
        left = (time.perf_counter() - begun) * (1.0 / share - 1.0) if done else seconds / workers.count
        if watch is not None:
            watch(Progress("runs", round(share * whole), whole, left))

    found: list[F64] = []
    texts = list({text.name: text for text, _, _ in rows}.values())
    home = user_cache() / KEEPS if cache is None else cache
    with working(jobs) as workers, Reader(texts, names, seed=seed, jobs=workers, cache=home, done=tell) as reader:
        tell(0.0)
        for text, scores, numbers in rows:
            own = sorted(text.unknowns)
            table = np.zeros((len(numbers), len(names)))
            columns = np.array([names.index(name) for name in own], dtype=np.int64)
            for name, column in zip(own, columns.tolist(), strict=True):
                table[:, column] = scores[name]
            ends = np.full(len(text.questions), np.inf)
            asked = Asked(
                text.name, tuple(one.name for one in text.questions), columns, -ends, ends, seconds=text.seconds
            )
            found.append(reader(asked, table, numbers).T)
    values = np.concatenate(found)
    lost = np.asarray(np.isnan(values).all(axis=1))
    return Read(values, int(lost.sum()), _why(rows, lost, seed), seconds)


def _why(rows: Sequence[tuple[Text, Mapping[str, F64], I64]], lost: NDArray[np.bool_], seed: int) -> str:
    """Why the first row that shows nothing cannot be run; empty where it can, and nothing in it can be read."""
    start = 0
    for text, scores, numbers in rows:
        mine = np.flatnonzero(lost[start : start + len(numbers)])
        if len(mine):
            own, k = tuple(sorted(text.unknowns)), int(mine[0])
            row = np.array([[scores[name][k] for name in own]])
            return trouble(Piece(text, own, row, numbers[k : k + 1], seed))
        start += len(numbers)
    return ""
