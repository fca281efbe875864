"""Twin of `engine.pools`: row by row, by a general solver of equations.

Unknown are the concentrations of all sites in their own volumes; what decays, is taken up, reacts and flows is
integrated beside them.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from vesicula.engine.body import between_pools
from vesicula.engine.program import NONE, Program, Reaction
from vesicula.engine.reference.networks import number
from vesicula.engine.reference.reactions import reaction_rates, stoichiometry
from vesicula.engine.state import State, SubstanceTerm
from vesicula.engine.system import System, SystemState


class _Pool:
    """One row of one pool: a step's rates of change from its concentrations."""

    def __init__(self, program: Program, state: State, s: int, share: float) -> None:
        self.program, self.state, self.s, self.share = program, state, s, share
        self.volume, variant = program.grid.voxel_volume, int(state.site_variant[s])
        self.held = ~np.isnan(state.held[s])
        self.decay = np.array([number(program, variant, column, 0.0) for column in program.substances.p_decay])
        cells = range(int(state.cell_start[s]), int(state.cell_start[s + 1]))
        read = [
            [sum(float(state.behaviour[i, c]) for i in cells) if c >= 0 else 0.0 for c in columns]
            for columns in (program.behaviours.secretion, program.behaviours.uptake)
        ]
        self.secretion, self.taken = np.array(read[0]), np.array(read[1]) / self.volume
        table = program.reactions
        self.kinetics, rates, local = np.zeros((len(table.kind), 6), np.int64), [], []
        for r in range(len(table.kind)):
            kind, b = int(table.kind[r]), int(table.b[r])
            dissolved = kind in (Reaction.BIND, Reaction.ENZYME_FLUID)
            catalyst = NONE
            if kind in (Reaction.ENZYME_CELL, Reaction.ENZYME_VESICLE):
                on_cells = sum(float(state.behaviour[i, b]) for i in cells)
                local.append((on_cells if kind == Reaction.ENZYME_CELL else state.cargo[s, b, 0]) / self.volume)
                kind, catalyst = int(Reaction.ENZYME_CELL), len(local) - 1
            self.kinetics[r] = kind, table.a[r], b if dissolved else NONE, table.product[r], catalyst, NONE
            rates.append([number(program, variant, p[r], 0.0) for p in (table.p_forward, table.p_backward)])
        self.rates = np.array(rates).reshape(-1, 2)
        self.local = np.array(local).reshape(len(local), 1)
        self.used = stoichiometry(self.kinetics, program.n_substances)

    def slopes(self, c: np.ndarray, brought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """dc/dt with what flows bring, molecules/µm³/min, and rates of reactions."""
        turns = reaction_rates(self.kinetics, self.rates, self.local, c[:, None])[:, 0]
        change = self.secretion / self.volume + brought - (self.decay + self.taken) * c - self.used @ turns
        return np.where(self.held, 0.0, change), turns

    def book(self, minutes: float, exposure: np.ndarray, turns: np.ndarray, out: np.ndarray, into: np.ndarray) -> None:
        """All terms of a step; turns: time integrals of the reactions' rates; out, into: molecules that flowed."""
        ledger, volume = self.state.substance_ledger[self.s], self.volume
        lost, taken = self.decay * exposure * volume, self.taken * exposure * volume
        reacted = self.used * turns * volume
        made, used = np.maximum(-reacted, 0.0).sum(axis=1), np.maximum(reacted, 0.0).sum(axis=1)
        supply = lost + taken + used + out - made - into - self.secretion * minutes
        for term, amount in (
            (SubstanceTerm.SECRETED, self.secretion * minutes), (SubstanceTerm.DECAYED, lost),
            (SubstanceTerm.TAKEN_UP, taken), (SubstanceTerm.REACTED_IN, made), (SubstanceTerm.REACTED_OUT, used),
            (SubstanceTerm.WALL_OUT, out + np.where(self.held, np.maximum(-supply, 0.0), 0.0)),
            (SubstanceTerm.WALL_IN, into + np.where(self.held, np.maximum(supply, 0.0), 0.0)),
        ):  # fmt: skip
            ledger[:, term] += amount


def advance(system: System, states: SystemState) -> None:
    """As `engine.pools.advance`, for pools without matrix or walls; what is held is at its value."""
    for s in range(states.n_rows):
        _advance_row(system, states, s)


def _advance_row(system: System, states: SystemState, s: int) -> None:
    flows, programs = system.exchange.flows, system.sites
    together = zip(programs, states.sites, flows.share.tolist(), strict=True)
    pools = [_Pool(program, state, s, share) for program, state, share in together]
    k, m, n_reactions = len(pools), programs[0].n_substances, [len(pool.kinetics) for pool in pools]
    carried = np.zeros((k, k))
    for row in between_pools(system):
        one, two = int(flows.first[row]), int(flows.second[row])
        carried[one, two] += number(programs[one], int(states.sites[one].site_variant[s]), flows.p_flow[row], 0.0)
        carried[two, one] = carried[one, two]
    real = np.array([pool.volume / pool.share for pool in pools])
    leaving = carried.sum(axis=1)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        c = y[: k * m].reshape(k, m)
        brought = (carried @ c - leaving[:, None] * c) / real[:, None]
        changes, turns = zip(*(pool.slopes(c[j], brought[j]) for j, pool in enumerate(pools)), strict=True)
        return np.concatenate([*changes, c.ravel(), *turns])

    begin = np.concatenate([state.concentration[s, :, 0] for state in states.sites])
    minutes = system.macro_step
    first = np.concatenate([begin, np.zeros(k * m + sum(n_reactions))])
    done = solve_ivp(slope, (0.0, minutes), first, method="DOP853", rtol=1e-10, atol=1e-18)
    assert done.success
    end, exposure = done.y[: k * m, -1].reshape(k, m), done.y[k * m : 2 * k * m, -1].reshape(k, m)
    turns = np.split(done.y[2 * k * m :, -1], np.cumsum(n_reactions)[:-1])
    for j, pool in enumerate(pools):
        states.sites[j].concentration[s, :, 0] = end[j]
        out, into = leaving[j] * exposure[j] * pool.share, carried[j] @ exposure * pool.share
        pool.book(minutes, exposure[j], turns[j], out, into)
