"""What the library knows about a cell, a vesicle and a cargo, by the same look-up as in a model."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.drawing import Ensemble, drawn_as
from vesicula.errors import VesiculaError
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.experiments.loading.draws import drawn, scores
from vesicula.language.abundance import ANY_CELL
from vesicula.language.library import parameter_library
from vesicula.language.model import ALL_VESICLES, Cell, VesicleFate
from vesicula.language.reading.texts import library_parts, read
from vesicula.language.values import RangeShape, Value

F64 = NDArray[np.float64]


class QuestionError(VesiculaError):
    """A question of this layer cannot be answered as asked."""

    exit_code = 64


@dataclass
class Unknowns:
    """Values by name, drawn as they are taken. A stated number without a range is not unknown and stays what it is."""

    n: int
    seed: int = 1
    ensemble: Ensemble | None = None
    stated: dict[str, Value] = field(default_factory=dict[str, Value])
    draws: dict[str, F64] = field(default_factory=dict[str, F64])

    def take(self, name: str, value: Value, dimension: str, place: str = "") -> F64:
        """Draws of a value in internal units, float64[n]; the first is the stated value.

        place : its path in a model that asks the same, in names; a run draws it under that name
        """
        if name not in self.draws:
            self.stated[name] = value
            key = drawn_as(place or name, value)
            self.draws[name] = drawn(value, dimension, scores(key, self.n, seed=self.seed, ensemble=self.ensemble))
        return self.draws[name]

    def maybe(self, name: str, value: Value | None, dimension: str, otherwise: float, place: str = "") -> F64 | float:
        """The same, or a plain number where nothing is stated."""
        return otherwise if value is None else self.take(name, value, dimension, place)


def from_library(quantity: str, *entities: str, cell: Cell | None = None, also: tuple[str, ...] = ()) -> Value:
    """A value of the parameter library, for the narrowest of the entities; KeyError where there is none.

    cell : whose value it is, else that of its base; also : cells whose value stands in for it
    """
    library, _ = parameter_library()
    cells = () if cell is None else names_of(cell)
    entry = library.find(quantity, entities, cells=(*cells, *(one for one in also if one not in cells))).entry
    if entry is None:
        raise KeyError(f"{quantity} of {entities[0]}")
    stand_in = len(entities) > 1 and entry.key.entity == entities[-1]
    value, share = entry.value.value, quantity in ("fusion", "escape", "AGO loading")
    shape = RangeShape.LOGIT_NORMAL if share and value.shape is RangeShape.LOG_NORMAL else value.shape
    return value.model_copy(
        update={
            "evidence": _evidence(value, entry.evidence or value.evidence),
            "shape": shape,
            "note": entry.note,
            "parameter": entry.key.text(),
            "stand_in": stand_in,
        }
    )


def _evidence(value: Value, stated: EvidenceClass | None) -> EvidenceClass:
    """Class of a value of the library from the papers and facts that it cites."""
    from vesicula.evidence.classes import classify
    from vesicula.evidence.facts import as_reference, library_facts
    from vesicula.evidence.references import library_references

    papers = library_references()
    cited = {key: library_facts()[key] for key in value.sources if key not in papers and key in library_facts()}
    known = {key: as_reference(fact, papers) for key, fact in cited.items()}
    return classify(value.sources, {**papers, **known}, stated=stated)


def names_of(cell: Cell) -> tuple[str, ...]:
    """A cell and the library cell it specialises, narrowest first."""
    return (cell.name,) if cell.base is None else (cell.name, cell.base)


@dataclass(frozen=True)
class Recipient:
    """A cell as asked for. heard : what it was taken as, and what is not known of it, in words for the reader

    like : cell whose molecules were counted and stand in for this one's
    """

    cell: Cell
    heard: tuple[str, ...] = ()
    like: str | None = None


def recipient(name: str) -> Recipient:
    """A cell of the library by name, alias or line; else the general cell.

    Raises  QuestionError for a tissue, and for a slip of the pen
    """
    shown = name.strip()
    asked, table = folded(shown), _recipients()
    if not asked:
        raise QuestionError("no recipient is named", "give for example endothelium")
    if TISSUE.search(asked):
        raise QuestionError(
            f"{shown} is a tissue, and a dose is of cells in a dish", "name the cell, for example keratinocyte"
        )
    cells = _library_cells()
    known = {*cells, *table}
    if asked not in known and asked.removesuffix("cell") in known:
        asked = asked.removesuffix("cell")  # `MDA-MB-231 cells`
    if asked in cells:
        return Recipient(_cell(cells[asked]), like=table[asked].like if asked in table else None)
    if asked in table:
        row = table[asked]
        own = folded(row.cell) in cells
        cell, heard = _cell(row.cell, "" if own else row.like), list[str]()
        if folded(row.cell) != asked:
            heard.append(f"{shown} is taken as {row.cell}.")
        if row.like and not own:
            heard.append(f"Nothing of its own is known of {row.cell} as a recipient: {row.like} stands in for it.")
        return Recipient(cell, tuple(heard), row.like)
    near = difflib.get_close_matches(asked, [*cells, *table], n=1, cutoff=SLIP)
    if near and len(asked) >= SHORTEST_SLIP:
        meant = cells.get(near[0]) or table[near[0]].cell
        raise QuestionError(
            f"the library has no cell called {name}",
            f"did you mean {meant}? else say it is another, for example X-{name}",
        )
    heard = f"The library knows no cell called {shown}: its general cell stands in, with wider ranges."
    return Recipient(_bare(shown, ANY_CELL), (heard,))


SLIP, SHORTEST_SLIP = 0.85, 5
TISSUE = re.compile("tissue$")


@dataclass(frozen=True)
class _Row:
    cell: str
    like: str


def folded(name: str) -> str:
    """A name without case, spaces, hyphens and underscores, and without `s` at its end."""
    bare = re.sub(r"[\s_\-./]", "", name).casefold()
    return bare[:-1] if len(bare) > SHORTEST_SLIP and bare.endswith("s") else bare


@lru_cache(maxsize=1)
def _recipients() -> dict[str, _Row]:
    """Rows of library/tables/recipients.csv by all their names, folded."""
    text = (library_folder() / "tables" / "recipients.csv").read_text(encoding="utf-8")
    found: dict[str, _Row] = {}
    for row in csv.DictReader(text.splitlines()):
        names = [row["cell"], *filter(None, row["aliases"].split(";"))]
        found.update({folded(one): _Row(row["cell"], row["like"]) for one in names})
    return found


def _library_cells() -> dict[str, str]:
    """Names of cells that a part defines or the parameter library speaks of, by their folded form."""
    spoken = {entry.key.cell for entry in parameter_library()[0].entries if entry.key.cell is not None}
    parts = {part.removeprefix("cells/") for part in _cell_parts()}
    return {folded(one): one for one in sorted((spoken | parts) - {ANY_CELL})}


def _cell(name: str, like: str = "") -> Cell:
    """A cell as its part and that of its base state it, else a bare one that leaves all to the library."""
    own = f"cells/{name}"
    for part in [own] if own in library_parts() else _cell_parts():
        if not re.search(rf"^  {re.escape(name)}\b", _text(part), re.MULTILINE):
            continue  # no cell of that name: reading it would take as long as the whole answer
        for cell in _cells(part):
            if cell.name == name:
                return cell if cell.base is None else _with_base(cell, cell.base)
    return _bare(name, like or None)


def _with_base(cell: Cell, base: str) -> Cell:
    from vesicula.language.merge import laid_over  # and the readers of texts, which other cells do without

    return laid_over(_cell(base), cell)


def _bare(name: str, base: str | None) -> Cell:
    return Cell(name=name, base=base, vesicle_fate={ALL_VESICLES: VesicleFate()})


def copies_of(quantity: str, entity: str, asked: Recipient) -> tuple[Value, str | None]:
    """A cell's own copies of a miRNA, or mRNA of a gene, and the cell that stands in for it (None: it or its base).

    Raises  KeyError where no table has the molecule
    """
    own = names_of(asked.cell)
    found = from_library(quantity, entity, cell=asked.cell, also=tuple(filter(None, (asked.like, ANY_CELL))))
    assert found.parameter is not None
    cell = found.parameter.split("|")[2]
    return found, None if cell in own and cell != ANY_CELL else cell


def _cell_parts() -> list[str]:
    return [part for part in library_parts() if part.startswith("cells/")]


def _text(part: str) -> str:
    return (library_folder() / "parts" / f"{part}.yaml").read_text(encoding="utf-8")


def _cells(part: str) -> Iterator[Cell]:
    yield from read(library_folder() / "parts" / f"{part}.yaml").cells


def fate(cell: Cell, what: str, *, needed: bool = True) -> Value | None:
    """What a cell does with any vesicle: its own value, else the library's; None where an optional one is missing."""
    stated = cast("Value | None", getattr(cell.vesicle_fate.get(ALL_VESICLES, VesicleFate()), what))
    if stated is not None and stated.has_number:
        return stated
    try:
        return from_library("AGO loading" if what == "loading" else what, ALL_VESICLES, cell=cell)
    except KeyError:
        if needed:
            raise
        return None
