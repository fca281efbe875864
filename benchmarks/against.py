"""This version beside an earlier commit, in one interleaved run: `python -m benchmarks.against REV`.

    python -m benchmarks.against 266855b [--only pools dishes] [--repeats 3] [--store 0.3.0]

Every workload is run in turns with the sources of the commit (checked out into a folder that is removed at the end) and
with those of this folder, by the Python that runs this file, on one thread. Models are texts of this folder that state
all their values and that both versions read, so that both compute the same. The first turn of each compiles and is not
counted; of the others the least processor time counts. Work counters (sub-steps, V-cycles, pairs) say what was done.
`--store` keeps times, counters and ratios in benchmarks/history/NAME.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HISTORY = Path(__file__).parent / "history"
TEXTS = f"{ROOT}/benchmarks"
QUIET = ("--no-report", "--quiet", "--threads", "1", "--replace", "--out", "{out}")
WORKLOADS: dict[str, tuple[str, ...]] = {
    "main job": ("-m", "vesicula", "run", f"{TEXTS}/main-job.yaml", *QUIET),
    "pools": ("-m", "vesicula", "run", f"{TEXTS}/pools.yaml", *QUIET),
    "dishes": ("-m", "benchmarks.dishes", "--threads", "1"),
    "H3": ("-m", "benchmarks.h3", "--threads", "1"),
    "H4": ("-m", "vesicula", "run", f"{TEXTS}/h4.yaml", *QUIET),
}
ALONE = re.compile(r"^processor time, s +(\S+)$", re.MULTILINE)  # what a case says of its steps, without its checks
COUNTERS = """
import json, sys
import numpy as np
from vesicula import Result
from vesicula.engine.state import Work
found = Result(sys.argv[1]).folder.last_state()
sites = found.sites if hasattr(found, "sites") else found[0].values()  # earlier versions: (states by site, macro step)
whole = sum(np.asarray(state.work).sum(axis=0) for state in sites)
counted = {one.name.lower(): int(whole[one]) for one in Work}
print(json.dumps(counted | {"cells": sum(state.n_cells for state in sites)}))
"""


@dataclass
class Side:
    """One of the two versions. tree : its sources; place : for its kernels and runs"""

    name: str
    tree: Path
    place: Path

    def run(self, words: tuple[str, ...]) -> tuple[float, str]:
        """Processor seconds of one run, and what it printed; raises SystemExit where it fails."""
        command = [sys.executable, *(self.placed(word) for word in words)]
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {
            **kept,
            "PYTHONPATH": os.pathsep.join((str(self.tree / "src"), str(self.tree))),
            "VESICULA_CACHE": str(self.place / "kept"),
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=environment, cwd=self.place, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{self.name}: {' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    def placed(self, word: str) -> str:
        """A word of a command line with the folders of this side."""
        return word.replace("{tree}", str(self.tree)).replace("{out}", str(self.place / "run"))

    def counters(self) -> dict[str, int]:
        """Work counters of the last run of a model."""
        return json.loads(self.run(("-c", COUNTERS, "{out}"))[1])


def compared(sides: tuple[Side, Side], words: tuple[str, ...], repeats: int) -> dict[str, object]:
    """Least processor seconds of both sides, their quotient, and what each counted or printed."""
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    alone: dict[str, list[float]] = {side.name: [] for side in sides}
    said: dict[str, object] = {}
    for turn in range(repeats + 1):
        for side in sides:
            used, printed = side.run(words)
            if turn:
                seconds[side.name].append(round(used, 3))
                alone[side.name] += [float(time) for time in ALONE.findall(printed)]
            said[side.name] = side.counters() if "vesicula" in words else printed.splitlines()
    found = {"seconds": seconds, "times less": times_less(seconds), "work": said}
    if all(alone.values()):
        found |= {"seconds of the steps": alone, "times less in the steps": times_less(alone)}
    return found


def times_less(seconds: dict[str, list[float]]) -> float:
    """Quotient of the least that both sides took."""
    return round(min(seconds["then"]) / min(seconds["now"]), 2)


def main() -> None:
    """Compare and print; with `--store` also keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", help="an earlier commit")
    parser.add_argument("--only", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--store", metavar="NAME", help="keep what was found as benchmarks/history/NAME.json")
    asked = parser.parse_args()
    found: dict[str, object] = {
        "against": asked.revision,
        "machine": platform.machine(),
        "python": sys.version.split()[0],
    }
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", "-q", str(old), asked.revision], cwd=ROOT, check=True)
        try:
            sides = Side("then", old, Path(folder) / "then"), Side("now", ROOT, Path(folder) / "now")
            for side in sides:
                side.place.mkdir()
            for name in asked.only:
                one = compared(sides, WORKLOADS[name], asked.repeats)
                found[name] = one
                print(f"{name:10s} {one['times less']:>6} times less: {one['seconds']}", flush=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(old)], cwd=ROOT, check=True)
    if asked.store:
        HISTORY.mkdir(exist_ok=True)
        (HISTORY / f"{asked.store}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
