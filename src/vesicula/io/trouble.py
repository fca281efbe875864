"""A laboratory's file that cannot be used: what was expected, what was found, in which line, and what to do."""

from __future__ import annotations

from typing import NoReturn

from vesicula.errors import Diagnostic, FileError

LONGEST_SHOWN = 300


def refuse(
    file: str, code: str, message: str, remedy: str, *, line: int = 0, text: str = "", words: str = ""
) -> NoReturn:
    """Raise FileError. line : from 1, 0 for the file as a whole; text : that line; words : of it, which carets mark."""
    shown = "".join(c if c.isprintable() else " " for c in text[:LONGEST_SHOWN])
    column = shown.find(words) + 1 if words else 0
    length = len(words) if column else max(len(shown.strip()), 1)
    raise FileError(
        [
            Diagnostic(
                file=file, line=line, column=max(column, 1), length=length,
                severity="error", code=code, message=message, remedy=remedy, source_line=shown if line else None,
            )
        ]
    )  # fmt: skip
