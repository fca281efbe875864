"""Run folders: what stands in them, and that no crash at any moment loses more than the last record."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vesicula
from vesicula.errors import ResourceError, RunFolderError
from vesicula.results import Recorder, RunFolder, durable, journal
from vesicula.results.bundle import BrokenBundle, pack, unpack
from vesicula.results.snapshots import SnapshotReader, SnapshotWriter

TABLES = ("series.parquet", "ledger.parquet")


class Crash(BaseException):
    """What no code catches, as kill -9."""


def everything(path: Path) -> dict[str, bytes]:
    """Bytes of tables, journal and images, and of the final state, by name."""
    folder = RunFolder.open(path)
    out = {name: (path / name).read_bytes() for name in (*TABLES, "journal")}
    out |= {name: array.tobytes() for name, array in folder.last_state().arrays().items()}
    for file in sorted((path / "snapshots.zarr").rglob("*")):
        if file.is_file():
            out[str(file.relative_to(path))] = file.read_bytes()
    return out


@pytest.fixture
def whole(bone, tmp_path):
    path = tmp_path / "whole"
    bone.go(RunFolder.create(path, bone.description))
    return path


def resume(bone, path: Path) -> None:
    folder = RunFolder.open(path)
    states = folder.resume()
    bone.go(folder, states)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.sampled_from([np.float64, np.int64, np.uint64, np.int8]).flatmap(
            lambda kind: st.lists(st.integers(0, 100), max_size=6).map(lambda x: np.array(x, dtype=kind))
        ),
        max_size=5,
    )
)
def test_bundle_gives_back_what_went_in(arrays):
    bundle = unpack(pack(arrays, {"step": 3}))
    assert bundle.header == {"step": 3}
    assert list(bundle.arrays) == list(arrays)
    for name, array in arrays.items():
        assert bundle.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(bundle.arrays[name], array)


def test_bundle_notices_every_flipped_byte():
    content = pack({"x": np.arange(3)}, {"step": 1})
    for i in range(len(content)):
        broken = bytearray(content)
        broken[i] ^= 1
        with pytest.raises(BrokenBundle):
            unpack(bytes(broken))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_torn_journal_reads_as_its_whole_records(whole, share):
    content = (whole / "journal").read_bytes()
    torn = whole / "torn"
    torn.write_bytes(content[: int(share * len(content))])
    expected = [end for _, end in journal.records(whole / "journal") if end <= int(share * len(content))]
    assert [end for _, end in journal.records(torn)] == expected


def test_stopped_and_resumed_run_equals_the_uninterrupted_one(bone, whole, tmp_path):
    expected = everything(whole)
    for until in (3, 4, 9, 17, 31):
        path = tmp_path / f"stopped-{until}"
        folder = RunFolder.create(path, bone.description)
        bone.go(folder, until=until)
        folder.interrupt()
        assert RunFolder.open(path).status == "interrupted"
        resume(bone, path)
        assert RunFolder.open(path).status == "finished"
        assert everything(path) == expected


def _crash_at(monkeypatch, count: int) -> None:
    """Let call number `count` of any write to disk crash: a rename, a sync or a snapshot."""
    calls = iter(range(10**9))

    def counted(real, *, before: bool):
        def call(*args, **kwargs):
            mine = next(calls)
            if before and mine == count:
                raise Crash
            out = real(*args, **kwargs)
            if not before and mine == count:
                raise Crash
            return out

        return call

    monkeypatch.setattr(os, "fsync", counted(os.fsync, before=True))
    monkeypatch.setattr(Path, "replace", counted(Path.replace, before=False))
    monkeypatch.setattr(SnapshotWriter, "_write_cells", counted(SnapshotWriter._write_cells, before=True))
    monkeypatch.setattr(durable, "sync_folder", counted(durable.sync_folder, before=False))


def test_crash_at_any_write_leaves_a_readable_folder_that_resumes_to_the_same_bytes(short_bone, tmp_path, monkeypatch):
    bone = short_bone
    plain = tmp_path / "whole"
    bone.go(RunFolder.create(plain, bone.description))
    expected = everything(plain)
    crashes = readable = early = 0
    for count in range(0, 400, 3):
        path = tmp_path / f"crash-{count}"
        with monkeypatch.context() as patch:
            _crash_at(patch, count)
            crashed = None
            try:
                crashed = RunFolder.create(path, bone.description)
                bone.go(crashed)
            except Crash:
                crashes += 1
                _let_go(crashed)
            else:
                break
        try:
            folder = RunFolder.open(path)
            folder.write_tables()
            readable += 1
            states = folder.resume() if folder.status != "finished" else None
        except RunFolderError as error:
            early += any(words in str(error) for words in ("before its first", "no run folder"))
            bone.go(RunFolder.create(path, bone.description, replace=True))
        else:
            if states is not None:
                bone.go(folder, states)
        assert everything(path) == expected, count
    assert crashes > 12
    assert readable > 8
    assert early + readable >= crashes


def _let_go(folder: RunFolder | None) -> None:
    """What the system does with the files of a dead process."""
    if folder is not None and folder._journal is not None:
        folder._journal.close()


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import conftest as c
from vesicula.results import RunFolder
description = c.describe_bone()
run = c.BoneRun(description, c.bone_program(description))
append = RunFolder.append_record
def die(self, step, arrays, **moment):
    if step == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    append(self, step, arrays, **moment)
RunFolder.append_record = die
run.go(RunFolder.create(sys.argv[2], description))
"""


def test_killed_process_resumes_to_the_same_bytes(bone, whole, tmp_path):
    path = tmp_path / "killed"
    source = str(Path(vesicula.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(path)], check=False,
        env={**os.environ, "PYTHONPATH": source},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert RunFolder.open(path).status == "running"
    assert max(RunFolder.open(path).recorded_steps()) < 20
    resume(bone, path)
    assert everything(path) == everything(whole)


def test_full_disk_is_told_and_the_run_goes_on_later(bone, whole, tmp_path, monkeypatch):
    path = tmp_path / "full"
    folder = RunFolder.create(path, bone.description)
    bone.go(folder, until=10)
    real = os.fsync

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    states = folder.last_state()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResourceError, match="No space left"):
        Recorder(folder, bone.system).record(states)
    with pytest.raises(ResourceError, match="No space left"):
        folder.checkpoint(states)
    monkeypatch.setattr(os, "fsync", real)
    _let_go(folder)
    assert not list(path.rglob("*.partial"))
    resume(bone, path)
    assert everything(path) == everything(whole)


def test_disk_that_fills_at_the_last_moment_leaves_a_run_to_finish(bone, whole, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "late"
    folder = RunFolder.create(path, bone.description)
    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.write_table", full)
        with pytest.raises(ResourceError, match="No space left"):
            bone.go(folder)
    folder.interrupt("No space left on device")
    assert not list(path.rglob("*.partial"))
    resume(bone, path)
    assert everything(path) == everything(whole)


def test_damaged_newest_checkpoint_falls_back_to_the_older_one(bone, whole, tmp_path):
    path = tmp_path / "damaged"
    folder = RunFolder.create(path, bone.description)
    bone.go(folder, until=20)
    folder.interrupt()
    steps = {slot: json.loads(_header(slot))["header"]["step"] for slot in sorted((path / "checkpoint").iterdir())}
    newest = max(steps, key=steps.get)
    _flip(newest)
    assert RunFolder.open(path).last_state().step == min(steps.values())
    resume(bone, path)
    assert everything(path) == everything(whole)


def test_no_whole_checkpoint_is_an_error_that_names_the_files(bone, tmp_path):
    path = tmp_path / "lost"
    folder = RunFolder.create(path, bone.description)
    bone.go(folder, until=20)
    folder.interrupt()
    for slot in (path / "checkpoint").iterdir():
        _flip(slot)
    with pytest.raises(RunFolderError, match=r"a\.state, b\.state cannot be read"):
        RunFolder.open(path).resume()
    assert len(RunFolder.open(path).series()) > 0


def _header(slot: Path) -> str:
    content = slot.read_bytes()
    length = int.from_bytes(content[16:24], "little")
    return content[56 : 56 + length].decode()


def _flip(slot: Path) -> None:
    content = bytearray(slot.read_bytes())
    content[-100] ^= 1
    slot.write_bytes(content)


def test_only_one_process_writes(bone, tmp_path):
    folder = RunFolder.create(tmp_path / "busy", bone.description)
    bone.go(folder, until=6)
    with pytest.raises(RunFolderError, match="another process"):
        RunFolder.open(tmp_path / "busy").resume()
    folder.interrupt()


def test_changed_program_is_not_resumed(bone, tmp_path):
    folder = RunFolder.create(tmp_path / "changed", bone.description, program_hash="old")
    bone.go(folder, until=6)
    folder.interrupt()
    with pytest.raises(RunFolderError, match="no longer compiles"):
        RunFolder.open(tmp_path / "changed").resume(program_hash="new")


def test_folders_that_hold_something_are_refused(bone, tmp_path, whole):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    with pytest.raises(RunFolderError, match="holds no run"):
        RunFolder.create(tmp_path / "mine", bone.description, replace=True)
    assert (tmp_path / "mine" / "thesis.docx").exists()
    with pytest.raises(RunFolderError, match="already holds a run"):
        RunFolder.create(whole, bone.description)
    RunFolder.create(whole, bone.description, replace=True).interrupt()
    assert RunFolder.open(whole).recorded_steps() == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 99, "description": {}}'])
def test_broken_manifests_are_explained(tmp_path, content):
    with pytest.raises(RunFolderError, match="no run folder"):
        RunFolder.open(tmp_path / "nowhere")
    with pytest.raises(RunFolderError, match="has no manifest"):
        RunFolder.open(tmp_path)
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"cannot be read|folder format 99"):
        RunFolder.open(tmp_path)


def test_finished_run_is_not_resumed(whole):
    with pytest.raises(RunFolderError, match="is finished"):
        RunFolder.open(whole).resume()


def test_images_are_ome_zarr_with_scale_in_micrometres(bone, whole):
    image = whole / "snapshots.zarr" / "0-bone" / "00-untreated-0"
    meta = json.loads((image / "zarr.json").read_text())
    ome = meta["attributes"]["ome"]
    assert (meta["zarr_format"], meta["node_type"], ome["version"]) == (3, "group", "0.5")
    (scale,) = ome["multiscales"]
    assert [a["name"] for a in scale["axes"]] == ["t", "c", "y", "x"]
    assert [a.get("unit") for a in scale["axes"]] == ["minute", None, "micrometer", "micrometer"]
    (dataset,) = scale["datasets"]
    kinds = [t["type"] for t in dataset["coordinateTransformations"]]
    assert kinds == ["scale", "translation"]
    assert dataset["coordinateTransformations"][0]["scale"] == [1440.0, 1.0, 20.0, 20.0]
    array = json.loads((image / "0" / "zarr.json").read_text())
    assert array["dimension_names"] == ["t", "c", "y", "x"]
    assert array["data_type"] == "float32"
    assert array["shape"] == [9, 4, 20, 30]
    fields = SnapshotReader(whole / "snapshots.zarr", bone.description, 9).image("bone", 0)
    assert float(fields.sel(channel="mineral", time=0.0).sum()) == 180
    assert fields.sel(channel="TGFB1", time=0.0).max() == 0
    assert fields.x.values[:2].tolist() == [10.0, 30.0]
