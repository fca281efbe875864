"""How many cells a run will have, foretold before it: expected growth at the base rates of clocks, or at their limits.

    Equation   dn_a/dt = (g_a − μ_a) n_a + Σ_b k_ba n_b over cell types and states a of all sites; dead cells stay
               g_a : root x of  Π_j (k_j λ_j/(k_j λ_j + x))^(k_j) = 1/2  over phases j of a cycle (λ: rate, k: steps)

with μ_a the rates of death, of change and of leaving. Rules are not computed, only bounded: `BASE` takes every clock
at its base rate, `LEAST` with all that rules may take from division and add to death, `MOST` with all that they may add
to division. What pressure and contact take from division is always taken, since a crowd is what is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Effect, Event, Program, Signal
from vesicula.engine.substeps import PACKED
from vesicula.engine.system import System

F64 = NDArray[np.float64]
Level = Literal["least", "base", "most"]
Speed = Callable[[Program, int, int, int], F64]
"""Rate of a clock of a program, float64[n_variants], 1/min, by cell type, state and number of the clock."""
MOMENTS = 240  # at which growth is looked at, at most
LARGEST = 1e30  # cells; nothing is told apart beyond
MOST_RATE = 1e30  # 1/min; nothing is told apart beyond
FASTEST = 300.0  # growth between two moments, as a power of e
BIRTHS = (int(Effect.DIVIDE), int(Effect.NEXT_PHASE))
CROWD = (int(Signal.PRESSURE), int(Signal.CONTACT))


@dataclass(frozen=True)
class Growth:
    """Expected cells at moments of a run, dead ones included, for every variant.

    times : float64[n_moments], min, first 0      cells : float64[n_moments, n_variants, n_sites, n_types], real ones
    simulated : float64[n_moments, n_variants, n_sites, n_types], simulated cells
    filled : float64[n_moments, n_variants, n_sites], times that the cells fill a site, as in `engine.room`
    taken : float64[n_variants, n_sites, n_types], share of a site that one cell takes
    """

    times: F64
    cells: F64
    simulated: F64
    filled: F64
    taken: F64

    def first_above(self, limit: float) -> F64:
        """Time at which each site of each variant is filled more than `limit` times, min; inf: never."""
        above = self.filled > limit
        when = self.times[np.argmax(above, axis=0)]
        return np.where(above.any(axis=0), when, np.inf)


def growth(system: System, span: float, level: Level = "base", *, crowds: bool = True) -> Growth:
    """Expected numbers of cells over `span` minutes. crowds: whether pressure and contact hold division back."""
    first = system.sites[0]
    steps = max(1, round(span / first.macro_step))
    every = -(-steps // MOMENTS)
    marks = [*range(0, steps, every), steps]
    n_sites, n_types, n_states, n_variants = len(system.sites), first.n_types, first.n_states, len(first.values)
    shape = (n_sites, n_types, n_states)
    alive, dead = np.zeros((n_variants, *shape)), np.zeros((n_variants, n_sites, n_types))
    real, drawn = np.zeros((n_sites, n_types)), np.zeros((n_sites, n_types))
    for s, program in enumerate(system.sites):
        kind = program.start.type.astype(np.int64)
        there = kind * n_states + program.start.state
        counts = np.bincount(there, program.start.stands_for, n_types * n_states)
        alive[:, s] += counts.reshape(n_types, n_states)
        real[s] += np.bincount(kind, program.start.stands_for, n_types)
        drawn[s] += np.bincount(kind, minlength=n_types)
        for k in np.flatnonzero(program.protocol.kind == int(Event.ADD_CELLS)):
            t = int(program.protocol.what[k])
            real[s, t] += program.protocol.stands_for[k]
            drawn[s, t] += 1.0
    cells, steady = np.zeros((len(marks), n_variants, n_sites, n_types)), (-1, np.zeros(0))
    for m, mark in enumerate(marks):
        if m:
            phase = int(np.searchsorted(first.later_step, marks[m - 1], side="right")), mark - marks[m - 1]
            if phase != steady[0]:
                now = system.at(marks[m - 1])
                moves = rates(now, lambda program, t, state, c: _speed(program, t, state, c, level, crowds=crowds))
                steady = (phase, exponential(moves * ((mark - marks[m - 1]) * first.macro_step)))
            both = np.concatenate([alive.reshape(n_variants, -1), dead.reshape(n_variants, -1)], axis=1)
            both = np.minimum(np.einsum("vij,vj->vi", steady[1], both), LARGEST)
            alive = both[:, : alive[0].size].reshape(n_variants, *shape)
            dead = both[:, alive[0].size :].reshape(dead.shape)
        _act(system, mark, marks[m - 1] if m else -1, alive, dead)
        cells[m] = alive.sum(axis=3) + dead
    taken = np.stack([_taken(program) for program in system.sites], axis=1)
    simulated = cells * np.divide(drawn, real, out=np.ones_like(real), where=real > 0)
    for s, program in enumerate(system.sites):
        if program.start.most.any():
            most = np.where(program.start.most > 0, np.maximum(simulated[0, :, s], program.start.most), np.inf)
            simulated[:, :, s] = np.minimum(simulated[:, :, s], most)
    return Growth(np.array(marks) * first.macro_step, cells, simulated, np.einsum("mvst,vst->mvs", cells, taken), taken)


def _act(system: System, mark: int, before: int, alive: F64, dead: F64) -> None:
    """Add and take the cells that the protocol adds and takes after step `before`, up to `mark`."""
    for s, program in enumerate(system.sites):
        plan = program.protocol
        for k in np.flatnonzero((plan.step > before) & (plan.step <= mark)):
            amount = program.values[:, plan.p_amount[k]] if plan.p_amount[k] != NONE else np.ones(len(program.values))
            t = int(plan.what[k])
            if plan.kind[k] == int(Event.ADD_CELLS):
                alive[:, s, t, max(int(plan.state[k]), 0)] += amount
            elif plan.kind[k] == int(Event.REMOVE_CELLS):
                left = 1.0 - np.clip(np.nan_to_num(amount), 0.0, 1.0)
                which = slice(None) if t == NONE else slice(t, t + 1)
                alive[:, s, which] *= left[:, None, None]
                dead[:, s, which] *= left[:, None]


def _taken(program: Program) -> F64:
    """Share of its site that one cell takes, float64[n_variants, n_types]; the sums are those of `engine.room`."""
    grid, kinds = program.grid, program.cell_types
    size = program.values[:, kinds.p_volume]
    cross_section = np.pi * (0.75 / np.pi * size) ** (2.0 / 3.0)
    if grid.dimensions == 3:
        return size / (grid.n_voxels * grid.voxel_volume)
    if grid.dimensions == 2:
        return cross_section / (grid.n_voxels * grid.voxel**2)
    if not grid.area > 0.0:
        return size / (PACKED * grid.voxel_volume)
    density = np.where(kinds.p_confluence == NONE, np.nan, program.values[:, kinds.p_confluence])
    return np.where(np.isnan(density), cross_section, 1.0 / density) / grid.area


def rates(system: System, speed: Speed) -> F64:
    """Matrix of growth, death and change of cells, float64[n_variants, n, n], 1/min, at the values of the system.

    Rows and columns are all (site, type, state), then the dead of all (site, type).
    """
    first = system.sites[0]
    n_types, n_states, n_variants = first.n_types, first.n_states, len(first.values)
    n_alive = len(system.sites) * n_types * n_states
    out = np.zeros((n_variants, n_alive + len(system.sites) * n_types, n_alive + len(system.sites) * n_types))
    at = {program.site: s for s, program in enumerate(system.sites)}
    for s, program in enumerate(system.sites):
        for t in range(n_types):
            grave = n_alive + s * n_types + t
            stay = program.values[:, program.lifecycle.p_clearance[t, 0]]
            out[:, grave, grave] -= 1.0 / np.maximum(stay, 1e-9)
            for state in range(n_states):
                here = (s * n_types + t) * n_states + state
                out[:, here, here] += _birth_rate(program, t, state, speed)
                for c in _clocks(program, t, state):
                    effect, to_state = int(program.lifecycle.effect[c]), int(program.lifecycle.to_state[c])
                    if effect in BIRTHS:
                        continue
                    rate, there = speed(program, t, state, c), grave
                    if effect == int(Effect.TRANSITION):
                        there = (s * n_types + int(program.lifecycle.to_type[c])) * n_states + max(to_state, 0)
                    elif effect == int(Effect.LEAVE):
                        goal = at.get(int(program.lifecycle.to_site[c]), s)
                        there = (goal * n_types + t) * n_states + (state if to_state == NONE else to_state)
                    out[:, here, here] -= rate
                    out[:, there, here] += rate
    return out


def _clocks(program: Program, t: int, state: int) -> list[int]:
    """Clocks that run for a cell type in a state, in any phase."""
    life = program.lifecycle
    runs = (life.type == t) & np.isin(life.state, (NONE, state)) & np.isin(life.site, (NONE, program.site))
    return [int(c) for c in np.flatnonzero(runs)]


def _birth_rate(program: Program, t: int, state: int, speed: Speed) -> F64:
    """Rate at which a culture that neither dies nor changes grows, float64[n_variants], 1/min."""
    phases: dict[int, list[int]] = {}
    for c in _clocks(program, t, state):
        if int(program.lifecycle.effect[c]) in BIRTHS:
            phases.setdefault(int(program.lifecycle.phase[c]), []).append(c)
    none = np.zeros(len(program.values))
    if not phases or len(phases) < int(program.lifecycle.n_phases[t]):
        return none
    parts: list[tuple[F64, F64]] = []
    for clocks in phases.values():
        rate = np.zeros(len(program.values))
        for c in clocks:
            rate += speed(program, t, state, c)
        p_steps = int(program.lifecycle.p_steps[clocks[0]])
        parts.append(
            (np.minimum(rate, MOST_RATE), np.ones_like(rate) if p_steps == NONE else program.values[:, p_steps])
        )
    low, high = none, np.full(len(none), np.inf)
    for rate, k in parts:
        high = np.minimum(high, k * rate * np.expm1(math.log(2.0) / k))
    for _ in range(50):
        x = 0.5 * (low + high)
        left = np.zeros(len(none))
        for rate, k in parts:
            left += k * np.log1p(x / np.maximum(k * rate, 1e-300))
        low, high = np.where(left < math.log(2.0), x, low), np.where(left < math.log(2.0), high, x)
    return high


def _speed(program: Program, t: int, state: int, c: int, level: Level, *, crowds: bool) -> F64:
    """Rate of a clock, float64[n_variants], 1/min: its base times what rules may do to it at this level."""
    behaviours, effect = program.behaviours, int(program.lifecycle.effect[c])
    column = int(behaviours.clock[c])
    p_base = int(behaviours.p_base[t, state, column])
    if p_base == NONE:
        return np.zeros(len(program.values))
    rate = program.values[:, p_base].copy()
    birth = effect in BIRTHS
    row = t * behaviours.n + column
    for r in range(int(behaviours.rule_start[row]), int(behaviours.rule_start[row + 1])):
        if int(behaviours.rule_state[r]) not in (NONE, state):
            continue
        raises, limit = int(behaviours.rule_direction[r]) > 0, program.values[:, behaviours.p_limit[r]]
        crowd = int(program.signals.kind[behaviours.rule_signal[r]]) in CROWD
        brakes = birth and not raises and ((crowds and crowd) or level == "least")
        wears = not birth and raises and level == "least"
        if brakes or wears or (birth and raises and level == "most"):
            rate *= limit
    return rate


def exponential(rates: F64) -> F64:
    """Matrix exponential of each of a stack, by scaling and squaring; growth beyond `FASTEST` is cut."""
    n = rates.shape[1]
    for k in range(n):
        rates[:, k, k] = np.minimum(rates[:, k, k], FASTEST)
    largest = float(np.abs(rates).sum(axis=1).max(initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(max(largest, 1e-300)))) + 1)
    small = rates / 2.0**halvings
    term = out = np.broadcast_to(np.eye(n), rates.shape)
    for k in range(1, 13):
        term = term @ small / k
        out = out + term
    for _ in range(halvings):
        out = out @ out
    return np.minimum(np.maximum(out, 0.0), 1e200)
