"""What an answer rests on: the model again, with the sentences neutral that have no other evidence than a claim.

A neutral sentence stays in the model and does nothing (an edge of weight 0, a rule to 1x, a transition of rate 0), so
that no name is lost and no node becomes constitutive.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from vesicula.evidence.classes import CLAIM_ID
from vesicula.spec.model import Cell, Model, Vesicle
from vesicula.spec.sentences import (
    Becomes,
    Binds,
    Closes,
    Degrades,
    Edge,
    Keeps,
    KeepsItself,
    Makes,
    NodeSetting,
    Rule,
    Sentence,
    Sequesters,
    Silences,
    TurnsInto,
)
from vesicula.spec.values import Value

NO_EVIDENCE = frozenset({"assumed", "borrowed", "derived", "fitted"})  # classes of evidence, which name no study
NEVER = 1e12  # multiple of a constant that stops a reaction
Chosen = Callable[[Sentence], bool]
TABLES = ("secretes", "releases", "takes_up", "resorbs", "deposits", "kills", "surface", "own_copies")
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
    tables += [cell.moves.toward for cell in model.cells if cell.moves is not None]
    values = [value for table in tables for value in table.values()]
    values += [c.copies for vesicle in model.vesicles for c in vesicle.carries]
    return [value for value in values if _rest(value.sources, tested)]


def sentences(model: Model) -> list[Sentence]:
    """Every sentence that can be made neutral."""
    out: list[Sentence] = [*model.reactions, *(s for m in model.matrix for s in m.degraded)]
    for cell in model.cells:
        out += [*cell.inside, *cell.rules, *cell.becomes]
    return [s for s in out if not isinstance(s, NodeSetting)]


def without(model: Model, chosen: Chosen, *, claims: Iterable[str] = ()) -> Model:
    """The model with the chosen sentences neutral, and with base values that cite nothing but these claims at 0."""
    tested = frozenset(claims)
    return model.model_copy(
        update={
            "reactions": tuple(_neutral(s) if chosen(s) else s for s in model.reactions),
            "matrix": tuple(
                m.model_copy(
                    update={"degraded": tuple(_neutral(s) if chosen(s) else s for s in m.degraded)}
                    | {name: _emptied(getattr(m, name), tested) for name in STORES}
                )
                for m in model.matrix
            ),
            "vesicles": tuple(_vesicle(one, tested) for one in model.vesicles),
            "cells": tuple(_cell(cell, chosen, tested) for cell in model.cells),
        }
    )


def _cell(cell: Cell, chosen: Chosen, tested: frozenset[str]) -> Cell:
    updates: dict[str, object] = {}
    for name in ("inside", "rules", "becomes"):
        kept = [_neutral(s) if chosen(s) else s for s in getattr(cell, name)]
        updates[name] = tuple(s for s in kept if s is not None)
    updates |= {name: _emptied(getattr(cell, name), tested) for name in TABLES}
    if cell.moves is not None:
        updates["moves"] = cell.moves.model_copy(update={"toward": _emptied(cell.moves.toward, tested)})
    return cell.model_copy(update=updates)


def _vesicle(vesicle: Vesicle, tested: frozenset[str]) -> Vesicle:
    carries = tuple(
        c.model_copy(update={"copies": _nothing(c.copies)}) if _rest(c.copies.sources, tested) else c
        for c in vesicle.carries
    )
    return vesicle.model_copy(update={"carries": carries})


def _emptied(table: dict[str, Value], tested: frozenset[str]) -> dict[str, Value]:
    return {what: _nothing(value) if _rest(value.sources, tested) else value for what, value in table.items()}


def _nothing(value: Value) -> Value:
    return value.model_copy(update={"number": 0.0, "low": None, "high": None})


def _at(number: float, value: Value | None = None) -> Value:
    return (
        Value(number=number)
        if value is None
        else value.model_copy(update={"number": number, "low": None, "high": None})
    )


def _slower(value: Value) -> Value:
    return _at(value.number * NEVER, value)


def _neutral(sentence: Sentence) -> Sentence | None:
    """The same sentence without effect; None where leaving it out is the neutral thing."""
    match sentence:
        case Edge():
            return sentence.model_copy(update={"weight": _at(0.0)})
        case Silences():
            return sentence.model_copy(update={"strength": _at(0.0)})
        case Sequesters():
            return sentence.model_copy(update={"capacity": _nothing(sentence.capacity)})
        case Rule() | Keeps():
            return sentence.model_copy(update={"limit": Value(number=1.0, unit="x")})
        case Becomes() if sentence.rate is not None:
            return sentence.model_copy(update={"rate": _nothing(sentence.rate)})
        case Becomes() if sentence.after is not None:
            return sentence.model_copy(update={"after": _slower(sentence.after)})
        case Binds():
            return sentence.model_copy(update={"kd": _slower(sentence.kd)})
        case Makes():
            return sentence.model_copy(update={"kcat": _nothing(sentence.kcat)})
        case TurnsInto():
            return sentence.model_copy(update={"half_life": _slower(sentence.half_life)})
        case Degrades():
            return sentence.model_copy(update={"rate": _nothing(sentence.rate)})
        case KeepsItself() | Closes():
            return None
        case _:
            return sentence


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
