"""The gain of every closed loop of a model: run up to a moment, then link by link at the state of that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.errors import VesiculaError
from vesicula.experiments.loops.behind import behind
from vesicula.experiments.loops.cycles import MOST, gain, loops, opened
from vesicula.experiments.loops.levels import Flux, flux
from vesicula.experiments.loops.links import Graph, Moment, graph, not_followed
from vesicula.experiments.loops.things import Thing, in_words
from vesicula.march import March, first_states

if TYPE_CHECKING:
    from vesicula.compiler.names import Compiled
    from vesicula.engine.system import SystemState
    from vesicula.language.model import Model

F64 = NDArray[np.float64]
WHILE = 1440.0
"""Minutes before the moment over which is averaged what stores set free and walls let through."""
SHOWN = 8
"""Loops that are told, the strongest first."""


@dataclass(frozen=True)
class Estimate:
    """A number at stated values, and over the draws its median and the ends of its central 90 %."""

    stated: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Link:
    """What one thing drives: d ln(end)/d ln(start), all else as it is."""

    start: str
    end: str
    elasticity: Estimate


@dataclass(frozen=True)
class Loop:
    """A closed loop. links : places in `LoopGain.links`, in its order; weakest : of the same, at stated values"""

    things: tuple[str, ...]
    links: tuple[int, ...]
    weakest: int
    gain: Estimate


@dataclass(frozen=True)
class Level:
    """A level at stated values, in its unit.

    seen : mean of the run outside solid matrix; balanced : where gain and loss are equal
    """

    name: str
    unit: str
    seen: float
    balanced: float


@dataclass(frozen=True)
class Foundation:
    """A stated value behind a link: path, as written, class of evidence, and d ln(elasticity)/d ln(value)."""

    path: str
    value: float
    unit: str
    evidence: str
    influence: float


@dataclass(frozen=True)
class LoopGain:
    """How strongly the parts of a model drive each other round closed loops.

    at, over : min, the moment of the run and the time for which numbers of cells are followed from there
    found : loops in all; loops : the strongest of them      links : of these loops
    opened : by level or number of cells, gain of all loops through it together
    rests_on : of the weakest link of the strongest loop      levels : of everything dissolved
    notes : what is left out of this model, or did not work
    """

    model: str
    arm: str
    at: float
    over: float
    draws: int
    found: int
    loops: tuple[Loop, ...]
    links: tuple[Link, ...]
    opened: dict[str, Estimate]
    rests_on: tuple[Foundation, ...]
    levels: tuple[Level, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The same as plain data."""
        return asdict(self)


def loop_gain(
    model: str | Path | Model, *, at: str | None = None, over: str | None = None, through: Sequence[str] = (),
    arm: str | None = None, draws: int = 1, prior: bool = False, seed: int = 1,
) -> LoopGain:  # fmt: skip
    """Gain of the closed loops of a model at a moment of its run, with the elasticity of every link.

    at : moment of the run (unsaid: its middle)      over : for how long numbers of cells are followed (unsaid: as long
    as the rest of the run)      through : only loops through all of these levels, cells or doings
    arm : unsaid: the baseline
    draws : runs, the first with stated values; calibrated draws where the model has some, unless `prior`
    Raises   VesiculaError where a name, a time or an arm is none of the model; what `load` and a run raise
    """
    compiled = _compiled(model, arm, draws, seed, prior=prior)
    step, horizon = _times(compiled, at, over)
    moment = _run_to(compiled, step, horizon)
    drawn = graph(moment)
    every, more = loops(drawn.links)
    words = {one: _words(one, compiled) for link in drawn.links for one in link}
    asked = [_named(name, words) for name in through]
    wanted = [loop for loop in every if all(any(one in loop for one in some) for some in asked)]
    gains = {loop: gain(loop, drawn.links) for loop in wanted}
    wanted.sort(key=lambda loop: -abs(float(gains[loop][0])))
    return _told(compiled, moment, drawn, wanted, words, more=more)


def _told(
    compiled: Compiled, moment: Moment, drawn: Graph, wanted: list[tuple[Thing, ...]], words: dict[Thing, str], *,
    more: bool,
) -> LoopGain:  # fmt: skip
    links, best = drawn.links, wanted[:SHOWN]
    used = list(dict.fromkeys(pair for loop in best for pair in _pairs(loop)))
    place = {pair: k for k, pair in enumerate(used)}
    told = []
    for loop in best:
        weakest = min(_pairs(loop), key=lambda pair: abs(float(links[pair][0])))
        rows = tuple(place[pair] for pair in _pairs(loop))
        told.append(Loop(tuple(words[one] for one in loop), rows, place[weakest], _estimate(gain(loop, links))))
    cuts = [one for one in dict.fromkeys(one for loop in best for one in loop) if one.kind != "doing"]
    rests = behind(moment, 0, used[told[0].weakest], compiled) if told else ()
    return LoopGain(
        model=compiled.model.name, arm=compiled.arms[0], at=moment.step * compiled.macro_step, over=moment.horizon,
        draws=len(compiled.variants), found=len(wanted), loops=tuple(told),
        links=tuple(Link(words[a], words[b], _estimate(links[a, b])) for a, b in used),
        opened={words[one]: _estimate(opened(one, links)) for one in cuts},
        rests_on=tuple(
            Foundation(one.path, one.value.number, one.value.unit, _class(one.value.evidence), one.influence)
            for one in rests
        ),
        levels=_levels(compiled, drawn), notes=_notes(compiled, drawn, more=more),
    )  # fmt: skip


def _class(evidence: object) -> str:
    return "assumed" if evidence is None else str(getattr(evidence, "value", evidence))


def _pairs(loop: tuple[Thing, ...]) -> list[tuple[Thing, Thing]]:
    return list(zip(loop, (*loop[1:], loop[0]), strict=True))


def _estimate(values: F64) -> Estimate:
    known = values[np.isfinite(values)]
    if not len(known):
        return Estimate(*[float("nan")] * 4)
    low, median, high = (float(x) for x in np.quantile(known, (0.05, 0.5, 0.95)))
    return Estimate(float(values[0]), median, low, high)


def _compiled(model: str | Path | Model, arm: str | None, draws: int, seed: int, *, prior: bool) -> Compiled:
    """The model with one arm, and its draws: the first has the stated values."""
    from vesicula.language import examine
    from vesicula.simulation import load

    ready = examine(model).ready()
    names = [one.name for one in ready.arms]
    if arm is not None and arm not in names:
        raise VesiculaError(f"{ready.name} has no arm `{arm}`", f"its arms: {', '.join(names)}")
    arms = tuple(one for one in ready.arms if one.name == arm) if arm is not None else ready.arms[:1]
    one_arm = ready.model_copy(update={"arms": arms, "measures": (), "experiments": (), "controls": ()})
    return load(one_arm, seed=seed, draws=draws, prior=prior)


def _times(compiled: Compiled, at: str | None, over: str | None) -> tuple[int, float]:
    """Macro step of the moment, and horizon in minutes."""
    moment = 0.5 * compiled.span if at is None else units.internal(units.parse_quantity(at), "time")
    step = round(moment / compiled.macro_step)
    if not 0 < step * compiled.macro_step <= compiled.span:
        raise VesiculaError(
            f"the run of {compiled.model.name} has no moment {at} after its start",
            f"say a time up to {compiled.span / 1440:g} days",
        )
    rest = compiled.span - step * compiled.macro_step
    horizon = rest if over is None else units.internal(units.parse_quantity(over), "time")
    if horizon <= 0:
        raise VesiculaError("numbers of cells have to be followed for some time", "say for example `--over '7 days'`")
    return step, horizon


def _run_to(compiled: Compiled, step: int, horizon: float) -> Moment:
    """Run all draws up to a macro step."""
    from vesicula.engine.attended import Attendant
    from vesicula.results import describe

    before = max(0, step - max(1, round(WHILE / compiled.macro_step)))
    march = March(
        describe(compiled, record_steps=(0, step)), compiled.system, first_states(compiled.system, compiled.keys)
    )
    attendant, earlier = Attendant(), None
    try:
        while not march.ended:
            if march.now == before and earlier is None:
                earlier = _copied(march.states)
            attendant.run(march.on)
    finally:
        attendant.close()
    states = _copied(march.states)
    assert earlier is not None
    passed: list[Flux] = [
        flux(first, last, (step - before) * compiled.macro_step)
        for first, last in zip(earlier.sites, states.sites, strict=True)
    ]
    return Moment(compiled.system.at(step), states, passed, step, horizon)


def _copied(states: SystemState) -> SystemState:
    return states.take(np.arange(states.n_rows))


def _words(thing: Thing, compiled: Compiled) -> str:
    system = compiled.system
    return in_words(thing, compiled.names, system.site_names, system.sites[0].n_states)


def _named(name: str, words: dict[Thing, str]) -> list[Thing]:
    """Things of that name; cells also without their state, things of a site without it."""
    found = [one for one, text in words.items() if text == name or text.removesuffix(" cells") == name]
    found = found or [one for one, text in words.items() if text.startswith(f"{name} ") and one.kind != "doing"]
    if not found:
        known = sorted({text for one, text in words.items() if one.kind != "doing"})
        raise VesiculaError(f"nothing that drives anything is called `{name}`", f"for example: {', '.join(known)}")
    return found


def _levels(compiled: Compiled, drawn: Graph) -> tuple[Level, ...]:
    names, n = compiled.names.substances, len(compiled.names.substances)
    out = []
    for place in range(drawn.levels.seen.shape[1]):
        one = names[place % n]
        if not one.made_by_compiler and drawn.levels.seen[0, place] > 0:
            words = _words(Thing("level", place // n, place % n), compiled)
            seen, balanced = float(drawn.levels.seen[0, place]), float(drawn.levels.balanced[0, place])
            out.append(Level(words, one.display_unit, seen * one.display_factor, balanced * one.display_factor))
    return tuple(out)


def _notes(compiled: Compiled, drawn: Graph, *, more: bool) -> tuple[str, ...]:
    out = [f"values from {compiled.ensemble.words}"] if compiled.ensemble is not None else []
    through = not_followed(compiled.model)
    if through:
        out.append(f"closed loops of the model also lead through what is not followed here: {'; '.join(through)}")
    if more:
        out.append(f"there are more than {MOST:,} loops; those that were found first are told")
    if any(one.restless for one in drawn.did):
        out.append(
            "a network does not come to rest (a switch or a clock inside a cell): its links are those of a moment"
        )
    unsettled = int(drawn.levels.unsettled.sum())
    if unsettled:
        out.append(f"levels found no balance in {unsettled} of {len(compiled.variants)} draws")
    far = [one.name for one in _levels(compiled, drawn) if not 0.5 <= one.seen / max(one.balanced, 1e-300) <= 2.0]
    if far:
        out.append(f"not in balance at this moment, or uneven in space, by more than a factor 2: {', '.join(far)}")
    return tuple(out)


__all__ = ["Estimate", "Foundation", "Level", "Link", "Loop", "LoopGain", "loop_gain"]
