"""Places: sites with their regions, and the labware that cultures are grown in."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import pydantic

from vesicula.language.fields import Entry
from vesicula.language.model.named import Named
from vesicula.language.values import Frozen, Value

Fluid = Literal["culture", "tissue", "blood"]
FLUIDS: tuple[Fluid, ...] = get_args(Fluid)
EVERY_FLUID = "all"
"""Stands for every fluid of which nothing else is said."""


class HalfSpace(Frozen):
    """`below 120 um`, `above …`, `left of …`, `right of …`: along y (below, above) or x."""

    kind: Literal["half-space"] = "half-space"
    side: Literal["below", "above", "left of", "right of"]
    limit: Value


class Box(Frozen):
    """`box from 0 um, 0 um to 100 um, 50 um`."""

    kind: Literal["box"] = "box"
    low: tuple[Value, ...]
    high: tuple[Value, ...]


class Disc(Frozen):
    """`disc at 300 um, 200 um, radius 80 um` (a ball in 3D)."""

    kind: Literal["disc"] = "disc"
    centre: tuple[Value, ...]
    radius: Value


class Ring(Frozen):
    """`ring at 300 um, 200 um, from 80 um to 120 um` (a shell in 3D)."""

    kind: Literal["ring"] = "ring"
    centre: tuple[Value, ...]
    inner: Value
    outer: Value


class Rest(Frozen):
    """`rest`: what no other region of the site covers."""

    kind: Literal["rest"] = "rest"


Shape = Annotated[HalfSpace | Box | Disc | Ring | Rest, pydantic.Field(discriminator="kind")]


class Region(Named):
    """A named part of a site; where regions overlap, the first named wins."""

    shape: Shape


class Site(Named):
    """A place with cells and medium. size: edges (2 or 3); 2D sites have a depth; a pool has only a volume.

    A dish is well mixed and made from labware: volume, area and cells are those of the whole labware. So they are of a
    pool, whose `share` says how many of its cells are simulated; a tissue is one of 1/share such pieces of an organ.
    fluid, None: that of its kind; see `bathed_in`. renewed: time in which as much fluid flows through as there is.
    """

    kind: Annotated[
        Literal["tissue", "pool", "dish"],
        Entry("tissue (cells have positions), pool (well mixed), or dish (well mixed, of labware)", "pool"),
    ] = "tissue"
    size: Annotated[tuple[Value, ...], Entry("edges; three make the site 3D", "[600 um, 400 um]", "length")] = ()
    depth: Annotated[Value | None, Entry("thickness of a 2D site", "20 um", "length")] = None
    voxel: Annotated[Value | None, Entry("edge of a voxel; divides the size", "20 um", "length")] = None
    volume: Annotated[Value | None, Entry("volume of a pool, or of the medium of a whole dish", "2 mL", "volume")] = (
        None
    )
    area: Annotated[Value | None, Entry("area of a whole dish", "1.9 cm^2", "area")] = None
    share: Annotated[
        float, Entry("part of the organ that a tissue is; of a pool: simulated cells for so many", "1 in 1000")
    ] = 1.0
    fluid: Annotated[
        Fluid | None, Entry("what it is filled with, since losses differ: blood, tissue or culture", "blood")
    ] = None
    renewed: Annotated[
        Value | None,
        Entry(
            "time in which fresh fluid takes the place of all: what flows along is washed out, beside its breakdown",
            "every 3 h",
            "time",
            form="special",
        ),
    ] = None
    labware: Annotated[str | None, Entry("labware from which the site was made", "insert")] = None
    walls: Annotated[dict[str, str], Entry("outer faces: closed or open", "closed")] = {}
    flow: Annotated[
        tuple[Value, ...], Entry("velocity of the fluid along x, y[, z]", "[0 um/min, 0.5 um/min]", "speed", sign="any")
    ] = ()
    regions: Annotated[
        tuple[Region, ...], Entry("named parts; where they overlap, the first wins", "{trabecula: below 120 um}")
    ] = ()

    @property
    def bathed_in(self) -> Fluid:
        """The fluid that says how fast dissolved molecules are lost; labware and dishes hold culture medium."""
        if self.fluid is not None:
            return self.fluid
        return "culture" if self.labware is not None or self.kind == "dish" else "tissue"


class Labware(Named):
    """What a culture is grown in. plate: its name in the catalogue (library part `labware/…`), which fills what is not
    said. Resolved into sites: a well is one dish of its name; a transwell `insert` is the dishes `insert top` and
    `insert bottom` with the filter and the monolayer on it between them; a patch is a part of the bottom in which cells
    have positions; a chamber is a vertical section through filter, pores and coat, with positions too.
    """

    plate: Annotated[str | None, Entry("name in the catalogue, which fills what is not said", "24-well transwell")] = (
        None
    )
    kind: Annotated[
        Literal["well", "transwell", "patch", "chamber"] | None,
        Entry("well (mixed), transwell, patch (with positions), chamber (section of a filter)", "transwell"),
    ] = None
    area: Annotated[Value | None, Entry("growth area", "1.9 cm^2", "area")] = None
    volume: Annotated[Value | None, Entry("medium of a well or patch", "500 uL", "volume")] = None
    top: Annotated[Value | None, Entry("medium above the filter", "100 uL", "volume")] = None
    bottom: Annotated[Value | None, Entry("medium below the filter", "600 uL", "volume")] = None
    pores: Annotated[Value | None, Entry("diameter of the filter's pores", "0.4 um", "length")] = None
    pore_density: Annotated[
        Value | None,
        Entry("pores per area; unsaid: as usual for pores of that diameter", "1e8 /cm^2", "pores per area"),
    ] = None
    filter: Annotated[Value | None, Entry("thickness of the filter", "10 um", "length")] = None
    coat: Annotated[Value | None, Entry("thickness of the gel on the filter of a chamber", "50 um", "length")] = None
    confluence: Annotated[
        Value | None,
        Entry("cells per area in a closed layer, for cells that state none", "1e5 cells/cm^2", "cells per area"),
    ] = None
    medium: Annotated[str | None, Entry("what the medium is", "EV-depleted")] = None
    sample: Annotated[
        Value | None,
        Entry(
            "simulated cells of each kind in a well or transwell; unsaid: as many as the question needs",
            "40 cells",
            "cells",
        ),
    ] = None
    patch: Annotated[
        tuple[Value, ...], Entry("edges of the simulated part of a patch or chamber", "[600 um, 400 um]", "length")
    ] = ()
    voxel: Annotated[Value | None, Entry("edge of a voxel of a patch or chamber", "20 um", "length")] = None
    part: str | None = None
