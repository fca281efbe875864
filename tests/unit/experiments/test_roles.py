"""Roles of claims follow from texts alone, and are kept as they follow."""

import ast
import re
from pathlib import Path

import pytest

import vesicula.experiments.verdicts as house
from vesicula.experiments.verdicts.asked import files_of, said_by
from vesicula.experiments.verdicts.roles import Role, computed_roles, read_roles, roles, roles_text, with_remarks
from vesicula.language import read

HOUSE = Path(house.__file__).parent
RESULTS = ("trials", "judging", "board", "scoreboard", "stored", "verifying", "running", "expectations")

TEXT = """\
vesicula: 1
model: said
labware:
  well: {plate: 96-well plate}
substances:
  PTHLH: {}
  TNFSF11: {}
cells:
  osteoblast:
    rules:
      - PTHLH raises TNFSF11 secretion to 5x, half-max 1 nM, hill 1 @bm-051
start:
  - 1000 osteoblast in well
arms:
  untreated: []
  PTHrP:
    - at 0 h add 1 nM PTHLH
measure:
  RANKL: concentration of TNFSF11 in well in pM
  PTHrP: concentration of PTHLH in well in pM
run: {for: 24 h}
experiments:
  bm-051: {baseline: untreated, perturbation: PTHrP, measure: RANKL}
"""


def said(text: str) -> list[str]:
    model = read(text)
    return [one.text for one in said_by(model, model.experiments[0])]


def test_a_sentence_that_cites_the_claim_and_joins_arm_and_measure_is_construction():
    assert said(TEXT) == ["PTHLH raises TNFSF11 secretion to 5x, half-max 1 nM, hill 1 @bm-051"]
    assert said(TEXT.replace("@bm-051\n", "@bm-053\n")) == []


def test_a_step_on_what_is_measured_is_construction():
    assert said(TEXT.replace("measure: RANKL}", "measure: PTHrP}")) == ["at 0 h add 1 nM PTHLH"]


@pytest.mark.parametrize("name", ["bone-metastasis", "breast-exosome"])
def test_the_kept_roles_are_those_that_follow_from_the_texts(name: str, monkeypatch: pytest.MonkeyPatch):
    def looked(*_: object, **__: object) -> None:
        raise AssertionError("a role looked at a result")

    for place in ("running.measured", "verdicts.stored.stored", "verdicts.trials.run_file", "verdicts.judging.judge"):
        monkeypatch.setattr(f"vesicula.experiments.{place}", looked)
    monkeypatch.setattr("vesicula.evidence.expectations.expectation", looked)
    found, kept = computed_roles(name), roles(name)
    assert {key: (one.role, one.file) for key, one in kept.items()} == {
        key: (one.role, one.file) for key, one in found.items()
    }, "run `vesicula verify --roles`"
    assert {key: words(one.says) for key, one in kept.items()} == {key: words(one.says) for key, one in found.items()}
    assert {one.file for one in kept.values() if one.file} <= {path.stem for path in files_of(name)}


def words(sentence: str) -> str:
    """A sentence without its numbers, ranges and sources, which are no part of a role."""
    return re.sub(r"\s*\([^()]*\)|\s*@\S+|[\d.]+(e-?\d+)?", "", sentence)


def test_nothing_that_roles_rest_on_can_read_a_result():
    for module in ("roles", "asked", "wiring"):
        tree = ast.parse((HOUSE / f"{module}.py").read_text(encoding="utf-8"))
        names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        assert not [name for name in names if name.split(".")[-1] in RESULTS], module


def test_roles_are_written_and_read_back_with_what_was_said_by_hand(tmp_path: Path):
    before = {"bm-051": Role("construction", "a", 'PTHLH: "raises" ü', "the arm was renamed"), "bm-052": Role("test")}
    file = tmp_path / "roles.yaml"
    file.write_text(roles_text(before), encoding="utf-8")
    assert read_roles(file) == before
    again = with_remarks({"bm-051": Role("test", "b"), "bm-060": Role("test", "c")}, before)
    assert again == {"bm-051": Role("test", "b", revised="the arm was renamed"), "bm-060": Role("test", "c")}
