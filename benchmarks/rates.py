"""Networks of SBML files in many unlike cells: microseconds of a core per cell and macro step, beside CVODE.

python -m benchmarks.rates [--cells 200]

Each file of tests/cases/biomodels runs for 100 of its units of time in 10 macro steps. The species of every cell
are off by some 10 % at first, so that no two are alike. libRoadRunner (CVODE, the same relative tolerance, machine code
for each file) does the same cells one after the other where `python lab.py readers` has installed it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
READERS = Path(os.environ.get("VESICULA_READERS", ROOT / ".venv-readers" / "bin" / "python"))
SPAN, STEPS, SCATTER = 100.0, 10, 0.1
THEIRS = """
import json, random, sys, time
import roadrunner
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
cells, span, steps, scatter, tolerance = int(sys.argv[1]), *map(float, sys.argv[2:6])
found, draw = {}, random.Random(1)
for file in sys.argv[6:]:
    model = roadrunner.RoadRunner(file)
    model.integrator.relative_tolerance = tolerance
    spent = 0.0
    for _ in range(cells):
        model.reset()
        for name in model.model.getFloatingSpeciesIds():
            try:
                model[f"[{name}]"] *= draw.lognormvariate(0.0, scatter)
            except Exception:  # what follows a rule is not set
                pass
        begun = time.process_time()
        try:
            for k in range(int(steps)):
                model.simulate(span / steps * k, span / steps * (k + 1), 2)
        except RuntimeError:
            spent = float("nan")
            break
        spent += time.process_time() - begun
    found[file] = spent / cells / steps
print(json.dumps(found))
"""


def ours(file: Path, species: list[str], cells: int) -> float:
    """Seconds per cell and macro step in the engine."""
    from tests.cases.rates import cells_of, of_file, program_of

    from vesicula.engine import kinetics

    net = of_file(file.stem)
    program = program_of(net, species, {}, SPAN / STEPS)
    state = cells_of(program, cells)
    kinetics.advance(program, state)  # from their start, all alike; compiled, or read from its cache
    first = int(program.kinetics.column[0]) + kinetics.FIRST_OF + len(net.events)
    factors = np.random.default_rng(1).lognormal(0.0, SCATTER, state.nodes[:, first:].shape)
    state.nodes[:, first:] *= factors
    begun = time.process_time()
    try:
        for _ in range(STEPS):
            kinetics.advance(program, state)
    except kinetics.Unsolved:  # what is off by chance need not be a state that the file knows
        return float("nan")
    return (time.process_time() - begun) / cells / STEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=200)
    cells = parser.parse_args().cells
    sys.path.insert(0, str(ROOT))
    from tests.cases.rates import BIOMODELS

    from vesicula.engine.kinetics import RELATIVE

    recorded = json.loads((BIOMODELS / "recorded.json").read_text(encoding="utf-8"))["files"]
    files = sorted(BIOMODELS.glob("*.xml"))
    theirs: dict[str, float] = {}
    if READERS.is_file():
        command = [
            str(READERS),
            "-c",
            THEIRS,
            str(cells),
            *map(str, (SPAN, STEPS, SCATTER, RELATIVE)),
            *map(str, files),
        ]
        theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(f"{'file':20}{'species':>8}{'here, us':>10}{'CVODE, us':>11}")
    for file in files:
        species = list(recorded[file.stem])
        mine, other = ours(file, species, cells), theirs.get(str(file))
        shown = "" if other is None else f"{1e6 * other:11.0f}"
        print(f"{file.stem:20}{len(species):8}{1e6 * mine:10.0f}{shown}", flush=True)


if __name__ == "__main__":
    main()
