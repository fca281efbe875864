"""Recipients by the names that laboratories and the five reviews use; any other is the general cell, and is told so."""

from __future__ import annotations

import csv

import pytest

from vesicula import check, dose
from vesicula.evidence.claims import ledger, ledgers
from vesicula.evidence.folder import library_folder
from vesicula.experiments import QuestionError
from vesicula.experiments.loading.recipient import fate, folded, recipient
from vesicula.language.abundance import ANY_CELL, cells_of

NO_KIND = {"any_cell", "joint_tissue", "skin_tissue", "tissue", "peripheral_tissue", "ovary", "intestine", "kidney"}
"""What reviews name as recipient and is no kind of cell."""
USED = (
    "mcf7", "mda-mb-231", "HUVEC", "fibroblast", "macrophage", "RAW264", "THP-1", "chondrocyte", "keratinocyte",
    "HaCaT", "MSC", "bone-marrow-MSC", "adipose-MSC", "umbilical-cord-MSC", "osteoclast-precursor", "neuron", "HepG2",
    "hepatocyte",
)  # fmt: skip
"""What laboratories give vesicles to; each stands in a part of the library."""
IN_BONE = "osteoclast-precursor"
"""Stands in the models of bone, which have the mineral that osteoclasts need; each of them is checked."""
MICE = {"RAW264"}
DISH = """vesicula: 1
model: dish
question: How many vesicles does a cell take up in a day?
about: A preparation is given to cells in a well.
species: {species}

use:
  - cells/{cell}
{also}
labware:
  dish:
    plate: 24-well plate
    volume: 0.5 mL
    sample: 20 cells

vesicles:
  given-EV:
    kind: small EV

start:
  - 2e5 {cell} in dish

protocol:
  - at 0 h add 1e9 particles of given-EV to dish

arms:
  EV: []

measure:
  uptake: EV uptake of given-EV in {cell}

run:
  for: 24 h
  record: every 4 h
  step: 30 min
"""


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader((library_folder() / "tables/recipients.csv").read_text(encoding="utf-8").splitlines()))


def recipients_of_reviews() -> set[str]:
    found = set[str]()
    for model in ledgers():
        for claim in ledger(model).values():
            found |= {one.cell for one in claim.recipient}
    return found - NO_KIND


def test_all_recipients_of_the_reviews_are_known():
    names = recipients_of_reviews()
    assert len(names) > 40
    assert [name for name in sorted(names) if recipient(name).cell.base == ANY_CELL] == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("chondrocyte", "chondrocyte"), ("fibroblasts", "fibroblast"), ("macrophage", "macrophage"),
        ("MCF-7", "mcf7"), ("MCF7", "mcf7"), ("MDA-MB-231", "mda-mb-231"), ("SKBR3", "skbr3"),
        ("HUVECs", "HUVEC"), ("HMVEC", "endothelium"), ("hacat", "HaCaT"), ("NK cells", "NK-cell"),
        ("MDAMB231", "mda-mb-231"), ("MDA-MB-231 cells", "mda-mb-231"), ("RAW264.7", "RAW264"), ("RAW 264.7", "RAW264"),
        ("THP1", "THP-1"), ("hMSC", "MSC"), ("BM-MSC", "bone-marrow-MSC"), ("hBMSCs", "bone-marrow-MSC"),
        ("ADSC", "adipose-MSC"), ("hucMSC", "umbilical-cord-MSC"), ("hUC-MSCs", "umbilical-cord-MSC"),
        ("Hep G2", "HepG2"), ("primary hepatocytes", "hepatocyte"), ("neurons", "neuron"),
        ("BMM", "osteoclast-precursor"),
        ("dendritic cell", "dendritic-cell"), ("platelets", "platelet"), ("CD8 T cells", "CD8-T-cell"),
        ("Endothelium", "endothelium"), ("osteoclast", "osteoclast"),
    ],
)  # fmt: skip
def test_common_names_and_lines(said, meant):
    asked = recipient(said)
    assert asked.cell.name == meant
    bare = folded(said).removesuffix("cell")
    assert bare == folded(meant).removesuffix("cell") or any(meant in one for one in asked.heard)


@pytest.mark.parametrize("name", USED)
def test_what_laboratories_use_answers_a_dose(name):
    answer = dose(1e10, 2e5, "0.5 mL", 24, "miR-21-5p", name, target="PTEN", draws=8)
    assert answer.recipient == name
    assert answer.stage("taken up").value.median > 0
    assert not any("general cell" in one for one in answer.warnings)


@pytest.mark.parametrize("name", [one for one in USED if one != IN_BONE])
def test_what_laboratories_use_is_a_cell_that_a_model_may_take(name):
    stated = recipient(name).cell
    assert stated.diameter is not None
    also = "  - vesicles/breast-cancer-ev\n" if name == "mda-mb-231" else ""
    species = "mouse" if name in MICE else "human"
    told = check(DISH.format(cell=name, also=also, species=species))
    assert [one for one in told if one.severity == "error"] == []


def test_a_line_has_what_its_base_states():
    line, base = recipient("HUVEC").cell, recipient("endothelium").cell
    assert line.inside == base.inside
    assert line.inside
    assert line.divides is not None
    assert base.divides is None


def test_the_copies_of_a_line_are_those_of_the_column_that_counted_it():
    asked = [dose(1e10, 2e5, "0.5 mL", 24, "miR-92a-3p", one, draws=8) for one in ("MCF-7", "T-47D")]
    told = [next(one for one in (*each.warnings, *each.notes) if "miR-92a-3p" in one) for each in asked]
    assert "er-positive-breast-cancer" in told[0]
    assert "cells in general" not in told[0]


@pytest.mark.parametrize("name", ["skin tissue", "joint tissue", "cartilage tissue"])
def test_a_tissue_is_no_recipient_in_a_dish(name):
    with pytest.raises(QuestionError, match="is a tissue"):
        recipient(name)


def test_no_name_means_two_cells():
    seen: dict[str, str] = {}
    for row in rows():
        for name in (row["cell"], *filter(None, row["aliases"].split(";"))):
            assert seen.setdefault(folded(name), row["cell"]) == row["cell"], name


def test_what_stands_in_is_known_itself():
    cells = {row["cell"] for row in rows()}
    assert {row["like"] for row in rows() if row["like"]} <= cells
    assert set(cells_of("own copies")) <= cells
    assert set(cells_of("mRNA")) <= cells


def test_phagocytes_and_liver_cells_take_up_more():
    usual, *phagocytes = (
        fate(recipient(name).cell, "clears") for name in ("fibroblast", "macrophage", "RAW264.7", "THP-1", "HepG2")
    )
    assert usual is not None
    for one in phagocytes:
        assert one is not None
        assert one.number > usual.number


def test_any_other_is_the_general_cell_with_a_wider_range_and_a_word():
    other, usual = recipient("flubber"), recipient("fibroblast")
    assert other.cell.base == ANY_CELL
    assert "general cell" in other.heard[0]
    wide, narrow = fate(other.cell, "clears"), fate(usual.cell, "clears")
    assert wide is not None
    assert narrow is not None
    assert wide.high / wide.low > narrow.high / narrow.low


@pytest.mark.parametrize("slip", ["endotheliun", "fibrobalst", "keratinocite"])
def test_a_slip_of_the_pen_is_asked_about(slip):
    with pytest.raises(QuestionError) as told:
        recipient(slip)
    assert "did you mean" in str(told.value.remedy)
