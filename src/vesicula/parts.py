"""A run in parts: some of its replicates in all arms are a run of their own, wherever it is done.

Each part is run as an ordinary run into a folder of its own, and what is in that folder comes back as one checked
file, which is kept under `parts/` of the run folder. When all are there, records, pictures and the last state are put
together in the order of the variants, with the bits of a run that did all of them at once.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from vesicula.errors import VesiculaError
from vesicula.march import March, first_states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vesicula.engine.system import System, SystemState
    from vesicula.results import RunFolder
    from vesicula.results.bundle import Bundle
    from vesicula.results.description import RunDescription

    U64 = NDArray[np.uint64]

PARTS = "parts"  # folder under the run folder
MOST = 64  # parts of a run
JOURNAL, STATE, PICTURES, NEWS = "journal", "state", "pictures/", "news"
T = TypeVar("T")
R = TypeVar("R")
Watch = Callable[[int, int, Sequence[str]], None]


class PartError(VesiculaError):
    """A part of a run could not be done."""

    exit_code = 7


class Workers(Protocol):
    """Whoever does parts: `experiments.workers`, or `Alone`."""

    def answers(self, work: Callable[[T], R], todo: Mapping[str, T]) -> Iterator[tuple[str, object]]:
        """Answers as they arrive."""
        ...


class Alone:
    """Does one part after the other in this process."""

    def answers(self, work: Callable[[T], R], todo: Mapping[str, T]) -> Iterator[tuple[str, object]]:
        """Answers, in the order of the parts."""
        for key, task in todo.items():
            yield key, work(task)


@dataclass(frozen=True)
class Part:
    """Some variants of a run: what a worker needs to run them, without any file.

    program : `stored_program.packed` of them; description : of the run with them alone, as JSON
    pictured : numbers that the pictured ones have in the whole run
    """

    program: bytes
    description: str
    pictured: tuple[int, ...]


def rows_of_parts(description: RunDescription) -> dict[str, list[int]]:
    """Variants of each part, by its name: replicates in their order, those that are pictured in the first.

    It depends on the run alone, so that whoever goes on with it finds the same parts.
    """
    replicates = sorted({one.replicate for one in description.variants})
    pictured = {description.variants[k].replicate for k in description.plan.pictured}
    ordered = [one for one in replicates if one in pictured], [one for one in replicates if one not in pictured]
    rest = np.array_split(ordered[1], min(MOST, len(ordered[1]))) if ordered[1] else []
    chosen = [ordered[0], *(part.tolist() for part in rest)]
    return {
        f"{number:04d}": [k for k, one in enumerate(description.variants) if one.replicate in mine]
        for number, mine in enumerate(chosen)
        if mine
    }


def part_of(description: RunDescription, system: System, keys: Sequence[U64], rows: list[int]) -> Part:
    """What a worker needs to run some variants."""
    from vesicula.results.stored_program import packed

    at = {row: k for k, row in enumerate(rows)}
    pictured = tuple(row for row in description.plan.pictured if row in at)
    plan = description.plan.model_copy(update={"pictured": tuple(at[row] for row in pictured)})
    own = description.model_copy(update={"variants": tuple(description.variants[k] for k in rows), "plan": plan})
    return Part(packed(system.of_variants(rows), [key[rows] for key in keys]), own.model_dump_json(), pictured)


def run_part(part: Part) -> bytes:
    """Run some variants from their start to the end; returns what is in their folder as one bundle.

    Raises   NumericalError, ResourceError
    """
    from vesicula.results import Recorder, RunFolder
    from vesicula.results.bundle import pack
    from vesicula.results.checkpoints import newest
    from vesicula.results.description import RunDescription
    from vesicula.results.folder import CHECKPOINT, SNAPSHOTS
    from vesicula.results.stored_program import read, read_keys

    home = Path(tempfile.mkdtemp(prefix="vesicula-part-"))
    try:
        description = RunDescription.model_validate_json(part.description)
        folder = RunFolder.create(home / "run", description, program=part.program)
        system = read(folder.path)
        march = March(description, system, first_states(system, read_keys(folder.path)))
        recorder, news = Recorder(folder, system, called=part.pictured), list[str]()
        recorder.record(march.states)
        while not march.ended:
            march.on()
            if recorder.is_due(march.now, after=march.acted):
                recorder.record(march.states, after=march.acted)
            news += march.news
            march.news.clear()
        folder.checkpoint(march.states, after=march.acted)
        folder.interrupt()
        files = {JOURNAL: folder.path / JOURNAL, STATE: newest(folder.path / CHECKPOINT)}
        pictures = folder.path / SNAPSHOTS
        found = sorted(file for file in pictures.rglob("*") if file.is_file()) if part.pictured else []
        files |= {PICTURES + file.relative_to(pictures).as_posix(): file for file in found}
        content = {name: np.frombuffer(file.read_bytes(), dtype=np.uint8) for name, file in files.items()}
        return pack(content, {"after": march.acted, NEWS: news})
    finally:
        shutil.rmtree(home, ignore_errors=True)


def do(
    folder: RunFolder, system: System, keys: Sequence[U64], workers: Workers, watch: Watch | None = None
) -> None:  # fmt: skip
    """Run the parts that are not there yet, keep each as it comes, and put them together when all are.

    folder : open for writing, without records      watch : told of parts done, of all, and news
    Raises   PartError, NumericalError, ResourceError, and what the workers raise; parts that came stay
    """
    from vesicula.results.durable import replace_file

    begun = time.perf_counter()
    home, rows = folder.path / PARTS, rows_of_parts(folder.description)
    home.mkdir(exist_ok=True)
    there = {name for name in rows if _kept(home / name) is not None}
    todo = {name: part_of(folder.description, system, keys, mine) for name, mine in rows.items() if name not in there}
    if watch is not None:
        watch(len(there), len(rows), ())
    for name, answer in workers.answers(run_part, todo) if todo else ():
        if not isinstance(answer, bytes):
            raise PartError(
                f"the process of part {name} was ended (out of memory?)", "what came is kept; `vesicula resume` goes on"
            )
        replace_file(home / name, answer)
        there.add(name)
        if watch is not None:
            bundle = _kept(home / name)
            watch(len(there), len(rows), () if bundle is None else [str(one) for one in _list(bundle.header[NEWS])])
    states, after = _put_together(folder, system, rows)
    folder.finish(states, wall_s=time.perf_counter() - begun, after=after)
    shutil.rmtree(home, ignore_errors=True)


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _kept(file: Path) -> Bundle | None:
    """A part that came, whole; None where there is none."""
    from vesicula.results.bundle import BrokenBundle, unpack

    try:
        return unpack(file.read_bytes())
    except (OSError, BrokenBundle):
        return None


def _put_together(
    folder: RunFolder, system: System, rows: Mapping[str, list[int]]
) -> tuple[SystemState, bool]:  # fmt: skip
    """Records and pictures of all parts, into the folder; returns the last states and whether the hand acted there."""
    from vesicula.engine.system import SystemState
    from vesicula.results.bundle import unpack
    from vesicula.results.durable import replace_file
    from vesicula.results.folder import SNAPSHOTS
    from vesicula.results.journal import records_in

    order = np.argsort(np.concatenate([*rows.values()]))
    ends: list[SystemState] = []
    journals: list[list[Bundle]] = []
    after = False
    for name in rows:
        part = _kept(folder.path / PARTS / name)
        if part is None:
            raise PartError(f"part {name} of {folder.path} cannot be read", "`vesicula resume` does it again")
        journals.append([bundle for bundle, _ in records_in(part.arrays[JOURNAL].tobytes())])
        last = unpack(part.arrays[STATE].tobytes())
        ends.append(SystemState.from_arrays(last.arrays, system.site_names))
        after = bool(part.header["after"])
        for key in (key for key in part.arrays if key.startswith(PICTURES)):
            file = folder.path / SNAPSHOTS / key.removeprefix(PICTURES)
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, part.arrays[key].tobytes())
    for moment in zip(*journals, strict=True):
        first = moment[0].header
        arrays = {
            name: np.concatenate([bundle.arrays[name] for bundle in moment])[order] for name in moment[0].arrays
        }  # fmt: skip
        folder.append_record(int(str(first["step"])), arrays, after=bool(first["after"]))
    states = SystemState.joined(ends).take(order)
    for state in states.sites:
        state.site_variant = np.arange(len(order), dtype=state.site_variant.dtype)
    return states, after
