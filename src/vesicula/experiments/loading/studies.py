"""Many doses at once: a table of studies, the funnel of every row, and which unknown decides across all of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula import units
from vesicula.errors import VesiculaError
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.experiments.loading.dosing import DRAWS, DoseAnswer, dose, volume_of
from vesicula.experiments.loading.given import Measured
from vesicula.experiments.loading.recipient import QuestionError, from_library
from vesicula.language.values import Value
from vesicula.units import nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEEDED = ("dose", "cells", "volume", "hours", "cargo", "recipient")
NUMBERS = ("particles per ug", "cells", "hours", "copies", "own", "fold")
COLUMNS = (
    "study", "claim", "dose", "particles per ug", "cells", "volume", "hours", "cargo", "kind", "copies", "recipient",
    "target", "own", "read-out", "fold", "source", "opened", "where", "note",
)  # fmt: skip
WORDS = ("study", "claim", "read-out", "source", "opened", "where", "note")
"""Columns that are told and change no answer."""
USUAL = ("dose", "cells", "volume", "hours")
"""Columns that a usual dish can stand in for."""
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

    @property
    def asks(self) -> tuple[str, ...]:
        """What decides its answer."""
        return tuple(self.cells[key] for key in COLUMNS if key not in WORDS)

    def number(self, column: str) -> float | None:
        """A number of a column, None where it is unsaid."""
        return float(self.cells[column]) if self.cells[column] else None


@dataclass(frozen=True)
class Row:
    """A study with its answer; None where something is unsaid or cannot be, which `why` tells.

    usual : columns that it leaves empty and that were taken as laboratories usually have it
    """

    study: Study
    answer: DoseAnswer | None
    why: str
    usual: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """Answered rows of one study that ask the same of the same dose, and differ in their claim or read-out."""

    rows: tuple[Row, ...]

    @property
    def answer(self) -> DoseAnswer:
        """Their one answer."""
        answer = self.rows[0].answer
        assert answer is not None
        return answer

    @property
    def name(self) -> str:
        """The study and its claims, `Luga V 2012, be-040 … mt-141` where they are many."""
        claims = sorted(dict.fromkeys(row.study.cells["claim"] for row in self.rows if row.study.cells["claim"]))
        told = claims if len(claims) <= 2 else [f"{claims[0]} … {claims[-1]}"]
        said = [one for one in (self.rows[0].study.cells["study"], *told) if one]
        return ", ".join(said) or self.rows[0].study.name

    @property
    def as_said(self) -> bool:
        """Whether the study says its dose, so that nothing usual stands in for it."""
        return "dose" not in self.rows[0].usual


@dataclass(frozen=True)
class Deciding:
    """An unknown across the table. share : mean over the experiments of its share of the variance of the gap

    rows : experiments in which it is among the three that matter most
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
    def experiments(self) -> tuple[Experiment, ...]:
        """Answered rows in their order, those of one study that ask the same together."""
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in self.answered:
            found.setdefault((row.study.cells["study"], *row.study.asks), []).append(row)
        return tuple(Experiment(tuple(rows)) for rows in found.values())

    @property
    def enough(self) -> int:
        """Experiments in which the median dose suffices."""
        return sum(one.answer.missing.median <= 1 for one in self.experiments)

    @property
    def deciding(self) -> tuple[Deciding, ...]:
        """Unknowns by their mean share over the experiments; what is not among the three of one counts as none."""
        shares: dict[str, list[float]] = {}
        for each in self.experiments:
            for one in each.answer.unknowns:
                shares.setdefault(one.name, []).append(one.share)
        n = len(self.experiments)
        found = [Deciding(name, sum(each) / n, len(each)) for name, each in shares.items()]
        return tuple(sorted(found, key=lambda one: (-one.share, one.name)))

    def table(self) -> pd.DataFrame:
        """One row for each study and stage: line, study, claim, cargo, kind, recipient, usual (what was not said),
        stage, unit, median, low, high; the last stages are what is needed, and `missing`: needed over loaded.
        """
        import pandas as pd

        out = []
        for row in self.rows:
            if row.answer is None:
                continue
            a = row.answer
            head = {
                "line": row.study.line, "study": row.study.cells["study"], "claim": row.study.cells["claim"],
                "cargo": a.cargo, "kind": a.kind, "recipient": a.recipient, "usual": ", ".join(row.usual),
            }  # fmt: skip
            stages = [(one.name, one.unit, one.value) for one in (*a.stages, a.needed)]
            for name, unit, value in (*stages, ("missing", "", a.missing)):
                out.append({**head, "stage": name, "unit": unit, **value.model_dump()})
        return pd.DataFrame(out)


def read_studies(path: str | Path) -> tuple[Study, ...]:
    """Rows of a table of studies: a CSV file, or the name `reviews` of the library's.

    Columns  dose (`1e10`, `1e9/mL`, `10 ug`), particles per ug (measured, else the library's), cells, volume
             (`0.5 mL`), hours, cargo, kind, copies (per EV), recipient, target, own, fold (by which the read-out
             moved), and study, claim, read-out, source, opened, where (in it) and note in words; empty: unsaid
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
    studies: Sequence[Study],
    *,
    usual: bool = False,
    draws: int = DRAWS,
    seed: int = 1,
    watch: Callable[[int, int], None] | None = None,
) -> Studies:
    """The funnel of every row that says enough; the values of the library are the same draws in all rows.

    usual : take what a row does not say of its dish as the library has a usual one, the dose with its range
    """
    out: list[Row] = []
    known: dict[tuple[str, ...], Row] = {}
    for k, one in enumerate(studies):
        if one.asks not in known:
            known[one.asks] = _answered(one, draws, seed, usual=usual)
        out.append(replace(known[one.asks], study=one))
        if watch is not None:
            watch(k + 1, len(studies))
    return Studies(tuple(out))


def _answered(one: Study, draws: int, seed: int, *, usual: bool) -> Row:
    unsaid = tuple(key for key in one.lacks if not (usual and key in USUAL))
    if unsaid:
        return Row(one, None, f"does not say: {', '.join(unsaid)}")
    taken = tuple(key for key in one.lacks if key in USUAL)
    said = one.cells
    try:
        volume = said["volume"] or _usual_text("usual volume", "mL")
        mL = volume_of(volume) / units.convert(1.0, "mL", "volume")
        cells = one.number("cells") or _usual("usual cells").number * mL
        answer = dose(
            said["dose"] or _usual_dose(mL), cells, volume, one.number("hours") or _usual("usual hours").number,
            said["cargo"], said["recipient"], copies=one.number("copies"), kind=said["kind"] or None,
            target=said["target"] or None, own=one.number("own"), per_ug=one.number("particles per ug"),
            fold=one.number("fold"), draws=draws, seed=seed,
        )  # fmt: skip
    except VesiculaError as error:
        return Row(one, None, f"{error.message}{f' ({error.remedy})' if error.remedy else ''}")
    return Row(one, answer, "", taken)


def _usual(quantity: str) -> Value:
    return from_library(quantity, "dish")


def _usual_text(quantity: str, unit: str) -> str:
    return f"{_usual(quantity).number:g} {unit}"


def _usual_dose(volume: float) -> Measured:
    """Particles that a usual dose brings into a volume, mL."""
    each = from_library("usual dose", "EV")
    low, high = (None if end is None else end * volume for end in (each.low, each.high))
    return Measured(each.number * volume, low, high, "a usual dose", EvidenceClass.ASSUMED)


def gaps_picture(done: Studies, kind: str = "svg") -> bytes:
    """Needed over loaded of every experiment, the largest first, and what decides across them. kind : svg or png

    Median and central 90 % of draws; full dots where the study says its dose, open ones where a usual dose stands in.
    """
    from vesicula.results.plots import rendered

    return rendered(lambda figure: _gaps(figure, done), kind)


def _gaps(figure: Figure, done: Studies) -> None:
    shown, deciding = done.experiments[::-1], done.deciding[:DECIDING]
    heights = (0.2 * len(shown) + 0.3, 0.2 * len(deciding) + 0.3)
    figure.set_size_inches(9.0, sum(heights) + 2.0)
    upper, lower = figure.subplots(2, 1, height_ratios=heights)
    _draw_gaps(upper, shown)
    unsaid = sum(not one.as_said for one in shown)
    usual = f"\nopen dots: {unsaid} of them say no dose, and a usual one stands in" if unsaid else ""
    upper.set_title(f"{done.enough} of {len(shown)} doses suffice at the median{usual}", fontsize=9, loc="left")
    _draw_deciding(lower, deciding)
    figure.align_ylabels()


DECIDING = 6
LEAST, MOST = 1e-4, 1e14
"""What the picture of gaps shows of an interval; beyond it no difference matters."""
NEEDY, SUFFICES, QUIET = "#b42318", "#009e73", "0.45"


def _draw_gaps(axes: Axes, shown: Sequence[Experiment]) -> None:
    for k, one in enumerate(shown):
        gap = one.answer.missing
        low, middle, high = (float(np.clip(x, LEAST, MOST)) for x in (gap.low, gap.median, gap.high))
        colour = SUFFICES if middle <= 1 else NEEDY
        axes.plot([low, high], [k, k], color=colour, linewidth=1.4, solid_capstyle="butt", alpha=0.55)
        for end, beyond, mark in ((low, gap.low < LEAST, "<"), (high, gap.high > MOST, ">")):
            if beyond:
                axes.plot([end], [k], mark, color=colour, markersize=4)
        face = colour if one.as_said else "white"
        axes.plot([middle], [k], "o", color=colour, markerfacecolor=face, markersize=4.5)
    names = [f"{one.answer.cargo} in {one.answer.recipient}   {_short(one.name)}" for one in shown]
    axes.set_yticks(range(len(shown)), names, fontsize=7.5)
    axes.set_ylim(-0.8, len(shown) - 0.2)
    axes.axvline(1.0, color="0.3", linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xscale("log")
    axes.set_xlim(LEAST / 3, MOST * 3)
    axes.set_xlabel("needed over loaded, median and central 90 % of draws; left of the line: enough", fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8, labeltop=len(shown) > TALL)
    axes.grid(axis="x", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


LONGEST, TALL = 40, 20


def _draw_deciding(axes: Axes, deciding: Sequence[Deciding]) -> None:
    shares = [100.0 * one.share for one in deciding][::-1]
    axes.barh(range(len(shares)), shares, height=0.6, color=QUIET)
    axes.set_yticks(range(len(shares)), [one.name for one in deciding][::-1], fontsize=7.5)
    axes.set_xlim(0.0, 100.0)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("what decides across them: mean share of the variance of the factor's logarithm, %", fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
