"""What facts may be about: the closed list of quantities, with the units in which they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import parsed


@dataclass(frozen=True)
class Quantity:
    """One kind of measurement.

    units : the one in which answers are given, then others that cannot be converted into it (`1`: a plain number)
    zh : Chinese name; words : what else people call it; values : quantities of the parameter library, or last words of
    a model's paths, that such a fact speaks of
    between : usual standard deviation of the logarithm between sources, of the same cell and species, and of any
    """

    name: str
    units: tuple[str, ...]
    zh: str
    words: tuple[str, ...]
    values: tuple[str, ...]
    between: tuple[float, float] = (0.7, 1.0)


@lru_cache(maxsize=1)
def quantities() -> Mapping[str, Quantity]:
    """All quantities by name, in the order of the list."""
    table = cast("Mapping[str, Mapping[str, object]]", parsed(library_folder() / "quantities.yaml")["quantities"])

    def texts(row: Mapping[str, object], key: str) -> tuple[str, ...]:
        return tuple(str(one) for one in cast("list[object]", row[key]))

    rows = {
        name: Quantity(
            name, texts(row, "units"), str(row["zh"]), texts(row, "words"), texts(row, "values"),
            *([cast("tuple[float, float]", tuple(cast("list[float]", row["between"])))] if "between" in row else []),
        )
        for name, row in table.items()
    }  # fmt: skip
    return MappingProxyType(rows)


@lru_cache(maxsize=1)
def quantities_of_values() -> Mapping[str, tuple[str, ...]]:
    """Quantity of the parameter library -> quantities of facts that speak of it."""
    table: dict[str, tuple[str, ...]] = {}
    for one in quantities().values():
        for word in one.values:
            table[word] = (*table.get(word, ()), one.name)
    return MappingProxyType(table)
