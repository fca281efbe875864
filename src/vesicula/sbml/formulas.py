"""Formulas of an SBML file as expressions: functions of the file are put in, n-ary operations become binary."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Any

from vesicula.sbml.expressions import TIME, Expression, Number, Symbol, apply, substituted
from vesicula.units import AVOGADRO


class NoEqual(Exception):
    """A formula says what has no equal here; the argument says what, in words."""


@dataclass(frozen=True)
class Function:
    """A function of the file."""

    arguments: tuple[str, ...]
    body: Expression


@dataclass
class Formulas:
    """Reads formulas of one file. ast: libSBML's module; functions: those of the file, by id."""

    sbml: Any
    functions: dict[str, Function] = field(default_factory=dict[str, Function])

    def __post_init__(self) -> None:
        """Operations by the numbers that libSBML gives them."""
        names = self.sbml
        self._single: dict[int, str] = {
            getattr(names, f"AST_FUNCTION_{key}"): word
            for key, word in {
                "EXP": "exp", "LN": "ln", "ABS": "abs", "FLOOR": "floor", "CEILING": "ceiling",
                "FACTORIAL": "factorial", "SIN": "sin", "COS": "cos", "TAN": "tan", "ARCSIN": "arcsin",
                "ARCCOS": "arccos", "ARCTAN": "arctan", "SINH": "sinh", "COSH": "cosh", "TANH": "tanh",
            }.items()
        }  # fmt: skip
        self._joined: dict[int, tuple[str, float]] = {
            names.AST_PLUS: ("add", 0.0), names.AST_TIMES: ("multiply", 1.0), names.AST_LOGICAL_AND: ("and", 1.0),
            names.AST_LOGICAL_OR: ("or", 0.0),
        }  # fmt: skip
        self._fixed: dict[int, Expression] = {
            names.AST_CONSTANT_PI: Number(math.pi), names.AST_CONSTANT_E: Number(math.e),
            names.AST_CONSTANT_TRUE: Number(1.0), names.AST_CONSTANT_FALSE: Number(0.0), names.AST_NAME_TIME: TIME,
            names.AST_NAME_AVOGADRO: Number(AVOGADRO),
        }  # fmt: skip
        self._compared: dict[int, Callable[[Expression, Expression], Expression]] = {
            names.AST_RELATIONAL_LT: lambda a, b: apply("less", a, b),
            names.AST_RELATIONAL_LEQ: lambda a, b: apply("at most", a, b),
            names.AST_RELATIONAL_GT: lambda a, b: apply("less", b, a),
            names.AST_RELATIONAL_GEQ: lambda a, b: apply("at most", b, a),
            names.AST_RELATIONAL_EQ: lambda a, b: apply("equal", a, b),
            names.AST_RELATIONAL_NEQ: lambda a, b: apply("not", apply("equal", a, b)),
        }
        self._derived: dict[int, Callable[[Expression], Expression]] = {
            getattr(names, f"AST_FUNCTION_{key}"): law for key, law in DERIVED.items()
        }

    def define(self, definition: Any) -> None:
        """Keep a function of the file. Raises NoEqual."""
        names = tuple(definition.getArgument(i).getName() for i in range(definition.getNumArguments()))
        body = definition.getBody()
        if body is None:
            raise NoEqual(f"the function `{definition.getId()}` has no formula")
        inside = {name: Symbol(f"argument {name}") for name in names}
        self.functions[definition.getId()] = Function(names, self.read(body, inside))

    def read(self, node: Any, local: Mapping[str, Expression]) -> Expression:
        """A formula of libSBML as an expression. local: what ids mean here and nowhere else; raises NoEqual."""
        kind = node.getType()
        if kind in self._fixed:
            return self._fixed[kind]
        if node.isNumber():
            return Number(float(node.getInteger()) if node.isInteger() else float(node.getReal()))
        if kind == self.sbml.AST_NAME:
            return local.get(node.getName(), Symbol(node.getName()))
        inner = [self.read(node.getChild(i), local) for i in range(node.getNumChildren())]
        if kind in self._single and len(inner) == 1:
            return apply(self._single[kind], *inner)
        if kind in self._joined:
            operation, idle = self._joined[kind]
            return reduce(lambda a, b: apply(operation, a, b), inner) if inner else Number(idle)
        if kind in self._derived and len(inner) == 1:
            return self._derived[kind](inner[0])
        if kind in self._compared and len(inner) >= 2:
            pairs = [self._compared[kind](a, b) for a, b in pairwise(inner)]
            return reduce(lambda a, b: apply("and", a, b), pairs)
        return self._other(node, kind, inner)

    def _other(self, node: Any, kind: int, x: list[Expression]) -> Expression:
        names = self.sbml
        if kind == names.AST_MINUS and x:
            return apply("negate", x[0]) if len(x) == 1 else apply("subtract", x[0], x[1])
        if kind == names.AST_DIVIDE:
            return apply("divide", x[0], x[1])
        if kind in (names.AST_POWER, names.AST_FUNCTION_POWER):
            return apply("power", x[0], x[1])
        if kind == names.AST_FUNCTION_ROOT:
            return _root(x)
        if kind == names.AST_FUNCTION_LOG:
            base, of = (Number(10.0), x[0]) if len(x) == 1 else (x[0], x[1])
            return apply("divide", apply("ln", of), apply("ln", base))
        if kind == names.AST_FUNCTION_PIECEWISE:
            return _pieces(x)
        if kind == names.AST_LOGICAL_NOT:
            return apply("not", x[0])
        if kind == names.AST_LOGICAL_XOR:
            return reduce(_either, x, Number(0.0))
        if kind == names.AST_LOGICAL_IMPLIES:
            return apply("or", apply("not", x[0]), x[1])
        if kind in (names.AST_FUNCTION_MIN, names.AST_FUNCTION_MAX):
            operation = "smaller" if kind == names.AST_FUNCTION_MIN else "larger"
            return reduce(lambda a, b: apply(operation, a, b), x)
        if kind == names.AST_FUNCTION_REM:
            return apply("remainder", x[0], x[1])
        if kind == names.AST_FUNCTION_QUOTIENT:
            return apply("divide", apply("subtract", x[0], apply("remainder", x[0], x[1])), x[1])
        if kind == names.AST_FUNCTION:
            return self._called(node.getName(), x)
        word = {names.AST_FUNCTION_DELAY: "delay", names.AST_FUNCTION_RATE_OF: "rateOf"}.get(kind)
        raise NoEqual(f"`{word or node.getName() or node.getOperatorName() or kind}` in a formula")

    def _called(self, name: str, x: list[Expression]) -> Expression:
        function = self.functions.get(name)
        if function is None or len(function.arguments) != len(x):
            raise NoEqual(f"the call of `{name}`, which the file does not define so,")
        inside = {f"argument {argument}": value for argument, value in zip(function.arguments, x, strict=True)}
        return substituted(function.body, inside)


def _root(x: list[Expression]) -> Expression:
    if len(x) == 1 or x[0] == Number(2.0):
        return apply("root", x[-1])
    return apply("power", x[1], apply("divide", Number(1.0), x[0]))


def _pieces(x: list[Expression]) -> Expression:
    """Pieces (value, condition) …, and what holds otherwise: not a number where the file does not say."""
    otherwise = x[-1] if len(x) % 2 else Number(math.nan)
    for value, condition in reversed(list(zip(x[0:-1:2], x[1::2], strict=False))):
        otherwise = apply("choose", condition, value, otherwise)
    return otherwise


def _either(a: Expression, b: Expression) -> Expression:
    return apply("and", apply("or", a, b), apply("not", apply("and", a, b)))


def _one_over(operation: str) -> Callable[[Expression], Expression]:
    return lambda x: apply("divide", Number(1.0), apply(operation, x))


def _of_one_over(operation: str) -> Callable[[Expression], Expression]:
    return lambda x: apply(operation, apply("divide", Number(1.0), x))


def _area(sign: str) -> Callable[[Expression], Expression]:
    """ln(x + √(x² ± 1)), the inverse of sinh (`add`) and cosh (`subtract`)."""
    return lambda x: apply(
        "ln", apply("add", x, apply("root", apply(sign, apply("multiply", x, x), Number(1.0))))
    )  # fmt: skip


def _area_tangent(x: Expression) -> Expression:
    quotient = apply("divide", apply("add", Number(1.0), x), apply("subtract", Number(1.0), x))
    return apply("multiply", Number(0.5), apply("ln", quotient))


def _after_one_over(law: Callable[[Expression], Expression]) -> Callable[[Expression], Expression]:
    return lambda x: law(apply("divide", Number(1.0), x))


DERIVED: dict[str, Callable[[Expression], Expression]] = {
    "SEC": _one_over("cos"), "CSC": _one_over("sin"), "COT": _one_over("tan"), "SECH": _one_over("cosh"),
    "CSCH": _one_over("sinh"), "COTH": _one_over("tanh"), "ARCSEC": _of_one_over("arccos"),
    "ARCCSC": _of_one_over("arcsin"), "ARCCOT": _of_one_over("arctan"), "ARCSINH": _area("add"),
    "ARCCOSH": _area("subtract"), "ARCTANH": _area_tangent, "ARCSECH": _after_one_over(_area("subtract")),
    "ARCCSCH": _after_one_over(_area("add")), "ARCCOTH": _after_one_over(_area_tangent),
}  # fmt: skip
"""Functions that are made of others."""
