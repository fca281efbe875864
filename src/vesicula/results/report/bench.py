"""Drawings of labware: wells and transwells with their medium, cells and vesicles at some moments of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from vesicula.results import standard
from vesicula.results.bundle import Bundle
from vesicula.results.description import LabwareLabel, RunDescription, SiteLabel
from vesicula.results.palette import LAYER
from vesicula.results.wording import duration, number

WIDTH, HEIGHT = 250.0, 132.0
WALL = "#8a93a0"
CELL, INK = "#e69f00", "#1b2430"
DECADES = 6.0  # of vesicle density between white and the full colour
SHOWN_CELLS = 16


@dataclass(frozen=True)
class Medium:
    """One compartment: density of vesicles (EV/mL) and living cells in it, as simulated."""

    density: float
    cells: float
    site: SiteLabel


def drawings(d: RunDescription, records: list[Bundle], arm: str, moments: list[int]) -> list[list[Markup]]:
    """One row of drawings per piece of labware without places: its state at some records, medians over replicates."""
    rows = []
    for labware in d.labware:
        sites = [d.site(name) for name in labware.sites]
        if sites and not any(site.dimensions for site in sites):
            rows.append([_drawing(d, records, arm, labware, sites, moment) for moment in moments])
    return rows


def _drawing(
    d: RunDescription, records: list[Bundle], arm: str, labware: LabwareLabel, sites: list[SiteLabel], moment: int
) -> Markup:
    media = [_medium(d, records[moment], arm, site) for site in sites]
    minutes = d.plan.times_min()[moment]
    when = duration(minutes) if minutes else "start"
    inside = _transwell(media) if labware.kind == "transwell" else _well(media[0])
    millimetres = 2 * np.sqrt(sites[0].area_um2 / np.pi) / 1000
    bar, half = f"{number(float(millimetres), 2)} mm", 65 if labware.kind == "transwell" else 80
    said = "; ".join(f"{m.site.name}: {number(m.density, 2)} EV/mL, {number(m.cells, 2)} cells" for m in media)
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{inside}'
        '<line x1="{left}" x2="{right}" y1="122" y2="122" stroke="{ink}"/><text x="125" y="131" text-anchor="middle"'
        ' font-size="9" fill="{ink}">{bar}</text><text x="4" y="10" font-size="10" fill="{ink}">{when}</text></svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT,
        label=f"{labware.name}, {arm}, {when}: {said}",
        inside=inside,
        ink=INK,
        bar=bar,
        when=when,
        left=125 - half,
        right=125 + half,
    )


def _medium(d: RunDescription, record: Bundle, arm: str, site: SiteLabel) -> Medium:
    names = [c.name for c in standard.columns(d.labels)]
    rows = record.arrays[f"{site.name}/series"][d.variants_of(arm)]
    vesicles = [names.index(f"density of {p.name}") for p in d.labels.populations if p.kind != "NVEP"]
    cells = [names.index(f"count of {t.name}") for t in d.labels.types]
    return Medium(float(np.median(rows[:, vesicles].sum(axis=1))), float(np.median(rows[:, cells].sum(axis=1))), site)


def _shade(density: float) -> str:
    """Colour of a medium on a log scale up to 1e11 EV/mL; without vesicles the first colour."""
    share = 0.0 if density <= 0 else float(np.clip((np.log10(density) - (11 - DECADES)) / DECADES, 0, 1))
    return LAYER[round(share * (len(LAYER) - 1))]


def _text(x: float, y: float, density: float) -> str:
    words = f"{number(density, 2)} EV/mL" if density else "no vesicles"
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="11" fill="{INK}" stroke="#fff" stroke-width="3"'
        f' paint-order="stroke">{escape(words)}</text>'
    )


def _layer(left: float, right: float, y: float, medium: Medium) -> str:
    """A row of cells, as many as are simulated (at most 16)."""
    shown = min(round(medium.cells), SHOWN_CELLS)
    step = (right - left) / max(shown, 1)
    return "".join(
        f'<ellipse cx="{left + (k + 0.5) * step:.1f}" cy="{y}" rx="{0.46 * step:.1f}" ry="4" fill="{CELL}"/>'
        for k in range(shown)
    )


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>'


def _well(medium: Medium) -> Markup:
    parts = [
        _box(45, 40, 160, 66, _shade(medium.density)),
        f'<path d="M45 18 V106 H205 V18" fill="none" stroke="{WALL}" stroke-width="2.5"/>',
        _layer(47, 203, 101, medium), _text(125, 74, medium.density),
    ]  # fmt: skip
    return Markup("".join(parts))


def _transwell(media: list[Medium]) -> Markup:
    top, bottom = media
    parts = [
        _box(25, 62, 200, 48, _shade(bottom.density)), _box(60, 28, 130, 48, _shade(top.density)),
        f'<path d="M25 40 V110 H225 V40" fill="none" stroke="{WALL}" stroke-width="2.5"/>',
        f'<path d="M60 14 V76 M190 14 V76" stroke="{WALL}" stroke-width="2.5"/>',
        f'<line x1="60" x2="190" y1="77" y2="77" stroke="{WALL}" stroke-width="2" stroke-dasharray="5 3"/>',
        _layer(62, 188, 71, top), _layer(28, 222, 105, bottom), _text(125, 50, top.density),
        _text(125, 96, bottom.density),
    ]  # fmt: skip
    return Markup("".join(parts))
