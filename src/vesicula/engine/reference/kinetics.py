"""Twin of `engine.kinetics`: one cell after the other, code worked off in plain Python, steps by SciPy's Radau."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from vesicula.engine.kinetic_tables import Code, Section
from vesicula.engine.kinetics import (
    AT_START,
    FIRST_OF,
    MOST_FIRINGS,
    PERSISTENT,
    RANKED,
    STEP_OF,
    TIME_OF,
    VALUES_THEN,
    numbers,
    tables,
)
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State

F64 = NDArray[np.float64]
TOLERANCE = 1e-10
LAWS = {
    Code.MULTIPLY: lambda a, b, _: a * b, Code.ADD: lambda a, b, _: a + b, Code.SUBTRACT: lambda a, b, _: a - b,
    Code.DIVIDE: lambda a, b, _: np.float64(a) / b, Code.NEGATE: lambda a, *_: -a,
    Code.POWER: lambda a, b, _: np.float64(a) ** b, Code.EXP: lambda a, *_: np.exp(a), Code.LN: lambda a, *_: np.log(a),
    Code.ROOT: lambda a, *_: np.sqrt(a), Code.CHOOSE: lambda a, b, c: b if a else c,
    Code.LESS: lambda a, b, _: float(a < b), Code.AT_MOST: lambda a, b, _: float(a <= b),
    Code.EQUAL: lambda a, b, _: float(a == b), Code.AND: lambda a, b, _: float(bool(a) and bool(b)),
    Code.OR: lambda a, b, _: float(bool(a) or bool(b)), Code.NOT: lambda a, *_: float(not a),
    Code.SMALLER: lambda a, b, _: min(a, b), Code.LARGER: lambda a, b, _: max(a, b), Code.ABS: lambda a, *_: abs(a),
    Code.FLOOR: lambda a, *_: math.floor(a), Code.CEILING: lambda a, *_: math.ceil(a),
    Code.SIN: lambda a, *_: math.sin(a), Code.COS: lambda a, *_: math.cos(a), Code.TAN: lambda a, *_: math.tan(a),
    Code.ARCSIN: lambda a, *_: math.asin(a), Code.ARCCOS: lambda a, *_: math.acos(a),
    Code.ARCTAN: lambda a, *_: math.atan(a), Code.SINH: lambda a, *_: math.sinh(a),
    Code.COSH: lambda a, *_: math.cosh(a), Code.TANH: lambda a, *_: math.tanh(a),
    Code.FACTORIAL: lambda a, *_: math.gamma(a + 1.0), Code.REMAINDER: lambda a, b, _: math.fmod(a, b),
}  # fmt: skip


class Network:
    """One network in one cell. place : of the registers of time, inputs and states"""

    def __init__(self, program: Program, k: int, inputs: F64) -> None:
        self.net = tables(program, k)
        self.inputs, self.constant = inputs, self.net.constant
        self.n_changing = len(self.net.typical)

    def worked(self, section: int, time: float, y: F64) -> dict[int, float]:
        """What a section stores at a time and at states y, by target."""
        registers = dict(enumerate((*self.constant, time, *self.inputs, *y)))
        out: dict[int, float] = {}
        with np.errstate(all="ignore"):
            for row in self.net.code[self.net.section[section] : self.net.section[section + 1]]:
                operation, target, *read = (int(x) for x in row)
                if operation == Code.STORE:
                    out[target] = registers[read[0]]
                else:
                    registers[target] = LAWS[Code(operation)](*(registers.get(x, 0.0) for x in read))
        return out

    def truths(self, time: float, y: F64) -> F64:
        """Whether each trigger is true."""
        return self.filled(Section.TRIGGERS, time, y, len(self.net.event))

    def filled(self, section: int, time: float, y: F64, n: int) -> F64:
        """What a section stores, as an array of n numbers."""
        out = np.zeros(n)
        for target, value in self.worked(section, time, y).items():
            out[target] = value
        return out

    def fire(self, time: float, y: F64, flags: F64) -> None:
        """Let events happen at one moment, in place."""
        waiting: dict[int, dict[int, float] | None] = {}
        for _ in range(MOST_FIRINGS):
            truth = self.truths(time, y)
            for e in range(len(flags)):
                if truth[e] and not flags[e]:
                    then = self.net.event[e, VALUES_THEN]
                    waiting[e] = self.worked(Section.FIRST_EVENT + e, time, y) if then else None
                elif e in waiting and not truth[e] and not self.net.event[e, PERSISTENT]:
                    del waiting[e]
            flags[:] = truth
            if not waiting:
                return
            rank = self.worked(Section.PRIORITIES, time, y)
            best = min(waiting, key=lambda e: (-rank[e] if self.net.event[e, RANKED] else math.inf, e))
            values = waiting.pop(best)
            for target, value in (values or self.worked(Section.FIRST_EVENT + best, time, y)).items():
                y[target] = value

    def moved(self, span: float, mine: F64) -> F64:
        """The columns of a cell's network after a span."""
        n_events = len(self.net.event)
        flags, y = mine[FIRST_OF : FIRST_OF + n_events].copy(), mine[FIRST_OF + n_events :].copy()
        if mine[STEP_OF] == 0.0:
            y = self.filled(Section.START, 0.0, y, len(y))
            flags = self.net.event[:, AT_START].astype(np.float64)
        time, end, n = mine[TIME_OF], mine[TIME_OF] + span, self.n_changing
        self.fire(time, y, flags)
        while time < end and n:
            time, y[:n] = self._until_event(time, end, y, flags)
            self.fire(time, y, flags)
        return np.concatenate(([end, mine[STEP_OF]], flags, y))

    def _until_event(self, time: float, end: float, y: F64, flags: F64) -> tuple[float, F64]:
        """Time and changing states at the end, or where a trigger first turns true among 2,000 points before it."""
        n, held = self.n_changing, y[self.n_changing :]

        def rates(t: float, x: F64) -> F64:
            return self.filled(Section.RATES, t, np.concatenate((x, held)), n)

        found = solve_ivp(
            rates, (time, end), y[:n], method="Radau", rtol=TOLERANCE, atol=TOLERANCE * 1e-2 * self.net.typical,
            dense_output=True,
        )  # fmt: skip
        assert found.success
        assert found.sol is not None
        if not len(flags):
            return end, found.y[:, -1]

        def rises(t: float) -> bool:
            return bool(np.any((self.truths(t, np.concatenate((found.sol(t), held))) != 0.0) & (flags == 0.0)))

        late = next((t for t in np.linspace(time, end, 2001)[1:] if rises(t)), None)
        if late is None:
            return end, found.y[:, -1]
        early = late - (end - time) / 2000
        for _ in range(60):
            middle = 0.5 * (early + late)
            early, late = (early, middle) if rises(middle) else (middle, late)
        return late, found.sol(late)


def advance(program: Program, state: State) -> F64:
    """Nodes and networks after one macro step, float64[n_cells, n_nodes]; the state is left alone."""
    kinetics, out = program.kinetics, state.nodes.copy()
    site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    for i in np.flatnonzero(state.cell_dead == 0):
        for k in np.flatnonzero(kinetics.type == state.cell_type[i]):
            scale, full = numbers(program, int(k), np.array([state.site_variant[site[i]]], dtype=np.int64))
            read = tables(program, int(k)).input_signal
            inputs = np.array(
                [x * (1.0 if c == NONE else state.signal[i, c]) for x, c in zip(scale[0], read, strict=True)]
            )
            one = Network(program, int(k), inputs)
            column, width = int(kinetics.column[k]), FIRST_OF + len(one.net.event) + int(one.net.size[1])
            mine = one.moved(program.macro_step * kinetics.per_minute[k], out[i, column : column + width])
            out[i, column : column + width] = mine
            outputs = one.worked(Section.OUTPUTS, mine[TIME_OF], mine[FIRST_OF + len(one.net.event) :])
            for target, node in enumerate(one.net.output_node):
                full_at, top, clamp = full[0, target]
                activity = min(1.0, max(0.0, top * outputs[target] / full_at))
                out[i, node] = activity if math.isnan(clamp) else clamp
    return out
