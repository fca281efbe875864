"""Twin of `engine.networks`: one cell after the other, one gate after the other."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.program import NONE, Gate, Program, Signal
from vesicula.engine.reference import silencing
from vesicula.engine.state import State


def number(program: Program, variant: int, p: int, absent: float) -> float:
    """Parameter p of a variant, `absent` where it is NONE."""
    return absent if p == NONE else float(program.values[variant, p])


def activation(x: float, n: float, ec50: float, weight: float) -> float:
    """Normalised Hill function: act(0) = 0, act(EC50) = w/2, act(1) = w, not above w."""
    if x <= 0:
        return 0.0
    b = (ec50**n - 1) / (2 * ec50**n - 1)
    return min(weight, weight * b * x**n / (b - 1 + x**n))


def gate_value(program: Program, variant: int, row: int, signal: np.ndarray, nodes: np.ndarray) -> float:
    """Value of the gate program of a node row."""
    table, stack = program.networks, []
    for g in range(table.gate_start[row], table.gate_start[row + 1]):
        operation = Gate(int(table.gate_operation[g]))
        weight = number(program, variant, table.p_weight[g], 1.0)
        if operation in (Gate.ACTIVATE, Gate.INHIBIT):
            column = table.gate_signal[g]
            live = program.signals.kind[column] == Signal.NODE
            x = nodes[program.signals.argument[column]] if live else signal[column]
            half = number(program, variant, table.p_half[g], -1.0)
            if half >= 0 and x > 0:
                x = x / (x + half)
            n, ec50 = number(program, variant, table.p_hill[g], 1.4), number(program, variant, table.p_ec50[g], 0.5)
            value = activation(x, n, ec50, weight)
            stack.append(value if operation is Gate.ACTIVATE else weight - value)
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a * b / weight if operation is Gate.AND else a + b - a * b)
    (value,) = stack
    return value


def aim(program: Program, variant: int, row: int, column: int, signal: np.ndarray, nodes: np.ndarray) -> float:
    """Activity a node heads for, before its maximum and silencing."""
    table = program.networks
    empty = table.gate_start[row] == table.gate_start[row + 1]
    if table.p_memory_threshold[row] == NONE:
        if empty:
            return number(program, variant, table.p_initial[row], 0.0)
        return gate_value(program, variant, row, signal, nodes)
    drive = 0.0 if empty else gate_value(program, variant, row, signal, nodes)
    threshold, gain = (number(program, variant, p[row], 1.0) for p in (table.p_memory_threshold, table.p_memory_gain))
    return 1 / (1 + math.exp(-12 * ((drive - threshold) / gain + nodes[column])))


def advance(program: Program, state: State) -> np.ndarray:
    """Activities after one macro step, float64[n_cells, n_nodes]; the state is left alone."""
    table, span = program.networks, program.macro_step
    factor, out = silencing.followed(program, state)
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    for i in range(state.n_cells):
        v, t = int(state.site_variant[site[i]]), int(state.cell_type[i])
        rows = range(table.node_start[t], table.node_start[t + 1])
        if state.cell_dead[i] or not rows:
            continue
        time = [number(program, v, table.p_time[r], 60.0) for r in rows]
        clamp = [number(program, v, table.p_clamp[r], math.nan) for r in rows]
        top = [number(program, v, table.p_maximum[r], 1.0) * factor[i, k] for k, r in enumerate(rows)]

        def aims(y, v=v, rows=rows, clamp=clamp, top=top, signal=state.signal[i]):
            return np.array(
                [
                    min(1.0, max(0.0, top[k] * aim(program, v, r, k, signal, y))) if math.isnan(clamp[k]) else clamp[k]
                    for k, r in enumerate(rows)
                ]
            )

        y = np.array([out[i, k] if math.isnan(clamp[k]) else clamp[k] for k in range(len(rows))])
        steps = max(1, math.ceil(span / (min(time) / 4)))
        z = span / steps / np.array(time)
        for _ in range(steps):
            now = aims(y)
            guess = now + (y - now) * np.exp(-z)
            y = np.clip(guess + (aims(guess) - now) * (1 + np.expm1(-z) / z), 0.0, 1.0)
        out[i, : len(rows)] = y
    return out
