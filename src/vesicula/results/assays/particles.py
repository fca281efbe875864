"""Vesicles: counted by light scattering or pore, weighed, and followed into cells."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from vesicula import units
from vesicula.engine.state import CellTerm, Contact, State
from vesicula.engine.system import SystemState
from vesicula.language.assays import ASSAYS
from vesicula.results.assays.bench import F64, Bench, Reader, ratio
from vesicula.results.description import PopulationLabel
from vesicula.results.places import NO_VESICLE, Place, per_site, populations

NORMAL = NormalDist()
MASS_PER_EV_UG = 1e-10  # 100 ag; assumed, 30 to 500 ag
MASS_RANGE = (0.3, 5.0)  # of it
COUNTED = 1000  # particles that an instrument counts for one reading; assumed, 300 to 5,000
CENTRAL_90 = 1.645


def seen_share(limit_nm: float, median_nm: float, spread: float, *, part: int = 0, parts: int = 1) -> float:
    """Share of particles with a diameter above a limit, of a log-normal or of one of its equally large parts.

    Equation   1 − Φ(ln(limit/median)/ln(spread)), within part k of n: of its quantiles k/n to (k + 1)/n
    limit_nm, median_nm : nm      spread : geometric SD, ≥ 1 (1: all of one size)
    """
    if spread <= 1.0:
        return float(median_nm >= limit_nm)
    below = NORMAL.cdf(math.log(limit_nm / median_nm) / math.log(spread))
    return min(max((part + 1) - below * parts, 0.0), 1.0)


def recovered(counted: F64, limit_nm: float, median_nm: float, spread: float) -> F64:
    """All particles, from those counted above a limit, where the sizes are a known log-normal.

    Equation   counted/(1 − Φ(ln(limit/median)/ln(spread))); NaN where nothing of the law lies above the limit
    """
    share = seen_share(limit_nm, median_nm, spread)
    return np.asarray(counted) / share if share > 0 else np.full(np.shape(counted), np.nan)


def reading_interval(assay: str, value: float, *, counted: float = COUNTED) -> tuple[float, float]:
    """Central 90 % of what a laboratory reads where the true value is `value`: counting and between-laboratory scatter.

    Equation   value · exp(±1.645 s),  s² = ln(1 + CV²) + 1/counted
    counted : particles behind the reading. Raises KeyError for an assay without a stated CV.
    """
    cv = ASSAYS[assay].cv
    if cv is None:
        raise KeyError(assay)
    s = math.sqrt(math.log1p(cv * cv) + 1.0 / counted)
    return value * math.exp(-CENTRAL_90 * s), value * math.exp(CENTRAL_90 * s)


def _rows(bench: Bench) -> list[int]:
    """Populations of a vesicle class, or of a preparation with its non-vesicular particles; raises KeyError."""
    what = bench.measure.what
    for preparation in bench.description.preparations:
        if preparation.name == what:
            other = [i for i, p in enumerate(bench.labels.populations) if p.vesicle == NO_VESICLE]
            return [*populations(bench.labels, preparation.vesicle), *other]
    return populations(bench.labels, what)


def _share_of(population: PopulationLabel, limit_nm: float) -> float:
    median = population.median_nm or population.diameter_nm
    return seen_share(
        limit_nm, median, population.spread, part=population.size_class, parts=population.size_classes
    )  # fmt: skip


def counted_particles(bench: Bench) -> Reader:
    """Density of particles with a diameter above the instrument's limit, in the medium of the place.

    Equation   Σ_populations n · (1 − Φ(ln(limit/median)/ln(spread)))/V
    Blind below the limit: what is smaller is not there for it. A preparation counts with its non-vesicular particles,
    which no counter tells from vesicles. The value carries no noise; `reading_interval` gives the scatter of a reading
    (counting and CV between days or laboratories), `recovered` undoes a known cut-off. Sizes are those stated, also in
    draws.
    """
    assert bench.assay.limit is not None
    limit = units.internal(units.parse_quantity(bench.assay.limit), "length") * 1000.0
    rows = _rows(bench)
    shares = np.array([_share_of(bench.labels.populations[i], limit) for i in rows])
    factor = bench.factor("particles per volume")

    def seen(state: State, place: Place) -> F64:
        return place.total(state.vesicles[:, rows]) @ shares

    def read(states: SystemState) -> F64:
        volume = sum(place.volume for place in bench.places)
        return bench.total(states, seen) / volume * factor

    return read


def ev_protein(bench: Bench) -> Reader:
    """Protein of the vesicles in the medium of the whole labware.

    Equation   particles/(particles per µg), of a preparation; particles · 100 ag, of other vesicles
    A preparation is weighed by its own measured ratio and by no other. For vesicles as released 100 ag each is assumed
    (30 to 500 ag, `MASS_RANGE`), and the value is no better than that.
    """
    rows, per_particle = _rows(bench), MASS_PER_EV_UG
    for preparation in bench.description.preparations:
        if preparation.name == bench.measure.what:
            if preparation.particles_per_ug is None:
                raise KeyError("particles per ug")
            per_particle = 1.0 / preparation.particles_per_ug

    def particles(state: State, place: Place) -> F64:
        return place.total(state.vesicles[:, rows]).sum(axis=1) * place.site.whole

    return lambda states: bench.total(states, particles) * per_particle


def ev_uptake(bench: Bench) -> Reader:
    """Labelled vesicles per living cell: bound, in endosomes, and delivered so far.

    Equation   Σ_living (bound + endosomal)/N_living + (fused + escaped)/(N_living + N_died)
    What lysosomes degraded is not counted. Deliveries are kept per site and type, so those to cells that have died
    since are taken out evenly, and it is read in a site, not in a region. Cold, inhibitors and unlabelled vesicles are
    arms.
    """
    rows, sites = populations(bench.labels, bench.measure.what), bench.whole_sites
    type_ = bench.type

    def held(state: State, place: Place) -> F64:
        inside = (state.bound[:, rows] + state.endosomal[:, rows]).sum(axis=1)
        return per_site(state, bench.living(state, place), inside / state.stands_for)

    def read(states: SystemState) -> F64:
        living = bench.count(states, bench.living)
        delivered, died = np.zeros(bench.n), np.zeros(bench.n)
        for place in sites:
            state = states.site(place.site.name)
            talk = state.talk[:, rows, type_]
            delivered += (talk[..., Contact.FUSED] + talk[..., Contact.ESCAPED]).sum(axis=1)
            died += state.cell_ledger[:, type_, CellTerm.DIED]
        return ratio(bench.total(states, held), living) + ratio(delivered, living + died)

    return read
