"""The parameter table: one column per number that may differ between variants.

A source column is a value of the model, drawn per variant from its range; a derived column is arithmetic on others
(a rate from a half-life, a route's clearance from clearance × share), so a draw or an arm changes all that follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.drawing import Ensemble, Scores, drawn_as, drawn_at
from vesicula.compiler.names import ParameterInfo, Unknown, Variant
from vesicula.compiler.phases import Phases
from vesicula.engine.program import NONE
from vesicula.language.values import Value

F64 = NDArray[np.float64]
LN2 = 0.6931471805599453


@dataclass(frozen=True)
class _Setting:
    """A value that a path has in one arm, in some phases (None: all)."""

    arm: str
    value: Value
    phases: frozenset[int] | None

    def holds(self, arm: str, phase: int) -> bool:
        return arm == self.arm and (self.phases is None or phase in self.phases)


def _column_of(path: str) -> str:
    """Path of the column that a value of the model goes into: a cargo's half-life is one, whatever carries it."""
    return re.sub(r"^vesicles\..+\.carries\.(.+)\.half-life$", r"cargo.\1.half-life", path)


class ParameterTable:
    """Columns in the order they are asked for. Values are computed per row when a column is added.

    undisturbed : it is of the undisturbed state, from which what is as at rest will follow
    unknowns : all that was drawn from a range, by the name that keys its draws

    Rows : variants of the first phase, then those of the second, and so on; a run that nothing changes on its way has
    one phase
    """

    def __init__(
        self, variants: tuple[Variant, ...], seed: int, phases: Phases | None = None, ensemble: Ensemble | None = None,
        *, undisturbed: bool = False,
    ) -> None:  # fmt: skip
        self._variants, self._undisturbed = variants, undisturbed
        self.phases = phases or Phases()
        self._seed, self._ensemble = seed, ensemble
        self._rows = [(phase, variant) for phase in range(len(self.phases.starts)) for variant in variants]
        self._scores = Scores(seed, ensemble)
        self._columns: list[F64] = []
        self._infos: list[ParameterInfo] = []
        self._by_path: dict[str, int] = {}
        self._set: dict[str, list[_Setting]] = {}
        self._multiplied: dict[str, list[tuple[NDArray[np.bool_], int]]] = {}
        self._called: dict[str, str] = {}
        self.unknowns: dict[str, Unknown] = {}
        self._settled: dict[str, dict[int, float]] = {}
        self._as_settled: dict[str, ParameterInfo] = {}

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

    def set_in_arm(self, arm: str, path: str, value: Value, phases: frozenset[int] | None = None) -> None:
        """Let `path` hold another value in one arm, in some phases or all; has to come before the column is asked for.

        What is set later holds over what was set before.
        """
        self._set.setdefault(_column_of(path), []).append(_Setting(arm, value, phases))

    def stated_in(self, path: str, value: Value, arm: str, phase: int) -> Value:
        """What a path holds in an arm and a phase; `value` where nothing sets it."""
        return next((one.value for one in reversed(self._set.get(path, [])) if one.holds(arm, phase)), value)

    @property
    def draws(self) -> tuple[int, ...]:
        """Every draw that some row holds, the stated values (0) first."""
        return tuple(sorted({0, *(variant.draw for _, variant in self._rows)}))

    def beside(self, variants: tuple[Variant, ...]) -> ParameterTable:
        """An empty table with the same draws for other variants, in which all that is as at rest is 1."""
        found = ParameterTable(variants, self._seed, ensemble=self._ensemble, undisturbed=True)
        found.unknowns = self.unknowns
        return found

    def settle(self, path: str, numbers: dict[int, float], info: ParameterInfo) -> None:
        """Give what is as at rest at a path its number in every draw, internal units, and say what it follows from."""
        self._settled[path], self._as_settled[path] = numbers, info

    def multiply(self, path: str, where: NDArray[np.bool_], factor: int) -> None:
        """Let `path` be multiplied by a column in some variants; has to come before the column is asked for.

        where : bool[n_variants]
        """
        everywhere = np.tile(where, len(self.phases.starts))
        self._multiplied.setdefault(_column_of(path), []).append((everywhere, factor))

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
        name = self.drawn_as(path, value)

        def drawn(stated: Value, draw: int) -> float:
            if stated.at_rest:
                return 1.0 if self._undisturbed else self._settled[path][draw]
            if stated.low is not None and stated.low != stated.high:
                self.unknowns.setdefault(name, Unknown(stated, fold))
            number = drawn_at(stated, self._scores.of(draw, name), fold=fold)
            return units.convert(number, stated.unit, dimension, molar_mass=molar_mass, solubility=solubility)

        known: dict[tuple[int, int], float] = {}
        column = np.empty(len(self._rows))
        for i, (phase, variant) in enumerate(self._rows):
            stated = self.stated_in(path, value, variant.arm, phase)
            same = id(stated), variant.draw
            if same not in known:
                known[same] = drawn(stated, variant.draw)
            column[i] = known[same]
        for where, factor in self._multiplied.get(path, ()):
            column = np.where(where, column * self._columns[factor], column)
        info = ParameterInfo(path, value, dimension, sources=(*value.sources, *sources), drawn_as=name)
        info = self._as_settled.get(path, info)
        return self._add(path, column, info)

    def undisturbed(self, column: int) -> int:
        """Column of what the model states at the path of a source, whatever arms and genotypes make of it; the source
        itself where none of them does anything to it.
        """
        info = self._infos[column]
        path, value = f"{info.path}, undisturbed", info.value
        if value is None or not (info.path in self._set or info.path in self._multiplied):
            return column
        if path in self._by_path:
            return self._by_path[path]
        scores = [self._scores.of(variant.draw, info.drawn_as) for _, variant in self._rows]
        numbers = [units.convert(drawn_at(value, score), value.unit, info.dimension) for score in scores]
        return self._add(path, np.array(numbers), ParameterInfo(path, None, "derived", (info.path,)))

    def constant(self, path: str, number: float) -> int:
        """Column of a number that is no model value (structure, defaults of definition)."""
        if path in self._by_path:
            return self._by_path[path]
        return self._add(path, np.full(len(self._rows), number), ParameterInfo(path, None, "number"))

    def during(self, path: str, column: int, phases: frozenset[int] | None, otherwise: float) -> int:
        """Column that takes the value of another one in some phases, and `otherwise` in the others; None: in all."""
        if phases is None or path in self._by_path:
            return self._by_path.get(path, column)
        now = np.array([phase in phases for phase, _ in self._rows])
        found = np.where(now, self._columns[column], otherwise)
        return self._add(path, found, ParameterInfo(path, None, "derived", self._paths((column,))))

    def latest(self, path: str, of: list[int]) -> int:
        """Column of the last of these that is no NaN, row by row."""
        if len(of) == 1 or path in self._by_path:
            return self._by_path.get(path, of[0])
        column = self._columns[of[0]]
        for one in of[1:]:
            column = np.where(np.isnan(self._columns[one]), column, self._columns[one])
        return self._add(path, column, ParameterInfo(path, None, "derived", self._paths(tuple(of))))

    def per_arm(self, path: str, default: float, by_arm: dict[str, int]) -> int:
        """Column that takes, in each arm named, the value of another column, and `default` in the others."""
        if path in self._by_path:
            return self._by_path[path]
        column = np.full(len(self._rows), default)
        for i, (_, variant) in enumerate(self._rows):
            if variant.arm in by_arm:
                column[i] = self._columns[by_arm[variant.arm]][i]
        return self._add(path, column, ParameterInfo(path, None, "number", self._paths(tuple(by_arm.values()))))

    @overload
    def derive(self, path: str, law: Callable[[F64], F64], first: int, /) -> int: ...
    @overload
    def derive(self, path: str, law: Callable[[F64, F64], F64], first: int, second: int, /) -> int: ...
    def derive(self, path: str, law: Callable[..., F64], *of: int) -> int:
        """Column computed from one or two others: law(*arrays) -> array, float64[n_rows]."""
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

    @property
    def stated(self) -> NDArray[np.bool_]:
        """Rows of every column that hold the values as stated, not drawn, bool[n_rows]; all where each is drawn."""
        rows = np.array([variant.draw == 0 for _, variant in self._rows])
        return rows if rows.any() else ~rows

    def column(self, index: int) -> F64:
        """Values of a column, float64[n_phases × n_variants], the first phase first."""
        return self._columns[index]

    def column_of(self, *paths: str) -> int:
        """Column of the first of these paths that has one, else NONE."""
        return next((self._by_path[path] for path in paths if path in self._by_path), NONE)

    def path(self, index: int) -> str:
        """Path of a column."""
        return self._infos[index].path

    def table(self) -> F64:
        """All columns, float64[n_phases, n_variants, n_parameters]."""
        columns = self._columns or [np.zeros(len(self._rows))]
        found = np.stack(columns, axis=1).reshape(len(self.phases.starts), len(self._variants), len(columns))
        return np.ascontiguousarray(found)

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
