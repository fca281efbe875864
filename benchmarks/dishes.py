"""A dish question, batched: what 64 draws of six arms cost, part by part, and what the macro step changes.

    python -m benchmarks.dishes [--draws 64] [--hours 48] [--steps 6 20 30 60] [--threads 2] [--parts]

Case: a transwell, 40 cells of one type on the filter, 1e5 vesicles per cell above them at the start. Vesicles carry a
miRNA and a membrane protein, go in by three routes, and cross the filter as 70 kDa dextran does; the miRNA silences the
node that holds the junctions shut. Clearances, copies, doses and permeabilities differ between the variants.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numba
import numpy as np

from vesicula.engine import exchange, invariants, protocol, signals, vesicles
from vesicula.engine import program as p
from vesicula.engine import step as schedule
from vesicula.engine.exchange import Exchange
from vesicula.engine.reference.blank import absent, blank_exchange, blank_program
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
from vesicula.engine.state import State

ARMS, CELLS = 6, 40
CELL_AREA = 1500.0  # µm² in a closed layer
AREA = CELLS * CELL_AREA
DEPTHS = (3_000.0, 18_000.0)  # µm of medium above and below the filter
PARTICLES = 1e5 * CELLS
CARGO, MEMBRANE = 0, 1
ARMS_OF_DOSE = (0.0, 1.0, 1.0, 1.0, 0.1, 10.0)
ARMS_OF_COPIES = (1.0, 1.0, 0.0, 1.0, 1.0, 1.0)
ARMS_OF_UPTAKE = (1.0, 1.0, 1.0, 0.1, 1.0, 1.0)
PARTS = ("signals", "networks", "behaviours", "matrix", "fields", "vesicles", "lifecycle", "mechanics", "order")


@dataclass
class Question:
    """The model of the benchmark. lots: factors float64[n_draws, 4] on clearance, copies, target and permeability."""

    lots: np.ndarray
    macro_step: float
    hours: float = 48.0
    numbers: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers(ARMS * len(self.lots))

    def vary(self, base: float, column: int | None = None, arms: tuple[float, ...] = (1.0,) * ARMS) -> np.ndarray:
        """A number of every variant: arms, and for each the draws."""
        drawn = np.ones(len(self.lots)) if column is None else self.lots[:, column]
        return (base * np.array(arms)[:, None] * drawn).ravel()

    def site(self, depth: float, n_cells: int) -> p.Program:
        """One side of the filter."""
        put, row = self.numbers, self.numbers.row
        grid = p.Grid(1, 1, 1, AREA**0.5, depth, 0, AREA)
        program = blank_program(grid, n_substances=2, macro_step=self.macro_step)
        program = with_signals(program, [(p.Signal.NODE, 0, 0), (p.Signal.SUBSTANCE, 0, p.NONE)])
        nodes = [Node(initial=1.0, time=self.vary(2_000.0, 2)), Node([Term(p.Gate.ACTIVATE, 1, half=0.5)])]
        program = with_networks(program, put, [nodes])
        uptake = [self.vary(x, 0, ARMS_OF_UPTAKE) for x in (5.0, 40.0, 20.0)]
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
                p_half_saturation=absent(1), donor=absent(1), slot_population=np.zeros(2, np.int32),
                slot_species=np.array([CARGO, MEMBRANE], np.int32), slot_kind=np.array([0, 1], np.int8),
                p_copies=row([self.vary(0.5, 1, ARMS_OF_COPIES), 5.0]), p_bind=absent(1, 0), p_unbind=absent(1, 0),
                wall=np.zeros((1, 6), np.int8), p_passage=absent(1, 0), moved_by_flow=np.zeros(1, np.int8), **tables,
            ),
            cargo=replace(
                program.cargo, p_degradation=row([1e-4, 1e-4]), p_loading=np.array([row([0.2, None])], np.int32),
                family=np.array([0, p.NONE], np.int32), whole_copies=np.array([1, 0], np.int8),
            ),
            silencing=replace(
                program.silencing, type=np.zeros(1, np.int32), family=np.zeros(1, np.int32),
                node=np.zeros(1, np.int32), p_mrna=row([20.0]), p_lambda=row([20.0]), p_kappa=row([3.0]),
                p_own=row([50.0]).reshape(1, 1), p_competitor_sites=absent(1, 1), p_competitor_lambda=absent(1, 1),
                p_competitor_kappa=absent(1, 1), n_families=1,
            ),
            cell_types=replace(
                program.cell_types, p_volume=row([2_000.0]), p_volume_spread=row([1.1]),
                p_confluence=row([1.0 / CELL_AREA]),
            ),
            protocol=p.Protocol(
                step=np.zeros(n_events, np.int64), kind=np.full(n_events, p.Event.DOSE_VESICLES, np.int8),
                what=np.zeros(n_events, np.int32), state=absent(n_events), region=absent(n_events),
                p_amount=np.full(n_events, put(self.vary(PARTICLES, None, ARMS_OF_DOSE)), np.int32),
                key=np.zeros(n_events, np.int64),
            ),
            start=p.Start(cells, cells, cells, cells + p.NONE, np.full((n_cells, 3), np.nan)),
        )  # fmt: skip

    def tables(self) -> tuple[Exchange, tuple[p.Program, p.Program]]:
        """The filter and both sides."""
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
        return replace(empty, barriers=barriers), (finished(top, self.numbers), finished(bottom, self.numbers))

    def states(self, programs: tuple[p.Program, ...]) -> tuple[State, ...]:
        """Every variant once; the same random keys in every arm."""
        n = len(self.lots)
        rows = [[[1, (site << 32) | draw] for _ in range(ARMS) for draw in range(n)] for site in range(2)]
        return tuple(
            initial_state(program, range(ARMS * n), keys) for program, keys in zip(programs, rows, strict=True)
        )

    @property
    def steps(self) -> int:
        return round(self.hours * 60.0 / self.macro_step)


def question(draws: int, macro_step: float, hours: float = 48.0) -> Question:
    """The benchmark's question with so many draws of its parameters."""
    return Question(np.exp(0.7 * np.random.default_rng(7).normal(size=(draws, 4))), macro_step, hours)


def clocked(used: dict[str, float], name: str, call: Callable[..., object]) -> Callable[..., object]:
    """The same function with its seconds added up under a name."""

    def run(*arguments: object, **named: object) -> object:
        begun = time.perf_counter()
        out = call(*arguments, **named)
        used[name] += time.perf_counter() - begun
        return out

    return run


def by_parts(asked: Question) -> None:
    """Seconds in every part of the macro step."""
    used: dict[str, float] = defaultdict(float)
    places = [(getattr(schedule, name), "advance", name) for name in PARTS if name not in ("signals", "order")]
    places = [(m, "evaluate" if n == "behaviours" else a, n) for m, a, n in places]
    places += [(signals, "read", "signals"), (signals, "read_nodes", "signals"), (schedule.order, "canonical", "order")]
    places += [(protocol, "apply", "protocol"), (exchange, "through_barriers", "barriers")]
    vesicle_parts = ("set_free", "jostle_step", "expect_step", "draw_step", "tilings", "tables", "population_conduits")
    places += [(vesicles, name, f"  vesicles.{name}") for name in (*vesicle_parts, "footprint", "deliver")]
    before = [(module, name, getattr(module, name)) for module, name, _ in places]

    for (module, name, call), (_, _, shown) in zip(before, places, strict=True):
        setattr(module, name, clocked(used, shown, call))
    try:
        whole, _ = march(asked)
    finally:
        for module, name, call in before:
            setattr(module, name, call)
    for name, seconds in sorted(used.items(), key=lambda item: -item[1]):
        print(f"    {name:28s} {seconds:7.3f} s {100 * seconds / whole:5.1f} %")


def march(asked: Question) -> tuple[float, tuple[State, ...]]:
    """Seconds of the whole run, and the states at its end."""
    between, programs = asked.tables()
    states = asked.states(programs)
    begun = time.perf_counter()
    for _ in range(asked.steps):
        schedule.advance(between, programs, states)
    used = time.perf_counter() - begun
    for program, state in zip(programs, states, strict=True):
        assert not invariants.vesicle_balance(state).any()
        assert np.abs(invariants.substance_balance(program, state)).max() < 1e-3
    return used, states


def answers(asked: Question, states: tuple[State, ...]) -> dict[str, np.ndarray]:
    """What a laboratory would read, by arm and draw."""
    top, bottom = states
    shape = ARMS, len(asked.lots)
    between, programs = asked.tables()
    by_site = shape[0] * shape[1], CELLS
    return {
        "target node": top.nodes[:, 0].reshape(by_site).mean(axis=1).reshape(shape),
        "copies per cell": top.copies[:, CARGO].reshape(by_site).mean(axis=1).reshape(shape),
        "endosomal per cell": top.endosomal[:, 0].reshape(by_site).mean(axis=1).reshape(shape),
        "free above": top.vesicles[:, 0, 0].reshape(shape).astype(float),
        "free below": bottom.vesicles[:, 0, 0].reshape(shape).astype(float),
        "dextran below": bottom.concentration[:, 1, 0].reshape(shape),
        "permeability": exchange.permeability(between.barriers, 0, programs[0], top)[:, 1].reshape(shape),
    }


def main() -> None:
    """Time the question, and compare what macro steps of other lengths answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--hours", type=float, default=48.0)
    parser.add_argument("--steps", type=float, nargs="+", default=[30.0], help="macro steps to compare, min")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", action="store_true", help="also the time of every part")
    chosen = parser.parse_args()
    numba.set_num_threads(min(chosen.threads, numba.config.NUMBA_NUM_THREADS))
    found = {}
    for macro_step in chosen.steps:
        asked = question(chosen.draws, macro_step, chosen.hours)
        march(replace(asked, hours=macro_step / 30.0))
        used, states = march(asked)
        cells = states[0].n_cells
        each = 1e9 * used / asked.steps
        print(
            f"macro step {macro_step:g} min: {used:.2f} s for {ARMS} arms × {chosen.draws} draws, {chosen.hours:g} h; "
            f"{each / cells:.0f} ns per cell and macro step, {each / cells * CELLS:.0f} ns per transwell"
        )
        if chosen.parts:
            by_parts(asked)
        found[macro_step] = answers(asked, states)
    finest = found[min(found)]
    for macro_step, read in found.items():
        print(f"macro step {macro_step:g} min: medians of the arms (and mean relative distance from the finest)")
        for name, values in read.items():
            base = finest[name]
            off = np.abs(values - base) / np.maximum(np.abs(base).mean(axis=1, keepdims=True), 1e-12)
            print(
                f"    {name:20s} " + " ".join(f"{m:10.4g}" for m in np.median(values, axis=1)) + f"   {off.mean():.1e}"
            )


if __name__ == "__main__":
    main()
