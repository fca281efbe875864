"""Rules of a project: rows of CBHG files, versions 1 to 3, and what their words mean.

Columns    cell type, signal, increases|decreases, behavior, [base value in version 1,] saturation value, half-max,
           Hill power, applies to dead
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vesicula import units
from vesicula.io.physicell.account import Account, Item
from vesicula.io.physicell.definitions import Definition
from vesicula.io.physicell.markup import MOST, Element, Source, read_lines

COLUMNS = (
    "cell type",
    "signal",
    "direction",
    "behavior",
    "saturation value",
    "half-max",
    "Hill power",
    "applies to dead",
)
OLD_COLUMNS = (*COLUMNS[:4], "base value", *COLUMNS[4:])
DIRECTIONS = ("increases", "decreases")
LATEST = 4.0
"""Versions below this are read: 1 with a column for the base value, 2 and 3 without."""


@dataclass(frozen=True)
class Row:
    """A rule. line : in its file, from 1; saturation : in the unit of the behavior; half_max : in that of the signal
    base : of version 1, None where the settings say it
    """

    source: Source
    line: int
    cell: str
    signal: str
    raises: bool
    behavior: str
    saturation: float
    half_max: float
    hill: float
    dead: bool
    base: float | None = None

    def refuse(self, code: str, message: str, remedy: str, words: str) -> None:
        """Raise FileError about the row."""
        self.source.refuse(code, message, remedy, line=self.line, words=words)

    @property
    def words(self) -> str:
        """`tumor: oxygen increases cycle entry to 0.003 (half-max 21.5, Hill 4)`."""
        way = DIRECTIONS[0 if self.raises else 1]
        numbers = f"(half-max {self.half_max:g}, Hill {self.hill:g})"
        return f"{self.cell}: {self.signal} {way} {self.behavior} to {self.saturation:g} {numbers}"

    def item(self, kind: str, became: str = "", why: str = "") -> Item:
        """An item of the account about the row."""
        known = "unequal" if kind == "unequal" else "assumed" if kind == "assumed" else "converted"
        return Item(known, self.source.file, self.line, self.words, became, why)


def read_rulesets(root: Element, home: Path, account: Account) -> list[Row]:
    """Rows of all enabled rulesets. home : folder that paths start from. Raises FileError."""
    rows: list[Row] = []
    for one in root.all("cell_rules/rulesets/ruleset"):
        for part in one.walk():
            part.seen = True
        if not one.enabled:
            continue
        version = _version(one)
        name = one.file_name()
        path = home / name
        if not path.is_file():
            message = f"the rules `{name}` are missing: no file stands at that place under {home.name or home}"
            one.refuse("file-missing", message, 'put the file there, or write `enabled="false"`', words=name)
        found = _rows(path, name, old=version < 2)
        account.read(name, f"{len(found)} rules, version {version:g}")
        rows += found
    return rows


def _version(one: Element) -> float:
    protocol, form = one.attributes.get("protocol", "CBHG"), one.attributes.get("format", "csv")
    if protocol != "CBHG" or form.lower() != "csv":
        one.refuse("file-form", f"rules of protocol {protocol} as {form}", 'protocol="CBHG" and format="csv" are read')
    said = one.attributes.get("version", "3.0")
    try:
        version = float(said)
    except ValueError:
        version = math.nan
    if not 1.0 <= version < LATEST:
        remedy = "write the rules anew for version 3, with eight columns"
        one.refuse("file-form", f"rules of version `{said}`; 1, 2 and 3 are read", remedy, words=said)
    return version


def _rows(path: Path, file: str, *, old: bool) -> list[Row]:
    _, source = read_lines(path, file, "check its rights")
    found: list[Row] = []
    for number, line in enumerate(source.lines, 1):
        bare = line.partition("//")[0].strip()
        if not bare:
            continue
        mark = "\t" if "," not in bare else ","
        try:
            cells = [one.strip() for one in next(csv.reader([bare], delimiter=mark), [])]
        except csv.Error as error:
            source.refuse("file-form", f"the row cannot be read: {error}", "write plain columns", line=number)
        found.append(_row(source, number, cells, old=old))
    return found


def _row(source: Source, line: int, cells: list[str], *, old: bool) -> Row:
    columns = OLD_COLUMNS if old else COLUMNS
    if len(cells) != len(columns):
        version = "1" if old else "3"
        source.refuse(
            "file-form", f"the row has {len(cells)} columns; a rule of version {version} has {len(columns)}",
            f"write: {', '.join(columns)}", line=line,
        )  # fmt: skip
    table = dict(zip(columns, cells, strict=True))
    for column, said in table.items():
        if not said:
            source.refuse("file-form", f"the column `{column}` is empty", "fill it, or delete the row", line=line)
    direction = table["direction"]
    if direction not in DIRECTIONS:
        source.refuse(
            "file-form", f"`{direction}` is no direction", "write `increases` or `decreases`",
            line=line, words=direction,
        )  # fmt: skip
    numbers = {name: _number(source, line, name, table[name]) for name in columns[4:]}
    for column in ("half-max", "Hill power"):
        if numbers[column] <= 0:
            source.refuse(
                "file-number", f"{column} is above zero", "write a number above zero", line=line, words=table[column]
            )  # fmt: skip
    return Row(
        source, line, table["cell type"], table["signal"], direction == DIRECTIONS[0], table["behavior"],
        numbers["saturation value"], numbers["half-max"], numbers["Hill power"], numbers["applies to dead"] != 0,
        numbers.get("base value"),
    )  # fmt: skip


def _number(source: Source, line: int, column: str, said: str) -> float:
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not abs(number) < MOST:
        source.refuse("file-number", f"{column}: `{said}` is no number", "write a number", line=line, words=said)
    return number if abs(number) > 1.0 / MOST else 0.0


# --- words


@dataclass(frozen=True)
class Vocabulary:
    """What rules may name: substrates, cell definitions and custom variables, by their names in PhysiCell."""

    substrates: tuple[str, ...]
    cells: tuple[Definition, ...]
    custom: tuple[str, ...]

    def cell(self, said: str) -> Definition | None:
        """A cell definition by its name, or by `cell type 2`."""
        number = said.removeprefix("cell type ") if said.startswith("cell type ") else None
        return next((one for one in self.cells if one.said == said or (number and one.number == number)), None)

    def _of_substrates(self, *forms: str) -> list[str]:
        return [form.format(one) for one in self.substrates for form in forms]

    def _of_cells(self, *forms: str) -> list[str]:
        return [
            form.format(name) for one in self.cells for name in (one.said, f"cell type {one.number}") for form in forms
        ]

    def signals(self) -> list[str]:
        """All words of signals that PhysiCell knows in this project."""
        numbered = [f"custom {k}" for k in range(len(self.custom))]
        return [
            *self.substrates, *self._of_substrates(*SUBSTRATE_SIGNALS), *SIGNALS, *self._of_cells("contact with {}"),
            *(f"custom:{one}" for one in self.custom), *(f"custom: {one}" for one in self.custom), *numbered,
        ]  # fmt: skip

    def behaviors(self) -> list[str]:
        """The same of behaviors."""
        numbered = [f"custom {k}" for k in range(len(self.custom))]
        return [
            *self._of_substrates(*SUBSTRATE_BEHAVIORS), *BEHAVIORS, *self._of_cells(*CELL_BEHAVIORS),
            *(f"custom:{one}" for one in self.custom), *(f"custom: {one}" for one in self.custom), *numbered,
        ]  # fmt: skip


SUBSTRATE_SIGNALS = ("intracellular {}", "internalized {}", "{} gradient", "grad({})", "gradient of {}")
CONTACTS = tuple(
    f"contact with {kind} cell{end}"
    for kind in ("live", "dead", "apoptotic", "necrotic", "other dead")
    for end in ("", "s")
)
SIGNALS = (
    "pressure", "volume", *CONTACTS, "contact with basement membrane", "contact with BM", "damage", "damage delivered",
    "total damage delivered", "attacking", "is attacking", "dead", "is dead", "total attack time", "time",
    "current time", "global time", "apoptotic", "is_apoptotic", "necrotic", "is_necrotic",
)  # fmt: skip
SUBSTRATE_BEHAVIORS = (
    "{} secretion", "{} secretion target", "{} secretion saturation density", "{} uptake", "{} export",
    "chemotactic response to {}", "chemotactic sensitivity to {}",
)  # fmt: skip
DEAD_EATEN = tuple(
    f"{verb} {kind} cell{end}"
    for kind in ("apoptotic", "necrotic", "other dead")
    for verb, end in (("phagocytose", ""), ("phagocytosis of", ""), ("phagocytosis of", "s"))
)
BEHAVIORS = (
    "cycle entry", *(f"exit from cycle phase {k}" for k in range(6)), "apoptosis", "necrosis", "migration speed",
    "migration bias", "migration persistence time", "persistence time", "cell-cell adhesion",
    "cell-cell adhesion elastic constant", "relative maximum adhesion distance", "cell-cell repulsion",
    "cell-BM adhesion", "cell-membrane adhesion", "cell-BM repulsion", "cell-membrane repulsion", *DEAD_EATEN,
    "is_movable", "is movable", "movable", "cell attachment rate", "cell detachment rate",
    "maximum number of cell attachments", "attack damage rate", "damage rate", "attack duration", "damage repair rate",
)  # fmt: skip
CELL_BEHAVIORS = (
    "adhesive affinity to {}", "phagocytose {}", "phagocytosis of {}", "attack {}", "fuse to {}", "transition to {}",
    "transform to {}", "asymmetric division to {}", "immunogenicity to {}",
)  # fmt: skip


def check_words(rows: Iterable[Row], vocabulary: Vocabulary) -> None:
    """Raise FileError at the first row whose cell, signal or behavior PhysiCell does not know."""
    signals, behaviors = vocabulary.signals(), vocabulary.behaviors()
    cells = [one.said for one in vocabulary.cells]
    for row in rows:
        for said, known, what in (
            (row.cell, cells, "cell definition"), (row.signal, signals, "signal"),
            (row.behavior, behaviors, "behavior"),
        ):  # fmt: skip
            if said not in known:
                near = units.nearest(said, known)
                remedy = f"did you mean `{near}`?" if near else f"for example `{known[0]}`"
                row.refuse("unknown-name", f"`{said}` is no {what} of this project", remedy, said)
