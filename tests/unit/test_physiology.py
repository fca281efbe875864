"""Physiology of the library: every constraint is read from a text that runs, rests on facts, and is no claim."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from vesicula.evidence.claims import all_claims
from vesicula.evidence.facts import library_facts
from vesicula.evidence.folder import library_folder
from vesicula.evidence.physiology import (
    Constraint,
    Fold,
    HalfMax,
    Level,
    PhysiologyError,
    half_max,
    physiology_of,
    read_physiology,
    tissues,
)
from vesicula.language import check, prepare
from vesicula.language.model import Model
from vesicula.units import ratio

EVERY = [one for tissue in tissues() for one in physiology_of(tissue)]
TEXTS = sorted({one.text for one in EVERY})
ENTRY = """
  - id: rankl-at-rest
    says: Free RANKL of healthy bone
    value: 1.1 pM
    range: 0.1 pM .. 10 pM
    facts: [rankl-serum-pre]
    text: pool
    measure: RANKL
    arm: living
"""


@cache
def model_of(text: Path) -> Model:
    return prepare(text)


def named(one: Constraint) -> str:
    return one.id


def test_bone_has_at_least_twenty_constraints():
    assert len(physiology_of("bone")) >= 20
    with pytest.raises(KeyError):
        physiology_of("moon")


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_every_text_has_no_mistakes_and_tests_no_claim(text: Path):
    assert [str(one) for one in check(text) if one.severity == "error"] == []
    assert not model_of(text).experiments
    assert not model_of(text).claims


def test_no_text_lies_unread():
    assert sorted((library_folder() / "physiology").glob("*/*.yaml")) == TEXTS


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_what_a_constraint_reads_is_there_in_its_unit(one: Constraint):
    model = model_of(one.text)
    arms = tuple(arm.name for arm in model.arms)
    (measure,) = [measure for measure in model.measures if measure.name == one.measure]
    read = one.reading.arms(arms)
    assert read
    assert set(read) <= set(arms)
    if isinstance(one.reading, Level):
        assert ratio(measure.unit.partition(" of ")[0], one.unit) > 0
    elif isinstance(one.reading, HalfMax):
        doses = list(one.reading.doses(arms).values())
        assert len(doses) >= 5
        assert doses == sorted(set(doses))
        assert max(doses[0], doses[1] / 20) <= one.low < one.high <= doses[-1]
    else:
        assert one.unit == ""


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_a_constraint_rests_on_facts_and_names_no_claim(one: Constraint):
    assert one.low <= one.value <= one.high
    assert one.facts
    assert all(library_facts()[fact].has_number and not library_facts()[fact].near_claim for fact in one.facts)
    assert not set(one.facts) & set(all_claims())


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_half_of_a_hill_curve_is_at_its_half_max(direction: float):
    doses = np.array([0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5])
    middle = np.array([30.0, 300.0])
    share = doses[:, None] ** 1.5 / (doses[:, None] ** 1.5 + middle**1.5)
    assert half_max(doses, 5.0 + direction * share) == pytest.approx(middle, rel=0.25)


def test_no_half_max_of_what_does_not_move():
    assert np.isnan(half_max(np.array([0.0, 1.0, 10.0]), np.full((3, 2), 4.0))).all()


def test_a_half_max_below_the_first_dose_is_told():
    assert half_max(np.array([0.0, 4.0, 40.0]), np.array([[0.0], [1.0], [1.0]])) == pytest.approx([2.0])


def test_arms_of_a_series_are_known_by_their_doses():
    reading = HalfMax("RANKL", "pM")
    arms = ("untreated", "RANKL 1 nM", "RANKL block", "RANKL 10 pM", "PTH 1 nM")
    assert dict(reading.doses(arms)) == pytest.approx({"untreated": 0.0, "RANKL 10 pM": 10.0, "RANKL 1 nM": 1000.0})
    assert list(reading.doses(arms)) == ["untreated", "RANKL 10 pM", "RANKL 1 nM"]
    assert list(HalfMax("calcium", "mM").doses(("calcium 1 mM", "calcium 2 mM")).values()) == [1.0, 2.0]


def test_a_reading_is_told_in_the_unit_of_the_constraint():
    one = physiology_of("bone")[0]
    assert isinstance(one.reading, Level)
    assert one.read({one.reading.arm: np.array([95.0])}, "% of start") == pytest.approx([95.0])
    assert list(one.holds(np.array([95.0, 500.0, np.nan]))) == [True, False, False]
    assert Fold("a", "b").of({"a": np.array([4.0, 1.0]), "b": np.array([2.0, 0.0])})[0] == 2.0
    assert np.isnan(Fold("a", "b").of({"a": np.array([1.0]), "b": np.array([0.0])})).all()


def written(tmp_path: Path, entries: str) -> Path:
    (tmp_path / "bone").mkdir()
    (tmp_path / "bone" / "pool.yaml").write_text("vesicula: 1\n")
    path = tmp_path / "bone.yaml"
    path.write_text("vesicula: 1\ntissue: bone\nconstraints:" + entries)
    return path


def test_a_file_of_constraints_is_read(tmp_path: Path):
    (one,) = read_physiology(written(tmp_path, ENTRY))
    assert (one.id, one.value, one.low, one.high, one.unit) == ("rankl-at-rest", 1.1, 0.1, 10.0, "pM")
    assert (one.reading, one.line) == (Level("living"), 4)


MISTAKES = {
    "value: 1.1 pM": ("value: 11 pM", "bone.yaml:7: the range does not hold the value"),
    "range: 0.1 pM .. 10 pM": ("range: 0.1 pM to 10 pM", "bone.yaml:7: a range is"),
    "value: 1.1 pM\n": ("value: 1.1 h\n", "bone.yaml:7: "),
    "[rankl-serum-pre]": ("[rankl-on-the-moon]", "bone.yaml:8: no fact has the id"),
    "facts: [rankl-serum-pre]": ("facts: [il6-meno-change]", "bone.yaml:8: `il6-meno-change` is near a claim"),
    "text: pool": ("text: pond", "bone.yaml:9: there is no text bone/pond.yaml"),
    "arm: living": ("fold: {arm: living}", "bone.yaml:11: `fold` is a block of arm and of"),
    "    arm: living\n": ("", "bone.yaml:4: a constraint has one of"),
    "measure: RANKL": ("measured: RANKL", "bone.yaml:10: a constraint has no such entry"),
    "id: rankl-at-rest": ("id: RANKL", "bone.yaml:4: `RANKL` is no id"),
    "    measure: RANKL\n": ("", "bone.yaml:4: the constraint has no `measure`"),
    "says: Free RANKL": ("says: Free: RANKL", "bone.yaml:5: mapping values are not allowed here"),
}


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_is_told_with_file_and_line(said: str, tmp_path: Path):
    instead, message = MISTAKES[said]
    assert said in ENTRY
    with pytest.raises(PhysiologyError) as told:
        read_physiology(written(tmp_path, ENTRY.replace(said, instead)))
    assert str(told.value).startswith(message)


def test_one_id_twice_is_told(tmp_path: Path):
    with pytest.raises(PhysiologyError, match=r"bone\.yaml:13: `rankl-at-rest` already stands"):
        read_physiology(written(tmp_path, ENTRY + ENTRY))
