"""Levels of what is dissolved where gain and loss balance, and what moves them.

    Equation   0 = Σ_g n_g b_g/V + r/V + Σ_k Q_k (c_k − c)/V − (λ + Σ_g n_g u_g/V) c − Σ_r ν_r ξ_r(c)

of every substance of every site: n cells of group g, each of which secretes b and clears u; r what resorption sets free
and V the fluid outside solid matrix, as the run had them; Q blood flow, and P A of a wall as it is at the moment
(`walls`); ξ reactions (`engine.reactions`). All of them are balanced together, so that what a decoy binds is in the
answer. Then, with J = −∂F/∂c there,

    Equation   d ln c_i / d ln q = (J⁻¹)_ij q_j/c_i   (q_j: a part of the gain or, negative, loss of substance j)

What nothing removes accumulates over the horizon instead; what the experimenter holds does not move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Program, Reaction, Wall
from vesicula.engine.reactions import SATURABLE, reaction_rate
from vesicula.engine.state import State, SubstanceTerm
from vesicula.engine.system import System, SystemState
from vesicula.engine.voxels import solid_voxels
from vesicula.experiments.loops.doings import Doings
from vesicula.experiments.loops.walls import Way

F64 = NDArray[np.float64]
SLOWEST = 1e3  # horizons in which a level forgets where it was: what neither comes nor goes stays
ROUNDS = 400  # of the solver
BALANCED = 1e-10  # relative change of all levels in a round that counts as none


@dataclass(frozen=True)
class Flux:
    """What came from stores and through walls in a while, float64[n_rows, n_substances] of one site.

    released, entered : molecules/min; left : molecules/min that went through walls
    """

    released: F64
    entered: F64
    left: F64


@dataclass(frozen=True)
class Levels:
    """Balanced levels of all sites: place = site * n_substances + substance.

    seen : float64[n_rows, n_places], mean of the run outside solid matrix, molecules/µm³; balanced : of the balance
    moved : by (site, group, behaviour column), d ln level / d ln doing, float64[n_rows, n_places]
    by_cells : by (site, group), d ln level / d ln cells, all that they do together
    unsettled : bool[n_rows], rows whose balance was not found
    """

    seen: F64
    balanced: F64
    moved: dict[tuple[int, int, int], F64]
    by_cells: dict[tuple[int, int], F64]
    unsettled: NDArray[np.bool_]


@dataclass(frozen=True)
class _Part:
    """A part of gain or loss: `amount` molecules/µm³/min per level of `of`; of NONE: whatever the level."""

    place: int
    amount: float
    of: int = NONE


def fluid(program: Program, state: State) -> F64:
    """Volume outside solid matrix, float64[n_rows], µm³."""
    barred = solid_voxels(program, state)
    return (~barred).sum(axis=1) * program.grid.voxel_volume


def flux(before: State, after: State, minutes: float) -> Flux:
    """What passed between two states of a site."""
    change = (after.substance_ledger - before.substance_ledger) / minutes
    terms = (SubstanceTerm.FROM_STORES, SubstanceTerm.WALL_IN, SubstanceTerm.WALL_OUT)
    return Flux(*(change[:, :, int(term)] for term in terms))


class _Site:
    """One site in one row: constants of its balance."""

    def __init__(self, program: Program, state: State, did: Doings, passed: Flux, row: int, volume: float) -> None:
        self.program, self.row, self.volume, self.did = program, row, volume, did
        values = program.values[row]
        self.value = lambda p: float(values[p]) if p != NONE else 0.0
        barred = solid_voxels(program, state)[row]
        self.seen = state.concentration[row][:, ~barred].mean(axis=1)
        self.held = ~np.isnan(state.held[row])
        self.decay = np.array([self.value(int(p)) for p in program.substances.p_decay])
        self.released = passed.released[row] / volume
        amount = np.maximum(self.seen * volume, 1e-300)
        walls = (program.substances.wall != int(Wall.CLOSED)).any(axis=1)
        self.entered = np.where(walls, passed.entered[row] / volume, 0.0)
        self.through_walls = np.where(walls, passed.left[row] / amount, 0.0)
        self.copies = state.cargo[row].sum(axis=1) / volume

    def total(self, column: int) -> float:
        """What all cells do in a column."""
        return float(self.did.number[self.row] @ self.did.mean[self.row, :, column]) if column != NONE else 0.0


def levels(
    system: System, states: SystemState, did: list[Doings], passed: list[Flux], horizon: float, walls: list[Way]
) -> Levels:
    """Balance all levels of every row, and what every doing and every group of cells moves them by."""
    n_rows, n = states.n_rows, system.sites[0].n_substances
    size = n * len(system.sites)
    volumes = [fluid(program, state) for program, state in zip(system.sites, states.sites, strict=True)]
    seen, balanced, unsettled = np.zeros((n_rows, size)), np.zeros((n_rows, size)), np.zeros(n_rows, dtype=np.bool_)
    moved: dict[tuple[int, int, int], F64] = {}
    by_cells: dict[tuple[int, int], F64] = {}
    for row in range(n_rows):
        each = zip(system.sites, states.sites, did, passed, strict=True)
        sites = [_Site(*one, row, float(volumes[k][row])) for k, one in enumerate(each)]
        whole = _Balance(system, sites, horizon, [(a, b, passing[row]) for a, b, passing in walls])
        seen[row] = whole.start
        balanced[row], settled = whole.solved()
        unsettled[row] = not settled
        inverse = np.linalg.pinv(whole.slopes(balanced[row])).astype(np.float64)
        for k, site in enumerate(sites):
            for key, parts in _parts(k, site, n):
                effect = _effect(inverse, balanced[row], parts)
                moved.setdefault(key, np.zeros((n_rows, size)))[row] = effect
                by_cells.setdefault(key[:2], np.zeros((n_rows, size)))[row] += effect
    return Levels(seen, balanced, moved, by_cells, unsettled)


def _effect(inverse: F64, level: F64, parts: list[_Part]) -> F64:
    """D ln level / d ln of what makes these parts, float64[n_places]."""
    push = np.zeros(len(level))
    for part in parts:
        push[part.place] += part.amount * (1.0 if part.of == NONE else level[part.of])
    return np.divide(inverse @ push, level, out=np.zeros_like(level), where=level > 0)


def _parts(k: int, site: _Site, n: int) -> Iterator[tuple[tuple[int, int, int], list[_Part]]]:
    """All that groups of cells do to levels: key (site, group, column), and the parts that it makes."""
    program, columns, row = site.program, site.program.behaviours, site.row
    for g in np.flatnonzero(site.did.number[row]).tolist():
        doing = site.did.number[row, g] * site.did.mean[row, g]
        made: dict[int, list[_Part]] = {}
        for i in range(n):
            place = k * n + i
            if site.held[i]:
                continue
            for column, sign, of in ((columns.secretion[i], 1.0, NONE), (columns.uptake[i], -1.0, place)):
                if column != NONE and doing[column] > 0:
                    made.setdefault(int(column), []).append(_Part(place, sign * doing[column] / site.volume, of))
        for m in np.flatnonzero(columns.resorption != NONE).tolist():
            column = int(columns.resorption[m])
            whole = site.total(column)
            stored = program.matrix.store_substance[program.matrix.store_matrix == m].tolist()
            share = doing[column] / whole if whole > 0 else 0.0
            freed = [_Part(k * n + i, share * site.released[i]) for i in stored if not site.held[i]]
            if share > 0:
                made.setdefault(column, []).extend(freed)
        for column, parts in made.items():
            yield (k, g, column), parts


class _Balance:
    """Gain and loss of all substances of all sites of one row."""

    def __init__(self, system: System, sites: list[_Site], horizon: float, walls: list[Way]) -> None:
        self.sites, self.n = sites, len(sites[0].seen)
        self.start = np.concatenate([site.seen for site in sites])
        self.held = np.concatenate([site.held for site in sites])
        self.gain = np.concatenate([self._gain(site) for site in sites])
        loss = np.concatenate([self._loss(site) for site in sites])
        self.linear = np.diag(-loss)
        size, flows, values = len(self.start), system.exchange.flows, system.values[sites[0].row]
        ways = [
            (int(a), int(b), float(values[p]) * flows.share)
            for a, b, p in zip(flows.first, flows.second, flows.p_flow, strict=True)
        ]
        for a, b, flow in ways:
            for here, there in ((a, b), (b, a)):
                self._exchange(here, there, np.full(self.n, flow[here] / sites[here].volume))
        for a, b, passing in walls:
            for here, there in ((a, b), (b, a)):
                self._exchange(here, there, passing[: self.n] / sites[here].volume)
        reacts = np.zeros(size, dtype=np.bool_)
        for s, site in enumerate(sites):
            table = site.program.reactions
            for r in range(len(table.kind)):
                mine = [int(table.a[r]), int(table.product[r])]
                mine += [int(table.b[r])] if table.kind[r] in (Reaction.BIND, Reaction.ENZYME_FLUID) else []
                reacts[[s * self.n + i for i in mine if i != NONE]] = True
        lasting = (np.diag(self.linear) == 0) & ~reacts
        self.back = np.where(lasting, 1.0, 1.0 / SLOWEST) / horizon

    def _exchange(self, here: int, there: int, speed: F64) -> None:
        """Fluid of one site that is replaced by that of another, float64[n_substances], 1/min."""
        mine = np.arange(here * self.n, (here + 1) * self.n)
        self.linear[mine, mine] -= speed
        self.linear[mine, mine + (there - here) * self.n] += speed

    @staticmethod
    def _gain(site: _Site) -> F64:
        secreted = np.array([site.total(int(column)) for column in site.program.behaviours.secretion])
        return secreted / site.volume + site.released + site.entered

    @staticmethod
    def _loss(site: _Site) -> F64:
        taken = np.array([site.total(int(column)) for column in site.program.behaviours.uptake]) / site.volume
        return site.decay + taken + site.through_walls

    def change(self, c: F64) -> tuple[F64, F64]:
        """How fast levels change at c, and J = −∂F/∂c."""
        out = self.gain + self.linear @ c + self.back * (self.start - c)
        slopes = np.diag(self.back) - self.linear
        for s, site in enumerate(self.sites):
            table, first = site.program.reactions, s * self.n
            for r in range(len(table.kind)):
                kind, a, b, p = (int(x[r]) for x in (table.kind, table.a, table.b, table.product))
                fluid_partner = kind in (Reaction.BIND, Reaction.ENZYME_FLUID)
                enzyme = 0.0
                if kind == Reaction.ENZYME_CELL:
                    enzyme = site.total(b) / site.volume
                elif kind == Reaction.ENZYME_VESICLE:
                    kind, enzyme = SATURABLE, float(site.copies[b])
                level = [c[first + a], c[first + b] if fluid_partner else 0.0, c[first + p] if p != NONE else 0.0]
                forward, backward = site.value(int(table.p_forward[r])), site.value(int(table.p_backward[r]))
                rate, *by = reaction_rate(kind, *level, forward, backward, enzyme, 0.0)
                uses = [(first + a, 1.0)] + ([(first + b, 1.0)] if kind == Reaction.BIND else [])
                uses += [(first + p, -1.0)] if p != NONE else []
                ends = [first + a, first + b if fluid_partner else NONE, first + p if p != NONE else NONE]
                for place, sign in uses:
                    out[place] -= sign * rate
                    for end, slope in zip(ends, by, strict=True):
                        if end != NONE:
                            slopes[place, end] += sign * slope
        return np.where(self.held, 0.0, out), slopes

    def slopes(self, c: F64) -> F64:
        """J at c; what is held does not move and moves nothing."""
        slopes = self.change(c)[1]
        slopes[self.held] = np.eye(len(c))[self.held]
        return slopes

    def solved(self) -> tuple[F64, bool]:
        """Levels at which nothing changes, by implicit steps that grow, and whether they were found."""
        c, step = self.start.copy(), 1.0
        for _ in range(ROUNDS):
            speed, slopes = self.change(c)
            slopes[self.held] = 0.0
            move = np.linalg.solve(np.eye(len(c)) / step + slopes, speed)
            new = np.maximum(c + move, 0.1 * c)
            done = np.abs(new - c) <= BALANCED * np.maximum(new, 1e-300)
            step *= 2.0 if np.all(np.abs(move) <= 0.5 * np.maximum(c, 1e-30)) else 1.3
            c = new
            if step > 1e9 and done.all():
                return c, True
        return c, False
