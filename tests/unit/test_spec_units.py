"""Units: what biologists write, in the engine's units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicula.errors import UnitError
from vesicula.units import (
    AVOGADRO,
    DIMENSIONS,
    NUMBER_PATTERN,
    SYMBOLS,
    UNIT_PATTERN,
    Quantity,
    convert,
    describe,
    factor,
    from_internal,
    internal,
    measures,
    nearest,
    parse_quantity,
)

PER_UM3 = AVOGADRO * 1e-9 * 1e-15  # molecules/µm³ of 1 nM


@pytest.mark.parametrize(
    ("unit", "dimension", "expected"),
    [
        ("um", "length", 1.0),
        ("nm", "length", 1e-3),
        ("cm/s", "speed", 6e5),
        ("h", "time", 60.0),
        ("weeks", "time", 10080.0),
        ("/h", "rate", 1 / 60),
        ("1/day", "rate", 1 / 1440),
        ("per day", "rate", 1 / 1440),
        ("um^2/s", "diffusion", 60.0),
        ("um²/s", "diffusion", 60.0),
        ("µm^2/s", "diffusion", 60.0),
        ("nM", "concentration", PER_UM3),
        ("pM", "concentration", PER_UM3 / 1000),
        ("molecules/um^3", "concentration", 1.0),
        ("molecules/s", "secretion", 60.0),
        ("molecules/s/cell", "secretion", 60.0),
        ("particles/1e6 cells/48 h", "release", 1e-6 / 2880),
        ("EV/mL", "particles per volume", 1e-12),
        ("copies/EV", "copies per particle", 1.0),
        ("pL/h", "clearance", 1000 / 60),
        ("pL/cell/h", "clearance", 1000 / 60),
        ("um^3/h", "volume rate", 1 / 60),
        ("mL", "volume", 1e12),
        ("%", "share", 0.01),
        ("", "share", 1.0),
        ("copies", "copies", 1.0),
        ("mRNA", "copies", 1.0),
        ("", "copies", 1.0),
        ("sites", "number", 1.0),
        ("neighbours", "number", 1.0),
        ("x", "factor", 1.0),
        ("kDa", "molar mass", 1000.0),
        ("g/mol", "molar mass", 1.0),
        ("uM/mmHg", "solubility", 1000 * PER_UM3),
        ("/h per nM", "rate per concentration", 1 / 60 / PER_UM3),
        ("/mm^2", "cells per area", 1e-6),
        ("cells/mL", "cells per volume", 1e-12),
        ("particles", "particles", 1.0),
    ],
)
def test_units_in_internal_units(unit, dimension, expected):
    assert factor(unit, dimension) == pytest.approx(expected, rel=1e-12)


def test_mass_becomes_molecules_by_molar_mass():
    per_fg = AVOGADRO * 1e-15 / 25e3
    assert factor("fg/cell/day", "secretion", molar_mass=25e3) == pytest.approx(per_fg / 1440)
    assert factor("ng/1e6 cells/24 h", "secretion", molar_mass=25e3) == pytest.approx(per_fg / 1440)
    assert factor("ng per 1e6 cells per 24 h", "secretion", molar_mass=25e3) == pytest.approx(per_fg / 1440)
    assert factor("ng/mL", "concentration", molar_mass=25e3) == pytest.approx(AVOGADRO * 1e-9 / 25e3 / 1e12)
    heavy = factor("/h per ng/mL", "rate per concentration", molar_mass=25e3)
    assert heavy == pytest.approx(1 / 60 / (AVOGADRO * 1e-9 / 25e3 / 1e12))


@pytest.mark.parametrize("mass", [None, 0.0, -5.0])
def test_a_mass_without_a_molar_mass_above_zero_is_no_number_of_molecules(mass):
    with pytest.raises(UnitError) as caught:
        factor("ng/mL", "concentration", molar_mass=mass)
    assert caught.value.code == "molar-mass"


def test_pressure_becomes_concentration_by_solubility():
    solubility = factor("uM/mmHg", "solubility") * 1.3
    assert factor("kPa", "concentration", solubility=solubility) == pytest.approx(solubility * 7.500617, rel=1e-6)


@pytest.mark.parametrize(
    ("unit", "dimension", "code"),
    [
        ("ng/mL", "secretion", "wrong-quantity"),
        ("h", "length", "wrong-quantity"),
        ("EV/mL", "concentration", "wrong-quantity"),
        ("pM", "particles per volume", "wrong-quantity"),
        ("copies", "share", "wrong-quantity"),
        ("molecules/s", "release", "wrong-quantity"),
        ("cells", "particles", "wrong-quantity"),
        ("nMM", "concentration", "unknown-unit"),
        ("um^2/q", "diffusion", "unknown-unit"),
        ("ng/mL", "concentration", "molar-mass"),
        ("mmHg", "concentration", "solubility"),
    ],
)
def test_what_does_not_fit_is_said(unit, dimension, code):
    with pytest.raises(UnitError) as caught:
        factor(unit, dimension, molar_mass=1.0 if code == "wrong-quantity" else None)
    assert caught.value.code == code
    assert caught.value.remedy


def test_molecule_particle_copy_and_cell_are_apart():
    four = ("molecules", "particles", "copies", "cells")
    for one in four:
        for other in four:
            exact = DIMENSIONS["particles"] if one == "particles" else None
            if exact is not None and other != one:
                assert not measures(other, "particles")
    assert not measures("cells", "copies")
    assert not measures("particles", "copies")
    assert not measures("copies/mL", "concentration")


def test_zero_needs_no_unit_and_other_numbers_do():
    assert convert(0.0, "", "concentration") == 0.0
    with pytest.raises(UnitError):
        convert(1.0, "", "concentration")


def test_descriptions_name_the_quantity():
    assert describe("ng/mL") == "a concentration"
    assert describe("um/min") == "a speed"
    assert describe("") == "a plain number"
    assert describe("ng/1e6 cells/24 h") == "an amount per time"
    assert "molecules" in describe("molecules^2")


@given(st.floats(1e-9, 1e9), st.sampled_from(["pM", "nM", "ng/mL", "molecules/um^3"]))
def test_there_and_back(number, unit):
    inside = internal(Quantity(number, unit), "concentration", molar_mass=3e4)
    assert math.isclose(from_internal(inside, unit, "concentration", molar_mass=3e4), number, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("0.5mL", 0.5, "mL"),
        ("1e10", 1e10, ""),
        ("24 h", 24, "h"),
        (" 50 % ", 50, "%"),
        ("3x", 3, ""),
        ("-2 um", -2, "um"),
    ],
)
def test_quantities_of_the_command_line(text, number, unit):
    assert parse_quantity(text) == Quantity(number, unit)


@pytest.mark.parametrize("text", ["", "mL", "3 mLL", "1e999 mL"])
def test_bad_quantities_of_the_command_line(text):
    with pytest.raises(UnitError):
        parse_quantity(text)


def test_every_symbol_has_a_meaning_and_matches_the_pattern():
    import re

    for symbol in SYMBOLS:
        assert describe(symbol)
        assert re.fullmatch(UNIT_PATTERN, symbol)
    assert re.match(UNIT_PATTERN, "nM TGFB1").group() == "nM"
    assert re.match(UNIT_PATTERN, "h-cells") is None
    assert re.match(NUMBER_PATTERN, "40..50").group() == "40"


def test_nearest_word():
    assert nearest("TGFb1", ["TGFB1", "TNF"]) == "TGFB1"
    assert nearest("zzz", ["TGFB1", "TNF"]) is None
