"""Names in random keys: what is drawn for a part of a model is keyed by the hash of its name, never by its number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
SPREAD = 0x9E3779B97F4A7C15
FLOWS, FILTERS = 5, 6  # kinds of parts behind those of `StreamNames`


def named(words: str) -> np.uint64:
    """Hash of a name."""
    return np.uint64(int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little"))


def numbered(n: int, kind: int = 0) -> U64:
    """Stand-ins for the names of n parts that have none, uint64[n]; parts of another kind get others."""
    return (np.arange(1, n + 1, dtype=np.uint64) + np.uint64(kind << 32)) * np.uint64(SPREAD)


@dataclass(frozen=True)
class StreamNames:
    """Hashes of names that are folded into random keys, so that neither order nor other parts of a model matter.

    population : uint64[n_populations]; species : uint64[n_species]; trait : uint64[n_traits]; matrix : uint64[n_matrix]
    clock : uint64[n_clocks + 2], behind the clocks the two hazards that neighbours exert
    """

    population: U64
    species: U64
    trait: U64
    matrix: U64
    clock: U64


def unnamed() -> StreamNames:
    """No names, for programs that are made by hand."""
    return StreamNames(*(np.zeros(0, dtype=np.uint64) for _ in range(5)))
