"""What is said of sites that are fuller than they can be, and of motion that was cut, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.outgrown import REMEDY
from vesicula.engine.program import Program
from vesicula.engine.room import BYTES_PER_CELL, FULL, FULLEST, MOST_BYTES, filled
from vesicula.engine.state import State, Work
from vesicula.engine.system import System, SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.errors import ResourceError
from vesicula.results.wording import counted, duration, listed, number


class Told(Protocol):
    """A variant of a run."""

    @property
    def arm(self) -> str:
        """Its arm."""
        ...

    @property
    def replicate(self) -> int:
        """Its replicate, from 0."""
        ...

    @property
    def draw(self) -> int:
        """Its draw; 0: the stated values."""
        ...


def which(variant: Told, *, draws: bool) -> str:
    """`draw 3 (arm loaded)`, counted from 1 as the reports do."""
    arm = f" (arm {variant.arm})" if variant.arm else ""
    return f"{'draw' if draws else 'replicate'} {variant.replicate + 1}{arm}"


class CrowdWatch:
    """Looks at all sites after every macro step: tells what is new, and ends a run that nothing can come of."""

    def __init__(self, system: System, variants: Sequence[Told]) -> None:
        self._system, self._variants = system, variants
        self._draws = len({v.draw for v in variants}) > 1
        self._told_full = [set[int]() for _ in system.sites]
        self._told_cut = [set[int]() for _ in system.sites]

    def look(self, states: SystemState) -> list[str]:
        """What is new, a sentence each.

        Raises   ResourceError where a tissue is full beyond `FULLEST`, or the cells of all sites beyond memory
        """
        news: list[str] = []
        named = zip(self._system.site_names, self._system.sites, states.sites, strict=True)
        for k, (name, program, state) in enumerate(named):
            if not state.n_cells:
                continue
            share = filled(program, state)
            worst = int(np.argmax(share))
            if program.grid.dimensions > 0 and share[worst] > FULLEST:
                raise self._too_full(name, program, state, worst, float(share[worst]))
            full = share > FULL
            if fresh := self._new(full, state, self._told_full[k]):
                news.append(f"{name} holds no more cells: {self._cases(program, state, fresh)}")
            cut = state.work[:, Work.MOTION_CUT] > 0
            if fresh := self._new(cut, state, self._told_cut[k]):
                news.append(f"cells of {name} move less than they should: {self._cases(program, state, fresh)}")
        if (cells := states.n_cells) * BYTES_PER_CELL > MOST_BYTES:
            message = f"the cultures have grown to {cells:,} simulated cells, more than memory should hold"
            raise ResourceError(message, REMEDY)
        return news

    @staticmethod
    def _new(where: NDArray[np.bool_], state: State, told: set[int]) -> list[int]:
        """Sites of the batch where it is so and whose variants have not been told of; they have now."""
        fresh = [s for s in np.flatnonzero(where).tolist() if int(state.site_variant[s]) not in told]
        told.update(int(state.site_variant[s]) for s in fresh)
        return fresh

    def _which(self, state: State, s: int) -> str:
        return which(self._variants[int(state.site_variant[s])], draws=self._draws)

    def _cases(self, program: Program, state: State, sites: list[int]) -> str:
        """Draws, cells and time of what happened in some sites of a batch, at most three of them in full."""
        cells = np.bincount(cell_sites(state), state.stands_for, state.n_sites)
        words = [f"{self._which(state, s)} with {counted(int(cells[s]), 'cell')}" for s in sites]
        if len(words) > 3:
            words = [*words[:2], f"{len(words) - 2} more"]
        return f"{listed(words)}, at {duration(state.step * program.macro_step)}"

    def _too_full(self, name: str, program: Program, state: State, s: int, share: float) -> ResourceError:
        cells = int(np.diff(state.cell_start)[s])
        what = "volume" if program.grid.dimensions == 3 else "area"
        message = (
            f"{name} is full: the {cells:,} cells of {self._which(state, s)} take"
            f" {number(share)} times its {what} at {duration(state.step * program.macro_step)}; a run"
            f" ends at {FULLEST:g} times"
        )
        return ResourceError(message, REMEDY)
