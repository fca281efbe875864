"""Figures of a run with matplotlib: curves of measures, cells over matrix and fields."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vesicula.results.bundle import Bundle
from vesicula.results.cells import FATES
from vesicula.results.description import MeasureLabel, RunDescription, SiteLabel
from vesicula.results.dots import dots
from vesicula.results.palette import DEAD, INK, LAYER, MATRIX, PAPER, SOFT_INK, arm_colours, cell_colours
from vesicula.results.snapshots import channels
from vesicula.results.statistics import ENOUGH_FOR_PERCENTILES
from vesicula.results.wording import number, time_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LAYER_COLOURS = LinearSegmentedColormap.from_list("layer", LAYER)


def band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median and interval over replicates, each float64[n_times]; values: float64[n_times, n_replicates]."""
    low, high = (5, 95) if values.shape[1] >= ENOUGH_FOR_PERCENTILES else (0, 100)
    known = np.isfinite(values).any(axis=1)
    out = np.full((3, len(values)), np.nan)
    if known.any():
        percentile = np.nanpercentile if np.isnan(values).any() else np.percentile  # the first goes row by row
        out[:, known] = percentile(values[known], [low, 50, high], axis=1)
    return out[1], out[0], out[2]


def curves(description: RunDescription, records: list[Bundle], measure: MeasureLabel) -> Figure:
    """A measure over time in every arm: median and band over the replicates."""
    column = [m.name for m in description.measures].index(measure.name)
    values = np.stack([r.arrays["measures"][:, column] for r in records])
    unit, length = time_unit(description.plan.duration_min)
    times = np.array(description.plan.times_min()[: len(records)]) / length
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for arm, colour in arm_colours(description.arms, description.controls).items():
        middle, low, high = band(values[:, description.variants_of(arm)])
        axes.fill_between(times, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(times, middle, color=colour, label=arm)
    axes.set_xlabel(f"time ({unit})")
    axes.set_ylabel(f"{measure.name} ({measure.unit})" if measure.unit else measure.name)
    axes.set_title(measure.text, fontsize=10, color=SOFT_INK, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
    n = description.replicates
    ends = "central 90 %" if n >= ENOUGH_FOR_PERCENTILES else "lowest to highest"
    word = "draws" if description.draws_differ else "seeds"
    title = f"line: median; band: {ends} of {n} {word}" if n > 1 else None
    if len(description.arms) > 1 or title:
        axes.legend(frameon=False, title=title, fontsize=9, title_fontsize=9)
    return figure


def scale_bar(width: float) -> float:
    """A round length, µm, of about a fifth of the picture's width."""
    target = width / 5
    size = 10.0 ** np.floor(np.log10(target))
    return float(max(step * size for step in (1, 2, 5) if step * size <= target))


def middle_plane(site: SiteLabel, image: np.ndarray, cells: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """The middle plane of a 3D site: its fields, [channel, y, x], and the circles in which it cuts the cells."""
    if site.dimensions != 3:
        return image, cells
    plane = site.size[2] / 2
    radius = cells["diameter"] / 2
    inside = radius**2 - (cells["z"] - plane) ** 2
    cut = cast("pd.DataFrame", cells[inside > 0]).copy()
    cut["diameter"] = 2 * np.sqrt(inside[inside > 0])
    return image[:, site.nz // 2], cut  # of two that are as near, the upper one


def tissue(
    description: RunDescription, site: SiteLabel, image: np.ndarray, cells: pd.DataFrame, layer: str | None = None,
    *, top: float | None = None, per_dot: float | None = None, width_in: float = 4.2,
) -> Figure:  # fmt: skip
    """Cells, coloured by type and state, over matrix and one field or dots; 3D sites show their middle plane.

    image : one time of `Result.frames`      layer : channel behind the cells      top : its value at full colour
    per_dot : so many free vesicles are one dot, in the colour of the cells that release them; None: no dots
    """
    image, cells = middle_plane(site, image, cells)
    field = dict(zip((name for _, name, _ in channels(description.labels)), image, strict=True))
    across, up, _ = site.size
    figure = Figure(figsize=(width_in, width_in * up / across), facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    extent = (0, across, 0, up)
    axes.set(xlim=(0, across), ylim=(0, up), aspect="equal")
    axes.axis("off")
    axes.add_patch(Rectangle((0, 0), across, up, facecolor=LAYER[0], zorder=0))
    if layer is not None:
        limit = top or float(np.nanmax(field[layer], initial=0.0)) or 1.0
        axes.imshow(field[layer], extent=extent, origin="lower", cmap=LAYER_COLOURS, vmin=0, vmax=limit,
                    interpolation="bilinear", zorder=1)  # fmt: skip
    for i, name in enumerate(description.labels.matrices):
        share = np.clip(field[name], 0, 1)
        shade = np.empty((*share.shape, 4))
        shade[...] = to_rgba(MATRIX[i % len(MATRIX)])
        shade[..., 3] = share
        axes.imshow(shade, extent=extent, origin="lower", interpolation="nearest", zorder=2 + 0.01 * i)
    if per_dot is not None:
        _draw_dots(axes, description, site, field, per_dot)
    _draw_cells(axes, description, cells)
    _draw_bar(axes, across, up)
    return figure


def _draw_dots(
    axes: Axes, description: RunDescription, site: SiteLabel, field: dict[str, np.ndarray], per_dot: float
) -> None:
    """Every `per_dot`-th vesicle as a dot somewhere in its voxel, the same ones at every call."""
    hues, names = cell_colours(description.labels), [t.name for t in description.labels.types]
    chance, places, colours = np.random.default_rng(0), list[np.ndarray](), list[str]()
    for population in description.labels.populations:
        spots = dots(field[population.name].reshape(1, site.ny, site.nx), site, per_dot, chance, dimensions=2)
        places.append(spots)
        colours += [hues[names.index(population.donor)][-1] if population.donor in names else INK] * len(spots)
    order = chance.permutation(len(colours))
    spots = np.concatenate([np.zeros((0, 2)), *places])[order]
    axes.scatter(*spots.T, s=2.2, c=np.array(colours)[order] if len(order) else None, linewidths=0, zorder=3)


def _draw_cells(axes, description: RunDescription, cells: pd.DataFrame) -> None:
    colours = cell_colours(description.labels)
    names = [t.name for t in description.labels.types]
    states = [t.states for t in description.labels.types]
    face = []
    for type_, state, fate in zip(cells["type"], cells["state"], cells["fate"], strict=True):
        t = names.index(type_)
        face.append(DEAD if fate != FATES[0] else colours[t][states[t].index(state)])
    size = cells["diameter"].to_numpy()
    axes.add_collection(
        EllipseCollection(
            size, size, np.zeros(len(size)), units="xy", offsets=cells[["x", "y"]].to_numpy(),
            transOffset=axes.transData, facecolors=face, edgecolors="#ffffff", linewidths=0.35, zorder=4,
        )
    )  # fmt: skip


def _draw_bar(axes, across: float, up: float) -> None:
    length = scale_bar(across)
    x, y = across * 0.965 - length, up * 0.055
    axes.add_patch(
        Rectangle((x - 0.02 * across, 0.018 * up), length + 0.04 * across, 0.13 * up, facecolor="#ffffffd8", zorder=5)
    )
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=6)
    axes.text(x + length / 2, y + 0.022 * up, f"{number(length)} µm", ha="center", va="bottom", fontsize=8, color=INK,
              zorder=6)  # fmt: skip


def png(figure: Figure, dpi: int = 170) -> bytes:
    """A figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def rendered(draw: Callable[[Figure], None], kind: str) -> bytes:
    """What `draw` puts on an empty figure, as SVG with its words as text, or PNG; alike contents give the same bytes.

    kind : svg or png
    """
    with mpl.rc_context({"svg.hashsalt": "vesicula", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(layout="constrained")
        draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()
