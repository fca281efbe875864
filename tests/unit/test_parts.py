"""A run in parts leaves the folder that one at once leaves, wherever parts are done and whatever became of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from vesicula import simulation
from vesicula.cli import exits, main
from vesicula.errors import RunFolderError
from vesicula.experiments.workers.cluster import Cluster
from vesicula.experiments.workers.places import workers_on
from vesicula.experiments.workers.spread import Lost
from vesicula.parts import PARTS, Alone, PartError, rows_of_parts
from vesicula.results import Result, RunFolder
from vesicula.results.checkpoints import read

MODEL = """
vesicula: 1
model: talk
question: How much of PDCD4 is left?
about: Senders and recipients in a patch, with a hand that acts.
species: human
use: [models/starter]
run: {for: 4 h, record: every 2 h, step: 30 min, seeds: 1}
"""
APART = {"manifest.json", "checkpoint"}


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def files(folder: Path) -> dict[str, bytes]:
    """All files of a run folder but those that hold times."""
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {p: f.read_bytes() for f in found if not set((p := f.relative_to(folder).as_posix()).split("/")) & APART}


def same(one: Path, other: Path) -> None:
    assert files(one).keys() == files(other).keys()
    for name, content in files(one).items():
        assert files(other)[name] == content, name
    first, second = read(one / "checkpoint"), read(other / "checkpoint")
    assert first is not None
    assert second is not None
    assert (first.step, first.after, first.program_hash) == (second.step, second.after, second.program_hash)
    arrays = first.states.arrays(), second.states.arrays()
    assert arrays[0].keys() == arrays[1].keys()
    for name, array in arrays[0].items():
        assert array.dtype == arrays[1][name].dtype
        assert np.array_equal(array, arrays[1][name], equal_nan=array.dtype.kind == "f"), name
    manifests = (Result(folder).folder for folder in (one, other))
    assert next(manifests).description == next(manifests).description
    assert [Result(folder).folder.status for folder in (one, other)] == ["finished", "finished"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    simulation.simulate(MODEL, out=folder, draws=5)
    return folder


@pytest.mark.parametrize("threads", [1, 2])
def test_parts_in_this_process_make_the_same_folder(tmp_path: Path, whole: Path, threads: int) -> None:
    told = []
    simulation.simulate(MODEL, out=tmp_path / "run", draws=5, workers=Alone(), threads=threads, watch=told.append)
    same(tmp_path / "run", whole)
    assert [one.parts for one in told] == [(k, 5) for k in range(6)]
    assert not (tmp_path / "run" / PARTS).exists()


def test_parts_of_many_arms_and_two_sites_make_the_same_folder(tmp_path: Path) -> None:
    for name, workers in (("whole", None), ("parts", Alone())):
        simulation.simulate("mir105-barrier", out=tmp_path / name, draws=3, seed=2, workers=workers)
    assert len(Result(tmp_path / "parts").description.arms) > 5
    same(tmp_path / "parts", tmp_path / "whole")


def test_parts_on_two_processes_make_the_same_folder_though_one_is_killed(tmp_path: Path, whole: Path) -> None:
    pytest.importorskip("distributed")
    with workers_on(on="2 processes") as workers:
        assert isinstance(workers, Cluster)
        killed = []

        def kill(progress: simulation.Progress) -> None:
            if progress.parts == (1, 5) and not killed:
                killed.append(next(iter(workers.pids.values())))
                os.kill(killed[0], signal.SIGKILL)

        simulation.simulate(MODEL, out=tmp_path / "run", draws=5, workers=workers, watch=kill)
    assert killed
    same(tmp_path / "run", whole)


class Stopped(Alone):
    """Does some parts, then what it is told to."""

    def __init__(self, after: int, then: Callable[[], object]) -> None:
        self.after, self.then, self.done = after, then, []

    def answers(self, work, todo: Mapping) -> Iterator:
        for key, task in todo.items():
            if len(self.done) == self.after:
                yield key, self.then()
            self.done.append(key)
            yield key, work(task)


def stop() -> object:
    raise KeyboardInterrupt


@pytest.mark.parametrize("torn", [False, True])
def test_a_run_that_was_stopped_keeps_what_came(tmp_path: Path, whole: Path, torn: bool) -> None:
    folder = tmp_path / "run"
    with pytest.raises(simulation.Interrupted):
        simulation.simulate(MODEL, out=folder, draws=5, workers=Stopped(3, stop))
    assert RunFolder.open(folder).status == "interrupted"
    kept = sorted((folder / PARTS).iterdir())
    assert len(kept) == 3
    if torn:
        kept[1].write_bytes(kept[1].read_bytes()[:-9])
    later = Stopped(99, stop)
    simulation.resume(folder, workers=later)
    assert len(later.done) == 2 + torn
    same(folder, whole)


def test_a_run_in_parts_goes_on_in_this_process_unasked(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(PartError, match="part 0002 was ended"):
        simulation.simulate(MODEL, out=folder, draws=5, workers=Stopped(2, Lost))
    assert RunFolder.open(folder).status == "failed"
    assert outcome("resume", str(folder), "--quiet", "--no-report") == exits.OK
    same(folder, whole)


def test_a_finished_run_has_no_parts_left(whole: Path) -> None:
    with pytest.raises(RunFolderError, match="finished"):
        simulation.resume(whole, workers=Alone())


def test_parts_hold_every_variant_once_and_the_pictured_ones_first(whole: Path) -> None:
    description = Result(whole).description
    parts = rows_of_parts(description)
    assert sorted(row for rows in parts.values() for row in rows) == list(range(len(description.variants)))
    assert set(description.plan.pictured) <= set(parts["0000"])


def test_the_command_line_says_what_cannot_be(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    assert outcome("run", "starter", "--on", "nowhere", "--out", str(tmp_path / "a")) == exits.USAGE
    assert "4 processes" in capfd.readouterr().err
    assert outcome("run", "starter", "--on", "2 processes", "--threads", "2") == exits.USAGE
    assert "leave one out" in capfd.readouterr().err
