"""How kernels are compiled and where the machine code is kept.

Numba's own cache does not see an edit in a module that a kernel calls into, so the code of every engine module goes
into a folder named after the sources it can reach (itself and the engine modules it imports, transitively) and the
versions of Python, NumPy and Numba. A changed source is a new folder; old folders are removed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")
# Threads that wait for each other by spinning cost tenfold on a machine that others use too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numba
from numba.core import codegen

ENGINE = Path(__file__).parent
ENGINE_NAME = "vesicula.engine"
FOLDERS_KEPT = 4
STALE_AFTER = 3600.0  # s; a younger folder may belong to a running process


def _module_file(name: str) -> Path | None:
    """Source file of the engine module `name`, None where it is not an engine module."""
    if name != ENGINE_NAME and not name.startswith(ENGINE_NAME + "."):
        return None
    path = ENGINE.joinpath(*name.split(".")[2:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imported(name: str, file: Path) -> set[str]:
    """Names of engine modules that the source in `file` imports (module `name`)."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join(parts[: len(parts) - node.level + 1] + ([base] if base else []))
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return {module for module in found if _module_file(module) is not None}


def reachable_sources(name: str) -> list[str]:
    """Engine modules whose code can end up in a kernel of module `name`, sorted, itself included."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        file = _module_file(module)
        if module in seen or file is None:
            continue
        seen.add(module)
        waiting.extend(_imported(module, file))
    return sorted(seen | {f"{ENGINE_NAME}.cache"})


def _versions() -> str:
    try:
        own = version("vesicula")
    except PackageNotFoundError:
        own = "source"
    return f"{own} {sys.version} {numba.__version__} {version('numpy')} {platform.machine()}"


def source_hash(name: str) -> str:
    """Hash of everything the machine code of module `name` depends on, 20 hexadecimal digits."""
    digest = hashlib.sha256(_versions().encode())
    for module in reachable_sources(name):
        file = _module_file(module)
        digest.update(module.encode() + (file.read_bytes() if file else b""))
    return digest.hexdigest()[:20]


def _user_cache() -> Path:
    if "VESICULA_CACHE" in os.environ:
        return Path(os.environ["VESICULA_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "vesicula"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vesicula"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "vesicula"


def _remove_stale(parent: Path, keep: Path) -> None:
    others = [folder for folder in parent.iterdir() if folder.is_dir() and folder != keep]
    others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    oldest_kept = time.time() - STALE_AFTER
    for folder in others[FOLDERS_KEPT - 1 :]:
        if folder.stat().st_mtime < oldest_kept:
            shutil.rmtree(folder, ignore_errors=True)


@cache
def cache_folder(name: str) -> str:
    """Folder for the machine code of module `name`; a temporary one where the user's cache cannot be written."""
    relative = Path("kernels") / name.rpartition(".")[2] / source_hash(name)
    for root in (_user_cache, lambda: Path(tempfile.gettempdir()) / f"vesicula-{os.getuid()}", tempfile.mkdtemp):
        try:
            folder = Path(root()) / relative
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                os.utime(folder)
            _remove_stale(folder.parent, folder)
        except (OSError, RuntimeError, AttributeError):
            continue
        return str(folder)
    raise OSError("no folder for compiled kernels can be written; set VESICULA_CACHE to one that can")


_devices: set[str] = set()


@contextmanager
def optimised_once(kernel_name: str) -> Iterator[None]:
    """Within, LLVM optimises a kernel with all it calls, but not each called function by itself before that.

    Numba runs the module passes at every level of calls; for nested functions that is a third of the time of
    compilation. Without this private hook (another version of Numba) compilation is slower, nothing else.
    """
    library = getattr(codegen, "CPUCodeLibrary", None)
    passes = getattr(library, "_optimize_final_module", None)
    if passes is None:
        yield
        return

    def of_kernels_alone(self: codegen.CodeLibrary) -> None:
        if self.name == kernel_name or self.name not in _devices:
            passes(self)

    library._optimize_final_module = of_kernels_alone
    try:
        yield
    finally:
        library._optimize_final_module = passes


def kernel(signature: str, *, parallel: bool = False) -> Callable:
    """Compile a function at import for one signature, with cache and without any reordering of floating point.

    signature : Numba signature text, for example "void(float64[:, ::1], int32[::1])"
    parallel : prange loops run on threads; only where every iteration writes its own outputs
    """

    def compile_function(function: Callable) -> Callable:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = cache_folder(function.__module__)
        try:
            with optimised_once(function.__qualname__):
                return numba.njit(
                    signature, parallel=parallel, cache=True, fastmath=False, error_model="numpy", nogil=True
                )(function)
        finally:
            numba.config.CACHE_DIR = before

    return compile_function


def device(function: Callable | None = None, *, inline: bool = False) -> Callable:
    """Compile a function that kernels call; it has no entry from Python worth caching.

    inline : paste the body into the caller (for short laws in inner loops)
    """

    def compile_function(body: Callable) -> Callable:
        _devices.add(body.__qualname__)
        return numba.njit(fastmath=False, error_model="numpy", nogil=True, inline="always" if inline else "never")(body)

    return compile_function if function is None else compile_function(function)


def uncompiled() -> list[str]:
    """Engine modules with kernels whose machine code is not stored on this machine yet, sorted."""
    waiting = []
    for file in sorted(ENGINE.glob("*.py")):
        kernels = file.read_text(encoding="utf-8").count("\n@kernel(")
        name = f"{ENGINE_NAME}.{file.stem}"
        if kernels and sum(1 for _ in Path(cache_folder(name)).rglob("*.nbi")) < kernels:
            waiting.append(name)
    return waiting


def use_threads(threads: int) -> None:
    """Let parallel kernels run on so many threads, at most as many as the machine has cores."""
    numba.set_num_threads(max(1, min(threads, numba.config.NUMBA_NUM_THREADS)))


def threads_used() -> int:
    """Threads that parallel kernels run on."""
    return int(numba.get_num_threads())
