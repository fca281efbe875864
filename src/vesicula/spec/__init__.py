"""What a model is: frozen, typed, without numerics; reading, checking and writing its text."""

from vesicula.spec.parse_rules import behaviour_words, parse_behaviour
from vesicula.spec.read import locate, read

__all__ = ["behaviour_words", "locate", "parse_behaviour", "read"]
