"""One macro step: the order in which everything happens. This page is the whole schedule.

Draws, structural changes and records happen only on the macro grid; sub-steps inside a part draw nothing. What is
dissolved in pools that blood joins flows while it is secreted, lost and bound; what else passes between sites does so
half before and half after their own step, so that the whole stays of second order in it. The experimenter acts at one
moment, at the start of a step: a record can show what was there before and after it. Before anything is brought, made
or carried elsewhere it is seen that all of it can be counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from vesicula.engine import (
    behaviours,
    body,
    counts,
    exchange,
    fields,
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
from vesicula.engine.exchange import Exchange
from vesicula.engine.program import Program
from vesicula.engine.state import State


def advance(between: Exchange, programs: Sequence[Program], states: Sequence[State]) -> None:
    """Advance all sites of a model, and what passes between them, by one macro step, in place.

    programs, states : one per site, in the order `between` numbers them; row s of every state is the same variant and
    replicate. Where nothing passes between them each site has the bits that `step` alone gives it. What an experimenter
    changes on the way holds from the start of its step on (`Program.at`).
    """
    intervene(between, programs, states)
    elapse(between, programs, states)


def intervene(between: Exchange, programs: Sequence[Program], states: Sequence[State]) -> None:
    """What the experimenter does at the states' macro step, in place; no time passes."""
    programs = _now(programs, states)
    counts.refuse_transfers(between, programs, states)
    exchange.transfer(between, programs, states)
    for program, state in zip(programs, states, strict=True):
        counts.refuse_events(program, state)
        protocol.apply(program, state)


def elapse(between: Exchange, programs: Sequence[Program], states: Sequence[State]) -> None:
    """Let one macro step pass after the experimenter's hand, in place."""
    programs = _now(programs, states)
    half = 0.5 * programs[0].macro_step
    exchange.through_barriers(between, programs, states, half, 0)
    counts.refuse_flows(between, programs, states)
    body.flow(between.flows, programs, states, half, 0)
    for program, state in zip(programs, states, strict=True):
        act(program, state)
    pools.advance(between.flows, programs, states)
    for program, state in zip(programs, states, strict=True):
        dwell(program, state)
    counts.refuse_travellers(between, programs, states)
    body.move(between.passages, programs, states)
    counts.refuse_flows(between, programs, states)
    body.flow(between.flows, programs, states, half, 1)
    exchange.through_barriers(between, programs, states, half, 1)


def _now(programs: Sequence[Program], states: Sequence[State]) -> list[Program]:
    """The programs with the values that hold in the states' macro step."""
    return [program.at(state.step) for program, state in zip(programs, states, strict=True)]


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
