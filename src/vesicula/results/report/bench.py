"""Drawings of labware: wells and transwells with their medium, cells and vesicles at some moments of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from vesicula.results import standard
from vesicula.results.bundle import Bundle
from vesicula.results.description import LabwareLabel, RunDescription, SiteLabel
from vesicula.results.palette import INK, LAYER, SOFT_INK, cell_colours
from vesicula.results.report.charts import line, svg
from vesicula.results.report.lettering import kept_inside, text
from vesicula.results.wording import counted, duration, number

WIDTH, HEIGHT, BESIDE = 262.0, 172.0, 170.0  # px; where the words beside a drawing begin
WALL, FILTER = "#9aa3af", "#4b5563"
TOP_DECADE, DECADES = 11, 6  # vesicle density of the full colour, as a power of ten, and decades down to white
SHOWN_CELLS = 14


@dataclass(frozen=True)
class Medium:
    """One compartment: density of vesicles (EV/mL), and living cells of each type."""

    density: float
    cells: tuple[float, ...]
    site: SiteLabel


@dataclass(frozen=True)
class Row:
    """One piece of labware at some moments. types: cell types in it, with their colours."""

    name: str
    text: str
    drawings: tuple[Markup, ...]
    types: tuple[tuple[str, str], ...]
    filtered: bool


def rows(d: RunDescription, records: list[Bundle], arm: str, moments: Sequence[int]) -> list[Row]:
    """One row of drawings per piece of labware without places: its state at some records, medians over replicates."""
    out = []
    colours = [shades[-1] for shades in cell_colours(d.labels)]
    for labware in d.labware:
        sites = [d.site(name) for name in labware.sites]
        if not sites or any(site.dimensions for site in sites):
            continue
        seen = [[_medium(d, records[moment], arm, site) for site in sites] for moment in moments]
        most = max((sum(m.cells) for media in seen for m in media), default=0.0)
        times = [d.plan.times_min()[moment] for moment in moments]
        drawn = tuple(
            _drawing(labware, arm, media, minutes, colours, most) for media, minutes in zip(seen, times, strict=True)
        )
        present = [any(m.cells[t] for media in seen for m in media) for t in range(len(colours))]
        types = tuple((t.name, colours[i]) for i, t in enumerate(d.labels.types) if present[i])
        out.append(Row(labware.name, labware.text, drawn, types, labware.kind == "transwell"))
    return out


def scale_words() -> tuple[str, str]:
    """What the first and the full colour of a medium mean."""
    return f"≤ {_ten(TOP_DECADE - DECADES)}", f"≥ {_ten(TOP_DECADE)}"


def _ten(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _medium(d: RunDescription, record: Bundle, arm: str, site: SiteLabel) -> Medium:
    names = [c.name for c in standard.columns(d.labels)]
    table = record.arrays[f"{site.name}/series"][d.variants_of(arm)]
    vesicles = [names.index(f"density of {p.name}") for p in d.labels.populations if p.kind != "NVEP"]
    cells = [float(np.median(table[:, names.index(f"count of {t.name}")])) for t in d.labels.types]
    return Medium(float(np.median(table[:, vesicles].sum(axis=1))), tuple(cells), site)


def _drawing(
    labware: LabwareLabel, arm: str, media: list[Medium], minutes: float, colours: list[str], most: float
) -> Markup:
    when = duration(minutes) if minutes else "start"
    filtered = labware.kind == "transwell" and len(media) > 1
    inside = _transwell(media, colours, most) if filtered else _well(media[0], colours, most)
    wide = 2 * float(np.sqrt(media[0].site.area_um2 / np.pi)) / 1000
    left, right = (38.0, 136.0) if filtered else (18.0, 156.0)
    bar = f"{number(wide, 2)} mm" if wide else ""
    ends = [line(x, 153, x, 159, SOFT_INK) for x in (left, right)]
    label = text(87, 169, bar, size=9.5, anchor="middle", colour=SOFT_INK)
    ruler = [line(left, 156, right, 156, SOFT_INK), *ends, label]
    said = "; ".join(f"{m.site.name}: {number(m.density, 2)} EV/mL, {_count(sum(m.cells))}" for m in media)
    parts = [text(2, 13, when, size=12, weight=600), *inside, *(ruler if bar else [])]
    return Markup(svg(WIDTH, HEIGHT, parts, f"{labware.name}, {arm}, {when}: {said}"))


def _shade(density: float) -> str:
    """Colour of a medium on a log scale; without vesicles the first colour."""
    share = 0.0 if density <= 0 else float(np.clip((np.log10(density) - (TOP_DECADE - DECADES)) / DECADES, 0, 1))
    return LAYER[round(share * (len(LAYER) - 1))]


def _count(cells: float) -> str:
    if not cells:
        return "no cells"
    return f"{number(cells, 3)} cells" if cells >= 1000 else counted(round(cells), "cell")


def _beside(y: float, where: str, medium: Medium, at: tuple[float, float]) -> list[str]:
    """Where it is, its vesicles and its cells in words, with a line from the medium at `at`."""
    density = f"{number(medium.density, 2)} EV/mL" if medium.density else "no vesicles"
    held = [(where, 10.0, SOFT_INK, 400), (density, 10.5, INK, 600), (_count(sum(medium.cells)), 10.5, INK, 400)]
    held = [one for one in held if one[0]]
    words = []
    for k, (said, size, colour, weight) in enumerate(held):
        x = kept_inside(BESIDE, said, size, "start", WIDTH, weight)
        words.append(text(x, y + 14 * k, said, size=size, colour=colour, weight=weight))
    return [line(at[0], at[1], BESIDE - 4, y + 8, WALL, 0.8), *words]


def _layer(left: float, right: float, y: float, medium: Medium, colours: list[str], most: float) -> list[str]:
    """A row of cells, as many of `SHOWN_CELLS` as there are of the most cells of any shown moment, by type."""
    step = (right - left) / SHOWN_CELLS
    kinds = [t for t, n in enumerate(medium.cells) for _ in range(_share(n, most))][:SHOWN_CELLS]
    start = (left + right - step * len(kinds)) / 2
    return [
        f'<ellipse cx="{start + (k + 0.5) * step:.1f}" cy="{y}" rx="{0.48 * step:.1f}" ry="3.8" fill="{colours[t]}"'
        f' stroke="#fff" stroke-width="0.5"/><ellipse cx="{start + (k + 0.5) * step:.1f}" cy="{y}"'
        f' rx="{0.2 * step:.1f}" ry="1.7" fill="#1c2430" opacity="0.45"/>'
        for k, t in enumerate(kinds)
    ]


def _share(cells: float, most: float) -> int:
    return max(1, round(SHOWN_CELLS * cells / most)) if cells > 0 and most > 0 else 0


def _liquid(left: float, right: float, top: float, bottom: float, colour: str, corner: float = 0.0) -> str:
    """Medium with its meniscus; corner: radius of the lower corners."""
    middle, side = (left + right) / 2, bottom - corner
    path = f"M{left} {top} Q{middle} {top + 7} {right} {top} V{side} Q{right} {bottom} {right - corner} {bottom}"
    path += f" H{left + corner} Q{left} {bottom} {left} {side} Z"
    return f'<path d="{path}" fill="{colour}"/>'


def _plastic(path: str, width: float = 2.6) -> str:
    return f'<path d="{path}" fill="none" stroke="{WALL}" stroke-width="{width}" stroke-linejoin="round"/>'


WELL = "M14 32 V136 Q14 146 24 146 H150 Q160 146 160 136 V32"


def _well(medium: Medium, colours: list[str], most: float) -> list[str]:
    return [
        _liquid(15.3, 158.7, 62, 144.7, _shade(medium.density), 9),
        _plastic(WELL), *_layer(20, 154, 140, medium, colours, most), *_beside(84, "", medium, (150, 96)),
    ]  # fmt: skip


def _transwell(media: list[Medium], colours: list[str], most: float) -> list[str]:
    """An insert that hangs on the rim of its well, with cells on the filter and on the bottom."""
    above, below = media
    return [
        _liquid(15.3, 158.7, 72, 144.7, _shade(below.density), 9), _plastic(WELL),
        '<rect x="37" y="26" width="100" height="73" fill="#fff"/>',
        _liquid(37.5, 136.5, 50, 98, _shade(above.density)),
        _plastic("M6 27 H37 V99"), _plastic("M168 27 H137 V99"),
        line(37, 99, 137, 99, "#fff", 3.2), line(38, 99, 136, 99, FILTER, 2.6, 'stroke-dasharray="4.5 1.8"'),
        *_layer(39, 135, 93.5, above, colours, most), *_layer(20, 154, 140, below, colours, most),
        *_beside(56, "above the filter", above, (130, 66)), *_beside(112, "below the filter", below, (150, 122)),
    ]  # fmt: skip
