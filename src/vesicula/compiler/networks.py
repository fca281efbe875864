"""Networks of every cell type as postfix gate programs, with memory, clamps and knock-outs.

A node that nothing activates is constitutive: it starts at and tends to full activity unless the model says otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.compiler.kinetics import at_start
from vesicula.compiler.signals import SignalTable
from vesicula.engine.networks import memory_constants
from vesicula.engine.program import NONE, Networks, Signal
from vesicula.engine.program import Gate as Operation
from vesicula.language.model import Cell
from vesicula.language.names import terms
from vesicula.language.sentences import AllOf, AnyOf, Edge, Follows, Gate, KeepsItself, NodeSetting, Silences, Term
from vesicula.language.values import Value

F64 = NDArray[np.float64]
EC50_POWER = 0.49  # the normalised Hill function needs EC50ⁿ < 1/2
STEEPEST = 1e-100  # EC50ⁿ of a step, which nobody could tell from a steeper one; powers below 1e-300 are taken as 0
LEAST_WEIGHT = 1e-100  # by which an AND of an edge of weight 0 divides its zeros
GateRow = tuple[int, int, int, int, int, int]  # operation, signal, weight, hill, ec50, half
SETTINGS = {"starts at": "number", "responds in": "time", "reaches at most": "number"}


@dataclass
class NetworkRows:
    """Node and gate rows while they are collected."""

    node_start: list[int] = field(default_factory=lambda: [0])
    nodes: list[tuple[int, int, int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int, int, int]])
    gate_start: list[int] = field(default_factory=lambda: [0])
    gates: list[GateRow] = field(default_factory=list[GateRow])


def compile_networks(ctx: Context, signals: SignalTable) -> Networks:
    """The engine's table of nodes and gates of all cell types."""
    rows = NetworkRows()
    for cell in ctx.model.cells:
        for node in ctx.nodes[cell.name]:
            rows.nodes.append(_node_row(ctx, cell, node))
            rows.gates.extend(_gate_program(ctx, signals, cell, node))
            rows.gate_start.append(len(rows.gates))
        rows.node_start.append(len(rows.nodes))
    node = np.array(rows.nodes, dtype=np.int32).reshape(len(rows.nodes), 6)
    gate = np.array(rows.gates, dtype=np.int32).reshape(len(rows.gates), 6)
    maximum, time, initial, threshold, gain, clamp = (np.ascontiguousarray(node[:, k]) for k in range(6))
    operation, signal, weight, hill, ec50, half = (np.ascontiguousarray(gate[:, k]) for k in range(6))
    return Networks(
        node_start=np.array(rows.node_start, dtype=np.int32),
        p_maximum=maximum,
        p_time=time,
        p_initial=initial,
        p_memory_threshold=threshold,
        p_memory_gain=gain,
        p_clamp=clamp,
        gate_start=np.array(rows.gate_start, dtype=np.int32),
        gate_operation=operation.astype(np.int8),
        gate_signal=signal,
        p_weight=weight,
        p_hill=hill,
        p_ec50=ec50,
        p_half=half,
    )


def _node_row(ctx: Context, cell: Cell, node: str) -> tuple[int, int, int, int, int, int]:
    p, path = ctx.parameters, f"cells.{cell.name}.inside.{node}"
    found: dict[str, int] = {}
    threshold = gain = NONE
    for sentence in cell.inside:
        if isinstance(sentence, NodeSetting) and sentence.node == node:
            place = f"{path}.{sentence.setting}"
            found[sentence.setting] = p.source(place, sentence.value, SETTINGS[sentence.setting])
        elif isinstance(sentence, Silences) and sentence.node == node and sentence.protein_half_life is not None:
            half_life = p.source(f"{path}.protein half-life", sentence.protein_half_life, "time")
            mean_life = p.derive(f"{path}.mean life", lambda x: x / np.log(2.0), half_life)
            found.setdefault("responds in", mean_life)
        elif isinstance(sentence, KeepsItself) and sentence.node == node:
            on = p.source(f"{path}.on above", sentence.on_above, "number", sources=sentence.sources)
            off = p.source(f"{path}.off below", sentence.off_below, "number", sources=sentence.sources)
            threshold = p.derive(f"{path}.memory threshold", lambda x, y: _memory(x, y, 0), on, off)
            gain = p.derive(f"{path}.memory gain", lambda x, y: _memory(x, y, 1), on, off)
        elif isinstance(sentence, Follows) and sentence.node == node:
            found["starts at"] = at_start(ctx, cell, sentence)
    if not any(isinstance(s, Edge) and s.node == node and s.effect == "activates" for s in cell.inside):
        found.setdefault("starts at", p.constant("activity of a node that nothing activates", 1.0))
    knocked = ctx.effects.factor("node", node, cell.name)
    maximum = found.get("reaches at most", NONE)
    if knocked != NONE:
        full = p.constant("full activity", 1.0) if maximum == NONE else maximum
        maximum = p.times(f"{path}.maximum in arms", full, knocked)
    return (
        maximum,
        found.get("responds in", NONE),
        found.get("starts at", NONE),
        threshold,
        gain,
        ctx.effects.clamp(node, cell.name),
    )


def _memory(on: F64, off: F64, which: int) -> F64:
    """Threshold or gain of memory in every variant; where ranges overlap, a draw keeps `off` below 0.9 × `on`."""
    upper = np.minimum(on, 1.0)
    lower = np.minimum(off, 0.9 * upper)
    return np.array([memory_constants(float(a), float(b))[which] for a, b in zip(upper, lower, strict=True)])


def _gate_program(ctx: Context, signals: SignalTable, cell: Cell, node: str) -> list[GateRow]:
    """OR of the activating edges, AND the complement of each inhibiting edge."""
    raised: list[list[GateRow]] = []
    lowered: list[list[GateRow]] = []
    for number, edge in enumerate(cell.inside):
        if isinstance(edge, Edge) and edge.node == node:
            path = f"cells.{cell.name}.inside.{number}"
            inhibits = edge.effect == "inhibits"
            program = _program(ctx, signals, cell, edge, edge.gate, (path, path), inhibits)
            (lowered if inhibits else raised).append(program)
    parts = [_joined(raised, Operation.OR)] if raised else []
    return _joined([*parts, *lowered], Operation.AND)


def _joined(programs: list[list[GateRow]], operation: Operation, weight: int = NONE) -> list[GateRow]:
    """Rows of several inputs and of what joins them. weight : column by which an AND divides, of inputs of one edge."""
    out: list[GateRow] = []
    for number, program in enumerate(programs):
        out.extend(program)
        if number:
            out.append((operation, NONE, weight, NONE, NONE, NONE))
    return out


def _program(
    ctx: Context, signals: SignalTable, cell: Cell, edge: Edge, gate: Gate, paths: tuple[str, str], complement: bool
) -> list[GateRow]:
    """Postfix rows of a gate; of its complement by De Morgan (NOT (a AND b) = NOT a OR NOT b, and so on).

    paths : of the edge, whose weight, ec50 and hill are those of all its inputs, and of the gate within it
    """
    match gate:
        case Term():
            return [_term(ctx, signals, cell, edge, gate, paths, complement)]
        case AllOf():
            joint = Operation.OR if complement else Operation.AND
        case AnyOf():
            joint = Operation.AND if complement else Operation.OR
    parts = [
        _program(ctx, signals, cell, edge, part, (paths[0], f"{paths[1]}.{number}"), complement)
        for number, part in enumerate(gate.parts)
    ]
    weight = NONE
    if edge.weight is not None:
        column = ctx.parameters.source(f"{paths[0]}.weight", edge.weight, "number", sources=edge.sources)
        weight = ctx.parameters.derive(f"{paths[0]}.weight above 0", lambda w: np.maximum(w, LEAST_WEIGHT), column)
    return _joined(parts, joint, weight)


def _term(
    ctx: Context, signals: SignalTable, cell: Cell, edge: Edge, term: Term, paths: tuple[str, str], complement: bool
) -> GateRow:
    p, (path, of_term) = ctx.parameters, paths
    operation = Operation.INHIBIT if term.inhibit != complement else Operation.ACTIVATE
    of_edge = edge.half_max if _takes_half_max(signals, cell, edge, term) else None
    half = signals.half(f"{of_term}.half-max", cell, term.signal, term.half_max or of_edge, edge.where)

    def number(what: str, value: Value | None) -> int:
        return NONE if value is None else p.source(f"{path}.{what}", value, "number", sources=edge.sources)

    column = signals.column(cell, term.signal, edge.where)
    ec50 = number("ec50", edge.ec50)
    return (
        operation,
        column,
        number("weight", edge.weight),
        _steep_enough(ctx, path, number("hill", edge.hill), ec50),
        ec50,
        half,
    )


def _takes_half_max(signals: SignalTable, cell: Cell, edge: Edge, term: Term) -> bool:
    """Whether the half-max of an edge is that of this input: not of a share beside inputs that have a unit."""

    def is_share(one: Term) -> bool:
        (kind, _, _), _ = signals.resolve(cell, one.signal, edge.where)
        return kind in (Signal.NODE, Signal.MATRIX)

    return not is_share(term) or all(is_share(one) for one in terms(edge.gate))


def _steep_enough(ctx: Context, path: str, hill: int, ec50: int) -> int:
    """Column of n, held to where EC50ⁿ is 0.49 to 1e-100 in the few draws whose tails would leave no Hill curve."""
    if NONE in (hill, ec50):
        return hill

    def held(n: F64, at: F64) -> F64:
        scale = np.log(np.minimum(at, 0.9))
        return np.asarray(np.clip(n, math.log(EC50_POWER) / scale, math.log(STEEPEST) / scale))

    return ctx.parameters.derive(f"{path}.hill that fits", held, hill, ec50)
