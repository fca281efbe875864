"""Twin of `engine.silencing`: the same balance by bisection, and the full kinetics it is the steady state of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State


def free_copies(total: float, targets: Sequence[tuple[float, float, float]]) -> float:
    """Free copies m of `total` with targets (r0, λ, κ), the competitor pool among them."""
    if total <= 0:
        return 0.0

    def excess(m: float) -> float:
        return m + sum(r0 * m / (half + kappa * m) for r0, half, kappa in targets) - total

    return float(cast("float", brentq(excess, 0.0, total, xtol=1e-300, rtol=np.float64(8.9e-16), maxiter=500)))


def mrna_left(m: float, half: float, kappa: float) -> float:
    """Share of the free mRNA that is left at m free copies."""
    return half / (half + kappa * m)


def _number(program: Program, variant: int, p: int, absent: float) -> float:
    return absent if p == NONE else float(program.values[variant, p])


def factors(program: Program, state: State) -> np.ndarray:
    """Factor on every node's maximum, float64[n_cells, n_nodes]."""
    rows = program.silencing
    out = np.ones((state.n_cells, program.n_nodes))
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    for i in range(state.n_cells):
        v, t = int(state.site_variant[site[i]]), int(state.cell_type[i])
        for f in range(rows.n_families):
            mine = [k for k in range(len(rows.type)) if rows.type[k] == t and rows.family[k] == f]
            delivered = sum(state.copies[i, s] for s in range(program.n_species) if program.cargo.family[s] == f)
            if not mine or state.cell_dead[i]:
                continue

            def table(column: np.ndarray, mine=mine, v=v) -> list[tuple[float, float, float]]:
                return [
                    (
                        _number(program, v, int(rows.p_mrna[k]), 0.0),
                        _number(program, v, int(rows.p_lambda[k]), 0.0),
                        _number(program, v, int(column[k]), 0.0),
                    )
                    for k in mine
                ]

            targets, undisturbed = table(rows.p_kappa), table(rows.p_kappa_undisturbed)
            pool = (
                _number(program, v, rows.p_competitor_sites[t, f], 3e4),
                _number(program, v, rows.p_competitor_lambda[t, f], 1e3),
                _number(program, v, rows.p_competitor_kappa[t, f], 1.0),
            )
            own = _number(program, v, rows.p_own[t, f], 0.0)
            before = free_copies(_number(program, v, rows.p_own_undisturbed[t, f], 0.0), [*undisturbed, pool])
            after = free_copies(own + delivered, [*targets, pool])
            for k, (_, half, kappa), (_, _, at_rest) in zip(mine, targets, undisturbed, strict=True):
                out[i, rows.node[k]] *= mrna_left(after, half, kappa) / mrna_left(before, half, at_rest)
    return out


def followed(program: Program, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Mean factor over a macro step, and what silencing has taken of the mRNA at its end, by the rate equation itself.

    Equation   dφ/dt = γ (1 − φ/φ*)
    """
    rows, span = program.silencing, program.macro_step
    out, nodes = factors(program, state), state.nodes.copy()
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    for i in range(state.n_cells):
        for k in range(len(rows.lag_type)):
            if rows.lag_type[k] != state.cell_type[i] or state.cell_dead[i]:
                continue
            rest, column = out[i, rows.lag_node[k]], rows.lag_column[k]
            rate = 1.0 / _number(program, int(state.site_variant[site[i]]), rows.p_lag[k], 0.0)

            def moving(_: float, y: np.ndarray, rate=rate, rest=rest) -> list[float]:
                return [rate * (1.0 - y[0] / rest), y[0]]

            start = [1.0 - nodes[i, column], 0.0]
            end = solve_ivp(moving, (0.0, span), start, rtol=1e-10, atol=1e-12).y[:, -1]
            out[i, rows.lag_node[k]], nodes[i, column] = end[1] / span, 1.0 - end[0]
    return out, nodes


def settled_kinetics(total: float, targets: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """Free mRNA of every target from the kinetics themselves, run to rest, float64[n_targets].

    Equation   dr/dt = kR − gR r − kon r m + koff c,  dc/dt = kon r m − (koff + g*) c,  m = M − Σ c
               with gR = 1, g* = κ, kon = 1, koff = λ − κ, kR = r0
    """
    r0, half, kappa = (np.array(x, dtype=float) for x in zip(*targets, strict=True))
    n = len(r0)

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        r, c = y[:n], y[n:]
        binding = r * (total - c.sum())
        return np.concatenate((r0 - r - binding + (half - kappa) * c, binding - half * c))

    start = np.concatenate((r0, np.zeros(n)))
    end = solve_ivp(rate, (0.0, 400.0), start, method="BDF", rtol=1e-11, atol=1e-12)
    return end.y[:n, -1]
