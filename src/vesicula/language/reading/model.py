"""The blocks of a model, from the tree of its text to typed data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from vesicula.language.blocks import RESERVED, RUN, TOP
from vesicula.language.grammar.body import read_body
from vesicula.language.grammar.rules import read_reaction
from vesicula.language.grammar.steps import read_measure, read_start, read_step
from vesicula.language.measures import Measure
from vesicula.language.model import Arm, Model, Named, RunPlan
from vesicula.language.reading.bench import read_controls, read_labware, read_preparation
from vesicula.language.reading.blocks import (
    Data,
    block,
    build,
    choice,
    entries,
    interval,
    is_empty,
    read_matrix,
    read_rest,
    read_site,
    read_substance,
    read_vesicle,
    sentences,
    text,
    unknown_key,
    value_table,
    words,
)
from vesicula.language.reading.cells import read_cell, read_network
from vesicula.language.reading.checks import read_checks, read_positive_controls
from vesicula.language.reading.cohort import read_cohort
from vesicula.language.reading.experiments import read_experiments
from vesicula.language.spellings import spelled
from vesicula.language.text import Mapping, Node, Report, Scalar, Source
from vesicula.language.trees import tree
from vesicula.language.values import Location, Value

LANGUAGE_VERSION = "1"
T = TypeVar("T", bound=Named)


def parsed(source: Source, report: Report) -> Model | None:
    """The model of a text; diagnostics go to the report, None where they leave no model."""
    root = tree(source, report)
    if root is None:
        if not report.errors:
            report.add("missing-key", None, "the text is empty", "begin with `vesicula: 1`", file=source.name)
        return None
    if not isinstance(root, Mapping):
        report.add("wrong-shape", root, "a model is a block of `key: entry`", "begin with `vesicula: 1`")
        return None
    data: Data = {"places": {key.value: key.place() for key, _ in root.entries}}
    if source.folder is not None:
        data["folder"] = str(source.folder)
    _head(root, data, report)
    for key, entry in root.entries:
        _top_entry(key, entry, root, data, report)
    data.setdefault("name", "unnamed")
    model = build(Model, data, root.place(), report)
    return None if model is None else spelled(model, report)


def _head(root: Mapping, data: Data, report: Report) -> None:
    """Version and name."""
    version = root.get("vesicula")
    if version is None:
        report.add("missing-key", root, "the version of the language is missing", "begin with `vesicula: 1`")
    elif not isinstance(version, Scalar) or version.value != LANGUAGE_VERSION:
        report.add("version", version, "this Vesicula reads version 1", "write `vesicula: 1`")
    model, part = root.get("model"), root.get("part")
    if part is not None:
        name = text(part, "part", report)
        data |= {} if name is None else {"part": name, "name": name}
        if model is not None:
            report.add("wrong-shape", root.key("model"), "a file is a model or a part", "leave one of the keys out")
    elif model is not None:
        name = text(model, "model", report)
        data |= {} if name is None else {"name": name}


def _top_entry(key: Scalar, entry: Node, root: Mapping, data: Data, report: Report) -> None:
    places = cast("dict[str, Location]", data["places"])
    match key.value:
        case "vesicula" | "model" | "part":
            return
        case "question" | "about" | "species" | "data":
            found = text(entry, key.value, report)
            data |= {} if found is None or is_empty(entry) else {key.value: found}
        case "rules":
            law = choice(entry, ("multiplied", "averaged"), report)
            data |= {} if law is None else {"rules": law}
        case "claims" | "use" | "facts":
            data[key.value] = words(entry, report)
            items = entry.items if not isinstance(entry, Scalar | Mapping) else (entry,)
            places |= {f"{key.value}.{item.value}": item.place() for item in items if isinstance(item, Scalar)}
        case "but":
            data["but"] = _but(entry, places, report)
        case "reactions":
            data["reactions"] = sentences(entry, "reactions", read_reaction, report)
        case "start":
            data["start"] = sentences(entry, "start", read_start, report)
        case "body":
            data["body"] = sentences(entry, "body", read_body, report)
        case "cohort":
            found = read_cohort(key, entry, report)
            data |= {} if found is None else {"cohort": found}
        case "protocol":
            data["protocol"] = sentences(entry, "protocol", read_step, report)
        case "rest":
            found = read_rest(entry, report)
            data |= {} if found is None else {"rest": found}
        case "sites":
            data["sites"] = _all(entry, "sites", read_site, report)
        case "labware":
            data["labware"] = _all(entry, "labware", read_labware, report)
        case "preparations":
            data["preparations"] = _all(entry, "preparations", read_preparation, report)
        case "controls":
            data |= read_controls(entry, report)
        case "substances":
            data["substances"] = _all(entry, "substances", read_substance, report)
        case "matrix":
            data["matrix"] = _all(entry, "matrix", read_matrix, report)
        case "vesicles":
            data["vesicles"] = _all(entry, "vesicles", read_vesicle, report)
        case "networks":
            data["networks"] = _all(entry, "networks", read_network, report)
        case "cells":
            data["cells"] = _all(entry, "cells", read_cell, report)
        case "arms":
            data["arms"] = _all(entry, "arms", _arm, report)
        case "measure":
            data["measures"] = _measures(entry, report)
        case "experiments":
            data["experiments"] = read_experiments(entry, report)
        case "positive control":
            data |= read_positive_controls(key, entry, report)
        case "checks":
            data |= read_checks(key, entry, report)
        case "run":
            plan = build(RunPlan, block(entry, RUN, "run", report, {"record": _record}), key.place(), report)
            data |= {} if plan is None else {"run": plan}
        case _ if key.value in RESERVED:
            message = f"`{key.value}` is planned, and this version cannot run it"
            report.add("reserved-key", key, message, "leave the block out, or use a later version")
        case _:
            unknown_key(key, entry, root, [field.key for field in TOP], "a model", report)


def _all(node: Node, what: str, one: Callable[[Scalar, Node, Report], T | None], report: Report) -> tuple[T, ...]:
    """The named things of a block; each name once."""
    found: dict[str, T] = {}
    for key, entry in entries(node, what, report):
        thing = one(key, entry, report)
        if thing is None:
            continue
        if thing.name in found:
            message = f"`{thing.name}` already stands in this block"
            report.add("duplicate-name", key, message, "give it another name, or join the two")
            continue
        found[thing.name] = thing
    return tuple(found.values())


def _but(node: Node, places: dict[str, Location], report: Report) -> dict[str, Value]:
    for key, _ in entries(node, "but", Report()):
        places[f"but.{key.value}"] = key.place()
    return value_table(node, "but", report)


def _arm(key: Scalar, node: Node, report: Report) -> Arm | None:
    head: Data = {"name": key.value, "where": key.place()}
    return build(Arm, {**head, "steps": sentences(node, "an arm", read_step, report)}, key.place(), report)


def _measures(node: Node, report: Report) -> tuple[Measure, ...]:
    found: list[Measure] = []
    for key, entry in entries(node, "measure", report):
        if not isinstance(entry, Scalar):
            report.add("wrong-shape", entry, "a sentence is expected", "write for example `count of tumour in bone`")
            continue
        measure = read_measure(key, entry, report)
        found.extend([] if measure is None else [measure])
    return tuple(found)


def _record(node: Node, report: Report) -> Data:
    found = interval(node, report)
    return {} if found is None else {"record": found}
