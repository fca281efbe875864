"""Doses of preparations, dishes, filters and transfers as the compiler makes them from text."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.exchange import hindrance
from vesicula.engine.program import NONE, Event
from vesicula.engine.system import ONLY_SOLUBLE
from vesicula.language import prepare

TEXT = """\
vesicula: 1
model: doses
labware:
  dish:
    plate: 24-well plate
    area: 2 cm^2 @assumed (1..10)
    volume: 500 uL @assumed (100..1000)
    sample: 50 cells
  other:
    plate: 24-well plate
    area: 2 cm^2 @assumed (1..10)
    volume: 250 uL @assumed (100..1000)
    sample: 100 cells
substances:
  ALB: {diffuses: 60 um^2/s (6..600 @assumed), half-life: 20 days (2..200 @assumed), molar mass: 66.5 kDa}
vesicles:
  EVs:
    kind: small EV
    diameter: 105 nm (50..500 @assumed)
    carries:
      miR-21-5p: 0.01 copies/EV (0.001..0.1 @assumed)
preparations:
  prep:
    of: EVs
    particles per ug: 1e9 particles/ug (1e8..1e10 @assumed)
    EV share: 80 % (10..90 @assumed)
    co-isolated:
      - 0.5 ug/ug ALB (0.1..1 @assumed)
      - 2 copies/EV miR-21-5p on AGO (0.2..20 @assumed)
    stored:
      - 2 freeze-thaw cycles
  clean: {of: EVs}
controls: none
cells:
  recipient:
    diameter: 12 um (5..50 @assumed)
    confluence: 1e5 cells/cm^2 (1e4..1e6 @assumed)
    clears EV: library
start:
  - recipient confluent on dish
  - 50000 recipient in other
protocol:
  - at 0 h add 2 ug prep per 1e5 cells to dish
  - at 2 h give 40 % medium of dish to other, soluble fraction
arms:
  whole: []
  vehicle:
    - replace prep by vehicle
  rest:
    - replace prep by its non-EV fraction
  tenth:
    - dose prep x 0.1
  released less:
    - dose EVs x 0.25
  inhibited:
    - block uptake of EVs by heparin at 10 uM, IC50 5 uM (0.5..50 @assumed), hill 2
  no escape:
    - block escape of EVs by 100 %
measure:
  cells: count of recipient in dish
run: {for: 4 h, step: 30 min}
"""
CELLS = 200_000
KEPT = 0.9**2  # freeze-thaw: 10 % a cycle


@pytest.fixture(scope="module")
def compiled():
    return compile_model(prepare(TEXT))


def doses(compiled, kind: Event) -> dict[str, dict[str, float]]:
    """Amounts of the dish's events by what they bring and arm."""
    program, names = compiled.system.site("dish"), compiled.names
    words = names.populations if kind is Event.DOSE_VESICLES else names.substances
    table: dict[str, dict[str, float]] = {}
    for row in np.flatnonzero(program.protocol.kind == kind):
        amounts = program.values[:, program.protocol.p_amount[row]]
        table[words[program.protocol.what[row]].name] = dict(zip(compiled.arms, amounts, strict=True))
    return table


def test_a_dish_is_the_whole_labware_and_its_cells_stand_for_many(compiled):
    grid = compiled.system.site("dish").grid
    assert grid.area == pytest.approx(2e8)
    assert grid.voxel_volume == pytest.approx(500e9)
    assert grid.height == pytest.approx(2500)
    assert compiled.system.site("dish").start.stands_for.tolist() == [CELLS // 50] * 50


def test_mass_becomes_particles_by_the_ratio_and_the_cells(compiled):
    ug = 2 * CELLS / 1e5
    vesicles = doses(compiled, Event.DOSE_VESICLES)
    assert vesicles["EVs"]["whole"] == pytest.approx(ug * 1e9 * KEPT * 0.8)
    assert vesicles["NVEP"]["whole"] == pytest.approx(ug * 1e9 * KEPT * 0.2)
    assert vesicles["AGO2-miR-21-5p"]["whole"] == pytest.approx(2 * ug * 1e9 * KEPT * 0.8)
    albumin = 0.5 * ug * 1e-6 / 66.5e3 * 6.02214076e23
    assert doses(compiled, Event.DOSE_SUBSTANCE)["ALB"]["whole"] == pytest.approx(albumin)


def test_what_each_arm_is_given(compiled):
    vesicles = doses(compiled, Event.DOSE_VESICLES)
    whole = {name: row["whole"] for name, row in vesicles.items()}
    assert {name: row["vehicle"] for name, row in vesicles.items()} == dict.fromkeys(whole, 0.0)
    assert vesicles["EVs"]["rest"] == 0
    assert vesicles["AGO2-miR-21-5p"]["rest"] == pytest.approx(whole["AGO2-miR-21-5p"])
    assert all(vesicles[name]["tenth"] == pytest.approx(0.1 * n) for name, n in whole.items())
    assert vesicles["EVs"]["released less"] == pytest.approx(0.25 * whole["EVs"])
    assert vesicles["AGO2-miR-21-5p"]["released less"] == pytest.approx(whole["AGO2-miR-21-5p"])
    assert doses(compiled, Event.DOSE_SUBSTANCE)["ALB"]["vehicle"] == 0


def test_an_inhibitor_blocks_by_its_dose(compiled):
    program = compiled.system.site("dish")
    column = program.behaviours.p_base[0, 0, program.behaviours.route[0, 1]]
    taken = dict(zip(compiled.arms, program.values[:, column], strict=True))
    assert taken["inhibited"] == pytest.approx(taken["whole"] / (1 + 2**2))
    escape = dict(zip(compiled.arms, program.values[:, program.vesicles.p_escape[0, 0]], strict=True))
    assert escape["whole"] > 0 == escape["no escape"]


def test_medium_is_given_by_volume_and_share(compiled):
    transfers = compiled.system.exchange.transfers
    values = compiled.system.site("dish").values
    assert transfers.step.tolist() == [4]
    assert transfers.fraction.tolist() == [ONLY_SOLUBLE]
    assert values[0, transfers.p_share[0]] == pytest.approx(0.4)
    assert values[0, transfers.p_drawn[0]] == pytest.approx(0.2)  # of 500 uL for 40 % of 250 uL
    assert transfers.scale[0] == pytest.approx(1.0)


def test_another_preparation_has_its_own_contents():
    swapped = TEXT.replace("replace prep by vehicle", "replace prep by clean").replace(
        "add 2 ug prep per 1e5 cells", "add 1e10 particles of prep"
    )
    vesicles = doses(compile_model(prepare(swapped)), Event.DOSE_VESICLES)
    assert vesicles["EVs"]["vehicle"] == pytest.approx(1e10)
    assert vesicles["AGO2-miR-21-5p"]["vehicle"] == 0


def test_a_bare_filter_passes_by_diffusion_through_its_pores():
    compiled = compile_model(prepare("mir105-barrier"))
    barriers, values = compiled.system.exchange.barriers, compiled.system.sites[0].values
    porosity = np.pi / 4 * 0.4**2 * 1.0  # 1e8 pores per cm² are one per µm²
    tracer = [s.name for s in compiled.names.substances].index("70kDa-dextran")
    assert values[0, barriers.p_filter[0, tracer]] == pytest.approx(46 * 60 * porosity / 10)
    vesicle = len(compiled.names.substances) + [p.name for p in compiled.names.populations].index("MDA-EV")
    free, held = 5.48 * 60, float(hindrance(np.array(120 / 400)))  # Stokes–Einstein at 37 °C, µm²/min
    assert values[0, barriers.p_filter[0, vesicle]] == pytest.approx(free * porosity / 10 * held, rel=0.01)
    assert barriers.p_resistance_closed[0] != NONE
    assert values[0, barriers.p_resistance_closed[0]] == pytest.approx(26)


def test_hindrance_falls_from_one_to_nothing():
    assert hindrance(np.array([0.0, 0.1, 0.5, 1.0, 2.0])) == pytest.approx([1, 0.6413, 0.0449, 0, 0], abs=1e-4)
