"""The names that a text speaks of, by kind, as far as it can be read: for remedies, not for checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType

from vesicula.evidence.folder import library_folder
from vesicula.language.text import Mapping, Node, Report, Scalar, Sequence, Source, load
from vesicula.language.trees import tree

_BLOCKS = MappingProxyType(
    {
        "cells": "cell", "vesicles": "vesicle", "substances": "substance", "sites": "place", "labware": "place",
        "preparations": "preparation", "matrix": "matrix", "arms": "arm", "events": "event",
    }
)  # fmt: skip
_NODE = re.compile(
    r"(?:\b(?:activates?|inhibits?|silences?)\s+([\w\-]+))|(?:^([\w\-]+)\s+(?:starts|responds|reaches|keeps|closes)\b)"
)

Known = MappingProxyType[str, tuple[str, ...]]
"""Kind of thing -> its names, in order of the text."""
NOTHING: Known = MappingProxyType({})


def names_in(source: Source) -> Known:
    """The names of a text and of the library's parts that it uses."""
    return _names_in(source.text)


@lru_cache(maxsize=32)
def _names_in(text: str) -> Known:
    found: dict[str, list[str]] = {}
    _collect(tree(Source("text", text), Report()), found, set())
    return MappingProxyType({kind: tuple(dict.fromkeys(names)) for kind, names in found.items()})


def _collect(root: Node | None, found: dict[str, list[str]], seen: set[str]) -> None:
    if not isinstance(root, Mapping):
        return
    for key, entry in root.entries:
        kind = _BLOCKS.get(key.value)
        if kind is not None and isinstance(entry, Mapping):
            for name, inside in entry.entries:
                found.setdefault(kind, []).append(name.value.partition(" (")[0])
                _inner(inside, found, found[kind][-1])
        elif key.value == "networks":
            _inner(entry, found)
        elif key.value == "use":
            items = entry.items if isinstance(entry, Sequence) else (entry,)
            for item in items:
                if isinstance(item, Scalar) and item.value not in seen:
                    seen.add(item.value)
                    _collect(_part(item.value), found, seen)


def _part(name: str) -> Node | None:
    folder, report = library_folder() / "parts", Report()
    source = load(folder / f"{name}.yaml", name, report, inside=folder)
    return tree(source, report) if source is not None else None


def _inner(entry: Node, found: dict[str, list[str]], owner: str | None = None) -> None:
    """Nodes, cargo, regions and states inside the block of one thing; `with NODE`: the cells that have it."""

    def add(kind: str, names: Iterable[str]) -> None:
        for name in names:
            found.setdefault(kind, []).append(name)
            if owner is not None:
                found.setdefault(f"with {name}", []).append(owner)

    if not isinstance(entry, Mapping):
        return
    for key, value in entry.entries:
        if key.value in ("carries", "regions") and isinstance(value, Mapping):
            kind = "cargo" if key.value == "carries" else "place"
            add(kind, (name.value for name, _ in value.entries))
        elif key.value == "states" and isinstance(value, Sequence):
            add("state", (one.value for one in value.items if isinstance(one, Scalar)))
        elif key.value == "inside" and isinstance(value, Sequence):
            told = [match for one in value.items if isinstance(one, Scalar) for match in _NODE.findall(one.value)]
            add("node", (first or second for first, second in told))
        else:
            _inner(value, found, owner)
