"""Which law the rules of a model have: the word in its text, its way to the engine, and what parts may say of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vesicula import ModelError
from vesicula.compiler import compile_model
from vesicula.language import check, read, write
from vesicula.language.checking.examine import prepare

MODEL = """\
vesicula: 1
model: two-signals
{law}run: {{for: 1 h}}
sites:
  pond: {{kind: tissue, size: [100 um, 100 um], depth: 20 um, voxel: 10 um}}
substances:
  A: {{diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.5..5 @assumed), start: 1 nM (0.1..10 @assumed)}}
  B: {{diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.5..5 @assumed), start: 1 nM (0.1..10 @assumed)}}
cells:
  c:
    diameter: 15 um (10..20 @assumed)
    moves: {{speed: 0.01 um/min (0.001..0.1 @assumed), persistence: 10 min (1..100 @assumed)}}
    rules:
      - A raises migration speed to {a} (1.5..1e6 @assumed), half-max 1 nM (0.1..10 @assumed)
      - B raises migration speed to 2x {b}, half-max 1 nM (0.1..10 @assumed)
start:
  - 1 c in pond
"""


def text(law: str = "", a: str = "3x", b: str = "(1.2..10 @assumed)") -> str:
    return MODEL.format(law=f"rules: {law}\n" if law else "", a=a, b=b)


def codes(words: str) -> list[tuple[str, str]]:
    return [(one.code, one.remedy) for one in check(words) if one.severity == "error"]


@pytest.mark.parametrize(("law", "averaged"), [("", 0), ("multiplied", 0), ("averaged", 1)])
def test_the_word_of_a_model_reaches_the_engine(law: str, averaged: int) -> None:
    compiled = compile_model(prepare(text(law)))
    assert compiled.system.sites[0].behaviours.rule_averaged == averaged
    assert (f"rules: {law}" in write(read(text(law)))) == bool(law)


def test_another_word_is_refused() -> None:
    assert [code for code, _ in codes(text("avreaged"))] == ["not-a-choice"]


def test_a_part_that_averages_leaves_it_to_the_model(tmp_path: Path) -> None:
    part = re.sub("(?s)run:.*?cells", "cells", text("averaged").replace("model: two-signals", "part: ./old.yaml"))
    (tmp_path / "old.yaml").write_text(part.partition("start:")[0], encoding="utf-8")
    file = tmp_path / "model.yaml"
    file.write_text(text().replace("run:", "use: [./old.yaml]\nrun:"), encoding="utf-8")
    with pytest.raises(ModelError) as refused:
        prepare(file)
    assert [one.code for one in refused.value.diagnostics if one.severity == "error"] == ["two-values"]
    file.write_text(text("multiplied").replace("run:", "use: [./old.yaml]\nrun:"), encoding="utf-8")
    assert prepare(file).rules == "multiplied"


@pytest.mark.parametrize(("law", "refused"), [("", True), ("averaged", False)])
def test_what_rules_reach_together_is_what_a_grid_has_to_follow(law: str, *, refused: bool) -> None:
    """0.01 um/min to 60,000x, and twice as fast with both; a cell of 15 um can do 825 um/min."""
    words = text(law, a="60000x")
    if refused:
        with pytest.raises(ModelError, match="faster than cells crawl"):
            compile_model(prepare(words))
    else:
        compile_model(prepare(words))


@pytest.mark.parametrize(("said", "meant"), [("(0.5..10 @assumed)", "1.11..10"), ("(0.5..3 @assumed)", "1.5..3")])
def test_a_range_that_turns_a_rule_round_is_told_where_to_end(said: str, meant: str) -> None:
    assert codes(text(b=said)) == [("limit", f"end the range on this side of 1, for example `({meant})`")]


def test_a_limit_in_percent_is_a_multiple() -> None:
    def lowered(to: str) -> list[str]:
        return [
            code
            for code, _ in codes(
                text().replace("raises migration speed to 2x (1.2..10", f"lowers migration speed to {to}")
            )
        ]

    assert lowered("20 % (5..60") == []
    assert lowered("20 % (5..600") == ["limit"]
    assert lowered("200 % (120..600") == ["limit"]


@pytest.mark.parametrize(("said", "narrow"), [("(1.11..10 @assumed)", False), ("(1.5..3 @assumed)", True)])
def test_a_range_is_as_wide_as_what_the_rule_adds_is_unknown(said: str, *, narrow: bool) -> None:
    """1.11..10 is a factor 82 of fold − 1, though not of the multiple; 1.5..3 a factor 4."""
    found = [one.message for one in check(text(b=said)) if one.code == "narrow-range"]
    assert len(found) == narrow
    assert all("a factor 4 of what the rule adds" in one for one in found)
