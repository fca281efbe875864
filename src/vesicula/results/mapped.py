"""Sweeps and shares of variance that belong to a run, as kept in its folder: NAME.json beside NAME.parquet."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from vesicula.errors import RunFolderError
from vesicula.language.values import Frozen
from vesicula.results.durable import replace_file

FORMAT = 1
KINDS = ("sweep", "sensitivity")


class Mapped(Frozen):
    """What the report shows of a sweep or of shares of variance.

    kind : sweep or sensitivity      asked : all that was asked for, by which the same question is known
    picture : SVG      heading, rows : a short table      notes : sentences      table : name of the Parquet file
    """

    kind: str
    asked: str
    title: str
    picture: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    table: str = ""


def place_of(folder: Path, one: Mapped) -> Path:
    """Where it is kept: in place of an answer to the same question, else under the next number."""
    number = 1
    while True:
        path = folder / f"{one.kind}{'' if number == 1 else f'-{number}'}.json"
        if not path.is_file():
            return path
        try:
            if _read(path).asked == one.asked:
                return path
        except RunFolderError:
            return path
        number += 1


def write_mapped(path: Path, one: Mapped) -> Path:
    """Keep it; returns the file."""
    content = {"format": FORMAT, **one.model_dump(mode="json"), "table": path.with_suffix(".parquet").name}
    replace_file(path, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return path


def read_mapped(folder: Path) -> tuple[Mapped, ...]:
    """All that is kept in a run folder, sweeps first. Raises RunFolderError where one cannot be read"""
    found: list[Mapped] = []
    for kind in KINDS:
        paths = [folder / f"{kind}.json", *sorted(folder.glob(f"{kind}-[0-9]*.json"), key=_numbered)]
        found += [_read(path) for path in paths if path.is_file()]
    return tuple(found)


def _numbered(path: Path) -> tuple[int, str]:
    number = path.stem.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0), path.name


def _read(path: Path) -> Mapped:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return Mapped.model_validate(content)
    except (OSError, ValueError, KeyError, AttributeError, ValidationError) as error:
        raise RunFolderError(
            f"{path} cannot be read: {str(error).splitlines()[0]}", "remove it, or ask again"
        ) from None
