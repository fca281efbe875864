"""The book of measured numbers: every fact parses, converts and finds its source; questions find their answers."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
import time

import pytest

import vesicula
from vesicula.errors import ModelError, UnitError
from vesicula.evidence.answers import in_common_units, number_text
from vesicula.evidence.fact_search import find_facts
from vesicula.evidence.facts import PLAIN, fact_files, fact_of, library_facts
from vesicula.evidence.joining import join
from vesicula.evidence.measurements import measurements
from vesicula.evidence.quantities import quantities, quantities_of_values
from vesicula.evidence.references import library_references
from vesicula.language.measured import own_facts
from vesicula.language.reading.facts import read_facts
from vesicula.language.text import Report
from vesicula.results import describe, known_references
from vesicula.units import ratio

OWN = """vesicula: 1
facts:
  - id: our-il6
    what: IL-6 in our medium
    quantity: half-life
    entity: IL6
    place: culture
    species: human
    value: 20
    low: 15
    high: 27
    unit: h
    range: SD
    n: 4
    source: our-lab
    opened: data sheet
    trust: high, four batches
"""
ROW = {
    "id": "a", "what": "a", "quantity": "half-life", "entity": "IL6", "species": "human", "source": "x2000",
    "opened": "abstract", "trust": "high", "unit": "h",
}  # fmt: skip


def fact(**more: object):
    return fact_of({**ROW, **more}, "test")


@pytest.mark.parametrize("path", fact_files(), ids=lambda path: path.stem)
def test_every_fact_of_the_library_reads_without_a_mistake(path):
    report = Report()
    found = read_facts(path, path.name, report, own=False)
    assert [one.text() for one in report.diagnostics] == []
    assert len(found) > (0 if path.stem.startswith("searched") else 20)


def test_there_are_as_many_facts_as_were_collected():
    facts = library_facts()
    assert len(facts) == sum(path.read_text(encoding="utf-8").count("  - id: ") for path in fact_files())
    assert len(facts) > 1300


def test_every_source_is_in_the_bibliography_and_was_opened():
    papers = library_references()
    for one in library_facts().values():
        assert one.source in papers, one.id
        assert papers[one.source].opened, (one.id, one.source)


def test_every_number_can_be_told_in_a_unit_of_its_quantity():
    for one, measured, unit in in_common_units(list(library_facts().values())):
        if not one.has_number:
            continue
        low, high = measured.ends
        assert -math.inf < low <= high < math.inf, one.id
        assert any(_same(unit, other) for other in quantities()[one.quantity].units), (one.id, unit)


def _same(unit: str, other: str) -> bool:
    try:
        ratio(unit, other, molar_mass=1.0)
    except UnitError:
        return False
    return True


def test_a_mass_is_told_in_molecules_by_the_molar_mass_that_is_said():
    one = fact(quantity="level", unit="pg/mL", value=72, **{"molar mass": "120 kDa dimer"})
    assert one.measured_in("pM").value == pytest.approx(0.6, rel=1e-6)
    with pytest.raises(UnitError, match="molar mass"):
        fact(quantity="level", unit="pg/mL", value=72).measured_in("pM")
    with pytest.raises(UnitError):
        one.measured_in("h")


def test_a_plain_number_is_never_told_as_a_mass_per_mass():
    one = fact(quantity="effective dose", unit="1", value=1.5)
    assert one.measured()[1] == "1"
    with pytest.raises(UnitError):
        one.measured_in("ug/g")
    with pytest.raises(UnitError):
        fact(quantity="level", unit="pg/g", value=1.5).measured_in("%")
    assert fact(quantity="share of cells", unit="%", value=30).measured_in("1").value == pytest.approx(0.3)
    for known, _, unit in in_common_units(list(library_facts().values())):
        if known.has_number:
            assert (known.unit in PLAIN) == (unit in PLAIN), known.id


QUESTIONS = {
    "TGF-beta half-life": ("half-life", {"TGFB1", "TGFB"}, "min"),
    "how long does active TGF-β1 live": ("half-life", {"TGFB1", "TGFB"}, "min"),
    "how much OPG is in serum": ("level", {"TNFRSF11B"}, "pg/mL"),
    "serum OPG": (None, {"TNFRSF11B"}, "pg/mL"),
    "IC50 of doxorubicin": ("half-inhibition", {"doxorubicin"}, None),
    "copies of miR-21 in a cell": ("molecules per cell", {"miR-21-5p", "miR-21"}, "copies"),
    "epidermal thickness": ("thickness", {"epidermis"}, "um"),
    "表皮厚度": ("thickness", {"epidermis"}, "um"),
    "VEGF 半衰期": ("half-life", {"VEGFA"}, "min"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_newcomers_question_is_answered_by_its_first_row(question):
    quantity, entities, unit = QUESTIONS[question]
    found = find_facts(question)
    first, _, shown = in_common_units(found.facts)[0]
    assert first.entity in entities
    assert quantity is None or {fact.quantity for fact in found.facts} == {quantity}
    assert unit is None or shown == unit


def test_what_no_fact_says_is_told():
    found = find_facts("half-life of TGFB1 on the moon")
    assert "moon" in found.unused
    assert {one.quantity for one in found.facts} == {"half-life"}
    assert find_facts("unobtainium").facts == ()


def test_the_answers_of_the_command_agree(tmp_path):
    def run(*words: str):
        done = subprocess.run(
            [sys.executable, "-m", "vesicula", "facts", *words], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    rows = json.loads(run("TGF-beta", "half-life", "--json"))["facts"]
    table = list(csv.DictReader(io.StringIO(run("TGF-beta", "half-life", "--csv"))))
    frame = vesicula.facts("TGF-beta half-life")
    assert [row["id"] for row in rows] == [row["id"] for row in table] == list(frame["id"])
    run("TGF-beta", "half-life", "--svg", "plot.svg")
    picture = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert picture.count("<rect") >= sum(row["value"] is not None for row in rows)
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    assert json.loads(run("IL6", "half-life", "--own", "own.yaml", "--json"))["facts"][0]["own"]


def test_own_facts_count_like_others(tmp_path):
    path = tmp_path / "lab.yaml"
    path.write_text(OWN, encoding="utf-8")
    (one,) = own_facts(path)
    assert one.own
    assert one.measured_in("min").value == pytest.approx(1200)
    assert "our-il6" in set(vesicula.facts("IL-6 half-life", own=path)["id"])


MISTAKES = {
    "unit: h": ("unit: hh", "unknown unit"),
    "quantity: half-life": ("quantity: halflife", "no quantity of a fact"),
    "range: SD": ("range: sd", "no range of a fact"),
    "low: 15": ("low: 25", "not in order"),
    "value: 20": ("value: twenty", "not a usable number"),
    "trust: high, four batches": ("trust: sure", "no trust of a fact"),
    "id: our-il6": ("id: Our IL6", "no id of a fact"),
    "opened: data sheet": ("seen: data sheet", "no such key"),
    "entity: IL6": ("cell: IL6", "no entity"),
    "n: 4": ("molar mass: 2.1.0 kDa", "no molar mass"),
    "place: culture": ("also: [a, [b]]", "list of ids"),
}


@pytest.mark.parametrize("written", MISTAKES)
def test_a_mistake_in_own_facts_is_told_with_its_line(written, tmp_path):
    instead, says = MISTAKES[written]
    path = tmp_path / "lab.yaml"
    path.write_text(OWN.replace(written, instead), encoding="utf-8")
    with pytest.raises(ModelError) as problem:
        own_facts(path)
    text = problem.value.diagnostics[0].text()
    assert says in " ".join(one.text() for one in problem.value.diagnostics)
    assert re.search(r"lab\.yaml:\d+:", text)


def test_sources_are_joined_with_their_differences():
    few = [fact(id=f"f{k}", source=f"s{k}2000", value=v, low=0.9 * v, high=1.1 * v, range="SD", n=9)
           for k, v in enumerate((1.0, 2.0, 8.0))]  # fmt: skip
    found = join(few, "h")
    assert found is not None
    assert 1.5 < found.value < 4.5
    assert found.low < 1.0
    assert found.high > 8.0
    alike = join([fact(id=f"f{k}", source=f"s{k}2000", value=2.0, low=1.9, high=2.1, range="SEM", n=9)
                  for k in range(4)], "h")  # fmt: skip
    assert alike is not None
    assert alike.high / alike.low < found.high / found.low
    alone, borrowed = join([fact(value=3.0)], "h"), join([fact(value=3.0)], "h", doubted=True)
    assert alone is not None
    assert borrowed is not None
    assert 4.0 < alone.high / alone.value < 5.5
    assert 1.3 * alone.high < borrowed.high
    size = join([fact(quantity="diameter", unit="um", value=3.0)], "um")
    assert size is not None
    assert size.high / size.value < 2.5
    assert join([fact(high=3.0, range="bound")], "h") is None


def test_many_facts_of_one_source_are_one_source():
    one = [fact(id=f"f{k}", value=2.0) for k in range(20)]
    other = fact(id="g", source="y2001", value=8.0)
    found = join([*one, other], "h")
    assert found is not None
    assert found.value == pytest.approx(4.0, rel=0.05)
    assert len(found.sources) == 2


def test_every_quantity_speaks_of_values_that_there_are():
    known = {word for one in quantities().values() for word in one.values}
    assert known == set(quantities_of_values())
    settled = {word for one in measurements() for word in one.settles}
    assert len(settled) > 25


def test_numbers_are_written_with_what_their_range_is():
    def text(**more):
        one = fact(**more)
        return number_text(one.as_reported, one.unit, one)

    assert text(value=2, low=1, high=3, range="SD") == "2 h (1..3 SD)"
    assert text(low=1, high=3, range="studies") == "1..3 h"
    assert text(high=3, range="bound") == "below 3 h"
    assert text(low=3, range="bound") == "above 3 h"
    assert text(unit="") == "in words"


MODEL = """vesicula: 1
model: m
facts: [./lab.yaml]
sites: {{dish: {{kind: pool, volume: 1 mL}}}}
substances:
  IL6 (HGNC:6018): {{diffuses: 50 um^2/s (5..500 @assumed), molar mass: 21 kDa @il6-mass (20..28 @il6-mass),
    half-life: {half_life}}}
cells:
  a:
    diameter: 10 um (5..20 @assumed)
    secretes: {{IL6: 1 fg/cell/day (0.1..10 @assumed)}}
start:
  - 100 a in dish
measure:
  level: concentration of IL6 in dish at 24 h
run: {{for: 24 h, step: 6 min, record: every 6 h}}
"""


def checked(tmp_path, half_life: str):
    (tmp_path / "lab.yaml").write_text(OWN, encoding="utf-8")
    path = tmp_path / "m.yaml"
    path.write_text(MODEL.format(half_life=half_life), encoding="utf-8")
    return vesicula.check(path)


def test_check_doubts_a_value_outside_everything_measured(tmp_path):
    found = [
        one for one in checked(tmp_path, "4000 h @our-il6 (400..40000 @our-il6)") if one.code == "outside-measured"
    ]
    assert found
    assert "4e+03 h" in found[0].message
    assert not [one for one in checked(tmp_path, "20 h @our-il6 (15..27 @our-il6)") if one.code == "outside-measured"]


def test_check_names_a_fact_for_an_assumed_value(tmp_path):
    found = [one for one in checked(tmp_path, "20 h (2..200 @assumed)") if one.code == "fact-at-hand"]
    assert found
    assert "@our-il6" in (found[0].remedy or "")
    assert not [one for one in checked(tmp_path, "20 h @our-il6 (15..27 @our-il6)") if one.code == "fact-at-hand"]


def test_a_fact_is_a_source_and_says_how_well_a_value_is_founded(tmp_path):
    checked(tmp_path, "20 h @our-il6 (15..27 @our-il6)")
    compiled = vesicula.load(tmp_path / "m.yaml")
    values = {info.path: info.value for info in compiled.names.parameters if info.value is not None}
    assert values["substances.IL6.half-life"].evidence == "measured here"
    assert not [one for one in vesicula.check(tmp_path / "m.yaml") if one.code == "unknown-reference"]


def test_words_of_evidence_are_no_source_that_nobody_opened(tmp_path):
    """`@derived` beside an opened fact: the value is read, and no reference is missing."""
    checked(tmp_path, "20 h @our-il6 @derived (15..27 @our-il6)")
    compiled = vesicula.load(tmp_path / "m.yaml")
    told = describe(compiled, record_steps=(0,), references=known_references(compiled))
    (half_life,) = [one for one in told.parameters if one.path == "substances.IL6.half-life"]
    assert half_life.read
    assert half_life.evidence == "derived"
    assert next(fact.id for fact in half_life.facts) == "our-il6"
    assert half_life.facts[0].cited


@pytest.mark.parametrize("model", ["starter", "bone-metastasis"])
def test_no_model_cites_what_nobody_opened(model):
    compiled = vesicula.load(model)
    told = describe(compiled, record_steps=(0,), references=known_references(compiled))
    assert [one.path for one in told.parameters if not one.read] == []


def test_one_id_in_two_files_of_facts_is_told(tmp_path):
    (tmp_path / "more.yaml").write_text(OWN.replace("value: 20", "value: 22"), encoding="utf-8")
    (tmp_path / "lab.yaml").write_text(OWN, encoding="utf-8")
    path = tmp_path / "m.yaml"
    text = MODEL.format(half_life="20 h @our-il6 (15..27 @our-il6)")
    path.write_text(text.replace("[./lab.yaml]", "[./lab.yaml, ./more.yaml]"), encoding="utf-8")
    (told,) = [one for one in vesicula.check(path) if one.code == "duplicate-name"]
    assert "another file" in told.message


def test_a_file_of_facts_is_read_anew_when_it_changes(tmp_path):
    wide = "4000 h @our-il6 (400..40000 @our-il6)"
    assert [one for one in checked(tmp_path, wide) if one.code == "outside-measured"]
    (tmp_path / "lab.yaml").write_text(OWN.replace("high: 27", "high: 9000"), encoding="utf-8")
    os.utime(tmp_path / "lab.yaml", ns=(1, 1))
    assert not [one for one in vesicula.check(tmp_path / "m.yaml") if one.code == "outside-measured"]


def test_a_file_of_facts_that_is_missing_is_told(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(MODEL.format(half_life="20 h (2..200 @assumed)"), encoding="utf-8")
    assert "file-missing" in {one.code for one in vesicula.check(path)}


@pytest.mark.long
def test_an_answer_takes_half_a_second():
    words = [sys.executable, "-m", "vesicula", "facts", "TGF-beta", "half-life"]
    used = []
    for _ in range(4):
        before = time.perf_counter()
        subprocess.run(
            words, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        )
        used.append(time.perf_counter() - before)
    assert min(used[1:]) < 0.5
