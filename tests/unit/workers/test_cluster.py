"""Workers under dask, on loopback: a killed one costs nothing, and the bits are those of a plain run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.cases.far_work import readings_or_end, run_or_be_killed
from tests.cases.noted import noted
from tests.unit.experiments.test_verify import FIRST, SECOND, experiment

import vesicula
from vesicula.cli import exits
from vesicula.cli.guard import guarded
from vesicula.experiments.verdicts.verifying import run_tasks, task_of
from vesicula.experiments.workers import cluster
from vesicula.experiments.workers.cluster import Cluster, ClusterError
from vesicula.experiments.workers.places import workers_on
from vesicula.experiments.workers.software import software
from vesicula.experiments.workers.spread import spread
from vesicula.kept import user_cache

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
SWEEP = ["cells.recipient.divides=12..48 h:3"]
pytestmark = pytest.mark.filterwarnings("ignore")  # a warning within dask's own loop would end its connections


def two(**more) -> Cluster:
    found = workers_on(on="2 processes", **more)
    assert isinstance(found, Cluster)
    return found


def test_a_killed_worker_costs_nothing_and_nothing_counts_twice(tmp_path: Path, monkeypatch) -> None:
    """The worker that brings the fifth answer is killed while others of its tasks wait."""
    come: list[int] = []
    told: list[str] = []
    with two(tell=told.append) as workers:
        own = set(workers.pids.values())

        def arrived(key: int, answer: tuple[int, int]) -> None:
            come.append(key)
            if len(come) == 5:
                assert answer[1] in own
                os.kill(answer[1], signal.SIGKILL)

        found = spread(workers, noted, {k: (tmp_path, k) for k in range(24)}, arrived)
        assert [one[0] for one in found] == [k**2 for k in range(24)]
        assert sorted(come) == list(range(24))
        assert len(list(tmp_path.iterdir())) > 24, "some were begun twice"
        monkeypatch.setattr(cluster, "software", lambda: {**software(), "numpy": "0.1"})
        with pytest.raises(ClusterError, match=r"runs other software: numpy .* and not 0\.1"):
            spread(workers, noted, {1: (tmp_path, 1)}, lambda *_: None)
    assert told[0] == "2 workers under dask"


def test_nobody_at_an_address_is_told(monkeypatch, capsys) -> None:
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN_S", 0.3)
    assert guarded(["sweep", "starter", "--over", SWEEP[0], "--on", "tcp://127.0.0.1:9"]) == exits.CLUSTER
    assert "no dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.long
def test_a_sweep_with_a_killed_worker_has_the_bits_of_a_plain_one(tmp_path: Path, monkeypatch) -> None:
    plain = vesicula.sweep("starter", SWEEP, draws=4, cache=tmp_path / "plain")
    monkeypatch.setenv("VESICULA_TEST_KILLS", str(tmp_path))
    monkeypatch.setattr("vesicula.experiments.calibration.evaluating.readings", readings_or_end)
    with two() as workers:
        own = set(workers.pids.values())
        found = vesicula.sweep("starter", SWEEP, draws=4, cache=tmp_path / "far", jobs=workers)
    assert int((tmp_path / "killed").read_text()) in own
    assert np.array_equal(found.readings, plain.readings)
    kept = [sorted(one.name for one in (tmp_path / name).rglob("*.npy")) for name in ("plain", "far")]
    assert kept[0] == kept[1] != []


@pytest.mark.long
def test_experiments_with_a_killed_worker_have_the_answers_of_a_plain_run(tmp_path: Path, monkeypatch) -> None:
    paths = [experiment(tmp_path, FIRST, SECOND, name=name) for name in ("one", "other")]
    plain = run_tasks([task_of(path, draws=4, cache=tmp_path / "plain") for path in paths])
    monkeypatch.setenv("VESICULA_TEST_KILLS", str(tmp_path))
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers/kernels").symlink_to(user_cache() / "kernels")
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "workers"))
    monkeypatch.setattr("vesicula.experiments.verdicts.verifying.run_and_bring", run_or_be_killed)
    tasks = [task_of(path, draws=4, cache=tmp_path / "far") for path in paths]
    with two() as workers:
        found = run_tasks(tasks, jobs=workers)
    assert (tmp_path / "killed").exists()
    for a, b in zip(plain, found, strict=True):
        np.testing.assert_array_equal(a.trials[0].shown.signs, b.trials[0].shown.signs)
        assert (a.trials[0].shown.effect, a.used) == (b.trials[0].shown.effect, b.used)
        assert replace(a.trials[0], shown=None, stated=None, core_seconds=0) == replace(
            b.trials[0], shown=None, stated=None, core_seconds=0
        )
    kept = [sorted(one.name for one in (tmp_path / name).glob("*.json")) for name in ("plain", "far")]
    assert kept[0] == kept[1] != []
    assert all(one.kept for one in run_tasks(tasks)), "what workers did is in the cache of the command"


SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"


@pytest.mark.long
def test_a_scheduler_that_goes_is_told(tmp_path: Path) -> None:
    """A worker of its own, and a scheduler that is killed after the first answer."""
    place = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(place)]
    folder = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    scheduler = subprocess.Popen([sys.executable, "-c", SCHEDULER, *options], env=folder, stderr=subprocess.DEVNULL)
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "2", "--no-dashboard"]
    worker = subprocess.Popen([*work, "--scheduler-file", str(place)], env=folder, stderr=subprocess.DEVNULL)
    try:
        while scheduler.poll() is None and not (place.is_file() and place.read_text().rstrip().endswith("}")):
            time.sleep(0.1)
        address = json.loads(place.read_text())["address"]
        with (
            pytest.raises(ClusterError, match=f"the dask scheduler at {address} is gone"),
            workers_on(on=address) as workers,
        ):
            spread(workers, noted, {k: (tmp_path, k) for k in range(400)}, lambda *_: scheduler.kill())
    finally:
        for one in (scheduler, worker):
            one.kill()
            one.wait()


SBATCH = """#!/bin/sh
for last; do :; done
nohup sh "$last" >/dev/null 2>&1 &
echo $! >> {folder}/pids
echo "Submitted batch job $!"
"""


@pytest.mark.long
def test_jobs_of_slurm_do_the_tasks(tmp_path: Path, monkeypatch) -> None:
    """With an `sbatch` that starts the job's script here, and an `scancel` that ends it."""
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    for name, text in (("sbatch", SBATCH.format(folder=tmp_path)), ("scancel", "#!/bin/sh\nkill $1\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    file = tmp_path / "slurm.yaml"
    file.write_text(f"jobs: 1\ncores: 2\nmemory: 2 GB\ninterface: lo\nlocal_directory: {tmp_path}\n")
    with workers_on(on=str(file)) as workers:
        found = spread(workers, noted, {k: (tmp_path, k) for k in range(6)}, lambda *_: None)
    assert [one[0] for one in found] == [k**2 for k in range(6)]
    assert (tmp_path / "pids").exists()
