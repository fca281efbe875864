"""Derived values of the bone library equal the arithmetic their notes show."""

from __future__ import annotations

import math
from functools import lru_cache

import pytest

from vesicula import units
from vesicula.compiler.doubling import doubling_time
from vesicula.evidence.facts import library_facts
from vesicula.evidence.folder import library_folder
from vesicula.language import prepare, read
from vesicula.language.walk import values

AVOGADRO = 6.02214076e23
MARROW_UM3 = 600 * 280 * 20  # above the trabecula
PER_PM = 6.02214076e-4  # molecules/µm³
OSTEOBLASTS = 40


@lru_cache(maxsize=1)
def bone() -> dict[str, float]:
    """Every value of the model in internal units (µm, minute, molecule)."""
    model = prepare("bone-metastasis")
    mass = {one.name: units.internal(one.molar_mass, "molar mass") for one in model.substances if one.molar_mass}
    return {
        path: units.convert(value.number, value.unit, spot.dimension, molar_mass=mass.get(spot.substance or ""))
        for path, (spot, value) in values(model).items()
        if value.has_number
    }


def steady_pM(secretion: float, cells: float, half_life: float) -> float:
    """Mean concentration in the marrow: secretion × cells / (volume × decay), pM."""
    return secretion * cells * half_life / math.log(2) / MARROW_UM3 / PER_PM


RATES_PER_DAY = {"TNFSF11": 10.13, "TNFRSF11B": 0.35, "TNFRSF11B:TNFSF11": 10.13}


@pytest.mark.parametrize(("substance", "per_day"), RATES_PER_DAY.items())
def test_half_lives_follow_from_the_rates_of_their_sources(substance: str, per_day: float):
    expected = math.log(2) / per_day * 1440
    assert bone()[f"substances.{substance}.half-life.tissue"] == pytest.approx(expected, rel=0.05)


def test_half_max_of_rankl_is_the_middle_of_the_doses_that_make_osteoclasts():
    expected = math.sqrt(1 * 30) * 1e3 / 60  # ng/mL of a trimer of 60 kDa
    assert bone()["cells.osteoclast-precursor.inside.0.half-max"] / PER_PM == pytest.approx(expected, rel=0.02)


KDA = {"PTH": 9.4, "TNFSF11": 60, "TGFB1": 25, "IL6": 21, "TNF": 52, "VEGFA": 42}


@pytest.mark.parametrize(("substance", "kda"), KDA.items())
def test_diffusion_is_three_tenths_of_what_the_law_tells_for_water(substance: str, kda: float):
    expected = 0.3 * 3700 / (kda * 1000) ** (1 / 3) * 60  # µm²/min
    assert bone()[f"substances.{substance}.diffuses"] == pytest.approx(expected, rel=0.02)


def test_tgf_beta_of_mineral_is_its_share_of_bone():
    expected = 200e-9 * 1.9e-12 / 25000 * AVOGADRO
    assert bone()["matrix.mineral.stores.TGFB1"] == pytest.approx(expected, rel=0.05)


def oestradiol_signal() -> float:
    """ESR1 at the held level: occupancy, then the normalised Hill function of n 1.4 and EC50 0.5."""
    level, half = bone()["rest.levels.estradiol"], bone()["cells.osteoblast.inside.5.half-max"]
    x = (level / (level + half)) ** 1.4
    top = (0.5**1.4 - 1) / (2 * 0.5**1.4 - 1)
    return top * x / (top - 1 + x)


def test_osteoclasts_with_oestrogen_and_rankl_die_as_fast_as_their_nuclei_are_replaced():
    s, kept = oestradiol_signal() / 0.5, bone()["rest.levels.TNFSF11"] / bone()["cells.osteoclast.rules.1.half-max"]
    apoptosis = (1 + 2 * s) / (1 + s) * (1 + 0.1 * kept) / (1 + kept) / bone()["cells.osteoclast.dies"]
    assert apoptosis * 1440 == pytest.approx(library_facts()["oc-nuclei-turnover"].value / 100, rel=0.05)
    # without RANKL a tenth of them is left after two days, at any of four equal steps of their life at the start
    passed = 4 * 2 * 1440 * (1 + 2 * s) / (1 + s) / bone()["cells.osteoclast.dies"]
    left = sum(math.exp(-passed) * passed**n / math.factorial(n) * (4 - n) / 4 for n in range(4))
    assert left == pytest.approx(0.1, abs=0.01)


def test_uptake_lies_midway_between_what_a_cell_drinks_and_what_diffusion_brings():
    water, kelvin, boltzmann = 0.69e-3, 310.15, 1.380649e-23  # Pa s at 37 C, K, J/K
    diffuses = boltzmann * kelvin / (3 * math.pi * water * 83e-9) * 1e12 * 0.8  # µm²/s, in medium with serum
    fluid = 0.043e3 / 60  # µm³/min
    expected = math.sqrt(fluid * 4 * math.pi * diffuses * 60 * 8)
    assert bone()["cells.osteoblast.fate of EV.clears"] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("entity", "per_cm3", "per_mole", "times"), [("calcium", 1.215 * 0.32, 40.08, 1), ("CTX", 0.5, 3e5, 2)]
)
def test_stores_of_mineral_follow_from_its_composition(entity: str, per_cm3: float, per_mole: float, times: int):
    model = prepare(
        f"vesicula: 1\nmodel: slice\nspecies: human\nuse: [networks/bone-turnover]\n"
        f"sites: {{dish: {{kind: pool, volume: 1 nL}}}}\nmatrix: {{mineral: {{fills: dish}}}}\n"
        f"measure:\n  marker: concentration of {entity} in dish\nrun: {{for: 1 h}}\n"
    )
    stored = next(one for one in model.matrix if one.name == "mineral").stores[entity]
    expected = times * per_cm3 / per_mole * AVOGADRO / 1e12
    assert units.internal(stored, "concentration") == pytest.approx(expected, rel=0.05)


DOUBLING_H = {
    "parts/cells/fibroblast": ("fibroblast", 20),
    "parts/cells/breast-cancer": ("breast-cancer", 25),
}
"""What texts and comments of the library say of how long cells in culture take to double."""


@pytest.mark.parametrize("file", DOUBLING_H)
def test_cells_double_in_the_time_that_their_text_gives(file: str):
    name, hours = DOUBLING_H[file]
    path = library_folder() / f"{file}.yaml"
    cell = next(one for one in read(path).cells if one.name == name)
    minutes = doubling_time(cell)
    assert minutes is not None
    assert round(minutes / 60) == hours
    assert f"{hours} h" in path.read_text(encoding="utf-8")
