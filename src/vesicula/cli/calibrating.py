"""Calibrated draws on the command line: which there are, and how they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vesicula.cli.terminal import say

if TYPE_CHECKING:
    from vesicula.compiler.drawing import Ensemble


def rows_of(name: str) -> Ensemble | None:
    """Calibrated draws of a library model, told; None where there are none.

    Raises   EnsembleError where they are stale
    """
    from vesicula.compiler.ensembles import ENSEMBLES, fresh
    from vesicula.evidence.folder import library_folder

    table = library_folder() / ENSEMBLES / f"{name}.csv"
    if not table.is_file():
        return None
    rows = fresh(table)
    say(f"values from {rows.words}; --prior draws them from their ranges")
    return rows
