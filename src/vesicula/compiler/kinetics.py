"""Files of networks that cells run: what drives them, what follows them, and where they stand in `State.nodes`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.compiler.kinetic_laws import Laws, Unfit
from vesicula.compiler.kinetic_rows import Link, Running, laid_out
from vesicula.compiler.signals import SignalTable
from vesicula.engine.kinetic_tables import Kinetics
from vesicula.engine.program import NONE
from vesicula.language.model import Cell, Network
from vesicula.language.names import Names
from vesicula.language.networks import content_of, entering, in_file, minutes, run_by, said_of
from vesicula.language.sentences import Drives, Follows, NamedSignal, Takes
from vesicula.language.values import Value
from vesicula.sbml.file import Kinetics as Content

F64 = NDArray[np.float64]


def compile_kinetics(ctx: Context, signals: SignalTable, first: int) -> Kinetics:
    """The engine's table of all networks of rates; first : column of `State.nodes` from which on they stand."""
    known, found = {one.name: one for one in ctx.model.networks}, list[Running]()
    for t, cell in enumerate(ctx.model.cells):
        column = first
        for name in run_by(cell):
            one = _running(ctx, signals, (t, cell), known[name], column)
            found.append(one)
            column += one.width
    return laid_out(found)


def columns_of(kinetics: Kinetics) -> int:
    """End of the columns that networks of rates take in `State.nodes`; 0 where there are none."""
    events = np.diff(kinetics.event_start)
    ends = kinetics.column + 2 + events + kinetics.n_changing + kinetics.n_held
    return int(ends.max(initial=0))


def _running(ctx: Context, signals: SignalTable, of: tuple[int, Cell], network: Network, column: int) -> Running:
    """One network in one cell type."""
    t, cell = of
    content = content_of(network)
    told = said_of(cell, network.name)
    entered = [one for one in told if isinstance(one, Drives | Takes)]
    followed = [one for one in told if isinstance(one, Follows)]
    inputs = [_input(ctx, signals, cell, content, one) for one in entered]
    outputs = [(ctx.nodes[cell.name].index(one.node), full_of(ctx, cell, content, one)) for one in followed]
    try:
        coded = Laws(content, [one.target for one in entered]).coded([one.source for one in followed])
    except Unfit as problem:
        message = f"{network.sbml}, line {problem.line}: {problem}"
        raise ctx.error("sbml", message, "correct the file, or say its value with `takes`", network.where) from None
    per_minute = 1.0 / minutes(network, content)
    return Running(t, column, coded, content.events, per_minute, inputs, outputs)


def _path(cell: Cell, one: object) -> str:
    number = next(k for k, each in enumerate(cell.inside) if each is one)
    return f"cells.{cell.name}.inside.{number}"


def _value(ctx: Context, path: str, value: Value, content: Content, name: str) -> int:
    """Column of a value of a quantity of a file, in the file's unit."""
    quantity = content.quantities.get(name)
    dimension, factor = in_file(value, None if quantity is None else quantity.unit, name)
    column = ctx.parameters.source(path, value, dimension)
    return column if factor == 1.0 else ctx.parameters.derive(f"{path} in the file", lambda x: x * factor, column)


def full_of(ctx: Context, cell: Cell, content: Content, one: Follows) -> int:
    """Column of the value at which a node is fully active."""
    return _value(ctx, f"{_path(cell, one)}.full at", one.full, content, one.source)


def _input(ctx: Context, signals: SignalTable, cell: Cell, content: Content, one: Drives | Takes) -> Link:
    """Signal column, and column of the value of the quantity at a signal of 1."""
    path = _path(cell, one)
    if isinstance(one, Takes):
        return NONE, _value(ctx, f"{path}.value", one.value, content, one.target)
    meaning = Names(ctx.model).meaning(cell, one.signal)
    scale = entering(one, meaning, content).scale
    if scale is None:
        assert one.full is not None
        column = _value(ctx, f"{path}.full at", one.full, content, one.target)
    else:
        column = ctx.parameters.constant(f"{path}.in the file", scale)
    sensed = NONE
    if meaning in ("substance", "cargo", "bound", "inserted") and isinstance(one.signal, NamedSignal):
        sensed = ctx.effects.factor("sensing", one.signal.name, cell.name)
    return signals.column(cell, one.signal, one.where), ctx.parameters.times(f"{path}.in arms", column, sensed)


def at_start(ctx: Context, cell: Cell, one: Follows) -> int:
    """Column of the activity at the start of a node that follows a file: by the file's own values."""
    network = next(each for each in ctx.model.networks if each.name == one.network)
    content = content_of(network)
    laws = Laws(content, ())
    try:
        value = laws.graph.value(laws.start(one.source)) or 0.0
    except Unfit:
        value = 0.0  # what drives it says it, from the first step on
    full = full_of(ctx, cell, content, one)
    path = f"cells.{cell.name}.inside.{one.node}.at the start"
    return ctx.parameters.derive(path, lambda x: np.clip(value / x, 0.0, 1.0), full)
