"""Copies of a miRNA put into cells: their words, their mistakes, their loss, and what vesicles carry after it."""

from __future__ import annotations

import pytest

import vesicula
from vesicula.experiments.running import measured
from vesicula.language import check, read, write
from vesicula.language.steps import Transfect

TEXT = """\
vesicula: 1
model: mimic
species: human
sites:
  dish: {kind: pool, volume: 0.1 uL}
  other: {kind: pool, volume: 0.1 uL}
vesicles:
  V:
    from: donor
    made: at the membrane
    diameter: 100 nm @assumed (30..300 @assumed)
    half-life: 1e6 h @assumed (1e5..1e7 @assumed)
    carries:
      miR-21-5p: {copies: 0.1 copies/EV @assumed (0.01..1 @assumed), half-life: 6 h @assumed (2..20 @assumed)}
cells:
  donor:
    diameter: 12 um @assumed (6..24 @assumed)
    clears EV: 0 pL/h
    releases: {V: 1e5 particles/h @assumed (1e4..1e6 @assumed)}
    own copies: {miR-21-5p: 1000 @assumed (100..1e4 @assumed)}
    rules:
      - miR-21-5p raises loading of miR-21-5p in V to 5x @assumed (1.5..50 @assumed), half-max 1e4 copies @assumed (1e3..1e5 @assumed), hill 1 @assumed (0.5..2 @assumed)
start:
  - 10 donor in dish
  - 10 donor in other
controls: none
arms:
  plain: []
  mimic:
    - at 0 h transfect donor with 1e6 copies of miR-21-5p
  mimic in the other:
    - at 0 h transfect donor in other with 1e6 copies of miR-21-5p
  vector:
    - overexpress miR-21-5p in donor x 10
  twice:
    - at 0 h transfect donor with 5e5 copies of miR-21-5p
    - at 0 h transfect donor with 5e5 copies of miR-21-5p
measure:
  copies: copies of miR-21-5p in donor
  load: copies of miR-21-5p per particle of V in dish
run: {for: 6 h, record: every 6 h, step: 6 min}
"""  # noqa: E501 (texts of models stand as their authors write them)


def test_its_words_are_read_and_written() -> None:
    model = read(TEXT)
    assert read(write(model)) == model
    whole, part = model.arms[1].steps[0], model.arms[2].steps[0]
    assert isinstance(whole, Transfect)
    assert isinstance(part, Transfect)
    assert (whole.cell, whole.region, whole.cargo, whole.copies.number) == ("donor", None, "miR-21-5p", 1e6)
    assert part.region == "other"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("transfect donor with 1e6 copies of miR-21-5p", "this happens at a time"),
        ("at 0 h transfect doner with 1e6 copies of miR-21-5p", "`doner` is not a cell of this model"),
        ("at 0 h transfect donor with 1e6 copies of miR-105-5p", "`miR-105-5p` is not cargo of this model"),
        ("at 0 h transfect donor in bath with 1e6 copies of miR-21-5p", "`bath` is not a region or site of this model"),
        ("at 0 h transfect donor with 1e15 copies of miR-21-5p", "1e+15 copies in a cell, which has some 1e5 miRNAs"),
    ],
)
def test_what_cannot_be_is_told(words: str, told: str) -> None:
    text = TEXT.replace("at 0 h transfect donor with 1e6 copies of miR-21-5p", words, 1)
    assert any(one.message.startswith(told) for one in check(text) if one.severity == "error")


def test_copies_are_lost_with_their_half_life_and_vesicles_follow_what_a_cell_has() -> None:
    found = measured(vesicula.load(TEXT))
    copies = {arm: float(found.of("copies", arm)[0]) for arm in found.description.arms}
    load = {arm: float(found.of("load", arm)[0]) for arm in found.description.arms}
    assert copies["plain"] == 1000.0
    assert copies["mimic"] == pytest.approx(1000.0 + 5e5, rel=0.01)
    assert copies["mimic in the other"] == pytest.approx(1000.0 + 2.5e5, rel=0.01)  # the mean of both places
    assert copies["twice"] == pytest.approx(copies["mimic"], rel=0.01)
    assert copies["vector"] == 1e4
    assert load["plain"] == pytest.approx(0.1 * (1 + 5 * 0.1) / 1.1, rel=0.02)
    assert load["mimic"] == pytest.approx(0.5, rel=0.02)
    assert load["mimic in the other"] == pytest.approx(load["plain"], rel=0.02)
    assert load["vector"] == pytest.approx(10 * 0.1 * (1 + 5) / 2, rel=0.02)  # what it carries, and the rule
