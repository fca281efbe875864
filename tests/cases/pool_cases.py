"""Pools that flows join, each with one cell that secretes and takes up, built from plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tests.cases.substance_cases import start, substance_program

from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_exchange, states_of, system_of
from vesicula.engine.system import Flows, System, SystemState


def pools(
    volumes: Sequence[float],
    flows: Sequence[tuple[int, int, float | Sequence[float]]],
    *,
    macro_step: float,
    start_at: Sequence[Sequence[float]] = (),
    secretion: Sequence[Sequence[float]] = (),
    uptake: Sequence[Sequence[float]] = (),
    enzymes: Sequence[float] = (),
    decay: Sequence[float] = (0.0,),
    reactions: Sequence[tuple[float, ...]] = (),
    share: Sequence[float] = (),
    rows: int = 1,
) -> tuple[System, SystemState]:
    """Pools with flows between them, and their states.

    volumes : µm³, real, by pool; flows : (first, second, µm³/min, of all rows or by row)
    start_at, secretion, uptake : by pool and substance, molecules/µm³, molecules/min and µm³/min of what is simulated
    enzymes : copies by pool; decay : 1/min by substance; reactions : as in `substance_program`
    share : simulated over real; rows : of the batch
    """
    m, n = len(decay), len(volumes)
    shares = np.array(share or [1.0] * n)
    programs, states = [], []
    for k, volume in enumerate(volumes):
        edge = float(np.cbrt(volume * shares[k]))
        program = substance_program(
            Grid(1, 1, 1, edge, edge, 0), [6000.0] * m, decay=decay, reactions=reactions, macro_step=macro_step
        )  # fmt: skip
        width = program.values.shape[1]
        values = np.column_stack(
            [np.repeat(program.values, rows, axis=0), *(np.broadcast_to(f[2], rows) for f in flows)]
        )
        program = replace(program, values=values, site=k)
        state = start(
            program, np.reshape(start_at[k], (m, 1)) if len(start_at) else 0.0, positions=[[1.0] * 3], sites=rows
        )
        state.site_variant[:] = np.arange(rows)
        state.cell_start[:] = np.arange(rows + 1)
        for i in range(m):
            state.behaviour[:, 2 * i] = secretion[k][i] if len(secretion) else 0.0
            state.behaviour[:, 2 * i + 1] = uptake[k][i] if len(uptake) else 0.0
        state.behaviour[:, 2 * m] = enzymes[k] if len(enzymes) else 0.0
        programs.append(program)
        states.append(state)
    ends = [np.array([f[side] for f in flows], np.int32) for side in (0, 1)]
    joining = Flows(*ends, np.arange(width, width + len(flows), dtype=np.int32), shares)
    return system_of(programs, replace(blank_exchange(n_things=m), flows=joining)), states_of(*states)
