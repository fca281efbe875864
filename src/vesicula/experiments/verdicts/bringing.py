"""Finished runs of a file on their way between the cache of a command and workers that have none of it.

A list beside the runs says which of them a file used last. It decides nothing: a run is found by the hash of all that
decides its bits, so that one too many is not read, and one too few is computed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from vesicula.results.durable import replace_file

Runs = Mapping[str, bytes]
LISTS = "of-files"  # folder in the cache
KEY = 32  # hexadecimal digits


def runs_at(cache: Path, keys: Sequence[str]) -> dict[str, bytes]:
    """Those of the runs that are kept, by key."""
    found: dict[str, bytes] = {}
    for key in keys:
        with suppress(OSError):
            found[key] = (cache / f"{key}.json").read_bytes()
    return found


def keep_runs(cache: Path, runs: Runs) -> None:
    """Keep runs that came from elsewhere; one that is kept already stays."""
    for key, content in runs.items():
        file = cache / f"{key}.json"
        if not file.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            replace_file(file, content)


def used_last(cache: Path, file: Path) -> list[str]:
    """Keys of the runs that a file used last; none where nothing whole says so."""
    try:
        keys = json.loads(_list_of(cache, file).read_text(encoding="utf-8"))
        return [key for key in keys if isinstance(key, str) and len(key) == KEY and key.isalnum()]
    except (OSError, ValueError, TypeError):
        return []


def note_used(cache: Path, file: Path, keys: Sequence[str]) -> None:
    """Say which runs a file used; where that cannot be, they are computed again elsewhere."""
    with suppress(OSError):
        place = _list_of(cache, file)
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, json.dumps(list(keys)).encode())


def _list_of(cache: Path, file: Path) -> Path:
    return cache / LISTS / f"{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:20]}.json"
