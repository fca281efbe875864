"""Arrays of snapshots are Zarr 3: what is written here any reader of Zarr reads, and the other way round."""

import json

import numpy as np
import pytest
import zarr

from vesicula.results import zarr_files
from vesicula.results.folder import RunFolder
from vesicula.results.snapshots import SnapshotReader, cell_columns
from vesicula.results.zarr_files import ArrayFolder, write_group

NAN = float("nan")


def test_what_is_written_is_what_zarr_writes_and_reads(tmp_path):
    values = np.arange(5 * 2 * 3 * 4, dtype=np.float32).reshape(5, 2, 3, 4)
    write_group(tmp_path / "own", {"ome": {"version": "0.5"}})
    own = ArrayFolder.create(tmp_path / "own" / "0", values.shape, (1, 1, 3, 4), "float32", NAN, ["t", "c", "y", "x"])
    for record in (0, 1, 3):
        own.write([record, 0, 0, 0], values[record : record + 1])
    other = zarr.open_group(tmp_path / "zarr", mode="a", zarr_format=3)
    other.attrs["ome"] = {"version": "0.5"}
    made = other.create_array(
        "0", shape=values.shape, dtype="float32", chunks=(1, 1, 3, 4), fill_value=NAN,
        dimension_names=["t", "c", "y", "x"],
    )  # fmt: skip
    for record in (0, 1, 3):
        made[record] = values[record]
    for meta in ("zarr.json", "0/zarr.json"):
        assert json.loads((tmp_path / "own" / meta).read_text()) == json.loads((tmp_path / "zarr" / meta).read_text())
    expected = values.copy()
    expected[[2, 4]] = NAN
    for place in ("own", "zarr"):
        assert np.array_equal(np.asarray(zarr.open_group(tmp_path / place, mode="r")["0"]), expected, equal_nan=True)
        read = ArrayFolder.open(tmp_path / place / "0").read
        assert np.array_equal(read(), expected, equal_nan=True)
        assert np.array_equal(read(slice(1, 3)), expected[1:3], equal_nan=True)
        assert read(slice(0)).shape == (0, 2, 3, 4)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_a_table_over_an_earlier_one_of_another_length(tmp_path, n):
    for length in (4, n):
        table = np.random.default_rng(length).normal(size=(length, 3)).astype(np.float32)
        ids = np.arange(length, dtype=np.uint64) + np.uint64(2**63)
        for name, one in (("cells", table), ("ids", ids)):
            made = ArrayFolder.create(tmp_path / name, one.shape, [max(1, k) for k in one.shape], str(one.dtype), 0.0)
            made.write([0] * one.ndim, one)
    assert np.array_equal(ArrayFolder.open(tmp_path / "cells").read(), table)
    assert np.array_equal(ArrayFolder.open(tmp_path / "ids").read(), ids)
    assert np.array_equal(np.asarray(zarr.open_array(tmp_path / "ids", mode="r")), ids)


def test_a_write_that_is_cut_short_leaves_the_old_chunk(tmp_path, monkeypatch):
    array = ArrayFolder.create(tmp_path / "a", (1, 2), (1, 2), "float32", NAN)
    array.write([0, 0], np.ones((1, 2)))

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(zarr_files.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        array.write([0, 0], np.zeros((1, 2)))
    assert array.read().tolist() == [[1.0, 1.0]]
    assert [f.name for f in (tmp_path / "a" / "c" / "0").iterdir()] == ["0"]


def test_another_packing_and_a_damaged_chunk_are_refused(tmp_path):
    zarr.create_array(tmp_path / "plain", data=np.ones(3), compressors=None)
    with pytest.raises(ValueError, match="another way"):
        ArrayFolder.open(tmp_path / "plain")
    array = ArrayFolder.create(tmp_path / "a", (40,), (40,), "uint64", 0)
    array.write([0], np.arange(40))
    chunk = tmp_path / "a" / "c" / "0"
    chunk.write_bytes(chunk.read_bytes()[:20])
    with pytest.raises((OSError, ValueError)):
        array.read()


def test_snapshots_of_a_run_open_in_zarr(bone, tmp_path):
    bone.go(RunFolder.create(tmp_path / "run", bone.description))
    root = zarr.open_group(tmp_path / "run" / "snapshots.zarr", mode="r")
    mine = SnapshotReader(tmp_path / "run" / "snapshots.zarr", bone.description, 9)
    fields = np.asarray(root["0-bone/00-untreated-0/0"])
    assert np.array_equal(fields, mine.image("bone", 0).to_numpy(), equal_nan=True)
    columns = cell_columns(bone.description.labels)
    assert root["0-bone/cells"].attrs["columns"] == columns
    table = mine.cells("bone", 2)
    assert np.array_equal(np.asarray(root["0-bone/cells/00002"]), table[columns].to_numpy())
    assert np.array_equal(np.asarray(root["0-bone/cell_ids/00002"]), table["id"].to_numpy())


def test_a_moment_takes_one_file_per_picture_and_four_per_site(bone, tmp_path, monkeypatch):
    put, files = zarr_files._put, []
    monkeypatch.setattr(zarr_files, "_put", lambda file, content: (files.append(file), put(file, content)))
    bone.go(RunFolder.create(tmp_path / "run", bone.description))
    d = bone.description
    records, sites, pictured = len(d.plan.record_steps), len(d.sites), len(d.plan.pictured)
    moments = len([file for file in files if file.parent.name == "00000"]) // (2 * sites)  # before and after a step
    once = 1 + sites * (3 + 2 * pictured)
    assert len(set(files)) == once + records * sites * (pictured + 4)
    assert len(files) <= once + (records + moments) * sites * (pictured + 4)
