"""What the exit code of the command says."""

from __future__ import annotations

from types import MappingProxyType

OK, OTHER, MODEL, RUN_FOLDER, RESOURCES, NUMERICAL, CALIBRATION, CLUSTER = 0, 1, 2, 3, 4, 5, 6, 7
USAGE, BUG, INTERRUPTED = 64, 70, 130

MEANINGS = MappingProxyType(
    {
        OK: "done",
        OTHER: "another error, told in words",
        MODEL: "the model has mistakes; every one was shown with its place and remedy",
        RUN_FOLDER: "the run folder is missing, damaged, in use, finished or not empty",
        RESOURCES: "not enough memory or disk",
        NUMERICAL: "a solver could not keep its promised error",
        CALIBRATION: "calibrated draws are stale or too few, or no draw satisfies all constraints",
        CLUSTER: "workers elsewhere cannot be had, were lost, or run other software",
        USAGE: "the command line was not understood",
        BUG: "a mistake in Vesicula itself; the message names the file with the details",
        INTERRUPTED: "stopped with Ctrl-C; the message says how to resume",
    }
)


def table() -> str:
    """The codes as lines of text."""
    return "\n".join(f"{code:>4}  {meaning}" for code, meaning in MEANINGS.items())
