"""The table of seeded faults fits the sources and the tests it names (whether they go red: `lab.py sabotage`)."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from tests.sabotage.check import ROOT, edited, failed
from tests.sabotage.faults import FAULTS, Fault


@cache
def functions(file: Path) -> frozenset[str]:
    return frozenset(node.name for node in ast.parse(file.read_bytes()).body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits(fault: Fault):
    source = (ROOT / "src" / "vesicula" / fault.file).read_text(encoding="utf-8")
    assert source.count(fault.old) == 1
    broken = source.replace(fault.old, fault.new)
    assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))
    assert fault.tests
    for node in fault.tests:
        file, _, name = node.partition("::")
        assert name.partition("[")[0] in functions(ROOT / file)


def test_names_are_unique_and_all_layers_are_there():
    assert max(Counter(fault.name for fault in FAULTS).values()) == 1
    places = {Path(fault.file).parts[0] for fault in FAULTS}
    assert places >= {"units.py", "evidence", "language", "compiler", "engine", "results", "cli"}


def test_only_failures_count():
    output = "FAILED tests/a.py::test_one[x y] - assert\nERROR tests/a.py::test_two - no\nFAILED tests/a.py::test_four"
    assert failed("tests/a.py::test_one", output)
    assert failed("tests/a.py::test_four", output)
    assert not failed("tests/a.py::test_two", output)
    assert not failed("tests/a.py::test_f", output)


def test_an_edit_is_taken_back_with_its_time(tmp_path: Path):
    file = tmp_path / "law.py"
    file.write_text("a + b\n")
    before = file.stat().st_mtime_ns
    with edited(file, "+", "-"):
        assert file.read_text() == "a - b\n"
    assert file.read_text() == "a + b\n"
    assert file.stat().st_mtime_ns == before
