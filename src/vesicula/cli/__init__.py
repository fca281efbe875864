"""The command `vesicula`."""

from __future__ import annotations

import atexit
import gc
import os
import sys

__all__ = ["main"]

COLLECT_EVERY = 50_000, 20, 100
"""Python looks for dead cycles after so many new objects: nearly all that a command makes is modules, which live on."""

UNUSED = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""Settings, where the user has none: no matrix here is worth threads, whose start is a tenth of a short command."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and leave the process with its exit code (`vesicula.cli.exits`)."""
    for name, value in UNUSED.items():
        os.environ.setdefault(name, value)
    gc.set_threshold(*COLLECT_EVERY)
    atexit.register(gc.freeze)  # what is still there ends with the process, unsearched
    try:
        from vesicula.cli.guard import guarded

        code = guarded(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
