"""qPCR: Ct by well, standard curves, and copies per well where there is one (QuantStudio, CFX, tables like theirs)."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vesicula.io.decoding import plain
from vesicula.io.results import Amount, Amounts, Curve, Notes, Well, standards_of
from vesicula.io.sheets import Row, Sheet, Table, note_pairs, tables
from vesicula.results.wording import counted, listed, number

WANTED = {
    "ct": re.compile(
        r"c[tqp](?: ?values?)?|crt|ct/cq|quantification cycle(?: \(cq\))?|threshold cycle(?: \(ct\))?|crossing point"
    ),
    "position": re.compile(r"well ?position|position|pos"),
    "well": re.compile(r"well(?: ?(?:id|name))?"),
    "sample": re.compile(r"sample(?: ?(?:name|id))?|samples"),
    "target": re.compile(r"target(?: ?name)?|detector(?: ?name)?|gene(?: ?name)?|assay(?: ?name)?"),
    "task": re.compile(r"task|content|type|sample type|well type"),
    "dye": re.compile(r"reporter|fluor|dye|channel|filter"),
    "omit": re.compile(r"omit|excluded?"),
    "quantity": re.compile(
        r"quantity|starting quantity ?(?:\(sq\))?|sq|qty|copies|quantity ?\(?copies\)?|conc(?:entration)? std"
        r"|copy number"
    ),
    "slope": re.compile(r"slope"),
    "intercept": re.compile(r"y[- ]?intercept|intercept|y-inter"),
    "r2": re.compile(r"r ?\(superscript 2\)|r2|r\^2|r²|rsq"),
    "efficiency": re.compile(r"(?:amp(?:lification)? )?eff(?:iciency)?%?(?: ?\(%\))?|eff%"),
    "ct_mean": re.compile(r"c[tq] mean|mean c[tq]"),
}  # fmt: skip
STANDARD = re.compile(r"std\b.*|standards?\b.*|std-?\d+|s\d+ ?standard|calibrator curve.*")
CONTROL = re.compile(
    r"ntc.*|nrt.*|neg.*|no[- ]template.*|non template.*|blank.*|water|h2o|pos ctrl.*|positive.*|no rt.*|nac.*|.*control"
)
NO_TEMPLATE = re.compile(r"ntc.*|no[- ]template.*|non template.*|blank.*|water|h2o|neg.*")
CONTROL_SAMPLE = re.compile(r"ntc\b.*|nrt\b.*|no[- ]template.*|water|h2o")
GOOD = (0.85, 1.15)
LEAST_R2 = 0.98
SHOWN = 6
AGREES = 0.05
"""Differences of slope, in cycles per decade, between the file's curve and that of its standards that need no word."""


def fits(sheet: Sheet) -> bool:
    """Whether a heading has Ct (Cq, Cp) with a well or a sample."""
    return bool(_tables(sheet))


def _tables(sheet: Sheet) -> list[Table]:
    return tables(
        sheet, WANTED, lambda found: "ct" in found and bool({"well", "position", "sample"} & found.keys())
    )  # fmt: skip


def read(sheet: Sheet, *, dilution: float | None = None) -> Amounts:
    """Amounts of a table of Ct. dilution : of no meaning here, and refused. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles; a Ct has none", "leave `--dilution` out")
    notes = Notes()
    wells: list[Well] = []
    stated: dict[str, Curve] = {}
    for table in _tables(sheet):
        found, curves = _wells(table, notes)
        wells += found
        stated.update({name: one for name, one in curves.items() if name not in stated})
    measured = [one for one in wells if one.ct is not None]
    if not measured:
        first = _tables(sheet)[0]
        sheet.fail("file-empty", "no well has a Ct", "export the results after the analysis", first.heading)
    curves = _curves(wells, stated, notes)
    wells = [_with_quantity(one, curves.get(one.target)) for one in wells]
    amounts = _amounts(wells)
    _tell(sheet, wells, curves, amounts, notes)
    return Amounts(
        file=sheet.file, kind="qPCR results", account=notes.done(), amounts=amounts, wells=tuple(wells),
        curves=tuple(curves.values()), relative=not any(one.copies is not None for one in amounts),
    )  # fmt: skip


def _wells(table: Table, notes: Notes) -> tuple[list[Well], dict[str, Curve]]:
    kept: list[Row] = []
    column = table.columns.get("omit", -1)
    omitted = 0
    bare = 0
    names = [table.columns[one] for one in ("ct", "sample", "target", "task") if one in table.columns]
    for row in table.rows:
        if plain(row.cell(column)) in ("true", "yes", "1", "omitted"):
            omitted += 1
        elif not any(row.cell(k) for k in names):
            bare += 1
        else:
            kept.append(row)
    if omitted:
        notes.left_out.append(f"{counted(omitted, 'well')} that the file omits.")
    if bare:
        notes.left_out.append(f"{counted(bare, 'row')} of wells with nothing in them.")
    whole = Table(table.sheet, table.heading, table.columns, tuple(kept))
    if not kept:
        return [], {}
    numbers: dict[str, Sequence[float | None]] = {}
    for name in ("ct", "quantity", "slope", "intercept", "r2", "efficiency"):
        if whole.has(name):
            found = whole.numbers(name)
            numbers[name] = found.values
            notes.read.append(found.said)
            for mark, times in found.marks:
                notes.left_out.append(_mark(whole, name, mark, times))
        else:
            numbers[name] = [None] * len(kept)
    places = whole.words("position") if whole.has("position") else whole.words("well")
    samples, targets, tasks, dyes = (whole.words(one) for one in ("sample", "target", "task", "dye"))
    several = len({(target, dye) for target, dye in zip(targets, dyes, strict=True)}) > len(set(targets))
    wells: list[Well] = []
    curves: dict[str, Curve] = {}
    for k, row in enumerate(kept):
        target = targets[k] or dyes[k]
        if several and targets[k] and dyes[k]:
            target = f"{targets[k]} ({dyes[k]})"
        role = _role(tasks[k], samples[k])
        ct = numbers["ct"][k]
        wells.append(
            Well(places[k], samples[k] or ("" if role == "unknown" else tasks[k]), target, role, dyes[k],
                 ct if ct is None or ct > 0 else None, numbers["quantity"][k], line=row.line)
        )  # fmt: skip
        slope, intercept = numbers["slope"][k], numbers["intercept"][k]
        if slope is not None and intercept is not None and slope < 0:
            said = numbers["efficiency"][k]
            share = 10.0 ** (-1.0 / slope) - 1.0 if said is None else said / 100.0 if said > 3 else said
            curves.setdefault(target, Curve(target, slope, intercept, share, numbers["r2"][k]))
    return wells, curves


def _mark(table: Table, name: str, mark: str, times: int) -> str:
    heading = table.heading.cell(table.columns[name])
    if name == "ct":
        return f"`{mark}` in {heading}, {counted(times, 'time')}: not detected, which is neither 0 nor the last cycle."
    return f"`{mark}` in {heading}, {counted(times, 'time')}: not computed."


def _role(task: str, sample: str) -> str:
    said, name = plain(task), plain(sample)
    if STANDARD.fullmatch(said):
        return "standard"
    if NO_TEMPLATE.fullmatch(said) or CONTROL_SAMPLE.fullmatch(name):
        return "no template"
    if CONTROL.fullmatch(said):
        return "control"
    if not said and re.match(r"(?:std|standard)\b|std ?\d", name):
        return "standard"
    return "unknown"


def _curves(wells: Sequence[Well], stated: Mapping[str, Curve], notes: Notes) -> dict[str, Curve]:
    """Standard curves: as the file states them, with how far its standards lie off; else fitted to the standards."""
    curves: dict[str, Curve] = {}
    for target in dict.fromkeys(one.target for one in wells):
        points = standards_of(wells, target)
        own = _fitted(target, points)
        said = stated.get(target)
        if said is None:
            if own is not None:
                notes.read.append(f"The curve of {target or 'the target'} is fitted to {len(points)} standards.")
                curves[target] = own
            continue
        curve = said
        if points:
            x, y = (np.array(one) for one in zip(*points, strict=True))
            off = y - (said.intercept + said.slope * x)
            free = len(points) - 2
            curve = replace(
                said, error=float(np.sqrt((off**2).sum() / free)) if free > 0 else None,
                low=10.0 ** float(x.min()), high=10.0 ** float(x.max()), points=len(points),
            )  # fmt: skip
        if own is not None and abs(own.slope - said.slope) > AGREES:
            notes.doubts.append(
                f"The file states a slope of {said.slope:.3f} for {target}; the standards in it give {own.slope:.3f}."
            )
        curves[target] = curve
    return curves


def _fitted(target: str, points: Sequence[tuple[float, float]]) -> Curve | None:
    """Least squares of Ct on log10 of quantity; None with less than three different quantities, or a rising line."""
    if len({x for x, _ in points}) < 3:
        return None
    x, y = (np.array(one) for one in zip(*points, strict=True))
    middle = x - x.mean()
    slope = float((middle * y).sum() / (middle**2).sum())
    if slope >= 0:
        return None
    intercept = float(y.mean() - slope * x.mean())
    off = y - (intercept + slope * x)
    spread = float(((y - y.mean()) ** 2).sum())
    return Curve(
        target, slope, intercept, 10.0 ** min(-1.0 / slope, 300.0) - 1.0,
        1.0 - float((off**2).sum()) / spread if spread > 0 else None,
        float(np.sqrt((off**2).sum() / (len(points) - 2))), True, 10.0 ** float(x.min()), 10.0 ** float(x.max()),
        len(points),
    )  # fmt: skip


def _with_quantity(well: Well, curve: Curve | None) -> Well:
    """A well that was not given a quantity gets the curve's."""
    if well.ct is None:
        return well if well.role == "standard" else replace(well, quantity=None)
    if well.quantity is not None or curve is None or well.role == "standard":
        return well
    exponent = (well.ct - curve.intercept) / curve.slope
    return replace(well, quantity=curve.quantity(well.ct) if abs(exponent) < 100 else None)


def _amounts(wells: Sequence[Well]) -> tuple[Amount, ...]:
    groups: dict[tuple[str, str], list[Well]] = {}
    for one in wells:
        if one.role == "unknown":
            groups.setdefault((one.sample or one.well, one.target), []).append(one)
    found: list[Amount] = []
    for (sample, target), each in groups.items():
        cts = [one.ct for one in each if one.ct is not None]
        copies = [one.quantity for one in each if one.quantity is not None]
        found.append(
            Amount(
                sample, target, len(each), statistics.fmean(cts) if cts else None,
                statistics.stdev(cts) if len(cts) > 1 else None, statistics.fmean(copies) if copies else None,
                statistics.stdev(copies) if len(copies) > 1 else None, wells=tuple(one.well for one in each),
            )
        )  # fmt: skip
    return tuple(found)


def _tell(
    sheet: Sheet, wells: Sequence[Well], curves: Mapping[str, Curve], amounts: Sequence[Amount], notes: Notes
) -> None:
    said = note_pairs(sheet.notes)
    kind = [said[one][0] for one in ("instrument type", "experiment type", "chemistry") if one in said]
    if kind:
        notes.read.append(f"{', '.join(kind)}.")
    samples = len({one.sample for one in amounts})
    targets = list(dict.fromkeys(one.target for one in wells if one.target))
    notes.read.append(
        f"{counted(len(wells), 'well')}: {counted(samples, 'sample')}, {counted(len(targets), 'target')}"
        f"{f' ({listed(targets[:6])})' if targets else ''}."
    )
    for role, word in (("standard", "standard"), ("no template", "control without template"), ("control", "control")):
        n = sum(one.role == role for one in wells)
        if n:
            notes.left_out.append(f"{counted(n, 'well')} of {word}s, which are no samples.")
    for one in curves.values():
        fit = "" if one.r2 is None else f", R² {one.r2:.3f}"
        notes.read.append(
            f"Curve of {one.target or 'the target'}: slope {one.slope:.3f}, intercept {one.intercept:.3f}, efficiency"
            f" {100 * one.efficiency:.1f} %{fit}."
        )
        if not GOOD[0] <= one.efficiency <= GOOD[1]:
            notes.doubts.append(f"An efficiency of {100 * one.efficiency:.0f} % is far from 100 %.")
        if one.r2 is not None and one.r2 < LEAST_R2:
            notes.doubts.append(f"Standards of {one.target} lie off their curve: R² {one.r2:.3f}.")
    _tell_amounts(wells, curves, amounts, notes)


def _tell_amounts(wells: Sequence[Well], curves: Mapping[str, Curve], amounts: Sequence[Amount], notes: Notes) -> None:
    if any(one.copies is not None for one in amounts):
        notes.assumed.append("Quantities of the standards are copies per well (reaction).")
        notes.left_out.append(
            "Copies per EV: they need the particles whose RNA went into a well (`vesicula dose --nta … --qpcr …`)."
        )
    else:
        notes.left_out.append(
            "Copies: without a standard curve Ct values are relative, and only differences of samples mean anything."
        )
    for target, curve in curves.items():
        outside = [
            one for one in amounts
            if one.target == target and one.copies is not None and curve.low is not None and curve.high is not None
            and not curve.low / 1.001 <= one.copies <= curve.high * 1.001
        ]  # fmt: skip
        if outside:
            names = [f"{one.sample} ({number(one.copies or 0.0)})" for one in outside[:SHOWN]]
            notes.doubts.append(
                f"{counted(len(outside), 'sample')} outside the standards in the file, which go from"
                f" {number(curve.low or 0.0)} to {number(curve.high or 0.0)}: {listed(names)}"
                f"{' …' if outside[SHOWN:] else ''}."
            )
    empty = [one for one in wells if one.role == "no template" and one.ct is not None]
    if empty:
        least = min(one.ct for one in empty if one.ct is not None)
        latest = max((one.ct for one in amounts if one.ct is not None), default=0.0)
        beyond = " earlier than a sample" if least < latest else ""
        notes.doubts.append(f"A control without template has a Ct of {least:.1f}{beyond}.")
