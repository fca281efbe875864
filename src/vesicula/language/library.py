"""The parameter library as typed values: reads `library/parameters/*.yaml`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from functools import lru_cache
from pathlib import Path
from typing import cast

from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.evidence.parameters import Entry, ParameterLibrary
from vesicula.kept import keep_reading, kept_reading, reading
from vesicula.language.abundance import TABLES, ReadTable, counted
from vesicula.language.library_values import Library, LibraryValue
from vesicula.language.text import Report


def _parameter_files() -> tuple[Path, ...]:
    return tuple(sorted((library_folder() / "parameters").glob("*.yaml")))


@lru_cache(maxsize=4)
def _loaded(stamps: tuple[tuple[str, int], ...]) -> tuple[Library, Report]:
    files = [Path(path) for path, _ in stamps]
    kept = kept_reading("parameters", files)
    library = _kept(kept)
    report = Report()
    if library is None:
        from vesicula.language.reading.parameters import (
            read_parameters,  # and the grammars, which what is kept does without
        )

        library = cast("Library", ParameterLibrary())
        for path in files:
            read_parameters(path, f"library/parameters/{path.name}", library, report)
        if not report.diagnostics:
            keep_reading(kept, library)
    for table in TABLES:
        library.tables[table.quantity] = _reader(library, table)
    for first, second in library.conflicts:
        message = f"{second.key.text()} also stands in {first.file}:{first.line}"
        report.add("conflicting-library", None, message, "leave one of them out", file=f"{second.file}:{second.line}")
    return library, report


def _kept(file: Path) -> Library | None:
    found = reading(file)
    return cast("Library", found) if isinstance(found, ParameterLibrary) else None


def _reader(
    library: Library, table: ReadTable
) -> Callable[[SequenceOf[str], SequenceOf[str]], list[Entry[LibraryValue]]]:
    """Entries of a table of reads, made where they are asked for."""

    def read(entities: SequenceOf[str], cells: SequenceOf[str]) -> list[Entry[LibraryValue]]:
        whole = library.find("all copies", [table.molecule]).entry
        if whole is None:
            return []
        return [
            Entry(one.key, LibraryValue(one.value), EvidenceClass.DERIVED, one.value.note, table.file)
            for one in counted(table, whole.value.value, entities, cells)
        ]

    return read


def parameter_library() -> tuple[Library, Report]:
    """The library's parameters, read once per state of the files, with what is wrong in them."""
    return _loaded(tuple((str(path), path.stat().st_mtime_ns) for path in _parameter_files()))
