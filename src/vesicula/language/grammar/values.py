"""Quantities: `VALUE UNIT @source (LOW..HIGH @source)`, names, and what stands around them in entries of blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from lark import Token, Tree

from vesicula.language.grammar.parsers import parse
from vesicula.language.text import Report, Scalar
from vesicula.language.values import Location, RangeShape, Value

SMALLEST, LARGEST = 1e-100, 1e100
"""Numbers beyond these are slips, and would overflow in another unit."""

CLAIM = re.compile(r"[a-z]{2}-[0-9]{3}")

FROM_LIBRARY = Value(number=0.0, from_library=True)
"""A value that a sentence needs and leaves to the parameter library."""

AT_REST = Value(number=0.0, at_rest=True)
"""A value that follows from the undisturbed state."""
LEFT = MappingProxyType({"library": FROM_LIBRARY, "as at rest": AT_REST})
"""Words that stand where a value would."""


@dataclass
class Reading:
    """One sentence while it is read. claims: claim ids met inside its values."""

    scalar: Scalar
    report: Report
    keep_claims: bool = True
    claims: list[str] = field(default_factory=list[str])

    def where(self) -> Location:
        """Place of the whole sentence."""
        return self.scalar.place()

    def place(self, tree: Tree[Token]) -> Location:
        """Place of a part of the sentence."""
        meta = tree.meta
        if meta.empty:
            return self.where()
        return self.scalar.place(meta.start_pos, meta.end_pos - meta.start_pos)

    def value(self, tree: Tree[Token]) -> Value:
        """A quantity from its tree."""
        number, unit = 0.0, ""
        cited: list[list[str]] = [[], []]
        low = high = None
        shape = RangeShape.LOG_NORMAL
        range_sources: tuple[str, ...] = ()
        part = 0
        for child in tree.children:
            if isinstance(child, Token):
                if child.type == "NUMBER":
                    number = self._number(child)
                else:
                    unit = " ".join(child.split())
            elif child.data == "cite":
                cited[part].extend(self._cite(child))
            else:
                part = 1
                low, high, shape, range_sources = self._span(child)
        return Value(
            number=number,
            unit="" if unit == "x" else unit,
            low=low,
            high=high,
            shape=shape,
            sources=tuple(dict.fromkeys([*cited[0], *cited[1]])),
            range_sources=range_sources,
            where=self.place(tree),
        )

    def _number(self, token: Token) -> float:
        number = float(token)
        if number != 0 and not SMALLEST <= abs(number) <= LARGEST:
            where = self.scalar.place(token.start_pos or 0, len(token))
            size = "large" if abs(number) > 1 else "small"
            remedy = f"write it in a {'larger' if size == 'large' else 'smaller'} unit"
            self.report.add("not-finite", where, f"the number is too {size}", remedy)
            return 0.0
        return number

    def _cite(self, tree: Tree[Token]) -> list[str]:
        keys = [str(token)[1:] for token in tokens(tree)]
        if self.keep_claims:
            return keys
        self.claims.extend(key for key in keys if CLAIM.fullmatch(key))
        return [key for key in keys if not CLAIM.fullmatch(key)]

    def _span(self, tree: Tree[Token]) -> tuple[float, float, RangeShape, tuple[str, ...]]:
        numbers = [self._number(token) for token in tokens(tree) if token.type == "NUMBER"]
        shape = RangeShape.LOG_NORMAL
        sources: tuple[str, ...] = ()
        for child in subtrees(tree):
            if child.data == "shape":
                shape = RangeShape(words(child))
            else:
                sources = tuple(self._cite(child))
        return numbers[0], numbers[1], shape, sources

    def ranged(self, value: Value, tree: Tree[Token]) -> Value:
        """A quantity with a range that stands apart from it."""
        low, high, shape, sources = self._span(tree)
        return value.model_copy(update={"low": low, "high": high, "shape": shape, "range_sources": sources})

    def sources(self, tree: Tree[Token] | None) -> tuple[str, ...]:
        """Sources at the end of a sentence, with the claims that stand inside it."""
        keys = [str(token)[1:] for token in tokens(tree)] if tree is not None else []
        return tuple(dict.fromkeys([*keys, *self.claims]))

    def options(self, trees: Iterable[Tree[Token]]) -> dict[str, Tree[Token]]:
        """`option_NAME` parts of a sentence by NAME; each may stand once."""
        found: dict[str, Tree[Token]] = {}
        for tree in trees:
            name = str(tree.data).removeprefix("option_")
            if name in found:
                spoken = name.replace("_", " ")
                self.report.add("repeated-option", self.place(tree), f"`{spoken}` stands twice", "leave one out")
                continue
            found[name] = tree
        return found

    def option_value(self, options: dict[str, Tree[Token]], name: str) -> Value | None:
        """The value of an option, None where it is not said."""
        tree = options.get(name)
        return self.value(child(tree, "value")) if tree is not None else None

    def needed_value(self, options: dict[str, Tree[Token]], name: str) -> Value:
        """The value of an option, left to the parameter library where it is not said."""
        return self.option_value(options, name) or FROM_LIBRARY.model_copy(update={"where": self.where()})

    def steps(self, tree: Tree[Token] | None) -> int:
        """`in 4 steps`; 1 where it is not said."""
        if tree is None:
            return 1
        token = tokens(tree)[0]
        number = self._number(token)
        if number != int(number) or not 1 <= number <= 100:
            where = self.scalar.place(token.start_pos or 0, len(token))
            self.report.add(
                "quantity", where, "steps are a whole number from 1 to 100", "write for example `in 4 steps`"
            )
            return 1
        return int(number)


def tokens(tree: Tree[Token]) -> list[Token]:
    """The tokens directly in a tree."""
    return [one for one in tree.children if isinstance(one, Token)]


def subtrees(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    """The trees directly in a tree."""
    return (one for one in tree.children if isinstance(one, Tree))


def child(tree: Tree[Token], data: str) -> Tree[Token]:
    """The first tree of that kind directly in a tree."""
    return next(one for one in subtrees(tree) if one.data == data)


def maybe(tree: Tree[Token], data: str) -> Tree[Token] | None:
    """The first tree of that kind, or None."""
    return next((one for one in subtrees(tree) if one.data == data), None)


def words(tree: Tree[Token]) -> str:
    """The words of a name."""
    return " ".join(str(token) for token in tokens(tree))


def names(tree: Tree[Token]) -> list[str]:
    """All names (of one or several words) directly in a tree, in order."""
    return [words(one) for one in subtrees(tree) if one.data in ("name", "one", "path", "place")]


def values(tree: Tree[Token]) -> list[Tree[Token]]:
    """All quantities directly in a tree, in order."""
    return [one for one in subtrees(tree) if one.data == "value"]


def _left(scalar: Scalar) -> Value | None:
    """What stands for a value that the text leaves to others."""
    found = LEFT.get(scalar.value)
    return None if found is None else found.model_copy(update={"where": scalar.place()})


def read_value(scalar: Scalar, report: Report) -> Value | None:
    """A quantity that stands alone, or the words `library` or `as at rest`."""
    left = _left(scalar)
    if left is not None:
        return left
    tree = parse("plain", scalar, report)
    return Reading(scalar, report).value(child(tree, "value")) if tree is not None else None


def read_sized(scalar: Scalar, report: Report) -> tuple[Value, Value | None] | None:
    """`12 um (10..16 @assumed), spread 1.1`: value and geometric SD."""
    left = _left(scalar)
    if left is not None:
        return left, None
    tree = parse("sized", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report)
    found = [reading.value(one) for one in values(tree)]
    return found[0], found[1] if len(found) > 1 else None


def read_wall(scalar: Scalar, report: Report) -> str | Value | None:
    """`closed`, `open` or `held at 38 mmHg`."""
    tree = parse("wall", scalar, report)
    if tree is None:
        return None
    if tree.data == "wall_held":
        return Reading(scalar, report).value(child(tree, "value"))
    return "closed" if tree.data == "wall_closed" else "open"


def read_every(
    scalar: Scalar, report: Report, kind: str = "every", *, unsaid: int = 1
) -> tuple[Value, int, tuple[str, ...]] | None:
    """`every 36 h, in 4 steps, while cycling`, or a phase `10 h in 4 steps`: mean time, Erlang steps, states.

    unsaid : steps where none are said
    """
    left = _left(scalar)
    if left is not None:
        return left, unsaid, ()
    tree = parse(kind, scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report)
    steps, states = unsaid, list[str]()
    for more in subtrees(tree):
        if more.data == "every_more":
            found = maybe(more, "steps")
            steps = reading.steps(found) if found is not None else steps
            states.extend(names(more))
    return reading.value(child(tree, "value")), steps, tuple(states)


def read_lifetime(scalar: Scalar, report: Report) -> tuple[Value, int] | None:
    """`after 14 days, in 4 steps`: mean time and Erlang steps."""
    left = _left(scalar)
    if left is not None:
        return left, 1
    tree = parse("lifetime", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report)
    return reading.value(child(tree, "value")), reading.steps(maybe(tree, "steps"))
