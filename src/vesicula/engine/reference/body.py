"""Twin of `engine.body`: flows voxel by voxel, cells one after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import expm

from vesicula.engine import order
from vesicula.engine.body import PLACED, ROUNDED, TRY_STRIDE, between_pools
from vesicula.engine.program import NONE
from vesicula.engine.reference.networks import number
from vesicula.engine.reference.streams import binomial, daughter, erlang, stream_key, uniform, uniform_pair
from vesicula.engine.state import PER_CELL, CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.stream_names import FLOWS, numbered
from vesicula.engine.streams import Purpose
from vesicula.engine.system import System, SystemState
from vesicula.engine.voxels import solid_voxels


def _key(state: State, s: int, purpose: Purpose, step: int | None = None) -> int:
    seed, site = (int(k) for k in state.site_key[s])
    return stream_key(seed, site, state.step if step is None else step, purpose)


def flow(system: System, states: SystemState, minutes: float, half: int) -> None:
    """As `engine.body.flow`."""
    flows = system.exchange.flows
    rows = list(range(len(flows.first)))
    names = flows.key if len(flows.key) else numbered(len(rows), FLOWS)
    for s in range(states.n_rows):
        _dissolved(system, states, s, minutes)
    for row in rows if half == 0 else reversed(rows):
        pair = int(flows.first[row]), int(flows.second[row])
        for s in range(states.n_rows):
            open_voxels, volumes = _fluid(system, states, pair, s)
            fluid = _fluid_carried(system, states, row, s, minutes)
            if min(volumes) > 0.0:
                crossing = _crossing(fluid, 1.0 / volumes[0], 1.0 / volumes[1])
                _vesicles(system, states, pair, s, open_voxels, volumes, crossing, (names[row], half))


def _fluid(system: System, states: SystemState, sites, s):
    """Voxels outside solid matrix and real volumes of sites."""
    programs, share = system.sites, system.exchange.flows.share
    open_voxels = [np.flatnonzero(~solid_voxels(programs[k], states.sites[k])[s]) for k in sites]
    volumes = [len(v) * programs[k].grid.voxel_volume / share[k] for k, v in zip(sites, open_voxels, strict=True)]
    return open_voxels, volumes


def _fluid_carried(system: System, states: SystemState, row: int, s: int, minutes: float) -> float:
    flows = system.exchange.flows
    first = int(flows.first[row])
    return number(system.sites[first], int(states.sites[first].site_variant[s]), flows.p_flow[row], 0.0) * minutes


def _crossing(fluid: float, one: float, two: float) -> float:
    return -math.expm1(-fluid * (one + two)) / (one + two)


def _dissolved(system: System, states: SystemState, s, minutes: float) -> None:
    """All sites at once, of which many may have no flow; not what flows between pools."""
    flows, sites = system.exchange.flows, range(len(system.sites))
    open_voxels, volumes = _fluid(system, states, sites, s)
    for i in range(system.sites[0].n_substances):
        held = [not np.isnan(state.held[s, i]) for state in states.sites]
        carried = np.zeros((len(sites), len(sites)))
        for row in set(range(len(flows.first))) - set(between_pools(system)):
            one, two = int(flows.first[row]), int(flows.second[row])
            if min(volumes[one], volumes[two]) > 0.0:
                carried[one, two] += _fluid_carried(system, states, row, s, minutes)
                carried[two, one] = carried[one, two]
        rates = np.array([carried[k] * (0.0 if held[k] else 1.0 / (volumes[k] or 1.0)) for k in sites])
        mixed = expm(rates - np.diag(rates.sum(axis=1)))
        mean = [
            float(np.mean(state.concentration[s, i, v])) for state, v in zip(states.sites, open_voxels, strict=True)
        ]
        for here in sites:
            others = [k for k in sites if k != here]
            if held[here]:
                crossed = [carried[here, k] if held[k] else mixed[k, here] * volumes[k] for k in others]
            else:
                crossed = [mixed[here, k] * volumes[here] for k in others]
                for v in open_voxels[here]:
                    old = states.sites[here].concentration[s, i, v]
                    gain = sum(mixed[here, k] * (mean[k] - old) for k in others)
                    states.sites[here].concentration[s, i, v] = old + gain
            share = flows.share[here]
            out = mean[here] * sum(crossed) * share
            into = sum(volume * mean[k] for volume, k in zip(crossed, others, strict=True)) * share
            supply = out - into if held[here] else 0.0
            ledger = states.sites[here].substance_ledger[s, i]
            ledger[SubstanceTerm.WALL_OUT] += out + max(-supply, 0.0)
            ledger[SubstanceTerm.WALL_IN] += into + max(supply, 0.0)


def _vesicles(system: System, states: SystemState, pair, s, open_voxels, volumes, crossing, turn) -> None:
    share, first = system.exchange.flows.share, system.sites[pair[0]]
    populations, of_slot = first.n_populations, first.vesicles.slot_population
    for p in range(populations):
        slots = np.flatnonzero(of_slot == p)
        called, draw = int(first.stream_names.population[p] ^ turn[0]), turn[1]
        gone = []
        for site, voxels, volume in zip(pair, open_voxels, volumes, strict=True):
            state, taken, copies = states.sites[site], 0, np.zeros(len(slots))
            for v in voxels:
                before = int(state.vesicles[s, p, v])
                out = 0
                if before:
                    out = binomial(_key(state, s, Purpose.FLOW) ^ called, int(v), draw, before, crossing / volume)
                lost = state.cargo[s, slots, v] * (out / before if out else 0.0)
                state.vesicles[s, p, v] -= out
                state.cargo[s, slots, v] -= lost
                taken, copies = taken + out, copies + lost
            state.vesicle_ledger[s, p, VesicleTerm.LEFT] += taken
            state.cargo_ledger[s, slots, VesicleTerm.LEFT] += copies
            gone.append((taken, copies))
        for here, there in ((1, 0), (0, 1)):
            state, (taken, copies) = states.sites[pair[here]], gone[there]
            key = _key(state, s, Purpose.FLOW) ^ called
            scale = share[pair[here]] / share[pair[there]]
            left = math.floor(taken * scale + uniform(key, int(ROUNDED), draw))
            state.vesicle_ledger[s, p, VesicleTerm.ARRIVED] += left
            places = len(open_voxels[here])
            for v in open_voxels[here]:
                n = left if places == 1 else binomial(key, int(PLACED) + int(v), draw, left, 1.0 / places)
                places, left = places - 1, left - n
                state.vesicles[s, p, v] += n
                gained = copies * (n / taken) if n else 0.0 * copies
                state.cargo[s, slots, v] += gained
                state.cargo_ledger[s, slots, VesicleTerm.ARRIVED] += gained


def move(system: System, states: SystemState) -> None:
    """As `engine.body.move`."""
    passages = system.exchange.passages
    kept: list[list[tuple[int, dict[str, Any]]]] = [[] for _ in states.sites]
    came: list[list[tuple[int, dict[str, Any]]]] = [[] for _ in states.sites]
    for source, state in enumerate(states.sites):
        site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
        for i in range(state.n_cells):
            cell: dict[str, Any] = {name: np.copy(getattr(state, name)[i]) for name in PER_CELL}
            s = int(site[i])
            target = int(cell["cell_bound_for"]) - 1
            if target < 0:
                kept[source].append((s, cell))
                continue
            _book(state, s, cell, CellTerm.LEFT, VesicleTerm.LEFT)
            cell["cell_bound_for"] = np.int32(0)
            scale = passages.share[target] / passages.share[source]
            u = uniform(_key(states.sites[target], s, Purpose.PASSAGE), int(cell["cell_id"]), 0)
            number_of = math.floor(int(cell["stands_for"]) * scale + u)
            copies = max(number_of // int(passages.stands_for[target]), 1) if number_of else 0
            for copy in range(copies):
                new = _copy(system.sites[target], states.sites[target], s, cell, copy)
                stands_for = number_of // copies + (copy < number_of % copies)
                part = _part(system.sites[target], states.sites[target], s, new, stands_for)
                came[target].append((s, part))
    for program, state, stay, new in zip(system.sites, states.sites, kept, came, strict=True):
        for s, cell in new:
            cell["position"], cell["direction"] = _place(program, state, s, cell), np.zeros(3)
            _book(state, s, cell, CellTerm.ARRIVED, VesicleTerm.ARRIVED)
        rows = [*stay, *new]
        for name in PER_CELL:
            old = getattr(state, name)
            joined = np.array([cell[name] for _, cell in rows], dtype=old.dtype)
            setattr(state, name, joined.reshape(len(rows), *old.shape[1:]))
        order.canonical(program, state, cell_site=np.array([s for s, _ in rows], dtype=np.int64))


def _book(state: State, s: int, cell, cell_term: CellTerm, term: VesicleTerm) -> None:
    state.cell_ledger[s, int(cell["cell_type"]), cell_term] += cell["stands_for"]
    state.vesicle_ledger[s, :, term] += cell["bound"] + cell["endosomal"]
    state.cargo_ledger[s, :, term] += cell["bound_cargo"] + cell["endosomal_cargo"]


def _part(program, state: State, s: int, cell, stands_for: int):
    """The cell as one that stands for so many, with its part of the vesicles."""
    before, key = int(cell["stands_for"]), _key(state, s, Purpose.PASSAGE)
    cell["stands_for"] = np.int64(stands_for)
    if before == stands_for:
        return cell
    for k, name in enumerate(("pool", "bound", "endosomal")):
        for p, whole in enumerate(cell[name].copy()):
            if whole == 0:
                continue
            rest = stands_for % before / before
            more = binomial(key, int(cell["cell_id"]), 1 + k + 3 * p, int(whole), rest) if rest else 0
            cell[name][p] = stands_for // before * whole + more
            for slot in np.flatnonzero(program.vesicles.slot_population == p):
                cell[f"{name}_cargo"][slot] *= cell[name][p] / whole
    return cell


def _copy(program, state: State, s: int, cell, copy: int):
    new: dict[str, Any] = {name: np.copy(value) for name, value in cell.items()}
    if copy == 0:
        return new
    births, table = int(cell["cell_births"]), program.lifecycle
    new["cell_id"] = np.uint64(daughter(int(cell["cell_id"]), births, 1 + copy))
    key = _key(state, s, Purpose.THRESHOLD, 0)
    for c in range(program.n_clocks + 2):
        shape = 1
        if c < program.n_clocks and table.type[c] == cell["cell_type"] and table.p_steps[c] != NONE:
            shape = max(1, round(number(program, int(state.site_variant[s]), table.p_steps[c], 1.0)))
        for attempt in range(64):
            named = key ^ int(program.stream_names.clock[c])
            fresh = erlang(named, int(new["cell_id"]), births + attempt * TRY_STRIDE, shape)
            if fresh > cell["clock"][c]:
                new["clock_threshold"][c] = fresh
                break
    return new


def _place(program, state: State, s: int, cell) -> np.ndarray:
    grid = program.grid
    voxels = np.flatnonzero(~solid_voxels(program, state)[s])
    key = _key(state, s, Purpose.START_POSITION)
    u, x = uniform_pair(key, int(cell["cell_id"]), 0, 0)
    y, z = uniform_pair(key, int(cell["cell_id"]), 1, 0)
    v = int(voxels[min(len(voxels) - 1, int(u * len(voxels)))])
    up = z if grid.dimensions > 2 else 0.5
    row = v // grid.nx % grid.ny
    return np.array([
        (v % grid.nx + x) * grid.voxel, (row + y) * grid.voxel, (v // (grid.nx * grid.ny) + up) * grid.height
    ])  # fmt: skip
