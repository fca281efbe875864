"""Models with a body: text, compiled tables, and agreement of pools, tissues and shares."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.engine.program import NONE, Effect
from vesicula.engine.step import advance
from vesicula.engine.voxels import cell_sites
from vesicula.errors import ModelError
from vesicula.language import check, prepare, read, write
from vesicula.language.body import Leaves, Perfuses
from vesicula.march import first_states
from vesicula.simulation import load

TEXT = """\
vesicula: 1
model: two
species: human
sites:
  blood: {kind: pool, volume: 1e-6 mL, share: %(share)s}
  bone: %(bone)s
body:
  - blood perfuses bone, 1000 um^3/min (100..10000 @assumed)
  - tumour cycling leaves blood for bone at 0.2 /day (0.02..2 @assumed), resting
substances:
  IL6: {diffuses: 6000 um^2/min (600..60000 @assumed), half-life: 10 h (1..100 @assumed)}
matrix:
  mineral: {fills: bone}
cells:
  tumour:
    diameter: 10 um (5..50 @assumed)
    states: [cycling, resting]
    divides: every 2 days (0.5..8 @assumed), while cycling
    apoptosis: 0.2 /day (0.02..2 @assumed)
    dead stay: 1 h (0.1..10 @assumed)
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
    resorbs: {mineral: 1 um^3/h (0.1..10 @assumed)}
    becomes: [ ]
    rules:
      - IL6 raises leaving blood to 3x (1..10 @assumed), half-max 1 nM (0.1..10 @assumed)
start:
  - %(cells)s tumour in blood, cycling
run: {for: 3 days, record: every 1 day, step: 2 h, seeds: %(seeds)s}
"""
POOL = "{kind: pool, volume: 2.16e-7 mL}"
TISSUE = "{size: [60 um, 60 um], depth: 60 um, voxel: 20 um}"


def text(bone=POOL, share="1", cells="200", seeds=6):
    return TEXT.replace("    becomes: [ ]\n", "") % {"bone": bone, "share": share, "cells": cells, "seeds": seeds}


def run(model):
    compiled = compile_model(prepare(model))
    states = first_states(compiled.system, compiled.keys)
    for _ in range(round(3 * 1440 / compiled.macro_step)):
        advance(compiled.system, states)
    return compiled, states


def test_sentences_read_and_write():
    model = read("cascade")
    assert read(write(model)) == model
    assert [type(one) for one in model.body] == [Perfuses, Perfuses, Leaves, Leaves, Leaves]
    third = model.body[3]
    assert (third.cell, third.from_state, third.source, third.target, third.to_state) == (
        "carcinoma", "circulating", "blood", "bone", "dormant",
    )  # fmt: skip
    assert third.rate.unit == "/h"


def test_tables_of_the_body():
    compiled = compile_model(prepare(text(share="1 in 4")))
    blood, bone = compiled.system.sites
    leaving = np.flatnonzero(blood.lifecycle.effect == Effect.LEAVE)
    assert blood.lifecycle.site[leaving].tolist() == [0]
    assert blood.lifecycle.to_site[leaving].tolist() == [1]
    assert blood.lifecycle.to_state[leaving].tolist() == [1]
    assert bone.site == 1
    assert set(blood.lifecycle.site) == {NONE, 0}
    flows = compiled.system.exchange.flows
    assert (flows.first.tolist(), flows.second.tolist(), flows.share.tolist()) == ([0], [1], [1.0, 1.0])
    assert blood.values[0, flows.p_flow[0]] == pytest.approx(1000.0)
    assert blood.grid.voxel_volume == pytest.approx(1e6)
    assert blood.start.stands_for.tolist() == [4] * 50


OWN = {"grid", "protocol", "start", "regions", "flow", "site"}
IN_PART = {"substances": ("wall", "p_decay"), "vesicles": ("wall", "p_decay"), "matrix": ("initial",)}
"""What a site has for itself: its walls, and losses that its fluid decides."""


@pytest.mark.parametrize("name", ["cascade", "mir105-barrier"])
def test_what_is_the_same_in_all_sites_is_there_once(name):
    first, *others = load(name, draws=1).system.sites
    for field in fields(first):
        for other in others:
            one, same = getattr(first, field.name), getattr(other, field.name)
            if field.name in IN_PART:
                shared = [part.name for part in fields(one) if part.name not in IN_PART[field.name]]
                assert all(getattr(one, part) is getattr(same, part) for part in shared), field.name
            elif field.name not in OWN:
                assert one is same or (isinstance(one, int | float) and one == same), field.name


def test_counts_of_a_pool_are_said_of_the_whole():
    roomy = text(share="%s", cells="1e8", seeds=8).replace("volume: 1e-6 mL", "volume: 1 mL")
    assert prepare(roomy % "1 in 10000").sites[0].share == 1e-4
    with pytest.raises(ModelError) as caught:
        prepare(roomy % "1 in 10")
    assert "too-large" in {one.code for one in caught.value.diagnostics}


def test_a_rule_changes_how_fast_cells_leave():
    compiled = compile_model(prepare(text()))
    texts = [one.text for one in compiled.names.behaviours]
    column = texts.index("tumour leaves blood for bone")
    table = compiled.system.site("blood").behaviours
    assert table.rule_start[column + 1] - table.rule_start[column] == 1


def test_mistakes_of_the_body_say_what_to_do():
    for old, new, code in (
        ("blood perfuses bone,", "blood perfuses bones,", "unknown-name"),
        ("blood perfuses bone,", "bone perfuses bone,", "same-site"),
        ("tumour cycling leaves blood for bone", "tumour resting leaves blood for blood", "same-site"),
        ("cycling leaves", "sleeping leaves", "unknown-name"),
        ("raises leaving blood", "raises leaving bone", "unknown-name"),
        ("@assumed), resting\nsub", "@assumed), asleep\nsub", "unknown-name"),
        (
            "  - tumour cycling",
            "  - bone perfuses blood, 1 um^3/min (0.1..10 @assumed)\n  - tumour cycling",
            "two-ways",
        ),
        ("tumour in blood, cycling", "tumour in bone, cycling", "nobody-there"),
        ("share: 1}", "share: 3 in 2}", "quantity"),
    ):
        assert old in text(), old
        with pytest.raises(ModelError) as caught:
            prepare(text().replace(old, new))
        assert code in {one.code for one in caught.value.diagnostics}, (old, new, caught.value)


VESICLES = """\
vesicles:
  tumour-EV: {from: tumour, diameter: 120 nm (40..400 @assumed), release: 1 EV/h (0.1..10 @assumed)}
"""


@pytest.mark.parametrize(
    ("bone", "flow", "vesicles", "told"),
    [
        (TISSUE, "1e5", "", "what is dissolved there"),
        (TISSUE, "1e4", "", None),  # 216,000 µm³ in 21.6 min: not far below 2 h
        (POOL, "1e5", "", None),
        (POOL, "1e5", VESICLES, "vesicles there"),
        (TISSUE, "1e5", VESICLES, "what is dissolved and vesicles there"),
        (TISSUE.replace("voxel", "share: 1 in 100, voxel"), "7e4", "", None),  # blood is the smaller one: 14 min
        (TISSUE.replace("voxel", "share: 1 in 100, voxel"), "1e6", "", "as in bone"),
    ],
)
def test_a_place_washed_out_within_a_step_is_told(bone, flow, vesicles, told):
    """Bone, the smaller of the two places, has 216,000 µm³; the step is 2 h."""
    changed = text(bone=bone).replace("1000 um^3/min (100..10000", f"{flow} um^3/min (100..1e7")
    found = [one for one in check(changed + vesicles) if one.code == "washed-out"]
    assert len(found) == (told is not None)
    for one in found:
        assert told in (one.remedy or "")
        assert "blood" in one.message if told == "as in bone" else "bone" in one.message


def numbers(states):
    """Cells, molecules in both sites, and matrix left in bone, float64[n_replicates, 5]."""
    out = []
    for state in states.sites:
        cells = np.bincount(cell_sites(state), state.stands_for, state.n_sites)
        out += [cells, state.concentration.mean(axis=(1, 2))]
    return np.column_stack([*out, states.site("bone").matrix[:, 0].mean(axis=1)])


def agree(one, other):
    """Means within four standard errors of their difference."""
    error = np.sqrt(one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other))
    gap = np.abs(one.mean(axis=0) - other.mean(axis=0))
    assert np.all(gap <= 4.0 * error + 1e-3 * np.abs(other.mean(axis=0))), (one.mean(axis=0), other.mean(axis=0), error)
    return error / np.abs(other.mean(axis=0))


def test_a_pool_and_a_tissue_agree_where_space_does_not_matter():
    relative = agree(numbers(run(text())[1]), numbers(run(text(bone=TISSUE))[1]))
    assert np.all(relative < 0.2)


def test_shares_agree():
    """A pool of which one cell in ten is simulated, against the whole."""
    whole = numbers(run(text(cells="500", seeds=6))[1])
    part = numbers(run(text(share="1 in 10", cells="500", seeds=16))[1])
    relative = agree(part, whole)
    assert np.all(relative < 0.2)
