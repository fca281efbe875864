"""What is asked of a result is what is answered: an unknown time, arm, replicate, site or field is an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vesicula import Result, VesiculaError
from vesicula.simulation import load


def test_cells_of_another_time_are_not_given(finished_bone: Path) -> None:
    result = Result(finished_bone)
    kept = result.picture_times_min
    asked = float(kept[-1]) * 0.5001 + 1.0
    nearest = kept[np.argmin(np.abs(kept - asked))]
    for call in (result.cells, result.to_anndata, result.picture):
        with pytest.raises(VesiculaError, match=f"nothing was kept at .* the nearest kept time is {nearest:g} min"):
            call(time=asked)
    for wrong in (-60.0, float("nan"), float("inf"), float(kept[-1]) + 1.0):
        with pytest.raises(VesiculaError, match="nothing was kept"):
            result.cells(time=wrong)


def test_cells_of_a_kept_time_are_given(finished_bone: Path) -> None:
    result = Result(finished_bone)
    first = float(result.picture_times_min[0])
    assert result.cells(time=first + 0.005).equals(result.cells(time=first))


@pytest.mark.parametrize("arm", ["", "nothing"])
def test_an_unknown_arm_is_not_the_baseline(finished_bone: Path, arm: str) -> None:
    result = Result(finished_bone)
    for call in (result.cells, result.to_anndata, result.picture, result.to_xarray):
        with pytest.raises(VesiculaError, match="no arm is called"):
            call(arm=arm)


def test_an_unknown_replicate_site_or_field_is_an_error(finished_bone: Path) -> None:
    result = Result(finished_bone)
    with pytest.raises(VesiculaError, match="there is no replicate 8"):
        result.cells(replicate=8)
    with pytest.raises(VesiculaError, match="there is no replicate -1"):
        result.to_xarray(replicate=-1)
    with pytest.raises(VesiculaError, match="no site is called"):
        result.cells(site="nothing")
    with pytest.raises(VesiculaError, match="no field is called nothing"):
        result.picture(layer="nothing")


@pytest.mark.parametrize("words", [{"draws": 0}, {"draws": -3}, {"draws": 2.5}, {"seed": -1}, {"seed": 2**64}])
def test_draws_and_seeds_are_whole_numbers(words: dict[str, int]) -> None:
    with pytest.raises(VesiculaError, match="whole number"):
        load("starter", **words)
