"""Digital PCR: copies per µL of the reaction by well, with the interval that the program states."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

from vesicula.io.decoding import plain
from vesicula.io.qpcr import CONTROL, NO_TEMPLATE, STANDARD
from vesicula.io.results import Amount, Amounts, Notes, Well
from vesicula.io.sheets import Sheet, Table, tables
from vesicula.results.wording import counted, listed, number

WANTED = {
    "concentration": re.compile(
        r"conc(?:entration|\.)? ?[(\[]? ?(?:copies|cp) ?/ ?ul[)\]]?.*|conc(?:entration)?|copies/ul"
    ),
    "sample": re.compile(r"sample/ntc/control|sample(?: ?(?:name|id|description 1))?"),
    "well": re.compile(r"well(?: ?name)?"),
    "type": re.compile(r"type|sample ?type"),
    "target": re.compile(r"target(?: ?\(name\)| ?name)?"),
    "ci": re.compile(r"ci ?\(95 ?%\).*"),
    "low": re.compile(r"poissonconfmin|conc(?:entration)? min.*|.*ci low.*"),
    "high": re.compile(r"poissonconfmax|conc(?:entration)? max.*|.*ci high.*"),
    "valid": re.compile(r"partitions ?\(valid\)|accepted ?droplets|.*valid partitions.*"),
    "positive": re.compile(r"partitions ?\(positive\)|positives|.*positive partitions.*"),
}
LEAST_PARTITIONS = 10_000


def fits(sheet: Sheet) -> bool:
    """Whether a heading has copies per µL and partitions."""
    return bool(_tables(sheet))


def _tables(sheet: Sheet) -> list[Table]:
    return tables(sheet, WANTED, lambda found: {"concentration", "valid"} <= found.keys())


def read(sheet: Sheet, *, dilution: float | None = None) -> Amounts:
    """Amounts of digital PCR. dilution : of no meaning here, and refused. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles", "leave `--dilution` out")
    notes = Notes()
    wells = [one for table in _tables(sheet) for one in _wells(table, notes)]
    if not any(one.concentration is not None for one in wells):
        heading = _tables(sheet)[0].heading
        sheet.fail("file-empty", "no well has a concentration", "export the results after the analysis", heading)
    groups: dict[tuple[str, str], list[Well]] = {}
    for one in wells:
        if one.role == "unknown":
            groups.setdefault((one.sample or one.well, one.target), []).append(one)
    amounts = tuple(_amount(sample, target, each) for (sample, target), each in groups.items())
    notes.read.append(f"{counted(len(wells), 'well')}, copies/µL of the reaction with its 95 % interval.")
    others = [one for one in wells if one.role != "unknown"]
    if others:
        notes.left_out.append(f"{counted(len(others), 'well')} of controls, which are no samples.")
    notes.left_out.append(
        "Copies per EV: they need the volume of the reaction and the particles whose RNA went into it."
    )
    _doubt(wells, notes)
    return Amounts(
        file=sheet.file, kind="digital PCR results", account=notes.done(), amounts=amounts, wells=tuple(wells)
    )


def _wells(table: Table, notes: Notes) -> list[Well]:
    if not table.rows:
        return []
    sheet, places = table.sheet, table.words("well")
    if not table.has("well"):
        places = tuple(row.cell(0) for row in table.rows)
    found = table.numbers("concentration")
    notes.read.append(found.said)
    for mark, times in found.marks:
        notes.left_out.append(f"`{mark}` for a concentration, {counted(times, 'time')}: not measured.")
    ci = _percent(table)
    low = table.numbers("low").values if table.has("low") else (None,) * len(places)
    high = table.numbers("high").values if table.has("high") else (None,) * len(places)
    valid = table.numbers("valid").values
    wells: list[Well] = []
    for k, (place, sample, target, kind) in enumerate(
        zip(places, table.words("sample"), table.words("target"), table.words("type"), strict=True)
    ):
        value, half = found.values[k], ci[k]
        if value is not None and value < 0:
            sheet.fail("file-number", "a concentration cannot be below zero", "export again", table.rows[k])
        ends = (low[k], high[k])
        if value is not None and half is not None:
            ends = (value * max(0.0, 1.0 - half), value * (1.0 + half))
        wells.append(
            Well(place, sample, target, _role(kind, sample), concentration=value, low=ends[0], high=ends[1],
                 line=table.rows[k].line)
        )  # fmt: skip
        count = valid[k]
        if count is not None and count < LEAST_PARTITIONS:
            notes.doubts.append(f"{place} has {count:,.0f} valid partitions; {LEAST_PARTITIONS:,} are usual.")
    return wells


def _percent(table: Table) -> list[float | None]:
    """Half width of the interval as a share of the value."""
    if not table.has("ci"):
        return [None] * len(table.rows)
    column = table.columns["ci"]
    rows = [type(row)(row.line, tuple(c.rstrip("% ") if k == column else c for k, c in enumerate(row.cells)), row.text)
            for row in table.rows]  # fmt: skip
    found = table.sheet.numbers(rows, column, table.heading.cell(column)).values
    return [None if one is None else one / 100.0 for one in found]


def _role(kind: str, sample: str) -> str:
    said = plain(kind)
    if NO_TEMPLATE.fullmatch(said) or (not said and NO_TEMPLATE.fullmatch(plain(sample))):
        return "no template"
    if STANDARD.fullmatch(said):
        return "standard"
    return "control" if CONTROL.fullmatch(said) else "unknown"


def _amount(sample: str, target: str, wells: Sequence[Well]) -> Amount:
    values = [one.concentration for one in wells if one.concentration is not None]
    alone = wells[0] if len(wells) == 1 else None
    return Amount(
        sample, target, len(wells), concentration=statistics.fmean(values) if values else None,
        concentration_sd=statistics.stdev(values) if len(values) > 1 else None,
        concentration_low=alone.low if alone else None, concentration_high=alone.high if alone else None,
        wells=tuple(one.well for one in wells),
    )  # fmt: skip


def _doubt(wells: Sequence[Well], notes: Notes) -> None:
    """Say where a control without template holds more than samples."""
    for target in dict.fromkeys(one.target for one in wells):
        empty = [
            one.concentration for one in wells
            if one.role == "no template" and one.target == target and one.concentration is not None
        ]  # fmt: skip
        if not empty:
            continue
        most = max(empty)
        below = [
            one.sample or one.well for one in wells
            if one.role == "unknown" and one.target == target
            and one.concentration is not None and one.concentration < most
        ]  # fmt: skip
        if below:
            notes.doubts.append(
                f"The control without template has {number(most, 4)} copies/µL of {target or 'the target'}, more than"
                f" {counted(len(below), 'sample')} ({listed(below[:6])}): these tell nothing."
            )
        elif most > 0:
            notes.doubts.append(
                f"The control without template has {number(most, 4)} copies/µL of {target or 'the target'}."
            )
