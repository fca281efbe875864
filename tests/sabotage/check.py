"""Puts one fault after the other into a copy of this checkout and asserts that its tests go red.

    python lab.py sabotage                all faults
    python lab.py sabotage NAME …         some of them

The copy starts without compiled kernels; they are kept by the hash of their sources, so a fault compiles again only
what can reach it. Exit code 0: the tests are green without a fault and red with each; 1: they are not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.sabotage.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".hypothesis")
LONGEST = 1200.0  # s; a fault under which the tests never end proves nothing
GREEN, RED = 0, 1  # exit codes of pytest


def main(names: Sequence[str]) -> int:
    """Check the faults of these names, all without names; returns the exit code."""
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    unknown = set(names) - {fault.name for fault in faults}
    if unknown:
        print(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(fault.name for fault in FAULTS)}")
        return 2
    with tempfile.TemporaryDirectory(prefix="vesicula-sabotage-") as folder:
        copy = Path(folder) / "checkout"
        for part in COPIED:
            shutil.copytree(ROOT / part, copy / part, ignore=LEFT_OUT)
        shutil.copy2(ROOT / "pyproject.toml", copy)
        nodes = sorted({node for fault in faults for node in fault.tests})
        print(f"{len(nodes)} tests without a fault …", flush=True)
        begun = time.monotonic()
        code, output = run_tests(copy, nodes)
        if code != GREEN:
            print(f"{output}\nthe tests are not green without a fault (pytest ended with {code})")
            return 1
        print(f"green after {time.monotonic() - begun:.0f} s; now with {len(faults)} faults", flush=True)
        missed = [fault.name for fault in faults if not report(fault, copy)]
    print(f"not noticed: {', '.join(missed)}" if missed else f"all {len(faults)} faults were noticed")
    return 1 if missed else 0


def report(fault: Fault, copy: Path) -> bool:
    """Check one fault and print a line about it; returns whether all its tests went red."""
    begun = time.monotonic()
    trouble = what_stays_green(fault, copy)
    verdict = "GREEN" if trouble else "red"
    print(f"{verdict:5} {fault.name:28} {time.monotonic() - begun:4.0f} s  {fault.imitates}", flush=True)
    for line in trouble:
        print(f"      {line}", flush=True)
    return not trouble


def what_stays_green(fault: Fault, copy: Path) -> list[str]:
    """Why a fault counts as not noticed; empty where all its tests failed."""
    file = copy / "src" / "vesicula" / fault.file
    found = file.read_text(encoding="utf-8").count(fault.old)
    if found != 1:
        return [f"its text stands {found} times in {fault.file}"]
    with edited(file, fault.old, fault.new):
        code, output = run_tests(copy, fault.tests)
    if code != RED:
        return [f"pytest ended with {code}", *output.splitlines()[-12:]]
    return [f"still green: {node}" for node in fault.tests if not failed(node, output)]


@contextmanager
def edited(file: Path, old: str, new: str) -> Iterator[None]:
    """A file with other text in it; afterwards the old text and, as Numba's index compares it, the old time."""
    before, times = file.read_bytes(), file.stat()
    file.write_text(before.decode().replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def failed(node: str, output: str) -> bool:
    """Whether pytest's summary lists a test, or one of its cases, as failed (an error while setting up is none)."""
    ends = (f"FAILED {node} ", f"FAILED {node}[")
    return any(line.startswith(ends) for line in (f"{line} " for line in output.splitlines()))


def run_tests(copy: Path, nodes: Sequence[str]) -> tuple[int, str]:
    """Exit code and output of pytest on tests of the copy; -1 where they did not end."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "VESICULA_CACHE": str(copy.parent / "cache"),
        # Byte code is told from a newer source by second and length: an edit of one sign would not be seen.
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "300",
    }
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    command += ["-m", ""]  # the long ones too
    try:
        done = subprocess.run(
            [*command, *nodes], cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"did not end within {LONGEST:.0f} s"
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab.py sabotage", description="Do the tests notice seeded faults?")
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults to check; all without one")
    sys.exit(main(parser.parse_args().names))
