"""Compiled kernels: kept between processes, never stale."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vesicula.engine import cache

LAW = "from vesicula.engine.cache import device\n\n\n@device\ndef law(x):\n    return x + {}\n"
BETWEEN = (
    "from vesicula.engine import law\nfrom vesicula.engine.cache import device\n\n\nlaw = law.law\n\n\n"
    "@device\ndef between(x):\n    return law(x)\n"
)
CALLER = (
    "from vesicula.engine.between import between\nfrom vesicula.engine.cache import kernel\n\n\n"
    '@kernel("float64(float64)")\ndef call(x):\n    return between(x)\n'
)
ASK = "from vesicula.engine.caller import call; print(call(1.0), sum(call.stats.cache_hits.values()))"


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A package of one kernel that reaches a law through another module, beside the engine's own cache module."""
    folder = tmp_path / "vesicula" / "engine"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").touch()
    shutil.copy(cache.__file__, folder / "cache.py")
    (folder / "law.py").write_text(LAW.format(1))
    (folder / "between.py").write_text(BETWEEN)
    (folder / "caller.py").write_text(CALLER)
    (folder / "unrelated.py").write_text("X = 1\n")
    return folder


def ask(engine: Path) -> tuple[float, int]:
    """What the kernel answers in a process of its own, and how often it came from the cache."""
    packages = engine.parents[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(packages),
        "VESICULA_CACHE": str(packages / "kept"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    answer, hits = done.stdout.split()
    return float(answer), int(hits)


def test_an_edit_in_a_module_a_kernel_calls_compiles_it_anew(engine: Path):
    assert ask(engine) == (2.0, 0)
    (engine / "law.py").write_text(LAW.format(2))
    assert ask(engine) == (3.0, 0)


def test_what_has_not_changed_is_not_compiled_again(engine: Path):
    assert ask(engine) == (2.0, 0)
    (engine / "unrelated.py").write_text("X = 2\n")
    assert ask(engine) == (2.0, 1)


def test_reachable_sources_follow_every_way_of_importing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "inner").mkdir()
    for name, text in {
        "a": "import vesicula.engine.b\nfrom vesicula.errors import X\n",
        "b": "from . import c\nimport numpy\n",
        "c": "from vesicula.engine.inner import deep\n",
        "d": "from vesicula.engine.a import y\n",
        "cache": "",
        "inner/__init__": "from .other import z\n",
        "inner/deep": "def f():\n    from ..a import y\n",
        "inner/other": "",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(cache, "ENGINE", tmp_path)
    reached = {name.removeprefix("vesicula.engine.") for name in cache.reachable_sources("vesicula.engine.a")}
    assert reached == {"a", "b", "c", "cache", "inner", "inner.deep", "inner.other"}
