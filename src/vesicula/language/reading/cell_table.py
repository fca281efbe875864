"""Tables of cells with their places, however a spreadsheet saved them: the one reader, for checks and for runs.

UTF-8 with or without a byte-order mark, or UTF-16; columns apart by comma, semicolon or tab, with decimal commas where
a comma does not part columns; names of columns in any case, with their unit (`x (um)`), and `type` for `cell`.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from vesicula import units
from vesicula.errors import UnitError

COLUMNS = ("cell", "x", "y", "z", "state", "label")
NEEDED = COLUMNS[:3]
SHAPE = "the columns are cell, x, y[, z][, state][, label], positions in um"
ALSO = {
    "cell": ("type", "cell type", "celltype", "kind"), "x": ("pos x", "position x", "x position"),
    "y": ("pos y", "position y", "y position"), "z": ("pos z", "position z", "z position"), "state": ("cell state",),
    "label": ("clone",),
}  # fmt: skip
UNIT = re.compile(r"(.*?)\s*[(\[]\s*([^)\]]*?)\s*[)\]]\s*")
MOST_SHOWN = 8


@dataclass(frozen=True)
class Placed:
    """A cell of a table. line : in the file, from 1; place : µm; state, label : empty where not said"""

    line: int
    cell: str
    place: tuple[float, float, float]
    state: str
    label: str


@dataclass
class CellTable:
    """What a file holds. taken : `type for cell`, of columns that are called otherwise; problems : why it is not right;
    unread : it is no text
    """

    cells: list[Placed] = field(default_factory=list[Placed])
    taken: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    unread: bool = False


def read_cell_table(path: Path) -> CellTable:
    """The cells of a table and all that is wrong with it. Raises OSError."""
    out = CellTable()
    text = _text(path.read_bytes())
    if text is None:
        out.unread = True
        return out
    lines = [line for line in text.splitlines() if line.strip(" \t,;")]
    if not lines:
        out.problems.append("it is empty")
        return out
    mark = _mark(lines[0])
    reader = csv.reader(text.splitlines(), delimiter=mark, skipinitialspace=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(one.strip() for one in row)]
    except csv.Error as error:
        out.problems.append(f"row {reader.line_num} cannot be read: {error}")
        return out
    columns, scales = _columns(rows[0][1], out)
    width = len(rows[0][1])
    if not out.problems:
        for line, row in rows[1:]:
            if any(one.strip() for one in row[width:]):
                out.problems.append(f"row {line} has {len(row)} entries, the header {width}")
            else:
                _row(line, row, columns, scales, out, decimal_comma=mark != ",")
        if not rows[1:]:
            out.problems.append("it has no rows below its header")
    return out


def outside(table: CellTable, size: tuple[float, float, float]) -> list[str]:
    """Positions that are not in a site of these edges, µm, in words."""
    return [
        f"row {one.line}, column {axis}: {place:g} lies outside the site, which is {edge:g} um along {axis}"
        for one in table.cells
        for axis, place, edge in zip("xyz", one.place, size, strict=True)
        if not 0.0 <= place <= edge
    ]


def first_problems(problems: list[str]) -> str:
    """The first problems, and how many more there are."""
    more = len(problems) - MOST_SHOWN
    return "; ".join([*problems[:MOST_SHOWN], *([f"{more} more"] if more > 0 else [])])


def _text(content: bytes) -> str | None:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _mark(header: str) -> str:
    """What parts the columns: of semicolon, tab and comma the one that parts the header into most."""
    return max(";\t,", key=header.count)


def _columns(header: list[str], out: CellTable) -> tuple[dict[str, int], dict[str, float]]:
    """Place of each column, and the µm that one of its numbers is."""
    columns: dict[str, int] = {}
    scales: dict[str, float] = {}
    for k, written in enumerate(header):
        found = UNIT.fullmatch(written)
        bare, unit = (found.group(1), found.group(2)) if found else (written, "")
        bare = re.sub(r"[\s_]+", " ", bare).strip().lower()
        for plain in ("um", "µm", "μm"):
            if bare.endswith(f" {plain}"):
                bare, unit = bare.removesuffix(f" {plain}"), "um"
        name = next((one for one in COLUMNS if bare == one or bare in ALSO[one]), None)
        if name is None:
            continue
        if name in columns:
            out.problems.append(f"the columns `{header[columns[name]]}` and `{written}` are both {name}")
            continue
        columns[name] = k
        scales[name] = 1.0
        if unit and name in "xyz":
            try:
                scales[name] = units.convert(1.0, unit.replace("µ", "u").replace("μ", "u"), "length")
            except UnitError as error:
                out.problems.append(f"column `{written}`: {error.message}")
        if written.strip() != name:
            out.taken.append(f"`{written.strip()}` for {name}")
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        has = ", ".join(f"`{one.strip()}`" for one in header)
        out.problems.append(f"it has no column {' and no '.join(missing)}, but {has}")
    return columns, scales


def _row(
    line: int, row: list[str], columns: dict[str, int], scales: dict[str, float], out: CellTable, *, decimal_comma: bool
) -> None:
    def word(name: str) -> str:
        return row[columns[name]].strip() if name in columns and columns[name] < len(row) else ""

    place: list[float] = []
    for axis in "xyz":
        text = word(axis)
        if axis == "z" and not text:
            place.append(0.0)
            continue
        number = _number(text.replace(",", ".") if decimal_comma else text)
        if number is None:
            shown = f"`{text}` is no position" if text else "there is no position"
            out.problems.append(f"row {line}, column {axis}: {shown}")
        else:
            place.append(number * scales[axis])
    if not word("cell"):
        out.problems.append(f"row {line}, column cell: there is no cell")
    elif len(place) == 3:
        out.cells.append(Placed(line, word("cell"), (place[0], place[1], place[2]), word("state"), word("label")))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
