"""What cells do, from their type, state and signals: one column of `State.behaviour` per rate, speed or share.

    Equation   b = b0 · Π_j (1 + limit_j s_j)/(1 + s_j),  s_j = (x_j/c_j)^h_j,  and  b ← b · Π traits
               averaged: b = (b0 + Σ↑ bmax_j s_j)/(1 + Σ↑ s_j),  then  b ← (b + Σ↓ bmin_j s_j)/(1 + Σ↓ s_j)
               bmax_j, bmin_j = limit_j · b0

b0 is the base of the cell's type and state in its variant; c is 0.5 and h 1 where a rule states none. Every rule is a
factor between 1 and its limit, so signals act each for itself, and no second activator lowers. The averaged law is for
models that say so: with equal maxima it is the rule grammar of PhysiCell (johnson2025, abstract read). Dead cells do
nothing: every behaviour is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.once import once
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_variants

K_TYPE, K_STATE, K_PHASE, K_DEAD, K_BIRTHS = range(5)
R_STATE, R_SIGNAL, R_AVERAGED, R_LIMIT, R_HALF, R_HILL = range(6)
W_VARIANT, W_SIGNAL, W_TERM, W_LIMIT, W_FOLD = range(5)
N_KNOWN = 5
HALF, HILL = 0.5, 1.0  # where a rule states none: half of a share, simple saturation
LARGEST = 1e100  # a saturated signal term, far from overflow in sums


@device
def behave(
    values, cell_variant, kind, which, p_base, rule_start, rules, trait_pairs, signal, trait, known, out
):  # fmt: skip
    """Fill rows first .. end − 1, which is (first, end), of out, float64[n_cells, n_behaviours]; dead cells get zeros.

    kind : int64[n_cells, 3 or more], type, state, phase, death …; p_base : int32[n_types, n_states, n]
    rule_start : int32[n_types * n + 1]; rules : int32[n_rules, 6], see `tables`; trait_pairs : int32[n_pairs, 2]
    known : float64[n_rules, 5], columns `W_…`, what every rule came to last, NaN at first; cells of a kind often read
        the same, so that it holds for the next one too; changed
    """
    # No array is handed to another function here: Numba would count references atomically at every call.
    n = out.shape[1]
    for i in range(which[0], which[1]):
        v, t, own_state = cell_variant[i], kind[i, K_TYPE], kind[i, K_STATE]
        for b in range(n):
            base = p_base[t, own_state, b]
            if base < 0 or kind[i, K_DEAD] != 0:
                out[i, b] = 0.0
                continue
            b0 = values[v, base]
            fold, raised, weight_up, lowered, weight_down = 1.0, b0, 1.0, 0.0, 1.0
            for k in range(rule_start[t * n + b], rule_start[t * n + b + 1]):
                x = signal[i, rules[k, R_SIGNAL]]
                if not x > 0.0 or (rules[k, R_STATE] >= 0 and rules[k, R_STATE] != own_state):
                    continue
                if not (known[k, W_SIGNAL] == x and known[k, W_VARIANT] == v):
                    ratio = x / (values[v, rules[k, R_HALF]] if rules[k, R_HALF] >= 0 else HALF)
                    hill = values[v, rules[k, R_HILL]] if rules[k, R_HILL] >= 0 else HILL
                    if hill == 1.0:
                        s = min(ratio, LARGEST)
                    elif hill == 2.0:
                        s = min(ratio * ratio, LARGEST)
                    else:
                        s = min(ratio**hill, LARGEST)
                    limit = values[v, rules[k, R_LIMIT]] if rules[k, R_LIMIT] >= 0 else 0.0
                    known[k, W_VARIANT], known[k, W_SIGNAL], known[k, W_TERM], known[k, W_LIMIT] = v, x, s, limit
                    known[k, W_FOLD] = (1.0 + limit * s) / (1.0 + s)
                s, limit = known[k, W_TERM], known[k, W_LIMIT]
                if rules[k, R_AVERAGED] == 0:
                    fold *= known[k, W_FOLD]
                elif rules[k, R_AVERAGED] > 0:
                    raised += limit * b0 * s
                    weight_up += s
                else:
                    lowered += limit * b0 * s
                    weight_down += s
            out[i, b] = (raised / weight_up + lowered) / weight_down * fold
        for k in range(trait_pairs.shape[0]):
            out[i, trait_pairs[k, 1]] *= trait[i, trait_pairs[k, 0]]


@kernel(
    "void(float64[:, ::1], int64[::1], int64[:, ::1], int32[:, :, ::1], int32[::1], int32[:, ::1], int32[:, ::1],"
    " float64[:, ::1], float64[:, ::1], float64[:, ::1])",
    allocates=True,
)
def behave_all(values, cell_variant, kind, p_base, rule_start, rules, trait_pairs, signal, trait, out):
    """Fill out[n_cells, n_behaviours] for all cells."""
    known = np.full((rules.shape[0], N_KNOWN), np.nan)
    behave(
        values, cell_variant, kind, (0, out.shape[0]), p_base, rule_start, rules, trait_pairs, signal, trait, known, out
    )  # fmt: skip


@once
def tables(program: Program) -> tuple[NDArray[np.int32], ...]:
    """The tables that `behave` reads: p_base, rule_start, rules int32[n_rules, 6], trait pairs int32[n_pairs, 2].

    Columns `R_…` of rules; R_AVERAGED is 0 where rules multiply, else +1 of those that raise, -1 of those that lower
    """
    table = program.behaviours
    averaged = table.rule_direction * table.rule_averaged
    rules = np.column_stack(
        (table.rule_state, table.rule_signal, averaged, table.p_limit, table.p_half, table.p_hill)
    ).astype(np.int32)
    pairs = np.column_stack((table.trait_column, table.trait_behaviour)).astype(np.int32)
    return table.p_base, table.rule_start, rules, pairs


def kinds(state: State, more: int = 0) -> NDArray[np.int64]:
    """Type, state, phase, death and births of every cell, int64[n_cells, 5 + more], columns `K_…`; `more` to be set."""
    columns = (state.cell_type, state.cell_state, state.cell_phase, state.cell_dead, state.cell_births)
    out = np.empty((state.n_cells, len(columns) + more), dtype=np.int64)
    for column, values in enumerate(columns):
        out[:, column] = values
    return out


def evaluate(program: Program, state: State) -> None:
    """Fill `state.behaviour`, float64[n_cells, n_behaviours], from base values, rules and traits."""
    if state.n_cells:
        variant = cell_variants(state)
        behave_all(program.values, variant, kinds(state), *tables(program), state.signal, state.trait, state.behaviour)
