"""Many doses at once: a row is what `dose` says of it, what is unsaid stays unsaid, and what decides across rows."""

import re
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest

from vesicula import dose
from vesicula.cli.guard import guarded
from vesicula.evidence.claims import claim
from vesicula.evidence.references import library_references
from vesicula.evidence.vocabulary import vocabulary
from vesicula.experiments import QuestionError
from vesicula.experiments.loading.cargo import cargo_of
from vesicula.experiments.loading.recipient import from_library, recipient
from vesicula.experiments.loading.studies import (
    LIBRARY,
    NEEDED,
    NUMBERS,
    Studies,
    answer_studies,
    gaps_picture,
    read_studies,
)

TABLE = """study,dose,particles per ug,cells,volume,hours,cargo,copies,recipient,fold
counted,1e10,,2e5,0.5 mL,24,miR-105-5p,0.02,endothelium,
by mass,10 ug,2e9,1e5,1 mL,48,miR-21-5p,,fibroblast,
strong,1e10,,2e5,0.5 mL,24,miR-105-5p,0.02,endothelium,3
unsaid,,,,0.5 mL,,miR-21-5p,,fibroblast,
impossible,1e10,,2e5,0.5 mL,24,miR-105,,endothelium,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "studies.csv"
    place.write_text(TABLE)
    return place


def test_a_row_is_what_dose_says_of_it(file):
    done = answer_studies(read_studies(file), draws=64)
    counted, by_mass, strong, unsaid, impossible = done.rows
    assert counted.answer == dose(1e10, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium", copies=0.02, draws=64)
    assert by_mass.answer == dose("10 ug", 1e5, "1 mL", 48, "miR-21-5p", "fibroblast", per_ug=2e9, draws=64)
    assert strong.answer is not None
    assert strong.answer.needed.value.median > 1.5 * counted.answer.needed.value.median
    assert unsaid.answer is None
    assert unsaid.why == "does not say: dose, cells, hours"
    assert "names no arm of its hairpin" in impossible.why
    assert [row.study.cells["study"] for row in done.answered][-1] in {"counted", "by mass"}


def test_what_decides_is_a_mean_over_the_answered_rows(file):
    done = answer_studies(read_studies(file), draws=64)
    answers = [row.answer for row in done.rows if row.answer is not None]
    assert len(answers) == 3
    for one in done.deciding:
        shares = [u.share for answer in answers for u in answer.unknowns if u.name == one.name]
        assert one.share == pytest.approx(sum(shares) / 3)
        assert one.rows == len(shares)
    assert [one.share for one in done.deciding] == sorted((one.share for one in done.deciding), reverse=True)


def test_the_order_of_rows_changes_no_answer(file, tmp_path):
    head, *rows = TABLE.splitlines()
    (tmp_path / "other.csv").write_text("\n".join([head, *rows[::-1]]))
    first = answer_studies(read_studies(file), draws=32)
    other = answer_studies(read_studies(tmp_path / "other.csv"), draws=32)
    assert [row.answer for row in first.rows] == [row.answer for row in other.rows][::-1]
    assert first.deciding == other.deciding


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study,doses\na,1e10\n", "did you mean dose"),
        ("study,cells\na,many\n", "csv:2: `many` is no number"),
        ("study,dose\n", "holds no study"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(tmp_path, text, said):
    (tmp_path / "other.csv").write_text(text)
    with pytest.raises(QuestionError) as told:
        read_studies(tmp_path / "other.csv")
    assert said in f"{told.value.message} {told.value.remedy}"


def test_a_fold_that_is_no_fall_is_refused():
    with pytest.raises(QuestionError, match="a fold of 1 is none"):
        dose(1e10, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium", fold=1.0)


@pytest.mark.usefixtures("file")
def test_the_command_writes_all_gaps(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert guarded(["dose", "--table", "studies.csv"]) == 0
    told = capfd.readouterr().out
    assert "What decides across them" in told
    assert "does not say: dose, cells, hours: unsaid" in told
    table = pd.read_parquet("studies-doses.parquet")
    assert set(table["study"]) == {"counted", "by mass", "strong"}
    assert {"offered", "loaded", "needed", "missing"} <= set(table["stage"])
    assert "needed over loaded" in Path("studies-gaps.svg").read_text()
    assert guarded(["dose", "--table", "studies.csv", "--cells", "2e5"]) == 64
    assert guarded(["dose", "--table", "studies.csv", "--added", "50uL"]) == 64
    assert guarded(["dose", "--table", "studies.csv", "--out", "studies.csv"]) == 64
    one = ["dose", "--particles", "1e10", "--cells", "2e5", "--volume", "0.5mL", "--hours", "24"]
    assert guarded([*one, "--cargo", "miR-105-5p", "--in", "endothelium", "--plot", "gaps.svg"]) == 64
    assert guarded([*one, "--cargo", "miR-105-5p", "--in", "endothelium", "--usual"]) == 64
    assert guarded(["dose", "--cells", "2e5"]) == 64
    assert "--volume, --hours, --cargo, --in" in capfd.readouterr().err


def test_the_picture_is_the_same_again(file):
    done = answer_studies(read_studies(file), draws=32)
    assert gaps_picture(done) == gaps_picture(done)
    assert gaps_picture(done, "png").startswith(b"\x89PNG")


def test_rows_of_one_study_that_ask_the_same_are_one_experiment(tmp_path):
    head, *rows = TABLE.splitlines()
    twice = [f"{head},claim", f"{rows[0]},a-1", f"{rows[0]},a-2", f"{rows[1]},b-1"]
    (tmp_path / "twice.csv").write_text("\n".join(twice))
    done = answer_studies(read_studies(tmp_path / "twice.csv"), draws=32)
    assert len(done.answered) == 3
    assert len(done.experiments) == 2
    assert {one.name for one in done.experiments} == {"counted, a-1, a-2", "by mass, b-1"}
    assert {one.rows for one in done.deciding} <= {1, 2}


def test_a_usual_dish_stands_in_only_where_it_is_asked_for_and_is_said(file):
    said = {row.study.name: row for row in answer_studies(read_studies(file), draws=64).rows}
    usual = {row.study.name: row for row in answer_studies(read_studies(file), draws=64, usual=True).rows}
    assert said["unsaid"].answer is None
    assert usual["unsaid"].usual == ("dose", "cells", "hours")
    assert usual["counted"] == said["counted"]
    assert usual["impossible"].answer is None
    answer = usual["unsaid"].answer
    assert answer is not None
    dish = {key: from_library(key, "dish").number for key in ("usual cells", "usual hours")}
    assert answer.cells == pytest.approx(dish["usual cells"] * 0.5)
    assert answer.hours == dish["usual hours"]
    offered = answer.stage("offered").value
    assert offered.low < offered.median < offered.high
    assert [one.as_said for one in Studies((usual["unsaid"], usual["counted"])).experiments].count(False) == 1


STUDIES = read_studies(LIBRARY)


def test_the_librarys_table_holds_claims_of_vesicles_and_no_number_without_an_opened_source():
    assert len(STUDIES) > 100
    for one in STUDIES:
        if one.cells["claim"]:
            said = claim(one.cells["claim"])
            assert vocabulary().carriers[said.carrier], one.name
            assert one.cells["cargo"] in {cargo.name for cargo in said.cargo}
        else:
            assert one.cells["source"], one.name
        if any(one.cells[key] for key in (*NUMBERS, *NEEDED) if key not in ("cargo", "recipient")):
            assert one.cells["source"], one.name
        if one.cells["source"]:
            assert library_references()[one.cells["source"]].read not in (None, "no"), one.name
            assert one.cells["opened"], one.name
            assert one.cells["where"], one.name


NO_MOLECULE = {"DNA", "RNA", "ncRNA", "nucleic_acid", "lipid_raft", "metabolite", "saturated_fatty_acid"}


@pytest.mark.parametrize("one", STUDIES, ids=lambda one: f"line {one.line}")
def test_every_row_of_the_library_names_a_cargo_and_a_cell_or_is_left_out_for_what_it_is(one):
    tissue, nothing = one.cells["recipient"].endswith("tissue"), one.cells["cargo"] in NO_MOLECULE
    with pytest.raises(QuestionError) if nothing else nullcontext():
        cargo_of(one.cells["cargo"], one.cells["kind"] or None)
    with pytest.raises(QuestionError) if tissue else nullcontext():
        recipient(one.cells["recipient"])


def test_what_the_page_counts_in_the_librarys_table_is_what_is_in_it():
    page = Path(__file__).parents[3].joinpath("docs/how-to.md").read_text(encoding="utf-8")
    words = re.search(
        r"It has (\d+) rows;\s+(\d+) of them cite one of (\d+) studies[^;]*;\s+(\d+)\s+say hours and (\d+)\s+a\s+dose",
        " ".join(page.split()),
    )
    assert words is not None
    cited = [one for one in STUDIES if one.cells["source"]]
    assert [int(one) for one in words.groups()] == [
        len(STUDIES), len(cited), len({one.cells["source"] for one in cited}),
        sum(bool(one.cells["hours"]) for one in STUDIES), sum(bool(one.cells["dose"]) for one in STUDIES),
    ]  # fmt: skip
