"""A dish question as a laboratory asks it: a monolayer on a filter, vesicles above it, arms and drawn values.

Forty cells lie on the filter, with 1e5 vesicles per cell above them at the start. Vesicles carry a miRNA and a membrane
protein, go in by three routes, and cross the filter as a dissolved tracer does; the miRNA silences the node that holds
the junctions shut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vesicula.engine import exchange
from vesicula.engine import program as p
from vesicula.engine.reference.blank import absent, blank_exchange, blank_program, states_of, system_of
from vesicula.engine.reference.sketch import (
    Node,
    Numbers,
    Rule,
    Term,
    finished,
    with_behaviours,
    with_networks,
    with_signals,
)
from vesicula.engine.start import initial_state
from vesicula.engine.system import System, SystemState

CELLS = 40
CELL_AREA = 1500.0  # µm² in a closed layer
AREA = CELLS * CELL_AREA
DEPTHS = (3_000.0, 18_000.0)  # µm of medium above and below the filter
PARTICLES = 1e5 * CELLS
CARGO, MEMBRANE = 0, 1


@dataclass(frozen=True)
class Arm:
    """What an arm does: factors on the dose, the copies per vesicle and the uptake; streams: added to the seed."""

    dose: float = 1.0
    copies: float = 1.0
    uptake: float = 1.0
    streams: int = 0


@dataclass
class Question:
    """A model with arms and draws.

    lots : float64[n_draws, 4], factors on clearance, copies, the target's time constant and permeability
    """

    lots: np.ndarray
    arms: tuple[Arm, ...]
    macro_step: float = 30.0
    hours: float = 48.0
    numbers: Numbers = field(init=False)

    def vary(self, base: float, column: int | None = None, factor: str | None = None) -> np.ndarray:
        """A number of every variant: arms, and for each the draws."""
        drawn = np.ones(len(self.lots)) if column is None else self.lots[:, column]
        by_arm = [1.0 if factor is None else getattr(arm, factor) for arm in self.arms]
        return (base * np.array(by_arm)[:, None] * drawn).ravel()

    def site(self, depth: float, n_cells: int) -> p.Program:
        """One side of the filter."""
        put, row = self.numbers, self.numbers.row
        grid = p.Grid(1, 1, 1, AREA**0.5, depth, 0, AREA)
        program = blank_program(grid, n_substances=2, macro_step=self.macro_step)
        program = with_signals(program, [(p.Signal.NODE, 0, 0), (p.Signal.SUBSTANCE, 0, p.NONE)])
        nodes = [Node(initial=1.0, time=self.vary(2_000.0, 2)), Node([Term(p.Gate.ACTIVATE, 1, half=0.5)])]
        program = with_networks(program, put, [nodes])
        uptake = [self.vary(x, 0, "uptake") for x in (5.0, 40.0, 20.0)]
        columns = {
            "secretion": np.array([0, p.NONE], np.int32), "uptake": np.array([1, p.NONE], np.int32),
            "release": absent(1), "route": np.array([[2, 3, 4]], np.int32), "loading": absent(2), "kill": absent(1),
        }  # fmt: skip
        program = with_behaviours(program, put, [[[50.0, 30.0, *uptake]]], [Rule(0, 0, 2.0, 0.5)], **columns)
        fates = {"p_receptors": 500.0, "p_internalise": 0.02, "p_detach": 0.01, "p_escape": 0.2, "p_lysosome": 0.005}
        tables = {name: row([value]).reshape(1, 1) for name, value in fates.items()}
        n_events = int(n_cells > 0)
        cells = np.zeros(n_cells, np.int32)
        return replace(
            program, n_species=2,
            substances=replace(
                program.substances, p_diffusion=row([6e3, 2e3]), p_decay=row([1e-3, None]),
                p_initial=row([0.1, 2.0 if n_cells else 0.0]),
            ),
            vesicles=replace(
                program.vesicles, p_diffusion=row([240.0]), p_decay=row([1e-4]), p_residence=absent(1),
                p_half_saturation=absent(1, 1), ligand=absent(1, 1),
                donor=absent(1), slot_population=np.zeros(2, np.int32),
                slot_species=np.array([CARGO, MEMBRANE], np.int32), slot_kind=np.array([0, 1], np.int8),
                p_copies=row([self.vary(0.5, 1, "copies"), 5.0]), p_bind=absent(1, 0), p_unbind=absent(1, 0),
                wall=np.zeros((1, 6), np.int8), p_passage=absent(1, 0), moved_by_flow=np.zeros(1, np.int8), **tables,
            ),
            cargo=replace(
                program.cargo, p_degradation=row([1e-4, 1e-4]), p_loading=np.array([row([0.2, None])], np.int32),
                family=np.array([0, p.NONE], np.int32), whole_copies=np.array([1, 0], np.int8),
            ),
            silencing=replace(
                program.silencing, type=np.zeros(1, np.int32), family=np.zeros(1, np.int32),
                node=np.zeros(1, np.int32), p_mrna=row([20.0]), p_lambda=row([20.0]), p_kappa=row([3.0]),
                p_kappa_undisturbed=row([3.0]), p_own=row([50.0]).reshape(1, 1),
                p_own_undisturbed=row([50.0]).reshape(1, 1), p_competitor_sites=absent(1, 1),
                p_competitor_lambda=absent(1, 1),
                p_competitor_kappa=absent(1, 1), n_families=1,
            ),
            cell_types=replace(
                program.cell_types, p_volume=row([2_000.0]), p_volume_spread=row([1.1]),
                p_confluence=row([1.0 / CELL_AREA]),
            ),
            protocol=p.Protocol(
                step=np.zeros(n_events, np.int64), kind=np.full(n_events, p.Event.DOSE_VESICLES, np.int8),
                what=np.zeros(n_events, np.int32), state=absent(n_events), region=absent(n_events),
                p_amount=np.full(n_events, put(self.vary(PARTICLES, None, "dose")), np.int32),
                key=np.zeros(n_events, np.int64), stands_for=np.ones(n_events, np.int64),
            ),
            start=p.Start(
                cells, cells, cells, cells + p.NONE, np.full((n_cells, 3), np.nan), np.ones(n_cells, dtype=np.int64)
            ),
        )  # fmt: skip

    def system(self) -> System:
        """The filter and both sides."""
        self.numbers = Numbers(len(self.arms) * len(self.lots))
        row = self.numbers.row
        empty = blank_exchange(1, 3)
        barriers = replace(
            empty.barriers, first=np.array([0], np.int32), second=np.array([1], np.int32), area=np.array([AREA]),
            p_filter=np.array([row([100.0, 60.0, 10.0])], np.int32),
            p_closed=np.array([row([self.vary(1.0, 3), self.vary(0.5, 3), 0.001])], np.int32),
            p_open=np.array([row([40.0, 20.0, 2.0])], np.int32),
            closer_type=np.zeros(1, np.int32), closer_node=np.zeros(1, np.int32), p_closer_half=row([0.5]),
            p_closer_hill=row([4.0]),
        )  # fmt: skip
        top, bottom = self.site(DEPTHS[0], CELLS), self.site(DEPTHS[1], 0)
        sides = [finished(top, self.numbers), finished(bottom, self.numbers)]
        return system_of(sides, replace(empty, barriers=barriers))

    def states(self, system: System) -> SystemState:
        """Every variant once; the same random keys in every arm that states no streams of its own."""
        n = len(self.lots)
        rows = [[[1 + arm.streams, (k << 32) | draw] for arm in self.arms for draw in range(n)] for k in range(2)]
        sites = zip(system.sites, rows, strict=True)
        return states_of(*(initial_state(program, range(len(self.arms) * n), keys) for program, keys in sites))

    @property
    def steps(self) -> int:
        return round(self.hours * 60.0 / self.macro_step)


def answers(asked: Question, states: SystemState) -> dict[str, np.ndarray]:
    """What a laboratory would read, by arm and draw."""
    top, bottom = states.sites
    shape = len(asked.arms), len(asked.lots)
    system = asked.system()
    by_site = shape[0] * shape[1], CELLS
    return {
        "target node": top.nodes[:, 0].reshape(by_site).mean(axis=1).reshape(shape),
        "copies per cell": top.copies[:, CARGO].reshape(by_site).mean(axis=1).reshape(shape),
        "endosomal per cell": top.endosomal[:, 0].reshape(by_site).mean(axis=1).reshape(shape),
        "free above": top.vesicles[:, 0, 0].reshape(shape).astype(float),
        "free below": bottom.vesicles[:, 0, 0].reshape(shape).astype(float),
        "dextran below": bottom.concentration[:, 1, 0].reshape(shape),
        "permeability": exchange.permeability(system.exchange.barriers, 0, system.sites[0], top)[:, 1].reshape(shape),
    }
