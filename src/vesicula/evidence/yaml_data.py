"""Data of the library's YAML files. Parsing takes seconds, so what was read is kept as JSON in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

from vesicula.kept import user_cache

Data = Mapping[str, object]


def parsed(path: Path) -> Data:
    """The data of a YAML file of the library that is no ledger: these have a door of their own, `evidence.ledgers`."""
    if path.parent.name == "claims":
        raise ValueError(f"{path.name} is a ledger")
    return kept_data(path)


@lru_cache(maxsize=32)
def kept_data(path: Path) -> Data:
    """The data of any YAML file; from the user's cache where the same text was read before."""
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
