"""Evaluates an equation as it is printed: Greek letters, minus signs, powers, roots and products without a sign."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

SIGNS = {
    "−": "-",
    "²": "**2",
    "ⁿ": "**n",
    "^": "**",
    "√": "sqrt",
    "·": "*",
    "[": "(",
    "]": ")",
    "≤": "<=",
    "≥": ">=",
    "₊": "_plus",
    "₋": "_minus",
}
TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?|[^\W\d]\w*|\*\*|<=|>=|\S")
FUNCTIONS = {"sqrt": math.sqrt, "min": min, "max": max, "exp": math.exp, "ln": math.log}


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Value of the right-hand side of a printed equation."""
    for sign, meaning in SIGNS.items():
        text = text.replace(sign, meaning)
    names = {name.replace("₊", "_plus").replace("₋", "_minus"): value for name, value in values.items()}
    return float(eval(_with_products(text), {"__builtins__": {}}, {**FUNCTIONS, **names}))


def _with_products(text: str) -> str:
    """The text with `*` between neighbours that are multiplied: `k T / (3 π)` is `k * T / (3 * π)`."""
    out: list[str] = []
    for token in TOKEN.findall(text):
        starts = token == "(" or token[0].isalnum() or token[0] == "_"
        if out and starts and (out[-1] == ")" or (_is_operand(out[-1]) and out[-1] not in FUNCTIONS)):
            out.append("*")
        out.append(token)
    return " ".join(out)


def _is_operand(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"
