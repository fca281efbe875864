"""Modules, functions and kernels stay small enough to be read at one go."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.static.sources import functions, python_files, shown, tree

MODULE_LINES, FUNCTION_LINES, KERNEL_LINES, KERNELS = 600, 80, 120, 60


def test_modules_are_at_most_600_lines() -> None:
    long = {shown(file): n for file in python_files() if (n := len(file.read_text().splitlines())) > MODULE_LINES}
    assert not long


def test_functions_are_at_most_80_lines_and_kernels_120() -> None:
    long = [
        f"{shown(f.file)}:{f.line} {f.name} has {f.lines} lines"
        for file in python_files()
        for f in functions(file)
        if f.lines > (KERNEL_LINES if f.is_kernel else FUNCTION_LINES)
    ]
    assert not long, "\n".join(long)


def test_the_engine_has_at_most_60_kernels() -> None:
    kernels = [
        node.name
        for file in python_files("src/vesicula/engine")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "kernel"
    ]
    assert len(kernels) <= KERNELS


def test_a_long_function_is_found(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("def short():\n    return 1\n\n\n@kernel('void()')\ndef long():\n" + "    a = 1\n" * 100)
    found = {f.name: (f.lines, f.is_kernel) for f in functions(file)}
    assert found == {"short": (2, False), "long": (101, True)}


@pytest.mark.parametrize("word", ["utils", "helpers", "misc", "common"])
def test_no_module_is_a_drawer(word: str) -> None:
    assert not [shown(file) for file in python_files("src") if file.stem == word]
