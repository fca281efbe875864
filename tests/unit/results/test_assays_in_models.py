"""Assays named in a model, from its text to the values of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vesicula import simulate
from vesicula.errors import VesiculaError
from vesicula.results.result import Result

MODEL = """vesicula: 1
model: bench
question: Does every assay read a dish?
controls: none
labware:
  dish:
    plate: 24-well plate
    sample: 20 cells
substances:
  TGFB1:
    diffuses: 50 um^2/s
    half-life: 10 h
    molar mass: 25 kDa
    start: 100 pM
  lactate:
    diffuses: 500 um^2/s
    half-life: 1000 h
    molar mass: 90 Da
    start: 0 pM
  drug:
    diffuses: 500 um^2/s
    half-life: 1000 h
    start: 0 pM
vesicles:
  MDA-EV:
    kind: small EV
    diameter: 105 nm, spread 1.4
    half-life: 24 h
    carries:
      miR-105-5p: 100 copies/EV
preparations:
  MDA-prep:
    of: MDA-EV
    isolated by: ultracentrifugation
    particles per ug: 1e10 particles/ug
    EV share: 80 %
cells:
  tumour:
    diameter: 14 um
    states: [young, senescent]
    divides: every 24 h, in 4 steps
    dead stay: 8 h
    apoptosis: 0.05 /day
    secretes:
      lactate: 1e6 molecules/s
    clears EV: 10 pL/h
    EV fate:
      fusion: 50 %
      escape: 25 %
      lysosome: 0.2 /h
      AGO loading: 50 %
    becomes:
      - senescent from young at 2 /day
    own copies: {miR-105-5p: 10}
    inside:
      - TJP1 starts at 0.9
      - miR-105-5p silences TJP1 (20 mRNA, half-life 9 h, protein half-life 24 h)
    rules:
      - drug raises apoptosis to 200x, half-max 100 nM, hill 2
  T-cell:
    diameter: 10 um
    dead stay: 8 h
    cycle: {G1: 4 h, S: 4 h, G2M: 4 h}
start:
  - 20000 tumour in dish
  - 20000 T-cell in dish
protocol:
  - at 0 h add 1 ug MDA-prep per 2e5 cells to dish
arms:
  vehicle:
    - replace MDA-prep by vehicle
  EV: []
  series:
    - at 0 h add drug at 1 nM to 10 uM in 6 doses
measure:
  mRNA: qPCR of TJP1 in tumour
  protein: blot of TJP1 in tumour in % of vehicle
  staining: IF of TJP1 in tumour at 3 h
  factor: ELISA of TGFB1 in dish
  positive: flow cytometry of TJP1 in tumour, positive above 0.5
  light: reporter of TJP1 in tumour
  dark: mutant reporter of TJP1 in tumour
  uptake: EV uptake of MDA-EV in tumour
  particles: NTA of MDA-prep in dish
  pore: TRPS of MDA-EV in dish in EV/uL
  protein of EV: EV protein of MDA-prep in dish
  S phase: EdU of T-cell in dish
  cycling: Ki67 of tumour in dish
  alive: viability of tumour in dish
  dose: IC50 of tumour in dish
  dying: apoptosis of tumour in dish
  blue: SA-b-gal of tumour in dish
  acid: glycolysis of tumour in dish
  share: co-culture of T-cell in dish
  suppressed: T-cell suppression of T-cell in dish in % of vehicle
run:
  for: 24 h
  record: every 3 h
  step: 30 min
  seeds: 2
"""
DISH = ("vehicle", "EV")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("bench")
    path = Path(folder / "bench.yaml")
    path.write_text(MODEL)
    return simulate(path, out=folder / "run")


def value(run: Result, measure: str, arm: str) -> float:
    table = run.values(measure)
    return float(table[table["arm"] == arm]["value"].iloc[0])


def test_every_assay_of_the_dish_is_read_in_its_unit(run):
    units = {name: run.description.measure(name).unit for name in run.measures}
    assert units["protein"] == "% of vehicle"
    assert units["dose"] == "nM"
    assert units["suppressed"] == "%"
    assert units["pore"] == "EV/uL"
    assert units["factor"] == "pg/mL"
    for name in run.measures:
        if name != "dose":
            assert np.isfinite([value(run, name, arm) for arm in DISH]).all(), name


def test_silencing_shows_in_rna_first_and_in_protein_with_its_lag(run):
    rna = value(run, "mRNA", "EV") / value(run, "mRNA", "vehicle")
    assert rna < 0.9
    assert rna < value(run, "protein", "EV") / 100 < 1.0
    assert value(run, "light", "EV") < value(run, "light", "vehicle")
    assert value(run, "dark", "EV") == 100.0


def test_counters_see_the_dose_and_nothing_in_the_vehicle(run):
    assert value(run, "particles", "vehicle") == value(run, "uptake", "vehicle") == 0.0
    assert value(run, "protein of EV", "EV") < 0.1  # ug: what 20,000 of 2e5 cells get, less what is gone
    assert value(run, "uptake", "EV") > 0.0


def test_ic50_lies_between_the_doses_that_spare_and_kill(run):
    alive = [value(run, "alive", arm) for arm in run.arms[2:]]
    assert alive[0] > 0.9 * value(run, "alive", "vehicle")
    assert alive[-1] == 0.0
    table = run.dose_response("dose")
    assert (table["low"] <= table["ic50"]).all()
    assert table["ic50"].iloc[0] == pytest.approx(value(run, "dose", run.arms[2]))
    assert 6.0 < table["ic50"].iloc[0] < 250.0


def test_the_distribution_of_a_cytometer_sums_to_one(run):
    table = run.cytometry("positive", "EV")
    assert table["share"].sum() == pytest.approx(1.0)
    assert 100 * table[table["above"] > 0.5]["share"].sum() == pytest.approx(value(run, "positive", "EV"), abs=5.0)
    with pytest.raises(VesiculaError):
        run.cytometry("mRNA")
    with pytest.raises(VesiculaError):
        run.dose_response("positive")
    with pytest.raises(VesiculaError):
        run.cytometry("positive", "nowhere")


def test_a_reading_comes_with_the_scatter_of_its_assay(run):
    middle, low, high = run.reading("pore", "EV")
    assert low < middle < high
    assert high / low == pytest.approx(np.exp(2 * 1.645 * np.sqrt(np.log1p(0.525**2) + 1e-3)))
    with pytest.raises(VesiculaError):
        run.reading("alive")
