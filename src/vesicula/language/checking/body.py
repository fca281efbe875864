"""Checks of the body: sites, cells and states that flows and passages name."""

from __future__ import annotations

import math

from vesicula.language.body import BodyText, Leaves, Parts, Perfuses
from vesicula.language.checking.names import NameCheck
from vesicula.language.checking.values import FAR_BELOW, stated
from vesicula.language.model import Model, Site
from vesicula.language.names import kin
from vesicula.language.resolving import DEFAULT_STEP
from vesicula.language.sentences import place_in
from vesicula.language.steps import AddCells, StartTable
from vesicula.language.text import Report


class BodyCheck(NameCheck):
    """Checks of the block `body` of a model whose labware has become sites."""

    def body(self) -> None:
        """Every sentence."""
        for one in self.model.body:
            ends = (one.source, one.target)
            remedy = f"add it under `sites`; there are {', '.join(self.names.sites)}"
            if not all(
                [self.known(s, self.names.sites, "a site of this model", place_in(one, s), remedy) for s in ends]
            ):
                continue
            if one.source == one.target:
                message = f"{one.source} is on both sides"
                self.report.add("same-site", place_in(one, one.source), message, "name two different sites")
            elif isinstance(one, Leaves):
                self.leaves(one)
            elif isinstance(one, Parts):
                self.parts(one)
            else:
                self.twice(one)
                self.washed_out(one)

    def twice(self, one: Perfuses) -> None:
        """One flow between two sites."""
        pair = {one.source, one.target}
        same = [
            other for other in self.model.body if isinstance(other, Perfuses) and pair == {other.source, other.target}
        ]
        if same[0] is not one:
            message = f"the flow between {one.source} and {one.target} is said already"
            remedy = "leave one of the two sentences out, or write their sum in one"
            self.report.add("two-ways", one.where, message, remedy)

    def washed_out(self, one: Perfuses) -> None:
        """Vesicles, and what is dissolved in a tissue, in the smaller of two places, renewed far faster than a step."""
        sites = {site.name: site for site in self.model.sites}
        ends = [(sites[one.target], sites[one.source]), (sites[one.source], sites[one.target])]
        sizes = [real_volume(site) for site, _ in ends]
        flow, step = stated(one.flow, "volume rate"), stated(self.model.run.step or DEFAULT_STEP, "time")
        if None in sizes or not flow or step is None:
            return
        volume, (place, other) = min(zip(sizes, ends, strict=True), key=lambda pair: pair[0] or 0.0)
        by_halves = ["vesicles"] if self.model.vesicles else []
        if self.model.substances and "tissue" in (place.kind, other.kind):
            by_halves.insert(0, "what is dissolved")
        minutes = (volume or 0.0) / flow
        if by_halves and 0.0 < minutes * FAR_BELOW < step:
            message = (
                f"the fluid of {place.name} is renewed within {minutes:.2g} min, far below the step of {step:g} min"
            )
            remedy = (
                f"{' and '.join(by_halves)} there will be as in {other.name}: take a step of about {minutes:.2g} min,"
                f" make one place of the two, or leave it where only {other.name} matters"
            )
            self.report.warn("washed-out", place_in(one, place.name), message, remedy)

    def parts(self, one: Parts) -> None:
        """A wall: of cells with a `barrier`, between two well-mixed places, in the first of which they are."""
        where = place_in(one, one.cell)
        if not self.known(one.cell, self.names.cells, "a cell of this model", where):
            return
        tissue = next((s for s in (one.source, one.target) if self.names.sites[s].kind == "tissue"), None)
        if tissue is not None:
            message = f"{tissue} is a tissue, in which cells have places"
            remedy = "let them lie along a region of matrix there, as in networks/junction-belt, or make it a pool"
            self.report.add("geometry", place_in(one, tissue), message, remedy)
        if not any(self.names.cells[name].barrier for name in kin(self.model, one.cell)):
            message = f"nothing says what a layer of {one.cell} lets through"
            remedy = f'add a `barrier` to {one.cell}, for example `barrier: {{"EV, closed": 1e-8 cm/s}}`'
            self.report.add("missing-key", where, message, remedy)
        if one.cell not in cells_in(self.model)[one.source]:
            message = f"no {one.cell} ever comes to {one.source}"
            remedy = f"add for example `- 40 {one.cell} in {one.source}` under `start`, or name the other place first"
            self.report.add("nobody-there", where, message, remedy)

    def between(self, one: Leaves) -> None:
        """The wall that cells pass on their way."""
        ends = {one.source, one.target}
        walls = [x for x in self.model.body if isinstance(x, Parts) and {x.source, x.target} == ends]
        if not any(wall.cell == one.between for wall in walls):
            where = place_in(one, one.between or "")
            message = f"no wall of {one.between} parts {one.source} from {one.target}"
            remedy = f"write `{one.between} parts {one.source} from {one.target}, 1 cm^2, membrane 0.3 um`"
            self.report.add("unknown-name", where, message, remedy)

    def leaves(self, one: Leaves) -> None:
        """A passage."""
        where = place_in(one, one.cell)
        if not self.known(one.cell, self.names.cells, "a cell of this model", where):
            return
        cell = self.names.cells[one.cell]
        self.state(cell, one.from_state, place_in(one, one.from_state or ""))
        self.state(cell, one.to_state, place_in(one, one.to_state or ""))
        if one.between is not None:
            self.between(one)
        if one.cell not in cells_in(self.model)[one.source]:
            message = f"no {one.cell} ever comes to {one.source}"
            remedy = f"add for example `- 40 {one.cell} in {one.source}` under `start`, or let them leave for it"
            self.report.add("nobody-there", where, message, remedy)


def real_volume(site: Site) -> float | None:
    """Volume of all that a site stands for, µm³; None where it is not said."""
    if site.kind != "tissue":
        return stated(site.volume, "volume")
    edges = [*site.size, *([site.depth or site.voxel] if len(site.size) == 2 else [])]
    lengths = [stated(edge, "length") for edge in edges]
    if len(lengths) < 3 or None in lengths or not site.share > 0.0:
        return None
    return math.prod(length or 0.0 for length in lengths) / site.share


def cells_in(model: Model) -> dict[str, set[str]]:
    """Cell types that can be in each site: placed or added there, arrived from elsewhere, or become of these."""
    there: dict[str, set[str]] = {site.name: set() for site in model.sites}
    regions = {region.name: site.name for site in model.sites for region in site.regions}
    every = {cell.name for cell in model.cells}
    steps = (*model.protocol, *(step for arm in model.arms for step in arm.steps))
    for one in (*model.start, *(step for step in steps if isinstance(step, AddCells))):
        place: object = getattr(one, "region", None) or getattr(one, "place", None)
        sites = [site for site in there if place in (None, site) or regions.get(str(place)) == site]
        for site in sites:
            there[site] |= every if isinstance(one, StartTable) else {str(getattr(one, "cell", ""))}
    grew = True
    while grew:
        before = sum(len(cells) for cells in there.values())
        for cells in there.values():
            cells |= {b.to for cell in model.cells if cell.name in cells for b in cell.becomes if b.to in every}
        for one in model.body:
            if isinstance(one, Leaves) and one.source in there and one.target in there:
                there[one.target] |= {one.cell} & there[one.source]
        grew = sum(len(cells) for cells in there.values()) > before
    return there


def leaving(body: tuple[BodyText, ...], cell: str) -> tuple[str, ...]:
    """Sites that a cell type leaves."""
    return tuple(one.source for one in body if isinstance(one, Leaves) and one.cell == cell)


def check_body(model: Model, report: Report) -> None:
    """All checks of the body of a model."""
    BodyCheck(model, report).body()
