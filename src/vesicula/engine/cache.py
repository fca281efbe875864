"""How kernels are compiled and where the machine code is kept.

Numba's own cache does not see an edit in a module that a kernel calls into, so the code of every kernel goes into a
folder named after all that it can reach (`sources`) and the versions of Python, NumPy and Numba. A changed source is a
new folder; old folders are removed. A kernel is loaded or compiled when it is first called, not when its module is
imported: a model compiles what it uses.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

from vesicula.engine.sources import ENGINE_NAME, engine_hash, kernel_hashes
from vesicula.kept import user_cache
from vesicula.versions import version_of

FOLDERS_KEPT = 4
STALE_AFTER = 3600.0  # s; a younger folder may belong to a running process


@cache
def _versions() -> str:
    used = " ".join(version_of(package) for package in ("vesicula", "numba", "numpy"))
    return f"{used} {sys.version} {platform.machine()}"


def software_hash() -> str:
    """Hash of all sources of the engine and of the versions that they run with, 20 hexadecimal digits."""
    return hashlib.sha256(f"{_versions()} {engine_hash()}".encode()).hexdigest()[:20]


def source_hash(kernel_name: str) -> str:
    """Hash of everything that the machine code of a kernel depends on, 20 hexadecimal digits; "module.kernel"."""
    text = f"{_versions()} {_kernel_hashes()[kernel_name]}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@cache
def _kernel_hashes() -> dict[str, str]:
    return kernel_hashes(_root() / "sources")


def _remove_stale(parent: Path, keep: Path) -> None:
    others = [folder for folder in parent.iterdir() if folder.is_dir() and folder != keep]
    others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    oldest_kept = time.time() - STALE_AFTER
    for folder in others[FOLDERS_KEPT - 1 :]:
        if folder.stat().st_mtime < oldest_kept:
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _root() -> Path:
    """Folder of all that is kept for kernels; a temporary one where the user's cache cannot be written."""
    for place in (user_cache, lambda: Path(tempfile.gettempdir()) / f"vesicula-{os.getuid()}", tempfile.mkdtemp):
        try:
            folder = Path(place()) / "kernels"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except (OSError, RuntimeError, AttributeError):
            continue
    raise OSError("no folder for compiled kernels can be written; set VESICULA_CACHE to one that can")


@cache
def cache_folder(kernel_name: str) -> Path:
    """Folder for the machine code of one kernel, "module.kernel" below the engine."""
    folder = _root() / kernel_name / source_hash(kernel_name)
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    _remove_stale(folder.parent, folder)
    return folder


def short_name(function: Callable) -> str:
    return f"{function.__module__.removeprefix(ENGINE_NAME + '.')}.{function.__qualname__}"


class Kernel:
    """A function that is loaded from the cache, or compiled, when it is first called."""

    def __init__(self, function: Callable, signature: str, *, allocates: bool) -> None:
        functools.update_wrapper(self, function)
        self.name = short_name(function)
        self.signature = signature
        self._function, self._allocates = function, allocates
        self._entry: Callable | None = None

    def __call__(self, *arguments: object) -> object:
        return (self._entry or self.compiled())(*arguments)

    def compiled(self) -> Callable:
        """Numba's dispatcher, with its machine code loaded or made and kept."""
        with _one_at_a_time:
            if self._entry is None:
                from vesicula.engine.compiling import compile_kernel

                if not is_stored(self.name):
                    for told in on_compiling:
                        told(self.name)
                self._entry = compile_kernel(self._function, self.signature, allocates=self._allocates)
            return self._entry


class Device:
    """A function that kernels call: Numba's own kind of function, made when Numba or Python first asks for it."""

    def __init__(self, function: Callable, *, inline: bool, allocates: bool) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = {"inline": "always" if inline else "never"}  # where Numba looks for what it pastes in
        self._allocates = allocates
        self._made: Callable | None = None

    def _made_once(self) -> Any:
        if self._made is None:
            from vesicula.engine.compiling import device_of

            self._made = device_of(self.py_func, self.targetoptions, allocates=self._allocates)
        return self._made

    @property
    def _numba_type_(self) -> object:
        return self._made_once()._numba_type_

    def __call__(self, *arguments: object) -> object:
        return self._made_once()(*arguments)


_one_at_a_time = threading.RLock()
on_compiling: list[Callable[[str], None]] = []  # called with the name of a kernel before it is compiled
kernels: dict[str, Kernel] = {}  # of all imported modules, by "module.kernel"


def kernel(signature: str, *, allocates: bool = False) -> Callable[[Callable], Kernel]:
    """Compile a function for one signature when it is first called, kept, without any reordering of floating point.

    signature : Numba signature text in which a class of `groups` stands for its type, for example
        "void(Sites, float64[:, ::1], int32[::1])"
    allocates : it makes arrays or calls what does; all others count no references, which makes them quicker to call
    """

    def make(function: Callable) -> Kernel:
        made = Kernel(function, signature, allocates=allocates)
        kernels[made.name] = made
        return made

    return make


def device(function: Callable | None = None, *, inline: bool = False, allocates: bool = False) -> Callable:
    """Compile a function that kernels call; it has no entry from Python worth caching.

    inline : paste the body into the caller (for short laws in inner loops, and for whatever returns part of an array)
    allocates : it makes arrays; all others leave the counting of references, an atomic operation each, to their caller
    """

    def make(body: Callable) -> Device:
        return Device(body, inline=inline, allocates=allocates)

    return make if function is None else make(function)


def is_stored(kernel_name: str) -> bool:
    """Whether the machine code of a kernel is kept on this machine."""
    return any(cache_folder(kernel_name).glob("*.nbi"))
