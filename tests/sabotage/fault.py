"""What a seeded fault is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One seeded fault. file: below src/vesicula; tests: pytest node ids, every one of which has to fail."""

    name: str
    imitates: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
