"""A laboratory's numbers: a table of what was read, when and in which arm, and how far each may be off."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from vesicula import units
from vesicula.errors import UnitError, VesiculaError
from vesicula.language.model import Model

COLUMNS = ("time", "arm", "measure", "value", "sd", "replicate")
NEEDED = ("time", "measure", "value")
NOTHING = 1e-30  # whose logarithm stands for that of zero
Errors = Literal["log", "normal"]


class DataError(VesiculaError):
    """A table of data cannot be used as it is."""

    exit_code = 2


@dataclass(frozen=True)
class Datum:
    """One number to fit: the mean of what was read of a measure in an arm at a time.

    value : in the measure's unit      error : standard error of the mean; of its logarithm where errors are log
    n : replicates
    """

    minutes: float
    arm: str
    measure: str
    value: float
    error: float
    n: int

    @property
    def name(self) -> str:
        """`uptake in untreated at 240 min`."""
        return f"{self.measure} in {self.arm or 'the model'} at {self.minutes:g} min"


@dataclass(frozen=True)
class Table:
    """All numbers to fit. errors : normal, or normal in the logarithm"""

    data: tuple[Datum, ...]
    errors: Errors

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values as errors are normal in."""
        if self.errors == "normal":
            return values
        return np.log(np.where(values == 0, NOTHING, np.where(values > 0, values, np.nan)))


def read_data(path: Path, model: Model, errors: Errors | None = None) -> Table:
    """Data of a CSV file for a model.

    Columns  time (`4 h`, or a number with the unit in the heading: `time (h)`), arm, measure, value (in the unit of the
             measure, or of the heading), and sd, or several rows of one time, arm and measure as replicates
    errors : None: in the logarithm where all values are above zero
    Raises   DataError with the line
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", "give a CSV file") from None
    rows = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise DataError(f"{path.name} holds no data", f"the first line names the columns: {', '.join(COLUMNS)}")
    heading = _heading(rows[0][1], path)
    read = [_row(row, heading, model, f"{path.name}:{number}") for number, row in rows[1:]]
    chosen: Errors = errors or ("log" if all(value > 0 for _, value, _ in read) else "normal")
    if chosen == "log" and not all(value > 0 for _, value, _ in read):
        raise DataError("a value of zero or less has no logarithm", "take --errors normal")
    return Table(tuple(_together(read, chosen, path)), chosen)


def _heading(cells: Sequence[str], path: Path) -> dict[str, tuple[int, str]]:
    """Column of every entry, and the unit that its heading states."""
    found: dict[str, tuple[int, str]] = {}
    for k, cell in enumerate(cells):
        name, _, unit = cell.strip().replace("[", "(").replace("]", ")").partition("(")
        if name.strip().lower() in COLUMNS:
            found[name.strip().lower()] = k, unit.rstrip(") ").strip()
    if missing := [name for name in NEEDED if name not in found]:
        raise DataError(f"{path.name}:1: there is no column {missing[0]}", f"columns: {', '.join(COLUMNS)}")
    return found


Key = tuple[float, str, str]


def _row(
    row: Sequence[str], heading: Mapping[str, tuple[int, str]], model: Model, place: str
) -> tuple[Key, float, float | None]:
    def cell(name: str) -> str:
        return row[heading[name][0]].strip() if name in heading and heading[name][0] < len(row) else ""

    def number(name: str) -> float:
        try:
            found = float(cell(name))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise DataError(f"{place}: `{cell(name)}` is no number", f"write {name} as a plain number")
        return found

    measure = cell("measure")
    known = {one.name: one for one in model.measures}
    if measure not in known:
        raise DataError(f"{place}: no measure is called {measure}", _meant(measure, list(known)))
    arms = [one.name for one in model.arms]
    arm = cell("arm") or (arms[0] if arms else "")
    if arms and arm not in arms:
        raise DataError(f"{place}: no arm is called {arm}", _meant(arm, arms))
    try:
        said = cell("time")
        parsed = units.parse_quantity(f"{said} {heading['time'][1]}" if heading["time"][1] else said)
        minutes = units.convert(parsed.number, parsed.unit, "time")
        stated, own = heading["value"][1], known[measure].unit
        factor = units.ratio(stated, own.partition(" of ")[0]) if stated and own else 1.0
    except UnitError as error:
        raise DataError(f"{place}: {error.message}", error.remedy or "write for example `4 h`") from None
    sd = number("sd") * factor if cell("sd") else None
    if sd is not None and sd <= 0:
        raise DataError(f"{place}: an sd of {sd:g} says that nothing is off", "give what repeats differ by")
    return (minutes, arm, measure), number("value") * factor, sd


def _meant(name: str, known: Sequence[str]) -> str:
    near = units.nearest(name, known)
    return f"did you mean {near}?" if near else f"it has {', '.join(known)}"


def _together(read: Sequence[tuple[Key, float, float | None]], errors: Errors, path: Path) -> list[Datum]:
    """Rows of one time, arm and measure as one number; without sd, what replicates differ by is pooled by measure."""
    groups: dict[Key, list[tuple[float, float | None]]] = {}
    for key, value, sd in read:
        groups.setdefault(key, []).append((value, sd))
    pooled: dict[str, list[tuple[float, int]]] = {}
    for (_, _, measure), rows in groups.items():
        if len(rows) > 1:
            values = np.array([value for value, _ in rows])
            values = np.log(values) if errors == "log" else values
            pooled.setdefault(measure, []).append((float(((values - values.mean()) ** 2).sum()), len(rows) - 1))
    out: list[Datum] = []
    for key, rows in sorted(groups.items(), key=lambda one: (one[0][2], one[0][1], one[0][0])):
        values, stated = np.array([value for value, _ in rows]), [sd for _, sd in rows if sd is not None]
        mean = float(np.exp(np.log(values).mean()) if errors == "log" else values.mean())
        if len(stated) == len(rows):
            each = np.array(stated) / values if errors == "log" else np.array(stated)
            error = float(np.sqrt((each**2).sum())) / len(rows)
        elif key[2] in pooled:
            squares, free = map(sum, zip(*pooled[key[2]], strict=True))
            error = math.sqrt(squares / free / len(rows))
        else:
            said = f"{path.name}: nothing says how far {key[2]} at {key[0]:g} min may be off"
            raise DataError(said, "add a column sd, or replicates")
        if not error > 0:
            raise DataError(f"{path.name}: replicates of {key[2]} do not differ at all", "add a column sd")
        out.append(Datum(key[0], key[1], key[2], mean, error, len(rows)))
    return out
