"""From a measure's words to numbers of a state.

Every measure is a ratio of two sums over sites (a count has no denominator), so one that spans sites combines them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.state import Contact, State
from vesicula.results.description import Labels, MeasureLabel, RunDescription, SiteLabel
from vesicula.results.standard import site_of_cell

F64 = NDArray[np.float64]
Ratio = tuple[F64, F64 | None]


@dataclass(frozen=True)
class Place:
    """A site, and which of its voxels count (None: all), bool[n_voxels]."""

    site: SiteLabel
    program: Program
    mask: NDArray[np.bool_] | None

    @property
    def volume(self) -> float:
        """Volume of the voxels that count, µm³."""
        voxels = self.site.n_voxels if self.mask is None else int(self.mask.sum())
        return voxels * self.site.voxel_volume

    def total(self, field: NDArray[np.generic]) -> F64:
        """Sum over the voxels that count of an array [n_sites, …, n_voxels]."""
        chosen = field if self.mask is None else field[..., self.mask]
        return np.asarray(chosen.sum(axis=-1), dtype=np.float64)

    def holds(self, state: State) -> NDArray[np.bool_]:
        """Which cells lie in the voxels that count, bool[n_cells]."""
        if self.mask is None:
            return np.ones(state.n_cells, dtype=np.bool_)
        s = self.site
        x, y, z = state.position.T
        ix = np.clip((x / s.voxel).astype(np.int64), 0, s.nx - 1)
        iy = np.clip((y / s.voxel).astype(np.int64), 0, s.ny - 1)
        iz = np.clip((z / s.height).astype(np.int64), 0, s.nz - 1)
        return self.mask[(iz * s.ny + iy) * s.nx + ix]


def places(measure: MeasureLabel, description: RunDescription, programs: dict[str, Program]) -> list[Place]:
    """Where a measure is read: the site or region it names, else every site; raises KeyError for an unknown place."""
    found = []
    for site in description.sites:
        program = programs[site.name]
        if measure.place in (None, site.name):
            found.append(Place(site, program, None))
        elif measure.place in site.regions:
            found.append(Place(site, program, program.regions[site.regions.index(measure.place)]))
    if not found:
        raise KeyError(measure.place)
    return found


def _index(names: list[str], name: str | None) -> int:
    if name not in names:
        raise KeyError(name)
    return names.index(name)


def _populations(labels: Labels, vesicle: str) -> list[int]:
    found = [i for i, p in enumerate(labels.populations) if vesicle in (p.vesicle, p.name)]
    if not found:
        raise KeyError(vesicle)
    return found


def _living(measure: MeasureLabel, labels: Labels, cell: str | None) -> Callable[[State, Place], NDArray[np.bool_]]:
    type_ = _index([t.name for t in labels.types], cell)
    state_ = None if measure.state is None else _index(list(labels.types[type_].states), measure.state)

    def chosen(state: State, place: Place) -> NDArray[np.bool_]:
        mine = (state.cell_dead == 0) & (state.cell_type == type_) & place.holds(state)
        return mine if state_ is None else mine & (state.cell_state == state_)

    return chosen


def _per_site(state: State, chosen: NDArray[np.bool_], weights: F64 | None = None) -> F64:
    where = site_of_cell(state)[chosen]
    return np.bincount(where, weights=None if weights is None else weights[chosen], minlength=state.n_sites).astype(
        float
    )


def _count(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    chosen = _living(measure, labels, measure.cell or measure.what)
    return lambda state, place: (_per_site(state, chosen(state, place)), None)


def _matrix_left(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    row = _index(list(labels.matrices), measure.what)
    of_start = "start" in measure.unit

    def read(state: State, place: Place) -> Ratio:
        present = place.total(state.matrix[:, row])
        if of_start:
            return present, np.full(state.n_sites, float(place.total(place.program.matrix.initial[row])))
        return present * place.site.voxel_volume, np.full(state.n_sites, place.volume if measure.unit == "%" else 1.0)

    return read


def _concentration(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    row = _index([s.name for s in labels.substances], measure.what)
    return lambda state, place: (
        place.total(state.concentration[:, row]) * place.site.voxel_volume,
        np.full(state.n_sites, place.volume),
    )


def _node(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    chosen = _living(measure, labels, measure.cell)
    type_ = _index([t.name for t in labels.types], measure.cell)
    column = _index(list(labels.types[type_].nodes), measure.what)

    def read(state: State, place: Place) -> Ratio:
        mine = chosen(state, place)
        return _per_site(state, mine, state.nodes[:, column]), _per_site(state, mine)

    return read


def _copies(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    chosen = _living(measure, labels, measure.cell)
    column = _index(list(labels.species), measure.what)

    def read(state: State, place: Place) -> Ratio:
        mine = chosen(state, place)
        return _per_site(state, mine, state.copies[:, column]), _per_site(state, mine)

    return read


def _vesicles(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    rows = _populations(labels, measure.what)
    return lambda state, place: (
        place.total(state.vesicles[:, rows].sum(axis=1)),
        np.full(state.n_sites, place.volume),
    )


def _delivered(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    rows = _populations(labels, measure.what)
    type_ = _index([t.name for t in labels.types], measure.cell)

    def read(state: State, place: Place) -> Ratio:  # noqa: ARG001
        talk = state.talk[:, rows, type_]
        return (talk[..., Contact.FUSED] + talk[..., Contact.ESCAPED]).sum(axis=1).astype(np.float64), None

    return read


READERS = {
    "count": _count, "matrix left": _matrix_left, "concentration": _concentration, "node": _node, "copies": _copies,
    "vesicles": _vesicles, "delivered": _delivered,
}  # fmt: skip


def reader(
    measure: MeasureLabel, description: RunDescription, programs: dict[str, Program]
) -> Callable[[dict[str, State]], F64]:
    """A function from the states of all sites to the measure in its unit, float64[n_variants]; NaN where undefined.

    Raises     KeyError where a name of the measure is unknown
    """
    read = READERS[measure.kind](measure, description.labels)
    where = places(measure, description, programs)

    def value(states: dict[str, State]) -> F64:
        above, below = np.zeros(len(description.variants)), np.zeros(len(description.variants))
        ratio = False
        for place in where:
            numerator, denominator = read(states[place.site.name], place)
            above += numerator
            if denominator is not None:
                below += denominator
                ratio = True
        if not ratio:
            return above * measure.factor
        return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0) * measure.factor

    return value
