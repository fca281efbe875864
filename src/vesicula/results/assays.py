"""Smallest effects that the usual assay for a measure can show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assay:
    """share : smallest visible relative change of the baseline. The figures are rules of thumb; no source was read."""

    name: str
    share: float


BY_KIND = {
    "count": Assay("cell count", 0.10),
    "concentration": Assay("ELISA", 0.20),
    "vesicles": Assay("particle count", 0.30),
    "delivered": Assay("particle count", 0.30),
    "copies": Assay("qPCR", 0.50),
}


def smallest_effect(kind: str) -> Assay | None:
    """The usual assay of a kind of measure; None where none is agreed."""
    return BY_KIND.get(kind)
