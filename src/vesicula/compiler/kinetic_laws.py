"""A network of rates as code: which of its quantities change, how fast, and how they start.

A species that reactions change is held as an amount, in formulas divided by the size of its compartment; what a rule
of rates or an event alone changes is held as its id means it. Inputs take the place of whatever the file says of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vesicula.compiler.kinetic_graph import Graph, Node, Registers
from vesicula.sbml.expressions import TIME, Expression, symbols
from vesicula.sbml.file import Kinetics, Quantity


class Unfit(Exception):
    """The network cannot run so: what is wrong, and the line of the file."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True)
class Coded:
    """A network as the engine takes it: registers with sections, and what its states are.

    names : of the states, those that change first; n_changing : of them; typical : size of each that changes
    """

    registers: Registers
    names: tuple[str, ...]
    n_changing: int
    typical: tuple[float, ...]


@dataclass
class Laws:
    """Meanings of the ids of a network, while it runs and at its start. inputs: ids that are driven or set."""

    network: Kinetics
    inputs: Sequence[str]
    graph: Graph = field(default_factory=Graph)
    _now: dict[str, Node] = field(default_factory=dict[str, Node])
    _start: dict[str, Node] = field(default_factory=dict[str, Node])
    _open: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __post_init__(self) -> None:
        """Sort out what changes."""
        net, driven = self.network, set(self.inputs)
        ruled = set(net.assignments)
        moved = {
            name
            for one in net.reactions
            for name, _ in one.changes
            if not net.quantities[name].boundary and name not in driven | ruled | set(net.rates)
        }
        stepped = {name for one in net.events for name, _ in one.assignments}
        self.by_reactions = moved
        self.changing = [one for one in net.quantities if one in moved or (one in net.rates and one not in driven)]
        self.varying_places = {
            one.name
            for one in net.quantities.values()
            if one.kind == "compartment" and one.name in ruled | set(net.rates) | stepped | driven
        }
        held = [one for one in net.quantities if one in stepped and one not in {*self.changing, *driven}]
        self.held = held + [
            one for one in net.quantities if self._is_kept(one, {*held, *self.changing, *driven, *ruled})
        ]

    def _is_kept(self, name: str, elsewhere: set[str]) -> bool:
        """Whether a quantity that nothing changes has to be kept in each cell: its start reads an input."""
        return name not in elsewhere and bool(self._read_at_start(name) & set(self.inputs))

    def _read_at_start(self, name: str) -> set[str]:
        """Ids that the start of a quantity reads, its own included."""
        net, seen, new = self.network, set[str](), {name}
        while new:
            one = new.pop()
            seen.add(one)
            if one in self.inputs:
                continue
            formula = net.assignments.get(one) or net.initials.get(one) or self._rate_of(one)
            read = set[str]() if formula is None else set(symbols(formula))
            quantity = net.quantities.get(one)
            if formula is None and quantity is not None and quantity.kind == "species":
                read = {quantity.compartment}
            new |= read - seen
        return seen

    def _rate_of(self, name: str) -> Expression | None:
        return next((one.rate for one in self.network.reactions if one.name == name), None)

    def as_amount(self, one: Quantity) -> bool:
        """Whether a state is an amount where its id means a concentration."""
        if one.kind != "species" or one.only_amount or one.name in self.network.rates:
            return False
        return one.name in self.by_reactions or one.compartment in self.varying_places

    # --- meanings

    def now(self, name: str) -> Node:
        """What an id means while the network runs."""
        if name not in self._now:
            self._now[name] = self._guarded(name, "now", self._meant_now)
        return self._now[name]

    def start(self, name: str) -> Node:
        """What an id means at the start."""
        if name not in self._start:
            self._start[name] = self._guarded(name, "start", self._meant_at_start)
        return self._start[name]

    def _guarded(self, name: str, when: str, law: Callable[[str], Node]) -> Node:
        if (name, when) in self._open:
            raise Unfit(f"`{name}` is defined by itself", self._line(name))
        self._open.append((name, when))
        found = law(name)
        self._open.pop()
        return found

    def _line(self, name: str) -> int:
        quantity = self.network.quantities.get(name)
        return 1 if quantity is None else quantity.line

    def _meant_now(self, name: str) -> Node:
        net, graph = self.network, self.graph
        if name == TIME.name or name in self.inputs:
            return graph.symbol(name)
        if name in net.assignments:
            return graph.made(net.assignments[name], self.now)
        rate = self._rate_of(name)
        if rate is not None:
            return graph.made(rate, self.now)
        one = net.quantities[name]
        if name in self.changing or name in self.held:
            state = graph.symbol(name)
            return graph.apply("divide", state, self.now(one.compartment)) if self.as_amount(one) else state
        if self.as_amount(one):
            return graph.apply("divide", self.state_at_start(name), self.now(one.compartment))
        return self.start(name)

    def _meant_at_start(self, name: str) -> Node:
        net, graph = self.network, self.graph
        if name == TIME.name:
            return graph.number(0.0)
        if name in self.inputs:
            return graph.symbol(name)
        formula = net.assignments.get(name) or net.initials.get(name) or self._rate_of(name)
        if formula is not None:
            return graph.made(formula, self.start)
        one = net.quantities[name]
        if one.start is None:
            raise Unfit(f"`{name}` has no value at the start", one.line)
        stated = graph.number(one.start)
        if one.kind != "species" or one.is_amount == one.only_amount:
            return stated
        return graph.apply("divide" if one.is_amount else "multiply", stated, self.start(one.compartment))

    def state_at_start(self, name: str) -> Node:
        """The start of a state as it is held."""
        one = self.network.quantities[name]
        found = self.start(name)
        return self.graph.apply("multiply", found, self.start(one.compartment)) if self.as_amount(one) else found

    # --- rates

    def rate(self, name: str) -> Node:
        """How fast a state changes, per unit of time of the network."""
        net, graph = self.network, self.graph
        if name in net.rates:
            return graph.made(net.rates[name], self.now)
        one, total = net.quantities[name], graph.number(0.0)
        for reaction in net.reactions:
            for changed, number in reaction.changes:
                if changed == name:
                    part = graph.apply("multiply", graph.made(number, self.now), self.now(reaction.name))
                    total = graph.apply("add", total, part)
        return graph.apply("multiply", self.now(one.per_extent), total) if one.per_extent else total

    def assigned(self, name: str, value: Expression) -> Node:
        """What an event makes of a state, as it is held."""
        one, found = self.network.quantities[name], self.graph.made(value, self.now)
        return self.graph.apply("multiply", found, self.now(one.compartment)) if self.as_amount(one) else found

    def coded(self, outputs: Sequence[str]) -> Coded:
        """All of the network's code; outputs: ids that are followed. Raises Unfit."""
        graph, net = self.graph, self.network
        for one in net.events:
            for name, _ in one.assignments:
                if name in net.assignments or name in self.inputs:
                    raise Unfit(f"the event `{one.name}` changes `{name}`, which something else says", one.line)
        names = (*self.changing, *self.held)
        registers = Registers(graph, (TIME.name, *self.inputs, *names))
        rates = [self.rate(name) for name in self.changing]
        starts = [self.state_at_start(name) for name in names]
        registers.section(list(enumerate(starts)))
        registers.section(list(enumerate(rates)))
        across = (*self.changing, TIME.name)
        slopes = [
            (row * len(across) + column, graph.slope(rate, name))
            for row, rate in enumerate(rates)
            for column, name in enumerate(across)
            if name in graph.reads[rate]
        ]
        registers.section(slopes)
        registers.section([(k, graph.made(one.trigger, self.now)) for k, one in enumerate(net.events)])
        ranked = [(k, one.priority) for k, one in enumerate(net.events)]
        registers.section([(k, graph.made(one, self.now)) for k, one in ranked if one is not None])
        registers.section([(k, self.now(name)) for k, name in enumerate(outputs)])
        for one in net.events:
            registers.section([(names.index(name), self.assigned(name, value)) for name, value in one.assignments])
        return Coded(registers, names, len(self.changing), self._typical(starts))

    def _typical(self, starts: Sequence[Node]) -> tuple[float, ...]:
        """Size of each changing state: its start, of a species that starts at 0 the smallest of another; else 1."""
        known = [abs(self.graph.value(node) or 0.0) for node in starts[: len(self.changing)]]
        known = [x if math.isfinite(x) else 0.0 for x in known]
        kinds = [self.network.quantities[name].kind for name in self.changing]
        others = [x for x, kind in zip(known, kinds, strict=True) if kind == "species" and x > 0.0]
        least = min(others, default=1.0)
        return tuple(x if x > 0.0 else least if k == "species" else 1.0 for x, k in zip(known, kinds, strict=True))
