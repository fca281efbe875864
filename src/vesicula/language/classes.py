"""Words that stand for several vesicle classes: `EV` for all, that of a base for those of its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vesicula.language.grammar.rules import behaviour_words, parse_behaviour
from vesicula.language.model import ALL_VESICLES, Cell, Model, StateBase
from vesicula.language.renaming import renamed_words
from vesicula.language.sentences import BehaviourText, Rule, RuleText
from vesicula.language.steps import Block, StepText


@dataclass(frozen=True)
class Meant:
    """What a word stands for in a cell. own: classes that the cell releases; every: all classes"""

    own: tuple[str, ...]
    every: tuple[str, ...]


def told_apart(cell: Cell, words: Mapping[str, Meant]) -> Cell:
    """A cell whose behaviours of a word are behaviours of every class that it can mean: release and loading of the
    cell's own, all else of every one. What is said of a class by its name goes before what is said by the word.
    """
    updates: dict[str, object] = {}
    if any(isinstance(rule, Rule) and _word(rule.behaviour) in words for rule in cell.rules):
        updates["rules"] = tuple(one for rule in cell.rules for one in _rules(rule, words))
    if any(_spoken(key) in words for base in cell.while_state.values() for key in base.values):
        updates["while_state"] = {
            state: StateBase(
                values={
                    key: value
                    for said, value in sorted(base.values.items(), key=lambda item: _spoken(item[0]) not in words)
                    for key in _behaviours(said, words)
                }
            )
            for state, base in cell.while_state.items()
        }
    if any(_spoken(said) in words for trait in cell.traits for said in trait.multiplies):
        updates["traits"] = tuple(
            trait.model_copy(
                update={"multiplies": tuple(key for said in trait.multiplies for key in _behaviours(said, words))}
            )
            for trait in cell.traits
        )
    return cell.model_copy(update=updates) if updates else cell


def _word(behaviour: BehaviourText) -> str | None:
    """The vesicle class of a behaviour, or the word for several; of others whatever they are of. What is loaded in `EV`
    is no behaviour: copies are those of one class.
    """
    if behaviour.kind == "loading":
        return behaviour.in_vesicle if behaviour.in_vesicle != ALL_VESICLES else None
    return behaviour.what


def _spoken(said: str) -> str | None:
    return _word(parse_behaviour(said))


def _each(behaviour: BehaviourText, words: Mapping[str, Meant]) -> list[tuple[str, BehaviourText]]:
    """Every class that a behaviour is of, with the behaviour of it."""
    meant = words[_word(behaviour) or ""]
    if behaviour.kind == "loading":
        return [(name, behaviour.model_copy(update={"in_vesicle": name})) for name in meant.own]
    names = meant.own if behaviour.kind == "release" else meant.every
    return [(name, behaviour.model_copy(update={"what": name})) for name in names]


def _rules(rule: RuleText, words: Mapping[str, Meant]) -> list[RuleText]:
    """A rule of every class, in its words: `EV` stays, a word that any class may stand behind."""
    word = _word(rule.behaviour) if isinstance(rule, Rule) else None
    if not isinstance(rule, Rule) or word is None or word not in words:
        return [rule]
    texts = {} if word == ALL_VESICLES else {word: ""}
    return [
        rule.model_copy(update={"behaviour": one, "text": renamed_words(rule.text, dict.fromkeys(texts, name))})
        for name, one in _each(rule.behaviour, words)
    ]


def _behaviours(said: str, words: Mapping[str, Meant]) -> list[str]:
    behaviour = parse_behaviour(said)
    return [behaviour_words(one) for _, one in _each(behaviour, words)] if _word(behaviour) in words else [said]


def expanded(model: Model) -> Model:
    """Behaviours of `EV` as behaviours of every vesicle class they can mean."""
    every = tuple(vesicle.name for vesicle in model.vesicles)
    own = {cell.name: tuple(v.name for v in model.vesicles if v.donor == cell.name) for cell in model.cells}
    cells = tuple(told_apart(cell, {ALL_VESICLES: Meant(own[cell.name], every)}) for cell in model.cells)
    arms = tuple(
        arm.model_copy(update={"steps": tuple(s for step in arm.steps for s in _blocks(step, every))})
        for arm in model.arms
    )
    protocol = tuple(one for step in model.protocol for one in _blocks(step, every))
    return model.model_copy(update={"cells": cells, "arms": arms, "protocol": protocol})


def _blocks(step: StepText, every: Sequence[str]) -> list[StepText]:
    if not isinstance(step, Block) or step.what != ALL_VESICLES:
        return [step]
    return [step.model_copy(update={"what": name}) for name in every]
