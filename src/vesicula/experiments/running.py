"""Runs of experiments: in memory, each distinct one once, and kept under the hash of all that decides its bits."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.errors import ResourceError
from vesicula.march import March, first_states

if TYPE_CHECKING:
    from vesicula.compiler import Compiled
    from vesicula.results.description import MeasureLabel, RunDescription

F64 = NDArray[np.float64]

MOST_CELLS = 1_000_000  # of all arms and draws that are run together
TOGETHER = 64  # replicates that are run together, in all arms, at most
NEAR = 65_536  # cells at the start that are run together: what a step touches of so many stays near the processor


class OvergrownError(ResourceError):
    """The cells of all draws that are run together have become too many."""


@dataclass(frozen=True)
class Measured:
    """What one run showed. values : measure -> float64[n_variants], read at the measure's time, in its unit.

    core_seconds : processor time it took when it was computed; kept : it was read from the cache
    work : cells times macro steps, the same on every machine
    key : hash of all that decides its bits, under which the cache has it
    """

    description: RunDescription
    values: dict[str, F64]
    core_seconds: float
    kept: bool
    key: str = ""
    work: int = 0

    def label(self, measure: str) -> MeasureLabel:
        """A measure by name; raises KeyError."""
        return self.description.measure(measure)

    def of(self, measure: str, arm: str) -> F64:
        """A measure in one arm by replicate, float64[n_replicates]; raises KeyError."""
        return self.values[measure][self.description.variants_of(arm)]


def measured(
    compiled: Compiled, *, cache: Path | None = None, limit: float | None = None,
    numbers: Mapping[int, int] | None = None,
) -> Measured:  # fmt: skip
    """Run all arms and draws of a compiled model without a run folder and read its measures.

    cache : folder in which finished runs are kept; a run whose hash is there is not computed again
    limit : core-seconds after which the run is given up
    numbers : replicate -> number of its random numbers, where that is another; replicates may share them
    Raises   NumericalError, ResourceError
    """
    from vesicula.results import describe, program_hash

    description = describe(compiled, record_steps=_steps(compiled))
    keyed = _numbered(compiled, numbers or {})
    key = _key(program_hash(compiled.system), description, keyed)
    found = None if cache is None else _read(cache / f"{key}.json")
    if found is not None:
        values, spent, work = found
        return Measured(description, values, spent, kept=True, key=key, work=work)
    begun = time.process_time()
    values, work = _in_parts(compiled, keyed.keys, description, limit)
    spent = time.process_time() - begun
    if cache is not None:
        _write(cache / f"{key}.json", values, spent, work)
    return Measured(description, values, spent, kept=False, key=key, work=work)


def _numbered(compiled: Compiled, numbers: Mapping[int, int]) -> Compiled:
    """The same with the random numbers that every replicate takes in place of its own."""
    variants = (replace(one, replicate=numbers.get(one.replicate, one.replicate)) for one in compiled.variants)
    return replace(compiled, variants=tuple(variants))


def _steps(compiled: Compiled) -> tuple[int, ...]:
    """Macro steps at which some measure is read, 0 and the end among them."""
    plan = compiled.model.run
    assert plan.duration is not None
    last = round(units.internal(plan.duration, "time") / compiled.macro_step)
    read = {round(units.internal(m.at, "time") / compiled.macro_step) for m in compiled.model.measures if m.at}
    if plan.record is not None and any(m.kind in ("event share", "event time") for m in compiled.model.measures):
        read |= set(range(0, last, max(1, round(units.internal(plan.record, "time") / compiled.macro_step))))
    return tuple(sorted({0, last, *(step for step in read if step <= last)}))


def _in_parts(
    compiled: Compiled, keys: Sequence[NDArray[np.uint64]], description: RunDescription, limit: float | None
) -> tuple[dict[str, F64], int]:
    """Measures of all variants, and the work they are, see `Measured`.

    Some replicates are run at a time in all arms, fewer where they have many cells.
    keys : roots of the random keys of every site, uint64[n_variants, 2]
    Which replicates run together changes no bit.
    """
    replicates = sorted({one.replicate for one in description.variants})
    together = _together(compiled, description, keys, replicates)
    waiting = [part.tolist() for part in np.array_split(replicates, -(-len(replicates) // together))]
    end = math.inf if limit is None else time.process_time() + limit
    values: dict[str, F64] = {}
    work = 0
    while waiting:
        part = waiting.pop(0)
        rows = [k for k, one in enumerate(description.variants) if one.replicate in part]
        try:
            found, spent = _run(compiled, description, rows, keys, end, limit)
        except OvergrownError:
            if len(part) == 1:
                raise
            waiting[:0] = [some.tolist() for some in np.array_split(part, 2)]
            continue
        work += spent
        for name, some in found.items():
            values.setdefault(name, np.full(len(description.variants), np.nan))[rows] = some
    return values, work


def _together(
    compiled: Compiled, description: RunDescription, keys: Sequence[NDArray[np.uint64]], replicates: Sequence[int]
) -> int:  # fmt: skip
    """Replicates that are run together, by the cells with which the first of them begins."""
    if len(replicates) < 2:
        return 1
    rows = [k for k, one in enumerate(description.variants) if one.replicate == replicates[0]]
    cells = first_states(compiled.system.of_variants(rows), [key[rows] for key in keys]).n_cells
    return int(np.clip(NEAR // max(cells, 1), 1, TOGETHER))


def _run(
    compiled: Compiled, whole: RunDescription, rows: list[int], keys: Sequence[NDArray[np.uint64]], end: float,
    limit: float | None,
) -> tuple[dict[str, F64], int]:  # fmt: skip
    """Measures of some variants, float64[n_rows] each, and cells times steps. end : of processor time, s"""
    from vesicula.engine.attended import Attendant
    from vesicula.results.compare import reading_index
    from vesicula.results.events import EventReader
    from vesicula.results.measures import reader

    description = whole.model_copy(update={"variants": tuple(whole.variants[k] for k in rows)})
    system = compiled.system if len(rows) == len(whole.variants) else compiled.system.of_variants(rows)
    states = first_states(system, [key[rows] for key in keys])
    readers = {m.name: reader(m, description, system) for m in description.measures}
    moments = description.plan.moments()
    due = {m.name: moments[reading_index(description, m, len(moments))] for m in description.measures}
    values: dict[str, F64] = {}
    march, attendant, work = March(description, system, states), Attendant(), 0

    def look(now: tuple[int, bool]) -> None:
        for name, read in readers.items():
            if due[name] == now or (now in moments and isinstance(read, EventReader)):
                shown = read(march.states)  # readers of events compare with what they saw at earlier records
                if due[name] == now:
                    values[name] = np.asarray(shown, dtype=np.float64)

    try:
        look((march.now, march.acted))
        while not march.ended:
            done = f"({march.now} of {march.last} steps done)"
            if time.process_time() > end:
                message = f"it takes more than {limit:g} core-seconds {done}"
                raise ResourceError(message, "fewer cells, a shorter span or fewer draws make it faster")
            if march.cells > MOST_CELLS:
                message = f"its cultures grow beyond {MOST_CELLS:,} simulated cells {done}"
                raise OvergrownError(
                    message, "a smaller sample, a shorter span or something that ends growth keeps it small"
                )
            attendant.run(march.on)
            work += len(rows) + march.cells
            look((march.now, march.acted))
    finally:
        attendant.close()
    return values, work


def _key(program: str, description: RunDescription, compiled: Compiled) -> str:
    """Hash of structure, values, seed, span, what is read, and the software that computes and reads it."""
    digest = hashlib.blake2b(digest_size=16)
    parts = [program, str(compiled.seed), repr(description.plan), repr(description.measures), repr(compiled.variants)]
    for part in (*parts, _software()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


@once
def _software() -> str:
    """Hash of the engine and of the code that turns states into measures."""
    from vesicula.engine.cache import software_hash

    results = Path(__file__).parent.parent / "results"
    readers = (results / "measures.py", *sorted((results / "assays").rglob("*.py")))
    digest = hashlib.blake2b(software_hash().encode(), digest_size=16)
    for file in readers:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> tuple[dict[str, F64], float, int] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        values = {name: np.array(row, dtype=np.float64) for name, row in data["values"].items()}
        return values, float(data["seconds"]), int(data["work"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, values: dict[str, F64], seconds: float, work: int) -> None:
    from vesicula.results.durable import replace_file

    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"values": {name: row.tolist() for name, row in values.items()}, "seconds": seconds, "work": work}
    replace_file(path, json.dumps(content).encode())
