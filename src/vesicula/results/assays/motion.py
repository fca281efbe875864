"""Cells that move: scratch, migration and invasion, spheroid, tubes. All are read from where the cells are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Event
from vesicula.engine.state import State
from vesicula.engine.system import SystemState
from vesicula.results.assays import pictures
from vesicula.results.assays.bench import F64, Bench, Bool, Reader, ratio
from vesicula.results.assays.pictures import Picture
from vesicula.results.places import Place, per_site

SHORTEST_TUBE = 150.0  # µm; shorter pieces are chance clusters, some ten cells long; assumed, 60 to 300
JOINED = 0.25  # of a radius on each side: cells in a tube touch; assumed, 0.1 to 1
FILTER, COAT = "filter", "coat"


def radii(state: State) -> F64:
    """Radius of every cell, float64[n_cells], µm.

    Equation   (3 V/4π)^(1/3)
    """
    return np.cbrt(3.0 * state.volume / (4.0 * np.pi))


def _of_pictures(bench: Bench, state: State, place: Place, value: Callable[[Picture, float], float]) -> F64:
    """A number of the picture of living cells of every site, given also their mean radius, µm; NaN without cells."""
    if place.site.dimensions == 0:
        raise KeyError(place.site.name)
    radius, living = radii(state), bench.living(state, place)
    out = np.full(state.n_sites, np.nan)
    for s in range(state.n_sites):
        mine = np.flatnonzero(living[state.cell_start[s] : state.cell_start[s + 1]]) + state.cell_start[s]
        picture = pictures.discs(state.position[mine, :2], radius[mine], place.site.size[:2])
        out[s] = value(picture, float(radius[mine].mean()) if len(mine) else 0.0)
    return out


def _with_positions(bench: Bench) -> list[Place]:
    """The places, all of which have positions; raises KeyError."""
    for place in bench.places:
        if place.site.dimensions == 0:
            raise KeyError(place.site.name)
    return bench.places


def _wound(place: Place) -> NDArray[np.bool_]:
    """Voxels of the wound: the region that is named, else the one from which the protocol removes cells; KeyError."""
    if place.mask is not None:
        return place.mask
    protocol = place.program.protocol
    rows = np.flatnonzero((protocol.kind == Event.REMOVE_CELLS) & (protocol.region != NONE))
    if not len(rows):
        raise KeyError("wound")
    return place.program.regions[protocol.region[rows[0]]]


def scratch(bench: Bench) -> Reader:
    """Share of the wounded area that cells cover again.

    Equation   100 · |covered ∩ wound|/|wound|
    Covered: the pixels (2 µm) of the cells' discs, and gaps that no cell of their mean size fits into, as programs that
    look for texture see it. The wound is the region named with `in`, else the one that the protocol wounds. Cells of
    the named type count. Before the wound it reads what is covered there, about 100 %.

    Cells keep together as a layer where they `turns away` from neighbours and their adhesion holds them (the parts
    `cells/fibroblast`, `cells/keratinocyte`); cells that only walk scatter like a gas and open the wound again. An edge
    of keratinocytes goes three tenths less far in 12 h than the measured one of bender-scratch; nothing was fitted.
    """
    wounds = {p.site.name: pictures.in_pixels(_wound(p), p.site) for p in _with_positions(bench)}

    def covered(state: State, place: Place) -> F64:
        whole = Place(place.site, place.program, None)
        wound = wounds[place.site.name]
        return _of_pictures(
            bench, state, whole, lambda picture, r: pictures.area(pictures.closed(picture, r) & wound)
        )  # fmt: skip

    total = sum(pictures.area(wounds[place.site.name]) for place in bench.places)
    return lambda states: 100.0 * bench.total(states, covered) / total


def _layer(bench: Bench, place: Place, word: str) -> NDArray[np.float64]:
    """Share of a layer of a chamber in every voxel at the start, float64[ny, nx]; raises KeyError."""
    rows = [i for i, name in enumerate(bench.labels.matrices) if name == word or name.endswith(f" {word}")]
    site = place.site
    for row in rows:
        filled = place.program.matrix.initial[row]
        if filled.any() and site.dimensions == 2:
            return filled.reshape(site.ny, site.nx)
    raise KeyError(f"{word} in {site.name}")


def _below_filter(bench: Bench, place: Place) -> float:
    """Height of the filter's underside, µm; raises KeyError."""
    rows = np.flatnonzero((_layer(bench, place, FILTER) > 0).any(axis=1))
    return float(rows[0]) * place.site.voxel


def _came_through(bench: Bench) -> Reader:
    underside = {place.site.name: _below_filter(bench, place) for place in _with_positions(bench)}
    area = sum(p.site.size[0] * p.site.size[2] for p in bench.places) * 1e-6  # mm²

    def through(state: State, place: Place) -> Bool:
        return bench.living(state, place) & (state.position[:, 1] < underside[place.site.name])

    return lambda states: bench.total(states, lambda s, p: per_site(s, through(s, p))) / area


def migration(bench: Bench) -> Reader:
    """Cells that came through the pores of the filter: living cells below its underside, per area of filter.

    Equation   N(y < underside)/(width · depth)
    The section's width times its depth is the area. Cells that sit in a pore do not count. What moves them, and which
    pores they pass, is the model's: solid matrix `filter`, with gaps.
    """
    return _came_through(bench)


def invasion(bench: Bench) -> Reader:
    """The same through a filter under a coat of matrix, which cells must degrade or squeeze through.

    Equation   N(y < underside)/(width · depth)
    It refuses a chamber without a coat at the start.
    """
    for place in _with_positions(bench):
        _layer(bench, place, COAT)
    return _came_through(bench)


def spheroid(bench: Bench) -> Reader:
    """Diameter of the largest body of cells of the type in the picture from above: that of a disc of the same area.

    Equation   2 √(A/π)
    Gaps that no cell fits into belong to the body; cells that left it do not. In 3D it is the projection. NaN without
    cells.
    """
    _with_positions(bench)

    def diameter(picture: Picture, r: float) -> float:
        body = pictures.area(pictures.largest_body(pictures.closed(picture, r)))
        return 2.0 * float(np.sqrt(body / np.pi)) if body else float("nan")

    def read(states: SystemState) -> F64:
        found = [_of_pictures(bench, states.site(place.site.name), place, diameter) for place in bench.places]
        return np.array([np.nan if np.isnan(v).all() else np.nanmax(v) for v in np.array(found).T])

    return read


def tubes(bench: Bench) -> Reader:
    """Length of the network that cells of the type form, per area: of the skeleton of their picture.

    Equation   Σ skeleton length/area
    Cells whose gap is below half a radius are joined; connected skeletons shorter than 150 µm (assumed, 60 to 300) are
    chance clusters and do not count. Of 1,200 cells per mm² scattered at random nothing is left where they are 14 µm
    wide, 1.3 mm/mm² where they are 16 µm wide: that is the floor. Meshes are not counted.
    """
    _with_positions(bench)

    def length(picture: Picture, r: float) -> float:
        return pictures.skeleton_length(pictures.closed(picture, JOINED * r), SHORTEST_TUBE)

    def read(states: SystemState) -> F64:
        total, area = np.zeros(bench.n), 0.0
        for place in bench.places:
            total += _of_pictures(bench, states.site(place.site.name), place, length)
            area += place.volume / place.site.height / max(place.site.nz, 1)
        return ratio(total * 1e-3, np.full(bench.n, area * 1e-6))

    return read
