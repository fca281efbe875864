"""What an answer rests on: the model again, with the sentences neutral that have no other evidence than a claim.

A neutral sentence stays in the model and does nothing (an edge of weight 0, a rule to 1x, a transition of rate 0), so
that no name is lost and no node becomes constitutive.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from vesicula.evidence.classes import CLAIM_ID
from vesicula.language.arrows import Arrows
from vesicula.language.blocks import MOVES
from vesicula.language.model import Cell, Matrix, Model, Vesicle
from vesicula.language.sentences import Edge, Rule, Sentence
from vesicula.language.slots import Neutral, slots_of
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS

NO_EVIDENCE = frozenset({"assumed", "borrowed", "derived", "fitted"})  # classes of evidence, which name no study
NEVER = 1e12  # multiple of a constant that stops a reaction
Chosen = Callable[[Sentence], bool]
TABLES = (*(verb.base[0] for verb in VERBS.values() if verb.sums and verb.of), "own_copies")
MOTION = tuple(field.attribute for field in MOVES if field.form == "values")
LISTS = ("reactions", "degraded", "inside", "rules", "becomes")
STORES = ("stores", "new_stores")


def claims_of(sources: Iterable[str]) -> frozenset[str]:
    """Claim ids among the sources of a sentence or value."""
    return frozenset(source for source in sources if CLAIM_ID.fullmatch(source))


def carried_by(claims: Iterable[str]) -> Chosen:
    """Which sentences have no other evidence than these claims."""
    tested = frozenset(claims)
    return lambda sentence: _rest(sentence.sources, tested)


def resting_on(claims: Iterable[str]) -> Chosen:
    """Which sentences cite one of these claims and beside it claims alone, so that no study of their own holds them."""
    tested = frozenset(claims)
    return lambda s: bool(tested.intersection(s.sources)) and evidence_of(s.sources) == claims_of(s.sources)


def evidence_of(sources: Iterable[str]) -> frozenset[str]:
    """Claims and references among the sources."""
    return frozenset(sources) - NO_EVIDENCE


def _rest(sources: Iterable[str], tested: frozenset[str]) -> bool:
    """Whether the only evidence is among the tested claims."""
    cited = evidence_of(sources)
    return bool(cited) and cited <= tested


def values_resting_on(model: Model, claims: Iterable[str]) -> list[Value]:
    """Base values that `without` sets to 0: those whose only evidence is among these claims."""
    tested = frozenset(claims)
    tables = [getattr(cell, name) for cell in model.cells for name in TABLES]
    tables += [getattr(m, name) for m in model.matrix for name in STORES]
    tables += [getattr(cell.moves, name) for cell in model.cells if cell.moves is not None for name in MOTION]
    values = [value for table in tables for value in table.values()]
    values += [c.copies for vesicle in model.vesicles for c in vesicle.carries]
    return [value for value in values if _rest(value.sources, tested)]


def sentences(model: Model) -> list[Sentence]:
    """Every sentence that can be made neutral."""
    return [s for s, _ in Arrows(model).by_sentence() if neutral(s) is not s]


def without(model: Model, chosen: Chosen, *, claims: Iterable[str] = ()) -> Model:
    """The model with the chosen sentences neutral, and with base values that cite nothing but these claims at 0."""
    tested = frozenset(claims)
    updates: dict[str, object] = {
        "matrix": tuple(_matrix(one, chosen, tested) for one in model.matrix),
        "vesicles": tuple(_vesicle(one, tested) for one in model.vesicles),
        "cells": tuple(_cell(one, chosen, tested) for one in model.cells),
    }
    return model.model_copy(update=updates | _sentences(model, chosen))


def _sentences(thing: Model | Matrix | Cell, chosen: Chosen) -> dict[str, object]:
    """The lists of sentences of a thing, the chosen ones neutral."""
    lists = {name: said for name in LISTS if isinstance(said := getattr(thing, name, None), tuple)}
    kept = {name: (neutral(s) if chosen(s) else s for s in said) for name, said in lists.items()}
    return {name: tuple(s for s in them if s is not None) for name, them in kept.items()}


def _matrix(matrix: Matrix, chosen: Chosen, tested: frozenset[str]) -> Matrix:
    stored = {name: _emptied(getattr(matrix, name), tested) for name in STORES}
    return matrix.model_copy(update=_sentences(matrix, chosen) | stored)


def _cell(cell: Cell, chosen: Chosen, tested: frozenset[str]) -> Cell:
    updates = _sentences(cell, chosen) | {name: _emptied(getattr(cell, name), tested) for name in TABLES}
    if cell.moves is not None:
        tables = {name: _emptied(getattr(cell.moves, name), tested) for name in MOTION}
        updates["moves"] = cell.moves.model_copy(update=tables)
    return cell.model_copy(update=updates)


def _vesicle(vesicle: Vesicle, tested: frozenset[str]) -> Vesicle:
    carries = tuple(
        c.model_copy(update={"copies": _at(0.0, c.copies)}) if _rest(c.copies.sources, tested) else c
        for c in vesicle.carries
    )
    return vesicle.model_copy(update={"carries": carries})


def _emptied(table: dict[str, Value], tested: frozenset[str]) -> dict[str, Value]:
    return {what: _at(0.0, value) if _rest(value.sources, tested) else value for what, value in table.items()}


def neutral(sentence: Sentence) -> Sentence | None:
    """The same sentence without effect; None where leaving it out is the neutral thing, itself where it has none."""
    slots: dict[str, Neutral] = {field: slot.neutral for field, slot in slots_of(sentence) if slot.neutral is not None}
    if not slots:
        return None if sentence.without == "left out" else sentence
    said = [field for field in slots if getattr(sentence, field) is not None] or [*slots][:1]
    return sentence.model_copy(update={field: _ineffective(slots[field], getattr(sentence, field)) for field in said})


def _ineffective(how: Neutral, value: Value | None) -> Value:
    if how == "once":
        return Value(number=1.0, unit="x")
    return _at(0.0 if how == "nothing" else (1.0 if value is None else value.number) * NEVER, value)


def _at(number: float, value: Value | None) -> Value:
    if value is None:
        return Value(number=number)
    return value.model_copy(update={"number": number, "low": None, "high": None})


def scrambled(model: Model, seed: int) -> Model:
    """The model with the sign of every edge and rule drawn anew: a control of what wiring by chance would show."""
    toss = random.Random(seed)
    cells = []
    for cell in model.cells:
        inside = tuple(_flipped_edge(s) if isinstance(s, Edge) and toss.random() < 0.5 else s for s in cell.inside)
        rules = tuple(_flipped_rule(s) if isinstance(s, Rule) and toss.random() < 0.5 else s for s in cell.rules)
        cells.append(cell.model_copy(update={"inside": inside, "rules": rules}))
    return model.model_copy(update={"cells": tuple(cells)})


def _flipped_edge(edge: Edge) -> Edge:
    return edge.model_copy(update={"effect": "inhibits" if edge.effect == "activates" else "activates"})


def _flipped_rule(rule: Rule) -> Rule:
    """`raises … to 5x` becomes `lowers … to 0.2x`."""
    limit = rule.limit
    turned = {
        "number": 1 / limit.number if limit.number else 2.0,
        "low": None if not limit.high else 1 / limit.high,
        "high": None if not limit.low else 1 / limit.low,
    }
    direction = "lowers" if rule.direction == "raises" else "raises"
    return rule.model_copy(update={"direction": direction, "limit": limit.model_copy(update=turned)})
