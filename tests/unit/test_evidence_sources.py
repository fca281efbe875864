"""Claims, references, classes of evidence, and the look-up of the parameter library."""

import csv
import inspect

import pytest

from vesicula.evidence import claims, classes, parameters, references
from vesicula.evidence.claims import claim, ledger, ledger_of
from vesicula.evidence.classes import EvidenceClass, classify
from vesicula.evidence.folder import library_folder
from vesicula.evidence.parameters import Entry, Key, ParameterLibrary
from vesicula.evidence.references import ReferencesError, library_references, parse_references, read_references

COUNTS = {"be": 131, "bm": 172, "mt": 193, "cr": 161, "sr": 194}


def test_all_claims_are_there():
    found = {prefix: sum(one.startswith(prefix) for one in ledger_of()) for prefix in COUNTS}
    assert found == COUNTS
    assert ledger_of()["be-080"] == "breast-exosome"


def test_a_claim_says_what_its_ledger_says():
    one = claim("bm-051")
    assert (one.kind, one.ledger, one.has_experiment) == ("mechanism", "bone-metastasis", True)
    assert "RANKL" in one.text
    assert one.text_zh
    assert set(ledger("bone-metastasis")) == {one for one in ledger_of() if one.startswith("bm-")}
    with pytest.raises(KeyError):
        claim("bm-999")


def test_identifiers_are_there():
    text = (library_folder() / "identifiers" / "gene_ids.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert {"symbol", "hgnc_id"} <= set(rows[0])


BIB = """\
@article{smith2020, author = {Smith, A. and {The Group}}, year = 2020, title = "Of {EVs}", journal = {J},
  doi = {10.1/x}, read = {abstract}}
@misc{memory, title = {From memory}}
"""


def test_references():
    found = parse_references(BIB, "x.bib")
    assert found["smith2020"].text() == "Smith, A. and The Group. 2020. Of EVs. J. doi:10.1/x"
    assert found["smith2020"].opened
    assert not found["memory"].opened
    assert library_references()["chevillet2014"].read == "abstract"


@pytest.mark.parametrize(
    "text",
    ["@article{a, title = {x", "@misc{a, title={x}}\n@misc{a, title={y}}", "@misc{a, read = {perhaps}}"],
)
def test_references_that_cannot_be_read(text):
    with pytest.raises(ReferencesError, match=r"x\.bib:\d"):
        parse_references(text, "x.bib")


def test_no_file_holds_no_references(tmp_path):
    assert dict(read_references(tmp_path / "none.bib")) == {}


@pytest.mark.parametrize(
    ("sources", "stated", "same", "expected"),
    [
        ((), None, True, "assumed"),
        (("assumed",), None, True, "assumed"),
        (("bm-051",), None, True, "assumed"),
        (("smith2020",), None, True, "measured here"),
        (("smith2020",), None, False, "borrowed"),
        (("smith2020", "bm-051"), None, True, "measured here"),
        (("smith2020",), "derived", True, "derived"),
        (("smith2020",), "measured here", False, "borrowed"),
        (("memory",), None, True, "assumed"),
        (("smith2020", "memory"), "derived", True, "assumed"),
        (("nobody",), None, True, "assumed"),
        (("smith2020", "assumed"), None, True, "assumed"),
        (("derived",), None, True, "derived"),
        (("fitted", "smith2020"), None, True, "fitted"),
    ],
)
def test_classes(sources, stated, same, expected):
    found = classify(
        sources,
        parse_references(BIB, "x.bib"),
        stated=EvidenceClass(stated) if stated else None,
        same_context=same,
    )
    assert found == EvidenceClass(expected)


def library(*keys):
    one = ParameterLibrary()
    for number, key in enumerate(keys):
        one.add(Entry(key, number))
    return one


def test_the_narrowest_entry_wins():
    one = library(
        Key("clears", "EV"),
        Key("clears", "EV", cell="macrophage"),
        Key("clears", "tumour-EV"),
        Key("clears", "EV", species="mouse"),
        Key("clears", "EV", species="human"),
    )
    assert one.find("clears", ("EV",)).entry.value == 0
    assert one.find("clears", ("EV",), species="human").entry.value == 4
    assert one.find("clears", ("EV",), cells=("macrophage",), species="human").entry.value == 1
    assert one.find("clears", ("tumour-EV", "EV"), cells=("macrophage",)).entry.value == 2
    assert one.find("clears", ("EV",), cells=("x", "macrophage")).entry.value == 1
    assert one.find("clears", ("other",)).entry is None
    assert one.find("half-life", ("EV",)).entry is None


def test_context_of_what_was_found():
    one = library(Key("a", "X", species="mouse"), Key("b", "EV"), Key("c", "X", condition="in gel"))
    assert not one.find("a", ("X",), species="human").same_context
    assert one.find("a", ("X",), species="mouse").same_context
    assert not one.find("b", ("tumour-EV", "EV")).same_context
    assert one.find("c", ("X",)).entry is None
    assert one.find("c", ("X",), condition="in gel").entry is not None


def test_ties_and_conflicts():
    one = library(Key("a", "X", species="mouse"), Key("a", "X", species="rat"), Key("a", "X", species="rat"))
    assert [entry.value for entry in one.find("a", ("X",), species="human").equal] == [0, 1]
    assert [(first.value, second.value) for first, second in one.conflicts] == [(1, 2)]
    assert Key("a", "X", cell="c", species="rat").text() == "a|X|c|rat"


def test_every_public_function_is_documented():
    for module in (claims, classes, parameters, references):
        for name, one in vars(module).items():
            if inspect.isfunction(one) and one.__module__ == module.__name__ and not name.startswith("_"):
                assert one.__doc__, name
