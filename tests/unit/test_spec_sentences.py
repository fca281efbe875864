"""Every form of every sentence, and what is said where one is not understood."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

import pytest

from vesicula.errors import ModelError
from vesicula.language import behaviour_words, parse_behaviour
from vesicula.language.grammar.parsers import EXAMPLES, parse
from vesicula.language.grammar.preparations import read_co_isolated, read_storage
from vesicula.language.grammar.rules import read_becomes, read_degrades, read_inside, read_reaction, read_rule
from vesicula.language.grammar.steps import read_measure, read_shape, read_start, read_step
from vesicula.language.grammar.values import read_every, read_lifetime, read_sized, read_value, read_wall
from vesicula.language.model import Box, Disc, HalfSpace, Rest, Ring
from vesicula.language.sentences import AllOf, AnyOf, ContactSignal, NamedSignal, PressureSignal, Term
from vesicula.language.text import Report, Scalar, Source
from vesicula.language.values import RangeShape


def scalar(text, report):
    source = Source("t.yaml", text)
    report.sources[source.name] = source
    return Scalar(text, source, 0, len(text))


def right(read, text):
    report = Report()
    found = read(scalar(text, report), report)
    assert report.diagnostics == [], report.diagnostics[0].text()
    return found


def wrong(read, text):
    report = Report()
    read(scalar(text, report), report)
    assert report.errors
    return report.errors[0]


def measure(sentence, report):
    return read_measure(scalar("m", Report()), sentence, report)


def step(text):
    return right(read_step, text)


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_the_example_of_every_kind_is_right(kind):
    report = Report()
    assert parse(kind, scalar(EXAMPLES[kind], report), report) is not None
    assert report.diagnostics == []


# --- quantities


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("12 um", 12, "um"), ("5x", 5, ""), ("0.05", 0.05, ""), ("1e-4 copies/EV", 1e-4, "copies/EV"),
        (".5 /h", 0.5, "/h"), ("24h", 24, "h"), ("-1", -1, ""), ("2 ng/1e6 cells/24 h", 2, "ng/1e6 cells/24 h"),
        ("60 particles/h", 60, "particles/h"), ("3e10 particles/mL", 3e10, "particles/mL"), ("90 %", 90, "%"),
        ("0.1 /h per nM", 0.1, "/h per nM"), ("9 molecules/um^3", 9, "molecules/um^3"),
    ],
)  # fmt: skip
def test_numbers_and_units(text, number, unit):
    value = right(read_value, text)
    assert (value.number, value.unit) == (number, unit)


def test_sources_and_ranges():
    value = right(read_value, "12 um @smith2020 @be-001 (8..16 linear @assumed) @jones")
    assert value.sources == ("smith2020", "be-001", "jones")
    assert (value.low, value.high, value.shape) == (8, 16, RangeShape.LINEAR)
    assert value.range_sources == ("assumed",)
    assert right(read_value, "library").from_library


def test_entries_with_more_than_a_quantity():
    value, spread = right(read_sized, "12 um (10..16 @assumed), spread 1.1 (1.02..1.5 @assumed)")
    assert (value.number, value.high, spread.number, spread.high) == (12, 16, 1.1, 1.5)
    assert right(read_sized, "12 um")[1] is None
    value, steps, states = right(read_every, "every 36 h (24..72 @assumed), in 4 steps, while a or b")
    assert (value.number, steps, states) == (36, 4, ("a", "b"))
    assert right(read_every, "36 h while a")[1:] == (1, ("a",))
    assert right(read_lifetime, "after 14 days, in 4 steps")[1] == 4
    assert right(lambda s, r: read_every(s, r, "phase"), "10 h in 4 steps, while cycling")[1:] == (4, ("cycling",))
    assert right(read_wall, "closed") == "closed"
    assert right(read_wall, "held at 38 mmHg").unit == "mmHg"


# --- behaviours, signals, rules


BEHAVIOURS = {
    "TGFB1 secretion": ("secretion", "TGFB1"), "latent TGFB1 uptake": ("uptake", "latent TGFB1"),
    "tumour-EV release": ("release", "tumour-EV"), "EV clearance": ("clearance", "EV"), "EV fusion": ("fusion", "EV"),
    "EV endocytosis": ("endocytosis", "EV"), "EV binding": ("binding", "EV"), "division": ("division", None),
    "apoptosis": ("apoptosis", None), "necrosis": ("necrosis", None), "migration speed": ("speed", None),
    "persistence": ("persistence", None), "bias": ("bias", None), "attraction to CXCL12": ("attraction", "CXCL12"),
    "adhesion": ("adhesion", None), "repulsion": ("repulsion", None), "becoming cycling": ("becoming", "cycling"),
    "resorption of mineral": ("resorption", "mineral"), "deposition of mineral": ("deposition", "mineral"),
    "killing of tumour": ("killing", "tumour"), "engulfing": ("engulfing", None),
    "NT5E on the surface": ("surface enzyme", "NT5E"), "loading of miR-21-5p in tumour-EV": ("loading", "miR-21-5p"),
}  # fmt: skip


@pytest.mark.parametrize("words", list(BEHAVIOURS))
def test_behaviours_there_and_back(words):
    behaviour = parse_behaviour(words)
    assert (behaviour.kind, behaviour.what) == BEHAVIOURS[words]
    assert behaviour_words(behaviour) == words
    rule = right(read_rule, f"X raises {words} to 5x")
    assert rule.behaviour == behaviour


def test_words_that_are_no_behaviour():
    with pytest.raises(ModelError):
        parse_behaviour("TGFB1 dancing")


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("TGFB1", NamedSignal(name="TGFB1")),
        ("latent TGFB1 outside", NamedSignal(name="latent TGFB1", place="outside")),
        ("PTHLH inside", NamedSignal(name="PTHLH", place="inside")),
        ("delivered miR-21-5p", NamedSignal(name="miR-21-5p", place="delivered")),
        ("bound ITGB3", NamedSignal(name="ITGB3", place="bound")),
        ("inserted ITGB3", NamedSignal(name="ITGB3", place="inserted")),
        ("contact with osteoblast", ContactSignal(cell="osteoblast")),
        ("pressure", PressureSignal()),
        ("4T1", NamedSignal(name="4T1")),
        ("17beta-estradiol", NamedSignal(name="17beta-estradiol")),
        ("TNFRSF11B:TNFSF11", NamedSignal(name="TNFRSF11B:TNFSF11")),
        ("β-catenin", NamedSignal(name="β-catenin")),
    ],
)
def test_signals(text, signal):
    assert right(read_rule, f"{text} lowers division to 0.2x").signal == signal
    if not isinstance(signal, PressureSignal):
        assert right(read_inside, f"{text} inhibits AKT1").gate == Term(signal=signal)


def test_rules():
    rule = right(
        read_rule, "TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50), hill 2 @bm-058"
    )
    assert (rule.direction, rule.limit.high, rule.half_max.unit, rule.hill.number) == ("raises", 10, "pM", 2)
    assert rule.sources == ("bm-058",)
    assert rule.hill.sources == ()
    rule = right(read_rule, "A lowers division to 0.2x, hill 2 @smith2020, half-max 0.5 while niche @be-001")
    assert (rule.while_state, rule.hill.sources, rule.sources) == ("niche", ("smith2020",), ("be-001",))
    keeps = right(read_rule, "IL6 keeps dormant, to 0.1x, half-max 200 pM (50..500 @assumed) @bm-040")
    assert (keeps.state, keeps.limit.number, keeps.half_max.number) == ("dormant", 0.1, 200)
    assert right(read_rule, "IL6 keeps dormant").limit is None


# --- inside


def test_gates():
    edge = right(read_inside, "IFNG and (TNF or not IL1B) activate LICENCE, half-max 3 pM, weight 0.9")
    assert isinstance(edge.gate, AllOf)
    assert isinstance(edge.gate.parts[1], AnyOf)
    assert edge.gate.parts[1].parts[1].inhibit
    assert (edge.effect, edge.node, edge.half_max.number, edge.weight.number) == ("activates", "LICENCE", 3, 0.9)
    both = right(read_inside, "not (A or B) activates C").gate
    assert isinstance(both, AllOf)
    assert all(term.inhibit for term in both.parts)
    either = right(read_inside, "not (A and B) inhibits C").gate
    assert isinstance(either, AnyOf)
    assert right(read_inside, "PTEN inhibits AKT1").effect == "inhibits"
    mixed = right(read_inside, "A or B and C activates D").gate
    assert isinstance(mixed, AnyOf)
    assert isinstance(mixed.parts[1], AllOf)


def test_silencing_sequestering_memory_settings():
    one = right(
        read_inside,
        "miR-21-5p silences PDCD4 (20 mRNA (2..200), half-life 9 h, protein half-life 24 h, lambda 1000 copies, kappa 2) @be-080",
    )
    assert (one.mirna, one.node, one.mrna.high, one.mrna_half_life.number) == ("miR-21-5p", "PDCD4", 200, 9)
    assert (one.protein_half_life.number, one.half_saturation.number, one.strength.number) == (24, 1000, 2)
    assert right(read_inside, "let-7b-5p silences TLR4 (20 mRNA)").mrna_half_life.from_library
    one = right(read_inside, "SRP9 sequesters RN7SL1, capacity 1e4 copies, Kd 100 copies")
    assert (one.capacity.number, one.kd.number) == (1e4, 100)
    one = right(read_inside, "TA_MSC keeps itself, on above 0.4 (0.2..0.6), off below 0.1 (0.05..0.2)")
    assert (one.on_above.number, one.off_below.high) == (0.4, 0.2)
    settings = {
        "starts at 0.1": "starts at",
        "responds in 2 h": "responds in",
        "reaches at most 0.8": "reaches at most",
    }
    for words, setting in settings.items():
        assert right(read_inside, f"PTH1R {words}").setting == setting


def test_transitions():
    one = right(read_becomes, "cycling from dormant at 0.05 /day (0.005..0.5 @assumed) @bm-041")
    assert (one.to, one.from_state, one.rate.number, one.after, one.sources) == (
        "cycling",
        "dormant",
        0.05,
        None,
        ("bm-041",),
    )
    one = right(read_becomes, "osteoclast as active from young after 3 days (2..6 @assumed), in 4 steps")
    assert (one.to, one.to_state, one.from_state, one.after.number, one.steps) == (
        "osteoclast",
        "active",
        "young",
        3,
        4,
    )
    assert right(read_becomes, "osteoclast as active after 3 days").to_state == "active"


def test_reactions():
    one = right(read_reaction, "TNFRSF11B binds TNFSF11, Kd 1 nM (0.01..10), off 0.1 /h @bm-055")
    assert (one.product, one.kd.unit, one.off.unit, one.sources) == ("TNFRSF11B:TNFSF11", "nM", "/h", ("bm-055",))
    assert right(read_reaction, "A binds B, forming AB, off 1 /h").product == "AB"
    assert right(read_reaction, "A binds B").kd.from_library
    one = right(read_reaction, "NT5E makes adenosine from AMP, kcat 10 /s, Km 10 uM, on tumour-EV")
    assert (one.enzyme, one.product, one.substrate, one.place) == ("NT5E", "adenosine", "AMP", "tumour-EV")
    assert right(read_reaction, "E makes P from S, kcat 1 /s, Km 1 uM, in fluid").place is None
    one = right(read_reaction, "latent TGFB1 turns into TGFB1, half-life 2 h")
    assert (one.substrate, one.product) == ("latent TGFB1", "TGFB1")
    one = right(read_degrades, "MMP9 degrades collagen I, 0.1 /h per nM (0.01..1 @assumed)")
    assert (one.enzyme, one.matrix, one.rate.unit) == ("MMP9", "collagen I", "/h per nM")


# --- space, start, steps, measures


def test_shapes():
    assert right(read_shape, "rest") == Rest()
    assert isinstance(right(read_shape, "left of 20 um"), HalfSpace)
    assert right(read_shape, "above 20 um").side == "above"
    box = right(read_shape, "box from 0 um, 1 um, 2 um to 3 um, 4 um, 5 um")
    assert isinstance(box, Box)
    assert [value.number for value in (*box.low, *box.high)] == [0, 1, 2, 3, 4, 5]
    disc = right(read_shape, "disc at 300 um, 200 um, radius 80 um")
    assert isinstance(disc, Disc)
    assert disc.radius.number == 80
    ring = right(read_shape, "ring at 300 um, 200 um, from 20 um to 40 um")
    assert isinstance(ring, Ring)
    assert (ring.inner.number, ring.outer.number, len(ring.centre)) == (20, 40, 2)


def test_cells_at_the_start():
    one = right(read_start, "40 tumour in marrow, dormant, label clone-A")
    assert (one.count, one.cell, one.region, one.state, one.label) == (40, "tumour", "marrow", "dormant", "clone-A")
    assert right(read_start, "3 4T1").cell == "4T1"
    one = right(read_start, "tumour in marrow, 200 /mm^2, dormant")
    assert (one.density.unit, one.state) == ("/mm^2", "dormant")
    one = right(read_start, "20000 tumour in insert bottom, dormant")
    assert (one.count, one.region, one.state) == (20000, "insert bottom", "dormant")
    one = right(read_start, "endothelium confluent on insert, label first")
    assert (one.kind, one.cell, one.place, one.share, one.label) == (
        "confluent",
        "endothelium",
        "insert",
        None,
        "first",
    )
    one = right(read_start, "tumour at 60 % confluence on dish, dormant")
    assert (one.cell, one.place, one.share.number, one.state) == ("tumour", "dish", 60, "dormant")
    one = right(read_start, "osteoblast along trabecula, every 15 um")
    assert (one.region, one.spacing.number) == ("trabecula", 15)
    assert right(read_start, "cells from data/positions.csv").path == "data/positions.csv"


STEPS = {
    "at 2 h add 5 nM TGFB1 to marrow": ("add substance", {"substance": "TGFB1", "region": "marrow"}),
    "at 2 h add 2 pmol of TGFB1 to dish": ("add substance", {"substance": "TGFB1", "region": "dish"}),
    "at 2 h add 5e9 molecules TGFB1": ("add substance", {"substance": "TGFB1", "region": None}),
    "at 2 h add 5 nM of TGFB1": ("add substance", {"substance": "TGFB1", "region": None}),
    "at 0 h add 1e6 particles of tumour-EV to marrow": ("add vesicles", {"vesicle": "tumour-EV", "region": "marrow"}),
    "at 3 days add 40 tumour in marrow, dormant": ("add cells", {"count": 40, "cell": "tumour", "state": "dormant"}),
    "at 3 days remove 50 % of tumour from marrow": ("remove cells", {"cell": "tumour", "region": "marrow"}),
    "at 3 days remove 50 % of cells": ("remove cells", {"cell": None, "region": None}),
    "at 1 day wound hole": ("remove cells", {"cell": None, "region": "hole", "with_matrix": True}),
    "at 1 day, every 2 days, wash 90 %": ("wash", {}),
    "at 0 days hold estradiol at 100 pM": ("hold", {"substance": "estradiol"}),
    "at 4 days release estradiol": ("hold", {"substance": "estradiol", "level": None}),
    "block uptake of tumour-EV by 90 %": ("block", {"process": "uptake", "what": "tumour-EV", "cell": None}),
    "block secretion of IL6 in tumour by 90 %": ("block", {"process": "secretion", "what": "IL6", "cell": "tumour"}),
    "block TGFB1 in tumour by 90 %": ("block", {"process": "sensing", "what": "TGFB1", "cell": "tumour"}),
    "block escape of EV by 50 %": ("block", {"process": "escape", "what": "EV"}),
    "block uptake of tumour-EV by heparin at 10 uM, IC50 3 uM (0.3..30 @assumed), hill 1": (
        "block", {"process": "uptake", "what": "tumour-EV", "inhibitor": "heparin", "share": None, "cell": None},
    ),
    "block TGFB1 in tumour by SB-431542 at 10 uM": (
        "block", {"process": "sensing", "what": "TGFB1", "inhibitor": "SB-431542", "cell": "tumour", "hill": None},
    ),
    "at 0 h add 2 ug MDA-prep per 2e5 cells to insert top": (
        "add preparation", {"preparation": "MDA-prep", "region": "insert top"},
    ),
    "at 0 h add 1e4 particles of MDA-prep per cell to dish": (
        "add preparation", {"preparation": "MDA-prep", "region": "dish"},
    ),
    "at 0 h add 2 ug MDA-prep": ("add preparation", {"preparation": "MDA-prep", "region": None, "per": None}),
    "at 24 h give 50 % medium of donors to recipients, EV fraction": (
        "give medium", {"source": "donors", "target": "recipients", "fraction": "EV"},
    ),
    "at 24 h give 50 % medium of insert bottom to dish": (
        "give medium", {"source": "insert bottom", "target": "dish", "fraction": "whole"},
    ),
    "replace MDA-prep by vehicle": ("replace", {"preparation": "MDA-prep", "by": "vehicle"}),
    "replace MDA-prep by its non-EV fraction": ("replace", {"preparation": "MDA-prep", "by": "non-EV fraction"}),
    "dose MDA-prep x 0.1": ("rescale", {"what": "MDA-prep"}),
    "deplete serum-EV by 95 %": ("deplete", {"what": "serum-EV"}),
    "mutate miR-105-5p site of TJP1 in endothelium": (
        "mutate site", {"mirna": "miR-105-5p", "node": "TJP1", "cell": "endothelium"},
    ),
    "cool to 4 C": ("cool", {}),
    "at 0 h add doxorubicin at 1 nM to 10 uM in 8 doses": (
        "dose series", {"what": "doxorubicin", "doses": 8, "per": None, "region": None},
    ),
    "at 0 h add MDA-prep at 0.1 ug to 10 ug in 5 doses per 2e5 cells to insert top": (
        "dose series", {"what": "MDA-prep", "doses": 5, "region": "insert top"},
    ),
    "overexpress NT5E in tumour x 10": ("overexpress", {"what": "NT5E", "cell": "tumour"}),
    "overexpress NT5E x 10": ("overexpress", {"what": "NT5E", "cell": None}),
    "at 24 h block release of tumour-EV by 90 %": ("block", {"process": "release", "until": None}),
    "from 24 h to 48 h, block release of tumour-EV by 90 %": ("block", {"process": "release", "what": "tumour-EV"}),
    "from 7 days to 14 days hold estradiol at 1 nM": ("hold", {"substance": "estradiol"}),
    "knock out PTHLH in tumour, residual 10 %": ("knock out", {"what": "PTHLH", "cell": "tumour"}),
    "knock out PTHLH": ("knock out", {"what": "PTHLH", "cell": None, "residual": None}),
    "remove miR-21-5p from tumour-EV": ("remove cargo", {"cargo": "miR-21-5p", "vesicle": "tumour-EV"}),
    "load miR-21-5p in tumour-EV x 1000": ("load", {"cargo": "miR-21-5p", "vesicle": "tumour-EV"}),
    "clamp AKT1 in tumour at 0.5": ("clamp", {"node": "AKT1", "cell": "tumour"}),
    "without tumour": ("without", {"cell": "tumour"}),
    "set cells.tumour.while dormant.PTHLH secretion to 0.1 molecules/s": (
        "set", {"path": "cells.tumour.while dormant.PTHLH secretion"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", list(STEPS))
def test_steps(text):
    kind, fields = STEPS[text]
    found = step(text)
    assert found.kind == kind
    assert found.text == text
    assert {name: getattr(found, name) for name in fields} == fields


def test_antibodies_and_times():
    one = step(
        "at 7 days add antibody against TNFSF11, 10 nM (1..100), Kd 0.1 nM, off 0.01 /h, half-life 20 days @bm-056"
    )
    assert (one.against, one.amount.number, one.kd.number, one.off.number, one.half_life.number) == (
        "TNFSF11",
        10,
        0.1,
        0.01,
        20,
    )
    assert one.sources == ("bm-056",)
    one = step("at 12 h, every 12 h, add 1 osteoclast-precursor in marrow")
    assert (one.at.number, one.every.number) == (12, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mineral left in trabecula in % of start", ("matrix left", "mineral", None, None, "trabecula", "% of start")),
        ("mineral lost from bone in %", ("matrix lost", "mineral", None, None, "bone", "% of start")),
        ("mineral lost in % of start", ("matrix lost", "mineral", None, None, None, "% of start")),
        ("mineral left", ("matrix left", "mineral", None, None, None, "")),
        ("count of tumour", ("count", "tumour", "tumour", None, None, "")),
        ("count of tumour in bone", ("count", "tumour", "tumour", None, "bone", "")),
        ("count of tumour dormant in marrow", ("count", "tumour", "tumour", "dormant", "marrow", "")),
        ("concentration of TNFSF11 in marrow in pM", ("concentration", "TNFSF11", None, None, "marrow", "pM")),
        ("concentration of latent TGFB1 in ng/mL", ("concentration", "latent TGFB1", None, None, None, "ng/mL")),
        ("PTH1R in osteoblast", ("node", "PTH1R", "osteoblast", None, None, "")),
        ("copies of miR-21-5p in osteoclast", ("copies", "miR-21-5p", "osteoclast", None, None, "")),
        ("density of tumour-EV in marrow in EV/mL", ("vesicles", "tumour-EV", None, None, "marrow", "EV/mL")),
        ("particles of tumour-EV delivered to osteoclast", ("delivered", "tumour-EV", "osteoclast", None, None, "")),
    ],
)
def test_measures(text, expected):
    one = right(measure, text)
    assert (one.kind, one.what, one.cell, one.state, one.place, one.unit) == expected
    assert right(measure, f"{text} at 3 days").at.number == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TEER of insert", {"what": "insert", "assay": "TEER", "cell": None, "place": None}),
        ("permeability of insert to 70kDa-dextran at 24 h in cm/s", {"to": "70kDa-dextran", "unit": "cm/s"}),
        (
            "blot of TJP1 in endothelium at 24 h in % of vehicle",
            {"cell": "endothelium", "relative_to": "vehicle", "unit": "%"},
        ),
        ("blot of TJP1 in endothelium in % of non-EV fraction at 24 h", {"relative_to": "non-EV fraction"}),
        ("flow cytometry of CD44 in tumour, positive above 0.5", {"assay": "flow cytometry", "cell": "tumour"}),
        ("viability of tumour in insert bottom", {"assay": "viability", "place": "insert bottom", "cell": None}),
        ("T-cell suppression of T-cell on dish", {"what": "T-cell", "place": "dish"}),
        ("EV uptake of MDA-EV in tumour", {"assay": "EV uptake", "what": "MDA-EV"}),
    ],
)
def test_assays(text, expected):
    one = right(measure, text)
    assert one.kind == "assay"
    assert {name: getattr(one, name) for name in expected} == expected


def test_a_node_may_have_the_name_of_an_assay():
    one = right(measure, "IF in tumour")
    assert (one.kind, one.what) == ("node", "IF")


def test_what_a_preparation_holds_and_went_through():
    one = right(read_co_isolated, "0.2 ug/ug ALB (0.05..1 @assumed) @webber2013")
    assert (one.name, one.form, one.amount.high, one.amount.range_sources) == ("ALB", "protein", 1, ("assumed",))
    assert one.sources == ("webber2013",)
    assert right(read_co_isolated, "0.2 ug/ug (0.05..1 @assumed) ALB").amount.low == 0.05
    one = right(read_co_isolated, "2 copies/EV miR-105-5p on AGO")
    assert (one.name, one.form, one.amount.unit) == ("miR-105-5p", "on AGO", "copies/EV")
    assert right(read_co_isolated, "0.1 copies/EV miR-105-5p free").form == "free"
    one = right(read_storage, "48 h at -80 C in conditioned medium, loss 1 /year (0.1..3 @assumed)")
    assert (one.duration.number, one.temperature.number, one.buffer) == (48, -80, "conditioned medium")
    assert (one.loss.unit, one.cycles) == ("/year", None)
    assert right(read_storage, "3 freeze-thaw cycles").cycles == 3


def test_nodes_that_close_junctions():
    one = right(read_inside, "TJP1 closes junctions, half-max 50 % (20..80 @assumed), hill 4 @be-029")
    assert (one.kind, one.node, one.half_max.number, one.hill.number) == ("closes", "TJP1", 50, 4)
    assert right(read_inside, "TJP1 closes junctions").half_max is None


# --- what is not understood


@pytest.mark.parametrize(
    ("read", "text", "code", "column", "words"),
    [
        (read_value, "3 nMM", "unknown-unit", 3, "did you mean `nM`"),
        (read_value, "3nMM", "unknown-unit", 2, "did you mean `nM`"),
        (read_value, "3 um^2/q", "unknown-unit", 7, "`q` is no unit"),
        (read_value, "40..50", "quantity", 1, "write `45 (40..50)`"),
        (read_value, "3 um (1-2)", "quantity", 6, "write `3 um (1..2)`"),
        (read_value, "3 um (1..2", "quantity", 10, "ends too early"),
        (read_value, "1e999 um", "not-finite", 1, "larger unit"),
        (read_rule, "TGFB1 rises PTHLH secretion to 5x", "sentence", 7, "did you mean `raises`"),
        (read_rule, "A raises B to 5x", "sentence", 12, "`secretion`"),
        (read_rule, "A raises B secretion to 5x, hill 2, hill 3", "repeated-option", 35, "twice"),
        (read_rule, "A raises B secretion to 5x, half-max 20 pMM", "unknown-unit", 41, "`pM`"),
        (read_rule, "A keeps x, hill 2 while y", "sentence", 19, "which state"),
        (read_inside, "PTHLH activates", "sentence", 15, "a name"),
        (read_inside, "A silences B", "sentence", 12, "`(`"),
        (read_becomes, "cycling at 0.05 /day in 4 steps", "sentence", 22, "the end"),
        (read_becomes, "x after 3 days, in 4.5 steps", "quantity", 20, "whole number"),
        (read_reaction, "A bnds B, Kd 1 nM", "sentence", 3, "did you mean `binds`"),
        (read_shape, "disk at 3 um, 3 um, radius 2 um", "sentence", 1, "did you mean `disc`"),
        (read_start, "tumour in marrow", "sentence", 16, "`,`"),
        (read_start, "40.5 tumour", "quantity", 1, "whole number"),
        (read_step, "add 5 nMM TGFB1", "unknown-unit", 7, "`nMM` is no unit"),
        (read_step, "add 5 h TGFB1", "wrong-quantity", 5, "20 pM"),
        (read_step, "add 5 h cells TGFB1", "wrong-quantity", 5, "20 pM"),
        (read_step, "add 5 nM TGFB1, dormant", "sentence", 15, "only cells"),
        (measure, "cunt of tumour", "sentence", 14, "expected `in`"),
        (measure, "blot of X in y in pM of vehicle", "sentence", 16, "in % of ARM"),
        (measure, "blot of X in y at 2 h at 3 h", "repeated-option", 23, "twice"),
        (read_start, "12 donor inn left", "sentence", 10, "expected"),
        (read_step, "add drug at 1 nM to 10 uM in 1 doses", "quantity", 30, "2 to 50"),
        (read_step, "add 2 ug p, dormant", "sentence", 11, "only cells"),
        (read_storage, "48 h at -80 C, 3 freeze-thaw cycles", "two-ways", 14, "two lines"),
        (read_storage, "2.5 freeze-thaw cycles", "quantity", 1, "whole number"),
        (read_co_isolated, "0.2 ug/ug (0.1..1) ALB (0.05..1)", "repeated-option", 24, "twice"),
    ],
)
def test_what_is_said_of_a_mistake(read, text, code, column, words):
    one = wrong(read, text)
    assert (one.code, one.column) == (code, column)
    assert words in one.text()
