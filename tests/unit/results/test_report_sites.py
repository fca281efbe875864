"""Runs in 3D, in a pool, in two sites, and without cells, vesicles or measures, are kept and reported too."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_program, blank_state, states_of, system_of
from vesicula.results import Recorder, Result, RunFolder
from vesicula.results.description import (
    Labels,
    MeasureLabel,
    PlanLabel,
    RunDescription,
    SiteLabel,
    SubstanceLabel,
    TypeLabel,
    VariantLabel,
)
from vesicula.results.report.film import Kept, film

BLOCK = Grid(nx=6, ny=5, nz=4, voxel=20.0, height=20.0, dimensions=3)
POOL = Grid(nx=1, ny=1, nz=1, voxel=1000.0, height=1000.0, dimensions=0)


def run(path: Path, grids: dict[str, Grid], *, types: int = 1, substances: int = 1, measures: bool = True) -> Result:
    """Three records of sites in which a substance rises and cells stay."""
    labels = Labels(
        substances=tuple(SubstanceLabel(name=f"S{i}", unit="pM", factor=1660.5) for i in range(substances)),
        types=tuple(TypeLabel(name=f"cell{i}", states=("-",)) for i in range(types)),
    )
    count = MeasureLabel(name="cells", text="count of cell0", kind="count", what="cell0", cell="cell0", unit="cells")
    description = RunDescription(
        model="sites", plan=PlanLabel(macro_step_min=6.0, record_steps=(0, 10, 20)),
        variants=(VariantLabel(arm="only", replicate=0, draw=0, seed=1),),
        sites=tuple(
            SiteLabel(name=n, nx=g.nx, ny=g.ny, nz=g.nz, voxel=g.voxel, height=g.height, dimensions=g.dimensions)
            for n, g in grids.items()
        ),
        labels=labels, measures=(count,) if measures else (),
    )  # fmt: skip
    programs, states = [], []
    for grid in grids.values():
        program = blank_program(grid, n_types=max(1, types), n_substances=substances)
        size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
        places = size * np.random.default_rng(5).random((30 if types else 0, 3))
        state = blank_state(program, [places])
        if not types:
            for table in ("talk", "cell_ledger", "delivered_copies"):
                array = getattr(state, table)
                setattr(state, table, array[:, :, :0] if table != "cell_ledger" else array[:, :0])
        programs.append(program)
        states.append(state)
    folder = RunFolder.create(path, description)
    recorder = Recorder(folder, system_of(programs, names=tuple(grids)))
    whole = states_of(*states, names=tuple(grids))
    for _ in description.plan.record_steps:
        recorder.record(whole)
        for state in states:
            state.step += 10
            state.concentration += 1e-3
    folder.finish(whole)
    return Result(path)


def test_block_is_shown_in_its_middle_plane(tmp_path):
    result = run(tmp_path / "run", {"block": BLOCK})
    fields = result.to_xarray("only")
    assert fields.dims == ("time", "channel", "z", "y", "x")
    assert fields.shape == (3, 1, 4, 5, 6)
    assert result.to_anndata(time=result.picture_times_min[-1]).obsm["spatial"].shape == (30, 3)
    page = result.report().read_text()
    assert "middle plane, z = 40 µm" in page
    assert 'id="frames"' in page
    cells = result.cells()
    cut = np.abs(cells["z"] - 40.0) < cells["diameter"] / 2
    assert 0 < cut.sum() < 30
    collection = result.picture(layer="S0").axes[0].collections[0]
    assert len(collection.get_offsets()) == cut.sum()


def test_film_of_a_block_has_its_planes_and_all_cells(tmp_path):
    result = run(tmp_path / "run", {"block": BLOCK})
    page = result.report().read_text()
    told = json.loads(re.search(r'id="frames">(.*?)</script>', page, flags=re.DOTALL).group(1))
    assert (told["planes"], told["depth"]) == ([10.0, 30.0, 50.0, 70.0], 80.0)
    frame, cells = told["arms"][0]["frames"][-1], result.cells()
    z = np.frombuffer(base64.b64decode(frame["z"]), dtype="<u2")
    np.testing.assert_allclose(z / 65535 * 80.0, cells["z"], atol=0.01)
    planes = np.frombuffer(base64.b64decode(frame["fields"]), dtype=np.uint8).reshape(1, 4, 5, 6)
    field = result.to_xarray("only").isel(time=-1).to_numpy()
    np.testing.assert_allclose(planes / 255 * told["channels"][0]["top"], field, atol=told["channels"][0]["top"] / 254)
    for control in ('id="plane"', 'id="paint"', 'id="cellkey"'):
        assert control in page


@pytest.mark.parametrize(("most", "planes", "nodes"), [(10**9, 4, 3), (7000, 1, 0)])
def test_film_that_would_not_fit_keeps_its_frames(tmp_path, monkeypatch, most, planes, nodes):
    result = run(tmp_path / "run", {"block": BLOCK})
    labels = result.description.labels
    types = (labels.types[0].model_copy(update={"nodes": ("A", "B", "C")}),)
    described = result.description.model_copy(update={"labels": labels.model_copy(update={"types": types})})
    site = described.sites[0]
    cells = result.cells().assign(A=0.1, B=0.5, C=2.0)
    kept = Kept({"only": result.frames()}, {"only": [cells] * 3})
    monkeypatch.setattr("vesicula.results.report.film.BYTES", most // 10)
    shown = film(described, site, result.times_min, kept)
    assert len(shown["arms"][0]["frames"]) == 3
    assert (len(shown["planes"]), len(shown["nodes"])) == (planes, nodes)


def test_pool_has_curves_instead_of_pictures(tmp_path):
    result = run(tmp_path / "run", {"blood": POOL})
    page = result.report().read_text()
    assert 'id="frames"' not in page
    assert "data:image/png" not in page
    assert "a well-mixed pool of 0.001 mL" in page
    assert result.answer == "After 2 h, cells is 30 cells in one run."


def test_two_sites_add_up(tmp_path):
    result = run(tmp_path / "run", {"blood": POOL, "block": BLOCK})
    assert result.compare("cells").arms[0].values.tolist() == [60.0]
    assert set(result.to_dataframe().site) == {"", "blood", "block"}
    page = result.report().read_text()
    assert "block: count of cell0" in page
    assert "cells in blood, only (cells)" in page


@pytest.mark.parametrize("absent", [{"types": 0, "measures": False}, {"substances": 0}, {"measures": False}])
def test_what_a_model_lacks_is_left_out(tmp_path, absent):
    result = run(tmp_path / "run", {"block": BLOCK}, **absent)
    page = result.report().read_text()
    assert "<h2>Methods</h2>" in page
    assert ("The model has no measure" in page) == (not absent.get("measures", True))


def test_a_section_that_would_be_empty_is_left_out_with_its_link(tmp_path, finished_bone):
    talking = Result(finished_bone).report(tmp_path / "bone.html").read_text()
    silent = run(tmp_path / "run", {"block": BLOCK}, substances=0).report().read_text()
    for words in ('id="messages"', 'href="#messages"', "Who talks to whom"):
        assert words in talking
        assert words not in silent
