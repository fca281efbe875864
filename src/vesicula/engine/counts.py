"""Whole numbers that stay whole: nothing is counted that an integer of 64 bits, or the law of its mean, cannot hold.

Particles and cells are integers; their means are floats, which are whole only up to 2^53 = 9.007e15. So before
anything is brought, released, made or carried elsewhere, what a site would then hold at most is added up as floats:

    at most    n + Σ what comes in during the step ≤ 2^53, of particles of a population and of cells of a type in a site
               ledger + what comes in ≤ 2^60; copies of a cargo slot, and of a species in a cell, ≤ 2^60

Where it is more, or no number, the step is not done. Nothing here changes a state.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.fields import read_values
from vesicula.engine.invariants import by_site
from vesicula.engine.program import NONE, Event, Program
from vesicula.engine.protocol import amounts
from vesicula.engine.state import State
from vesicula.engine.system import ONLY_SOLUBLE, System, SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.errors import NumericalError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Kind = Literal["particles", "cells", "copies"]

MOST = 2.0**53
"""Particles of a population, or cells of a type, in a site; beyond it floats skip whole numbers."""
BITS_OF_SIGN, BITS_OF_INFINITY = np.uint64(1 << 63), np.float64(np.inf).view(np.uint64)
MOST_BOOKED = 2.0**60
"""A term of a ledger, and copies of a cargo; the four terms that came in are still added up as integers of 64 bits."""


class Uncountable(NumericalError):
    """More than can be counted.

    site : number of the program; row, variant : of the site of the batch; step : macro step
    kind, index : particles of a population, cells of a type, or copies in a cargo slot
    number : how many there would be; most : how many there may be
    """

    def __init__(
        self, program: Program, state: State, row: int, kind: Kind, index: int, number: float, most: float
    ) -> None:
        self.site, self.step = program.site, state.step
        self.row, self.variant = row, int(state.site_variant[row])
        self.kind: Kind = kind
        self.index, self.number, self.most = index, number, most
        super().__init__(
            f"site {program.site} of the model, variant {self.variant}, step {state.step}: {number:.4g} {kind} of"
            f" number {index} are more than can be counted"
        )


def _refuse(program: Program, state: State, kind: Kind, number: F64, most: float) -> None:
    """Raise Uncountable where number[n_sites, n] exceeds `most`, is below zero, or is no number."""
    wrong = ~((number >= 0.0) & (number <= most))
    if wrong.any():
        row, index = (int(k) for k in np.argwhere(wrong)[0])
        raise Uncountable(program, state, row, kind, index, float(number[row, index]), most)


def particles(state: State) -> F64:
    """Particles in a site that are free, on matrix, or on and in cells, float64[n_sites, n_populations]."""
    free = state.vesicles.sum(axis=2, dtype=np.float64)
    held = state.vesicles_in_matrix.sum(axis=(2, 3), dtype=np.float64)
    return free + held + by_site(state, state.pool.astype(np.float64) + state.bound + state.endosomal)


def cells(program: Program, state: State) -> F64:
    """Cells of each type, with all that they stand for, float64[n_sites, n_types]."""
    key = cell_sites(state) * program.n_types + state.cell_type
    number = np.bincount(key, state.stands_for, state.n_sites * program.n_types)
    return np.asarray(number, dtype=np.float64).reshape(state.n_sites, program.n_types)


def _largest(part: np.ndarray) -> float:
    """Largest number, or more than any where one is below zero or none: their bits, which rise with the numbers, are.

    part : int64 or float64, some
    """
    bits = part.view(np.uint64).max()
    if part.dtype.kind == "f":
        return float(bits.view(np.float64)) if bits <= BITS_OF_INFINITY else np.inf
    return float(bits) if bits < BITS_OF_SIGN else np.inf


def _few(most: float, *parts: np.ndarray, besides: float = 0.0) -> bool:
    """Whether all would be within `most` if everywhere were as much as anywhere: then so is each part, none below 0.

    besides : what there is more, at most
    """
    return sum((_largest(part) * part.size for part in parts if part.size), besides) <= most


def _releasing(program: Program) -> I64:
    """Populations that cells release."""
    return np.flatnonzero(program.behaviours.release[: program.n_populations] != NONE)


def _made(program: Program, state: State) -> F64:
    """Particles that every cell makes in a step on average, float64[n_cells, n_populations]."""
    release, made = program.behaviours.release, np.zeros((state.n_cells, program.n_populations))
    for p in _releasing(program):
        made[:, p] = np.maximum(state.behaviour[:, release[p]], 0.0) * program.macro_step * state.stands_for
    return made


def _made_at_most(program: Program, state: State) -> float:
    """What `_made` adds up to at most: as if every cell made as much as the one that makes most."""
    if not state.n_cells:
        return 0.0
    columns = program.behaviours.release[_releasing(program)]
    fastest = sum(max(float(state.behaviour[:, column].max()), 0.0) for column in columns)
    return fastest * program.macro_step * float(state.stands_for.max()) * state.n_cells


def refuse_events(program: Program, state: State) -> None:
    """Raise Uncountable where what the experimenter does at this macro step brings more than can be counted."""
    table = program.protocol
    now = table.step == state.step
    if not now.any():
        return
    kinds: tuple[tuple[Event, Kind], ...] = ((Event.DOSE_VESICLES, "particles"), (Event.ADD_CELLS, "cells"))
    for event, kind in kinds:
        due = np.flatnonzero(now & (table.kind == event))
        if len(due):
            there = particles(state) if kind == "particles" else cells(program, state)
            for k in due:
                there[:, int(table.what[k])] += amounts(program, state, int(k), 0.0)
            _refuse(program, state, kind, there, MOST)


def refuse_step(program: Program, state: State) -> None:
    """Raise Uncountable where cells would release, or copies or divisions make, more than can be counted in a step."""
    most = _made_at_most(program, state)
    there = (state.vesicles, state.vesicles_in_matrix, state.pool, state.bound, state.endosomal)
    if not _few(MOST, *there, besides=most):
        _refuse(program, state, "particles", particles(state) + by_site(state, _made(program, state)), MOST)
    if not _few(MOST_BOOKED, np.abs(state.vesicle_ledger), besides=most):
        booked = np.abs(state.vesicle_ledger).max(axis=2, initial=0).astype(np.float64)
        _refuse(program, state, "particles", booked + by_site(state, _made(program, state)), MOST_BOOKED)
    if not _few(0.5 * MOST, state.stands_for):
        _refuse(program, state, "cells", 2.0 * cells(program, state), MOST)
    in_cells = (state.pool_cargo, state.bound_cargo, state.endosomal_cargo)
    if not _few(MOST_BOOKED, state.cargo, state.cargo_in_matrix, *in_cells):
        copies = state.cargo.sum(axis=2) + state.cargo_in_matrix.sum(axis=(2, 3))
        _refuse(program, state, "copies", copies + by_site(state, np.sum(in_cells, axis=0)), MOST_BOOKED)
    if state.n_cells and program.n_species and not _few(MOST_BOOKED, state.copies, state.inserted):
        received = np.maximum(state.copies.max(axis=1, initial=0.0), state.inserted.max(axis=1, initial=0.0))
        most = np.zeros((state.n_sites, 1))
        np.maximum.at(most[:, 0], cell_sites(state), received)
        _refuse(program, state, "copies", most, MOST_BOOKED)


def refuse_transfers(system: System, states: SystemState) -> None:
    """Raise Uncountable where medium that is given at this macro step brings more than can be counted."""
    table = system.exchange.transfers
    for row in np.flatnonzero(table.step == states.step):
        if int(table.fraction[row]) != ONLY_SOLUBLE:
            source, target = int(table.source[row]), int(table.target[row])
            drawn = read_values(system.sites[source], states.sites[source], table.p_drawn[row : row + 1], 0.0)
            coming = states.sites[source].vesicles.sum(axis=2, dtype=np.float64) * drawn * float(table.scale[row])
            _refuse(
                system.sites[target], states.sites[target], "particles", particles(states.sites[target]) + coming, MOST
            )


def refuse_flows(system: System, states: SystemState) -> None:
    """Raise Uncountable where blood could bring more than can be counted: all that is free in the other site."""
    flows = system.exchange.flows
    for one, two in zip(flows.first.tolist(), flows.second.tolist(), strict=True):
        for here, there in ((one, two), (two, one)):
            scale = float(flows.share[there] / flows.share[here])
            coming = states.sites[here].vesicles.sum(axis=2, dtype=np.float64) * scale
            _refuse(
                system.sites[there], states.sites[there], "particles", particles(states.sites[there]) + coming, MOST
            )


def refuse_travellers(system: System, states: SystemState) -> None:
    """Raise Uncountable where cells that leave for another site are, or hold, more there than can be counted."""
    share = system.exchange.passages.share
    for source, (program, state) in enumerate(zip(system.sites, states.sites, strict=True)):
        for target in np.unique(state.cell_bound_for[state.cell_bound_for > 0]) - 1:
            scale, goes = float(share[target] / share[source]), state.cell_bound_for == target + 1
            number = np.where(goes, state.stands_for, 0).astype(np.float64) * scale
            key = cell_sites(state) * program.n_types + state.cell_type
            arriving = np.bincount(key, number, state.n_sites * program.n_types).reshape(state.n_sites, program.n_types)
            _refuse(
                system.sites[target],
                states.sites[target],
                "cells",
                cells(system.sites[target], states.sites[target]) + arriving,
                MOST,
            )
            held = (state.pool.astype(np.float64) + state.bound + state.endosomal) * (goes[:, None] * max(scale, 1.0))
            there = particles(states.sites[target]) + by_site(state, held)
            _refuse(system.sites[target], states.sites[target], "particles", there, MOST)
