"""Tasks with keys, whoever does them: each answer once, in order; and what a task carries to another machine."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases.noted import ended_at_three

from vesicula.errors import FileError
from vesicula.evidence.folder import library_folder
from vesicula.experiments.verdicts.bringing import keep_runs, note_used, runs_at, used_last
from vesicula.experiments.verdicts.verifying import Task
from vesicula.experiments.workers import cluster, places
from vesicula.experiments.workers.carried import Carried, carried
from vesicula.experiments.workers.cluster import ClusterError
from vesicula.experiments.workers.here import Here
from vesicula.experiments.workers.places import PlaceError, slurm_jobs, workers_on
from vesicula.experiments.workers.software import differing, software
from vesicula.experiments.workers.spread import Lost, spread


class Backwards(Here):
    """Does the last task first, and the first one twice."""

    def answers(self, work, todo) -> Iterator:
        for key in [*reversed(todo), next(iter(todo))]:
            yield key, work(todo[key])


def square(number: int) -> int:
    return number**2


def test_answers_stand_in_the_order_of_the_keys_and_each_counts_once() -> None:
    come: list[tuple[str, int]] = []
    found = spread(Backwards(1), square, {"a": 1, "b": 2, "c": 3}, lambda key, answer: come.append((key, answer)))
    assert found == [1, 4, 9]
    assert come == [("c", 9), ("b", 4), ("a", 1)]


def test_a_file_of_the_library_is_named_and_an_own_one_comes_with_what_it_names(tmp_path: Path, monkeypatch) -> None:
    own = library_folder() / "models/starter.yaml"
    assert carried(own) == Carried("models/starter.yaml")
    assert carried(own).unpacked() == own
    home = tmp_path / "home"
    (home / "parts").mkdir(parents=True)
    (home / "mine.yaml").write_text("use: [./parts/one.yaml]\nstart: [cells from 'my cells.csv']\nnot: /etc/hosts\n")
    (home / "parts/one.yaml").write_text("use: ./two.yaml\n")
    (home / "two.yaml").write_text("a: b\n")
    (home / "my cells.csv").write_text("cell,x,y\n")
    (home / "left.csv").write_text("not named")
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "there"))
    sent = pickle.loads(pickle.dumps(carried(home / "mine.yaml")))
    there = sent.unpacked()
    assert there.is_relative_to(tmp_path / "there")
    assert there == sent.unpacked(), "unpacked once"
    seen = sorted(one.relative_to(there.parent).as_posix() for one in there.parent.rglob("*") if one.is_file())
    assert seen == ["mine.yaml", "my cells.csv", "parts/one.yaml", "two.yaml"]


def test_a_task_brings_the_runs_that_its_file_used_last(tmp_path: Path) -> None:
    cache, file, key = tmp_path / "cache", tmp_path / "mine.yaml", "0" * 32
    file.write_text("experiments: {}\n")
    keep_runs(cache, {key: b"{}"})
    keep_runs(cache, {key: b"other"})
    note_used(cache, file, [key, "1" * 32])
    task = Task(file, 4, False, cache, ())
    assert pickle.loads(pickle.dumps(task)) == task
    there = pickle.loads(pickle.dumps(replace(task, far=True)))
    assert (there.cache, there.brought) == (None, {key: b"{}"})
    assert (there.path.read_text(), there.path == file) == (file.read_text(), False)
    (cache / "of-files").joinpath(next((cache / "of-files").iterdir()).name).write_text("torn")
    assert used_last(cache, file) == []
    assert runs_at(cache, ["2" * 32]) == {}


def test_software_that_differs_is_told() -> None:
    here = software()
    assert differing(here, here) == ""
    told = differing(here, {**here, "numpy": "0.1"} | {"more": "1"})
    assert told == f"numpy 0.1 and not {here['numpy']}, more 1 and not none"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("4", "names no place"),
        ("0 processes", "asks for 0 processes"),
        ("http://here:80", "names no place"),
        ("tcp://here", "names no place"),
    ],
)
def test_a_place_that_is_none_is_refused(said: str, reason: str) -> None:
    with pytest.raises(PlaceError, match=reason) as refused:
        workers_on(on=said)
    assert refused.value.remedy


def test_jobs_and_a_place_do_not_go_together() -> None:
    with pytest.raises(PlaceError, match="leave one out"):
        workers_on(2, "2 processes")


SLURM = "jobs: 4\ncores: 8\nmemory: 16 GB\nwalltime: 04:00:00\njob_script_prologue: [module load python]\n"


def test_a_file_of_slurm_jobs_is_read(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "slurm.yaml"
    file.write_text(SLURM)
    monkeypatch.setattr(places.shutil, "which", lambda _: None)
    with pytest.raises(PlaceError, match="no `sbatch`"):
        slurm_jobs(file)
    monkeypatch.setattr(places.shutil, "which", lambda name: name)
    assert slurm_jobs(file) == {
        "jobs": 4, "cores": 8, "memory": "16 GB", "walltime": "04:00:00",
        "job_script_prologue": ["module load python"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        (SLURM.replace("queue", "").replace("walltime", "waltime"), "unknown-key", 4, "did you mean `walltime`"),
        (SLURM.replace("16 GB", "much"), "cluster-entry", 3, "for example 64 GB"),
        (SLURM.replace("[module load python]", "module load python"), "wrong-shape", 5, "is a list"),
        (SLURM.replace("jobs: 4\n", ""), "missing-key", 1, "`jobs` is missing"),
        ("- jobs\n", "wrong-shape", 1, "begin with `jobs: 10`"),
    ],
)
def test_mistakes_in_a_file_of_slurm_jobs_have_place_and_remedy(tmp_path, text, code, line, words) -> None:
    file = tmp_path / "slurm.yaml"
    file.write_text(text)
    with pytest.raises(FileError) as refused:
        slurm_jobs(file)
    (one,) = refused.value.diagnostics
    assert (one.file, one.line, one.code) == (str(file), line, code)
    assert words in one.text()


def test_a_missing_extra_is_told_with_the_command(monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(cluster.importlib, "import_module", missing)
    with pytest.raises(ClusterError, match="not installed") as refused, workers_on(on="2 processes"):
        pass
    assert "pip install 'vesicula[cluster]'" in str(refused.value)


def test_one_process_is_this_one() -> None:
    found: list[object] = []
    with Here(1) as workers:
        spread(workers, process, {1: None, 2: None}, lambda _, answer: found.append(answer))
    assert found == [os.getpid()] * 2


@pytest.mark.long
def test_a_process_that_is_ended_loses_its_own_task_alone() -> None:
    with Here(2) as workers:
        found = spread(workers, ended_at_three, {k: k for k in (1, 3, 5, 7)}, lambda *_: None)
    assert found == [1, Lost(), 25, 49]


def process(_: None) -> int:
    return os.getpid()
