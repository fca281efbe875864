"""Closed loops of a graph of links, and their gain.

    Equation   gain of a loop = Π e over its links;  opened at x: L_x = e_xx + e_xr (1 − E_rr)⁻¹ e_rx

E: links between all things, row drives column; r: all things but x. A change of x by one per cent that has gone round
once comes back as a change by L_x per cent, by all loops through x together and with what they do to each other on the
way; from L_x = 1 on it feeds itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Thing = TypeVar("Thing", bound=Hashable)
LEAST = 1e-3
"""A link weaker than this in every row is none."""
MOST = 20_000
"""Loops that are looked at."""


def loops(links: Mapping[tuple[Thing, Thing], F64]) -> tuple[list[tuple[Thing, ...]], bool]:
    """Every closed loop that visits each of its things once, and whether there are more than `MOST`."""
    import networkx

    drawn = networkx.DiGraph([pair for pair, e in links.items() if np.abs(e).max(initial=0.0) >= LEAST])
    found = [tuple(loop) for loop in islice(networkx.simple_cycles(drawn), MOST + 1)]
    return found[:MOST], len(found) > MOST


def gain(loop: Sequence[Thing], links: Mapping[tuple[Thing, Thing], F64]) -> F64:
    """Product of the links of a loop, float64[n_rows]."""
    ends = [*loop[1:], loop[0]]
    return np.prod([links[pair] for pair in zip(loop, ends, strict=True)], axis=0)


def opened(thing: Thing, links: Mapping[tuple[Thing, Thing], F64]) -> F64:
    """Gain of all loops through a thing together, float64[n_rows]; NaN where the rest has no answer of its own."""
    names = list(dict.fromkeys(one for link in links for one in link))
    place = {name: k for k, name in enumerate(names)}
    rows = len(next(iter(links.values())))
    matrix = np.zeros((rows, len(names), len(names)))
    for (start, end), strength in links.items():
        matrix[:, place[start], place[end]] = strength
    x, rest = place[thing], [k for k in range(len(names)) if k != place[thing]]
    out = np.full(rows, np.nan)
    for row in range(rows):
        inner = np.eye(len(rest)) - matrix[row][np.ix_(rest, rest)]
        if np.linalg.cond(inner) < 1e12:
            back = np.linalg.solve(inner, matrix[row, rest, x])
            out[row] = matrix[row, x, x] + matrix[row, x, rest] @ back
    return out
