"""Each export opened by the program that its users have, which shows the values of the run.

The programs stand in an environment of their own: `python lab.py readers` makes it and runs these tests.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases.signalling import TISSUE

import vesicula
from vesicula.engine import networks
from vesicula.engine.program import Signal
from vesicula.results import stored_program

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("VESICULA_READERS", ROOT / ".venv-readers" / "bin" / "python"))
pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason="the readers are not installed: python lab.py readers")


@cache
def seen(form: str, *words: str) -> Any:
    """What the reader of a format shows of a file."""
    script = str(Path(__file__).with_name("seen.py"))
    done = subprocess.run([str(PYTHON), script, form, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> vesicula.Result:
    return vesicula.simulate(
        "starter", changes={"run.for": "4 h"}, out=tmp_path_factory.mktemp("readers") / "run", threads=1
    )


def test_scanpy_and_squidpy_open_the_cells(result: vesicula.Result) -> None:
    shown, mine = seen("anndata", str(result.export("anndata"))), result.to_anndata()
    assert shown["shape"] == list(mine.shape)
    np.testing.assert_allclose(shown["spatial"], mine.obsm["spatial"].sum(axis=0))
    np.testing.assert_allclose(shown["sums"], np.nansum(mine.X.astype(np.float64), axis=0), rtol=1e-6)
    assert shown["types"] == ["donor", "recipient"]
    assert shown["var"]["bound donor-EV"] == ["bound", "particles/cell"]
    assert {"arm", "draw", "replicate", "time_min", "site", "cell_type", "state", "id"} <= set(shown["obs"])
    assert shown["uns"]["units"]["spatial"] == "µm"
    assert shown["neighbours"] == 3 * len(mine)
    assert shown["across"] == 0


def test_pyvista_opens_points_and_images(result: vesicula.Result) -> None:
    folder = result.export("vtk")
    cells, fields = (
        seen("vtk", str(folder / f"dish-loaded-0-{name}.pvd")) for name in ("cells", "fields")
    )  # fmt: skip
    times = result.picture_times_min
    for shown in (cells, fields):
        assert shown["times"] == times.tolist()
        assert [one["time"] for one in shown["moments"]] == [times[0], times[-1]]
        assert {one["unit"] for one in shown["moments"]} == {"min"}
    image = result.frames("dish", "loaded").astype(np.float64)
    for k, at in ((0, 0), (1, -1)):
        table, points, grid = result.cells("loaded", times[at]), cells["moments"][k], fields["moments"][k]
        assert points["points"] == len(table)
        for name, column in (("diameter (um)", "diameter"), ("PDCD4", "PDCD4"), ("age (min)", "age_min")):
            assert points["sums"][name] == pytest.approx(table[column].astype(float).sum(), rel=1e-6)
        assert points["words"]["type name"] == ["donor", "recipient"]
        assert points["bounds"][:2] == pytest.approx([table["x"].min(), table["x"].max()])
        assert points["drawn"][4:] == pytest.approx(
            [10.0 - table["diameter"].max() / 2, 10.0 + table["diameter"].max() / 2]
        )
        assert grid["bounds"] == [0.0, 200.0, 0.0, 200.0, 0.0, 20.0]
        assert grid["cells"] == 100
        assert grid["sums"]["donor-EV (EV/mL)"] == pytest.approx(image[at, 0].sum(), rel=1e-6)
        assert grid["first"]["donor-EV (EV/mL)"] == pytest.approx(image[at, 0].ravel()[:3], rel=1e-6)


def test_simulariumio_opens_the_film(result: vesicula.Result) -> None:
    shown = seen("simularium", str(result.export("simularium") / "dish-loaded-0.simularium"))
    cells = result.cells("loaded")
    assert shown["times"] == result.picture_times_min.tolist()
    assert shown["again"] == len(shown["times"])
    assert shown["units"] == ["min", "µm"]
    assert shown["box"] == [200.0, 200.0, 20.0]
    assert shown["types"] == ["donor#any", "donor-EV#1 each", "recipient#any"]
    np.testing.assert_allclose(shown["radii"][: len(cells)], cells["diameter"] / 2, rtol=1e-6)
    places = np.array(shown["positions"])[: len(cells)] + np.array(shown["box"]) / 2
    np.testing.assert_allclose(places, cells[["x", "y", "z"]], atol=1e-4)
    assert [name.split("#")[0] for name in shown["names"][: len(cells)]] == cells["type"].tolist()
    density = result.to_xarray("loaded").isel(time=-1).to_numpy().sum(dtype=np.float64)
    assert len(shown["names"]) - len(cells) == round(density * 8000.0 * 1e-12)
    assert len(set(shown["ids"])) == len(shown["ids"])


def test_the_ome_zarr_reader_opens_the_fields(result: vesicula.Result) -> None:
    shown = seen("ome-zarr", str(result.export("ome-zarr") / "dish-untreated-0.ome.zarr"))
    frames = result.frames("dish", "untreated")
    assert shown["shape"] == list(frames.shape)
    assert shown["dtype"] == "float32"
    assert [(axis["name"], axis.get("unit")) for axis in shown["axes"]] == [
        ("t", "minute"), ("c", None), ("y", "micrometer"), ("x", "micrometer")
    ]  # fmt: skip
    assert shown["scale"][0] == {"type": "scale", "scale": [60.0, 1.0, 20.0, 20.0]}
    assert shown["channels"] == ["donor-EV (EV/mL)"]
    np.testing.assert_allclose(shown["sums"], frames.astype(np.float64).sum(axis=(2, 3)), rtol=1e-9)
    assert shown["limits"][0] == pytest.approx([frames.min(), frames.max()])


@pytest.fixture(scope="module")
def signalling(tmp_path_factory: pytest.TempPathFactory) -> vesicula.Result:
    return vesicula.simulate(TISSUE, out=tmp_path_factory.mktemp("signalling") / "run", threads=1)


def course_of_engine(
    result: vesicula.Result, arm: str, inputs: dict[str, float], times: list[float], parts: int
) -> dict[str, np.ndarray]:
    """Nodes of the cell type over time with constant inputs, as the engine moves them in `parts` steps of a time."""
    program, labels = stored_program.read(result.folder.path).sites[0], result.description.labels
    variant, (kind,) = result.description.variant(arm, 0), labels.types
    signal = np.zeros((1, len(program.signals.kind)))
    for column, (what, which) in enumerate(zip(program.signals.kind, program.signals.argument, strict=True)):
        if what == Signal.SUBSTANCE:
            signal[0, column] = inputs[labels.substances[which].name] / labels.substances[which].factor
        if what == Signal.COPIES:  # the cell's own: nothing is delivered here
            signal[0, column] = program.values[variant, program.cargo.p_own[0, which]]
    span = (times[1] - times[0]) / parts
    gates, rows = networks.constants(program, np.array([variant]), span)
    table = program.networks
    nodes = np.zeros((1, program.n_nodes))
    for k, (start, clamp) in enumerate(zip(rows[0, :, networks.N_INITIAL], rows[0, :, networks.N_CLAMP], strict=True)):
        nodes[0, k] = start if np.isnan(clamp) else clamp
    course = [nodes[0].copy()]
    for _ in times[1:]:
        for _ in range(parts):
            networks.march(
                program, span, np.zeros(1, np.int64), np.zeros(1, np.int16), np.ones(1, np.bool_), gates, rows,
                np.empty((0, 0)), signal, nodes,
            )  # fmt: skip
        course.append(nodes[0].copy())
    assert table.node_start[1] == len(kind.nodes)
    return {name: np.array(course)[:, k] for k, name in enumerate(kind.nodes)}


@pytest.mark.parametrize("arm", ["as it is", "PTEN held"])
def test_roadrunner_moves_a_network_as_the_engine_does(signalling: vesicula.Result, arm: str) -> None:
    folder = signalling.folder.path.with_name(f"sbml-{arm[:2]}")
    (file,) = signalling.export("sbml", folder, arm=arm, replace=folder.exists()).glob("*.xml")
    inputs = {"TGFB1": 30.0, "lipid": 4000.0}
    there = [name for name in inputs if f'id="input_{name}"' in file.read_text(encoding="utf-8")]
    assert there == (["TGFB1"] if arm == "PTEN held" else list(inputs))  # lipid reaches PTEN alone
    shown = seen("sbml", str(file), "480", *(f"input_{name}={inputs[name]}" for name in there))
    assert shown["problems"] == []
    assert shown["level"] == [3, 2]
    names = shown["names"]
    theirs = {names[one]: np.array(values) for one, values in shown["course"].items()}
    coarse, fine = (course_of_engine(signalling, arm, inputs, shown["times"], parts) for parts in (10, 40))
    assert theirs.keys() == fine.keys()
    for name, values in theirs.items():
        off = [np.abs(values - mine[name]).max() for mine in (coarse, fine)]
        assert off[0] < 2 * networks.TOLERANCE, name
        assert off[1] < max(off[0] / 8, 1e-7), name  # order 2: a quarter of the step, a sixteenth of the error
        assert np.ptp(values) > 0.05 or (arm == "PTEN held" and name == "PTEN"), name
