"""Networks of SBML files alone in one cell of the engine, without a model text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vesicula.compiler.kinetic_laws import Laws
from vesicula.compiler.kinetic_rows import Running, laid_out
from vesicula.engine import kinetics
from vesicula.engine.kinetic_tables import Section
from vesicula.engine.program import NONE, Grid, Program
from vesicula.engine.reference import kinetics as reference
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import Node, Numbers, with_networks
from vesicula.engine.state import State
from vesicula.sbml.file import Kinetics
from vesicula.sbml.reading import read

BIOMODELS = Path(__file__).parent / "biomodels"
POOL = Grid(nx=1, ny=1, nz=1, voxel=100.0, height=100.0, dimensions=0)


def written(body: str, *, units: str = "") -> str:
    """An SBML file (level 3) with a compartment `c` of 1 litre; body : its lists."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">\n'
        f'<model id="m" timeUnits="second" substanceUnits="mole" volumeUnits="litre" extentUnits="mole">{units}\n'
        '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>\n'
        f"{body}\n</model>\n</sbml>\n"
    )


def of_text(text: str) -> Kinetics:
    return read("written.xml", text.encode())


def of_file(name: str) -> Kinetics:
    return read(name, (BIOMODELS / f"{name}.xml").read_bytes())


def program_of(net: Kinetics, outputs: Sequence[str], inputs: Mapping[str, float], span: float) -> Program:
    """A program in whose one cell type the network runs, alone; macro steps of `span` units of its time."""
    numbers = Numbers()
    nodes = [Node() for _ in outputs]
    blank = with_networks(blank_program(POOL, macro_step=span), numbers, [nodes])
    columns = {name: numbers(value) for name, value in inputs.items()}
    full = numbers(1.0)
    running = Running(
        type=0, column=len(outputs), coded=Laws(net, [*inputs]).coded(outputs), events=net.events, per_minute=1.0,
        inputs=[(NONE, columns[name]) for name in inputs], outputs=[(k, full) for k in range(len(outputs))],
    )  # fmt: skip
    return replace(
        blank, kinetics=laid_out([running]), n_nodes=len(outputs) + running.width, values=numbers.table()
    )  # fmt: skip


def cells_of(program: Program, cells: int = 1) -> State:
    return blank_state(program, [np.full((cells, 3), 50.0)])


def values_now(program: Program, state: State, cell: int = 0) -> np.ndarray:
    """What the followed quantities are in a cell, in the file's units."""
    one = reference.Network(program, 0, kinetics.numbers(program, 0, np.array([0]))[0][0])
    first = int(program.kinetics.column[0])
    n_events = len(one.net.event)
    mine = state.nodes[cell, first:]
    y = mine[kinetics.FIRST_OF + n_events :]
    return one.filled(Section.OUTPUTS, mine[kinetics.TIME_OF], y, len(one.net.output_node))


def course(
    net: Kinetics, outputs: Sequence[str], *, step: float, steps: int, inputs: Mapping[str, float] | None = None
) -> np.ndarray:
    """Quantities of the file after each step of its time, float64[steps, n_outputs]."""
    program = program_of(net, outputs, inputs or {}, step)
    state, rows = cells_of(program), []
    for _ in range(steps):
        kinetics.advance(program, state)
        rows.append(values_now(program, state))
    return np.array(rows)
