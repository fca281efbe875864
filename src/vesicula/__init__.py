"""Vesicula: a laboratory in silico for the messages that cells send each other.

>>> import vesicula
>>> result = vesicula.simulate("bone-metastasis")  # doctest: +SKIP
>>> result.plot("bone")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.errors import (
        Diagnostic,
        ModelError,
        NumericalError,
        ResourceError,
        RunFolderError,
        UnitError,
        VesiculaError,
    )
    from vesicula.experiments import DoseAnswer, dose, required_loading, sensitivity, sweep
    from vesicula.io import read_file
    from vesicula.language import read, resolve, schema, write
    from vesicula.language.measured import facts
    from vesicula.language.model import Model
    from vesicula.results import Result
    from vesicula.simulation import Interrupted, Progress, check, load, resume, simulate

    __version__: str

_HOMES = {
    "DoseAnswer": "experiments", "dose": "experiments", "required_loading": "experiments",
    "sensitivity": "experiments", "sweep": "experiments",
    "read_file": "io",
    "Diagnostic": "errors", "ModelError": "errors", "NumericalError": "errors", "ResourceError": "errors",
    "RunFolderError": "errors", "UnitError": "errors", "VesiculaError": "errors",
    "Result": "results", "Interrupted": "simulation", "Progress": "simulation", "load": "simulation",
    "resume": "simulation", "simulate": "simulation", "Model": "language.model", "check": "simulation",
    "facts": "language.measured", "read": "language", "resolve": "language", "schema": "language", "write": "language",
}  # fmt: skip

__all__ = [
    "Diagnostic",
    "DoseAnswer",
    "Interrupted",
    "Model",
    "ModelError",
    "NumericalError",
    "Progress",
    "ResourceError",
    "Result",
    "RunFolderError",
    "UnitError",
    "VesiculaError",
    "__version__",
    "check",
    "dose",
    "facts",
    "load",
    "read",
    "read_file",
    "required_loading",
    "resolve",
    "resume",
    "schema",
    "sensitivity",
    "simulate",
    "sweep",
    "write",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from vesicula.versions import version_of

        return version_of("vesicula")
    if name not in _HOMES:
        raise AttributeError(f"module 'vesicula' has no attribute {name!r}")
    found = getattr(import_module(f"vesicula.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
