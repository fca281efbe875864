"""A job whose process is ended from outside, as a machine that is out of memory does."""

import os

from vesicula.experiments.verdicts.verifying import Finished, Runs, Task, run_and_bring


def run_or_end(task: Task) -> tuple[Finished, Runs]:
    """Run a task; end the process at the one that is called `ended`."""
    if task.path.stem == "ended":
        os._exit(9)
    return run_and_bring(task)
