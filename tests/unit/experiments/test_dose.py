"""`vesicula dose`: the question a laboratory asks before an experiment."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

import vesicula
from vesicula.cli import exits, main
from vesicula.evidence.folder import library_folder
from vesicula.experiments import KINDS, QuestionError, dose
from vesicula.experiments.dose import kind_of, volume_of

CELL = "endothelium"
DRAWS = 400


def ask(**changes):
    question = {"particles": 1e10, "cells": 2e5, "volume": "0.5 mL", "hours": 24.0, "cargo": "miR-105-5p", "into": CELL}
    return dose(**{**question, "draws": DRAWS, **changes})


def test_natural_copies_fall_short_by_about_five_decades():
    answer = ask(target="TJP1", draws=4000)
    assert answer.stage("offered").value.median == pytest.approx(5e4)
    assert [one.name for one in answer.stages] == ["offered", "taken up", "escaped", "loaded"]
    assert 3.5 < len(f"{answer.missing.median:.0f}") < 6.5
    assert answer.missing.low < answer.missing.median < answer.missing.high
    assert answer.enough < 0.05
    assert answer.natural.median > answer.missing.median
    assert "TJP1" in answer.needed.meaning
    assert answer.unknowns[0].name == "copies per EV"
    assert answer.experiment is not None
    assert answer.experiment.narrows == ("copies per EV",)


def test_each_stage_is_smaller_than_the_one_before():
    sizes = [one.value.median for one in ask().stages[:3]]
    assert sizes == sorted(sizes, reverse=True)


def test_more_particles_copies_or_time_leave_less_missing():
    usual = ask().missing.median
    assert ask(particles=1e11).missing.median < usual
    assert ask(copies=1.0).missing.median < ask(copies=0.1).missing.median
    assert ask(hours=12.0).missing.median > usual
    assert ask(own=1e5).needed.value.median > ask(own=0.0).needed.value.median


def test_measured_copies_are_no_unknown_any_more():
    answer = ask(copies=0.5)
    assert "copies per EV" not in [one.name for one in answer.unknowns]
    assert ask(copies=1.0).missing.median == pytest.approx(0.5 * answer.missing.median)


def test_donor_cell_hours_are_those_of_the_release_rate():
    answer = ask(donor="breast-cancer", draws=4000)
    assert answer.donor_cell_hours.median == pytest.approx(1e10 / 60.0, rel=0.1)
    assert answer.donor_cells == pytest.approx(answer.donor_cell_hours.median / 48.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cargo_has_an_answer(kind):
    answer = ask(cargo="CARGO", kind=kind)
    assert answer.kind == kind
    assert 0 < answer.missing.low <= answer.missing.high < 1e30
    assert 0.0 <= answer.enough <= 1.0
    assert sum(one.share for one in answer.unknowns) <= 1.0 + 1e-9
    assert (
        ask(cargo="CARGO", kind=kind, copies=100.0).missing.median
        < ask(cargo="CARGO", kind=kind, copies=1.0).missing.median
    )


def test_the_same_question_has_the_same_answer():
    assert ask().as_dict() == ask().as_dict()
    assert ask(seed=2).missing.median != ask().missing.median


def test_kinds_by_name():
    assert kind_of("miR-21-5p", None) == kind_of("hsa-miR-105-5p", None) == kind_of("let-7b-5p", None) == "miRNA"
    assert kind_of("mtDNA", None) == "mtDNA"


def test_volumes_carry_their_unit():
    assert volume_of("0.5mL") == volume_of("500 uL") == 5e11


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"volume": "0.5"}, "unit"),
        ({"volume": "0.5 kDa"}, "mL"),
        ({"volume": "0 mL"}, "more than zero"),
        ({"cells": 0.0}, "2e5"),
        ({"particles": -1.0}, "1e10"),
        ({"hours": float("nan")}, "24"),
        ({"into": "endotheliun"}, "did you mean endothelium"),
        ({"into": "zzz"}, "cells of the library"),
        ({"cargo": "SOMETHING"}, "--kind"),
        ({"kind": "protien"}, "did you mean protein"),
        ({"donor": "brest-cancer"}, "did you mean breast-cancer"),
        ({"draws": 1}, "draws"),
    ],
)
def test_mistakes_are_told_with_a_remedy(change, words):
    with pytest.raises(QuestionError) as told:
        ask(**change)
    assert told.value.exit_code == exits.USAGE
    assert words in str(told.value)
    assert told.value.remedy


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["dose", "--particles", "1e10", "--cells", "2e5", "--volume", "0.5mL", "--hours", "24", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_answers_in_words(capfd):
    assert outcome("--cargo", "miR-105-5p", "--in", CELL) == exits.OK
    told = capfd.readouterr().out
    for words in ("offered", "loaded", "needed", "times too few", "donor-cell-hours", "Cheapest experiment", "Natural"):
        assert words in told
    assert max(len(line) for line in told.splitlines()) <= 100


def test_the_command_answers_programs(capfd):
    assert outcome("--cargo", "CD73", "--kind", "surface enzyme", "--in", CELL, "--json") == exits.OK
    told = json.loads(capfd.readouterr().out)
    assert told["kind"] == "surface enzyme"
    assert told["needed"]["unit"] == "nM"
    assert len(told["unknowns"]) == 3


def test_the_command_tells_mistakes(capfd):
    assert outcome("--cargo", "miR-105-5p", "--in", "endotheliun") == exits.USAGE
    assert "did you mean endothelium?" in capfd.readouterr().err
    assert outcome("--cargo", "miR-105-5p") == exits.USAGE


def test_measurements_speak_of_unknowns_that_there_are():
    from vesicula.experiments.loading import WORDS

    rows = YAML(typ="safe").load(library_folder() / "measurements.yaml")
    assert rows["evidence"] == "assumed"
    known = {word for _, word in WORDS} | {"half-life of the product", "substrate in the medium"}
    for row in rows["measurements"]:
        assert set(row["narrows"]) <= known, row
        assert row["days"] > 0
        assert set(row.get("kinds", [])) <= set(KINDS)


def test_dose_is_public():
    assert vesicula.dose is dose
