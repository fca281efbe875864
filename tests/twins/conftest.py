"""No two draws of a twin share a key, and so none of the kernels that equal it."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from vesicula.engine.reference import streams

NO_DRAWS = {"stream_key", "daughter", "founder"}  # what makes keys and identities
# one draw, asked for twice: the axis of both daughters, and a trait of a cell that comes back to the type that has it
ONE_DRAW = ({"unit_vector", "_place"}, {"normal", "_turn"})
DRAWING = ("test_lifecycle_twin", "test_vesicles_twin", "test_body_twin", "test_exchange_twin")


@pytest.fixture(autouse=True)
def no_draw_is_made_twice(request, monkeypatch):
    """Record key, identity, counter and attempt of every draw of a test's twin."""
    if request.module.__name__.rpartition(".")[2] not in DRAWING:
        yield
        return
    drawn: Counter[tuple[int, int, int, int]] = Counter()
    block = streams.block

    def recorded(key, identity, counter, attempt):
        callers = {sys._getframe(depth).f_code.co_name for depth in range(1, 5)}
        if not callers & NO_DRAWS and not any(once <= callers for once in ONE_DRAW):
            drawn[int(key), int(identity), int(counter), int(attempt)] += 1
        return block(key, identity, counter, attempt)

    monkeypatch.setattr(streams, "block", recorded)
    yield
    twice = [draw for draw, times in drawn.items() if times > 1]
    assert not twice, f"{len(twice)} of {len(drawn)} draws are made more than once, for example {twice[0]}"
