"""What cells read: one column per substance, node, cargo, matrix, contact, trait, pressure or surface cargo."""

from __future__ import annotations

import numpy as np

from vesicula.compiler.context import Context
from vesicula.engine.program import NONE, Signal, Signals
from vesicula.language.model import Cell
from vesicula.language.sentences import ContactSignal, NamedSignal, PressureSignal, SignalText
from vesicula.language.values import Location, Value

Key = tuple[Signal, int, int]


class SignalTable:
    """Signal columns in the order they are asked for."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._keys: dict[Key, int] = {}
        self._texts: list[str] = []

    def column(self, cell: Cell, signal: SignalText, where: Location | None) -> int:
        """Column of a signal as a cell of this type reads it; raises ModelError for a name that means nothing here."""
        key, text = self.resolve(cell, signal, where)
        if key not in self._keys:
            self._keys[key] = len(self._keys)
            self._texts.append(text)
        return self._keys[key]

    def resolve(self, cell: Cell, signal: SignalText, where: Location | None) -> tuple[Key, str]:
        """Kind, argument and type restriction of a signal, and its text."""
        ctx = self._ctx
        match signal:
            case PressureSignal():
                return (Signal.PRESSURE, NONE, NONE), "pressure"
            case ContactSignal():
                return (Signal.CONTACT, ctx.type_index(signal.cell), NONE), f"contact with {signal.cell}"
            case NamedSignal():
                return self._named(cell, signal, where)

    def _named(self, cell: Cell, signal: NamedSignal, where: Location | None) -> tuple[Key, str]:
        ctx = self._ctx
        name, place = signal.name, signal.place
        if place in (None, "inside") and name in ctx.nodes[cell.name]:
            argument = ctx.nodes[cell.name].index(name)
            return (Signal.NODE, argument, ctx.type_index(cell.name)), f"{name} in {cell.name}"
        if place in (None, "outside") and ctx.substance_index(name) != NONE:
            return (Signal.SUBSTANCE, ctx.substance_index(name), NONE), f"{name} outside"
        cargo_kind = {"bound": Signal.SURFACE, "inserted": Signal.INSERTED}.get(place or "", Signal.CARGO)
        if place is None and name in cell.own_copies:
            return (Signal.COPIES, ctx.species_index(name), NONE), f"{name}, own and delivered"
        if place in (None, "delivered", "bound", "inserted") and ctx.species_index(name) != NONE:
            return (cargo_kind, ctx.species_index(name), NONE), f"{place or 'delivered'} {name}"
        traits = [(c.name, t.name) for c in ctx.model.cells for t in c.traits]
        if place is None and (cell.name, name) in traits:
            return (Signal.TRAIT, traits.index((cell.name, name)), ctx.type_index(cell.name)), f"trait {name}"
        if place is None and ctx.matrix_index(name) != NONE:
            return (Signal.MATRIX, ctx.matrix_index(name), NONE), f"{name} nearby"
        raise ctx.error("unknown-name", f"{name} is nothing a {cell.name} can read", "see `vesicula explain`", where)

    def half(self, path: str, cell: Cell, signal: SignalText, value: Value | None, where: Location | None) -> int:
        """Column of a half-maximum in the unit of the signal; sensing blocks of arms raise it. NONE if none is needed
        (nodes and matrix densities are shares already).
        """
        ctx, p = self._ctx, self._ctx.parameters
        (kind, argument, _), text = self.resolve(cell, signal, where)
        if value is None:
            if kind in (Signal.NODE, Signal.MATRIX):
                return NONE
            value = ctx.need(None, f"the half-max of {text}", where)
        if kind is Signal.SUBSTANCE:
            name = ctx.substances[argument].name
            p.call(path, f"half-max|{name}")  # of its receptor: one constant in all cells
            return self._as_sensed(path, ctx.concentration(path, value, name), name, cell)
        carried = kind in (Signal.CARGO, Signal.COPIES, Signal.SURFACE, Signal.INSERTED)
        column = p.source(path, value, "share" if value.unit == "%" else "copies" if carried else "number")
        name = list(ctx.species)[argument] if carried else ""
        return self._as_sensed(path, column, name, cell) if carried else column

    def _as_sensed(self, path: str, column: int, name: str, cell: Cell) -> int:
        """Half-maximum of what a cell reads, raised by what arms block of it."""
        sensed = self._ctx.effects.factor("sensing", name, cell.name)
        if sensed == NONE:
            return column
        law = f"{path} as sensed in {cell.name}"
        return self._ctx.parameters.derive(law, lambda h, f: h / np.maximum(f, 1e-12), column, sensed)

    def table(self) -> tuple[Signals, tuple[str, ...]]:
        """The engine's table and the texts of its columns."""
        rows = np.array(list(self._keys), dtype=np.int32).reshape(len(self._keys), 3)
        kind, argument, cell_type = (np.ascontiguousarray(rows[:, k]) for k in range(3))
        return Signals(kind.astype(np.int8), argument, cell_type), tuple(self._texts)
