"""Boards of calibrated draws and of draws of all ranges, kept apart; first verdicts; what was revised after them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.experiments.test_verify import APART, FIRST, RISES, SECOND, experiment

from vesicula.experiments.verdicts import scoreboard, stored
from vesicula.experiments.verdicts.board import Board, Row, Work, headline
from vesicula.experiments.verdicts.board_page import caution, page
from vesicula.experiments.verdicts.diagnoses import Diagnosis
from vesicula.experiments.verdicts.drawn import wording
from vesicula.experiments.verdicts.roles import Role, roles
from vesicula.experiments.verdicts.scoreboard import board
from vesicula.experiments.verdicts.trials import Trials, run_file
from vesicula.language import prepare

MODEL = "bone-metastasis"
CALIBRATED = "64 calibrated draws of bone-metastasis (0123456789ab)"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "stored_folder", lambda: tmp_path / "verdicts")
    unrevised = {key: replace(one, revised="") for key, one in roles(MODEL).items()}
    monkeypatch.setattr(scoreboard, "roles", lambda _: unrevised)
    stored.stored_of.cache_clear()
    yield tmp_path / "verdicts"
    stored.stored_of.cache_clear()


def run(folder: Path, *inside: str, ensemble: str = CALIBRATED) -> Trials:
    return replace(run_file(experiment(folder, *inside), draws=8, ablate=False), ensemble=ensemble)


def judged(one: Trials) -> Board:
    made = board(MODEL, [one])
    stored.store(made, [one])
    return made


def test_the_first_verdict_is_that_of_the_first_run_with_calibrated_draws(tmp_path: Path, kept: Path):
    prior = judged(run(tmp_path, FIRST, *APART, ensemble=""))
    assert prior.row(RISES).first is None
    first = judged(run(tmp_path, FIRST, SECOND)).row(RISES)
    version = scoreboard.version_of("vesicula")
    assert (first.outcome, first.first, first.last, first.revised) == ("holds", ("holds", version), "", "")
    now = judged(run(tmp_path, FIRST, *APART)).row(RISES)
    assert (now.outcome, now.first, now.last) == ("absent", first.first, "holds")
    assert now.first_held
    assert now.revised == "the text of its run was changed"
    again = judged(run(tmp_path, FIRST, *APART)).row(RISES)
    assert (again.first, again.last, again.revised) == (first.first, "absent", now.revised)
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.json")) == [
        f"{MODEL}.json",
        f"prior/{MODEL}.json",
    ]
    assert stored.stored_boards() == (MODEL,)
    assert stored.stored(MODEL).board.ensemble == CALIBRATED  # of the two the calibrated one counts


@pytest.mark.usefixtures("kept")
def test_both_kinds_of_draws_stand_side_by_side(tmp_path: Path):
    prior = judged(run(tmp_path, FIRST, *APART, ensemble=""))
    text = page(judged(run(tmp_path, FIRST, SECOND)), prior)
    row = text[text.index(f'id="{RISES}"') :]
    assert "all ranges: absent (seen in 0 %)" in row[: row.index("</tr>")]
    assert "values drawn from all their ranges" in text


def test_numbers_and_sources_are_no_revision_and_words_are(tmp_path: Path):
    def said(*inside: str) -> str:
        return wording(prepare(experiment(tmp_path, *inside)))

    assert said(FIRST, SECOND) == said(FIRST.replace("10 pM (1..100", "22 pM (2.5..90"), f"{SECOND} @be-014")
    assert said(FIRST, SECOND) != said(FIRST, f"not {SECOND}")
    assert said(FIRST, SECOND) != said(FIRST, SECOND, "MTOR starts at 1")


@pytest.mark.usefixtures("kept")
def test_what_was_written_by_hand_stands_on_the_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said = {RISES: Diagnosis("protocol", "too few cells", "absent", "0.0.1")}
    monkeypatch.setattr(scoreboard, "diagnoses", lambda _: said)
    monkeypatch.setattr(scoreboard, "roles", lambda _: {RISES: Role("test", "small", revised="the dose was wrong")})
    made = board(MODEL, [run(tmp_path, FIRST, *APART)])
    row = made.row(RISES)
    assert row.diagnosis == ("protocol", "too few cells", "0.0.1", "written of version 0.0.1")
    assert row.revised == "the dose was wrong"
    shown = page(made)
    assert "protocol (0.0.1): too few cells Stale: written of version 0.0.1." in shown
    assert "revised: the dose was wrong" in shown
    monkeypatch.setattr(scoreboard, "diagnoses", lambda _: {})
    assert "not diagnosed" in page(board(MODEL, [run(tmp_path, FIRST, *APART)]))


def test_the_headline_counts_test_claims_alone():
    rows = tuple(
        Row(f"x-{i}", kind, "", outcome, role=role, first=first)
        for i, (kind, outcome, role, first) in enumerate(
            [
                ("mechanism", "holds", "test", ("holds", "0.4.0")),
                ("mechanism", "holds if", "test", ("too weak", "0.4.0")),
                ("clinical", "holds", "test", ("holds", "0.4.0")),
                ("mechanism", "too weak", "test", ("holds if", "0.4.0")),
                ("mechanism", "no verdict", "test", None),
                ("mechanism", "holds", "construction", ("holds", "0.4.0")),
                ("mechanism", "absent", "construction", ("absent", "0.4.0")),
                ("definition", "in the model", "", None),
            ]
        )
    )
    made = Board("m", "0.4.0", "2026-01-01", False, rows, tuple(f"x-{i}" for i in range(7)), Work(1, 1, {}), CALIBRATED)
    c = made.counts()
    assert (c["tests"], c["holds"], c["holds_if"], c["at_first"], c["clinical"]) == (5, 2, 1, 3, 1)
    assert (c["construction"], c["construction_held"]) == (2, 1)
    assert headline(made) == (
        "m: 3 of 5 test claims hold (1 of them under a condition); 3 at first sight;"
        f" 1 of 2 claims that the model says itself do; {CALIBRATED}"
    )
    assert "1 too weak, 0 undecided" in caution(made)
    assert "1 no verdict" in caution(made)
