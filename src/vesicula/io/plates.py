"""Plate readers: plates of letters and numbers, wells over time, and lists of wells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from vesicula.io.decoding import plain
from vesicula.io.numbers import NotANumberError, is_missing, style_of
from vesicula.io.results import Entry, Notes, Values
from vesicula.io.sheets import Row, Sheet, Table, tables
from vesicula.results.wording import counted, duration, number

WELL = re.compile(r"(?:[A-P]|A[A-F])0?(?:[1-9]|[1-3]\d|4[0-8])")
LETTER = re.compile(r"[A-P]|A[A-F]")
CLOCK = re.compile(r"(?:(\d+)[.d ]\s*)?(\d+):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?")
WAVELENGTH = re.compile(r"wavelength.*")
LIST = {"well": re.compile(r"well(?: ?(?:id|name|position))?|position")}
TIME = re.compile(r"time(?: ?[(\[].*)?|kinetic read|cycle time")
WIDEST = 48
MARKS = {"ovrflw": "above what the reader can read", "missed": "missed by the reader"}


def fits(sheet: Sheet) -> bool:
    """Whether there is a plate, or wells over time."""
    found = (next(one, None) for one in (_plates(sheet), _courses(sheet), _lists(sheet)))
    return any(one is not None for one in found)


def read(sheet: Sheet, *, dilution: float | None = None) -> Values:
    """Values of wells. dilution : of no meaning here, and refused. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles", "leave `--dilution` out")
    notes = Notes()
    entries: list[Entry] = []
    courses, plates, lists = list(_courses(sheet)), list(_plates(sheet)), list(_lists(sheet))
    for at in courses:
        entries += _course(sheet, at, notes)
    for at in plates:
        if courses and at > courses[0] and plain(" ".join(sheet.rows[at - 1].filled)) == "results":
            notes.left_out.append(
                f"The plate from line {sheet.rows[at].line} on: what the reader computed of the courses."
            )
        else:
            entries += _plate(sheet, at, notes)
    if not courses and not plates:
        for table in lists:
            entries += _list(table, notes)
    if not any(one.value is not None for one in entries):
        first = sheet.rows[(courses + plates)[0]] if courses or plates else lists[0].heading
        sheet.fail("file-empty", "no well has a value", "export the results again", first)
    _doubled(entries, notes)
    empty = [one for one in entries if one.value is None]
    for mark in dict.fromkeys(one.mark for one in empty if one.mark):
        n = sum(one.mark == mark for one in empty)
        notes.left_out.append(
            f"{counted(n, 'value')} `{mark}`: {MARKS.get(mark.casefold(), 'no number')}, so missing and not 0."
        )
    found = Values(file=sheet.file, kind="plate reader results", account=notes.done(), entries=tuple(entries))
    wells, measures = counted(len(found.arms), "well"), ", ".join(found.measures)
    notes.read.insert(0, f"{wells}; {measures}.")
    return Values(file=sheet.file, kind=found.kind, account=notes.done(), entries=found.entries)


def _doubled(entries: list[Entry], notes: Notes) -> None:
    """Tell reads of one name in one well apart."""
    seen: dict[tuple[str, str, float | None], int] = {}
    for k, one in enumerate(entries):
        key = (one.arm, one.measure, one.minutes)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            entries[k] = Entry(one.arm, f"{one.measure or 'value'} #{seen[key]}", one.value, one.minutes, mark=one.mark)
            notes.assumed.append("Tables of one name are reads one after the other, numbered #2, #3 …")


def _plates(sheet: Sheet) -> Iterator[int]:
    """Rows `1 2 3 …` above a row that begins with A."""
    for k, row in enumerate(sheet.rows[:-1]):
        columns = _numbered(row)
        if columns and plain(sheet.rows[k + 1].cell(columns[0] - 1)).upper() == "A":
            yield k


def _numbered(row: Row) -> range | None:
    """Columns of a heading that counts from 1 on."""
    for first in (1, 2):
        if row.cell(first) == "1":
            n = 1
            while n < WIDEST and row.cell(first + n) == str(n + 1):
                n += 1
            return range(first, first + n) if n > 1 and not row.cell(first + n).isdigit() else None
    return None


def _plate(sheet: Sheet, at: int, notes: Notes) -> list[Entry]:
    columns = _numbered(sheet.rows[at])
    assert columns is not None
    entries: list[Entry] = []
    letter = ""
    title = _title(sheet, at)
    rows: list[tuple[str, Row]] = []
    for row in sheet.rows[at + 1 :]:
        said = row.cell(columns[0] - 1)
        if row.blank or (said and not LETTER.fullmatch(said)):
            break
        letter = said or letter
        rows.append((letter, row))
    for letter, row in rows:
        if not any(_is_number(row.cell(k)) for k in columns) and any(not is_missing(row.cell(k)) for k in columns):
            what = row.cell(columns[-1] + 1) or title
            notes.left_out.append(f"Rows of words in a plate ({what}): a layout, or what the reader computed.")
            continue
        found = sheet.numbers_across(row, columns, "the plate")
        notes.read.append(found.said)
        label = row.cell(columns[-1] + 1) or title
        for k, (column, value) in enumerate(zip(columns, found.values, strict=True), 1):
            mark = row.cell(column)
            if value is not None or mark:
                entries.append(Entry(f"{letter}{k}", label, value, mark=mark if value is None else ""))
    return entries


def _is_number(cell: str) -> bool:
    try:
        style_of(cell)
    except NotANumberError:
        return False
    return not is_missing(cell)


def _lists(sheet: Sheet) -> Iterator[Table]:
    """Tables with a well in each row."""
    for table in tables(sheet, LIST, lambda found: "well" in found):
        wells = table.words("well")
        if wells and sum(WELL.fullmatch(one) is not None for one in wells) > len(wells) / 2:
            yield table


def _list(table: Table, notes: Notes) -> list[Entry]:
    """Every column of numbers beside the well."""
    entries: list[Entry] = []
    column = table.columns["well"]
    rows = [row for row in table.rows if WELL.fullmatch(row.cell(column))]
    for k, name in enumerate(table.heading.cells):
        if k == column or not name:
            continue
        if not any(_is_number(row.cell(k)) for row in rows):
            notes.left_out.append(f"The column {name}, which holds no numbers.")
            continue
        found = table.sheet.numbers(rows, k, name)
        notes.read.append(found.said)
        for row, value in zip(rows, found.values, strict=True):
            if value is not None or row.cell(k):
                entries.append(Entry(row.cell(column), name, value, mark=row.cell(k) if value is None else ""))
    return entries


def _title(sheet: Sheet, at: int) -> str:
    """The one word that stands alone above a table."""
    for row in reversed(sheet.rows[max(0, at - 3) : at]):
        if len(row.filled) == 1:
            return row.filled[0] if plain(row.filled[0]) not in ("results", "result") else "value"
        if row.filled:
            break
    return "value"


def _courses(sheet: Sheet) -> Iterator[int]:
    """Headings `Time … A1 A2 …`."""
    for k, row in enumerate(sheet.rows):
        first = plain(row.cell(0))
        if (TIME.fullmatch(first) or WAVELENGTH.fullmatch(first)) and any(
            WELL.fullmatch(cell) for cell in row.cells[1:]
        ):
            yield k


def minutes_of(cell: str, unit: str = "") -> float | None:
    """Minutes of `1:04:22`, `1.02:00:00` (days first); None for anything else. unit : of a plain number"""
    found = CLOCK.fullmatch(cell.strip())
    if found is None:
        return None
    days, first, second, third = found.groups()
    if third is None:
        hours = float(first) + float(second) / 60.0 if unit != "min" else float(first) / 60.0 + float(second) / 3600.0
    else:
        hours = float(first) + float(second) / 60.0 + float(third.replace(",", ".")) / 3600.0
    return 60.0 * (hours + 24.0 * float(days or 0))


def _course(sheet: Sheet, at: int, notes: Notes) -> list[Entry]:
    heading = sheet.rows[at]
    wells = {k: cell for k, cell in enumerate(heading.cells) if WELL.fullmatch(cell)}
    temperatures = [k for k, cell in enumerate(heading.cells) if k and k not in wells]
    if WAVELENGTH.fullmatch(plain(heading.cell(0))):
        return _spectrum(sheet, at, wells, notes)
    label = _title(sheet, at)
    rows: list[Row] = []
    empty = 0
    for row in sheet.rows[at + 1 :]:
        if row.blank or minutes_of(row.cell(0)) is None:
            break
        if any(row.cell(k) for k in wells):
            rows.append(row)
        else:
            empty += 1
    if empty:
        notes.left_out.append(f"{counted(empty, 'row')} with a time and no values.")
    if temperatures:
        notes.left_out.append(f"{', '.join(heading.cell(k) for k in temperatures)}: no reading of a well.")
    entries: list[Entry] = []
    times = [minutes_of(row.cell(0)) or 0.0 for row in rows]
    for k, well in wells.items():
        found = sheet.numbers(rows, k, well) if rows else None
        if found is None:
            continue
        notes.read.append(found.said)
        for row, minutes, value in zip(rows, times, found.values, strict=True):
            if value is not None or row.cell(k):
                mark = row.cell(k) if value is None and is_missing(row.cell(k)) else ""
                entries.append(Entry(well, label, value, minutes, mark=mark))
    _tell_times(times, notes)
    return entries


def _spectrum(sheet: Sheet, at: int, wells: Mapping[int, str], notes: Notes) -> list[Entry]:
    """A read at each wavelength."""
    rows: list[Row] = []
    for row in sheet.rows[at + 1 :]:
        if row.blank or not _is_number(row.cell(0)):
            break
        rows.append(row)
    entries: list[Entry] = []
    for k, well in wells.items() if rows else ():
        found = sheet.numbers(rows, k, well)
        notes.read.append(found.said)
        entries += [
            Entry(well, f"{row.cell(0)} nm", value, mark=row.cell(k) if value is None else "")
            for row, value in zip(rows, found.values, strict=True)
            if value is not None or row.cell(k)
        ]
    return entries


def _tell_times(times: Sequence[float], notes: Notes) -> None:
    if len(times) > 1:
        steps = sorted(b - a for a, b in itertools.pairwise(times))
        step = steps[len(steps) // 2]
        notes.read.append(
            f"{len(times):,} times from {number(times[0])} min to {duration(times[-1])}, every {number(step)} min."
        )
        if steps[0] <= 0:
            notes.doubts.append("Times do not rise from row to row.")
