"""`vesicula export`: a run in the formats that other programs read."""

from __future__ import annotations

from pathlib import Path

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json, say


def export_run(
    folder: Path, *, to: str, out: Path | None, arm: str | None, at: str | None, site: str | None,
    replicate: int | None, replace: bool, as_json: bool,
) -> int:  # fmt: skip
    """Write a run folder, or a part of it, in a format; what it holds is said. Returns the exit code."""
    from vesicula import units
    from vesicula.results import Result
    from vesicula.results.choice import Choice
    from vesicula.results.exports import export

    time = None if at is None else units.internal(units.parse_quantity(at), "time")
    done = export(Result(folder), to, out, Choice(arm, replicate, site, time), replace=replace)
    if as_json:
        emit_json({"format": done.form, "path": str(done.path), "notes": list(done.notes)})
        return exits.OK
    for note in done.notes:
        say(note)
    emit(str(done.path))
    return exits.OK
