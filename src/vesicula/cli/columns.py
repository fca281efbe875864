"""Rows of words: in columns that wrap on a terminal, one plain line each in a pipe or file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from vesicula.cli.terminal import emit


def on_terminal() -> bool:
    """Whether a person reads standard output as it comes."""
    return sys.stdout.isatty()


def emit_rows(rows: Iterable[Sequence[str]], *, heading: Sequence[str] = ()) -> None:
    """Rows of equally many cells; the heading is for people only. The last column takes the room that is left."""
    lines = [tuple(row) for row in rows]
    if not lines:
        return
    if on_terminal():
        _emit_table(lines, heading)
        return
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]) - 1)]
    for row in lines:
        start = "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        emit((start + row[-1]).rstrip())


def _emit_table(rows: Sequence[Sequence[str]], heading: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=bool(heading), pad_edge=False, header_style="bold")
    last = len(rows[0]) - 1
    for column in range(last + 1):
        name = heading[column] if heading else ""
        table.add_column(name, overflow="fold", no_wrap=column == 0, ratio=1 if column == last else None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
