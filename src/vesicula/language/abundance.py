"""Copies of miRNAs and mRNAs in kinds of cells, from tables of reads (`library/tables`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.evidence.parameters import Key
from vesicula.language.values import Value

ANY_CELL = "any-cell"
"""Name of the cell that stands in for one the library does not know."""
ABUNDANT, SCARCE = 100.0, 1.0  # copies


@dataclass(frozen=True)
class ReadTable:
    """Reads per million by molecule (rows) and cell (columns); an empty place is below what the table shows.

    quantity : of the parameter library; molecule : of whose copies the reads are a share; spread : factor either way
    of an abundant molecule (twice as wide in decades where reads are few)
    """

    quantity: str
    molecule: str
    file: str
    source: str
    spread: float
    shown: float


TABLES = (
    ReadTable("own copies", "miRNA", "library/tables/mirna-reads.csv", "mccall2017", 5.0, 1.0),
    ReadTable("mRNA", "mRNA", "library/tables/mrna-reads.csv", "hpa2020", 10.0, 2.0),
)


@dataclass(frozen=True)
class Counted:
    """A value of a table under its key."""

    key: Key
    value: Value


@cache
def _rows(file: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Columns, and the rest of each line by its first word; no rest: a name that is known and not counted."""
    head, *lines = (library_folder().parent / file).read_text(encoding="utf-8").splitlines()
    rows = {name: rest for name, _, rest in (line.partition(",") for line in lines)}
    return tuple(head.split(",")[1:]), rows


def table_of(quantity: str) -> ReadTable:
    """The table of a quantity; KeyError where there is none."""
    return {one.quantity: one for one in TABLES}[quantity]


def known(quantity: str) -> tuple[str, ...]:
    """All molecules of a table."""
    return tuple(_rows(table_of(quantity).file)[1])


def cells_of(quantity: str) -> tuple[str, ...]:
    """All kinds of cells of a table."""
    return _rows(table_of(quantity).file)[0]


def name_in_table(name: str) -> str:
    """A miRNA as the table writes it."""
    return name.removeprefix("hsa-")


def counted(table: ReadTable, whole: Value, entities: Sequence[str], cells: Sequence[str]) -> Iterator[Counted]:
    """What a table holds of molecules in cells.

    Equation   copies = reads per million / 10⁶ × all copies of a cell; for `any-cell` the median over the kinds of
               cells, from the lowest to the highest of them
    whole : all copies of a cell
    """
    columns, rows = _rows(table.file)
    for entity in entities:
        line = rows.get(name_in_table(entity))
        if not line:
            continue
        reads = [float(text) if text else 0.0 for text in line.split(",")]
        for cell in cells:
            if cell in columns:
                yield _value(table, whole, entity, cell, [reads[columns.index(cell)]])
            elif cell == ANY_CELL:
                yield _value(table, whole, entity, cell, reads)


def _value(table: ReadTable, whole: Value, entity: str, cell: str, reads: Sequence[float]) -> Counted:
    each = whole.number / 1e6
    middle = median(reads)
    copies = max(middle, 0.5 * table.shown) * each
    low, high = (
        max(end, 0.5 * table.shown) * each * _spread(table, end * each) ** sign
        for end, sign in ((min(reads), -1), (max(reads), 1))
    )
    over = f", median of {len(reads)} kinds of cells" if len(reads) > 1 else ""
    shown = f"{middle:g}" if middle >= table.shown else f"fewer than {table.shown:g}"
    note = f"{shown} reads per million{over} x {whole.number:g} {table.molecule}s of a cell / 1e6"
    value = Value(
        number=_round(copies), unit="copies", low=_round(low), high=_round(high), sources=(table.source,),
        range_sources=("assumed",), evidence=EvidenceClass.DERIVED, note=note,
    )  # fmt: skip
    return Counted(Key(table.quantity, entity, cell, None, "human"), value)


def _spread(table: ReadTable, copies: float) -> float:
    """Factor by which a number of copies may be off: few reads tell little."""
    return table.spread if copies >= ABUNDANT else table.spread**1.5 if copies >= SCARCE else table.spread**2


def _round(copies: float) -> float:
    """Two significant digits: more is not known."""
    return float(f"{copies:.2g}")


def with_arm(name: str) -> tuple[str, ...]:
    """Mature miRNAs of the table that a name without arm may mean."""
    bare = name_in_table(name)
    if re.search(r"-[35]p$", bare):
        return ()
    return tuple(one for one in (f"{bare}-5p", f"{bare}-3p") if one in _rows(table_of("own copies").file)[1])
