"""What a loop leads through, and how links between such things are kept."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.names import Names
from vesicula.engine.program import NONE

F64 = NDArray[np.float64]
Kind = Literal["level", "particles", "copies", "doing", "cells"]


class Thing(NamedTuple):
    """A thing of a site.

    what : substance of a level, population of particles, else group of cells (type * n_states + state)
    column : behaviour of a doing, species of copies
    """

    kind: Kind
    site: int
    what: int
    column: int = NONE


Links = dict[tuple[Thing, Thing], F64]
"""By (what drives, what is driven): d ln driven / d ln driver, float64[n_rows]."""


def in_words(thing: Thing, names: Names, site_names: tuple[str, ...], n_states: int) -> str:
    """What a thing is called in the words of the model."""
    where = f" in {site_names[thing.site]}" if len(site_names) > 1 else ""
    if thing.kind == "level":
        return f"{names.substances[thing.what].name}{where}"
    if thing.kind == "particles":
        return f"{names.populations[thing.what].name}{where}"
    kind = names.types[thing.what // n_states]
    state = f" {kind.states[thing.what % n_states]}" if len(kind.states) > 1 else ""
    if thing.kind == "cells":
        return f"{kind.name}{state} cells{where}"
    if thing.kind == "copies":
        return f"{names.species[thing.column]} in {kind.name}{state}{where}"
    text = names.behaviours[thing.column].text
    text = text if text.startswith(f"{kind.name} ") else f"{text} of {kind.name}"
    return f"{text}{f' ({state.strip()})' if state and state not in text else ''}{where}"
