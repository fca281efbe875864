"""What a run will be, told before it: how long it takes, and how many cells of each kind are simulated.

The time is a sum over the macro steps of what a site, a variant, a cell, a voxel of a substance, a voxel of a vesicle
population and an edge of a network cost, in processor time of one thread on a shared two-core machine: cells,
populations and edges as in `benchmarks/README.md`; the others fitted to the first forty steps of six models of the
library and of laboratories (none to 17,000 voxels of substances, 240 to 7,300 cells), which come out to a factor of
2.5. Fields near their steady state cost up to ten times less, stiff ones and crowds more.

    Equation   T = N Σ over sites (p + Σ_v (a + b n_v + voxels (c substances + d populations) + e edges n_v))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vesicula.compiler.growth import growth
from vesicula.compiler.names import Compiled
from vesicula.engine.room import FULLEST
from vesicula.language.samples import Sample, sampled
from vesicula.results.wording import counted

PER_SITE, PER_VARIANT, PER_CELL, PER_DISH_CELL = 2e-3, 6e-5, 4e-6, 1.6e-6  # s per macro step
PER_SUBSTANCE, PER_POPULATION, PER_EDGE = 3e-6, 4.5e-7, 1.1e-8  # of a voxel, a voxel, a cell
LEAST = 5.0  # s, of which nothing finer is told


@dataclass(frozen=True)
class Forecast:
    """seconds: of processor time; variants: arms × draws; cells, cells_later: simulated in all of them at the start
    and, as expected, at the end; samples: kinds of cells of which fewer are simulated.
    """

    seconds: float
    variants: int
    steps: int
    cells: int
    cells_later: int
    samples: tuple[Sample, ...]

    def sentences(self) -> list[str]:
        """What a person is told."""
        later = f", about {_rounded(self.cells_later):,} at the end" if self.cells_later != self.cells else ""
        lines = [
            f"will take {about(self.seconds)} of one core: {counted(self.variants, 'culture')} (arms x draws),"
            f" {counted(self.steps, 'step')}, {counted(self.cells, 'simulated cell')}{later}"
        ]
        return lines + [f"{one.words} in {one.site}" for one in self.samples]

    def as_dict(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "core_seconds": float(f"{self.seconds:.2g}"),
            "cultures": self.variants,
            "steps": self.steps,
            "simulated_cells": self.cells,
            "simulated_cells_at_the_end": _rounded(self.cells_later),
            "samples": [
                {"site": one.site, "cell": one.cell, "cells": one.cells, "simulated": one.simulated}
                for one in self.samples
            ],
        }


def forecast(compiled: Compiled, *, times: float = 1.0) -> Forecast:
    """What the run of a compiled model will be; times : as many draws as were compiled, where only some were."""
    sites = compiled.system.sites
    grown = growth(compiled.system, compiled.span)
    # a run ends where a tissue is fuller than `FULLEST`; before that, cells are as many as are expected
    fullest = np.array([FULLEST if p.grid.dimensions > 0 else np.inf for p in sites])
    most = np.minimum(1.0, fullest / np.maximum(grown.filled, 1e-300))
    cells = np.einsum("mvst,mvs->ms", grown.simulated, most)
    steps = max(1, round(compiled.span / compiled.macro_step))
    total, variants = 0.0, len(compiled.variants)
    for s, program in enumerate(sites):
        present = float(np.trapezoid(cells[:, s], grown.times) / compiled.span)
        voxels, edges = program.grid.n_voxels, len(program.networks.gate_signal) / max(program.n_types, 1)
        per_cell = (PER_CELL if program.grid.dimensions > 0 else PER_DISH_CELL) + PER_EDGE * edges
        per_voxel = PER_SUBSTANCE * program.n_substances + PER_POPULATION * program.n_populations
        total += steps * (PER_SITE + variants * (PER_VARIANT + voxels * per_voxel) + present * per_cell)
    first, last = round(float(cells[0].sum())), round(float(cells[-1].sum()))
    total, first, last, variants = total * times, round(first * times), round(last * times), round(variants * times)
    return Forecast(total, variants, steps, first, last, sampled(compiled.model, compiled.model.sites))


def about(seconds: float) -> str:
    """Time in words, to one digit: `a few seconds`, `about 40 s`, `about 2 min`, `about 3 h`, `about 2 days`."""
    if seconds < LEAST:
        return "a few seconds"
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= (2.0 if unit == "days" else 1.5) * length:
            return f"about {float(f'{seconds / length:.1g}'):,g} {unit}"
    return f"about {float(f'{seconds:.1g}'):g} s"


def _rounded(number: int) -> int:
    return int(float(f"{number:.2g}"))
