"""`vesicula import`: what was read of files, left out and assumed; or the same as text for a model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.dosing import WORDS
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import FileError, ModelError, VesiculaError
from vesicula.io import read_file
from vesicula.io.results import Reading
from vesicula.io.writing import WAYS, written

WIDTH = 100


def import_all(
    files: Sequence[Path], *, dilution: float | None, protein: str | None, way: str | None, measure: str | None,
    at: str | None, out: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Answer `vesicula import`: every file that is understood, then all that are not. Returns the exit code."""
    if way is not None and way not in WAYS:
        raise typer.BadParameter(f"--as takes {', '.join(WAYS)}, not {way}")
    if way is None and out is not None:
        raise typer.BadParameter("--out writes what --as says; say for example --as table")
    if way is not None and len(files) > 1 and out is not None:
        raise typer.BadParameter("--out takes one file at a time")
    found: list[Reading] = []
    texts: list[str] = []
    refused: list[FileError] = []
    for path in files:
        try:
            one = read_file(path, dilution=dilution, protein=protein)
            texts.append("" if way is None else written(one, way, measure=measure, at=at))
            found.append(one)
        except FileError as error:
            refused.append(error)
    if refused and not found:
        raise _together(refused)
    if as_json:
        emit_json({
            "files": [
                {**one.as_dict(), **({"text": text} if way else {})} for one, text in zip(found, texts, strict=True)
            ],
            "refused": [mistake.as_dict() for error in refused for mistake in error.diagnostics],
        })  # fmt: skip
    else:
        for one, text in zip(found, texts, strict=True):
            _show(one, text, way, out)
    if refused:
        say(str(_together(refused)))
        return exits.MODEL
    return exits.OK


def _together(refused: Sequence[FileError]) -> ModelError:
    return FileError([mistake for error in refused for mistake in error.diagnostics])


def _show(one: Reading, text: str, way: str | None, out: Path | None) -> None:
    """The account on standard output; with `--as` the text there or in a file, and the account beside it."""
    account = "\n".join([f"{one.file}: {one.kind}", *lines_of(one)])
    if way is None:
        emit(account)
        return
    say(account)
    if out is None:
        emit(text.rstrip("\n"))
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise VesiculaError(f"{out} cannot be written: {error.strerror}") from error
    say(f"written: {out}")


def lines_of(one: Reading) -> list[str]:
    """Sentences of an account, one below the other, each with its kind."""
    return [
        textwrap.fill(f"  {word}  {sentence}", WIDTH, subsequent_indent=" " * 12)
        for kind, word in WORDS.items()
        for sentence in getattr(one.account, kind)
    ]
