"""Bead assays of xPONENT: several tables in one file, each below `DataType:`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vesicula.io.decoding import plain
from vesicula.io.results import Entry, Notes, Values
from vesicula.io.sheets import Row, Sheet
from vesicula.results.wording import counted, listed

VALUES = ("median", "count", "net mfi", "mean", "result", "test result", "concentration")
USUAL = 50
"""Beads of a region below which a median is not trusted, where the file asks for none."""
ASIDE = ("location", "sample", "total events", "notes", "dilution factor")
PLACE = re.compile(r"\d+\(\d+,\s?([A-P]\d{1,2})\)")


def fits(sheet: Sheet) -> bool:
    """Whether there are blocks `DataType:` and a result of each sample."""
    return any(plain(one.cell(0)).startswith("datatype") and plain(one.cell(1)) in VALUES for one in sheet.rows)


def read(sheet: Sheet, *, dilution: float | None = None) -> Values:
    """Medians, counts and net MFI by sample and analyte. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles", "leave `--dilution` out")
    notes = Notes()
    entries: list[Entry] = []
    others: list[str] = []
    for name, rows in _blocks(sheet):
        if plain(name) in VALUES and len(rows) > 1:
            entries += _block(sheet, name, rows, notes)
        else:
            others.append(name)
    if not any(one.value is not None for one in entries):
        first = next(one for one in sheet.rows if plain(one.cell(0)).startswith("datatype"))
        sheet.fail("file-empty", "no sample has a value", "export the results again", first)
    found = Values(file=sheet.file, kind="bead assay", account=notes.done(), entries=tuple(entries))
    analytes = list(dict.fromkeys(one.partition(", ")[0] for one in found.measures))
    notes.read.insert(0, f"{counted(len(found.arms), 'sample')}, {listed(analytes[:8])}.")
    if others:
        notes.left_out.append(f"Other tables: {', '.join(dict.fromkeys(others))}.")
    notes.assumed.append(
        "MFI is a fluorescence of beads and no concentration: without a curve it compares samples only."
    )
    _doubt(sheet, entries, notes)
    return Values(file=sheet.file, kind=found.kind, account=notes.done(), entries=found.entries)


def _blocks(sheet: Sheet) -> list[tuple[str, list[Row]]]:
    found: list[tuple[str, list[Row]]] = []
    inside = False
    for row in sheet.rows:
        if plain(row.cell(0)).startswith("datatype"):
            found.append((row.cell(1), []))
            inside = True
        elif row.blank or row.cell(0).startswith("--"):
            inside = False
        elif inside:
            found[-1][1].append(row)
    return found


def _block(sheet: Sheet, name: str, rows: Sequence[Row], notes: Notes) -> list[Entry]:
    heading, body = rows[0], rows[1:]
    headings = [plain(cell) for cell in heading.cells]
    sample = headings.index("sample") if "sample" in headings else 0
    place = headings.index("location") if "location" in headings else -1
    entries: list[Entry] = []
    for k, said in enumerate(headings):
        if not said or said in ASIDE or k in (sample, place):
            continue
        found = sheet.numbers(body, k, heading.cell(k))
        notes.read.append(found.said)
        for row, value in zip(body, found.values, strict=True):
            well = PLACE.fullmatch(row.cell(place)) if place >= 0 else None
            mark = "" if value is not None else row.cell(k)
            entries.append(
                Entry(row.cell(sample) or row.cell(place), f"{heading.cell(k)}, {name}", value,
                      replicate=well[1] if well else row.cell(place), mark=mark)
            )  # fmt: skip
    return entries


def _doubt(sheet: Sheet, entries: Sequence[Entry], notes: Notes) -> None:
    least = USUAL
    for row in sheet.rows:
        cells = [plain(cell) for cell in row.cells]
        if "min events" in cells:
            said = row.cell(cells.index("min events") + 1)
            least = int(said) if said.isdigit() and 0 < int(said) < 1e6 else least
    low = [one for one in entries if one.measure.endswith(", Count") and one.value is not None and one.value < least]
    if low:
        worst = min(low, key=lambda one: one.value or 0.0)
        notes.doubts.append(
            f"{counted(len(low), 'count')} of beads below {least}, the lowest {worst.value:g}"
            f" ({worst.measure.removesuffix(', Count')} in {worst.arm}): such medians are not to be trusted."
        )
    for name, rows in _blocks(sheet):
        if plain(name).startswith("warnings"):
            notes.doubts += [f"The instrument says of {row.cell(0)}: {row.cell(2)}" for row in rows[1:] if row.cell(2)]
