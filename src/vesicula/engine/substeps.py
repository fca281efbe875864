"""How many sub-steps the mechanics of one macro step may take, how far a cell moves in one, how closely cells pack."""

from __future__ import annotations

import math

DISPLACEMENT = 0.3  # of a radius, per sub-step
PACKED = math.pi / math.sqrt(18.0)  # share of space in the closest packing of equal spheres
SMALLEST = 0.5  # µm; a smaller radius does not shorten the sub-step further
MOST_SUBSTEPS, MOST_PER_MINUTE = 1000, 200  # of one macro step


def most_substeps(span: float) -> int:
    """Sub-steps that a macro step of `span` minutes may have."""
    return MOST_SUBSTEPS + math.ceil(MOST_PER_MINUTE * span)
