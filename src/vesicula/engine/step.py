"""One macro step: the order in which everything happens. This page is the whole schedule.

Draws, structural changes and records happen only on the macro grid; sub-steps inside a part draw nothing.
"""

from __future__ import annotations

from vesicula.engine import (
    behaviours,
    fields,
    lifecycle,
    matrix,
    mechanics,
    networks,
    order,
    protocol,
    signals,
    vesicles,
)
from vesicula.engine.program import Program
from vesicula.engine.state import State


def step(program: Program, state: State) -> None:
    """Advance every site of the batch by one macro step, in place."""
    protocol.apply(program, state)
    signals.read(program, state)
    networks.advance(program, state)
    signals.read_nodes(program, state)
    behaviours.evaluate(program, state)
    matrix.advance(program, state)
    fields.advance(program, state)
    vesicles.advance(program, state)
    lifecycle.advance(program, state)
    mechanics.advance(program, state)
    order.canonical(program, state)
    state.step += 1
