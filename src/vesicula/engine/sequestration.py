"""Cargo that a node of the cell holds back: only free copies act."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program, Signal
from vesicula.engine.state import State
from vesicula.engine.voxels import cell_variants

F64 = NDArray[np.float64]


def free_copies(copies: F64, capacity: F64, kd: F64) -> F64:
    """Copies that tight binding leaves free.

    Equation   x = ½ (C − S − K + √((C − S − K)² + 4 K C)), C copies, S binding capacity, K half-saturation
    copies, capacity, kd : float64[n], copies
    Returns    float64[n], copies, 0 ≤ x ≤ C
    """
    excess = copies - capacity - kd
    root = np.sqrt(excess * excess + 4.0 * kd * copies)
    # the form without cancellation where little is free
    small = np.divide(2.0 * kd * copies, root - excess, out=np.zeros_like(copies), where=root > excess)
    return np.minimum(np.where(excess < 0.0, small, 0.5 * (excess + root)), copies)


def apply(program: Program, state: State) -> None:
    """Lower the CARGO and COPIES columns of `state.signal` to the free copies, by the sequestering node's activity."""
    table = program.sequestration
    for row in range(len(table.type)):
        cells = np.flatnonzero(state.cell_type == table.type[row])
        of_species = program.signals.argument == table.species[row]
        inside = np.isin(program.signals.kind, (int(Signal.CARGO), int(Signal.COPIES)))
        columns = np.flatnonzero(inside & of_species)
        if not len(cells) or not len(columns):
            continue
        variant = cell_variants(state)[cells]
        capacity = program.values[variant, table.p_capacity[row]] * state.nodes[cells, table.node[row]]
        kd = program.values[variant, table.p_kd[row]]
        for column in columns:
            state.signal[cells, column] = free_copies(state.signal[cells, column], capacity, kd)
