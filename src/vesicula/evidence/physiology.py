"""Physiology: what any sane set of values must satisfy, from facts that somebody opened, and the texts that read it.

A constraint is a fact of undisturbed tissue, or of single cells under one factor; none restates what a claim says. It
knows no models: `text` is the file of a model text, `measure` a measure of it and `reading` what is made of its arms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.errors import UnitError, VesiculaError
from vesicula.evidence.claims import all_claims
from vesicula.evidence.facts import library_facts
from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import parsed
from vesicula.units import parse_quantity, ratio

F64 = NDArray[np.float64]
ENTRIES = ("id", "says", "value", "range", "facts", "text", "measure", "restates", "note")
NEEDED = ("id", "says", "value", "range", "facts", "text", "measure")
READINGS = ("arm", "fold", "half-max")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class PhysiologyError(VesiculaError):
    """A file of constraints cannot be read."""

    exit_code = 2


@dataclass(frozen=True)
class Level:
    """The measure in one arm."""

    arm: str

    def arms(self, _: Sequence[str]) -> tuple[str, ...]:
        """The arms that it reads, of those of the text."""
        return (self.arm,)

    def of(self, values: Mapping[str, F64]) -> F64:
        """The reading. values : arm -> float64[draws], in the unit of the measure, as is the answer."""
        return values[self.arm]


@dataclass(frozen=True)
class Fold:
    """The measure in one arm over that in another, by draw; NaN where the other is zero."""

    arm: str
    base: str

    def arms(self, _: Sequence[str]) -> tuple[str, ...]:
        """The arms that it reads, of those of the text."""
        return (self.base, self.arm)

    def of(self, values: Mapping[str, F64]) -> F64:
        """The reading, a plain number. values : arm -> float64[draws]."""
        base = np.where(values[self.base] == 0.0, np.nan, values[self.base])
        return np.asarray(values[self.arm] / base, dtype=np.float64)


@dataclass(frozen=True)
class HalfMax:
    """The dose at which the measure has gone half of its way from the lowest dose to the highest, up or down.

    Its arms are called `SERIES DOSE`, as those of a dose series are (`RANKL 10 pM`); the first arm of the text is dose
    0, unless it is one of them. unit : of the answer
    """

    series: str
    unit: str

    def arms(self, text: Sequence[str]) -> tuple[str, ...]:
        """The arms that it reads, of those of the text, by rising dose; the first may be dose 0."""
        return tuple(self.doses(text))

    def doses(self, text: Sequence[str]) -> Mapping[str, float]:
        """Arm -> dose in `unit`, rising. text : the arms of the text in their order."""
        found: dict[str, float] = {}
        for arm in text:
            if arm.startswith(f"{self.series} "):
                try:
                    dose = parse_quantity(arm.removeprefix(f"{self.series} "))
                    found[arm] = dose.number * ratio(dose.unit, self.unit)
                except UnitError:
                    continue
        if found and text[0] not in found:
            found[text[0]] = 0.0
        return MappingProxyType(dict(sorted(found.items(), key=lambda one: one[1])))

    def of(self, values: Mapping[str, F64]) -> F64:
        """The reading, in `unit`. values : arm -> float64[draws], its own arms and perhaps others, as in the text."""
        doses = self.doses(tuple(values))
        return half_max(np.array(list(doses.values())), np.array([values[arm] for arm in doses]))


Reading = Level | Fold | HalfMax


def half_max(doses: F64, values: F64) -> F64:
    """Dose at which a response is first half-way from its first to its last value.

    Between two doses the response is taken to follow the logarithm of the dose, or the dose itself above dose 0.
    doses : float64[n], rising, ≥ 0      values : float64[n, draws]
    Returns    float64[draws]; NaN where first and last are the same
    """
    whole = values[-1] - values[0]
    done = (values - values[0]) / np.where(whole == 0.0, np.nan, whole)
    reached = np.where(np.isnan(done), False, done >= 0.5)
    after = np.argmax(reached, axis=0)
    draws = np.arange(values.shape[1])
    before = np.maximum(after - 1, 0)
    low, high = done[before, draws], done[after, draws]
    share = (0.5 - low) / np.where(high == low, np.nan, high - low)
    start, end = doses[before], doses[after]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_log = np.exp(np.log(start) + share * (np.log(end) - np.log(start)))
    found = np.where(start > 0.0, by_log, start + share * (end - start))
    return np.where(reached.any(axis=0), found, np.nan)


@dataclass(frozen=True)
class Constraint:
    """One fact of physiology as a test of values.

    says : one sentence      value, low, high : in `unit`; `x` or nothing: a plain number
    facts : ids of the book of measured numbers      text : file of the model text; measure : one of its measures
    restates : claims of the ledgers that it says as well, which nothing can test any more
    note : arithmetic, or what was left out      line : where it stands in its file
    """

    tissue: str
    id: str
    says: str
    value: float
    low: float
    high: float
    unit: str
    facts: tuple[str, ...]
    text: Path
    measure: str
    reading: Reading
    restates: tuple[str, ...]
    note: str
    line: int

    def read(self, values: Mapping[str, F64], unit: str) -> F64:
        """What the text showed, in the constraint's own unit.

        values : arm -> float64[draws] of the measure, in the order of the text's arms; unit : of the measure,
        `% of start` too
        Returns    float64[draws], NaN where nothing can be read
        Raises   UnitError where the measure is something else; KeyError for an arm that is not there
        """
        found = self.reading.of(values)
        if not isinstance(self.reading, Level):
            return found
        return found * ratio(unit.partition(" of ")[0], self.unit)

    def holds(self, read: F64) -> NDArray[np.bool_]:
        """Whether each reading lies in the range; not where nothing could be read."""
        return np.asarray((read >= self.low) & (read <= self.high), dtype=np.bool_)


def tissues() -> tuple[str, ...]:
    """The tissues whose physiology the library holds."""
    return tuple(sorted(path.stem for path in (library_folder() / "physiology").glob("*.yaml")))


@lru_cache(maxsize=8)
def physiology_of(tissue: str) -> tuple[Constraint, ...]:
    """The constraints of a tissue, in the order of its file.

    Raises   PhysiologyError with file and line; KeyError where the library has no such tissue
    """
    if tissue not in tissues():
        raise KeyError(tissue)
    return read_physiology(library_folder() / "physiology" / f"{tissue}.yaml")


def read_physiology(path: Path) -> tuple[Constraint, ...]:
    """The constraints of a file; their texts lie in the folder of its name beside it.

    Raises   PhysiologyError with file and line
    """
    from ruamel.yaml.error import MarkedYAMLError

    if not path.is_file():
        raise PhysiologyError(f"there is no file {path}", "name a file of constraints")
    told = _Lines(path)
    try:
        rows = parsed(path).get("constraints")
    except MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise PhysiologyError(f"{path.name}:{line}: {error.problem}") from error
    if not isinstance(rows, list):
        told.stop(0, "", "`constraints` is a list")
    found: dict[str, Constraint] = {}
    for number, row in enumerate(cast("list[object]", rows)):
        if not isinstance(row, dict):
            told.stop(number, "", "a constraint is a block of entries")
        one = _constraint(cast("Mapping[str, object]", row), path, number, told)
        if one.id in found:
            told.stop(number, "id", f"`{one.id}` already stands in this file")
        found[one.id] = one
    return tuple(found.values())


class _Lines:
    """Where entries stand in a file, for messages."""

    def __init__(self, path: Path):
        self.name = path.name
        self.lines = path.read_text(encoding="utf-8").splitlines()
        head = next((k for k, line in enumerate(self.lines) if line.startswith("constraints:")), len(self.lines))
        self.starts = [k for k, line in enumerate(self.lines) if k > head and re.match(r" {0,2}- ", line)]

    def of(self, number: int, key: str = "") -> int:
        """Line, from 1, of an entry of a constraint, or of the constraint."""
        if number >= len(self.starts):
            return 1
        first = self.starts[number]
        last = (*self.starts, len(self.lines))[number + 1]
        found = (k for k in range(first, last) if re.match(rf"[ -]+{re.escape(key)}:", self.lines[k]))
        return 1 + (next(found, first) if key else first)

    def stop(self, number: int, key: str, message: str, remedy: str | None = None) -> None:
        """Raises PhysiologyError."""
        raise PhysiologyError(f"{self.name}:{self.of(number, key)}: {message}", remedy)


def _constraint(row: Mapping[str, object], path: Path, number: int, told: _Lines) -> Constraint:
    for key in row:
        if key not in (*ENTRIES, *READINGS):
            told.stop(number, key, "a constraint has no such entry", f"it has {', '.join((*ENTRIES, *READINGS))}")
    for key in NEEDED:
        if not row.get(key):
            told.stop(number, "", f"the constraint has no `{key}`")
    name = str(row["id"])
    if not ID.fullmatch(name):
        told.stop(number, "id", f"`{name}` is no id", "write small letters, digits and hyphens")
    (value, low, high), unit = _numbers(row, number, told)
    text = path.parent / path.stem / f"{row['text']}.yaml"
    if not text.is_file():
        told.stop(number, "text", f"there is no text {path.stem}/{row['text']}.yaml")
    return Constraint(
        path.stem, name, " ".join(str(row["says"]).split()), value, low, high, unit, _facts(row, number, told), text,
        str(row["measure"]), _reading(row, unit, number, told), _claims(row, number, told),
        " ".join(str(row.get("note", "")).split()), told.of(number),
    )  # fmt: skip


def _claims(row: Mapping[str, object], number: int, told: _Lines) -> tuple[str, ...]:
    """Claims that a constraint restates."""
    named = row.get("restates", [])
    found = [str(one) for one in named] if isinstance(named, list) else [str(named)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for key in found:
        if key not in all_claims():
            told.stop(number, "restates", f"there is no claim `{key}`")
    return tuple(found)


def _numbers(row: Mapping[str, object], number: int, told: _Lines) -> tuple[tuple[float, float, float], str]:
    """Value and ends in the unit of the value."""
    low, dots, high = str(row["range"]).partition("..")
    if not dots:
        told.stop(number, "range", "a range is `LOW .. HIGH`", "write for example `0.1 pM .. 10 pM`")
    try:
        value = parse_quantity(str(row["value"]))
        ends = [parse_quantity(low), parse_quantity(high)]
        first, last = (end.number * ratio(end.unit, value.unit) for end in ends)
    except UnitError as error:
        told.stop(number, "range", error.message, error.remedy)
        raise
    if not first <= value.number <= last or first >= last:
        told.stop(number, "range", "the range does not hold the value", "low ≤ value ≤ high, and low < high")
    return (value.number, first, last), value.unit


def _facts(row: Mapping[str, object], number: int, told: _Lines) -> tuple[str, ...]:
    """Ids of facts that may calibrate."""
    ids = row["facts"]
    if not isinstance(ids, list):
        told.stop(number, "facts", "`facts` is a list of ids of measured numbers")
    found = tuple(str(one) for one in cast("list[object]", ids))
    for one in found:
        fact = library_facts().get(one)
        if fact is None:
            told.stop(number, "facts", f"no fact has the id `{one}`", "docs/numbers.md lists them")
        elif fact.near_claim:
            told.stop(number, "facts", f"`{one}` is near a claim, so that nothing is calibrated by it")
    return found


def _reading(row: Mapping[str, object], unit: str, number: int, told: _Lines) -> Reading:
    said = [key for key in READINGS if key in row]
    if len(said) != 1:
        told.stop(number, said[0] if said else "", "a constraint has one of `arm`, `fold` and `half-max`")
    key = said[0]

    def entries(*names: str) -> list[str]:
        block = row[key]
        if not isinstance(block, dict) or set(cast("dict[str, object]", block)) != set(names):
            told.stop(number, key, f"`{key}` is a block of {' and '.join(names)}")
        return [str(cast("dict[str, object]", block)[name]) for name in names]

    make: Mapping[str, Callable[[], Reading]] = {
        "arm": lambda: Level(str(row["arm"])),
        "fold": lambda: Fold(*entries("arm", "of")),
        "half-max": lambda: HalfMax(entries("series")[0], unit),
    }
    return make[key]()
