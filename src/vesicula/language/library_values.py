"""What the parameter library holds."""

from __future__ import annotations

from dataclasses import dataclass

from vesicula.evidence.parameters import ParameterLibrary
from vesicula.language.values import Value


@dataclass(frozen=True)
class LibraryValue:
    """A library value; steps: Erlang steps of a time to division or death."""

    value: Value
    steps: int = 1


Library = ParameterLibrary[LibraryValue]
