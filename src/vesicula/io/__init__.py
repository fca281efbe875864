"""Files of a laboratory: what instruments write becomes particles, amounts, tables and places."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.io.loaded import CopiesPerEV, copies_per_ev
    from vesicula.io.reading import read_file
    from vesicula.io.results import Amounts, Particles, Places, Reading, Values

__all__ = ["Amounts", "CopiesPerEV", "Particles", "Places", "Reading", "Values", "copies_per_ev", "read_file"]

_HOMES = {
    "Amounts": "results", "CopiesPerEV": "loaded", "Particles": "results", "Places": "results", "Reading": "results",
    "Values": "results", "copies_per_ev": "loaded", "read_file": "reading",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
