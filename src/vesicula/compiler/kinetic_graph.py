"""Formulas as one graph in which whatever is the same is one node; slopes by the chain rule; code for registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vesicula.engine.kinetic_tables import Code
from vesicula.sbml.expressions import Apply, Expression, Number, Symbol, worked_out

Node = int
Row = tuple[int, int, int, int, int]
CODES = {code.name.lower().replace("_", " "): int(code) for code in Code}


@dataclass
class Graph:
    """Nodes by number. operation: of each, "number" or "symbol" for leaves; inner: its arguments; leaf: its content."""

    operation: list[str] = field(default_factory=list[str])
    inner: list[tuple[Node, ...]] = field(default_factory=list[tuple[Node, ...]])
    leaf: list[float | str] = field(default_factory=list["float | str"])
    reads: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    _known: dict[object, Node] = field(default_factory=dict[object, Node])
    _slopes: dict[tuple[Node, str], Node] = field(default_factory=dict["tuple[Node, str]", Node])

    def number(self, value: float) -> Node:
        """A number."""
        return self._add("number", (), value, frozenset(), ("number", repr(value)))

    def symbol(self, name: str) -> Node:
        """What the registers hold under that name."""
        return self._add("symbol", (), name, frozenset({name}), ("symbol", name))

    def _add(
        self, operation: str, inner: tuple[Node, ...], leaf: float | str, reads: frozenset[str], key: object
    ) -> Node:
        if key not in self._known:
            self._known[key] = len(self.operation)
            self.operation.append(operation)
            self.inner.append(inner)
            self.leaf.append(leaf)
            self.reads.append(reads)
        return self._known[key]

    def value(self, node: Node) -> float | None:
        """The number that a node is, None where it is none."""
        found = self.leaf[node]
        return found if self.operation[node] == "number" and isinstance(found, float) else None

    def made(self, one: Expression, meaning: Callable[[str], Node]) -> Node:
        """The node of a formula; meaning: of its symbols."""
        match one:
            case Number():
                return self.number(one.value)
            case Symbol():
                return meaning(one.name)
            case Apply():
                return self.apply(one.operation, *(self.made(x, meaning) for x in one.arguments))

    def apply(self, operation: str, *inner: Node) -> Node:
        """An operation, shortened where numbers make it idle."""
        numbers = [self.value(one) for one in inner]
        known = [x for x in numbers if x is not None]
        if len(known) == len(inner):
            return self.number(worked_out(operation, *known))
        short = self._short(operation, inner, numbers)
        if short is not None:
            return short
        reads = frozenset[str]().union(*(self.reads[one] for one in inner))
        return self._add(operation, inner, "", reads, (operation, inner))

    def _short(self, operation: str, inner: tuple[Node, ...], x: Sequence[float | None]) -> Node | None:
        match operation:
            case "add" if x[0] == 0.0:
                return inner[1]
            case "add" | "subtract" if x[1] == 0.0:
                return inner[0]
            case "subtract" if x[0] == 0.0:
                return self.apply("negate", inner[1])
            case "multiply" if 0.0 in x:
                return self.number(0.0)
            case "multiply" if x[0] == 1.0:
                return inner[1]
            case "multiply" | "divide" | "power" if x[1] == 1.0:
                return inner[0]
            case "multiply" if x[0] == -1.0:
                return self.apply("negate", inner[1])
            case "divide" if x[0] == 0.0:
                return inner[0]
            case "power" if x[1] in (0.0, 2.0, 3.0, 4.0, -1.0, 0.5):
                return self._power(inner[0], x[1])
            case "choose" if inner[1] == inner[2]:
                return inner[1]
            case "choose" if x[0] is not None:
                return inner[1] if x[0] else inner[2]
            case _:
                return None

    def _power(self, base: Node, exponent: float | None) -> Node:
        """A power by multiplication, root or division."""
        squared = self.apply("multiply", base, base)
        if exponent == 0.0:
            return self.number(1.0)
        if exponent == -1.0:
            return self.apply("divide", self.number(1.0), base)
        if exponent == 0.5:
            return self.apply("root", base)
        return squared if exponent == 2.0 else self.apply("multiply", squared, base if exponent == 3.0 else squared)

    def slope(self, node: Node, name: str) -> Node:
        """The partial derivative of a node by a symbol; steps (floor, comparisons) have slope 0."""
        if name not in self.reads[node]:
            return self.number(0.0)
        if self.operation[node] == "symbol":
            return self.number(1.0)
        if (node, name) not in self._slopes:
            self._slopes[node, name] = self._chain(node, name)
        return self._slopes[node, name]

    def _chain(self, node: Node, name: str) -> Node:
        do, inner = self.apply, self.inner[node]
        slopes = [self.slope(one, name) for one in inner]
        a, b = inner[0], inner[-1]
        da, db = slopes[0], slopes[-1]
        match self.operation[node]:
            case "add" | "subtract" as operation:
                return do(operation, da, db)
            case "multiply":
                return do("add", do("multiply", da, b), do("multiply", a, db))
            case "divide":
                return do("subtract", do("divide", da, b), do("multiply", do("divide", node, b), db))
            case "power":
                return self._slope_of_power(node, (a, b), (da, db))
            case "choose":
                return do("choose", a, slopes[1], slopes[2])
            case "smaller":
                return do("choose", do("less", b, a), db, da)
            case "larger":
                return do("choose", do("less", a, b), db, da)
            case "remainder":
                return da
            case _:
                return do("multiply", self._slope_of_function(node, a), da)

    def _slope_of_power(self, node: Node, of: tuple[Node, Node], slopes: tuple[Node, Node]) -> Node:
        do, one, (base, exponent) = self.apply, self.number(1.0), of
        lower = do("power", base, do("subtract", exponent, one))
        by_base = do("multiply", do("multiply", exponent, lower), slopes[0])
        positive = do("less", self.number(0.0), base)
        log = do("choose", positive, do("ln", do("choose", positive, base, one)), self.number(0.0))
        return do("add", by_base, do("multiply", do("multiply", node, log), slopes[1]))

    def _slope_of_function(self, node: Node, x: Node) -> Node:
        do, number = self.apply, self.number
        match self.operation[node]:
            case "negate":
                return number(-1.0)
            case "exp":
                return node
            case "ln":
                return do("divide", number(1.0), x)
            case "root":
                return do("divide", number(0.5), node)
            case "abs":
                return do("choose", do("less", x, number(0.0)), number(-1.0), number(1.0))
            case "sin":
                return do("cos", x)
            case "cos":
                return do("negate", do("sin", x))
            case "tan":
                return do("add", number(1.0), do("multiply", node, node))
            case "arcsin" | "arccos" as operation:
                below = do("root", do("subtract", number(1.0), do("multiply", x, x)))
                return do("divide", number(1.0 if operation == "arcsin" else -1.0), below)
            case "arctan":
                return do("divide", number(1.0), do("add", number(1.0), do("multiply", x, x)))
            case "sinh":
                return do("cosh", x)
            case "cosh":
                return do("sinh", x)
            case "tanh":
                return do("subtract", number(1.0), do("multiply", node, node))
            case _:
                return number(0.0)


Place = tuple[str, int]
"""A constant, a symbol, a result of a section or a target, by its number among those of its kind."""


@dataclass
class Registers:
    """Code of a network, section by section. symbols: what stands in registers behind the constants, in their order."""

    graph: Graph
    symbols: Sequence[str]
    constants: list[float] = field(default_factory=list[float])
    most: int = 0
    _sections: list[list[tuple[int, Place, list[Place]]]] = field(
        default_factory=list["list[tuple[int, Place, list[Place]]]"]
    )
    _of_number: dict[str, int] = field(default_factory=dict[str, int])

    def section(self, targets: Sequence[tuple[int, Node]]) -> None:
        """Add a section that stores every node at its target."""
        place: dict[Node, Place] = {}
        rows: list[tuple[int, Place, list[Place]]] = []
        for target, node in targets:
            for one in self._in_order(node, place):
                inner = [self._found(x, place) for x in self.graph.inner[one]]
                place[one] = "result", len(place)
                rows.append((CODES[self.graph.operation[one]], place[one], inner))
            rows.append((int(Code.STORE), ("target", target), [self._found(node, place)]))
        self.most = max(self.most, len(place))
        self._sections.append(rows)

    def _in_order(self, node: Node, done: dict[Node, Place]) -> list[Node]:
        """What has to be worked out for a node, itself last, each after its arguments."""
        order: list[Node] = []
        seen: set[Node] = set()
        stack = [(node, False)]
        while stack:
            one, after = stack.pop()
            if one in done or self.graph.operation[one] in ("number", "symbol"):
                continue
            if after:
                order.append(one)
            elif one not in seen:
                seen.add(one)
                stack.append((one, True))
                stack.extend((x, False) for x in self.graph.inner[one])
        return order

    def _found(self, node: Node, place: dict[Node, Place]) -> Place:
        value = self.graph.value(node)
        if value is not None:
            key = repr(value)
            if key not in self._of_number:
                self._of_number[key] = len(self.constants)
                self.constants.append(value)
            return "constant", self._of_number[key]
        if self.graph.operation[node] == "symbol":
            return "symbol", self.symbols.index(str(self.graph.leaf[node]))
        return place[node]

    def code(self) -> tuple[list[Row], list[int]]:
        """All sections in their order, and where each begins, with the end."""
        first = {"target": 0, "constant": 0, "symbol": len(self.constants)}
        first["result"] = len(self.constants) + len(self.symbols)
        out: list[Row] = []
        starts = [0]
        for rows in self._sections:
            for operation, (kind, target), inner in rows:
                places = [first[where] + number for where, number in inner]
                a, b, c = (*places, 0, 0, 0)[:3]
                out.append((operation, first[kind] + target, a, b, c))
            starts.append(len(out))
        return out, starts

    @property
    def count(self) -> int:
        """How many registers there are."""
        return len(self.constants) + len(self.symbols) + self.most
