"""Checks of amounts against what their place can hold: copies in a vesicle, cells in a site, release per cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vesicula.errors import UnitError
from vesicula.language.body import Parts
from vesicula.language.checking.holds import CLOSEST, MOST_SHED, copies_that_fit, draws_beyond, shed_per_day
from vesicula.language.names import kin
from vesicula.language.steps import AddCells, LoadCargo, StartCount, StartDensity
from vesicula.units import internal

if TYPE_CHECKING:
    from vesicula.language.model import Carried, Cell, Model, Site, Vesicle
    from vesicula.language.text import Report
    from vesicula.language.values import Location, Value

WITHOUT_MEMBRANE = ("NVEP", "lipoprotein")
RARELY = 0.01
"""Share of draws from which an impossible one is told."""
LAYERS = 2.0
"""Times that cells fill the area of a site, from where it is told."""
FULLEST = 10.0
"""Times that cells fill a tissue, from where a run of it ends."""
MOST_VOXELS = 1000.0
"""Voxels that one cell may cover."""
MOST_STOOD_FOR = 1e14
"""Cells that one simulated cell may stand for: more than a body has."""


def check_amounts(model: Model, report: Report) -> None:
    """Every amount of a completed model whose place is known from the text alone."""
    for vesicle in model.vesicles:
        if vesicle.kind not in WITHOUT_MEMBRANE:
            for carried in vesicle.carries:
                _carried(vesicle, carried, model, report)
    for cell in model.cells:
        _released(cell, model, report)
        for site in model.sites:
            _diameter(cell, site, report)
    for site in model.sites:
        _crowd(site, model, report)
        if 0 < site.share * MOST_STOOD_FOR < 1:
            message = f"a simulated cell of {site.name} would stand for {1 / site.share:.3g}"
            report.add("too-many", site.where, message, "a person has some 4e13 cells; write for example `1 in 1000`")


def _size(value: Value | None, dimension: str) -> float | None:
    """A value in internal units; None where it is not known, or not right (told with the units)."""
    if value is None or not value.has_number:
        return None
    try:
        found = internal(value, dimension)
    except (UnitError, OverflowError):
        return None
    return found if math.isfinite(found) and found > 0 else None


# --- vesicles


def _carried(vesicle: Vesicle, carried: Carried, model: Model, report: Report) -> None:
    diameter, copies = _size(vesicle.diameter, "length"), _size(carried.copies, "copies per particle")
    if diameter is None or copies is None:
        return
    most = copies_that_fit(diameter * 1e3, carried.type, carried.place)
    place = "into the lumen" if carried.place == "lumen" else "on the membrane"
    fit = f"at {diameter * 1e3:.3g} nm some {most:.2g} fit {place}, with nothing else there"
    where = carried.copies.where or carried.where
    remedy = "copies are those of one vesicle on average; check the number, the unit, the type and the diameter"
    if copies > most:
        report.add("too-many", where, f"{copies:.4g} copies of {carried.name} in one {vesicle.name}: {fit}", remedy)
        return
    share = draws_beyond(carried.copies, most * carried.copies.number / copies)
    if share > RARELY:
        message = f"{share:.0%} of the draws of {carried.name} cannot be in one {vesicle.name}: {fit}"
        report.warn("too-many", where, message, "narrow the range, or check the type and the diameter")
    for one in (*model.protocol, *(step for arm in model.arms for step in arm.steps)):
        if isinstance(one, LoadCargo) and (one.cargo, one.vesicle) == (carried.name, vesicle.name):
            factor = _size(one.factor, "factor")
            if factor is not None and copies * factor > most:
                message = f"{copies * factor:.3g} copies of {carried.name} in one {vesicle.name}: {fit}"
                report.warn("too-many", one.where, message, "the arm shows what could not be; load less")


def _released(cell: Cell, model: Model, report: Report) -> None:
    own = _size(cell.diameter, "length")
    kinds = {one.name: one for one in model.vesicles if one.kind not in WITHOUT_MEMBRANE}
    for name, value in cell.releases.items():
        released = _size(value, "release")
        diameter = _size(kinds[name].diameter, "length") if name in kinds else None
        if own is None or released is None or diameter is None:
            continue
        shed = shed_per_day(released, diameter, own)
        share = draws_beyond(value, value.number * MOST_SHED / shed)
        if share > RARELY:
            fits = released * 60 * MOST_SHED / shed
            message = (
                f"{cell.name} of {own:.3g} um would shed {shed:.3g} times its own surface in {name} a day; from"
                f" {fits:.2g} particles/h, {MOST_SHED:g} times, on that is more than cells are thought to make"
            )
            if shed <= MOST_SHED:
                message = f"{share:.0%} of the draws are above {fits:.2g} particles/h of {name}, with which"
                message += f" {cell.name} would shed {MOST_SHED:g} times its own surface a day"
            remedy = "release is per cell and hour; the highest known is 2.7e3, of monocytes"
            report.warn("too-much-release", value.where or cell.where, message, remedy)


# --- cells


def _diameter(cell: Cell, site: Site, report: Report) -> None:
    """A cell against the edges of a tissue and its voxels."""
    diameter, value = _size(cell.diameter, "length"), cell.diameter
    edges = [edge for one in site.size if (edge := _size(one, "length")) is not None]
    if diameter is None or value is None or site.kind != "tissue" or not edges:
        return
    where, shortest = value.where or cell.where, min(edges)
    if diameter > shortest:
        message = f"a {cell.name} of {diameter:.4g} um does not fit into {site.name}, {shortest:.4g} um wide"
        report.add("too-large-cell", where, message, "check the diameter and its unit, or make the site larger")
        return
    share = draws_beyond(value, value.number * shortest / diameter)
    if share > RARELY:
        message = f"{share:.0%} of the draws of {cell.name} do not fit into {site.name}, {shortest:.4g} um wide"
        report.warn("too-large-cell", where, message, "narrow the range, or make the site larger")
    voxel = _size(site.voxel, "length")
    if voxel is not None:
        covered = (diameter / voxel) ** len(site.size)
        if covered > MOST_VOXELS:
            message = f"a {cell.name} of {diameter:.4g} um covers some {covered:.2g} voxels of {site.name}"
            report.warn("too-large-cell", where, message, "use coarser voxels, or check the diameter and its unit")


def _crowd(site: Site, model: Model, report: Report) -> None:
    """Cells of a site, at the start and as they are added, against its room; those of a wall line it."""
    room = _room(site)
    if room is None:
        return
    names = (site.name, *(region.name for region in site.regions))
    walls = [one for one in model.body if isinstance(one, Parts) and one.source == site.name]
    lining = {name for one in walls for name in kin(model, one.cell)}
    kinds = {cell.name: cell for cell in model.cells if cell.name not in lining}
    filled, number, last = 0.0, 0.0, None
    for one in (*model.start, *model.protocol):
        if isinstance(one, StartCount | StartDensity | AddCells) and one.region in names and one.cell in kinds:
            count = _count(one, site)
            number += count
            filled += count * (_takes(kinds[one.cell], site) or 0.0) / room
            last = one.where
            if _too_full(site, number, filled, last, report):
                return


def _too_full(site: Site, number: float, filled: float, where: Location | None, report: Report) -> bool:
    volume = site.kind == "pool" or len(site.size) == 3
    what = "volume" if volume else "area"
    message = f"the {number:,.0f} cells of {site.name} take {filled:.3g} times its {what}"
    remedy = "check their number and their diameter, or make the site larger"
    most = 1.0 if site.kind == "pool" else FULLEST if site.kind == "tissue" else math.inf
    if filled > most:
        report.add("too-many-cells", where, message, remedy)
        return True
    if filled > LAYERS:
        report.warn("too-many-cells", where, message, remedy)
        return True
    return False


def _room(site: Site) -> float | None:
    """Area, or volume, that cells can fill."""
    if site.kind == "dish":
        return _size(site.area, "area")
    if site.kind == "pool":
        volume = _size(site.volume, "volume")
        return None if volume is None else CLOSEST * volume
    edges = [_size(one, "length") for one in site.size]
    known = [edge for edge in edges if edge is not None]
    return math.prod(known) if known and len(known) == len(edges) else None


def _takes(cell: Cell, site: Site) -> float | None:
    """Area, or volume, of one cell; in a dish what it takes of a closed layer, where that is said."""
    diameter = _size(cell.diameter, "length")
    confluence = _size(cell.confluence, "cells per area")
    if site.kind == "dish" and confluence is not None:
        return 1.0 / confluence
    if diameter is None:
        return None
    volume = site.kind == "pool" or len(site.size) == 3
    return math.pi / 6.0 * diameter**3 if volume else math.pi / 4.0 * diameter**2


def _count(one: StartCount | StartDensity | AddCells, site: Site) -> float:
    if not isinstance(one, StartDensity):
        return float(one.count)
    if one.region != site.name:
        return 0.0
    edges = [_size(edge, "length") or 0.0 for edge in (*site.size, *((site.depth,) if site.depth else ()))]
    per_area = _size(one.density, "cells per area")
    if per_area is not None:
        return per_area * math.prod(edges[:2])
    return (_size(one.density, "cells per volume") or 0.0) * math.prod(edges)
