"""Monolayers on filters, and walls of organs: electrical resistance, and permeability to a tracer or to vesicles."""

from __future__ import annotations

import numpy as np

from vesicula.engine import exchange as between
from vesicula.engine.system import SystemState
from vesicula.results.assays.bench import Bench, Reader
from vesicula.results.places import index, populations


def _filter(bench: Bench) -> tuple[int, str]:
    """Row of the barrier of the labware, or before a place behind a wall, and its first site; raises KeyError where
    there is none.
    """
    barriers, sites = bench.system.exchange.barriers, bench.description.sites
    for row, (first, second) in enumerate(zip(barriers.first, barriers.second, strict=True)):
        site, behind = sites[int(first)], sites[int(second)]
        if bench.measure.what in (site.labware, site.name, behind.name if behind.labware is None else site.name):
            return row, site.name
    raise KeyError(bench.measure.what)


def teer(bench: Bench) -> Reader:
    """Transendothelial resistance: what the monolayer adds to the blank filter, from its junctions at this moment.

    Equation   1/(C/(R_b + R_layer) + (1 − C)/R_b) − R_b;  R_layer from the mean conductance over cells
    C is the share of the filter under cells; see `engine.exchange.resistance`. The law is the engine's, and what a
    resistance is with gaps is a convention. Setups differ severalfold in what they read of one monolayer (vigh2021), so
    compare arms and not laboratories. NaN where no cell of the monolayer states a resistance.
    """
    row, name = _filter(bench)
    system, barriers = bench.system, bench.system.exchange.barriers
    return lambda states: between.resistance(barriers, row, system.at(states.step).site(name), states.site(name))


def permeability(bench: Bench) -> Reader:
    """Permeability of filter and monolayer together, at this moment, to a substance or a vesicle class.

    Equation   P = Σ parallel paths [filter in series with the layer], as `engine.exchange.permeability`
    It is the P by which the same thing, put into the top, appears in the bottom: dQ/dt = P · A · (c_top − c_bottom).
    The bare filter is part of it; a laboratory that subtracts its blank reports 1/(1/P − 1/P_blank).
    """
    row, name = _filter(bench)
    system, thing = bench.system, bench.measure.to or ""
    substances = [s.name for s in bench.labels.substances]
    column = index(substances, thing) if thing in substances else (
        len(substances) + populations(bench.labels, thing)[0]
    )  # fmt: skip
    factor = bench.factor("speed")

    def read(states: SystemState) -> np.ndarray:
        now = system.at(states.step).site(name)
        return between.permeability(system.exchange.barriers, row, now, states.site(name))[:, column] * factor

    return read
