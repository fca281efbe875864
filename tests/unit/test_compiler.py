"""The compiler: numbers in internal units, arms that change what they name and nothing else, draws, gates, geometry."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

import vesicula
from vesicula.compiler import compile_model
from vesicula.compiler.drawing import quantile
from vesicula.compiler.geometry import centres
from vesicula.compiler.idle_arms import idle_arms
from vesicula.compiler.vesicles import stokes_einstein
from vesicula.engine.networks import constants
from vesicula.engine.program import NONE, Event, Gate, Signal, Wall
from vesicula.errors import ModelError
from vesicula.language import prepare
from vesicula.language.values import RangeShape
from vesicula.simulation import check

TEXT = """\
vesicula: 1
model: small
sites:
  dish:
    size: [200 um, 100 um]
    depth: 20 um
    voxel: 20 um
    regions:
      left: left of 100 um
      hole: disc at 150 um, 50 um, radius 25 um
      right: rest
substances:
  TGFB1: {diffuses: 1 um^2/s (0.5..5 @assumed), half-life: 1 h (0.2..4 @assumed), start: 1 nM (0.1..10 @assumed)}
  IL6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
reactions:
  - TGFB1 binds IL6, Kd 2 nM (0.2..20 @assumed), off 0.6 /h (0.06..6 @assumed)
vesicles:
  donor-EV:
    from: donor
    diameter: 100 nm (50..200 @assumed)
    carries:
      miR-21-5p: 0.01 copies/EV (1e-3..1e-1 @assumed)
cells:
  donor:
    diameter: 12 um (5..50 @assumed)
    states: [quiet, loud]
    divides: every 36 h (10..100 @assumed), in 4 steps, while loud
    secretes: {IL6: 2 molecules/s (0.2..20 @assumed)}
    releases: {donor-EV: 60 particles/h (6..600 @assumed)}
    clears EV: 10 pL/h (1..100 @assumed)
    EV fate: {fusion: 20 % (2..90 @assumed), escape: 25 % (2..90 @assumed)}
    while quiet: {IL6 secretion: 1 molecules/s (0.1..10 @assumed)}
    becomes:
      - loud from quiet at 0.05 /day (0.005..0.5 @assumed)
    inside:
      - TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)
      - LOCK starts at 0
      - SMAD and not LOCK activate OUT
      - SMAD or LOCK inhibits END
    rules:
      - SMAD raises IL6 secretion to 5x (1.5..15 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - TGFB1 keeps quiet, half-max 10 pM (1..100 @assumed)
  recipient:
    diameter: 12 um (5..50 @assumed)
    clears EV: 30 pL/h (3..300 @assumed)
start:
  - 12 donor in left
  - 3 recipient in hole
  - recipient along hole, every 30 um
  - recipient in right, 500 /mm^2
protocol:
  - at 1 h hold TGFB1 at 3 nM (0.3..30 @assumed)
arms:
  untreated: []
  deaf:
    - block sensing of TGFB1 in donor by 90 % (50..99 @assumed)
  silent:
    - block release of donor-EV by 75 %
  empty:
    - remove miR-21-5p from donor-EV
  out:
    - knock out IL6 in donor, residual 10 % (1..50 @assumed)
  slow:
    - set cells.donor.divides to 72 h
  alone:
    - without recipient
  dosed:
    - at 2 h add antibody against TGFB1, 10 nM (1..100 @assumed), Kd 0.1 nM (0.01..1 @assumed), off 0.1 /h (0.01..1 @assumed), half-life 20 days (2..200 @assumed)
  clamped:
    - clamp SMAD in donor at 0.7
measure:
  IL6: concentration of IL6 in dish in pM
run: {for: 24 h, record: every 1 h, step: 6 min, seeds: 2}
"""  # noqa: E501


def compiled(text=TEXT, seed=1):
    return compile_model(prepare(text), text, seed=seed)


@pytest.fixture(scope="module")
def small():
    return compiled()


def column(c, path):
    paths = [info.path for info in c.names.parameters]
    return c.system.sites[0].values[:, paths.index(path)]


def by_arm(c, values):
    return {v.arm: values[i] for i, v in enumerate(c.variants) if v.replicate == 0}


def base(c, cell, state, behaviour):
    program = c.system.site("dish")
    texts = [b.text for b in c.names.behaviours]
    t = c.names.type(cell)
    p = program.behaviours.p_base[t, c.names.types[t].states.index(state), texts.index(behaviour)]
    return by_arm(c, program.values[:, p])


def test_values_arrive_in_internal_units(small):
    assert column(small, "substances.TGFB1.diffuses")[0] == pytest.approx(60.0)
    assert column(small, "substances.TGFB1.half-life as rate")[0] == pytest.approx(np.log(2) / 60)
    assert column(small, "substances.TGFB1.start")[0] == pytest.approx(0.602214076)
    assert column(small, "cells.donor.divides as rate")[0] == pytest.approx(1 / (36 * 60))
    assert column(small, "cells.donor.volume")[0] == pytest.approx(np.pi / 6 * 12**3)
    assert column(small, "reactions.0.on")[0] == pytest.approx(0.01 / 1.204428152)
    assert stokes_einstein(np.array([100.0]))[0] == pytest.approx(6.6 * 60, rel=0.01)


def test_routes_share_the_clearance(small):
    fused = base(small, "donor", "quiet", "donor-EV fusion")["untreated"]
    swallowed = base(small, "donor", "quiet", "donor-EV endocytosis")["untreated"]
    assert fused + swallowed == pytest.approx(10_000 / 60)
    assert fused == pytest.approx(2_000 / 60)


def test_states_have_their_own_base(small):
    assert base(small, "donor", "quiet", "IL6 secretion")["untreated"] == pytest.approx(60)
    assert base(small, "donor", "loud", "IL6 secretion")["untreated"] == pytest.approx(120)


def test_each_arm_changes_what_it_names(small):
    assert base(small, "donor", "quiet", "donor-EV release")["silent"] == pytest.approx(0.25)
    assert base(small, "donor", "quiet", "donor-EV release")["untreated"] == pytest.approx(1.0)
    assert base(small, "donor", "loud", "IL6 secretion")["out"] == pytest.approx(12)
    assert base(small, "donor", "quiet", "IL6 secretion")["out"] == pytest.approx(6)
    copies = small.system.site("dish").vesicles.p_copies[0]
    assert by_arm(small, small.system.site("dish").values[:, copies])["empty"] == 0
    assert by_arm(small, column(small, "cells.donor.divides as rate"))["slow"] == pytest.approx(1 / (72 * 60))
    half = by_arm(small, column(small, "cells.donor.inside.0.half-max as sensed in donor"))
    assert half["deaf"] == pytest.approx(10 * half["untreated"])
    clamp = by_arm(small, column(small, "clamp of SMAD in donor, by arm"))
    assert clamp["clamped"] == pytest.approx(0.7)
    assert np.isnan(clamp["untreated"])


def test_an_arm_differs_from_the_baseline_only_in_what_follows_from_its_words(small):
    program = small.system.site("dish")
    expected = {
        "deaf": ("as sensed in donor", "sensing of TGFB1"),
        "silent": ("donor-EV", "release of donor-EV"),
        "slow": ("cells.donor.divides",),
        "clamped": ("clamp of SMAD",),
    }
    rows = {v.arm: i for i, v in enumerate(small.variants) if v.replicate == 0}
    for arm, words in expected.items():
        a, b = program.values[rows["untreated"]], program.values[rows[arm]]
        differ = np.flatnonzero(~((a == b) | (np.isnan(a) & np.isnan(b))))
        paths = [small.names.parameters[k].path for k in differ]
        assert paths
        assert all(any(word in path for word in words) for path in paths), paths


def test_events_carry_their_arm_in_the_amount(small):
    table, values = small.system.site("dish").protocol, small.system.site("dish").values
    kinds = [Event(int(k)) for k in table.kind]
    assert kinds == [Event.REMOVE_CELLS, Event.HOLD_SUBSTANCE, Event.DOSE_SUBSTANCE]
    assert table.step.tolist() == [0, 10, 20]
    removed, held, dosed = (by_arm(small, values[:, p]) for p in table.p_amount)
    assert removed["alone"] == 1
    assert removed["untreated"] == 0
    assert list(held.values()) == pytest.approx([3 * 0.602214076] * len(held))
    assert dosed["dosed"] == pytest.approx(10 * 0.602214076 * 200 * 100 * 20)
    assert dosed["untreated"] == 0
    assert len(set(table.key.tolist())) == 3


def test_random_keys_of_events_do_not_depend_on_other_arms(small):
    fewer = compiled(TEXT.replace("  alone:\n    - without recipient\n", ""))
    assert fewer.system.site("dish").protocol.key.tolist() == small.system.site("dish").protocol.key.tolist()[1:]


def test_replicates_share_keys_across_arms(small):
    keys = small.site_keys("dish")
    by = {(v.arm, v.replicate): tuple(keys[i]) for i, v in enumerate(small.variants)}
    assert by["untreated", 1] == by["deaf", 1]
    assert by["untreated", 0] != by["untreated", 1]


def test_draws_are_the_same_in_every_arm_and_keyed_by_path():
    drawn = TEXT.replace("seeds: 2", "draws: 5")
    c = compiled(drawn)
    rates = column(c, "substances.TGFB1.half-life as rate").reshape(len(c.arms), 5)
    assert (rates == rates[0]).all()
    assert len(set(rates[0])) == 5
    assert rates[0, 0] == pytest.approx(np.log(2) / 60)
    moved = compiled(drawn.replace("  IL6: {diffuses", "  IL8: {diffuses: 9 um^2/s, half-life: 1 h}\n  IL6: {diffuses"))
    again = column(moved, "substances.TGFB1.half-life as rate").reshape(len(c.arms), 5)
    np.testing.assert_array_equal(again, rates)
    other = column(compiled(drawn, seed=2), "substances.TGFB1.half-life as rate")
    assert (other[1:5] != rates[0, 1:]).all()


@pytest.mark.parametrize("shape", list(RangeShape))
def test_ninety_percent_of_draws_fall_in_the_stated_range(shape):
    rng = np.random.default_rng(5)
    drawn = np.array([quantile(0.3, 0.1, 0.8, shape, z) for z in rng.standard_normal(20_000)])
    if shape is not RangeShape.LINEAR:
        assert np.mean((drawn > 0.1) & (drawn < 0.8)) == pytest.approx(0.9, abs=0.01)
        assert np.mean(drawn < 0.1) == pytest.approx(0.05, abs=0.006)
    assert np.median(drawn) == pytest.approx(0.3, rel=0.02)


def test_gates_become_postfix_programs(small):
    program = small.system.site("dish")
    table, names = program.networks, small.names.types[0].nodes
    texts = small.names.signals

    def rows(node):
        k = names.index(node)
        return [
            (
                Gate(int(table.gate_operation[g])).name,
                texts[table.gate_signal[g]] if table.gate_signal[g] != NONE else "",
            )
            for g in range(table.gate_start[k], table.gate_start[k + 1])
        ]

    assert rows("SMAD") == [("ACTIVATE", "TGFB1 outside")]
    assert rows("OUT") == [("ACTIVATE", "SMAD in donor"), ("INHIBIT", "LOCK in donor"), ("AND", "")]
    assert rows("END") == [("INHIBIT", "SMAD in donor"), ("INHIBIT", "LOCK in donor"), ("AND", "")]


def test_a_node_that_nothing_activates_is_constitutive(small):
    program = small.system.site("dish")
    initial = {
        node: 0.0 if p == NONE else program.values[0, p]
        for node, p in zip(small.names.types[0].nodes, program.networks.p_initial, strict=True)
    }
    assert initial["END"] == 1.0
    assert initial["SMAD"] == initial["OUT"] == 0.0


def test_regions_cover_the_site_once_and_cells_start_where_they_should(small):
    program = small.system.site("dish")
    assert (program.regions.sum(axis=0) == 1).all()
    points = centres(program.grid)
    left, hole = program.regions[0], program.regions[1]
    np.testing.assert_array_equal(left, points[:, 0] < 100)
    assert hole.any()
    start = program.start
    along = start.position[(start.type == 1) & ~np.isnan(start.position[:, 0])]
    away = np.hypot(along[:, 0] - 150, along[:, 1] - 50)
    np.testing.assert_allclose(away, 25 + 6, rtol=1e-3)
    assert np.isclose(len(along), 2 * np.pi * 31 / 30, atol=1)
    scattered = np.sum((start.region == 2) & np.isnan(start.position[:, 0]))
    assert scattered == round(500e-6 * program.regions[2].sum() * 400)


def test_keeps_lowers_the_transitions_out_of_the_state(small):
    b, t = small.system.site("dish").behaviours, small.names.type("donor")
    clock = small.names.clocks.index("donor becomes loud")
    column_of = int(b.clock[clock])
    first, last = b.rule_start[t * b.n + column_of], b.rule_start[t * b.n + column_of + 1]
    assert last - first == 1
    assert b.rule_direction[first] == -1
    signal = b.rule_signal[first]
    assert small.system.site("dish").signals.kind[signal] == Signal.SUBSTANCE


def test_every_column_a_table_names_exists(small):
    program = small.system.site("dish")
    width = program.values.shape[1]

    def columns(part):
        for f in fields(part):
            value = getattr(part, f.name)
            if is_dataclass(value):
                yield from columns(value)
            elif f.name.startswith("p_"):
                yield f.name, value

    for name, table in columns(program):
        assert table.dtype == np.int32, name
        assert table.min(initial=NONE) >= NONE, name
        assert table.max(initial=NONE) < width, name


def test_clearance_that_voxels_cannot_supply_is_refused():
    text = TEXT.replace("clears EV: 30 pL/h (3..300 @assumed)", "clears EV: 30 uL/h (3..300 @assumed)")
    with pytest.raises(ModelError, match="voxels of dish can supply"):
        compiled(text)
    assert [one.code for one in check(text) if one.severity == "error"] == ["clearance"]


def test_an_accidental_switch_is_told_and_a_declared_one_is_not():
    loop = "      - OUT activates SMAD\n      - SMAD activates OUT\n"
    text = TEXT.replace("      - SMAD and not LOCK activate OUT\n", loop)
    found = [one for one in check(text) if one.code == "switch"]
    assert len(found) == 1
    assert "SMAD" in found[0].message
    assert not [one for one in check(TEXT) if one.code == "switch"]


@pytest.mark.parametrize("walls", ["left: held at 5 nM, all: held at 1 nM", "all: held at 1 nM, left: held at 5 nM"])
def test_every_wall_has_the_concentration_it_says(walls):
    text = TEXT.replace("start: 1 nM (0.1..10 @assumed)}", f"walls: {{{walls}}}}}")
    assert text != TEXT
    program = compiled(text).system.sites[0]
    held = program.values[0, program.substances.p_wall[0]] / 0.602214076
    assert held == pytest.approx([5.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert (program.substances.wall[0] == Wall.HELD).all()


LEAPING = """\
vesicula: 1
model: leaping
sites:
  tissue: {size: [200 um, 200 um], depth: 20 um, voxel: 20 um}
cells:
  immune:
    diameter: 10 um (9..11 @assumed)
    moves: {speed: 10 um/min (2..30 @assumed), persistence: 5 min (1..20 @assumed)}
start:
  - 5 immune in tissue
measure:
  cells: count of immune in tissue
run:
  for: 1 day
"""


def test_a_walk_that_leaps_over_the_grid_is_refused():
    assert not [one for one in check(LEAPING) if one.severity == "error"]
    text = LEAPING.replace("10 um/min (2..30 @assumed)", "1e4 um/min (1e3..1e4 @assumed)")
    (told,) = [one for one in check(text) if one.severity == "error"]
    assert told.code == "too-fast"
    assert "3,000 voxels of tissue in a step of 6 min" in told.message


def test_draws_that_walk_too_fast_are_cut_in_the_run_and_not_refused():
    wide = LEAPING.replace("10 um/min (2..30 @assumed)", "10 um/min (0.1..1e4 @assumed)")
    assert vesicula.load(wide, draws=16).system.sites


def test_a_folder_called_like_a_library_model_does_not_hide_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "starter").mkdir()
    assert vesicula.read("starter").name == "starter"


def test_an_arm_that_changes_no_value_is_told():
    """Blocking takes cells the sense of a substance: nothing happens where no cell has a sentence that reads it."""
    text = LEAPING.replace("cells:\n", "substances:\n  IL6: {half-life: 2 h (1..4 @assumed)}\ncells:\n", 1)
    text = text.replace("measure:\n", "arms:\n  none: []\n  blocked:\n    - block IL6 by 90 %\nmeasure:\n")
    text = text.replace("run:\n", "  level: concentration of IL6 in tissue in pM\nrun:\n")
    compiled = compile_model(prepare(text))
    (one,) = idle_arms(compiled.model, compiled.system, compiled.variants, ())
    assert (one.code, one.line) == ("same-as-baseline", 1 + text[: text.index("  blocked:")].count("\n"))
    assert any(told.line in (one.line, one.line + 1) for told in check(text) if told.code != "no-source")
    given = text.replace("block IL6 by 90 %", "at 1 h add 1 nM IL6")
    compiled = compile_model(prepare(given))
    assert idle_arms(compiled.model, compiled.system, compiled.variants, ()) == []


def test_draws_of_a_steep_curve_stay_where_it_can_be_normalised():
    steep = prepare(
        "vesicula: 1\nmodel: steep\nsites: {dish: {kind: pool, volume: 1 nL}}\n"
        "substances: {calcium: {diffuses: 300 um^2/s, half-life: 1 days}}\n"
        "cells:\n  gland:\n    diameter: 12 um\n    dead stay: 8 h\n    inside:\n"
        "      - calcium activates CASR, half-max 1 mM (0.5..2 @assumed), hill 50 (0.1..500 @assumed)\n"
        "start:\n  - 2 gland in dish\nmeasure:\n  CASR: CASR in gland\n"
        "run: {for: 1 days, record: every 1 days, draws: 200}\n"
    )
    (site,) = compile_model(steep).system.sites
    gates, _ = constants(site, np.arange(200), 60.0)
    assert np.isfinite(gates).all()
