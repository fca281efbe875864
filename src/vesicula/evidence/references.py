"""References: the part of BibTeX that our own file uses, with a field that says whether somebody opened the paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from vesicula.errors import VesiculaError
from vesicula.evidence.folder import library_folder

READ = ("yes", "abstract", "table", "no")


@dataclass(frozen=True)
class Reference:
    """One entry. read: `yes`, `abstract`, `table` (what was opened), or `no`: cited from memory."""

    key: str
    kind: str
    fields: Mapping[str, str]

    @property
    def read(self) -> str:
        """What of it was opened."""
        return self.fields.get("read", "no")

    @property
    def opened(self) -> bool:
        """Whether somebody opened it."""
        return self.read != "no"

    def text(self) -> str:
        """Authors, year, title, journal and DOI on one line."""
        parts = [self.fields.get("author", ""), self.fields.get("year", ""), self.fields.get("title", "")]
        parts.append(self.fields.get("journal", ""))
        doi = self.fields.get("doi")
        line = ". ".join(part for part in parts if part)
        return f"{line}. doi:{doi}" if doi else line


class ReferencesError(VesiculaError):
    """The list of references cannot be read."""

    exit_code = 2


def parse_references(text: str, file: str) -> dict[str, Reference]:
    """Entries `@kind{key, field = {text}, …}` by key. Raises ReferencesError with file and line."""
    found: dict[str, Reference] = {}
    position = 0
    while (start := re.compile(r"@(\w+)\s*\{\s*([^\s,{}]+)\s*,").search(text, position)) is not None:
        kind, key = start.group(1).lower(), start.group(2)
        line = text.count("\n", 0, start.start()) + 1
        end = _closing(text, start.start() + text[start.start() :].index("{"))
        if end is None:
            raise ReferencesError(f"{file}:{line}: the entry {key} has no closing brace")
        if key in found:
            raise ReferencesError(f"{file}:{line}: the key {key} stands twice", "give one of them another key")
        fields = _fields(text[start.end() : end])
        if fields.get("read", "no") not in READ:
            raise ReferencesError(f"{file}:{line}: `read` of {key} is one of {', '.join(READ)}")
        found[key] = Reference(key, kind, MappingProxyType(fields))
        position = end + 1
    return found


def _closing(text: str, opening: int) -> int | None:
    """Index of the brace that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return None


def _fields(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    position = 0
    while (start := re.compile(r"(\w+)\s*=\s*").search(body, position)) is not None:
        position = start.end()
        if body[position : position + 1] == "{":
            end = _closing(body, position)
            if end is None:
                break
            raw, position = body[position + 1 : end], end + 1
        else:
            match = re.compile(r'"([^"]*)"|([^,\n]*)').match(body, position)
            raw = "" if match is None else (match.group(1) if match.group(1) is not None else match.group(2))
            position = position if match is None else match.end()
        fields[start.group(1).lower()] = " ".join(raw.replace("{", "").replace("}", "").split())
    return fields


@lru_cache(maxsize=8)
def read_references(path: Path) -> Mapping[str, Reference]:
    """The entries of a BibTeX file; none where there is no file."""
    if not path.is_file():
        return MappingProxyType({})
    return MappingProxyType(parse_references(path.read_text(encoding="utf-8"), path.name))


def library_references() -> Mapping[str, Reference]:
    """The references of the library."""
    return read_references(library_folder() / "references.bib")
