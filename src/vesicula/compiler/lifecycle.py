"""Hazard clocks of every cell type: division, cycle phases, death, transitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.compiler.doubling import rate_of_doubling
from vesicula.engine.program import NONE, Effect, Lifecycle
from vesicula.language.body import Leaves
from vesicula.language.model import Cell
from vesicula.language.sentences import Becomes

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Clock:
    """One hazard clock: for whom it runs, its base rate column, and what it does. word: `division`, `apoptosis`,
    `necrosis`, `becoming NAME` or `leaving SITE` as rules call it; a clock rules cannot change has an empty word.
    between: cells whose wall is passed on leaving
    """

    text: str
    word: str
    type: int
    state: int
    phase: int
    p_rate: int
    p_steps: int
    effect: Effect
    to_type: int = NONE
    to_state: int = NONE
    site: int = NONE
    to_site: int = NONE
    between: str | None = None


def clocks_of(ctx: Context, t: int, cell: Cell) -> list[Clock]:
    """All clocks of a cell type."""
    return [*_division(ctx, t, cell), *_death(ctx, t, cell), *_transitions(ctx, t, cell), *_passages(ctx, t, cell)]


def _steps(ctx: Context, steps: int) -> int:
    return ctx.parameters.constant(f"{steps} Erlang steps", float(steps)) if steps > 1 else NONE


def _division(ctx: Context, t: int, cell: Cell) -> list[Clock]:
    p, path = ctx.parameters, f"cells.{cell.name}"
    out: list[Clock] = []
    for k, phase in enumerate(cell.cycle):
        rate = p.inverse(p.source(f"{path}.cycle.{phase.name}", phase.lasts, "time"))
        last = k == len(cell.cycle) - 1
        word = "division" if k == 0 else ""
        effect = Effect.DIVIDE if last else Effect.NEXT_PHASE
        for state in phase.lasts_while or (None,):
            text = f"{cell.name} ends {phase.name}" + (f" while {state}" if state else "")
            steps = _steps(ctx, phase.steps)
            out.append(Clock(text, word, t, ctx.state_index(cell, state), k, rate, steps, effect))
    rate = NONE
    if cell.divides is not None:
        rate = p.inverse(p.source(f"{path}.divides", cell.divides, "time"))
    elif cell.doubles is not None:
        doubling = p.source(f"{path}.doubles", cell.doubles, "time")
        rate = p.derive(f"{path}.doubles as rate", lambda x: rate_of_doubling(x, cell.division_steps), doubling)
    if rate != NONE:
        for state in cell.divides_while or (None,):
            text = f"{cell.name} divides" + (f" while {state}" if state else "")
            steps = _steps(ctx, cell.division_steps)
            out.append(Clock(text, "division", t, ctx.state_index(cell, state), NONE, rate, steps, Effect.DIVIDE))
    return out


def _death(ctx: Context, t: int, cell: Cell) -> list[Clock]:
    p, path = ctx.parameters, f"cells.{cell.name}"
    out: list[Clock] = []
    if cell.dies is not None:
        rate = p.inverse(p.source(f"{path}.dies", cell.dies, "time"))
        steps = _steps(ctx, cell.death_steps)
        out.append(
            Clock(f"{cell.name} reaches its lifetime", "apoptosis", t, NONE, NONE, rate, steps, Effect.APOPTOSIS)
        )
    for word, value, effect in (
        ("apoptosis", cell.apoptosis, Effect.APOPTOSIS),
        ("necrosis", cell.necrosis, Effect.NECROSIS),
    ):
        if value is not None:
            rate = p.source(f"{path}.{word}", value, "rate")
            out.append(Clock(f"{cell.name} {word}", word, t, NONE, NONE, rate, NONE, effect))
    return out


def _transitions(ctx: Context, t: int, cell: Cell) -> list[Clock]:
    return [_transition(ctx, t, cell, number, sentence) for number, sentence in enumerate(cell.becomes)]


def _transition(ctx: Context, t: int, cell: Cell, number: int, sentence: Becomes) -> Clock:
    p, path = ctx.parameters, f"cells.{cell.name}.becomes.{number}"
    if sentence.rate is not None:
        rate = p.source(f"{path}.rate", sentence.rate, "rate", sources=sentence.sources)
    else:
        value = ctx.need(sentence.after, "the time of this transition", sentence.where)
        rate = p.inverse(p.source(f"{path}.after", value, "time", sources=sentence.sources))
    to_type, to_state = t, ctx.state_index(cell, sentence.to)
    if sentence.to not in cell.states:
        to_type = ctx.type_index(sentence.to)
        to_state = ctx.state_index(ctx.model.cells[to_type], sentence.to_state)
    return Clock(
        text=f"{cell.name} becomes {sentence.to}",
        word=f"becoming {sentence.to}",
        type=t,
        state=ctx.state_index(cell, sentence.from_state),
        phase=NONE,
        p_rate=rate,
        p_steps=_steps(ctx, sentence.steps),
        effect=Effect.TRANSITION,
        to_type=to_type,
        to_state=to_state,
    )


def _passages(ctx: Context, t: int, cell: Cell) -> list[Clock]:
    """Clocks of the body by which cells leave one site for another."""
    sites = [site.name for site in ctx.model.sites]
    return [
        Clock(
            text=f"{cell.name} leaves {one.source} for {one.target}",
            word=f"leaving {one.source}",
            type=t,
            state=ctx.state_index(cell, one.from_state),
            phase=NONE,
            p_rate=ctx.parameters.source(f"body.{number}.rate", one.rate, "rate", sources=one.sources),
            p_steps=NONE,
            effect=Effect.LEAVE,
            to_state=ctx.state_index(cell, one.to_state),
            site=sites.index(one.source),
            to_site=sites.index(one.target),
            between=one.between,
        )
        for number, one in enumerate(ctx.model.body)
        if isinstance(one, Leaves) and one.cell == cell.name
    ]


def compile_lifecycle(ctx: Context, clocks: list[Clock]) -> Lifecycle:
    """The engine's table of clocks, stays of dead cells, and numbers of cycle phases."""
    p = ctx.parameters
    clearance = np.full((len(ctx.model.cells), 2), NONE, dtype=np.int32)
    for t, cell in enumerate(ctx.model.cells):
        value = ctx.need(cell.dead_stay, f"how long a dead {cell.name} stays", cell.where)
        clearance[t, :] = p.source(f"cells.{cell.name}.dead stay", value, "time")

    def ints(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        return np.array(numbers, dtype=np.int32)

    return Lifecycle(
        type=ints([c.type for c in clocks]),
        state=ints([c.state for c in clocks]),
        phase=ints([c.phase for c in clocks]),
        p_steps=ints([c.p_steps for c in clocks]),
        effect=np.array([c.effect for c in clocks], dtype=np.int8),
        to_type=ints([c.to_type for c in clocks]),
        to_state=ints([c.to_state for c in clocks]),
        site=ints([c.site for c in clocks]),
        to_site=ints([c.to_site for c in clocks]),
        p_clearance=clearance,
        n_phases=ints([len(cell.cycle) for cell in ctx.model.cells]),
    )
