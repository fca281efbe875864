"""How many sub-steps the mechanics of one macro step may take, and how far a cell moves in one."""

from __future__ import annotations

import math

DISPLACEMENT = 0.05  # of a radius, per sub-step
SMALLEST = 0.5  # µm; a smaller radius does not shorten the sub-step further
MOST_SUBSTEPS, MOST_PER_MINUTE = 1000, 200  # of one macro step


def most_substeps(span: float) -> int:
    """Sub-steps that a macro step of `span` minutes may have."""
    return MOST_SUBSTEPS + math.ceil(MOST_PER_MINUTE * span)
