"""Condition maps of opposing claims: where each holds, what is said of mistakes, and the picture."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from vesicula.cli import exits, main
from vesicula.evidence.claims import document, ledger_of
from vesicula.experiments.verdicts import conflicts
from vesicula.experiments.verdicts.conflicts import (
    ConflictError,
    Held,
    conflict_maps,
    holds,
    map_summary,
    model_text,
    read_conflict,
)
from vesicula.experiments.verdicts.map_picture import picture
from vesicula.language import check

TINY = """
topic: X raises UP against X raises OTHER
claims:
  bm-040:
    says: UP rises with X
    measure: UP
    moves: rises
    without: []
    does:
      - at 0 h hold X at 10 nM
  bm-052:
    says: OTHER rises with X
    measure: OTHER
    moves: rises
    without: []
    does:
      - at 0 h hold X at 10 nM
axes:
  UP:
    free: []
    clamped:
      - clamp UP in responder at 0.5
  OTHER:
    left alone: []
    held:
      - clamp OTHER in responder at 0.5
model: |
  vesicula: 1
  model: tiny
  species: human
  labware:
    dish:
      plate: 96-well plate
      sample: 4 cells
  substances:
    X: {diffuses: 40 um^2/s (4..400 @assumed), half-life: 8 h (1..64 @assumed)}
  cells:
    responder:
      diameter: 12 um (5..50 @assumed)
      inside:
        - X activates UP, half-max 100 pM (30..300 @assumed)
        - X activates OTHER, half-max 100 pM (30..300 @assumed)
  start:
    - 1000 responder in dish
  measure:
    UP: UP in responder
    OTHER: OTHER in responder
  run:
    for: 12 h
    record: every 6 h
    step: 60 min
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY, encoding="utf-8")
    return file


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_both_one_and_neither_are_found_where_they_are(tiny: Path, tmp_path: Path):
    mapped = conflicts.run_conflict(read_conflict(tiny), draws=2, cache=tmp_path / "kept")
    found = [[holds(held) for held in row] for row in mapped.cells]
    assert found == [[(True, True), (False, True)], [(True, False), (False, False)]]
    assert map_summary(mapped) == (
        "Of 4 conditions both hold in 1, only bm-040 holds in 1, only bm-052 holds in 1, neither holds in 1."
    )
    again = conflicts.run_conflict(read_conflict(tiny), draws=2, cache=tmp_path / "kept")
    assert again.kept
    assert repr(again.cells) == repr(mapped.cells)


def test_the_picture_shows_every_condition(tiny: Path, tmp_path: Path):
    mapped = conflicts.run_conflict(read_conflict(tiny), draws=1, cache=tmp_path / "kept")
    root = ET.fromstring(picture(mapped))
    words = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    for level in ("free", "clamped", "left alone", "held", "UP", "OTHER"):
        assert level in words
    assert sum(word.startswith("bm-040: ") and "%" in word for word in words) == 4


def test_the_command_writes_the_picture_and_says_what_it_shows(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    assert outcome("conflict", str(tiny), "--draws", "1") == exits.OK
    shown = capfd.readouterr().out
    assert "AB" in shown
    assert "both hold in 1" in shown
    assert (tmp_path / "tiny.svg").is_file()
    assert outcome("conflict", str(tiny), "--draws", "1", "--json") == exits.OK
    cells = json.loads(capfd.readouterr().out)["cells"]
    assert cells[0][1]["holds"] == [False, True]


def test_four_of_five_draws_are_enough_and_three_are_not():
    assert holds(Held((0.8, 0.6), (5, 5), (0.1, 0.1))) == (True, False)


@pytest.mark.parametrize("name", conflict_maps())
def test_maps_of_the_library_are_models_without_mistakes(name: str):
    one = conflict_maps()[name]
    assert [found.text() for found in check(model_text(one)) if found.severity == "error"] == []
    assert set(one.claims) <= set(ledger_of())
    topics = [topic for ledger in ("bone-metastasis",) for topic in document(ledger).contradictions]
    assert any(set(one.claims) <= set(topic.claims) for topic in topics)


def test_every_arm_of_a_map_is_another_one():
    for one in conflict_maps().values():
        arms = list(conflicts._arms(one))
        assert len({name for name, _ in arms}) == len(arms)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  bm-052:", "  bm-999:", "no claim is called bm-999"),
        ("moves: rises", "moves: up", "one of rises, falls, stays"),
        ("axes:", "sides:", "lacks the entry 'axes'"),
        ("    without: []", "    without: at 0 h", "is not a list of steps"),
        ("measure: OTHER", "measure: THIRD", "no measure is called THIRD"),
        ("    moves: rises", "    at least: much\n    moves: rises", "write a share"),
        ("topic:", "topic: [", "not valid YAML"),
    ],
)
def test_mistakes_in_a_map_are_told(tiny: Path, old: str, new: str, said: str, capfd: pytest.CaptureFixture[str]):
    tiny.write_text(TINY.replace(old, new), encoding="utf-8")
    assert outcome("conflict", str(tiny)) == exits.OTHER
    assert said in capfd.readouterr().err


def test_a_stated_limit_gives_way_to_that_of_an_assay(tiny: Path):
    text = TINY.replace("UP: UP in responder", "UP: qPCR of UP in responder at 12 h")
    tiny.write_text(text.replace("    says: UP", "    at least: 5 %\n    says: UP"), encoding="utf-8")
    with pytest.raises(ConflictError, match="qPCR"):
        conflicts.run_conflict(read_conflict(tiny), draws=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bm-041",), "sign depends on source and target"),
        (("bm-039", "bm-052"), "no map of bm-039 and bm-052"),
        (("interleukins-in-bon",), "did you mean interleukins-in-bone?"),
        (("bm-999",), "bm-001 to bm-172"),
        (("nowhere.yaml",), "cannot be read"),
    ],
)
def test_unknown_maps_are_told(words: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]):
    assert outcome("conflict", *words) == exits.OTHER
    assert said in capfd.readouterr().err
