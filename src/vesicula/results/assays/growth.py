"""Cells that divide, die, age and change the medium: counts and shares of cells."""

from __future__ import annotations

import numpy as np

from vesicula.engine.neighbours import tabulated
from vesicula.engine.program import NONE, Effect, Program
from vesicula.engine.state import CellTerm, State
from vesicula.engine.system import SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.results.assays.bench import F64, Bench, Bool, Reader, ratio, sensed
from vesicula.results.places import Place, index, per_site

PULSE = 120.0  # min of EdU before reading
S_PHASE, G2_AND_M = 480.0, 240.0  # min; of cells without phases; assumed, 4 to 12 h and 2 to 8 h
CYCLE = 1440.0  # min from leaving rest to division; of cells without phases; assumed, 16 to 40 h
RESTING = ("G0", "quiescent", "resting")
SENESCENT, DORMANT, ARRESTED, LACTATE = "senescent", "dormant", "arrested", "lactate"
APOPTOTIC = 1
RESORBED = 0.5  # share of the mineral a voxel had at the start, below which it counts as pit
MOLECULES_PER_FMOL = 6.02214076e8


def _shapes(program: Program) -> F64:
    """Erlang shape of every clock, float64[n_variants, n_clocks], as the engine rounds it."""
    return np.maximum(1.0, np.floor(tabulated(program.values, program.lifecycle.p_steps, 1.0) + 0.5))


def time_to(program: Program, state: State, type_: int, effect: Effect) -> F64:
    """Minutes until an effect would come to every cell at its present rate, float64[n_cells]; inf where none is under
    way.

    Equation   (threshold − clock)/(k rate), of the clock's integrated hazard with Erlang shape k
    """
    table, shape = program.lifecycle, _shapes(program)
    out = np.full(state.n_cells, np.inf)
    variant = state.site_variant.astype(np.int64)[cell_sites(state)]
    for c in np.flatnonzero((table.type == type_) & (table.effect == effect)):
        column = program.behaviours.clock[c]
        if column == NONE:
            continue
        pace = state.behaviour[:, column] * shape[variant, c]
        runs = (state.cell_dead == 0) & (state.cell_type == type_) & (pace > 0)
        runs &= (table.state[c] < 0) | (state.cell_state == table.state[c])
        runs &= (table.phase[c] < 0) | (state.cell_phase == table.phase[c])
        left = np.maximum(state.clock_threshold[runs, c] - state.clock[runs, c], 0.0) / pace[runs]
        out[runs] = np.minimum(out[runs], left)
    return out


def time_in_phase(program: Program, state: State, type_: int) -> F64:
    """Minutes since every cell entered its phase, at its present rate, float64[n_cells]; inf where its clock stands."""
    table, shape = program.lifecycle, _shapes(program)
    out = np.full(state.n_cells, np.inf)
    variant = state.site_variant.astype(np.int64)[cell_sites(state)]
    for c in np.flatnonzero((table.type == type_) & (table.phase >= 0)):
        column = program.behaviours.clock[c]
        if column == NONE or table.effect[c] not in (Effect.NEXT_PHASE, Effect.DIVIDE):
            continue
        pace = state.behaviour[:, column] * shape[variant, c]
        mine = (state.cell_type == type_) & (state.cell_phase == table.phase[c]) & (pace > 0)
        mine &= (table.state[c] < 0) | (state.cell_state == table.state[c])
        out[mine] = state.clock[mine, c] / pace[mine]
    return out


def edu(bench: Bench) -> Reader:
    """Living cells that made DNA during the pulse, a 2-h pulse that ends with the reading.

    Equation   with phases: cells in S, and cells in the phase after S for less than the pulse
               without: cells that divide between t_G2M − pulse and t_G2M + t_S from now, at their present rate
    A cycle without phases is taken to end with S of 8 h (assumed, 4 to 12) and G2 and M of 4 h (assumed, 2 to 8), so
    what the division clock says about the next division says whether a cell is in S. Cells that passed S and divided
    within the pulse are missed; the pulse is shorter than G2 and M.
    """
    type_ = bench.type
    phases = bench.labels.types[type_].phases

    def positive(state: State, place: Place) -> Bool:
        now, mine = sensed(place.program, state), bench.living(state, place)
        if not phases:
            left = time_to(place.program, now, type_, Effect.DIVIDE)
            return mine & (left >= G2_AND_M - PULSE) & (left <= G2_AND_M + S_PHASE)
        s = index(phases, "S")
        after = (s + 1) % len(phases)
        just_left = (now.cell_phase == after) & (time_in_phase(place.program, now, type_) < PULSE)
        return mine & ((now.cell_phase == s) | just_left)

    return lambda states: 100.0 * ratio(bench.count(states, positive), bench.count(states, bench.living))


def ki67(bench: Bench) -> Reader:
    """Living cells in cycle.

    Equation   with phases: cells in any phase but G0 (or `quiescent`, `resting`), while its clock runs
               without: cells that divide within 24 h at their present rate
    A cycle without phases of mean length T is taken as a rest and then a cycle of 24 h (assumed, 16 to 40).
    """
    type_ = bench.type
    phases = bench.labels.types[type_].phases
    resting = [i for i, name in enumerate(phases) if name in RESTING]

    def positive(state: State, place: Place) -> Bool:
        now, mine = sensed(place.program, state), bench.living(state, place)
        if not phases:
            return mine & (time_to(place.program, now, type_, Effect.DIVIDE) <= CYCLE)
        running = np.isfinite(time_in_phase(place.program, now, type_))
        return mine & running & ~np.isin(now.cell_phase, resting)

    return lambda states: 100.0 * ratio(bench.count(states, positive), bench.count(states, bench.living))


def living_cells(bench: Bench) -> Reader:
    """Living cells of the whole labware (those of a patch over the share that is simulated).

    Equation   N_living/share
    """

    def number(state: State, place: Place) -> F64:
        return per_site(state, bench.living(state, place)) * place.site.whole

    return lambda states: bench.total(states, number)


def osteoclasts(bench: Bench) -> Reader:
    """TRAP-positive cells: living cells of the named type in the whole labware.

    Equation   N_living/share
    Whether a cell has three nuclei is not in the model: name the type that is the mature osteoclast.
    """
    return living_cells(bench)


def annexin(bench: Bench) -> Reader:
    """Annexin V: cells that died by apoptosis and are not yet cleared, among all cells of the type that are there.

    Equation   100 · N_apoptotic/(N_living + N_dead)
    Cells that killers or drugs drive into apoptosis count; necrotic ones count below the line only.
    """

    def dying(state: State, place: Place) -> Bool:
        return bench.present(state, place) & (state.cell_dead == APOPTOTIC)

    return lambda states: 100.0 * ratio(bench.count(states, dying), bench.count(states, bench.present))


def senescent(bench: Bench) -> Reader:
    """SA-β-gal: living cells of the type that are in its state `senescent`.

    Equation   100 · N_senescent/N_living
    """
    return _share_in_state(bench, SENESCENT)


def dormant(bench: Bench) -> Reader:
    """Label retention: living cells of the type that are in its state `dormant`: they keep a dye that division dilutes.

    Equation   100 · N_dormant/N_living
    The dye itself is not followed: a cell that has just gone to rest counts, whatever it has left of it.
    """
    return _share_in_state(bench, DORMANT)


def _share_in_state(bench: Bench, name: str) -> Reader:
    row = index(bench.labels.types[bench.type].states, name)

    def chosen(state: State, place: Place) -> Bool:
        return bench.living(state, place) & (state.cell_state == row)

    return lambda states: 100.0 * ratio(bench.count(states, chosen), bench.count(states, bench.living))


def held(bench: Bench) -> Reader:
    """Adhesion: living cells of the type in its state `arrested`, and those that have gone on from it as another type.

    Equation   (N_arrested + Σ N_next)/share, next: every type that the named one can become
    What has passed through a layer has held to it before. Cells of those types that were there at the start count too.
    """
    row, type_ = index(bench.labels.types[bench.type].states, ARRESTED), bench.type

    def number(state: State, place: Place) -> F64:
        table = place.program.lifecycle
        gone_on = table.to_type[(table.type == type_) & (table.effect == Effect.TRANSITION)]
        other = np.isin(state.cell_type, gone_on[gone_on != type_]) & (state.cell_dead == 0) & place.holds(state)
        mine = bench.living(state, place) & (state.cell_state == row)
        return per_site(state, mine | other) * place.site.whole

    return lambda states: bench.total(states, number)


def lactate(bench: Bench) -> Reader:
    """Glycolysis as extracellular acidification: lactate that a living cell of the type secretes.

    Equation   mean secretion of `lactate` over living cells
    It needs a substance called lactate; the buffer of the medium is not modelled, so it is a rate and no pH.
    """
    row = index([s.name for s in bench.labels.substances], LACTATE)

    def rate(state: State, place: Place) -> F64:
        column = place.program.behaviours.secretion[row]
        return np.zeros(state.n_cells) if column == NONE else sensed(place.program, state).behaviour[:, column]

    return lambda states: bench.mean(states, rate) * 60.0 / MOLECULES_PER_FMOL


def co_culture(bench: Bench) -> Reader:
    """Share of the living cells of a place that are of the named type.

    Equation   100 · N_type/N_all
    """

    def all_living(state: State, place: Place) -> Bool:
        return (state.cell_dead == 0) & place.holds(state)

    return lambda states: 100.0 * ratio(bench.count(states, bench.living), bench.count(states, all_living))


def divisions(states: SystemState, sites: list[Place], type_: int) -> F64:
    """CFSE division index: divisions so far per cell that was put in, float64[n_variants].

    Equation   Σ divisions/Σ cells added
    """
    ledger = np.sum([states.site(place.site.name).cell_ledger[:, type_] for place in sites], axis=0)
    return ratio(ledger[:, CellTerm.DIVIDED], ledger[:, CellTerm.ADDED])


def survivors(bench: Bench) -> Reader:
    """Survival: cells that have not died, of all that were put in or came by division, as pictures of every hour tell.

    Equation   100 · (1 − N_died/(N_added + N_divided))
    Unlike a count of living cells at the end it does not take a culture that grows for one that is spared. Deaths and
    divisions are kept per site, so it is read in a site, not in a region; cells of other types that became this one do
    not count.
    """
    sites, type_ = bench.whole_sites, bench.type

    def read(states: SystemState) -> F64:
        ledger = np.sum([states.site(place.site.name).cell_ledger[:, type_] for place in sites], axis=0)
        seen = ledger[:, CellTerm.ADDED] + ledger[:, CellTerm.DIVIDED]
        return 100.0 * (1.0 - ratio(ledger[:, CellTerm.DIED], seen))

    return read


def killed(bench: Bench) -> Reader:
    """Killing: cells that have died, of all that were put in or came by division; 100 % less `survivors`.

    Equation   100 · N_died/(N_added + N_divided)
    """
    survived = survivors(bench)
    return lambda states: 100.0 - survived(states)


def suppression(bench: Bench) -> Reader:
    """Suppression of T cells: divisions missing against the arm without suppressors, by dilution of CFSE.

    Equation   100 · (1 − d/d_arm),  d = Σ divisions/Σ cells added, same replicate
    The arm is the one named with `in % of ARM`. NaN where nothing divides in it. Divisions are kept per site, so it is
    read in a site, not in a region.
    """
    arm, description = bench.measure.relative_to, bench.description
    if arm is None:
        raise KeyError("arm without suppressors")
    of = np.array([description.variant(arm, v.replicate) for v in description.variants])
    sites, type_ = bench.whole_sites, bench.type

    def read(states: SystemState) -> F64:
        each = divisions(states, sites, type_)
        return 100.0 * (1.0 - ratio(each, each[of]))

    return read


def pits(bench: Bench) -> Reader:
    """Resorption pits: area of the mineral that has gone, in voxels that have lost half of what they held.

    Equation   100 · voxels below half of their start/voxels that held any at the start
    """
    row = index(bench.labels.matrices, bench.measure.what)

    def held(place: Place) -> Bool:
        filled = place.program.matrix.initial[row] > 0
        return filled if place.mask is None else filled & place.mask

    def gone(state: State, place: Place) -> F64:
        bone = held(place)
        start = place.program.matrix.initial[row, bone]
        return (state.matrix[:, row][:, bone] < RESORBED * start).sum(axis=1).astype(np.float64)

    whole = float(sum(held(place).sum() for place in bench.places))
    return lambda states: 100.0 * ratio(bench.total(states, gone), np.full(bench.n, whole))
