"""One molecule has one name: spellings of a miRNA are one, and what may be a slip is asked about."""

import pytest

from vesicula.errors import ModelError
from vesicula.evidence.identifiers import mirna_name
from vesicula.evidence.search import known_molecules, molecule_key
from vesicula.experiments.loading.cargo import mature
from vesicula.experiments.loading.dosing import QuestionError
from vesicula.language import check, prepare, read, write
from vesicula.language.abundance import known
from vesicula.language.spellings import related

# ruff: noqa: E501 (texts of models stand as their authors write them)

MODEL = """\
vesicula: 1
model: names
species: human
sites:
  dish: {kind: pool, volume: 1 mL}
vesicles:
  donor-EV:
    from: donor
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      CARGO: 1000 copies/EV (100..10000 @assumed)
cells:
  donor:
    diameter: 12 um (5..50 @assumed)
    releases: {donor-EV: 100 particles/h (20..500 @assumed)}
    clears EV: library
  recipient:
    diameter: 12 um (5..50 @assumed)
    clears EV: library
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
start:
  - 12 donor in dish
  - 12 recipient in dish
arms:
  untreated: []
  loaded:
    - load CARGO in donor-EV x 1000
measure:
  PDCD4: PDCD4 in recipient
  copies: copies of CARGO in recipient
run: {for: 24 h, step: 6 min}
"""

SAME = (
    "hsa-miR-21-5p",
    "mir-21-5p",
    "miR-21-5P",
    "miRNA-21-5p",
    "microRNA-21-5p",
    "miR21-5p",
    "MIMAT0000076",
    "hsa-mir-21-5P",
)
ASKED = ("miR-21", "hsa-mir-21", "miR21", "MIR21", "hsa-miR-21", "mir21")


@pytest.mark.parametrize("spelling", SAME)
def test_spellings_of_one_mature_mirna_are_one_model(spelling: str) -> None:
    """Also in the words of sentences, so that what is written back is read alike."""
    other = read(MODEL.replace("CARGO", spelling))
    assert other == read(MODEL.replace("CARGO", "miR-21-5p"))
    assert read(write(other)) == other
    assert [one for one in check(MODEL.replace("CARGO", spelling)) if one.code == "spelling"] == []


@pytest.mark.parametrize("spelling", ASKED)
def test_a_mirna_without_its_arm_is_asked_about(spelling: str) -> None:
    """The arm that the model names elsewhere is offered with its line; cargo needs no `type`."""
    told = [one for one in check(MODEL.replace("CARGO", spelling)) if one.code == "spelling"]
    assert [one.line for one in told] == [12]
    line = next(n for n, text in enumerate(MODEL.split("\n"), 1) if "own copies" in text)
    assert f"did you mean `miR-21-5p`, as in line {line}?" in (told[0].remedy or "")
    assert told[0].severity == "warning"


def test_an_arm_that_only_the_library_knows_is_offered() -> None:
    told = [one for one in check(MODEL.replace("CARGO", "miR-140")) if one.code == "spelling"]
    assert [one.remedy for one in told] == ["did you mean `miR-140-5p` or `miR-140-3p`?"]
    assert [one for one in check(MODEL.replace("CARGO", "miR-429")) if one.code == "spelling"] == []


def test_paths_reach_a_value_by_any_spelling() -> None:
    text = MODEL.replace("CARGO", "hsa-mir-21-5p")
    for path in ("vesicles.donor-EV.carries.MIMAT0000076", "cells.recipient.own copies.hsa-miR-21-5p"):
        changed = prepare(text, changes={path: "7 copies/EV" if "carries" in path else "7"})
        numbers = [changed.vesicles[0].carries[0].copies.number, changed.cells[1].own_copies["miR-21-5p"].number]
        assert 7 in numbers


def test_one_mirna_in_two_spellings_of_one_block_is_refused() -> None:
    text = MODEL.replace("      CARGO:", "      hsa-miR-21-5p: 10 copies/EV (1..100 @assumed)\n      CARGO:")
    with pytest.raises(ModelError) as problem:
        read(text.replace("CARGO", "miR-21-5p"))
    assert [one.code for one in problem.value.diagnostics] == ["duplicate-name"]


def test_cells_and_vesicles_keep_their_names() -> None:
    text = (
        MODEL.replace("CARGO", "miR-21-5p")
        .replace("donor-EV", "mir21")
        .replace("arms:", "protocol:\n  - at 0 h add 10 particles of mir21 to dish\narms:")
    )
    model = read(text)
    assert model.vesicles[0].name == "mir21"
    assert not [one for one in check(text) if one.severity == "error"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("mmu-miR-21a-5p", "mmu-miR-21a-5p"), ("let-7a", "let-7a"), ("MIRLET7B", "let-7b"), ("hsa-let-7b-5p", "let-7b-5p"),
        ("MIR199A1", "miR-199a-1"), ("miR-92a-1-5p", "miR-92a-1-5p"), ("miR-215", "miR-215"), ("tumour", None), ("miRNA", None), ("MIR155HG", None),
    ],
)  # fmt: skip
def test_arm_letter_copy_and_species_are_kept(word: str, name: str | None) -> None:
    assert mirna_name(word) == name


@pytest.mark.parametrize(
    ("name", "among", "meant"),
    [
        ("mmu-miR-21a-5p", ["PDCD4", "miR-21-5p"], "miR-21-5p"), ("let-7a", ["let-7a-5p"], "let-7a-5p"),
        ("let-7a-5p", ["let-7b-5p"], "let-7b-5p"), ("miR-21-3p", ["miR-21-5p"], "miR-21-5p"), ("miR-21-5p", ["miR-210-3p"], None),
        ("RANKL", ["TNFSF11"], "TNFSF11"), ("il-6", ["IL6"], "IL6"), ("IL6", ["IL6R"], None),
    ],
)  # fmt: skip
def test_what_may_be_meant(name: str, among: list[str], meant: str | None) -> None:
    assert related(name, among) == meant


@pytest.mark.parametrize(
    ("first", "other"),
    [("RANKL", "TNFSF11"), ("Il6", "IL6"), ("il-6", "IL6"), ("SDF-1", "CXCL12"), ("TGF-β1", "TGFB1")],
)
def test_two_names_of_one_gene_are_asked_about(first: str, other: str) -> None:
    """A secreted factor under one name, read under another."""
    substance = "{diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}"
    text = MODEL.replace("CARGO", "miR-21-5p").replace(
        "vesicles:", f"substances:\n  {first}: {substance}\n  {other}: {substance}\nvesicles:", 1
    )
    told = [one for one in check(text) if one.code == "spelling"]
    assert len(told) == 1
    assert first in (told[0].remedy or "")
    assert molecule_key(first) == molecule_key(other)
    assert molecule_key("IL6") != molecule_key("IL6R")


def test_claims_are_found_by_every_spelling() -> None:
    assert (
        known_molecules("MIMAT0000076")
        == known_molecules("miRNA-21-5p")
        == known_molecules("MIR21")
        == {"hsa-miR-21-5p"}
    )
    assert known_molecules("il6") == known_molecules("Il-6") == {"IL6"}
    assert known_molecules("SDF-1") == {"CXCL12"}


def test_a_dose_knows_the_cargo_by_every_spelling() -> None:
    assert {mature(one) for one in (*SAME, "miR-21-5p")} == {"miR-21-5p"}
    for spelling in ASKED:
        with pytest.raises(QuestionError, match="arm"):
            mature(spelling)


def test_the_names_of_the_tables_are_the_one_name() -> None:
    """A name that the library counts copies of is never read as another."""
    assert [(name, mirna_name(name)) for name in known("own copies") if mirna_name(name) != name] == []
