"""Which voxels and cells of a run a measure or assay reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.state import State
from vesicula.engine.system import System
from vesicula.engine.voxels import cell_sites
from vesicula.language.model import ALL_VESICLES
from vesicula.results.description import Labels, MeasureLabel, RunDescription, SiteLabel

F64 = NDArray[np.float64]
NO_VESICLE = "NVEP"
"""Kind, and class, of the particles of a preparation that are no vesicles."""


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


def places(measure: MeasureLabel, description: RunDescription, system: System) -> list[Place]:
    """Where a measure is read: the site, region or labware it names, else every site; raises KeyError for an unknown
    place.
    """
    found = []
    for site in description.sites:
        program = system.site(site.name)
        if measure.place is None or measure.place in (site.name, site.labware):
            found.append(Place(site, program, None))
        elif measure.place in site.regions:
            found.append(Place(site, program, program.regions[site.regions.index(measure.place)]))
    if not found:
        raise KeyError(measure.place)
    return found


def index(names: Sequence[str], name: str | None) -> int:
    """Place of a name in a list; raises KeyError."""
    if name not in names:
        raise KeyError(name)
    return names.index(name)


def populations(labels: Labels, vesicle: str) -> list[int]:
    """Rows of a vesicle class or population, or of all vesicles (`EV`); raises KeyError."""
    if vesicle == ALL_VESICLES:
        return [i for i, p in enumerate(labels.populations) if p.kind != NO_VESICLE]
    found = [i for i, p in enumerate(labels.populations) if vesicle in (p.vesicle, p.name)]
    if not found:
        raise KeyError(vesicle)
    return found


def alive_cells(measure: MeasureLabel, labels: Labels, cell: str | None) -> Callable[[State, Place], NDArray[np.bool_]]:
    """Which cells of a state are alive, of that type (and the measure's state) and in a place; raises KeyError."""
    type_ = index([t.name for t in labels.types], cell)
    state_ = None if measure.state is None else index(labels.types[type_].states, measure.state)

    def chosen(state: State, place: Place) -> NDArray[np.bool_]:
        mine = (state.cell_dead == 0) & (state.cell_type == type_) & place.holds(state)
        return mine if state_ is None else mine & (state.cell_state == state_)

    return chosen


def per_site(state: State, chosen: NDArray[np.bool_], weights: F64 | None = None) -> F64:
    """Number of the chosen cells of each site, or the sum of weights [n_cells] over all that they stand for."""
    where = cell_sites(state)[chosen]
    number = state.stands_for[chosen].astype(np.float64)
    weighed = number if weights is None else weights[chosen] * number
    return np.bincount(where, weighed, minlength=state.n_sites).astype(np.float64, copy=False)
