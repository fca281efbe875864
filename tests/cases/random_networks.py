"""Networks of every kind of gate, with memory, clamps and halves, made at random."""

from __future__ import annotations

import numpy as np

from vesicula.engine import networks
from vesicula.engine.program import NONE, Gate, Grid, Signal
from vesicula.engine.reference.blank import blank_program
from vesicula.engine.reference.sketch import Node, Numbers, Term, finished, with_networks, with_signals

N_OUTER = 3


def random_program(rng, n_nodes, variants):
    """Two types with random gate programs over their own nodes and three outer signals, some with memory or clamp."""
    numbers = Numbers(variants)
    signals = [(Signal.NODE, k, t) for t in range(2) for k in range(n_nodes)]
    outer = [(Signal.PRESSURE, NONE, NONE)] * N_OUTER

    def several(low, high):
        return None if rng.random() < 0.3 else list(rng.uniform(low, high, variants))

    def reading(t):
        inside = rng.random() < 0.6
        column = t * n_nodes + int(rng.integers(n_nodes)) if inside else 2 * n_nodes + int(rng.integers(N_OUTER))
        operation = Gate.ACTIVATE if rng.random() < 0.6 else Gate.INHIBIT
        half = None if inside else several(0.1, 2.0)
        return Term(operation, column, several(0.5, 1.0), several(1.2, 4.0), several(0.2, 0.55), half)

    def node(t):
        terms = []
        for k in range(int(rng.integers(0, 4))):
            terms.append(reading(t))
            if k:
                terms.append(Term(Gate.AND if rng.random() < 0.5 else Gate.OR))
        memory = networks.memory_constants(0.5, 0.2) if rng.random() < 0.2 else None
        clamp = [rng.choice([np.nan, 0.3]) for _ in range(variants)] if rng.random() < 0.3 else None
        return Node(terms, several(2.0, 200.0), several(0.0, 1.0), several(0.1, 1.0), memory, clamp)

    program = blank_program(Grid(1, 1, 1, 100.0, 100.0, 2), n_types=2)
    program = with_signals(program, signals + outer)
    program = with_networks(program, numbers, [[node(t) for _ in range(n_nodes)] for t in range(2)])
    return finished(program, numbers)
