"""A sample stands for the whole: how many cells are simulated changes nothing that is read but its noise."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.growth import growth
from vesicula.engine.invariants import cell_balance, vesicle_balance
from vesicula.engine.start import initial_state
from vesicula.engine.step import step
from vesicula.experiments.running import measured
from vesicula.language import prepare

GROWING = """\
vesicula: 1
model: growing-dish
question: What does a culture cost that doubles eight times?
labware: {dish: {plate: 24-well plate, volume: 500 uL{sample}}}
vesicles:
  V:
    from: line
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries: {miR-21-5p: 10 copies/EV (1..100 @assumed)}
cells:
  line:
    diameter: 12 um (5..50 @assumed)
    divides: every 20 h (5..80 @assumed)
    dies: after 200 h (20..2000 @assumed)
    releases: {V: 100 particles/h (10..1000 @assumed)}
    EV fate:
      clears: 200 pL/h (20..2000 @assumed)
      fusion: 40 % (5..95 @assumed)
      binding: 20 pL/h (2..200 @assumed)
      receptors: 300 (1..1000 @assumed)
start:
  - 4000 line in dish
measure:
  cells: count of line in dish
  density: density of V in dish in EV/mL
  taken: EV uptake of V in line
run: {for: 160 h, record: every 160 h, step: 2 h, seeds: 24}
"""
DISH = "labware: {dish: {plate: 24-well plate, volume: 500 uL{sample}}}"
POOL = "sites: {dish: {kind: pool, volume: 500 uL{sample}}}"
MODEL = """\
vesicula: 1
model: rare-donor
question: Does a rare donor count as it is?
{where}
substances:
  factor: {diffuses: 6000 um^2/min (1000..10000 @assumed), half-life: 4 h (1..20 @assumed)}
vesicles:
  V:
    from: donor
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries: {miR-21-5p: 10 copies/EV (1..100 @assumed)}
cells:
  donor:
    diameter: 12 um (5..50 @assumed)
    releases: {V: 1000 particles/h (100..10000 @assumed)}
    secretes: {factor: 50 molecules/s (1..1000 @assumed)}
  rest:
    diameter: 12 um (5..50 @assumed)
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
    takes up: {factor: 1 pL/h (0.1..10 @assumed)}
    EV fate:
      clears: 200 pL/h (20..2000 @assumed)
      fusion: 40 % (5..95 @assumed)
      binding: 20 pL/h (2..200 @assumed)
      receptors: 3 (1..1000 @assumed)
start:
  - 100 donor in dish
  - 4000 rest in dish
measure:
  density: density of V in dish in EV/mL
  factor: concentration of factor in dish in pM
  donors: count of donor in dish
  rest: count of rest in dish
  viability: viability of donor in dish
  share: co-culture of donor in dish
  protein: EV protein of V in dish
  counted: NTA of V in dish
  delivered: particles of V delivered to rest
  uptake: EV uptake of V in rest
  copies: copies of miR-21-5p in rest
  delivered copies: delivered copies of miR-21-5p in rest
  stained: flow cytometry of miR-21-5p in rest, positive above 900
  node: blot of PDCD4 in rest
  middle: IF of PDCD4 in rest
run: {for: 24 h, record: every 24 h, step: 2 h, seeds: 4}
"""
EXACT = {"donors": 100.0, "viability": 100.0, "rest": 4000.0, "share": 100 * 100 / 4100}


def text(where: str, sample: str) -> str:
    return MODEL.replace("{where}", where.replace("{sample}", sample and f", {sample}"))


def readings(where: str, sample: str) -> dict[str, np.ndarray]:
    result = measured(compile_model(prepare(text(where, sample))))
    return {one.name: np.array(result.of(one.name, result.description.arms[0])) for one in result.description.measures}


@pytest.fixture(scope="module")
def whole() -> dict[str, np.ndarray]:
    """Every cell simulated."""
    return readings(DISH, "sample: 4100 cells")


@pytest.mark.parametrize(
    ("where", "sample"),
    [(DISH, "sample: 40 cells"), (DISH, "sample: 1000 cells"), (DISH, ""), (POOL, "share: 1 in 1000"), (POOL, "")],
    ids=["40", "1000", "unsaid", "pool", "whole pool"],
)
def test_no_reading_depends_on_the_sample(whole, where, sample):
    seen = readings(where, sample)
    for name, exact in EXACT.items():
        np.testing.assert_allclose(seen[name], exact, rtol=1e-12, err_msg=name)
    for name, values in whole.items():
        noise = np.hypot(values.std(), seen[name].std()) + 1e-12 * abs(values.mean())
        assert abs(seen[name].mean() - values.mean()) <= 4 * noise + 0.01 * abs(values.mean()), name


def test_a_rare_donor_counts_as_it_is(whole):
    """By hand: 1,000 made per hour by each of 100, 9.5 h in the endosomal pool, then decay and uptake, in 0.5 mL."""
    out, loss, hours = 1 / 9.5, np.log(2) / 40 + 4000 * 220e-9 / 0.5, 24.0
    waiting = (np.exp(-loss * hours) - np.exp(-out * hours)) / (out - loss)
    by_hand = 100 * 1000 * ((1 - np.exp(-loss * hours)) / loss - waiting) / 0.5
    np.testing.assert_allclose(whole["density"].mean(), by_hand, rtol=0.03)


def test_copies_are_the_cells_own_and_the_delivered_ones(whole):
    np.testing.assert_allclose(whole["copies"], 200 + whole["delivered copies"], rtol=1e-12)
    assert np.all(whole["delivered copies"] >= 0)


def test_the_ledger_of_a_sample_is_that_of_the_whole_to_the_last_particle():
    compiled = compile_model(prepare(text(DISH, "sample: 40 cells")))
    program = compiled.system.site("dish")
    state = initial_state(program, [0, 1], [[1, 5], [2, 5]])
    assert sorted(set(state.stands_for.tolist())) == [2, 100]
    for _ in range(12):
        step(program, state)
    assert not vesicle_balance(state).any()
    assert not cell_balance(state).any()
    assert state.cell_ledger[:, :, 0].tolist() == [[100, 4000]] * 2


def test_cells_of_a_sample_differ_as_much_as_those_of_the_whole():
    """Copies of single cells, of which few get any: the mean of a group in every cell would hide who gets how many."""
    spread = []
    for sample in ("sample: 400 cells", "sample: 4100 cells"):
        program = compile_model(prepare(text(DISH, sample))).system.site("dish")
        state = initial_state(program, [0], [[3, 5]])
        for _ in range(24):
            step(program, state)
        copies = state.copies[state.cell_type == 1, 0]
        spread.append((copies.mean(), (copies > 0).mean()))
    np.testing.assert_allclose(spread[0], spread[1], rtol=0.6)


def test_a_culture_that_doubles_eight_times_costs_no_more_and_counts_the_same():
    def culture(sample: str):
        return compile_model(prepare(GROWING.replace("{sample}", f", sample: {sample} cells")))

    few, many = measured(culture("40")), measured(culture("600"))
    for name in ("cells", "density", "taken"):
        a, b = (np.array(one.of(name, one.description.arms[0])) for one in (few, many))
        noise = np.hypot(a.std(ddof=1), b.std(ddof=1)) / np.sqrt(len(a))
        assert abs(a.mean() - b.mean()) <= 4 * noise, name
    compiled = culture("40")
    program = compiled.system.site("dish")
    state = initial_state(program, [0], [[1, 5]])
    for _ in range(80):
        step(program, state)
    assert state.stands_for.sum() > 50 * 4000
    assert state.n_cells < 200
    weights = state.stands_for.astype(float)
    assert weights.sum() ** 2 / (weights**2).sum() > 40
    assert not vesicle_balance(state).any()
    assert not cell_balance(state).any()
    foretold = growth(compiled.system, compiled.span)
    assert 0.5 < state.n_cells / foretold.simulated[-1, 0].sum() < 2.5
