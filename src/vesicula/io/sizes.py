"""Tables of sizes, of nano-flow cytometry, TRPS or another count: size with number or concentration, or particles."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Mapping, Sequence

from vesicula.io.decoding import plain
from vesicula.io.numbers import Decimal, NotANumberError, is_missing, number_in, style_of
from vesicula.io.particles import DIFFERS, hinted_dilution, percentiles, spread_of, take_dilution, told_spread
from vesicula.io.results import Notes, Particles, SizeClass
from vesicula.io.sheets import Row, Sheet, Table, note_pairs, tables, unit_in
from vesicula.results.wording import counted, number

LENGTHS = {"nm": 1.0, "um": 1000.0, "micron": 1000.0, "microns": 1000.0}
VOLUMES = {"ml": 1.0, "cm3": 1.0, "cm^3": 1.0, "cm-3": 1.0, "cm^-3": 1.0, "ul": 1e3, "l": 1e-3, "nl": 1e6}
SIZE = re.compile(
    r"(?:bin ?cent(?:re|er)|bin ?size|(?:particle |mean |hydrodynamic )?(?:size|diameter)|bins?|mid ?point)"
    r"(?: ?cent(?:re|er))?\s*(?:[(\[/_,].*)?"
)
COUNT = re.compile(
    r"(?:particle |event |raw )?(?:counts?|number|events?|particles|n|frequency)(?: of (?:particles|events))?"
)
AMOUNT = re.compile(r"(?:(?:.*\b)?conc(?:entration|\.)?|particles|events|counts?).*(?:/|per |cm|\^-|-1).*")
KEYS = re.compile(
    r"(?:total |sample |particle |measured |number )*conc(?:entration|\.)?(?: ?[(\[/].*)?"
)  # fmt: skip
DILUTION = re.compile(r"dilution(?: ?(?:factor|fold|ratio))?|dil\.? ?factor|sample dilution")
DENSITY = re.compile(r"/ ?(?:ml|cm3|cm\^3|ul) ?/ ?nm|/nm/ml|per ml per nm|dn/d")
FACTOR = re.compile(r"(?:x ?)?10\^?(\d{1,2})|(?:x ?)?1?e\+?(\d{1,2})")
WANTED = {"size": SIZE, "amount": AMOUNT, "count": COUNT}
NAME = re.compile(r"sample(?: ?(?:name|id))?|name")


def fits(sheet: Sheet) -> bool:
    """Whether a heading has a size in nm or µm with a number or concentration, or alone, of single particles."""
    return _table(sheet) is not None


def _table(sheet: Sheet) -> Table | None:
    for one in tables(sheet, WANTED, lambda found: "size" in found and len(found) > 1):
        if _length(one) is not None:
            return one
    singles = [row for row in sheet.rows if len(row.filled) >= 1 and SIZE.fullmatch(plain(row.cell(0)))]
    for row in singles:
        rows = [one for one in sheet.rows if one.line > row.line and not one.blank]
        table = Table(sheet, row, {"size": 0}, tuple(rows))
        if len(row.filled) == 1 and _length(table) is not None and len(rows) > 9:
            return table
    return None


def _length(table: Table) -> float | None:
    return LENGTHS.get(unit_in(table.heading.cell(table.columns["size"]))[1])


def per_ml(heading: str) -> float | None:
    """What a number below a heading is multiplied by to be per mL: `(particles/mL)`, `10^6/uL`; None: no volume."""
    said = plain(heading).replace(" ", "")
    found = re.search(r"(?:/|per)(ml|cm\^?3|ul|nl|l)(?![a-z])|(cm\^?-3|ml\^?-1|ul\^?-1)", said)
    if found is None:
        return None
    unit = (
        (found[1] or found[2]).replace("ml^-1", "ml").replace("ml-1", "ml").replace("ul^-1", "ul").replace("ul-1", "ul")
    )
    power = FACTOR.search(said.partition("(")[2] or said.partition("[")[2])
    return VOLUMES[unit] * (10.0 ** int(power[1] or power[2]) if power else 1.0)


def read(sheet: Sheet, *, dilution: float | None = None) -> Particles:
    """Particles of a table of sizes. dilution : as said, before that of the file. Raises FileError."""
    table, notes = _table(sheet), Notes()
    assert table is not None
    table = _with_numbers(table, notes)
    head = note_pairs([*sheet.notes, *(row for row in sheet.rows if row.line < table.heading.line)])
    sample = next((value for key, (value, _) in head.items() if NAME.fullmatch(key)), "")
    length = _length(table) or 1.0
    sizes = [None if one is None else one * length for one in _told(table, "size", notes)]
    repeats_of = _columns(table)
    counts = _told(table, "count", notes) if table.has("count") else None
    if repeats_of:
        each = [_levels(table, k, sizes, notes) for k in repeats_of]
    elif counts is None and not table.has("count"):
        return _single(table, [one for one in sizes if one is not None], sample, head, dilution, notes)
    else:
        each = []
    stated = _stated(sheet, head)
    repeats = tuple(sum(value or 0.0 for value in one) for one in each)
    if not repeats and stated is not None:
        repeats = (stated,)
    classes = _classes(sizes, each, counts, stated if not each else None)
    total = statistics.fmean(repeats) if repeats else None
    if not classes or (total is not None and total <= 0) or (total is None and not sum(_filled(counts or ()))):
        sheet.fail("file-empty", "all classes of size are empty: nothing was counted", "measure again", table.heading)
    if total is not None:
        told_spread(total, repeats, "columns" if len(each) > 1 else "measurements", notes)
        if each and stated is not None and abs(stated - total) > 5 * DIFFERS * total:
            notes.doubts.append(
                f"The head states {number(stated)} particles/mL; the classes add up to {number(total)}, which is taken."
            )
    else:
        notes.left_out.append("A number per mL: the file counts particles and says no volume.")
    taken, hinted = take_dilution(_dilution(sheet, head), dilution, hinted_dilution([sample]), notes)
    notes.read.append(
        f"{counted(len(classes), 'size class')}." if len(classes) == 1 else f"{len(classes):,} size classes."
    )
    if taken is not None and dilution is None:
        notes.assumed.append("The concentrations are those of the thinned sample, as measured.")
    return Particles(
        file=sheet.file, kind="table of sizes", account=notes.done(), sample=sample, measured=total, repeats=repeats,
        repeat="columns" if len(repeats) > 1 else "measurements", sd=spread_of(repeats), dilution=taken, hinted=hinted,
        counted=sum(_filled(counts)) if counts else None, sizes=percentiles(classes), classes=classes,
    )  # fmt: skip


def _filled(values: Sequence[float | None]) -> list[float]:
    return [one for one in values if one is not None]


def _with_numbers(table: Table, notes: Notes) -> Table:
    """The table up to rows of totals or words behind it."""
    column = table.columns["size"]
    kept: list[Row] = []
    for row in table.rows:
        cell = row.cell(column)
        try:
            numeric = (
                is_missing(cell)
                or number_in(cell, style_of(cell) or table.sheet.around.style or Decimal.POINT) is not None
            )
        except NotANumberError as error:
            if kept and not error.date and not re.search(r"\d", cell):
                notes.left_out.append(f"The row `{cell}`, which is no class of size.")
                continue
            table.sheet.numbers([row], column, table.heading.cell(column))
            raise
        if numeric and not (is_missing(cell) and len(row.filled) == 0):
            kept.append(row)
    if not kept:
        table.sheet.fail(
            "file-empty", "no row follows the heading", "export the table again, as a whole", table.heading
        )
    return Table(table.sheet, table.heading, table.columns, tuple(kept))


def _told(table: Table, name: str, notes: Notes) -> tuple[float | None, ...]:
    found = table.numbers(name)
    notes.read.append(found.said)
    for mark, times in found.marks:
        notes.left_out.append(f"`{mark}` in {table.heading.cell(table.columns[name])}, {counted(times, 'time')}.")
    return found.values


def _columns(table: Table) -> list[int]:
    """Columns of concentration; several are repeats, but for those of a mean and its error."""
    found: list[int] = []
    for k, cell in enumerate(table.heading.cells):
        heading = plain(cell)
        if k == table.columns["size"] or per_ml(cell) is None or not AMOUNT.fullmatch(heading):
            continue
        if not re.search(r"average|mean|\bsd\b|\bse\b|error|std|cumul|%|upper|lower", heading):
            found.append(k)
    return found or [table.columns["amount"]] if table.has("amount") and per_ml(_cell(table, "amount")) else found


def _cell(table: Table, name: str) -> str:
    return table.heading.cell(table.columns[name])


def _levels(table: Table, column: int, sizes: Sequence[float | None], notes: Notes) -> list[float | None]:
    heading = table.heading.cell(column)
    factor = per_ml(heading) or 1.0
    found = table.sheet.numbers(table.rows, column, heading)
    notes.read.append(found.said)
    for mark, times in found.marks:
        notes.left_out.append(f"`{mark}` in {heading}, {counted(times, 'time')}: that class is left out of the sum.")
    if factor != 1.0:
        notes.read.append(f"`{heading}` is multiplied by {factor:g} to be per mL.")
    values = [None if one is None else one * factor for one in found.values]
    if any(one is not None and one < 0 for one in values):
        row = table.rows[next(k for k, one in enumerate(values) if one is not None and one < 0)]
        table.sheet.fail("file-number", "a concentration cannot be below zero", "export the table again", row)
    if DENSITY.search(plain(heading)):
        notes.read.append(f"`{heading}` is per nm; it is multiplied by the width of each class.")
        widths = _widths([one or 0.0 for one in sizes])
        values = [None if one is None else one * width for one, width in zip(values, widths, strict=True)]
    return values


def _widths(sizes: Sequence[float]) -> list[float]:
    if len(sizes) < 2:
        return [1.0] * len(sizes)
    edges = [(a + b) / 2 for a, b in itertools.pairwise(sizes)]
    edges = [2 * sizes[0] - edges[0], *edges, 2 * sizes[-1] - edges[-1]]
    return [b - a for a, b in itertools.pairwise(edges)]


def _classes(
    sizes: Sequence[float | None],
    each: Sequence[Sequence[float | None]],
    counts: Sequence[float | None] | None,
    total: float | None,
) -> tuple[SizeClass, ...]:
    """Classes with the mean of their concentrations; where only counted, with their share of a stated total."""
    all_counted = sum(_filled(counts)) if counts else 0.0
    found: list[SizeClass] = []
    for k, nm in enumerate(sizes):
        count = counts[k] if counts else None
        levels = _filled([one[k] for one in each])
        level = statistics.fmean(levels) if levels else None
        if level is None and total is not None and count is not None and all_counted > 0:
            level = total * count / all_counted
        if nm is not None and nm > 0 and (level is not None or count is not None):
            found.append(SizeClass(nm, level, count))
    return tuple(found)


def _single(
    table: Table, sizes: Sequence[float], sample: str, head: Mapping[str, tuple[str, Row]], dilution: float | None,
    notes: Notes,
) -> Particles:  # fmt: skip
    """A list with a line per particle, as classes of 5 nm."""
    if not sizes:
        table.sheet.fail("file-empty", "no particle has a size", "measure again", table.heading)
    stated = _stated(table.sheet, head)
    bins: dict[int, int] = {}
    for one in sizes:
        bins[int(one // 5)] = bins.get(int(one // 5), 0) + 1
    classes = tuple(
        SizeClass(5.0 * k + 2.5, None if stated is None else stated * n / len(sizes), float(n))
        for k, n in sorted(bins.items())
    )
    notes.read.append(f"{len(sizes):,} particles, one in a line; counted in classes of 5 nm.")
    if stated is None:
        notes.left_out.append("A number per mL: the file counts particles and says no volume.")
    taken, hinted = take_dilution(_dilution(table.sheet, head), dilution, hinted_dilution([sample]), notes)
    return Particles(
        file=table.sheet.file, kind="list of single particles", account=notes.done(), sample=sample, measured=stated,
        repeats=() if stated is None else (stated,), repeat="measurements", dilution=taken, hinted=hinted,
        counted=float(len(sizes)), sizes=percentiles(classes), classes=classes,
    )  # fmt: skip


def _stated(sheet: Sheet, head: Mapping[str, tuple[str, Row]]) -> float | None:
    """Concentration that the head states with its unit, particles/mL."""
    for key, (value, row) in head.items():
        if KEYS.fullmatch(key) is None:
            continue
        split = re.fullmatch(r"(\S*\d\S*)\s*(.*)", value)
        factor = per_ml(key) or (per_ml(split[2]) if split else None)
        if split is None or factor is None:
            continue
        try:
            found = number_in(split[1], style_of(split[1]) or sheet.around.style or Decimal.POINT)
        except NotANumberError as error:
            sheet.fail("file-number", error.why, "write a plain number", row, split[1])
        return found * factor if found > 0 else None
    return None


def _dilution(sheet: Sheet, head: Mapping[str, tuple[str, Row]]) -> float | None:
    """Dilution that the head states: `100`, `1:100`, `100x`."""
    for key, (value, row) in head.items():
        if DILUTION.fullmatch(key) and value and not is_missing(value):
            bare = re.sub(r"^1\s*[:/]\s*|[x×]$|-?fold$", "", value.strip(), flags=re.IGNORECASE).strip()
            try:
                found = number_in(bare, style_of(bare) or sheet.around.style or Decimal.POINT)
            except NotANumberError:
                sheet.fail("file-number", f"the dilution `{value}` is no number", "write for example 100", row, value)
            if found <= 0:
                sheet.fail("file-number", f"a dilution of {value} cannot be", "write for example 100", row, value)
            return found
    return None
