"""Cells as points and fields as images of every kept moment, with a `.pvd` for each site and arm that ParaView opens.

    NAME-cells.pvd     -> NAME/cells-00000.vtp …    a point per cell: `diameter (um)` scales a sphere of diameter 1
    NAME-fields.pvd    -> NAME/fields-00000.vti …   a value per voxel and substance, matrix and vesicle, with its unit

Lengths are in µm, times in min. Words (`type name`) have a number beside them (`type`), which programs colour by.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import RunFolderError
from vesicula.results.cells import FATES, quantities
from vesicula.results.choice import Choice
from vesicula.results.exports import vtk_xml
from vesicula.results.exports.parts import pictured
from vesicula.results.kept_cells import KeptCells
from vesicula.results.snapshots import channels

if TYPE_CHECKING:
    import pandas as pd

    from vesicula.results.description import Labels, SiteLabel
    from vesicula.results.result import Result


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write series of cells and fields for every site with places and every arm.

    Raises     OSError; RunFolderError where no site has places, or nothing was kept
    """
    d, kept = result.description, KeptCells.of_result(result)
    pictures, times = choice.pictures(result.picture_times_min), result.picture_times_min
    notes, found = [], False
    for site, variant, name in pictured(result, choice):
        if not site.dimensions:
            notes.append(f"{site.name} was left out: it is well mixed, so nothing in it has a place")
            continue
        found, v = True, d.variants[variant]
        (path / name).mkdir()
        cells = []
        for picture in pictures:
            (then,) = kept.of(Choice(v.arm, v.replicate, site.name, float(times[picture])))
            file = f"{name}/cells-{picture:05d}.vtp"
            places = then.cells[["x", "y", "z"]].to_numpy(dtype=np.float32)
            text = vtk_xml.points(places, arrays_of(then.cells, d.labels), then.time_min)
            (path / file).write_text(text, encoding="utf-8")
            cells.append((then.time_min, file))
        (path / f"{name}-cells.pvd").write_text(vtk_xml.series(cells), encoding="utf-8")
        notes.append(f"{name}-cells.pvd: {len(cells)} moments")
        if channels(d.labels):
            frames = result.frames(site.name, v.arm, replicate=v.replicate)
            fields = [_field(path, name, site, d.labels, frames[k], (k, float(times[k]))) for k in pictures]
            (path / f"{name}-fields.pvd").write_text(vtk_xml.series(fields), encoding="utf-8")
            notes.append(f"{name}-fields.pvd: {len(fields)} moments, {frames.shape[1]} arrays")
    if not found:
        raise RunFolderError(
            "no site of this part of the run has places: they are well mixed", "take anndata or csv for its cells"
        )
    return notes


def _field(
    path: Path, name: str, site: SiteLabel, labels: Labels, frame: np.ndarray, moment: tuple[int, float]
) -> tuple[float, str]:
    """Write the fields of a moment; returns its time and file. frame : float32[channel, (z,) y, x]"""
    picture, time = moment
    arrays = {f"{word} ({unit})": frame[c].ravel() for c, (_, word, unit) in enumerate(channels(labels))}
    file = f"{name}/fields-{picture:05d}.vti"
    voxels, edges = (site.nx, site.ny, site.nz), (site.voxel, site.voxel, site.height)
    (path / file).write_text(vtk_xml.image(voxels, edges, arrays, time), encoding="utf-8")
    return time, file


def arrays_of(cells: pd.DataFrame, labels: Labels) -> dict[str, np.ndarray | list[str]]:
    """Arrays of cells by name: numbers and words of type, state and fate, size, age, and what is in and on them."""
    names = [t.name for t in labels.types]
    states = {(t.name, s): k for t in labels.types for k, s in enumerate(t.states)}
    kinds, now = cells["type"].astype(str).tolist(), cells["state"].tolist()
    numbers = np.array([names.index(kind) for kind in kinds], dtype=np.int32)
    out: dict[str, np.ndarray | list[str]] = {
        "id": cells["id"].to_numpy(dtype=np.uint64), "type": numbers, "type name": kinds,
        "state": np.array([states[pair] for pair in zip(kinds, now, strict=True)], dtype=np.int32), "state name": now,
        "fate": np.array([FATES.index(one) for one in cells["fate"]], dtype=np.int32),
        "fate name": cells["fate"].astype(str).tolist(), "label": cells["label"].tolist(),
        "diameter (um)": cells["diameter"].to_numpy(dtype=np.float32),
        "age (min)": cells["age_min"].to_numpy(dtype=np.float32),
    }  # fmt: skip
    for name, kind, unit in quantities(labels):
        told = name if kind == "node" else f"{name} ({unit})"
        out[told] = cells[name].to_numpy(dtype=np.float32)
    return out
