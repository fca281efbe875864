"""What was read from text files, kept for the next command: in a file named after the texts and all that reads them."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from vesicula.versions import version_of

READERS = ("language/**/*.py", "language/**/*.lark", "evidence/**/*.py", "*.py")  # an edit there may read otherwise
SUFFIX = ".pickle"
KEPT = 4  # readings of a kind, of as many states of its texts
EACH_PART = {"models": 400}  # kinds of which there is a reading for every model, part and experiment


def user_cache() -> Path:
    """Folder for what can be made again at any time; `VESICULA_CACHE` names another one."""
    if "VESICULA_CACHE" in os.environ:
        return Path(os.environ["VESICULA_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "vesicula"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vesicula"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "vesicula"


def kept_reading(kind: str, files: Sequence[Path], *texts: str) -> Path:
    """Where a reading of these files and texts is kept by this version of all that reads them."""
    digest = hashlib.sha256(readers_digest(Path(__file__).parent))
    for file in files:
        digest.update(_named(file))
    for text in texts:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return user_cache() / kind / f"{digest.hexdigest()[:20]}{SUFFIX}"


@cache
def readers_digest(package: Path) -> bytes:
    """What stands for all that reads texts, as it was when this process began to read."""
    digest = hashlib.sha256(" ".join([sys.version, *map(version_of, ("pydantic", "lark", "pint"))]).encode())
    for name in READERS:
        for file in sorted(package.glob(name)):
            digest.update(_named(file))
    return digest.digest()


def _named(file: Path) -> bytes:
    return b"\0".join((file.name.encode(), hashlib.sha256(file.read_bytes()).digest()))


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
        kept = EACH_PART.get(file.parent.name, KEPT)
        for old in sorted(file.parent.glob(f"*{SUFFIX}"), key=lambda one: one.stat().st_mtime)[:-kept]:
            old.unlink(missing_ok=True)
