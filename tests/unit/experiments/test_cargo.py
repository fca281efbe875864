"""What a cargo is taken as from its name: said in words where it was inferred, asked where the name does not tell."""

import pytest

from vesicula import dose
from vesicula.experiments import QuestionError
from vesicula.experiments.loading.answers import cheapest_experiment
from vesicula.experiments.loading.cargo import KINDS, OTHER_NAMES, cargo_of
from vesicula.experiments.loading.recipient import from_library
from vesicula.experiments.loading.shares import Share
from vesicula.language.abundance import known


@pytest.mark.parametrize(
    ("said", "name", "kind"),
    [
        ("miR-21-5p", "miR-21-5p", "miRNA"), ("hsa-mir21-5P", "miR-21-5p", "miRNA"),
        ("let-7b-5p", "let-7b-5p", "miRNA"),
        ("PTEN", "PTEN", "protein"), ("Pten", "PTEN", "protein"), ("IL-6", "IL6", "protein"),
        ("CD81", "CD81", "membrane protein"), ("Cx46", "GJA3", "membrane protein"),
        ("EGFR", "EGFR", "membrane protein"),
        ("WNT5A", "WNT5A", "surface ligand"), ("PD-L1", "CD274", "surface ligand"),
        ("CD73", "NT5E", "surface enzyme"),
        ("PTEN mRNA", "PTEN", "mRNA"), ("mRNA of PTEN", "PTEN", "mRNA"),
        ("CD81 protein", "CD81", "membrane protein"),
        ("MALAT1", "MALAT1", "lncRNA"), ("LINC00152", "LINC00152", "lncRNA"), ("FOXD3-AS1", "FOXD3-AS1", "lncRNA"),
        ("HISLA", "HISLA", "lncRNA"), ("lncRNA-HEIH", "HEIH", "lncRNA"), ("RN7SL1", "RN7SL1", "lncRNA"),
        ("mtDNA", "mtDNA", "mtDNA"), ("MT-ND1", "MT-ND1", "mtDNA"),
        ("doxorubicin", "doxorubicin", "drug"), ("Paclitaxel", "Paclitaxel", "drug"),
        ("cisplatin", "cisplatin", "drug"),
    ],
)  # fmt: skip
def test_the_name_tells_the_kind(said, name, kind):
    found = cargo_of(said)
    assert (found.name, found.kind) == (name, kind)


def test_what_was_inferred_is_said_with_the_flag_that_says_otherwise():
    assert cargo_of("miR-21-5p").heard == ()
    for said in ("PTEN", "MALAT1", "doxorubicin", "CD73"):
        (heard,) = cargo_of(said).heard
        assert said in heard
        assert "--kind" in heard
    assert "NT5E" in cargo_of("CD73").heard[0]


@pytest.mark.parametrize("said", ["flurb", "DNA", "RNA", "lipid_raft", "metabolite"])
def test_a_name_that_does_not_tell_is_asked_about(said):
    with pytest.raises(QuestionError) as told:
        cargo_of(said)
    assert "--kind" in str(told.value.remedy)
    assert cargo_of(said, "protein").kind == "protein"


def test_what_is_said_stands_before_what_the_name_tells():
    assert cargo_of("PTEN", "mRNA").kind == "mRNA"
    assert cargo_of("CD81", "protein").heard == ()
    with pytest.raises(QuestionError, match="no kind of cargo"):
        cargo_of("PTEN", "protien")
    with pytest.raises(QuestionError, match="names no arm"):
        cargo_of("miR-105")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_as_a_whole_stands_for_one_in_general(kind):
    found = cargo_of(kind.replace(" ", "_"))
    assert found.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_from_the_library(kind):
    answer = dose(1e10, 2e5, "0.5 mL", 24, "miR-21-5p" if kind == "miRNA" else "PTEN", "fibroblast", kind=kind, draws=8)
    assert answer.kind == kind
    assert answer.needed.value.median > 0
    carried = from_library("carries", "nothing named", kind)
    assert carried.low is not None
    assert carried.high is not None
    assert carried.low < carried.number < carried.high


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_experiment_that_counts_its_copies(kind):
    stated = {"copies per EV": from_library("carries", "nothing named", kind)}
    found = cheapest_experiment((Share("copies per EV", 0.9, 0.8, 1.0),), stated, kind)
    assert found is not None


def test_other_names_are_of_genes():
    assert set(OTHER_NAMES.values()) <= set(known("mRNA"))
