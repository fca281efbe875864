"""Reads an SBML file of rate rules as plain Python: a second reading, which shares nothing with what writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

CORE = "{http://www.sbml.org/sbml/level3/version2/core}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
OPERATORS: dict[str, Callable[..., float]] = {
    "plus": lambda *x: math.fsum(x), "minus": lambda a, b: a - b, "times": lambda *x: math.prod(x),
    "divide": lambda a, b: a / b, "power": lambda a, b: a**b, "exp": math.exp,
    "min": min, "max": max,
}  # fmt: skip


def number_of(node: ElementTree.Element, values: Mapping[str, float], functions: Mapping) -> float:
    """Value of an element of MathML."""
    tag = node.tag.removeprefix(MATH)
    if tag == "cn":
        return float(node.text or "")
    if tag == "ci":
        return values[(node.text or "").strip()]
    assert tag == "apply", tag
    head, *rest = node
    arguments = [number_of(one, values, functions) for one in rest]
    if head.tag != f"{MATH}ci":
        return OPERATORS[head.tag.removeprefix(MATH)](*arguments)
    names, body = functions[(head.text or "").strip()]
    return number_of(body, dict(zip(names, arguments, strict=True)), functions)


@dataclass
class Read:
    """A model. names : id -> name; start, constants, units : by id; rates : id -> the change per minute at values"""

    names: dict[str, str]
    start: dict[str, float]
    constants: dict[str, float]
    units: dict[str, str]
    rates: dict[str, Callable[[Mapping[str, float]], float]]


def read(path: Path) -> Read:
    """Read a file."""
    model = ElementTree.parse(path).getroot()[0]

    def listed(of: str) -> list[ElementTree.Element]:
        found = model.find(f"{CORE}listOf{of}")
        return [] if found is None else list(found)

    functions = {}
    for one in listed("FunctionDefinitions"):
        *bound, body = one[0][0]
        functions[one.get("id")] = ([var[0].text for var in bound], body)
    species, parameters = listed("Species"), listed("Parameters")
    out = Read({one.get("id"): one.get("name") for one in (*species, *parameters)},
               {one.get("id"): float(one.get("initialAmount")) for one in species},
               {one.get("id"): float(one.get("value")) for one in parameters},
               {one.get("id"): one.get("units") for one in parameters}, {})  # fmt: skip
    for rule in listed("Rules"):
        body = rule[0][0]
        out.rates[rule.get("variable")] = lambda values, body=body: number_of(
            body, {**out.constants, **values}, functions
        )
    return out
