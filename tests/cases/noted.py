"""A small task, for tests of those who do tasks."""

import os
import time
from pathlib import Path


def noted(task: tuple[Path, int]) -> tuple[int, int]:
    """The square of a number, and the process that found it; a file says that it was begun."""
    folder, number = task
    (folder / f"{number}-{os.getpid()}").touch()
    time.sleep(0.05)
    return number**2, os.getpid()


def ended_at_three(number: int) -> int:
    """The square of a number; at three the process is ended."""
    if number == 3:
        os._exit(9)
    return number**2
