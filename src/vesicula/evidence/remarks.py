"""What we say about claims: corrections of those doubted wrong, reasons why some are not carried or not testable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.evidence.ledgers import parsed


@dataclass(frozen=True)
class Correction:
    """A claim that its own doubts call wrong. printed: what the review says; corrected: what is built beside it."""

    printed: str
    corrected: str


def _rows(folder: str) -> Mapping[str, object]:
    """The entries of all files of a folder, which are named like the ledgers; an id twice keeps the first."""
    table: dict[str, object] = {}
    for path in sorted((library_folder() / folder).glob("*.yaml")):
        table = {**parsed(path), **table}
    return table


@lru_cache(maxsize=1)
def corrections() -> Mapping[str, Correction]:
    """Claim id -> what is printed and what is meant or true."""
    rows = cast("Mapping[str, Mapping[str, str]]", _rows("claims-corrected"))
    return MappingProxyType({key: Correction(row["printed"], row["corrected"]) for key, row in rows.items()})


@lru_cache(maxsize=1)
def reasons_not_carried() -> Mapping[str, str]:
    """Claim id -> why no sentence of the library carries it."""
    return MappingProxyType(cast("dict[str, str]", dict(_rows("claims-not-carried"))))


@lru_cache(maxsize=1)
def untestable_reasons() -> Mapping[str, str]:
    """Claim id -> what is missing before an experiment of it can be run honestly."""
    return MappingProxyType(cast("dict[str, str]", dict(_rows("claims-untestable"))))


@lru_cache(maxsize=8)
def verdict_notes(model: str) -> Mapping[str, str]:
    """Claim id -> why its verdict became another one, written by hand in `verdicts/notes/MODEL.yaml`."""
    path = library_folder() / "verdicts" / "notes" / f"{model}.yaml"
    return MappingProxyType(cast("dict[str, str]", dict(parsed(path)))) if path.is_file() else MappingProxyType({})


def question_texts() -> Mapping[str, Mapping[str, object]]:
    """Claim id -> what an open question asks and reads, and the text or sweep that runs it."""
    return cast("Mapping[str, Mapping[str, object]]", _rows("questions"))


def headings_zh() -> Mapping[str, Mapping[str, str]]:
    """Ledger -> section key -> its heading in Chinese."""
    return cast("Mapping[str, Mapping[str, str]]", parsed(library_folder() / "headings-zh.yaml"))
