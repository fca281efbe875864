"""What a model is: frozen, typed, without numerics; reading, checking and writing its text."""

from vesicula.spec.check import Examined, check, examine, prepare
from vesicula.spec.parse_rules import behaviour_words, parse_behaviour
from vesicula.spec.read import library_models, library_parts, locate, read
from vesicula.spec.resolve import resolve
from vesicula.spec.schema import schema
from vesicula.spec.write import write

__all__ = [
    "Examined", "behaviour_words", "check", "examine", "library_models", "library_parts", "locate", "parse_behaviour",
    "prepare", "read", "resolve", "schema", "write",
]  # fmt: skip
