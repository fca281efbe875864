"""The command `vesicula`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and leave the process with its exit code (`vesicula.cli.exits`)."""
    try:
        from vesicula.cli.guard import guarded

        code = guarded(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
