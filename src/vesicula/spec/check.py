"""All that is wrong with a model, at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vesicula.errors import Diagnostic
from vesicula.spec.model import Model
from vesicula.spec.read import find_source, read_source
from vesicula.spec.resolve import assembled, changed, completed
from vesicula.spec.text import Report


def check(model: str | Path | Model, *, changes: Mapping[str, str] | None = None) -> list[Diagnostic]:
    """Every diagnostic of a model, in order of place."""
    report = Report()
    if isinstance(model, Model):
        written: Model | None = model
    else:
        source = find_source(model, report)
        written = read_source(source, report) if source is not None else None
    if written is None:
        return report.diagnostics
    whole = assembled(written, report) if not written.resolved else written
    if changes:
        whole = changed(whole, changes)
    completed(whole, report)
    return sorted(report.diagnostics, key=lambda one: (one.file, one.line, one.column))
