"""Where the library's text files are."""

from __future__ import annotations

from pathlib import Path


def library_folder() -> Path:
    """Folder of models, parts, parameters, claims, identifiers and references."""
    return Path(__file__).parent.parent / "library"
