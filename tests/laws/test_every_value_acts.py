"""No value that a text states is left out without a word: another number, and the engine reads another model.

The model of this law says everything the language can say, with every cell type and every arm once more: a value of the
second that were read from the first, or from nowhere, would change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.cases.bench import BENCH
from tests.cases.forms import FORMS, RATES, Place, others, with_lines
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES
from tests.cases.read_by_engine import alike, read_by_engine, tables

from vesicula.compiler import Compiled, compile_model
from vesicula.errors import ModelError, UnitError
from vesicula.language import check, prepare, read
from vesicula.language.cohort import Event
from vesicula.language.measures import Measure
from vesicula.language.model import Model
from vesicula.language.paths import put
from vesicula.language.renaming import renamed
from vesicula.language.sentences import Sentence
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Value
from vesicula.language.walk import values

ACTS_ELSEWHERE = {
    "networks.": "a network is copied into the cells that attach it; another number in the text is tried below",
    "cells.tumour.fate of EV.clears": "every vesicle class has a clearance of its own in this cell, and check says so",
    "cells.tumour-twin.fate of EV.clears": "likewise",
    "run.record": "when results are written, which the engine does not read",
}
"""Beginnings of paths whose values do not reach the engine of this model, and why that is right."""
READ_OFF = ("measures", "run.record", "run.duration", "cohort.events")
"""What is read of a run and when: the engine has no part in it."""
STANDS_FOR_THOSE_AROUND = {
    "cool to 4 C": "the library knows one cold, of 4 C; check doubts more than 8 C",
    "48 h at 4 C in PBS": "the library knows losses at the usual temperatures, each for those around it",
    "48 h at 4 C in PBS, loss 0.2 /day (0.02..0.9 @assumed)": "a stated loss is that of the stay, however warm it was",
}
"""Sentences of whose numbers another one next to it says the same, and why."""
FACTORS = (0.7, 1.4, 3.0, 25.0)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@pytest.fixture(scope="module")
def whole_folder(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("everything")
    (folder / "rates.xml").write_text(RATES, encoding="utf-8")
    (folder / "cells.csv").write_text("cell,x,y\nc,50,50\nc,20,60\n", encoding="utf-8")
    (folder / "parts").mkdir()
    (folder / "parts" / "cancer.yaml").write_text(PART, encoding="utf-8")
    (folder / "references.bib").write_text(REFERENCES, encoding="utf-8")
    (folder / "positions.csv").write_text(POSITIONS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def doubled(whole_folder: Path) -> Model:
    (whole_folder / "model.yaml").write_text(EVERYTHING, encoding="utf-8")
    model = prepare(whole_folder / "model.yaml")
    run = model.run.model_copy(update={"draws": 1, "seeds": 1})
    cells = [renamed(c, {c.name: f"{c.name}-twin"}).model_copy(update={"name": f"{c.name}-twin"}) for c in model.cells]
    cells = [one.model_copy(update={"releases": {}}) for one in cells]  # vesicles have one donor
    arms = [arm.model_copy(update={"name": f"{arm.name} twin"}) for arm in model.arms]
    return model.model_copy(update={"run": run, "cells": (*model.cells, *cells), "arms": (*model.arms, *arms)})


def compiled(model: Model) -> Compiled:
    return compile_model(model, folder=Path(model.folder or ""))


def columns_read(of: Compiled) -> set[str]:
    """Paths of the columns that some table of the engine names, and of those that they are computed from."""
    infos = of.names.parameters
    by_path = {info.path: info for info in infos}
    found: set[str] = set()
    for path, entry in tables(of):
        if path.rpartition(".")[2].startswith("p_"):
            found |= {infos[k].path for k in np.unique(np.asarray(entry)) if k >= 0}
    new = set(found)
    while new:
        new = {other for path in new for other in by_path[path].derived_from if other in by_path} - found
        found |= new
    return found


def of_library(value: Value) -> bool:
    return value.parameter is not None or value.from_library


def test_every_stated_value_reaches_the_engine_or_is_refused(doubled: Model) -> None:
    before = compiled(doubled)
    reached, numbers = columns_read(before), read_by_engine(before)
    stated = values(doubled)
    assert len(reached & stated.keys()) > 200
    silent: list[str] = []
    for path, (_, value) in stated.items():
        if path in reached or of_library(value) or path.startswith((*ACTS_ELSEWHERE,)):
            continue
        if not any(heard(doubled, path, value, factor, numbers) for factor in FACTORS):
            silent.append(path)
    assert silent == []


def heard(model: Model, path: str, value: Value, factor: float, numbers: dict[str, np.ndarray]) -> bool:
    """Whether another number of a value makes another model for the engine, or is refused."""
    other = value.model_copy(update={"number": factor * (value.number or 30.0)})
    try:
        return not alike(numbers, read_by_engine(compiled(put(model, path, other, None, Report()))))
    except (UnitError, ModelError):
        return True


# --- another number in the text ------------------------------------------------------------------------------------


def stated_in(thing: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every value that a model says itself, by where it stands."""
    if isinstance(thing, Value):
        if not thing.from_library and thing.where is not None:
            yield path, thing
    elif isinstance(thing, Frozen):
        for name in type(thing).model_fields:
            yield from stated_in(getattr(thing, name), f"{path}.{name}" if path else name)
    elif isinstance(thing, tuple | dict):
        entries = thing.items() if isinstance(thing, dict) else enumerate(thing)
        for key, entry in entries:
            yield from stated_in(entry, f"{path}.{key}")


def with_number(text: str, value: Value, factor: float) -> str | None:
    """The text with another number at the place of a value; None where no number stands there."""
    assert value.where is not None
    lines, column = text.split("\n"), value.where.column - 1
    line = lines[value.where.line - 1]
    found = NUMBER.match(line, column)
    if found is None:
        return None
    number = factor * (float(found[0]) or 30.0)
    lines[value.where.line - 1] = f"{line[:column]}{number:g}{line[found.end() :]}"
    return "\n".join(lines)


@pytest.mark.parametrize("text", [EVERYTHING, BENCH], ids=["everything", "bench"])
def test_another_number_in_the_text_is_another_model_or_is_told(whole_folder: Path, text: str) -> None:
    text = re.sub(r"(draws|seeds): \d+", r"\1: 1", text)
    file = whole_folder / "changed.yaml"

    def engine(of: str) -> Compiled:
        file.write_text(of, encoding="utf-8")
        return compile_model(prepare(file), folder=whole_folder)

    before = engine(text)
    reached, numbers = columns_read(before), read_by_engine(before)
    model, told = prepare(file), {one.line for one in check(file) if one.code in ("nothing-reads", "no-way", "unused")}
    acting = {v.where for path, (_, v) in values(model).items() if path in reached and v.where is not None}
    silent: list[str] = []
    tried = 0
    for path, value in stated_in(read(file)):
        assert value.where is not None
        if value.where in acting or value.where.line in told or path.startswith(READ_OFF):
            continue
        tried += 1
        for factor in FACTORS:
            other = with_number(text, value, factor)
            try:
                if other is None or not alike(numbers, read_by_engine(engine(other))):
                    break
            except (ModelError, UnitError):
                break
        else:
            silent.append(f"{path}: {value.where.line}")
    assert silent == []
    assert tried > 5


@pytest.mark.parametrize("form", [one for one in FORMS if one not in (Measure, Event)], ids=lambda form: form.__name__)
def test_another_number_in_a_sentence_is_another_model(whole_folder: Path, form: type[Sentence]) -> None:
    lines, needed = FORMS[form]
    file = whole_folder / "form.yaml"

    def engine(*said: Place) -> dict[str, np.ndarray]:
        file.write_text(with_lines(*said), encoding="utf-8")
        return read_by_engine(compile_model(prepare(file), folder=whole_folder))

    for place in lines:
        rest = tuple(one for one in needed if one != place)
        first = engine(*rest, place)
        silent = [line for line in others(place[1]) if alike(first, engine(*rest, (place[0], line)))]
        assert len(silent) == (place[1] in STANDS_FOR_THOSE_AROUND), silent
