"""Cells that enter from outside: at the start, or added by the protocol.

Everything drawn about such a cell is keyed by its lineage hash (site, event, row), so it does not depend on the batch.
A culture that is added is asynchronous: division clocks and cycle phases start somewhere inside their interval, at
equilibrium (the interval an outside moment falls into is Erlang(k + 1), the moment uniform in it; for k = 1 this is
the memoryless clock). Cells whose state holds them in a phase rest there. All other clocks start at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import behaviours, order
from vesicula.engine.cache import device, kernel
from vesicula.engine.groups import Founders, Inborn, LifeTables
from vesicula.engine.once import once
from vesicula.engine.parameters import parameter
from vesicula.engine.program import Effect, Program
from vesicula.engine.room import NoRoom
from vesicula.engine.state import PER_CELL, CellTerm, State
from vesicula.engine.streams import Purpose, erlang, normal, stream_key, uniform, uniform_pair

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

POSITION, TRAIT, VOLUME = int(Purpose.START_POSITION), int(Purpose.START_TRAIT), int(Purpose.START_VOLUME)
THRESHOLD = int(Purpose.THRESHOLD)
C_TYPE, C_STATE, C_PHASE, C_STEPS, C_EFFECT, C_TO_TYPE, C_TO_STATE, C_COLUMN, C_SITE, C_TO_SITE = range(10)
NEXT_PHASE = int(Effect.NEXT_PHASE)  # effects up to this one belong to division
PHASE_DRAW = 0xFFFFFFFF  # counter of the phase draw, which belongs to no clock


@device
def shape_of(values, v, p_steps):
    """Erlang shape of a clock, int ≥ 1."""
    return max(1, int(parameter(values, v, p_steps, 1.0) + 0.5))


@device
def scattered(mean, spread, z):
    """Log-normal value with median `mean` and geometric standard deviation `spread` (≤ 1: none) at score z."""
    return mean * spread**z if spread > 1.0 else mean


@device
def starting_node(values, v, p_initial, p_clamp):
    """Activity with which a node starts: its clamp where that holds a number, else its initial value."""
    clamp = parameter(values, v, p_clamp, np.nan)
    return parameter(values, v, p_initial, 0.0) if np.isnan(clamp) else clamp


@device
def starting_phase(values, v, cell_type, cell_state, clocks, p_base, n_phases, u):
    """Cycle phase drawn in proportion to the phases' mean durations at base rate.

    A phase without end, or one that does not end in the cell's state, takes all: it is where such cells rest.
    """
    total = 0.0
    for attempt in range(2):
        passed = 0.0
        for phase in range(n_phases):
            ends = False
            for c in range(clocks.shape[0]):
                if clocks[c, C_STATE] >= 0 and clocks[c, C_STATE] != cell_state:
                    continue
                if clocks[c, C_TYPE] == cell_type and clocks[c, C_PHASE] == phase and clocks[c, C_EFFECT] <= NEXT_PHASE:
                    ends = True
                    rate = parameter(values, v, p_base[cell_type, cell_state, clocks[c, C_COLUMN]], 0.0)
                    if not rate > 0.0:
                        return phase
                    passed += 1.0 / rate
                    if attempt == 1 and passed >= u * total:
                        return phase
            if not ends:
                return phase
        total = passed
    return 0


@device
def start_clocks(values, v, key, name, cell_id, cell_type, clocks, clock, threshold):
    """Thresholds of all hazards of a new cell, and how far its division clocks have already run."""
    n_clocks = clocks.shape[0]
    for c in range(n_clocks + 2):
        clock[c] = 0.0
        if c >= n_clocks or clocks[c, C_TYPE] != cell_type:
            threshold[c] = erlang(key ^ name[c], cell_id, 0, 1)
            continue
        shape = shape_of(values, v, clocks[c, C_STEPS])
        if clocks[c, C_EFFECT] <= NEXT_PHASE:
            threshold[c] = erlang(key ^ name[c], cell_id, 0, shape + 1)
            clock[c] = threshold[c] * uniform_pair(key ^ name[c], cell_id, 0, shape + 2)[0]
        else:
            threshold[c] = erlang(key ^ name[c], cell_id, 0, shape)


@kernel(
    "void(uint64[:, ::1], int64, uint64[::1], int64[::1], int64[::1], int64[::1], int64, int64, float64, float64,"
    " int64, float64[:, ::1])"
)
def place(
    site_key, step, cell_id, region, open_start, open_voxel, nx, ny, voxel, height, dimensions, position
):  # fmt: skip
    """Draw places for cells whose position is NaN, uniform in the open voxels of their region.

    site_key : uint64[n_cells, 2]; region : int64[n_cells], list k of open_voxel[open_start[k] : open_start[k + 1]]
    """
    for i in range(cell_id.shape[0]):
        first, n = open_start[region[i]], open_start[region[i] + 1] - open_start[region[i]]
        if not np.isnan(position[i, 0]) or n == 0:
            continue
        key = stream_key(site_key[i, 0], site_key[i, 1], step, POSITION)
        u, x = uniform_pair(key, cell_id[i], 0, 0)
        y, z = uniform_pair(key, cell_id[i], 1, 0)
        v = open_voxel[first + min(n - 1, int(u * n))]
        position[i, 0] = (v % nx + x) * voxel
        position[i, 1] = (v // nx % ny + y) * voxel
        position[i, 2] = (v // (nx * ny) + (z if dimensions > 2 else 0.5)) * height


@kernel("void(float64[:, ::1], uint64[::1], uint64[::1], LifeTables, Founders, Inborn)")
def found(values, clock_name, trait_name, tables, cells, out):
    """Draw volume, traits, phase and clocks of new cells, and set their nodes.

    clock_name : uint64[n_clocks + 2], trait_name : uint64[n_traits], see `stream_names.StreamNames`
    """
    for i in range(cells.id.shape[0]):
        v, t = cells.variant[i], cells.type[i]
        seed, site = cells.site_key[i, 0], cells.site_key[i, 1]
        key = stream_key(seed, site, 0, VOLUME)
        spread = parameter(values, v, tables.volume[1, t], 1.0)
        out.volume[i] = scattered(parameter(values, v, tables.volume[0, t], 0.0), spread, normal(key, cells.id[i], 0))
        key = stream_key(seed, site, 0, TRAIT)
        for k in range(out.trait.shape[1]):
            spread = parameter(values, v, tables.trait[1, t, k], 1.0)
            out.trait[i, k] = scattered(
                parameter(values, v, tables.trait[0, t, k], 1.0), spread, normal(key ^ trait_name[k], cells.id[i], 0)
            )
        for r in range(tables.node_start[t], tables.node_start[t + 1]):
            out.nodes[i, r - tables.node_start[t]] = starting_node(values, v, tables.node[0, r], tables.node[1, r])
        key = stream_key(seed, site, 0, THRESHOLD)
        start_clocks(values, v, key, clock_name, cells.id[i], t, tables.clocks, out.clock[i], out.threshold[i])
        if tables.n_phases[t] > 1:
            u = uniform(key, cells.id[i], PHASE_DRAW)
            out.phase[i] = starting_phase(
                values, v, t, cells.state[i], tables.clocks, tables.base, tables.n_phases[t], u
            )  # fmt: skip


@once
def clock_table(program: Program) -> NDArray[np.int32]:
    """Hazard clocks as kernels read them, int32[n_clocks, 10], columns `C_…`; C_COLUMN is the behaviour column."""
    table = program.lifecycle
    columns = (table.type, table.state, table.phase, table.p_steps, table.effect, table.to_type, table.to_state)
    places = (program.behaviours.clock, table.site, table.to_site)
    return np.column_stack((*columns, *places)).astype(np.int32).reshape(-1, 10)


@once
def life_tables(program: Program) -> LifeTables:
    """What kernels read of the life of cells."""
    types, networks, signals = program.cell_types, program.networks, program.signals
    base, rule_start, rules, trait_pairs = behaviours.tables(program)
    return LifeTables(
        clocks=clock_table(program), n_phases=program.lifecycle.n_phases,
        volume=np.stack((types.p_volume, types.p_volume_spread)),
        trait=np.stack((types.p_trait_mean, types.p_trait_spread)), drift=types.p_trait_drift,
        node_start=networks.node_start, node=np.stack((networks.p_initial, networks.p_clamp)), base=base,
        rule_start=rule_start, rules=rules, trait_pairs=trait_pairs,
        signal=np.stack((signals.kind.astype(np.int32), signals.argument, signals.type)),
    )  # fmt: skip


def open_lists(program: Program, barred: NDArray[np.bool_]) -> tuple[I64, I64]:
    """Open voxels of the whole site (list 0) and of every region (list 1 + region): start, voxel.

    barred : bool[n_voxels]
    """
    lists = [np.flatnonzero(~barred), *(np.flatnonzero(mask & ~barred) for mask in program.regions)]
    start = np.concatenate(([0], np.cumsum([len(x) for x in lists]))).astype(np.int64)
    return start, np.concatenate(lists).astype(np.int64)


def shared_out(cells: int, stands_for: int) -> I64:
    """How many each simulated cell stands for, int64[n]: `cells` in all, about `stands_for` each and no fewer."""
    n = max(cells // stands_for, min(cells, 1))
    each, over = divmod(cells, max(n, 1))
    return np.where(np.arange(n) < over, each + 1, each).astype(np.int64)


@dataclass(frozen=True)
class NewCells:
    """What is known of cells before anything is drawn: arrays of one length; position NaN where it is to be drawn."""

    site: I64
    cell_id: U64
    type: NDArray[np.int16]
    state: NDArray[np.int16]
    label: NDArray[np.int32]
    region: I64
    position: NDArray[np.float64]
    stands_for: I64


def drawn(program: Program, state: State, new: NewCells, barred: NDArray[np.bool_]) -> dict[str, np.ndarray]:
    """All per-cell arrays of new cells, by name.

    barred : bool[n_voxels], voxels in which no cell can be; all sites of one call share it
    Raises NoRoom where a region has no open voxel
    """
    n, grid = len(new.cell_id), program.grid
    arrays: dict[str, np.ndarray] = {
        name: np.zeros((n, *getattr(state, name).shape[1:]), getattr(state, name).dtype) for name in PER_CELL
    }
    arrays["cell_id"], arrays["cell_label"], arrays["stands_for"] = new.cell_id, new.label, new.stands_for
    arrays["cell_type"], arrays["cell_state"] = new.type, np.maximum(new.state, 0).astype(np.int16)
    arrays["position"] = np.ascontiguousarray(new.position, dtype=np.float64).copy()
    key, variant = state.site_key[new.site], state.site_variant[new.site].astype(np.int64)
    open_start, open_voxel = open_lists(program, barred)
    wanted = new.region[np.isnan(new.position[:, 0])] + 1
    if np.any(np.diff(open_start)[wanted] == 0):
        raise NoRoom("cells cannot be placed: a region has no voxel outside solid matrix")
    place(
        key, state.step, new.cell_id, new.region + 1, open_start, open_voxel, grid.nx, grid.ny, grid.voxel, grid.height,
        grid.dimensions, arrays["position"],
    )  # fmt: skip
    founders = Founders(
        site_key=key, id=new.cell_id, type=arrays["cell_type"], state=arrays["cell_state"], variant=variant
    )  # fmt: skip
    inborn = Inborn(
        phase=arrays["cell_phase"], volume=arrays["volume"], trait=arrays["trait"], nodes=arrays["nodes"],
        clock=arrays["clock"], threshold=arrays["clock_threshold"],
    )  # fmt: skip
    names = program.stream_names
    found(program.values, names.clock, names.trait, life_tables(program), founders, inborn)
    arrays["volume_target"] = arrays["volume"].copy()
    return arrays


def join(program: Program, state: State, groups: Sequence[tuple[NewCells, NDArray[np.bool_]]]) -> None:
    """Draw new cells, add them to the state in canonical order and count them as ADDED.

    groups : cells, with the barred voxels bool[n_voxels] that hold for all their sites
    """
    if not groups:
        return
    batches = [drawn(program, state, new, barred) for new, barred in groups]
    for new, _ in groups:
        np.add.at(state.cell_ledger[:, :, int(CellTerm.ADDED)], (new.site, new.type), new.stands_for)
    joining = {name: np.concatenate([arrays[name] for arrays in batches]) for name in PER_CELL}
    site = np.concatenate([new.site for new, _ in groups])
    order.replace(program, state, np.arange(state.n_cells), joining, site)
