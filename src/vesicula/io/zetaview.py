"""Text that ZetaView writes: the export of sizes and the table of positions. A profile of zeta potential is neither."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from typing import NoReturn

from vesicula.io.decoding import plain
from vesicula.io.particles import DIFFERS, hinted_dilution, percentiles, spread_of, take_dilution, told_spread
from vesicula.io.results import Notes, Particles, SizeClass
from vesicula.io.sheets import Row, Sheet, Table, tables
from vesicula.results.wording import counted, listed, number

KEY = re.compile(r"(?P<key>[A-Za-z][^:]{0,60}?):{1,2}\s*(?P<value>.*)")
COLUMNS = {
    "size": re.compile(r"size ?(?:/|\(|\[)? ?nm[)\]]?"),
    "number": re.compile(r"number|counts?"),
    "concentration": re.compile(r"conc(?:entration|\.)?.*cm.?-?3.*|conc(?:entration|\.)?.*/ ?ml.*"),
}
POSITIONS = {
    "use": re.compile(r"use"),
    "position": re.compile(r"position"),
    "measured": re.compile(r"conc\.? ?\(.*"),
    "original": re.compile(r"orig\.? conc\.? ?\(.*"),
    "traces": re.compile(r"no\.? of traces"),
    "d50": re.compile(r"x50.*"),
    "peak": re.compile(r"peak.*"),
    "removal": re.compile(r"removal"),
}
HEAD = ("original file:", "zetaview s/n", "cell s/n", "type of measurement:", "number of traces:", "sop:", "software:")
LEAST_OF_HEAD = 3
FINE = ("", "ok", "good", "very good", "excellent", "passed")


def fits(sheet: Sheet) -> bool:
    """Whether it is an export of ZetaView with its head."""
    head = [plain(row.text) for row in sheet.rows[:60]]
    return sum(one.startswith(HEAD) for one in head) >= LEAST_OF_HEAD


def fits_positions(sheet: Sheet) -> bool:
    """Whether it is the table of positions, which has no head."""
    return bool(_positions(sheet))


def _positions(sheet: Sheet) -> list[Table]:
    return tables(sheet, POSITIONS, lambda found: {"use", "position", "measured"} <= found.keys())


def pairs(rows: Sequence[Row]) -> dict[str, tuple[str, Row]]:
    """`Key:` and what follows it, of which several may stand in one line."""
    found: dict[str, tuple[str, Row]] = {}
    for row in rows:
        cells = row.cells
        for k, cell in enumerate(cells):
            match = KEY.fullmatch(cell)
            if match is not None and (k == 0 or cell.endswith(":")):
                found.setdefault(plain(match["key"]), (match["value"] or row.cell(k + 1), row))
    return found


def read(sheet: Sheet, *, dilution: float | None = None) -> Particles:
    """Particles of an export of sizes. dilution : as said, before that of the file. Raises FileError."""
    notes = Notes()
    found = tables(sheet, COLUMNS, lambda columns: {"size", "concentration"} <= columns.keys())
    until = found[0].heading.line if found else len(sheet.rows) + 1
    head = pairs([row for row in sheet.rows if row.line < until])
    _must_be_sizes(sheet, head, bool(found))
    traces = _number(sheet, head, "number of traces")
    if traces == 0:
        _nothing(sheet, head["number of traces"][1])
    if not found:
        sheet.fail(
            "file-form", "a table with columns Size / nm, Number and Concentration / cm-3 is expected, and not there",
            "export the size distribution again, as a whole",
        )  # fmt: skip
    classes, whole = _classes(found[0], notes)
    measured = sum(one.per_mL or 0.0 for one in classes)
    if measured <= 0:
        _nothing(sheet, found[0].heading)
    counts = sum(one.counted or 0.0 for one in classes)
    if traces is not None and found[0].has("number") and abs(counts - traces) > DIFFERS * traces:
        words = f"its head has {traces:,.0f} traces and its table {counts:,.0f}"
        if counts < traces and not whole:
            row = head["number of traces"][1]
            sheet.fail("file-form", f"{words}: it is cut", "export it again, as a whole", row, "Number of Traces")
        notes.doubts.append(f"The traces do not agree: {words}.")
    if traces is not None:
        notes.read.append(f"{traces:,.0f} traces.")
    told_spread(measured, (measured,), "measurements", notes)
    notes.read.append("It is the sum of the first table, which is by linear classes and before dilution.")
    notes.left_out.append(
        "What each position read: it stands in the table of positions, which gives a standard deviation."
    )
    recorded = _number(sheet, head, "dilution")
    sample = head.get("sample", ("", sheet.rows[0]))[0]
    taken, hinted = take_dilution(recorded or None, dilution, hinted_dilution([sample]), notes)
    _doubts(head, notes)
    sizes = percentiles(classes)
    stated = _number(sheet, head, "median number (d50)")
    if stated:
        if sizes and abs(stated - sizes["D50"]) > 5 * DIFFERS * stated:
            notes.doubts.append(f"The file states a median of {stated:.1f} nm; its table gives {sizes['D50']:.1f} nm.")
        sizes["D50"] = stated
    return Particles(
        file=sheet.file, kind="ZetaView size distribution", account=notes.done(), sample=sample, measured=measured,
        repeats=(measured,), repeat="measurements", dilution=taken, hinted=hinted,
        counted=traces if traces is not None else counts or None, sizes=sizes, classes=classes,
    )  # fmt: skip


def _must_be_sizes(sheet: Sheet, head: dict[str, tuple[str, Row]], table: bool) -> None:
    kind, row = head.get("type of measurement", ("", None))
    zeta = next((one for one in sheet.rows if re.match(r"zp profile|zeta potential", plain(one.cell(0)))), None)
    said = plain(kind)
    if (said and "size" not in said) or (not said and zeta is not None and not table):
        what = f"a measurement of the kind `{kind}`" if kind else "a zeta potential"
        sheet.fail(
            "file-empty", f"a size distribution is expected, and this is {what}: it counts no particles",
            "give the export of the size measurement of this sample", row or zeta, kind,
        )  # fmt: skip


def _nothing(sheet: Sheet, row: Row) -> NoReturn:
    sheet.fail(
        "file-empty", "no particle was tracked (0 traces), so that this is no measurement, not zero particles/mL",
        "measure again, less diluted or with another sensitivity", row, row.cell(0),
    )  # fmt: skip


def _number(sheet: Sheet, head: dict[str, tuple[str, Row]], key: str) -> float | None:
    if key not in head:
        return None
    said, row = head[key]
    column = next((k for k, cell in enumerate(row.cells) if cell == said), -1)
    return sheet.numbers_across(row, [column], key).values[0] if column >= 0 else None


def _classes(table: Table, notes: Notes) -> tuple[tuple[SizeClass, ...], bool]:
    """Rows up to the one of -1, behind which the same particles stand again in other classes; whether it is there."""
    column = table.columns["size"]
    rows: list[Row] = []
    parted: Row | None = None
    for row in table.rows:
        if row.cell(column).startswith("-"):
            parted = row
            break
        rows.append(row)
    if parted is not None and parted.line < table.rows[-1].line:
        notes.left_out.append(f"The second table, from line {parted.line} on: the same particles in other classes.")
    elif parted is None:
        notes.doubts.append("No row of -1 ends the table: the file may be cut, and its sum too small.")
    if not rows:
        _nothing(table.sheet, parted or table.heading)
    kept = Table(table.sheet, table.heading, table.columns, tuple(rows))
    middles, levels = kept.numbers("size").values, kept.numbers("concentration").values
    counts = kept.numbers("number").values if kept.has("number") else (None,) * len(rows)
    classes = tuple(
        SizeClass(nm, level, count)
        for nm, level, count in zip(middles, levels, counts, strict=True)
        if nm is not None and level is not None
    )
    return classes, parted is not None


def _doubts(head: dict[str, tuple[str, Row]], notes: Notes) -> None:
    for key, what in (("particle drift check result", "drift of particles"), ("cell check result", "the cell")):
        said = head.get(key, ("", None))[0]
        if plain(said) not in FINE:
            notes.doubts.append(f"The check of {what} says `{said}`.")
    factor = head.get("concentration correction factor", ("", None))[0]
    if factor and re.fullmatch(r"1(?:[.,]0*)?", factor) is None:
        notes.assumed.append(f"The table holds the concentration correction factor of {factor} already.")


def read_positions(sheet: Sheet, *, dilution: float | None = None) -> Particles:
    """Particles of the table of positions: those marked X. Raises FileError."""
    table, notes = _positions(sheet)[0], Notes()
    number_of = re.compile(r"[+-]?\d*[.,]?\d+")
    places = [row for row in table.rows if number_of.fullmatch(row.cell(table.columns["position"]))]
    used = [row for row in places if plain(row.cell(table.columns["use"])) == "x"]
    if not used:
        sheet.fail("file-empty", "no position is marked with X as used", "measure again", table.heading)
    kept = Table(sheet, table.heading, table.columns, tuple(used))
    repeats = kept.numbers("measured").numbers
    if not repeats or statistics.fmean(repeats) <= 0:
        sheet.fail("file-empty", "no used position has a concentration", "measure again", used[0])
    mean = statistics.fmean(repeats)
    told_spread(mean, repeats, "positions", notes)
    removed = [row for row in places if row not in used]
    if removed:
        why = [row.cell(table.columns.get("removal", -1)) or "not said" for row in removed]
        notes.left_out.append(f"{counted(len(removed), 'position')} that the program removed: {', '.join(why)}.")
    if len(places) < len(table.rows):
        others = [next(iter(row.filled), "") for row in table.rows if row not in places]
        notes.left_out.append(f"Rows that are no positions: {listed(others)}.")
    recorded = None
    if table.has("original"):
        before = kept.numbers("original").numbers
        if len(before) == len(repeats):
            notes.read.append(f"{number(statistics.fmean(before))} particles/cm³ before dilution, as the table states.")
            recorded = float(f"{sum(before) / sum(repeats):.3g}")
    taken, hinted = take_dilution(recorded, dilution, None, notes)
    sizes = {
        name: statistics.fmean(found)
        for name, column in (("D50", "d50"), ("mode", "peak"))
        if table.has(column) and (found := kept.numbers(column).numbers)
    }
    traces = kept.numbers("traces").numbers if table.has("traces") else ()
    return Particles(
        file=sheet.file, kind="ZetaView table of positions", account=notes.done(), sample="", measured=mean,
        repeats=repeats, repeat="positions", sd=spread_of(repeats), dilution=taken, hinted=hinted,
        counted=sum(traces) or None, sizes=sizes,
    )  # fmt: skip
