"""`vesicula claims`, and what `vesicula explain` says of claims, as a person and a script read it."""

import json
import shutil
from pathlib import Path

import pytest

from vesicula.cli import claims as command
from vesicula.cli import columns, exits, main
from vesicula.evidence.folder import library_folder


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]):
    def run(*words: str, code: int = exits.OK) -> str:
        assert outcome(*words) == code
        return capfd.readouterr().out

    return run


def test_all_claims_are_listed_one_on_a_line(told):
    lines = told("claims").splitlines()
    assert len(lines) == 851
    assert lines[0].split()[0] == "bm-001"
    assert max(map(len, lines)) < 130


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        (("--cell", "macrophage", "--model", "bone-metastasis"), None, 0),
        (("--molecule", "RANKL", "--kind", "mechanism"), "bm-018", 10),
        (("--kind", "quantity"), "bm-009", 19),
        (("--text", "close self-amplifying", "--limit", "2"), "bm-060", 1),
        (("--model", "msc-tumour", "--limit", "3"), "mt-001", 3),
    ],
)
def test_filters_narrow_the_list(told, words: tuple[str, ...], first: str | None, count: int):
    lines = told("claims", *words).splitlines()
    assert len(lines) == count
    assert first is None or lines[0].startswith(first)


def test_a_limit_says_how_many_more(capfd: pytest.CaptureFixture[str]):
    assert outcome("claims", "--kind", "quantity", "--limit", "4") == exits.OK
    shown = capfd.readouterr()
    assert len(shown.out.splitlines()) == 4
    assert "15 more; --limit 0 shows all 19" in shown.err


def test_a_list_is_json_for_scripts(told):
    found = json.loads(told("claims", "--molecule", "RANKL", "--json"))
    assert found["count"] == len(found["claims"]) == 12
    assert set(found["claims"][0]) == {"id", "ledger", "kind", "text"}


def test_one_claim_is_shown_with_all_that_is_known(told):
    shown = told("claims", "bm-051")
    for words in (
        "run as an experiment", "Tumour-derived PTHrP", "place        section 2.3 imbalance",
        "lines 102 to 104", "references 15, 16, 17",
        "breast_cancer_cell (bone_lesion)", "PTHLH (printed PTHrP)", "PTHLH -> TNFSF11 in osteoblast", "bm-060",
        "expression:TNFSF11@osteoblast", "vicious cycle", "PTH1R raises TNFSF11 secretion",
        "library/parts/cells/osteoblast.yaml:", "in the library: carried",
    ):  # fmt: skip
        assert words in shown
    assert "increase" not in shown


def test_a_claim_speaks_chinese(told):
    assert "成骨细胞" in told("claims", "bm-051", "--lang", "zh")
    assert "成骨细胞" in told("claims", "--text", "PTHrP RANKL", "--lang", "zh")


def test_a_doubted_claim_shows_both_readings(told):
    shown = told("claims", "cr-071")
    assert "as printed    AD-MSC exosomes lower IL-10" in shown
    assert "as corrected  AD-MSC exosomes raise IL-10" in shown
    assert "doubts" in shown
    assert "as printed" not in told("claims", "bm-051")


def test_a_definition_says_whether_it_holds(told):
    shown = told("claims", "bm-049")
    assert "checked in the structure of a model, never run" in shown
    assert "RANKL, its decoy OPG and RANK are there" in shown
    assert "in bone-metastasis  holds" in shown


def test_a_claim_left_out_shows_the_reason(told):
    shown = told("claims", "bm-018")
    assert "left out with a reason" in shown
    assert "the whole cycle in one sentence" in shown


def test_a_study_says_whether_it_was_seen(told):
    assert "not seen" in told("claims", "cr-071")
    assert "its abstract was seen" in told("claims", "be-082")


def test_one_claim_as_json_holds_its_fields_and_carriers(told):
    shown = json.loads(told("claims", "bm-051", "--json"))
    assert shown["chain"][1] == {
        "source": "PTHLH", "sign": "+", "target": "TNFSF11", "where": "osteoblast", "added": False,
    }  # fmt: skip
    assert shown["standing"] == "carried"
    assert {"edge", "rule"} <= {one["kind"] for one in shown["carried_by"]}
    assert set(shown["experiment"]) == {"baseline", "perturbation", "readout", "measure", "basis"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("bm-999",), exits.OTHER, "bone-metastasis has bm-001 to bm-172"),
        (("osteoblast",), exits.OTHER, "ids are like bm-051"),
        (("--cell", "macrophge"), exits.OTHER, "did you mean macrophage?"),
        (("--molecule", "TNFSF1l1"), exits.OTHER, "did you mean"),
        (("--kind", "mechanisms"), exits.USAGE, "--kind takes mechanism"),
        (("--model", "bone"), exits.USAGE, "--model takes bone-metastasis"),
        (("--lang", "de"), exits.USAGE, "--lang takes en or zh"),
        (("bm-051", "--lang", "de"), exits.USAGE, "--lang takes en or zh"),
        (("--limit", "-1"), exits.USAGE, "limit"),
    ],
)
def test_a_mistake_is_told_with_a_remedy(
    words: tuple[str, ...], code: int, message: str, capfd: pytest.CaptureFixture[str]
):
    assert outcome("claims", *words) == code
    shown = capfd.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_nothing_found_is_said(capfd: pytest.CaptureFixture[str]):
    assert outcome("claims", "--text", "unicorn") == exits.OK
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "leave a filter out" in shown.err


def test_holes_are_listed_with_chain_and_reason(capfd: pytest.CaptureFixture[str]):
    assert outcome("claims", "--holes", "--model", "bone-metastasis") == exits.OK
    shown = capfd.readouterr()
    assert "bm-018" in shown.out
    assert "(the whole cycle in one sentence" in shown.out
    assert "\nbm-051" not in shown.out
    assert "bone-metastasis: 110 mechanisms and interventions: " in shown.err
    found = json.loads(
        _json(capfd, "claims", "--holes", "--model", "bone-metastasis", "--cell", "osteoblast", "--json")
    )
    assert found["claims"]
    assert all(one["chain"] for one in found["claims"])


def _json(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    assert outcome(*words) == exits.OK
    return capfd.readouterr().out


def test_a_terminal_gets_a_table_and_the_first_forty(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(columns, "on_terminal", lambda: True)
    monkeypatch.setattr(command, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    assert outcome("claims") == exits.OK
    shown = capfd.readouterr()
    assert shown.out.split()[:3] == ["claim", "kind", "statement"]
    assert sum(line.startswith("bm-") for line in shown.out.splitlines()) == 40
    assert max(map(len, shown.out.splitlines())) <= 60
    assert "811 more" in shown.err
    assert outcome("claims", "cr-071") == exits.OK
    assert "as corrected" in capfd.readouterr().out


def test_experiments_that_name_a_claim_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "experiments" / "bone").mkdir(parents=True)
    (tmp_path / "experiments" / "bone" / "rankl.yaml").write_text("claims: [bm-051, bm-052]\n")
    (tmp_path / "experiments" / "bone" / "other.yaml").write_text("claims: [xbm-051, bm-0511]\n")
    shutil.copytree(library_folder() / "models", tmp_path / "models")
    monkeypatch.setattr("vesicula.evidence.folder.library_folder", lambda: tmp_path)
    assert command.experiment_files("bm-051") == ["bone/rankl.yaml"]


def test_explain_names_the_claims_of_every_sentence(told):
    shown = told("explain", "bone-metastasis")
    assert "PTHLH activates PTH1R  [bm-019, bm-051]" in shown
    assert "osteoclast as at rest  [bm-056]" in shown
    assert "off 0.42 /h @pivonka2008 @borrowed (0.04..4 @assumed)  [bm-049, bm-055]" in shown
    assert "bm-019: " not in shown.partition("\nValues")[0].partition("Rules, edges")[2]
    assert "mechanisms and interventions are carried" in shown
    assert "`vesicula explain bone-metastasis --holes` lists them" in shown
    assert "RANKL, its decoy OPG and RANK are there [bm-049]: holds" in shown


def test_explain_tells_what_claims_say_and_which_are_left_out(told):
    shown = told("explain", "bone-metastasis", "--claims", "--holes")
    rules = shown.partition("\nValues")[0]
    assert rules.count("bm-051: Tumour-derived PTHrP") == 1
    ending = shown.partition("\nClaims\n")[2]
    assert "bm-018: Tumour cells, osteoblasts" in ending
    assert "bm-051: " not in ending


def test_explain_as_json_counts_what_is_carried(told):
    shown = json.loads(told("explain", "bone-metastasis", "--json"))
    counts = shown["ledgers"]["bone-metastasis"]
    assert counts["to_carry"] == 110 == counts["carried"] + len(counts["not_carried"])
    assert {"be-013", "sr-050"} in [set(one["claims"]) for one in shown["definitions"]]


def test_explain_of_a_claim_that_is_not_carried_says_where_to_read_it(capfd: pytest.CaptureFixture[str]):
    assert outcome("explain", "bone-metastasis", "be-028") == exits.OTHER
    assert "vesicula claims be-028" in capfd.readouterr().err


def test_explain_of_a_model_without_claims_leaves_them_out(told):
    assert "\nClaims\n" not in told("explain", "starter")
