"""The compiled programs of a run as one checked file, so that `resume` needs neither model text nor library."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import numpy as np

from vesicula.engine.exchange import Exchange
from vesicula.engine.program import Program
from vesicula.errors import RunFolderError
from vesicula.results.bundle import BrokenBundle, pack, unpack
from vesicula.results.durable import replace_file

PROGRAM = "program"
BETWEEN = "/between sites"  # no site's name begins with a slash


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


def write(folder: Path, programs: dict[str, Program], exchange: Exchange) -> None:
    """Keep the programs of all sites, and what passes between them, in a run folder."""
    arrays: dict[str, np.ndarray] = {}
    _flatten(exchange, BETWEEN, arrays)
    for site, program in programs.items():
        _flatten(program, site, arrays)
    replace_file(folder / PROGRAM, pack(arrays, {"sites": list(programs)}))


def read(folder: Path) -> tuple[dict[str, Program], Exchange]:
    """Programs of a run folder by site, and what passes between the sites; raises RunFolderError."""
    try:
        bundle = unpack((folder / PROGRAM).read_bytes())
        sites = bundle.header["sites"]
        assert isinstance(sites, list)
        programs = {str(site): _rebuild(Program, str(site), bundle.arrays) for site in sites}
        exchange = _rebuild(Exchange, BETWEEN, bundle.arrays)
        assert isinstance(exchange, Exchange)
    except (OSError, BrokenBundle, KeyError, AssertionError) as error:
        raise RunFolderError(
            f"the compiled program in {folder} cannot be read", "run the model again into another folder"
        ) from error
    return {site: program for site, program in programs.items() if isinstance(program, Program)}, exchange
