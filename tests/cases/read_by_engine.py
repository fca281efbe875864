"""All that the engine reads of a compiled model, to tell whether two models are one to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np

from vesicula.compiler import Compiled


def tables(of: Compiled) -> Iterator[tuple[str, object]]:
    """Everything the engine reads but the table of parameters, by its place."""
    things = [*zip(of.system.site_names, of.system.sites, strict=True), ("between sites", of.system.exchange)]
    while things:
        path, thing = things.pop()
        for one in fields(thing):
            entry = getattr(thing, one.name)
            if is_dataclass(entry):
                things.append((f"{path}.{one.name}", entry))
            elif one.name != "values":
                yield f"{path}.{one.name}", entry


def read_by_engine(of: Compiled) -> dict[str, np.ndarray]:
    """The same with numbers in place of columns of parameters."""
    table = of.system.sites[0].values
    return {
        path: np.where(entry == -1, np.nan, table[:, np.maximum(entry, 0)])
        if path.rpartition(".")[2].startswith("p_") and isinstance(entry, np.ndarray)
        else np.asarray(entry)
        for path, entry in tables(of)
    }


def alike(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        x.shape == other[path].shape and np.array_equal(x, other[path], equal_nan=x.dtype.kind == "f")
        for path, x in one.items()
    )
