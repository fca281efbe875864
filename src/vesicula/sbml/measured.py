"""Units of SBML files as factors to internal units."""

from __future__ import annotations

from collections.abc import Iterable

from vesicula.sbml.file import Unit
from vesicula.units import AVOGADRO

Exponents = dict[str, int]
KINDS: dict[str, tuple[float, Exponents]] = {
    "dimensionless": (1.0, {}), "radian": (1.0, {}), "steradian": (1.0, {}), "item": (1.0, {"molecules": 1}),
    "mole": (AVOGADRO, {"molecules": 1}), "avogadro": (AVOGADRO, {}), "metre": (1e6, {"length": 1}),
    "meter": (1e6, {"length": 1}), "litre": (1e15, {"length": 3}), "liter": (1e15, {"length": 3}),
    "second": (1.0 / 60.0, {"time": 1}), "hertz": (60.0, {"time": -1}), "becquerel": (60.0, {"time": -1}),
    "gram": (AVOGADRO, {"mass": 1}), "kilogram": (1e3 * AVOGADRO, {"mass": 1}),
    "katal": (AVOGADRO * 60.0, {"molecules": 1, "time": -1}),
}  # fmt: skip
"""Base units of SBML: internal units in one of it, and exponents. Those that are missing measure what no cell reads."""


Part = tuple[str, float, int, float]
"""Kind, exponent, scale and multiplier of a part of a unit."""


def unit_of(parts: Iterable[Part]) -> Unit:
    """The unit that its parts make.

    Equation   product of (multiplier · 10^scale · kind)^exponent
    """
    factor, base = 1.0, dict[str, int]()
    for kind, exponent, scale, multiplier in parts:
        known = KINDS.get(kind)
        in_one, powers = known if known is not None else (1.0, {kind: 1})
        factor *= (multiplier * 10.0**scale * in_one) ** exponent
        for name, power in powers.items():
            base[name] = base.get(name, 0) + round(power * exponent)
    return Unit(factor, tuple(sorted((name, power) for name, power in base.items() if power)))


def over(first: Unit | None, second: Unit | None) -> Unit | None:
    """The unit of a quotient; None where one of the two is not known."""
    if first is None or second is None:
        return None
    base = dict(first.base)
    for name, power in second.base:
        base[name] = base.get(name, 0) - power
    return Unit(first.factor / second.factor, tuple(sorted((n, p) for n, p in base.items() if p)))
