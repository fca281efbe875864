"""The compiled system of a run as one checked file, so that `resume` needs neither model text nor library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.system import Exchange, System
from vesicula.errors import RunFolderError
from vesicula.results.bundle import BrokenBundle, Bundle, pack, unpack
from vesicula.results.folder import PROGRAM

BETWEEN, KEYS = "/between sites", "/keys"  # no site's name begins with a slash
U64 = NDArray[np.uint64]


def _flatten(value: object, path: str, out: dict[str, np.ndarray]) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _flatten(getattr(value, field.name), f"{path}/{field.name}", out)
    else:
        out[path] = np.asarray(value)


def _rebuild(kind: type, path: str, arrays: dict[str, np.ndarray]) -> object:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        parts = {f.name: _rebuild(hints[f.name], f"{path}/{f.name}", arrays) for f in fields(kind)}
        return kind(**parts)
    array = arrays[path]
    return kind(array[()]) if kind in (int, float) else array


def packed(system: System, keys: Sequence[U64]) -> bytes:
    """The system, and the roots of its random keys.

    keys : uint64[n_variants, 2] of every site in its order
    """
    arrays: dict[str, np.ndarray] = {}
    _flatten(system.exchange, BETWEEN, arrays)
    for site, program, key in zip(system.site_names, system.sites, keys, strict=True):
        _flatten(program, site, arrays)
        arrays[f"{KEYS}/{site}"] = key
    return pack(arrays, {"sites": list(system.site_names)})


def read(folder: Path) -> System:
    """The system of a run folder; raises RunFolderError."""
    bundle = _bundle(folder)
    try:
        names = _names(bundle)
        sites = [_rebuild(Program, name, bundle.arrays) for name in names]
        exchange = _rebuild(Exchange, BETWEEN, bundle.arrays)
        assert isinstance(exchange, Exchange)
    except (KeyError, AssertionError) as error:
        raise _unreadable(folder) from error
    return System(tuple(site for site in sites if isinstance(site, Program)), names, exchange)


def read_keys(folder: Path) -> list[U64]:
    """Roots of the random keys of every site in its order, uint64[n_variants, 2]; raises RunFolderError."""
    bundle = _bundle(folder)
    try:
        return [bundle.arrays[f"{KEYS}/{name}"] for name in _names(bundle)]
    except (KeyError, AssertionError) as error:
        raise _unreadable(folder) from error


def _names(bundle: Bundle) -> tuple[str, ...]:
    names = bundle.header["sites"]
    assert isinstance(names, list)
    return tuple(map(str, names))


def _bundle(folder: Path) -> Bundle:
    try:
        return unpack((folder / PROGRAM).read_bytes())
    except (OSError, BrokenBundle) as error:
        raise _unreadable(folder) from error


def _unreadable(folder: Path) -> RunFolderError:
    return RunFolderError(f"the compiled program in {folder} cannot be read", "run the model again into another folder")
