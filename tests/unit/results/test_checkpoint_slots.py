"""Two slots take turns: the newest whole state is read, and writing never touches it."""

from pathlib import Path

import numpy as np
import pytest

from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_program, blank_state, states_of
from vesicula.results import checkpoints


def keep(folder: Path, step: int) -> None:
    """A checkpoint of a dish whose one concentration is its macro step."""
    state = blank_state(blank_program(Grid(1, 1, 1, 10.0, 10.0, 3), n_substances=1), [[]])
    state.step = step
    state.concentration[:] = step
    checkpoints.write(folder, states_of(state, names=["dish"]), program_hash="of the program")


def newest(folder: Path) -> int:
    found = checkpoints.read(folder)
    assert found is not None
    assert found.program_hash == "of the program"
    assert found.states.site("dish").step == found.step
    np.testing.assert_array_equal(found.states.site("dish").concentration, [[[found.step]]])
    return found.step


def test_the_newest_state_is_read(tmp_path: Path):
    for step in (3, 8, 9, 30):
        keep(tmp_path / "state", step)
        assert newest(tmp_path / "state") == step


@pytest.mark.parametrize("steps", [(3, 8), (3, 8, 9), (3, 8, 9, 30)])
def test_writing_leaves_the_newest_state_alone(tmp_path: Path, steps: tuple[int, ...]):
    folder = tmp_path / "state"
    for step in steps:
        keep(folder, step)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    keep(folder, 99)
    untouched = [name for name in before if (folder / name).read_bytes() == before[name]]
    assert len(untouched) == 1
    for slot in checkpoints.SLOTS:
        if slot not in untouched:
            (folder / slot).write_bytes(b"torn")
    assert newest(folder) == steps[-1]


def test_a_damaged_slot_is_written_before_a_whole_one(tmp_path: Path):
    folder = tmp_path / "state"
    keep(folder, 3)
    keep(folder, 8)
    for slot in checkpoints.SLOTS:
        if b'"step": 8' in (folder / slot).read_bytes():
            (folder / slot).write_bytes(b"torn")
    assert newest(folder) == 3
    keep(folder, 12)
    assert newest(folder) == 12
    assert not checkpoints.damaged(folder)


def test_the_moment_after_an_event_is_newer_than_the_one_before(tmp_path: Path):
    state = blank_state(blank_program(Grid(1, 1, 1, 10.0, 10.0, 3), n_substances=1), [[]])
    state.step = 7
    for after in (True, False):
        state.concentration[:] = float(after)
        checkpoints.write(tmp_path, states_of(state, names=["dish"]), program_hash="", after=after)
    found = checkpoints.read(tmp_path)
    assert found is not None
    assert (found.after, found.states.site("dish").concentration.item()) == (True, 1.0)
