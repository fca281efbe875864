"""Counters of particles, their blindness and its undoing; protein; uptake."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.dish_case import SHARE, TUMOUR, VOLUME, Dish

from vesicula.engine.state import CellTerm, Contact
from vesicula.results.assays.particles import reading_interval, recovered, seen_share


def sizes(n: int, median: float, spread: float) -> np.ndarray:
    return median * spread ** np.random.Generator(np.random.Philox(4)).standard_normal(n)


@pytest.mark.parametrize(("median", "spread"), [(105.0, 1.4), (60.0, 1.3), (90.0, 1.8)])
def test_counting_a_known_log_normal_recovers_its_tail(median, spread):
    n, limit = 200_000, 70.0
    counted = float(np.sum(sizes(n, median, spread) >= limit))
    share = seen_share(limit, median, spread)
    assert counted / n == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))
    assert recovered(np.array(counted), limit, median, spread) == pytest.approx(n, rel=0.01)


def test_size_classes_are_slices_of_the_same_law():
    whole = seen_share(70.0, 90.0, 1.4)
    parts = [seen_share(70.0, 90.0, 1.4, part=k, parts=4) for k in range(4)]
    assert np.mean(parts) == pytest.approx(whole)
    assert parts == sorted(parts)
    assert parts[3] == 1.0


def test_particles_below_the_limit_are_not_there_for_the_counter():
    assert seen_share(70.0, 60.0, 1.0) == 0.0
    assert seen_share(70.0, 70.0, 1.0) == 1.0
    assert np.isnan(recovered(np.array([5.0]), 70.0, 60.0, 1.0)).all()


def test_nta_and_trps_count_what_they_see_per_volume():
    dish = Dish()
    dish.state.vesicles[:, 0, 0], dish.state.vesicles[:, 1, 0] = 1000, 500
    per_ml = 1e12 / VOLUME
    seen = 1000 * seen_share(70.0, 105.0, 1.4) * per_ml
    assert dish.read("NTA", "tumour-EV", place="dish") == pytest.approx([seen, seen])
    assert dish.read("NTA", "MDA-prep") == pytest.approx([seen + 500 * per_ml] * 2)
    assert dish.read("TRPS", "tumour-EV")[0] == pytest.approx(1000 * seen_share(75.0, 105.0, 1.4) * per_ml)
    assert dish.read("NTA", "tumour-EV", unit="EV/uL")[0] == pytest.approx(1e-3 * seen)


def test_a_reading_scatters_by_counting_and_between_laboratories():
    low, high = reading_interval("TRPS", 1e9, counted=1e12)
    assert np.log(high / low) == pytest.approx(2 * 1.645 * np.sqrt(np.log1p(0.525**2)), rel=1e-6)
    few = reading_interval("NTA", 1e9, counted=10)
    many = reading_interval("NTA", 1e9, counted=10_000)
    assert few[1] / few[0] > many[1] / many[0]
    with pytest.raises(KeyError):
        reading_interval("viability", 1.0)


def test_protein_goes_by_the_preparations_own_ratio_and_the_whole_labware():
    dish = Dish()
    dish.state.vesicles[:, 0, 0] = 2000
    assert dish.read("EV protein", "MDA-prep") == pytest.approx([2000 / SHARE / 1e10] * 2)
    assert dish.read("EV protein", "tumour-EV") == pytest.approx([2000 / SHARE * 1e-10] * 2)
    with pytest.raises(KeyError):
        dish.read("EV protein", "crude-prep")


def test_uptake_is_bound_inside_and_delivered_per_living_cell():
    dish = Dish()
    mine = dish.of(TUMOUR, 1)
    dish.state.bound[mine, 0], dish.state.endosomal[mine, 0] = 3, 5
    dish.state.talk[1, 0, TUMOUR, [Contact.FUSED, Contact.ESCAPED, Contact.BOUND, Contact.ENDOCYTOSED]] = [6, 2, 99, 99]
    assert dish.read("EV uptake", "tumour-EV", cell="tumour") == pytest.approx([0.0, 8.0 + 8 / 4])
    dish.state.cell_dead[mine[0]] = 1
    dish.state.cell_ledger[1, TUMOUR, CellTerm.DIED] = 1
    assert dish.read("EV uptake", "tumour-EV", cell="tumour")[1] == pytest.approx(8.0 + 8 / 4)
    with pytest.raises(KeyError):
        dish.read("EV uptake", "platelet-EV", cell="tumour")
