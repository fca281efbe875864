"""What a model needs of the engine is known before its first step, and compiled by several processes at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vesicula.engine import ahead, cache, tiles
from vesicula.engine.needed import SERVES, kernels_of
from vesicula.engine.step import advance
from vesicula.march import first_states
from vesicula.simulation import load

# what a model can call later than in its first two steps, or where chance wants it
LATER = {
    "starter": {"lifecycle.fire", "lifecycle.split"},
    "cascade": {"lifecycle.fire", "body.count_arrivals", "body.share_held", "body.renew_copies"},
    "migration": {"lifecycle.fire"},
    "scratch": {"protocol.take_cells"},
}


@pytest.mark.parametrize("model", ["starter", "mir105-barrier", "cascade", "migration", "scratch", "spheroid"])
def test_a_model_calls_the_kernels_that_it_is_said_to_need_and_no_others(model: str, monkeypatch: pytest.MonkeyPatch):
    called: set[str] = set()
    call = cache.Kernel.__call__

    def recorded(kernel: cache.Kernel, *arguments: object) -> object:
        called.add(kernel.name)
        return call(kernel, *arguments)

    compiled = load(model)
    tiles.open_tiling.cache_clear()  # or a grid that was met before would not be tiled again
    tiles._TILINGS.clear()
    monkeypatch.setattr(cache.Kernel, "__call__", recorded)
    states = first_states(compiled.system, [key[:1] for key in compiled.keys])
    for _ in range(2):
        advance(compiled.system, states)
    needed = kernels_of(compiled.system)
    assert called <= set(needed)
    # rows are laid out by a kernel where there are more than `order.FEW`
    assert set(needed) - called <= LATER.get(model, set()) | {"order.lay_out"}


def test_every_kernel_of_the_engine_serves_something():
    here = Path(cache.__file__).parent
    modules = [path.stem for path in here.glob("*.py") if path.stem not in ("__init__", "sources")]
    listing = (
        f"import importlib\nfor name in {modules!r}: importlib.import_module('vesicula.engine.' + name)\n"
        "from vesicula.engine.cache import kernels\nprint(*sorted(kernels))"
    )
    environment = {**os.environ, "PYTHONPATH": str(here.parents[1])}
    done = subprocess.run([sys.executable, "-c", listing], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(SERVES)


CHEAP = ["voxels.locate", "streams.founders", "lifecycle.contact_hazards", "behaviours.behave_all"]
AHEAD = (
    "from vesicula.engine import ahead, cache\n"
    "told = []; ahead.on_progress.append(lambda done, whole: told.append((done, whole)))\n"
    "{before}\n"
    f"done = ahead.compile_ahead({CHEAP!r}, {{processes}})\n"
    f"print(done, told[:1], told[-1:], [cache.is_stored(name) for name in {CHEAP!r}])\n"
)


def compiling(folder: Path, *, processes: int = 2, before: str = "") -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(cache.__file__).parents[2]),
        "VESICULA_CACHE": str(folder),
    }
    command = [sys.executable, "-c", AHEAD.format(before=before, processes=processes)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_what_is_missing_is_compiled_by_workers_once_and_old_folders_go(tmp_path: Path):
    old = tmp_path / "kernels" / "behaviours" / "0123"
    young = tmp_path / "kernels" / "fields" / "4567"
    for folder in (old, young):
        folder.mkdir(parents=True)
    for folder in (old, old.parent):
        os.utime(folder, (1e9, 1e9))
    assert compiling(tmp_path) == "4 [(0, 4)] [(4, 4)] [True, True, True, True]"
    assert compiling(tmp_path) == "0 [] [] [True, True, True, True]"
    assert not old.parent.exists()
    assert young.exists()


def test_one_core_and_workers_that_fail_leave_all_to_the_first_call(tmp_path: Path):
    nothing = "[False, False, False, False]"
    assert compiling(tmp_path, processes=1) == f"0 [] [] {nothing}"
    assert (
        compiling(tmp_path, before="import sys; sys.executable = '/nowhere/python'") == f"0 [(0, 4)] [(0, 4)] {nothing}"
    )
    assert compiling(tmp_path, before="import shutil, sys; sys.executable = shutil.which('false')") == (
        f"0 [(0, 4)] [(0, 4)] {nothing}"
    )


def test_whoever_stops_waiting_ends_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[subprocess.Popen[str]] = []
    start = ahead._started

    def noted(processes: int, folder: Path) -> list[subprocess.Popen[str]]:
        started.extend(start(processes, folder))
        return started

    def pressed(*_numbers: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "_started", noted)
    monkeypatch.setattr(ahead, "is_stored", lambda _: False)
    monkeypatch.setattr(ahead, "cache_folder", lambda name: tmp_path / "kernels" / name / "0")
    (tmp_path / "kernels").mkdir()
    monkeypatch.setattr(ahead, "on_progress", [pressed])
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ahead.compile_ahead(CHEAP, 2)
    assert time.monotonic() - begun < 5.0
    assert len(started) == 2
    assert all(worker.poll() is not None for worker in started)
