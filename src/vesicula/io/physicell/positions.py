"""Cells at the start: the table of a project, versions 1 (x, y, z, ID) and 2 (with header), and `number_of_cells`."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from vesicula import units
from vesicula.io.physicell.account import Account, Item
from vesicula.io.physicell.definitions import Definition
from vesicula.io.physicell.markup import MOST, Element, Source, read_lines
from vesicula.io.physicell.space import SITE, Domain

NEEDED = ("x", "y", "z", "type")
SKIPPED = ("", "s")
"""What stands in a column of version 2 where a cell keeps its own value, by its first letter."""


@dataclass(frozen=True)
class Placed:
    """A cell at a place in the site, µm, by its name in the model."""

    cell: str
    place: tuple[float, float, float]


@dataclass(frozen=True)
class Start:
    """What stands at the start. placed : cells with places; sentences : the others, as `start` says them"""

    placed: tuple[Placed, ...]
    sentences: tuple[str, ...]


def read_start(
    root: Element, home: Path, domain: Domain, cells: list[Definition], account: Account
) -> Start:  # fmt: skip
    """Cells at the start. home : folder that paths start from. Raises FileError."""
    placed: list[Placed] = []
    block = root.child("initial_conditions/cell_positions")
    if block is not None:
        for part in block.walk():
            part.seen = True
    if block is not None and block.enabled:
        if block.attributes.get("type", "csv").lower() != "csv":
            block.refuse(
                "file-form", "places of cells are read from CSV", 'write type="csv"', words=block.attributes["type"]
            )
        name = block.file_name()
        path = home / name
        if not path.is_file():
            message = f"the cells `{name}` are missing: no file stands at that place under {home.name or home}"
            block.refuse("file-missing", message, 'put the file there, or write `enabled="false"`', words=name)
        placed = _table(path, name, domain, cells, account)
        account.read(name, f"{len(placed)} cells with places")
    number = root.child("user_parameters/number_of_cells")
    sentences: list[str] = []
    if number is not None:
        count = number.number()
        if count < 0 or count != int(count):
            number.refuse("file-number", "a number of cells is a whole number", "write for example `10`")
        if count:
            sentences = [f"{int(count)} {one.name} in {SITE}" for one in cells]
            why = "of each cell definition, anywhere in the domain, as the code of PhysiCell's template has it"
            account.assumed(number, f"number_of_cells {int(count)}", why, f"{len(sentences)} lines of start")
    if not placed and not sentences:
        account.assumed(root, "no cells at the start", "own code of the project may place some", "none")
    return Start(tuple(placed), tuple(sentences))


def table_text(placed: tuple[Placed, ...], *, flat: bool) -> str:
    """The table that `start` reads: CSV, UTF-8, places in µm."""
    axes = "xy" if flat else "xyz"
    rows = [",".join((one.cell, *(f"{x:.10g}" for x in one.place[: len(axes)]))) for one in placed]
    return "\n".join([",".join(("cell", *axes)), *rows]) + "\n"


def _table(path: Path, file: str, domain: Domain, cells: list[Definition], account: Account) -> list[Placed]:
    _, source = read_lines(path, file, "check its rights")
    lines = [(number, line) for number, line in enumerate(source.lines, 1) if line.strip()]
    if not lines:
        source.refuse("file-empty", "the table has no rows", "write x,y,z,type and a row for each cell")
    header = lines[0][1].lstrip()[:1] in ("x", "X")
    columns = _columns(source, *lines[0]) if header else {name: k for k, name in enumerate(NEEDED)}
    by_word = {one.said: one for one in cells} if header else {one.number: one for one in cells}
    found: list[Placed] = []
    outside: list[int] = []
    ignored: dict[str, int] = {}
    for number, line in lines[1 if header else 0 :]:
        try:
            row = [one.strip() for one in next(csv.reader([line]), [])]
        except csv.Error as error:
            source.refuse("file-form", f"the row cannot be read: {error}", "write plain columns", line=number)
        width = len(columns) if header else 4
        if len(row) < 4 or len(row) > width:
            expected = "x,y,z,type" if header else "x,y,z,ID of the cell definition"
            source.refuse("file-form", f"the row has {len(row)} columns", f"write {expected}", line=number)
        place = _place(source, number, row, columns, domain)
        kind = row[columns["type"]]
        if not header:
            kind = _identity(kind)
        if kind not in by_word:
            _unknown(source, number, kind, list(by_word))
        for name, k in columns.items():
            if name not in NEEDED and k < len(row) and row[k][:1].lower() not in SKIPPED:
                ignored.setdefault(name, number)
        if place is None:
            outside.append(number)
        else:
            found.append(Placed(by_word[kind].name, place))
    _tell(account, file, outside, ignored)
    return found


def _columns(source: Source, number: int, line: str) -> dict[str, int]:
    names = [one.strip() for one in line.split(",")]
    columns = {(name.lower() if name.lower() in NEEDED else name): k for k, name in enumerate(names)}
    if len(columns) != len(names):
        source.refuse("file-form", "two columns have one name", "name each only once", line=number)
    for k, name in enumerate(NEEDED):
        if columns.get(name) != k:
            source.refuse(
                "file-form", f"column {k + 1} is not `{name}`", "begin the header with x,y,z,type", line=number
            )
    return columns


def _place(
    source: Source, number: int, row: list[str], columns: dict[str, int], domain: Domain
) -> tuple[float, float, float] | None:
    """Place in the site, µm; None outside."""
    found: list[float] = []
    for axis, low, edge in zip("xyz", domain.low, domain.size, strict=True):
        said = row[columns[axis]]
        try:
            at = float(said)
        except ValueError:
            at = math.nan
        if not abs(at) < MOST:
            source.refuse("file-number", f"{axis}: `{said}` is no place", "write a number", line=number, words=said)
        found.append(0.5 * edge if domain.flat and axis == "z" else at - low)
    inside = all(0.0 <= at <= edge for at, edge in zip(found, domain.size, strict=True))
    return (found[0], found[1], found[2]) if inside else None


def _identity(said: str) -> str:
    """The ID that PhysiCell reads: `1.0` is 1."""
    try:
        return str(int(float(said)))
    except (ValueError, OverflowError):
        return said


def _unknown(source: Source, number: int, kind: str, known: list[str]) -> None:
    near = units.nearest(kind, known)
    remedy = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
    source.refuse("unknown-name", f"`{kind}` is no cell definition of this project", remedy, line=number, words=kind)


def _tell(account: Account, file: str, outside: list[int], ignored: dict[str, int]) -> None:
    if outside:
        listed = ", ".join(str(one) for one in outside[:8]) + (" …" if outside[8:] else "")
        cells = "cells" if outside[1:] else "cell"
        what = f"{len(outside)} {cells} outside the domain (row {listed})"
        account.add(Item("assumed", file, outside[0], what, "left out", "cells of a site lie in it"))
    for name, number in ignored.items():
        why = "cells of a type start alike; what differs is a trait or another type"
        account.add(Item("unequal", file, number, f"column `{name}`", "", why))
