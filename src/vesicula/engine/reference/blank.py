"""The smallest programs and states: everything absent, nothing moving, to be changed field by field.

For tests, benchmarks and worked examples of single engine parts; `dataclasses.replace` puts in what a case needs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from vesicula.engine import program as p
from vesicula.engine.state import PER_CELL, CellTerm, State
from vesicula.engine.system import Barriers, Exchange, Flows, Passages, System, SystemState, Transfers

SILENCING_COLUMNS = (
    "type", "family", "node", "p_mrna", "p_lambda", "p_kappa", "p_kappa_undisturbed", "lag_type", "lag_node",
    "lag_column", "p_lag",
)  # fmt: skip


def absent(*shape: int) -> np.ndarray:
    """Index table in which every parameter is absent, int32."""
    return np.full(shape, p.NONE, dtype=np.int32)


def flags(*shape: int) -> np.ndarray:
    """Table of zeros, int8."""
    return np.zeros(shape, dtype=np.int8)


def blank_behaviours(n_types: int, n_substances: int, n_matrix: int, *, n: int = 0) -> p.Behaviours:
    """A behaviour table with n columns, none of which has a meaning yet."""
    sizes = {"substance": n_substances, "matrix": n_matrix, "cell": n_types}
    shapes = {"route": (0, p.N_ROUTES), "p_base": (n_types, 1, n)}
    table = {
        each.name: p.NONE
        if each.type == "int"
        else absent(*shapes.get(each.name, (sizes.get(each.metadata.get("over", ""), 0),)))
        for each in dataclasses.fields(p.Behaviours)
    }
    start = np.zeros(n_types * n + 1, dtype=np.int32)
    return p.Behaviours(**{**table, "n": n, "rule_start": start, "rule_direction": flags(0), "rule_averaged": 0})


def blank_program(
    grid: p.Grid, *, n_types: int = 1, n_substances: int = 0, n_matrix: int = 0, macro_step: float = 6.0,
    values: ArrayLike = ((),),
) -> p.Program:  # fmt: skip
    """A program in which nothing happens; values : float64[n_variants, n_parameters]."""
    no_row = absent(0)
    vesicle_tables = {
        name: absent(n_types, 0)
        for name in (
            "p_receptors", "p_internalise", "p_detach", "p_escape", "p_lysosome", "p_half_saturation", "ligand",
        )
    }  # fmt: skip
    vesicle_columns = {
        name: no_row
        for name in (
            "p_diffusion", "p_decay", "p_residence", "donor", "slot_population", "slot_species",
            "p_copies",
        )
    }  # fmt: skip
    network_columns = {
        name: no_row
        for name in (
            "p_maximum", "p_time", "p_initial", "p_memory_threshold", "p_memory_gain", "p_clamp", "gate_signal",
            "p_weight", "p_hill", "p_ec50", "p_half",
        )
    }  # fmt: skip
    silencing_columns = dict.fromkeys(SILENCING_COLUMNS, no_row)
    silencing_tables = {
        name: absent(n_types, 0)
        for name in ("p_own", "p_own_undisturbed", "p_competitor_sites", "p_competitor_lambda", "p_competitor_kappa")
    }
    traits = {name: absent(n_types, 0) for name in ("p_trait_mean", "p_trait_spread", "p_trait_drift")}
    return p.Program(
        grid=grid, macro_step=macro_step, n_types=n_types, n_states=1, n_species=0, n_traits=0, n_nodes=0,
        substances=p.Substances(
            p_diffusion=absent(n_substances), p_decay=absent(n_substances), p_initial=absent(n_substances),
            p_wall=absent(n_substances, 6), wall=flags(n_substances, 6), p_passage=absent(n_substances, n_matrix),
            moved_by_flow=flags(n_substances),
        ),
        reactions=p.Reactions(
            kind=flags(0), a=no_row, b=no_row, product=no_row, p_forward=no_row, p_backward=no_row
        ),
        matrix=p.Matrix(
            solid=flags(n_matrix), store_matrix=no_row, store_substance=no_row, p_content=no_row,
            p_new_content=no_row, p_enzyme_rate=absent(n_matrix, n_substances),
            initial=np.zeros((n_matrix, grid.n_voxels)),
        ),
        vesicles=p.Vesicles(
            slot_kind=flags(0), p_bind=absent(0, n_matrix), p_unbind=absent(0, n_matrix), wall=flags(0, 6),
            p_passage=absent(0, n_matrix), moved_by_flow=flags(0), **vesicle_columns, **vesicle_tables,
        ),
        cargo=p.Cargo(
            p_degradation=no_row, p_loading=absent(n_types, 0), p_own=absent(n_types, 0), family=no_row,
            whole_copies=flags(0),
        ),
        silencing=p.Silencing(n_families=0, **silencing_columns, **silencing_tables),
        sequestration=p.Sequestration(type=no_row, species=no_row, node=no_row, p_capacity=no_row, p_kd=no_row),
        signals=p.Signals(kind=flags(0), argument=no_row, type=no_row),
        networks=p.Networks(
            node_start=np.zeros(n_types + 1, dtype=np.int32), gate_start=np.zeros(1, dtype=np.int32),
            gate_operation=flags(0), **network_columns,
        ),
        behaviours=blank_behaviours(n_types, n_substances, n_matrix),
        sensing=p.Sensing(*(absent(n_types, n_substances) for _ in range(5))),
        lifecycle=p.Lifecycle(
            type=no_row, state=no_row, phase=no_row, p_steps=no_row, effect=flags(0), to_type=no_row, to_state=no_row,
            site=no_row, to_site=no_row, p_clearance=absent(n_types, 2), n_phases=np.zeros(n_types, dtype=np.int32),
        ),
        cell_types=p.CellTypes(
            absent(n_types), absent(n_types), absent(n_types), flags(n_types), **traits,
            p_affinity=absent(n_types, n_types), p_confluence=absent(n_types),
        ),
        protocol=p.Protocol(
            step=np.zeros(0, dtype=np.int64), kind=flags(0), what=no_row, state=no_row, region=no_row, p_amount=no_row,
            key=np.zeros(0, dtype=np.uint64), stands_for=np.zeros(0, dtype=np.int64),
        ),
        start=p.Start(no_row, no_row, no_row, no_row, np.zeros((0, 3)), np.zeros(0, dtype=np.int64)),
        regions=np.zeros((0, grid.n_voxels), dtype=np.bool_), flow=np.zeros((3, grid.n_voxels)),
        values=np.array(values, dtype=np.float64),
    )  # fmt: skip


def no_flows() -> Flows:
    """No site perfuses another."""
    return Flows(first=absent(0), second=absent(0), p_flow=absent(0), share=np.zeros(0))


def blank_exchange(n_types: int = 1, n_things: int = 0) -> Exchange:
    """Sites between which nothing passes; things: substances and vesicle populations."""
    no_row = absent(0)
    by_type = {name: absent(n_types, n_things) for name in ("p_closed", "p_open", "p_transcytosis", "p_endocytosis")}
    by_closer = {name: no_row for name in ("closer_type", "closer_node", "p_closer_half", "p_closer_hill")}
    return Exchange(
        Barriers(
            first=no_row, second=no_row, area=np.zeros(0), p_filter=absent(0, n_things), **by_type, **by_closer,
            p_resistance_closed=absent(n_types), p_resistance_open=absent(n_types),
        ),
        Transfers(
            step=np.zeros(0, dtype=np.int64), source=no_row, target=no_row, fraction=flags(0), p_share=no_row,
            p_drawn=no_row, scale=np.zeros(0), key=np.zeros(0, dtype=np.uint64),
        ),
        no_flows(), Passages(share=np.zeros(0), stands_for=np.zeros(0, dtype=np.int64)),
    )  # fmt: skip


def system_of(sites: Sequence[p.Program], exchange: Exchange | None = None, *, names: Sequence[str] = ()) -> System:
    """Sites, called by their numbers and with nothing that passes between them unless it is said."""
    nothing = blank_exchange(sites[0].n_types, sites[0].n_substances + sites[0].n_populations)
    return System(tuple(sites), _called(names, sites), nothing if exchange is None else exchange)


def states_of(*sites: State, names: Sequence[str] = ()) -> SystemState:
    """States of the sites of a system, in its order."""
    return SystemState(sites, _called(names, sites))


def _called(names: Sequence[str], sites: Sequence[object]) -> tuple[str, ...]:
    return tuple(names) if names else tuple(map(str, range(len(sites))))


def blank_state(program: p.Program, positions: Sequence[ArrayLike], *, volume: float = 1000.0, seed: int = 1) -> State:
    """A state with cells of type 0 at the given places.

    positions : one float64[n, 3] array per site, µm; cells get lineage hashes in this order, distinct over all sites
    """
    places = [np.asarray(x, dtype=np.float64).reshape(-1, 3) for x in positions]
    sites, cells, voxels = len(places), sum(len(x) for x in places), program.grid.n_voxels
    shape = {
        "cell_id": ((), np.uint64), "cell_type": ((), np.int16), "cell_state": ((), np.int16),
        "cell_phase": ((), np.int16), "cell_dead": ((), np.int8), "cell_label": ((), np.int32),
        "cell_bound_for": ((), np.int32), "stands_for": ((), np.int64),
        "cell_births": ((), np.int32), "pool": ((program.n_populations,), np.int64),
        "bound": ((program.n_populations,), np.int64), "endosomal": ((program.n_populations,), np.int64),
        "position": ((3,), np.float64), "direction": ((3,), np.float64), "trait": ((program.n_traits,), np.float64),
        "nodes": ((program.n_nodes,), np.float64), "clock": ((program.n_hazards,), np.float64),
        "clock_threshold": ((program.n_hazards,), np.float64), "pool_cargo": ((program.n_slots,), np.float64),
        "bound_cargo": ((program.n_slots,), np.float64), "endosomal_cargo": ((program.n_slots,), np.float64),
        "copies": ((program.n_species,), np.float64), "inserted": ((program.n_species,), np.float64),
        "signal": ((len(program.signals.kind),), np.float64), "behaviour": ((program.behaviours.n,), np.float64),
    }  # fmt: skip
    per_cell = {}
    for name in PER_CELL:
        tail, kind = shape.get(name, ((), np.float64))
        per_cell[name] = np.zeros((cells, *tail), dtype=kind)
    per_cell["position"] = np.concatenate([*places, np.empty((0, 3))])
    per_cell["volume"] = np.full(cells, float(volume))
    per_cell["stands_for"] = np.ones(cells, dtype=np.int64)
    per_cell["volume_target"] = per_cell["volume"].copy()
    per_cell["cell_id"] = (np.arange(1, cells + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    substances, matrix, populations = program.n_substances, program.n_matrix, program.n_populations
    return State(
        step=0, site_variant=np.zeros(sites, dtype=np.int32),
        site_key=np.array([[seed, s] for s in range(sites)], dtype=np.uint64).reshape(-1, 2),
        site_weight=np.ones(sites, dtype=np.int64),
        concentration=np.zeros((sites, substances, voxels)), held=np.full((sites, substances), np.nan),
        matrix=np.repeat(program.matrix.initial[None], sites, axis=0),
        store=np.zeros((sites, program.n_stores, voxels)),
        vesicles=np.zeros((sites, populations, voxels), dtype=np.int64),
        vesicles_in_matrix=np.zeros((sites, populations, matrix, voxels), dtype=np.int64),
        cargo=np.zeros((sites, program.n_slots, voxels)),
        cargo_in_matrix=np.zeros((sites, program.n_slots, matrix, voxels)),
        field_step=np.zeros((sites, substances)),
        cell_start=np.concatenate(([0], np.cumsum([len(x) for x in places]))).astype(np.int64),
        vesicle_ledger=np.zeros((sites, populations, 8), dtype=np.int64),
        cargo_ledger=np.zeros((sites, program.n_slots, 8)),
        substance_ledger=np.zeros((sites, substances, 10)),
        talk=np.zeros((sites, populations, program.n_types, 4), dtype=np.int64),
        delivered_copies=np.zeros((sites, program.n_slots, program.n_types)),
        cell_ledger=np.zeros((sites, program.n_types, len(CellTerm)), dtype=np.int64),
        work=np.zeros((sites, 7), dtype=np.int64), **per_cell,
    )  # fmt: skip
