"""What a file as a whole may not say: mistakes that libSBML finds, packages, no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HARMLESS = ("layout", "render", "groups", "l3v2extendedmath")
"""Packages that change no number of a model that is complete without them."""
ELSEWHERE = {"qual": "logical networks are read by `logic:`, not by `sbml:`"}


@dataclass(frozen=True)
class Refusal:
    """Why a file is refused: what stands there, what to do, and the line."""

    what: str
    remedy: str
    line: int


def refuse_file(document: Any, sbml: Any) -> tuple[Refusal, ...]:
    """Why a document of libSBML is no network of cells, as far as its whole can tell."""
    found: list[Refusal] = []
    for number in range(document.getNumErrors()):
        error = document.getError(number)
        if error.getSeverity() >= sbml.LIBSBML_SEV_ERROR and error.getCategoryAsString() not in UNJUDGED:
            said = " ".join(error.getShortMessage().split()).rstrip(".")
            found.append(Refusal(f"it is no valid SBML: {said}", "correct the file", max(int(error.getLine()), 1)))
    for number in range(document.getNumPlugins()):
        name = document.getPlugin(number).getPackageName()
        if name not in HARMLESS:
            remedy = ELSEWHERE.get(name, "write the file without it (COPASI and libRoadRunner can)")
            found.append(Refusal(f"it uses the package `{name}`", remedy, 2))
    for number in range(document.getNumUnknownPackages()):
        name = document.getUnknownPackagePrefix(number)
        if document.getPackageRequired(document.getUnknownPackageURI(number)):
            found.append(Refusal(f"it uses the package `{name}`", "write the file without it", 2))
    return tuple(found[:8])


UNJUDGED = ("Units consistency", "Internal consistency", "Modeling practice", "MathML consistency")
