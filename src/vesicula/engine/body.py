"""A body: sites joined by blood flow, and cells that travel between them.

A site may stand for many of its kind, or be the simulated part of a larger one: `share` is what is simulated over what
is there, so that V/share is the real fluid volume, and an amount n of one site is n share₂/share₁ of another.

A flow Q carries the same volume of fluid both ways between two sites of real volumes V1, V2. Where a tissue is on one
of its sides, and while all flows stay:

    Equation   c ← e^(K t) c,   K_ij = Q_ij/V_i,   K_ii = −Σ_j K_ij   (c: concentrations of all sites that flows join)

for what is dissolved, which is exact for any number of sites; what flows between pools is in `pools`. V counts the
voxels outside solid matrix, and all of them give and take evenly. Vesicles follow the same law for one flow after the
other, in the second half of a step in the opposite order:

    Equation   s12 = V2/(V1 + V2) (1 − e^(−Q t (1/V1 + 1/V2))),   s21 the same with V1
               n1 ← n1 − s12 n1 + s21 n2,   n2 ← n2 + s12 n1 − s21 n2   (n: real amounts)

Each free vesicle goes with that probability, independently of the others, and takes its cargo along; particles that
arrive are rounded up or down with a keyed uniform where the shares differ, and fall into the voxels at random. What
passes is booked on both sides as WALL_OUT and WALL_IN, LEFT and ARRIVED.

A cell leaves when its hazard clock `LEAVE` fires (`lifecycle`), and is put at a random open place of the other site
with all that it holds. All that it stands for arrive, times the quotient of the shares, rounded likewise: as one cell
that stands for them, or as several where they are more than a cell of that site may stand for. Copies behind the first
get lineage hashes of their own and redraw what is left on their clocks; each holds its part of the vesicles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import handing, order
from vesicula.engine.cache import device, kernel
from vesicula.engine.fields import read_values
from vesicula.engine.founding import C_STEPS, C_TYPE, clock_table, place, shape_of
from vesicula.engine.groups import Parcel
from vesicula.engine.program import Program
from vesicula.engine.room import NoRoom
from vesicula.engine.state import PER_CELL, CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.stream_names import FLOWS, numbered
from vesicula.engine.streams import Purpose, binomial, daughter, erlang, stream_key, uniform
from vesicula.engine.system import Flows, System, SystemState
from vesicula.engine.voxels import cell_sites, solid_voxels

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

ARRIVED, LEFT = int(VesicleTerm.ARRIVED), int(VesicleTerm.LEFT)
WALL_IN, WALL_OUT = int(SubstanceTerm.WALL_IN), int(SubstanceTerm.WALL_OUT)
FLOW, PASSAGE, THRESHOLD = int(Purpose.FLOW), int(Purpose.PASSAGE), int(Purpose.THRESHOLD)
ROUNDED = np.uint64(1 << 40)  # identities above those of voxels: rounding, then falling into place
PLACED = np.uint64(1 << 41)
MOST_TRIES = 64  # redraws of a threshold that a copied cell has passed already
TRY_STRIDE = 1 << 20
TERMS = 14  # of the series of an exponential whose argument is at most 1/2: the rest is below 1e-16


def mixing(conductance: F64, one: F64 | float, two: F64 | float, minutes: float) -> F64:
    """Volume of fluid that crosses each way, µm³: (1 − e^(−G t (w1 + w2)))/(w1 + w2), w = 1/V, 0 for a held fluid."""
    both = np.broadcast_to(np.asarray(one + two), conductance.shape)
    return np.divide(-np.expm1(-conductance * both * minutes), both, out=conductance * minutes, where=both > 0.0)


def same_things(system: System, *sites: int) -> None:
    """Raises ValueError unless these sites have the same numbers of substances, populations and cargo slots."""
    if len({(system.sites[k].n_substances, system.sites[k].n_populations, system.sites[k].n_slots) for k in sites}) > 1:
        raise ValueError("sites that exchange their medium hold the same substances, populations and cargo")


def flow(system: System, states: SystemState, minutes: float, half: int) -> None:
    """Let the blood flow for `minutes`, in place.

    half : 0 before, 1 after the sites' own step; part of the random keys, and the order of flows of vesicles
    Raises ValueError for two sites that do not hold the same things
    """
    flows = system.exchange.flows
    n, pooled = len(flows.first), between_pools(system)
    for rows in joined(flows, [row for row in range(n) if row not in pooled]):
        _dissolved(system, states, rows, minutes)
    for row in range(n) if half == 0 else range(n - 1, -1, -1):
        sides = int(flows.first[row]), int(flows.second[row])
        if not system.sites[sides[0]].n_populations:
            continue
        one, two = (states.sites[k] for k in sides)
        fluid, volumes = zip(*(fluid_of(system, states, k) for k in sides), strict=True)
        inverse = [1.0 / np.where(v > 0.0, v, 1.0) for v in volumes]
        crossing = mixing(speed_of(system, states, row, volumes), inverse[0], inverse[1], minutes)
        name = (flows.key if len(flows.key) else numbered(n, FLOWS))[row]
        names = system.sites[sides[0]].stream_names.population ^ name
        slots = system.sites[sides[0]].vesicles.slot_population
        taken = [
            _take(state, half, names, slots, crossing * w, where)
            for state, w, where in zip((one, two), inverse, fluid, strict=True)
        ]
        scale = float(flows.share[sides[1]] / flows.share[sides[0]])
        _put(two, half, names, slots, scale, taken[0], fluid[1])
        _put(one, half, names, slots, 1.0 / scale, taken[1], fluid[0])


def fluid_of(system: System, states: SystemState, site: int) -> tuple[Mask, F64]:
    """Voxels outside solid matrix, bool[n_sites, n_voxels], and the real volume of their fluid, float64[n_sites]."""
    where = ~solid_voxels(system.sites[site], states.sites[site])
    return where, where.sum(axis=1) * (system.sites[site].grid.voxel_volume / system.exchange.flows.share[site])


def speed_of(system: System, states: SystemState, row: int, volumes) -> F64:
    """Volume that flow `row` carries, float64[n_sites], µm³/min; none where a side has no fluid."""
    flows = system.exchange.flows
    first = int(flows.first[row])
    speed = read_values(system.sites[first], states.sites[first], flows.p_flow[row : row + 1], 0.0)[:, 0]
    return np.where((volumes[0] > 0.0) & (volumes[1] > 0.0), speed, 0.0)


def between_pools(system: System) -> list[int]:
    """Rows of flows that join two sites of one voxel."""
    flows = system.exchange.flows
    ends = zip(flows.first.tolist(), flows.second.tolist(), strict=True)
    return [row for row, sides in enumerate(ends) if all(system.sites[k].grid.n_voxels == 1 for k in sides)]


def joined(flows: Flows, rows: Sequence[int]) -> list[list[int]]:
    """Rows of flows, together where a way of these flows leads from one to the other."""
    groups: list[tuple[set[int], list[int]]] = []
    for row in rows:
        ends = int(flows.first[row]), int(flows.second[row])
        met = [group for group in groups if group[0] & set(ends)]
        groups = [group for group in groups if group not in met]
        groups.append((set(ends).union(*(g[0] for g in met)), [*(r for g in met for r in g[1]), row]))
    return [rows for _, rows in groups]


def _times(a: F64, b: F64) -> F64:
    """Product of small matrices, summed in one order whatever the batch."""
    out = a[..., :, :1] * b[..., :1, :]
    for j in range(1, a.shape[-1]):
        out += a[..., :, j : j + 1] * b[..., j : j + 1, :]
    return out


def exchanged(carried: F64, weight: F64) -> F64:
    """Volume of fluid that has crossed between any two of several fluids after all flows ran together, µm³.

    carried : float64[..., k, k], Q t, symmetric, 0 on the diagonal; weight : float64[..., k], 1/V, 0 for a held fluid
    Returns float64[..., k, k], symmetric; between two held fluids only what a flow of their own carries. Each part of
    the time is a series of positive terms, so that nothing becomes negative; the parts are doubled up to the whole.
    """
    rates = weight[..., None] * carried
    leaving = rates.sum(axis=-1)
    most = leaving.max(axis=-1)
    doublings = np.ceil(np.log2(np.maximum(2.0 * most, 1.0)))
    part = np.exp2(-doublings)[..., None]
    diagonal = np.eye(weight.shape[-1])
    positive = rates * part[..., None] + diagonal * ((most[..., None] - leaving) * part)[..., None]
    term = whole = np.broadcast_to(diagonal, rates.shape)
    for n in range(1, TERMS + 1):
        term = _times(term, positive) / n
        whole = whole + term
    whole = whole / whole.sum(axis=-1, keepdims=True)
    for n in range(int(doublings.max(initial=0.0))):
        twice = _times(whole, whole)
        twice /= twice.sum(axis=-1, keepdims=True)
        whole = np.where((n < doublings)[..., None, None], twice, whole)
    free = np.broadcast_to(weight[..., None] > 0.0, rates.shape)
    volume = np.divide(whole, weight[..., None], out=np.zeros(rates.shape), where=free)
    other = np.swapaxes(volume, -1, -2)
    volume = np.where(free, volume, np.where(np.swapaxes(free, -1, -2), other, carried))
    upper = np.triu(volume, 1)
    return upper + np.swapaxes(upper, -1, -2)


def _dissolved(system: System, states: SystemState, rows: list[int], minutes: float) -> None:
    """Exchange substances by flows that join sites; a held concentration stays, and the hold supplies the rest."""
    flows = system.exchange.flows
    sites = sorted({int(k) for row in rows for k in (flows.first[row], flows.second[row])})
    same_things(system, *sites)
    if not system.sites[sites[0]].n_substances:
        return
    fluid, volumes = zip(*(fluid_of(system, states, k) for k in sites), strict=True)
    carried = np.zeros((len(volumes[0]), 1, len(sites), len(sites)))
    for row in rows:
        a, b = sites.index(int(flows.first[row])), sites.index(int(flows.second[row]))
        through = speed_of(system, states, row, (volumes[a], volumes[b])) * minutes
        carried[:, 0, a, b] += through
        carried[:, 0, b, a] += through
    weight = np.stack(
        [
            np.where(np.isnan(states.sites[k].held), (1.0 / np.where(v > 0.0, v, 1.0))[:, None], 0.0)
            for k, v in zip(sites, volumes, strict=True)
        ],
        axis=-1,
    )
    crossing = exchanged(np.repeat(carried, weight.shape[1], axis=1), weight)
    mean = np.stack(
        [
            (states.sites[k].concentration * where[:, None]).sum(axis=2) / np.maximum(where.sum(axis=1), 1)[:, None]
            for k, where in zip(sites, fluid, strict=True)
        ],
        axis=-1,
    )
    for here, site in enumerate(sites):
        state, w, share = states.sites[site], weight[..., here], flows.share[site]
        volume = crossing[..., here, :].sum(axis=-1)
        brought = (crossing[..., here, :] * mean).sum(axis=-1)
        out, into = mean[..., here] * volume * share, brought * share
        supply = np.where(w > 0.0, 0.0, out - into)
        state.substance_ledger[:, :, WALL_OUT] += out + np.maximum(-supply, 0.0)
        state.substance_ledger[:, :, WALL_IN] += into + np.maximum(supply, 0.0)
        kept = 1.0 - np.minimum(w * volume, 1.0)
        mixed = state.concentration * kept[..., None] + (w * brought)[..., None]
        state.concentration[:] = np.where(fluid[here][:, None], mixed, state.concentration)


def _take(state: State, half: int, names: U64, slots: I32, share: F64, where: Mask) -> Parcel:
    """What leaves a site of its free particles."""
    taken = Parcel(
        particles=np.zeros(state.vesicles.shape[:2], dtype=np.int64), copies=np.zeros(state.cargo.shape[:2])
    )  # fmt: skip
    carry_off(state.step, half, names, slots, share, where, handing.side(state), taken)
    state.vesicle_ledger[:, :, LEFT] += taken.particles
    state.cargo_ledger[:, :, LEFT] += taken.copies
    return taken


def _put(state: State, half: int, names: U64, slots: I32, scale: float, taken: Parcel, where: Mask) -> None:
    """Let what left the other site arrive, `scale` times as much on average."""
    arrived = Parcel(particles=np.zeros_like(taken.particles), copies=np.zeros_like(taken.copies))
    set_down(state.step, half, scale, names, slots, where, taken, handing.side(state), arrived)
    state.vesicle_ledger[:, :, ARRIVED] += arrived.particles
    state.cargo_ledger[:, :, ARRIVED] += arrived.copies


@kernel("void(int64, int64, uint64[::1], int32[::1], float64[:], bool_[:, ::1], Side, Parcel)")
def carry_off(step, half, name, slot_population, share, where, site, taken):
    """Take each free particle of the voxels `where` with probability share[s], and its cargo; sums in `taken`."""
    for s in range(site.vesicles.shape[0]):
        key = stream_key(site.key[s, 0], site.key[s, 1], step, FLOW)
        for p in range(site.vesicles.shape[1]):
            for v in range(site.vesicles.shape[2]):
                before = site.vesicles[s, p, v]
                if before == 0 or not where[s, v]:
                    continue
                gone = binomial(key ^ name[p], np.uint64(v), half, before, share[s])
                if gone == 0:
                    continue
                site.vesicles[s, p, v] = before - gone
                taken.particles[s, p] += gone
                for k in range(slot_population.shape[0]):
                    if slot_population[k] == p:
                        lost = site.cargo[s, k, v] * (gone / before)
                        site.cargo[s, k, v] -= lost
                        taken.copies[s, k] += lost


@kernel("void(int64, int64, float64, uint64[::1], int32[::1], bool_[:, ::1], Parcel, Side, Parcel)")
def set_down(step, half, scale, name, slot_population, where, taken, site, arrived):
    """Put `scale` times the particles `taken` into the voxels `where`, each at random, with their cargo."""
    n_populations, n_voxels = site.vesicles.shape[1], site.vesicles.shape[2]
    for s in range(site.vesicles.shape[0]):
        key = stream_key(site.key[s, 0], site.key[s, 1], step, FLOW)
        for p in range(n_populations):
            left = int(taken.particles[s, p] * scale + uniform(key ^ name[p], ROUNDED, half))
            if left == 0:
                continue
            arrived.particles[s, p] = left
            places = 0
            for v in range(n_voxels):
                places += where[s, v]
            for v in range(n_voxels):
                if left == 0:
                    break
                if not where[s, v]:
                    continue
                here = left if places == 1 else binomial(key ^ name[p], PLACED + np.uint64(v), half, left, 1.0 / places)
                places -= 1
                left -= here
                site.vesicles[s, p, v] += here
                for k in range(slot_population.shape[0]):
                    if slot_population[k] == p:
                        gained = taken.copies[s, k] * (here / taken.particles[s, p])
                        site.cargo[s, k, v] += gained
                        arrived.copies[s, k] += gained


def move(system: System, states: SystemState) -> None:
    """Move the cells marked in `cell_bound_for`, with all they hold, in place; states stay in canonical order.

    Raises ValueError where cells would arrive in a site without a voxel outside solid matrix
    """
    passages = system.exchange.passages
    waiting: list[list[tuple[dict[str, np.ndarray], I64]]] = [[] for _ in system.sites]
    for source, (program, state) in enumerate(zip(system.sites, states.sites, strict=True)):
        goes = state.cell_bound_for > 0
        if not goes.any():
            continue
        site = cell_sites(state)
        gone = {name: getattr(state, name)[goes] for name in PER_CELL}
        _book(state, gone, site[goes], int(CellTerm.LEFT), LEFT)
        order.replace(program, state, np.flatnonzero(~goes))
        for target in np.unique(gone["cell_bound_for"]) - 1:
            mine = gone["cell_bound_for"] == target + 1
            some = {name: array[mine] for name, array in gone.items()}
            scale = float(passages.share[target] / passages.share[source])
            most = int(passages.stands_for[target])
            waiting[target].append(
                _multiplied(system.sites[target], states.sites[target], some, site[goes][mine], scale, most)
            )
    for program, state, groups in zip(system.sites, states.sites, waiting, strict=True):
        if groups:
            _arrive(program, state, groups)


def _book(state: State, cells: dict[str, np.ndarray], site: I64, cell_term: int, term: int) -> None:
    """Count cells, and the bound and endosomal vesicles they carry, as leaving or arriving."""
    np.add.at(state.cell_ledger[:, :, cell_term], (site, cells["cell_type"]), cells["stands_for"])
    np.add.at(state.vesicle_ledger[:, :, term], site, cells["bound"] + cells["endosomal"])
    np.add.at(state.cargo_ledger[:, :, term], site, cells["bound_cargo"] + cells["endosomal_cargo"])


def _multiplied(
    program: Program, state: State, cells: dict[str, np.ndarray], site: I64, scale: float, most: int
) -> tuple[dict[str, np.ndarray], I64]:
    """Each cell as it arrives: `scale` times as many on average, in cells that stand for about `most` each."""
    keys = np.ascontiguousarray(state.site_key[site])
    number = np.empty(len(site), dtype=np.int64)
    count_arrivals(state.step, keys, cells["cell_id"], cells["stands_for"], scale, number)
    copies = np.where(number > 0, np.maximum(number // most, 1), 0)
    rows = np.repeat(np.arange(len(site)), copies)
    copy = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
    arriving = {name: np.ascontiguousarray(array[rows]) for name, array in cells.items()}
    renew_copies(
        program.values, np.ascontiguousarray(keys[rows]), program.stream_names.clock,
        state.site_variant[site[rows]].astype(np.int64), copy,
        clock_table(program), arriving["cell_type"], arriving["cell_births"], arriving["clock"], arriving["cell_id"],
        arriving["clock_threshold"],
    )  # fmt: skip
    before, each = arriving["stands_for"], number[rows] // copies[rows]
    arriving["stands_for"] = each + (copy < number[rows] - each * copies[rows])
    for k, name in enumerate(("pool", "bound", "endosomal")):
        share_held(
            state.step, np.ascontiguousarray(keys[rows]), 1 + k, arriving["cell_id"], before, arriving["stands_for"],
            program.vesicles.slot_population, arriving[name], arriving[f"{name}_cargo"],
        )  # fmt: skip
    return arriving, site[rows]


@kernel(
    "void(int64, uint64[:, ::1], int64, uint64[::1], int64[::1], int64[::1], int32[::1], int64[:, ::1],"
    " float64[:, ::1])"
)
def share_held(step, site_key, first_counter, cell_id, before, after, slot_population, count, cargo):
    """What cells hold that stood for `before` and stand for `after`: int64[n_cells, n_populations], and its cargo.

    A fraction of a particle per cell is drawn, so that the mean stays.
    """
    for i in range(cell_id.shape[0]):
        if before[i] == after[i]:
            continue
        key = stream_key(site_key[i, 0], site_key[i, 1], step, PASSAGE)
        times = after[i] // before[i]
        rest = (after[i] - times * before[i]) / before[i]
        for p in range(count.shape[1]):
            whole = count[i, p]
            if whole == 0:
                continue
            count[i, p] = times * whole + binomial(key, cell_id[i], first_counter + 3 * p, whole, rest)
            for k in range(slot_population.shape[0]):
                if slot_population[k] == p:
                    cargo[i, k] *= count[i, p] / whole


@kernel("void(int64, uint64[:, ::1], uint64[::1], int64[::1], float64, int64[::1])")
def count_arrivals(step, site_key, cell_id, stands_for, scale, number):
    """How many arrive of those that each cell stands for: times `scale`, rounded up or down with a keyed uniform."""
    for i in range(cell_id.shape[0]):
        key = stream_key(site_key[i, 0], site_key[i, 1], step, PASSAGE)
        number[i] = int(stands_for[i] * scale + uniform(key, cell_id[i], 0))


@device
def still_ahead(key, cell_id, counter, shape, run, threshold):
    """A threshold of an Erlang clock that has not fired yet, given that `run` has gone by; the old one if none is."""
    for attempt in range(MOST_TRIES):
        fresh = erlang(key, cell_id, counter + attempt * TRY_STRIDE, shape)
        if fresh > run:
            return fresh
    return threshold


@kernel(
    "void(float64[:, ::1], uint64[:, ::1], uint64[::1], int64[::1], int64[::1], int32[:, ::1], int16[::1], int32[::1],"
    " float64[:, ::1], uint64[::1], float64[:, ::1])"
)
def renew_copies(values, site_key, name, variant, copy, clocks, cell_type, births, clock, cell_id, threshold):
    """Give copies behind the first (copy > 0) a lineage hash of their own and new thresholds for what lies ahead."""
    n = clocks.shape[0]
    for i in range(cell_id.shape[0]):
        if copy[i] == 0:
            continue
        cell_id[i] = daughter(cell_id[i], births[i], 1 + copy[i])
        key = stream_key(site_key[i, 0], site_key[i, 1], 0, THRESHOLD)
        for c in range(n + 2):
            shape = 1
            if c < n and clocks[c, C_TYPE] == cell_type[i]:
                shape = shape_of(values, variant[i], clocks[c, C_STEPS])
            threshold[i, c] = still_ahead(key ^ name[c], cell_id[i], births[i], shape, clock[i, c], threshold[i, c])


def _arrive(program: Program, state: State, groups: Sequence[tuple[dict[str, np.ndarray], I64]]) -> None:
    """Put cells at random places of their sites and join them."""
    cells = {name: np.concatenate([some[name] for some, _ in groups]) for name in PER_CELL}
    site = np.concatenate([where for _, where in groups])
    if not len(site):
        return
    open_voxels = ~solid_voxels(program, state)
    rows, listed = np.unique(site, return_inverse=True)
    lists = [np.flatnonzero(open_voxels[row]) for row in rows]
    if any(len(one) == 0 for one in lists):
        raise NoRoom("cells cannot arrive: a site has no voxel outside solid matrix")
    start = np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64)
    position, grid = np.full((len(site), 3), np.nan), program.grid
    place(
        np.ascontiguousarray(state.site_key[site]), state.step, cells["cell_id"], listed.astype(np.int64), start,
        np.concatenate(lists).astype(np.int64), grid.nx, grid.ny, grid.voxel, grid.height, grid.dimensions, position,
    )  # fmt: skip
    cells["position"], cells["direction"] = position, np.zeros_like(position)
    cells["cell_bound_for"] = np.zeros(len(site), dtype=np.int32)
    _book(state, cells, site, int(CellTerm.ARRIVED), ARRIVED)
    order.replace(program, state, np.arange(state.n_cells), cells, site)
