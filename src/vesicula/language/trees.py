"""YAML text as a tree in which every key and word knows its place.

Only what a model needs: mappings, lists and plain text. Anchors, tags, directives, duplicate keys, deep nesting and
large or undecodable files are refused with a diagnostic. Nothing is converted: `NO` stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vesicula.language.text import MAXIMUM_BYTES, MAXIMUM_DEPTH, Mapping, Node, Report, Scalar, Sequence, Source


def tree(source: Source, report: Report) -> Node | None:
    """The tree of a text, or None after a diagnostic."""
    if len(source.text.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        message = f"it is larger than {MAXIMUM_BYTES // 1024} KiB"
        report.add("file-too-large", None, message, "split it into parts (`use: ./…`)", file=source.name)
        return None
    report.sources[source.name] = source
    reader = YAML(typ="safe", pure=True)
    builder = _Builder(source, report)
    try:
        events = cast("Iterator[Event]", reader.parse(source.text))  # pyright: ignore[reportUnknownMemberType]
        return builder.document(events)
    except _Refused:
        return None
    except MarkedYAMLError as problem:
        told = cast("_Marked", problem)
        mark = told.problem_mark or told.context_mark
        index = min(mark.index, max(0, len(source.text) - 1)) if mark else 0
        message = " ".join(part for part in (told.context, told.problem) if part)
        report.add("yaml", source.place(index, 1), message, _yaml_remedy(source, index))
    except (YAMLError, ValueError) as problem:
        report.add("not-utf-8", None, str(problem).splitlines()[0], "remove control characters", file=source.name)
    return None


def _yaml_remedy(source: Source, index: int) -> str:
    place = source.place(index, 1)
    line = source.line(place.line) or ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with blanks, not with tabs"
    said = (line.partition(": ")[2] or line.partition("- ")[2]).lstrip()
    if re.match(r"[>|]=?\s*\d", said):
        return "a limit is no value: write a value within it, with its range, for example `2 um (1..5 @assumed)`"
    if re.match(r"[%@`]", said):
        return f"no entry begins with `{said[0]}`: begin with the number, as in `50 %` or `12 um @source`"
    if ": " in line.partition(": ")[2] or "mapping values" in line:
        return "quote text that holds `: `, for example `question: 'Why: how?'`"
    return "blocks are indented by blanks; a key ends with `:` and a blank; list items begin with `- `"


class _Mark(Protocol):
    """A place in the text, as the YAML parser tells it."""

    index: int


class _Marked(Protocol):
    """What a YAML error tells."""

    problem_mark: _Mark | None
    context_mark: _Mark | None
    problem: str | None
    context: str | None


def _span(event: Event) -> tuple[int, int]:
    """Start and end of an event in the text."""
    start, end = cast("_Mark", getattr(event, "start_mark")), cast("_Mark", getattr(event, "end_mark"))  # noqa: B009
    return start.index, end.index


class _Refused(Exception):
    """The text was refused; the diagnostic is in the report."""


class _Builder:
    """Turns parser events into nodes."""

    def __init__(self, source: Source, report: Report):
        self.source = source
        self.report = report

    def refuse(self, code: str, event: Event, message: str, remedy: str) -> _Refused:
        start, end = _span(event)
        self.report.add(code, self.source.place(start, max(1, end - start)), message, remedy)
        return _Refused()

    def document(self, events: Iterator[Event]) -> Node | None:
        result: Node | None = None
        seen = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                seen += 1
                if seen > 1:
                    raise self.refuse("tag", event, "a second document begins here", "keep one model per file")
                if cast("object", event.version) or cast("object", event.tags):  # pyright: ignore[reportUnknownMemberType]
                    raise self.refuse("tag", event, "directives (`%`) are refused", "leave the line out")
            elif not isinstance(event, DocumentEndEvent) and isinstance(
                event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent
            ):
                result = self.node(event, events, 1)
        return result

    def node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if isinstance(event, AliasEvent):
            raise self.refuse("anchor", event, "this repeats another place of the text", "write the value out")
        anchor = cast("str | None", getattr(event, "anchor", None))
        if anchor is not None:
            raise self.refuse("anchor", event, "this names a place of the text", "leave the `&…` out")
        tag = cast("object", getattr(event, "tag", None))
        if tag is not None and str(tag) != "!":
            raise self.refuse("tag", event, "this tag would change how the text is read", "leave the `!…` out")
        if depth > MAXIMUM_DEPTH:
            raise self.refuse("too-deep", event, f"more than {MAXIMUM_DEPTH} blocks inside each other", "nest less")
        start, end = _span(event)
        if isinstance(event, ScalarEvent):
            style = cast("str | None", getattr(event, "style", None))
            return Scalar(cast("str", event.value), self.source, start, end, quoted=style in ("'", '"'))
        flow = bool(getattr(event, "flow_style", False))
        if isinstance(event, SequenceStartEvent):
            return Sequence(tuple(self.items(events, depth)), self.source, start, flow)
        return Mapping(tuple(self.entries(events, depth)), self.source, start, flow)

    def items(self, events: Iterator[Event], depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self.node(event, events, depth + 1)

    def entries(self, events: Iterator[Event], depth: int) -> Iterator[tuple[Scalar, Node]]:
        keys: dict[str, Scalar] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                return
            key = self.node(event, events, depth + 1)
            if not isinstance(key, Scalar):
                raise self.refuse("wrong-shape", event, "a key is a word, not a block", "write `key: value`")
            value = self.node(next(events), events, depth + 1)
            words = " ".join(key.value.split())
            if words in keys:
                first = keys[words].place().line
                message = f"`{key.value}` already stands in line {first}"
                self.report.add("duplicate-key", key, message, "join the two entries, or leave one out")
                continue
            keys[words] = key
            yield key, value


def rows_of(source: Source | None, key: str, first: str, report: Report) -> tuple[Mapping | None, list[Mapping]]:
    """The block of a text that is a list of blocks under one key, and these blocks; diagnostics go to the report.

    first : key that its blocks begin with, for the remedy
    """
    root = tree(source, report) if source is not None else None
    rows = root.get(key) if isinstance(root, Mapping) else None
    if not isinstance(rows, Sequence):
        if not report.errors:
            message = f"a list of entries under `{key}` is expected"
            where = "" if source is None else source.name
            report.add("wrong-shape", root, message, f"write `{key}:` and items `- {first}: …`", file=where)
        return None, []
    for row in rows.items:
        if not isinstance(row, Mapping):
            report.add("wrong-shape", row, "an entry is a block of `key: …`", f"write `- {first}: …` and what follows")
    return root if isinstance(root, Mapping) else None, [row for row in rows.items if isinstance(row, Mapping)]
