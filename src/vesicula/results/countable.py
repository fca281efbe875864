"""More than can be counted, in words: which site, draw, population and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vesicula.engine.counts import Uncountable
from vesicula.engine.program import Program
from vesicula.errors import NumericalError
from vesicula.results.crowding import Told, which
from vesicula.results.description import Labels
from vesicula.results.wording import duration, number

REMEDY = "look at what is brought and made there, at its time, and at the ranges of these values; some draw leaves them"
"""Of an arithmetic fault of the engine whose words say all that is known."""


def in_words(
    error: Uncountable, programs: Mapping[str, Program], labels: Labels, variants: Sequence[Told]
) -> NumericalError:
    """The error as a person reads it."""
    site, program = next((name, one) for name, one in programs.items() if one.site == error.site)
    match error.kind:
        case "particles":
            what = f"particles of {labels.populations[error.index].name}"
        case "cells":
            what = f"cells of {labels.types[error.index].name}"
        case "copies":
            what = "copies of a cargo"
    told = which(variants[error.variant], draws=len({v.draw for v in variants}) > 1)
    return NumericalError(
        f"{told} would hold {number(error.number)} {what} in {site} at {duration(error.step * program.macro_step)};"
        f" {number(error.most)} at most are counted one by one",
        "check the dose, the release per cell and the number of cells, their units and their ranges",
    )
