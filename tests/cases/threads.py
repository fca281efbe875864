"""Work that is shared out over threads even where it would not pay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from vesicula.engine import sharing


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Within, everything that can be shared out is, over so many threads, piece by piece."""
    with patch.multiple(sharing, SERIAL_BELOW=0, CHUNK=1, threads_used=lambda: number):
        yield
