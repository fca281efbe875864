"""From a resolved model to programs the engine runs, and back from its columns to names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.compiler.build import compile_model
    from vesicula.compiler.names import (
        BehaviourName,
        Compiled,
        Names,
        ParameterInfo,
        PopulationName,
        SlotName,
        SubstanceName,
        Switch,
        TypeName,
        Variant,
    )

__all__ = [
    "BehaviourName",
    "Compiled",
    "Names",
    "ParameterInfo",
    "PopulationName",
    "SlotName",
    "SubstanceName",
    "Switch",
    "TypeName",
    "Variant",
    "compile_model",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "build" if name == "compile_model" else "names"
    return getattr(import_module(f"{__name__}.{home}"), name)
