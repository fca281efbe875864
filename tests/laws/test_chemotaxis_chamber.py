"""A chamber between a source and a sink of a chemokine: what lets cells follow it, and arms that take this away."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula import simulate

TEXT = """
vesicula: 1
model: chamber
question: Do cells follow a chemokine, and what stops them?
sites:
  p:
    size: [1000 um, 200 um]
    depth: 20 um
    voxel: 20 um
    regions:
      middle: box from 480 um, 0 um to 520 um, 200 um
      others: rest
substances:
  CXCL12:
    diffuses: 100 um^2/s (30..300 @assumed)
    half-life: 1000 h (100..10000 @assumed)
    walls: {left: held at 0 pM, right: held at 10 nM @assumed (1..100 @assumed)}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    moves:
      speed: 0.5 um/min (0.1..2 @assumed)
      persistence: 20 min (5..100 @assumed)
      bias: 50 % (10..90 @assumed)
      toward:
        CXCL12: {Kd: 5 nM (0.5..50 @assumed), receptors: 3e4 (3e3..3e5 @assumed), receptor: CXCR4}
start:
  - 60 c in middle
arms:
  near its Kd: []
  receptor blocked: [BLOCK]
  receptor knocked out: [KNOCK]
  antibody: [ANTIBODY]
  trace: [TRACE]
  flooded: [FLOODED]
measure:
  n: count of c in p
run: {for: 12 h, record: every 12 h, step: 6 min, seeds: 1}
"""
STEPS = {
    "BLOCK": "block CXCL12 in c by 100 %",
    "KNOCK": "knock out CXCR4 in c",
    # the source never ends: so much antibody that 12 h of it do not use it up
    "ANTIBODY": "at 0 h add antibody against CXCL12, 20000 nM, Kd 1 pM, off 0.1 /h, half-life 1000 h",
    "TRACE": "set substances.CXCL12.walls.right to 1e-9 pM",
    "FLOODED": "set substances.CXCL12.walls.right to 1e9 nM",
}
QUIET = ("receptor blocked", "receptor knocked out", "antibody", "trace")


def text_of(steps):
    text = TEXT
    for word, step in steps.items():
        text = text.replace(f" [{word}]", f"\n    - {step}")
    return text


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    model = tmp_path_factory.mktemp("chamber") / "chamber.yaml"
    model.write_text(text_of(STEPS))
    result = simulate(model, out=model.parent / "run")
    arms = ["near its Kd", *QUIET, "flooded"]
    return {arm: result.cells(arm)["x"].to_numpy() for arm in arms}


def test_cells_go_up_the_chemokine_near_the_kd_of_its_receptor_and_less_far_above_it(places):
    mean = {arm: x.mean() for arm, x in places.items()}
    error = {arm: x.std() / np.sqrt(len(x)) for arm, x in places.items()}
    assert mean["near its Kd"] > 500.0 + 100.0
    assert mean["flooded"] < mean["near its Kd"] - 4.0 * error["near its Kd"]


@pytest.mark.parametrize("arm", QUIET)
def test_what_takes_the_signal_away_leaves_a_walk_without_bias(places, arm):
    x = places[arm]
    assert abs(x.mean() - 500.0) < 4.0 * x.std() / np.sqrt(len(x))
    assert 30.0 < x.std() < 100.0  # they walk: v² τ t per axis is (60 µm)²
