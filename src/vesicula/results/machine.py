"""What the machine has: its memory, or that of the container in which it is lent."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from vesicula.errors import ResourceError
from vesicula.language.checking.space import GIB, MAXIMUM_BYTES, estimated_bytes
from vesicula.language.model import Model

CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory() -> float:
    """Bytes of memory that a process can have; inf where the system does not say."""
    limits = [float("inf")]
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        limits.append(float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    for file in CONTAINER:
        with suppress(OSError, ValueError):  # `max` is no number
            limits.append(float(file.read_text()))
    return min(limits)


def refuse_too_large(model: Model) -> None:
    """Raises   ResourceError where a run is estimated to need more memory than a run may, or than the machine has"""
    needed, there = estimated_bytes(model), memory()
    if needed > min(there, MAXIMUM_BYTES):
        has = f"this machine has {there / GIB:.3g}" if there < MAXIMUM_BYTES else f"it may have {MAXIMUM_BYTES // GIB}"
        raise ResourceError(
            f"the run needs about {needed / GIB:.3g} GiB of memory, and {has} GiB",
            "use coarser voxels, a smaller site, fewer arms or fewer draws",
        )
