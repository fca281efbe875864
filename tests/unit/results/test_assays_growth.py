"""Counts, shares, cycles, dose–response and resorption against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.cases.dish_case import DIVIDES, LABELS, LACTATE_RATE, SHARE, T_CELL, TUMOUR, Dish, rates

from vesicula.engine.program import Effect
from vesicula.engine.state import CellTerm
from vesicula.language.assays import ASSAYS
from vesicula.results.assays.dose_response import curves, fit, response
from vesicula.results.assays.effects import smallest_effect
from vesicula.results.description import ArmLabel, MeasureLabel
from vesicula.results.measures import reader


def test_viability_trap_and_co_culture_count_living_cells():
    dish = Dish()
    dish.state.cell_dead[dish.of(TUMOUR, 1)[:1]] = 1
    assert dish.read("viability", "tumour") == pytest.approx([4 / SHARE, 3 / SHARE])
    assert dish.read("TRAP", "tumour") == pytest.approx([4 / SHARE, 3 / SHARE])
    assert dish.read("co-culture", "tumour") == pytest.approx([50.0, 300 / 7])
    with pytest.raises(KeyError):
        dish.read("TRAP", "osteoclast")


def test_annexin_counts_dying_cells_and_not_necrotic_ones():
    dish = Dish()
    dish.state.cell_dead[dish.of(TUMOUR, 1)[:2]] = [1, 2]
    assert dish.read("apoptosis", "tumour") == pytest.approx([0.0, 25.0])


def test_senescent_cells_are_blue_where_the_type_can_be():
    dish = Dish()
    dish.state.cell_state[dish.of(TUMOUR, 1)[:3]] = 1
    assert dish.read("SA-b-gal", "tumour") == pytest.approx([0.0, 75.0])
    with pytest.raises(KeyError):
        dish.read("SA-b-gal", "T-cell")


def test_dormant_cells_retain_their_label():
    dish = Dish()
    dish.state.cell_state[dish.of(TUMOUR, 0)[:2]] = [1, 2]
    dish.state.cell_state[dish.of(TUMOUR, 1)] = 2
    dish.state.cell_dead[dish.of(TUMOUR, 1)[:1]] = 1
    assert dish.read("label retention", "tumour") == pytest.approx([25.0, 100.0])
    with pytest.raises(KeyError):
        dish.read("label retention", "T-cell")


def test_survival_does_not_take_growth_for_life():
    dish = Dish()
    dish.state.cell_ledger[:, TUMOUR, CellTerm.ADDED] = 10
    dish.state.cell_ledger[1, TUMOUR, CellTerm.DIVIDED] = 30
    dish.state.cell_ledger[:, TUMOUR, CellTerm.DIED] = [5, 20]
    assert dish.read("survival", "tumour") == pytest.approx([50.0, 50.0])
    assert np.isnan(dish.read("survival", "T-cell")).all()  # nobody was put in
    dish.state.cell_ledger[1, TUMOUR, CellTerm.DIED] = 10
    assert dish.read("killing", "tumour") == pytest.approx([50.0, 25.0])


def test_adhesion_counts_who_holds_and_who_has_gone_on_as_another_type(monkeypatch):
    dish = Dish()
    with pytest.raises(KeyError):
        dish.read("adhesion", "tumour")  # it has no state `arrested`
    types = (LABELS.types[TUMOUR].model_copy(update={"states": ("floating", "arrested")}), LABELS.types[T_CELL])
    monkeypatch.setattr("tests.cases.dish_case.LABELS", LABELS.model_copy(update={"types": types}))
    dish.state.cell_state[dish.of(TUMOUR, 0)[:2]] = 1
    dish.state.cell_dead[dish.of(T_CELL, 0)[:3]] = 1
    assert dish.read("adhesion", "tumour") == pytest.approx([2 / SHARE, 0.0])
    table = dish.program.lifecycle
    on = {"effect": np.append(Effect.TRANSITION, table.effect[1:]).astype(np.int8)}
    on["to_type"] = np.append(T_CELL, table.to_type[1:]).astype(np.int32)
    dish.program = replace(dish.program, lifecycle=replace(table, **on))
    assert dish.read("adhesion", "tumour") == pytest.approx([3 / SHARE, 4 / SHARE])


def test_edu_of_a_cycle_without_phases_is_who_divides_in_that_window():
    dish = Dish()
    rates(dish)
    hours = np.array([1.0, 3.0, 11.0, 13.0])  # until division, at three Erlang steps
    dish.state.clock[dish.of(TUMOUR, 0), 0] = 1.0 - 3 * DIVIDES * 60 * hours
    assert dish.read("EdU", "tumour")[0] == pytest.approx(50.0)
    dish.state.clock[dish.of(TUMOUR, 1), 0] = 1.0 - 3 * DIVIDES * 60 * np.array([1.0, 23.0, 25.0, 100.0])
    assert dish.read("Ki67", "tumour") == pytest.approx([100.0, 50.0])
    dish.state.behaviour[dish.of(TUMOUR, 1), 0] = 0.0
    assert dish.read("Ki67", "tumour")[1] == 0.0


def test_edu_of_a_phased_cycle_is_s_and_who_just_left_it():
    dish = Dish()
    rates(dish)
    mine = dish.of(T_CELL, 0)
    dish.state.cell_phase[mine] = [0, 1, 2, 2]
    dish.state.clock[mine[2:], 3] = np.array([60.0, 180.0]) / 300.0  # one and three hours in G2 and M
    assert dish.read("EdU", "T-cell")[0] == pytest.approx(50.0)
    assert dish.read("Ki67", "T-cell")[0] == 100.0


def test_cycle_assays_before_the_first_step_read_the_rates_themselves():
    dish = Dish()
    dish.state.step = 0
    dish.state.clock[dish.of(TUMOUR, 0), 0] = 1.0 - 3 * DIVIDES * 60 * 5.0
    assert dish.read("EdU", "tumour")[0] == 100.0
    assert dish.read("glycolysis", "tumour")[0] == pytest.approx(LACTATE_RATE * 60 / 6.02214076e8)


def test_glycolysis_is_the_mean_secretion_of_lactate():
    dish = Dish()
    rates(dish)
    dish.state.behaviour[dish.of(TUMOUR, 1)[:2], -1] *= 3.0
    wanted = LACTATE_RATE * 60 / 6.02214076e8
    assert dish.read("glycolysis", "tumour") == pytest.approx([wanted, 2 * wanted])


def test_suppression_is_what_is_missing_of_the_divisions_alone():
    dish = Dish(arms=("alone", "with MSC"))
    dish.state.cell_ledger[:, T_CELL, CellTerm.ADDED] = 4
    dish.state.cell_ledger[:, T_CELL, CellTerm.DIVIDED] = [12, 3]
    assert dish.read("T-cell suppression", "T-cell", relative_to="alone") == pytest.approx([0.0, 75.0])
    measure = dish.measure("T-cell suppression", "T-cell", relative_to="alone")
    bench = dish.bench("T-cell suppression", "T-cell", relative_to="alone")
    read = reader(measure, bench.description, bench.system)
    assert read(dish.states) == pytest.approx([0.0, 75.0])  # it has compared already
    with pytest.raises(KeyError):
        dish.read("T-cell suppression", "T-cell")


def test_percent_of_an_arm_is_made_of_the_assays_own_unit():
    dish = Dish()
    dish.state.nodes[dish.of(TUMOUR, 1), 0] = 0.1
    measure = dish.measure("blot", "TJP1", cell="tumour", unit="% of vehicle", relative_to="vehicle")
    bench = dish.bench("blot", "TJP1", cell="tumour")
    read = reader(measure, bench.description, bench.system)
    assert read(dish.states) == pytest.approx([100.0, 20.0])


def test_pits_are_voxels_that_lost_half_their_mineral():
    dish = Dish()
    dish.state.matrix[:, 0, 0] = [0.6, 0.4]
    assert dish.read("pits", "mineral") == pytest.approx([0.0, 100.0])
    with pytest.raises(KeyError):
        dish.read("pits", "dentine")


DOSES = np.array([0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])


def test_the_fit_finds_a_known_curve():
    found = fit(DOSES, response(DOSES, 25.0, 900.0, 100.0, 1.5))
    assert (found.ic50, found.top, found.bottom, found.hill) == pytest.approx((25.0, 900.0, 100.0, 1.5), rel=0.01)
    assert found.low <= 25.0 <= found.high < 60.0


def test_noise_widens_the_profile_and_the_truth_stays_inside():
    generator = np.random.Generator(np.random.Philox(2))
    inside, widths = 0, []
    for _ in range(20):
        noisy = response(DOSES, 25.0, 900.0, 100.0, 1.5) + 40.0 * generator.standard_normal(len(DOSES))
        found = fit(DOSES, np.maximum(noisy, 0.0))
        inside += found.low <= 25.0 <= found.high
        widths.append(found.high / max(found.low, 1e-9))
    assert inside >= 15
    assert np.median(widths) > 1.5


def test_without_an_effect_there_is_no_ic50():
    assert np.isnan(fit(DOSES, np.full(8, 500.0)).ic50)
    assert np.isnan(fit(DOSES[:4], DOSES[:4]).ic50)
    assert np.isnan(fit(DOSES, np.linspace(100.0, 900.0, 8)).ic50)  # rises: nothing is inhibited


def test_ic50_stands_in_the_arms_of_its_series():
    arms = ("untreated", *(f"drug {d:g} nM" for d in DOSES[1:]), "other")
    labels = tuple(
        ArmLabel(
            name=name, series="drug", dose=dose if dose < 20 else dose / 1e3, dose_unit="nM" if dose < 20 else "uM"
        )
        for name, dose in zip(arms[1:-1], DOSES[1:], strict=True)
    )
    dish = Dish(cells=200, arms=arms, arm_labels=labels)
    for arm, dose in enumerate(DOSES):
        dead = 200 - round(response(dose, 25.0, 200.0, 20.0, 1.5).item())
        dish.state.cell_dead[dish.of(TUMOUR, arm)[:dead]] = 1
    got = dish.read("IC50", "tumour")
    assert np.isnan(got[[0, -1]]).all()
    assert got[1:-1] == pytest.approx(25.0, rel=0.03)
    assert dish.read("IC50", "tumour", unit="uM")[1] == pytest.approx(0.025, rel=0.03)
    assert curves(dish.bench("IC50", "tumour"), dish.states)["drug"][0].ic50 == pytest.approx(got[1])
    with pytest.raises(KeyError):
        Dish().read("IC50", "tumour")


def test_smallest_effects_come_from_the_table():
    assert (
        smallest_effect(MeasureLabel(name="m", text="", kind="concentration", what="x")).share
        == ASSAYS["ELISA"].smallest
    )
    assert smallest_effect(MeasureLabel(name="m", text="", kind="node", what="x")) is None
    qpcr = smallest_effect(MeasureLabel(name="m", text="", kind="assay", assay="qPCR", what="x"))
    assert qpcr.shows(100.0, -34.0)
    assert not qpcr.shows(100.0, -33.0)
    assert not qpcr.shows(100.0, 49.0)
    assert smallest_effect(MeasureLabel(name="m", text="", kind="count", what="x")).name == "cell count"


def test_every_entry_of_the_table_is_read_and_rests_on_what_was_opened():
    from vesicula.evidence.references import library_references
    from vesicula.results.assays.readers import READERS

    papers = library_references()
    assert set(READERS) == set(ASSAYS)
    for row in ASSAYS.values():
        for key in (row.source, row.cv_source):
            assert key is None or papers[key].read != "no", row.name
        assert (row.cv is None) == (row.cv_source is None), row.name
