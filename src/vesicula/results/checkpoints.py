"""The full state of a run in two alternating slots, so that a crash while writing one leaves the other whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vesicula.engine.system import SystemState
from vesicula.results.bundle import BrokenBundle, Bundle, pack, read_header, unpack
from vesicula.results.durable import replace_file

SLOTS = ("a.state", "b.state")


def _read(path: Path) -> Bundle | None:
    try:
        return unpack(path.read_bytes())
    except (OSError, BrokenBundle):
        return None


@dataclass(frozen=True)
class Checkpoint:
    """The states of all sites; whether the experimenter had acted at their macro step; hash of the program."""

    states: SystemState
    step: int
    after: bool
    program_hash: str


def moment(header: Mapping[str, object]) -> tuple[int, bool]:
    """Macro step of a record or state, and whether the experimenter had acted there."""
    return int(str(header["step"])), bool(header.get("after", False))


def _moment(path: Path) -> tuple[int, bool]:
    """Moment of the state in a slot, before all others where none is to be lost."""
    try:
        return moment(read_header(path))
    except (OSError, BrokenBundle):
        return -1, False


def write(folder: Path, states: SystemState, *, program_hash: str, after: bool = False) -> None:
    """Store the states of all sites in the slot that holds the older (or no whole) state."""
    folder.mkdir(exist_ok=True)
    header = {"step": states.step, "after": after, "sites": list(states.site_names), "program": program_hash}
    content = pack(states.arrays(), header)
    older = min(SLOTS, key=lambda slot: _moment(folder / slot))
    replace_file(folder / older, content)


def read(folder: Path) -> Checkpoint | None:
    """Newest whole checkpoint; None where there is none."""
    whole = [bundle for slot in SLOTS if (bundle := _read(folder / slot)) is not None]
    if not whole:
        return None
    newest = max(whole, key=lambda bundle: moment(bundle.header))
    states = SystemState.from_arrays(newest.arrays, newest.header["sites"])  # type: ignore[arg-type]
    return Checkpoint(states, *moment(newest.header), str(newest.header["program"]))


def newest(folder: Path) -> Path:
    """File of the newest state that is whole in its header."""
    return max((folder / slot for slot in SLOTS), key=_moment)


def damaged(folder: Path) -> list[str]:
    """Names of slots that exist and cannot be read."""
    return [slot for slot in SLOTS if (folder / slot).exists() and _read(folder / slot) is None]
