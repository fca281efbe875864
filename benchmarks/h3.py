"""Case H3: 50³ voxels of 20 µm, 20,000 cells in a packed ball, one substance, mechanics on, 60 simulated minutes.

    python -m benchmarks.h3 [--seconds] [--macro-step 6] [--threads 2] [--transient]

D 1e5 µm²/min, decay 0.1/min, uptake 10/min of a cell's volume, walls at 38 mmHg, repulsion 10 and adhesion 0.4 µm/min.
The time is that of the whole engine step (signals, behaviours, field, lifecycle, mechanics, order) without compilation;
errors are against the converged solution of the same equation: at the end of the run the steady state for the cells
where the last field step had them (conjugate gradients to 1e-12), with --transient also 0.5 min after the start
(action of the matrix exponential). `--seconds` prints the time alone.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from benchmarks.cases import CELL_VOLUME, DECAY, DIFFUSION, UPTAKE, WALL, tumour
from scipy.sparse import csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import cg, expm_multiply

from vesicula.engine import behaviours, fields
from vesicula.engine.program import Grid
from vesicula.engine.sharing import use_threads
from vesicula.engine.state import SubstanceTerm, Work
from vesicula.engine.step import step

H3 = Grid(50, 50, 50, 20.0, 20.0, 3)
N_CELLS = 20_000
MINUTES = 60.0
LATTICE = 0.2527  # lattice Green function: what a voxel's own uptake takes off its concentration


def operator(position: np.ndarray) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """dc/dt = b − A c: A (1/min), b (mmHg/min) and the uptake rate of every voxel, from the text of the case alone."""
    n, edge = H3.nx, H3.voxel
    line = diags_array([np.full(n - 1, -1.0), np.full(n, 2.0), np.full(n - 1, -1.0)], offsets=[-1, 0, 1]).tolil()
    line[0, 0] = line[n - 1, n - 1] = 3.0  # the wall lies half a voxel away
    one, axis = eye_array(n), line.tocsr() * (DIFFUSION / edge**2)
    spread = kron(kron(axis, one), one) + kron(kron(one, axis), one) + kron(kron(one, one), axis)
    where = np.clip(np.floor(position / edge).astype(int), 0, n - 1)
    number = np.bincount((where[:, 2] * n + where[:, 1]) * n + where[:, 0], minlength=n**3)
    clearance = UPTAKE * CELL_VOLUME
    uptake = number * clearance / (1.0 - clearance * LATTICE / (edge * DIFFUSION)) / edge**3
    at_wall = np.zeros((n, n, n))
    for k in range(3):
        np.moveaxis(at_wall, k, 0)[[0, -1]] += 2.0 * DIFFUSION / edge**2 * WALL
    return csr_array(spread + diags_array(DECAY + uptake)), at_wall.ravel(), uptake


def steady(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Converged steady state, mmHg, and the uptake rate of every voxel, 1/min."""
    matrix, inflow, uptake = operator(position)
    solution, failed = cg(matrix, inflow, x0=np.full(len(inflow), WALL), rtol=1e-12, maxiter=5000)
    assert failed == 0
    return solution, uptake


def after(position: np.ndarray, minutes: float) -> np.ndarray:
    """Converged field some minutes after 38 mmHg everywhere."""
    settled, _ = steady(position)
    matrix, _, _ = operator(position)
    return settled + expm_multiply(-minutes * matrix, WALL - settled, traceA=-minutes * matrix.trace())


def run(macro_step: float) -> tuple[float, dict[str, float]]:
    """Seconds on the clock for 60 minutes; processor time, errors at their end and work done."""
    warm_program, warm_state = tumour(200)
    step(warm_program, warm_state)
    program, state = tumour(N_CELLS, grid=H3, macro_step=macro_step)
    steps = round(MINUTES / macro_step)
    begin, used = time.perf_counter(), time.process_time()
    for _ in range(steps - 1):
        step(program, state)
    spent, used = time.perf_counter() - begin, time.process_time() - used
    position, booked = state.position.copy(), state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP]
    begin, used = time.perf_counter(), time.process_time() - used
    step(program, state)
    spent, used = spent + time.perf_counter() - begin, time.process_time() - used
    exact, uptake = steady(position)
    taken = state.substance_ledger[0, 0, SubstanceTerm.TAKEN_UP] - booked
    expected = float(uptake @ exact) * H3.voxel_volume * macro_step
    error = np.abs(state.concentration[0, 0] - exact)
    return spent, {
        "processor time, s": used,
        "worst error, mmHg": float(error.max()),
        "mean error in tissue, %": 100.0 * float((error[uptake > 0] / exact[uptake > 0]).mean()),
        "uptake error, %": 100.0 * abs(taken / expected - 1.0),
        "field sub-steps": float(state.work[0, Work.FIELD_SUBSTEPS]),
        "V-cycles": float(state.work[0, Work.V_CYCLES]),
        "mechanics sub-steps": float(state.work[0, Work.MECHANICS_SUBSTEPS]),
    }


def transient(minutes: float = 0.5) -> float:
    """Worst error of the field alone `minutes` after the start, mmHg."""
    program, state = tumour(N_CELLS, grid=H3, macro_step=minutes)
    behaviours.evaluate(program, state)
    fields.advance(program, state)
    return float(np.abs(state.concentration[0, 0] - after(state.position, minutes)).max())


def main() -> None:
    """Print the time of the case and how far it is from the converged solution."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", action="store_true", help="print the time alone")
    parser.add_argument("--macro-step", type=float, default=6.0, help="min")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--transient", action="store_true", help="also the error 0.5 min after the start")
    chosen = parser.parse_args()
    if chosen.threads:
        use_threads(chosen.threads)
    spent, found = run(chosen.macro_step)
    if chosen.seconds:
        print(f"{spent:.2f}")
        return
    print(f"{spent:.2f} s for {MINUTES:.0f} simulated minutes")
    for name, value in found.items():
        print(f"{name:28s} {value:.4g}")
    if chosen.transient:
        print(f"{'worst error at 0.5 min, mmHg':28s} {transient():.4g}")


if __name__ == "__main__":
    sys.exit(main())
