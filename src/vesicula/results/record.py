"""From states to records: measures, standard series, ledgers into the journal; fields and cells into the snapshots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import invariants
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.system import System, SystemState
from vesicula.results import standard
from vesicula.results.description import RunDescription
from vesicula.results.events import EventReader
from vesicula.results.folder import RunFolder
from vesicula.results.measures import reader
from vesicula.results.snapshots import SnapshotWriter

F64 = NDArray[np.float64]


def ledgers(program: Program, state: State) -> dict[str, np.ndarray]:
    """Ledger arrays with the stocks of the moment and what is missing or too much (`engine.invariants`).

    Returns    vesicles int64[n_sites, n_populations, 13], cargo float64[n_sites, n_slots, 13],
               substances float64[n_sites, n_substances, 12], cells int64[n_sites, n_types, 9], talk, delivered copies
    """
    fluid, cells = invariants.dissolved(program, state), invariants.cells_present(state)
    closed = {
        "vesicles": (state.vesicle_ledger, invariants.vesicle_stocks(state), invariants.vesicle_balance(state)),
        "cargo": (state.cargo_ledger, invariants.cargo_stocks(state), invariants.cargo_balance(state)),
        "substances": (state.substance_ledger, fluid[..., None], invariants.substance_balance(program, state)),
        "cells": (state.cell_ledger, cells[..., None], invariants.cell_balance(state)),
    }
    with_gaps = {name: np.concatenate([*terms, gap[..., None]], axis=2) for name, (*terms, gap) in closed.items()}
    return {**with_gaps, "talk": state.talk, "delivered copies": state.delivered_copies}


class Recorder:
    """Writes what a run shows at each of its recording times, and before and after the experimenter acts."""

    def __init__(self, folder: RunFolder, system: System, *, called: Sequence[int] | None = None) -> None:
        """Where only a part of a run is recorded, `called` are the numbers of its pictured variants in the whole."""
        self._folder, self._system = folder, system
        self._description: RunDescription = folder.description
        self._readers = [reader(m, folder.description, system) for m in folder.description.measures]
        self._snapshots = SnapshotWriter(folder.path / "snapshots.zarr", folder.description, called)
        self._moments = set(folder.description.plan.moments())
        remembering = [read for read in self._readers if isinstance(read, EventReader)]
        earlier = folder.records() if remembering else []
        for read in remembering:
            read.recall(np.array(folder.description.plan.times_min()[: len(earlier)]), earlier)

    def is_due(self, step: int, *, after: bool = False) -> bool:
        """Whether a record belongs to this macro step, before or `after` the experimenter has acted there."""
        return (step, after) in self._moments

    def record(self, states: SystemState, *, after: bool = False) -> F64:
        """Write the record of the states' macro step; returns the measures, float64[n_variants, n_measures].

        after : the experimenter has acted at this step; fields and cells of the moment before are replaced
        """
        step = states.step
        n = len(self._description.variants)
        measures = np.stack([read(states) for read in self._readers], axis=1) if self._readers else np.zeros((n, 0))
        arrays: dict[str, np.ndarray] = {"measures": measures}
        for site in self._description.sites:
            state = states.site(site.name)
            arrays[f"{site.name}/series"] = standard.values(state, self._description.labels, site)
            for name, array in ledgers(self._system.site(site.name), state).items():
                arrays[f"{site.name}/{name}"] = array
            arrays[f"{site.name}/work"] = state.work
        pictured = self._description.plan.record_steps
        if step in pictured:
            self._snapshots.write(states, pictured.index(step))
        self._folder.append_record(step, arrays, after=after)
        return measures
