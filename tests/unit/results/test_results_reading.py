"""Result: tables, fields, cells, comparisons, the answer; statistics, wording and needs."""

from __future__ import annotations

import math
import sys
from subprocess import run

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicula.errors import RunFolderError, VesiculaError
from vesicula.results import Result, RunFolder
from vesicula.results.compare import answer
from vesicula.results.messages import funnels
from vesicula.results.needs import copies_needed, free_copies, total_copies
from vesicula.results.statistics import influences, interval
from vesicula.results.wording import duration, listed, number, span


@pytest.fixture(scope="module")
def result(finished_bone) -> Result:
    return Result(finished_bone)


def test_answer_names_both_arms_the_change_and_who_agrees(result):
    text = result.answer
    assert text.startswith("After 8 days, bone is ")
    assert "RANKL block" in text
    assert "untreated" in text
    assert "percentage points more, in all 8 draws" in text
    best = result.compare("bone").most_different
    assert number(best.summary.median) in text


def test_answer_calls_small_changes_invisible(result):
    comparison = result.compare("messages")
    assert not comparison.arms[1].visible
    assert "too small to show by particle count" in answer(result.description, comparison) or "no difference" in answer(
        result.description, comparison
    )


def test_change_is_taken_within_replicates(result):
    comparison = result.compare("bone")
    table = result.values("bone").pivot(index="replicate", columns="arm", values="value")
    change = np.median(table["RANKL block"] - table["untreated"])
    assert comparison.arms[1].change.median == pytest.approx(change)
    assert comparison.arms[1].agreeing == 8


def test_fields_have_units_and_micrometres(result):
    fields = result.to_xarray("RANKL block", site="bone")
    assert fields.dims == ("time", "channel", "y", "x")
    assert fields.sel(channel="tumour-EV")["unit"].item() == "EV/mL"
    assert fields.x.attrs["unit"] == "µm"
    assert fields.time.values[-1] == 11520.0
    with pytest.raises(RunFolderError, match="no fields were kept"):
        result.to_xarray("untreated", replicate=3)


def test_cells_by_name_agree_with_the_kept_state(result):
    state = result.folder.last_state().site("bone")
    for replicate in (0, 5):
        cells = result.cells("RANKL block", replicate=replicate)
        variant = result.description.variant("RANKL block", replicate)
        mine = slice(int(state.cell_start[variant]), int(state.cell_start[variant + 1]))
        np.testing.assert_array_equal(cells["id"], state.cell_id[mine])
        np.testing.assert_allclose(cells[["x", "y"]], state.position[mine, :2], rtol=1e-6)
        clasts = cells[cells["type"] == "osteoclast"]
        np.testing.assert_allclose(clasts["NFATC1"], state.nodes[mine, 0][state.cell_type[mine] == 2], rtol=1e-6)
        assert clasts["SMAD2"].isna().all()
    with pytest.raises(RunFolderError, match="at the end only"):
        result.cells("RANKL block", 0.0, replicate=5)


def test_cells_of_all_arms_are_those_of_each(result):
    time = float(result.picture_times_min[2])
    for arm, (cells,) in result.cells_by_arm([time]).items():
        assert cells.equals(result.cells(arm, time))


def test_fields_of_all_arms_are_those_of_each(result):
    whole = result.to_xarray()
    assert whole.dims == ("arm", "time", "channel", "y", "x")
    assert whole.coords["arm"].values.tolist() == list(result.arms)
    for arm in result.arms:
        np.testing.assert_array_equal(whole.sel(arm=arm).values, result.to_xarray(arm).values)
    assert whole.sel(channel="TGFB1")["unit"].item() == "pM"


def test_curves_are_those_of_the_folder(result):
    assert result.to_dataframe().equals(result.folder.series())


def test_anndata_of_a_moment_holds_places_nodes_copies_and_vesicles(result):
    cells = result.cells("untreated", 1440.0)
    table = result.to_anndata("untreated", 1440.0)
    assert table.n_obs == len(cells)
    np.testing.assert_array_equal(table.obsm["spatial"], cells[["x", "y"]].to_numpy(dtype=float))
    inside = ["SMAD2", "PTH1R", "NFATC1", "delivered copies of miR-21-5p", "delivered copies of ITGB3"]
    assert list(table.var_names) == [*inside, "bound tumour-EV", "endosomal tumour-EV"]
    assert table.var["unit"].tolist() == ["1", "1", "1", "copies/cell", "copies/cell", *["particles/cell"] * 2]
    np.testing.assert_array_equal(table.X, cells[list(table.var_names)].to_numpy(dtype=np.float32))
    assert table.obs["cell_type"].tolist() == cells["type"].tolist()
    assert table.obs["id"].tolist() == [f"{i:016x}" for i in cells["id"]]
    assert table.obs["sample"].unique().tolist() == ["bone, untreated, replicate 0, 1440 min"]
    assert table.uns["vesicula"]["units"] == {"spatial": "µm", "time_min": "min", "diameter": "µm", "age_min": "min"}


def test_anndata_of_all_is_every_moment_and_at_the_end_every_replicate(result):
    whole = result.to_anndata()
    counts = whole.obs.groupby(["arm", "replicate", "time_min"], observed=True).size()
    times, d = result.picture_times_min, result.description
    assert len(counts) == len(d.arms) * (len(times) + d.replicates - 1)
    for (arm, replicate, time), n in counts.items():
        assert n == len(result.cells(arm, time, replicate=replicate))
    assert whole.obs_names.is_unique
    drawn = whole.obs.groupby("replicate")["draw"].unique().map(list)
    assert drawn.tolist() == [[d.variants[d.variant("untreated", r)].draw] for r in range(d.replicates)]
    only = result.to_anndata(replicate=3)
    assert set(only.obs["time_min"]) == {times[-1]}
    assert set(only.obs["arm"]) == set(d.arms)
    with pytest.raises(RunFolderError, match="no cells of this part"):
        result.to_anndata(time=times[0], replicate=3)


def test_talk_says_who_got_how_much(result):
    talk = result.talk
    mine = talk[(talk.arm == "untreated") & (talk.replicate == 0) & (talk.recipient == "osteoclast")]
    assert (mine.donor == "tumour").all()
    assert (mine.delivered == mine.fused + mine.escaped).all()
    assert mine.delivered.item() > 0
    assert not talk[talk.recipient == "osteoblast"].delivered.any()


def test_unknown_names_come_with_the_known_ones(result):
    with pytest.raises(VesiculaError, match="tumour cells"):
        result.plot("bones")
    with pytest.raises(VesiculaError, match="there are: bone"):
        result.to_xarray(site="marrow")
    with pytest.raises(VesiculaError, match="there are: untreated, RANKL block"):
        result.cells("RANK block")


def test_figures_have_axes_with_units(result):
    axes = result.plot("bone").axes[0]
    assert axes.get_xlabel() == "time (days)"
    assert axes.get_ylabel() == "bone (% of start)"
    assert len(axes.lines) == 2
    assert len(result.picture("untreated", layer="tumour-EV").axes) == 1


def test_funnel_narrows_from_offered_to_loaded_and_shows_the_gap(result):
    first = funnels(result.description, result.records, "untreated")[0]
    assert (first.recipient, first.species, first.target) == ("osteoclast", "miR-21-5p", "NFATC1")
    assert [s.name for s in first.stages] == [
        "offered",
        "bound",
        "taken up",
        "escaped",
        "delivered",
        "loaded",
        "needed",
    ]
    medians = [s.value.median for s in first.stages]
    assert medians[:6] == sorted(medians[:6], reverse=True)
    contacts = result.records[-1].arrays["bone/talk"][:8, 0, 2]
    assert medians[1] == pytest.approx(np.median(contacts[:, 0]) / 9)
    assert first.gap == pytest.approx(math.log10(medians[6] / medians[5]))


def test_unfinished_run_says_so(bone, tmp_path):
    folder = RunFolder.create(tmp_path / "run", bone.description)
    bone.go(folder, until=13)
    folder.interrupt()
    result = Result(tmp_path / "run")
    assert "(the run is not finished)" in result.answer
    assert len(result.times_min) == 4
    with pytest.raises(RunFolderError, match="no records yet"):
        RunFolder.create(tmp_path / "empty", bone.description).interrupt() or Result(tmp_path / "empty")


def test_influences_find_the_planted_cause_and_no_other():
    generator = np.random.default_rng(4)
    draws = pd.DataFrame(generator.lognormal(size=(24, 40)), columns=[f"p{i}" for i in range(40)])
    values = draws["p7"].to_numpy() ** 3 + 0.01 * generator.normal(size=24)
    found = influences(draws, values)
    assert found[0].path == "p7"
    assert found[0].correlation > 0.95
    assert [i.path for i in found if i.beyond_chance] == ["p7"]
    assert influences(draws.iloc[:7], values[:7]) == []


def test_interval_takes_percentiles_from_ten_on():
    few, many = interval(np.arange(9.0)), interval(np.arange(101.0))
    assert (few.low, few.median, few.high) == (0, 4, 8)
    assert (many.low, many.median, many.high) == (5, 50, 95)
    assert interval(np.array([np.nan])).n == 0


@given(st.floats(1.0, 1e6), st.lists(st.tuples(st.floats(1, 1e5), st.floats(1, 1e4), st.floats(0.01, 10)), min_size=1))
def test_free_copies_invert_total_copies(total, targets):
    table = np.array(targets).T
    assert total_copies(free_copies(total, *table), *table) == pytest.approx(total, rel=1e-9)


def test_copies_needed_move_the_target_by_the_fold():
    sites, half, strength = np.array([20.0, 3e4]), np.array([1e3, 1e3]), np.array([1.0, 1.0])
    need = copies_needed(2000.0, 0, sites, half, strength, fold=1.5)
    before, after = (free_copies(m, sites, half, strength) for m in (2000.0, 2000.0 + need))
    left = [half[0] / (half[0] + strength[0] * m) for m in (before, after)]
    assert left[0] / left[1] == pytest.approx(1.5, rel=1e-6)
    assert need > 1000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (61.44, "61.4"), (1234567.0, "1.23×10⁶"), (1e-4, "1×10⁻⁴"), (-0.5, "−0.5"), (999.9, "1,000"),
        (30676.0, "30,700"), (float("nan"), "–"), (float("inf"), "∞"), (100.0, "100"), (0.0123, "0.0123"),
    ],
)  # fmt: skip
def test_numbers_read_well(value, text):
    assert number(value) == text


def test_times_and_lists_read_well():
    assert [duration(m) for m in (6, 90, 2160, 30240, 5259600)] == ["6 min", "90 min", "36 h", "21 days", "10 years"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert span(58.0, 58.01) == "58"
    assert span(-2, -1) == "−2 to −1"


def test_import_of_results_is_light():
    heavy = ("numpy", "pandas", "zarr", "matplotlib")
    code = f"import sys, vesicula.results; print([m for m in {heavy} if m in sys.modules])"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": _source()})
    assert done.stdout.strip() == "[]"


def _source() -> str:
    import vesicula

    return str(next(iter(vesicula.__path__)).rsplit("/", 1)[0])
