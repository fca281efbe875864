"""The state at time 0: voxels as filled at the start, cells as placed or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vesicula.engine import founding, streams
from vesicula.engine.neighbours import tabulated
from vesicula.engine.program import Program
from vesicula.engine.state import PER_CELL, CellTerm, Contact, State, SubstanceTerm, VesicleTerm, Work
from vesicula.engine.voxels import solid_voxels

F64 = NDArray[np.float64]


def initial_state(
    program: Program, site_variants: Sequence[int], site_keys: ArrayLike, site_weights: Sequence[int] | None = None
) -> State:
    """State of a batch of sites at time 0, in canonical order.

    site_variants : int[n_sites], row of `program.values`; site_keys : uint64[n_sites, 2], seed and identity
    site_weights : int[n_sites], how many sites each stands for in exchanges; 1 where not given
    Returns State at macro step 0, ledgers holding what was there at the start
    Raises ValueError where cells cannot be placed
    """
    variants = np.asarray(site_variants, dtype=np.int32)
    keys = np.ascontiguousarray(site_keys, dtype=np.uint64).reshape(len(variants), 2)
    weights = np.ones(len(variants), np.int64) if site_weights is None else np.asarray(site_weights, dtype=np.int64)
    state = _without_cells(program, variants, keys, weights)
    _add_first_cells(program, state)
    return state


def _without_cells(program: Program, variants, keys, weights) -> State:
    grid, sites, voxels = program.grid, len(variants), program.grid.n_voxels
    matrix = np.repeat(program.matrix.initial[None], sites, axis=0)
    concentration = _initial_concentration(program, variants)
    content = tabulated(program.values, program.matrix.p_content, 0.0)[variants]
    store = content[:, :, None] * matrix[:, program.matrix.store_matrix] * grid.voxel_volume
    populations, slots, n_matrix = program.n_populations, program.n_slots, program.n_matrix
    substance_ledger = np.zeros((sites, program.n_substances, len(SubstanceTerm)))
    substance_ledger[:, :, SubstanceTerm.START] = concentration.sum(axis=2) * grid.voxel_volume
    tails = {
        "position": (3,), "direction": (3,), "trait": (program.n_traits,), "nodes": (program.n_nodes,),
        "clock": (program.n_hazards,), "clock_threshold": (program.n_hazards,), "pool": (populations,),
        "pool_cargo": (slots,), "bound": (populations,), "bound_cargo": (slots,), "endosomal": (populations,),
        "endosomal_cargo": (slots,), "copies": (program.n_species,), "inserted": (program.n_species,),
        "signal": (len(program.signals.kind),), "behaviour": (program.behaviours.n,),
    }  # fmt: skip
    kinds = {
        "cell_id": np.uint64, "cell_type": np.int16, "cell_state": np.int16, "cell_phase": np.int16,
        "cell_dead": np.int8, "cell_label": np.int32, "cell_bound_for": np.int32,
        "cell_births": np.int32, "stands_for": np.int64, "pool": np.int64, "bound": np.int64,
        "endosomal": np.int64,
    }  # fmt: skip
    per_cell: dict[str, Any] = {
        name: np.zeros((0, *tails.get(name, ())), kinds.get(name, np.float64)) for name in PER_CELL
    }
    return State(
        step=0, site_variant=variants, site_key=keys, site_weight=weights, concentration=concentration,
        held=np.full((sites, program.n_substances), np.nan), matrix=matrix, store=np.ascontiguousarray(store),
        vesicles=np.zeros((sites, populations, voxels), np.int64),
        vesicles_in_matrix=np.zeros((sites, populations, n_matrix, voxels), np.int64),
        cargo=np.zeros((sites, slots, voxels)), cargo_in_matrix=np.zeros((sites, slots, n_matrix, voxels)),
        field_step=np.zeros((sites, program.n_substances)), cell_start=np.zeros(sites + 1, np.int64),
        vesicle_ledger=np.zeros((sites, populations, len(VesicleTerm)), np.int64),
        cargo_ledger=np.zeros((sites, slots, len(VesicleTerm))), substance_ledger=substance_ledger,
        talk=np.zeros((sites, populations, program.n_types, len(Contact)), np.int64),
        delivered_copies=np.zeros((sites, slots, program.n_types)),
        cell_ledger=np.zeros((sites, program.n_types, len(CellTerm)), np.int64),
        work=np.zeros((sites, len(Work)), np.int64), **per_cell,
    )  # fmt: skip


def _initial_concentration(program: Program, variants: NDArray[np.int32]) -> F64:
    """Start values in every voxel; nothing is dissolved where a substance cannot pass, as inside mineral."""
    level = tabulated(program.values, program.substances.p_initial, 0.0)[variants]
    passage = tabulated(program.values, program.substances.p_passage, 1.0)[variants]
    way = np.prod(1.0 - program.matrix.initial[None, None] * (1.0 - passage[..., None]), axis=2)
    return np.ascontiguousarray(level[..., None] * (way > 0.0))


def _add_first_cells(program: Program, state: State) -> None:
    start, sites = program.start, state.n_sites
    n = len(start.type)
    if not n:
        return
    barred = solid_voxels(program, state)[0] if sites else np.zeros(program.grid.n_voxels, dtype=np.bool_)
    event = start.key if len(start.key) else np.zeros(n, dtype=np.uint64)
    row = start.row if len(start.row) else np.arange(n)
    lineages = np.empty(sites * n, dtype=np.uint64)
    streams.founders(np.repeat(state.site_key[:, 1], n), np.tile(event, sites), np.tile(row, sites), lineages)
    new = founding.NewCells(
        site=np.repeat(np.arange(sites, dtype=np.int64), n),
        cell_id=lineages,
        type=np.tile(start.type.astype(np.int16), sites),
        state=np.tile(start.state.astype(np.int16), sites),
        label=np.tile(start.label.astype(np.int32), sites),
        region=np.tile(start.region.astype(np.int64), sites),
        position=np.tile(start.position, (sites, 1)),
        stands_for=np.tile(start.stands_for.astype(np.int64), sites),
    )
    founding.join(program, state, [(new, barred)])
