"""The comparison with an earlier commit runs what it says it runs."""

import ast
from pathlib import Path

from benchmarks.against import COUNTERS, ROOT, WORKLOADS, Side


def test_words_are_put_in_their_places_and_nothing_else_is_changed(tmp_path: Path):
    side = Side("now", ROOT, tmp_path)
    assert side.placed(COUNTERS) == COUNTERS
    ast.parse(COUNTERS)
    for words in WORKLOADS.values():
        placed = [side.placed(word) for word in words]
        assert not any("{" in word for word in placed)
        assert all(Path(word).is_file() for word in placed if word.endswith(".yaml"))
