"""A library value counts as measured only for the entity and species in which somebody measured it."""

import pytest

from vesicula.language import library, read, resolve
from vesicula.language.values import EvidenceClass
from vesicula.language.walk import values

ROWS = """\
vesicula: 1
parameters:
  - {quantity: half-life, entity: IL6, species: human, value: 1 h @smith2020 (0.5..2 @smith2020)}
  - {quantity: diffuses, entity: IL6, value: 60 um^2/s @smith2020 (30..120 @smith2020)}
  - {quantity: dead stay, entity: cell, value: 8 h @smith2020 (4..16 @smith2020)}
"""
MODEL = "vesicula: 1\nmodel: x\nspecies: {}\nsubstances:\n  IL6: {{}}\ncells:\n  donor: {{diameter: 9 um}}\n"
SOURCE = "@article{smith2020, author = {Smith, A.}, year = {2020}, title = {Rates}, read = {yes}}\n"


@pytest.fixture
def classes(tmp_path, monkeypatch):
    """Evidence classes of the values that the library gives a model of one species."""
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "rows.yaml").write_text(ROWS)
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path)
    (tmp_path / "references.bib").write_text(SOURCE)

    def of(species):
        (tmp_path / "model.yaml").write_text(MODEL.format(species))
        found = values(resolve(read(tmp_path / "model.yaml"))).items()
        return {path: value.evidence for path, (_, value) in found if value.parameter is not None}

    return of


def test_another_species_is_borrowed(classes):
    assert classes("human")["substances.IL6.half-life"] is EvidenceClass.MEASURED
    assert classes("mouse")["substances.IL6.half-life"] is EvidenceClass.BORROWED


def test_a_value_of_no_species_is_measured_in_any(classes):
    assert classes("mouse")["substances.IL6.diffuses"] is EvidenceClass.MEASURED


def test_a_value_of_cells_at_large_is_borrowed_by_one(classes):
    assert classes("human")["cells.donor.dead stay"] is EvidenceClass.BORROWED
