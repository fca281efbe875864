"""Many doses at once: a table of studies, the funnel of every row, and which unknown decides across all of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import VesiculaError
from vesicula.evidence.folder import library_folder
from vesicula.experiments.loading.dosing import DRAWS, DoseAnswer, dose
from vesicula.experiments.loading.recipient import QuestionError
from vesicula.units import nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

NEEDED = ("dose", "cells", "volume", "hours", "cargo", "recipient")
NUMBERS = ("particles per ug", "cells", "hours", "copies", "own", "fold")
COLUMNS = (
    "study", "claim", "dose", "particles per ug", "cells", "volume", "hours", "cargo", "kind", "copies", "recipient",
    "target", "own", "read-out", "fold", "source", "opened", "note",
)  # fmt: skip
LIBRARY = "reviews"
"""Name of the library's table: the claims of the reviews that say what a cargo of vesicles does in a cell."""


@dataclass(frozen=True)
class Study:
    """One row as it stands in the table. line : of the file      cells : what stands in every column, empty: unsaid"""

    line: int
    cells: dict[str, str]

    @property
    def name(self) -> str:
        """The study, and the claim where there is one."""
        said = [self.cells[key] for key in ("study", "claim") if self.cells[key]]
        return ", ".join(said) or f"line {self.line}"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is needed for an answer and nobody said."""
        return tuple(key for key in NEEDED if not self.cells[key])

    def number(self, column: str) -> float | None:
        """A number of a column, None where it is unsaid."""
        return float(self.cells[column]) if self.cells[column] else None


@dataclass(frozen=True)
class Row:
    """A study with its answer; None where something is unsaid or cannot be, which `why` tells."""

    study: Study
    answer: DoseAnswer | None
    why: str


@dataclass(frozen=True)
class Deciding:
    """An unknown across the table. share : mean over the answered rows of its share of the variance of the gap

    rows : rows in which it is among the three that matter most
    """

    name: str
    share: float
    rows: int


@dataclass(frozen=True)
class Studies:
    """All rows of a table, in its order."""

    rows: tuple[Row, ...]

    @property
    def answered(self) -> tuple[Row, ...]:
        """Rows with an answer, the largest gap first."""
        found = [row for row in self.rows if row.answer is not None]
        return tuple(sorted(found, key=lambda row: -row.answer.missing.median if row.answer else 0.0))

    @property
    def enough(self) -> int:
        """Answered rows in which the median dose suffices."""
        return sum(row.answer.missing.median <= 1 for row in self.answered if row.answer)

    @property
    def deciding(self) -> tuple[Deciding, ...]:
        """Unknowns by their mean share over the answered rows; what is not among the three of a row counts as none."""
        shares: dict[str, list[float]] = {}
        for row in self.answered:
            for one in row.answer.unknowns if row.answer else ():
                shares.setdefault(one.name, []).append(one.share)
        n = len(self.answered)
        found = [Deciding(name, sum(each) / n, len(each)) for name, each in shares.items()]
        return tuple(sorted(found, key=lambda one: (-one.share, one.name)))

    def table(self) -> pd.DataFrame:
        """One row for each study and stage: line, study, claim, cargo, recipient, stage, unit, median, low, high; the
        last stages are what is needed, and `missing`: needed over loaded.
        """
        import pandas as pd

        out = []
        for row in self.rows:
            if row.answer is None:
                continue
            a = row.answer
            head = {
                "line": row.study.line, "study": row.study.cells["study"], "claim": row.study.cells["claim"],
                "cargo": a.cargo, "recipient": a.recipient,
            }  # fmt: skip
            stages = [(one.name, one.unit, one.value) for one in (*a.stages, a.needed)]
            for name, unit, value in (*stages, ("missing", "", a.missing)):
                out.append({**head, "stage": name, "unit": unit, **value.model_dump()})
        return pd.DataFrame(out)


def read_studies(path: str | Path) -> tuple[Study, ...]:
    """Rows of a table of studies: a CSV file, or the name `reviews` of the library's.

    Columns  dose (`1e10`, `1e9/mL`, `10 ug`), particles per ug (measured, else the library's), cells, volume
             (`0.5 mL`), hours, cargo, kind, copies (per EV), recipient, target, own, fold (by which the read-out
             moved), and study, claim, read-out, source, opened and note in words; empty: unsaid
    Raises   QuestionError with the line
    """
    place = library_folder() / "studies" / f"{path}.csv" if str(path) == LIBRARY else Path(path)
    try:
        rows = list(csv.reader(io.StringIO(place.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read: {error}", "give a CSV file, or `reviews`") from None
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if len(numbered) < 2:
        raise QuestionError(f"{place.name} holds no study", f"the first line names the columns: {', '.join(COLUMNS)}")
    head = [cell.strip().lower() for cell in numbered[0][1]]
    for name in head:
        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            remedy = f"did you mean {near}?" if near else f"columns: {', '.join(COLUMNS)}"
            raise QuestionError(f"{place.name}:1: there is no column {name}", remedy)
    return tuple(_study(number, dict(zip(head, row, strict=False)), place.name) for number, row in numbered[1:])


def _study(line: int, said: dict[str, str], file: str) -> Study:
    cells = {name: said.get(name, "").strip() for name in COLUMNS}
    for name in NUMBERS:
        try:
            known = not cells[name] or math.isfinite(float(cells[name]))
        except ValueError:
            known = False
        if not known:
            raise QuestionError(f"{file}:{line}: `{cells[name]}` is no number", f"write {name} as a plain number")
    return Study(line, cells)


def answer_studies(
    studies: Sequence[Study], *, draws: int = DRAWS, seed: int = 1, watch: Callable[[int, int], None] | None = None
) -> Studies:
    """The funnel of every row that says enough; the values of the library are the same draws in all rows."""
    out: list[Row] = []
    for k, one in enumerate(studies):
        out.append(_answered(one, draws, seed))
        if watch is not None:
            watch(k + 1, len(studies))
    return Studies(tuple(out))


def _answered(one: Study, draws: int, seed: int) -> Row:
    if one.lacks:
        return Row(one, None, f"does not say: {', '.join(one.lacks)}")
    said = one.cells
    cells, hours = one.number("cells"), one.number("hours")
    assert cells is not None
    assert hours is not None
    fold = one.number("fold")
    try:
        answer = dose(
            said["dose"], cells, said["volume"], hours, said["cargo"], said["recipient"], copies=one.number("copies"),
            kind=said["kind"] or None, target=said["target"] or None, own=one.number("own"),
            per_ug=one.number("particles per ug"), fold=fold, draws=draws, seed=seed,
        )  # fmt: skip
    except VesiculaError as error:
        return Row(one, None, f"{error.message}{f' ({error.remedy})' if error.remedy else ''}")
    return Row(one, answer, "")


def gaps_picture(done: Studies, kind: str = "svg") -> bytes:
    """Needed over loaded of every row, the largest first: median and central 90 % of draws. kind : svg or png"""
    from vesicula.results.plots import rendered

    return rendered(lambda figure: _gaps(figure, done), kind)


def _gaps(figure: Figure, done: Studies) -> None:
    rows = done.answered[::-1]
    figure.set_size_inches(8.0, 0.27 * len(rows) + 1.5)
    axes = figure.subplots()
    for k, row in enumerate(rows):
        assert row.answer is not None
        gap = row.answer.missing
        low, middle, high = (float(np.clip(x, 1e-12, 1e18)) for x in (gap.low, gap.median, gap.high))
        colour = "#009e73" if middle <= 1 else "#b42318"
        axes.plot([low, high], [k, k], color=colour, linewidth=1.6)
        axes.plot([middle], [k], "o", color=colour, markersize=4)
    names = [f"{row.study.name}: {row.answer.cargo} in {row.answer.recipient}" for row in rows if row.answer]
    axes.set_yticks(range(len(rows)), [name if len(name) <= 70 else f"{name[:69]}…" for name in names], fontsize=7.5)
    axes.axvline(1.0, color="0.3", linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xscale("log")
    axes.set_xlabel("needed over loaded, median and central 90 % of draws; left of the line: enough")
    axes.set_title(f"{done.enough} of {len(rows)} doses suffice at the median", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
