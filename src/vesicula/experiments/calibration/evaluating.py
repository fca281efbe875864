"""Readings of rows: in pieces, on so many processes, each kept under the hash of all that decides it.

What is kept lets a calibration that was killed go on: the same rows are proposed again, and their readings are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble
from vesicula.errors import ResourceError, VesiculaError
from vesicula.experiments.calibration.asking import Text
from vesicula.experiments.calibration.rows import Asked
from vesicula.experiments.running import measured
from vesicula.experiments.workers.carried import Carried, carried
from vesicula.experiments.workers.here import Jobs, working
from vesicula.experiments.workers.spread import Lost, Workers, spread
from vesicula.kept import user_cache
from vesicula.language.steps import StartTable

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PIECE_S, MOST_IN_PIECE, LEAST_IN_PIECE = 6.0, 128, 4  # seconds of a core that a piece should take; rows in one
GIVEN_UP, AT_LEAST_S = 40.0, 60.0  # times what is foreseen, and at least so long, a piece may take
KEEPS = "calibration"  # folder under the user's cache


@dataclass(frozen=True)
class Piece:
    """Some rows for one text. scores : float64[n, n_names], by the text's own names; numbers : int64[n], from 1 on

    far : it goes where the files that the text names are not, so that it carries them
    """

    text: Text
    names: tuple[str, ...]
    scores: F64
    numbers: I64
    seed: int
    far: bool = False

    def __reduce__(self) -> tuple[object, ...]:
        """Its model goes as it was read: twenty times faster than to read its text once more."""
        place: Path | Carried = self.text.path
        if self.far:
            place = carried(place, [one.path for one in self.text.model.start if isinstance(one, StartTable)])
        return _unpacked, (place, self.text, self.names, self.scores, self.numbers, self.seed)


def _unpacked(
    place: Path | Carried, text: Text, names: tuple[str, ...], scores: F64, numbers: I64, seed: int
) -> Piece:  # fmt: skip
    path = place.unpacked() if isinstance(place, Carried) else place
    return Piece(replace(text, path=path), names, scores, numbers, seed)


def readings(piece: Piece) -> F64:
    """What the questions of a text read of these rows, float64[n_questions, n]; NaN where a row cannot be run."""
    try:
        return _run(piece)
    except (VesiculaError, MemoryError):
        n = len(piece.numbers)
        if n == 1:
            return np.full((len(piece.text.questions), 1), np.nan)
        return np.concatenate([readings(part) for part in _parts(piece, 2, 1)], axis=1)


def _parts(piece: Piece, most: int, least: int = LEAST_IN_PIECE) -> list[Piece]:
    """A piece cut into so many at most, of so many rows at least."""
    n = max(1, min(most, len(piece.numbers) // least))
    return [
        replace(piece, scores=piece.scores[part], numbers=piece.numbers[part])
        for part in np.array_split(np.arange(len(piece.numbers)), n)
    ]


def _run(piece: Piece) -> F64:
    text, numbers = piece.text, piece.numbers
    order = np.argsort(numbers, kind="stable")
    first = np.concatenate([[True], numbers[order][1:] > numbers[order][:-1]])
    if not text.whole and not first.all():  # two rows under one number are in two runs
        once, more = np.sort(order[first]), np.sort(order[~first])
        out = np.empty((len(text.questions), len(order)))
        for some in (once, more):
            out[:, some] = _run(replace(piece, scores=piece.scores[some], numbers=numbers[some]))
        return out
    draws = np.arange(1, len(numbers) + 1) if text.whole else numbers
    order = np.argsort(draws)
    table = np.zeros((len(piece.names), int(draws.max())))
    table[:, draws - 1] = piece.scores.T
    stated = dict.fromkeys(text.by_hand, np.zeros(table.shape[1]))
    rows = Ensemble(text.name, dict(zip(piece.names, table, strict=True)) | stated)
    compiled = compile_model(
        text.model, folder=text.path.parent, seed=piece.seed, ensemble=rows, draws=draws[order].tolist()
    )
    foreseen = text.seconds * (1 + len(numbers))
    chance = dict(zip(draws.tolist(), numbers.tolist(), strict=True))
    found = measured(compiled, limit=max(AT_LEAST_S, GIVEN_UP * foreseen), numbers=chance)
    read = np.stack([one.read(text.model, found) for one in text.questions])[:, 1:]
    out = np.empty_like(read)
    out[:, order] = read
    return out


def trouble(piece: Piece) -> str:
    """Why rows cannot be run, in words; empty where they can."""
    try:
        _run(piece)
    except (VesiculaError, MemoryError) as error:
        return getattr(error, "message", "") or "the memory does not hold it"
    return ""


class Reader:
    """Reads texts for a sampler. Use it in a `with` block.

    seconds : of a core that readings took, as foreseen; done is told after each piece
    """

    def __init__(
        self, texts: Sequence[Text], names: Sequence[str], *, seed: int, jobs: Jobs, cache: Path | None = None,
        done: Callable[[float], None] | None = None,
    ) -> None:  # fmt: skip
        self._texts = {text.name: text for text in texts}
        self._names, self._seed, self._jobs = tuple(names), seed, jobs
        self._cache = user_cache() / KEEPS if cache is None else cache
        self._done = done or (lambda _: None)
        self._open = ExitStack()

    def __enter__(self) -> Reader:
        self._workers: Workers = self._open.enter_context(working(self._jobs))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def __call__(self, asked: Asked, rows: F64, numbers: I64) -> F64:
        """Readings of rows, float64[n_constraints, n], in whatever pieces."""
        text = self._texts[asked.name]
        names = tuple(self._names[k] for k in asked.columns)
        size = int(np.clip(PIECE_S / max(text.seconds, 1e-3), LEAST_IN_PIECE, MOST_IN_PIECE))
        cuts = [slice(k, k + size) for k in range(0, len(rows), size)]
        pieces = [Piece(text, names, rows[cut][:, asked.columns], numbers[cut], self._seed) for cut in cuts]
        out = np.full((len(text.questions), len(rows)), np.nan)
        missing: list[int] = []
        for k, piece in enumerate(pieces):
            kept = self._kept(piece)
            found = _stored(kept, (len(text.questions), len(piece.numbers)))
            if found is None:
                missing.append(k)
            else:
                out[:, cuts[k]] = found
        at_once = -(-self._workers.count // max(1, len(missing)))
        parts = {(k, i): part for k in missing for i, part in enumerate(_parts(pieces[k], at_once))}
        come: dict[int, dict[int, F64]] = {k: {} for k in missing}
        whole = {k: sum(key[0] == k for key in parts) for k in missing}

        def arrived(key: tuple[int, int], answer: F64 | Lost) -> None:
            if isinstance(answer, Lost):
                rows = f"the process that ran {len(parts[key].numbers)} rows of {text.name} was ended each time"
                raise ResourceError(rows, "memory may be short: use fewer processes, or larger machines")
            k, i = key
            come[k][i] = answer
            if len(come[k]) == whole[k]:
                found = out[:, cuts[k]] = np.concatenate([come[k][j] for j in range(whole[k])], axis=1)
                _store(self._kept(pieces[k]), found)
                self._done(text.seconds * len(pieces[k].numbers))

        far = self._workers.far
        spread(self._workers, readings, {key: replace(one, far=far) for key, one in parts.items()}, arrived)
        return out

    def _kept(self, piece: Piece) -> Path:
        digest = hashlib.blake2b(f"{piece.text.digest} {piece.seed} {_code()}".encode(), digest_size=16)
        digest.update("\0".join(piece.names).encode())
        digest.update(np.ascontiguousarray(piece.scores).tobytes() + np.ascontiguousarray(piece.numbers).tobytes())
        key = digest.hexdigest()
        return self._cache / key[:2] / f"{key}.npy"


def _code() -> str:
    from vesicula.compiler.ensembles import engine_digest

    return engine_digest()


def _stored(path: Path, shape: tuple[int, int]) -> F64 | None:
    try:
        found = np.load(path)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape else None


def _store(path: Path, found: F64) -> None:
    """Keep readings; where that cannot be, they are computed again next time."""
    from contextlib import suppress

    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".partial")
        with unfinished.open("wb") as file:
            np.save(file, found)
        unfinished.replace(path)
