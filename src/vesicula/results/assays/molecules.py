"""RNA and protein in cells and medium: qPCR, blot, IF, ELISA, luciferase reporters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.engine import networks, silencing
from vesicula.engine.program import NONE, Program
from vesicula.engine.state import State
from vesicula.engine.system import SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.results.assays.bench import F64, Bench, Reader, ratio, sensed
from vesicula.results.needs import COMPETITOR_KAPPA, COMPETITOR_LAMBDA, COMPETITOR_SITES, free_copies
from vesicula.results.places import Place, index

GLANCE = 1e-3  # min; far below every time constant
REPORTER_MRNA = 500.0  # copies per cell; assumed, 50 to 5,000
FULL = 100.0


def headings(program: Program, state: State) -> F64:
    """Levels that the nodes of living cells head for: what their inputs and silencing leave of full expression.

    Equation   mRNA = Ymax · φ · g(inputs) = y + (y(h) − y)/(1 − e^(−h/τ)), from the network's own step over h ≪ τ
    Returns    float64[n_cells, n_nodes], 0..1; of dead cells their nodes as they are
    """
    program = program.at(state.step)
    now = sensed(program, state)
    nodes = now.nodes.copy()
    if not now.n_cells or not len(program.networks.p_time):
        return nodes
    used, row = np.unique(now.site_variant.astype(np.int64), return_inverse=True)
    gates, rows = networks.constants(program, used, GLANCE)
    factor = silencing.present(program, now) if len(program.silencing.type) else np.empty((0, 0))
    cell_row = row.astype(np.int64)[cell_sites(now)]
    moved = nodes.copy()
    networks.march(
        program, GLANCE, cell_row, now.cell_type, now.cell_dead == 0, gates, rows, factor, now.signal, moved
    )  # fmt: skip
    start = program.networks.node_start
    for t in range(program.n_types):
        mine = np.flatnonzero((now.cell_type == t) & (now.cell_dead == 0))
        for column, r in enumerate(range(start[t], start[t + 1])):
            gone = -np.expm1(-GLANCE / rows[cell_row[mine], r, networks.N_TIME])
            nodes[mine, column] += (moved[mine, column] - nodes[mine, column]) / gone
    return nodes


def qpcr(bench: Bench) -> Reader:
    """Messenger RNA of a node: mean over living cells, in % of its full expression without miRNA.

    Equation   100 · mean of Ymax · g(inputs) · φ,  dφ/dt = γ (1 − φ/φ*), φ* = r(M)/r(M0)
    The protein of the node follows this level with its own time constant. In % of an arm it is what ΔΔCq gives. One
    study finds two-fold changes reliable (karlen2007, abstract); 1.5-fold is the field's optimistic rule of thumb.
    """
    node = bench.node

    def read(states: SystemState) -> F64:
        levels = {p.site.name: headings(p.program, states.site(p.site.name)) for p in bench.places}
        return FULL * bench.mean(states, lambda _, place: levels[place.site.name][:, node])

    return read


def blot(bench: Bench) -> Reader:
    """Protein of a node in a lysate: mean over living cells, in % of full, with the lag of the protein's half-life.

    Equation   100 · mean of y,  dy/dt = (mRNA − y)/τ
    """
    node = bench.node
    return lambda states: FULL * bench.mean(states, lambda state, _: state.nodes[:, node])


def immunofluorescence(bench: Bench) -> Reader:
    """Protein of a node seen cell by cell: the median living cell, in % of full.

    Equation   100 · median of y
    """
    node = bench.node
    return lambda states: FULL * bench.median(states, lambda state, _: state.nodes[:, node])


def elisa(bench: Bench) -> Reader:
    """A soluble factor in the medium: mean concentration over the place.

    Equation   max(c, limit)
    A value below the detection limit is reported as the limit, so that a difference from it is understated and never
    invented. The limit is a mass per volume; for a substance without molar mass none is known, and it is read in molar
    units (`in pM`). A plain `concentration of` is read as it is, but two values below the limit do not differ; without
    molar mass the limit is taken as that of a protein of 20 kDa (assumed, 5 to 100), 0.05 pM.
    """
    row = index([s.name for s in bench.labels.substances], bench.measure.what)
    molar, limit = bench.labels.substances[row].molar_mass_da, 0.0
    if bench.assay.limit is not None and molar is not None:
        limit = units.internal(units.parse_quantity(bench.assay.limit), "concentration", molar_mass=molar)
    factor = bench.factor("concentration", molar)

    def molecules(state: State, place: Place) -> F64:
        return place.total(state.concentration[:, row]) * place.site.voxel_volume

    def read(states: SystemState) -> F64:
        volume = np.full(bench.n, sum(place.volume for place in bench.places))
        return np.maximum(ratio(bench.total(states, molecules), volume), limit) * factor

    return read


def electrode(bench: Bench) -> Reader:
    """Ions in the medium, by an electrode that answers to one of them: mean concentration over the place.

    Equation   c
    An instrument for ionised calcium scatters by 0.008 mmol/L within a series and by 0.017 mmol/L between days around
    1.25 mmol/L (ica-one): two readings of one series differ from 2.77 x 0.64 % = 1.8 % on, those of two days from 3.8 %
    on; 3 % lies between. What is bound to protein or in a complex is not seen, and is not in the model.
    """
    row = index([s.name for s in bench.labels.substances], bench.measure.what)
    factor = bench.factor("concentration", bench.labels.substances[row].molar_mass_da)

    def molecules(state: State, place: Place) -> F64:
        return place.total(state.concentration[:, row]) * place.site.voxel_volume

    def read(states: SystemState) -> F64:
        volume = np.full(bench.n, sum(place.volume for place in bench.places))
        return ratio(bench.total(states, molecules), volume) * factor

    return read


def with_reporter(program: Program, type_: int, node: int) -> tuple[Program, list[int]]:
    """The program with a reporter that carries the sites of a node: as a further target of each of its miRNA families.

    Returns    the program, whose last node column is the reporter, and the target rows it copies; raises KeyError
    """
    rows = program.silencing
    mine = [int(r) for r in np.flatnonzero((rows.type == type_) & (rows.node == node))]
    if not mine:
        raise KeyError("no miRNA silences the node")
    variants, columns = program.values.shape
    values = np.concatenate([program.values, np.full((variants, 1), REPORTER_MRNA)], axis=1)
    copied = ("type", "family", "p_lambda", "p_kappa", "p_kappa_undisturbed")
    more = {name: np.append(getattr(rows, name), getattr(rows, name)[mine]) for name in copied}
    table = replace(
        rows, node=np.append(rows.node, np.full(len(mine), program.n_nodes)).astype(np.int32),
        p_mrna=np.append(rows.p_mrna, np.full(len(mine), columns)).astype(np.int32), **more,
    )  # fmt: skip
    return replace(program, values=values, silencing=table, n_nodes=program.n_nodes + 1), mine


def _number(values: F64, column: int | np.integer | NDArray[np.int32], absent: float) -> float:
    return absent if column == NONE else float(values[int(column)])


def left_by_own(program: Program, copied: list[int], variant: int) -> float:
    """Share of the reporter that the own miRNA of the undisturbed cell leaves, before anything is delivered.

    Equation   Π_families λ/(λ + κ m0), with m0 the free own copies beside all targets, the reporter among them
    """
    rows, values = program.silencing, program.values[variant]
    left = 1.0
    for target in copied:
        t, f = rows.type[target], rows.family[target]
        same = np.flatnonzero((rows.type == t) & (rows.family == f))
        table = [
            (_number(values, rows.p_mrna[i], 0.0), _number(values, rows.p_lambda[i], 0.0),
             _number(values, rows.p_kappa_undisturbed[i], 0.0)) for i in same
        ]  # fmt: skip
        pool = (
            _number(values, rows.p_competitor_sites[t, f], COMPETITOR_SITES),
            _number(values, rows.p_competitor_lambda[t, f], COMPETITOR_LAMBDA),
            _number(values, rows.p_competitor_kappa[t, f], COMPETITOR_KAPPA),
        )
        free = free_copies(_number(values, rows.p_own_undisturbed[t, f], 0.0), *np.array([*table, pool]).T)
        half, kappa = (_number(values, row[target], 0.0) for row in (rows.p_lambda, rows.p_kappa_undisturbed))
        left *= half / (half + kappa * float(free))
    return left


def reporter(bench: Bench) -> Reader:
    """Luciferase with the target's own miRNA sites: mean over living cells, in % of the signal without any miRNA.

    Equation   100 · mean of λ/(λ + κ m),  m + Σ_i r0_i m/(λ_i + κ_i m) + r0_rep m/(λ + κ m) = M
    The reporter's own mRNA, 500 copies per cell (assumed, 50 to 5,000), competes for the miRNA like every other target.
    The signal is read at the steady level of the mRNA: luciferase and its mRNA last hours.
    """
    type_, node = bench.type, bench.node
    for place in bench.places:
        with_reporter(place.program, type_, node)  # refuses a node that nothing silences, before anything is read

    def light(state: State, place: Place) -> F64:
        program, copied = with_reporter(place.program.at(state.step), type_, node)
        own = np.array([left_by_own(program, copied, v) for v in range(len(program.values))])
        delivered = silencing.factors(program, state)[:, -1]
        return own[state.site_variant[cell_sites(state)]] * delivered

    return lambda states: FULL * bench.mean(states, light)


def mutant_reporter(bench: Bench) -> Reader:
    """Luciferase with the miRNA sites mutated: nothing binds, so 100 % wherever a living cell is left to carry it.

    Equation   100
    A change here is no silencing; in the model it can only come from the loss of all cells.
    """
    type_, node = bench.type, bench.node
    for place in bench.places:
        with_reporter(place.program, type_, node)
    return lambda states: FULL * bench.mean(states, lambda state, _: np.ones(state.n_cells))
