"""What a laboratory would do about an unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import parsed


@dataclass(frozen=True)
class Measurement:
    """One experiment of the list.

    narrows : unknown -> ratio of the ends of its central 90 % afterwards; days : of one person's work
    kinds : of the cargo that it works with, all where empty; settles : quantities of the parameter library
    """

    text: str
    narrows: Mapping[str, float]
    days: float
    kinds: tuple[str, ...]
    settles: tuple[str, ...]


@lru_cache(maxsize=1)
def measurements() -> tuple[Measurement, ...]:
    """All of them, in the order of the list."""
    rows = cast("list[Mapping[str, object]]", parsed(library_folder() / "measurements.yaml")["measurements"])
    return tuple(
        Measurement(
            str(row["experiment"]), cast("Mapping[str, float]", row["narrows"]), float(cast("float", row["days"])),
            tuple(cast("list[str]", row.get("kinds") or ())), tuple(cast("list[str]", row.get("settles") or ())),
        )
        for row in rows
    )  # fmt: skip


def settling(quantity: str) -> Measurement | None:
    """The quickest that measures a quantity of the parameter library."""
    found = [one for one in measurements() if quantity in one.settles]
    return min(found, key=lambda one: one.days, default=None)
