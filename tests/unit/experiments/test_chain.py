"""The law behind `vesicula dose`: by hand for one step, in closed form for small steps, and against whole runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vesicula.engine.leaving import SERIES_BELOW, leaving_share, leaving_shares, passing_share, passing_shares
from vesicula.experiments.loading.chain import (
    Dose,
    Enzyme,
    Exposure,
    Handling,
    Wash,
    follow,
    free_after,
    product,
)

PER_H = 1.0 / 60.0
PLAIN = Handling(fusion=100.0, endocytosis=900.0, escape=0.25, lysosome=0.2 * PER_H)


def test_one_step_by_hand():
    dish = Exposure(volume=1e9, cells=1e3, minutes=6.0, events=(Dose(0.0, 1e6),))
    passage = follow(dish, PLAIN, 0.01)
    free = 1e6 * math.exp(-6 * 1e3 * 1000.0 / 1e9)
    fused, eaten = 0.1 * (1e6 - free), 0.9 * (1e6 - free)
    digestion = 6 * (0.2 / 60) / 0.75
    opened = eaten * (1 - (1 - math.exp(-digestion)) / digestion) * 0.25
    arriving = (1 - math.exp(-0.06)) / 0.06
    assert passage.offered == pytest.approx(1000.0)
    assert passage.taken_up == pytest.approx((fused + eaten) / 1e3)
    assert passage.escaped == pytest.approx((fused + opened) / 1e3)
    assert passage.acting == pytest.approx((fused + opened) / 1e3 * arriving)
    assert passage.inserted == pytest.approx(fused / 1e3 * arriving)
    assert passage.free[-1] == pytest.approx(free)


def test_small_steps_give_the_integral():
    clearance, density, share, rate, growth, hours = 1000.0, 1e-3, 0.3, 0.02, 0.01, 24.0
    dish = Exposure(
        volume=1e15, cells=1.0, minutes=60 * hours, events=(Dose(0.0, 1e12),), growth=growth * PER_H, step=0.5
    )
    handling = Handling(fusion=0.1 * clearance, endocytosis=0.9 * clearance, escape=share, lysosome=1e6)
    passage = follow(dish, handling, rate * PER_H)
    k = (rate + growth) * PER_H
    expected = clearance * density * (0.1 + 0.9 * share) * (1 - math.exp(-k * 60 * hours)) / k
    assert passage.acting == pytest.approx(expected, rel=2e-3)


def test_receptors_hold_no_more_than_there_are():
    dish = Exposure(volume=1e9, cells=10.0, minutes=600.0, events=(Dose(0.0, 1e6),))
    handling = Handling(fusion=0.0, endocytosis=0.0, escape=0.0, lysosome=0.0, binding=1e6, receptors=50.0)
    passage = follow(dish, handling)
    assert passage.on_surface == pytest.approx(50.0, rel=1e-2)
    assert passage.on_surface <= 50.0


def test_a_wash_takes_its_share():
    without = follow(Exposure(1e9, 1.0, 60.0, (Dose(0.0, 1e6),)), PLAIN)
    washed = follow(Exposure(1e9, 1.0, 60.0, (Dose(0.0, 1e6), Wash(30.0, 0.75))), PLAIN)
    assert washed.free[-1] == pytest.approx(0.25 * without.free[-1])
    assert washed.free[3] == without.free[3]


@given(
    kept=st.floats(0.0, 1e12), entering=st.floats(0.0, 1e12), loss=st.floats(0.0, 10.0), eaten=st.floats(0.0, 10.0),
    room=st.floats(1.0, 1e12),
)  # fmt: skip
def test_free_particles_solve_their_equation(kept, entering, loss, eaten, room):
    numbers = (np.float64(x) for x in (kept, entering, loss, eaten, room))
    y, mean = (float(x) for x in free_after(*numbers, 6.0))
    given_, x = kept + entering, 6.0 * (loss + eaten / (1 + mean / room))
    assert 0.0 <= y <= given_ * (1 + 1e-12)
    assert given_ - y == pytest.approx(x * mean, rel=1e-6, abs=1e-7 * given_ + 1e-9)
    late = -math.expm1(-x) / x if x > 1e-6 else 1.0 - x / 2.0
    assert y == pytest.approx(kept * math.exp(-x) + entering * late, rel=1e-6, abs=1e-9)


def test_shares_of_arrays_are_those_of_kernels():
    """To the last digit of an exponential, which NumPy and a C library may round in two ways."""
    rates = np.concatenate([10.0 ** np.linspace(-12.0, 3.0, 400), [0.0, 0.1, np.inf], np.linspace(0.09, 0.11, 50)])
    for many, one in ((leaving_shares, leaving_share), (passing_shares, passing_share)):
        found, expected = many(rates, 0.1), np.array([one(rate, 0.1) for rate in rates])
        small = rates * 0.1 <= SERIES_BELOW
        np.testing.assert_allclose(found[small], expected[small], rtol=3e-16, atol=0.0)
        np.testing.assert_allclose(found[~small], expected[~small], rtol=0.0, atol=3e-16)


def test_infinite_rates_empty_a_state():
    assert leaving_shares(np.array([0.0, 1.0, np.inf]), 6.0) == pytest.approx([0.0, 1 - math.exp(-6.0), 1.0])
    assert passing_shares(np.array([0.0, 1e-9, 1.0, np.inf]), 6.0) == pytest.approx(
        [0.0, 3e-9, (5 + math.exp(-6.0)) / 6, 1.0]
    )


@settings(deadline=None)
@given(low=st.floats(1.0, 1e10), factor=st.floats(1.1, 100.0))
def test_more_vesicles_and_more_time_bring_more(low, factor):
    handling = Handling(500.0, 5000.0, 0.2, 0.01, saturation=1e-3, decay=1e-4)
    less, more = (follow(Exposure(1e11, 1e3, 600.0, (Dose(0.0, p),)), handling) for p in (low, low * factor))
    assert more.taken_up > less.taken_up
    assert more.acting > less.acting
    later = follow(Exposure(1e11, 1e3, 1200.0, (Dose(0.0, low),)), handling)
    assert later.escaped > less.escaped


def test_an_enzyme_turns_over_no_more_than_there_is():
    passage = follow(Exposure(1e9, 0.001, 60.0, (Dose(0.0, 1e6),)), PLAIN)
    slow = product(passage, 10.0, 1e9, Enzyme(kcat=1.0, km=1e6, substrate=1.0))
    assert slow == pytest.approx(60.0 * 1e-2 * 1.0 / (1e6 + 1.0), rel=1e-3)
    assert product(passage, 10.0, 1e9, Enzyme(kcat=1e9, km=1.0, substrate=1.0)) == pytest.approx(1.0, rel=1e-3)


DISH = """
vesicula: 1
model: dish
sites:
  dish:
    kind: pool
    volume: 20 nL
vesicles:
  prep-EV:
    kind: small EV
    half-life: 24 h (2..240 @assumed)
    carries:
      miR-105-5p:
        copies: 2 copies/EV (0.2..20 @assumed)
        half-life: 40 h (4..400 @assumed)
cells:
  endothelium:
    diameter: 14 um (6..60 @assumed)
    clears EV: 300 pL/h (30..3000 @assumed)
    EV fate:
      fusion: 5 % (0.5..50 @assumed)
      escape: 25 % (2..80 @assumed)
      lysosome: 0.2 /h (0.02..2 @assumed)
      saturation: 3e9 particles/mL (3e8..3e10 @assumed)
      binding: 50 pL/h (5..500 @assumed)
      receptors: 400 (40..4000 @assumed)
      internalised: 0.02 /min (0.002..0.2 @assumed)
      detached: 0.01 /min (0.001..0.1 @assumed)
      AGO loading: 50 % (10..90 @assumed)
start:
  - 20 endothelium in dish
protocol:
  - at 0 h add 4e4 particles of prep-EV to dish
measure:
  copies: delivered copies of miR-105-5p in endothelium
run:
  for: 12 h
  record: every 12 h
  step: 6 min
  seeds: 8
"""


def test_a_run_of_the_same_dish_gives_the_same_in_every_stage(tmp_path):
    import vesicula
    from vesicula.engine.state import Contact

    result = vesicula.simulate(DISH, out=tmp_path / "run", threads=1)
    talk = result.records[-1].arrays["dish/talk"][:, 0, 0].astype(float)
    volume = 2e7
    h = Handling(
        fusion=0.05 * 300e3 / 60, endocytosis=0.95 * 300e3 / 60, escape=0.25, lysosome=0.2 * PER_H,
        binding=50e3 / 60, receptors=400.0, internalise=0.02, detach=0.01, decay=math.log(2) / 1440,
        saturation=3e9 * 1e-12,
    )  # fmt: skip
    passage = follow(Exposure(volume, 20.0, 720.0, (Dose(0.0, 4e4),)), h, math.log(2) / 2400)
    seeds = len(talk)
    for name, seen, expected in (
        ("bound", talk[:, Contact.BOUND], passage.bound),
        ("taken up", talk[:, Contact.ENDOCYTOSED] + talk[:, Contact.FUSED], passage.taken_up),
        ("escaped", talk[:, Contact.ESCAPED] + talk[:, Contact.FUSED], passage.escaped),
    ):
        error = math.sqrt(float(expected) * 20 / seeds)
        assert abs(seen.mean() - float(expected) * 20) < 4 * error, name
    copies = np.array([one for one in result.values("copies")["value"]])
    expected = 2.0 * 0.5 * float(passage.acting)
    assert abs(copies.mean() - expected) < 4 * math.sqrt(3 * expected / 20 / seeds)
