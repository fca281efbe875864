"""One macro step: the order in which everything happens. This page is the whole schedule.

Draws, structural changes and records happen only on the macro grid; sub-steps inside a part draw nothing. What is
dissolved in pools that blood joins flows while it is secreted, lost and bound; what else passes between sites does so
half before and half after their own step, so that the whole stays of second order in it. The experimenter acts at one
moment, at the start of a step: a record can show what was there before and after it. Before anything is brought, made
or carried elsewhere it is seen that all of it can be counted.
"""

from __future__ import annotations

from vesicula.engine import (
    behaviours,
    body,
    counts,
    exchange,
    fields,
    kinetics,
    lifecycle,
    matrix,
    mechanics,
    networks,
    order,
    pools,
    protocol,
    signals,
    vesicles,
)
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.system import System, SystemState


def advance(system: System, states: SystemState) -> None:
    """Advance all sites of a model, and what passes between them, by one macro step, in place.

    Where nothing passes between sites each of them has the bits that `step` alone gives it. What an experimenter
    changes on the way holds from the start of its step on (`System.at`).
    """
    intervene(system, states)
    elapse(system, states)


def intervene(system: System, states: SystemState) -> None:
    """What the experimenter does at the states' macro step, in place; no time passes."""
    system = system.at(states.step)
    counts.refuse_transfers(system, states)
    exchange.transfer(system, states)
    for program, state in zip(system.sites, states.sites, strict=True):
        counts.refuse_events(program, state)
        protocol.apply(program, state)


def elapse(system: System, states: SystemState) -> None:
    """Let one macro step pass after the experimenter's hand, in place."""
    system = system.at(states.step)
    half = 0.5 * system.macro_step
    exchange.through_barriers(system, states, half, 0)
    counts.refuse_flows(system, states)
    body.flow(system, states, half, 0)
    for program, state in zip(system.sites, states.sites, strict=True):
        act(program, state)
    exchange.bar_cells(system, states)
    pools.advance(system, states)
    for program, state in zip(system.sites, states.sites, strict=True):
        dwell(program, state)
    counts.refuse_travellers(system, states)
    body.move(system, states)
    counts.refuse_flows(system, states)
    body.flow(system, states, half, 1)
    exchange.through_barriers(system, states, half, 1)


def step(program: Program, state: State) -> None:
    """Advance every site of the batch by one macro step, in place."""
    program = program.at(state.step)
    counts.refuse_events(program, state)
    protocol.apply(program, state)
    act(program, state)
    fields.advance(program, state, matrix.advance(program, state))
    dwell(program, state)


def act(program: Program, state: State) -> None:
    """What the cells of every site of the batch read and decide, after the experimenter's hand."""
    signals.read(program, state)
    networks.advance(program, state)
    kinetics.advance(program, state)
    signals.read_nodes(program, state)
    behaviours.evaluate(program, state)
    counts.refuse_step(program, state)


def dwell(program: Program, state: State) -> None:
    """What happens in every site of the batch after its fields."""
    vesicles.advance(program, state)
    lifecycle.advance(program, state)
    mechanics.advance(program, state)
    order.canonical(program, state)
    state.step += 1
