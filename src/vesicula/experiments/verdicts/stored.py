"""Boards of the library as they were stored with a version: what an outcome was, and on which values it rested."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.experiments.verdicts.board import HELD, Board, Row, from_json, to_json
from vesicula.experiments.verdicts.trials import Stated, Trials

PRIOR = "prior"


@dataclass(frozen=True)
class Stored:
    """A stored board. rows : claim -> row; values : file -> path -> (value, low, high, unit)."""

    board: Board
    values: Mapping[str, Mapping[str, Stated]]

    @property
    def rows(self) -> dict[str, Row]:
        """The row of each claim."""
        return {row.claim: row for row in self.board.rows}


def verdict_words(outcome: str, provenance: str) -> str:
    """`holds (composed)`, or the outcome alone."""
    return f"{outcome} ({provenance})" if outcome in HELD and provenance else outcome


def stored_folder() -> Path:
    """Where the library keeps its boards: of calibrated draws, and under `prior` of draws of all ranges."""
    return library_folder() / "verdicts"


def stored_boards() -> tuple[str, ...]:
    """Models that have a stored board of either kind."""
    folder = stored_folder()
    return tuple(sorted({path.stem for path in (*folder.glob("*.json"), *(folder / PRIOR).glob("*.json"))}))


def stored(model: str) -> Stored | None:
    """The stored board of a model: of calibrated draws, else of draws of all ranges; None where there is none."""
    return stored_of(model, calibrated=True) or stored_of(model, calibrated=False)


@lru_cache(maxsize=8)
def stored_of(model: str, *, calibrated: bool) -> Stored | None:
    """The stored board of one kind of draws; None where there is none."""
    path = _path(model, calibrated=calibrated)
    return stored_from(path.read_text(encoding="utf-8")) if path.is_file() else None


def _path(model: str, *, calibrated: bool) -> Path:
    return (stored_folder() if calibrated else stored_folder() / PRIOR) / f"{model}.json"


def stored_from(text: str) -> Stored:
    """A stored board from its text."""
    data = json.loads(text)
    return Stored(from_json(text), _by_file(data["values"]))


def stored_text(board: Board, finished: Sequence[object]) -> str:
    """A board with the values on which its runs rest; a value that several files share stands once."""
    table: dict[str, dict[Stated, list[str]]] = {}
    for run in finished:
        if isinstance(run, Trials):
            for path, value in run.parameters.items():
                table.setdefault(path, {}).setdefault(value, []).append(run.file)
    values = {path: [[*value, sorted(files)] for value, files in rows.items()] for path, rows in sorted(table.items())}
    lines = ",\n".join(f"  {json.dumps(path)}: {json.dumps(rows)}" for path, rows in values.items())
    return f'{to_json(board).rstrip()[:-1].rstrip()},\n "values": {{\n{lines}\n }}\n}}\n'


def _by_file(values: Mapping[str, list[list]]) -> dict[str, dict[str, Stated]]:
    table: dict[str, dict[str, Stated]] = {}
    for path, rows in values.items():
        for *value, files in rows:
            for file in files:
                table.setdefault(file, {})[path] = cast("Stated", tuple(value))
    return table


def changed_values(before: Stored, file: str, now: Mapping[str, Stated]) -> tuple[str, ...]:
    """Values of a file's run that are other than when the verdict was stored, with both; new and lost ones too."""
    then = before.values.get(file)
    if then is None:
        return ()
    return tuple(
        f"{path}: {_said(then.get(path))} -> {_said(now.get(path))}"
        for path in sorted({*then, *now})
        if then.get(path) != now.get(path)
    )


def _said(value: Stated | None) -> str:
    if value is None:
        return "absent"
    number, low, high, unit = value
    ends = "" if low is None or high is None else f" ({low:g}..{high:g})"
    return f"{number:g}{f' {unit}' if unit else ''}{ends}"


def store(board: Board, finished: Sequence[object]) -> Path:
    """Write the library's board of a model; returns the file."""
    from vesicula.results.durable import replace_file

    path = _path(board.model, calibrated=bool(board.ensemble))
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, stored_text(board, finished).encode())
    stored_of.cache_clear()
    return path
