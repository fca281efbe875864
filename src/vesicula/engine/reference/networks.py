"""Twin of `engine.networks`: one cell after the other, one gate after the other."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.networks import MOST_HALVINGS, TOLERANCE
from vesicula.engine.program import NONE, Gate, Program, Signal
from vesicula.engine.reference import silencing
from vesicula.engine.state import State


def number(program: Program, variant: int | np.integer, p: int | np.integer, absent: float) -> float:
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
            value = activation(float(x), n, ec50, weight)
            stack.append(value if operation is Gate.ACTIVATE else weight - value)
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a * b / weight if operation is Gate.AND else a + b - a * b)
    (value,) = stack
    return value


def is_given(program: Program, row: int, column: int) -> bool:
    """Whether a node follows a network of rates, which alone moves it."""
    starts = program.networks.node_start
    return any(starts[t] + node == row for t, node in program.kinetics.given if node == column)


def reads(program: Program, rows: range) -> list[set[int]]:
    """Columns of the nodes that each node of a cell type reads."""
    table, signals = program.networks, program.signals
    out = []
    for r in rows:
        gates = range(table.gate_start[r], table.gate_start[r + 1])
        columns = [table.gate_signal[g] for g in gates if table.gate_operation[g] <= Gate.INHIBIT]
        out.append({int(signals.argument[c]) for c in columns if signals.kind[c] == Signal.NODE})
    return out


def halvings(program: Program, rows: range, time: list[float]) -> tuple[int, int]:
    """How often the span is halved at least, for rings and nodes that keep themselves, and at most."""
    sources = reads(program, rows)
    if not any(sources) and all(program.networks.p_memory_threshold[r] == NONE for r in rows):
        return 0, 0

    def reached(start: int) -> set[int]:
        seen, new = set(), set(sources[start])
        while new:
            seen |= new
            new = set().union(*(sources[k] for k in new)) - seen
        return seen

    def until(longest: float) -> int:
        count, span = 0, program.macro_step
        while span > longest and count < MOST_HALVINGS:
            count, span = count + 1, span / 2
        return count

    ring = [k for k, r in enumerate(rows) if k in reached(k) or program.networks.p_memory_threshold[r] != NONE]
    coarsest = until(min((time[k] for k in ring), default=math.inf) / 4)
    own = [time[k] for k, r in enumerate(rows) if not is_given(program, r, k)]
    return coarsest, max(coarsest, until(min(own, default=math.inf) / 32))


def aim(program: Program, variant: int, row: int, column: int, signal: np.ndarray, nodes: np.ndarray) -> float:
    """Activity a node heads for, before its maximum and silencing."""
    table = program.networks
    empty = table.gate_start[row] == table.gate_start[row + 1]
    if is_given(program, row, column):
        return float(nodes[column])
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
        coarsest, finest = halvings(program, rows, time)
        halved, at = coarsest, 0.0  # at : share of the span that has passed
        while at < 1.0:
            z = span * 0.5**halved / np.array(time)
            now = aims(y)
            guess = now + (y - now) * np.exp(-z)
            correction = (aims(guess) - now) * (1 + np.expm1(-z) / z)
            off = np.abs(correction).max()
            if off <= TOLERANCE or halved == finest:
                y = np.clip(guess + correction, 0.0, 1.0)
                at += 0.5**halved
                if halved > coarsest and off <= TOLERANCE / 8 and at * 2**halved % 2 == 0:
                    halved -= 1
            else:
                halved += 2 if off > 16 * TOLERANCE and halved + 2 <= finest else 1
        out[i, : len(rows)] = y
    return out
