"""`vesicula explain`: what a model holds, and what each rule and number rests on."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json
from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    from vesicula.results import RunDescription
    from vesicula.results.description import ParameterLabel, ReferenceLabel, RuleLabel

CLASSES = ("measured here", "borrowed", "derived", "fitted", "assumed")


def explain_model(model: str, what: str | None, *, as_json: bool) -> int:
    """Show a model, or the part of it that `what` names. Returns the exit code."""
    from vesicula.results import describe, known_references
    from vesicula.simulation import load, record_steps

    compiled = load(model)
    references = known_references(compiled)
    whole = describe(compiled, record_steps=record_steps(compiled), references=references)
    shown = whole if what is None else narrowed(whole, what)
    parts = compiled.model.use
    if as_json:
        emit_json(_content(shown, parts))
        return exits.OK
    if what is None:
        _emit_overview(shown, parts)
    _emit_rules(shown)
    _emit_values(shown)
    _emit_references(shown)
    return exits.OK


def narrowed(description: RunDescription, what: str) -> RunDescription:
    """The values, rules and references that have to do with `what`; raises VesiculaError where nothing has."""
    word = re.compile(rf"(?<![\w-]){re.escape(what)}(?![\w-])", re.IGNORECASE)
    rules = tuple(r for r in description.rules if word.search(" ".join((r.owner, r.text, *r.sources))))
    values = tuple(p for p in description.parameters if word.search(" ".join((p.path, *p.sources, *p.cites))))
    if not rules and not values:
        raise VesiculaError(f"nothing in {description.model} is called {what}", _suggestion(description, what))
    cited = {key for r in rules for key in r.sources} | {key for p in values for key in (*p.sources, *p.cites)}
    return description.model_copy(
        update={
            "rules": rules,
            "parameters": values,
            "references": tuple(r for r in description.references if r.key in cited),
        }
    )


def _suggestion(description: RunDescription, what: str) -> str:
    labels = description.labels
    names = {t.name for t in labels.types} | {s.name for s in labels.substances if not s.hidden}
    names |= {p.name for p in labels.populations} | set(labels.species) | set(labels.matrices)
    names |= {node for t in labels.types for node in t.nodes}
    near = difflib.get_close_matches(what, sorted(names), n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"names in it: {', '.join(sorted(names))}"


def _content(description: RunDescription, parts: Sequence[str]) -> dict[str, object]:
    return {
        "model": description.model,
        "question": description.question,
        "about": description.about,
        "claims": description.claims,
        "parts": parts,
        "arms": description.arms,
        "rules": [rule.model_dump() for rule in description.rules],
        "values": [value.model_dump() for value in description.parameters],
        "references": [reference.model_dump() for reference in description.references],
        "switches": [switch.model_dump() for switch in description.switches],
    }


def _emit_overview(description: RunDescription, parts: Sequence[str]) -> None:
    labels = description.labels
    emit(f"{description.model}: {description.question or ''}".rstrip(": "))
    if description.about:
        emit(f"\n{description.about.strip()}")
    lines = {
        "sites": [f"{s.name} ({s.n_voxels:,} voxels)" for s in description.sites],
        "parts": parts,
        "cells": [t.name + (f" ({', '.join(t.states)})" if len(t.states) > 1 else "") for t in labels.types],
        "substances": [s.name for s in labels.substances if not s.hidden],
        "vesicles": [f"{p.name} from {p.donor}" if p.donor else p.name for p in labels.populations],
        "cargo": labels.species,
        "matrix": labels.matrices,
        "arms": description.arms,
        "measures": [m.name for m in description.measures],
        "claims": description.claims,
    }
    emit("")
    for heading, names in lines.items():
        if names:
            emit(f"{heading + ':':<12}{', '.join(names)}")
    classes = Counter(p.evidence for p in description.parameters)
    unread = sum(not p.read for p in description.parameters if _cited(p))
    emit(f"{'values:':<12}{len(description.parameters)}: " + ", ".join(f"{classes[c]} {c}" for c in CLASSES))
    emit(f"{'':<12}{unread} cite a source that nobody here has opened")
    for switch in description.switches:
        kind = "declared memory" if switch.declared else "ACCIDENTAL SWITCH"
        emit(f"{kind} in {switch.cell}: {', '.join(switch.nodes)} has {len(switch.stable_states)} stable states")


def _emit_rules(description: RunDescription) -> None:
    owners: dict[str, list[RuleLabel]] = {}
    for rule in description.rules:
        owners.setdefault(rule.owner, []).append(rule)
    if owners:
        emit("\nRules, edges and reactions")
    for owner, rules in owners.items():
        emit(f"  {owner}")
        for rule in rules:
            emit(f"    {rule.text}")


def _emit_values(description: RunDescription) -> None:
    if not description.parameters:
        return
    emit("\nValues")
    width = min(60, max(len(p.path) for p in description.parameters))
    for parameter in sorted(description.parameters, key=lambda p: p.path):
        emit(f"  {parameter.path:<{width}}  {_quantity(parameter)}")
        emit(f"  {'':<{width}}  {_foundation(parameter)}")
        if parameter.note:
            emit(f"  {'':<{width}}  {parameter.note}")


def _quantity(parameter: ParameterLabel) -> str:
    between = "" if parameter.low is None else f"  ({parameter.low:g} to {parameter.high:g})"
    return f"{parameter.number:g} {parameter.unit}".rstrip() + between


def _cited(parameter: ParameterLabel) -> list[str]:
    return [key for key in parameter.sources if key != "assumed"]


def _foundation(parameter: ParameterLabel) -> str:
    cited = _cited(parameter)
    words = [parameter.evidence, *(f"@{key}" for key in cited)]
    if cited:
        words.append("read" if parameter.read else "not read")
    if parameter.cites:
        words.append("claims " + ", ".join(parameter.cites))
    return ", ".join(words)


def _emit_references(description: RunDescription) -> None:
    references: Iterable[ReferenceLabel] = description.references
    lines = [f"  {r.key}: {r.text or '?'}{f' doi:{r.doi}' if r.doi else ''} (read: {r.read})" for r in references]
    if lines:
        emit("\nReferences")
        emit("\n".join(lines))
