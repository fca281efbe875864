"""Which thing of a model drives which, and how strongly, at a state of a run: the graph that loops are sought in.

Things (`things`): levels of substances and free vesicles in a site, copies that cells have got, what cells of a type
and state do, and how many they are. What cells read drives what they do, through their networks and rules (`doings`);
what they do drives levels (`levels`), vesicles and copies (`vesicles`) or numbers of cells (`numbers`); numbers drive
levels, vesicles, and what neighbours do that feel their contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.system import System, SystemState
from vesicula.experiments.loops.doings import Doings, Read, doings, reads
from vesicula.experiments.loops.levels import Flux, Levels, levels
from vesicula.experiments.loops.numbers import Numbers, numbers
from vesicula.experiments.loops.things import Links, Thing
from vesicula.experiments.loops.vesicles import vesicles
from vesicula.experiments.loops.walls import bar_cells, ways
from vesicula.language.influence import Influence
from vesicula.language.model import Model

F64 = NDArray[np.float64]


UNFOLLOWED = {
    "preparation": "preparations", "matrix": "the density of", "motion": "the motion of",
    "junctions": "junctions of", "pressure": "pressure on", "surface": "surface molecules of", "trait": "traits of",
}  # fmt: skip
"""Kinds of things of `language.arrows` that are no part of this graph, as they are told."""


@dataclass(frozen=True)
class Graph:
    """Links by (what drives, what is driven): d ln / d ln, float64[n_rows]; and what they were made of."""

    links: Links
    levels: Levels
    numbers: Numbers
    did: list[Doings]


@dataclass(frozen=True)
class Moment:
    """A state of a run, and what the graph is drawn with.

    system : at the values of the macro step; states : row s holds the variant s
    flux : of every site, in a while before; horizon : min, for which numbers of cells are followed
    """

    system: System
    states: SystemState
    flux: list[Flux]
    step: int
    horizon: float


def asked(system: System, site: int) -> tuple[Read, ...]:
    """What cells of a site read that anything could move."""
    return reads(system.sites[site])


def graph(moment: Moment) -> Graph:
    """All links at a moment. The states are changed: their signals are read anew."""
    system, sites = moment.system, range(len(moment.system.sites))
    did = [doings(system.sites[k], moment.states.sites[k], asked(system, k)) for k in sites]
    walls = ways(system, moment.states)
    bar_cells(system, moment.states, did)
    level = levels(system, moment.states, did, moment.flux, moment.horizon, walls)
    number = numbers(system, did, moment.step, moment.horizon)
    links: Links = {}
    n, groups = system.sites[0].n_substances, did[0].number.shape[1]
    for (k, g, column), effect in level.moved.items():
        for place in np.flatnonzero(np.abs(effect).max(axis=0) > 0).tolist():
            links[Thing("doing", k, g, column), Thing("level", place // n, place % n)] = effect[:, place]
    for (k, g), effect in level.by_cells.items():
        for place in np.flatnonzero(np.abs(effect).max(axis=0) > 0).tolist():
            links[Thing("cells", k, g), Thing("level", place // n, place % n)] = effect[:, place]
    for (k, g, column), effect in number.moved.items():
        for place in np.flatnonzero(np.abs(effect).max(axis=0) > 0).tolist():
            links[Thing("doing", k, g, column), Thing("cells", place // groups, place % groups)] = effect[:, place]
    links |= vesicles(system, moment.states, did, walls)
    acting = {start for start, _ in links if start.kind == "doing"}
    for k in sites:
        for one, slope in did[k].slope.items():
            for thing in sorted(acting):
                effect = slope[:, thing.what, thing.column]
                if thing.site == k and effect.any():
                    links |= _driven(one, thing, effect, did[k], system.sites[k].n_states)
    return Graph(links, level, number, did)


def _driven(one: Read, thing: Thing, effect: F64, did: Doings, n_states: int) -> Links:
    """Links from what is read; contact with a type is felt in proportion to its cells of all states."""
    if one.kind == "substance":
        return {(Thing("level", thing.site, one.what), thing): effect}
    if one.kind == "copies":
        return {(Thing("copies", thing.site, thing.what, one.what), thing): effect}
    states = range(one.what * n_states, (one.what + 1) * n_states)
    whole = did.number[:, states].sum(axis=1)
    share = {g: np.divide(did.number[:, g], whole, out=np.zeros_like(whole), where=whole > 0) for g in states}
    return {(Thing("cells", thing.site, g), thing): effect * part for g, part in share.items() if part.any()}


def not_followed(model: Model) -> list[str]:
    """What closed loops of a model lead through by its graph of influence and not by this one."""
    ways = Influence(model)
    things = dict.fromkeys(one for arrow in ways.arrows for one in arrow)
    there = {one: ways.reached(ways.after(one)) for one in things}
    found: dict[str, dict[str, None]] = {}
    for kind, *names in (one for one in things if one[0] in UNFOLLOWED and one in there[one]):
        found.setdefault(UNFOLLOWED[kind], {})[names[0]] = None
    return [f"{kind} {', '.join(names)}" for kind, names in found.items()]
