"""What is dissolved is lost as its place says: by fluid, and with the fluid where that is renewed."""

from __future__ import annotations

import numpy as np
import pytest

import vesicula
from vesicula.compiler import compile_model
from vesicula.engine import pools
from vesicula.errors import ModelError
from vesicula.evidence.parameters import Key
from vesicula.language import prepare
from vesicula.language.behind import facts_of
from vesicula.language.library import parameter_library
from vesicula.language.model import FLUIDS
from vesicula.language.reading.texts import find_source, read_source
from vesicula.language.text import Report
from vesicula.language.walk import values
from vesicula.language.writing.models import write
from vesicula.march import first_states

MODEL = """vesicula: 1
model: m
{use}
sites:
  bone: {{kind: pool, volume: 1 mL}}
  veins: {{kind: pool, volume: 5 mL, fluid: blood{veins}}}
labware:
  dish: {{plate: 96-well plate}}
substances:
  A:
{diffuses}    half-life: {half_life}
    start: 1 nM @assumed (0.1..10 @assumed)
run: {{for: 6 h, step: 6 min}}
"""
DIFFUSES = "    diffuses: 100 um^2/s @assumed (10..1000 @assumed)\n"
THREE = (
    "{culture: 24 h @assumed (8..80 @assumed), tissue: 2 h @assumed (0.6..6 @assumed),"
    " blood: 30 min @assumed (9..90 @assumed)}"
)
HOURS = 3.0
ACCURACY = 3e-4


def model(half_life: str = THREE, veins: str = "", use: str = "", diffuses: str = DIFFUSES) -> str:
    return MODEL.format(half_life=half_life, veins=veins, use=use, diffuses=diffuses)


def left(text: str) -> dict[str, float]:
    """Share of A that is left in each site after three hours."""
    compiled = compile_model(prepare(text))
    states = first_states(compiled.system, compiled.keys)
    for _ in range(round(HOURS * 10)):
        pools.advance(compiled.system, states)
    start = 1e-9 * 6.02214076e23 / 1e15
    names = compiled.system.site_names
    return {name: state.concentration[0, 0, 0] / start for name, state in zip(names, states.sites, strict=True)}


def codes(text: str) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in vesicula.check(text)]


def test_one_molecule_fades_in_a_dish_in_tissue_and_in_blood_as_each_says():
    expected = {"bone": 0.5 ** (HOURS / 2), "veins": 0.5 ** (HOURS / 0.5), "dish": 0.5 ** (HOURS / 24)}
    assert left(model()) == pytest.approx(expected, rel=ACCURACY)


def test_all_means_every_fluid_of_which_nothing_else_is_said():
    some = left(model("{all: 2 h @assumed (0.6..6 @assumed), culture: 24 h @assumed (8..80 @assumed)}"))
    assert some == pytest.approx({"bone": 0.5**1.5, "veins": 0.5**1.5, "dish": 0.5 ** (1 / 8)}, rel=ACCURACY)
    assert left(model("2 h @assumed (0.6..6 @assumed)")) == pytest.approx(dict.fromkeys(some, 0.5**1.5), rel=ACCURACY)


def test_fluid_that_is_renewed_takes_along_what_breakdown_leaves():
    renewed = left(model(veins=", renewed: every 90 min @assumed (30..300 @assumed)"))
    assert renewed["veins"] == pytest.approx(0.5 ** (HOURS / 0.5) * np.exp(-HOURS / 1.5), rel=ACCURACY)
    assert renewed["bone"] == pytest.approx(0.5 ** (HOURS / 2), rel=ACCURACY)


def test_what_does_not_follow_the_flow_is_not_washed_out():
    text = model(veins=", renewed: every 90 min @assumed (30..300 @assumed)").replace(
        "    start:", "    follows flow: no\n    start:"
    )
    assert left(text)["veins"] == pytest.approx(0.5 ** (HOURS / 0.5), rel=ACCURACY)


def test_a_fluid_without_half_life_is_a_mistake_with_a_remedy():
    with pytest.raises(ModelError, match="no half-life in blood, which veins holds"):
        prepare(model("{culture: 24 h @assumed (8..80 @assumed), tissue: 2 h @assumed (0.6..6 @assumed)}"))


def test_a_fluid_that_no_place_holds_is_told():
    assert ("nothing-reads", "warning") not in codes(model())
    without = model().replace("fluid: blood", "fluid: tissue")
    assert ("nothing-reads", "warning") in codes(without)


def test_an_unknown_fluid_is_told_with_what_there_is():
    assert ("not-a-choice", "error") in codes(model("{cultur: 24 h}"))


def test_a_text_that_says_one_half_life_goes_before_the_table_of_its_part(tmp_path):
    part = "vesicula: 1\npart: p\nsubstances:\n  A:\n    half-life: " + THREE + "\n"
    (tmp_path / "p.yaml").write_text(part, encoding="utf-8")
    path = tmp_path / "m.yaml"
    path.write_text(model("2 h @assumed (0.6..6 @assumed)", use="use: [./p.yaml]"), encoding="utf-8")
    (substance,) = prepare(path).substances
    assert [*substance.half_life] == ["all"]


def test_values_are_set_by_fluid():
    ready = prepare(model(), changes={"substances.A.half-life.culture": "1 h @assumed (0.3..3 @assumed)"})
    assert ready.substances[0].half_life["culture"].number == 1.0
    once = prepare(model(), changes={"substances.A.half-life": "1 h @assumed (0.3..3 @assumed)"})
    assert [*once.substances[0].half_life] == ["all"]


def test_a_table_by_fluid_and_a_renewed_site_read_back_as_written():
    report = Report()
    source = find_source(model(veins=", renewed: every 90 min @assumed (30..300 @assumed)"), report)
    written = read_source(source, report)
    assert read_source(find_source(write(written), report), report) == written
    assert written.sites[1].renewed.number == 90


def test_the_library_fills_the_fluids_that_a_model_holds():
    by_fluid = {one.key.entity for one in parameter_library()[0].entries if one.key.condition in FLUIDS}
    for name in sorted(by_fluid):
        text = model("library", diffuses="").replace("  A:", f"  {name}:")
        (substance,) = prepare(text).substances
        told = {fluid: value.parameter for fluid, value in substance.half_life.items()}
        assert told == {fluid: Key("half-life", name, condition=fluid).text() for fluid in FLUIDS}


def test_the_library_tells_a_loss_for_every_fluid_or_for_none():
    rows = [one.key for one in parameter_library()[0].entries if one.key.quantity == "half-life"]
    for name in {key.entity for key in rows}:
        assert {key.condition for key in rows if key.entity == name} in ({None}, {*FLUIDS}), name


def test_facts_of_another_fluid_stand_behind_a_value_as_of_elsewhere():
    text = model().replace("  A:", "  IL6:")
    ready = prepare(text)
    spots = {path: spot for path, (spot, _) in values(ready).items()}
    known = facts_of(ready)
    blood = known.behind(spots["substances.IL6.half-life.blood"])
    culture = known.behind(spots["substances.IL6.half-life.culture"])
    assert "il6-half-beta" in {fact.id for fact in blood.same}
    assert "il6-half-beta" in {fact.id for fact in culture.other}
