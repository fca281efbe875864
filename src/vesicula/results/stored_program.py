"""The compiled programs of a run as one checked file, so that `resume` needs neither model text nor library."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.exchange import Exchange
from vesicula.engine.program import Program
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


def packed(programs: dict[str, Program], exchange: Exchange, keys: dict[str, U64]) -> bytes:
    """The programs of all sites, what passes between them, and the roots of their random keys.

    keys : site -> uint64[n_variants, 2]
    """
    arrays: dict[str, np.ndarray] = {}
    _flatten(exchange, BETWEEN, arrays)
    for site, program in programs.items():
        _flatten(program, site, arrays)
        arrays[f"{KEYS}/{site}"] = keys[site]
    return pack(arrays, {"sites": list(programs)})


def read(folder: Path) -> tuple[dict[str, Program], Exchange]:
    """Programs of a run folder by site, and what passes between the sites; raises RunFolderError."""
    bundle = _bundle(folder)
    try:
        sites = bundle.header["sites"]
        assert isinstance(sites, list)
        programs = {str(site): _rebuild(Program, str(site), bundle.arrays) for site in sites}
        exchange = _rebuild(Exchange, BETWEEN, bundle.arrays)
        assert isinstance(exchange, Exchange)
    except (KeyError, AssertionError) as error:
        raise _unreadable(folder) from error
    return {site: program for site, program in programs.items() if isinstance(program, Program)}, exchange


def read_keys(folder: Path) -> dict[str, U64]:
    """Roots of the random keys by site, uint64[n_variants, 2]; raises RunFolderError."""
    bundle = _bundle(folder)
    found = {name.removeprefix(f"{KEYS}/"): a for name, a in bundle.arrays.items() if name.startswith(f"{KEYS}/")}
    if not found:
        raise _unreadable(folder)
    return found


def _bundle(folder: Path) -> Bundle:
    try:
        return unpack((folder / PROGRAM).read_bytes())
    except (OSError, BrokenBundle) as error:
        raise _unreadable(folder) from error


def _unreadable(folder: Path) -> RunFolderError:
    return RunFolderError(f"the compiled program in {folder} cannot be read", "run the model again into another folder")
