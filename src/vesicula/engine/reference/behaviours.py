"""Twin of `engine.behaviours`: the rule formula, read from the tables cell by cell."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.program import NONE, Program
from vesicula.engine.reference.networks import number
from vesicula.engine.state import State


def multiplied(base: float, rules: list[tuple[float, float]]) -> float:
    """Behaviour from its base and (limit as a multiple, signal term s) pairs of its rules.

    Equation   b = b0 Π (1 + limit s)/(1 + s)
    """
    return base * math.prod((1 + limit * s) / (1 + s) for limit, s in rules)


def averaged(base: float, raised: list[tuple[float, float]], lowered: list[tuple[float, float]]) -> float:
    """Behaviour from its base and (limit, signal term s) pairs of the rules that raise and lower it.

    Equation   b = (b0 + Σ↑ bmax s)/(1 + Σ↑ s), then (b + Σ↓ bmin s)/(1 + Σ↓ s)
    """
    b = (base + sum(limit * s for limit, s in raised)) / (1 + sum(s for _, s in raised))
    return (b + sum(limit * s for limit, s in lowered)) / (1 + sum(s for _, s in lowered))


def evaluate(program: Program, state: State) -> np.ndarray:
    """All behaviours, float64[n_cells, n_behaviours]."""
    table = program.behaviours
    out = np.zeros((state.n_cells, table.n))
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    for i in range(state.n_cells):
        if state.cell_dead[i]:
            continue
        v, t, own_state = int(state.site_variant[site[i]]), int(state.cell_type[i]), int(state.cell_state[i])
        for b in range(table.n):
            base = number(program, v, table.p_base[t, own_state, b], 0.0)
            rules, raised, lowered = [], [], []
            for k in range(table.rule_start[t * table.n + b], table.rule_start[t * table.n + b + 1]):
                if table.rule_state[k] not in (NONE, own_state):
                    continue
                half, hill = number(program, v, table.p_half[k], 0.5), number(program, v, table.p_hill[k], 1.0)
                s = (max(0.0, state.signal[i, table.rule_signal[k]]) / half) ** hill
                limit = number(program, v, table.p_limit[k], 0.0)
                rules.append((limit, s))
                (raised if table.rule_direction[k] > 0 else lowered).append((limit * base, s))
            out[i, b] = averaged(base, raised, lowered) if table.rule_averaged else multiplied(base, rules)
        for trait, behaviour in zip(table.trait_column, table.trait_behaviour, strict=True):
            out[i, behaviour] *= state.trait[i, trait]
    return out
