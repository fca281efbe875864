"""Recipients by the names that laboratories and the five reviews use; any other is the general cell, and is told so."""

from __future__ import annotations

import csv

import pytest

from vesicula.evidence.claims import ledger, ledgers
from vesicula.evidence.folder import library_folder
from vesicula.experiments import QuestionError
from vesicula.experiments.loading.recipient import fate, folded, recipient
from vesicula.language.abundance import ANY_CELL, cells_of

NO_KIND = {"any_cell", "joint_tissue", "skin_tissue", "tissue", "peripheral_tissue", "ovary", "intestine", "kidney"}
"""What reviews name as recipient and is no kind of cell."""


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
        ("HUVEC", "endothelium"), ("HaCaT", "keratinocyte"), ("BM-MSC", "MSC"), ("NK cells", "NK-cell"),
        ("dendritic cell", "dendritic-cell"), ("platelets", "platelet"), ("CD8 T cells", "CD8-T-cell"),
        ("Endothelium", "endothelium"), ("osteoclast", "osteoclast"),
    ],
)  # fmt: skip
def test_common_names_and_lines(said, meant):
    asked = recipient(said)
    assert asked.cell.name == meant
    assert folded(said) == folded(meant) or any(meant in one for one in asked.heard)


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


def test_phagocytes_take_up_more():
    usual, phagocyte = (fate(recipient(name).cell, "clears") for name in ("fibroblast", "macrophage"))
    assert usual is not None
    assert phagocyte is not None
    assert phagocyte.number > usual.number


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
