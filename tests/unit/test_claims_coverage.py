"""Which sentences carry which claims, what is left open, and the definitions that a model's structure must keep."""

import pytest

from vesicula.evidence.claims import RUN, all_claims, claim, ledger
from vesicula.evidence.remarks import reasons_not_carried
from vesicula.evidence.vocabulary import vocabulary
from vesicula.language import coverage, library_models, prepare, read
from vesicula.language.coverage import (
    LISTED,
    Standing,
    by_claim,
    citations,
    holes,
    is_carried,
    library_coverage,
    standing,
)
from vesicula.language.definitions import DEFINITIONS, cells_of, definition_findings, definition_of

MODEL = """\
vesicula: 1
model: cited
claims: [bm-060, bm-055]
substances:
  TNFSF11: {half-life: 1.6 h @bm-055 (0.5..8 @assumed)}
  TNFRSF11B: {}
  PTHLH: {}
reactions:
  - TNFRSF11B binds TNFSF11, Kd 1 nM @bm-049 (0.1..10 @assumed), off 0.42 /h (0.04..4 @assumed)
cells:
  osteoblast (CL:0000062):
    inside:
      - PTHLH activates PTH1R @bm-019 @pivonka2008
    rules:
      - PTH1R raises TNFSF11 secretion to 20x (5..50 @bm-051), half-max 0.5 (0.1..0.9 @assumed)
  precursor:
    becomes:
      - osteoblast at 0.003 /day (0.0005..0.02 @assumed) @bm-048
protocol:
  - at 0 days hold PTHLH at 3 pM (1..10 @assumed) @bm-129
arms:
  untreated: []
  blocked:
    - knock out PTH1R in osteoblast @bm-132
"""


def cited() -> dict[str, list[tuple[str, str]]]:
    table = by_claim(citations(read(MODEL), "model cited"))
    return {key: [(one.kind, one.owner) for one in rows] for key, rows in table.items()}


def test_every_kind_of_sentence_is_found_with_its_owner():
    assert cited() == {
        "bm-060": [(LISTED, "")],
        "bm-055": [("value", "substances.TNFSF11.half life.all"), (LISTED, "")],
        "bm-049": [("reaction", "")],
        "bm-019": [("edge", "osteoblast")],
        "bm-051": [("rule", "osteoblast")],
        "bm-048": [("transition", "precursor")],
        "bm-129": [("protocol", "")],
        "bm-132": [("arm", "blocked")],
    }


def test_a_citation_knows_its_line_and_words():
    found = next(one for one in citations(read(MODEL), "here") if one.claim == "bm-019")
    assert (found.line, found.source) == (13, "here")
    assert found.text.startswith("PTHLH activates PTH1R")


def test_to_be_listed_is_not_to_be_carried():
    table = by_claim(citations(read(MODEL), "here"))
    assert is_carried("bm-051", table)
    assert not is_carried("bm-060", table)
    assert standing("bm-020", table) is Standing.REASONED
    assert standing("bm-055", table) is Standing.CARRIED


def test_a_claim_that_restates_is_carried_by_all_that_it_restates(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(coverage, "reasons_not_carried", dict)
    assert claim("bm-129").restates == ("bm-023", "bm-058")
    row = by_claim(citations(read(MODEL), "here"))["bm-019"]
    assert standing("bm-129", {"bm-023": row, "bm-058": row}) is Standing.RESTATED
    assert standing("bm-129", {"bm-023": row}) is Standing.OPEN
    assert standing("bm-060", by_claim(citations(read(MODEL), "here"))) is Standing.LISTED
    monkeypatch.setattr(coverage, "reasons_not_carried", lambda: {"bm-060": "why"})
    assert standing("bm-060", by_claim(citations(read(MODEL), "here"))) is Standing.REASONED


def test_holes_are_mechanisms_and_interventions_without_a_sentence():
    table = by_claim(citations(read(MODEL), "here"))
    found = {one.id for one in holes("bone-metastasis", table)}
    assert {"bm-060", "bm-020"} <= found
    assert not found & {"bm-019", "bm-051", "bm-055", "bm-001", "bm-003"}
    assert {claim(one).kind for one in found} <= set(RUN)
    assert found < set(ledger("bone-metastasis"))


def test_the_library_says_what_it_carries():
    kinds = {one.kind for one in library_coverage()["bm-051"]}
    assert {"edge", "rule", LISTED} <= kinds
    assert all(one.file.startswith("library/") and one.line for rows in library_coverage().values() for one in rows)
    assert set(library_coverage()) <= set(all_claims())
    open_ids = {one.id for one in holes()}
    assert "bm-051" not in open_ids
    assert open_ids


def test_no_claim_is_both_carried_and_left_out_with_a_reason():
    left_out = reasons_not_carried()
    assert [key for key in left_out if is_carried(key, library_coverage())] == []
    assert [key for key, reason in left_out.items() if key not in all_claims() or len(reason.split()) < 3] == []


BONE = "bone-metastasis"


def test_definitions_hold_in_the_model_of_bone():
    found = {claim: one for one in definition_findings(prepare(BONE)) for claim in one.definition.claims}
    for one in ("be-013", "be-011", "bm-003", "bm-049", "bm-035", "bm-171", "sr-044"):
        assert found[one].holds, (one, found[one].missing)
    assert "cr-006" not in found
    assert "sr-056" not in found


def without(model, **changed):
    return model.model_copy(update=changed)


@pytest.mark.parametrize(
    ("claim_id", "spoil", "told"),
    [
        ("be-013", lambda m: without(m, cells=(without(m.cells[0], releases={}), *m.cells[1:])), "EV release"),
        ("be-011", lambda m: without(m, cells=(without(m.cells[0], releases={}), *m.cells[1:])), "release rate"),
        ("be-121", lambda m: without(m, vesicles=()), "vesicles"),
        (
            "sr-044",
            lambda m: without(m, vesicles=(without(m.vesicles[0], kind="exosome", made="at the membrane"),)),
            "",
        ),
        ("bm-003", lambda m: without(m, matrix=()), "stored factors"),
        ("bm-003", lambda m: without(m, substances=m.substances[:1]), "TNF"),
        ("bm-049", lambda m: without(m, reactions=()), "binds"),
        ("bm-049", lambda m: without(m, cells=tuple(without(c, inside=(), networks=()) for c in m.cells)), "TNFRSF11A"),
        ("bm-171", lambda m: without(m, sites=tuple(without(s, regions=()) for s in m.sites)), "regions"),
        ("be-022", lambda m: without(m, cells=tuple(without(c, moves=None) for c in m.cells)), "motion"),
    ],
)
def test_a_definition_that_does_not_hold_is_told(claim_id: str, spoil, told: str):
    model = spoil(prepare(BONE))
    missing = definition_of(claim_id).missing(model)
    assert missing
    assert any(told in one for one in missing)


def test_sinusoids_with_tight_junctions_are_told():
    text = """\
vesicula: 1
model: tight
cells:
  marrow-endothelium (CL:0002262):
    inside:
      - TJP1 closes junctions, half-max 50 % (5..95 @assumed), hill 2 (1..10 @assumed)
"""
    assert definition_of("bm-035").missing(read(text)) == ("marrow-endothelium without tight junctions",)


def test_checked_definitions_are_definitions_of_known_names():
    checked = [one for row in DEFINITIONS for one in row.claims]
    assert len(checked) == len(set(checked))
    assert {claim(one).kind for one in checked} == {"definition"}
    cells = {name for row in DEFINITIONS for name in (row.cell, row.vesicles) if name is not None}
    assert cells <= set(vocabulary().cells)
    assert definition_of("bm-033") is None


def test_cells_are_known_by_id_name_and_base():
    model = prepare(BONE)
    assert {cell.name for cell in cells_of(model, "tumour_cell")} == {"tumour"}
    assert {cell.name for cell in cells_of(model, "bone_cell")} == {"osteoblast", "osteoclast", "osteoclast-precursor"}
    assert BONE in library_models()
