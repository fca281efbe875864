"""What two texts say of one thing: what a sentence is about, and where two parts do not agree.

Two parts that a model uses stand beside each other: neither goes before the other, and their order means nothing. What
both say they say alike, or the model says it itself, which holds; `library` yields to a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from vesicula.language.model import EVERY_FLUID, Named
from vesicula.language.paths import canonical
from vesicula.language.sentences import (
    AllOf,
    AnyOf,
    ContactSignal,
    Gate,
    NamedSignal,
    PressureSignal,
    Sentence,
    SignalText,
    Term,
)
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Location, Value

F = TypeVar("F", bound=Frozen)
Table = dict[str, object]
Items = tuple[object, ...]
BY_SUBJECT = ("rules", "inside", "becomes", "degraded")
"""Lists in which a sentence replaces one on the same subject."""
PLACES = ("name", "where", "part", "ids", "about")
REMEDY = "say it in the model itself, which holds, or in one of the two parts alone"


def placed(where: Location | None) -> str:
    """Words for a place, to stand behind what stands there."""
    return "" if where is None else f" ({where.file}:{where.line})"


Meant = Callable[[SignalText], str]
"""Words for what a signal stands for."""


def subject(one: Sentence, meant: Meant = Frozen.model_dump_json) -> str:
    """What a sentence is about, without its numbers: a later sentence on the same subject replaces it.

    meant: where all names are known, one word for all that stand for one thing (`TGFB1` and `TGFB1 outside`)
    """
    if one.about is None:
        return one.text
    what = [one.of or type(one).__name__]
    for entry in one.about:
        if isinstance(entry, tuple):
            what += sorted(_part(getattr(one, field), meant) for field in entry)
        else:
            what.append(_part(getattr(one, entry), meant))
    return "|".join(what)


def _part(found: object, meant: Meant) -> str:
    if isinstance(found, Term | AllOf | AnyOf):
        return _gate(found, meant)
    if isinstance(found, NamedSignal | ContactSignal | PressureSignal):
        return meant(found)
    return found.model_dump_json() if isinstance(found, Frozen) else str(found or "")


def _gate(gate: Gate, meant: Meant) -> str:
    """What a gate reads, in whatever order it is written, without its numbers."""
    match gate:
        case Term():
            return f"{'not ' if gate.inhibit else ''}{meant(gate.signal)}"
        case AllOf() | AnyOf():
            return f"({f' {gate.kind} '.join(sorted(_gate(part, meant) for part in gate.parts))})"


def differing(first: Sequence[Sentence], second: Sequence[Sentence]) -> Iterator[tuple[Sentence, Sentence]]:
    """Pairs of sentences of two lists that are about one thing and do not say the same."""
    before: dict[str, list[Sentence]] = {}
    for one in first:
        before.setdefault(subject(one), []).append(one)
    after: dict[str, list[Sentence]] = {}
    for one in second:
        after.setdefault(subject(one), []).append(one)
    for about, said in after.items():
        known = before.get(about)
        if known is not None and {_without_text(one) for one in known} != {_without_text(one) for one in said}:
            yield known[0], said[0]


def _without_text(one: Sentence) -> str:
    return one.model_dump_json(exclude={"text"})


class _Parts:
    """One thing of two parts: `first` and `second`, with what the model itself says of it."""

    def __init__(self, first: Frozen, second: Frozen, stated: Mapping[str, Value], report: Report) -> None:
        self.name = getattr(first, "name", "")
        self.names = " and ".join(str(getattr(thing, "part", None)) for thing in (first, second))
        self.stated = {canonical(path) for path in stated}
        self.report = report

    def differ(self, what: str, first: object, second: object) -> None:
        """Report the two, at the place of the second."""
        if any(f".{self.name}." in path and path.endswith(f".{what}") for path in self.stated):
            return
        where, before = (getattr(one, "where", None) for one in (second, first))
        message = f"{what} of {self.name} differs between {self.names}{placed(before)}"
        self.report.add("two-values", where, message, REMEDY)

    def thing(self, first: F, second: F, own: Frozen | None) -> F:
        """All that either says."""
        updates: dict[str, object] = {}
        for attribute in type(first).model_fields:
            if attribute in PLACES or attribute not in second.model_fields_set:
                continue
            after: object = getattr(second, attribute)
            if attribute not in first.model_fields_set:
                updates[attribute] = after
                continue
            said = own is not None and attribute in own.model_fields_set
            mine: object = getattr(own, attribute) if said else None
            before: object = getattr(first, attribute)
            updates[attribute] = self.entry(attribute.replace("_", " "), attribute, before, after, mine)
        if isinstance(first, Named) and isinstance(second, Named):
            updates["ids"] = first.ids or second.ids
        return first.model_copy(update=updates)

    def entry(self, what: str, attribute: str, first: object, second: object, own: object) -> object:
        """One attribute or one entry of a table."""
        before = first
        if first == second or isinstance(first, Location):
            return second
        if isinstance(first, Value) and isinstance(second, Value) and first.from_library != second.from_library:
            return second if first.from_library else first
        if isinstance(first, dict) and isinstance(second, dict):
            mine = cast("Table", own) if isinstance(own, dict) else {}
            return self.table(what, attribute, cast("Table", first), cast("Table", second), mine)
        if isinstance(first, tuple) and isinstance(second, tuple):
            mine = cast("Items", own) if isinstance(own, tuple) else ()
            return self.items(what, attribute, cast("Items", first), cast("Items", second), mine)
        if isinstance(first, Frozen) and isinstance(second, Frozen):
            return self.block(what, first, second, own)
        if own is None:
            self.differ(what, before, second)
        return before

    def block(self, what: str, first: Frozen, second: Frozen, own: object) -> Frozen:
        """A block of one kind with what both say in it; of two values, sentences or kinds only one can hold."""
        if type(first) is type(second) and not isinstance(first, Value | Sentence):
            return self.thing(first, second, own if isinstance(own, Frozen) else None)
        if own is None:
            self.differ(what, first, second)
        return first

    def table(self, what: str, attribute: str, first: Table, second: Table, own: Table) -> Table:
        """A table: keys of either, each with what both say of it."""
        joined = {**second, **first}
        for key in first.keys() & second.keys():
            whole = attribute == "half_life" and key == EVERY_FLUID
            joined[key] = self.entry(
                what if whole else f"{what}.{key}", attribute, first[key], second[key], own.get(key)
            )
        return joined

    def items(self, what: str, attribute: str, first: Items, second: Items, own: Items) -> Items:
        """Sentences by what they are about, things by their names; of other lists only one can hold."""
        if attribute in BY_SUBJECT:
            before, after = ([one for one in items if isinstance(one, Sentence)] for items in (first, second))
            mine = {subject(one) for one in own if isinstance(one, Sentence)}
            for one, other in differing(before, after):
                if subject(other) not in mine:
                    message = f"`{one.text}` of {self.name}{placed(one.where)} is said otherwise in another part"
                    self.report.add("two-values", other.where, message, REMEDY)
            known = {subject(one) for one in before}
            return (*first, *(one for one in after if subject(one) not in known))
        if attribute == "networks":
            return tuple(dict.fromkeys((*first, *second)))
        if attribute in ("traits", "carries", "regions"):
            mine = {thing.name: thing for thing in own if isinstance(thing, Named)}
            found = {thing.name: thing for thing in first if isinstance(thing, Named)}
            for thing in second:
                if isinstance(thing, Named):
                    known_thing = found.get(thing.name)
                    found[thing.name] = (
                        thing if known_thing is None else self.thing(known_thing, thing, mine.get(thing.name))
                    )
            return tuple(found.values())
        if not own:
            self.differ(what, first, second)
        return first


def agreed(first: F, second: F, own: Frozen | None, stated: Mapping[str, Value], report: Report) -> F:
    """What two parts say of one thing. own : what the model says of it; stated : its `but`"""
    if isinstance(first, Sentence):
        if first != second and own is None:
            where: object = getattr(second, "where", None)
            message = f"two parts say `{first.text}`{placed(first.where)} differently"
            report.add("two-values", where if isinstance(where, Location) else None, message, REMEDY)
        return first
    return _Parts(first, second, stated, report).thing(first, second, own)
