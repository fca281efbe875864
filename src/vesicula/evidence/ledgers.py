"""The ledger files as read data."""

from __future__ import annotations

from pathlib import Path

from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import Data, kept_data

VOCABULARY = "vocabulary"


def ledger_paths() -> dict[str, Path]:
    """The files of the ledgers by name, sorted."""
    folder = library_folder() / "claims"
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.stem != VOCABULARY}


def parsed(path: Path) -> Data:
    """The data of a ledger; only few may read it, which a test holds."""
    return kept_data(path)
