"""`vesicula dose` and required loading: seconds after the imports, and of the whole command in a fresh process.

python -m benchmarks.dose [--repeats 5]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

QUESTION = ("--particles", "1e10", "--cells", "2e5", "--volume", "0.5mL", "--hours", "24", "--cargo", "miR-105-5p")
MODEL = "mir105-barrier"


def fastest(repeats: int, work: Callable[[], object]) -> float:
    """Least seconds of some repeats: what the work takes where nothing else runs."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats

    import vesicula
    from vesicula.experiments.loading.required import required_loading

    def ask() -> object:
        return vesicula.dose(1e10, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium")

    begun = time.perf_counter()
    ask()
    print(f"dose, the first time      {time.perf_counter() - begun:6.2f} s")
    print(f"dose, again               {fastest(repeats, ask):6.2f} s")
    command = [sys.executable, "-m", "vesicula", "dose", *QUESTION, "--in", "endothelium"]
    whole = fastest(repeats, lambda: subprocess.run(command, check=True, capture_output=True))
    print(f"the command, all of it    {whole:6.2f} s")
    compiled = vesicula.load(MODEL)
    found = required_loading(compiled)
    print(
        f"required loading          {fastest(repeats, lambda: required_loading(compiled)):6.2f} s, {len(found)} answers"
    )


if __name__ == "__main__":
    main()
