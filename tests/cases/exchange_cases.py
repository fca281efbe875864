"""Two cultures on both sides of a filter, built from plain numbers, for tests of what passes between sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vesicula.engine import program as p
from vesicula.engine.reference.blank import absent, blank_exchange, blank_program, blank_state, states_of, system_of
from vesicula.engine.reference.sketch import (
    Node,
    Numbers,
    Rule,
    finished,
    with_behaviours,
    with_networks,
    with_signals,
)
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.system import System, SystemState

AREA, TOP, BOTTOM = 4.0e4, 2.0e6, 1.2e7  # µm², µm³: a share of a 24-well insert
CELL_AREA = 1000.0  # µm² of a cell in a closed layer


@dataclass
class Insert:
    """A transwell: sites 0 (top, with cells) and 1 (bottom); permeabilities in µm/min, substances before populations.

    closed, opened, across : by cell type, then by thing, None: absent; closers : (type, node, half, hill)
    eaten : µm³/min of endocytosis as stated, by cell type and thing; eats : as it is, by cell type and population,
    which the first node raises to 3x
    transfers : (step, source, target, fraction, share, drawn, scale)
    """

    n_substances: int = 1
    copies: Sequence[float] = (3.0,)  # per particle: one cargo slot for each population
    filter: Sequence[object] = (50.0, 20.0)
    closed: Sequence[Sequence[object]] = ((None, None),)
    opened: Sequence[Sequence[object]] = ((None, None),)
    across: Sequence[Sequence[object]] = ((None, None),)
    eaten: Sequence[Sequence[object]] = ()
    eats: Sequence[Sequence[object]] = ()
    closers: Sequence[tuple[int, int, object, object]] = ()
    resistance: tuple[Sequence[object], Sequence[object]] = ((None,), (None,))
    confluence: Sequence[object] = (1.0 / CELL_AREA,)
    nodes: Sequence[object] = (1.0,)  # start of the nodes of every type
    transfers: Sequence[tuple[int, int, int, int, object, object, float]] = ()
    diffusing: bool = True
    variants: int = 1
    macro_step: float = 30.0
    numbers: Numbers = field(init=False)

    def system(self) -> System:
        """Top and bottom, and what passes between them."""
        self.numbers = Numbers(self.variants)
        n_things, n_types = len(self.filter), len(self.closed)
        empty = blank_exchange(n_types, n_things)

        def by_thing(rows: Sequence[Sequence[object]]) -> np.ndarray:
            return np.array([self.numbers.row(row) for row in rows], dtype=np.int32).reshape(len(rows), n_things)

        barriers = replace(
            empty.barriers, first=np.array([0], np.int32), second=np.array([1], np.int32), area=np.array([AREA]),
            p_filter=by_thing([self.filter]), p_closed=by_thing(self.closed), p_open=by_thing(self.opened),
            p_transcytosis=by_thing(self.across),
            p_endocytosis=by_thing(self.eaten or [[None] * n_things] * n_types),
            closer_type=np.array([c[0] for c in self.closers], np.int32),
            closer_node=np.array([c[1] for c in self.closers], np.int32),
            p_closer_half=self.numbers.row([c[2] for c in self.closers]),
            p_closer_hill=self.numbers.row([c[3] for c in self.closers]),
            p_resistance_closed=self.numbers.row(self.resistance[0]),
            p_resistance_open=self.numbers.row(self.resistance[1]),
        )  # fmt: skip
        rows = self.transfers
        transfers = replace(
            empty.transfers, step=np.array([r[0] for r in rows], np.int64),
            source=np.array([r[1] for r in rows], np.int32), target=np.array([r[2] for r in rows], np.int32),
            fraction=np.array([r[3] for r in rows], np.int8), p_share=self.numbers.row([r[4] for r in rows]),
            p_drawn=self.numbers.row([r[5] for r in rows]), scale=np.array([r[6] for r in rows], np.float64),
            key=np.arange(11, 11 + len(rows), dtype=np.int64),
        )  # fmt: skip
        top, bottom = (self._site(volume, n_types) for volume in (TOP, BOTTOM))
        between = replace(empty, barriers=barriers, transfers=transfers)
        return system_of([finished(top, self.numbers), finished(bottom, self.numbers)], between)

    def _site(self, volume: float, n_types: int) -> p.Program:
        grid = p.Grid(1, 1, 1, AREA**0.5, volume / AREA, 0, AREA)
        program = blank_program(grid, n_types=n_types, n_substances=self.n_substances, macro_step=self.macro_step)
        n = len(self.copies)
        tables = {name: absent(n_types, n) for name in ("p_receptors", "p_internalise", "p_detach", "p_escape")}
        vesicles = replace(
            program.vesicles, p_diffusion=self.numbers.row([240.0] * n), p_decay=absent(n), p_residence=absent(n),
            p_half_saturation=absent(n_types, n), ligand=absent(n_types, n),
            donor=absent(n), slot_population=np.arange(n, dtype=np.int32),
            slot_species=np.zeros(n, np.int32), p_copies=self.numbers.row(self.copies), slot_kind=np.zeros(n, np.int8),
            p_bind=absent(n, 0), p_unbind=absent(n, 0), wall=np.zeros((n, 6), np.int8), p_passage=absent(n, 0),
            p_lysosome=absent(n_types, n), moved_by_flow=np.zeros(n, np.int8), **tables,
        )  # fmt: skip
        cargo = replace(
            program.cargo, p_degradation=absent(1), p_loading=absent(n_types, n), family=absent(1),
            whole_copies=np.zeros(1, np.int8),
        )  # fmt: skip
        behaviours = replace(program.behaviours, release=absent(n), route=absent(n, 3), loading=absent(n))
        types = replace(program.cell_types, p_confluence=self.numbers.row(self.confluence))
        program = replace(program, vesicles=vesicles, cargo=cargo, behaviours=behaviours, cell_types=types, n_species=1)
        if self.eats:
            route = absent(n, 3)
            route[:, p.ROUTE_ENDOCYTOSIS] = np.arange(n)
            raised = [
                Rule(type=t, behaviour=b, signal=0, limit=3.0, half=0.5) for t in range(n_types) for b in range(n)
            ]
            program = with_signals(program, [(p.Signal.NODE, 0, p.NONE)])
            program = with_behaviours(program, self.numbers, [[row] for row in self.eats], raised, route=route)
        return with_networks(program, self.numbers, [[Node(initial=x) for x in self.nodes] for _ in range(n_types)])

    def states(self, system: System, *, cells: Sequence[int] = (0,), seeds: Sequence[int] = (1,)) -> SystemState:
        """A batch with one row per seed; cells[s % len(cells)] cells of type 0 lie on the filter of row s."""
        states = []
        for site, program in enumerate(system.sites):
            numbers = [cells[s % len(cells)] if site == 0 else 0 for s in range(len(seeds))]
            state = blank_state(program, [np.full((n, 3), 1.0) for n in numbers])
            state.site_key = np.array([[seed, 7 + (site << 32)] for seed in seeds], dtype=np.uint64)
            state.nodes[:] = np.array(self.nodes, dtype=np.float64)
            states.append(state)
        return states_of(*states)


def pour_in(program: p.Program, state: State, *, molecules: float = 0.0, particles: int = 0) -> None:
    """Put molecules of every substance and particles of every population, with cargo, into one voxel, booked."""
    state.concentration += molecules / program.grid.voxel_volume
    state.substance_ledger[:, :, SubstanceTerm.START] += molecules
    state.vesicles += particles
    state.vesicle_ledger[:, :, VesicleTerm.START] += particles
    copies = particles * program.values[0, program.vesicles.p_copies]
    state.cargo += copies[:, None]
    state.cargo_ledger[:, :, VesicleTerm.START] += copies
