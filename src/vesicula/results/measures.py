"""From a measure's words to numbers of a state.

Every measure is a ratio of two sums over sites (a count has no denominator), so one that spans sites combines them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE
from vesicula.engine.state import Contact, State
from vesicula.engine.system import System, SystemState
from vesicula.language.assays import ASSAYS
from vesicula.results.description import Labels, MeasureLabel, RunDescription
from vesicula.results.events import EVENT_KINDS, EventReader, event_of
from vesicula.results.places import Place, alive_cells, index, per_site, places, populations

F64 = NDArray[np.float64]
Ratio = tuple[F64, F64 | None]


def _count(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    chosen = alive_cells(measure, labels, measure.cell or measure.what)
    return lambda state, place: (per_site(state, chosen(state, place)) * place.site.whole, None)


def _matrix_lost(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    row = index(list(labels.matrices), measure.what)

    def read(state: State, place: Place) -> Ratio:
        at_start = np.full(state.n_sites, float(place.total(place.program.matrix.initial[row])))
        return at_start - place.total(state.matrix[:, row]), at_start

    return read


def _matrix_left(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    row = index(list(labels.matrices), measure.what)
    of_start = "start" in measure.unit

    def read(state: State, place: Place) -> Ratio:
        present = place.total(state.matrix[:, row])
        if of_start:
            return present, np.full(state.n_sites, float(place.total(place.program.matrix.initial[row])))
        return present * place.site.voxel_volume, np.full(state.n_sites, place.volume if measure.unit == "%" else 1.0)

    return read


def _concentration(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    row = index([s.name for s in labels.substances], measure.what)
    return lambda state, place: (
        place.total(state.concentration[:, row]) * place.site.voxel_volume,
        np.full(state.n_sites, place.volume),
    )


def _node(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    chosen = alive_cells(measure, labels, measure.cell)
    type_ = index([t.name for t in labels.types], measure.cell)
    column = index(list(labels.types[type_].nodes), measure.what)

    def read(state: State, place: Place) -> Ratio:
        mine = chosen(state, place)
        return per_site(state, mine, state.nodes[:, column]), per_site(state, mine)

    return read


def _copies(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    """Copies per living cell: delivered ones that act, and of plain `copies of` the cell's own beside them."""
    chosen = alive_cells(measure, labels, measure.cell)
    column = index(list(labels.species), measure.what)
    type_ = index([t.name for t in labels.types], measure.cell)

    def read(state: State, place: Place) -> Ratio:
        mine = chosen(state, place)
        cells, delivered = per_site(state, mine), per_site(state, mine, state.copies[:, column])
        p_own = int(place.program.cargo.p_own[type_, column])
        if measure.kind == "delivered copies" or p_own == NONE:
            return delivered, cells
        return delivered + cells * place.program.values[state.site_variant, p_own], cells

    return read


def _vesicles(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    rows = populations(labels, measure.what)
    return lambda state, place: (
        place.total(state.vesicles[:, rows].sum(axis=1)),
        np.full(state.n_sites, place.volume),
    )


def _copies_per_particle(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    """Mean copies per free vesicle of a class, or of all (`EV`), as isolated vesicles are lysed and counted."""
    rows = populations(labels, measure.vesicle or "")
    species = index(list(labels.species), measure.what)
    slots = [k for k, slot in enumerate(labels.slots) if slot.population in rows and slot.species == species]
    return lambda state, place: (
        place.total(state.cargo[:, slots].sum(axis=1)),
        place.total(state.vesicles[:, rows].sum(axis=1)),
    )


def _carriers(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    """Free vesicles of a class, or of all (`EV`), that carry at least one copy.

    Equation   Σ_voxels N (1 − e^(−C/N)),   N vesicles of a class with C copies, which fall on them at random (Poisson)
    """
    rows = populations(labels, measure.vesicle or "")
    species = index(list(labels.species), measure.what)
    slots = [(k, one.population) for k, one in enumerate(labels.slots) if one.population in rows]
    carrying = [(k, population) for k, population in slots if labels.slots[k].species == species]

    def read(state: State, place: Place) -> Ratio:
        found = np.zeros((state.n_sites, state.vesicles.shape[2]))
        for k, population in carrying:
            particles = state.vesicles[:, population].astype(np.float64)
            mean = np.divide(state.cargo[:, k], particles, out=np.zeros_like(particles), where=particles > 0)
            found -= particles * np.expm1(-mean)
        return place.total(found), np.full(state.n_sites, place.volume)

    return read


def _delivered(measure: MeasureLabel, labels: Labels) -> Callable[[State, Place], Ratio]:
    rows = populations(labels, measure.what)
    type_ = index([t.name for t in labels.types], measure.cell)

    def read(state: State, place: Place) -> Ratio:
        talk = state.talk[:, rows, type_]
        return (talk[..., Contact.FUSED] + talk[..., Contact.ESCAPED]).sum(axis=1) * place.site.whole, None

    return read


READERS = {
    "count": _count, "matrix left": _matrix_left, "matrix lost": _matrix_lost,
    "concentration": _concentration, "node": _node, "copies": _copies,
    "delivered copies": _copies, "copies per particle": _copies_per_particle, "carriers": _carriers,
    "vesicles": _vesicles, "delivered": _delivered,
}  # fmt: skip


def reader(measure: MeasureLabel, description: RunDescription, system: System) -> Callable[[SystemState], F64]:
    """A function from the states of all sites to the measure in its unit, float64[n_variants]; NaN where undefined.

    Raises     KeyError where a name of the measure is unknown
    """
    if measure.kind in EVENT_KINDS:
        about = description.measure(event_of(description, measure.what).measure)
        return EventReader(measure, description, reader(about, description, system))
    if measure.kind == "assay":
        read, compares = _assay(measure, description, system), ASSAYS[measure.assay or ""].compares
    else:
        read, compares = _plain(measure, description, system), False
    return read if measure.relative_to is None or compares else _relative(read, description, measure.relative_to)


def _assay(measure: MeasureLabel, description: RunDescription, system: System) -> Callable[[SystemState], F64]:
    from vesicula.results.assays import assay_reader

    return assay_reader(measure, description, system)


def _relative(
    read: Callable[[SystemState], F64], description: RunDescription, arm: str
) -> Callable[[SystemState], F64]:
    """The same value in % of the same replicate of an arm; NaN where that arm's is 0."""
    of = np.array([description.variant(arm, v.replicate) for v in description.variants])

    def value(states: SystemState) -> F64:
        mine = read(states)
        whole = mine[of]
        return np.divide(100.0 * mine, whole, out=np.full(mine.shape, np.nan), where=whole != 0)

    return value


def _plain(measure: MeasureLabel, description: RunDescription, system: System) -> Callable[[SystemState], F64]:
    read = READERS[measure.kind](measure, description.labels)
    where = places(measure, description, system)

    def value(states: SystemState) -> F64:
        above, below = np.zeros(len(description.variants)), np.zeros(len(description.variants))
        ratio = False
        for place in where:
            numerator, denominator = read(states.site(place.site.name), place)
            above += numerator
            if denominator is not None:
                below += denominator
                ratio = True
        if not ratio:
            return above * measure.factor
        return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0) * measure.factor

    return value
