"""From a resolved model to programs the engine runs, and back from its columns to names."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from vesicula.compiler.build import compile_model

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
    if name != "compile_model":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vesicula.compiler.build import compile_model  # reaches the kernels, which questions do without

    return compile_model
