"""Masses, moles and molecules of a dissolved substance as doses: in pools, dishes, tissues and patches."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.geometry import grid_of
from vesicula.engine.program import Event
from vesicula.errors import ModelError
from vesicula.language import check, prepare, read, write
from vesicula.language.steps import AddPreparation, AddSubstance

TEXT = """\
vesicula: 1
model: amounts
sites:
  blood: {kind: pool, volume: 2 mL}
  marrow: {size: [100 um, 80 um], depth: 20 um, voxel: 20 um}
labware:
  well: {plate: 24-well plate, volume: 500 uL}
  slide: {plate: 24-well plate, volume: 500 uL, patch: [100 um, 80 um], kind: patch}
  insert: {plate: 24-well transwell, pores: 0.4 um}
substances:
  drug: {diffuses: 300 um^2/s (30..3000 @assumed), half-life: 10 h (1..100 @assumed), molar mass: 500 Da}
  plain: {diffuses: 300 um^2/s (30..3000 @assumed), half-life: 10 h (1..100 @assumed)}
vesicles:
  EVs: {kind: small EV, diameter: 100 nm (50..200 @assumed)}
preparations:
  prep: {of: EVs, particles per ug: 1e9 particles/ug (1e8..1e10 @assumed)}
controls: none
protocol:
  - at 1 h add 5 ng drug to PLACE
arms:
  as it is: []
  twice:
    - dose drug x 2
  more:
    - at 2 h, every 1 h, add 3 pmol of drug to PLACE
  counted:
    - at 1 h add 6e9 molecules of plain to PLACE
measure:
  level: concentration of drug in blood in nM
  plain: concentration of plain in blood in nM
run: {for: 4 h, step: 30 min}
"""
NG, AVOGADRO = 5e-9 / 500, 6.02214076e23  # 5 ng in mol


def text_of(place: str = "blood", *changes: tuple[str, str]) -> str:
    """The model with its doses in one place, and some of its words changed."""
    words = TEXT.replace("PLACE", place)
    for old, new in changes:
        assert old in words
        words = words.replace(old, new)
    return words


def codes(text: str) -> dict[str, str]:
    """Errors by code, with their remedies."""
    return {one.code: f"{one.message}; {one.remedy}" for one in check(text) if one.severity == "error"}


def molecules(text: str, place: str) -> dict[str, list[tuple[int, str, float]]]:
    """Step, substance and molecules of each dose in each arm."""
    compiled = compile_model(prepare(text))
    program, protocol = compiled.system.site(place), compiled.system.site(place).protocol
    rows = np.flatnonzero(protocol.kind == Event.DOSE_SUBSTANCE)
    return {
        arm: [
            (
                int(protocol.step[row]),
                compiled.names.substances[protocol.what[row]].name,
                float(program.values[number, protocol.p_amount[row]]),
            )
            for row in rows
        ]
        for number, arm in enumerate(compiled.arms)
    }


@pytest.mark.parametrize(
    ("place", "litres"),
    [("blood", 2e-3), ("well", 500e-6), ("slide", 500e-6), ("insert top", 150e-6), ("marrow", 1.6e-10)],
)
def test_the_concentration_is_the_amount_over_the_volume(place, litres):
    """In a patch, of which a piece is simulated, as in the whole labware."""
    text = text_of(place, ("{plate: 24-well transwell, pores", "{plate: 24-well transwell, top: 150 uL, pores"))
    found = molecules(text, place)
    grid = grid_of(next(one for one in prepare(text).sites if one.name == place))
    fluid = grid.n_voxels * grid.voxel_volume * 1e-15
    first = {arm: sum(n for step, name, n in rows if (step, name) == (2, "drug")) for arm, rows in found.items()}
    molar = {arm: n / AVOGADRO / fluid for arm, n in first.items()}
    assert molar["as it is"] == pytest.approx(NG / litres, rel=1e-12)
    assert molar["twice"] == pytest.approx(2 * NG / litres, rel=1e-12)
    later = {arm: [n for step, name, n in rows if step > 2] for arm, rows in found.items()}
    assert [n / AVOGADRO / fluid for n in later["more"]] == pytest.approx([3e-12 / litres] * 2, rel=1e-12)
    assert not any(later["as it is"])
    counted = sum(n for _, name, n in found["counted"] if name == "plain")
    assert counted / fluid == pytest.approx(6e9 / litres, rel=1e-12)


@pytest.mark.parametrize("amount", ["5 ng", "0.005 ug", "5000 pg", "10 pmol", "0.01 nmol", "6.02214076e12 molecules"])
def test_every_unit_of_an_amount_is_the_same_dose(amount):
    [dose] = [n for _, _, n in molecules(text_of("well", ("5 ng", amount)), "well")["as it is"] if n]
    assert dose == pytest.approx(NG * AVOGADRO, rel=1e-12)


def test_an_amount_without_place_goes_into_the_only_labware():
    """A transwell has two sides, and the amount goes to the cells, not to both."""
    start = TEXT.index("  blood:")
    text = TEXT[:start].replace("sites:\n", "") + TEXT[TEXT.index("labware:") :]
    text = text.replace("  well: {plate: 24-well plate, volume: 500 uL}\n", "").replace(" to PLACE", "")
    text = "\n".join(line for line in text.splitlines() if "slide:" not in line).replace("in blood", "in insert top")
    assert molecules(text, "insert top")["as it is"][0][2] == pytest.approx(NG * AVOGADRO, rel=1e-12)
    assert molecules(text, "insert bottom")["as it is"] == []


@pytest.mark.parametrize("what", ["5 ng drug", "5 pmol drug", "1e6 particles of EVs", "2 ug prep"])
def test_an_amount_needs_its_place_where_there_are_several(what):
    found = codes(text_of("blood", ("at 1 h add 5 ng drug to blood", f"at 1 h add {what}")))
    assert "to blood" in found["dose-place"]
    assert "dose-place" not in codes(text_of("blood", ("at 1 h add 5 ng drug to blood", "at 1 h add 5 nM drug")))


def test_a_mass_needs_the_molar_mass():
    found = codes(text_of("blood", ("5 ng drug", "5 ng plain")))
    assert list(found) == ["molar-mass"]
    assert "`molar mass: 25 kDa`" in found["molar-mass"]


REMEDIES = {
    "5 ng unheard": ("unknown-name", ("`unheard: {molar mass: …}` under `substances`", "{of: …, particles per ug: …}")),
    "5 pmol unheard": ("unknown-name", ("`unheard: {molar mass: …}` under `substances`", "under `preparations`")),
    "5 ng drugs": ("unknown-name", ("did you mean `drug`?",)),
    "2 ug EVs": ("wrong-quantity", ("`add 1e6 particles of EVs`", "{of: EVs, particles per ug: …}")),
    "1e9 EV/mL of EVs": ("wrong-quantity", ("`add 1e6 particles of EVs`", "{of: EVs}")),
    "5 ng drug per cell": ("wrong-quantity", ("`add 5 ng drug to blood`",)),
    "5 ng drug per 1e5 cells": ("wrong-quantity", ("concentration or an amount",)),
    "5 pmol prep": ("wrong-quantity", ("`add 2 ug MDA-prep`",)),
    "5 h drug": ("wrong-quantity", ("`5 ng`",)),
}


@pytest.mark.parametrize(("words", "expected"), REMEDIES.items(), ids=REMEDIES)
def test_remedies_fit_what_stands_there(words, expected):
    code, parts = expected
    found = codes(text_of("blood", ("at 1 h add 5 ng drug", f"at 1 h add {words}")))
    assert list(found) == [code]
    assert all(part in found[code] for part in parts), found
    assert "block" not in found[code]


def test_names_decide_whether_a_mass_is_of_a_substance_or_a_preparation():
    text = text_of(
        "blood", ("at 1 h add 5 ng drug to blood", "at 1 h add 5 ng drug to blood\n  - at 1 h add 2 ug prep to blood")
    )
    dissolved, prepared = prepare(text).protocol
    assert isinstance(dissolved, AddSubstance)
    assert isinstance(prepared, AddPreparation)
    assert read(write(read(text))) == read(text)
    assert molecules(write(read(text)), "blood") == molecules(text, "blood")


def test_a_series_of_amounts_has_an_arm_for_each():
    series = "  twice:\n    - at 1 h add drug at 1 ng to 100 ng in 3 doses to slide\n"
    text = text_of(
        "slide", ("  twice:\n    - dose drug x 2\n", series), ("  - at 1 h add 5 ng drug to slide\n", "")
    ).replace("protocol:\narms", "arms")
    found = molecules(text, "slide")
    given = {arm: sum(n for _, _, n in rows) for arm, rows in found.items() if arm.startswith("twice")}
    one = next(iter(given.values()))
    assert list(given) == ["twice 1 ng", "twice 10 ng", "twice 100 ng"]
    assert list(given.values()) == pytest.approx([one, 10 * one, 100 * one])
    assert one * 1.9e8 / 8e3 == pytest.approx(1e-9 / 500 * AVOGADRO, rel=0.01)


def test_a_series_from_a_mass_to_moles_goes_by_the_molar_mass():
    series = "  twice:\n    - at 1 h add WHAT at 1 ng to 200 pmol in 3 doses to well\n"  # 1 ng of drug: 2 pmol
    change = ("  twice:\n    - dose drug x 2\n", series.replace("WHAT", "drug"))
    found = molecules(text_of("well", change), "well")
    given = [sum(n for _, name, n in rows) / AVOGADRO - NG for arm, rows in found.items() if arm.startswith("twice")]
    assert given == pytest.approx([2e-12, 20e-12, 200e-12], rel=1e-6)
    unknown = text_of("well", (change[0], series.replace("WHAT", "plain")))
    assert "dose-series" in codes(unknown) or "molar-mass" in codes(unknown)


def test_a_series_per_cell_of_a_substance_is_told():
    series = "  twice:\n    - at 1 h add drug at 1 ng to 100 ng in 3 doses per cell to well\n"
    found = codes(text_of("well", ("  twice:\n    - dose drug x 2\n", series)))
    assert "dissolved" in found["wrong-quantity"]


def test_a_dose_of_a_substance_in_the_text_keeps_its_line():
    with pytest.raises(ModelError) as problem:
        prepare(text_of("blood", ("5 ng drug", "5 ng unheard")))
    [one] = [one for one in problem.value.diagnostics if one.severity == "error"]
    assert one.line == TEXT[: TEXT.index("5 ng drug")].count("\n") + 1
