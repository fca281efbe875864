"""The journal of a run: one checked record after the other in an append-only file.

A crash can tear only the last record; a torn end is ignored by readers and cut off by the next writer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from vesicula.results.bundle import PREFIX, BrokenBundle, Bundle, size, unpack


class Journal:
    """Appends records to a file that only one process at a time may write."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab")
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            raise

    def append(self, record: bytes) -> None:
        """Add one bundle. A failed write (disk full) leaves no part of it behind."""
        end = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(record)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), end)
            raise

    def cut(self, end: int) -> None:
        """Forget everything after `end` bytes."""
        self._file.flush()
        os.ftruncate(self._file.fileno(), end)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Give the file free for another writer."""
        self._file.close()


def _lock(file: BinaryIO) -> None:
    """Refuse a second writer (BlockingIOError); a killed process loses its lock. Without fcntl nothing is locked."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def records(path: Path) -> Iterator[tuple[Bundle, int]]:
    """Every whole record in order, with the offset at which it ends; stops without complaint at a torn end."""
    if path.exists():
        with path.open("rb") as file:
            yield from _read(file)


def records_in(content: bytes) -> Iterator[tuple[Bundle, int]]:
    """The same for the content of a journal."""
    yield from _read(BytesIO(content))


def _read(file: BinaryIO) -> Iterator[tuple[Bundle, int]]:
    end = 0
    while True:
        prefix = file.read(PREFIX.size)
        try:
            whole = prefix + file.read(max(0, size(prefix) - len(prefix)))
            bundle = unpack(whole)
        except (BrokenBundle, MemoryError, OverflowError):
            return
        end += len(whole)
        yield bundle, end
