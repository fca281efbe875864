"""What kernels take: arrays that belong together, under one name, instead of one by one.

A group is a named tuple whose annotations say once what every part is, to readers, to the type checker and to Numba
(`types`). The signature of a kernel names groups by their class ("void(Sites, Cells, float64[:, ::1])"), so two groups
cannot be exchanged, and they are built by keyword, so neither can two arrays of one group.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

Int = Annotated[int, "int64"]
Float = Annotated[float, "float64"]
F64_1 = Annotated[NDArray[np.float64], "float64[::1]"]
F64_2 = Annotated[NDArray[np.float64], "float64[:, ::1]"]
F64_3 = Annotated[NDArray[np.float64], "float64[:, :, ::1]"]
F64_4 = Annotated[NDArray[np.float64], "float64[:, :, :, ::1]"]
I64_1 = Annotated[NDArray[np.int64], "int64[::1]"]
I64_2 = Annotated[NDArray[np.int64], "int64[:, ::1]"]
I64_3 = Annotated[NDArray[np.int64], "int64[:, :, ::1]"]
I64_4 = Annotated[NDArray[np.int64], "int64[:, :, :, ::1]"]
I32_1 = Annotated[NDArray[np.int32], "int32[::1]"]
I32_2 = Annotated[NDArray[np.int32], "int32[:, ::1]"]
I32_3 = Annotated[NDArray[np.int32], "int32[:, :, ::1]"]
I16_1 = Annotated[NDArray[np.int16], "int16[::1]"]
I8_1 = Annotated[NDArray[np.int8], "int8[::1]"]
B_2 = Annotated[NDArray[np.bool_], "bool_[:, ::1]"]
I8_2 = Annotated[NDArray[np.int8], "int8[:, ::1]"]
U64_1 = Annotated[NDArray[np.uint64], "uint64[::1]"]
U64_2 = Annotated[NDArray[np.uint64], "uint64[:, ::1]"]


@cache
def types(group: type) -> dict[str, str]:
    """Numba's types of the parts of a group, as text, by name; raises TypeError where an annotation names none."""
    stated = get_type_hints(group, include_extras=True)
    for name, kind in stated.items():
        if not hasattr(kind, "__metadata__"):
            raise TypeError(f"{group.__name__}.{name}: {kind} does not say what it is to a kernel")
    return {name: kind.__metadata__[0] for name, kind in stated.items()}


@cache
def groups_in(signature: str) -> dict[str, Any]:
    """The groups that the signature of a kernel names."""
    here = globals()
    words = dict.fromkeys(re.findall(r"\b[A-Z]\w*", signature))
    return {word: here[word] for word in words if hasattr(here.get(word), "_fields")}


class Sites(NamedTuple):
    """What holds in the sites of a batch during one macro step, and what its draws are keyed by.

    step : macro steps done; time : min, its length
    values : float64[n_variants, n_parameters]; variant : int32[n_sites]; key : uint64[n_sites, 2], see `State.site_key`
    …_name : uint64[n], hashes of the names of populations, species, traits, matrix components and clocks
    """

    step: Int
    time: Float
    values: F64_2
    variant: I32_1
    key: U64_2
    population_name: U64_1
    species_name: U64_1
    trait_name: U64_1
    matrix_name: U64_1
    clock_name: U64_1


class Rows(NamedTuple):
    """Items first … end − 1 of those that are shared out over threads.

    An item is mostly one thing on one site, number site × n_things + thing.
    """

    first: Int
    end: Int


class Box(NamedTuple):
    """The voxels of a site, see `program.Grid`; voxel, height : µm."""

    nx: Int
    ny: Int
    nz: Int
    voxel: Float
    height: Float
    dimensions: Int


class Cells(NamedTuple):
    """Cells of all sites, those of site s in rows start[s] : start[s + 1], and what they hold: arrays of `State`.

    id … stands_for, behaviour : `State.cell_id` …; pool … endosomal_cargo : vesicles and the copies in them
    copies, inserted : functional copies and those in the membrane
    """

    start: I64_1
    id: U64_1
    type: I16_1
    dead: I8_1
    stands_for: I64_1
    behaviour: F64_2
    pool: I64_2
    pool_cargo: F64_2
    bound: I64_2
    bound_cargo: F64_2
    endosomal: I64_2
    endosomal_cargo: F64_2
    copies: F64_2
    inserted: F64_2


class Suspended(NamedTuple):
    """Vesicles outside cells and the copies in them, and the density of the matrix that holds some: arrays of `State`.

    density : float64[n_sites, n_matrix, n_voxels]; vesicles, cargo : free ones
    """

    density: F64_3
    vesicles: I64_3
    cargo: F64_3
    in_matrix: I64_4
    cargo_in_matrix: F64_4


class Ledgers(NamedTuple):
    """What is booked of vesicles: `State.vesicle_ledger`, `State.cargo_ledger`, `State.talk`."""

    vesicle: I64_3
    cargo: F64_3
    talk: I64_4


class VesicleTables(NamedTuple):
    """What a program says of vesicles (`program.Vesicles`): columns of parameters in the order that kernels take them.

    population : int32[3, n_populations], rows `P_…`; fate : int32[6, n_types, n_populations], rows `F_…`
    ligand : int32[n_types, n_populations], see `program.Vesicles`
    release : int32[n_populations], route : int32[n_populations, 3], columns of `State.behaviour`
    slot_start : int64[n_populations + 1]; slot : int32[4, n_slots], rows `SLOT_…`; slots are sorted by population
    """

    population: I32_2
    fate: I32_3
    ligand: I32_2
    release: I32_1
    route: I32_2
    p_bind: I32_2
    p_unbind: I32_2
    moved_by_flow: I8_1
    slot_start: I64_1
    slot_population: I32_1
    slot: I32_2


class CargoTables(NamedTuple):
    """What a program says of cargo that cells get, see `program.Cargo`."""

    p_degradation: I32_1
    p_loading: I32_2
    whole_copies: I8_1


class Footprint(NamedTuple):
    """What every cell covers, both ways round; the weights of one cell sum to 1.

    Gather (cell from voxels): entries start[i] : start[i + 1] of voxel and weight.
    Scatter (voxel from cells): entries voxel_start[s, v] : voxel_start[s, v + 1] of cell and cell_weight, cells in
    storage order; cell_weight counts every cell that the simulated one stands for.

    start : int64[n_cells + 1]; voxel : int64[n_entries]; weight : float64[n_entries]
    voxel_start : int64[n_sites, n_voxels + 1]; cell : int64[n_entries]; cell_weight : float64[n_entries]
    """

    start: I64_1
    voxel: I64_1
    weight: F64_1
    voxel_start: I64_2
    cell: I64_1
    cell_weight: F64_1


class Conduits(NamedTuple):
    """Ways between voxels and through walls for m things of every site (see `transport.advance_fields`).

    faces : float64[n_sites, m, n_faces], 1/min; wall : float64[n_sites, m, 6], 1/min
    leaving : float64[n_sites, m, n] (n = 0 without walls), 1/min, rate at which what is inside leaves through walls
    entering : float64[n_sites, m, n or 0], molecules/µm³/min, what comes in through held walls
    mobility : float64[n_sites, m, n or 1], µm²/min
    region : int32[n_sites, m, n or 1]; n_regions : int64[n_sites, m]
    """

    faces: F64_3
    wall: F64_3
    leaving: F64_3
    entering: F64_3
    mobility: F64_3
    region: I32_3
    n_regions: I64_2


class Aims(NamedTuple):
    """What a solver is asked for.

    span : min; tolerance : local error of a step relative to the field's largest value; precision : error of a solve
    relative to the field's largest value, well below `tolerance`
    """

    span: Float
    tolerance: Float
    precision: Float


class Kinetics(NamedTuple):
    """Reactions of a group of fields, see `reactions`.

    table : int64[n_reactions, 6]; rates : float64[n_sites, n_reactions, 2], forward and backward
    local : float64[n_sites, n_local, n], catalysts and competitors
    """

    table: I64_2
    rates: F64_3
    local: F64_3


class Fields(NamedTuple):
    """A group of m fields of every site, and all that changes them but their reactions.

    concentration : float64[n_sites, m, n], molecules/µm³, in and out
    source : float64[n_sites, m, n], molecules/µm³/min, with what comes through walls
    loss : float64[n_sites, m, n], 1/min, with what leaves through walls
    faces : float64[n_sites, m, n_faces], 1/min, see `multigrid`
    wall : float64[n_sites, m, 6], 1/min, diffusion through outer faces (x−, x+, y−, y+, z−, z+) where these are
        uniform; it is in `loss` already and only speeds up the solver (zeros are right too)
    region : int32[n_sites, m, n], label of each voxel's region of open faces; int32[n_sites, m, 1] where all is one
    n_regions : int64[n_sites, m]
    held : int8[n_sites, m], 1 where reactions do not change the field (its source, loss and faces must be 0)
    step : float64[n_sites, m], min, sub-step that each field would try first
    exposure : float64[n_sites, m, n], out, ∫c dt; tally : int64[n_sites, m, 3], work done for each field, added to
    """

    concentration: F64_3
    source: F64_3
    loss: F64_3
    faces: F64_3
    wall: F64_3
    region: I32_3
    n_regions: I64_2
    held: I8_2
    step: F64_2
    exposure: F64_3
    tally: I64_3


class Tilings(NamedTuple):
    """Tilings in use (`tiles.Tiling`), stacked, and which one each site and population has.

    row : int64[n_sites, n_populations]; voxel, piece : int64[k, n_voxels]; start : int64[k, n_voxels + 1]
    region : int32[k, n_voxels]; n_pieces : int64[k]; pair : int64[…, 4], distance : float64[…], of tiling k in
    rows pair_start[k] : pair_start[k + 1]
    """

    row: I64_2
    voxel: I64_2
    start: I64_2
    region: I32_2
    piece: I64_2
    n_pieces: I64_1
    pair: I64_2
    distance: F64_1
    pair_start: I64_1


class Fluid(NamedTuple):
    """Particles in the fluid before the expected step and their copies; of these, what becomes free during the step.

    given, entering : float64[n_sites, n_populations, n_voxels]; cargo, cargo_entering : float64[n_sites, n_slots,
    n_voxels]
    """

    given: F64_3
    cargo: F64_3
    entering: F64_3
    cargo_entering: F64_3


class Hindrance(NamedTuple):
    """What lessens the uptake of vesicles.

    depletion : float64[n_cells], 1/µm, see `faces.self_depletion`
    others : float64[n_sites, n_populations, n_types, n_voxels], see `vesicles.crowding`
    """

    depletion: F64_1
    others: F64_4


class Expected(NamedTuple):
    """Expected free particles, and all that decides where the rest goes.

    misplaced : share of the particles of a site that the solver's residual may misplace in a step
    leaving : of `Conduits`
    taken : float64[n_populations, n_entries, 3], 1/min, rates of the cells by entry of a voxel and route
    free : float64[n_sites, n_populations, n_voxels]
    per_particle : float64[n_sites, n_slots, n_voxels], copies
    span : float64[n_sites, n_populations], τ, min; cycles : int64[n_sites, n_populations], V-cycles
    """

    misplaced: Float
    leaving: F64_3
    taken: F64_3
    free: F64_3
    per_particle: F64_3
    span: F64_2
    cycles: I64_2


class Landed(NamedTuple):
    """What reaches cells in a step.

    copies : float64[n_cells, n_slots], that reached the cytosol (luminal) or the membrane (others), of all that a cell
        stands for; particles : int64[2, n_populations, n_cells], that fused, and that escaped from endosomes
    returned : int64[n_sites, n_populations], particles that found no free receptor
    endosomal_before : int64[n_cells, n_populations], endosomal particles before the step
    """

    copies: F64_2
    particles: I64_3
    returned: I64_2
    endosomal_before: I64_2


class DrawRoom(NamedTuple):
    """Workspace of `vesicle_draws.draw`, large enough for any tiling and population.

    masses : float64[n_pieces, n_masses]; cargo : float64[n_pieces, 2, n_slots]; numbers : int64[n_pieces]
    copies : float64[n_pieces, n_slots]; events : int64[4 n_entries, 4]; fresh : int64[n_matrix, voxels of a tile]
    matrix_rate, matrix_stay : float64[n_matrix], see `vesicle_transport.net_matrix_binding`
    digestion : float64[n_types, 6], see `trafficking.fill_digestion`
    inwards : float64[n_types], share of what binds that is inside by the end of the step, see `net_binding`
    """

    masses: F64_2
    cargo: F64_3
    numbers: I64_1
    copies: F64_2
    events: I64_2
    fresh: I64_2
    matrix_rate: F64_1
    matrix_stay: F64_1
    digestion: F64_2
    inwards: F64_1


class Side(NamedTuple):
    """One of two sites that exchange their fluid: free vesicles, the copies in them, and what is booked of them.

    key : `Sites.key`; vesicles … cargo_ledger : arrays of `State`
    """

    key: U64_2
    vesicles: I64_3
    cargo: F64_3
    ledger: I64_3
    cargo_ledger: F64_3


class Parcel(NamedTuple):
    """Vesicles on their way between two sites, int64[n_sites, n_populations], and copies, float64[n_sites, n_slots]."""

    particles: I64_2
    copies: F64_2


class Closers(NamedTuple):
    """Nodes that hold the junctions of cells of a type shut, see `system.Barriers`."""

    type: I32_1
    node: I32_1
    p_half: I32_1
    p_hill: I32_1


class Contacts(NamedTuple):
    """Cells that touch: those of cell i are cell[start[i] : start[i + 1]]; int64[n_cells + 1], int32[n_contacts]."""

    start: I64_1
    cell: I32_1


class SignalTables(NamedTuple):
    """What cells read (`program.Signals`), and which cargo slot holds what; n_types : cell types."""

    kind: I8_1
    argument: I32_1
    type: I32_1
    slot_species: I32_1
    slot_kind: I8_1
    n_types: Int


class Minds(NamedTuple):
    """What cells know of themselves, and what they read; arrays of `State` by the same names."""

    nodes: F64_2
    pressure: F64_1
    trait: F64_2
    signal: F64_2


class LifeTables(NamedTuple):
    """What a program says of the life of cells, in the order that kernels take it.

    clocks : int32[n_clocks, 10], columns `founding.C_…`; n_phases : int32[n_types]
    volume : int32[2, n_types], trait : int32[2, n_types, n_traits], median and spread
    drift : int32[n_types, n_traits]; node : int32[2, n_rows], initial value and clamp of nodes, see `program.Networks`
    base, rule_start, rules, trait_pairs : of behaviours, see `behaviours.behave`
    signal : int32[3, n_signals], kind, argument, type
    """

    clocks: I32_2
    n_phases: I32_1
    volume: I32_2
    trait: I32_3
    drift: I32_2
    node_start: I32_1
    node: I32_2
    base: I32_3
    rule_start: I32_1
    rules: I32_2
    trait_pairs: I32_2
    signal: I32_2


class Lives(NamedTuple):
    """What changes when a cell divides, dies, or changes type or state.

    kind : int64[n_cells, 6], columns `K_…`; sizes : float64[n_cells, 4], columns `T_…` of `lifecycle`
    trait … threshold : arrays of `State`; known : float64[n_rules, 5], see `behaviours.behave`
    """

    kind: I64_2
    sizes: F64_2
    trait: F64_2
    nodes: F64_2
    signal: F64_2
    behaviour: F64_2
    clock: F64_2
    threshold: F64_2
    known: F64_2


class Mothers(NamedTuple):
    """Cells that divide: rows int64[n], min since, float64[n], and the hazard of being killed, 1/min, float64[n]."""

    row: I64_1
    left: F64_1
    danger: F64_1


class Founders(NamedTuple):
    """Cells that enter from outside, before anything of them is drawn, and their variant, int64[n].

    site_key : uint64[n, 2], of the site of each
    """

    site_key: U64_2
    id: U64_1
    type: I16_1
    state: I16_1
    variant: I64_1


class Inborn(NamedTuple):
    """What is drawn of a cell that enters; arrays of `State` by the same names."""

    phase: I16_1
    volume: F64_1
    trait: F64_2
    nodes: F64_2
    clock: F64_2
    threshold: F64_2


class NetworkTables(NamedTuple):
    """Nodes and gates of a program's networks, see `program.Networks`, as kernels march them.

    role : int8[n_rows], see `networks.find_roles`; source : int32[n_gates], node column read live, else −1
    column : int32[n_gates], signal that a gate reads
    """

    node_start: I32_1
    role: I8_1
    gate_start: I32_1
    operation: I8_1
    source: I32_1
    column: I32_1


class NetworkColumns(NamedTuple):
    """Columns of the parameters of gates (first four) and nodes, see `program.Networks`."""

    p_weight: I32_1
    p_hill: I32_1
    p_ec50: I32_1
    p_half: I32_1
    p_maximum: I32_1
    p_time: I32_1
    p_initial: I32_1
    p_threshold: I32_1
    p_gain: I32_1
    p_clamp: I32_1


class KineticTables(NamedTuple):
    """One network of rates, see `kinetic_tables.Kinetics`. event : columns AT_START …; size : registers, states."""

    code: I32_2
    section: I32_1
    constant: F64_1
    input_signal: I32_1
    output_node: I32_1
    typical: F64_1
    event: I8_2
    size: I64_1


class Walkers(NamedTuple):
    """Cells that may walk, those of site s in rows start[s] : start[s + 1]: arrays of `State`."""

    start: I64_1
    id: U64_1
    type: I16_1
    volume: F64_1
    position: F64_2
    direction: F64_2
    behaviour: F64_2
    nodes: F64_2


class Surroundings(NamedTuple):
    """What walking cells meet: concentration float64[n_sites, n_substances, n_voxels], density of matrices alike, and
    the voxels that bar them.
    """

    concentration: F64_3
    density: F64_3
    barred: B_2


class SenseTables(NamedTuple):
    """What tells cells where to go, behaviour columns unless said.

    walk : int32[3], of speed, persistence and bias (NONE: 0); attraction : int32[n_substances]
    receptors, node : int32[n_types, n_substances], node of column `State.nodes`, see `program.Sensing`
    sensing : float64[n_sites, n_types, n_substances, 3], see `motility.sensed_direction`
    haptotaxis : int32[n_matrix]
    """

    walk: I32_1
    attraction: I32_1
    receptors: I32_2
    node: I32_2
    sensing: F64_4
    haptotaxis: I32_1


class Walk(NamedTuple):
    """Straight pieces of every cell's walk in one macro step; cells that do not walk have none.

    start : int64[n_cells + 1]; until : float64[n_pieces], min from the start of the step, the last one infinite
    velocity : float64[n_pieces, 3], µm/min; speed : float64[n_cells], µm/min
    """

    start: I64_1
    until: F64_1
    velocity: F64_2
    speed: F64_1


class Bodies(NamedTuple):
    """Cells that push and hold each other: those of site s in rows start[s] : start[s + 1].

    cells : float64[n_cells, 8], see `mechanics.forces`; identity : lineage hashes; mobile : 1 or 0
    affinity : float64[n_variants, n_types, n_types], variant : int32[n_sites], its row
    """

    start: I64_1
    cells: F64_2
    identity: U64_1
    mobile: F64_1
    affinity: F64_3
    variant: I32_1
