"""Lifecycle: compiled clocks, divisions and removals equal the plain ones, array by array, over several macro steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine import behaviours, lifecycle, neighbours, start
from vesicula.engine.program import NONE, Effect, Grid, Signal, Start
from vesicula.engine.reference.blank import absent, blank_program
from vesicula.engine.reference.lifecycle import Twin
from vesicula.engine.reference.sketch import (
    Clock,
    Node,
    Numbers,
    Rule,
    finished,
    with_behaviours,
    with_clocks,
    with_networks,
    with_signals,
)
from vesicula.engine.state import CellTerm, State
from vesicula.engine.voxels import home_voxels, solid_voxels

EXACT = {"cell_id", "cell_type", "cell_state", "cell_phase", "cell_dead", "cell_births", "cell_label", "cell_start"}


def busy_program(dimensions):
    """Two types that cycle, change state and type, die, kill, engulf, carry vesicles and traits; a solid corner."""
    numbers = Numbers(2)
    grid = Grid(4, 4, 3 if dimensions == 3 else 1, 20.0, 20.0, dimensions)
    program = blank_program(grid, n_types=2, n_matrix=1)
    program.matrix.solid[0] = 1
    program.matrix.initial[0, :2] = 1.0
    program = with_signals(program, [(Signal.NODE, 0, 0), (Signal.NODE, 1, 1), (Signal.PRESSURE, NONE, NONE)])
    nodes = [[Node(initial=0.4), Node(initial=0.1)], [Node(initial=0.7), Node(initial=0.6, clamp=[np.nan, 0.2])]]
    program = with_networks(program, numbers, nodes)
    clocks = [
        Clock(Effect.NEXT_PHASE, [1 / 40, 1 / 25], phase=0, steps=3.0),
        Clock(Effect.DIVIDE, 1 / 10, phase=1),
        Clock(Effect.APOPTOSIS, 1 / 300),
        Clock(Effect.NECROSIS, 1 / 500, state=1),
        Clock(Effect.TRANSITION, 1 / 60, state=0, to_type=0, to_state=1),
        Clock(Effect.TRANSITION, 1 / 50, state=1, steps=2.0, to_type=1, to_state=NONE),
        Clock(Effect.DIVIDE, 1 / 45, type=1),
        Clock(Effect.REMOVE, 1 / 90, type=1),
        Clock(Effect.TRANSITION, 1 / 200, type=1, to_type=0, to_state=1),
        Clock(Effect.LEAVE, 1 / 70, site=0, to_site=2, to_state=1),
        Clock(Effect.LEAVE, 1 / 9, site=2, to_site=0, steps=2.0),
        Clock(Effect.LEAVE, 1 / 9, type=1, site=2, to_site=1),
    ]
    n = len(clocks)
    program = with_clocks(program, numbers, clocks, n_states=2, n_phases=[2, 0], stay=25.0)
    base = [
        [[c.rate if c.type == t else None for c in clocks] + [[0.002, 0.01] if t else None, 0.02] for _ in range(2)]
        for t in range(2)
    ]
    rules = [Rule(2, 0, 3.0, 0.5, 2.0), Rule(6, 1, 0.2, 0.5), Rule(4, 2, 2.0, 1.0, 2.0)]
    table = dict(clock=np.arange(n, dtype=np.int32), kill=np.array([n, NONE], np.int32), engulf=n + 1)
    program = with_behaviours(program, numbers, base, rules, [(0, 1)], **table)
    types = program.cell_types
    types = replace(
        types, p_volume=numbers.row([900.0, 1500.0]), p_volume_spread=numbers.row([1.2, None]),
        p_trait_mean=np.array([numbers.row([1.0, None]), numbers.row([1.0, 2.0])], np.int32),
        p_trait_spread=np.array([numbers.row([1.3, None]), numbers.row([1.3, 1.1])], np.int32),
        p_trait_drift=np.array([numbers.row([1.1, None]), numbers.row([None, 1.2])], np.int32),
    )  # fmt: skip
    per_type = {name: absent(2, 2) for name in ("p_receptors", "p_internalise", "p_detach", "p_escape", "p_lysosome")}
    vesicles = replace(
        program.vesicles, p_diffusion=absent(2), p_decay=absent(2), p_residence=absent(2),
        p_half_saturation=absent(2, 2), ligand=absent(2, 2), donor=absent(2),
        slot_population=np.array([0, 1, 1], np.int32), slot_species=np.array([0, 0, 1], np.int32),
        p_copies=absent(3), slot_kind=np.zeros(3, np.int8), **per_type,
    )  # fmt: skip
    cargo = replace(program.cargo, family=absent(2), whole_copies=np.array([1, 0], np.int8), p_loading=absent(2, 3))
    n_cells = 24
    cells = Start(
        type=np.arange(n_cells, dtype=np.int32) % 2, state=np.zeros(n_cells, np.int32),
        label=np.arange(n_cells, dtype=np.int32), region=absent(n_cells), position=np.full((n_cells, 3), np.nan),
        stands_for=1 + np.arange(n_cells) % 3,
    )  # fmt: skip
    program = replace(program, cell_types=types, vesicles=vesicles, cargo=cargo, n_species=2, n_traits=2, start=cells)
    return finished(program, numbers)


def loaded_state(program, seed):
    state = start.initial_state(program, [0, 1], [[seed, 0], [seed, 1]])
    rng = np.random.default_rng(seed)
    for name in ("pool", "bound", "endosomal"):
        getattr(state, name)[:] = rng.integers(0, 60, (state.n_cells, 2))
        cargo = getattr(state, f"{name}_cargo")
        cargo[:] = rng.random(cargo.shape) * getattr(state, name)[:, [0, 1, 1]]
    state.copies[:] = rng.integers(0, 9, state.copies.shape) + 0.25
    state.inserted[:] = rng.integers(0, 30, state.inserted.shape)
    state.signal[:] = rng.random(state.signal.shape)
    return state


@pytest.mark.parametrize("most", [(), (10, 16)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_array_equals_the_twin(dimensions, most):
    program = busy_program(dimensions)
    program = replace(program, start=replace(program.start, most=np.array(most, dtype=np.int64)))
    state = loaded_state(program, 7)
    for _ in range(12):
        behaviours.evaluate(program, state)
        slow = State.from_arrays({name: np.copy(a) for name, a in state.arrays().items()})
        begin, index = neighbours.contacts(program, state)
        contacts = [list(index[begin[i] : begin[i + 1]]) for i in range(state.n_cells)]
        Twin(program, slow, contacts).advance()
        lifecycle.advance(program, state)
        for name, expected in slow.arrays().items():
            found = state.arrays()[name]
            assert found.dtype == expected.dtype, name
            if name in EXACT or found.dtype.kind in "iu":
                np.testing.assert_array_equal(found, expected, err_msg=name)
            else:
                np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12, err_msg=name)
        site = np.repeat(np.arange(2), np.diff(state.cell_start))
        assert not solid_voxels(program, state)[site, home_voxels(program, state)].any()
        state.step += 1
    seen = np.abs(state.cell_ledger).sum(axis=(0, 1))
    assert np.all(seen[: CellTerm.ARRIVED] > 0), seen
    assert set(state.cell_bound_for) == {0, 2, 3}
    assert (state.stands_for.max() > 3) == bool(most)
