"""What every assay reads from: the measure, its row of the table, the run, and the places it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.engine import behaviours, signals
from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.system import System, SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.language.assays import Assay
from vesicula.results.description import Labels, MeasureLabel, RunDescription
from vesicula.results.places import Place, alive_cells, index, per_site, places

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
Reader = Callable[[SystemState], F64]


@dataclass(frozen=True)
class Bench:
    """A measure at the bench. Values of readers are float64[n_variants], one per arm and replicate."""

    measure: MeasureLabel
    assay: Assay
    description: RunDescription
    system: System

    @property
    def labels(self) -> Labels:
        """Names by index."""
        return self.description.labels

    @property
    def n(self) -> int:
        """Number of variants."""
        return len(self.description.variants)

    @property
    def unit(self) -> str:
        """Unit of the value: the measure's own, or the assay's (a percentage of an arm is made of the assay's)."""
        own = self.measure.unit
        return self.assay.unit if not own or self.measure.relative_to is not None else own

    @property
    def cell(self) -> str:
        """Name of the cell type that is read."""
        return self.measure.cell or self.measure.what

    @cached_property
    def type(self) -> int:
        """Index of the cell type that is read; raises KeyError."""
        return index([t.name for t in self.labels.types], self.cell)

    @cached_property
    def node(self) -> int:
        """Column of the node that is read, in its cell type; raises KeyError."""
        return index(self.labels.types[self.type].nodes, self.measure.what)

    @cached_property
    def places(self) -> list[Place]:
        """Where it is read: the site, region or labware that is named, else all sites; raises KeyError."""
        return places(self.measure, self.description, self.system)

    @cached_property
    def whole_sites(self) -> list[Place]:
        """The same where a region will not do, because what is read is kept per site; raises KeyError."""
        if any(place.mask is not None for place in self.places):
            raise KeyError(self.measure.place)
        return self.places

    def factor(self, dimension: str, molar_mass: float | None = None) -> float:
        """Value in the assay's unit per internal unit."""
        return 1.0 / units.factor(self.unit, dimension, molar_mass=molar_mass)

    @cached_property
    def _living(self) -> Callable[[State, Place], Bool]:
        return alive_cells(self.measure, self.labels, self.cell)

    def living(self, state: State, place: Place) -> Bool:
        """Living cells of the type in a place, bool[n_cells]."""
        return self._living(state, place)

    def present(self, state: State, place: Place) -> Bool:
        """Living and dead cells of the type in a place, bool[n_cells]."""
        return (state.cell_type == self.type) & place.holds(state)

    def total(self, states: SystemState, number: Callable[[State, Place], F64]) -> F64:
        """Sum of `number`, float64[n_variants], over all places."""
        out = np.zeros(self.n)
        for place in self.places:
            out += number(states.site(place.site.name), place)
        return out

    def count(self, states: SystemState, chosen: Callable[[State, Place], Bool]) -> F64:
        """Number of the chosen cells in all places, float64[n_variants]."""
        return self.total(states, lambda state, place: per_site(state, chosen(state, place)))

    def of_cells(
        self, states: SystemState, value: Callable[[State, Place], F64]
    ) -> tuple[F64, NDArray[np.int64], NDArray[np.int64]]:
        """A value of every living cell of the type, float64[n], its variant and how many cells it stands for, int64[n];
        all places together.
        """
        values, variants, numbers = [np.zeros(0)], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for place in self.places:
            state = states.site(place.site.name)
            mine = self.living(state, place)
            values.append(value(state, place)[mine])
            variants.append(cell_sites(state)[mine])
            numbers.append(state.stands_for[mine])
        return np.concatenate(values), np.concatenate(variants), np.concatenate(numbers)

    def mean(self, states: SystemState, value: Callable[[State, Place], F64]) -> F64:
        """Mean of a value over living cells of the type, float64[n_variants]; NaN where there is none."""
        values, variants, number = self.of_cells(states, value)
        return ratio(np.bincount(variants, values * number, self.n), np.bincount(variants, number, self.n))

    def median(self, states: SystemState, value: Callable[[State, Place], F64]) -> F64:
        """Median of a value over living cells of the type, float64[n_variants]; NaN where there is none."""
        values, variants, number = self.of_cells(states, value)
        return np.array([middle(values[variants == v], number[variants == v]) for v in range(self.n)])


def middle(values: F64, number: NDArray[np.int64]) -> float:
    """Median of values of which each stands `number` times, as if it were listed so often; NaN of none."""
    if not len(values):
        return np.nan
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(number[order])
    low, high = np.searchsorted(upto, [(upto[-1] - 1) // 2, upto[-1] // 2], side="right")
    return float(0.5 * (values[order[low]] + values[order[high]]))


def ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> F64:
    """Quotient, NaN where the denominator is not above 0."""
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def sensed(program: Program, state: State) -> State:
    """The state with its signals and behaviours filled: before the first step nothing has read them yet."""
    if state.step > 0:
        return state
    fresh = replace(state, signal=state.signal.copy(), behaviour=state.behaviour.copy())
    signals.read(program, fresh)
    behaviours.evaluate(program, fresh)
    return fresh
