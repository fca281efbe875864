"""Networks of rates inside cells (from SBML files) as the engine holds them; `kinetics` moves them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


class Code(IntEnum):
    """Operations on registers, rows (operation, target, a, b, c). STORE: out[target] = a; truths are 1 and 0."""

    STORE = 0
    MULTIPLY = 1
    ADD = 2
    SUBTRACT = 3
    DIVIDE = 4
    NEGATE = 5
    POWER = 6
    EXP = 7
    LN = 8
    ROOT = 9
    CHOOSE = 10
    LESS = 11
    AT_MOST = 12
    EQUAL = 13
    AND = 14
    OR = 15
    NOT = 16
    SMALLER = 17
    LARGER = 18
    ABS = 19
    FLOOR = 20
    CEILING = 21
    SIN = 22
    COS = 23
    TAN = 24
    ARCSIN = 25
    ARCCOS = 26
    ARCTAN = 27
    SINH = 28
    COSH = 29
    TANH = 30
    FACTORIAL = 31
    REMAINDER = 32


class Section(IntEnum):
    """Programs of a network; those of its events follow, one each.

    START: all states at the start. RATES: of the changing states. SLOPES: of the rates, row-wise, with the one by time
    in the last column. TRIGGERS and PRIORITIES of events. OUTPUTS: what is followed.
    """

    START = 0
    RATES = 1
    SLOPES = 2
    TRIGGERS = 3
    PRIORITIES = 4
    OUTPUTS = 5
    FIRST_EVENT = 6


def _none(kind: type) -> NDArray:
    return np.zeros(0, dtype=kind)


def _ints(*shape: int) -> I32:
    return np.zeros(shape or 0, dtype=np.int32)


@dataclass(frozen=True)
class Kinetics:
    """One row per cell type and network that it runs; `x_start` : int32[n + 1], rows of x that belong to each.

    type : int32[n], cell type; column : int32[n], first of its columns of `State.nodes`, behind nodes and missing mRNA:
        time since it began, length of the last sub-step (0: not begun), then truth of each trigger, then the states:
        those that change (`n_changing`), then those that only events change (`n_held`)
    per_minute : float64[n], units of time of the network in a minute; n_registers : int32[n]
    constant : float64, the first registers; behind them stand the time, the inputs and the states
    code : int32[…, 5], see `Code`; section : int32, starts of the sections of each network in code, and its end
    input_signal : int32, signal column (NONE: none, the input is `p_input`); p_input : value at a signal of 1
    output_node : int32, node column; p_output : value at full activity
    typical : float64, size of each changing state, in which the absolute tolerance is measured
    at_start, persistent, values_then, ranked : int8, of events: see `sbml.file.Event`; ranked: has a priority
    """

    type: I32 = field(default_factory=_ints)
    column: I32 = field(default_factory=_ints)
    per_minute: F64 = field(default_factory=lambda: _none(np.float64))
    n_registers: I32 = field(default_factory=_ints)
    n_changing: I32 = field(default_factory=_ints)
    n_held: I32 = field(default_factory=_ints)
    constant_start: I32 = field(default_factory=lambda: _ints(1))
    constant: F64 = field(default_factory=lambda: _none(np.float64))
    section_start: I32 = field(default_factory=lambda: _ints(1))
    section: I32 = field(default_factory=_ints)
    code: I32 = field(default_factory=lambda: _ints(0, 5))
    input_start: I32 = field(default_factory=lambda: _ints(1))
    input_signal: I32 = field(default_factory=_ints)
    p_input: I32 = field(default_factory=_ints)
    output_start: I32 = field(default_factory=lambda: _ints(1))
    output_node: I32 = field(default_factory=_ints)
    p_output: I32 = field(default_factory=_ints)
    typical_start: I32 = field(default_factory=lambda: _ints(1))
    typical: F64 = field(default_factory=lambda: _none(np.float64))
    event_start: I32 = field(default_factory=lambda: _ints(1))
    at_start: I8 = field(default_factory=lambda: _none(np.int8))
    persistent: I8 = field(default_factory=lambda: _none(np.int8))
    values_then: I8 = field(default_factory=lambda: _none(np.int8))
    ranked: I8 = field(default_factory=lambda: _none(np.int8))

    @property
    def given(self) -> set[tuple[int, int]]:
        """Cell type and column of every node that follows a network."""
        rows = range(len(self.type))
        return {
            (int(self.type[k]), int(node))
            for k in rows
            for node in self.output_node[self.output_start[k] : self.output_start[k + 1]]
        }
