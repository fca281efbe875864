"""Values over time as laboratories write them: one column for each arm, or one row for each value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vesicula.io.decoding import plain
from vesicula.io.numbers import Decimal, NotANumberError, is_missing, number_in, style_of
from vesicula.io.plates import minutes_of
from vesicula.io.results import Entry, Notes, Values
from vesicula.io.sheets import Row, Sheet, Table, tables, unit_in
from vesicula.results.wording import counted, duration, listed

TIMES = {
    "min": 1.0, "mins": 1.0, "minute": 1.0, "minutes": 1.0, "h": 60.0, "hr": 60.0, "hrs": 60.0, "hour": 60.0,
    "hours": 60.0, "d": 1440.0, "day": 1440.0, "days": 1440.0, "s": 1 / 60, "sec": 1 / 60, "seconds": 1 / 60,
}  # fmt: skip
TIME = re.compile(
    r"(?:elapsed |incubation )?time(?: ?point)?(?:\s*[(\[/_].*)?|t ?[(\[/].*|hours?|hrs?|minutes?|mins?|days?|seconds?"
)
LONG = {
    "time": TIME,
    "value": re.compile(
        r"(?:mean |average )?(?:value|signal|intensity|uptake|area|closure|wound area|scratch area)s?(?:\s*[(\[].*)?"
    ),
    "arm": re.compile(r"arm|group|condition|treatment|sample"),
    "measure": re.compile(r"measure|readout|read-out|assay|variable"),
    "sd": re.compile(r"sd|std|st\.? ?dev\.?|standard deviation|stdev"),
    "replicate": re.compile(r"replicates?|rep|repeat|well"),
}
REPEAT = re.compile(r"(?P<arm>.*?)[\s._\-]*(?:rep(?:licate)?\.?|repeat|#|r|n|_|\.|\s)\s*(?P<n>\d{1,2})", re.IGNORECASE)
SD = re.compile(r"(?P<arm>.*?)[\s_\-(]*(?:sd|std|st\.? ?dev\.?|stdev)\)?", re.IGNORECASE)
SAID = re.compile(r"([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*([a-z]+)", re.IGNORECASE)


def fits(sheet: Sheet) -> bool:
    """Whether some heading begins with a time and has further columns."""
    return bool(_tables(sheet))


def _tables(sheet: Sheet) -> list[Table]:
    found = tables(sheet, LONG, lambda columns: "time" in columns)
    return [one for one in found if len(one.heading.filled) > 1]


def read(sheet: Sheet, *, dilution: float | None = None) -> Values:
    """Values over time. dilution : of no meaning here, and refused. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles", "leave `--dilution` out")
    notes = Notes()
    table = _tables(sheet)[0]
    if not table.rows:
        sheet.fail("file-empty", "no row follows the heading", "give the table with its values", table.heading)
    times = _times(table, notes)
    entries, unit = _long(table, times, notes) if table.has("value") else _wide(table, times, notes)
    if not any(one.value is not None for one in entries):
        sheet.fail("file-empty", "no cell holds a value", "give the table with its values", table.heading)
    found = Values(file=sheet.file, kind="time course", account=notes.done(), entries=tuple(entries), unit=unit)
    notes.read.insert(
        0,
        f"{counted(len(set(times)), 'time')} from {_span(min(times))} to {_span(max(times))};"
        f" {listed(found.arms[:8])}{' …' if len(found.arms) > 8 else ''}; {', '.join(found.measures)}.",
    )
    return Values(file=sheet.file, kind=found.kind, account=notes.done(), entries=found.entries, unit=unit)


def _span(minutes: float) -> str:
    return "0" if minutes == 0 else duration(minutes)


def _times(table: Table, notes: Notes) -> list[float]:
    """Minutes of every row. Raises FileError where no unit is said."""
    column = table.columns["time"]
    heading = table.heading.cell(column)
    name, unit = unit_in(heading)
    unit = unit or (plain(heading) if plain(heading) in TIMES else "")
    clocks = [minutes_of(row.cell(column)) for row in table.rows]
    if all(one is not None for one in clocks):
        notes.assumed.append(f"`{table.rows[0].cell(column)}` is hours, minutes and seconds.") if len(clocks) else None
        return [float(one) for one in clocks if one is not None]
    if any(SAID.fullmatch(row.cell(column)) for row in table.rows):
        return [_said(table, row, column, unit) for row in table.rows]
    if unit not in TIMES:
        said = f"the unit `{unit}` of" if unit else "no unit is said for"
        table.sheet.fail(
            "file-asked", f"{said} the time", f"write the heading with its unit, for example `{name or 'time'} (h)`",
            table.heading, heading,
        )  # fmt: skip
    found = table.sheet.numbers(table.rows, column, heading)
    notes.read.append(found.said)
    if None in found.values:
        row = table.rows[found.values.index(None)]
        table.sheet.fail("file-number", "a row has no time", "give its time, or leave the row out", row)
    times = [float(one) * TIMES[unit] for one in found.values if one is not None]
    if min(times) > 30000 * 1440 and unit in ("d", "day", "days"):
        words = "days that a spreadsheet counts since 1900 stand for times"
        table.sheet.fail("file-number", words, "give times since the start", table.rows[0])
    return times


def _said(table: Table, row: Row, column: int, unit: str) -> float:
    """Minutes of `4 h`."""
    found = SAID.fullmatch(row.cell(column))
    number, said = (found[1], plain(found[2])) if found else (row.cell(column), unit)
    if said not in TIMES:
        table.sheet.fail(
            "file-number", f"`{row.cell(column)}` is no time", "write for example `4 h`", row, row.cell(column)
        )
    try:
        return number_in(number, style_of(number) or table.sheet.around.style or Decimal.POINT) * TIMES[said]
    except NotANumberError as error:
        table.sheet.fail("file-number", error.why, "write for example `4 h`", row, row.cell(column))


def _values(table: Table, column: int, notes: Notes) -> tuple[tuple[float | None, ...], list[str]]:
    found = table.sheet.numbers(table.rows, column, table.heading.cell(column) or f"column {column + 1}")
    notes.read.append(found.said)
    for mark, times in found.marks:
        notes.left_out.append(
            f"`{mark}` in {table.heading.cell(column)}, {counted(times, 'time')}: missing, and not 0."
        )
    marks = [row.cell(column) if value is None else "" for row, value in zip(table.rows, found.values, strict=True)]
    return found.values, marks


def _long(table: Table, times: Sequence[float], notes: Notes) -> tuple[list[Entry], dict[str, str]]:
    values, marks = _values(table, table.columns["value"], notes)
    name, unit = unit_in(table.heading.cell(table.columns["value"]))
    sds = _values(table, table.columns["sd"], notes)[0] if table.has("sd") else (None,) * len(times)
    measures = table.words("measure") if table.has("measure") else (name,) * len(times)
    entries = [
        Entry(arm, measure or name, value, minutes, sd, replicate, mark)
        for arm, measure, value, minutes, sd, replicate, mark in zip(
            table.words("arm"), measures, values, times, sds, table.words("replicate"), marks, strict=True
        )
    ]
    return entries, dict.fromkeys(measures, unit) if unit else {}


def _wide(table: Table, times: Sequence[float], notes: Notes) -> tuple[list[Entry], dict[str, str]]:
    """Every other column is an arm; `EV 1` and `EV 2`, or two of one name, are its replicates."""
    heading, entries = table.heading, list[Entry]()
    columns = [k for k in range(len(heading.cells)) if k != table.columns["time"] and heading.cell(k)]
    columns = [k for k in columns if any(row.cell(k) for row in table.rows)]
    names = {k: heading.cell(k) for k in columns}
    deviations: dict[int, int] = {}
    for k in columns:
        match = SD.fullmatch(names[k])
        if match is not None and k - 1 in names:
            deviations[k - 1] = k
    repeats = _repeats(names)
    used: dict[str, int] = {}
    for k in columns:
        if k in deviations.values():
            continue
        if not _numeric(table, k):
            notes.left_out.append(f"The column {names[k]}, which holds no numbers.")
            continue
        arm, replicate = repeats.get(k, (names[k], ""))
        used[arm] = used.get(arm, 0) + 1
        values, marks = _values(table, k, notes)
        sds = _values(table, deviations[k], notes)[0] if k in deviations else (None,) * len(times)
        if list(names.values()).count(names[k]) > 1:
            replicate = str(used[arm])
        entries += [
            Entry(arm, "value", value, minutes, sd, replicate, mark)
            for value, minutes, sd, mark in zip(values, times, sds, marks, strict=True)
            if value is not None or mark
        ]
    repeated = [arm for arm, n in used.items() if n > 1]
    if repeated:
        notes.assumed.append(f"Columns of one name, or counted from 1 on, are replicates: {listed(repeated)}.")
    if entries:
        notes.assumed.append("Each column beside the time is an arm of one measure, called `value`.")
    return entries, {}


def _repeats(names: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """Arm and number of the columns `EV 1`, `EV 2` …: those that count from 1 on."""
    found: dict[str, list[tuple[int, str]]] = {}
    for k, name in names.items():
        match = REPEAT.fullmatch(name)
        if match is not None and match["arm"].strip():
            found.setdefault(match["arm"].strip(), []).append((k, match["n"]))
    return {
        k: (arm, n)
        for arm, each in found.items()
        if len(each) > 1 and sorted(int(n) for _, n in each) == list(range(1, len(each) + 1))
        for k, n in each
    }


def _numeric(table: Table, column: int) -> bool:
    """Whether most cells of a column are numbers: one that has a word among them is refused, one of words left out."""
    good = bad = 0
    for row in table.rows:
        cell = row.cell(column)
        if is_missing(cell):
            continue
        try:
            style_of(cell)
            good += 1
        except NotANumberError as error:
            good, bad = (good + 1, bad) if error.date else (good, bad + 1)
    return good >= bad and good > 0
