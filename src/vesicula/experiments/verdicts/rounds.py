"""Calibrated draws of an experiment file, some at a time: no more of them than its verdicts need.

After every round it is asked, without looking at what is expected, whether more draws could change a verdict. Rounds
follow each other in the order of the draws and are counted in work, not in time, so that the same file is asked in the
same draws on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.running import Measured
from vesicula.experiments.verdicts.conditions import DRAWS_FOR_A_CONDITION, MET, SHARE
from vesicula.experiments.verdicts.judging import MOST, Shown
from vesicula.results.statistics import wilson

if TYPE_CHECKING:
    from vesicula.compiler import Compiled
    from vesicula.experiments.verdicts.controls import Control

ROUND = 64  # draws
WORK = 24_000_000  # cells times macro steps, of all rounds of a file after the first: about 90 s of a core
Reading = tuple[Sequence["Control"], Sequence[tuple[str, Shown]]]


def prefixes(compiled: Compiled) -> Iterator[Compiled]:
    """A compiled model with its stated values and the first 64, 128, … draws; all at the end."""
    draws = sorted({one.draw for one in compiled.variants if one.draw})
    for first in range(0, len(draws), ROUND):
        yield of_draws(compiled, {0, *draws[: first + ROUND]})


def of_draws(compiled: Compiled, draws: set[int]) -> Compiled:
    """A compiled model with some of its draws."""
    rows = [k for k, one in enumerate(compiled.variants) if one.draw in draws]
    variants = tuple(compiled.variants[k] for k in rows)
    return replace(compiled, variants=variants, system=compiled.system.of_variants(rows))


def in_rounds(
    compiled: Compiled, run: Callable[[Compiled], Measured], read: Callable[[Measured], Reading]
) -> tuple[Compiled, Measured]:  # fmt: skip
    """Run draws until no verdict of the file needs more of them.

    run : what a compiled model shows      read : the positive controls, and what each claim's experiment showed
    Returns   the model with the draws that were run, and what it showed
    """
    from vesicula.results import describe

    parts: list[tuple[Compiled, Measured]] = []
    done: set[int] = set()
    now, result = of_draws(compiled, done), None
    for now in prefixes(compiled):
        new = {one.draw for one in now.variants} - done
        part = of_draws(now, new)
        parts.append((part, run(part)))
        done |= new
        steps = parts[0][1].description.plan.record_steps
        result = _joined(replace(parts[-1][1], description=describe(now, record_steps=steps)), parts)
        spent = sum(one.work for _, one in parts[1:])
        if enough(*read(result)) or spent + parts[-1][1].work > WORK:
            break
    assert result is not None, "a run in rounds has draws"
    return now, result


def _joined(whole: Measured, parts: Sequence[tuple[Compiled, Measured]]) -> Measured:
    """What all rounds showed together, in the order of the variants of `whole`."""
    at = {(v.arm, v.draw): (k, i) for k, (part, _) in enumerate(parts) for i, v in enumerate(part.variants)}
    places = [at[one.arm, one.draw] for one in whole.description.variants]
    values = {
        name: np.array([parts[k][1].values[name][i] for k, i in places]) for name in parts[0][1].values
    }  # fmt: skip
    return replace(
        whole, values=values, core_seconds=sum(one.core_seconds for _, one in parts),
        kept=all(one.kept for _, one in parts), work=sum(one.work for _, one in parts),
    )  # fmt: skip


def enough(controls: Sequence[Control], read: Sequence[tuple[str, Shown]]) -> bool:
    """Whether more draws could change no verdict: each claim's control fails for sure, or what it shows is clear.

    A share is sure where its whole Wilson interval lies on one side of the limit.
    """
    return all(_unreadable(controls, claim) or clear(seen) for claim, seen in read)


def _unreadable(controls: Sequence[Control], claim: str) -> bool:
    needed = [one for one in controls if one.needed_by(claim)]
    return any(one.n > 0 and wilson(round(one.share * one.n), one.n)[2] < MOST for one in needed)


def clear(seen: Shown) -> bool:
    """Whether draws agree on what an experiment showed, or show so little that no condition can be found.

    Under a condition 80 % show the effect, and a tenth of the draws meet it, so that it is seen in 8 % of all.
    """
    if not seen.n:
        return False
    shows: list[NDArray[np.bool_]] = [seen.signs == 1, seen.signs == -1] if seen.steep is None else [seen.steep]
    counts = [int(one.sum()) for one in shows]
    return (
        seen.n >= DRAWS_FOR_A_CONDITION
        or any(wilson(count, seen.n)[1] >= MOST for count in counts)
        or wilson(sum(counts), seen.n)[2] < SHARE * MET
    )
