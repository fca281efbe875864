"""Rules of the house that no ready-made checker knows."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from tests.static.sources import ROOT, python_files, shown, text_files, tree

MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work|workspace|mnt|opt|srv)/\w|[A-Z]:\\+Users")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|anaconda\.org|(?:extra-)?index-url", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
THIS = Path(__file__)


def found_in_texts(pattern: re.Pattern[str], *, only_python: bool = False) -> list[str]:
    files = python_files() if only_python else text_files()
    return [
        f"{shown(file)}:{number}: {line.strip()}"
        for file in files
        if file != THIS
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not found_in_texts(MACHINE_PATH)


def test_no_file_names_a_package_registry() -> None:
    assert not found_in_texts(REGISTRY)


def test_nothing_is_left_unfinished() -> None:
    assert not found_in_texts(UNFINISHED, only_python=True)


def test_spec_and_compiler_never_say_any() -> None:
    said = [
        f"{shown(file)}:{node.lineno}"
        for file in python_files("src/vesicula/language", "src/vesicula/compiler")
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")
    ]
    assert not said


def test_every_pin_is_exact() -> None:
    root = THIS.parents[2]
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-readers.txt"):
        lines = [line for line in (root / name).read_text().splitlines() if line and not line.startswith("#")]
        assert [line for line in lines if not re.fullmatch(r"-r requirements\.txt|[a-z0-9.-]+==[\w.]+", line)] == []


def test_every_declared_dependency_is_pinned() -> None:
    import tomllib

    root = THIS.parents[2]
    declared = tomllib.loads((root / "pyproject.toml").read_text())
    pinned = {
        line.split("==")[0].replace(".", "-")
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (root / name).read_text().splitlines()
        if "==" in line
    }
    extras = declared["project"]["optional-dependencies"].values()
    asked = [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"], *chain(*extras)]
    names = {re.split(r"[<>=\[ ;]", one)[0].lower().replace(".", "-").replace("_", "-") for one in asked}
    assert names <= pinned


def test_test_modules_have_names_of_their_own() -> None:
    names = Counter(file.name for file in python_files("tests") if file.name.startswith("test_"))
    assert [name for name, n in names.items() if n > 1] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, "open('/home/someone/data.csv')"),
        (MACHINE_PATH, "r'C:\\\\Users\\\\me'"),
        (REGISTRY, "--extra-index-url x"),
        (UNFINISHED, "# TODO: later"),
    ],
)
def test_the_patterns_find_what_they_should(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)
    assert not pattern.search("molecules/s, a/b, um/min, http://example.org/home/page")


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    changed = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert changed is not None
    assert {cited[1], changed[1]} == {project}
