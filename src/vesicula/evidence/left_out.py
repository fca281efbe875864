"""Facts that speak of a value and were left out when it was decided, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import parsed


@lru_cache(maxsize=1)
def left_out() -> Mapping[str, Mapping[str, str]]:
    """Key of a value (`quantity|entity|cell`) -> id of a fact -> why it was left out."""
    table: dict[str, Mapping[str, str]] = {}
    for path in sorted((library_folder() / "left-out").glob("*.yaml")):
        rows = cast("Mapping[str, Mapping[str, str]]", parsed(path)["left out"])
        table |= {key: {**table.get(key, {}), **reasons} for key, reasons in rows.items()}
    return MappingProxyType(table)


def reasons(quantity: str, entities: Iterable[str], cells: Iterable[str]) -> Mapping[str, str]:
    """Facts left out for a value, by any of the names that the thing and the cell go by: id -> why."""
    cells = tuple(cells)
    found: dict[str, str] = {}
    for entity in entities:
        for key in (f"{quantity}|{entity}", *(f"{quantity}|{entity}|{cell}" for cell in cells)):
            found |= left_out().get(key, {})
    return found
