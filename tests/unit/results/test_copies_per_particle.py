"""Copies of a cargo in one vesicle, as a measure: its words, its mistakes, and what it reads."""

from __future__ import annotations

import math

import pytest

import vesicula
from vesicula.experiments.running import measured
from vesicula.experiments.verdicts.wiring import decided_by
from vesicula.language import check, prepare, read, write
from vesicula.language.influence import Influence

TEXT = """\
vesicula: 1
model: lysed
species: human
sites:
  dish: {kind: pool, volume: 1 uL}
  empty: {kind: pool, volume: 1 uL}
vesicles:
  A-EV:
    diameter: 100 nm @assumed (30..300 @assumed)
    half-life: 1e6 h @assumed (1e5..1e7 @assumed)
    carries:
      RNA: {copies: 3 copies/EV @assumed (0.3..30 @assumed), type: lncRNA}
      PIN: {copies: 50 copies/EV @assumed (5..500 @assumed), type: protein}
  B-EV:
    diameter: 100 nm @assumed (30..300 @assumed)
    half-life: 1e6 h @assumed (1e5..1e7 @assumed)
    carries:
      RNA: {copies: 7 copies/EV @assumed (0.7..70 @assumed), type: lncRNA}
protocol:
  - at 0 h add 3e5 particles of A-EV to dish
  - at 0 h add 1e5 particles of B-EV to dish
arms:
  plain: []
  loaded:
    - load RNA in A-EV x 10
measure:
  one: copies of RNA per particle of A-EV in dish at 1 h
  pin: copies of PIN per particle of A-EV
  all: copies of RNA per particle of EV in dish
  none: copies of RNA per particle of A-EV in empty
run: {for: 1 h, record: every 1 h, step: 30 min}
"""


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_its_words_are_read_and_written() -> None:
    model = read(TEXT)
    one, pin, every, _ = model.measures
    assert (one.kind, one.what, one.vesicle, one.place) == ("copies per particle", "RNA", "A-EV", "dish")
    assert one.at is not None
    assert (pin.place, pin.at, every.vesicle) == (None, None, "EV")
    assert read(write(model)) == model


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("copies of PIN per particle of B-EV", "`PIN` is not cargo of B-EV"),
        ("copies of RNA per particle of C-EV", "`C-EV` is not a vesicle class of this model"),
        ("copies of DNA per particle of A-EV", "`DNA` is not cargo of this model"),
        ("copies of RNA per particle of A-EV in bath", "`bath` is not a region or site of this model"),
    ],
)
def test_what_is_not_there_is_told(words: str, told: str) -> None:
    found = [one for one in check(changed("copies of PIN per particle of A-EV", words)) if one.severity == "error"]
    assert [one.message for one in found] == [told]
    assert found[0].line == next(n for n, line in enumerate(TEXT.splitlines(), 1) if line.startswith("  pin:"))


def test_each_class_and_all_vesicles_are_means_over_particles() -> None:
    found = measured(vesicula.load(TEXT)).values
    plain, loaded = ({name: float(values[arm]) for name, values in found.items()} for arm in (0, 1))
    assert (plain["one"], plain["pin"]) == (pytest.approx(3.0), pytest.approx(50.0))
    assert plain["all"] == pytest.approx((3 * 3e5 + 7 * 1e5) / 4e5)
    assert (loaded["one"], loaded["pin"]) == (pytest.approx(30.0), pytest.approx(50.0))
    assert loaded["all"] == pytest.approx((30 * 3e5 + 7 * 1e5) / 4e5)
    assert all(math.isnan(arm["none"]) for arm in (plain, loaded))


def test_the_graphs_know_what_it_reads() -> None:
    model = prepare(TEXT)
    one, _, every, _ = model.measures
    graph = Influence(model)
    assert graph.measured(one) == [("vesicle", "A-EV"), ("carried", "A-EV", "RNA")]
    assert set(graph.measured(every) or ()) > {("carried", "A-EV", "RNA"), ("carried", "B-EV", "RNA")}
    assert decided_by(model, *model.arms, one) == "wiring"


def test_cargo_that_a_measure_reads_is_not_doubted() -> None:
    assert not any("PIN" in found.message for found in check(TEXT))
    fewer = check(changed("  pin: copies of PIN per particle of A-EV\n", ""))
    assert [found.code for found in fewer if "PIN" in found.message] == ["nothing-reads"]
