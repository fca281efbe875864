"""`vesicula facts`: what somebody has measured, and what nobody has."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.columns import emit_rows, on_terminal
from vesicula.cli.terminal import emit_json, say
from vesicula.errors import VesiculaError
from vesicula.evidence.answers import COLUMNS, cited, in_common_units, number_text, row_of
from vesicula.evidence.facts import Fact, Measured

FIRST = 30
NEAR = " (close to a claim: sets no value)"


def answer(
    words: Sequence[str], *, own: Path | None, svg: Path | None, limit: int | None, as_json: bool, as_csv: bool
) -> int:
    """Show the facts that fit the words. Returns the exit code."""
    from vesicula.language.measured import answer_to, own_facts

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv are two forms of one answer; take one")
    question = " ".join(words)
    found = answer_to(question, own_facts(own) if own is not None else ())
    if not found.facts:
        raise VesiculaError(
            f"nobody has measured `{question}`, as far as the library knows", _elsewhere(found.quantities)
        )
    rows = in_common_units(found.facts)
    if svg is not None:
        _write(svg, question, rows)
    if as_json:
        emit_json({
            "question": question, "not_found": found.unused, "count": len(rows),
            "facts": [row_of(*row) for row in rows],
        })  # fmt: skip
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list[str](COLUMNS), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row_of(*row))
    else:
        _emit(rows, limit)
    if found.unused:
        say(f"no fact says anything of {', '.join(found.unused)}; these are about the rest of the question")
    return exits.OK


def _elsewhere(quantities: Sequence[str]) -> str:
    asked = f"quantity understood: {', '.join(quantities)}; " if quantities else ""
    return f"{asked}name a molecule, cell or tissue and a quantity: vesicula facts TGFB1 half-life"


def _emit(rows: Sequence[tuple[Fact, Measured, str]], limit: int | None) -> None:
    shown = rows[: limit or None] if limit is not None or not on_terminal() else rows[:FIRST]
    lines = [
        (number_text(measured, unit, fact), fact.what + (NEAR if fact.near_claim else ""),
         _context(fact), cited(fact), f"{fact.opened}; {fact.trust}", f"@{fact.id}")
        for fact, measured, unit in shown
    ]  # fmt: skip
    emit_rows(lines, heading=("measured", "what", "where", "source", "read; trust", "id"))
    if len(shown) < len(rows):
        say(f"{len(rows) - len(shown)} more; --limit 0 shows all {len(rows)}")


def _context(fact: Fact) -> str:
    return ", ".join(
        one for one in (fact.species if fact.species != "none" else "", fact.cell, fact.place, fact.condition) if one
    )


def _write(svg: Path, question: str, rows: Sequence[tuple[Fact, Measured, str]]) -> None:
    from vesicula.results.report.forest import forest

    try:
        svg.write_text(forest(question, rows), encoding="utf-8")
    except OSError as error:
        raise VesiculaError(f"{svg} cannot be written: {error.strerror}") from error
    say(f"forest plot: {svg}")


def unmeasured(model: str, *, as_json: bool, as_csv: bool) -> int:
    """Show the values of a model that no fact speaks of, those that most claims and measures hang on first."""
    from vesicula.experiments.verdicts.unmeasured import unmeasured_values

    rows = unmeasured_values(model)
    if as_json:
        emit_json({"model": model, "count": len(rows), "values": [row.as_dict() for row in rows]})
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list(rows[0].as_dict()) if rows else ["path"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.as_dict() for row in rows)
    else:
        emit_rows(
            [(str(row.decides), row.path, row.stated, row.measurement) for row in rows],
            heading=("decides", "value", "stated", "what would measure it"),
        )
        say(f"{len(rows)} values of {model} that nobody has measured, as far as the library knows")
    return exits.OK
