"""What a unit of work costs: a cell, a voxel, a vesicle population, a network edge; and growth to a million cells.

    python -m benchmarks.throughput [cells voxels vesicles networks growth] [--largest 1e5]

Times are processor time of one thread over one macro step, after a first step that is not counted. Beside each stands
the work it did (sub-steps, pairs, V-cycles), which is the same on any machine.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from benchmarks.cases import tumour
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine import behaviours, fields, mechanics, networks, vesicles
from vesicula.engine.program import NONE, Gate, Grid, Program, Signal
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import Node, Numbers, Term, finished, with_networks, with_signals
from vesicula.engine.sharing import use_threads
from vesicula.engine.state import State, Work
from vesicula.engine.step import step


def seconds(work: Callable[[], None]) -> float:
    """Processor time of one call, s."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def effort(state: State, before: np.ndarray, *columns: Work) -> str:
    """The work counters that changed, in words."""
    grown = (state.work - before).sum(axis=0)
    return ", ".join(f"{column.name.lower().replace('_', ' ')} {grown[column]:,}" for column in columns)


def timed(part: Callable[[Program, State], None], program: Program, state: State) -> tuple[float, np.ndarray]:
    """Time of a second call of an engine part, and the work counters before it."""
    part(program, state)
    state.step += 1
    before = state.work.copy()
    return seconds(lambda: part(program, state)), before


def row(name: str, nanoseconds: float, unit: str, note: str) -> None:
    """Print one line of the table."""
    print(f"{name:44s} {nanoseconds:10.1f} ns per {unit:34s} {note}", flush=True)


def cells() -> None:
    """Mechanics of a packed ball."""
    for n in (1_000, 20_000):
        program, state = tumour(n)
        behaviours.evaluate(program, state)
        used, before = timed(mechanics.advance, program, state)
        done = (state.work - before)[0, Work.MECHANICS_SUBSTEPS]
        note = effort(state, before, Work.MECHANICS_SUBSTEPS, Work.PAIRS)
        row(f"mechanics, {n:,} cells", 1e9 * used / n / done, "cell and sub-step", note)


def voxels() -> None:
    """The field of a tissue that takes up, cells fixed: the first steps of a transient, then near the steady state."""
    for n in (2_000, 20_000):
        program, state = tumour(n, grid=Grid(50, 50, 50, 20.0, 20.0, 3))
        behaviours.evaluate(program, state)
        used, before = timed(fields.advance, program, state)
        note = effort(state, before, Work.FIELD_SUBSTEPS, Work.V_CYCLES)
        row(f"field, 50³ voxels, {n:,} cells", 1e9 * used / 125_000, "voxel and macro step", note)


def vesicle_populations() -> None:
    """Release, transport, uptake by three routes and cargo."""
    for n_populations in (1, 4):
        population = Population(
            decay=1e-3, residence=60.0, release=(1.0,), routes=((5.0, 20.0, 5.0),), internalise=0.05, detach=0.01,
            escape=0.1, lysosome=0.01, cargo=((0, 0, 2.0),),
        )  # fmt: skip
        case = Case(Grid(60, 60, 1, 20.0, 20.0, 2), (population,) * n_populations, degradation=(1e-3,))
        program = case.program()
        places = np.random.default_rng(1).uniform(0.0, 1200.0, (2_000, 3)) * [1.0, 1.0, 0.0] + [0.0, 0.0, 10.0]
        state = case.state(program, places)
        for _ in range(10):
            vesicles.advance(program, state)
            state.step += 1
        used, before = timed(vesicles.advance, program, state)
        units = n_populations * program.grid.n_voxels
        note = f"{state.vesicles.sum():,} free particles, 2,000 cells, {effort(state, before, Work.V_CYCLES)}"
        row(
            f"vesicles, 60 × 60 voxels, {n_populations} populations",
            1e9 * used / units,
            "voxel, population and step",
            note,
        )


def network_edges() -> None:
    """Forty nodes of three inputs each in every cell."""
    n_nodes, inputs, n_cells = 40, 3, 20_000
    numbers, rng = Numbers(), np.random.default_rng(2)
    program = blank_program(Grid(50, 50, 50, 20.0, 20.0, 3))
    program = with_signals(program, [(Signal.NODE, k, 0) for k in range(n_nodes)])
    gates = []
    for _ in range(n_nodes):
        terms = []
        for k in range(inputs):
            terms.append(Term(Gate.ACTIVATE if rng.random() < 0.6 else Gate.INHIBIT, int(rng.integers(n_nodes)), 0.9))
            terms += [Term(Gate.OR, NONE)] if k else []
        gates.append(Node(terms, time=60.0))
    program = finished(with_networks(program, numbers, [gates]), numbers)
    state = blank_state(program, [rng.uniform(0.0, 1000.0, (n_cells, 3))])
    state.nodes[:] = rng.random(state.nodes.shape)
    used, _ = timed(networks.advance, program, state)
    edges = n_nodes * inputs
    row(
        f"network, {edges} edges, {n_cells:,} cells",
        1e9 * used / n_cells / edges,
        "edge, cell and macro step",
        "time constants 60 min",
    )


def growth(largest: int) -> None:
    """Whole macro steps (fields, mechanics, order) of balls from 1e3 cells; time and memory should grow linearly."""
    n = 1_000
    while n <= largest:
        program, state = tumour(n)
        step(program, state)
        before = state.work.copy()
        used = seconds(lambda program=program, state=state: step(program, state))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        counts = effort(state, before, Work.MECHANICS_SUBSTEPS, Work.V_CYCLES)
        note = f"{program.grid.n_voxels:,} voxels, {counts}, peak {peak:.2f} GiB"
        row(f"whole macro step, {n:,} cells", 1e9 * used / n, "cell and macro step", note)
        n *= 10


def main() -> None:
    """Run the cases named on the command line, all by default."""
    parts = {"cells": cells, "voxels": voxels, "vesicles": vesicle_populations, "networks": network_edges}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, "growth", []])
    parser.add_argument("--largest", type=float, default=1e5, help="cells of the largest ball of `growth`")
    chosen = parser.parse_args()
    use_threads(1)
    for name, measure in parts.items():
        if not chosen.parts or name in chosen.parts:
            measure()
    if not chosen.parts or "growth" in chosen.parts:
        growth(int(chosen.largest))


if __name__ == "__main__":
    sys.exit(main())
