"""`vesicula explain`: what a model holds, and what each rule and number rests on."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json
from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    from vesicula.language.model import Model
    from vesicula.results import RunDescription
    from vesicula.results.description import ParameterLabel, ReferenceLabel, RuleLabel

CLASSES = ("measured here", "borrowed", "derived", "fitted", "assumed")


def explain_model(model: str, what: str | None, *, with_claims: bool, holes: bool, as_json: bool) -> int:
    """Show a model, or the part of it that `what` names. Returns the exit code.

    with_claims : also what the claims of each sentence say; holes : also the claims that the model does not carry
    """
    from vesicula.results import describe, known_references
    from vesicula.simulation import load, record_steps

    compiled = load(model)
    references = known_references(compiled)
    whole = describe(compiled, record_steps=record_steps(compiled), references=references)
    shown = whole if what is None else narrowed(whole, what)
    parts = compiled.model.use
    if as_json:
        ledgers = {} if what is not None and not holes else _ledgers(compiled.model)
        emit_json(_content(shown, parts) | {"ledgers": ledgers, "definitions": _definitions(compiled.model)})
        return exits.OK
    if what is None:
        _emit_overview(shown, parts)
        _emit_growth(compiled.model)
    _emit_rules(shown, with_claims=with_claims)
    _emit_values(shown, with_facts=what is not None)
    _emit_references(shown)
    if what is None or holes:
        _emit_claims(compiled.model, holes=holes)
    return exits.OK


def narrowed(description: RunDescription, what: str) -> RunDescription:
    """The values, rules and references that have to do with `what`; raises VesiculaError where nothing has."""
    from vesicula.evidence.claims import ledger_of

    word = re.compile(rf"(?<![\w-]){re.escape(what)}(?![\w-])", re.IGNORECASE)
    rules = tuple(r for r in description.rules if word.search(" ".join((r.owner, r.text, *r.sources))))
    values = tuple(p for p in description.parameters if word.search(" ".join((p.path, *p.sources, *p.cites))))
    if not rules and not values and what in ledger_of():
        raise VesiculaError(
            f"no sentence of {description.model} carries {what}", f"what it says: vesicula claims {what}"
        )
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


def _emit_growth(model: Model) -> None:
    """How fast each kind of cell doubles by its stated cycle."""
    from vesicula.compiler.doubling import doubling_time

    times = {cell.name: doubling_time(cell) for cell in model.cells}
    told = [f"{name} in {time / 60:.3g} h" for name, time in times.items() if time is not None]
    if told:
        emit(f"{'doubles:':<12}{', '.join(told)} (while none die and no rule acts)")


def _emit_rules(description: RunDescription, *, with_claims: bool) -> None:
    """All sentences, each with the claims it carries."""
    from vesicula.evidence.claims import claim

    owners: dict[str, list[RuleLabel]] = {}
    for rule in description.rules:
        owners.setdefault(rule.owner, []).append(rule)
    if owners:
        emit("\nRules, edges, transitions and reactions, with the claims they carry")
    told: set[str] = set()
    for owner, rules in owners.items():
        emit(f"  {owner}")
        for rule in rules:
            text, ids = marked(rule)
            emit(f"    {text}  [{', '.join(ids)}]" if ids else f"    {text}")
            for one in ids if with_claims else ():
                if one not in told:
                    emit(f"        {one}: {claim(one).text}")
                told.add(one)


def marked(rule: RuleLabel) -> tuple[str, list[str]]:
    """A sentence without the claims that it cites, and their ids."""
    from vesicula.evidence.claims import ledger_of

    ids = [key for key in rule.sources if key in ledger_of()]
    text = rule.text
    for one in ids:
        text = re.sub(rf"\s*@{one}(?![\w-])", "", text)
    return text, ids


def _ledgers(model: Model) -> dict[str, dict[str, object]]:
    """For every ledger that a model answers to: how many claims it carries, and which it does not.

    That is the ledger of its own name, else all from which it lists a claim.
    """
    from vesicula.evidence.claims import RUN, ledger, ledger_of, ledgers
    from vesicula.language.coverage import by_claim, citations, holes

    coverage = by_claim(citations(model, model.name))
    known = ledger_of()
    listed = {known[one] for one in model.claims if one in known}
    names = [model.name] if model.name in ledgers() else sorted(listed)
    told: dict[str, dict[str, object]] = {}
    for name in names:
        open_ids = [one.id for one in holes(name, coverage)]
        run = sum(one.kind in RUN for one in ledger(name).values())
        told[name] = {"to_carry": run, "carried": run - len(open_ids), "not_carried": open_ids}
    return told


def _definitions(model: Model) -> list[dict[str, object]]:
    from vesicula.language.definitions import definition_findings

    return [
        {"claims": one.definition.claims, "says": one.definition.says, "missing": one.missing}
        for one in definition_findings(model)
    ]


def _emit_claims(model: Model, *, holes: bool) -> None:
    """Definitions that hold or not, and what of its ledgers the model leaves out."""
    from vesicula.cli.claims import why_not
    from vesicula.evidence.claims import claim
    from vesicula.language.definitions import definition_findings

    findings = definition_findings(model)
    if findings:
        emit("\nDefinitions, checked in the structure of the model")
    for one in findings:
        outcome = "holds" if one.holds else f"lacks {', '.join(one.missing)}"
        emit(f"  {one.definition.says} [{', '.join(one.definition.claims)}]: {outcome}")
    told = _ledgers(model)
    if told:
        emit("\nClaims")
    for name, counts in told.items():
        left = cast("list[str]", counts["not_carried"])
        emit(f"  {name}: {counts['carried']} of {counts['to_carry']} mechanisms and interventions are carried")
        if left and not holes:
            emit(f"  {len(left)} are not: `vesicula explain {model.name} --holes` lists them")
        if left and holes:
            emit(f"  {len(left)} are not:")
        for one in left if holes else ():
            why = why_not(claim(one))
            emit(f"    {one}: {claim(one).text}{f' ({why})' if why else ''}")


def _emit_values(description: RunDescription, *, with_facts: bool) -> None:
    """Every value with what it rests on; `with_facts`: also each fact that speaks of it."""
    if not description.parameters:
        return
    emit("\nValues")
    width = min(60, max(len(p.path) for p in description.parameters))
    for parameter in sorted(description.parameters, key=lambda p: p.path):
        emit(f"  {parameter.path:<{width}}  {_quantity(parameter)}")
        emit(f"  {'':<{width}}  {_foundation(parameter)}")
        if parameter.note:
            emit(f"  {'':<{width}}  {parameter.note}")
        for fact in parameter.facts if with_facts else parameter.facts[:0]:
            verb = "cites" if fact.cited else "agrees" if fact.agrees else "disagrees"
            emit(f"  {'':<{width}}  {verb}: {fact.number}, {fact.text} @{fact.id}")
        if parameter.facts and not with_facts:
            against = sum(not one.agrees for one in parameter.facts)
            emit(
                f"  {'':<{width}}  {len(parameter.facts)} facts speak of it"
                + (f", {against} disagree" if against else "")
            )


def _quantity(parameter: ParameterLabel) -> str:
    between = "" if parameter.low is None else f"  ({parameter.low:g} to {parameter.high:g})"
    return f"{parameter.number:g} {parameter.unit}".rstrip() + between


def _cited(parameter: ParameterLabel) -> list[str]:
    from vesicula.evidence.classes import SOURCE_KEYWORDS

    return [key for key in parameter.sources if key not in SOURCE_KEYWORDS]


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
    lines = [
        f"  {r.key}: {r.text or '?'}{f' doi:{r.doi}' if r.doi and r.doi not in r.text else ''} (read: {r.read})"
        for r in references
    ]
    if lines:
        emit("\nReferences")
        emit("\n".join(lines))
