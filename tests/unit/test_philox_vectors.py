"""The generator itself: published vectors, and keys that do not collide by construction."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.engine import streams
from vesicula.engine.reference import streams as reference

# Random123, tests/kat_vectors, lines "philox4x32 10": counter words, key words, expected words.
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_published_vectors(counter, key, expected):
    words = [np.uint64(w) for w in counter + key]
    assert tuple(int(w) for w in streams.philox(*words)) == expected
    assert tuple(reference.philox(list(counter), list(key))) == expected


def test_every_part_of_the_key_changes_the_number():
    base = (1, 2, 3, 4)
    keys = {streams.stream_key(*(np.uint64(x) for x in base))}
    for part in range(4):
        changed = [np.uint64(x) for x in base]
        changed[part] += np.uint64(1)
        keys.add(streams.stream_key(*changed))
    assert len(keys) == 5
    key = np.uint64(99)
    draws = {streams.uniform(key, np.uint64(i), c) for i in range(4) for c in range(4)}
    assert len(draws) == 16


def test_lineage_hashes_are_distinct_through_ten_generations():
    first = np.empty(4, np.uint64)
    streams.founders(np.full(4, 3, np.uint64), np.zeros(4, np.uint64), np.arange(4), first)
    living = [int(h) for h in first]
    seen = set(living)
    for generation in range(10):
        living = [int(streams.daughter(np.uint64(m), generation, k)) for m in living for k in (0, 1)]
        seen.update(living)
    assert len(seen) == 4 * (2**11 - 1)


def test_purposes_are_distinct_and_small():
    values = [int(p) for p in streams.Purpose]
    assert values == list(range(len(values)))
