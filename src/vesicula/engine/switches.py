"""Which states a network can rest in, and the loops that could make it a switch.

Every positive loop of normalised Hill functions may be an accidental switch (at the defaults, weight 1, n 1.4 and
EC50 0.5, it rests at 0 and at 1, and a short pulse latches it for ever): a check lists the loops
and the states that many starts settle in, so that only declared memory has more than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import networks, streams
from vesicula.engine.program import NONE, Gate, Program, Signal

SETTLING = 20.0  # slowest time constants per run
MOST_RUNS = 10
SETTLED = 1e-4  # largest move in a run of networks at rest
SAME = 1e-2  # largest difference between two arrivals at one state
LONGEST_LOOP = 8
MOST_LOOPS = 200


@dataclass(frozen=True)
class StableStates:
    """states : float64[n_states, n_nodes of the type], in order of first arrival; settled : every start came to rest;
    reached : int64[n_states], number of starts that arrived at each.
    """

    states: NDArray[np.float64]
    reached: NDArray[np.int64]
    settled: bool


def stable_states(
    program: Program, cell_type: int, *, variant: int = 0, signals: NDArray[np.float64] | None = None, starts: int = 32
) -> StableStates:
    """States in which the network of a cell type comes to rest, by many starts with all outer signals held.

    signals : float64[n_signals], values of the held signals (zero where not given)
    starts : all off, all on, each node alone on, the rest uniform with fixed keys
    """
    table = program.networks
    first, last = int(table.node_start[cell_type]), int(table.node_start[cell_type + 1])
    n = last - first
    if n == 0:
        return StableStates(np.zeros((1, 0)), np.array([starts]), True)
    corners = np.concatenate((np.zeros((1, n)), np.ones((1, n)), np.eye(n)))[: max(2, starts // 2)]
    rest = np.empty((max(0, starts - len(corners)), n))
    identity = np.arange(len(rest), dtype=np.uint64)
    streams.fill_draws(
        np.uint64(0), np.uint64(0), 0, int(streams.Purpose.START_NODES), np.uint64(0), identity, 0, 0, rest
    )
    nodes = np.zeros((len(corners) + len(rest), program.n_nodes))
    nodes[:, :n] = np.concatenate((corners, rest))
    for t, given in program.kinetics.given:
        if t == cell_type:
            p = table.p_initial[first + given]
            nodes[:, given] = 0.0 if p == NONE else program.values[variant, p]
    held = np.zeros(len(program.signals.kind)) if signals is None else np.asarray(signals, dtype=np.float64)
    times = [program.values[variant, p] if p != NONE else networks.TIME for p in table.p_time[first:last]]
    settled = False
    for _ in range(MOST_RUNS):
        before = nodes.copy()
        _run(program, cell_type, variant, held, nodes, SETTLING * max(times))
        settled = bool(np.abs(nodes - before).max() < SETTLED)
        if settled:
            break
    states: list[NDArray[np.float64]] = []
    reached: list[int] = []
    for y in nodes[:, :n]:
        for k, known in enumerate(states):
            if np.abs(y - known).max() < SAME:
                reached[k] += 1
                break
        else:
            states.append(y)
            reached.append(1)
    return StableStates(np.array(states), np.array(reached), settled)


def _run(program: Program, cell_type: int, variant: int, held, nodes, span: float) -> None:
    n = len(nodes)
    gates, rows = networks.constants(program, np.array([variant]), span)
    types = np.full(n, cell_type, dtype=np.int16)
    signal = np.repeat(held[None], n, axis=0)
    networks.march(
        program, span, np.zeros(n, np.int64), types, np.ones(n, np.bool_), gates, rows, np.empty((0, 0)), signal, nodes
    )


def positive_loops(program: Program, cell_type: int) -> list[tuple[int, ...]]:
    """Loops of a cell type's network whose signs multiply to plus, as node columns; declared memory is left out.

    Loops of more than 8 nodes are not listed, nor more than 200 of them.
    """
    table = program.networks
    first, last = int(table.node_start[cell_type]), int(table.node_start[cell_type + 1])
    edges: list[tuple[int, int, int]] = []  # from, to, sign
    for r in range(first, last):
        for g in range(table.gate_start[r], table.gate_start[r + 1]):
            if table.gate_operation[g] > Gate.INHIBIT:
                continue
            column = table.gate_signal[g]
            if program.signals.kind[column] == Signal.NODE:
                sign = 1 if table.gate_operation[g] == Gate.ACTIVATE else -1
                edges.append((int(program.signals.argument[column]), r - first, sign))
    return _positive(edges) if _has_loop({(a, b) for a, b, _ in edges}) else []


def _has_loop(edges: set[tuple[int, int]]) -> bool:
    """Whether some way along the edges leads back: what nothing leads to is taken out until all or none is left."""
    while edges:
        reached = {b for _, b in edges}
        within = {edge for edge in edges if edge[0] in reached}
        if len(within) == len(edges):
            return True
        edges = within
    return False


def _positive(edges: list[tuple[int, int, int]]) -> list[tuple[int, ...]]:
    import networkx

    graph = networkx.MultiDiGraph()
    for a, b, sign in edges:
        graph.add_edge(a, b, sign=sign)
    loops: list[tuple[int, ...]] = []
    for loop in networkx.simple_cycles(networkx.DiGraph(graph), length_bound=LONGEST_LOOP):
        signs = {1}
        for a, b in zip(loop, [*loop[1:], loop[0]], strict=True):
            edge = {data["sign"] for data in graph.get_edge_data(a, b).values()}
            signs = {s * e for s in signs for e in edge}
        if 1 in signs:
            loops.append(tuple(loop))
        if len(loops) == MOST_LOOPS:
            break
    return loops
