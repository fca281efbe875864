"""A chamber of migration or invasion as a vertical section through its filter."""

from __future__ import annotations

from math import pi

from vesicula.errors import UnitError
from vesicula.evidence.classes import EvidenceClass
from vesicula.language.model import Box, HalfSpace, Labware, Matrix, Region, Rest, Shape, Site
from vesicula.language.values import Value
from vesicula.units import internal

VOXEL = 4.0
FULL = Value(number=100.0, unit="%")
TIGHT = Value(
    number=1e-4, unit="%", low=1e-5, high=1e-3, sources=("assumed",), range_sources=("assumed",),
    evidence=EvidenceClass.ASSUMED, note="between its pores a filter lets nothing through",
)  # fmt: skip
GEL = Value(
    number=30.0, unit="%", low=3.0, high=90.0, sources=("assumed",), range_sources=("assumed",),
    evidence=EvidenceClass.ASSUMED, note="gel of basement membrane",
)  # fmt: skip


def chamber(one: Labware, area: float) -> tuple[Site, tuple[Matrix, ...]] | None:
    """Site and matrix of a chamber; None where a size is not one.

    The section is as deep as pores are apart, so that it holds one row of them at their true distance and width. A slit
    is wider open than a round pore, so `pores` lets less through:

    Equation   depth = distance = ρ^(−1/2);  passage = (π/4 d² ρ) / (n w / W) · (h / H)
    ρ : pores per area, d : their diameter, n : slits, w : their width, W : width of the section, H : thickness of the
    filter, h : the same in whole voxels
    """
    lengths = [_um(value) for value in (*one.patch, one.pores, one.filter)]
    if len(lengths) != 4 or one.pore_density is None:
        return None
    width, height, pore, thick = (length or 0.0 for length in lengths)
    density, coat = _number(one.pore_density, "pores per area"), _um(one.coat) or 0.0
    voxel = VOXEL if one.voxel is None else _um(one.voxel) or 0.0
    if min(width, height, pore, thick, density, voxel) <= 0:
        return None
    filter_height, coat_height = max(1, round(thick / voxel)) * voxel, round(coat / voxel) * voxel
    floor = int((height - filter_height - coat_height) / 2 / voxel) * voxel
    if floor <= 0:
        return None
    distance = density**-0.5
    slits, slit = max(1, round(width / distance)), max(1, round(pore / voxel)) * voxel
    opened = slits * slit / width
    passage = min(1.0, pi / 4 * pore**2 * density / opened * filter_height / thick)
    regions = [
        _region(one, f"pore-{i + 1}", _slit((i + 0.5) * width / slits, slit, voxel, floor, filter_height))
        for i in range(slits)
    ]
    matrix = [
        Matrix(name="pores", fills={region.name: FULL for region in regions}, passage={"all": _less(passage, one)}),
        Matrix(name="filter", fills={f"{one.name} filter": FULL}, solid=True, passage={"all": TIGHT}),
    ]
    regions.append(_region(one, "filter", _box(0.0, floor, width, floor + filter_height)))
    roof = floor + filter_height + coat_height
    if coat_height > 0:
        regions.append(_region(one, "coat", _box(0.0, floor + filter_height, width, roof)))
        matrix.append(Matrix(name="coat", fills={f"{one.name} coat": FULL}, solid=True, passage={"all": GEL}))
    regions.append(_region(one, "bottom", HalfSpace(side="below", limit=_length(floor))))
    # Cells settle on the filter within the hour, so they start in the lowest voxels of the upper fluid.
    regions.append(_region(one, "surface", _box(0.0, roof, width, roof + voxel)))
    regions.append(_region(one, "top", Rest()))
    site = Site(
        name=one.name, kind="tissue", size=one.patch, depth=_length(distance), voxel=_length(voxel),
        walls={"all": "closed"}, regions=tuple(regions), share=min(1.0, width * distance / area), labware=one.name,
        where=one.where,
    )  # fmt: skip
    return site, tuple(matrix)


def _number(value: Value | None, dimension: str) -> float:
    if value is None or not value.has_number:
        return 0.0
    try:
        return internal(value, dimension)
    except UnitError:
        return 0.0


def _um(value: Value | None) -> float:
    return _number(value, "length")


def _length(number: float) -> Value:
    return Value(number=number, unit="um")


def _region(one: Labware, name: str, shape: Shape) -> Region:
    return Region(name=f"{one.name} {name}", shape=shape, where=one.where)


def _box(left: float, bottom: float, right: float, top: float) -> Box:
    return Box(low=(_length(left), _length(bottom)), high=(_length(right), _length(top)))


def _slit(middle: float, width: float, voxel: float, floor: float, height: float) -> Box:
    """A slit on the grid, nearest to where its pore is."""
    left = round((middle - width / 2) / voxel) * voxel
    return _box(left, floor, left + width, floor + height)


def _less(passage: float, one: Labware) -> Value:
    """What the pores let through, as uncertain as their number."""
    stated = one.pore_density
    assert stated is not None
    per = 100 * passage / stated.number
    return Value(
        number=100 * passage, unit="%", low=None if stated.low is None else min(99.0, per * stated.low),
        high=None if stated.high is None else min(100.0, per * stated.high), sources=stated.sources,
        range_sources=stated.range_sources, evidence=EvidenceClass.DERIVED, parameter=stated.parameter,
        note="open area of round pores over that of the slits",
    )  # fmt: skip
