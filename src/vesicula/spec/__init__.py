"""What a model is: frozen, typed, without numerics; reading, checking and writing its text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.spec.checking import Examined, check, examine, prepare
    from vesicula.spec.json_schema import schema
    from vesicula.spec.parse_rules import behaviour_words, parse_behaviour
    from vesicula.spec.reading import library_models, library_parts, locate, read
    from vesicula.spec.resolving import resolve
    from vesicula.spec.writing import write

_HOMES = {
    "Examined": "checking", "check": "checking", "examine": "checking", "prepare": "checking", "schema": "json_schema",
    "behaviour_words": "parse_rules", "parse_behaviour": "parse_rules", "library_models": "reading",
    "library_parts": "reading", "locate": "reading", "read": "reading", "resolve": "resolving", "write": "writing",
}  # fmt: skip

__all__ = [
    "Examined", "behaviour_words", "check", "examine", "library_models", "library_parts", "locate", "parse_behaviour",
    "prepare", "read", "resolve", "schema", "write",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'vesicula.spec' has no attribute {name!r}")
    found = getattr(import_module(f"vesicula.spec.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
