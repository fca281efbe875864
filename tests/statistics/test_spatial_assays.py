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
    series = result.series
    mine = series[(series["measure"] == measure) & (series["arm"] == arm)]
    return mine.groupby("time_min")["value"].median().to_numpy()


def test_a_scratch_is_closed_by_moving_and_dividing_cells(tmp_path):
    result = run("scratch", tmp_path)
    closed = medians(result, "closed")
    assert closed["untreated"] > closed["mitomycin"] > closed["cytochalasin"]
    series = result.series
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


def test_attracted_cells_join_into_strands(tmp_path):
    result = run("tubes", tmp_path)
    network = medians(result, "network")
    assert network["dense"] > network["attracted"] > 2 * network["not attracted"]
    assert course(result, "network", "attracted")[0] < 2.0
