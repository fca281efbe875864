"""What Numba leaves out when it compiles a kernel: everything that nobody uses.

Every function that a kernel calls is a program of its own to Numba: optimised with all it calls itself, turned into
machine code, with an entry from Python and another from C. Of all this a kernel uses the representation that is linked
into it, and Numba's clocks are read by nobody. Left out, a kernel takes half the time and has the same machine code.
To Numba a function called with 0 and with 1 is two, three with a variable; here a number is a number, and LLVM, which
sees the call, puts constants in where that pays.
A place in an array that is worked out is taken as it is: Numba counts one below zero from the end, and looks at every
place for that; kernels count from the end by a number alone (`start[-1]`).

The places are private to Numba. Where another version lacks one, all is compiled as Numba does it by itself.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import numba
from llvmlite.binding import ffi
from llvmlite.ir import Constant
from numba.core import caching, codegen, cpu, dispatcher, ir, types
from numba.core.environment import lookup_environment
from numba.np import arrayobj

from vesicula.engine import groups
from vesicula.engine.cache import cache_folder, short_name, source_hash
from vesicula.engine.flattening import flat, taking_groups
from vesicula.engine.sources import ENGINE_NAME

NJIT: dict[str, Any] = {"fastmath": False, "error_model": "numpy", "nogil": True}
_uncounted: set[Callable] = set()  # called functions in which references to arrays are not counted


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


def compile_kernel(function: Callable, signature: str, *, allocates: bool) -> Callable:
    """A kernel with its machine code loaded or made and kept, as Python calls it; only one that `allocates` counts
    references to arrays.
    """
    named = {word: _group_type(one) for word, one in groups.groups_in(signature).items()}
    whole: Any = eval(signature, {}, {**vars(types), **named})
    kinds = dict(zip(function.__code__.co_varnames, whole.args, strict=False))
    held = {name: kind.instance_class for name, kind in kinds.items() if isinstance(kind, types.BaseNamedTuple)}
    entry, taken = flat(function, held) if held else (function, [(name, "") for name in kinds])
    made: Any = numba.njit(**NJIT, _nrt=allocates)(entry)
    made._cache = _KernelCache(entry)
    with kernel_alone(function.__qualname__):
        made.compile(whole.return_type(*(_type_of(kinds[name], part) for name, part in taken)))
    made.disable_compile()
    return taking_groups(function, made, held, taken) if held else made


def _group_type(group: type) -> Any:
    """Numba's type of a group."""
    parts = [eval(text, {}, vars(types)) for text in groups.types(group).values()]
    return types.BaseTuple.from_types(parts, group)


def _type_of(kind: Any, part: str) -> Any:
    """Numba's type of a part of a group, or of the whole, ""."""
    return kind[kind.fields.index(part)] if part else kind


def device_of(function: Callable, options: dict[str, str], *, allocates: bool) -> Callable:
    """Numba's dispatcher of a function that kernels call; only one that `allocates` counts references to arrays."""
    if not allocates:
        _uncounted.add(function)
    return numba.njit(**options, **NJIT, _nrt=allocates)(function)


@contextmanager
def kernel_alone(name: str) -> Iterator[None]:
    """Within, only the kernel `name` (its qualified name) becomes machine code with an entry from Python."""
    with ExitStack() as stack:
        try:
            changes = [(*change, getattr(*change[:2])) for change in _changes(name)]
        except AttributeError:
            changes = []
        for holder, attribute, meanwhile, before in changes:
            stack.callback(setattr, holder, attribute, before)
            setattr(holder, attribute, meanwhile)
        if gc.isenabled():
            stack.callback(gc.enable)
            gc.disable()
        yield


def _changes(name: str) -> list[tuple[Any, str, Any]]:
    """Attributes of Numba and what they are while the kernel `name` is compiled."""
    library, context, functions = codegen.CPUCodeLibrary, cpu.CPUContext, dispatcher._DispatcherBase
    optimise, finalise = library._optimize_final_module, library._finalize_final_module
    executable, add = context.get_executable, functions.add_overload
    from_python, from_c = context.create_cpython_wrapper, context.create_cfunc_wrapper
    template_of, from_start = functions.get_call_template, arrayobj.fix_integer_index
    lock = ffi.lib._lock
    linked_only: set[Any] = set()

    def is_called(asked: Any) -> bool:
        return asked.name != name

    def optimised(self: Any) -> None:
        if self not in linked_only:
            optimise(self)

    def finalised(self: Any) -> None:
        if self in linked_only:
            self._finalize_dynamic_globals()
            self._finalized = True
        else:
            finalise(self)

    def entry(self: Any, asked: Any, description: Any, environment: Any) -> Any:
        if is_called(asked):
            linked_only.add(asked)
            return _Later()
        made = executable(self, asked, description, environment)
        for variable in asked._final_module.global_variables:
            linked = lookup_environment(variable.name)
            if linked is not None:
                asked.codegen.set_env(variable.name, linked)
        return made

    def entry_from_python(self: Any, asked: Any, *arguments: Any, **named: Any) -> None:
        if not is_called(asked):
            from_python(self, asked, *arguments, **named)

    def entry_from_c(self: Any, asked: Any, *arguments: Any, **named: Any) -> None:
        if not is_called(asked):
            from_c(self, asked, *arguments, **named)

    def added(self: Any, result: Any) -> None:
        if self.py_func in _uncounted:
            _refuse_arrays(self.py_func.__qualname__, result)
        if isinstance(result.entry_point, _Later):
            result.entry_point.function = self.py_func
            self.overloads[tuple(result.signature.args)] = result
        else:
            add(self, result)

    def template(self: Any, given: Any, named: Any) -> Any:
        if self.py_func.__module__.startswith(ENGINE_NAME):
            given, named = map(types.unliteral, given), {key: types.unliteral(one) for key, one in named.items()}
        return template_of(self, tuple(given), named)

    def place(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
        if isinstance(index, Constant):
            return from_start(context, builder, kind, index, size)
        return context.cast(builder, index, kind, types.intp)

    return [
        (arrayobj, "fix_integer_index", place),
        (functions, "get_call_template", template),
        (library, "_optimize_final_module", optimised),
        (library, "_finalize_final_module", finalised),
        (context, "get_executable", entry),
        (context, "create_cpython_wrapper", entry_from_python),
        (context, "create_cfunc_wrapper", entry_from_c),
        (functions, "add_overload", added),
        (lock, "_cblist", []),
    ]


def _refuse_arrays(name: str, result: Any) -> None:
    """Raise TypeError where a function that counts no references returns an array, or is given one by a function that
    it calls: one reference would be counted too few, or one too many.
    """
    if _has_array(result.signature.return_type):
        raise TypeError(f"{name} returns an array; only a function that is pasted in can (inline=True)")
    known = result.type_annotation
    for call, signature in known.calltypes.items():
        if not isinstance(call, ir.Expr) or call.op != "call":
            continue
        ours = isinstance(known.typemap.get(call.func.name), types.Dispatcher)
        if ours and _has_array(signature.return_type):
            raise TypeError(f"{name} is given an array by a function that it calls (allocates=True)")


def _has_array(kind: Any) -> bool:
    return isinstance(kind, types.Array) or (isinstance(kind, types.BaseTuple) and any(map(_has_array, kind)))


class _Later:
    """The entry from Python into a function that has none yet: it is compiled by itself when somebody comes in."""

    function: Callable

    def __call__(self, *arguments: object) -> object:
        """What the function returns."""
        return _by_itself(self.function)(*arguments)


@cache
def _by_itself(function: Callable) -> Callable:
    return numba.njit(**NJIT)(function)
