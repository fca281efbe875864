"""How many cells of a dish or pool are simulated, and how many of its kind each of them stands for.

A simulated cell of a site without positions may stand for many that are like it (`engine.state.State`): fluid, doses
and counts are always those of the whole. Every kind of cell is sampled for itself, so that few cells are all there
beside many others. The sample is as large as the question needs: the noise of a mean over n cells is at most 1/√n of
it where cells differ as much as their mean (lives and deaths that come at random), so the difference of two arms is
known to √(2/n), which is to be half of the smallest effect that the measures show.

    Equation   n = 2 (2/e)², e : smallest visible effect over the measures; between `LEAST` and `MOST`

Over several draws or seeds every one brings its own noise, so each may have twice as much: a quarter of the cells. So
it is in every run of a text with experiments, which are judged over draws against the noise of such runs. In a model in
which no cell divides, dies, changes or comes, all of a kind do the same and differ by what they are given: `LEAST`.
`sample` of labware asks for another number of each kind, `share` of a pool for a part of it, which changes nothing but
the noise.

A sample that grows to `GROWN` times its size is large enough: from then on a cell that divides stands for both
daughters, so that a culture costs no more when its cells have doubled ten times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vesicula import units
from vesicula.language.assays import smallest_of
from vesicula.language.model import Labware, Model, Site
from vesicula.language.steps import AddCells, StartCount, StartDensity
from vesicula.language.values import Value

LEAST = 40
"""Simulated cells of a kind where cells do not differ by chance; all cells where there are fewer."""
MOST = 1000
"""Simulated cells of a kind at most; more would take long, and their noise is below 3 %."""
OF_A_POOL = 200
"""Simulated cells of a kind in a pool at least, of which several kinds keep each other; all where there are fewer."""
SEVERAL = 8
GROWN = 2
Brought = StartCount | StartDensity | AddCells


@dataclass(frozen=True)
class Sample:
    """Cells of one kind that stand in a site at the start: real and simulated number."""

    site: str
    cell: str
    cells: int
    simulated: int

    @property
    def words(self) -> str:
        """`40 simulated cells stand for 10,000 tumour`."""
        stand = "cell stands" if self.simulated == 1 else "cells stand"
        return f"{self.simulated:,} simulated {stand} for {self.cells:,} {self.cell}"


def needed(model: Model) -> int:
    """Simulated cells of a kind that the model's question needs."""
    if not _by_chance(model):
        return LEAST
    seen = [smallest_of(one.kind, one.assay) for one in model.measures]
    smallest = min(seen, default=1.0)
    number = 2.0 * (2.0 / smallest) ** 2
    if model.experiments or model.run.draws * model.run.seeds >= SEVERAL:
        number /= 4.0
    return int(min(max(number, LEAST), MOST))


def sparse(model: Model) -> Model:
    """The model with `LEAST` simulated cells of a kind in labware, and in pools that nothing travels to or from."""
    few = Value(number=float(LEAST), unit="cells")
    labware = tuple(one.model_copy(update={"sample": _smaller(one.sample, few)}) for one in model.labware)
    counts = [float(one.count) for one in model.start if isinstance(one, StartCount)]
    share = min(1.0, LEAST / max([LEAST, *counts]))
    sites = tuple(
        one.model_copy(update={"share": share}) if one.kind == "pool" and one.share >= 1.0 and not model.body else one
        for one in model.sites
    )
    return model.model_copy(update={"labware": labware, "sites": sites})


def _smaller(one: Value | None, other: Value) -> Value:
    cells = None if one is None else units.internal(one, "cells")
    return one if one is not None and cells is not None and cells < other.number else other


def _by_chance(model: Model) -> bool:
    """Whether lives of cells are drawn: they divide, die, change, travel or are scattered in what they are."""
    lives = ("divides", "doubles", "cycle", "dies", "apoptosis", "necrosis", "kills", "engulfs", "becomes", "traits")
    return bool(model.body) or any(
        cell.diameter_spread is not None or any(getattr(cell, name) for name in lives) for cell in model.cells
    )


def most_for(model: Model, site: Site, cells: float, one: Brought | None = None) -> int:
    """How many of `cells` of one kind a simulated one may stand for in a site, ≥ 1; in a tissue each is itself.

    one : the sentence that brings them; where the start puts more there of the same kind, state and label, each of them
    stands for as many as those, so that a trickle of cells does not make the sample grow
    """
    if site.kind == "tissue":
        return 1
    many = max([cells, *(float(n) for n in _alike_at_start(model, site, one))])
    return 1 if many < 2 else max(1, int(many // max(1, _wanted(model, site, many))))


def _alike_at_start(model: Model, site: Site, one: Brought | None) -> list[int]:
    names = {site.name, *(region.name for region in site.regions)}
    counts = [other for other in model.start if isinstance(other, StartCount) and other.region in names]
    return [] if one is None else [other.count for other in counts if _what(other) == _what(one)]


def _what(one: Brought) -> tuple[str, str | None, str | None]:
    """Kind, state and label of the cells of a sentence; cells that are added have no label."""
    return one.cell, one.state, None if isinstance(one, AddCells) else one.label


def most_simulated(model: Model, site: Site, at_start: int) -> int:
    """Simulated cells of a kind from which on divisions add none, by those at the start; 0 in a tissue: no limit."""
    if site.kind == "tissue":
        return 0
    labware = _labware(model, site)
    asked = needed(model) if labware is None or labware.sample is None else units.internal(labware.sample, "cells")
    return GROWN * max(at_start, 1, int(asked))


def _labware(model: Model, site: Site) -> Labware | None:
    return next((one for one in model.labware if one.name == site.labware), None)


def _wanted(model: Model, site: Site, cells: float) -> int:
    labware = _labware(model, site)
    if labware is None:
        if site.kind == "pool" and site.share >= 1.0:
            return max(OF_A_POOL, needed(model))
        return max(round(cells * site.share), min(LEAST, needed(model)))
    return needed(model) if labware.sample is None else max(1, round(units.internal(labware.sample, "cells")))


def samples(model: Model, sites: Sequence[Site]) -> tuple[Sample, ...]:
    """What is simulated of the cells that stand in these sites at the start, kind by kind."""
    out: list[Sample] = []
    for site in sites:
        for one in model.start:
            if isinstance(one, StartCount) and one.region == site.name and site.kind != "tissue":
                cells = round(one.count)
                simulated = cells // most_for(model, site, cells, one)
                out.append(Sample(site.name, one.cell, cells, simulated))
    return tuple(out)


def sampled(model: Model, sites: Sequence[Site]) -> tuple[Sample, ...]:
    """Of `samples`, the kinds of which fewer are simulated than there are."""
    return tuple(one for one in samples(model, sites) if one.simulated < one.cells)
