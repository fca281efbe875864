"""What a model is: frozen, typed, without numerics; reading, checking and writing its text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.language.checking.examine import Examined, check, examine, prepare
    from vesicula.language.grammar.rules import behaviour_words, parse_behaviour
    from vesicula.language.reading.texts import library_models, library_parts, locate, read
    from vesicula.language.resolving import resolve
    from vesicula.language.writing.json_schema import schema
    from vesicula.language.writing.models import write

_HOMES = {
    "Examined": "checking.examine", "check": "checking.examine", "examine": "checking.examine",
    "prepare": "checking.examine", "schema": "writing.json_schema", "behaviour_words": "grammar.rules",
    "parse_behaviour": "grammar.rules", "library_models": "reading.texts", "library_parts": "reading.texts",
    "locate": "reading.texts", "read": "reading.texts", "resolve": "resolving", "write": "writing.models",
}  # fmt: skip

__all__ = [
    "Examined", "behaviour_words", "check", "examine", "library_models", "library_parts", "locate", "parse_behaviour",
    "prepare", "read", "resolve", "schema", "write",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'vesicula.language' has no attribute {name!r}")
    found = getattr(import_module(f"vesicula.language.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
