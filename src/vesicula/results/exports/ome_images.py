"""Fields as OME-Zarr 0.5 images, one per site and arm: float32[t, c, (z,) y, x], chunks of one moment.

Channels are substances, matrix and free vesicles, each named with its unit; a display window spans their values. OME's
axis of time has one scale: where kept times are not evenly spaced, `times_min` in the attribute `vesicula` has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import RunFolderError
from vesicula.results.choice import Choice
from vesicula.results.exports.parts import pictured
from vesicula.results.snapshots import channels, ome
from vesicula.results.zarr_files import ArrayFolder, write_group

if TYPE_CHECKING:
    from vesicula.results.description import SiteLabel
    from vesicula.results.result import Result

EVEN = 1e-6  # of the first interval: intervals that differ by less are one


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write an image for every site and arm. Raises OSError, RunFolderError where no fields were kept"""
    d = result.description
    if not channels(d.labels):
        raise RunFolderError("the model has no fields", "its cells go out as anndata, csv, simularium or vtk")
    chosen = choice.pictures(result.picture_times_min)
    times = result.picture_times_min[chosen]
    notes = []
    for site, variant, name in pictured(result, choice):
        v = d.variants[variant]
        frames = result.frames(site.name, v.arm, replicate=v.replicate)[chosen]
        group = path / f"{name}.ome.zarr"
        told = f"{site.name}, {v.arm}, replicate {v.replicate}"
        own = {"site": site.name, "arm": v.arm, "replicate": v.replicate, "times_min": times.tolist(),
               "question": d.question, "model": d.model, "seed": d.seed}  # fmt: skip
        image = ome(d.labels, site, told, times.tolist(), [window(frames[:, c]) for c in range(frames.shape[1])])
        write_group(group, {"ome": image, "vesicula": own})
        _write_array(group / "0", frames, site)
        notes.append(f"{group.name}: {len(times)} moments, {frames.shape[1]} channels")
    steps = np.diff(times)
    if len(steps) and np.abs(steps - steps[0]).max() > EVEN * steps[0]:
        notes.append(f"the axis of time has one step, {steps[0]:g} min; the true times are in the attributes")
    return notes


def _write_array(path: Path, frames: np.ndarray, site: SiteLabel) -> None:
    axes = ["t", "c", "z", "y", "x"] if site.dimensions == 3 else ["t", "c", "y", "x"]
    array = ArrayFolder.create(path, frames.shape, (1, *frames.shape[1:]), "float32", float("nan"), axes)
    for t, frame in enumerate(frames):
        array.write([t] + [0] * frame.ndim, frame[None])


def window(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest of some values, told apart where they are one."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return (low, high) if high > low else (min(low, 0.0), max(high, 1.0))
