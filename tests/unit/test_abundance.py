"""Copies of miRNAs and mRNAs by kind of cell: tables parse, say where they are from, and follow their arithmetic."""

from __future__ import annotations

import re

import pytest

from vesicula.evidence.classes import EvidenceClass, classify
from vesicula.evidence.folder import library_folder
from vesicula.evidence.identifiers import gene_symbols, seed_of
from vesicula.evidence.references import library_references
from vesicula.language import prepare
from vesicula.language.abundance import ANY_CELL, TABLES, cells_of, known, with_arm
from vesicula.language.library import parameter_library

MODEL = """\
vesicula: 1
model: own
labware:
  dish: {plate: 24-well plate, sample: 20 cells}
vesicles:
  EVs:
    kind: small EV
    carries:
      miR-21-5p: 1 copies/EV (0.1..10 @assumed)
cells:
  fibroblast:
    diameter: 16 um (8..40 @assumed)
    confluence: 1e5 cells/cm^2 (1e4..1e6 @assumed)
    inside:
      - >
        miR-21-5p silences PDCD4
        (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 12 h (5..100 @assumed))
start:
  - fibroblast confluent on dish
measure:
  protein: blot of PDCD4 in fibroblast
run: {for: 1 h}
"""
WHOLE = {"own copies": 1.5e5, "mRNA": 2.1e5}


def found(quantity: str, molecule: str, *cells: str):
    entry = parameter_library()[0].find(quantity, [molecule], cells=cells).entry
    assert entry is not None
    return entry


def copies(quantity: str, molecule: str, *cells: str) -> float:
    return found(quantity, molecule, *cells).value.value.number


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.quantity)
def test_every_line_of_a_table_parses(table):
    columns, seen = cells_of(table.quantity), set[str]()
    for line in (library_folder().parent / table.file).read_text(encoding="utf-8").splitlines()[1:]:
        molecule, *reads = line.split(",")
        assert molecule not in seen
        seen.add(molecule)
        assert len(reads) == len(columns) or (table.quantity == "mRNA" and not reads), molecule  # a name alone
        assert all(not one or 0 < float(one) <= 1e6 for one in reads), molecule
    assert seen == set(known(table.quantity))
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.quantity)
def test_reads_of_a_cell_are_shares_of_a_million(table):
    rows = [
        [float(one or 0) for one in line.split(",")[1:]]
        for line in (library_folder().parent / table.file).read_text(encoding="utf-8").splitlines()[1:]
        if "," in line
    ]
    least = 0.75e6 if table.quantity == "own copies" else 1e3  # of the mRNAs only some genes are kept
    # miRNAs whose reads cannot be told apart (let-7a and let-7c) stand on both lines
    for cell, total in zip(cells_of(table.quantity), map(sum, zip(*rows, strict=True)), strict=True):
        assert least < total < 1.6e6, cell


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.quantity)
def test_sources_are_references_that_were_opened(table):
    assert library_references()[table.source].opened
    text = (library_folder().parent / table.file).read_text(encoding="utf-8")
    counted = [line.split(",")[0] for line in text.splitlines()[1:] if "," in line]
    for molecule in counted[::10]:
        value = found(table.quantity, molecule, cells_of(table.quantity)[0]).value.value
        assert value.low is not None
        assert value.high is not None
        assert 0 < value.low < value.number < value.high
        assert classify(value.sources, library_references(), stated=value.evidence) is EvidenceClass.DERIVED


@pytest.mark.parametrize(
    ("quantity", "molecule", "cell"), [("own copies", "miR-122-5p", "hepatocyte"), ("mRNA", "ACTB", "fibroblast")]
)
def test_copies_are_the_share_of_all_copies_of_a_cell(quantity, molecule, cell):
    entry = found(quantity, molecule, cell)
    reads = float(re.match(r"([\d.]+) reads per million", entry.note).group(1))
    assert copies(quantity, molecule, cell) == pytest.approx(reads * WHOLE[quantity] / 1e6, rel=0.05)


def test_what_is_known_of_cells_shows():
    assert copies("own copies", "miR-122-5p", "hepatocyte") > 1000 * copies("own copies", "miR-122-5p", "fibroblast")
    assert copies("own copies", "miR-126-3p", "endothelium") > 100 * copies("own copies", "miR-126-3p", "fibroblast")
    assert copies("own copies", "miR-21-5p", "er-positive-breast-cancer") > 1e4
    assert copies("own copies", "miR-105-5p", "endothelium") < 1
    assert copies("mRNA", "TJP1", "endothelium") > 10 * copies("mRNA", "TJP1", "monocyte")


def test_the_general_cell_is_the_median_with_the_range_of_all():
    general = found("own copies", "miR-126-3p", ANY_CELL).value.value
    each = [found("own copies", "miR-126-3p", cell).value.value for cell in cells_of("own copies")]
    assert sorted(one.number for one in each)[len(each) // 2] == pytest.approx(general.number, rel=0.05)
    assert general.low is not None
    assert general.high is not None
    assert general.low <= min(one.low for one in each)
    assert general.high >= max(one.number for one in each)


def test_a_written_entry_goes_before_the_table():
    assert found("own copies", "miR-21-5p", "osteoclast-precursor", "macrophage").value.value.number == 6e4


def test_nothing_is_made_up_for_a_cell_that_no_table_has():
    assert parameter_library()[0].find("own copies", ["miR-21-5p"], cells=["enterocyte"]).entry is None
    assert parameter_library()[0].find("own copies", ["miR-9999-5p"], cells=["fibroblast"]).entry is None


def test_identified_genes_and_mirnas_are_in_the_tables():
    assert {"PTEN", "PDCD4", "TJP1"} <= set(known("mRNA"))
    assert len(gene_symbols() - set(known("mRNA"))) <= 4
    assert all(one.removeprefix("hsa-") in known("own copies") for one in ("miR-21-5p", "miR-105-5p", "let-7a-5p"))
    assert seed_of("miR-21-5p") is not None


def test_a_name_without_arm_may_mean_two():
    assert with_arm("miR-21") == ("miR-21-5p", "miR-21-3p")
    assert with_arm("hsa-miR-126") == ("miR-126-5p", "miR-126-3p")
    assert with_arm("miR-21-5p") == with_arm("miR-9999") == ()


def test_a_model_takes_the_same_copies_as_the_table():
    """Own copies that a cell of the library leaves out are those of its kind."""
    model = prepare(MODEL)
    own = model.cells[0].own_copies["miR-21-5p"]
    assert own.number == copies("own copies", "miR-21-5p", "fibroblast")
    assert own.parameter == found("own copies", "miR-21-5p", "fibroblast").key.text()
    assert own.evidence is EvidenceClass.DERIVED
