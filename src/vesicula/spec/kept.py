"""What was read from text files, kept for the next command: in a file named after the files and all that reads them."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from vesicula.evidence.folder import user_cache

READERS = ("spec/**/*.py", "spec/**/*.lark", "evidence/**/*.py", "*.py")  # an edit there may read otherwise
SUFFIX = ".pickle"
KEPT = 4  # readings, of as many states of the files


def kept_reading(files: Sequence[Path]) -> Path:
    """Where a reading of these files is kept by this version of all that reads them."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(f"{sys.version} {version('pydantic')} {version('lark')} {version('pint')}".encode())
    readers = [file for name in READERS for file in sorted(package.glob(name))]
    for file in (*files, *readers):
        digest.update(b"\0".join((file.name.encode(), hashlib.sha256(file.read_bytes()).digest())))
    return user_cache() / "parameters" / f"{digest.hexdigest()[:20]}{SUFFIX}"


def reading(file: Path) -> object:
    """What is kept in `file`, None where there is nothing, or nothing whole."""
    try:
        return pickle.loads(file.read_bytes())
    except Exception:  # a damaged file may raise anything; then the texts are read
        return None


def keep_reading(file: Path, read: object) -> None:
    """Keep `read` in `file`; where that cannot be, it is read again next time."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(pickle.dumps(read, protocol=pickle.HIGHEST_PROTOCOL))
        unfinished.replace(file)
        for old in sorted(file.parent.glob(f"*{SUFFIX}"), key=lambda one: one.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
