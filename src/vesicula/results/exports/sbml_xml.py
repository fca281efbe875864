"""A system of rate rules as text of SBML Level 3 Version 2 Core: dimensionless variables, parameters with units.

Formulas are small trees, written as MathML. Format: the specification of SBML Level 3 Version 2 Core.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

CORE = "http://www.sbml.org/sbml/level3/version2/core"
MATH = "http://www.w3.org/1998/Math/MathML"
XHTML = "http://www.w3.org/1999/xhtml"
PLAIN = "dimensionless"
RESERVED = frozenset({"time", "t", "avogadro", "pi", "e", "exponentiale", "true", "false", "infinity", "nan", "cell"})
"""Names that programs read as something else, and that of the compartment."""


@dataclass(frozen=True)
class Apply:
    """A formula: an operator of MathML, or the id of a function, applied to others, ids and plain numbers."""

    what: str
    to: tuple[Formula, ...]


Formula = Apply | str | float
OPERATORS = frozenset({"plus", "minus", "times", "divide", "power", "exp", "min", "max"})


def apply(what: str, *to: Formula) -> Apply:
    """A formula."""
    return Apply(what, to)


@dataclass(frozen=True)
class Function:
    """A function definition."""

    id: str
    takes: tuple[str, ...]
    is_: Formula


@dataclass(frozen=True)
class Quantity:
    """A constant. unit : `dimensionless`, `minute`, `item` or the id of a `Unit`"""

    id: str
    name: str
    value: float
    unit: str = PLAIN


@dataclass(frozen=True)
class Unit:
    """A unit definition.

    parts : (kind of SBML, exponent, scale, multiplier), each (multiplier × 10^scale × kind)^exponent
    """

    id: str
    name: str
    parts: tuple[tuple[str, int, int, float], ...]


@dataclass(frozen=True)
class Variable:
    """A variable with its value at time 0; rate : its change per minute, None for one that is held."""

    id: str
    name: str
    initial: float
    rate: Formula | None


@dataclass
class Document:
    """A model. notes : paragraphs for a person"""

    id: str
    name: str
    notes: Sequence[str]
    units: list[Unit] = field(default_factory=list)
    functions: Sequence[Function] = ()
    quantities: list[Quantity] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)

    def text(self) -> str:
        """The file as UTF-8 text."""
        minute = Unit("minute", "min", (("second", 1, 0, 60.0),))
        rates = [
            f"<rateRule variable={quoteattr(one.id)}>{_math(one.rate)}</rateRule>"
            for one in self.variables
            if one.rate is not None
        ]
        parts = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<sbml xmlns="{CORE}" level="3" version="2">',
            f"<model id={quoteattr(self.id)} name={quoteattr(self.name)} timeUnits=\"minute\""
            f' substanceUnits="{PLAIN}" extentUnits="{PLAIN}">',
            f'<notes><body xmlns="{XHTML}">', *(f"<p>{escape(one)}</p>" for one in self.notes), "</body></notes>",
            *_list("FunctionDefinitions", [_function(one) for one in self.functions]),
            *_list("UnitDefinitions", [_unit(one) for one in (minute, *self.units)]),
            *_list("Compartments", [
                f'<compartment id="cell" name="cell" spatialDimensions="3" size="1" units="{PLAIN}" constant="true"/>'
            ]),
            *_list("Species", [_variable(one) for one in self.variables]),
            *_list("Parameters", [_quantity(one) for one in self.quantities]),
            *_list("Rules", rates),
            "</model>", "</sbml>",
        ]  # fmt: skip
        return "\n".join(parts) + "\n"


class Ids:
    """Ids made of names: letters, digits and `_`, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set(RESERVED)

    def of(self, name: str) -> str:
        """An id that nothing has yet."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "x"
        base = plain if plain[0].isalpha() else f"n_{plain}"
        found, number = base, 2
        while found.lower() in self._given:
            found, number = f"{base}_{number}", number + 1
        self._given.add(found.lower())
        return found


def _list(of: str, rows: Sequence[str]) -> list[str]:
    return [f"<listOf{of}>", *rows, f"</listOf{of}>"] if rows else []


def _quantity(one: Quantity) -> str:
    words = f"id={quoteattr(one.id)} name={quoteattr(one.name)} units={quoteattr(one.unit)}"
    return f'<parameter {words} value="{one.value!r}" constant="true"/>'


def _variable(one: Variable) -> str:
    held = "true" if one.rate is None else "false"
    return (
        f'<species id={quoteattr(one.id)} name={quoteattr(one.name)} compartment="cell"'
        f' initialAmount="{one.initial!r}" substanceUnits="{PLAIN}" hasOnlySubstanceUnits="true"'
        f' boundaryCondition="{held}" constant="{held}"/>'
    )


def _unit(one: Unit) -> str:
    parts = "".join(
        f'<unit kind="{kind}" exponent="{exponent}" scale="{scale}" multiplier="{multiplier!r}"/>'
        for kind, exponent, scale, multiplier in one.parts
    )
    head = f"id={quoteattr(one.id)} name={quoteattr(one.name)}"
    return f"<unitDefinition {head}><listOfUnits>{parts}</listOfUnits></unitDefinition>"


def _function(one: Function) -> str:
    takes = "".join(f"<bvar><ci>{name}</ci></bvar>" for name in one.takes)
    return (
        f'<functionDefinition id={quoteattr(one.id)}><math xmlns="{MATH}" xmlns:sbml="{CORE}"><lambda>{takes}'
        f"{_written(one.is_)}</lambda></math></functionDefinition>"
    )


def _math(formula: Formula) -> str:
    return f'<math xmlns="{MATH}" xmlns:sbml="{CORE}">{_written(formula)}</math>'


def _written(formula: Formula) -> str:
    """A formula in MathML."""
    if isinstance(formula, str):
        return f"<ci>{escape(formula)}</ci>"
    if not isinstance(formula, Apply):
        return f'<cn sbml:units="{PLAIN}">{float(formula)!r}</cn>'
    inner = [_written(one) for one in formula.to]
    head = f"<{formula.what}/>" if formula.what in OPERATORS else f"<ci>{escape(formula.what)}</ci>"
    return f"<apply>{head}{''.join(inner)}</apply>"
