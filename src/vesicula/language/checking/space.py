"""Checks of space and size: sites, regions, and the memory a run would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vesicula.errors import UnitError
from vesicula.language.model import EVERY_FLUID, Box, Disc, HalfSpace, Model, Region, Ring, Site
from vesicula.language.samples import most_for
from vesicula.language.steps import AddCells, StartAlong, StartCount, StartDensity, StartText, StepText
from vesicula.language.text import Report
from vesicula.language.values import Location, Value
from vesicula.units import internal, measures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = list[NDArray[np.float64]]
    Mask = NDArray[np.bool_]

MAXIMUM_BYTES = 24 * 1024**3
"""Largest estimated memory of a run: 24 GiB."""
MAXIMUM_VOXELS = 20_000_000
"""Largest number of voxels of which regions are checked one by one."""
ARRAYS_PER_SUBSTANCE = 8
ARRAYS_PER_VESICLE_CLASS = 12
BYTES_PER_CELL = 2000
GIB = 1024**3


def check_space(model: Model, report: Report) -> None:
    """Every site, its regions, and the size of the whole."""
    for site in model.sites:
        if site.kind == "pool":
            _pool(site, report)
        elif site.kind == "dish":
            if site.volume is None or site.area is None:
                report.add("missing-key", site.where, "a dish has a volume and an area", "make it from `labware`")
        else:
            edges = _tissue(site, report)
            if edges is not None:
                _regions(site, edges, report)
    _fluids(model, report)
    _memory(model, report)


def _fluids(model: Model, report: Report) -> None:
    """Half-lives of fluids that no place holds, and fluids in which a substance that is lost has none."""
    places = {site.bathed_in: site.name for site in reversed(model.sites)}
    for one in model.substances:
        for fluid, value in one.half_life.items():
            if fluid not in (*places, EVERY_FLUID) and value.parameter is None and one.part is None:
                message = f"no place of this model holds {fluid}, so this half-life of {one.name} counts nowhere"
                remedy = f"leave it out, or say `fluid: {fluid}` of a site"
                report.warn("nothing-reads", value.where or one.where, message, remedy)
        missing = [fluid for fluid in places if one.half_life and one.half_life_in(fluid) is None]
        for fluid in missing:
            message = f"{one.name} has no half-life in {fluid}, which {places[fluid]} holds"
            remedy = f"add for example `{fluid}: library` to its `half-life`, or `all: 2 h` for every other fluid"
            report.add("no-library-value", one.where, message, remedy)


def _um(value: Value | None) -> float | None:
    """A length in µm; None where it is not one (reported with the units)."""
    if value is None:
        return None
    try:
        return internal(value, "length")
    except UnitError:
        return None


def _pool(site: Site, report: Report) -> None:
    if site.volume is None:
        report.add("missing-key", site.where, "a pool has a volume", "add for example `volume: 2 mL`")
    if site.size or site.regions:
        report.add("geometry", site.where, "a pool is well mixed: it has no size and no regions", "leave them out")


def _tissue(site: Site, report: Report) -> list[tuple[float, float]] | None:
    """Edge and voxel length along each axis, None where the site is not right."""
    if len(site.size) not in (2, 3):
        message = "a tissue has two edges and a depth, or three edges"
        report.add("geometry", site.where, message, "write for example `size: [600 um, 400 um]`")
        return None
    if site.voxel is None:
        report.add("missing-key", site.where, "the edge of a voxel is missing", "add for example `voxel: 20 um`")
        return None
    if len(site.size) == 2 and site.depth is None:
        report.add("missing-key", site.where, "a 2D site has a depth", "add for example `depth: 20 um`")
    if site.flow and len(site.flow) != len(site.size):
        message = f"the site has {len(site.size)} axes, the flow {len(site.flow)}"
        report.add("geometry", site.flow[0].where, message, "give one velocity per axis")
    voxel = _um(site.voxel)
    edges: list[tuple[float, float]] = []
    for value in site.size:
        edge = _um(value)
        if edge is None or voxel is None or edge <= 0 or voxel <= 0:
            return None
        count = edge / voxel
        if abs(count - round(count)) > 1e-6 or round(count) < 1:
            message = f"{edge:g} um is no multiple of the voxel of {voxel:g} um"
            near = max(1, round(count)) * voxel
            report.add("geometry", value.where, message, f"write for example `{near:g} um`")
            return None
        edges.append((edge, voxel))
    return edges


# --- regions


def _regions(site: Site, edges: list[tuple[float, float]], report: Report) -> None:
    """Regions with another number of axes, outside the site, or without a voxel."""
    size = [edge for edge, _ in edges]
    right = [region for region in site.regions if _fits(region, size, report)]
    count = 1
    for edge, voxel in edges:
        count *= round(edge / voxel)
    if len(right) < len(site.regions) or count > MAXIMUM_VOXELS or not right:
        return
    import numpy as np

    axes = [np.arange(round(edge / voxel), dtype=np.float64) * voxel + 0.5 * voxel for edge, voxel in edges]
    points: Points = list(np.meshgrid(*axes, indexing="ij", sparse=True))
    shape = tuple(len(axis) for axis in axes)
    taken = np.zeros(shape, dtype=np.bool_)
    for region in right:
        inside = np.broadcast_to(_inside(region, points, shape), shape)
        free = inside & ~taken
        if not free.any():
            why = "other regions cover it" if inside.any() else "it holds no centre of a voxel"
            remedy = "make it larger, move it, or name it before the others"
            report.add("geometry", region.where, f"`{region.name}` is empty: {why}", remedy)
        taken |= free


def _fits(region: Region, size: list[float], report: Report) -> bool:
    shape = region.shape
    match shape:
        case HalfSpace():
            along = 1 if shape.side in ("below", "above") else 0
            spans = [(along, _um(shape.limit), _um(shape.limit))]
            needed = None
        case Box():
            spans = [(i, _um(low), _um(high)) for i, (low, high) in enumerate(zip(shape.low, shape.high, strict=False))]
            needed = (len(shape.low), len(shape.high))
        case Disc():
            spans = _round(shape.centre, shape.radius)
            needed = (len(shape.centre),)
        case Ring():
            spans = _round(shape.centre, shape.outer)
            needed = (len(shape.centre),)
            inner, outer = _um(shape.inner), _um(shape.outer)
            if inner is not None and outer is not None and not 0 <= inner < outer:
                return _wrong(region.where, "the inner radius is not below the outer one", report)
        case _:
            return True
    if needed is not None and any(one != len(size) for one in needed):
        message = f"the site has {len(size)} axes, the shape {max(needed)}"
        return _wrong(region.where, message, report)
    for axis, low, high in spans:
        if low is None or high is None or axis >= len(size):
            return False
        if isinstance(shape, Box) and low >= high:
            return _wrong(region.where, f"the box runs from {low:g} um to {high:g} um", report)
        if high <= 0 or low >= size[axis]:
            message = f"`{region.name}` lies outside the site, which is {size[axis]:g} um along {'xyz'[axis]}"
            return _wrong(region.where, message, report)
    return True


def _round(centre: tuple[Value, ...], radius: Value) -> list[tuple[int, float | None, float | None]]:
    reach = _um(radius)
    spans: list[tuple[int, float | None, float | None]] = []
    for axis, value in enumerate(centre):
        middle = _um(value)
        if middle is None or reach is None:
            spans.append((axis, None, None))
        else:
            spans.append((axis, middle - reach, middle + reach))
    return spans


def _wrong(where: Location | None, message: str, report: Report) -> bool:
    report.add("geometry", where, message, "change the shape or the size of the site")
    return False


def _inside(region: Region, points: Points, shape: tuple[int, ...]) -> Mask:
    """Voxels whose centre lies in the region."""
    import numpy as np

    form = region.shape
    match form:
        case HalfSpace():
            axis = points[1] if form.side in ("below", "above") else points[0]
            limit = internal(form.limit, "length")
            return axis < limit if form.side in ("below", "left of") else axis > limit
        case Box():
            mask = np.ones(shape, dtype=np.bool_)
            for axis, low, high in zip(points, form.low, form.high, strict=True):
                mask &= (axis >= internal(low, "length")) & (axis <= internal(high, "length"))
            return mask
        case Disc() | Ring():
            square = np.zeros(shape)
            for axis, middle in zip(points, form.centre, strict=True):
                square = square + (axis - internal(middle, "length")) ** 2
            if isinstance(form, Disc):
                return square <= internal(form.radius, "length") ** 2
            return (square >= internal(form.inner, "length") ** 2) & (square <= internal(form.outer, "length") ** 2)
        case _:
            return np.ones(shape, dtype=np.bool_)


# --- size


def estimated_bytes(model: Model) -> float:
    """Memory of a run with all its arms and repeats at once, bytes; cells as at the start.

    Equation   variants × Σ_sites (voxels × 8 × (8 substances + 12 vesicle classes × (1 + cargo)) + 2000 cells)
    """
    voxels = 0.0
    for site in model.sites:
        edges = [_um(value) for value in site.size]
        voxel = _um(site.voxel)
        if site.kind != "tissue" or voxel is None or voxel <= 0:
            voxels += 1
            continue
        count = 1.0
        for edge in edges:
            count *= max(1.0, (edge or 0.0) / voxel)
        voxels += count
    classes = sum(one.size_classes * (1 + len(one.carries)) for one in model.vesicles)
    per_voxel = 8 * (ARRAYS_PER_SUBSTANCE * len(model.substances) + ARRAYS_PER_VESICLE_CLASS * classes + 2)
    cells = sum(_cells(one, model) for one in (*model.start, *model.protocol))
    repeats = max(model.run.seeds, model.run.draws) if model.cohort is None else model.cohort.patients
    variants = max(1, len(model.arms)) * repeats
    return variants * (voxels * per_voxel + cells * BYTES_PER_CELL)


def _cells(one: StartText | StepText, model: Model) -> float:
    """Cells that a sentence brings, at most."""
    longest = sum(edge or 0.0 for site in model.sites for edge in map(_um, site.size))
    match one:
        case StartCount() | AddCells():
            site = next((site for site in model.sites if site.name == one.region), None)
            return one.count if site is None else one.count / most_for(model, site, one.count, one)
        case StartAlong():
            return 4 * longest / max(_um(one.spacing) or 1.0, 1e-100)
        case StartDensity():
            for dimension, power in (("cells per area", 2), ("cells per volume", 3)):
                if measures(one.density.unit, dimension):
                    return internal(one.density, dimension) * longest**power
            return 0.0
        case _:
            return 0.0


def _memory(model: Model, report: Report) -> None:
    needed = estimated_bytes(model)
    if needed > MAXIMUM_BYTES:
        where = next((site.voxel.where or site.where for site in model.sites if site.voxel is not None), None)
        message = f"about {needed / GIB:.3g} GiB, more than {MAXIMUM_BYTES / GIB:.0f} GiB"
        remedy = "use coarser voxels, a smaller site, fewer arms or fewer repeats"
        report.add("too-large", where, message, remedy)
