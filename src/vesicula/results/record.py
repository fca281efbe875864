"""From states to records: measures, standard series, ledgers into the journal; fields and cells into the snapshots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.state import CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.system import System, SystemState
from vesicula.results import standard
from vesicula.results.description import Labels, RunDescription, SiteLabel
from vesicula.results.events import EventReader
from vesicula.results.folder import RunFolder
from vesicula.results.measures import reader
from vesicula.results.snapshots import SnapshotWriter

F64 = NDArray[np.float64]
GAINS = [VesicleTerm.START, VesicleTerm.RELEASED, VesicleTerm.DOSED, VesicleTerm.ARRIVED]
LOSSES = [VesicleTerm.DELIVERED, VesicleTerm.DEGRADED, VesicleTerm.IN_REMOVED, VesicleTerm.LEFT]
SUBSTANCE_GAINS = [
    SubstanceTerm.START, SubstanceTerm.SECRETED, SubstanceTerm.DOSED, SubstanceTerm.FROM_STORES, SubstanceTerm.WALL_IN,
    SubstanceTerm.REACTED_IN,
]  # fmt: skip
SUBSTANCE_LOSSES = [
    SubstanceTerm.WALL_OUT, SubstanceTerm.DECAYED, SubstanceTerm.TAKEN_UP, SubstanceTerm.REACTED_OUT,
]  # fmt: skip


def _by_site(state: State, per_cell: np.ndarray) -> np.ndarray:
    """Sums over the cells of each site, [n_sites, n_columns], exact for integers."""
    out = np.zeros((state.n_sites, per_cell.shape[1]), dtype=per_cell.dtype)
    for column in range(per_cell.shape[1]):
        running = np.concatenate([np.zeros(1, per_cell.dtype), np.cumsum(per_cell[:, column])])
        if per_cell.dtype.kind == "i":
            out[:, column] = running[state.cell_start[1:]] - running[state.cell_start[:-1]]
        else:
            where = standard.site_of_cell(state)
            out[:, column] = np.bincount(where, weights=per_cell[:, column], minlength=state.n_sites)
    return out


def _carried(ledger: np.ndarray, stocks: list[np.ndarray]) -> np.ndarray:
    """Ledger terms, the stocks now and the imbalance: gains - stocks - losses, [n_sites, n, 13]."""
    now = np.stack(stocks, axis=2)
    gap = ledger[..., GAINS].sum(axis=-1) - now.sum(axis=-1) - ledger[..., LOSSES].sum(axis=-1)
    return np.concatenate([ledger, now, gap[..., None]], axis=2)


def ledgers(state: State, labels: Labels, site: SiteLabel) -> dict[str, np.ndarray]:
    """Ledger arrays with the stocks of the moment and what is missing or too much; stocks come from the state alone.

    Returns    vesicles int64[n_sites, n_populations, 13], cargo float64[n_sites, n_slots, 13],
               substances float64[n_sites, n_substances, 12], cells int64[n_sites, n_types, 9], talk, delivered copies
    """
    vesicles = [
        state.vesicles.sum(axis=2), state.vesicles_in_matrix.sum(axis=(2, 3)), _by_site(state, state.bound),
        _by_site(state, state.endosomal),
    ]  # fmt: skip
    cargo = [
        state.cargo.sum(axis=2), state.cargo_in_matrix.sum(axis=(2, 3)), _by_site(state, state.bound_cargo),
        _by_site(state, state.endosomal_cargo),
    ]  # fmt: skip
    flows, dissolved = state.substance_ledger, state.concentration.sum(axis=2) * site.voxel_volume
    missing = flows[..., SUBSTANCE_GAINS].sum(axis=-1) - flows[..., SUBSTANCE_LOSSES].sum(axis=-1) - dissolved
    types = len(labels.types)
    key = standard.site_of_cell(state) * types + state.cell_type
    number = np.bincount(key, state.stands_for, state.n_sites * types)
    present = number.astype(np.int64).reshape(state.n_sites, types)
    lives = state.cell_ledger
    came = lives[..., [CellTerm.ADDED, CellTerm.DIVIDED, CellTerm.BECAME, CellTerm.ARRIVED]].sum(axis=-1)
    gap = came - lives[..., [CellTerm.REMOVED, CellTerm.LEFT]].sum(axis=-1) - present
    return {
        "vesicles": _carried(state.vesicle_ledger, vesicles),
        "cargo": _carried(state.cargo_ledger, cargo),
        "substances": np.concatenate([flows, dissolved[..., None], missing[..., None]], axis=2),
        "cells": np.concatenate([lives, present[..., None], gap[..., None]], axis=2),
        "talk": state.talk,
        "delivered copies": state.delivered_copies,
    }


class Recorder:
    """Writes what a run shows at each of its recording times, and before and after the experimenter acts."""

    def __init__(self, folder: RunFolder, system: System) -> None:
        self._folder = folder
        self._description: RunDescription = folder.description
        self._readers = [reader(m, folder.description, system) for m in folder.description.measures]
        self._snapshots = SnapshotWriter(folder.path / "snapshots.zarr", folder.description)
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
            for name, array in ledgers(state, self._description.labels, site).items():
                arrays[f"{site.name}/{name}"] = array
            arrays[f"{site.name}/work"] = state.work
        pictured = self._description.plan.record_steps
        if step in pictured:
            self._snapshots.write(states, pictured.index(step))
        self._folder.append_record(step, arrays, after=after)
        return measures
