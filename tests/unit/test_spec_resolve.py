"""Parts, bases, networks, overrides and library values become one model."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

import re
from pathlib import Path

import pytest
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES

from vesicula.errors import ModelError
from vesicula.language import prepare, read, resolve
from vesicula.language.names import Names
from vesicula.language.paths import canonical, parse_value
from vesicula.language.sentences import Edge, NamedSignal, NodeSetting, Rule
from vesicula.language.values import EvidenceClass, RangeShape
from vesicula.language.walk import values, walk


def beside(folder):
    (folder / "parts").mkdir()
    (folder / "parts" / "cancer.yaml").write_text(PART)
    (folder / "references.bib").write_text(REFERENCES)
    (folder / "positions.csv").write_text(POSITIONS)


@pytest.fixture
def folder(tmp_path):
    beside(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everything")
    beside(folder)
    return resolve(written(folder, EVERYTHING))


def written(folder, text):
    (folder / "model.yaml").write_text(text)
    return read(folder / "model.yaml")


def cell(model, name):
    return next(one for one in model.cells if one.name == name)


def edit(old, new, text=EVERYTHING):
    assert old in text, old
    return text.replace(old, new, 1)


def test_resolving_twice_changes_nothing(everything):
    assert everything.resolved
    assert resolve(everything) is everything


def test_a_base_gives_what_the_cell_does_not_say(everything):
    tumour = cell(everything, "tumour")
    assert tumour.base == "breast-cancer"
    assert tumour.ids == ("CVCL_0062",)
    assert (tumour.diameter.number, tumour.diameter_spread.number, tumour.apoptosis.number) == (12, 1.1, 0.01)
    assert set(tumour.secretes) == {"PTHLH", "TNFSF11", "MMP9"}
    assert [one.name for one in everything.cells] == ["tumour", "osteoblast", "osteoclast"]


def test_references_to_a_base_follow_its_new_name(everything):
    tumour = cell(everything, "tumour")
    contacts = [rule for rule in tumour.rules if isinstance(rule, Rule) and rule.signal.kind == "contact"]
    assert [rule.signal.cell for rule in contacts] == ["tumour", "osteoblast"]
    assert contacts[0].text.startswith("contact with tumour lowers apoptosis")


def test_longer_names_keep_the_name_of_the_base(folder):
    part = PART.replace("  PTHLH (HGNC", "  breast-cancer-factor: {diffuses: 9 um^2/s @assumed (1..90)}\n  PTHLH (HGNC")
    part = part.replace("lowers apoptosis to", "lowers breast-cancer-factor secretion to")
    part = part.replace(
        "    secretes:\n", "    secretes:\n      breast-cancer-factor: 1 molecules/s @assumed (0.1..10)\n"
    )
    (folder / "parts" / "cancer.yaml").write_text(part)
    model = resolve(written(folder, EVERYTHING))
    rule = next(one for one in cell(model, "tumour").rules if one.text.startswith("contact with tumour"))
    assert rule.behaviour.what == "breast-cancer-factor"
    assert rule.text.startswith("contact with tumour lowers breast-cancer-factor secretion to 0.5x")


def test_overrides_by_path(everything):
    assert cell(everything, "tumour").secretes["PTHLH"].number == 0.1


def test_own_sentences_replace_those_on_the_same_subject(folder):
    rule = "      - TGFB1 raises PTHLH secretion to 9x (1.5..15 @assumed), half-max 30 pM (5..50 @assumed)\n      - IL6 keeps"
    model = resolve(written(folder, edit("      - IL6 keeps", rule)))
    found = [one for one in cell(model, "tumour").rules if one.text.startswith("TGFB1 raises PTHLH")]
    assert [one.limit.number for one in found] == [9]


def test_networks_go_into_the_cell(everything):
    tumour = cell(everything, "tumour")
    assert tumour.networks == ()
    assert any(isinstance(one, Edge) and one.node == "NFKB1" for one in tumour.inside)
    own = [one for one in tumour.inside if isinstance(one, NodeSetting) and one.node == "NFKB1"]
    assert {one.setting for one in own} == {"starts at", "responds in"}


def test_the_word_ev_means_every_vesicle_class(everything):
    tumour = cell(everything, "tumour")
    assert tumour.traits[0].multiplies == ("division", "tumour-EV release")
    vigour = next(one for one in tumour.rules if one.text.startswith("vigour"))
    assert vigour.behaviour.what == "tumour-EV"
    assert [step.what for step in everything.arms[2].steps if step.kind == "block"] == [
        "tumour-EV",
        "TGFB1",
        "tumour-EV",
    ]


def test_release_is_of_own_vesicles_and_uptake_of_all(folder):
    two = "  osteoblast-EV: {from: osteoblast}\n\nnetworks:"
    rules = "      - AKT1 raises EV clearance to 2x (1.1..11 @assumed)\n      - IL6 keeps"
    model = resolve(written(folder, edit("      - IL6 keeps", rules, edit("\nnetworks:", two))))
    found = [
        one.behaviour.what
        for one in cell(model, "tumour").rules
        if isinstance(one, Rule) and one.behaviour.kind == "clearance"
    ]
    assert found == ["tumour-EV", "osteoblast-EV"]
    assert [one.behaviour.what for one in cell(model, "tumour").rules if one.text.startswith("vigour")] == ["tumour-EV"]
    assert cell(model, "tumour").traits[0].multiplies == ("division", "tumour-EV release")


def test_library_values_fill_what_is_unsaid(everything):
    substance = next(one for one in everything.substances if one.name == "PTHLH")
    assert substance.diffuses.parameter == "diffuses|PTHLH"
    assert substance.half_life["tissue"].note
    fate = cell(everything, "tumour").vesicle_fate["EV"]
    assert fate.clears.number == 10
    assert fate.clears.parameter is None
    assert fate.escape.parameter == "escape|EV"
    assert fate.lysosome.parameter == "lysosome|EV"
    assert cell(everything, "osteoblast").vesicle_fate["EV"].clears.parameter == "clears|EV"
    assert cell(everything, "osteoblast").dead_stay.parameter == "dead stay|cell"


def test_nothing_from_the_library_is_left_open(everything):
    assert [path for path, (_, value) in values(everything).items() if value.from_library] == []


def test_half_maxima_of_gates(everything):
    tumour = cell(everything, "tumour")
    joint = next(one for one in tumour.inside if isinstance(one, Edge) and one.node == "LICENCE")
    assert joint.half_max.number == 30
    either = next(one for one in tumour.inside if isinstance(one, Edge) and one.node == "NFKB1")
    assert [term.half_max.parameter for term in either.gate.parts] == ["half-max|TNF", "half-max|IL1B"]
    inhibited = next(one for one in tumour.inside if isinstance(one, Edge) and one.effect == "inhibits")
    assert inhibited.gate.half_max is None


def test_times_of_nodes_come_from_the_library_in_words(everything):
    settings = {
        one.node: one
        for one in cell(everything, "tumour").inside
        if isinstance(one, NodeSetting) and one.setting == "responds in"
    }
    assert settings["AKT1"].value.number == 2
    assert settings["LICENCE"].text.startswith("LICENCE responds in 1 h")
    assert "PDCD4" not in settings


def test_the_most_specific_library_entry_wins():
    model = resolve(read("bone-metastasis"))
    clears = {one.name: one.vesicle_fate["EV"].clears.parameter for one in model.cells}
    assert clears["osteoclast-precursor"] == "clears|EV|osteoclast-precursor"
    assert clears["osteoblast"] == "clears|EV"
    assert cell(model, "osteoclast-precursor").competitors.parameter == "competitors|miRNA"
    assert cell(model, "osteoblast").competitors is None
    assert cell(model, "tumour").secretes["PTHLH"].parameter == "secretes|PTHLH|breast-cancer"


def test_classes_of_evidence(folder):
    text = edit("diffuses: 38 um^2/s @smith2020", "diffuses: 38 um^2/s @jones2021")
    model = resolve(written(folder, text))
    found = {path: value.evidence for path, (_, value) in values(model).items()}
    assert found["substances.TNFSF11.diffuses"] is EvidenceClass.ASSUMED  # nobody opened it
    assert found["substances.TNFSF11.molar mass"] is EvidenceClass.MEASURED
    assert found["cells.tumour.necrosis"] is EvidenceClass.ASSUMED
    assert found["substances.TNFSF11.half-life.tissue"] is EvidenceClass.FITTED
    assert found["substances.PTHLH.diffuses"] is EvidenceClass.DERIVED  # by a law, from facts
    assert found["vesicles.tumour-EV.diameter"] is EvidenceClass.MEASURED
    assert found["sites.bone.depth"] is None
    generic = resolve(read("bone-metastasis"))
    assert values(generic)["vesicles.tumour-EV.diameter"][1].evidence is EvidenceClass.BORROWED


def test_another_species_is_borrowed(folder):
    model = resolve(written(folder, edit("species: human", "species: mouse")))
    same = resolve(written(folder, EVERYTHING))
    paths = [path for path, (_, value) in values(same).items() if value.parameter is not None]
    assert {values(model)[path][1].parameter for path in paths} == {values(same)[path][1].parameter for path in paths}


def test_shares_have_a_law_of_shares(everything):
    fate = cell(everything, "tumour").vesicle_fate["EV"]
    assert fate.fusion.shape is RangeShape.LOGIT_NORMAL
    assert fate.escape.shape is RangeShape.LOGIT_NORMAL
    assert fate.clears.shape is RangeShape.LOG_NORMAL


def test_steps_of_a_lifetime_come_with_it(tmp_path, monkeypatch):
    from vesicula.language import library

    (tmp_path / "parameters").mkdir()
    rows = [
        "{quantity: dies, entity: donor, value: 'after 9 days @assumed (1..90), in 5 steps'}",
        "{quantity: dead stay, entity: cell, value: 8 h @assumed}",
    ]
    (tmp_path / "parameters" / "p.yaml").write_text(
        "vesicula: 1\nparameters:\n" + "".join(f"  - {row}\n" for row in rows)
    )
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path)
    model = read("vesicula: 1\nmodel: x\ncells:\n  donor: {diameter: 9 um, dies: library}\n")
    found = cell(resolve(model), "donor")
    assert (found.dies.number, found.death_steps) == (9, 5)


def test_the_macro_step_has_a_default(folder):
    assert resolve(written(folder, edit("  step: 6 min\n", ""))).run.step.number == 6


def test_what_does_not_fit_stops(folder):
    with pytest.raises(ModelError):
        resolve(written(folder, edit("tumour (breast-cancer)", "tumour (breast-cancr)")))
    with pytest.raises(ModelError):
        resolve(written(folder, edit("use:\n  - ./parts/cancer.yaml\n", "use:\n  - cells/none\n")))


# --- paths


def test_walking_without_a_change_changes_nothing(everything):
    assert walk(everything, lambda _, value: value) == everything


def test_changes_from_the_command_line(folder):
    (folder / "model.yaml").write_text(EVERYTHING)
    changes = {
        "cells.tumour.divides": "every 24 h",
        "cells.tumour.clears EV": "5 pL/h",
        "cells.osteoblast.EV fate.AGO loading": "50 %",
        "cells.osteoblast.secretes.IL6": "1 molecules/s",
        "cells.osteoclast.necrosis": "0.1 /day",
    }
    model = prepare(folder / "model.yaml", changes=changes)
    assert cell(model, "tumour").divides.number == 24
    assert cell(model, "tumour").vesicle_fate["EV"].clears.number == 5
    assert cell(model, "osteoblast").vesicle_fate["EV"].loading.number == 50
    assert cell(model, "osteoblast").secretes["IL6"].number == 1
    assert cell(model, "osteoclast").necrosis.number == 0.1


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("cells.tumor.divides", "24 h", "unknown-path"),
        ("cells.tumour.divides", "24 pM", "wrong-quantity"),
        ("cells.tumour.divides", "24 hh", "unknown-unit"),
        ("nothing", "24 h", "unknown-path"),
    ],
)
def test_wrong_changes(folder, path, value, code):
    (folder / "model.yaml").write_text(EVERYTHING)
    with pytest.raises(ModelError) as caught:
        prepare(folder / "model.yaml", changes={path: value})
    assert code in [one.code for one in caught.value.diagnostics]


def test_paths_in_the_words_of_the_text():
    assert canonical("cells.a.clears EV") == "cells.a.fate of EV.clears"
    assert canonical("cells.a.EV fate.AGO loading") == "cells.a.fate of EV.loading"
    assert canonical("cells.a.fate of v.fusion") == "cells.a.fate of v.fusion"
    assert canonical("cells.a.divides") == "cells.a.divides"
    assert parse_value("after 3 days, in 4 steps").number == 3


def test_set_steps_name_paths_as_the_compiler_does(folder):
    text = edit("set cells.tumour.divides to 24 h", "set cells.tumour.EV fate.AGO loading to 50 %")
    model = resolve(written(folder, text))
    assert model.arms[2].steps[-1].path == "cells.tumour.fate of EV.loading"


def test_every_path_is_unique_and_compiled_paths_agree(everything):
    from vesicula.compiler import compile_model

    seen = []
    walk(everything, lambda spot, value: seen.append(spot.path) or value)
    assert len(seen) == len(set(seen))
    known = values(everything)
    assert everything.folder is not None
    compiled = compile_model(everything, folder=Path(everything.folder))
    stated = [one.path for one in compiled.names.parameters if one.value is not None]
    own = re.compile(r"arms\.|protocol\.|cargo\.|antibodies\.|cells\.\w+\.inside\.\d+(\.\d+)+\.")
    assert [path for path in stated if path not in known and not own.match(path)] == []


# --- names


def test_names_stand_for_one_thing(everything):
    names = Names(everything)
    tumour = cell(everything, "tumour")
    assert names.meaning(tumour, NamedSignal(name="AKT1")) == "node"
    assert names.meaning(tumour, NamedSignal(name="TGFB1")) == "substance"
    assert names.meaning(tumour, NamedSignal(name="driver")) == "cargo"
    assert names.meaning(tumour, NamedSignal(name="ITGB3", place="bound")) == "bound"
    assert names.meaning(tumour, NamedSignal(name="vigour")) == "trait"
    assert names.meaning(tumour, NamedSignal(name="mineral")) == "matrix"
    assert names.meaning(tumour, NamedSignal(name="nothing")) is None
    assert names.meaning(tumour, NamedSignal(name="AKT1", place="outside")) is None
    assert "TNFRSF11B:TNFSF11" in names.substances
    assert "anti-TNFSF11" in names.substances
