"""`vesicula explain MODEL --loop`: the closed loops of a model, link by link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json
from vesicula.results.wording import counted, duration, listed, number

if TYPE_CHECKING:
    from vesicula.experiments.loops.gain import Estimate, Loop, LoopGain

RESTS = 8
"""Values behind the weakest link that are told."""


def explain_loops(
    model: str, *, at: str | None, over: str | None, through: list[str], draws: int, prior: bool, seed: int,
    as_json: bool,
) -> int:  # fmt: skip
    """Run a model up to a moment and show the gain of its loops. Returns the exit code."""
    from vesicula.experiments import loop_gain

    found = loop_gain(model, at=at, over=over, through=through, draws=draws, prior=prior, seed=seed)
    if as_json:
        emit_json(found.as_dict())
    else:
        emit(loops_text(found, through))
    return exits.OK


def loops_text(found: LoopGain, through: list[str]) -> str:
    """The loops as a person reads them."""
    over = f"{counted(found.draws, 'draw')}, " if found.draws > 1 else ""
    when = f"at {duration(found.at)}; numbers of cells follow over {duration(found.over)}"
    lines = [
        f"{found.model}, {found.arm}, {over}{when}",
        *(f"! {one}" for one in found.notes),
        "",
    ]
    if not found.loops:
        names = f" through {listed(through)}" if through else ""
        return "\n".join([*lines, f"No closed loop{names} at this moment."])
    lines.append(f"{counted(found.found, 'closed loop')}; the strongest:")
    for k, loop in enumerate(found.loops, 1):
        lines.append(f"{k:>3}  gain {_estimate(loop.gain, found.draws)}")
        lines += [f"       {row}" for row in _rows(found, loop)]
    lines += ["", "All loops together, opened at (from 1 on, it feeds itself)"]
    width = max(len(name) for name in found.opened)
    lines += [f"  {name:<{width}}  {_estimate(gain, found.draws)}" for name, gain in found.opened.items()]
    if found.rests_on:
        weakest = found.links[found.loops[0].weakest]
        lines += ["", f"The weakest link of loop 1, {weakest.start} -> {weakest.end}, rests on"]
        for one in found.rests_on[:RESTS]:
            value = f"{one.value:g} {one.unit}".strip()
            lines.append(f"  {one.path}  {value}, {one.evidence}; 1 % more of it: {one.influence:+.2f} % of the link")
    lines += ["", "Levels at stated values: in the run, and where gain and loss balance"]
    lines += [f"  {one.name}  {number(one.seen)} and {number(one.balanced)} {one.unit}" for one in found.levels]
    return "\n".join(lines)


def _rows(found: LoopGain, loop: Loop) -> list[str]:
    """A line for each link of a loop, the weakest marked."""
    links = [(k, found.links[k]) for k in loop.links]
    width = max(len(f"{one.start} -> {one.end}") for _, one in links)
    return [
        f"{f'{one.start} -> {one.end}':<{width}}  {_estimate(one.elasticity, found.draws)}"
        + ("  weakest" if k == loop.weakest else "")
        for k, one in links
    ]


def _estimate(one: Estimate, draws: int) -> str:
    """`+0.083`, with draws `+0.083 (median +0.05, 90 % -0.01 to +0.2)`."""
    said = _signed(one.stated)
    if draws == 1:
        return said
    return f"{said} (median {_signed(one.median)}, 90 % {_signed(one.low)} to {_signed(one.high)})"


def _signed(value: float) -> str:
    return f"+{number(value, 2)}" if value > 0 else number(value, 2)
