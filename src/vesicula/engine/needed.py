"""Which kernels a model calls, read from its programs: what has to be compiled before its first step.

A kernel that is missing here is compiled when it is first called, so an error costs time and nothing else. Where only
the course of a run can tell whether a kernel is called, it is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Effect, Event, Program, Reaction, Signal
from vesicula.engine.system import Exchange, System


@dataclass(frozen=True)
class _Asked:
    """What is asked of the engine in one site; has_cells: whether cells are there, or can come, in any site."""

    program: Program
    between: Exchange
    has_cells: bool

    @property
    def vesicles(self) -> bool:
        return self.program.n_populations > 0

    @property
    def fluid(self) -> bool:
        return self.vesicles or self.program.n_substances > 0

    @property
    def space(self) -> bool:
        return self.program.grid.n_voxels > 1

    @property
    def pooled(self) -> bool:
        """Whether the site is a pool that flows may join with another."""
        return not self.space and len(self.between.flows.first) > 0

    @property
    def inert(self) -> bool:
        return len(self.program.reactions.kind) == 0

    @property
    def dish(self) -> bool:
        return self.program.grid.dimensions == 0 and self.program.grid.area > 0.0

    @property
    def harms(self) -> bool:
        table = self.program.behaviours
        return self.has_cells and bool(np.any(table.kill != NONE) or table.engulf != NONE)

    @property
    def touches(self) -> bool:
        """Whether it is asked which cells touch."""
        by_signals = bool(np.any(self.program.signals.kind == Signal.CONTACT))
        turning = self.walks and self.program.behaviours.turning != NONE
        return self.harms or turning or (self.has_cells and by_signals)

    @property
    def walks(self) -> bool:
        columns = self.program.behaviours
        return self.has_cells and self.space and NONE not in (columns.speed, columns.persistence)

    @property
    def networks(self) -> bool:
        return self.has_cells and len(self.program.networks.p_time) > 0

    @property
    def changes_matrix(self) -> NDArray[np.bool_]:
        """bool[n_matrix, 2], components that cells change, and that enzymes do."""
        table = self.program.behaviours
        by_cells = (table.resorption != NONE) | (table.deposition != NONE)
        return np.column_stack((by_cells, (self.program.matrix.p_enzyme_rate != NONE).any(axis=1)))

    @property
    def spills(self) -> bool:
        stored = self.program.matrix.store_matrix
        return bool(np.any(self.changes_matrix, axis=1)[stored].any())

    def happens(self, *kinds: Event) -> bool:
        return bool(np.isin(self.program.protocol.kind, kinds).any())

    def fires(self, effect: Effect) -> bool:
        return self.has_cells and bool(np.any(self.program.lifecycle.effect == effect))

    def reacts(self, kind: Reaction) -> bool:
        return bool(np.any(self.program.reactions.kind == kind))

    def least(self, columns: NDArray[np.int32], absent: float) -> float:
        """Smallest of parameters in any variant at any time; `absent` where one is not given, and without any."""
        named = columns[columns != NONE]
        ever = (self.program.values, *self.program.later_values)
        return min([absent, *(float(table[:, named].min()) for table in ever if table[:, named].size)])

    @property
    def hindered(self) -> bool:
        """Whether vesicles move unevenly."""
        table = self.program.vesicles
        return self.vesicles and self.space and (self.least(table.p_passage, 1.0) < 1.0 or self._resting(table))

    @property
    def barred(self) -> bool:
        """Whether something dissolved or a vesicle cannot be everywhere."""
        tables = [self.program.vesicles] * self.vesicles + [self.program.substances] * (self.program.n_substances > 0)
        return self.space and any(self.least(t.p_passage, 1.0) <= 0.0 or self._resting(t) for t in tables)

    def _resting(self, table) -> bool:
        columns = table.p_diffusion
        return bool(np.any(columns == NONE)) or self.least(columns, np.inf) <= 0.0


# Those with the most machine code are the dearest to compile and stand first.
SERVES: dict[str, Callable[[_Asked], bool]] = {
    "transport.advance_fields": lambda a: a.program.n_substances > 0 and not (a.pooled and a.inert),
    "mechanics.relax_sites": lambda a: a.has_cells and a.space,
    "vesicle_draws.draw": lambda a: a.vesicles,
    "vesicle_transport.expect": lambda a: a.vesicles,
    "trafficking.depart": lambda a: a.vesicles,
    "lifecycle.split": lambda a: a.fires(Effect.DIVIDE),
    "lifecycle.fire": lambda a: a.has_cells and (a.program.n_clocks > 0 or a.harms),
    "networks.march_groups": lambda a: a.networks,
    "kinetics.march_networks": lambda a: a.has_cells and len(a.program.kinetics.type) > 0,
    "jostling.jostle": lambda a: a.vesicles and a.space,
    "cargo.deliver": lambda a: a.vesicles,
    "motility.wander": lambda a: a.walks,
    "exchange.pour": lambda a: len(a.between.transfers.step) > 0,
    "tiles.order_pieces": lambda a: a.vesicles,
    "founding.found": lambda a: a.has_cells,
    "signals.gather": lambda a: a.has_cells and len(a.program.signals.kind) > 0,
    "exchange.cross": lambda a: a.vesicles and len(a.between.barriers.first) > 0,
    "body.set_down": lambda a: a.vesicles and len(a.between.flows.first) > 0,
    "faces.conduct": lambda a: a.fluid,
    "lifecycle.tick": lambda a: a.has_cells,
    "voxels.cover": lambda a: a.fluid and a.space,
    "tiles.pair_pieces": lambda a: a.vesicles,
    "body.carry_off": lambda a: a.vesicles and len(a.between.flows.first) > 0,
    "neighbours.fill_places": lambda a: a.touches and a.dish,
    "faces.label_regions": lambda a: a.barred,
    "fields.gather": lambda a: a.program.n_substances > 0,
    "networks.prepare": lambda a: a.networks,
    "networks.find_roles": lambda a: a.networks,
    "exchange.weigh_layers": lambda a: len(a.between.barriers.first) > 0,
    "protocol.thin": lambda a: a.vesicles and a.happens(Event.WASH, Event.REMOVE_MATRIX),
    "body.share_held": lambda a: a.fires(Effect.LEAVE) or (a.happens(Event.REMOVE_CELLS) and not a.space),
    "neighbours.search": lambda a: a.touches and not a.dish and a.space,
    "body.renew_copies": lambda a: a.fires(Effect.LEAVE),
    "silencing.silence": lambda a: a.networks and len(a.program.silencing.type) > 0,
    "founding.place": lambda a: a.has_cells,
    "voxels.bin_entries": lambda a: a.fluid and a.space,
    "vesicles.share_dose": lambda a: a.happens(Event.DOSE_VESICLES),
    "tiles.judge_faces": lambda a: a.hindered,
    "order.lay_out": lambda a: a.has_cells,
    "matrix.spill": lambda a: a.spills,
    "behaviours.behave_all": lambda a: a.has_cells,
    "matrix.demand": lambda a: bool(a.changes_matrix[:, 0].any()),
    "flowing.flow_exactly": lambda a: a.program.n_substances > 0 and a.pooled,
    "fields.lost_amounts": lambda a: a.program.n_substances > 0,
    "protocol.take_cells": lambda a: a.happens(Event.REMOVE_CELLS),
    "body.count_arrivals": lambda a: a.fires(Effect.LEAVE),
    "silencing.follow": lambda a: a.networks and len(a.program.silencing.lag_type) > 0,
    "streams.fill_draws": lambda a: a.happens(Event.SHUFFLE_CELLS),  # also called by `switches`, before a run
    "streams.founders": lambda a: a.has_cells,
    "streams.key_of": lambda a: a.happens(Event.ADD_CELLS),
    "voxels.locate": lambda a: a.space,
    "lifecycle.contact_hazards": lambda a: a.harms,
    "fields.density_on_cells": lambda a: a.reacts(Reaction.ENZYME_CELL),
}


def kernels_of(system: System) -> list[str]:
    """Names of the kernels that a model calls, "module.kernel", those that are dearest to compile first."""
    has_cells = any(len(p.start.type) or np.any(p.protocol.kind == Event.ADD_CELLS) for p in system.sites)
    sites = [_Asked(program, system.exchange, bool(has_cells)) for program in system.sites]
    return [name for name, serves in SERVES.items() if any(serves(site) for site in sites)]
