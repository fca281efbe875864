"""How Numba compiles a kernel: into the folder of its own, each called function optimised once, inside the kernel.

Leaving out the machine code of called functions too would halve the time; it was taken out again, since freeing what
Numba then still holds of them could end the process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numba
from numba.core import caching, codegen

from vesicula.engine.cache import cache_folder, short_name, source_hash

NJIT: dict[str, Any] = {"fastmath": False, "error_model": "numpy", "nogil": True}
_devices: set[str] = set()  # qualified names of functions that kernels call


class _Folder(caching._CacheLocator):
    """Where Numba finds and leaves the machine code of a kernel."""

    def __init__(self, function: Callable, file: str) -> None:
        self._py_file = file
        self._name = short_name(function)

    @classmethod
    def from_function(cls, py_func: Callable, py_file: str) -> _Folder:
        """The folder of one kernel."""
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        """The folder itself."""
        return str(cache_folder(self._name))

    def get_source_stamp(self) -> str:
        """What the code is fresh by; the folder is named after it."""
        return source_hash(self._name)

    def get_disambiguator(self) -> str:
        """Nothing: a folder holds one kernel."""
        return "kernel"


class _InFolder(caching.CompileResultCacheImpl):
    _locator_classes = (_Folder,)


class _KernelCache(caching.FunctionCache):
    _impl_class = _InFolder


def compile_kernel(function: Callable, signature: str) -> Callable:
    """Numba's dispatcher of a kernel, with its machine code loaded or made and kept."""
    made: Any = numba.njit(**NJIT)(function)
    made._cache = _KernelCache(function)
    with kernel_alone(function.__qualname__):
        made.compile(signature)
    made.disable_compile()
    return made


def device_of(function: Callable, options: dict[str, str]) -> Callable:
    """Numba's dispatcher of a function that kernels call."""
    _devices.add(function.__qualname__)
    return numba.njit(**options, **NJIT)(function)


@contextmanager
def kernel_alone(name: str) -> Iterator[None]:
    """Within, LLVM optimises the kernel `name` (its qualified name) with all it calls, but no device by itself.

    A private hook of Numba; with another version compilation is slower, nothing else.
    """
    library = getattr(codegen, "CPUCodeLibrary", None)
    optimise = getattr(library, "_optimize_final_module", None)
    with ExitStack() as stack:
        if library is not None and optimise is not None:

            def of_kernels_alone(self: Any) -> None:
                if self.name == name or self.name not in _devices:
                    optimise(self)

            library._optimize_final_module = of_kernels_alone
            stack.callback(setattr, library, "_optimize_final_module", optimise)
        if gc.isenabled():
            stack.callback(gc.enable)
            gc.disable()
        yield
