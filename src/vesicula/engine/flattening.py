"""Kernels that take groups, as Numba is given them: those parts of a group that they use, one by one.

Numba finds out what it is handed two to five times faster with arrays than with tuples of them, and to a kernel whose
text says `cells.type` that is then a variable like any other. Who calls hands over groups; their classes are checked.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from inspect import getsource
from textwrap import dedent
from typing import Any

Taken = tuple[str, str]  # a parameter and the part of it, "" for the whole of what is no group


def flat(function: Callable, groups: Mapping[str, Any]) -> tuple[Callable, list[Taken]]:
    """The function as its text says, but that it takes the parts of groups that it uses, and which these are, in order.

    groups : classes by parameters
    """
    tree = ast.parse(dedent(getsource(function)))
    ast.increment_lineno(tree, function.__code__.co_firstlineno - 1)
    body = tree.body[0]
    assert isinstance(body, ast.FunctionDef)
    parts = _Parts(groups)
    body.body = [parts.visit(statement) for statement in body.body]
    taken = [(one.arg, part) for one in body.args.args for part in parts.used(one.arg)]
    own = {*function.__code__.co_varnames, *function.__code__.co_names}
    if clash := {_variable(*one) for one in taken if one[1]} & own:
        raise TypeError(f"{function.__qualname__} has a name of its own for a part of a group: {', '.join(clash)}")
    made = [f"{name} = {groups[name].__name__}({_listed(taken, name)})" for name in groups if name in parts.whole]
    body.body[:0] = ast.parse("\n".join(made)).body
    body.args.args = [ast.arg(_variable(*one)) for one in taken]
    body.decorator_list = []
    names = {**function.__globals__, **{group.__name__: group for group in groups.values()}}
    exec(compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec"), names)
    return names[function.__name__], taken


class _Parts(ast.NodeTransformer):
    """Makes variables of the parts of groups; knows which groups are used as a whole, and which parts of the others."""

    def __init__(self, groups: Mapping[str, Any]) -> None:
        self.groups, self.whole, self.single = groups, set[str](), set[Taken]()

    def used(self, parameter: str) -> list[str]:
        """Parts of a parameter that are used, in their order; "" for what is no group."""
        if parameter not in self.groups:
            return [""]
        parts = self.groups[parameter]._fields
        return [part for part in parts if parameter in self.whole or (parameter, part) in self.single]

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`cells.type` is the variable `cells_type`."""
        if isinstance(node.value, ast.Name) and node.value.id in self.groups:
            self.single.add((node.value.id, node.attr))
            return ast.copy_location(ast.Name(_variable(node.value.id, node.attr), node.ctx), node)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Anything else is the group itself."""
        if node.id in self.groups:
            self.whole.add(node.id)
        return node


def _variable(parameter: str, part: str) -> str:
    return f"{parameter}_{part}" if part else parameter


def _listed(taken: Sequence[Taken], parameter: str) -> str:
    return ", ".join(_variable(*one) for one in taken if one[0] == parameter)


def taking_groups(function: Callable, entry: Callable, groups: Mapping[str, Any], taken: Sequence[Taken]) -> Callable:
    """What Python calls: hands parts of groups to the entry, and raises TypeError for a group of another class."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    wrong = " or ".join(f"{name}.__class__ is not {group.__name__}" for name, group in groups.items())
    told = f"{function.__qualname__} takes {', '.join(f'{name}: {group.__name__}' for name, group in groups.items())}"
    handed = [f"{name}[{groups[name]._fields.index(part)}]" if part else name for name, part in taken]
    text = (
        f"def call({', '.join(names)}):\n    if {wrong}:\n        raise TypeError({told!r})\n"
        f"    return entry({', '.join(handed)})"
    )
    made: dict[str, Any] = {"entry": entry, **{group.__name__: group for group in groups.values()}}
    exec(text, made)
    return made["call"]
