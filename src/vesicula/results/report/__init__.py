"""The report: one HTML file with pictures, curves, ledgers and the evidence behind every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vesicula.results.durable import cannot_write, replace_file

if TYPE_CHECKING:
    from vesicula.results.result import Result


def write_report(result: Result, path: Path) -> Path:
    """Write the report of a result as one self-contained file; raises RunFolderError where it cannot be written."""
    from vesicula.results.report.page import Page

    content = Page(result).render().encode()
    try:
        replace_file(path, content)
    except OSError as error:
        raise cannot_write(path, error, "name another file") from error
    return path
