"""The parameter table: one column per number that may differ between variants.

A source column is a value of the model, drawn per variant from its range; a derived column is arithmetic on others
(a rate from a half-life, a route's clearance from clearance × share), so a draw or an arm changes all that follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from statistics import NormalDist
from typing import overload

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.names import ParameterInfo, Variant
from vesicula.engine.program import NONE
from vesicula.spec.values import RangeShape, Value

F64 = NDArray[np.float64]
LN2 = 0.6931471805599453
Z95 = 1.6448536269514722


def quantile(value: float, low: float | None, high: float | None, shape: RangeShape, z: float) -> float:
    """Value at the standard-normal score z of a stated range (its central 90 %), median at the stated value.

    Equation   x = m (high/m)^(z/1.645) for z > 0, m (m/low)^(z/1.645) for z < 0; the same on the logit for shares;
               linear: piecewise uniform in Φ(z) between low, m and high
    Returns    float, in the unit of the arguments
    """
    if low is None or high is None or low == high:
        return value
    limit = high if z >= 0 else low
    share = abs(z) / Z95
    if shape is RangeShape.LOGIT_NORMAL and 0 < low <= value <= high < 1:
        start, end = _logit(value), _logit(limit)
        return 1 / (1 + float(np.exp(-(start + (end - start) * share))))
    if shape is RangeShape.LOG_NORMAL and 0 < low <= value:
        return value * float((limit / value) ** share)
    probability = NormalDist().cdf(z)
    return value + (limit - value) * (abs(probability - 0.5) / 0.5)


def fold_quantile(value: float, low: float | None, high: float | None, shape: RangeShape, z: float) -> float:
    """Multiple of a rule at score z: drawn as its distance from 1, so that no draw turns the rule round.

    Equation   above 1: 1 + x, x the quantile of fold − 1; below 1: logit-normal in 0..1; where the range ends at 1 or
               0, uniform in Φ(z) between it and the value
    """
    if low is None or high is None or low == high:
        return value
    if value > 1:
        low = max(low, 1.0)
        return 1.0 + quantile(value - 1.0, low - 1.0, max(high, low) - 1.0, shape, z)
    high = min(high, 1.0)
    return quantile(value, low, high, RangeShape.LOGIT_NORMAL if shape is RangeShape.LOG_NORMAL else shape, z)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def score(seed: int, draw: int, name: str) -> float:
    """Standard-normal score of a parameter in a draw: keyed by its name, so the same in every arm and model order."""
    if draw == 0:
        return 0.0
    digest = hashlib.blake2b(f"{draw} {name}".encode(), digest_size=8).digest()
    return float(np.random.Generator(np.random.Philox(key=[seed, int.from_bytes(digest, "little")])).normal())


def drawn_as(place: str, value: Value) -> str:
    """Name under which a value is drawn: its key in the parameter library, else its path in names.

    A library entry of a wider kind than the thing (`ec50|edge` for one edge) stands in for a constant that nobody
    stated: each such place is drawn by itself.
    """
    if value.parameter is None or value.stand_in:
        return place
    return value.parameter


class ParameterTable:
    """Columns in the order they are asked for. Values are computed per variant when a column is added."""

    def __init__(self, variants: tuple[Variant, ...], seed: int) -> None:
        self._variants = variants
        self._seed = seed
        self._columns: list[F64] = []
        self._infos: list[ParameterInfo] = []
        self._by_path: dict[str, int] = {}
        self._set: dict[str, dict[str, Value]] = {}
        self._multiplied: dict[str, list[tuple[NDArray[np.bool_], int]]] = {}
        self._called: dict[str, str] = {}

    def call(self, place: str, name: str) -> None:
        """Give a place whose path holds a number of a list (`cells.X.rules.3`) the name that its draws are keyed by."""
        self._called[place] = name

    def drawn_as(self, path: str, value: Value) -> str:
        """Name under which the value of a path is drawn."""
        return drawn_as(self.name_of(path), value)

    def name_of(self, path: str) -> str:
        """A path with the names of its places put in for the numbers of lists."""
        place, rest = path, ""
        while place not in self._called and "." in place:
            place, _, last = place.rpartition(".")
            rest = f".{last}{rest}"
        return self._called[place] + rest if place in self._called else path

    def set_in_arm(self, arm: str, path: str, value: Value) -> None:
        """Let `path` hold another value in one arm; has to come before the column is asked for."""
        self._set.setdefault(path, {})[arm] = value

    def multiply(self, path: str, where: NDArray[np.bool_], factor: int) -> None:
        """Let `path` be multiplied by a column in some variants; has to come before the column is asked for."""
        self._multiplied.setdefault(path, []).append((where, factor))

    @property
    def unused_settings(self) -> list[str]:
        """Paths that an arm sets and no column has."""
        return [path for path in self._set if path not in self._by_path]

    def source(
        self,
        path: str,
        value: Value,
        dimension: str,
        *,
        sources: tuple[str, ...] = (),
        molar_mass: float | None = None,
        solubility: float | None = None,
        fold: bool = False,
    ) -> int:
        """Column of a stated value, in internal units. The same path gives the same column.

        fold : a multiple that a rule tends to, whose draws stay on its side of 1
        molar_mass : g/mol, where masses count molecules; solubility : molecules/µm³ per own unit of the substance
        """
        if path in self._by_path:
            return self._by_path[path]
        column = np.empty(len(self._variants))
        name = self.drawn_as(path, value)
        for i, variant in enumerate(self._variants):
            stated = self._set.get(path, {}).get(variant.arm, value)
            z = score(self._seed, variant.draw, name)
            law = fold_quantile if fold else quantile
            drawn = law(stated.number, stated.low, stated.high, stated.shape, z)
            if stated.unit == "%" and stated.shape is RangeShape.LOGIT_NORMAL:
                low = None if stated.low is None else stated.low / 100
                high = None if stated.high is None else stated.high / 100
                drawn = 100 * quantile(stated.number / 100, low, high, stated.shape, z)
            column[i] = units.convert(drawn, stated.unit, dimension, molar_mass=molar_mass, solubility=solubility)
        for where, factor in self._multiplied.get(path, ()):
            column = np.where(where, column * self._columns[factor], column)
        info = ParameterInfo(path, value, dimension, sources=(*value.sources, *sources), drawn_as=name)
        return self._add(path, column, info)

    def constant(self, path: str, number: float) -> int:
        """Column of a number that is no model value (structure, defaults of definition)."""
        if path in self._by_path:
            return self._by_path[path]
        return self._add(path, np.full(len(self._variants), number), ParameterInfo(path, None, "number"))

    def per_arm(self, path: str, default: float, by_arm: dict[str, int]) -> int:
        """Column that takes, in each arm named, the value of another column, and `default` in the others."""
        if path in self._by_path:
            return self._by_path[path]
        column = np.full(len(self._variants), default)
        for i, variant in enumerate(self._variants):
            if variant.arm in by_arm:
                column[i] = self._columns[by_arm[variant.arm]][i]
        return self._add(path, column, ParameterInfo(path, None, "number", self._paths(tuple(by_arm.values()))))

    @overload
    def derive(self, path: str, law: Callable[[F64], F64], first: int, /) -> int: ...
    @overload
    def derive(self, path: str, law: Callable[[F64, F64], F64], first: int, second: int, /) -> int: ...
    def derive(self, path: str, law: Callable[..., F64], *of: int) -> int:
        """Column computed from one or two others: law(*arrays) -> array, float64[n_variants]."""
        if path in self._by_path:
            return self._by_path[path]
        with np.errstate(divide="ignore", invalid="ignore"):
            column = np.asarray(law(*(self._columns[i] for i in of)), dtype=np.float64)
        return self._add(path, column, ParameterInfo(path, None, "derived", self._paths(of)))

    def times(self, path: str, *of: int) -> int:
        """Product of columns, leaving out absent ones; NONE if the first is absent."""
        present = [i for i in of if i != NONE]
        if of[0] == NONE:
            return NONE
        if len(present) == 1 or path in self._by_path:
            return self._by_path.get(path, present[0])
        column = np.prod([self._columns[i] for i in present], axis=0)
        return self._add(path, column, ParameterInfo(path, None, "derived", self._paths(tuple(present))))

    def sum(self, path: str, of: list[int]) -> int:
        """Sum of columns; NONE for an empty list."""
        if len(of) < 2:
            return of[0] if of else NONE
        if path in self._by_path:
            return self._by_path[path]
        column = np.sum([self._columns[i] for i in of], axis=0)
        return self._add(path, column, ParameterInfo(path, None, "derived", self._paths(tuple(of))))

    def rate(self, half_life: int) -> int:
        """Column of the first-order rate ln 2 / half-life."""
        return self.derive(f"{self._infos[half_life].path} as rate", lambda x: LN2 / x, half_life)

    def inverse(self, time: int) -> int:
        """Column of 1 / time."""
        return self.derive(f"{self._infos[time].path} as rate", lambda x: 1.0 / x, time)

    def column(self, index: int) -> F64:
        """Values of a column, float64[n_variants]."""
        return self._columns[index]

    def column_of(self, *paths: str) -> int:
        """Column of the first of these paths that has one, else NONE."""
        return next((self._by_path[path] for path in paths if path in self._by_path), NONE)

    def path(self, index: int) -> str:
        """Path of a column."""
        return self._infos[index].path

    def table(self) -> F64:
        """All columns, float64[n_variants, n_parameters]."""
        if not self._columns:
            return np.zeros((len(self._variants), 1))
        return np.ascontiguousarray(np.stack(self._columns, axis=1))

    def infos(self) -> tuple[ParameterInfo, ...]:
        """What each column is."""
        return tuple(self._infos)

    def _paths(self, of: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(self._infos[i].path for i in of)

    def _add(self, path: str, column: F64, info: ParameterInfo) -> int:
        self._columns.append(column)
        self._infos.append(info)
        self._by_path[path] = len(self._columns) - 1
        return len(self._columns) - 1
