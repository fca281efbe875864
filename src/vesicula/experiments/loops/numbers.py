"""Numbers of cells after a while, and which clocks move them.

    Equation   dn/dt = A n + f,  n(T) = e^(A T) n(0) + ∫₀ᵀ e^(A s) f ds;   d ln n(T) / d ln k by k(1 ± 1 %) from 0 to T

A: division (the growth of the cycle, `compiler.growth`), death, changes of state and type, and leaving, at the rates
that the cells of the run have; f: cells that the experimenter adds, at the pace at which they are added up to T.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.growth import exponential, rates
from vesicula.engine.program import NONE, Event, Program
from vesicula.engine.system import System
from vesicula.experiments.loops.doings import STEP, Doings

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """Numbers of cells at the horizon: place = site * n_groups + group.

    now, then : float64[n_rows, n_places]
    moved : by (site, group, behaviour column) of a clock, d ln then / d ln rate, float64[n_rows, n_places]
    """

    now: F64
    then: F64
    moved: dict[tuple[int, int, int], F64]


def numbers(system: System, did: list[Doings], step: int, horizon: float) -> Numbers:
    """Numbers at the horizon, and what each clock of each group moves them by.

    system : at the values of macro step `step`      horizon : min
    """
    now = np.concatenate([one.number for one in did], axis=1)
    added = np.concatenate([_added(program, step, horizon) for program in system.sites], axis=1)
    then = _after(_moves(system, did, None, 1.0), now, added, horizon)
    moved: dict[tuple[int, int, int], F64] = {}
    for k, program in enumerate(system.sites):
        for g in range(did[k].number.shape[1]):
            for column in sorted({int(c) for c in program.behaviours.clock if c != NONE}):
                if not (did[k].mean[:, g, column] > 0).any():
                    continue
                up, down = (
                    _after(_moves(system, did, (k, g, column), 1.0 + move), now, added, horizon)
                    for move in (STEP, -STEP)
                )
                ratio = np.divide(up, down, out=np.ones_like(up), where=(up > 0) & (down > 0))
                slope = np.log(ratio) / np.log((1.0 + STEP) / (1.0 - STEP))
                if slope.any():
                    moved[k, g, column] = slope
    return Numbers(now, then, moved)


def _moves(system: System, did: list[Doings], chosen: tuple[int, int, int] | None, factor: float) -> F64:
    """A, with one clock of one group `factor` times as fast."""
    site_of = {id(program): k for k, program in enumerate(system.sites)}

    def speed(program: Program, t: int, state: int, clock: int) -> F64:
        k, group, column = site_of[id(program)], t * program.n_states + state, int(program.behaviours.clock[clock])
        if column == NONE:
            return np.zeros(len(did[k].number))
        rate = did[k].mean[:, group, column]
        return rate * factor if (k, group, column) == chosen else rate

    living = sum(one.number.shape[1] for one in did)
    return rates(system, speed)[:, :living, :living]


def _added(program: Program, step: int, horizon: float) -> F64:
    """Cells that the protocol adds, per minute of the horizon, float64[n_rows, n_groups]."""
    plan, last = program.protocol, step + horizon / program.macro_step
    out = np.zeros((len(program.values), program.n_types * program.n_states))
    for k in np.flatnonzero((plan.kind == int(Event.ADD_CELLS)) & (plan.step > step) & (plan.step <= last)):
        amount = program.values[:, plan.p_amount[k]] if plan.p_amount[k] != NONE else 1.0
        out[:, int(plan.what[k]) * program.n_states + max(int(plan.state[k]), 0)] += np.nan_to_num(amount) / horizon
    return out


def _after(moves: F64, now: F64, added: F64, horizon: float) -> F64:
    n = moves.shape[1]
    whole = np.zeros((len(moves), n + 1, n + 1))
    whole[:, :n, :n], whole[:, :n, n] = moves, added
    start = np.concatenate([now, np.ones((len(now), 1))], axis=1)
    return np.einsum("rij,rj->ri", exponential(whole * horizon), start)[:, :n]
