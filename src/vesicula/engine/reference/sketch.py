"""Small programs whose cells do something: parameters as plain numbers, tables as short lists.

For tests and worked examples of what happens inside cells; `blank` gives the programs in which nothing happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vesicula.engine import program as p
from vesicula.engine.program import NONE, Effect, Gate, Program, Signal
from vesicula.engine.reference.blank import absent

Number = float | Sequence[float] | None


@dataclass
class Numbers:
    """Parameter columns while a program is put together; a sequence holds one number per variant, None is absent."""

    variants: int = 1
    columns: list[np.ndarray] = field(default_factory=list)

    def __call__(self, number: Number) -> int:
        """Column of a number, NONE for None."""
        if number is None:
            return NONE
        self.columns.append(np.broadcast_to(np.asarray(number, dtype=np.float64), (self.variants,)))
        return len(self.columns) - 1

    def row(self, numbers: Sequence[Number]) -> np.ndarray:
        """Columns of several numbers, int32."""
        return np.array([self(x) for x in numbers], dtype=np.int32)

    def table(self) -> np.ndarray:
        """All numbers, float64[n_variants, n_parameters]."""
        return np.ascontiguousarray(np.stack([*self.columns, np.zeros(self.variants)], axis=1))


@dataclass(frozen=True)
class Term:
    """One step of a gate program; signal : column of the signal table for ACTIVATE and INHIBIT."""

    operation: Gate
    signal: int = NONE
    weight: Number = None
    hill: Number = None
    ec50: Number = None
    half: Number = None


@dataclass(frozen=True)
class Node:
    """One network node; its place in the list is its column."""

    terms: Sequence[Term] = ()
    time: Number = 60.0
    initial: Number = None
    maximum: Number = None
    memory: tuple[Number, Number] | None = None
    clamp: Number = None


@dataclass(frozen=True)
class Clock:
    """One hazard clock with its base rate (1/min) in all states."""

    effect: Effect
    rate: Number
    type: int = 0
    state: int = NONE
    phase: int = NONE
    steps: Number = None
    to_type: int = NONE
    to_state: int = NONE
    site: int = NONE
    to_site: int = NONE


@dataclass(frozen=True)
class Rule:
    """One rule on a behaviour column."""

    behaviour: int
    signal: int
    limit: Number
    half: Number
    hill: Number = None
    type: int = 0
    state: int = NONE

    @property
    def direction(self) -> int:
        """+1 where the limit lies above the base."""
        limit = self.limit if isinstance(self.limit, int | float) else max(self.limit or (0.0,))
        return 1 if limit > 1 else -1


def with_signals(program: Program, rows: Sequence[tuple[Signal, int, int]]) -> Program:
    """Put in signals (kind, argument, type)."""
    kind, argument, of_type = (list(x) for x in zip(*rows, strict=True))
    table = p.Signals(np.array(kind, np.int8), np.array(argument, np.int32), np.array(of_type, np.int32))
    return replace(program, signals=table)


def with_networks(program: Program, numbers: Numbers, types: Sequence[Sequence[Node]]) -> Program:
    """Put in the networks of all types, one list of nodes per type."""
    nodes = [node for of_type in types for node in of_type]
    terms = [term for node in nodes for term in node.terms]
    memory = [node.memory or (None, None) for node in nodes]
    networks = p.Networks(
        node_start=np.cumsum([0, *(len(x) for x in types)]).astype(np.int32),
        p_maximum=numbers.row([n.maximum for n in nodes]),
        p_time=numbers.row([n.time for n in nodes]),
        p_initial=numbers.row([n.initial for n in nodes]),
        p_memory_threshold=numbers.row([m[0] for m in memory]),
        p_memory_gain=numbers.row([m[1] for m in memory]),
        p_clamp=numbers.row([n.clamp for n in nodes]),
        gate_start=np.cumsum([0, *(len(n.terms) for n in nodes)]).astype(np.int32),
        gate_operation=np.array([t.operation for t in terms], dtype=np.int8),
        gate_signal=np.array([t.signal for t in terms], dtype=np.int32),
        p_weight=numbers.row([t.weight for t in terms]),
        p_hill=numbers.row([t.hill for t in terms]),
        p_ec50=numbers.row([t.ec50 for t in terms]),
        p_half=numbers.row([t.half for t in terms]),
    )
    return replace(program, networks=networks, n_nodes=max(len(x) for x in types))


def with_behaviours(
    program: Program, numbers: Numbers, base: Sequence[Sequence[Sequence[Number]]], rules: Sequence[Rule] = (),
    traits: Sequence[tuple[int, int]] = (), **columns: object,
) -> Program:  # fmt: skip
    """Put in behaviours: base[type][state][column], rules, (trait, behaviour) pairs, and what columns mean."""
    n_types, n_states, n = len(base), len(base[0]), len(base[0][0])
    ordered = sorted(rules, key=lambda r: (r.type, r.behaviour))
    place = [r.type * n + r.behaviour for r in ordered]
    table = replace(
        program.behaviours,
        n=n,
        p_base=np.array([[numbers.row(row) for row in states] for states in base], np.int32).reshape(
            n_types, n_states, n
        ),
        rule_start=np.searchsorted(place, np.arange(n_types * n + 1)).astype(np.int32),
        rule_state=np.array([r.state for r in ordered], np.int32),
        rule_signal=np.array([r.signal for r in ordered], np.int32),
        rule_direction=np.array([r.direction for r in ordered], np.int8),
        p_limit=numbers.row([r.limit for r in ordered]),
        p_half=numbers.row([r.half for r in ordered]),
        p_hill=numbers.row([r.hill for r in ordered]),
        trait_column=np.array([t for t, _ in traits], np.int32),
        trait_behaviour=np.array([b for _, b in traits], np.int32),
        **columns,
    )
    return replace(program, behaviours=table, n_states=n_states)


def with_clocks(
    program: Program, numbers: Numbers, clocks: Sequence[Clock], *, n_states: int = 1,
    n_phases: Sequence[int] | None = None, stay: Number = 1e9, **columns: Any,
) -> Program:  # fmt: skip
    """Put in clocks, one behaviour column each, with the same base rate in all states; stay : min until removal."""
    n_types = program.n_types
    base = [[[c.rate if c.type == t else None for c in clocks] for _ in range(n_states)] for t in range(n_types)]
    columns.setdefault("kill", absent(n_types))
    program = with_behaviours(program, numbers, base, clock=np.arange(len(clocks), dtype=np.int32), **columns)
    lifecycle = p.Lifecycle(
        type=np.array([c.type for c in clocks], np.int32), state=np.array([c.state for c in clocks], np.int32),
        phase=np.array([c.phase for c in clocks], np.int32), p_steps=numbers.row([c.steps for c in clocks]),
        effect=np.array([c.effect for c in clocks], np.int8), to_type=np.array([c.to_type for c in clocks], np.int32),
        to_state=np.array([c.to_state for c in clocks], np.int32),
        site=np.array([c.site for c in clocks], np.int32), to_site=np.array([c.to_site for c in clocks], np.int32),
        p_clearance=np.full((n_types, 2), numbers(stay), dtype=np.int32),
        n_phases=np.array(n_phases or [0] * n_types, np.int32),
    )  # fmt: skip
    return replace(program, lifecycle=lifecycle)


def finished(program: Program, numbers: Numbers) -> Program:
    """The program with the numbers collected for it."""
    return replace(program, values=numbers.table())
