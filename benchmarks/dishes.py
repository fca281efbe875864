"""A dish question, batched: what 64 draws of six arms cost, part by part, and what the macro step changes.

    python -m benchmarks.dishes [--draws 64] [--hours 48] [--steps 6 20 30 60] [--threads 2] [--parts]

Case: tests/cases/dish_question.py, a transwell of 40 cells and 4e6 vesicles above them, so two sites for each of the
384 variants. Clearances, copies, doses and permeabilities differ between the variants.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from tests.cases.dish_question import CELLS, Arm, Question, answers

from vesicula.engine import exchange, invariants, protocol, signals, vesicles
from vesicula.engine import step as schedule
from vesicula.engine.sharing import use_threads
from vesicula.engine.system import SystemState

ARMS = (Arm(dose=0.0), Arm(), Arm(copies=0.0), Arm(uptake=0.1), Arm(dose=0.1), Arm(dose=10.0))
PARTS = ("signals", "networks", "behaviours", "pools", "vesicles", "lifecycle", "mechanics", "order")


def question(draws: int, macro_step: float, hours: float = 48.0) -> Question:
    """The benchmark's question with so many draws of its parameters."""
    return Question(np.exp(0.7 * np.random.default_rng(7).normal(size=(draws, 4))), ARMS, macro_step, hours)


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
    places += [(schedule.matrix, "advance", "  matrix")]
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


def march(asked: Question) -> tuple[float, SystemState]:
    """Seconds of the whole run, and the states at its end."""
    system = asked.system()
    states = asked.states(system)
    begun = time.perf_counter()
    for _ in range(asked.steps):
        schedule.advance(system, states)
    used = time.perf_counter() - begun
    for program, state in zip(system.sites, states.sites, strict=True):
        assert not invariants.vesicle_balance(state).any()
        assert np.abs(invariants.substance_balance(program, state)).max() < 1e-3
    return used, states


def main() -> None:
    """Time the question, and compare what macro steps of other lengths answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--hours", type=float, default=48.0)
    parser.add_argument("--steps", type=float, nargs="+", default=[30.0], help="macro steps to compare, min")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", action="store_true", help="also the time of every part")
    chosen = parser.parse_args()
    use_threads(chosen.threads)
    found = {}
    for macro_step in chosen.steps:
        asked = question(chosen.draws, macro_step, chosen.hours)
        march(replace(asked, hours=macro_step / 30.0))
        used, states = march(asked)
        cells = states.sites[0].n_cells
        each = 1e9 * used / asked.steps
        print(
            f"macro step {macro_step:g} min: {used:.2f} s for {len(ARMS)} × {chosen.draws} draws, {chosen.hours:g} h; "
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
