"""Runs in the formats of other programs: what stands in the files, and what an export never harms."""

from __future__ import annotations

import base64
import errno
import json
import shutil
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import zarr

from vesicula.cli import exits, main
from vesicula.errors import ResourceError, RunFolderError, VesiculaError
from vesicula.results import Result, RunFolder
from vesicula.results.dots import MOST_DOTS
from vesicula.results.durable import TEMPORARY
from vesicula.results.exports import ACCOUNT, FORMS
from vesicula.results.snapshots import channels
from vesicula.results.standard import PER_ML

DRAWN = [name for name in FORMS if name != "sbml"]  # the make-believe bone has no program to take networks from


@pytest.fixture(scope="module")
def result(finished_bone: Path) -> Result:
    return Result(finished_bone)


def place(form: str, folder: Path) -> Path:
    return folder / f"out{FORMS[form].ending}"


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_tables_have_a_row_per_value_with_its_unit(result: Result, tmp_path: Path) -> None:
    folder = result.export("csv", tmp_path / "out")
    series = pd.read_csv(folder / "series.csv", encoding="utf-8", float_precision="round_trip")
    whole = result.to_dataframe()
    assert series.columns.tolist() == whole.columns.tolist()
    np.testing.assert_array_equal(series["value"], whole["value"])
    cells = pd.read_csv(folder / "cells.csv", encoding="utf-8", dtype={"id": str, "label": str})
    assert not cells["value"].isna().any()
    one = cells.query("arm == 'RANKL block' and replicate == 0 and time_min == 2880.0")
    wide = one.pivot(index="id", columns="quantity", values="value")
    kept = result.cells("RANKL block", 2880.0)
    kept.index = pd.Index([f"{i:016x}" for i in kept["id"]])
    for name in ("x", "y", "diameter", "SMAD2", "NFATC1", "delivered copies of miR-21-5p"):
        np.testing.assert_allclose(wide[name].reindex(kept.index), kept[name].astype(float), rtol=1e-6)
    units = cells.groupby("quantity")["unit"].unique().map(list).to_dict()
    assert units["x"] == ["µm"]
    assert units["delivered copies of ITGB3"] == ["copies/cell"]
    ledger = pd.read_csv(folder / "ledger.csv")
    assert len(ledger) == len(result.ledger)
    talk = pd.read_csv(folder / "talk.csv")
    assert talk.query("what == 'delivered'")["value"].sum() == result.talk["delivered"].sum()
    assert set(talk["unit"]) == {"particles"}


def unpacked(array: ElementTree.Element) -> np.ndarray | list[str]:
    """Content of an array of a VTK file."""
    text = "".join((array.text or "").split())
    blocks, size, part, packed = np.frombuffer(base64.b64decode(text[:44])[:32], dtype="<u8").tolist()
    content = zlib.decompress(base64.b64decode(text[44:]))
    assert (blocks, part, len(content), len(base64.b64decode(text[44:]))) == (1, 0, size, packed)
    if array.get("type") == "String":
        return content.decode().split("\0")[:-1]
    kinds = {"Float32": "<f4", "Float64": "<f8", "Int32": "<i4", "Int64": "<i8", "UInt64": "<u8"}
    return np.frombuffer(content, dtype=kinds[str(array.get("type"))])


def arrays(file: Path, within: str) -> dict[str, np.ndarray | list[str]]:
    found = ElementTree.parse(file).getroot().find(f".//{within}")
    assert found is not None
    return {str(one.get("Name")): unpacked(one) for one in found}


def test_points_and_images_hold_cells_and_fields(result: Result, tmp_path: Path) -> None:
    folder = result.export("vtk", tmp_path / "out", arm="RANKL block")
    series = ElementTree.parse(folder / "bone-RANKL-block-0-cells.pvd").getroot()
    rows = [(float(str(one.get("timestep"))), str(one.get("file"))) for one in series.iter("DataSet")]
    assert [time for time, _ in rows] == result.picture_times_min.tolist()
    time, file = rows[3]
    cells, held = result.cells("RANKL block", time), arrays(folder / file, "PointData")
    np.testing.assert_array_equal(held["diameter (um)"], cells["diameter"])
    np.testing.assert_array_equal(held["id"], cells["id"])
    assert held["type name"] == cells["type"].tolist()
    places = arrays(folder / file, "Points")["Points"]
    np.testing.assert_array_equal(np.reshape(places, (-1, 3)), cells[["x", "y", "z"]])
    fields = arrays(folder / "bone-RANKL-block-0" / "fields-00003.vti", "CellData")
    image = result.frames("bone", "RANKL block")[3]
    for c, (_, name, unit) in enumerate(channels(result.description.labels)):
        np.testing.assert_array_equal(fields[f"{name} ({unit})"], image[c].ravel())
    grid = ElementTree.parse(folder / "bone-RANKL-block-0" / "fields-00003.vti").getroot()[0]
    assert (grid.get("WholeExtent"), grid.get("Spacing")) == ("0 30 0 20 0 1", "20.0 20.0 20.0")


def test_images_have_axes_scale_channels_and_the_recorded_moments(result: Result, tmp_path: Path) -> None:
    folder = result.export("ome-zarr", tmp_path / "out")
    assert sorted(one.name for one in folder.glob("*.zarr")) == [
        "bone-RANKL-block-0.ome.zarr", "bone-untreated-0.ome.zarr"
    ]  # fmt: skip
    image = zarr.open_group(folder / "bone-untreated-0.ome.zarr", mode="r")
    frames = result.frames("bone", "untreated")
    np.testing.assert_array_equal(image["0"][:], frames)
    ome = image.attrs["ome"]
    (scales,) = ome["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["t", "c", "y", "x"]
    assert scales["datasets"][0]["coordinateTransformations"][0]["scale"] == [1440.0, 1.0, 20.0, 20.0]
    assert ome["omero"]["channels"][0]["label"] == "TGFB1 (pM)"
    window = ome["omero"]["channels"][2]["window"]
    assert (window["start"], window["end"]) == (frames[:, 2].min(), frames[:, 2].max())


def test_a_film_follows_each_cell_and_shows_vesicles_as_dots(result: Result, tmp_path: Path) -> None:
    folder = result.export("simularium", tmp_path / "out", arm="untreated")
    film = json.loads((folder / "bone-untreated-0.simularium").read_text("utf-8"))
    info = film["trajectoryInfo"]
    names = {int(number): one["name"] for number, one in info["typeMapping"].items()}
    bundle = film["spatialData"]["bundleData"]
    assert [one["time"] for one in bundle] == result.picture_times_min.tolist()
    known: dict[int, float] = {}
    for one in bundle:
        agents = np.reshape(one["data"], (-1, 11))
        cells = result.cells("untreated", one["time"])
        mine, dots = agents[: len(cells)], agents[len(cells) :]
        np.testing.assert_allclose(mine[:, 3:5] + [300.0, 200.0], cells[["x", "y"]], atol=1e-4)
        np.testing.assert_allclose(mine[:, 9], cells["diameter"] / 2)
        assert [names[int(k)].split("#") for k in mine[:, 2]] == cells[["type", "state"]].to_numpy().tolist()
        for lineage, number in zip(cells["id"].tolist(), mine[:, 1].tolist(), strict=True):
            assert known.setdefault(lineage, number) == number
        assert len(set(agents[:, 1])) == len(agents)
        (each,) = {names[int(k)] for k in dots[:, 2]} or {"tumour-EV#1 each"}
        per_dot = int(each.removeprefix("tumour-EV#").removesuffix(" each"))
        free = result.to_xarray("untreated").sel(time=one["time"], channel="tumour-EV").to_numpy().clip(0).sum()
        assert abs(len(dots) * per_dot - free * 8000.0 / PER_ML) <= per_dot
        assert len(dots) <= MOST_DOTS
        assert (np.abs(dots[:, 3:6]) <= [300.0, 200.0, 10.0]).all()
    assert info["size"] == {"x": 600.0, "y": 400.0, "z": 20.0}


@pytest.mark.parametrize("form", DRAWN)
def test_an_export_that_is_there_is_refused_unless_it_may_be_replaced(
    form: str, result: Result, tmp_path: Path
) -> None:
    target = place(form, tmp_path)
    assert result.export(form, target, arm="untreated", time=0.0) == target
    kept = sorted(one.relative_to(tmp_path) for one in tmp_path.rglob("*"))
    with pytest.raises(RunFolderError, match="is there already"):
        result.export(form, target)
    result.export(form, target, arm="untreated", time=0.0, replace=True)
    assert sorted(one.relative_to(tmp_path) for one in tmp_path.rglob("*")) == kept
    if target.is_dir():
        account = json.loads((target / ACCOUNT).read_text("utf-8"))
        assert (account["format"], account["part"]["arm"]) == (form, "untreated")


@pytest.mark.parametrize("form", ["vtk", "anndata"])
def test_only_an_export_is_ever_replaced(form: str, result: Result, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(result.folder.path, run)
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("all of it", encoding="utf-8")
    targets = (run, run / "inside", tmp_path, mine) if form == "vtk" else (mine,)
    for target in targets:
        with pytest.raises(VesiculaError):
            Result(run).export(form, target, replace=True)
    assert (mine / "chapter.txt").read_text("utf-8") == "all of it"
    assert len(Result(run).records) == len(result.records)


@pytest.mark.parametrize("form", DRAWN)
def test_a_full_disk_leaves_what_was_there_and_nothing_half(
    form: str, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(form, tmp_path)
    result.export(form, target, arm="untreated", time=0.0)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    home = f"vesicula.results.exports.{FORMS[form].home}"
    last = {"anndata": "anndata.AnnData.write_h5ad", "csv": f"{home}._write_cells", "ome-zarr": f"{home}._write_array",
            "simularium": f"{home}.json.dumps", "vtk": f"{home}.vtk_xml.image"}[form]  # fmt: skip
    monkeypatch.setattr(last, full)
    with pytest.raises(ResourceError, match="No space left"):
        result.export(form, target, replace=True)
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before


def test_what_a_killed_export_left_is_no_hindrance(result: Result, tmp_path: Path) -> None:
    half = tmp_path / f"out{TEMPORARY}"
    half.mkdir()
    (half / "half.csv").write_text("a,b\n1", encoding="utf-8")
    folder = result.export("csv", tmp_path / "out", time=0.0)
    assert not half.exists()
    assert not (folder / "half.csv").exists()


def test_a_run_that_was_stopped_goes_out_as_far_as_it_came(short_bone, tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", short_bone.description)
    short_bone.go(folder, until=8)
    assert RunFolder.open(tmp_path / "run").status == "running"  # as a kill leaves it
    result = Result(tmp_path / "run")
    folder.interrupt()
    reached = result.picture_times_min.tolist()
    assert reached == [0.0, 1440.0, 2880.0]
    assert sorted(set(result.to_anndata().obs["time_min"])) == reached
    images = result.export("ome-zarr", tmp_path / "images")
    assert zarr.open_group(images / "bone-untreated-0.ome.zarr", mode="r")["0"].shape[0] == len(reached)
    assert "has not ended" in json.loads((images / ACCOUNT).read_text("utf-8"))["notes"][0]
    film = json.loads(
        (result.export("simularium", tmp_path / "film") / "bone-untreated-0.simularium").read_text("utf-8")
    )
    assert film["trajectoryInfo"]["totalSteps"] == len(reached)
    assert len(list(result.export("vtk", tmp_path / "vtk").rglob("*.vtp"))) == 2 * len(reached)
    rows = pd.read_csv(result.export("csv", tmp_path / "csv") / "series.csv")
    assert sorted(set(rows["time_min"])) == reached


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"to": "tiff"}, "there is no format tiff"),
        ({"to": "csv", "arm": "nothing"}, "no arm is called nothing"),
        ({"to": "csv", "site": "nothing"}, "no site is called nothing"),
        ({"to": "csv", "time": 7.0}, "nothing was kept at 7 min"),
        ({"to": "vtk", "replicate": 3}, "no pictures of this part"),
        ({"to": "simularium", "replicate": 9}, "there is no replicate 9"),
        ({"to": "anndata", "out": "cells.csv"}, r"no \.h5ad file"),
    ],
)
def test_what_is_not_there_is_an_error_and_writes_nothing(
    words: dict[str, str], told: str, result: Result, tmp_path: Path
) -> None:
    out = tmp_path / words.pop("out", "out")
    target = out.with_suffix(".h5ad") if words["to"] == "anndata" and out.name == "out" else out
    with pytest.raises(VesiculaError, match=told):
        result.export(out=target, **words)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote(result: Result, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("export", str(result.folder.path), "--to", "csv", "--out", str(tmp_path / "out"), "--at", "1 day")
    assert outcome(*words) == exits.OK
    shown = capfd.readouterr()
    assert shown.out.strip() == str(tmp_path / "out")
    assert "series.csv:" in shown.err
    assert "talk.csv was left out" in shown.err
    assert set(pd.read_csv(tmp_path / "out" / "cells.csv")["time_min"]) == {1440.0}
    assert outcome(*words) == exits.RUN_FOLDER
    assert "--replace" in capfd.readouterr().err
    assert outcome(*words, "--replace", "--json") == exits.OK
    assert json.loads(capfd.readouterr().out)["format"] == "csv"
