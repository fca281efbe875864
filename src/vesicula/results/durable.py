"""Writing that a crash cannot leave half done: into a temporary file, to the disk, then renamed over the target."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vesicula.errors import ResourceError, RunFolderError, VesiculaError

TEMPORARY = ".partial"
REPLACED = ".replaced"
MAKE_ROOM = "make room, then `vesicula resume` goes on from here"


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path`: after a crash the file holds the old or the new bytes, no mixture.

    Raises     OSError (disk full, no permission); the old file is then unharmed
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A place beside `target` at which a file or folder is written; it takes the place of `target` when all is there.

    What stood at `target` stays until then: after an error, and after a crash while writing, it is unharmed. What an
    earlier crash left beside it is removed.

    Raises     OSError (disk full, no permission)
    """
    temporary, old = (target.with_name(target.name + ending) for ending in (TEMPORARY, REPLACED))
    target.parent.mkdir(parents=True, exist_ok=True)
    remove(temporary)
    try:
        yield temporary
        _to_disk(temporary)
        if target.is_dir():
            remove(old)
            target.rename(old)
        temporary.replace(target)
    except BaseException:
        remove(temporary)
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    sync_folder(target.parent)
    remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; nothing happens where there is none. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file, or all files of a folder, are on the disk."""
    for one in [path] if path.is_file() else sorted(path.rglob("*")):
        if one.is_file():
            with one.open("rb") as file:
                os.fsync(file.fileno())


def cannot_write(what: object, error: OSError, remedy: str | None = None, *, room: str = MAKE_ROOM) -> VesiculaError:
    """The error that a failed write becomes: ResourceError where the disk (or the quota) is full, else RunFolderError.

    remedy : what to do instead of making room, where room is not what is missing      room : how it goes on after that
    """
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    message = f"cannot write to {what}: {error.strerror or error}"
    return ResourceError(message, room) if full else RunFolderError(message, remedy or room)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last (where the system can: Windows cannot open folders)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
