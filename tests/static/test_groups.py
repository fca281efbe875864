"""Kernels and what they call take few things, groups among them, and a group is made of what is named."""

from __future__ import annotations

import ast

from tests.static.sources import python_files, shown, tree

PARAMETERS = 12
MORE = {  # inner loops of the solver of fields, whose parts are cut from one workspace
    "src/vesicula/engine/multigrid.py": {"neighbours_inflow": 13},
}


def compiled(function: ast.FunctionDef) -> bool:
    """Whether a function is a kernel or one that kernels call."""
    called = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return any(isinstance(one, ast.Name) and one.id in {"kernel", "device"} for one in called)


def groups() -> set[str]:
    """Classes of named tuples of the engine."""
    return {
        node.name
        for file in python_files("src/vesicula/engine")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "NamedTuple" for base in node.bases)
    }


def test_kernels_and_what_they_call_take_at_most_twelve_things() -> None:
    found: dict[str, dict[str, int]] = {}
    for file in python_files("src/vesicula/engine"):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef) and compiled(node) and len(node.args.args) > PARAMETERS:
                found.setdefault(shown(file), {})[node.name] = len(node.args.args)
    assert found == MORE


def test_groups_are_made_by_keyword() -> None:
    known = groups()
    assert {"Cells", "Drawing", "Sites"} <= known
    wrong = [
        f"{shown(file)}:{node.lineno} {node.func.id}"
        for file in python_files("src/vesicula/engine", "tests/twins", "tests/order")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known and node.args
    ]
    assert not wrong
