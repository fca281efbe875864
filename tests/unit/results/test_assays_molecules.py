"""qPCR, blot, IF, ELISA, cytometry and reporters against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from tests.cases.dish_case import KAPPA, LAMBDA, MRNA, OWN, T_CELL, TUMOUR, Dish

from vesicula.errors import UnitError
from vesicula.language.assays import ASSAYS
from vesicula.results.assays.cytometry import BACKGROUND_NODE, _sigma, distribution
from vesicula.results.assays.molecules import REPORTER_MRNA


def free(total: float, *targets: tuple[float, float, float]) -> float:
    """Free copies by plain bisection."""
    low, high = 0.0, total
    for _ in range(200):
        m = 0.5 * (low + high)
        bound = sum(r0 * m / (half + kappa * m) for r0, half, kappa in targets)
        low, high = (low, m) if m + bound > total else (m, high)
    return low


TARGETS = ((MRNA, LAMBDA, KAPPA), (1e3, 500.0, 1.0))


def left(total: float, *more: tuple[float, float, float]) -> float:
    m = free(total, *TARGETS, *more)
    return LAMBDA / (LAMBDA + KAPPA * m)


def test_qpcr_is_what_inputs_and_silencing_leave():
    dish = Dish()
    dish.state.copies[dish.of(TUMOUR, 1), 0] = 2000.0
    got = dish.read("qPCR", "TJP1", cell="tumour")
    np.testing.assert_allclose(got, [80.0, 80.0 * left(OWN + 2000.0) / left(OWN)], rtol=1e-5)


def test_qpcr_follows_the_drive_before_the_protein_does():
    dish = Dish()
    dish.state.signal[:, 0] = 1.0  # half-maximal: 0.5 of the signal's scale, where the Hill function gives one half
    dish.state.nodes[:, 1] = 0.1
    assert dish.read("qPCR", "SMAD2", cell="tumour") == pytest.approx([50.0, 50.0], rel=1e-5)
    assert dish.read("blot", "SMAD2", cell="tumour") == pytest.approx([10.0, 10.0])


def test_qpcr_before_the_first_step_reads_the_signals_itself():
    dish = Dish()
    dish.state.step, dish.state.concentration[:, 0] = 0, 1.0
    dish.state.signal[:] = 0.0
    assert dish.read("qPCR", "SMAD2", cell="tumour") == pytest.approx([50.0, 50.0], rel=1e-5)
    assert not dish.state.signal.any()


def test_blot_is_the_mean_and_if_the_median_of_living_cells():
    dish = Dish()
    mine = dish.of(TUMOUR, 1)
    dish.state.nodes[mine, 0] = [0.1, 0.2, 0.9, 1.0]
    dish.state.cell_dead[mine[3]] = 1
    assert dish.read("blot", "TJP1", cell="tumour") == pytest.approx([50.0, 40.0])
    assert dish.read("IF", "TJP1", cell="tumour") == pytest.approx([50.0, 20.0])
    dish.state.cell_dead[mine] = 1
    assert np.isnan(dish.read("blot", "TJP1", cell="tumour")[1])
    assert np.isnan(dish.read("IF", "TJP1", cell="tumour")[1])


def test_an_electrode_reads_ions_as_they_are_and_finer_than_an_elisa():
    dish = Dish()
    dish.state.concentration[:, 1, 0] = [0.0, 1.0]
    assert dish.read("electrode", "lactate", place="dish") == pytest.approx([0.0, 1.66e-6], rel=1e-3)
    assert ASSAYS["electrode"].smallest == 0.03 < ASSAYS["ELISA"].smallest
    assert ASSAYS["electrode"].limit is None


def test_elisa_reads_mass_and_reports_its_limit_below_it():
    dish = Dish()
    dish.state.concentration[:, 0, 0] = [1e-9, 1e-3]  # molecules/µm³
    per_ml = 1e-3 * 1e12 * 25_000.0 / 6.02214076e23 * 1e12  # pg/mL
    assert dish.read("ELISA", "TGFB1", place="dish") == pytest.approx([1.0, per_ml], rel=1e-6)
    limit_pm = 1e-12 / 25_000.0 * 1e3 * 1e12
    assert dish.read("ELISA", "TGFB1", unit="pM") == pytest.approx([limit_pm, 1.660539], rel=1e-5)
    with pytest.raises(UnitError):
        dish.read("ELISA", "lactate")
    assert dish.read("ELISA", "lactate", unit="pM") == pytest.approx([0.0, 0.0])


def test_cytometry_sees_levels_through_own_fluorescence():
    dish = Dish()
    mine = dish.of(TUMOUR, 1)
    dish.state.nodes[:, 0] = 0.0
    dish.state.nodes[mine, 0] = [0.0, 0.28, 0.5, 1.0]
    got = dish.read("flow cytometry", "TJP1", cell="tumour", above=0.3)
    dark, near = (1 - norm.cdf(np.log(room / BACKGROUND_NODE) / _sigma()) for room in (0.3, 0.02))
    assert got == pytest.approx([100 * dark, 25 * (dark + near + 2)])
    edges, shares = distribution(dish.bench("flow cytometry", "TJP1", cell="tumour"), dish.states, [1])
    assert shares.sum() == pytest.approx(1.0)
    below = np.interp(0.3, edges, np.concatenate([[0.0], np.cumsum(shares)]))
    assert 100 * (1.0 - below) == pytest.approx(got[1], abs=1.5)


def test_cytometry_of_a_cargo_counts_copies_wherever_they_are():
    dish = Dish()
    mine = dish.of(TUMOUR, 1)
    dish.state.copies[mine, 0] = 1e6
    dish.state.bound_cargo[mine[:2], 0] = 4e6
    got = dish.read("flow cytometry", "miR-105-5p", cell="tumour", above=3e6)
    assert got == pytest.approx([0.0, 50.0], abs=1e-6)
    with pytest.raises(KeyError):
        dish.read("flow cytometry", "miR-105-5p", cell="tumour")


def test_reporter_competes_and_the_mutant_does_not_answer():
    dish = Dish()
    dish.state.copies[dish.of(TUMOUR, 1), 0] = 5000.0
    plasmid = (REPORTER_MRNA, LAMBDA, KAPPA)
    wanted = [100 * left(OWN, plasmid), 100 * left(OWN + 5000.0, plasmid)]
    np.testing.assert_allclose(dish.read("reporter", "TJP1", cell="tumour"), wanted, rtol=1e-9)
    assert wanted[1] > 100 * left(OWN + 5000.0)  # the plasmid takes some of the miRNA away
    assert dish.read("mutant reporter", "TJP1", cell="tumour").tolist() == [100.0, 100.0]


@pytest.mark.parametrize(
    ("assay", "what", "fields"),
    [
        ("reporter", "SMAD2", {"cell": "tumour"}),
        ("mutant reporter", "SMAD2", {"cell": "tumour"}),
        ("qPCR", "CD69", {"cell": "tumour"}),
        ("blot", "TJP1", {"cell": "T-cell"}),
        ("blot", "TJP1", {"cell": "tumor"}),
        ("ELISA", "IL6", {}),
        ("ELISA", "TGFB1", {"place": "elsewhere"}),
        ("flow cytometry", "CD44", {"cell": "tumour", "above": 0.5}),
        ("northern blot", "TJP1", {"cell": "tumour"}),
    ],
)
def test_what_is_not_there_is_refused(assay, what, fields):
    with pytest.raises(KeyError):
        Dish().read(assay, what, **fields)


def test_t_cells_do_not_enter_what_is_read_of_tumour_cells():
    dish = Dish()
    dish.state.nodes[dish.of(T_CELL, 0), 0] = 1.0
    assert dish.read("blot", "TJP1", cell="tumour", place="well")[0] == pytest.approx(50.0)
