"""More than can be counted, in words: which site, draw, population and time."""

from __future__ import annotations

from collections.abc import Sequence

from vesicula.engine.counts import Uncountable
from vesicula.engine.kinetics import Unsolved
from vesicula.engine.system import System
from vesicula.errors import NumericalError
from vesicula.results.crowding import Told, which
from vesicula.results.description import Labels
from vesicula.results.wording import duration, number

REMEDY = "look at what is brought and made there, at its time, and at the ranges of these values; some draw leaves them"
"""Of an arithmetic fault of the engine whose words say all that is known."""


def in_words(error: Uncountable, system: System, labels: Labels, variants: Sequence[Told]) -> NumericalError:
    """The error as a person reads it."""
    match error.kind:
        case "particles":
            what = f"particles of {labels.populations[error.index].name}"
        case "cells":
            what = f"cells of {labels.types[error.index].name}"
        case "copies":
            what = "copies of a cargo"
    told = which(variants[error.variant], draws=len({v.draw for v in variants}) > 1)
    site, when = system.site_names[error.site], duration(error.step * system.macro_step)
    return NumericalError(
        f"{told} would hold {number(error.number)} {what} in {site} at {when};"
        f" {number(error.most)} at most are counted one by one",
        "check the dose, the release per cell and the number of cells, their units and their ranges",
    )


def unsolved(error: Unsolved, labels: Labels) -> NumericalError:
    """A network of a file that cannot be worked out, as a person reads it."""
    why = "its events set off each other without end" if error.endless else "no step keeps its promised error"
    return NumericalError(
        f"the network of rates that {labels.types[error.cell_type].name} runs cannot be worked out: {why}",
        "look at what drives it: a file may leave the range that its formulas were made for",
    )
