"""From a resolved model to programs the engine runs, and back from its columns to names."""

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
