"""Every sentence and every verb says of itself all that the rooms ask, and every room takes it from there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args, get_origin

import pytest
from tests.cases.forms import FORMS, with_lines

from vesicula.engine.program import Behaviours
from vesicula.experiments.verdicts.ablation import neutral
from vesicula.language import behaviour_words, model, parse_behaviour, read, write
from vesicula.language.arrows import Arrows
from vesicula.language.bases import stated
from vesicula.language.body import Leaves
from vesicula.language.coverage import citations
from vesicula.language.document import document
from vesicula.language.fill import opened
from vesicula.language.hints.forms import FORMS as MEANT
from vesicula.language.overlap import subject
from vesicula.language.renaming import renamed
from vesicula.language.resolving import assembled
from vesicula.language.sentences import AllOf, AnyOf, Becomes, BehaviourText, Sentence, Term, sentences_of
from vesicula.language.slots import (
    EndKind,
    Free,
    Kind,
    Slot,
    SlotBy,
    kinds_of,
    name_fields,
    slots_of,
    value_fields,
)
from vesicula.language.spellings import named_molecules
from vesicula.language.steps import Step
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Value
from vesicula.language.verbs import VERBS, BehaviourKind
from vesicula.language.walk import values
from vesicula.units import DIMENSIONS

CLAIM = "bm-060"
TO_ANOTHER_CELL: dict[type[Sentence], dict[str, object]] = {Becomes: {"to": "c"}}
"""A state is no thing of the graph; a cell is."""
IN_THE_GRAPH = ("reactions", "degraded", "co-isolated", "inside", "rules", "becomes", "treated")
"""Blocks of sentences whose arrows or acts are drawn."""


@cache
def said(form: type[Sentence]) -> tuple[model.Model, Sentence]:
    """A model in which a sentence of a form stands, as assembled, and the sentence."""
    lines, needed = FORMS[form]
    text = with_lines(*(one for one in needed if one != lines[0]), lines[0])
    whole = assembled(read(text), Report())
    found = [one for one in sentences_of(whole) if type(one) is form]
    return whole, found[-1]


def block_of(form: type[Sentence]) -> str:
    return FORMS[form][0][0][0]


every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
every_verb = pytest.mark.parametrize("kind", VERBS)


# --- what a class says of itself


@every_form
def test_a_form_says_what_each_of_its_fields_holds(form: type[Sentence]) -> None:
    for name, field in form.model_fields.items():
        several = get_origin(field.annotation) in (tuple, Literal)
        parts = () if several else (field.annotation, *get_args(field.annotation))
        if Value in parts:
            assert [one for one in field.metadata if isinstance(one, Slot | SlotBy | Free)], name
        elif str in parts and name != "text":
            assert name in name_fields(form), name
            assert set(kinds_of(said(form)[1], name)) <= {*get_args(Kind)}


@every_form
def test_a_form_says_what_it_is_about_what_it_changes_and_how_it_has_no_effect(form: type[Sentence]) -> None:
    one = said(form)[1]
    for entry in form.about or ():
        for field in entry if isinstance(entry, tuple) else (entry,):
            assert field in form.model_fields
    assert bool(form.ways) != bool(form.no_way)
    assert not issubclass(form, Step) or form.when
    for way in form.ways:
        assert (way.start is None) == issubclass(form, Step)
        for kind, field in (way.end, *(() if way.start is None else (way.start,))):
            assert kind in get_args(EndKind)
            assert field == "" or field in form.model_fields
        assert isinstance(way.sign, int) or way.sign in form.model_fields
    assert any(slot.neutral for _, slot in slots_of(one)) != bool(form.without)


@every_form
def test_a_form_inside_cells_that_names_cargo_says_of_which_type(form: type[Sentence]) -> None:
    names = any("cargo" in kinds_of(said(form)[1], field) for field in name_fields(form))
    assert bool(form.cargo_type) == (names and block_of(form) == "inside")


@every_form
def test_a_slot_says_what_it_measures_and_where_an_unsaid_value_comes_from(form: type[Sentence]) -> None:
    for field, slot in slots_of(said(form)[1]):
        dimensions = slot.dimension if isinstance(slot.dimension, tuple) else (slot.dimension,)
        assert slot.signal or {*dimensions, *slot.prepared} <= DIMENSIONS.keys(), field
        assert slot.fill == "never" or slot.of or slot.signal, field
        for name in (slot.at, slot.signal, slot.beside):
            assert not name or name in form.model_fields, field


# --- what the rooms make of it


@every_form
def test_walking_finds_every_value_that_a_sentence_says(form: type[Sentence]) -> None:
    whole, one = said(form)
    walked = [value for _, value in values(whole).values()]
    for field in value_fields(form):
        value = getattr(one, field)
        assert value is None or any(value is other for other in walked), field


@every_form
def test_filling_marks_what_a_sentence_leaves_to_the_library(form: type[Sentence]) -> None:
    whole, one = said(form)
    bare = one.model_copy(
        update={field: None for field in value_fields(form) if not form.model_fields[field].is_required()}
    )
    marked = [other for other in sentences_of(opened(replaced(whole, one, bare))) if other.text == one.text]
    for field, slot in slots_of(bare):
        expected = slot.fill != "never" and (not slot.beside or getattr(bare, slot.beside) is not None)
        if getattr(bare, field) is None:
            assert all((getattr(other, field) is not None) == expected for other in marked), field


@every_form
def test_renaming_follows_every_cell_that_a_sentence_names(form: type[Sentence]) -> None:
    one = said(form)[1]
    for thing in (one, *parts_of(one)):
        for field in name_fields(type(thing)):
            if "cell" in kinds_of(thing, field) and getattr(thing, field) is not None:
                assert getattr(renamed(thing, {getattr(thing, field): "other"}), field) == "other"


@every_form
def test_one_molecule_has_one_name_wherever_a_sentence_speaks_of_it(form: type[Sentence]) -> None:
    whole, one = said(form)
    spoken = {name for name, _ in named_molecules(whole)}
    for thing in (one, *parts_of(one)):
        for field in name_fields(type(thing)):
            if {*kinds_of(thing, field)} & {"substance", "cargo", "node", "molecule", "complex"}:
                assert getattr(thing, field) in (None, *spoken), field


@every_form
def test_a_later_sentence_on_the_same_subject_is_told_from_one_on_another(form: type[Sentence]) -> None:
    one = said(form)[1]
    numbers = {field: None for field in value_fields(form)}
    if form.about is None:
        assert subject(one) == one.text
        return
    assert subject(one.model_copy(update={**numbers, "text": "in other words"})) == subject(one)
    for entry in form.about:
        field = entry if isinstance(entry, str) else entry[0]
        if isinstance(getattr(one, field), str):
            assert subject(one.model_copy(update={field: "another"})) != subject(one), field


@every_form
def test_ablation_leaves_a_sentence_without_effect_as_it_says(form: type[Sentence]) -> None:
    one = said(form)[1]
    found = neutral(one)
    if form.without:
        assert (found is None) == (form.without == "left out")
        assert found is None or found is one
        return
    assert found is not None
    changed = {field for field in form.model_fields if getattr(found, field) is not getattr(one, field)}
    assert changed
    assert changed <= {field for field, slot in slots_of(one) if slot.neutral}


@every_form
def test_the_graph_draws_what_a_sentence_changes(form: type[Sentence]) -> None:
    whole, one = said(form)
    ways = Arrows(whole)
    if form.no_way:
        assert form.ways == ()
    elif isinstance(one, Step):
        assert ways.acts(one) is None or ways.acts(one)
    else:
        assert [drawn for other, drawn in ways.by_sentence() if other is one]
        assert ways.of(one.model_copy(update=TO_ANOTHER_CELL.get(form, {})), owner_of(whole, one))
    assert bool(form.no_way) or block_of(form) in IN_THE_GRAPH


@every_form
def test_coverage_says_as_what_a_sentence_carries_a_claim(form: type[Sentence]) -> None:
    whole, one = said(form)
    cited = one.model_copy(update={"sources": (*one.sources, CLAIM)})
    found = [c for c in citations(replaced(whole, one, cited), "x") if c.claim == CLAIM]
    assert [c for c in found if c.kind and c.text == one.text]


@every_form
def test_a_form_is_written_and_read_again(form: type[Sentence]) -> None:
    lines, needed = FORMS[form]
    for line in lines:
        whole = read(with_lines(*(one for one in needed if one != line), line))
        assert read(write(whole)) == whole


def replaced(whole: model.Model, old: Sentence, new: Sentence) -> model.Model:
    """The model with one sentence in place of another."""

    def over(thing: Frozen) -> Frozen:
        if thing is old:
            return new
        updates: dict[str, object] = {}
        for name in () if isinstance(thing, Value) else type(thing).model_fields:
            found = getattr(thing, name)
            if isinstance(found, tuple):
                updates[name] = tuple(over(one) if isinstance(one, Frozen) else one for one in found)
            elif isinstance(found, Frozen):
                updates[name] = over(found)
        return thing.model_copy(update=updates) if updates else thing

    changed = over(whole)
    assert isinstance(changed, model.Model)
    return changed


def owner_of(whole: model.Model, one: Sentence) -> str:
    """The cell, matrix or preparation in whose block a sentence stands."""
    blocks = (*whole.cells, *whole.matrix, *whole.preparations)
    return next((block.name for block in blocks if any(other is one for other in sentences_of(block))), "")


def parts_of(one: Sentence) -> Iterator[Frozen]:
    """Signals and behaviours in a sentence."""
    waiting = [found for name in type(one).model_fields if isinstance(found := getattr(one, name), Frozen)]
    while waiting:
        found = waiting.pop()
        if isinstance(found, AllOf | AnyOf):
            waiting += found.parts
        elif isinstance(found, Term):
            waiting.append(found.signal)
        elif not isinstance(found, Value):
            yield found


# --- verbs


def test_every_verb_is_a_row_and_every_column_a_verb() -> None:
    assert VERBS.keys() == {*get_args(BehaviourKind)}
    columns = {field.name for field in dataclasses.fields(Behaviours)}
    of_verbs = {verb.column for verb in VERBS.values() if verb.column}
    tables = {name for name in columns if name.startswith(("p_", "rule_", "trait_"))}
    assert columns - tables - {"n", "clock"} == of_verbs


def test_a_verb_and_its_column_run_over_the_same() -> None:
    columns = {field.name: field.metadata.get("over", "") for field in dataclasses.fields(Behaviours)}
    plain = {verb.column: verb.over for verb in VERBS.values() if verb.over in ("", "substance", "matrix", "cell")}
    assert {name: columns[name] for name in plain if name} == {name: over for name, over in plain.items() if name}


def example(kind: BehaviourKind) -> BehaviourText:
    verb = VERBS[kind]
    return BehaviourText(
        kind=kind, what="other" if verb.of else None, in_vesicle="V" if verb.words.endswith("in WORD") else None
    )


@every_verb
def test_a_verb_is_read_as_it_is_written(kind: BehaviourKind) -> None:
    assert parse_behaviour(behaviour_words(example(kind))) == example(kind)


@every_verb
def test_a_verb_says_what_it_measures_where_its_base_stands_and_what_it_changes(kind: BehaviourKind) -> None:
    verb = VERBS[kind]
    assert verb.dimension in DIMENSIONS
    assert verb.about
    assert verb.unit
    assert verb.ends
    assert all(end in get_args(EndKind) for end, _ in verb.ends)
    blank = model.Cell(name="c", moves=model.Motion(), vesicle_fate={"V": model.VesicleFate()})
    for path in verb.base:
        stated(blank, path)  # raises where there is no such entry
    assert bool(verb.base) != bool(verb.stands)
    assert verb.column or verb.over == "clock" or kind == "clearance"


@cache
def reference() -> str:
    """The page of the language."""
    return document()


@every_verb
def test_a_verb_has_its_row_in_the_reference_and_is_offered_where_it_was_meant(kind: BehaviourKind) -> None:
    assert f"| `{VERBS[kind].words}` |" in reference()
    words = [word for word in VERBS[kind].words.split() if word not in ("NAME", "WORD")]
    assert any(all(word in form.split() for word in words) for form in MEANT["rule"])


@every_verb
def test_a_verb_changes_something_with_a_sign(kind: BehaviourKind) -> None:
    whole = said(Leaves)[0]
    cell = whole.cells[0]
    names = {"substance": "IL6", "vesicle": "V", "matrix": "mineral", "cell": "c", "cargo": "miR-21-5p"}
    what = next((names.get(of, "dish") for of in VERBS[kind].of), None)
    found = Arrows(whole).changed(cell, BehaviourText(kind=kind, what=what, in_vesicle="V"))
    assert {sign for _, sign in found} - {0} in ({1}, {-1}, {1, -1})
