"""The ledger files as read data. Parsing YAML takes seconds for all of them, so the data is kept as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

from vesicula.evidence.folder import library_folder
from vesicula.kept import user_cache

VOCABULARY = "vocabulary"
Data = Mapping[str, object]


def ledger_paths() -> dict[str, Path]:
    """The files of the ledgers by name, sorted."""
    folder = library_folder() / "claims"
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.stem != VOCABULARY}


@lru_cache(maxsize=32)
def parsed(path: Path) -> Data:
    """The data of a YAML file; from the user's cache where the same text was read before."""
    content = path.read_bytes()
    kept = user_cache() / "claims" / f"{hashlib.sha256(content).hexdigest()[:24]}.json"
    try:
        return cast("Data", json.loads(kept.read_bytes()))
    except (OSError, ValueError, RuntimeError):
        data = _read(content)
        _keep(data, kept)
        return data


def _read(content: bytes) -> Data:
    from ruamel.yaml import YAML

    return cast("Data", YAML(typ="safe").load(content))  # pyright: ignore[reportUnknownMemberType]


def _keep(data: Data, file: Path) -> None:
    """Store the data, whole or not at all; a folder that cannot be written costs time, nothing else."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(data, out, ensure_ascii=False)
        Path(name).replace(file)
    except (OSError, RuntimeError):
        return
