"""Fields and cells at the recording times, after what is done there: an OME-Zarr image and a table of cells.

    snapshots.zarr/<site>/<arm>/0           OME-Zarr 0.5, one per site and pictured variant: float32[t, c, (z,) y, x],
                                            channels: substances, matrix, vesicles
    snapshots.zarr/<site>/cells/<record>    float32[n_cells, n_columns] of all pictured variants at that time
    snapshots.zarr/<site>/cell_ids/<record> uint64[n_cells], lineage hashes

A record's chunks are written before the journal confirms the record; frames that were never written read as NaN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.engine.state import State
from vesicula.engine.system import SystemState
from vesicula.engine.voxels import cell_sites
from vesicula.errors import RunFolderError
from vesicula.results.description import Labels, RunDescription, SiteLabel
from vesicula.results.durable import cannot_write
from vesicula.results.standard import PER_ML
from vesicula.results.zarr_files import META, ArrayFolder, write_group

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

DAMAGE = (OSError, KeyError, ValueError)  # for files that are gone or broken
ONE_CHUNK = 65536  # voxels up to which all channels of a frame share a chunk
COLOURS = ("0072B2", "E69F00", "009E73", "CC79A7", "56B4E9", "D55E00", "F0E442", "999999")


def channels(labels: Labels) -> list[tuple[str, str, str]]:
    """(kind, name, unit) of the channels of an image: substances, matrix (share of full), vesicle densities."""
    return [
        *(("substance", s.name, s.unit) for s in labels.substances),
        *(("matrix", name, "share of full") for name in labels.matrices),
        *(("vesicle", p.name, "EV/mL") for p in labels.populations),
    ]


def cell_columns(labels: Labels) -> list[str]:
    """Columns of the cell tables. `node k` is node k of the cell's own type."""
    nodes = max((len(t.nodes) for t in labels.types), default=0)
    return [
        "variant", "x", "y", "z", "diameter", "type", "state", "dead", "label", "age", "stands for",
        *(f"node {k}" for k in range(nodes)), *(f"delivered copies of {s}" for s in labels.species),
        *(f"bound {p.name}" for p in labels.populations), *(f"endosomal {p.name}" for p in labels.populations),
    ]  # fmt: skip


def frame(state: State, variant: int, labels: Labels, site: SiteLabel) -> np.ndarray:
    """One image, float32[c, (z,) y, x], in the units of `channels`."""
    factors = np.array([s.factor for s in labels.substances]).reshape(-1, 1)
    parts = [
        state.concentration[variant] * factors,
        state.matrix[variant],
        state.vesicles[variant] * (PER_ML / site.voxel_volume),
    ]
    return np.concatenate(parts).astype(np.float32).reshape(-1, *site.shape)


def cell_table(state: State, variants: list[int], labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Cells of some variants: float32[n, n_columns] in the order of `cell_columns`, and uint64[n] ids."""
    chosen = np.concatenate([np.arange(state.cell_start[v], state.cell_start[v + 1]) for v in variants] or [[]])
    chosen = chosen.astype(np.int64)
    nodes = max((len(t.nodes) for t in labels.types), default=0)
    diameter = np.cbrt(6.0 * state.volume[chosen] / np.pi)
    columns = [
        cell_sites(state)[chosen], *state.position[chosen].T, diameter, state.cell_type[chosen],
        state.cell_state[chosen], state.cell_dead[chosen], state.cell_label[chosen], state.cell_age[chosen],
        state.stands_for[chosen],
        *state.nodes[chosen, :nodes].T, *state.copies[chosen].T,
        *(state.bound[chosen].T / state.stands_for[chosen]), *(state.endosomal[chosen].T / state.stands_for[chosen]),
    ]  # fmt: skip
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1), state.cell_id[chosen]


def folder_name(text: str) -> str:
    """Words as the name of a file or folder on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "x"


def image_name(description: RunDescription, variant: int) -> str:
    """Group name of a variant's images, unique also where arms differ only in signs."""
    v = description.variants[variant]
    return f"{description.arms.index(v.arm):02d}-{folder_name(v.arm)}-{v.replicate}"


def _site_name(description: RunDescription, site: SiteLabel) -> str:
    return f"{[s.name for s in description.sites].index(site.name)}-{folder_name(site.name)}"


def ome(
    labels: Labels, site: SiteLabel, name: str, times_min: Sequence[float],
    windows: Sequence[tuple[float, float]] | None = None,
) -> dict[str, object]:  # fmt: skip
    """OME-Zarr attributes of one image: axes with units, scale and place in minutes and µm, names of channels.

    times_min : of the frames; the scale is the first interval      windows : values shown dark and bright, by channel
    """
    spatial = ("z", "y", "x") if site.dimensions == 3 else ("y", "x")
    edges = {"z": site.height, "y": site.voxel, "x": site.voxel}
    interval = times_min[1] - times_min[0] if len(times_min) > 1 else 1.0
    axes = [{"name": "t", "type": "time", "unit": "minute"}, {"name": "c", "type": "channel"}]
    axes += [{"name": a, "type": "space", "unit": "micrometer"} for a in spatial]
    scale = [interval, 1.0, *(edges[a] for a in spatial)]
    centre = [times_min[0], 0.0, *(edges[a] / 2 for a in spatial)]
    dataset = {
        "path": "0",
        "coordinateTransformations": [
            {"type": "scale", "scale": scale},
            {"type": "translation", "translation": centre},
        ],
    }
    shown = []
    for i, (_, label, unit) in enumerate(channels(labels)):
        low, high = (0.0, 1.0) if windows is None else windows[i]
        window = {"min": low, "max": high, "start": low, "end": high}
        shown.append(
            {"label": f"{label} ({unit})", "color": COLOURS[i % len(COLOURS)], "active": i == 0, "window": window}
        )
    return {"version": "0.5", "multiscales": [{"name": name, "axes": axes, "datasets": [dataset]}],
            "omero": {"channels": shown}}  # fmt: skip


class SnapshotWriter:
    """Writes frames and cell tables of the pictured variants, one record at a time."""

    def __init__(self, path: Path, description: RunDescription, called: Sequence[int] | None = None) -> None:
        """Tables of cells have the numbers `called` for the pictured variants, by default those that they have."""
        self._path = path
        self._description = description
        self._pictured = list(description.plan.pictured)
        self._called = self._pictured if called is None else list(called)
        self._images: dict[tuple[str, int], ArrayFolder] | None = None

    def _prepare(self) -> dict[tuple[str, int], ArrayFolder]:
        """Groups of all sites, and arrays of all images; those of an earlier writer are opened again."""
        d = self._description
        shown = channels(d.labels)
        images = {}
        write_group(self._path, {})
        for site in d.sites:
            folder = self._path / _site_name(d, site)
            write_group(folder, {})
            write_group(folder / "cells", {"columns": cell_columns(d.labels)})
            write_group(folder / "cell_ids", {})
            axes = ["t", "c", "z", "y", "x"] if site.dimensions == 3 else ["t", "c", "y", "x"]
            for variant in self._pictured if shown else ():
                v = d.variants[variant]
                group = folder / image_name(d, variant)
                told = f"{site.name}, {v.arm}, replicate {v.replicate + 1}"
                own = {"site": site.name, "arm": v.arm, "replicate": v.replicate,
                       "times_min": d.plan.picture_times_min()}  # fmt: skip
                write_group(group, {"ome": ome(d.labels, site, told, d.plan.picture_times_min()), "vesicula": own})
                per_chunk = len(shown) if site.n_voxels <= ONE_CHUNK else 1
                images[site.name, variant] = ArrayFolder.create(
                    group / "0", (len(d.plan.record_steps), len(shown), *site.shape), (1, per_chunk, *site.shape),
                    "float32", float("nan"), axes,
                )  # fmt: skip
        return images

    def write(self, states: SystemState, record: int) -> None:
        """Write the frames of one recording time, over those of the moment before.

        Raises     RunFolderError where the disk does not take them
        """
        try:
            if self._images is None:
                self._images = self._prepare()
            for (name, variant), array in self._images.items():
                site = self._description.site(name)
                content = frame(states.site(name), variant, self._description.labels, site)
                array.write([record] + [0] * content.ndim, content[None])
            self._write_cells(states, record)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _write_cells(self, states: SystemState, record: int) -> None:
        for site in self._description.sites:
            table, ids = cell_table(states.site(site.name), self._pictured, self._description.labels)
            if self._called != self._pictured:
                table[:, 0] = np.array(self._called)[np.searchsorted(self._pictured, table[:, 0])]
            folder = self._path / _site_name(self._description, site)
            for kind, array in (("cells", table), ("cell_ids", ids)):
                chunks = [max(1, n) for n in array.shape]
                made = ArrayFolder.create(folder / kind / f"{record:05d}", array.shape, chunks, str(array.dtype), 0.0)
                made.write([0] * array.ndim, array)


class SnapshotReader:
    """Reads frames and cell tables back, with names, units and coordinates."""

    def __init__(self, path: Path, description: RunDescription, recorded: int) -> None:
        self._path = path
        self._description = description
        self._recorded = recorded

    def _array(self, name: str, select: slice = slice(None)) -> np.ndarray:
        """Content of an array; raises RunFolderError where it is missing or damaged."""
        if not (self._path / META).is_file():
            raise RunFolderError(f"{self._path} holds no pictures", "series and ledgers can still be read")
        try:
            return ArrayFolder.open(self._path / name).read(select)
        except DAMAGE as error:
            raise RunFolderError(
                f"{self._path}: {name} is missing or damaged", "series and ledgers can still be read"
            ) from error

    def frames(self, site_name: str, variant: int) -> np.ndarray:
        """Fields of one site, float32[time, channel, (z,) y, x], in the order and units of `channels`.

        Raises     RunFolderError where they were not kept or are damaged
        """
        d, site = self._description, self._description.site(site_name)
        if variant not in d.plan.pictured:
            raise RunFolderError(
                f"no fields were kept of {d.variants[variant].arm}, replicate {d.variants[variant].replicate + 1}",
                "fields are kept of the first replicate of each arm",
            )
        if not channels(d.labels):
            return np.zeros((self._recorded, 0, *site.shape))
        return self._array(f"{_site_name(d, site)}/{image_name(d, variant)}/0", slice(self._recorded))

    def image(self, site_name: str, variant: int) -> xr.DataArray:
        """The same with names: dimensions time, channel, (z,) y, x; coordinates in minutes and µm; unit per channel."""
        import xarray as xr

        d, site = self._description, self._description.site(site_name)
        content, shown = self.frames(site_name, variant), channels(d.labels)
        axes = ("time", "channel", "z", "y", "x") if site.dimensions == 3 else ("time", "channel", "y", "x")
        coords: dict[str, object] = {
            "time": ("time", d.plan.picture_times_min()[: self._recorded], {"unit": "min"}),
            "channel": [c[1] for c in shown],
            "kind": ("channel", [c[0] for c in shown]),
            "unit": ("channel", [c[2] for c in shown]),
        }
        for axis, count, edge in (("z", site.nz, site.height), ("y", site.ny, site.voxel), ("x", site.nx, site.voxel)):
            if axis in axes:
                coords[axis] = (axis, (np.arange(count) + 0.5) * edge, {"unit": "µm"})
        v = d.variants[variant]
        return xr.DataArray(content, coords=coords, dims=axes, name="fields",
                            attrs={"site": site_name, "arm": v.arm, "replicate": v.replicate})  # fmt: skip

    def cells(self, site_name: str, record: int) -> pd.DataFrame:
        """Cell table of one recording time as written, all pictured variants, with the column `id`."""
        import pandas as pd

        d, site = self._description, self._description.site(site_name)
        prefix = _site_name(d, site)
        table = self._array(f"{prefix}/cells/{record:05d}")
        ids = self._array(f"{prefix}/cell_ids/{record:05d}")
        out = pd.DataFrame(table, columns=pd.Index(cell_columns(d.labels)))
        out.insert(0, "id", ids)
        return out
