"""What cells do, from their type, state and signals: one column of `State.behaviour` per rate, speed or share.

    Equation   b = (b0 + Σ↑ bmax_j s_j)/(1 + Σ↑ s_j),  then  b ← (b + Σ↓ bmin_j s_j)/(1 + Σ↓ s_j)
               s_j = (x_j/c_j)^h_j,  bmax_j, bmin_j = limit_j · b0,  and  b ← b · Π traits

b0 is the base of the cell's type and state in its variant; c is 0.5 and h 1 where a rule states none. With equal maxima
this is the rule grammar of PhysiCell (peers.md 2). Dead cells do nothing: every behaviour is 0.

Source: numerics.md 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.parameters import parameter
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_sites

R_STATE, R_SIGNAL, R_DIRECTION, R_LIMIT, R_HALF, R_HILL = range(6)
HALF, HILL = 0.5, 1.0  # where a rule states none: half of a share, simple saturation
LARGEST = 1e100  # a saturated signal term, far from overflow in sums


@device
def behaviour(values, v, base, rules, first, last, cell_state, signal):
    """Value of one behaviour of one cell before its traits.

    base : int32, parameter (NONE: 0); rules : int32[n_rules, 6], rows first .. last − 1; signal : float64[n_signals]
    """
    if base < 0:
        return 0.0
    b0 = values[v, base]
    raised, weight_up, lowered, weight_down = b0, 1.0, 0.0, 1.0
    for k in range(first, last):
        if rules[k, R_STATE] >= 0 and rules[k, R_STATE] != cell_state:
            continue
        x = signal[rules[k, R_SIGNAL]]
        if x <= 0.0:
            continue
        ratio = x / parameter(values, v, rules[k, R_HALF], HALF)
        hill = parameter(values, v, rules[k, R_HILL], HILL)
        if hill == 1.0:
            s = min(ratio, LARGEST)
        elif hill == 2.0:
            s = min(ratio * ratio, LARGEST)
        else:
            s = min(ratio**hill, LARGEST)
        limit = parameter(values, v, rules[k, R_LIMIT], 0.0) * b0
        if rules[k, R_DIRECTION] > 0:
            raised += limit * s
            weight_up += s
        else:
            lowered += limit * s
            weight_down += s
    return (raised / weight_up + lowered) / weight_down


@device
def behave(values, v, cell_type, cell_state, p_base, rule_start, rules, trait_pairs, signal, trait, out):
    """Fill out[n_behaviours] for one living cell.

    p_base : int32[n_types, n_states, n]; rule_start : int32[n_types * n + 1]; trait_pairs : int32[n_pairs, 2]
    """
    n = out.shape[0]
    for b in range(n):
        row = cell_type * n + b
        out[b] = behaviour(
            values, v, p_base[cell_type, cell_state, b], rules, rule_start[row], rule_start[row + 1], cell_state, signal
        )
    for k in range(trait_pairs.shape[0]):
        out[trait_pairs[k, 1]] *= trait[trait_pairs[k, 0]]


@kernel(
    "void(float64[:, ::1], int32[::1], int64[::1], int16[::1], int16[::1], int8[::1], int32[:, :, ::1], int32[::1],"
    " int32[:, ::1], int32[:, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1])"
)
def behave_all(
    values, site_variant, cell_site, cell_type, cell_state, dead, p_base, rule_start, rules, trait_pairs, signal, trait,
    out,
):  # fmt: skip
    """Fill out[n_cells, n_behaviours] for all cells; dead ones get zeros."""
    for i in range(out.shape[0]):
        if dead[i]:
            out[i, :] = 0.0
        else:
            behave(
                values, site_variant[cell_site[i]], cell_type[i], cell_state[i], p_base, rule_start, rules, trait_pairs,
                signal[i], trait[i], out[i],
            )  # fmt: skip


def tables(program: Program) -> tuple[NDArray[np.int32], ...]:
    """The tables that `behave` reads: p_base, rule_start, rules int32[n_rules, 6], trait pairs int32[n_pairs, 2]."""
    table = program.behaviours
    rules = np.column_stack(
        (table.rule_state, table.rule_signal, table.rule_direction, table.p_limit, table.p_half, table.p_hill)
    ).astype(np.int32)
    pairs = np.column_stack((table.trait_column, table.trait_behaviour)).astype(np.int32)
    return table.p_base, table.rule_start, rules, pairs


def evaluate(program: Program, state: State) -> None:
    """Fill `state.behaviour`, float64[n_cells, n_behaviours], from base values, rules and traits."""
    if state.n_cells:
        behave_all(
            program.values, state.site_variant, cell_sites(state), state.cell_type, state.cell_state, state.cell_dead,
            *tables(program), state.signal, state.trait, state.behaviour,
        )  # fmt: skip
