"""Experiment summaries of NanoSight NTA 3.x: several videos of a sample, or several experiments joined."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from vesicula.io.decoding import plain
from vesicula.io.particles import DIFFERS, hinted_dilution, percentiles, spread_of, take_dilution, told_spread
from vesicula.io.results import Notes, Particles, SizeClass
from vesicula.io.sheets import Row, Sheet
from vesicula.results.wording import counted, listed, number

CONCENTRATION = re.compile(r"concentration \((?:e(?P<power>\d{1,2}) )?particles ?/ ?ml\)")
FINE = {"", "ok", "no", "none", "yes"}
ASIDE = re.compile(r"concentration upgrade|vibration correction|settings changed")
SIZES = {"mean": "mean", "mode": "mode", "d10": "D10", "d50": "D50", "d90": "D90"}


def fits(sheet: Sheet) -> bool:
    """Whether a file says that it is such a summary."""
    head = " ".join(plain(row.text) for row in sheet.rows[:60])
    return "nta experiment summary" in head or ("[experiment details]" in head and "created with nta" in head)


@dataclass(frozen=True)
class _Summary:
    sheet: Sheet
    sections: dict[str, list[Row]]

    def row(self, section: str, label: str | re.Pattern[str]) -> Row | None:
        """First row of a section with this label."""
        for row in self.sections.get(section, ()):
            said = plain(row.cell(0)).rstrip(":")
            if said == label if isinstance(label, str) else label.match(said):
                return row
        return None

    def word(self, section: str, label: str) -> str:
        row = self.row(section, label)
        return "" if row is None else row.cell(1)


def _summary(sheet: Sheet) -> _Summary:
    sections: dict[str, list[Row]] = {"": []}
    at = ""
    for row in sheet.rows:
        first = plain(row.cell(0))
        if first.startswith("[") and first.endswith("]"):
            at = first.strip("[]")
            sections.setdefault(at, [])
        else:
            sections[at].append(row)
    return _Summary(sheet, sections)


def read(sheet: Sheet, *, dilution: float | None = None) -> Particles:
    """Particles of a summary. dilution : as said, before that of the file. Raises FileError."""
    summary, notes = _summary(sheet), Notes()
    videos = _videos(summary)
    row = summary.row("results", CONCENTRATION)
    if row is None:
        sheet.fail(
            "file-form", "`Concentration (Particles / ml)` is expected below [Results], and is not there",
            "export the experiment summary again, with the results",
        )  # fmt: skip
    columns = range(1, len(videos) + 1)
    found = sheet.numbers_across(row, columns, row.cell(0))
    power = CONCENTRATION.match(plain(row.cell(0)))
    unit = 10.0 ** int(power["power"] or 0) if power else 1.0
    notes.read.append(found.said)
    told = [(name, value) for name, value in zip(videos, found.values, strict=True) if value is not None]
    levels = [None if one is None else one * unit for one in found.values]
    if not told:
        sheet.fail("file-empty", "no video has a concentration", "measure again, or give another file", row)
    if len(told) < len(videos):
        notes.left_out.append(f"{counted(len(videos) - len(told), 'video')} without a concentration.")
    recorded, factors = _recorded(summary, columns, notes)
    repeats = tuple(value / factor for value, factor in zip(levels, factors, strict=True) if value is not None)
    mean, sd = statistics.fmean(repeats), spread_of(repeats)
    if mean <= 0:
        sheet.fail("file-empty", "all concentrations are zero: no particle was tracked", "measure again", row)
    told_spread(mean, repeats, "videos", notes)
    _compare(summary, row, len(videos), statistics.fmean([value for _, value in told]), notes)
    names = (summary.word("experiment details", "experiment name"), *_samples(summary), *videos)
    taken, hinted = take_dilution(recorded, dilution, hinted_dilution(names), notes)
    _cameras(summary, columns, levels, notes)
    _doubts(summary, len(videos), notes)
    sizes, classes = _sizes(summary, len(videos), factors, notes)
    tracks = summary.row("results", "completed tracks")
    counts = sheet.numbers_across(tracks, columns, "Completed tracks").numbers if tracks else ()
    return Particles(
        file=sheet.file, kind="NanoSight NTA experiment summary", account=notes.done(), sample=_sample(summary, names),
        measured=mean, repeats=repeats, repeat="videos", sd=sd, dilution=taken, hinted=hinted,
        counted=sum(counts) if counts else None, sizes=sizes, classes=classes,
    )  # fmt: skip


def _videos(summary: _Summary) -> list[str]:
    """Names of the videos; the columns behind them are their mean and its error."""
    for section in ("experiment details", "size data"):
        row = summary.row(section, "filename")
        if row is not None:
            names = [cell for cell in row.cells[1:] if plain(cell) not in ("", "average", "standard error")]
            if names:
                return names
    summary.sheet.fail(
        "file-form", "a row `Filename:` with the videos is expected, and is not there", "export the summary again"
    )


def _samples(summary: _Summary) -> list[str]:
    return [summary.word("experiment details", one) for one in ("sample description", "sample name", "remarks")]


def _sample(summary: _Summary, names: Sequence[str]) -> str:
    own = summary.word("experiment details", "sample name") or names[0].removesuffix(".nano")
    return own or names[-1]


def _recorded(summary: _Summary, columns: Sequence[int], notes: Notes) -> tuple[float | None, list[float]]:
    """Recorded dilution, None where there is none or it differs, and what each video is divided by."""
    row = summary.row("results", re.compile(r"dilution factor"))
    if row is None:
        return None, [1.0] * len(columns)
    found = summary.sheet.numbers_across(row, columns, "Dilution factor").values
    if all(one is None for one in found):
        return None, [1.0] * len(columns)
    if any(one is None or one <= 0 for one in found):
        words = "some videos have a dilution factor and others none"
        summary.sheet.fail("file-number", words, "enter it for all videos, or for none, and export again", row)
    factors = [float(one) for one in found if one is not None]
    if len(set(factors)) > 1:
        words = f"its videos have different dilution factors ({listed([f'{one:g}' for one in sorted(set(factors))])})"
        summary.sheet.fail("file-asked", words, "export each dilution as an experiment of its own", row)
    if factors[0] != 1:
        notes.read.append(
            f"The file has multiplied its concentrations by {factors[0]:g} already; what was measured is so much less."
        )
    return factors[0], factors


def _compare(summary: _Summary, row: Row, n: int, mean: float, notes: Notes) -> None:
    """Doubt where the file's own mean is another."""
    said = row.cell(n + 1)
    if not said:
        return
    stated = summary.sheet.numbers_across(row, [n + 1], "Average").numbers
    notes.left_out.append("The columns Average and Standard Error: they are no videos.")
    if stated and abs(stated[0] - mean) > DIFFERS * mean:
        notes.doubts.append(f"The file states a mean of {number(stated[0])}; its videos give {number(mean)}.")


def _cameras(summary: _Summary, columns: Sequence[int], values: Sequence[float | None], notes: Notes) -> None:
    """What each level of the camera reads, where there is more than one."""
    row = summary.row("conditions", "camera level")
    if row is None:
        return
    levels: dict[str, list[float]] = {}
    for k, value in zip(columns, values, strict=True):
        if value is not None:
            levels.setdefault(row.cell(k) or "not said", []).append(value)
    if len(levels) > 1:
        told = [
            f"level {level} {number(min(found), 2)} to {number(max(found), 2)} ({counted(len(found), 'video')})"
            for level, found in levels.items()
        ]
        notes.doubts.append(f"Videos were taken at several camera levels, which count differently: {listed(told)}.")
    elif levels:
        notes.read.append(f"Camera level {next(iter(levels))}.")
    remarks = summary.word("experiment details", "remarks")
    if "combined experiments" in remarks.casefold():
        joined = [one.strip() for one in remarks.partition(":")[2].split(",") if one.strip()]
        notes.read.append(f"{counted(len(joined), 'experiment')} joined: {', '.join(joined)}.")
        notes.assumed.append("The joined experiments are one sample.")


def _doubts(summary: _Summary, n: int, notes: Notes) -> None:
    """What the instrument warns of."""
    for section in ("concentration warnings", "information"):
        for row in summary.sections.get(section, ()):
            said = [cell for cell in row.cells[1 : n + 1] if plain(cell) not in FINE]
            if said and not ASIDE.match(plain(row.cell(0))):
                where = f"in {len(said)} of {counted(n, 'video')}"
                notes.doubts.append(f"The instrument says of {row.cell(0)}: {listed(sorted(set(said)))} ({where}).")


def _sizes(
    summary: _Summary, n: int, factors: Sequence[float], notes: Notes
) -> tuple[dict[str, float], tuple[SizeClass, ...]]:
    """Sizes and size classes of the distribution by number."""
    blocks: list[list[Row]] = []
    for row in summary.sections.get("size data", ()):
        if plain(row.cell(0)) == "weighting":
            blocks.append([])
        if blocks:
            blocks[-1].append(row)
    chosen = next((one for one in blocks if plain(one[0].cell(1)).startswith("number")), None)
    others = [one[0].cell(1).casefold() for one in blocks if one is not chosen]
    others += ["diffusion"] if summary.sections.get("diffusion coefficient data") else []
    if others:
        notes.left_out.append(f"Other distributions of the same particles: {listed(others)}.")
    if chosen is None:
        notes.left_out.append("No distribution of sizes by number is in the file.")
        return {}, ()
    columns, sheet = range(1, n + 1), summary.sheet
    sizes: dict[str, float] = {}
    rows: list[Row] = []
    graph = False
    for row in chosen:
        label = plain(row.cell(0))
        if label.startswith("percentile"):
            break
        if label in SIZES and not graph:
            found = sheet.numbers_across(row, columns, row.cell(0)).numbers
            if found:
                sizes[SIZES[label]] = statistics.fmean(found)
        elif label.startswith("bin centre") or label.startswith("bin center"):
            graph = True
        elif graph and row.filled:
            rows.append(row)
    classes = _classes(sheet, rows, factors)
    if classes:
        notes.read.append(f"{len(classes):,} size classes, of the distribution by number.")
    return sizes or percentiles(classes), classes


def _classes(sheet: Sheet, rows: Sequence[Row], factors: Sequence[float]) -> tuple[SizeClass, ...]:
    if not rows:
        return ()
    middles = sheet.numbers(rows, 0, "Bin centre (nm)").values
    each = [sheet.numbers(rows, k, "Concentration (particles / ml)").values for k in range(1, len(factors) + 1)]
    classes: list[SizeClass] = []
    for k, nm in enumerate(middles):
        found = [one[k] for one in each]
        values = [value / factor for value, factor in zip(found, factors, strict=True) if value is not None]
        if nm is not None and values:
            classes.append(SizeClass(nm, statistics.fmean(values)))
    return tuple(classes)
