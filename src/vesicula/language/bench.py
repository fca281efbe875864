"""From the bench to sites: labware from its catalogue, cells by confluence, the share that is simulated, dose series,
cold. What is left of the bench after `expand` are sites, counts, blocks and arms like any others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from vesicula.errors import UnitError
from vesicula.evidence.folder import library_folder
from vesicula.language.chambers import chamber
from vesicula.language.dose_series import in_doses, of_every_place, with_amounts
from vesicula.language.fill import library_value
from vesicula.language.lasting import when_text
from vesicula.language.merge import laid_over
from vesicula.language.model import Box, Labware, Matrix, Model, Region, Rest, Site
from vesicula.language.reading.texts import library_parts, read_source
from vesicula.language.sentences import Sentence
from vesicula.language.steps import (
    AddCells,
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Block,
    Cool,
    DoseSeries,
    GiveMedium,
    RemoveCells,
    StartConfluent,
    StartCount,
    StartDensity,
    StartText,
    StepText,
    Transfect,
)
from vesicula.language.text import Report, load
from vesicula.language.values import Value
from vesicula.language.writing.models import value_text
from vesicula.units import internal, measures, nearest

FOLDER = "labware/"
"""Where the catalogue stands among the parts of the library."""
COLD = 12.0
"""Highest temperature, in degrees Celsius, at which the library's `active at 4 C` is taken."""
REFRIGERATOR = 8.0
"""Up to here, in degrees Celsius, 4 C may be meant."""
DEFAULT_VOXEL = Value(number=20.0, unit="um")
NEEDS = {
    "well": ("area", "volume"),
    "transwell": ("area", "top", "bottom", "pores", "filter"),
    "patch": ("area", "volume", "patch"),
    "chamber": ("area", "top", "bottom", "pores", "filter", "patch"),
}
"""What each kind of labware must know, by attribute."""
PARTS = {"chamber": ("top", "surface", "bottom", "filter", "coat"), "patch": ("wound", "layer")}
"""Named regions of labware in which cells have positions."""
S = TypeVar("S", bound=Sentence)


# --- catalogue


def catalogue() -> tuple[Labware, ...]:
    """The labware of the library."""
    items = (_item(name) for name in library_parts() if name.startswith(FOLDER))
    return tuple(one for one in items if one is not None)


@lru_cache(maxsize=64)
def _item(name: str) -> Labware | None:
    """One item of the catalogue."""
    report = Report()
    source = load(library_folder() / "parts" / f"{name}.yaml", f"library/parts/{name}.yaml", report)
    part = read_source(source, report) if source is not None else None
    return part.labware[0] if part is not None and part.labware else None


def furnished(model: Model, report: Report) -> Model:
    """Labware with everything its catalogue entry knows."""
    return model.model_copy(update={"labware": tuple(_furnished(one, report) for one in model.labware)})


def _furnished(one: Labware, report: Report) -> Labware:
    if one.plate is None:
        return one
    name = f"{FOLDER}{'-'.join(one.plate.split())}"
    item = _item(name) if name in library_parts() else None
    if item is None:
        known = [other.name for other in catalogue()]
        near = nearest(one.plate, known)
        remedy = f"did you mean `{near}`?" if near else f"the catalogue has {', '.join(known)}"
        report.add("unknown-part", one.where, f"the catalogue has no `{one.plate}`", remedy)
        return one
    return laid_over(item, one).model_copy(update={"part": one.part})


# --- places


def places(one: Labware) -> tuple[str, ...]:
    """Names of the sites that labware becomes; cells of a transwell are in the first."""
    return (f"{one.name} top", f"{one.name} bottom") if one.kind == "transwell" else (one.name,)


def place_names(one: Labware) -> tuple[str, ...]:
    """All names of places in labware, its regions too."""
    parts = PARTS.get(one.kind or "", ())
    return (one.name, *places(one), *(f"{one.name} {part}" for part in parts))


def size(value: Value | None, dimension: str) -> float | None:
    """A size above zero in internal units; None where it is not one (reported with the units)."""
    if value is None or not value.has_number:
        return None
    try:
        number = internal(value, dimension)
    except UnitError:
        return None
    return number if number > 0 else None


@dataclass(frozen=True)
class Culture:
    """Labware with its sites. area: µm², of the whole labware; share: the piece of it that is a site, of a patch."""

    labware: Labware
    area: float
    share: float
    sites: tuple[Site, ...]
    matrix: tuple[Matrix, ...] = ()


def expand(model: Model, report: Report) -> Model:
    """The model with sites for its labware, counts for confluence, blocks for cold and arms for dose series.

    Counts of cells in a patch or chamber are scaled to the piece that is simulated (at least one cell), those of a well
    are of the whole; the labware stays, because its filters and areas are read later. Labware that has its sites
    already is left as it is.
    """
    model = _in_sites(model)
    made = {site.labware for site in model.sites if site.labware is not None}
    cultures: list[Culture] = []
    for one in model.labware:
        if one.name not in made:
            culture = _culture(one)
            cultures.extend([] if culture is None else [culture])
    if cultures:
        model = _placed(model, cultures)

    def steps(own: tuple[StepText, ...]) -> tuple[StepText, ...]:
        return tuple(new for step in own for new in _in_blocks(step, model, report))

    arms = tuple(arm.model_copy(update={"steps": steps(arm.steps)}) for arm in model.arms)
    return with_amounts(in_doses(model.model_copy(update={"arms": arms, "protocol": steps(model.protocol)})))


def _in_sites(model: Model) -> Model:
    """Sentences that name a transwell as a whole mean its top, where its cells are."""
    tops = {one.name: places(one)[0] for one in model.labware if one.kind == "transwell"}
    only = None
    if len(model.labware) == 1 and all(site.labware == model.labware[0].name for site in model.sites):
        only = places(model.labware[0])[0]
    if not tops and only is None:
        return model

    def told(step: StepText) -> StepText:
        match step:
            case AddSubstance() | AddVesicles() | AddPreparation() | DoseSeries() if (
                only is not None and step.region is None and not of_every_place(step)
            ):
                return step.model_copy(update={"region": only})
            case (
                AddSubstance() | AddVesicles() | AddPreparation() | DoseSeries() | AddCells() | RemoveCells()
                | Transfect()
            ):  # fmt: skip
                return _renamed(step, tops, "region")
            case GiveMedium():
                return _renamed(_renamed(step, tops, "source"), tops, "target")
            case _:
                return step

    return model.model_copy(
        update={
            "protocol": tuple(told(step) for step in model.protocol),
            "arms": tuple(
                arm.model_copy(update={"steps": tuple(told(step) for step in arm.steps)}) for arm in model.arms
            ),
            "start": tuple(_renamed(one, tops, "region") for one in model.start),
            "measures": tuple(_renamed(one, tops, "place") for one in model.measures),
        }
    )


def _renamed(one: S, names: dict[str, str], attribute: str) -> S:
    current: object = getattr(one, attribute, None)
    return one.model_copy(update={attribute: names[current]}) if isinstance(current, str) and current in names else one


# --- cultures


def _culture(one: Labware) -> Culture | None:
    """Labware as sites; None where it lacks something (reported by `check`)."""
    area = size(one.area, "area")
    kind = one.kind
    if area is None or kind is None or not all(getattr(one, name) for name in NEEDS[kind]):
        return None
    if kind in ("well", "transwell"):
        volumes = (one.volume,) if kind == "well" else (one.top, one.bottom)
        sites = tuple(
            Site(name=name, kind="dish", area=one.area, volume=volume, labware=one.name, where=one.where)
            for name, volume in zip(places(one), volumes, strict=True)
        )
        return Culture(one, area, 1.0, sites)
    if kind == "chamber":
        made = chamber(one, area)
        return None if made is None else Culture(one, area, made[0].share, (made[0],), made[1])
    edges, volume = [size(edge, "length") for edge in one.patch], size(one.volume, "volume")
    if len(edges) != 2 or edges[0] is None or edges[1] is None or volume is None:
        return None
    share = min(1.0, edges[0] * edges[1] / area)
    site = Site(
        name=one.name, kind="tissue", size=one.patch, depth=Value(number=volume / area, unit="um"),
        voxel=one.voxel or DEFAULT_VOXEL, walls={"all": "closed"}, share=share, labware=one.name, where=one.where,
        regions=_scratched(one, edges[0], edges[1]),
    )  # fmt: skip
    return Culture(one, area, share, (site,))


def _scratched(one: Labware, width: float, height: float) -> tuple[Region, ...]:
    """Regions of a patch: the middle third of its width, where a scratch goes, and the layer beside it."""
    third = Box(low=(_um(width / 3), _um(0.0)), high=(_um(2 * width / 3), _um(height)))
    return (
        Region(name=f"{one.name} wound", shape=third, where=one.where),
        Region(name=f"{one.name} layer", shape=Rest(), where=one.where),
    )


def _um(number: float) -> Value:
    return Value(number=number, unit="um")


def _is_in(place: str | None, one: Labware) -> bool:
    return place is not None and (place in place_names(one) or place.startswith(f"{one.name} pore-"))


def _real_cells(start: StartText, one: Labware, model: Model) -> float | None:
    """Cells that a sentence puts into the whole labware; None where it speaks of another place."""
    match start:
        case StartCount() if _is_in(start.region, one):
            return float(start.count)
        case StartConfluent() if _is_in(start.place, one):
            cell = next((cell for cell in model.cells if cell.name == start.cell), None)
            stated = cell.confluence if cell is not None else None
            density = size(stated, "cells per area") or size(one.confluence, "cells per area")
            share = 1.0 if start.share is None else size(start.share, "share")
            area = size(one.area, "area")
            return None if density is None or area is None or share is None else density * share * area
        case StartDensity() if _is_in(start.region, one):
            return _by_density(start, one)
        case _:
            return None


def _by_density(start: StartDensity, one: Labware) -> float | None:
    if measures(start.density.unit, "cells per area"):
        density, extent = size(start.density, "cells per area"), size(one.area, "area")
    else:
        volume = one.bottom if start.region == f"{one.name} bottom" else one.top or one.volume
        density, extent = size(start.density, "cells per volume"), size(volume, "volume")
    return None if density is None or extent is None else density * extent


def _placed(model: Model, cultures: list[Culture]) -> Model:
    """The model with the sites of cultures, and counts of cells in them."""
    start: list[StartText] = [_scaled(one, cultures, model) for one in model.start]
    matrix = {one.name: one for one in model.matrix}
    for culture in cultures:
        for one in culture.matrix:
            own = matrix.get(one.name)
            matrix[one.name] = one if own is None else _joined(one, own)

    def added(step: StepText) -> StepText:
        if isinstance(step, AddCells):
            for culture in cultures:
                if _is_in(step.region, culture.labware):
                    count = _simulated(float(step.count), culture)
                    words = f"{when_text(step)}add {count} {step.cell} in {step.region}{_state(step.state)}"
                    return step.model_copy(update={"count": count, "text": words})
        return step

    arms = tuple(arm.model_copy(update={"steps": tuple(added(one) for one in arm.steps)}) for arm in model.arms)
    return model.model_copy(
        update={
            "sites": (*model.sites, *(site for culture in cultures for site in culture.sites)),
            "matrix": tuple(matrix.values()),
            "start": tuple(start),
            "protocol": tuple(added(one) for one in model.protocol),
            "arms": arms,
        }
    )


def _joined(made: Matrix, own: Matrix) -> Matrix:
    """Matrix of a chamber of which the model says more: what it says goes first."""
    return own.model_copy(
        update={
            "fills": {**own.fills, **made.fills},
            "passage": {**made.passage, **own.passage},
            "solid": made.solid or own.solid,
        }
    )


def _simulated(real: float, culture: Culture) -> int:
    """Cells in the site of a culture; a cell that is there stays there."""
    return max(1, round(real * culture.share)) if real > 0 else 0


def _state(state: str | None) -> str:
    return f", {state}" if state is not None else ""


def _scaled(start: StartText, cultures: list[Culture], model: Model) -> StartText:
    """A sentence about cells in labware as a count in a site."""
    for culture in cultures:
        real = _real_cells(start, culture.labware, model)
        if real is None or not isinstance(start, StartCount | StartConfluent | StartDensity):
            continue
        place = start.place if isinstance(start, StartConfluent) else start.region
        if place is None or place == culture.labware.name:
            part = {"transwell": "top", "chamber": "surface"}.get(culture.labware.kind or "")
            place = place if part is None else f"{place} {part}"
        count = _simulated(real, culture)
        label = f", label {start.label}" if start.label is not None else ""
        return StartCount(
            text=f"{count} {start.cell} in {place}{_state(start.state)}{label}", where=start.where,
            sources=start.sources, count=count, cell=start.cell, region=place, state=start.state, label=start.label,
        )  # fmt: skip
    return start


# --- cold


def _in_blocks(step: StepText, model: Model, report: Report) -> tuple[StepText, ...]:
    """`cool to 4 C` as what it stops: fusion, endocytosis and release of every vesicle class."""
    if not isinstance(step, Cool):
        return (step,)
    warmth = step.temperature.number if measures(step.temperature.unit, "temperature") else 37.0
    if not 0 <= warmth <= COLD:
        message = f"what cells do at {warmth:g} C is not known"
        report.add("temperature", step.temperature.where or step.where, message, "write `cool to 4 C`, or `block …`")
        return ()
    if warmth > REFRIGERATOR:
        message = f"cells at {warmth:g} C are taken as cells at 4 C, of which the library knows what they do"
        report.warn("temperature", step.temperature.where or step.where, message, "write `cool to 4 C`, or `block …`")
    active = library_value(model, report, "active at 4 C", ("EV",), step.where)
    if active is None:
        return ()
    share = complement(active)
    blocks: list[StepText] = []
    for vesicle in model.vesicles:
        for process in ("fusion", "endocytosis", "release"):
            if process != "release" or vesicle.donor is not None:
                words = f"{when_text(step)}block {process} of {vesicle.name} by {value_text(share)}"
                blocks.append(
                    Block(
                        text=words, where=step.where, sources=step.sources, at=step.at, until=step.until,
                        process=process, what=vesicle.name, share=share,
                    )
                )  # fmt: skip
    return tuple(blocks)


def complement(value: Value) -> Value:
    """What a share leaves: 100 % minus it, with its range and origin."""
    whole = 100.0 if value.unit == "%" else 1.0
    low = None if value.high is None else whole - value.high
    high = None if value.low is None else whole - value.low
    return value.model_copy(update={"number": whole - value.number, "low": low, "high": high})
