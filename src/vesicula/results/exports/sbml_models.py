"""The network inside each cell type as SBML, a file per cell type, arm and replicate: that of `engine.networks`.

    dy/dt = (held(Ymax · left · g(y, inputs)) − y)/τ,  held(v) = v cut to 0..1
    act(x) = w (1 − e) xⁿ/(e + (1 − 2e) xⁿ), 0 for x below 0 and w above 1;  e = EC50ⁿ
    inhibit = w − act;  AND = a b/w;  OR = 1 − (1 − a)(1 − b)
    a node that keeps itself: g = 1/(1 + exp(−12 ((drive − θ)/gain + y)))

Cuts are written as min and max, never as conditions: at a node that starts at 0 a solver that looks for the moment at
which a condition turns makes no way.

What a cell senses (substances, copies, contacts …) and what silencing leaves of an mRNA are constants, with the mean
over the living cells of that type in the newest checkpoint, in units of the run. Steps that change values on the
way are not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.engine import networks, silencing
from vesicula.engine.program import NONE, Gate, Program, Signal
from vesicula.engine.system import System, SystemState
from vesicula.errors import RunFolderError
from vesicula.results import stored_program
from vesicula.results.choice import Choice
from vesicula.results.description import Labels, RunDescription
from vesicula.results.exports.parts import stems
from vesicula.results.exports.sbml_xml import (
    PLAIN,
    Apply,
    Document,
    Formula,
    Function,
    Ids,
    Quantity,
    Unit,
    Variable,
    apply,
)

if TYPE_CHECKING:
    from vesicula.results.result import Result

ITEM = "item"


def _functions() -> tuple[Function, ...]:
    at, over = apply("power", "ec50", "hill"), apply("power", apply("max", 0, "x"), "hill")
    bent = apply(
        "divide", apply("times", apply("minus", 1, at), over),
        apply("plus", at, apply("times", apply("minus", 1, apply("times", 2, at)), over)),
    )  # fmt: skip
    either = apply("minus", 1, apply("times", apply("minus", 1, "a"), apply("minus", 1, "b")))
    turned = apply("plus", apply("divide", apply("minus", "g", "threshold"), "gain"), "y")
    keeps = apply(
        "divide", 1, apply("plus", 1, apply("exp", apply("times", -networks.MEMORY_STEEPNESS, turned)))
    )  # fmt: skip
    return (
        Function("act", ("x", "weight", "hill", "ec50"), apply("times", "weight", apply("min", 1, bent))),
        Function("share", ("x", "half"), apply("divide", "x", apply("plus", "x", "half"))),
        Function("either", ("a", "b"), either),
        Function("keeps", ("g", "threshold", "gain", "y"), keeps),
        Function("held", ("v",), apply("min", 1, apply("max", 0, "v"))),
    )  # fmt: skip


@dataclass(frozen=True)
class Input:
    """A column of what cells sense. unit : id in the file; factor : value in that unit over the engine's"""

    name: str
    unit: str
    factor: float


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write the networks. Raises OSError, RunFolderError where no cell type has one"""
    d = result.description
    variants = choice.variants(d)
    if choice.replicate is None:
        variants = [v for v in variants if v in d.plan.pictured]
    inside = [t for t, label in enumerate(d.labels.types) if label.nodes]
    if not inside or not variants:
        raise RunFolderError("no cell type of the model has a network", "it goes out in the other formats")
    system, states, notes = stored_program.read(result.folder.path), _states(result), []
    if states is None:
        notes.append("no checkpoint is whole: inputs are 0")
    if choice.time is not None:
        notes.append("a network is of no moment: the one that was asked for is left out of account")
    if system.sites[0].kinetics.given:
        notes.append("nodes that follow a file of somebody else stay as at their start: run that file beside it")
    sites = [site.name for site in choice.sites(d)]
    if any(len(program.later_step) for program in system.sites):
        notes.append("values are those of the start; what an arm changes on the way is left out")
    pairs = [(t, v) for t in inside for v in variants]
    words = [(d.labels.types[t].name, d.variants[v].arm, str(d.variants[v].replicate)) for t, v in pairs]
    for (t, v), name in zip(pairs, stems(words), strict=True):
        document = document_of(d, system, t, v, means(system, states, t, v, sites))
        (path / f"{name}.xml").write_text(document.text(), encoding="utf-8")
        notes.append(f"{name}.xml: {len(document.variables)} nodes")
    return notes


def _states(result: Result) -> SystemState | None:
    try:
        return result.folder.last_state()
    except RunFolderError:
        return None


@dataclass(frozen=True)
class Means:
    """What cells of a type have on average. signal : float64[n_signals]; left : float64[n_nodes]; cells : how many"""

    signal: np.ndarray
    left: np.ndarray
    cells: float


def means(system: System, states: SystemState | None, cell_type: int, variant: int, sites: list[str]) -> Means:
    """Mean signals, and shares of mRNA left, of living cells of a type in some sites; 0 and 1 where there are none."""
    program = system.sites[0]
    signal, left, cells = np.zeros(len(program.signals.kind)), np.zeros(program.n_nodes), 0.0
    if states is None:
        return Means(signal, np.ones_like(left), 0.0)
    for name in sites:
        state = states.site(name)
        of_variant = np.arange(state.n_cells)
        mine = (of_variant >= state.cell_start[variant]) & (of_variant < state.cell_start[variant + 1])
        mine &= (state.cell_type == cell_type) & (state.cell_dead == 0)
        if not mine.any():
            continue
        number = state.stands_for[mine].astype(np.float64)
        signal += number @ state.signal[mine]
        present = silencing.present(system.site(name).at(state.step), state)
        left += number @ present[mine]
        cells += float(number.sum())
    if not cells:
        return Means(signal, np.ones_like(left), 0.0)
    return Means(signal / cells, left / cells, cells)


def document_of(d: RunDescription, system: System, cell_type: int, variant: int, now: Means) -> Document:
    """The network of a cell type in a variant, with the values of the start."""
    label, v = d.labels.types[cell_type], d.variants[variant]
    whose = f": means over {now.cells:g} living cells when the run was last kept" if now.cells else "; no cell was left"
    notes = [
        f"The network inside {label.name} of the model {d.model}: arm {v.arm}, replicate {v.replicate}, draw {v.draw}.",
        f"Question: {d.question}" if d.question else "",
        "Nodes are activities from 0 to 1, at their start. Parameters whose names begin with 'input' are what a cell"
        f" senses and are constant here{whose}.",
    ]
    ids, functions = Ids(), _functions()
    for function in functions:
        ids.of(function.id)
    document = Document(ids.of(label.name), label.name, [one for one in notes if one], functions=functions)
    _Network(document, ids, system.sites[0], d.labels, (cell_type, variant), now).write()
    return document


class _Network:
    """Writes one network into a document."""

    def __init__(
        self, document: Document, ids: Ids, program: Program, labels: Labels, which: tuple[int, int], now: Means
    ) -> None:
        self._document, self._ids, self._program, self._labels, self._now = document, ids, program, labels, now
        self._type, self._variant = which
        self._nodes = [ids.of(name) for name in labels.types[self._type].nodes]
        self._inputs: dict[int, tuple[str, Input]] = {}

    def write(self) -> None:
        """All variables with their rates, and what these rest on."""
        table, first = self._program.networks, int(self._program.networks.node_start[self._type])
        for k, node in enumerate(self._nodes):
            name, row = self._labels.types[self._type].nodes[k], first + k
            initial, clamp = self._value(table.p_initial[row], 0.0), self._value(table.p_clamp[row], math.nan)
            if not math.isnan(clamp) or (self._type, k) in self._program.kinetics.given:
                fixed = initial if math.isnan(clamp) else clamp
                self._document.variables.append(Variable(node, name, fixed, None))
                continue
            goal = self._goal(k, row, name, initial)
            tau = self._constant(f"tau {name}", self._value(table.p_time[row], networks.TIME), "minute")
            rate = apply("divide", apply("minus", goal, node), tau)
            self._document.variables.append(Variable(node, name, initial, rate))

    def _goal(self, k: int, row: int, name: str, initial: float) -> Formula:
        """What a node heads for."""
        table, program = self._program.networks, self._program
        first, last = int(table.gate_start[row]), int(table.gate_start[row + 1])
        threshold = self._value(table.p_memory_threshold[row], math.nan)
        keeps = not math.isnan(threshold)
        if last > first:
            drive = self._drive(first, last, name)
        else:
            drive = 0.0 if keeps else self._constant(f"constant drive of {name}", initial)
        if keeps:
            gain = self._value(table.p_memory_gain[row], 1.0)
            theta = self._constant(f"memory threshold of {name}", threshold)
            drive = apply("keeps", drive, theta, self._constant(f"memory gain of {name}", gain), self._nodes[k])
        top = self._constant(f"max {name}", self._value(table.p_maximum[row], 1.0))
        parts: list[Formula] = [top, drive]
        if np.any((program.silencing.type == self._type) & (program.silencing.node == k)):
            parts.insert(1, self._constant(f"input mRNA left of {name}", float(self._now.left[k])))
        return apply("held", Apply("times", tuple(parts)))

    def _drive(self, first: int, last: int, name: str) -> Formula:
        """The gate program of a node, rows first .. last − 1, as one formula."""
        table, stack = self._program.networks, list[Formula]()
        for g in range(first, last):
            weight = self._value(table.p_weight[g], networks.WEIGHT)
            match Gate(int(table.gate_operation[g])):
                case Gate.AND:
                    right, left = stack.pop(), stack.pop()
                    joint: Formula = apply("times", left, right)
                    whole = weight == 1.0
                    stack.append(
                        joint if whole else apply("divide", joint, self._constant(f"weight to {name}", weight))
                    )
                case Gate.OR:
                    right, left = stack.pop(), stack.pop()
                    stack.append(apply("either", left, right))
                case Gate.ACTIVATE:
                    stack.append(self._activation(g, name, weight)[0])
                case Gate.INHIBIT:
                    raised, column = self._activation(g, name, weight)
                    stack.append(apply("minus", column, raised))
        return stack[0]

    def _activation(self, g: int, name: str, weight: float) -> tuple[Formula, str]:
        """act(x) of a gate, and the id of its weight."""
        table, kinds = self._program.networks, self._program.signals
        column = int(table.gate_signal[g])
        x: Formula
        if int(kinds.kind[column]) == int(Signal.NODE):
            k = int(kinds.argument[column])
            source, x = self._labels.types[self._type].nodes[k], self._nodes[k]
        else:
            x, sensed = self._input(column)
            source = sensed.name
            half = self._value(table.p_half[g], -1.0)
            if half >= 0.0:
                told = f"half of {source} in {name}"
                x = apply("share", x, self._constant(told, half * sensed.factor, sensed.unit))
            elif sensed.unit != PLAIN:
                x = apply("divide", x, self._constant(f"one {source} in {name}", sensed.factor, sensed.unit))
        w = self._constant(f"weight of {source} in {name}", weight)
        hill = self._constant(f"hill of {source} in {name}", self._value(table.p_hill[g], networks.HILL))
        ec50 = self._constant(f"EC50 of {source} in {name}", self._value(table.p_ec50[g], networks.EC50))
        return apply("act", x, w, hill, ec50), w

    def _input(self, column: int) -> tuple[str, Input]:
        """Id of the constant that stands for what a column of the signals holds, and what that is."""
        if column not in self._inputs:
            one = self._sensed(column)
            value = float(self._now.signal[column]) * one.factor
            self._inputs[column] = self._constant(f"input {one.name}", value, one.unit), one
        return self._inputs[column]

    def _sensed(self, column: int) -> Input:
        kinds, labels = self._program.signals, self._labels
        kind, which = Signal(int(kinds.kind[column])), int(kinds.argument[column])
        match kind:
            case Signal.SUBSTANCE:
                substance = labels.substances[which]
                return Input(substance.name, self._concentration(substance.unit, substance.factor), substance.factor)
            case Signal.CARGO:
                return Input(f"delivered copies of {labels.species[which]}", ITEM, 1.0)
            case Signal.COPIES:
                return Input(f"own and delivered copies of {labels.species[which]}", ITEM, 1.0)
            case Signal.SURFACE:
                return Input(f"copies of {labels.species[which]} on bound vesicles", ITEM, 1.0)
            case Signal.INSERTED:
                return Input(f"copies of {labels.species[which]} in the membrane", ITEM, 1.0)
            case Signal.MATRIX:
                return Input(f"density of {labels.matrices[which]}", PLAIN, 1.0)
            case Signal.CONTACT:
                names = {NONE: "any living cell", len(labels.types): "dead cells"}
                return Input(f"contact with {names.get(which) or labels.types[which].name}", PLAIN, 1.0)
            case Signal.TRAIT:
                return Input(f"trait {labels.traits[which]}", PLAIN, 1.0)
            case _:
                return Input(kind.name.lower(), PLAIN, 1.0)

    def _concentration(self, unit: str, factor: float) -> str:
        """Id of a unit of concentration, pM or one of the substance's own: one molecule/µm³ is `factor` of it."""
        for one in self._document.units:
            if one.name == unit:
                return one.id
        if unit == "pM":
            parts = (("mole", 1, -12, 1.0), ("litre", -1, 0, 1.0))
        else:
            parts = (("item", 1, 0, 1.0 / factor), ("metre", -3, -6, 1.0))
        self._document.units.append(Unit(self._ids.of(f"unit {unit}"), unit, parts))
        return self._document.units[-1].id

    def _constant(self, name: str, value: float, unit: str = PLAIN) -> str:
        found = Quantity(self._ids.of(name), name, float(value), unit)
        self._document.quantities.append(found)
        return found.id

    def _value(self, column: int, absent: float) -> float:
        return absent if column == NONE else float(self._program.values[self._variant, column])
