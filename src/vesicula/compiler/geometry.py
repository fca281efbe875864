"""From sizes and shapes to a grid of voxels, region masks and start positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.engine.program import Grid, Wall
from vesicula.language.model import Box, Disc, HalfSpace, Rest, Ring, Shape, Site
from vesicula.language.values import Value

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
FACES = ("left", "right", "bottom", "top", "back", "front")


def length(value: Value) -> float:
    """A length in µm."""
    return units.internal(value, "length")


def grid_of(site: Site) -> Grid:
    """The voxels of a site; a pool is one voxel (shown as a cube), a dish too, whole as they are stated."""
    if site.kind == "pool":
        assert site.volume is not None
        edge = units.internal(site.volume, "volume") ** (1 / 3)
        return Grid(nx=1, ny=1, nz=1, voxel=edge, height=edge, dimensions=0)
    if site.kind == "dish":
        assert site.volume is not None
        assert site.area is not None
        area = units.internal(site.area, "area")
        height = units.internal(site.volume, "volume") / area
        return Grid(nx=1, ny=1, nz=1, voxel=area**0.5, height=height, dimensions=0, area=area)
    assert site.voxel is not None
    voxel = length(site.voxel)
    counts = [max(1, round(length(edge) / voxel)) for edge in site.size]
    if len(counts) == 2:
        height = voxel if site.depth is None else length(site.depth)
        return Grid(nx=counts[0], ny=counts[1], nz=1, voxel=voxel, height=height, dimensions=2)
    return Grid(nx=counts[0], ny=counts[1], nz=counts[2], voxel=voxel, height=voxel, dimensions=3)


def simulated_share(site: Site) -> float:
    """Simulated over real fluid and amounts of a site: that of a tissue; dishes and pools are there as a whole."""
    return site.share if site.kind == "tissue" else 1.0


def stated_share(site: Site) -> float:
    """Simulated over stated amounts of a site: that of labware; of a tissue the piece itself is described."""
    return 1.0 if site.labware is None else simulated_share(site)


def centres(grid: Grid) -> F64:
    """Voxel centres, float64[n_voxels, 3], µm."""
    z, y, x = np.meshgrid(
        (np.arange(grid.nz) + 0.5) * grid.height,
        (np.arange(grid.ny) + 0.5) * grid.voxel,
        (np.arange(grid.nx) + 0.5) * grid.voxel,
        indexing="ij",
    )
    return np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1).astype(np.float64)


def inside(shape: Shape, points: F64, dimensions: int) -> Mask:
    """Which points (float64[n, 3], µm) lie in a shape; `rest` is nowhere by itself."""
    d = 3 if dimensions == 3 else 2
    match shape:
        case HalfSpace():
            axis, sign = {"below": (1, 1), "above": (1, -1), "left of": (0, 1), "right of": (0, -1)}[shape.side]
            return sign * (points[:, axis] - length(shape.limit)) < 0
        case Box():
            low = np.array([length(v) for v in shape.low[:d]])
            high = np.array([length(v) for v in shape.high[:d]])
            corner = points[:, : len(low)]
            return np.asarray(((corner >= low) & (corner < high)).all(axis=1))
        case Disc():
            return _distance(points, shape.centre, d) < length(shape.radius)
        case Ring():
            away = _distance(points, shape.centre, d)
            return (away >= length(shape.inner)) & (away < length(shape.outer))
        case Rest():
            return np.zeros(len(points), dtype=np.bool_)


def _distance(points: F64, centre: tuple[Value, ...], d: int) -> F64:
    middle = np.array([length(v) for v in centre[:d]])
    return np.asarray(np.linalg.norm(points[:, : len(middle)] - middle, axis=1), dtype=np.float64)


def region_masks(site: Site, grid: Grid) -> Mask:
    """bool[n_regions, n_voxels]: a voxel belongs to the first region that holds its centre; `rest` takes the others."""
    points = centres(grid)
    masks = np.zeros((len(site.regions), grid.n_voxels), dtype=np.bool_)
    taken = np.zeros(grid.n_voxels, dtype=np.bool_)
    for row, region in enumerate(site.regions):
        masks[row] = inside(region.shape, points, grid.dimensions) & ~taken
        taken |= masks[row]
    for row, region in enumerate(site.regions):
        if isinstance(region.shape, Rest):
            masks[row] = ~taken
    return masks


def walls(declared: dict[str, str]) -> list[Wall]:
    """Six wall kinds from `{all: closed, left: open}`."""
    out: list[Wall] = []
    for face in FACES:
        word = declared.get(face, declared.get("all", "closed"))
        out.append(Wall.OPEN if word == "open" else Wall.CLOSED)
    return out


def along(shape: Shape, site: Site, spacing: float, offset: float) -> F64:
    """Points on a shape's boundary, `spacing` apart, `offset` outside it, within the 2D site: float64[n, 3], µm."""
    width, height = (length(edge) for edge in site.size[:2])
    z = 0.5 * (length(site.depth) if site.depth is not None else 0.0)
    match shape:
        case HalfSpace():
            outward = 1.0 if shape.side in ("below", "left of") else -1.0
            line = length(shape.limit) + outward * offset
            flat = shape.side in ("below", "above")
            path = [(0.0, line), (width, line)] if flat else [(line, 0.0), (line, height)]
        case Box():
            (x0, y0), (x1, y1) = ((length(c[0]), length(c[1])) for c in (shape.low, shape.high))
            x0, y0, x1, y1 = x0 - offset, y0 - offset, x1 + offset, y1 + offset
            path = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        case Disc():
            path = _circle(shape.centre, length(shape.radius) + offset)
        case Ring():
            path = _circle(shape.centre, length(shape.inner) - offset)
        case Rest():
            path = []
    points = _every(np.array(path, dtype=np.float64).reshape(-1, 2), spacing)
    keep = (points > 0).all(axis=1) & (points[:, 0] < width) & (points[:, 1] < height)
    points = points[keep]
    return np.column_stack([points, np.full(len(points), z)])


def _circle(centre: tuple[Value, ...], radius: float) -> list[tuple[float, float]]:
    angle = np.linspace(0, 2 * np.pi, 361)
    x, y = length(centre[0]), length(centre[1])
    return [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angle]


def _every(path: F64, spacing: float) -> F64:
    """Points at spacing/2, 3/2 spacing, … along a polyline."""
    if len(path) < 2:
        return np.zeros((0, 2))
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(spacing / 2, run[-1], spacing)
    return np.column_stack([np.interp(at, run, path[:, 0]), np.interp(at, run, path[:, 1])])
