"""Pools that blood washes out: levels in closed form whatever the macro step, and what they do not depend on."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import expm
from tests.cases.pool_cases import pools as case

from vesicula.compiler import compile_model
from vesicula.engine import pools
from vesicula.engine.invariants import substance_balance
from vesicula.engine.program import Reaction
from vesicula.engine.reference import pools as plain
from vesicula.engine.state import SubstanceTerm
from vesicula.engine.step import advance
from vesicula.language import prepare
from vesicula.march import first_states

ML = 1e12
EXACT = 1e-9  # of a level after any number of steps, where nothing reacts
ACCURACY = 3e-5  # of one where something does; that of a sub-step is 1e-6
BREAST, BLOOD, BONE = range(3)
VOLUMES = (0.1 * ML, 5000 * ML, 300 * ML)
BINDING = ((Reaction.BIND, 0, 1, 2, 0.02, 0.03),)


def closed_form(flows, source, decay, start, minutes):
    """Concentrations after some time from constant flows, sources (molecules/min) and decay: one matrix exponential."""
    n = len(VOLUMES)
    rates = np.zeros((n + 1, n + 1))
    for one, two, speed in flows:
        for here, there in ((one, two), (two, one)):
            rates[here, there] += speed / VOLUMES[here]
            rates[here, here] -= speed / VOLUMES[here]
    rates[range(n), range(n)] -= decay
    rates[:n, n] = np.divide(source, VOLUMES)
    return (expm(rates * minutes) @ np.append(start, 1.0))[:n]


def levels(states):
    return np.array([state.concentration[0, 0, 0] for state in states.sites])


def washed_out(after, flow_of_bone=200.0):
    """Flows that wash the breast out in `after` minutes."""
    return (BLOOD, BREAST, VOLUMES[BREAST] / after), (BLOOD, BONE, flow_of_bone * ML)


@pytest.mark.parametrize("half_life", [np.inf, 90.0], ids=["stays", "decays"])
@pytest.mark.parametrize("step", [60.0, 360.0])
@pytest.mark.parametrize("washed", [1.0 / 360.0, 1.0 / 6.0, 1.0, 10.0])
def test_every_level_is_that_of_flow_secretion_and_decay_together(washed, step, half_life):
    """From 1 min to 10 steps of 6 h; the breast alone secretes."""
    flows, decay = washed_out(washed * 360.0), np.log(2.0) / half_life
    system, states = case(VOLUMES, flows, macro_step=step, secretion=((1800.0,), (0.0,), (0.0,)), decay=(decay,))
    for k in range(1, round(7200.0 / step) + 1):
        pools.advance(system, states)
        assert_allclose(levels(states), closed_form(flows, (1800.0, 0.0, 0.0), decay, (0.0,) * 3, k * step), rtol=EXACT)


@pytest.mark.parametrize("step", [60.0, 360.0])
def test_what_was_there_fades_as_flow_and_decay_say_over_ten_half_lives(step):
    flows, decay, begin = washed_out(360.0), np.log(2.0) / 90.0, (5.0, 1.0, 0.0)
    system, states = case(
        VOLUMES, flows, macro_step=step, start_at=[(level,) for level in begin], decay=(decay,)
    )  # fmt: skip
    for k in range(1, round(1080.0 / step) + 1):
        pools.advance(system, states)
        assert_allclose(levels(states), closed_form(flows, (0.0,) * 3, decay, begin, k * step), rtol=EXACT)


def test_blood_that_is_held_washes_out_as_an_endless_fluid():
    flows, source, decay, step = ((BLOOD, BREAST, 0.05 * ML),), 1e9, 0.02, 360.0
    system, states = case(VOLUMES, flows, macro_step=step, secretion=((source,), (0.0,), (0.0,)), decay=(decay,))
    states.sites[BLOOD].held[:] = states.sites[BLOOD].concentration[:] = 0.3
    before = substance_balance(system.sites[BLOOD], states.sites[BLOOD])
    pools.advance(system, states)
    rate = flows[0][2] / VOLUMES[BREAST]
    level = (source / VOLUMES[BREAST] + rate * 0.3) / (rate + decay)
    assert_allclose(levels(states), (level, 0.3, 0.0), rtol=EXACT)
    assert_allclose(substance_balance(system.sites[BLOOD], states.sites[BLOOD]), before, rtol=1e-12)
    assert states.sites[BREAST].substance_ledger[0, 0, SubstanceTerm.WALL_IN] == pytest.approx(0.3 * flows[0][2] * step)


def test_what_is_bound_is_washed_out_with_the_rest():
    system, states = case(
        (2e4, 5e7, 4e5), ((0, 1, 1e4), (1, 2, 7e4)), macro_step=360.0,
        start_at=((0.0,) * 3, (0.0, 0.8, 0.0), (0.0,) * 3),
        secretion=((9e3, 0.0, 0.0),) + ((0.0,) * 3,) * 2, decay=(0.01, 0.0, 0.0), reactions=BINDING,
    )  # fmt: skip
    expected = copy.deepcopy(states)
    for _ in range(4):
        pools.advance(system, states)
        plain.advance(system, expected)
        for one, other in zip(states.sites, expected.sites, strict=True):
            assert_allclose(one.concentration, other.concentration, rtol=ACCURACY)
    assert states.sites[0].concentration[0, 2, 0] > 0.03


def busy(share=(1.0, 1.0, 1.0), *, rows=3, order=(0, 1, 2), turn=1):
    """Three substances that bind, in pools of some order, with flows that differ between rows; amounts are real."""
    rng = np.random.default_rng(7)
    secretion, start = rng.uniform(0.0, 9e3, (3, 3)), rng.uniform(0.1, 1.0, (3, 3))
    place = {k: order.index(k) for k in range(3)}
    flows = [(place[0], place[1], [1e4, 0.0, 700.0][:rows]), (place[1], place[2], [7e4, 3e3, 0.0][:rows])]
    return case(
        [(2e4, 5e7, 4e5)[k] for k in order], flows[::turn], macro_step=60.0, start_at=start[list(order)],
        secretion=[secretion[k] * share[k] for k in order], decay=(0.01, 0.0, 0.02), reactions=BINDING,
        share=[share[k] for k in order], rows=rows,
    )  # fmt: skip


def run(begun, steps=6):
    system, states = begun
    for _ in range(steps):
        pools.advance(system, states)
    return system, states


def test_what_flows_out_of_one_pool_flows_into_others():
    share = (1.0, 0.01, 0.5)
    system, states = run(busy(share), 20)
    flowed = 0.0
    for program, state, part in zip(system.sites, states.sites, share, strict=True):
        assert_allclose(substance_balance(program, state), 0.0, atol=1e-12 * state.substance_ledger.max())
        ledger = state.substance_ledger / part
        flowed = flowed + ledger[:, :, SubstanceTerm.WALL_OUT] - ledger[:, :, SubstanceTerm.WALL_IN]
    assert_allclose(flowed, 0.0, atol=1e-12 * ledger.max())
    assert np.all(states.sites[BONE].substance_ledger[0, :, SubstanceTerm.WALL_IN] > 0.0)


def test_levels_do_not_depend_on_the_share_that_is_simulated():
    for one, other in zip(run(busy())[1].sites, run(busy((1.0, 0.01, 0.5)))[1].sites, strict=True):
        assert_allclose(other.concentration, one.concentration, rtol=EXACT)


@pytest.mark.parametrize(("order", "turn"), [((2, 0, 1), 1), ((1, 0, 2), -1)])
def test_the_order_of_sites_and_flows_does_not_matter(order, turn):
    usual, other = run(busy())[1].sites, run(busy(order=order, turn=turn))[1].sites
    for k in range(3):
        assert_allclose(other[order.index(k)].concentration, usual[k].concentration, rtol=EXACT)
        assert_allclose(other[order.index(k)].substance_ledger, usual[k].substance_ledger, rtol=1e-8, atol=1e-6)


def test_a_row_has_the_same_bits_alone():
    for one, other in zip(run(busy())[1].sites, run(busy(rows=1))[1].sites, strict=True):
        for name in ("concentration", "substance_ledger", "field_step", "work"):
            assert_array_equal(getattr(one, name)[0], getattr(other, name)[0], err_msg=name)


TEXT = """\
vesicula: 1
model: washed
species: human
sites:
  breast: {kind: pool, volume: 0.1 mL}
  blood: {kind: pool, volume: 5 L}
body:
  - blood perfuses breast, 0.05 mL/min (0.005..0.5 @assumed)
substances:
  IL6: {diffuses: 6000 um^2/min (600..60000 @assumed), half-life: 10 h (1..100 @assumed)}
cells:
  tumour:
    diameter: 10 um (5..50 @assumed)
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
start:
  - 600 tumour in breast
run: {for: 4 days, record: every 1 day, step: %s, seeds: 1}
"""


@pytest.mark.parametrize("hours", [1, 6])
def test_the_schedule_has_the_level_that_cells_keep_up(hours):
    """600 cells that secrete a molecule a second, washed out within 2 min: 36 000 molecules/min over 0.05 mL/min."""
    compiled = compile_model(prepare(TEXT % f"{hours} h"))
    states = first_states(compiled.system, compiled.keys)
    for _ in range(96 // hours):
        advance(compiled.system, states)
    volumes, flow, decay = (0.1 * ML, 5000 * ML), 0.05 * ML, np.log(2.0) / 600.0
    rates = np.array([
        [-flow / volumes[0] - decay, flow / volumes[0], 36000.0 / volumes[0]],
        [flow / volumes[1], -flow / volumes[1] - decay, 0.0],
        [0.0, 0.0, 0.0],
    ])  # fmt: skip
    expected = (expm(rates * 5760.0) @ (0.0, 0.0, 1.0))[:2]
    assert expected[0] > 100.0 * expected[1]
    assert_allclose(levels(states), expected, rtol=EXACT)
