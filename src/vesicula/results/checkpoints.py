"""The full state of a run in two alternating slots, so that a crash while writing one leaves the other whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vesicula.engine.state import State
from vesicula.results.bundle import BrokenBundle, Bundle, pack, read_header, unpack
from vesicula.results.durable import replace_file

SLOTS = ("a.state", "b.state")


def _read(path: Path) -> Bundle | None:
    try:
        return unpack(path.read_bytes())
    except (OSError, BrokenBundle):
        return None


def _step(path: Path) -> int:
    """Macro step of the state in a slot, -1 where none is to be lost."""
    try:
        return int(str(read_header(path)["step"]))
    except (OSError, BrokenBundle):
        return -1


def write(folder: Path, states: dict[str, State], *, program_hash: str) -> None:
    """Store the states of all sites in the slot that holds the older (or no whole) state."""
    folder.mkdir(exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    for site, state in states.items():
        arrays |= {f"{site}/{name}": array for name, array in state.arrays().items()}
    step = next(iter(states.values())).step
    content = pack(arrays, {"step": step, "sites": list(states), "program": program_hash})
    older = min(SLOTS, key=lambda slot: _step(folder / slot))
    replace_file(folder / older, content)


def read(folder: Path) -> tuple[dict[str, State], int, str] | None:
    """Newest whole checkpoint: states by site, macro step, hash of the program; None where there is none."""
    whole = [bundle for slot in SLOTS if (bundle := _read(folder / slot)) is not None]
    if not whole:
        return None
    newest = max(whole, key=lambda bundle: int(str(bundle.header["step"])))
    states = {}
    for site in newest.header["sites"]:  # type: ignore[attr-defined]
        prefix = f"{site}/"
        mine = {name.removeprefix(prefix): a for name, a in newest.arrays.items() if name.startswith(prefix)}
        states[site] = State.from_arrays(mine)
    return states, int(str(newest.header["step"])), str(newest.header["program"])


def damaged(folder: Path) -> list[str]:
    """Names of slots that exist and cannot be read."""
    return [slot for slot in SLOTS if (folder / slot).exists() and _read(folder / slot) is None]
