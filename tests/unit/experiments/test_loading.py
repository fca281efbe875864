"""Required loading of models: every kind of cargo, and that what it says is needed does it in a run."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

import vesicula
from vesicula.experiments import dose
from vesicula.experiments.loading.required import required_loading
from vesicula.language import check
from vesicula.language.checking.holds import copies_that_fit
from vesicula.results.loading import Loading, Spread, Verdict, read_loading, write_loading
from vesicula.results.messages import Funnel, Stage
from vesicula.results.report.loading import answered, loading_section, plane, verdict
from vesicula.results.statistics import Interval
from vesicula.results.wording import number

SILENCING = """
vesicula: 1
model: silencing
sites:
  dish: {{kind: pool, volume: 100 nL}}
vesicles:
  prep-EV:
    kind: small EV
    carries:
      miR-105-5p: {copies}
cells:
  recipient:
    diameter: 14 um (6..60 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    own copies:
      miR-105-5p: 10 copies (1..1000 @assumed)
    inside:
      - miR-105-5p silences TJP1 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 12 h (5..100 @assumed))
start:
  - 40 recipient in dish
protocol:
  - at 0 h add {particles} particles of prep-EV to dish
measure:
  TJP1: TJP1 in recipient
  mRNA: qPCR of TJP1 in recipient
run:
  for: 24 h
  record: every 24 h
  step: 6 min
"""  # noqa: E501

CARGOES = """
vesicula: 1
model: cargoes
sites:
  dish: {kind: pool, volume: 100 nL}
substances:
  AMP:
    start: 10 uM (1..100 @assumed)
    half-life: 5 h (0.5..50 @assumed)
    diffuses: 500 um^2/s (50..5000 @assumed)
  adenosine:
    half-life: 1 h (0.1..10 @assumed)
    diffuses: 500 um^2/s (50..5000 @assumed)
vesicles:
  prep-EV:
    kind: small EV
    carries:
      WNT5A: {copies: 10 copies/EV (1..100 @assumed), type: protein, place: lumen}
      CD9: {copies: 20 copies/EV (2..200 @assumed), type: protein, place: membrane}
      PDL1: {copies: 20 copies/EV (2..200 @assumed), type: protein, place: surface}
      NT5E: {copies: 20 copies/EV (2..200 @assumed), type: protein, place: surface}
      H19: {copies: 1e-3 copies/EV (1e-5..1e-1 @assumed), type: lncRNA, place: lumen}
      mtDNA: {copies: 1e-3 copies/EV (1e-5..1e-1 @assumed), type: mtDNA, place: lumen}
reactions:
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on prep-EV
cells:
  recipient:
    diameter: 14 um (6..60 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    EV fate:
      binding: 10 pL/h (1..100 @assumed)
      receptors: 1e4 (1e3..1e5 @assumed)
      internalised: 0.02 /min (0.002..0.2 @assumed)
      detached: 0.01 /min (0.001..0.1 @assumed)
    divides: every 48 h (10..200 @assumed)
    inside:
      - delivered WNT5A activates YAP1, half-max 1e4 copies (1e3..1e5 @assumed)
      - inserted CD9 activates ITGB1, half-max 1e3 copies (1e2..1e4 @assumed)
      - bound PDL1 activates PDCD1, half-max 1e3 copies (1e2..1e4 @assumed)
      - adenosine activates ADORA2A, half-max 100 nM (10..1000 @assumed)
      - delivered H19 activates LIN28A, half-max 20 copies (2..200 @assumed)
      - SRP9 sequesters H19, capacity 1e3 copies (1e2..1e4 @assumed), Kd 100 copies (10..1000 @assumed)
    rules:
      - delivered mtDNA raises division to 3x (1.5..15 @assumed), half-max 500 copies (50..5000 @assumed)
start:
  - 40 recipient in dish
protocol:
  - at 0 h add 2e6 particles of prep-EV to dish
measure:
  YAP1: YAP1 in recipient
run:
  for: 24 h
  step: 30 min
"""


def silencing(copies: str = "0.008 copies/EV (1e-4..1e-1 @assumed)", particles: str = "2e6") -> str:
    return SILENCING.format(copies=copies, particles=particles)


@lru_cache(maxsize=8)
def answers(text: str) -> dict[str, Loading]:
    found = required_loading(text, draws=128)
    return {one.readout if "miR" in one.cargo else one.cargo: one for one in found}


def shown(one: Loading, name: str) -> float:
    return next(stage.value.median for stage in one.stages if stage.name == name)


def just_enough(one: Loading) -> float:
    """Copies per EV at which the gap of the study's dose is 0, on the plane."""
    p = one.plane
    assert p.dose is not None
    row = [float(np.interp(math.log(p.dose), np.log(p.particles), gap)) for gap in p.gap]  # type: ignore[arg-type]
    for (low, over), (high, under) in pairwise(zip(p.copies, row, strict=True)):
        if over > 0 >= under:
            return low * (high / low) ** (over / (over - under))
    raise AssertionError("never enough")


def test_protein_and_mrna_are_read_apart():
    found = answers(silencing())
    assert set(found) == {"TJP1 protein, 25% less (blot)", "mRNA of TJP1, 1.5-fold (qPCR)"}
    for one in found.values():
        assert one.dosed is not None
        assert one.natural is not None
        assert 2.5 < one.dosed.gap.median < 6.5
        assert one.natural.gap.median > one.dosed.gap.median
        assert one.dosed.enough < 0.1
        assert one.plane.dose == pytest.approx(5e4)
        assert "parameter" not in one.readout


SAME = """\
vesicula: 1
model: same
species: human
sites:
  dish: {kind: pool, volume: 500 nL}
vesicles:
  EVs:
    kind: small EV
    carries:
      miR-21-5p: library
cells:
  fibroblast:
    diameter: 16 um (8..40 @assumed)
    doubles: every 20 h @dt-fibroblast-early (11..35)
    inside:
      - >
        miR-21-5p silences PTEN
        (8.4 mRNA (0.27..270 @assumed), protein half-life 24 h (5..100 @assumed))
start:
  - 200 fibroblast in dish
protocol:
  - at 0 h add 1e7 particles of EVs to dish
measure:
  mRNA: qPCR of PTEN in fibroblast
run: {for: 24 h, step: 6 min}
"""
"""What `dose(1e7, 200, "500 nL", 24, "miR-21-5p", "fibroblast", target="PTEN")` asks, as a model."""


def test_the_command_and_the_model_give_one_number():
    """The same values in the same draws but for the mRNA, which the model states itself: one question, one factor."""
    (one,) = required_loading(SAME, draws=2048)
    asked = dose(1e7, 200, "500 nL", 24, "miR-21-5p", "fibroblast", target="PTEN", draws=2048)
    for name in ("offered", "taken up", "escaped", "loaded", "needed"):
        here, there = asked.stage(name).value, next(stage.value for stage in one.stages if stage.name == name)
        for end in ("low", "median", "high"):
            assert getattr(here, end) == pytest.approx(getattr(there, end), rel=0.03), (name, end)
    assert one.dosed is not None
    assert one.natural is not None
    assert math.log10(asked.missing.median) == pytest.approx(one.dosed.gap.median, abs=0.02)
    assert math.log10(asked.natural.median) == pytest.approx(one.natural.gap.median, abs=0.02)
    assert asked.enough == pytest.approx(one.dosed.enough, abs=0.01)


@pytest.mark.parametrize("readout", ["TJP1 protein, 25% less (blot)", "mRNA of TJP1, 1.5-fold (qPCR)"])
def test_what_it_says_is_enough_is_just_enough_in_a_run(readout, tmp_path):
    copies = just_enough(answers(silencing())[readout])
    text = silencing(f"{copies:.4g} copies/EV ({copies / 10:.4g}..{copies * 10:.4g} @assumed)")
    result = vesicula.simulate(text, out=tmp_path / "run", threads=1)
    last = {name: float(result.values(name)["value"].iloc[0]) for name in ("TJP1", "mRNA")}
    if "mRNA" in readout:
        assert last["mRNA"] == pytest.approx(100 / 1.5, rel=0.04)
    else:
        assert last["TJP1"] == pytest.approx(0.75, abs=0.02)


def test_more_vesicles_or_copies_leave_less_of_a_gap():
    def gap(text: str) -> float:
        found = answers(text)["mRNA of TJP1, 1.5-fold (qPCR)"]
        assert found.dosed is not None
        return found.dosed.gap.median

    assert gap(silencing(particles="2e7")) < gap(silencing()) < gap(silencing(particles="2e4"))
    assert gap(silencing("0.8 copies/EV (1e-2..10 @assumed)")) == pytest.approx(gap(silencing()) - 2, abs=0.05)


@pytest.mark.parametrize(
    ("cargo", "place", "unit"),
    [
        ("WNT5A", "lumen", "copies"), ("CD9", "membrane", "copies"), ("PDL1", "surface", "copies"),
        ("NT5E", "medium", "nM"), ("H19", "lumen", "copies"), ("mtDNA", "lumen", "copies"),
    ],
)  # fmt: skip
def test_every_kind_of_cargo_is_set_against_what_reads_it(cargo, place, unit):
    one = answers(CARGOES)[cargo]
    assert one.place == place
    assert one.stages[-1].unit == unit
    assert shown(one, "loaded") > 0
    assert one.dosed is not None
    assert abs(one.dosed.gap.median) < 6
    assert one.unknowns
    assert sum(u.share for u in one.unknowns) <= 1.0 + 1e-9
    assert any(row[0] is not None for row in one.plane.gap)


def test_what_is_sequestered_is_needed_besides():
    without = CARGOES.replace(
        "      - SRP9 sequesters H19, capacity 1e3 copies (1e2..1e4 @assumed), Kd 100 copies (10..1000 @assumed)\n", ""
    )
    assert shown(answers(CARGOES)["H19"], "needed") > shown(answers(without)["H19"], "needed")


def test_what_would_close_it_is_said_in_the_language():
    one = answers(silencing())["TJP1 protein, 25% less (blot)"]
    names = [closing.name for closing in one.closing]
    assert names == ["over-expressing donors or loading", "rare full carriers", "bolus", "surface route"]
    text = silencing()
    blocks = "".join(closing.blocks.removeprefix("vesicles:\n") for closing in one.closing)
    text = text.replace("cells:\n", f"{blocks}cells:\n", 1)
    arms = "arms:\n  as given: []\n" + "".join(
        f"  {closing.name}:\n" + "".join(f"    - {step}\n" for step in closing.steps) for closing in one.closing
    )
    text = text.replace("measure:\n", f"{arms}measure:\n")
    assert [told.text() for told in check(text) if told.severity == "error"] == []


def test_nothing_is_to_close_where_there_is_enough():
    plenty = answers(silencing("5000 copies/EV (500..5e4 @assumed)"))["mRNA of TJP1, 1.5-fold (qPCR)"]
    assert plenty.dosed is not None
    assert plenty.dosed.gap.median < 0
    assert plenty.closing == ()
    assert "times what is needed" in verdict(plenty.dosed, plenty)


def test_models_that_give_no_vesicles_have_natural_exposure_alone():
    one = required_loading("starter", draws=64)[0]
    assert one.dosed is None
    assert one.natural is not None
    assert "donors of the model" in one.natural.name
    assert one.stages[0].value.median > 0


def test_the_ceiling_is_the_volume_of_the_lumen():
    lumen = (105.0 - 10.0) ** 3 * math.pi / 6
    assert copies_that_fit(105.0, "miRNA", "lumen") == pytest.approx(lumen / (7.2 * 0.9))
    assert copies_that_fit(50.0, "miRNA", "lumen") < copies_that_fit(105.0, "miRNA", "lumen")
    assert copies_that_fit(105.0, "mtDNA", "lumen") < 100
    assert copies_that_fit(100.0, "protein", "surface") == pytest.approx(math.pi * 1e4 / 20)


def test_answers_are_kept_and_shown(tmp_path):
    found = required_loading(silencing(), draws=64)
    assert read_loading(tmp_path) == ()
    write_loading(tmp_path, found)
    again = read_loading(tmp_path)
    assert again == found
    section = loading_section(again)
    assert len(section) == 2
    assert "times too few" in str(section[0]["verdicts"])
    picture = plane(again[0])
    for words in ("just enough", "natural", "dose", "what fits", "copies of miR-105-5p per EV"):
        assert words in picture
    for one in again:
        assert "wrong" not in str(section) or one


def run_funnel(species: str, target: str, recipient: str = "recipient") -> Funnel:
    """What a run shows: 100 copies loaded, 300 needed."""
    stages = tuple(
        Stage(name, name, "copies", Interval(value, value, value, 1))
        for name, value in (("loaded", 100.0), ("needed", 300.0))
    )
    return Funnel("prep-EV", recipient, species, target, "as dosed", stages)


def test_a_page_shows_one_factor_for_one_question():
    """The funnel of required loading shows its verdict's factor, not the ratio of two medians."""
    loadings = tuple(answers(silencing()).values())
    for shown, one in zip(loading_section(loadings), loadings, strict=True):
        assert one.dosed is not None
        factor = number(10**one.dosed.gap.median, 2)
        assert f"{factor} times too few" in shown["verdicts"][0]
        assert f"{factor} times too few" in str(shown["funnel"])


def test_the_funnel_of_a_run_takes_the_factor_of_the_same_question_and_none_of_another():
    loadings = tuple(answers(silencing()).values())
    of_mrna = next(one for one in loadings if one.readout.startswith("mRNA of TJP1"))
    assert of_mrna.dosed is not None
    assert answered(loadings, run_funnel("miR-105-5p", "TJP1")).gap == of_mrna.dosed.gap.median
    assert math.isnan(answered(loadings, run_funnel("miR-105-5p", "OTHER")).gap)
    blot = tuple(one for one in loadings if "blot" in one.readout)
    assert math.isnan(answered(blot, run_funnel("miR-105-5p", "TJP1")).gap)
    for other in (run_funnel("miR-21-5p", "TJP1"), run_funnel("miR-105-5p", "TJP1", "another")):
        assert answered(loadings, other).gap == pytest.approx(math.log10(3))
    assert answered((), run_funnel("miR-105-5p", "TJP1")).gap == pytest.approx(math.log10(3))


def test_what_no_amount_would_show_is_said_so_and_never_as_a_power_of_ten():
    one = next(iter(answers(silencing()).values()))
    never = Verdict(name="as dosed", gap=Spread(median=30.0, low=30.0, high=30.0), enough=0.0, never=1.0)
    said = f"As dosed: no amount would show by then in any of {one.draws} draws; a later reading might."
    assert verdict(never, one) == said


def test_more_copies_than_a_cell_holds_count_as_no_amount(monkeypatch):
    monkeypatch.setattr("vesicula.experiments.loading.required.MOST_COPIES", 1.0)
    (found, *_) = required_loading(silencing(), draws=20)
    assert found.dosed is not None
    assert found.dosed.never == 1.0
    assert [one.name for one in found.closing] == ["a later reading"]
