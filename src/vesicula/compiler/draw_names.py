"""Names of sentences, by which their values are drawn: what they say without their numbers, never where they stand.

A sentence put above another, or a cell type written before the others, then leaves every other draw as it was, and two
arms that say the same draw the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import cast

from vesicula.compiler.parameters import ParameterTable
from vesicula.language.model import Model
from vesicula.language.sentences import Edge, Gate, Term
from vesicula.language.steps import Step
from vesicula.language.values import Frozen, Value

UNSAID = ("text", "sources", "where", "place")  # place of a reaction: an enzyme's constants hold wherever it sits


def wording_without_numbers(sentence: Frozen) -> str:
    """What a sentence says besides its values: two sentences that differ in numbers alone have one name."""
    words = {name: _bare(getattr(sentence, name)) for name in type(sentence).model_fields if name not in UNSAID}
    if isinstance(sentence, Step):
        times = {"at": sentence.at, "every": sentence.every, "until": sentence.until}
        words |= {name: f"{time.number:g} {time.unit}" for name, time in times.items() if time is not None}
    return json.dumps({name: word for name, word in words.items() if word is not None}, sort_keys=True)


def in_full(sentence: Frozen) -> str:
    """All that a sentence says, numbers too."""
    return sentence.model_dump_json(exclude={"text", "sources", "where"})


def _bare(part: object) -> object:
    """A part of a sentence as plain data, numbers left out."""
    match part:
        case Value() | int() | float() if not isinstance(part, bool):
            return None
        case Frozen():
            return {name: _bare(getattr(part, name)) for name in type(part).model_fields if name != "where"}
        case tuple():
            return [_bare(one) for one in cast(tuple[object, ...], part)]
        case _:
            return part


def call_by_words(model: Model, parameters: ParameterTable) -> None:
    """Give every sentence of the model, by its path, the name that its values are drawn under."""
    for cell in model.cells:
        for word, sentences in (("rules", cell.rules), ("becomes", cell.becomes), ("inside", cell.inside)):
            call_list(parameters, f"cells.{cell.name}.{word}", sentences)
        for number, sentence in enumerate(cell.inside):
            if isinstance(sentence, Edge):
                _call_gate(parameters, f"cells.{cell.name}.inside.{number}", sentence.gate)
    for matrix in model.matrix:
        call_list(parameters, f"matrix.{matrix.name}.degraded", matrix.degraded)
        for name in matrix.new_stores:
            parameters.call(f"matrix.{matrix.name}.new stores.{name}", f"matrix.{matrix.name}.stores.{name}")
    for preparation in model.preparations:
        for word, sentences in (("co-isolated", preparation.co_isolated), ("stored", preparation.stored)):
            call_list(parameters, f"preparations.{preparation.name}.{word}", sentences)
    call_list(parameters, "body", model.body)
    call_list(parameters, "protocol", model.protocol)
    for arm in model.arms:
        call_list(parameters, f"arms.{arm.name}", arm.steps, called="protocol", after=model.protocol)
    if model.cohort is not None:
        call_list(parameters, "cohort.differ", model.cohort.differ)


def call_list(
    parameters: ParameterTable,
    place: str,
    sentences: Iterable[Frozen],
    *,
    called: str | None = None,
    after: Iterable[Frozen] = (),
    counted: bool = True,
) -> None:
    """Name the items of one list by their words; equal ones are counted, on from those of `after`, by what else they
    say, so that the order of the list means nothing.

    called : the list's own part of the name, where it is not its place
    counted : False for constants of nature, which are the same however often they are stated
    """
    seen = Counter(wording_without_numbers(one) for one in after)
    for number, one in sorted(enumerate(sentences), key=lambda item: in_full(item[1])):
        words = wording_without_numbers(one)
        times = f" ({seen[words] + 1})" if counted and seen[words] else ""
        parameters.call(f"{place}.{number}", f"{called or place}: {words}{times}")
        seen[words] += 1


def _call_gate(parameters: ParameterTable, path: str, gate: Gate) -> None:
    """Name the parts of a gate by their words, so that `a and b` draws as `b and a`."""
    if isinstance(gate, Term):
        return
    name = parameters.name_of(path)
    for number, part in enumerate(gate.parts):
        parameters.call(f"{path}.{number}", f"{name}: {json.dumps(_bare(part), sort_keys=True)}")
        _call_gate(parameters, f"{path}.{number}", part)
