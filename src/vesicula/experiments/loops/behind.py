"""The stated values that a link rests on, by how much they move it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vesicula.compiler.names import Compiled
from vesicula.engine.system import System
from vesicula.experiments.loops.levels import Flux
from vesicula.experiments.loops.links import Moment, graph
from vesicula.experiments.loops.things import Thing
from vesicula.language.values import Value

NUDGE = 0.02
LEAST = 0.05
"""An influence below this is none: a value that moves a link by less than a twentieth of what it is moved."""
AT_ONCE = 64
MOST_CELLS = 100_000
"""Of all rows that are asked at once."""


@dataclass(frozen=True)
class Behind:
    """A stated value behind a link. influence : d ln |link| / d ln value"""

    path: str
    value: Value
    influence: float


def behind(moment: Moment, row: int, link: tuple[Thing, Thing], compiled: Compiled) -> tuple[Behind, ...]:
    """Stated values that move a link in a row, most deciding first; each is moved by 2 % at the state of the run."""
    system, infos = moment.system, compiled.names.parameters
    base = system.values[row]
    columns = [p for p, info in enumerate(infos) if base[p] != 0 and (info.value is not None or info.derived_from)]
    moved: dict[str, float] = {}
    at_once = max(1, min(AT_ONCE, MOST_CELLS * moment.states.n_rows // max(1, moment.states.n_cells)))
    for first in range(0, len(columns), at_once):
        some = columns[first : first + at_once]
        values = np.tile(base, (len(some) + 1, 1))
        values[np.arange(len(some)), some] *= 1.0 + NUDGE
        strength = np.abs(graph(_with(moment, row, values)).links.get(link, np.zeros(len(values))))
        for p, one in zip(some, strength[:-1], strict=True):
            if one > 0 and strength[-1] > 0:
                influence = float(np.log(one / strength[-1]) / np.log1p(NUDGE))
                for path in _stated(p, compiled):
                    if abs(influence) > abs(moved.get(path, 0.0)):
                        moved[path] = influence
    stated = {info.path: info.value for info in infos if info.value is not None}
    found = (Behind(path, stated[path], influence) for path, influence in moved.items() if abs(influence) >= LEAST)
    return tuple(sorted(found, key=lambda one: -abs(one.influence)))


def _with(moment: Moment, row: int, values: np.ndarray) -> Moment:
    """The same state once for each row of values."""
    rows = np.full(len(values), row, dtype=np.int64)
    states = moment.states.take(rows)
    for state in states.sites:
        state.site_variant = np.arange(len(values), dtype=state.site_variant.dtype)
    none = {"later_step": np.zeros(0, dtype=np.int64), "later_values": np.zeros((0, 0, 0))}
    sites = tuple(replace(site, values=np.ascontiguousarray(values), **none) for site in moment.system.sites)
    passed = [Flux(one.released[rows], one.entered[rows], one.left[rows]) for one in moment.flux]
    system = System(sites, moment.system.site_names, moment.system.exchange)
    return replace(moment, system=system, states=states, flux=passed)


def _stated(column: int, compiled: Compiled) -> set[str]:
    """Paths of the stated values that a column holds or is computed from."""
    infos = compiled.names.parameters
    number = {info.path: k for k, info in enumerate(infos)}
    found, waiting, seen = set[str](), [column], {column}
    while waiting:
        info = infos[waiting.pop()]
        if info.value is not None:
            found.add(info.path)
        for path in info.derived_from:
            if path in number and number[path] not in seen:
                seen.add(number[path])
                waiting.append(number[path])
    return found
