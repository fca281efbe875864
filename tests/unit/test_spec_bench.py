"""Labware, preparations and control arms: what they become, and what is said where they cannot."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

import math
from itertools import pairwise

import pytest
from tests.cases.bench import BENCH

from vesicula.engine.founding import shared_out
from vesicula.errors import render
from vesicula.language import check, prepare, read, write
from vesicula.language.bench import catalogue
from vesicula.language.checking.space import check_space
from vesicula.language.dose_series import doses
from vesicula.language.paths import parse_value
from vesicula.language.resolving import resolve
from vesicula.language.samples import most_for, needed, samples, sparse
from vesicula.language.steps import AddPreparation, AddSubstance, Block
from vesicula.language.text import Report
from vesicula.language.walk import values
from vesicula.units import internal

POOL = """\
vesicula: 1
model: pool
question: How many of a pool's cells are simulated?
sites: {here: {kind: pool, volume: 1 uL}}
cells:
  few: {diameter: 10 um (8..12 @assumed), apoptosis: 0.1 /day (0.01..1 @assumed)}
  many: {diameter: 10 um (8..12 @assumed), apoptosis: 0.1 /day (0.01..1 @assumed)}
start:
  - 40 few in here
  - 2400 many in here
measure:
  left: count of many in here
run: {for: 1 days, record: every 1 days, step: 6 h, draws: 16}
"""


def changed(old, new, text=BENCH):
    assert old in text, old
    return text.replace(old, new, 1)


@pytest.fixture(scope="module")
def model():
    return prepare(BENCH)


def arms(model):
    return {arm.name: arm for arm in model.arms}


def site(model, name):
    return next(one for one in model.sites if one.name == name)


def test_the_model_these_tests_start_from_is_right():
    told = [one.message for one in check(BENCH) if one.code != "fact-at-hand"]
    assert told == ["no cell reads the `miR-21-5p` that MDA-EV carries", "nothing reads `drug`, and no measure does"]


# --- labware and counts


def test_labware_becomes_sites(model):
    assert [(one.name, one.kind, one.labware) for one in model.sites] == [
        ("insert top", "dish", "insert"), ("insert bottom", "dish", "insert"), ("dish", "dish", "dish"),
    ]  # fmt: skip
    assert [one.name for one in model.labware] == ["insert", "dish"]
    volumes = [internal(one.volume, "volume") for one in model.sites]
    assert volumes == pytest.approx([1e11, 6e11, 7e11])


def test_cells_are_counted_in_the_whole_labware(model):
    assert {one.share for one in model.sites} == {1.0}
    counts = {(one.cell, one.region): one.count for one in model.start}
    assert counts == {
        ("endothelium", "insert top"): 33000, ("tumour", "insert bottom"): 6000,
        ("tumour", "dish"): round(1.9 * 0.6 * 1.25e5),
    }  # fmt: skip


def test_a_sample_is_as_large_as_asked_or_needed_kind_by_kind(model):
    seen = {(one.site, one.cell): (one.cells, one.simulated) for one in samples(model, model.sites)}
    assert seen["insert top", "endothelium"][1] == 20
    assert seen["insert bottom", "tumour"][1] == 20
    assert seen["dish", "tumour"] == (142500, 40)
    for one in samples(model, model.sites):
        assert sum(shared_out(one.cells, most_for(model, site(model, one.site), one.cells))) == one.cells


@pytest.mark.parametrize(("measure", "draws", "cells"), [
    ("count of tumour in dish", 1, 800), ("count of tumour in dish", 16, 200), ("NTA of other-EV in dish", 1, 88),
    ("NTA of other-EV in dish", 16, 40), ("TJP1 in endothelium", 1, 800),
])  # fmt: skip
def test_the_sample_follows_from_the_smallest_effect(measure, draws, cells):
    """Where cells divide: √(2/n) is half of the effect that shows, at most; with many draws twice that."""
    text = changed("  tumour:\n", "  tumour:\n    divides: every 24 h (12..48 @assumed)\n")
    one = prepare(text)
    measured = prepare(text).measures[0].model_copy(update={"kind": "count", "assay": None})
    kinds = {"count": ("count", None), "NTA": ("assay", "NTA"), "TJP1": ("node", None)}
    kind, assay = kinds[measure.split()[0]]
    one = one.model_copy(update={
        "measures": (measured.model_copy(update={"kind": kind, "assay": assay}),),
        "run": one.run.model_copy(update={"draws": draws}),
    })  # fmt: skip
    assert needed(one) == cells


def test_the_library_knows_how_many_cells_are_confluent(model):
    tumour = next(one for one in model.cells if one.name == "tumour")
    assert tumour.confluence.parameter == "confluence|cell"
    plain = prepare(changed("  - tumour at 60 % confluence on dish\n", "  - 900 tumour in dish\n"))
    assert next(one for one in plain.cells if one.name == "tumour").confluence is None


def test_never_more_cells_than_there_are_and_never_none():
    few = prepare(changed("tumour at 60 % confluence on dish", "7 tumour in dish"))
    assert [(one.cells, one.simulated) for one in samples(few, few.sites)][2] == (7, 7)
    rare = prepare(changed("6000 tumour in insert bottom", "3 tumour in insert bottom"))
    assert [(one.cells, one.simulated) for one in samples(rare, rare.sites)][1] == (3, 3)


def test_cells_that_are_added_stand_for_many_too():
    more = prepare(changed("protocol:\n", "protocol:\n  - at 3 h add 3000 tumour in insert bottom\n"))
    assert (more.protocol[0].count, more.protocol[0].text) == (3000, "at 3 h add 3000 tumour in insert bottom")
    assert 3000 / most_for(more, site(more, "insert bottom"), 3000) == 20


def test_a_trickle_stands_for_as_many_as_the_cells_beside_it():
    """Few that come to many of their kind and state stand for as many each, or the sample would grow with time."""
    more = prepare(changed("protocol:\n", "protocol:\n  - at 3 h add 900 tumour in insert bottom\n"))
    there = site(more, "insert bottom")
    first = next(one for one in more.start if one.region == "insert bottom")
    added = more.protocol[0]
    assert most_for(more, there, 900, added) == first.count // 20 == 300
    assert most_for(more, there, 900, added.model_copy(update={"cell": "endothelium"})) == 45
    traced = first.model_copy(update={"label": "clone"})
    assert most_for(more, there, 900, traced) == 45


def test_a_pool_simulates_two_hundred_of_a_kind_or_all():
    model = prepare(POOL)
    seen = {one.cell: (one.cells, one.simulated) for one in samples(model, model.sites)}
    assert seen == {"few": (40, 40), "many": (2400, 200)}


def test_a_quick_look_has_forty_of_a_kind_everywhere():
    for text in (BENCH, POOL):
        model = sparse(prepare(text))
        assert {one.simulated for one in samples(model, model.sites)} <= {1, 20, 40}
        assert max(one.simulated for one in samples(model, model.sites)) == 40


def test_a_transwell_alone_means_its_top(model):
    assert model.protocol[0].region == "insert top"


def test_expansion_is_idempotent(model):
    again = resolve(read(write(model)))
    assert again.sites == model.sites
    assert [one.text for one in again.start] == [one.text for one in model.start]
    assert [(one.name, len(one.steps)) for one in again.arms] == [(one.name, len(one.steps)) for one in model.arms]
    assert resolve(model) is model


def test_sizes_can_be_set(model):
    smaller = prepare(
        BENCH, changes={"labware.insert.top": "50 uL", "preparations.MDA-prep.particles per ug": "1e9 particles/ug"}
    )
    assert internal(site(smaller, "insert top").volume, "volume") == pytest.approx(5e10)
    assert smaller.preparations[0].particles_per_ug.number == 1e9
    for path in ("labware.insert.pores", "preparations.MDA-prep.co-isolated.0.amount", "preparations.MDA-prep.stored.1.loss",
                 "cells.endothelium.barrier.70kDa-dextran.closed", "cells.endothelium.inside.1.half-max"):  # fmt: skip
        assert path in values(model)


@pytest.mark.parametrize("plate", [one.name for one in catalogue()])
def test_every_item_of_the_catalogue_is_whole(plate):
    text = f"vesicula: 1\nmodel: x\nlabware:\n  one: {{plate: {plate}}}\nrun: {{for: 1 h}}\n"
    assert [one for one in check(text) if one.severity == "error"] == [], render(check(text))
    made = prepare(text)
    assert made.sites
    assert made.labware[0].kind is not None


def test_plates_may_be_written_with_blanks_or_hyphens():
    less = changed("give 50 % medium", "give 5 % medium")
    assert prepare(changed("plate: 24-well plate", "plate: 35 mm dish", less)).sites[2].area.number == 8.8
    assert prepare(changed("plate: 24-well plate", "plate: 35-mm dish", less)).sites[2].area.number == 8.8


@pytest.mark.parametrize(
    ("pores", "density"), [("0.4 um", 1e8), ("3 um", 2e6), ("5 um", 4e5), ("8 um", 1e5), ("8000 nm", 1e5)]
)
def test_pores_have_the_density_of_their_size(pores, density):
    made = prepare(changed("24-well transwell,", f"24-well transwell, pores: {pores},"))
    assert made.labware[0].pore_density.number == density


# --- patch and chamber


def test_a_patch_is_a_part_of_the_bottom_with_positions():
    text = changed("  - at 24 h give 50 % medium of insert bottom to dish, EV fraction\n", "")
    text = changed("plate: 24-well plate", "plate: 24-well scratch, voxel: 25 um", text)
    made = site(
        prepare(changed("  half: IC50 of tumour in dish\n", "  closed: scratch of tumour in dish\n", text)), "dish"
    )
    assert (made.kind, [one.number for one in made.size], made.voxel.number) == ("tissue", [600, 400], 25)
    assert internal(made.depth, "length") == pytest.approx(7e11 / 1.9e8)
    assert made.share == pytest.approx(600 * 400 / 1.9e8)
    counts = [one.count for one in prepare(text).start]
    assert counts[2] == round(0.6 * 1.25e5 * 600 * 400 / 1e8)


CHAMBER = """\
vesicula: 1
model: chamber
labware:
  boyden: {plate: 24-well invasion chamber}
cells:
  tumour: {diameter: 12 um (5..50 @assumed)}
start:
  - tumour confluent on boyden
measure:
  through: invasion of tumour in boyden
run: {for: 4 h}
"""


def test_a_chamber_is_a_section_with_its_pores_at_their_distance():
    made = prepare(CHAMBER)
    assert not [one for one in check(CHAMBER) if one.severity == "error"]
    here = site(made, "boyden")
    names = {region.name for region in here.regions}
    assert names >= {"boyden filter", "boyden coat", "boyden bottom", "boyden top"}
    slits = [region for region in here.regions if "pore-" in region.name]
    assert len(slits) == round(320 / 1e5**-0.5 / 1e4)
    assert internal(here.depth, "length") == pytest.approx(1e4 / 1e5**0.5)
    matrix = {one.name: one for one in made.matrix}
    assert matrix["filter"].solid
    assert not matrix["pores"].solid
    assert matrix["coat"].solid
    assert len(matrix["pores"].fills) == len(slits)
    report = Report()
    check_space(made, report)
    assert report.diagnostics == []
    assert made.start[0].region == "boyden surface"


def test_the_pores_let_through_what_round_pores_would():
    made = prepare(CHAMBER)
    here = site(made, "boyden")
    slits = [region.shape for region in here.regions if "pore-" in region.name]
    wide = sum(internal(one.high[0], "length") - internal(one.low[0], "length") for one in slits)
    high = internal(slits[0].high[1], "length") - internal(slits[0].low[1], "length")
    passage = next(one for one in made.matrix if one.name == "pores").passage["all"].number / 100
    round_pores = math.pi / 4 * 8**2 * 1e5 / 1e8
    assert wide / 320 * passage / high == pytest.approx(round_pores / 10)


def test_a_chamber_keeps_what_the_model_says_of_its_matrix():
    text = changed("cells:\n", "matrix:\n  coat: {passage: {all: 5 % (0.5..50 @assumed)}}\ncells:\n", CHAMBER)
    coat = next(one for one in prepare(text).matrix if one.name == "coat")
    assert (coat.passage["all"].number, list(coat.fills), coat.solid) == (5, ["boyden coat"], True)


# --- arms


def test_the_controls_come_unasked(model):
    found = {name: arm.control for name, arm in arms(model).items() if arm.control is not None}
    assert found == {
        "non-EV fraction": "non-EV fraction", "release blocked": "release blocked", "cargo deleted": "cargo deleted",
        "dose x 0.01": "dose series", "dose x 0.1": "dose series", "dose x 10": "dose series",
    }  # fmt: skip
    assert model.arms[0].name == "given"
    assert [step.text for step in arms(model)["cargo deleted"].steps] == ["remove miR-105-5p from MDA-EV"]
    (less,) = arms(model)["release blocked"].steps
    assert (less.what, less.factor.parameter) == ("MDA-EV", "release residual|EV")
    (none,) = arms(model)["non-EV fraction"].steps
    assert (none.preparation, none.by) == ("MDA-prep", "non-EV fraction")


def test_a_control_that_an_arm_already_is_is_not_added(model):
    assert "vehicle" not in [arm.name for arm in model.arms if arm.control]
    assert "uptake blocked" not in arms(model)  # `inhibited` blocks uptake, by another share
    without = prepare(
        changed(
            "  inhibited:\n    - block uptake of MDA-EV by heparin at 10 ug/mL, IC50 3 ug/mL (0.3..30 @assumed)\n", ""
        )
    )
    (block,) = arms(without)["uptake blocked"].steps
    assert (block.process, block.what, block.share.parameter) == ("uptake", "MDA-EV", "uptake block|EV")


def test_an_arm_of_another_kind_with_the_name_of_a_control_stays():
    made = arms(prepare(changed("    - replace MDA-prep by vehicle", "    - dose MDA-prep x 2")))
    assert made["vehicle"].control is None
    assert made["vehicle (control)"].control == "vehicle"


def test_controls_can_be_refused_or_chosen():
    plain = changed("  rest: blot of TJP1 in endothelium in % of non-EV fraction\n", "")
    assert not [arm for arm in prepare(changed("measure:\n", "controls: none\nmeasure:\n", plain)).arms if arm.control]
    chosen = prepare(changed("measure:\n", "controls: [dose series, cargo deleted]\nmeasure:\n", plain))
    assert [arm.name for arm in chosen.arms if arm.control] == [
        "dose x 0.01",
        "dose x 0.1",
        "dose x 10",
        "cargo deleted",
    ]


def test_a_model_without_arms_gets_a_baseline_before_its_controls():
    head, _, rest = BENCH.partition("arms:\n")
    text = head + "measure:\n  TEER: TEER of insert\nrun:" + rest.partition("run:")[2]
    made = prepare(text)
    assert made.arms[0].steps == ()
    assert made.arms[0].control is None
    assert made.arms[1].name == "vehicle"


DONORS = """\
vesicula: 1
model: donors
labware: {dish: {plate: 24-well plate}}
vesicles:
  donor-EV: {from: donor, carries: {miR-21-5p: library}}
cells:
  donor: {diameter: 12 um (5..50 @assumed)}
  recipient:
    diameter: 12 um (5..50 @assumed)
    own copies: {miR-21-5p: 100 (10..1000 @assumed)}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
start:
  - 900 donor in dish
  - 100 recipient in dish
run: {for: 4 h}
"""


def test_models_without_preparations_get_only_the_controls_they_ask_for():
    assert prepare(DONORS).arms == ()
    text = DONORS + "controls: [release blocked, cargo deleted, uptake blocked, vehicle, dose series]\n"
    made = {arm.name: [step.text for step in arm.steps] for arm in prepare(text).arms}
    assert list(made) == ["as dosed", "release blocked", "cargo deleted", "uptake blocked"]
    assert made["release blocked"][0].startswith("block release of donor-EV by 50 %")
    assert made["cargo deleted"] == ["remove miR-21-5p from donor-EV"]


def test_a_dose_series_is_an_arm_for_each_dose(model):
    series = [arm for arm in model.arms if arm.series == "drug"]
    assert [arm.name for arm in series] == ["drug 1 nM", "drug 10 nM", "drug 100 nM", "drug 1 uM", "drug 10 uM"]
    assert [internal(arm.dose, "concentration") for arm in series] == pytest.approx(
        [0.6022 * 10**k for k in range(5)], rel=1e-3
    )
    (step,) = series[3].steps
    assert isinstance(step, AddSubstance)
    assert (step.text, step.region, step.at.number) == ("at 0 h add 1 uM of drug to dish", "dish", 0)
    text = changed(
        "add drug at 1 nM to 10 uM in 5 doses to dish",
        "add MDA-prep at 0.1 ug to 10 ug in 3 doses per 2e5 cells to insert",
    )
    (step,) = arms(prepare(changed("  half: IC50 of tumour in dish\n", "", text)))["drug 1 ug"].steps
    assert isinstance(step, AddPreparation)
    assert (step.preparation, step.amount.number, step.per.number, step.region) == ("MDA-prep", 1, 2e5, "insert top")


def test_cold_blocks_what_needs_warmth(model):
    blocks = arms(model)["cold"].steps
    assert all(isinstance(step, Block) for step in blocks)
    assert {(step.process, step.what) for step in blocks} == {
        ("fusion", "MDA-EV"), ("endocytosis", "MDA-EV"), ("fusion", "other-EV"), ("endocytosis", "other-EV"),
    }  # fmt: skip
    share = blocks[0].share
    assert (share.number, share.low, share.high, share.parameter) == (96.2, 65, 99.6, "active at 4 C|EV")
    assert parse_value(" ".join(blocks[0].text.split()[5:])).number == 96.2


def test_storage_is_filled_from_the_library(model):
    still, thawed = model.preparations[0].stored
    assert still.loss.parameter == "storage loss|4 C in PBS"
    assert math.exp(-internal(still.loss, "rate") * 48 * 60) == pytest.approx(0.49, abs=0.005)
    assert (thawed.loss.number, thawed.loss.unit, thawed.loss.parameter) == (10, "%", "storage loss|freeze-thaw cycle")
    cold = prepare(changed("48 h at 4 C in PBS", "1 week at -70 C in PBS"))
    assert cold.preparations[0].stored[0].loss.parameter == "storage loss|-80 C"
    cool = prepare(changed("48 h at 4 C in PBS", "1 week at -25 C in PBS"))
    assert cool.preparations[0].stored[0].loss.parameter == "storage loss|-20 C"
    said = prepare(changed("48 h at 4 C in PBS", "48 h at 4 C in PBS, loss 1 /week (0.1..3 @assumed)"))
    assert said.preparations[0].stored[0].loss.number == 1


def test_a_dose_per_volume_is_the_amount_for_the_whole_labware():
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 10 ug/mL of MDA-prep to insert")
    step = prepare(text).protocol[0]
    assert isinstance(step, AddPreparation)
    assert (step.amount.number, step.amount.unit) == (pytest.approx(10 * 0.1), "ug")
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 1e9 EV/mL MDA-prep to dish")
    step = prepare(text).protocol[0]
    assert (step.amount.number, step.amount.unit, step.region) == (pytest.approx(1e9 * 0.7), "particles", "dish")
    again = next(one for one in resolve(read(write(prepare(text)))).protocol)
    assert again.amount.number == pytest.approx(step.amount.number)
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 10 nM MDA-prep to insert")
    assert "wrong-quantity" in [one.code for one in check(text)]
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 1e9 EV/mL MDA-prep per 2e5 cells to insert")
    assert "wrong-quantity" in [one.code for one in check(text)]


# --- what is said


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("plate: 24-well plate", "plate: 24-wel plate", "unknown-part", "did you mean `24-well plate`?"),
        ("dish: {plate: 24-well plate}", "dish: {plate: 24-well plate}\n  dish (X:1): {plate: 6-well plate}", "duplicate-name", "`dish`"),
        ("dish: {plate: 24-well plate}", "dish: {plate: 24-well plate}\nsites:\n  dish: {kind: pool, volume: 1 mL}", "duplicate-name", "is a site, too"),
        ("dish: {plate: 24-well plate}", "dish: {kind: well, area: 2 cm^2}", "missing-key", "volume"),
        ("dish: {plate: 24-well plate}", "dish: {area: 2 cm^2}", "missing-key", "what dish is"),
        ("dish: {plate: 24-well plate}", "dish: {kind: well, area: 2 cm^2, volume: 3 h}", "wrong-quantity", "volume"),
        ("dish: {plate: 24-well plate}", "dish: {plate: 24-well migration chamber, patch: [320 um, 8 um]}", "geometry", "laid out"),
        ("of: MDA-EV", "of: MDA-EVs", "unknown-name", "did you mean `MDA-EV`?"),
        ("    particles per ug: 1e10 particles/ug (2e9..3e10 @assumed)\n", "", "mass-without-ratio", "particles per ug"),
        ("add 2 ug MDA-prep", "add 2 ug MDA-pre", "unknown-name", "did you mean `MDA-prep`?"),
        ("per 2e5 cells", "per 2 h", "wrong-quantity", "a number of cells"),
        ("per 2e5 cells", "per 2 particles", "wrong-quantity", "a number of cells"),
        ("0.2 ug/ug ALB", "0.2 ug/ug ALBB", "unknown-name", "did you mean `ALB`?"),
        ("0.2 ug/ug ALB", "0.2 nM ALB", "wrong-quantity", "a mass per mass"),
        ("miR-105-5p on AGO", "miR-106-5p on AGO", "unknown-name", "did you mean `miR-105-5p`?"),
        ("70kDa-dextran, closed", "80kDa-dextran, closed", "unknown-name", "did you mean `70kDa-dextran`?"),
        ("70kDa-dextran, closed", "70kDa-dextran, closd", "unknown-key", "did you mean `70kDa-dextran, closed`?"),
        ("2e-6 cm/s", "2e-6 cm^2/s", "wrong-quantity", "a speed"),
        ("20 ohm cm^2", "20 cm/s", "wrong-quantity", "resistance"),
        ("TJP1 closes", "TJP2 closes", "unknown-name", "did you mean `TJP1`?"),
        ("endothelium confluent on insert", "endothelium confluent on inserts", "unknown-name", "did you mean `insert`?"),
        ("endothelium confluent on insert", "endotheliums confluent on insert", "unknown-name", "did you mean `endothelium`?"),
        ("give 50 % medium of insert bottom to dish", "give 95 % medium of insert bottom to dish", "medium", "600 uL"),
        ("give 50 % medium of insert bottom to dish", "give 50 % medium of insert bottom to dsh", "unknown-name", "did you mean `dish`?"),
        ("replace MDA-prep by vehicle", "replace MDA-prep by vehicel", "unknown-name", "did you mean `vehicle`?"),
        ("replace MDA-prep by vehicle", "replace other-prep by vehicle", "never-given", "other-prep is never given"),
        ("replace MDA-prep by vehicle", "dose MDA-pre x 2", "unknown-name", "did you mean `MDA-prep`?"),
        ("replace MDA-prep by vehicle", "deplete MDA-pre by 95 %", "unknown-name", "did you mean `MDA-prep`?"),
        ("replace MDA-prep by vehicle", "remove miR-22-5p from MDA-EV", "unknown-name", "did you mean `miR-21-5p`?"),
        ("mutate miR-105-5p site", "mutate miR-21-5p site", "unknown-name", "silences something in endothelium"),
        ("site of TJP1", "site of TJP2", "unknown-name", "did you mean `TJP1`?"),
        ("IC50 3 ug/mL", "IC50 3 nM", "wrong-quantity", "ug/mL"),
        (", IC50 3 ug/mL (0.3..30 @assumed)", "", "no-library-value", "IC50"),
        ("in 5 doses", "in 5000 doses", "quantity", "2 to 50"),
        ("add drug at 1 nM", "add drugs at 1 nM", "unknown-name", "did you mean `drug`?"),
        ("  mutant:\n", "  same:\n    - cool to 4 C\n  mutant:\n", "same-as-baseline", "does what `cold` does"),
        ("TEER of insert", "TEER of dish", "assay", "needs a transwell, and dish is a well"),
        ("viability of tumour in dish", "scratch of tumour in dish", "assay", "needs a patch"),
        ("viability of tumour in dish", "SA-b-gal of tumour in dish", "assay", "no state `senescent`"),
        ("viability of tumour in dish", "reporter of TJP1 in tumour", "unknown-name", "a node of tumour"),
        (", positive above 100", "", "assay", "needs a gate"),
        ("to 70kDa-dextran at", "to 80kDa-dextran at", "unknown-name", "did you mean `70kDa-dextran`?"),
        ("in % of vehicle", "in % of vehicel", "unknown-name", "did you mean `vehicle`?"),
        ("at 24 h in cm/s", "at 24 h in cm^2/s", "wrong-quantity", "read in cm/s"),
        ("    - at 0 h add drug at 1 nM to 10 uM in 5 doses to dish\n", "    - wash 10 %\n", "assay", "read over a dose series"),
        ("48 h at 4 C in PBS", "48 h at 4 C, 3 freeze-thaw cycles", "two-ways", "two lines"),
        ("measure:\n", "controls: [vehicel]\nmeasure:\n", "not-a-choice", "did you mean `vehicle`?"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_mistake(old, new, code, words):
    found = [one for one in check(changed(old, new)) if one.code == code]
    assert found, render(check(changed(old, new)))
    assert any(words in one.text() for one in found), render(found)
    assert all(one.line > 0 and one.remedy for one in found)


def test_doses_are_even_on_a_logarithmic_scale():
    model = read(changed("1 nM to 10 uM in 5 doses", "1 nM to 10 uM in 9 doses"))
    found = [internal(one, "concentration") for one in doses(model.arms[2].steps[0], model)]
    ratios = [after / before for before, after in pairwise(found)]
    assert ratios == pytest.approx([10**0.5] * 8, rel=0.01)


def test_a_specialised_cell_takes_its_name_in_sentences_of_the_bench(tmp_path):
    (tmp_path / "part.yaml").write_text(
        "vesicula: 1\npart: ./part.yaml\nlabware: {dish: {plate: 24-well plate}}\ncells:\n"
        "  cancer:\n    diameter: 12 um (5..50 @assumed)\n    own copies: {miR-1: 1 (0.1..10 @assumed)}\n    inside:\n"
        "      - miR-1 silences X (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))\n"
        "start:\n  - cancer at 60 % confluence on dish\n"
        "arms:\n  all: []\n  less:\n    - deplete cancer by 90 %\n  mutant:\n    - mutate miR-1 site of X in cancer\n"
        "measure:\n  alive: viability of cancer in dish\n  X: blot of X in cancer\n"
    )
    (tmp_path / "model.yaml").write_text(
        "vesicula: 1\nmodel: m\nuse: [./part.yaml]\ncells:\n  tumour (cancer): {}\nrun: {for: 4 h}\n"
    )
    assert [one for one in check(tmp_path / "model.yaml") if one.severity == "error"] == []
    made = prepare(tmp_path / "model.yaml")
    assert (made.start[0].cell, made.start[0].text) == ("tumour", f"{made.start[0].count} tumour in dish")
    assert (made.arms[1].steps[0].what, made.arms[2].steps[0].cell) == ("tumour", "tumour")
    assert [(one.what, one.cell) for one in made.measures] == [("tumour", None), ("X", "tumour")]
    assert made.labware[0].part == "./part.yaml"


def test_particles_of_a_preparation_are_told_from_particles_of_a_class():
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 1e8 particles of MDA-prep to insert")
    step = prepare(text).protocol[0]
    assert isinstance(step, AddPreparation)
    assert (step.preparation, step.amount.unit, step.region) == ("MDA-prep", "particles", "insert top")
    text = changed("add 2 ug MDA-prep per 2e5 cells to insert", "add 1e8 particles of MDA-EV to insert")
    text = changed("  rest: blot of TJP1 in endothelium in % of non-EV fraction\n", "", text)
    assert prepare(text).protocol[0].kind == "add vesicles"
