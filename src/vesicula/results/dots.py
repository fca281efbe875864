"""Free vesicles as dots, each of which stands for some of them and lies somewhere in its voxel."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from vesicula.results.description import RunDescription, SiteLabel
from vesicula.results.snapshots import channels
from vesicula.results.standard import PER_ML

MOST_DOTS = 2500
"""Dots that a picture of vesicles can hold before they run into each other."""
TOO_MANY_DOTS = 100
"""Times as many, which nobody could see, are refused."""


def vesicles_per_dot(description: RunDescription, site: SiteLabel, frames: Iterable[np.ndarray]) -> int:
    """How many vesicles a dot has to stand for (1, 2, 5, 10, …) so that none of these pictures is too full.

    frames : float32[time, channel, (z,) y, x] of several arms, as of `Result.frames`
    """
    which = [i for i, (kind, _, _) in enumerate(channels(description.labels)) if kind == "vesicle"]
    planes = [frame[:, :, site.nz // 2] if site.dimensions == 3 else frame for frame in frames]
    most = max((np.nansum(plane[:, which], axis=(1, 2, 3)).max(initial=0.0) for plane in planes), default=0.0)
    return clear_step(float(most) * site.voxel_volume / PER_ML)


def clear_step(vesicles: float) -> int:
    """How many a dot has to stand for (1, 2, 5, 10, …) so that so many vesicles are `MOST_DOTS` at most."""
    needed = vesicles / MOST_DOTS
    tens = 10 ** max(0, math.floor(math.log10(needed))) if needed > 1 else 1
    return next(step * tens for step in (1, 2, 5, 10) if step * tens >= needed)


def dots(
    density: np.ndarray, site: SiteLabel, per_dot: float, chance: np.random.Generator, *, dimensions: int
) -> np.ndarray:
    """Places of every `per_dot`-th vesicle of one population, float64[n, dimensions], µm.

    density : float32[n_z, n_y, n_x], EV/mL, NaN for nothing; dimensions : 2 (x, y) or 3
    """
    upto = np.cumsum(np.maximum(np.nan_to_num(density), 0.0).ravel(), dtype=np.float64) * (site.voxel_volume / PER_ML)
    n = round(float(upto[-1]) / per_dot)
    voxel = np.searchsorted(upto, (np.arange(n) + chance.random(n)) / max(n, 1) * upto[-1])
    plane, within = np.divmod(np.minimum(voxel, len(upto) - 1), site.nx * site.ny)
    row, column = np.divmod(within, site.nx)
    corners = np.column_stack([column, row, plane])[:, :dimensions]
    return (corners + chance.random((n, dimensions))) * [site.voxel, site.voxel, site.height][:dimensions]
