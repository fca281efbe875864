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
      TAG: {copies: 0.01 copies/EV @assumed (0.001..0.1 @assumed), type: protein, place: surface}
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
  carriers: density of EV with RNA in dish in EV/mL at 1 h
  few: density of A-EV with TAG
  nowhere: density of EV with RNA in empty
run: {for: 1 h, record: every 1 h, step: 30 min}
"""


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_its_words_are_read_and_written() -> None:
    model = read(TEXT)
    one, pin, every, _, carriers, few, _ = model.measures
    assert (one.kind, one.what, one.vesicle, one.place) == ("copies per particle", "RNA", "A-EV", "dish")
    assert one.at is not None
    assert (pin.place, pin.at, every.vesicle) == (None, None, "EV")
    assert (carriers.kind, carriers.what, carriers.vesicle, carriers.place, carriers.unit) == (
        "carriers", "RNA", "EV", "dish", "EV/mL",
    )  # fmt: skip
    assert (few.what, few.vesicle, few.place, few.unit) == ("TAG", "A-EV", None, "")
    assert read(write(model)) == model


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("copies of PIN per particle of B-EV", "`PIN` is not cargo of B-EV"),
        ("copies of RNA per particle of C-EV", "`C-EV` is not a vesicle class of this model"),
        ("copies of DNA per particle of A-EV", "`DNA` is not cargo of this model"),
        ("copies of RNA per particle of A-EV in bath", "`bath` is not a region or site of this model"),
        ("density of B-EV with PIN", "`PIN` is not cargo of B-EV"),
        ("density of EV with DNA in dish", "`DNA` is not cargo of this model"),
        ("density of A-EV with PIN in dish in pM", "pM does not measure carriers"),
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


def test_carriers_are_those_with_a_copy_at_least() -> None:
    found = measured(vesicula.load(TEXT)).values
    plain, loaded = ({name: float(values[arm]) for name, values in found.items()} for arm in (0, 1))
    a, b = 3e5 / 1e-3, 1e5 / 1e-3  # particles in 1 uL, per mL
    assert plain["carriers"] == pytest.approx(a * (1 - math.exp(-3)) + b * (1 - math.exp(-7)))
    assert loaded["carriers"] == pytest.approx(a + b * (1 - math.exp(-7)))
    whole = 3e5 / 2e-3  # unsaid: in both places
    assert plain["few"] == pytest.approx(whole * (1 - math.exp(-0.01)))
    assert plain["few"] < plain["carriers"] / 50
    assert plain["nowhere"] == 0.0


def test_the_graphs_know_what_it_reads() -> None:
    model = prepare(TEXT)
    one, _, every, _, carriers, _, _ = model.measures
    graph = Influence(model)
    assert graph.measured(one) == [("vesicle", "A-EV"), ("carried", "A-EV", "RNA")]
    assert set(graph.measured(every) or ()) > {("carried", "A-EV", "RNA"), ("carried", "B-EV", "RNA")}
    assert decided_by(model, *model.arms, one) == "wiring"
    assert graph.measured(carriers) == graph.measured(every)


def test_cargo_that_a_measure_reads_is_not_doubted() -> None:
    assert not any("PIN" in found.message for found in check(TEXT))
    fewer = check(changed("  pin: copies of PIN per particle of A-EV\n", ""))
    assert [found.code for found in fewer if "PIN" in found.message] == ["nothing-reads"]
