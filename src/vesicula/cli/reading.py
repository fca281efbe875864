"""`vesicula read`: the executable review of an article."""

from __future__ import annotations

from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json
from vesicula.errors import VesiculaError


def known_ledger(name: str) -> str:
    """A ledger by its name. Raises VesiculaError with the nearest one."""
    from vesicula.evidence.claims import ledgers
    from vesicula.units import nearest

    if name in ledgers():
        return name
    near = nearest(name, ledgers())
    remedy = f"did you mean {near}?" if near else f"one of {', '.join(ledgers())}"
    raise VesiculaError(f"no review is called {name}", remedy)


def write_text(file: Path, text: str) -> None:
    """Write a result to a file whole. Raises VesiculaError where that is not possible."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise VesiculaError(f"{file} cannot be written: {error.strerror}", "choose another place with --out") from error


def write_review(model: str, *, lang: str, out: Path | None, as_json: bool) -> int:
    """Write the review of a reference model's article as one HTML file."""
    name = known_ledger(model)
    from vesicula.experiments.verdicts.reading import LANGUAGES, review_html

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"--lang takes {' or '.join(LANGUAGES)}, not {lang!r}")
    file = out or Path(f"{name}-review{'' if lang == 'en' else f'-{lang}'}.html")
    write_text(file, review_html(name, lang))
    if as_json:
        emit_json({"model": name, "language": lang, "review": str(file)})
    else:
        emit(str(file))
    return exits.OK
