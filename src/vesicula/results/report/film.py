"""The film: cells and fields of the pictured variants, packed small enough for one page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vesicula.results.cells import node_names
from vesicula.results.description import RunDescription, SiteLabel
from vesicula.results.palette import DEAD, LAYER, LEVELS, MATRIX, cell_colours
from vesicula.results.plots import scale_bar
from vesicula.results.snapshots import channels

if TYPE_CHECKING:
    from vesicula.results.result import Result

BYTES = 2_400_000  # of packed frames; more are thinned out
CELL_BYTES = 6  # x, y: uint16; diameter, kind: uint8
FRAMES = 24  # as many a film keeps before it leaves out planes and nodes
NO_NODE = 255


def _pack(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def kinds(description: RunDescription) -> list[dict[str, str]]:
    """What a cell's number in the film means: a state of a type, last the dead ones."""
    colours, labels = cell_colours(description.labels), description.labels
    out = [
        {"name": t.name if len(t.states) == 1 else f"{t.name}, {s}", "colour": colours[i][j]}
        for i, t in enumerate(labels.types)
        for j, s in enumerate(t.states)
    ]
    return [*out, {"name": "dead", "colour": DEAD}]


def _cells(description: RunDescription, site: SiteLabel, cells: pd.DataFrame) -> str:
    """Cells of one frame: x, y (uint16, of the site's size), diameter (uint8, half µm), kind (uint8)."""
    offsets, at = {}, 0
    for t in description.labels.types:
        for j, s in enumerate(t.states):
            offsets[t.name, s] = at + j
        at += len(t.states)
    kind = [
        at if fate != "alive" else offsets[t, s]
        for t, s, fate in zip(*(cells[c].tolist() for c in ("type", "state", "fate")), strict=True)
    ]
    out = np.zeros(len(cells), dtype=[("x", "<u2"), ("y", "<u2"), ("d", "u1"), ("k", "u1")])
    out["x"] = _of(cells["x"].to_numpy(), site.size[0])
    out["y"] = _of(cells["y"].to_numpy(), site.size[1])
    out["d"] = np.clip(cells["diameter"].to_numpy() * 2, 1, 255)
    out["k"] = kind
    return _pack(out)


def _of(place: np.ndarray, size: float) -> np.ndarray:
    """Places as uint16 of the site's size."""
    return np.clip(place.astype(float) / size * 65535, 0, 65535).astype("<u2")


def _levels(cells: pd.DataFrame, nodes: list[dict[str, object]]) -> str:
    """Levels of all nodes, uint8[node, cell]: 254 at the node's `top`, 255 where the cell has no such node."""
    out = np.full((len(nodes), len(cells)), NO_NODE, dtype=np.uint8)
    for row, node in zip(out, nodes, strict=True):
        level = cells[str(node["name"])].to_numpy(dtype=float)
        known = np.isfinite(level)
        row[known] = np.clip(level[known] / (float(str(node["top"])) or 1.0) * (NO_NODE - 1), 0, NO_NODE - 1)
    return _pack(out)


@dataclass(frozen=True)
class Kept:
    """Fields of every arm, float32[time, channel, (z,) y, x], and the cells of every arm at every record."""

    fields: dict[str, np.ndarray]
    cells: dict[str, list[pd.DataFrame]]


def keep(result: Result, site: SiteLabel) -> Kept:
    """Read what a run kept of a site's pictured variants; raises RunFolderError where some of it is gone."""
    arms, times = result.description.arms, [float(t) for t in result.picture_times_min]
    fields = {arm: result.frames(site.name, arm) for arm in arms}
    return Kept(fields, result.cells_by_arm(times, site=site.name))


def film(
    d: RunDescription, site: SiteLabel, times_min: np.ndarray, kept: Kept, layer: str | None = None
) -> dict[str, object]:
    """Frames of every arm for the page's canvas: all cells with the levels of their nodes, and every plane of fields.

    It opens with `layer`. What does not fit the page is thinned out: frames down to `FRAMES`, then planes, then nodes.
    """
    records, tables, fields = len(times_min), kept.cells, kept.fields
    shown, nodes = _channels(d, fields), _nodes(d, tables)
    planes = list(range(site.nz)) if site.dimensions == 3 else [0]
    each = sum(len(t) for all_ in tables.values() for t in all_) / records

    def size(planes: list[int], nodes: list[dict[str, object]]) -> float:
        flat = len(d.arms) * site.nx * site.ny * len(shown) * len(planes)
        return flat + each * (CELL_BYTES + 2 * (len(planes) > 1) + len(nodes))

    most = BYTES / min(FRAMES, records)
    while size(planes, nodes) > most and len(planes) > 1:
        planes = planes[len(planes) // 2 % 2 :: 2]
    while size(planes, nodes) > most and nodes:
        nodes = nodes[:-1]
    stride = max(1, int(np.ceil(records * size(planes, nodes) / BYTES)))
    frames = sorted({*range(0, records, stride), records - 1})
    arms = []
    for arm in d.arms:
        film_frames = []
        for i in frames:
            image, cells = fields[arm][i], tables[arm][i]
            packed = {"cells": _cells(d, site, cells), "nodes": _levels(cells, nodes)}
            if site.dimensions == 3:
                image, packed["z"] = image[:, planes], _pack(_of(cells["z"].to_numpy(), site.size[2]))
            film_frames.append({**packed, "fields": _layers(image, shown)})
        arms.append({"name": arm, "frames": film_frames})
    return {
        "site": site.name, "width": site.size[0], "height": site.size[1], "nx": site.nx, "ny": site.ny,
        "depth": site.size[2] if site.dimensions == 3 else 0.0, "planes": [(k + 0.5) * site.height for k in planes],
        "times": [float(times_min[i]) for i in frames], "kinds": kinds(d), "nodes": nodes, "channels": shown,
        "first": next((i for i, c in enumerate(shown) if c["name"] == layer), -1), "arms": arms,
        "bar": scale_bar(site.size[0]), "matrixColours": MATRIX, "layerColours": LAYER,
        "nodeColours": LEVELS, "without": DEAD,
    }  # fmt: skip


def _nodes(description: RunDescription, tables: dict[str, list[pd.DataFrame]]) -> list[dict[str, object]]:
    """Nodes with the level that is shown at full colour; first those that a measure reads."""
    read = [m.what for m in description.measures]
    out: list[dict[str, object]] = []
    for name in sorted(node_names(description.labels), key=lambda n: n not in read):
        levels = [t[name].to_numpy(dtype=float) for all_ in tables.values() for t in all_ if len(t)]
        top = max((float(np.nanmax(v, initial=0.0)) for v in levels if np.isfinite(v).any()), default=0.0)
        if top > 0:
            out.append({"name": name, "top": max(1.0, top)})
    return out


def _channels(description: RunDescription, fields: dict[str, np.ndarray]) -> list[dict[str, object]]:
    """Channels with the value that is shown at full colour: the largest of all arms and times."""
    out: list[dict[str, object]] = []
    for i, (kind, name, unit) in enumerate(channels(description.labels)):
        top = max(float(np.nanmax(f[:, i], initial=0.0)) for f in fields.values())
        out.append({"name": name, "kind": kind, "unit": unit, "top": 1.0 if kind == "matrix" else top})
    return out


def _layers(layer: np.ndarray, shown: list[dict[str, object]]) -> str:
    """All channels of one frame, uint8[channel, (z,) y, x], 255 at the channel's `top`."""
    tops = np.array([float(str(c["top"])) or 1.0 for c in shown]).reshape(-1, *[1] * (layer.ndim - 1))
    return _pack(np.clip(np.nan_to_num(layer) / tops * 255, 0, 255).astype(np.uint8))
