"""What the library knows about a cell, a vesicle and a cargo, by the same look-up as in a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.errors import VesiculaError
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.experiments.draws import drawn, scores
from vesicula.spec.library import parameter_library
from vesicula.spec.model import Cell, VesicleFate
from vesicula.spec.read import library_parts, read
from vesicula.spec.read_cells import ALL_VESICLES
from vesicula.spec.values import RangeShape, Value
from vesicula.units import nearest

F64 = NDArray[np.float64]


class QuestionError(VesiculaError):
    """A question of this layer cannot be answered as asked."""

    exit_code = 64


@dataclass
class Unknowns:
    """Values by name, drawn as they are taken. A stated number without a range is not unknown and stays what it is."""

    n: int
    seed: int = 1
    stated: dict[str, Value] = field(default_factory=dict[str, Value])
    draws: dict[str, F64] = field(default_factory=dict[str, F64])

    def take(self, name: str, value: Value, dimension: str) -> F64:
        """Draws of a value in internal units, float64[n]; the first is the stated value."""
        if name not in self.draws:
            self.stated[name] = value
            self.draws[name] = drawn(value, dimension, scores(name, self.n, seed=self.seed))
        return self.draws[name]

    def maybe(self, name: str, value: Value | None, dimension: str, otherwise: float) -> F64 | float:
        """The same, or a plain number where nothing is stated."""
        return otherwise if value is None else self.take(name, value, dimension)


def from_library(quantity: str, *entities: str, cell: Cell | None = None) -> Value:
    """A value of the parameter library, for the narrowest of the entities; KeyError where there is none."""
    library, _ = parameter_library()
    entry = library.find(quantity, entities, cells=() if cell is None else names_of(cell)).entry
    if entry is None:
        raise KeyError(f"{quantity} of {entities[0]}")
    value, share = entry.value.value, quantity in ("fusion", "escape", "AGO loading")
    shape = RangeShape.LOGIT_NORMAL if share and value.shape is RangeShape.LOG_NORMAL else value.shape
    return value.model_copy(
        update={"evidence": entry.evidence or value.evidence or _evidence(value), "shape": shape, "note": entry.note}
    )


def _evidence(value: Value) -> EvidenceClass:
    from vesicula.evidence.classes import classify
    from vesicula.evidence.references import library_references

    return classify(value.sources, library_references())


def names_of(cell: Cell) -> tuple[str, ...]:
    """A cell and the library cell it specialises, narrowest first."""
    return (cell.name,) if cell.base is None else (cell.name, cell.base)


def recipient(name: str) -> Cell:
    """A cell of the library as its part states it. Raises QuestionError with the nearest name."""
    own = f"cells/{name}"
    for part in [own] if own in library_parts() else _cell_parts():
        for cell in _cells(part):
            if cell.name == name:
                return cell
    known = {entry.key.cell for entry in parameter_library()[0].entries if entry.key.cell is not None}
    if name in known:
        return Cell(name=name, vesicle_fate={ALL_VESICLES: VesicleFate()})
    every = sorted(known | {cell.name for part in _cell_parts() for cell in _cells(part)})
    near = nearest(name, every)
    remedy = f"did you mean {near}?" if near else f"cells of the library: {', '.join(every)}"
    raise QuestionError(f"the library has no cell called {name}", remedy)


def _cell_parts() -> list[str]:
    return [part for part in library_parts() if part.startswith("cells/")]


def _cells(part: str) -> Iterator[Cell]:
    yield from read(library_folder() / "parts" / f"{part}.yaml").cells


def fate(cell: Cell, what: str, *, needed: bool = True) -> Value | None:
    """What a cell does with any vesicle: its own value, else the library's; None where an optional one is missing."""
    stated = cast("Value | None", getattr(cell.vesicle_fate.get(ALL_VESICLES, VesicleFate()), what))
    if stated is not None and not stated.from_library:
        return stated
    try:
        return from_library("AGO loading" if what == "loading" else what, ALL_VESICLES, cell=cell)
    except KeyError:
        if needed:
            raise
        return None
