"""Cells as a camera above the dish sees them: a black-and-white picture of where they lie."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.results.description import SiteLabel

Picture = NDArray[np.bool_]
Labelled = tuple[NDArray[np.int32], int]  # number of the part of each pixel, and of parts
F64 = NDArray[np.float64]
PIXEL = 2.0  # µm


def discs(position: F64, radius: F64, size: tuple[float, float]) -> Picture:
    """Pixels whose centre lies in a cell, bool[ny, nx].

    position : float64[n, 2], µm      radius : float64[n], µm      size : edges, µm
    """
    nx, ny = (max(1, round(edge / PIXEL)) for edge in size)
    out = np.zeros((ny, nx), dtype=np.bool_)
    for (x, y), r in zip(position, radius, strict=True):
        first_x, last_x = max(int((x - r) / PIXEL), 0), min(int((x + r) / PIXEL) + 2, nx)
        first_y, last_y = max(int((y - r) / PIXEL), 0), min(int((y + r) / PIXEL) + 2, ny)
        across = (np.arange(first_x, last_x) + 0.5) * PIXEL - x
        along = (np.arange(first_y, last_y) + 0.5) * PIXEL - y
        out[first_y:last_y, first_x:last_x] |= across[None] ** 2 + along[:, None] ** 2 <= r * r
    return out


def closed(picture: Picture, reach: float) -> Picture:
    """Morphological closing with a disc: gaps that a disc of radius `reach` (µm) does not fit into are filled.

    Outside the picture it goes on as its mirror image, so that its edge neither fills nor opens gaps.
    """
    from scipy.ndimage import distance_transform_edt

    if not picture.any():
        return picture
    far = int(np.ceil(2 * reach / PIXEL)) + 1
    wide = np.pad(picture, far, mode="symmetric")
    grown = np.asarray(distance_transform_edt(~wide)) * PIXEL <= reach
    shrunk = np.asarray(distance_transform_edt(grown)) * PIXEL > reach if not grown.all() else grown
    return (shrunk | wide)[far:-far, far:-far]


def largest_body(picture: Picture) -> Picture:
    """The largest connected part of a picture (touching at corners counts)."""
    from scipy.ndimage import label

    parts, n = cast("Labelled", label(picture, structure=np.ones((3, 3))))
    if n == 0:
        return picture
    return parts == 1 + int(np.argmax(np.bincount(parts[picture])[1:]))


def area(picture: Picture) -> float:
    """Area of the white pixels, µm²."""
    return float(picture.sum()) * PIXEL * PIXEL


def skeleton_length(picture: Picture, shortest: float) -> float:
    """Length of the skeleton of a picture, µm, without connected parts shorter than `shortest`.

    Each pair of skeleton pixels that touch at an edge adds one pixel, each pair that touches at a corner only, and has
    no common neighbour on the skeleton, adds √2.
    """
    from scipy.ndimage import label
    from skimage.morphology import skeletonize

    lines = np.pad(np.asarray(skeletonize(picture), dtype=np.bool_), 1)
    parts, n = cast("Labelled", label(lines, structure=np.ones((3, 3))))
    if n == 0:
        return 0.0
    lengths = np.zeros(n + 1)
    for pairs, part in (
        (lines[:, 1:] & lines[:, :-1], parts[:, 1:]),
        (lines[1:] & lines[:-1], parts[1:]),
    ):
        lengths += np.bincount(part[pairs], minlength=n + 1)
    down = lines[1:, 1:] & lines[:-1, :-1] & ~lines[1:, :-1] & ~lines[:-1, 1:]
    up = lines[1:, :-1] & lines[:-1, 1:] & ~lines[1:, 1:] & ~lines[:-1, :-1]
    lengths += np.sqrt(2.0) * np.bincount(parts[1:, 1:][down], minlength=n + 1)
    lengths += np.sqrt(2.0) * np.bincount(parts[1:, :-1][up], minlength=n + 1)
    lengths *= PIXEL
    return float(lengths[1:][lengths[1:] >= shortest].sum())


def in_pixels(mask: NDArray[np.bool_], site: SiteLabel) -> Picture:
    """A voxel mask of a site, bool[n_voxels], as a picture from above (a column counts where any voxel does)."""
    flat = np.any(mask.reshape(site.nz, site.ny, site.nx), axis=0)
    width, height, _ = site.size
    x = np.minimum(((np.arange(round(width / PIXEL)) + 0.5) * PIXEL / site.voxel).astype(np.int64), site.nx - 1)
    y = np.minimum(((np.arange(round(height / PIXEL)) + 0.5) * PIXEL / site.voxel).astype(np.int64), site.ny - 1)
    return flat[np.ix_(y, x)]
