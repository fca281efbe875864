"""The library models of the spatial assays, run whole: cells do what their arms let them do, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula import simulate
from vesicula.results.result import Result

pytestmark = pytest.mark.long


def run(model: str, tmp_path) -> Result:
    return simulate(model, out=tmp_path / model)


def medians(result: Result, measure: str) -> dict[str, float]:
    return {arm.arm: arm.summary.median for arm in result.compare(measure).arms}


def course(result: Result, measure: str, arm: str) -> np.ndarray:
    series = result.to_dataframe()
    mine = series[(series["measure"] == measure) & (series["arm"] == arm)]
    return mine.groupby("time_min")["value"].median().to_numpy()


def test_a_scratch_is_closed_by_moving_and_dividing_cells(tmp_path):
    result = run("scratch", tmp_path)
    closed = medians(result, "closed")
    assert closed["untreated"] > closed["mitomycin"] > closed["cytochalasin"]
    series = result.to_dataframe()
    mine = series[(series["measure"] == "closed") & (series["arm"] == "untreated")]
    assert mine[mine["time_min"] == 360]["value"].max() > 80  # recorded before and after the wound
    assert mine[mine["time_min"] == 360]["value"].min() < 10
    assert mine[mine["time_min"] == 540]["value"].median() < 40


def test_cells_pass_pores_only_if_they_crawl_and_more_of_them_up_a_gradient(tmp_path):
    migrated = medians(run("migration", tmp_path), "migrated")
    assert migrated["chemokine"] > 2 * migrated["no gradient sensed"] > 0
    assert migrated["cytochalasin"] == 0


def test_a_coat_holds_cells_that_cannot_degrade_it(tmp_path):
    result = run("invasion", tmp_path)
    assert medians(result, "invaded")["untreated"] > 0
    assert medians(result, "invaded")["MMP inhibitor"] == 0
    assert medians(result, "gel")["untreated"] < 70
    assert medians(result, "gel")["MMP inhibitor"] > 90


def test_a_spheroid_grows_by_division(tmp_path):
    result = run("spheroid", tmp_path)
    diameter = medians(result, "diameter")
    assert diameter["untreated"] > 1.3 * diameter["cytostatic"]
    assert np.all(np.diff(course(result, "diameter", "untreated")) > 0)


@pytest.fixture(scope="module")
def tubes(tmp_path_factory) -> Result:
    return run("tubes", tmp_path_factory.mktemp("tubes"))


def test_cells_join_into_strands_where_receptors_can_tell_what_attracts_them(tubes):
    network = medians(tubes, "network")
    assert network["held by the gel"] > 2 * network["not attracted"] > 0
    assert network["dense"] > 2 * network["attracted"]
    assert course(tubes, "network", "held by the gel")[0] < 2.0


def test_attraction_that_receptors_cannot_tell_leaves_the_network_as_it_is(tubes):
    last = tubes.to_dataframe()[
        (tubes.to_dataframe()["measure"] == "network") & (tubes.to_dataframe()["time_min"] == 18 * 60)
    ]
    free, without = (last[last["arm"] == arm]["value"].to_numpy() for arm in ("attracted", "not attracted"))
    error = np.hypot(free.std(ddof=1), without.std(ddof=1)) / np.sqrt(len(free))
    assert abs(free.mean() - without.mean()) < 4 * error
