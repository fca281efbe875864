"""Reading, writing and reading again gives the same model; the tables of fields, the schema and the reader agree."""

# ruff: noqa: E501 (strategies stand as tables)

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.cases.bench import BENCH
from tests.cases.language import EVERYTHING, PART

from vesicula.evidence.folder import library_folder
from vesicula.language import read, resolve, schema, write
from vesicula.language.blocks import BLOCKS, CELL, RESERVED, TOP
from vesicula.language.document import document
from vesicula.language.grammar.preparations import read_co_isolated, read_storage
from vesicula.language.grammar.rules import read_becomes, read_degrades, read_inside, read_reaction, read_rule
from vesicula.language.grammar.steps import read_measure, read_start, read_step
from vesicula.language.model import (
    Arm,
    Box,
    Carried,
    Cell,
    Disc,
    HalfSpace,
    Labware,
    Matrix,
    Model,
    Motion,
    Passage,
    Phase,
    Preparation,
    Region,
    Rest,
    Ring,
    RunPlan,
    Sensed,
    Site,
    StateBase,
    Substance,
    Trait,
    Vesicle,
    VesicleFate,
)
from vesicula.language.text import Report, Scalar, Source
from vesicula.language.values import RangeShape, Value
from vesicula.language.writing.models import number_text, value_text

FILES = sorted([*library_folder().glob("models/*.yaml"), *library_folder().glob("parts/**/*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_library_files_there_and_back(path):
    model = read(path)
    assert read(write(model)) == model
    assert write(read(write(model))) == write(model)


@pytest.mark.parametrize("text", [EVERYTHING, BENCH, PART], ids=["everything", "bench", "part"])
def test_the_whole_language_there_and_back(text):
    model = read(text)
    assert read(write(model)) == model


def test_a_resolved_library_model_can_be_written_and_read():
    model = resolve(read("bone-metastasis"))
    again = read(write(model))
    assert [cell.name for cell in again.cells] == [cell.name for cell in model.cells]
    assert [rule.text for rule in again.cells[0].rules] == [rule.text for rule in model.cells[0].rules]
    assert again.substances[0].diffuses.number == model.substances[0].diffuses.number


# --- models from Hypothesis

names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,5}([-_+.:][A-Za-z0-9]{1,3})?", fullmatch=True)
keys = st.from_regex(r"[a-z]{1,8}[0-9]{0,4}|bm-0[1-9]{2}", fullmatch=True)
magnitudes = st.floats(1e-100, 1e100)
numbers = magnitudes | magnitudes.map(lambda x: -x) | st.integers(-1000, 10**9).map(float)
ids = st.lists(st.sampled_from(["HGNC:11926", "CL:0000062", "CVCL_0062"]), unique=True, max_size=2).map(tuple)
texts = st.text(max_size=60)


@st.composite
def values(draw, unit=None):
    shape = draw(st.sampled_from(list(RangeShape)))
    ranged = draw(st.booleans())
    return Value(
        number=draw(numbers),
        unit=unit
        if unit is not None
        else draw(st.sampled_from(["", "um", "nM", "ng/1e6 cells/24 h", "/h per nM", "%"])),
        low=draw(numbers) if ranged else None,
        high=draw(numbers) if ranged else None,
        shape=shape if ranged else RangeShape.LOG_NORMAL,
        sources=tuple(draw(st.lists(keys, unique=True, max_size=2))),
        range_sources=tuple(draw(st.lists(keys, unique=True, max_size=2))) if ranged else (),
    )


def maybe(strategy):
    return st.none() | strategy


def tables(entry):
    return st.dictionaries(names, entry, max_size=2)


def many(strategy, size=3):
    return st.lists(strategy, max_size=size, unique_by=lambda one: one.name).map(tuple)


def sentences(read_one, *examples):
    found = []
    for text in examples:
        source = Source("t", text)
        found.append(read_one(Scalar(text, source, 0, len(text)), Report()))
    assert None not in found
    return st.lists(st.sampled_from(found), unique=True, max_size=3).map(tuple)


def named_measure(scalar, report):
    return read_measure(Scalar("m", Source("t", "m"), 0, 1), scalar, report)


points = st.tuples(values(), values())
shapes = st.one_of(
    st.builds(HalfSpace, side=st.sampled_from(["below", "above", "left of", "right of"]), limit=values()),
    st.builds(Box, low=points, high=points),
    st.builds(Disc, centre=points, radius=values()),
    st.builds(Ring, centre=points, inner=values(), outer=values()),
    st.just(Rest()),
)
walls = st.dictionaries(
    st.sampled_from(["left", "right", "top", "all"]), st.sampled_from(["closed", "open"]), max_size=2
)
sites = st.builds(
    Site, name=names | st.just("insert top"), ids=ids, kind=st.sampled_from(["tissue", "pool", "dish"]), area=maybe(values()),
    share=st.just(1.0) | st.floats(1e-9, 1.0), labware=maybe(names), size=st.lists(values(), max_size=3).map(tuple),
    depth=maybe(values()), voxel=maybe(values()), volume=maybe(values()), walls=walls,
    fluid=maybe(st.sampled_from(["blood", "tissue", "culture"])), renewed=maybe(values()),
    flow=st.lists(values(), max_size=2).map(tuple), regions=many(st.builds(Region, name=names, ids=ids, shape=shapes)),
)  # fmt: skip
by_fluid = st.dictionaries(st.sampled_from(["all", "culture", "tissue", "blood"]), values(), max_size=3)
substances = st.builds(
    Substance, name=names, ids=ids, diffuses=maybe(values()), half_life=by_fluid, molar_mass=maybe(values()),
    start=maybe(values()), walls=st.dictionaries(st.sampled_from(["left", "all"]), st.just("open") | values(), max_size=2),
    unit=maybe(st.just("mmHg")), solubility=maybe(values()), follows_flow=st.booleans(),
)  # fmt: skip
labware = st.builds(
    Labware, name=names, ids=ids, plate=maybe(st.just("24-well transwell")), volume=maybe(values()),
    kind=maybe(st.sampled_from(["well", "transwell", "patch", "chamber"])), area=maybe(values()), top=maybe(values()),
    bottom=maybe(values()), pores=maybe(values()), pore_density=maybe(values()), filter=maybe(values()), coat=maybe(values()),
    confluence=maybe(values()), medium=maybe(st.just("EV-depleted")), sample=maybe(values()), voxel=maybe(values()),
    patch=st.lists(values(), max_size=2).map(tuple),
)  # fmt: skip
preparations = st.builds(
    Preparation, name=names, of=names, isolated_by=maybe(texts.filter(bool)), particles_per_ug=maybe(values()),
    ev_share=maybe(values()),
    co_isolated=sentences(read_co_isolated, "0.2 ug/ug ALB (0.05..1 @assumed)", "2 copies/EV miR-105-5p on AGO", "1 copies/EV miR-21-5p free @be-001"),
    stored=sentences(read_storage, "48 h at 4 C in PBS", "3 freeze-thaw cycles, loss 10 % (5..50 @assumed)"),
)  # fmt: skip
matrices = st.builds(
    Matrix, name=names, fills=tables(values()), solid=st.booleans(), stores=tables(values()),
    new_stores=tables(values()), passage=tables(values()), holds=tables(st.tuples(values(), values())),
    degraded=sentences(read_degrades, "MMP9 degrades bone, 0.1 /h per nM (0.01..1 @assumed) @bm-001"),
)  # fmt: skip
cargo = st.builds(
    Carried, name=names | st.just("miR-21-5p"), copies=values(), half_life=maybe(values()),
    place=st.sampled_from(["lumen", "membrane", "surface"]), type=st.sampled_from(["miRNA", "protein", "unnamed"]),
)  # fmt: skip
vesicles = st.builds(
    Vesicle, name=names, ids=ids, donor=maybe(names), kind=texts.filter(bool), diameter=values(), size_spread=maybe(values()),
    size_classes=st.integers(1, 4), made=st.sampled_from(["in endosomes", "at the membrane"]), residence=maybe(values()),
    diffuses=maybe(values()), half_life=maybe(values()), carries=many(cargo), follows_flow=st.booleans(), walls=walls,
)  # fmt: skip
fates = st.builds(
    VesicleFate,
    clears=values(),
    fusion=maybe(values()),
    loading=maybe(values()),
    receptors=maybe(values()),
    binding=maybe(values()),
    ligand=maybe(names),
)
traits = st.builds(
    Trait, name=names, median=values(), spread=maybe(values()),
    multiplies=st.sampled_from([(), ("division",), ("EV release", "TGFB1 secretion")]),
)  # fmt: skip
receptors = st.builds(
    Sensed, kd=values(), receptors=maybe(values()), off=maybe(values()), receptor=maybe(st.just("CXCR4"))
)
motions = st.dictionaries(names, st.tuples(values(), maybe(receptors)), max_size=2).flatmap(
    lambda toward: st.builds(
        Motion, speed=values(), toward=st.just({name: weight for name, (weight, _) in toward.items()}),
        sensed=st.just({name: said for name, (_, said) in toward.items() if said is not None}),
    )
)  # fmt: skip
cells = st.builds(
    Cell, name=names, ids=ids, base=maybe(st.just("breast-cancer")), diameter=values(), diameter_spread=maybe(values()),
    anchored=st.booleans(), states=st.lists(names, unique=True, max_size=2).map(tuple), divides=values(), division_steps=st.integers(1, 5),
    divides_while=st.lists(names, unique=True, max_size=2).map(tuple), dies=values(), death_steps=st.integers(1, 5),
    cycle=many(st.builds(Phase, name=names, lasts=values(), steps=st.integers(1, 5))), apoptosis=maybe(values()),
    dead_stay=maybe(values()), secretes=tables(values()), takes_up=tables(values()), releases=tables(values()),
    vesicle_fate=st.dictionaries(names | st.just("EV"), fates, max_size=2), own_copies=tables(values()),
    moves=maybe(motions), affinity=tables(values()), traits=many(traits),
    becomes=sentences(read_becomes, "a from b at 0.05 /day (0.005..0.5 @assumed)", "c as d after 3 days, in 4 steps"),
    networks=st.lists(names, unique=True, max_size=2).map(tuple),
    inside=sentences(read_inside, "A and (B or not C) activate D, half-max 3 pM", "X responds in 2 h @be-001", "TJP1 closes junctions, half-max 50 % (20..80 @assumed), hill 4"),
    rules=sentences(read_rule, "A raises B secretion to 5x (3..10 @assumed), hill 2", "IL6 keeps dormant"),
    confluence=maybe(values()),
    barrier=st.dictionaries(names | st.just("TEER"), st.builds(Passage, closed=values(), open=maybe(values()), transcytosis=maybe(values())), max_size=2),
    while_state=st.dictionaries(names, st.builds(StateBase, values=st.just({"division": Value(number=2.0, unit="/h")})), max_size=1),
)  # fmt: skip
models = st.builds(
    Model, name=texts.filter(bool), question=maybe(texts), about=maybe(texts), species=maybe(st.just("human")),
    claims=st.lists(keys, unique=True, max_size=2).map(tuple), use=st.lists(names, unique=True, max_size=2).map(tuple),
    but=st.dictionaries(names.map(lambda name: f"cells.{name}.divides"), values(), max_size=2), sites=many(sites),
    labware=many(labware), preparations=many(preparations),
    controls=st.none() | st.just(()) | st.just(("vehicle", "dose series")),
    substances=many(substances),
    reactions=sentences(read_reaction, "A binds B, Kd 1 nM, off 0.1 /h", "latent A turns into A, half-life 2 h"),
    matrix=many(matrices), vesicles=many(vesicles), cells=many(cells, 2),
    start=sentences(read_start, "40 a in b, dormant, label c", "a along b, every 15 um", "a confluent on insert", "a at 60 % confluence on dish, dormant", "9 a in insert top", "cells from x.csv"),
    protocol=sentences(read_step, "at 2 h add 5 nM TGFB1 to a", "at 2 h, every 2 h, add 5 pmol of TGFB1 to a", "at 1 day wound b", "at 0 h add 2 ug p per 2e5 cells to insert top", "at 0 h add 1e4 particles of p per cell", "at 24 h give 50 % medium of insert top to b, EV fraction"),
    arms=many(st.builds(Arm, name=texts, steps=sentences(read_step, "without a", "block uptake of b by 90 %", "replace p by its non-EV fraction", "dose p x 0.1", "cool to 4 C", "block uptake of b by heparin at 10 uM, IC50 3 uM (0.3..30 @assumed), hill 1", "mutate miR-1 site of X in a", "deplete b by 95 %", "at 0 h add drug at 1 nM to 10 uM in 8 doses"))),
    measures=sentences(named_measure, "X in y", "permeability of insert to 70kDa-dextran at 24 h in cm/s", "blot of X in y at 24 h in % of vehicle", "flow cytometry of X in y, positive above 0.5").map(lambda found: found[:1]),
    run=st.builds(RunPlan, duration=maybe(values()), record=maybe(values()), seeds=st.integers(1, 9), draws=st.integers(1, 9)),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(models)
def test_any_model_there_and_back(model):
    text = write(model)
    again = read(text)
    assert again == model
    assert write(again) == text


@given(numbers)
def test_numbers_read_back_exactly(number):
    assert float(number_text(number)) == number


@given(values())
def test_values_read_back(value):
    text = f"vesicula: 1\nmodel: x\nsubstances:\n  A:\n    start: {value_text(value)}\n"
    assert read(text).substances[0].start == value


@given(texts)
def test_words_read_back(text):
    model = Model(name="x", question=text, arms=(Arm(name=text),))
    assert read(write(model)) == model


# --- one table for reader, schema and documentation

WRAPPED = {
    "model": "{0}",
    "rest": "rest:\n{1}",
    "site": "sites:\n  s:\n{2}",
    "labware": "labware:\n  l:\n{2}",
    "preparation": "preparations:\n  p:\n    of: EV\n{2}",
    "substance": "substances:\n  S:\n{2}",
    "matrix": "matrix:\n  M:\n{2}",
    "vesicle": "vesicles:\n  v:\n{2}",
    "cargo": "vesicles:\n  v:\n    carries:\n      miR-21-5p:\n{4}",
    "network": "networks:\n  n:\n{2}",
    "cell": "cells:\n  c:\n{2}",
    "EV fate": "cells:\n  c:\n    EV fate:\n{3}",
    "moves": "cells:\n  c:\n    moves:\n{3}",
    "toward": "cells:\n  c:\n    moves:\n      toward:\n        X:\n{5}",
    "trait": "cells:\n  c:\n    traits:\n      t:\n{4}",
    "cohort": "cohort:\n  patients: 4\n{1}",
    "run": "run:\n{1}",
}
WHOLE = ("experiment", "positive control", "check")  # blocks that are read only whole
ENTRIES = [(name, field) for name, fields in BLOCKS.items() if name not in WHOLE for field in fields]


def entry_text(name, field):
    example = field.example
    sentence_list = example.startswith("- ")
    if example.endswith(":"):
        entry = f"{field.key}:\n  {example}\n"
    else:
        entry = f"{field.key}:\n  {example}\n" if sentence_list else f"{field.key}: {quoted(example)}\n"
    said = {"of": "    of: EV\n", "patients": "  patients: 4\n"}.get(field.key, "")
    wrapped = WRAPPED[name].replace(said, "")
    depth = int(wrapped[-2])
    block = "".join(f"{'  ' * depth}{line}\n" for line in entry.splitlines())
    head = "vesicula: 1\n" if field.key != "vesicula" else ""
    return head + wrapped.format(*[block] * 6) + ("\n" if depth == 0 else "")


def quoted(example):
    return example if example[0] in "{[" else json.dumps(example, ensure_ascii=False)


@pytest.mark.parametrize(("name", "field"), ENTRIES, ids=lambda one: one if isinstance(one, str) else one.key)
def test_the_example_of_every_entry_is_read_and_fits_the_schema(name, field, validator):
    text = entry_text(name, field)
    if field.key == "vesicula":
        text = "vesicula: 1\n"
    model = read(text)
    assert read(write(model)) == model
    data = YAML(typ="safe").load(text)
    if field.form == "count" and isinstance(data, dict):
        text = text.replace(json.dumps(field.example), field.example)
        data = YAML(typ="safe").load(text)
    assert [one.message for one in validator.iter_errors(data)] == []


@pytest.mark.parametrize(
    ("name", "before", "attribute"),
    [
        ("experiment", "experiments:\n  bm-051:\n", "experiments"),
        ("positive control", "positive control:\n", "positive_controls"),
        ("positive control", "positive control:\n  -\n", "positive_controls"),
        ("check", "checks:\n  -\n", "checks"),
    ],
)
def test_the_examples_of_a_block_that_is_read_whole(name, before, attribute, validator):
    entries = "".join(f"    {field.key}: {field.example}\n" for field in BLOCKS[name])
    text = f"vesicula: 1\nmodel: x\n{before}{entries}"
    model = read(text)
    (one,) = getattr(model, attribute)
    assert all(getattr(one, field.attribute) for field in BLOCKS[name])
    assert read(write(model)) == model
    assert [one.message for one in validator.iter_errors(YAML(typ="safe").load(text))] == []


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_library_files_fit_the_schema(path, validator):
    assert [one.message for one in validator.iter_errors(YAML(typ="safe").load(path))] == []


@pytest.mark.parametrize(
    "change",
    [
        {"specis": "human"},
        {"cells": {"a": {"divide": "x"}}},
        {"run": {"for": ["21 days"]}},
        {"vessels": {}},
        {"labware": {"a": {"pore": "0.4 um"}}},
        {"controls": ["vehicl"]},
        {"vesicula": 2},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(change, validator):
    assert not validator.is_valid({"vesicula": 1, "model": "x", **change})


def test_the_reference_names_everything():
    text = document()
    for field in (*TOP, *CELL):
        assert f"`{field.key}`" in text
    for key in RESERVED:
        assert f"`{key}`" in text
    assert "no rule reads a vesicle's density" in text
