"""Two cultures and a filter: ledgers close on both sides, nothing is negative, and bits depend on nothing else."""

from __future__ import annotations

import copy
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cases.exchange_cases import BOTTOM, CELL_AREA, TOP, Insert, pour_in
from tests.cases.threads import threads

from vesicula.engine import exchange, invariants
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_exchange
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.step import advance, step
from vesicula.engine.system import ONLY_SOLUBLE, ONLY_VESICLES, WHOLE

CELLS = (40, 20, 0, 60)
SEEDS = (1, 2, 3, 4)
LAYER = Insert(
    filter=(50.0, 20.0), closed=((0.01, 0.0),), opened=((5.0, 1.0),), across=((None, 1e-3),),
    closers=((0, 0, 0.5, 4.0),), nodes=(0.4,), resistance=((100.0,), (5.0,)),
    transfers=((2, 1, 0, WHOLE, 0.5, 0.1, 1.7), (4, 0, 1, ONLY_VESICLES, 0.2, 1.0, 0.3)),
)  # fmt: skip


def begin(insert=LAYER, cells=CELLS, seeds=SEEDS):
    system = insert.system()
    states = insert.states(system, cells=cells, seeds=seeds)
    pour_in(system.sites[0], states.sites[0], molecules=1e6, particles=5000)
    pour_in(system.sites[1], states.sites[1], molecules=2e4, particles=300)
    return system, states


def run(system, states, steps=6):
    for _ in range(steps):
        advance(system, states)
    return states


def assert_same(one: State, other: State):
    for name, array in one.arrays().items():
        assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_ledgers_close_on_both_sides_and_nothing_is_negative():
    system, states = begin()
    for _ in range(40):
        advance(system, states)
        for program, state in zip(system.sites, states.sites, strict=True):
            assert_array_equal(invariants.vesicle_balance(state), 0)
            assert_allclose(invariants.cargo_balance(state), 0.0, atol=1e-8)
            assert_allclose(invariants.substance_balance(program, state), 0.0, atol=1e-6)
            assert state.vesicles.min() >= 0
            assert state.concentration.min() >= 0.0
            assert state.cargo.min() >= -1e-9
            assert np.all((state.cargo[:, 0] < 1e-9) | (state.vesicles[:, 0] > 0))


def test_what_leaves_one_side_arrives_at_the_other():
    system, states = begin(replace(LAYER, transfers=()))
    top, bottom = run(system, states).sites
    left, arrived = int(VesicleTerm.LEFT), int(VesicleTerm.ARRIVED)
    assert_array_equal(top.vesicle_ledger[:, :, left], bottom.vesicle_ledger[:, :, arrived])
    assert_array_equal(top.vesicle_ledger[:, :, arrived], bottom.vesicle_ledger[:, :, left])
    assert_allclose(top.cargo_ledger[:, :, left], bottom.cargo_ledger[:, :, arrived], rtol=1e-12)
    out, into = int(SubstanceTerm.WALL_OUT), int(SubstanceTerm.WALL_IN)
    assert_allclose(top.substance_ledger[:, :, out], bottom.substance_ledger[:, :, into], rtol=1e-12)
    assert_allclose(top.substance_ledger[:, :, into], bottom.substance_ledger[:, :, out], rtol=1e-12)
    assert np.all(bottom.vesicle_ledger[:, :, arrived] > 0)


def test_fast_exchange_ends_in_equal_concentrations():
    system, states = begin(replace(LAYER, filter=(1e9, 1e9), transfers=()), cells=(0,))
    molecules = 1e6 + 2e4
    top, bottom = run(system, states, 1).sites
    assert_allclose(top.concentration, molecules / (TOP + BOTTOM), rtol=1e-12)
    assert_allclose(bottom.concentration, molecules / (TOP + BOTTOM), rtol=1e-12)


def test_a_held_side_stays_and_its_ledger_closes():
    system, states = begin(replace(LAYER, transfers=()), cells=(0,))
    states.sites[0].held[:, 0] = 0.3
    states.sites[0].concentration[:] = 0.3
    states.sites[0].substance_ledger[:, 0, SubstanceTerm.START] = 0.3 * TOP
    run(system, states, 30)
    assert_array_equal(states.sites[0].concentration, 0.3)
    assert_allclose(states.sites[1].concentration[2], 0.3 + (2e4 / BOTTOM - 0.3) * np.exp(-50.0 * 4e4 / BOTTOM * 900.0))
    for program, state in zip(system.sites, states.sites, strict=True):
        assert_allclose(invariants.substance_balance(program, state), 0.0, atol=1e-6)


def test_without_exchange_every_site_has_the_bits_of_its_own_step():
    system, states = begin()
    alone = copy.deepcopy(states)
    run(replace(system, exchange=blank_exchange(1, 2)), states)
    for _ in range(6):
        for program, state in zip(system.sites, alone.sites, strict=True):
            step(program, state)
    for one, other in zip(states.sites, alone.sites, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("row", range(len(SEEDS)))
def test_a_row_has_the_same_bits_alone(row):
    together = run(*begin())
    alone = run(*begin(cells=(CELLS[row],), seeds=(SEEDS[row],)))
    for one, other in zip(together.sites, alone.sites, strict=True):
        for field in fields(State):
            whole, single = getattr(one, field.name), getattr(other, field.name)
            if field.name.startswith(("concentration", "vesicle", "cargo", "substance", "work")):
                assert_array_equal(whole[row], single[0], err_msg=field.name)


def test_threads_do_not_matter():
    with threads(2):
        together = run(*begin())
    with threads(1):
        one = run(*begin())
    for a, b in zip(together.sites, one.sites, strict=True):
        assert_same(a, b)


def test_steps_and_halves_draw_anew():
    system, states = begin(replace(LAYER, transfers=()), cells=(0,))
    states.sites[0].vesicles[:], states.sites[1].vesicles[:] = 1000, 0
    seen = []
    for half, now in ((0, 0), (1, 0), (0, 1)):
        trial = copy.deepcopy(states)
        for state in trial.sites:
            state.step = now
        exchange.through_barriers(system, trial, 60.0, half)
        seen.append(tuple(trial.sites[1].vesicles[:, 0, 0]))
    assert len(set(seen)) == 3


def test_closed_junctions_hold_back_and_gaps_leak():
    system, states = begin()
    tight, half_open, bare, crowded = exchange.permeability(
        system.exchange.barriers, 0, system.sites[0], states.sites[0]
    )
    assert bare.tolist() == [50.0, 20.0]
    assert np.all(tight < half_open)
    assert np.all(half_open < bare)
    assert_allclose(half_open, (tight + bare) / 2)
    assert_allclose(crowded, tight, rtol=1e-12)
    states.sites[0].nodes[:] = 1.0
    shut = exchange.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])[0]
    assert_allclose(shut, [1 / (1 / 50 + 1 / 0.01), 1 / (1 / 20 + 1 / 1e-3)])
    states.sites[0].nodes[:] = 0.0
    lost = exchange.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])[0]
    assert_allclose(lost, [1 / (1 / 50 + 1 / 5), 1 / (1 / 20 + 1 / 1.001)])


def test_dead_cells_cover_nothing():
    system, states = begin()
    states.sites[0].cell_dead[:40] = 1
    assert exchange.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])[0].tolist() == [
        50.0,
        20.0,
    ]


def test_resistance_of_closed_open_gappy_and_bare():
    system, states = begin()
    states.sites[0].nodes[:] = 1.0
    closed, gappy, bare, _ = exchange.resistance(system.exchange.barriers, 0, system.sites[0], states.sites[0])
    assert closed == pytest.approx(100.0)
    assert gappy == pytest.approx(1 / (0.5 / 105.0 + 0.5 / 5.0) - 5.0)
    assert bare == 0.0
    states.sites[0].nodes[:] = 0.0
    assert exchange.resistance(system.exchange.barriers, 0, system.sites[0], states.sites[0])[0] == pytest.approx(5.0)
    system, states = begin(replace(LAYER, resistance=((None,), (None,))))
    assert np.all(np.isnan(exchange.resistance(system.exchange.barriers, 0, system.sites[0], states.sites[0])))


@pytest.mark.parametrize("fraction", [WHOLE, ONLY_VESICLES, ONLY_SOLUBLE])
def test_fractions_of_the_medium(fraction):
    rows = ((0, 1, 0, fraction, 1.0, 1.0, 0.2515),)
    system, states = begin(replace(LAYER, transfers=rows), cells=(0,), seeds=range(400))
    exchange.transfer(system, states)
    top, bottom = states.sites
    molecules = 0.0 if fraction == ONLY_VESICLES else 2e4 * 0.2515
    assert_allclose(top.concentration * TOP, molecules)
    assert not bottom.concentration.any()
    assert not bottom.vesicles.any()
    arrived = top.vesicles[:, 0, 0]
    if fraction == ONLY_SOLUBLE:
        assert not arrived.any()
    else:
        assert set(arrived) == {75, 76}
        assert abs(arrived.mean() - 300 * 0.2515) < 4.0 * np.sqrt(0.2475 / 400)
        assert_allclose(top.cargo[:, 0, 0], 3.0 * arrived)
    assert_array_equal(invariants.vesicle_balance(top), 0)


def test_a_variant_without_the_transfer_is_left_alone():
    rows = ((0, 1, 0, WHOLE, [1.0, 0.0], [1.0, 0.0], 1.0),)
    system, states = begin(replace(LAYER, transfers=rows, variants=2), cells=(0,), seeds=(1, 2))
    for state in states.sites:
        state.site_variant = np.array([0, 1], np.int32)
    before = copy.deepcopy(states)
    exchange.transfer(system, states)
    for state, old in zip(states.sites, before.sites, strict=True):
        assert_array_equal(state.vesicles[1], old.vesicles[1])
        assert_array_equal(state.concentration[1], old.concentration[1])
        assert not np.array_equal(state.vesicles[0], old.vesicles[0])


def test_tissues_do_not_exchange():
    system, states = begin()
    wide = replace(system.sites[0], grid=Grid(2, 1, 1, 100.0, 100.0, 2))
    with pytest.raises(ValueError, match="one voxel"):
        exchange.through_barriers(replace(system, sites=(wide, system.sites[1])), states, 1.0, 0)


@pytest.mark.parametrize("table", ["p_filter", "p_closed", "p_open", "p_transcytosis", "p_endocytosis"])
def test_a_table_of_more_things_than_there_are_is_refused(table):
    """A kernel would write beyond the ledgers."""
    system, states = begin()
    wider = np.pad(getattr(system.exchange.barriers, table), ((0, 0), (0, 1)))
    wrong = replace(system.exchange, barriers=replace(system.exchange.barriers, **{table: wider}))
    with pytest.raises(ValueError, match="2 things"):
        exchange.through_barriers(replace(system, exchange=wrong), states, 1.0, 0)


def test_sites_of_different_things_do_not_exchange():
    system, states = begin()
    others = Insert(
        filter=(50.0, 20.0, 20.0),
        copies=(3.0, 3.0),
        closed=((None,) * 3,),
        opened=((None,) * 3,),
        across=((None,) * 3,),
    ).system()
    with pytest.raises(ValueError, match="the same"):
        exchange.through_barriers(replace(system, sites=(system.sites[0], others.sites[1])), states, 1.0, 0)


def test_the_layer_covers_what_its_cells_take():
    system, states = begin()
    covered, shut = exchange.layers(system.exchange.barriers, 0, system.sites[0], states.sites[0])
    assert_allclose(covered[:, 0], [1.0, 20 * CELL_AREA / 4e4, 0.0, 1.0])
    closedness = (0.4**4 / (0.4**4 + 0.5**4)) * (1 + 0.5**4)
    assert_allclose(shut, covered * closedness)


def passage(eats: float | None, eaten: float | None, signal: float = 0.0) -> np.ndarray:
    """Permeability of a closed layer to a population that passes cells alone, before any cell has acted."""
    tables = {"eats": (((eats,),) if eats is not None else ()), "eaten": ((None, eaten),)}
    insert = replace(LAYER, closed=((0.01, 0.0),), opened=((5.0, 0.0),), **tables)
    system, states = begin(insert, cells=(40,))
    states.sites[0].signal[:] = signal
    states.sites[0].behaviour[:] = 0.0
    return exchange.permeability(system.exchange.barriers, 0, system.sites[0], states.sites[0])


def test_transcytosis_follows_endocytosis_and_is_plain_without():
    plain = passage(None, None)
    assert_array_equal(passage(30.0, 30.0), plain)
    for stated in (None, 0.0):
        assert_array_equal(passage(30.0, stated), plain)
    assert_array_equal(passage(None, 30.0), plain)
    across, bare = 1e-3, 20.0
    for eats, signal, ratio in ((15.0, 0.0, 0.5), (0.0, 0.0, 0.0), (30.0, 0.5, 2.0)):  # a rule to 3x, at half-max
        changed = passage(eats, 30.0, signal)
        assert_allclose(changed[:, 1], bare * ratio * across / (bare + ratio * across), rtol=1e-12)
        assert_array_equal(changed[:, 0], plain[:, 0])


def test_passage_by_area_of_cells_that_take_up_differently():
    insert = replace(LAYER, opened=((5.0, 0.0),), eats=((30.0,),), eaten=((None, 30.0),))
    system, states = begin(insert, cells=(40,))
    top = states.sites[0]
    top.signal[:, 0] = np.linspace(0.0, 4.0, top.n_cells)
    top.cell_dead[::3] = 1
    s = top.signal[top.cell_dead == 0, 0] / 0.5
    ratio = exchange.endocytosis(system.exchange.barriers, system.sites[0], top)
    living = np.bincount(np.repeat(np.arange(top.n_sites), np.diff(top.cell_start))[top.cell_dead == 0])
    means = [one.mean() for one in np.split((1 + 3 * s) / (1 + s), np.cumsum(living)[:-1])]
    assert_allclose(ratio[:, 0, 1], means, rtol=1e-12)
