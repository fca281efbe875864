"""Every form of sentence and every key said twice: refused in its line, or both act, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from tests.cases.bench import BENCH
from tests.cases.forms import FORMS, MODEL, RATES, Place, others, with_lines
from tests.cases.language import EVERYTHING
from tests.cases.read_by_engine import alike, read_by_engine

from vesicula.compiler import compile_model
from vesicula.errors import Diagnostic
from vesicula.language import check, measures, prepare, sentences, steps
from vesicula.language.blocks import BLOCKS
from vesicula.language.reading.texts import read_source
from vesicula.language.text import Report, Source

Read = dict[str, np.ndarray]
SAYS_IT_AGAIN = {
    steps.RemoveCargo: "what is taken out is out",
    steps.MutateSite: "a site that is gone is gone",
}
"""Forms without a number, of which a second says what the first says, and why nothing is lost."""


class Bench:
    """A folder in which texts are checked and compiled, each once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "model.yaml"
        (folder / "rates.xml").write_text(RATES, encoding="utf-8")
        (folder / "cells.csv").write_text("cell,x,y\nc,50,50\nc,20,60\n", encoding="utf-8")
        self._checked: dict[str, list[Diagnostic]] = {}
        self._read: dict[str, Read] = {}

    def checked(self, text: str) -> list[Diagnostic]:
        if text not in self._checked:
            self.file.write_text(text, encoding="utf-8")
            self._checked[text] = check(self.file)
        return self._checked[text]

    def refused(self, text: str) -> bool:
        return any(one.severity == "error" for one in self.checked(text))

    def read(self, text: str) -> Read:
        if text not in self._read:
            self.file.write_text(text, encoding="utf-8")
            self._read[text] = read_by_engine(compile_model(prepare(self.file), folder=self.file.parent))
        return self._read[text]

    def told(self, both: str, lines: tuple[str, str], alone: tuple[str, str]) -> bool:
        """Whether something is said of one of two lines that is said of neither alone."""
        known = {one.message for text in alone for one in self.checked(text)}
        places = {n + 1 for n, line in enumerate(both.splitlines()) if line.endswith(lines)}
        return any(one.line in places and one.message not in known for one in self.checked(both))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("forms"))


def every_form(of: type[sentences.Sentence] = sentences.Sentence) -> Iterator[type[sentences.Sentence]]:
    below = of.__subclasses__()
    yield from (one for lower in below for one in every_form(lower)) if below else (of,)


def test_every_form_of_sentence_is_here() -> None:
    assert {*every_form()} == {*FORMS}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_form_said_twice_acts_twice_or_is_refused_whatever_the_order(
    bench: Bench, form: type[sentences.Sentence]
) -> None:
    lines, needed = FORMS[form]
    for place in lines:
        rest: tuple[Place, ...] = tuple(one for one in needed if one != place)
        first = with_lines(*rest, place)
        assert not bench.refused(first), (first, bench.checked(first))
        assert form is measures.Measure or not alike(bench.read(first), bench.read(with_lines(*rest)))
        again = [] if form in SAYS_IT_AGAIN else [place[1]]
        for line in (*again, *others(place[1])):
            twin = (place[0], line)
            second = with_lines(*rest, twin)
            assert not bench.refused(second), (line, bench.checked(second))
            one, other = (with_lines(*rest, *pair) for pair in ((place, twin), (twin, place)))
            told = [bench.told(text, (place[1], line), (first, second)) for text in (one, other)]
            assert told[0] == told[1], (place, line, told)
            if all(told):
                continue
            read = bench.read(one)
            assert not alike(read, bench.read(first)), ("the second is not heard", place, line)
            assert not alike(read, bench.read(second)), ("the first is not heard", place, line)
            assert alike(read, bench.read(other)), ("the order counts", place, line)


# --- keys ----------------------------------------------------------------------------------------------------------

Tree = dict[str, object]


def written(tree: Tree, at: int = 0) -> Iterator[str]:
    """Lines of a block, a key in each."""
    for key, entry in tree.items():
        if isinstance(entry, dict) and entry:
            yield f"{' ' * at}{key}:"
            yield from written(entry, at + 2)
        else:
            yield f"{' ' * at}{key}: {flow(entry)}"


def flow(entry: object) -> str:
    if isinstance(entry, list):
        return f"[{', '.join(flow(one) for one in entry)}]"
    return "{}" if isinstance(entry, dict) else "'" + str(entry).replace("'", "''") + "'"


def keys_of(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, entry in tree.items():
        yield (*path, key)
        if isinstance(entry, dict):
            yield from keys_of(entry, (*path, key))


def with_key_again(tree: Tree, path: tuple[str, ...], again: str) -> Tree:
    """The block with the last key of a path once more behind itself."""
    out: Tree = {}
    for key, entry in tree.items():
        mine = key == path[0]
        out[key] = (
            with_key_again(entry, path[1:], again) if mine and len(path) > 1 and isinstance(entry, dict) else entry
        )
        if mine and len(path) == 1:
            out[again] = entry
    return out


def in_words(text: str) -> Tree:
    return YAML(typ="base", pure=True).load(text)


def with_again(tree: Tree, path: tuple[str, ...], again: str) -> Report:
    """What is said of the block of a model in which the last key of a path stands once more, in other words."""
    report = Report()
    text = "\n".join(written(with_key_again({path[0]: tree[path[0]]}, path, again)))
    source = Source("model", f"vesicula: 1\n{text}\n")
    report.sources[source.name] = source
    read_source(source, report)
    return report


EXAMPLES: dict[str, Tree] = {
    "everything": in_words(EVERYTHING),
    "bench": in_words(BENCH),
    "forms": in_words(MODEL),
    **{name: {field.key: f"of {name}" for field in fields} for name, fields in BLOCKS.items()},
}
NAMES = (
    "secretes",
    "takes up",
    "own copies",
    "substances",
    "carries",
    "regions",
    "toward",
    "surface",
    "stores",
    "cells",
)
"""Blocks of named things: an id behind a name makes it no other name."""


def test_a_key_that_stands_twice_is_told_however_its_blanks_are_set() -> None:
    seen = 0
    for tree in EXAMPLES.values():
        for path in keys_of({key: entry for key, entry in tree.items() if key != "vesicula"}):
            again = path[-1].replace(" ", "  ") if " " in path[-1] else f'"{path[-1]} "'
            found = [one for one in with_again(tree, path, again).diagnostics if one.code == "duplicate-key"]
            assert len(found) == 1, path
            seen += 1
    assert seen > 400


def test_a_name_that_stands_twice_with_ids_behind_it_is_told() -> None:
    seen = set()
    for tree in (EXAMPLES["everything"], EXAMPLES["bench"]):
        for path in keys_of(tree):
            if len(path) < 2 or path[-2] not in NAMES:
                continue
            again = f"{path[-1].split(' (')[0]} (X:7)"
            found = with_again(tree, path, again).diagnostics
            assert "duplicate-name" in [one.code for one in found], path
            seen.add(path[-2])
    assert len(seen) >= 8, seen
