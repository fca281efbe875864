"""Formulas as trees: numbers, symbols, and operations on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Symbol:
    """What an id of the file stands for; `TIME` is the time since the network began."""

    name: str


@dataclass(frozen=True)
class Apply:
    """An operation of `OPERATIONS` on its arguments."""

    operation: str
    arguments: tuple[Expression, ...]


Expression = Number | Symbol | Apply
TIME = Symbol("the time")  # no id has a blank

OPERATIONS = {
    "add": 2, "subtract": 2, "multiply": 2, "divide": 2, "power": 2, "negate": 1, "exp": 1, "ln": 1, "root": 1,
    "abs": 1, "floor": 1, "ceiling": 1, "factorial": 1, "sin": 1, "cos": 1, "tan": 1, "arcsin": 1, "arccos": 1,
    "arctan": 1, "sinh": 1, "cosh": 1, "tanh": 1, "less": 2, "at most": 2, "equal": 2, "and": 2, "or": 2, "not": 1,
    "choose": 3, "smaller": 2, "larger": 2, "remainder": 2,
}  # fmt: skip
"""Every operation and its number of arguments. Truths are 1 and 0; choose: condition, then, else."""


def apply(operation: str, *arguments: Expression) -> Expression:
    """An operation, worked out at once where all its arguments are numbers."""
    numbers = [one.value for one in arguments if isinstance(one, Number)]
    if len(numbers) == len(arguments):
        return Number(worked_out(operation, *numbers))
    return Apply(operation, arguments)


def worked_out(operation: str, *x: float) -> float:
    """The value of an operation at numbers; NaN and infinities as IEEE 754 has them."""
    try:
        return float(_LAWS[operation](*x))
    except ZeroDivisionError:
        return math.nan if x[0] == 0.0 or math.isnan(x[0]) else math.copysign(math.inf, x[0])
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _power(a: float, b: float) -> float:
    if a == 0.0 and b < 0.0:
        return math.inf
    return math.pow(a, b)


_LAWS = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b, "power": _power, "negate": lambda a: -a, "exp": math.exp,
    "ln": lambda a: -math.inf if a == 0.0 else math.log(a), "root": math.sqrt, "abs": abs, "floor": math.floor,
    "ceiling": math.ceil, "factorial": lambda a: math.gamma(a + 1.0), "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan, "sinh": math.sinh,
    "cosh": math.cosh, "tanh": math.tanh, "less": lambda a, b: a < b, "at most": lambda a, b: a <= b,
    "equal": lambda a, b: a == b, "and": lambda a, b: a != 0.0 and b != 0.0,
    "or": lambda a, b: a != 0.0 or b != 0.0, "not": lambda a: a == 0.0, "choose": lambda c, a, b: a if c else b,
    "smaller": min, "larger": max, "remainder": lambda a, b: a - b * math.trunc(a / b),
}  # fmt: skip


def symbols(one: Expression) -> Iterator[str]:
    """Names of the symbols that a formula reads, each as often as it stands there."""
    stack = [one]
    while stack:
        here = stack.pop()
        if isinstance(here, Symbol):
            yield here.name
        elif isinstance(here, Apply):
            stack.extend(here.arguments)


def substituted(one: Expression, table: Mapping[str, Expression]) -> Expression:
    """The formula with formulas in the place of symbols."""
    match one:
        case Symbol():
            return table.get(one.name, one)
        case Apply():
            return apply(one.operation, *(substituted(x, table) for x in one.arguments))
        case Number():
            return one
