"""What random keys call the parts of a model: hashes of their names, so that neither order nor additions matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.compiler.lifecycle import Clock
from vesicula.compiler.vesicles import population_names
from vesicula.engine.program import NONE
from vesicula.engine.stream_names import StreamNames, named

U64 = NDArray[np.uint64]
NEIGHBOURS = ("killed by neighbours", "engulfed by neighbours")  # the hazards behind the clocks


def keys_of(names: Iterable[str]) -> U64:
    """Hashes of names, uint64[n]; a name that comes again is counted."""
    seen: Counter[str] = Counter()
    out: list[np.uint64] = []
    for name in names:
        seen[name] += 1
        out.append(named(name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return np.array(out, dtype=np.uint64)


def keys_at(steps: Iterable[int], names: Iterable[str]) -> U64:
    """Hashes of names, uint64[n]; a name that comes again at one step is counted, at another it is the same."""
    seen: Counter[tuple[int, str]] = Counter()
    out: list[np.uint64] = []
    for step, name in zip(steps, names, strict=True):
        seen[step, name] += 1
        out.append(named(f"{name} {seen[step, name]}"))
    return np.array(out, dtype=np.uint64)


def stream_names(ctx: Context, clocks: list[Clock], traits: list[tuple[str, str]]) -> StreamNames:
    """Names of the populations, species, traits, matrix components and clocks of a model."""
    return StreamNames(
        population=keys_of(f"vesicle: {one.name}" for one in population_names(ctx)),
        species=keys_of(f"cargo: {name}" for name in ctx.species),
        trait=keys_of(f"trait: {trait} of {cell}" for cell, trait in traits),
        matrix=keys_of(f"matrix: {one.name}" for one in ctx.model.matrix),
        clock=keys_of([*(_clock_name(ctx, clock) for clock in clocks), *NEIGHBOURS]),
    )


def _clock_name(ctx: Context, clock: Clock) -> str:
    states = ctx.model.cells[clock.type].states
    state = "" if clock.state == NONE or not states else f" [{states[clock.state]}]"
    return f"clock: {clock.text}{state}"
