"""What depends on a program alone is made once for it, not anew in every macro step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from vesicula.engine.program import Program

Made = TypeVar("Made")


def once(make: Callable[..., Made]) -> Callable[..., Made]:
    """Keep what a function of a program makes with it; a program does not change, so neither does this.

    The function's other arguments are numbers or arrays, told apart by their content. Nobody may write into the result.
    """

    @functools.wraps(make)
    def kept(program: Program, *arguments: Any) -> Made:
        found = program.__dict__.setdefault("_made", {})
        key = (make, *((one.shape, one.tobytes()) if isinstance(one, np.ndarray) else one for one in arguments))
        if key not in found:
            found[key] = make(program, *arguments)
        return found[key]

    return kept
