"""What a run leaves behind and how it is read: run folder, measures, `Result`, report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.results.description import RunDescription
    from vesicula.results.folder import RunFolder
    from vesicula.results.labelling import describe, drawn, known_references, program_hash
    from vesicula.results.record import Recorder
    from vesicula.results.result import Result

_HOMES = {
    "Recorder": "record", "Result": "result", "RunDescription": "description", "RunFolder": "folder",
    "describe": "labelling", "drawn": "labelling", "known_references": "labelling", "program_hash": "labelling",
}  # fmt: skip

__all__ = ["Recorder", "Result", "RunDescription", "RunFolder", "describe", "drawn", "known_references", "program_hash"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
