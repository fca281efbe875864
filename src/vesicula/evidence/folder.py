"""Where the library's text files are, and where read copies of them may be kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def library_folder() -> Path:
    """Folder of models, parts, parameters, claims, identifiers and references."""
    return Path(__file__).parent.parent / "library"


def user_cache() -> Path:
    """Folder for what can be made again at any time; `VESICULA_CACHE` names another one."""
    if "VESICULA_CACHE" in os.environ:
        return Path(os.environ["VESICULA_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "vesicula"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vesicula"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "vesicula"
