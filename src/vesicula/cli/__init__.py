"""The command `vesicula`."""

from __future__ import annotations

import atexit
import gc
import sys

__all__ = ["main"]

COLLECT_EVERY = 50_000, 20, 100
"""Python looks for dead cycles after so many new objects: nearly all that a command makes is modules, which live on."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and leave the process with its exit code (`vesicula.cli.exits`)."""
    gc.set_threshold(*COLLECT_EVERY)
    atexit.register(gc.freeze)  # what is still there ends with the process, unsearched
    try:
        from vesicula.cli.guard import guarded

        code = guarded(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
