"""Lines of a text as rows of cells: which separator parts them, where a table begins and ends, and its columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from vesicula.io.decoding import Text, plain
from vesicula.io.numbers import Around, Decimal, NotANumberError, Numbers, is_missing, read_numbers, style_of
from vesicula.io.trouble import refuse

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
SAID_SEPARATOR = re.compile(r'"?sep\s*=\s*(\t|[;,|])"?[\s,;]*', re.IGNORECASE)
MOST_JOINED = 20  # lines that one quoted cell may span
MOST_AGREE = 0.9  # share of the other numbers, among which versions and dates may stand
COMMENTS = ("#", "*", "//")
NEW_LINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Row:
    """One row. line : of the file, from 1; cells : without blanks around them; text : as it stands"""

    line: int
    cells: tuple[str, ...]
    text: str

    def cell(self, k: int) -> str:
        """A cell, empty where the row is shorter."""
        return self.cells[k] if 0 <= k < len(self.cells) else ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not any(self.cells)

    @property
    def filled(self) -> tuple[str, ...]:
        """Cells in which something stands."""
        return tuple(cell for cell in self.cells if cell)


@dataclass(frozen=True)
class Sheet:
    """All rows of a file. separator : None where every line is one cell; notes : rows of `#` and `*` lines"""

    file: str
    rows: tuple[Row, ...]
    separator: str | None
    notes: tuple[Row, ...] = ()
    assumed: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    @cached_property
    def around(self) -> Around:
        """What the numbers of the file say of commas where those of a column say nothing."""
        found: Counter[Decimal] = Counter()
        for row in self.rows:
            for cell in row.cells:
                if cell and not is_missing(cell) and ("," in cell or "." in cell):
                    try:
                        style = style_of(cell)
                    except NotANumberError:
                        continue
                    if style is not None:
                        found[style] += 1
        if found:
            most, times = found.most_common(1)[0]
            if times > MOST_AGREE * found.total():
                return Around(most, "the other numbers of the file say so")
        if not found and self.separator == ";":
            return Around(Decimal.COMMA, "semicolons part the cells, as where the comma is decimal")
        return Around()

    def fail(self, code: str, message: str, remedy: str, row: Row | None = None, words: str = "") -> NoReturn:
        """Raise FileError at a row."""
        line, text = (row.line, row.text) if row else (0, "")
        refuse(self.file, code, message, remedy, line=line, text=text, words=words)

    def numbers(self, rows: Sequence[Row], column: int, name: str) -> Numbers:
        """Numbers of a column. Raises FileError with the line of the first cell that is none."""
        try:
            return read_numbers([row.cell(column) for row in rows], name, self.around)
        except NotANumberError as error:
            row = next((one for one in rows if one.cell(column) == error.cell), rows[0])
            self.fail("file-number", _why(error, name), _remedy(error), row, error.cell.strip())

    def numbers_across(self, row: Row, columns: Sequence[int], name: str) -> Numbers:
        """Numbers of one row. Raises FileError with its line."""
        try:
            return read_numbers([row.cell(k) for k in columns], name, self.around)
        except NotANumberError as error:
            self.fail("file-number", _why(error, name), _remedy(error), row, error.cell.strip())


def _why(error: NotANumberError, name: str) -> str:
    if error.date:
        return f"{name} holds numbers, and a spreadsheet made the date `{error.cell.strip()}` of one"
    return f"{name} holds numbers, but {error.why}"


def _remedy(error: NotANumberError) -> str:
    if error.date:
        return "export the file again, and let the spreadsheet read this column as text"
    if error.both:
        return "write all numbers of the column with the same decimal mark, and without marks of thousands"
    return "write a number, or leave the cell empty where nothing was measured"


def sheet_of(text: Text) -> Sheet:
    """Rows of a text. Raises FileError where it is one that no program wrote."""
    lines = NEW_LINE.split(text.text)
    said, assumed, read = None, list(text.assumed), list[str]()
    if text.encoding not in ("utf-8", "cp1252", "latin-1"):
        read.append(f"The text is {text.encoding.upper()}.")
    if lines and (found := SAID_SEPARATOR.fullmatch(lines[0].strip(" "))):
        said, lines[0] = found[1], ""
        read.append(f"Its first line says that {SEPARATORS[said]} part the cells.")
    separator = said or separator_of(lines)
    rows = tuple(_rows(lines, separator))
    notes = tuple(row for row in rows if row.cell(0).startswith(COMMENTS))
    kept = tuple(row for row in rows if not row.cell(0).startswith(COMMENTS) or _names_columns(row))
    return Sheet(text.file, kept, separator, notes, tuple(assumed), tuple(read))


def _names_columns(row: Row) -> bool:
    """`#time,value`: a heading behind a mark of comments, which `note_pairs` knows none of."""
    return row.cell(0).startswith("#") and len(row.filled) > 1 and "=" not in row.cell(0) and ":" not in row.cell(0)


def separator_of(lines: Sequence[str]) -> str | None:
    """The separator with which most lines have as many cells as a neighbour, more than one."""
    used = [line for line in lines if line.strip()][:2000]
    best, most = None, 0.0
    for mark in SEPARATORS:
        counts = [_outside_quotes(line, mark) for line in used]
        alike = sum(
            n > 0 and (n in counts[max(0, k - 1) : k] or n in counts[k + 1 : k + 2]) for k, n in enumerate(counts)
        )
        some = sum(n > 0 for n in counts)
        score = alike + 0.01 * some
        if score > most:
            best, most = mark, score
    return best


def _outside_quotes(line: str, mark: str) -> int:
    return line.count(mark) if '"' not in line else sum(part.count(mark) for part in line.split('"')[::2])


def _rows(lines: Sequence[str], separator: str | None) -> list[Row]:
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        line, took = lines[at], 1
        if separator is not None and line.count('"') % 2:
            for more in range(1, min(MOST_JOINED, len(lines) - at)):
                if lines[at + more].count('"') % 2:
                    line, took = "\n".join(lines[at : at + more + 1]), more + 1
                    break
        rows.append(Row(at + 1, _cells(line, separator), lines[at]))
        at += took
    return rows


def _cells(line: str, separator: str | None) -> tuple[str, ...]:
    if separator is None:
        return (line.strip(),)
    if '"' not in line:
        parts = line.split(separator)
    else:
        try:
            parts = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            parts = line.split(separator)
    cells = [" ".join(part.split()) for part in parts]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def note_pairs(rows: Sequence[Row]) -> dict[str, tuple[str, Row]]:
    """What lines such as `* Chemistry = TAQMAN`, `# Dilution: 100` and `Dilution,100` say, by their plain key."""
    found: dict[str, tuple[str, Row]] = {}
    for row in rows:
        cells = list(row.filled)
        if not cells or len(cells) > 4:
            continue
        first = cells[0].lstrip("#*/% ").strip()
        key, mark, value = first.partition("=") if "=" in first else first.partition(":")
        value = value.strip() or (cells[1].strip() if len(cells) > 1 else "")
        if (mark or len(cells) > 1) and key.strip():
            found.setdefault(plain(key).rstrip(": "), (value, row))
    return found


@dataclass(frozen=True)
class Table:
    """A table inside a sheet. columns : name -> column; heading : its row; ended : by what, where not by a blank"""

    sheet: Sheet
    heading: Row
    columns: Mapping[str, int]
    rows: tuple[Row, ...]
    ended: Row | None = None
    title: str = field(default="")

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.columns

    def words(self, name: str) -> tuple[str, ...]:
        """Cells of a column, empty where there is none."""
        column = self.columns.get(name, -1)
        return tuple(row.cell(column) for row in self.rows)

    def numbers(self, name: str) -> Numbers:
        """Numbers of a column. Raises FileError."""
        return self.sheet.numbers(self.rows, self.columns[name], self.heading.cell(self.columns[name]) or name)


Wanted = Mapping[str, re.Pattern[str]]


def matched(row: Row, wanted: Wanted) -> dict[str, int]:
    """Columns that a heading has of those wanted; the first of those with one name."""
    found: dict[str, int] = {}
    taken: set[int] = set()
    headings = [plain(cell.lstrip("#")) for cell in row.cells]
    for name, pattern in wanted.items():
        for k, heading in enumerate(headings):
            if k not in taken and heading and pattern.fullmatch(heading):
                found[name] = k
                taken.add(k)
                break
    return found


def tables(sheet: Sheet, wanted: Wanted, needed: Callable[[Mapping[str, int]], bool]) -> list[Table]:
    """All tables whose heading has what is needed; each ends at a blank line, a `[Section]` or the next heading."""
    found: list[Table] = []
    at = 0
    while at < len(sheet.rows):
        row = sheet.rows[at]
        columns = matched(row, wanted) if len(row.filled) > 1 else {}
        at += 1
        if not columns or not needed(columns):
            continue
        begin = at
        while at < len(sheet.rows) and not _ends(sheet.rows[at]):
            at += 1
        ended = sheet.rows[at] if at < len(sheet.rows) and not sheet.rows[at].blank else None
        found.append(Table(sheet, row, columns, sheet.rows[begin:at], ended))
    return found


def _ends(row: Row) -> bool:
    return row.blank or (row.cell(0).startswith("[") and row.cell(0).endswith("]"))


UNIT = re.compile(
    r"^(?P<name>.*?)\s*(?:[(\[](?P<inner>[^()\[\]]*)[)\]]|/\s*(?P<slash>[^/]+(?:/[^/]+)?)|_(?P<under>nm|um|h|min|s))\s*$"
)


def unit_in(heading: str) -> tuple[str, str]:
    """Name and unit of a heading: `Size / nm`, `Time (h)`, `x [um]`, `size_nm`; an empty unit where none is said."""
    found = UNIT.match(plain(heading))
    if found is None:
        return plain(heading), ""
    unit = found["inner"] or found["slash"] or found["under"] or ""
    return found["name"].strip(), unit.strip()
