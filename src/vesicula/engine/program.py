"""What the engine runs: one site's structure and the parameter values of every variant.

A `Program` holds no names, units or files. Every number that may differ between variants (arms, doses,
knock-outs, parameter draws) is a column of `values`; tables hold column indices (`p_…`, int32, `NONE` = absent,
read as 0). Internal units: µm, minute, molecule, particle, copy, cell; concentration in molecules/µm³.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.kinetic_tables import Kinetics
from vesicula.engine.stream_names import StreamNames, numbered, unnamed

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]

NONE = -1
ROUTE_FUSION, ROUTE_ENDOCYTOSIS, ROUTE_BINDING = 0, 1, 2
N_ROUTES = 3


class Wall(IntEnum):
    """What a field meets at one of the six outer faces (order: x-, x+, y-, y+, z-, z+)."""

    CLOSED = 0
    HELD = 1
    OPEN = 2


class Signal(IntEnum):
    """Kinds of signal a cell can read; `argument` says which one."""

    SUBSTANCE = 0
    NODE = 1
    CARGO = 2
    MATRIX = 3
    PRESSURE = 4
    CONTACT = 5
    TRAIT = 6
    SURFACE = 7
    INSERTED = 8
    COPIES = 9


class Gate(IntEnum):
    """Operations of the postfix gate programs of network nodes."""

    ACTIVATE = 0
    INHIBIT = 1
    AND = 2
    OR = 3


class Effect(IntEnum):
    """What happens when a hazard clock fires."""

    DIVIDE = 0
    NEXT_PHASE = 1
    APOPTOSIS = 2
    NECROSIS = 3
    TRANSITION = 4
    REMOVE = 5
    LEAVE = 6


class Reaction(IntEnum):
    """BIND: a + b <-> product (p_forward per concentration and minute, p_backward per minute).
    CONVERT: a -> product, first order (p_forward per minute).
    ENZYME_FLUID: a -> product by substance b; ENZYME_CELL: by copies on cells (b = behaviour column);
    ENZYME_VESICLE: by surface copies on free vesicles (b = cargo slot). p_forward = kcat, p_backward = Km.
    """

    BIND = 0
    CONVERT = 1
    ENZYME_FLUID = 2
    ENZYME_CELL = 3
    ENZYME_VESICLE = 4


class Event(IntEnum):
    """Protocol steps. All of them happen at the start of a macro step; amount = values[variant, p_amount].

    DOSE_SUBSTANCE: molecules, spread evenly over the open voxels of the region. HOLD_SUBSTANCE: molecules/µm³ from now
    on, in the whole site (NaN: not in this variant); RELEASE_HOLD ends it where its amount is above 0 (NONE: 1).
    DOSE_VESICLES: particles. ADD_CELLS: cells, placed at random. ADD_COPIES: functional copies of the species, in each
    living cell of type `state` in the region. SHUFFLE_CELLS: those of the type (NONE: all types) in the region change
    places with each other where the amount is above 0. Shares (NONE: 1, all): REMOVE_CELLS of the type (NONE:
    all types), REMOVE_MATRIX of the component (NONE: all) with what it stores and binds, WASH of all dissolved
    substances and free vesicles.
    """

    DOSE_SUBSTANCE = 0
    HOLD_SUBSTANCE = 1
    RELEASE_HOLD = 2
    DOSE_VESICLES = 3
    ADD_CELLS = 4
    REMOVE_CELLS = 5
    REMOVE_MATRIX = 6
    WASH = 7
    ADD_COPIES = 8
    SHUFFLE_CELLS = 9


@dataclass(frozen=True)
class Grid:
    """A box of voxels. 2D sites have nz = 1 and the site's depth as voxel height; a pool is one voxel.

    voxel : float, µm, edge in the plane (and of the height in 3D)
    height : float, µm, edge along z
    area : float, µm², culture surface of a dish, whose cells touch as their density says; 0: cells have positions, or
    float (pool)
    Voxel v = (z * ny + y) * nx + x; position x runs from 0 to nx * voxel.
    """

    nx: int
    ny: int
    nz: int
    voxel: float
    height: float
    dimensions: int
    area: float = 0.0

    @property
    def n_voxels(self) -> int:
        return self.nx * self.ny * self.nz

    @property
    def voxel_volume(self) -> float:
        return self.voxel * self.voxel * self.height


@dataclass(frozen=True)
class Substances:
    """p_… : int32[n_substances]; wall : int8[n_substances, 6]; p_wall : int32[n_substances, 6]
    p_passage : int32[n_substances, n_matrix]
    """

    p_diffusion: I32  # µm²/min
    p_decay: I32  # 1/min
    p_initial: I32  # molecules/µm³
    p_wall: I32  # molecules/µm³ at HELD faces
    wall: I8
    p_passage: I32  # D in full matrix / D in none; NONE = 1
    moved_by_flow: I8


@dataclass(frozen=True)
class Reactions:
    """One row per reaction; kind is a `Reaction`. b means substance, behaviour column or cargo slot by kind."""

    kind: I8
    a: I32
    b: I32
    product: I32  # NONE: the product is not followed
    p_forward: I32
    p_backward: I32


@dataclass(frozen=True)
class Matrix:
    """Solid components; density in shares of full (0..1). Stores are molecules/µm³ of full matrix.

    solid : int8[n_matrix], 1 where density above one half bars cells
    store_matrix, store_substance : int32[n_stores]; p_content : int32[n_stores], at the start
    p_new_content : int32[n_stores], in newly deposited matrix
    p_enzyme_rate : int32[n_matrix, n_substances], 1/min per molecule/µm³ of enzyme (NONE: not degraded by it)
    initial : float64[n_matrix, n_voxels]
    """

    solid: I8
    store_matrix: I32
    store_substance: I32
    p_content: I32
    p_new_content: I32
    p_enzyme_rate: I32
    initial: F64


@dataclass(frozen=True)
class Vesicles:
    """One population = one class of particles from one donor type (and one size class).

    p_diffusion µm²/min; p_decay 1/min; p_residence min in the endosomal pool (NONE: made at the membrane)
    donor : int32[n_populations], cell type, NONE for added preparations
    slot_population, slot_species : int32[n_slots]; p_copies : int32[n_slots], copies per particle before loading
    slot_kind : int8[n_slots]: 0 luminal, 1 membrane, 2 surface (fusion inserts both 1 and 2 into the cell)
    slots are sorted by population
    p_bind, p_unbind : int32[n_populations, n_matrix], 1/min at full density and 1/min
    wall : int8[n_populations, 6]; p_passage as for substances
    p_receptors : int32[n_types, n_populations], surface sites for the binding route (NONE: not limited)
    p_internalise, p_detach : int32[n_types, n_populations], 1/min, from the bound state
    p_escape : int32[n_types, n_populations], share of endosomal particles whose lumen reaches the cytosol
    p_lysosome : int32[n_types, n_populations], 1/min, degradation in the endosome
    p_half_saturation : int32[n_types, n_populations], particles/µm³ of the cell's endocytosis (NONE: linear)
    ligand : int32[n_types, n_populations], cargo slot of the population by which the cell binds it: the clearance by
    binding is then one per copy (NONE: whatever a particle carries)
    """

    p_diffusion: I32
    p_decay: I32
    p_residence: I32
    donor: I32
    slot_population: I32
    slot_species: I32
    p_copies: I32
    slot_kind: I8
    p_bind: I32
    p_unbind: I32
    wall: I8
    p_passage: I32
    p_receptors: I32
    p_internalise: I32
    p_detach: I32
    p_escape: I32
    p_lysosome: I32
    p_half_saturation: I32
    ligand: I32
    moved_by_flow: I8


@dataclass(frozen=True)
class Cargo:
    """Molecular species that vesicles carry; miRNA species belong to seed families.

    p_degradation : int32[n_species], 1/min, in the recipient's cytosol and, where fusion inserted it, membrane
    p_loading : int32[n_types, n_slots], share of delivered copies that becomes functional (AGO, active); NONE: 1
    p_own : int32[n_types, n_species], copies a cell has of its own, for readers (`Silencing.p_own` sums them by family)
    family : int32[n_species], NONE if not a miRNA
    whole_copies : int8[n_species], 1 where delivery is drawn as integers
    """

    p_degradation: I32
    p_loading: I32
    p_own: I32
    family: I32
    whole_copies: I8


@dataclass(frozen=True)
class Silencing:
    """miRNA families act on nodes of one cell type (numerics: titration with competitors).

    One row per target: type, family, node (column within the type), p_mrna copies r0, p_lambda copies, p_kappa
    p_own : int32[n_types, n_families] own functional copies
    p_kappa_undisturbed, p_own_undisturbed : the same in the cell that no arm disturbs, of which nodes are at rest
    p_competitor_sites, p_competitor_lambda, p_competitor_kappa : int32[n_types, n_families]
    One row per target whose mRNA follows with a lag: lag_type, lag_node, p_lag its mean life in min, and lag_column,
    the column of `State.nodes`, behind those of all nodes, that holds the share of the mRNA that silencing has taken
    """

    type: I32
    family: I32
    node: I32
    p_mrna: I32
    p_lambda: I32
    p_kappa: I32
    p_kappa_undisturbed: I32
    p_own: I32
    p_own_undisturbed: I32
    p_competitor_sites: I32
    p_competitor_lambda: I32
    p_competitor_kappa: I32
    lag_type: I32
    lag_node: I32
    lag_column: I32
    p_lag: I32
    n_families: int


@dataclass(frozen=True)
class Sequestration:
    """Nodes that hold cargo copies back (`SRP9 sequesters RN7SL1`): one row per cell type, species and node.

    p_capacity copies bound at full activity of the node, p_kd copies
    """

    type: I32
    species: I32
    node: I32
    p_capacity: I32
    p_kd: I32


@dataclass(frozen=True)
class Signals:
    """Everything some rule or edge reads, one column each: kind is a `Signal`, argument its index.

    For NODE the argument is the node column within the cell's own type; `type` restricts a row (NONE: all).
    SURFACE (copies outside on vesicles bound to the cell), INSERTED, CARGO, COPIES: species. CONTACT: a type, NONE any
    living cell, n_types any dead cell.
    """

    kind: I8
    argument: I32
    type: I32


@dataclass(frozen=True)
class Networks:
    """Node rows sorted by type; node k of type t is row node_start[t] + k and column k of `State.nodes`.

    Gate programs are postfix: rows gate_start[r] .. gate_start[r+1] of the gate table. ACTIVATE and INHIBIT push
    the normalised Hill of signal `gate_signal` (weight, hill, ec50); signals of kind SUBSTANCE, CARGO, … first
    pass x/(x + half) when p_half is present. An empty program: the node stays at p_initial.
    Memory: p_memory_threshold, p_memory_gain present where a node keeps itself (see networks.memory_constants).
    p_clamp : present where an arm or user fixes the node; NaN in `values` = free.
    """

    node_start: I32  # int32[n_types + 1]
    p_maximum: I32
    p_time: I32  # min
    p_initial: I32
    p_memory_threshold: I32
    p_memory_gain: I32
    p_clamp: I32
    gate_start: I32  # int32[n_node_rows + 1]
    gate_operation: I8
    gate_signal: I32
    p_weight: I32
    p_hill: I32
    p_ec50: I32
    p_half: I32


OVER_SUBSTANCES, OVER_MATRIX, OVER_CELLS = {"over": "substance"}, {"over": "matrix"}, {"over": "cell"}
"""What the columns of a behaviour run over, where there are several."""


@dataclass(frozen=True)
class Behaviours:
    """Columns of `State.behaviour` by meaning; NONE where no cell has it. Base values by type and state.

    secretion : int32[n_substances] molecules/min; uptake : int32[n_substances] µm³/min (clearance)
    release : int32[n_populations] particles/min
    route : int32[n_populations, 3] µm³/min clearance by fusion, endocytosis, binding (per copy of a ligand, if any)
    loading : int32[n_slots] factor on p_copies
    clock : int32[n_clocks] 1/min
    speed µm/min, persistence min, bias and turning 0..1
    attraction : int32[n_substances], haptotaxis : int32[n_matrix], weights
    adhesion, repulsion : µm/min; resorption, deposition : int32[n_matrix] µm³/min
    kill : int32[n_types] 1/min per contact; engulf : 1/min per contact with a dead cell
    enzyme : int32[n_enzymes] copies on the surface of the cell
    p_base : int32[n_types, n_states, n_behaviours]
    Rules, sorted by (type, behaviour), rows rule_start[type * n_behaviours + behaviour] …: state filter (NONE all),
    signal column, direction +1/-1, p_limit = multiple of the base (a limit relative to base), p_half, p_hill.
    rule_averaged : 1 where the limits of rules are averaged, 0 where rules multiply
    Traits multiply: trait_column, trait_behaviour pairs.
    """

    n: int
    secretion: I32 = field(metadata=OVER_SUBSTANCES)
    uptake: I32 = field(metadata=OVER_SUBSTANCES)
    release: I32
    route: I32
    loading: I32
    clock: I32
    speed: int
    persistence: int
    bias: int
    turning: int
    attraction: I32 = field(metadata=OVER_SUBSTANCES)
    haptotaxis: I32 = field(metadata=OVER_MATRIX)
    adhesion: int
    repulsion: int
    resorption: I32 = field(metadata=OVER_MATRIX)
    deposition: I32 = field(metadata=OVER_MATRIX)
    kill: I32 = field(metadata=OVER_CELLS)
    engulf: int
    enzyme: I32
    p_base: I32
    rule_start: I32
    rule_state: I32
    rule_signal: I32
    rule_direction: I8
    rule_averaged: int
    p_limit: I32
    p_half: I32
    p_hill: I32
    trait_column: I32
    trait_behaviour: I32


@dataclass(frozen=True)
class Sensing:
    """Receptors with which cells tell where a substance comes from (`motility`); all int32[n_types, n_substances].

    receptors : behaviour column, copies on the cell (NONE: none, so that the substance has no direction for it)
    node : column of `State.nodes` whose activity is the share of them that the cell makes (NONE: all)
    p_unblocked : share of them that is not blocked (NONE: all); p_half : molecules/µm³ at which half of them are bound
    p_off : 1/min, rate at which a bound one lets go
    """

    receptors: I32
    node: I32
    p_unblocked: I32
    p_half: I32
    p_off: I32


@dataclass(frozen=True)
class Lifecycle:
    """Hazard clocks, one column each; a clock runs for cells of its type (and state, phase; NONE = any).

    p_steps : Erlang shape (NONE: 1, memoryless); the rate is behaviour column `Behaviours.clock[c]` times the shape.
    effect : `Effect`; to_type, to_state for TRANSITION (state NONE: state 0)
    site : number of the site in which the clock runs (NONE: in all); to_site, to_state for LEAVE (state NONE: its own)
    p_clearance : int32[n_types, 2] min for which an apoptotic, a necrotic cell stays before it is removed
    first_phase_count : int32[n_types], number of cycle phases (0: none)
    dead_vesicles_lost : int8[n_types], 1: bound and endosomal vesicles of a removed cell go to the ledger's
    'removed' term (the only rule so far)
    """

    type: I32
    state: I32
    phase: I32
    p_steps: I32
    effect: I8
    to_type: I32
    to_state: I32
    site: I32
    to_site: I32
    p_clearance: I32
    n_phases: I32


@dataclass(frozen=True)
class CellTypes:
    """Per type: p_volume µm³, p_volume_spread (geometric SD), p_reach (adhesion distance / contact distance),
    anchored int8 (1: pushed by none); p_trait_mean, p_trait_spread, p_trait_drift : int32[n_types, n_traits].
    p_confluence : int32[n_types], cells/µm² in a closed layer (NONE: one per cross-section of the cell)
    A trait is mean × spread^z at the start and × drift^z at every division, z standard normal (geometric SDs; NONE: no
    scatter, no drift). A trait column means the same in all types: a cell that changes type keeps it.
    """

    p_volume: I32
    p_volume_spread: I32
    p_reach: I32
    anchored: I8
    p_trait_mean: I32
    p_trait_spread: I32
    p_trait_drift: I32
    p_affinity: I32  # int32[n_types, n_types]; NONE = 1
    p_confluence: I32


@dataclass(frozen=True)
class Protocol:
    """Events in order of time. step: macro step at whose start the event happens. what: substance, population
    or cell type; region : row of `regions`, NONE = whole site; state for ADD_CELLS.
    key : uint64, hash of what happens, distinct per row of one time; draws are keyed by it, never by the row
    stands_for : int64, ≥ 1, about as many one added cell stands for (ADD_CELLS)
    """

    step: NDArray[np.int64]
    kind: I8
    what: I32
    state: I32
    region: I32
    p_amount: I32
    key: U64
    stands_for: NDArray[np.int64]


@dataclass(frozen=True)
class Start:
    """Cells at time 0, expanded by the compiler: positions float64[n, 3] µm; random ones hold NaN and are drawn
    uniformly in `region` (int32[n], NONE = whole site) from the site's key, outside solid matrix. stands_for : int64[n]
    key, row : uint64[n], int64[n], hash of what a cell is and its number among those; lineage hashes come from them
        (empty: from the number of the row)
    most : int64[n_types], simulated cells of a type from which on a division makes its cell stand for both daughters;
        0 for a type, or empty for all: every daughter is simulated
    """

    type: I32
    state: I32
    label: I32
    region: I32
    position: F64
    stands_for: NDArray[np.int64]
    key: U64 = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    row: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    most: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Program:
    """Structure of one site, and `values` : float64[n_variants, n_parameters]. site : its number among the sites.

    later_step : int64[n_later], rising, > 0, macro steps from whose start on `later_values[k]`, float64[n_later,
    n_variants, n_parameters], hold in the place of `values`: what an experimenter changes on the way
    """

    grid: Grid
    macro_step: float  # min
    n_types: int
    n_states: int  # largest number of states of any type
    n_species: int
    n_traits: int
    n_nodes: int  # columns of `State.nodes`: most nodes of any type, silenced mRNA, networks of rates
    substances: Substances
    reactions: Reactions
    matrix: Matrix
    vesicles: Vesicles
    cargo: Cargo
    silencing: Silencing
    sequestration: Sequestration
    signals: Signals
    networks: Networks
    behaviours: Behaviours
    sensing: Sensing
    lifecycle: Lifecycle
    cell_types: CellTypes
    protocol: Protocol
    start: Start
    regions: NDArray[np.bool_]  # bool[n_regions, n_voxels]
    flow: F64  # float64[3, n_voxels], µm/min through the upper face of each voxel along x, y, z
    values: F64
    site: int = 0
    names: StreamNames = field(default_factory=unnamed)
    later_step: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    later_values: F64 = field(default_factory=lambda: np.zeros((0, 0, 0)))
    kinetics: Kinetics = field(default_factory=Kinetics)

    @cached_property
    def stream_names(self) -> StreamNames:
        """Names that key the draws; numbers stand in where none are given."""
        if len(self.names.clock):
            return self.names
        sizes = (self.n_populations, self.n_species, self.n_traits, self.n_matrix, self.n_hazards)
        return StreamNames(*(numbered(n, kind) for kind, n in enumerate(sizes)))

    def at(self, step: int) -> Program:
        """The program with the values that hold in a macro step; the same one for the same values."""
        k = int(np.searchsorted(self.later_step, step, side="right"))
        if k == 0:
            return self
        later = self.__dict__.setdefault("_later", {})
        if k not in later:
            later[k] = replace(self, values=self.later_values[k - 1])
        return later[k]

    def __getstate__(self) -> dict[str, object]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def n_substances(self) -> int:
        return len(self.substances.p_decay)

    @property
    def n_populations(self) -> int:
        return len(self.vesicles.p_decay)

    @property
    def n_slots(self) -> int:
        return len(self.vesicles.slot_population)

    @property
    def n_matrix(self) -> int:
        return len(self.matrix.solid)

    @property
    def n_stores(self) -> int:
        return len(self.matrix.store_matrix)

    @property
    def n_clocks(self) -> int:
        return len(self.lifecycle.type)

    @property
    def n_hazards(self) -> int:
        """Clocks, and the two hazards that neighbours exert: being killed, being engulfed when dead."""
        return len(self.lifecycle.type) + 2
