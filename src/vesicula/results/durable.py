"""Writing that a crash cannot leave half done: into a temporary file, to the disk, then renamed over the target."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from vesicula.errors import ResourceError, RunFolderError, VesiculaError

TEMPORARY = ".partial"
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


def cannot_write(what: object, error: OSError, remedy: str | None = None) -> VesiculaError:
    """The error that a failed write becomes: ResourceError where the disk (or the quota) is full, else RunFolderError.

    remedy : what to do instead of making room, where room is not what is missing
    """
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    message = f"cannot write to {what}: {error.strerror}"
    return ResourceError(message, MAKE_ROOM) if full else RunFolderError(message, remedy or MAKE_ROOM)


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
