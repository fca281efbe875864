"""`vesicula dose`: the question a laboratory asks before an experiment."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

import vesicula
from vesicula.cli import exits, main
from vesicula.cli.dosing import answer_text
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.folder import library_folder
from vesicula.experiments import KINDS, QuestionError, dose
from vesicula.experiments.loading.dosing import volume_of
from vesicula.experiments.loading.recipient import from_library

CELL = "endothelium"
BEHIND = [
    ("particles per ug", "EV"), ("diameter", "EV"), ("half-life", "EV"), ("clears", "EV"), ("fusion", "EV"),
    ("escape", "EV"), ("lysosome", "EV"), ("saturation", "EV"), ("releases", "EV"), ("AGO loading", "EV"),
    ("carries", "miRNA"), ("half-life", "miRNA"), ("own copies", "any miRNA"), ("all copies", "miRNA"),
    ("all copies", "mRNA"), ("mRNA", "any target"), ("mRNA half-life", "node"), ("protein half-life", "node"),
    ("competitors", "miRNA"), ("lambda", "miRNA"), ("kappa", "miRNA"),
]  # fmt: skip
DRAWS = 256


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
    assert answer.unknowns[0].name == "clearance"
    assert answer.experiment is not None
    assert "clearance" in answer.experiment.narrows


def test_most_of_what_stands_behind_an_answer_was_measured_and_nothing_cites_what_nobody_opened():
    behind = [from_library(quantity, entity) for quantity, entity in BEHIND]
    assumed = [one.parameter for one in behind if one.evidence is EvidenceClass.ASSUMED]
    assert len(assumed) <= 0.4 * len(behind), assumed
    assert [one.parameter for one in behind if one.evidence is EvidenceClass.ASSUMED and one.sources] == []
    assert from_library("carries", "miRNA").evidence is EvidenceClass.MEASURED


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
        ask(cargo="CARGO", kind=kind, copies=10.0).missing.median
        < ask(cargo="CARGO", kind=kind, copies=1.0).missing.median
    )


def test_the_same_question_has_the_same_answer():
    assert ask().as_dict() == ask().as_dict()
    assert ask(seed=2).missing.median != ask().missing.median


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
        ({"particles": 1e30}, "holds"),
        ({"particles": "1e18/mL"}, "holds"),
        ({"particles": "10 ug", "per_ug": -1.0}, "more than zero"),
        ({"particles": "10 kg"}, "holds"),
        ({"particles": "10 mL"}, "10 ug"),
        ({"particles": "many"}, "is no dose"),
        ({"particles": "1e9/kDa"}, "is no volume"),
        ({"particles": float("nan")}, "is no dose"),
        ({"cells": 1e12}, "cannot be"),
        ({"copies": -1.0}, "from zero on"),
        ({"copies": float("nan")}, "from zero on"),
        ({"copies": float("inf")}, "from zero on"),
        ({"copies": 1e9}, "fit into its lumen"),
        ({"copies": 1e9, "kind": "surface ligand", "cargo": "X"}, "fit on its surface"),
        ({"own": -3.0}, "own copies"),
        ({"own": float("nan")}, "own copies"),
        ({"own": 1e9}, "own copies"),
        ({"target": "PTENN"}, "did you mean PTEN"),
        ({"target": "qqqqqqqqq"}, "HGNC"),
        ({"hours": 1e6}, "longer than a culture lives"),
        ({"hours": float("inf")}, "24"),
        ({"cargo": "miR-21"}, "miR-21-5p or miR-21-3p"),
        ({"hours": float("nan")}, "24"),
        ({"into": "endotheliun"}, "did you mean endothelium"),
        ({"into": " "}, "no recipient"),
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


def test_own_copies_are_those_of_the_mirna_in_the_cell():
    needed = {
        (cargo, into): ask(cargo=cargo, into=into).needed.value.median
        for cargo in ("miR-21-5p", "miR-122-5p") for into in ("hepatocyte", "er-positive-breast-cancer")
    }  # fmt: skip
    assert needed["miR-21-5p", "er-positive-breast-cancer"] > 2 * needed["miR-21-5p", "hepatocyte"]
    assert len(set(needed.values())) == 4
    told = ask(cargo="let-7a-5p").notes
    assert any("reads per million" in note and "mccall2017" in note for note in told)
    assert ask(cargo="let-7a-5p").missing != ask(cargo="miR-21-5p", into="breast-cancer").missing


def width(answer) -> float:
    return answer.missing.high / answer.missing.low


def test_the_unknown_is_told_first_and_wider():
    usual = ask(cargo="miR-21-5p", into="fibroblast", target="PTEN", draws=1000)
    assert usual.warnings == ()
    no_cell = ask(cargo="miR-21-5p", into="flubber", target="PTEN", draws=1000)
    no_mirna = ask(cargo="miR-9999-5p", into="fibroblast", target="PTEN", draws=1000)
    assert any("general cell" in one for one in no_cell.warnings)
    assert any("flubber's own miR-21-5p was not counted" in one for one in no_cell.warnings)
    assert any("no miRNA called miR-9999-5p" in one for one in no_mirna.warnings)
    assert width(no_cell) > 1.3 * width(usual)
    assert width(no_mirna) > 1.3 * width(usual)


def test_mrna_of_the_target_is_that_of_the_cell():
    for target, into in (("TJP1", "keratinocyte"), ("PTEN", "monocyte")):
        answer = ask(cargo="miR-21-5p", target=target, into=into)
        assert any(f"{target} mRNA of {into}" in note and "hpa2020" in note for note in answer.notes)


def test_doses_as_laboratories_write_them():
    usual = ask()
    assert ask(particles="1e10").missing == usual.missing
    assert ask(particles="2e10/mL").missing == usual.missing
    assert ask(particles="2e10 particles/mL").missing == usual.missing
    assert ask(particles="2e7 per uL").missing == usual.missing
    assert ask(particles="10 ug", per_ug=1e9).missing == usual.missing
    by_mass = ask(particles="1 ug", draws=1000)
    assert by_mass.particles == pytest.approx(5e9, rel=0.2)
    assert by_mass.stage("offered").value.high > 5 * by_mass.stage("offered").value.low
    assert any("--per-ug" in one for one in by_mass.warnings)


def test_spellings_of_a_mirna():
    usual = ask(cargo="miR-21-5p")
    for name in ("hsa-miR-21-5p", "MIMAT0000076"):
        answer = ask(cargo=name)
        assert answer.missing == usual.missing
        assert any("taken as miR-21-5p" in one for one in answer.warnings)


def test_no_copies_at_all_is_said_in_words():
    told = answer_text(ask(copies=0.0))
    assert "As dosed: nothing of it arrives; enough in none of the draws." in told
    assert "–" not in told.split("As dosed")[1].split(";")[0]


@pytest.mark.parametrize("copies", [0.0, 1e-6, 1.0, 1e3, 3e4])
def test_what_is_enough_is_never_enough_in_none_of_the_draws(copies):
    answer = ask(copies=copies, particles=1e13)
    for line in answer_text(answer).split("\n"):
        assert not ("what is needed" in line and "in none" in line)
    assert (answer.missing.median <= 1) == (answer.enough >= 0.5)


def test_ninety_days_take_no_more_memory_than_four():
    """1000 steps at most, whatever the hours: 3 x 8 bytes a draw and step."""
    import tracemalloc

    def peak(hours: float) -> int:
        tracemalloc.start()
        ask(hours=hours)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    ask()
    assert peak(2160.0) < 1.5 * peak(100.0)


def test_a_coarser_step_of_a_long_question_changes_little():
    early, late = ask(hours=99.0), ask(hours=101.0)
    assert late.stage("taken up").value.median == pytest.approx(early.stage("taken up").value.median, rel=0.03)


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
    capfd.readouterr()
    assert outcome("--cargo", "miR-105-5p", "--in", CELL, "--dose", "10 ug") == exits.USAGE
    assert "say once what is given" in capfd.readouterr().err


def test_what_is_unknown_stands_before_the_numbers(capfd):
    assert outcome("--cargo", "miR-9999-5p", "--in", "flubber") == exits.OK
    told = capfd.readouterr().out
    assert told.index("! The library knows no cell called flubber") < told.index("offered")
    assert told.index("! The library knows no miRNA called miR-9999-5p") < told.index("offered")


def test_a_question_reaches_no_kernel_and_no_grammar_once_the_library_is_kept():
    code = (
        "import sys, vesicula; vesicula.dose(1e10, 2e5, '0.5 mL', 24, 'miR-21-5p', 'fibroblast');"
        "heavy = ('numba', 'lark', 'ruamel', 'pint', 'pandas', 'vesicula.engine.program',"
        "'vesicula.language.checking.examine');"
        "print([m for m in heavy if m in sys.modules])"
    )
    for _ in range(2):  # the first keeps what it reads
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    assert found.stdout == "[]\n"


def test_measurements_speak_of_unknowns_that_there_are():
    from vesicula.experiments.loading.required import WORDS

    rows = YAML(typ="safe").load(library_folder() / "measurements.yaml")
    assert rows["evidence"] == "assumed"
    known = {word for _, word in WORDS} | {"half-life of the product", "substrate in the medium"}
    for row in rows["measurements"]:
        assert set(row["narrows"]) <= known, row
        assert row["days"] > 0
        assert set(row.get("kinds", [])) <= set(KINDS)


def test_dose_is_public():
    assert vesicula.dose is dose
