"""Free vesicles as dots: as many as there are, where they are, in the colour of the cells that release them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from vesicula.errors import VesiculaError
from vesicula.results import Result
from vesicula.results.dots import MOST_DOTS, vesicles_per_dot
from vesicula.results.palette import cell_colours
from vesicula.results.report.page import Page
from vesicula.results.snapshots import channels
from vesicula.results.standard import PER_ML


@pytest.fixture(scope="module")
def result(finished_bone) -> Result:
    return Result(finished_bone)


def particles(result: Result) -> dict[str, np.ndarray]:
    """Free vesicles of each population in each voxel at the end, in the first arm."""
    site = result.description.sites[0]
    image = result.frames(site.name, result.arms[0])[-1]
    names = [name for _, name, _ in channels(result.description.labels)]
    per_voxel = site.voxel_volume / PER_ML
    free = {p.name: image[names.index(p.name)] * per_voxel for p in result.description.labels.populations}
    return {name: np.maximum(number, 0.0) for name, number in free.items()}  # make-believe ones may be below 0


def dots(result: Result, per_dot: float):
    """Places, float64[n, 2], and colours of the dots at the end, in the first arm."""
    spots = result.picture(result.arms[0], per_dot=per_dot).axes[0].collections[0]
    return np.asarray(spots.get_offsets()), [tuple(colour) for colour in spots.get_facecolors()]


def test_there_are_as_many_dots_of_each_donor_as_it_has_vesicles(result):
    colours = cell_colours(result.description.labels)
    donors = [t.name for t in result.description.labels.types]
    wanted: dict[tuple[float, ...], int] = {}
    for population in result.description.labels.populations:
        colour = to_rgba(colours[donors.index(population.donor)][-1])
        wanted[colour] = wanted.get(colour, 0) + round(float(particles(result)[population.name].sum()) / 3)
    places, seen = dots(result, 3)
    assert len(places) == sum(wanted.values()) > 100
    assert {colour: seen.count(colour) for colour in wanted} == wanted


def test_dots_lie_in_the_voxels_of_their_vesicles(result):
    site = result.description.sites[0]
    places, _ = dots(result, 1)
    counted = np.zeros((site.ny, site.nx))
    np.add.at(counted, tuple((places[:, ::-1] // site.voxel).astype(int).T), 1)
    there = sum(particles(result).values())
    assert counted.sum() == pytest.approx(there.sum(), abs=1)
    assert np.abs(counted - there).max() <= 2 * len(particles(result))  # each population is out by one at either end


def test_a_dot_stands_for_a_round_number_that_leaves_room(result):
    site = result.description.sites[0]
    frames = result.frames(site.name, result.arms[0])
    most = max(float(sum(particles(result).values()).sum()), 1.0)
    for times in (1e-4, 1.0, 37.0, 1e5):
        per_dot = vesicles_per_dot(result.description, site, [frames * times])
        assert str(per_dot).rstrip("0") in {"1", "2", "5"}
        assert most * times / per_dot <= MOST_DOTS
    assert vesicles_per_dot(result.description, site, [frames * 0.0]) == 1


@pytest.mark.parametrize("per_dot", [0.0, -3.0, 1e-9, float("nan")])
def test_dots_that_would_fill_the_picture_are_refused(result, per_dot):
    with pytest.raises(VesiculaError, match="would fill the picture"):
        result.picture(result.arms[0], per_dot=per_dot)


@pytest.mark.parametrize("donors", [1, 2])
def test_the_report_shows_dots_where_several_kinds_of_cells_release_vesicles(result, monkeypatch, donors):
    monkeypatch.setattr(Page, "many_donors", donors > 1)
    page, shown = Page(result), Page(result).pictures()
    assert shown is not None
    assert (shown["per_dot"] is None, shown["layer"]) == ((True, page.layer) if donors == 1 else (False, None))
    assert ("coloured as the cells that release them" in result.report().read_text()) == (donors > 1)


def test_donors_are_counted_by_their_kind(result):
    labels = result.description.labels
    assert not Page(result).many_donors
    two = labels.populations[0].model_copy(update={"name": "other-EV", "donor": labels.types[1].name})
    more = labels.model_copy(update={"populations": (*labels.populations, two)})
    page = Page(result)
    page.d = result.description.model_copy(update={"labels": more})
    assert page.many_donors
