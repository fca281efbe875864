"""Everything that changes: voxels, cells and ledgers of a batch of sites, as a structure of arrays.

A batch holds `n_sites` copies of one program's site, each with its own variant and random stream. A site's bits do
not depend on which other sites share its batch. Cells are stored in canonical order: by site, then Morton code of
the voxel, then lineage hash; `cell_start[s] : cell_start[s + 1]` are the cells of site s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]


class VesicleTerm(IntEnum):
    """Columns of `vesicle_ledger`, each counted where it happens, none by subtraction (cumulative unless 'now').

    start + RELEASED + DOSED + ARRIVED = free now + matrix-bound now + cell-bound now + endosomal now
        + DELIVERED + DEGRADED + IN_REMOVED + LEFT
    The four 'now' terms are summed from the state (invariants.vesicle_balance). DELIVERED counts particles whose
    cargo reached the cytosol (fused or escaped); DEGRADED: in the medium, in the matrix or in lysosomes.
    """

    START = 0
    RELEASED = 1
    DOSED = 2
    ARRIVED = 3
    DELIVERED = 4
    DEGRADED = 5
    IN_REMOVED = 6
    LEFT = 7


class SubstanceTerm(IntEnum):
    """Columns of `substance_ledger` (molecules, cumulative)."""

    START = 0
    SECRETED = 1
    DOSED = 2
    FROM_STORES = 3
    WALL_IN = 4
    WALL_OUT = 5
    DECAYED = 6
    TAKEN_UP = 7
    REACTED_IN = 8
    REACTED_OUT = 9


class CellTerm(IntEnum):
    """Columns of `cell_ledger` by cell type: cells present, dead ones included = ADDED + DIVIDED + BECAME + ARRIVED
    - REMOVED - LEFT.

    DIVIDED: one per division. BECAME: cells that turned into this type less those that left it. DIED: deaths of cells
    of this type, which stay present until REMOVED. ARRIVED, LEFT: from and for another site.
    """

    ADDED = 0
    DIVIDED = 1
    BECAME = 2
    DIED = 3
    REMOVED = 4
    ARRIVED = 5
    LEFT = 6


class Contact(IntEnum):
    """Columns of `talk`: what population p did to recipients of type t (cumulative particles)."""

    BOUND = 0
    ENDOCYTOSED = 1
    FUSED = 2
    ESCAPED = 3


class Work(IntEnum):
    """Columns of `work`, counters of effort and of rare numerical paths (cumulative).

    MOTION_CUT: macro steps whose mechanics took all sub-steps they may have and left the rest of the motion out.
    """

    FIELD_SUBSTEPS = 0
    V_CYCLES = 1
    REDONE_FIRST_ORDER = 2
    MECHANICS_SUBSTEPS = 3
    PAIRS = 4
    RETURNED_TO_FREE = 5
    MOTION_CUT = 6


@dataclass
class State:
    """Shapes as given; C order. n_cells is the current number of living and dead cells of all sites together.

    In a site of one voxel a simulated cell may stand for many that are like it (`stands_for`). It holds the vesicles of
    all of them (pool, bound, endosomal and their cargo), takes and gives the fluid what all of them do, and counts for
    all of them in every ledger; copies, nodes, clocks, volume and behaviours are those of one cell.
    """

    step: int  # macro steps done
    # sites
    site_variant: I32  # [n_sites]
    site_key: U64  # [n_sites, 2] seed and site identity, the root of every random key
    site_weight: I64  # [n_sites]
    # voxels
    concentration: F64  # [n_sites, n_substances, n_voxels] molecules/µm³
    held: F64  # [n_sites, n_substances] molecules/µm³; NaN: free to change
    matrix: F64  # [n_sites, n_matrix, n_voxels] share of full
    store: F64  # [n_sites, n_stores, n_voxels] molecules
    vesicles: I64  # [n_sites, n_populations, n_voxels] free particles
    vesicles_in_matrix: I64  # [n_sites, n_populations, n_matrix, n_voxels]
    cargo: F64  # [n_sites, n_slots, n_voxels] copies in free particles
    cargo_in_matrix: F64  # [n_sites, n_slots, n_matrix, n_voxels]
    field_step: F64  # [n_sites, n_substances] min, field sub-step to try first (0: the macro step)
    # cells
    cell_start: I64  # [n_sites + 1]
    cell_id: U64  # [n_cells] lineage hash
    cell_type: I16
    cell_state: I16
    cell_phase: I16
    cell_dead: I8  # 0 alive, 1 apoptotic, 2 necrotic
    cell_label: I32
    cell_bound_for: I32  # 1 + number of the site it moves to at the end of the macro step; 0: it stays
    stands_for: I64  # cells that it counts for: 1 where cells have positions; see `State`
    cell_births: I32  # divisions and transitions so far, part of random keys
    cell_age: F64  # min since division or start
    cell_dead_for: F64  # min since death
    position: F64  # [n_cells, 3] µm
    direction: F64  # [n_cells, 3] unit vector of the persistent walk
    volume: F64  # µm³
    volume_target: F64  # µm³, what a cell grows to; inherited
    trait: F64  # [n_cells, n_traits]
    nodes: F64  # [n_cells, n_nodes] 0..1
    clock: F64  # [n_cells, n_hazards] integrated hazard: the clocks, then killing and engulfing by neighbours
    clock_threshold: F64  # [n_cells, n_hazards] drawn once
    pool: I64  # [n_cells, n_populations] particles made, not yet released
    pool_cargo: F64  # [n_cells, n_slots] copies in them
    bound: I64  # [n_cells, n_populations]
    bound_cargo: F64  # [n_cells, n_slots]
    endosomal: I64  # [n_cells, n_populations]
    endosomal_cargo: F64  # [n_cells, n_slots]
    copies: F64  # [n_cells, n_species] functional delivered copies
    inserted: F64  # [n_cells, n_species] membrane molecules inserted by fusion
    # derived on the macro grid, kept for readers
    signal: F64  # [n_cells, n_signals]
    behaviour: F64  # [n_cells, n_behaviours]
    pressure: F64  # [n_cells]
    # ledgers
    vesicle_ledger: I64  # [n_sites, n_populations, 8]
    cargo_ledger: F64  # [n_sites, n_slots, 8] copies, the columns of `VesicleTerm` for each cargo slot
    substance_ledger: F64  # [n_sites, n_substances, 10]
    talk: I64  # [n_sites, n_populations, n_types, 4]
    delivered_copies: F64  # [n_sites, n_slots, n_types] cumulative copies that reached a cytosol (1, 2: a membrane)
    cell_ledger: I64  # [n_sites, n_types, 7], the columns of `CellTerm`
    work: I64  # [n_sites, 7], the columns of `Work`

    @property
    def n_sites(self) -> int:
        return len(self.site_variant)

    @property
    def n_cells(self) -> int:
        return len(self.cell_id)

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array by name, for checkpoints and comparisons; `step` comes as int64[1]."""
        out = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "step"}
        out["step"] = np.array([self.step], dtype=np.int64)
        return out

    def take(self, rows: I64) -> State:
        """Sites `rows` of the batch with their cells, in that order, as a state of their own; copies."""
        size = np.diff(self.cell_start)[rows]
        start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
        cells = np.arange(start[-1]) + np.repeat(self.cell_start[rows] - start[:-1], size)
        arrays = {
            name: np.take(array, cells if name in PER_CELL else rows, axis=0)
            for name, array in self.arrays().items()
            if name not in ("step", "cell_start")
        }
        return State(step=self.step, cell_start=start, **arrays)

    @classmethod
    def joined(cls, parts: Sequence[State]) -> State:
        """Sites of several batches with their cells, one batch after the other, at the same step; copies."""
        arrays = [part.arrays() for part in parts]
        whole = {name: np.concatenate([own[name] for own in arrays]) for name in arrays[0] if name != "cell_start"}
        start = np.concatenate(([0], np.cumsum(np.concatenate([np.diff(part.cell_start) for part in parts]))))
        return cls.from_arrays({**whole, "cell_start": start.astype(np.int64)})

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> State:
        rest = {f.name: arrays[f.name] for f in fields(cls) if f.name != "step"}
        return cls(step=int(arrays["step"][0]), **rest)


PER_CELL = (
    "cell_id", "cell_type", "cell_state", "cell_phase", "cell_dead", "cell_label", "cell_bound_for", "stands_for",
    "cell_births",
    "cell_age", "cell_dead_for", "position", "direction", "volume", "volume_target", "trait", "nodes", "clock",
    "clock_threshold", "pool", "pool_cargo", "bound", "bound_cargo", "endosomal", "endosomal_cargo", "copies",
    "inserted", "signal", "behaviour", "pressure",
)  # fmt: skip
