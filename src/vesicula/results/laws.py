"""The laws that the software computes, as their functions state them: for the report and the reference page."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from vesicula.kept import keep_reading, kept_reading, reading

PACKAGE = Path(__file__).resolve().parents[1]
PLACES = ("engine", "compiler", "results")  # what a run goes through
ANSWERS = (
    "experiments",
    "experiments/calibration",
    "experiments/loading",
    "experiments/loops",
    "experiments/verdicts",
)  # what the other answers go through
HEAD = re.compile(r"(?:^|(?<=\. ))Equation(?:\s{2,}|:\s*)(.+)$")
SOURCE = re.compile(r"^Source(?::\s+|\s{2,})((?:.+\n?)+)", re.MULTILINE)  # up to an empty line


@dataclass(frozen=True)
class Law:
    """An equation with the place that computes it.

    place : module and, where it is a function's, its name (`engine.motility`, `compiler.vesicles.stokes_einstein`)
    summary : first line of its documentation      equation : its lines      source : reference key, or ""
    """

    place: str
    summary: str
    equation: tuple[str, ...]
    source: str


@cache
def laws(places: tuple[str, ...] = PLACES) -> tuple[Law, ...]:
    """Every documented equation of some folders, in the order of the modules; their sources are read once."""
    files = [file for place in places for file in sorted((PACKAGE / place).glob("*.py"))]
    kept = kept_reading("laws", files)
    found = reading(kept)
    if not isinstance(found, tuple):
        names = [".".join(file.relative_to(PACKAGE).with_suffix("").parts) for file in files]
        found = tuple(law for file, name in zip(files, names, strict=True) for law in _of_module(file, name))
        keep_reading(kept, found)
    return cast("tuple[Law, ...]", found)


def _of_module(file: Path, module: str) -> Iterator[Law]:
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            documentation = ast.get_docstring(node, clean=False)
            if documentation and "Equation" in documentation:
                name = "" if isinstance(node, ast.Module) else f".{node.name}"
                yield from _of_text(inspect.cleandoc(documentation), module + name)


def _of_text(text: str, place: str) -> Iterator[Law]:
    """The equations of a documentation text: the first line of each and all further lines that are indented as deep."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        head = HEAD.search(line.strip())
        if head is None:
            continue
        depth = len(line) - len(line.lstrip()) + len("Equation ")
        rest = []
        for further in lines[number + 1 :]:
            if not further.strip() or len(further) - len(further.lstrip()) < depth:
                break
            rest.append(further.strip())
        source = SOURCE.search(inspect.cleandoc(text))
        summary = lines[0].split(" Equation:")[0]
        yield Law(
            place,
            summary,
            (head.group(1).strip().removesuffix("."), *rest),
            " ".join(source.group(1).split()) if source else "",
        )
