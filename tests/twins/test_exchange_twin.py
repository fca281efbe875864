"""What passes between sites equals its plain twin: permeabilities, barriers, transfers."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.exchange_cases import Insert, pour_in

from vesicula.engine import exchange
from vesicula.engine.reference import exchange as reference
from vesicula.engine.system import ONLY_SOLUBLE, ONLY_VESICLES, WHOLE

RTOL = 1e-12
TWO_TYPES = Insert(
    n_substances=2, copies=(3.0, 0.5), filter=([50.0, 40.0], None, 20.0, 5.0),
    closed=(([0.1, 0.2], 0.0, None, 0.5), (None, 0.1, None, 0.0)),
    opened=((4.0, 1.0, None, None), (2.0, None, None, 0.3)),
    across=((None, 0.1, 1.0, 0.01), (0.2, None, None, 0.5)),
    eaten=((None, None, [40.0, 30.0], 0.0), (None, None, None, 2.0)), eats=(([30.0, 60.0], 10.0), (None, 5.0)),
    closers=((0, 0, 0.4, 3.0), (0, 1, None, None), (1, 1, [0.3, 0.6], 2.0)), nodes=(0.8, 0.6),
    confluence=(1e-3, None), resistance=((100.0, None), (8.0, None)), variants=2,
)  # fmt: skip


def mixed(insert, cells=(30, 55, 8, 0), seeds=(3, 4, 5, 6), seed=9):
    """Sites with living and dead cells of both types, everything uneven."""
    system = insert.system()
    states = insert.states(system, cells=cells, seeds=seeds)
    rng = np.random.default_rng(seed)
    top = states.sites[0]
    top.cell_type[:] = rng.integers(0, len(insert.closed), top.n_cells)
    top.cell_dead[:] = rng.random(top.n_cells) < 0.2
    top.nodes[:] = rng.random(top.nodes.shape)
    top.volume[:] = rng.uniform(500.0, 3000.0, top.n_cells)
    for program, state in zip(system.sites, states.sites, strict=True):
        state.site_variant = (np.arange(state.n_sites, dtype=np.int32) % insert.variants).astype(np.int32)
        state.step = 5
        pour_in(program, state, molecules=float(rng.uniform(1e3, 1e6)), particles=int(rng.integers(1, 400)))
        state.cargo *= rng.uniform(0.5, 2.0, state.cargo.shape)
    top.signal[:] = rng.random(top.signal.shape)
    return system, states


def assert_alike(states, expected):
    for one, other in zip(states.sites, expected.sites, strict=True):
        for name, array in one.arrays().items():
            if array.dtype.kind == "f":
                assert_allclose(array, other.arrays()[name], rtol=RTOL, atol=1e-9, err_msg=name)
            else:
                assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_permeability_equals_cell_by_cell():
    system, states = mixed(TWO_TYPES)
    fast = exchange.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])
    slow = reference.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])
    assert_allclose(fast, slow, rtol=RTOL)
    assert len(np.unique(fast[:, 0])) == 4
    assert_array_equal(fast[:, 1], 0.0)


def test_a_wall_has_its_own_cells_alone_and_is_open_where_they_are_not_shut():
    system, states = mixed(TWO_TYPES)
    barriers = replace(system.exchange.barriers, member=np.array([[1, 0]], np.int8))
    args = 0, system.sites[0], states.sites[0]
    assert_allclose(exchange.permeability(barriers, *args), reference.permeability(barriers, *args), rtol=RTOL)
    assert np.all(exchange.layers(barriers, *args)[0][:, 1] == 0.0)
    for table in (barriers, system.exchange.barriers):
        free = exchange.open_share(table, *args)
        assert_allclose(free, reference.open_share(table, *args), rtol=RTOL)
        assert np.all((free > 0.0) & (free <= 1.0))


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("held", [(), (0,), (1,), (0, 1)])
def test_barriers_equal_the_twin(half, held):
    system, states = mixed(TWO_TYPES)
    for site in held:
        states.sites[site].held[1:3, 0] = states.sites[site].concentration[1:3, 0, 0]
    expected = copy.deepcopy(states)
    exchange.through_barriers(system, states, 15.0, half)
    reference.through_barriers(system, expected, 15.0, half)
    assert_alike(states, expected)
    assert np.any(states.sites[0].vesicle_ledger[:, :, 7] > 0)


@pytest.mark.parametrize("fraction", [WHOLE, ONLY_VESICLES, ONLY_SOLUBLE])
def test_transfers_equal_the_twin(fraction):
    rows = [(5, 0, 1, fraction, [0.5, 0.0], [0.8, 0.0], 0.37), (5, 1, 0, WHOLE, 0.3, 1.0, 2.6), (6, 0, 1, 0, 1, 1, 1)]
    system, states = mixed(replace(TWO_TYPES, transfers=rows))
    expected = copy.deepcopy(states)
    exchange.transfer(system, states)
    reference.transfer(system, expected)
    assert_alike(states, expected)
