"""Projects of PhysiCell: what becomes of each part, what is told, and what is refused with file, line and remedy."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from tests.cases.physicell import CELLS, RULES, SETTINGS, changed, put, without_rules

from vesicula.cli import exits, main
from vesicula.errors import CODES, FileError
from vesicula.io.physicell import Conversion, convert_project
from vesicula.language import check, read
from vesicula.language.model import Cell, Model
from vesicula.language.sentences import Rule

VOLUME = 2494.0
ONE_NM = 6.02214076e23 * 1e-9 / 1e15  # molecules/µm³


def converted(
    folder: Path, settings: str = SETTINGS, rules: str | None = RULES, cells: str | None = CELLS
) -> Conversion:
    return convert_project(put(folder, settings, rules, cells))


def model_of(done: Conversion, folder: Path) -> Model:
    """The model, read back from its text."""
    for name, text in done.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read(folder / f"{done.name}.yaml")


def cell_of(model: Model, name: str) -> Cell:
    return next(one for one in model.cells if one.name == name)


def rules_of(cell: Cell) -> dict[str, Rule]:
    return {one.text.partition(" to ")[0]: one for one in cell.rules if isinstance(one, Rule)}


def refused(folder: Path, settings: str = SETTINGS, rules: str | None = RULES, cells: str | None = CELLS) -> FileError:
    with pytest.raises(FileError) as found:
        converted(folder, settings, rules, cells)
    return found.value


# --- what becomes of each part


def test_a_project_becomes_a_model_without_mistakes(tmp_path: Path) -> None:
    model = model_of(converted(tmp_path), tmp_path)
    assert [one.text() for one in check(tmp_path / "trial.yaml") if one.severity == "error"] == []
    assert model.rules == "averaged"
    site = model.sites[0]
    assert [one.number for one in site.size] == [200, 120]
    assert site.depth is not None
    assert site.depth.number == 20
    assert site.voxel is not None
    assert site.voxel.number == 20
    assert model.run.step is not None
    assert (model.run.step.number, model.run.step.unit) == (6, "min")
    assert [one.name for one in model.cells] == ["tumor", "T-cell"]


def test_substrates_keep_their_numbers(tmp_path: Path) -> None:
    oxygen, factor = model_of(converted(tmp_path), tmp_path).substances
    assert oxygen.diffuses is not None
    assert (oxygen.diffuses.number, oxygen.diffuses.unit) == (1e5, "um^2/min")
    assert oxygen.half_life["all"].number == pytest.approx(math.log(2) / 0.1, rel=1e-9)
    assert oxygen.unit == "mmHg"
    assert oxygen.start is not None
    assert oxygen.start.number == 38
    assert {face: getattr(wall, "number", wall) for face, wall in oxygen.walls.items()} == {"left": 38}
    assert factor.half_life["all"].number * 1440 > 1e9
    assert factor.start is not None
    assert factor.start.unit == "nM"


def test_one_of_a_substrate_is_what_is_said(tmp_path: Path) -> None:
    done = convert_project(put(tmp_path), unit={"growth factor": "2 pM"})
    model = model_of(done, tmp_path)
    rule = rules_of(cell_of(model, "tumor"))["growth-factor raises division"]
    assert rule.half_max is not None
    assert (rule.half_max.number, rule.half_max.unit) == (3, "pM")
    assert not [one for one in done.account.of("assumed") if "growth factor: units" in one.what]


def test_secretion_and_uptake_are_those_of_the_equation(tmp_path: Path) -> None:
    """S (T − p) − U p + E around a cell: S T V + E molecules/min, and (S + U) V of the voxel."""
    cell = cell_of(model_of(converted(tmp_path), tmp_path), "tumor")
    assert cell.secretes["growth-factor"].number == pytest.approx((0.2 * 3 * VOLUME + 40) * ONE_NM, rel=1e-8)
    cleared = (0.2 + 0.05) * VOLUME
    far = cleared / (1 + cleared / (4 * 20) / 1000)  # a flat site: s = 1/(4 depth)
    assert cell.takes_up["growth-factor"].number == pytest.approx(far, rel=1e-8)


def test_a_definition_inherits_what_it_does_not_say(tmp_path: Path) -> None:
    model = model_of(converted(tmp_path), tmp_path)
    tumor, other = cell_of(model, "tumor"), cell_of(model, "T-cell")
    assert tumor.divides is not None
    assert other.divides is None
    assert other.moves is not None
    assert other.moves.speed is not None
    assert other.moves.speed.number == 2
    assert other.moves.persistence is not None
    assert other.moves.persistence.number == 5
    assert {name: one.number for name, one in other.moves.toward.items()} == {"oxygen": 0.5, "growth-factor": 2}
    assert other.takes_up["oxygen"] == tumor.takes_up["oxygen"]


def test_without_parent_the_first_definition_gives_all_but_what_cells_do_by_themselves(tmp_path: Path) -> None:
    done = converted(tmp_path, changed((' parent_type="tumor"', "")))
    other = cell_of(model_of(done, tmp_path), "T-cell")
    assert (other.takes_up, other.secretes, other.kills != {}) == ({}, {}, True)
    assert other.apoptosis is not None
    assert other.apoptosis.number == 1e-4
    assert other.moves is None


def test_mechanics_have_the_same_law(tmp_path: Path) -> None:
    cell = cell_of(model_of(converted(tmp_path), tmp_path), "tumor")
    assert cell.adhesion is not None
    assert (cell.adhesion.number, cell.adhesion.unit) == (0.4, "um/min")
    assert cell.repulsion is not None
    assert cell.repulsion.number == 10
    assert cell.reach is not None
    assert cell.reach.number == 1.25
    assert {name: one.number for name, one in cell.affinity.items()} == {"T-cell": 0.5}


def test_an_equilibrium_distance_is_where_two_cells_rest(tmp_path: Path) -> None:
    options = (
        '<options> <set_relative_equilibrium_distance enabled="true">1.8</set_relative_equilibrium_distance> </options>'
    )
    done = converted(tmp_path, changed(("<attachment_rate", f"{options}<attachment_rate")))
    cell = cell_of(model_of(done, tmp_path), "tumor")
    assert cell.adhesion is not None
    x, reach = 1.8 / 2, 1.25  # distance over contact distance
    assert cell.adhesion.number * (1 - x / reach) ** 2 == pytest.approx(10 * (1 - x) ** 2, rel=1e-6)


@pytest.mark.parametrize(
    ("code", "durations", "phases"),
    [
        ("0", (300, 780, 150), [("Ki67-postmitotic", 150), ("Ki67-negative", 300), ("Ki67-premitotic", 780)]),
        ("1", (300, 900), [("Ki67-negative", 300), ("Ki67-positive", 900)]),
        ("2", (310, 480, 300), [("G0G1", 310), ("S", 480), ("G2M", 300)]),
        ("6", (300, 480, 240, 60), [("G0G1", 300), ("S", 480), ("G2", 240), ("M", 60)]),
        ("7", (600, 930), [("quiescent", 600), ("cycling", 930)]),
    ],
)
def test_a_cycle_has_its_phases_and_divides_after_the_last(
    tmp_path: Path, code: str, durations: tuple[int, ...], phases: list[tuple[str, float]]
) -> None:
    done = converted(tmp_path, cycle(code, durations, fixed=1), cells=None)
    cell = cell_of(model_of(done, tmp_path), "tumor")
    assert [(one.name, pytest.approx(one.lasts.number)) for one in cell.cycle] == phases
    assert {one.steps for one in cell.cycle} == {1, 100}


def cycle(code: str, durations: tuple[int, ...], *, fixed: int) -> str:
    """Settings in which the first definition has this cycle; one of its phases has a fixed duration."""
    rows = "".join(
        f'<duration index="{k}" fixed_duration="{"true" if k == fixed else "false"}">{one}</duration>'
        for k, one in enumerate(durations)
    )
    old = SETTINGS[SETTINGS.index("<cycle") : SETTINGS.index("</cycle>")]
    new = f'<cycle code="{code}" name="a cycle"><phase_durations units="min">{rows}</phase_durations>'
    return without_rules().replace(old, new, 1)


def test_a_rate_too_small_for_a_number_is_none(tmp_path: Path) -> None:
    done = converted(
        tmp_path, without_rules().replace('fixed_duration="false">0.001<', 'fixed_duration="false">1e-320<')
    )
    assert cell_of(model_of(done, tmp_path), "tumor").divides is None


def test_a_rule_on_entry_keeps_the_order_of_phases(tmp_path: Path) -> None:
    """Rules of a model act on the first phase, so that is the one that PhysiCell's rule acts on."""
    text = cycle("0", (300, 780, 150), fixed=1).replace('format="csv" enabled="false"', 'format="csv" enabled="true"')
    done = converted(tmp_path, text, rules="tumor,oxygen,increases,cycle entry,0.01,20,4,0\n", cells=None)
    cell = cell_of(model_of(done, tmp_path), "tumor")
    assert [one.name for one in cell.cycle] == ["Ki67-negative", "Ki67-premitotic", "Ki67-postmitotic"]
    assert rules_of(cell)["oxygen raises division"].limit.number == pytest.approx(0.01 * 300)
    assert any("divides after Ki67-premitotic" in one.what for one in done.account.of("assumed"))


def test_cells_stand_where_the_table_says(tmp_path: Path) -> None:
    done = converted(tmp_path)
    assert done.cells == "cell,x,y\ntumor,10,10\nT-cell,100,60\ntumor,199,119\n"
    assert [one.line for one in done.account.of("assumed") if "outside the domain" in one.what] == [5]


def test_a_table_without_header_names_definitions_by_number(tmp_path: Path) -> None:
    done = converted(tmp_path, cells="-100,-60,0,0\n1.5e1,0.0e0,0,1.0e0\n")
    assert done.cells == "cell,x,y\ntumor,0,0\nT-cell,115,60\n"


def test_a_number_of_cells_is_of_each_definition(tmp_path: Path) -> None:
    done = converted(tmp_path, without_rules().replace('units="none">0<', 'units="none">7<'))
    assert "start:\n  - 7 tumor in domain\n  - 7 T-cell in domain\n" in done.text


# --- rules


def test_limits_are_multiples_of_the_base_with_one_ceiling(tmp_path: Path) -> None:
    rules = rules_of(cell_of(model_of(converted(tmp_path), tmp_path), "tumor"))
    assert rules["oxygen raises division"].limit.number == 4
    assert rules["growth-factor raises division"].limit.number == 4  # the largest of all, as in PhysiCell
    assert rules["pressure lowers division"].limit.number == 0
    one = rules["oxygen raises division"]
    assert one.half_max is not None
    assert one.hill is not None
    assert (one.half_max.number, one.half_max.unit, one.hill.number) == (21.5, "mmHg", 4)


def test_a_base_of_nothing_is_a_millionth_of_the_limit(tmp_path: Path) -> None:
    done = converted(tmp_path)
    cell = cell_of(model_of(done, tmp_path), "T-cell")
    assert [one.text for one in cell.becomes] == ["tumor at 1e-08 /min @assumed"]
    assert rules_of(cell)["growth-factor raises becoming tumor"].limit.number == 1e6


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_rules_of_version_1_have_a_base_value(tmp_path: Path, version: str) -> None:
    row = "tumor,oxygen,increases,cycle entry,0.001,0.004,21.5,4,0\n"
    old = converted(tmp_path / "old", changed(('version="3.0"', 'version="1.0"')), rules=row)
    new = converted(
        tmp_path / "new", changed(('version="3.0"', f'version="{version}"')), rules=row.replace("0.001,", "")
    )
    assert old.text == new.text
    other = refused(
        tmp_path / "other", changed(('version="3.0"', 'version="1.0"')), rules=row.replace("0.001", "0.002")
    )
    assert "base value 0.002, the settings 0.001" in str(other)


def test_what_increases_to_less_lowers_as_it_does_there(tmp_path: Path) -> None:
    done = converted(tmp_path, rules="tumor,oxygen,increases,migration speed,0.1,10,2,0\n")
    assert [*rules_of(cell_of(model_of(done, tmp_path), "tumor"))] == ["oxygen lowers migration speed"]
    both = RULES.replace(
        "tumor,oxygen,increases,cycle entry,0.004", "tumor,oxygen,increases,cycle entry,0.0004"
    ).replace("tumor,growth factor,increases,cycle entry,0.002", "tumor,growth factor,increases,cycle entry,0.0005")
    done = converted(tmp_path, rules=both)
    model_of(done, tmp_path)
    told = [one for one in done.account.of("assumed") if "cycle entry" in one.what and "base value" in one.why]
    assert len(told) == 2  # the ceiling is the base, since another rule decreases


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("tumor,volume,increases,apoptosis,0.1,5,8,0", "volume"),
        ("tumor,time,increases,apoptosis,0.1,5,8,0", "time"),
        ("tumor,grad(oxygen),increases,apoptosis,0.1,5,8,0", "levels"),
        ("tumor,contact with dead cell,increases,apoptosis,0.1,5,8,0", "cell type"),
        ("tumor,custom:oncoprotein,increases,cycle entry,0.1,5,8,0", "custom"),
        ("tumor,necrotic,increases,growth factor secretion,1,0.5,10,1", "dead cells do nothing"),
        ("tumor,intracellular oxygen,increases,apoptosis,0.1,5,8,0", "taken up"),
        ("tumor,oxygen,increases,exit from cycle phase 1,0.1,5,8,0", "first phase"),
        ("tumor,oxygen,increases,attack T cell,0.1,5,8,0", "damage"),
        ("tumor,oxygen,increases,fuse to T cell,0.1,5,8,0", "fuse"),
        ("tumor,oxygen,increases,damage rate,0.1,5,8,0", "damage"),
        ("tumor,oxygen,increases,adhesive affinity to T cell,2,5,8,0", "affinities"),
        ("tumor,oxygen,increases,chemotactic response to oxygen,2,5,8,0", "advanced chemotaxis"),
        ("tumor,oxygen,increases,cell attachment rate,2,5,8,0", "springs"),
        ("tumor,oxygen,increases,phagocytose necrotic cell,2,5,8,0", "one rate"),
    ],
)
def test_what_rules_cannot_say_is_told_with_its_line(tmp_path: Path, row: str, why: str) -> None:
    done = converted(tmp_path, rules=f"// one rule\n{row}\n")
    told = [one for one in done.account.of("unequal") if one.file == "config/cell_rules.csv"]
    assert [(one.line, why in one.why) for one in told] == [(2, True)]
    assert cell_of(model_of(done, tmp_path), "tumor").rules == ()
    assert told[0].what[:30] in done.text


# --- what is told


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("T cell: intracellular maboss (./config/cell.bnd)", "MaBoSS"), ("attack_rate tumor 0.1", "`kills`"),
        ("fusion_rate tumor 0.3", "do not fuse"), ("oncoprotein 1.5", "own code"), ("nuclear 540", "0.27 /h"),
        ("column `custom:oncoprotein`", "trait"), ("random_seed 3", "--seed"), ("dt_mechanics 0.1 min", "own steps"),
    ],
)  # fmt: skip
def test_what_has_no_equal_is_named_with_its_line_and_reason(tmp_path: Path, what: str, why: str) -> None:
    done = converted(tmp_path)
    found = [one for one in done.account.of("unequal") if what in one.what]
    assert len(found) == 1
    assert why in found[0].why
    assert found[0].line > 0
    lines = (put(tmp_path) / found[0].file).read_text(encoding="utf-8").splitlines()
    word = what.split()[0].strip("`:") if "T cell" not in what else "intracellular"
    assert word in lines[found[0].line - 1] or "column" in what
    assert f"| {found[0].place} | " in done.page


def test_an_element_that_nobody_knows_is_told(tmp_path: Path) -> None:
    unknown = ("<volume>", "<colour><hue>0.5</hue></colour><volume>"), ("<motility>", '<motility><mood kind="bad"/>')
    done = converted(tmp_path, changed(*unknown))
    told = [one.what for one in done.account.of("unequal") if "know" in one.why]
    assert told == ["tumor: colour: hue 0.5", "tumor: motility: mood", "T cell: motility: mood"]


def test_own_code_is_told(tmp_path: Path) -> None:
    (put(tmp_path) / "custom_modules").mkdir()
    done = convert_project(tmp_path / "trial")
    assert any("C++ code is not read" in one.why for one in done.account.of("unequal"))


def test_springs_that_hold_nothing_are_not_told(tmp_path: Path) -> None:
    told = [one.what for one in converted(tmp_path).account.of("unequal")]
    assert not [one for one in told if "attachment" in one]
    pulled = changed(('<attachment_rate units="1/min">0<', '<attachment_rate units="1/min">0.2<'))
    told = [one.what for one in converted(tmp_path, pulled).account.of("unequal")]
    assert [one for one in told if "attachment_rate 0.2" in one and "attachment_elastic_constant 0.01" in one]


# --- mistakes


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("<PhysiCell_settings", "<Morpheus", "file-form", "not XML: mismatched tag"),
        ("</options>\n  <microenvironment_setup>", "<microenvironment_setup>", "file-form", "not XML"),
        ('version="1.14.2"', 'version="1.4.1"', "file-form", "settings of PhysiCell 1.4.1"),
        ('version="1.14.2"', 'version="2.0"', "file-form", "settings of PhysiCell 2.0"),
        ("<dx>20</dx>", "<dx>twenty</dx>", "file-number", "`dx` is a number"),
        ("<dx>20</dx>", "<dx>25</dx>", "file-form", "cubes"),
        ("<x_max>100</x_max>", "<x_max>-100</x_max>", "file-number", "not above"),
        ('<max_time units="min">120', '<max_time units="hour">2', "file-number", "PhysiCell takes it as min"),
        ('<total units="micron^3">', '<total units="pL">', "file-number", "PhysiCell takes it as micron^3"),
        ("<space_units>micron", "<space_units>mm", "file-number", "counts in micron"),
        ("<time_units>min", "<time_units>hour", "file-number", "counts in min"),
        ('<cycle code="5" name="live">', '<cycle code="99" name="live">', "file-form", "no model of the cycle"),
        ('start_index="0" end_index="0"', 'start_index="0" end_index="1"', "file-form", "no phase"),
        ('<substrate name="oxygen">', '<substrate name="oxigen">', "unknown-name", "`oxigen` is no substrate"),
        ('affinity name="T cell"', 'affinity name="B cell"', "unknown-name", "`B cell` is no cell definition"),
        ('parent_type="tumor"', 'parent_type="tumour"', "unknown-name", "`tumour` is no cell definition"),
        ('name="T cell" ID="1"', 'name="tumor" ID="1"', "duplicate-name", "`tumor` stands twice"),
        ('name="T cell" ID="1"', 'name="T cell" ID="0"', "duplicate-name", "the ID 0 stands twice"),
        ('<boundary_value ID="xmax"', '<boundary_value ID="east"', "file-form", "no face"),
        ("<filename>cell_rules.csv", "<filename>rules.csv", "file-missing", "config/rules.csv` are missing"),
        ("<filename>cells.csv", "<filename>places.csv", "file-missing", "config/places.csv` are missing"),
        ('protocol="CBHG" version="3.0"', 'protocol="CBHG" version="0.9"', "file-form", "rules of version `0.9`"),
        ('"micron/min">0.5</speed>', '"micron/min">-1</speed>', "file-number", "below 0"),
        ('"dimensionless">0.25</migration_bias>', '"dimensionless">2</migration_bias>', "file-number", "share"),
        ('">0.1</decay_rate>', '">nan</decay_rate>', "file-number", "`nan`"),
        ("<PhysiCell_settings", "<!DOCTYPE x []><PhysiCell_settings", "file-form", "document type"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_settings_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    assert old in SETTINGS
    error = refused(tmp_path, SETTINGS.replace(old, new, 1))
    one = error.diagnostics[0]
    assert (one.code, one.file) == (code, "config/PhysiCell_settings.xml")
    assert words in one.message
    assert one.line > 0
    assert one.remedy
    if "not XML" not in words:  # a tag that is left open is found at its end
        assert new.split("\n")[0] in (one.source_line or "") or "DOCTYPE" in new or "line" in words or one.source_line


@pytest.mark.parametrize(
    ("rules", "code", "words", "remedy"),
    [
        ("tumor,oxigen,increases,apoptosis,0.1,5,8,0", "unknown-name", "`oxigen` is no signal", "`oxygen`"),
        ("tumor,oxygen,increases,apoptosys,0.1,5,8,0", "unknown-name", "`apoptosys` is no behavior", "`apoptosis`"),
        ("tumour,oxygen,increases,apoptosis,0.1,5,8,0", "unknown-name", "`tumour` is no cell definition", "`tumor`"),
        ("tumor,oxygen,raises,apoptosis,0.1,5,8,0", "file-form", "`raises` is no direction", "increases"),
        ("tumor,oxygen,increases,apoptosis,0.1,5,8", "file-form", "7 columns; a rule of version 3 has 8", "half-max"),
        ("tumor,oxygen,increases,apoptosis,,5,8,0", "file-form", "`saturation value` is empty", "fill"),
        ("tumor,oxygen,increases,apoptosis,much,5,8,0", "file-number", "`much` is no number", "number"),
        ("tumor,oxygen,increases,apoptosis,0.1,0,8,0", "file-number", "half-max is above zero", "above zero"),
        (
            "tumor,oxygen,increases,apoptosis,0.1,5,8,0\ntumor,oxygen,increases,apoptosis,0.2,5,8,0",
            "duplicate-name", "line 2 says", "one of them",
        ),
    ],
)  # fmt: skip
def test_a_mistake_of_a_rule_is_told_with_its_line(
    tmp_path: Path, rules: str, code: str, words: str, remedy: str
) -> None:
    one = refused(tmp_path, rules=f"// rules\n{rules}\n").diagnostics[0]
    assert (one.code, one.file, one.line) == (code, "config/cell_rules.csv", 1 + len(rules.splitlines()))
    assert words in one.message
    assert remedy in (one.remedy or "")


@pytest.mark.parametrize(
    ("cells", "code", "line", "words"),
    [
        ("x,y,z,type\n0,0,0,tumour\n", "unknown-name", 2, "`tumour` is no cell definition"),
        ("x,y,z,type\n0,zero,0,tumor\n", "file-number", 2, "y: `zero` is no place"),
        ("x,y,z,type\n0,0,0\n", "file-form", 2, "3 columns"),
        ("x,y,type\n0,0,tumor\n", "file-form", 1, "column 3 is not `z`"),
        ("x,y,z,type,volume,volume\n", "file-form", 1, "one name"),
        ("0,0,0,7\n", "unknown-name", 1, "`7` is no cell definition"),
        ("0,0,0,1,5\n", "file-form", 1, "5 columns"),
        ("\n\n", "file-empty", 0, "no rows"),
    ],
)
def test_a_mistake_of_a_table_of_cells_is_told_with_its_line(
    tmp_path: Path, cells: str, code: str, line: int, words: str
) -> None:
    one = refused(tmp_path, cells=cells).diagnostics[0]
    assert (one.code, one.file, one.line) == (code, "config/cells.csv", line)
    assert words in one.message
    assert one.remedy


def test_a_folder_without_settings_and_one_with_several_ask(tmp_path: Path) -> None:
    for words in ("no config/PhysiCell_settings.xml", "several settings"):
        with pytest.raises(FileError, match=words):
            convert_project(tmp_path)
        for name in ("a.xml", "b.xml"):
            (tmp_path / name).write_text(SETTINGS, encoding="utf-8")
    with pytest.raises(FileError, match="nothing stands at that place"):
        convert_project(tmp_path / "nowhere")


@pytest.mark.parametrize("number", range(60))
def test_a_garbled_project_is_read_or_refused_in_words(tmp_path: Path, number: int) -> None:
    """Bytes of one of its files are cut, doubled or replaced: no other error than one with a line and a remedy."""
    pick = random.Random(number)
    texts = {"settings": SETTINGS.encode(), "rules": RULES.encode(), "cells": CELLS.encode()}
    which = pick.choice([*texts, "settings"])
    content = bytearray(texts[which])
    for _ in range(pick.choice((1, 1, 2, 5))):
        at, way = pick.randrange(len(content)), pick.randrange(5)
        if way == 0:
            del content[at : at + pick.randrange(1, 40)]
        elif way == 1:
            content[at:at] = content[at : at + pick.randrange(1, 60)]
        elif way == 2:
            content[at] = pick.randrange(256)
        elif way == 3:
            content[at:at] = pick.choice(
                (b"-1", b"1e999", b"nan", b"&amp;", b"\0", b"\xff", b",,", b"<a>", b"true", b" ")
            )
        else:
            number_at = next((k for k in range(at, len(content)) if chr(content[k]).isdigit()), at)
            content[number_at : number_at + 1] = pick.choice((b"0", b"-3", b"1e30", b"1e-30", b"x"))
    home = put(tmp_path)
    name = {"settings": "PhysiCell_settings.xml", "rules": "cell_rules.csv", "cells": "cells.csv"}[which]
    (home / "config" / name).write_bytes(bytes(content))
    try:
        done = convert_project(home)
    except FileError as error:
        for one in error.diagnostics:
            assert one.code in CODES
            assert one.message
            assert one.remedy
        return
    assert read(done.text).name == "trial"


# --- the command


def answered(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["convert", *words])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_writes_three_files_and_never_over_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = put(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert answered(str(home)) == exits.OK
    told = capfd.readouterr()
    assert sorted(one.name for one in tmp_path.glob("trial*.*")) == [
        "trial-account.md",
        "trial-cells.csv",
        "trial.yaml",
    ]
    assert "Without equal (" in told.out
    assert "fusion_rate tumor 0.3 [config/PhysiCell_settings.xml:" in " ".join(told.out.split())
    assert "`vesicula run trial.yaml` runs it" in told.err
    assert answered(str(home)) == exits.OTHER
    assert answered(str(home), "--replace", "--out", "mine.yaml", "--unit", "growth factor=1 ng") != exits.OK
    assert answered(str(home), "--out", "mine.yaml", "--unit", "growth factor=1 pM", "--json") == exits.OK
    found = json.loads(capfd.readouterr().out)
    assert found["model"] == "mine.yaml"
    assert {one["kind"] for one in found["account"]} >= {"converted", "unequal"}
    assert answered(str(home), "--unit", "growth") == exits.USAGE
    assert answered(str(home), "--out", "my model.yaml") == exits.USAGE
    assert answered(str(home), "--unit", "groth factor=1 nM", "--replace") == exits.MODEL
    assert "did you mean `growth factor`?" in capfd.readouterr().err
