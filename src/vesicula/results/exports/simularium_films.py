"""Cells, and free vesicles as dots, as films for the Simularium viewer: one `.simularium` file per site and arm, JSON.

A cell is a sphere of its own radius, of the type `CELL#STATE` (dead ones `CELL#dead`), with one number for all times.
Free vesicles are known as numbers per voxel: a dot stands for some of them and lies somewhere in its voxel, so it has
no way from one moment to the next. Lengths are µm from the middle of the site, times minutes. Format: trajectoryInfo 3,
spatialData 1 and plotData 1, as the package simulariumio 1.13 writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import RunFolderError
from vesicula.results.cells import FATES
from vesicula.results.choice import Choice
from vesicula.results.dots import clear_step, dots
from vesicula.results.exports.parts import pictured
from vesicula.results.kept_cells import KeptCells
from vesicula.results.palette import DEAD, INK, cell_colours
from vesicula.results.snapshots import channels
from vesicula.results.standard import PER_ML
from vesicula.versions import version_of

if TYPE_CHECKING:
    import pandas as pd

    from vesicula.results.description import RunDescription, SiteLabel
    from vesicula.results.result import Result

SPHERE, VALUES = 1000.0, 11  # kind of agent, and numbers of each: kind, id, type, place, turn, radius, no points
DOT_OF_VOXEL = 0.04  # radius of a dot over the edge of a voxel
WIDE = 1.3  # distance of the camera over the longest edge


@dataclass
class Cast:
    """Types and numbers of what is in a film, as they are met: name -> number, colour of each type, cell -> number."""

    types: dict[str, int] = field(default_factory=dict)
    colours: list[str] = field(default_factory=list)
    cells: dict[int, int] = field(default_factory=dict)

    def type_of(self, name: str, colour: str) -> int:
        """Number of a type."""
        if name not in self.types:
            self.types[name] = len(self.types)
            self.colours.append(colour)
        return self.types[name]


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write a film for every site with places and every arm.

    Raises     OSError; RunFolderError where no site has places, or nothing was kept
    """
    notes, found = [], False
    chosen = choice.pictures(result.picture_times_min)
    for site, variant, name in pictured(result, choice):
        if not site.dimensions:
            notes.append(f"{site.name} was left out: it is well mixed, so nothing in it has a place")
            continue
        found = True
        film = Film(result, site, variant)
        content = film.content(chosen)
        (path / f"{name}.simularium").write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
        each = f", a dot is {film.per_dot:,} free vesicles" if film.per_dot else ""
        notes.append(f"{name}.simularium: {len(chosen)} moments, {len(film.cast.cells):,} cells{each}")
    if not found:
        raise RunFolderError(
            "no site of this part of the run has places: they are well mixed", "take anndata or csv for its cells"
        )
    return notes


class Film:
    """One site of one variant. per_dot : free vesicles that a dot stands for, 0 where there are none"""

    def __init__(self, result: Result, site: SiteLabel, variant: int) -> None:
        self._result, self._site, self._variant = result, site, result.description.variants[variant]
        self.cast, self._kept = Cast(), KeptCells.of_result(result)
        labels = result.description.labels
        self._vesicles = [(c, name) for c, (kind, name, _) in enumerate(channels(labels)) if kind == "vesicle"]
        v = self._variant
        self._frames = result.frames(site.name, v.arm, replicate=v.replicate) if self._vesicles else None
        self.per_dot = 0 if self._frames is None else clear_step(self._most())

    def _most(self) -> float:
        """Free vesicles of the fullest moment."""
        assert self._frames is not None
        which = [channel for channel, _ in self._vesicles]
        whole = np.nansum(self._frames[:, which], axis=tuple(range(1, self._frames.ndim)), dtype=np.float64)
        return float(whole.max(initial=0.0)) * self._site.voxel_volume / PER_ML

    def content(self, pictures: list[int]) -> dict[str, object]:
        """The film of some kept times, as the file holds it."""
        times = [float(self._result.picture_times_min[k]) for k in pictures]
        bundle = [
            {"frameNumber": k, "time": time, "data": self._agents(picture, time).ravel().tolist()}
            for k, (picture, time) in enumerate(zip(pictures, times, strict=True))
        ]
        spatial = {"version": 1, "msgType": 1, "bundleStart": 0, "bundleSize": len(bundle), "bundleData": bundle}
        return {
            "trajectoryInfo": self._info(times), "spatialData": spatial, "plotData": {"version": 1, "data": []},
        }  # fmt: skip

    def _agents(self, picture: int, time: float) -> np.ndarray:
        """All that is there at a kept time, float64[n, 11]."""
        v, size = self._variant, np.array(self._site.size)
        (then,) = self._kept.of(Choice(v.arm, v.replicate, self._site.name, time))
        cells, known = then.cells, self.cast.cells
        agents = np.zeros((len(cells), VALUES))
        agents[:, 0] = SPHERE
        agents[:, 1] = [known.setdefault(int(one), len(known)) for one in cells["id"]]
        agents[:, 2] = list(self._types(cells))
        agents[:, 3:6] = cells[["x", "y", "z"]].to_numpy(dtype=np.float64) - size / 2
        agents[:, 9] = cells["diameter"].to_numpy(dtype=np.float64) / 2
        return np.concatenate([agents, *self._dots(picture, size, first=2**24)])

    def _types(self, cells: pd.DataFrame) -> Iterator[int]:
        """Number of the type of each cell."""
        labels = self._result.description.labels
        hues = {
            (t.name, s): hue
            for t, row in zip(labels.types, cell_colours(labels), strict=True)
            for s, hue in zip(t.states, row, strict=True)
        }
        for kind, state, fate in zip(*(cells[c].tolist() for c in ("type", "state", "fate")), strict=True):
            alive = fate == FATES[0]
            told = state if alive else "dead"
            yield self.cast.type_of(f"{kind}#{told}", hues[kind, state] if alive else DEAD)

    def _dots(self, picture: int, size: np.ndarray, *, first: int) -> Iterator[np.ndarray]:
        """Dots of every population, float64[n, 11] each. first : number of the first dot, above those of cells"""
        if self._frames is None:
            return
        site, labels, chance = self._site, self._result.description.labels, np.random.default_rng(picture)
        hues, names = cell_colours(labels), [t.name for t in labels.types]
        for (channel, name), population in zip(self._vesicles, labels.populations, strict=True):
            density = self._frames[picture, channel].reshape(site.nz, site.ny, site.nx)
            spots = dots(density, site, self.per_dot, chance, dimensions=3)
            agents = np.zeros((len(spots), VALUES))
            agents[:, 0], agents[:, 1] = SPHERE, first + np.arange(len(spots))
            hue = hues[names.index(population.donor)][-1] if population.donor in names else INK
            agents[:, 2] = self.cast.type_of(f"{name}#{self.per_dot} each", hue)
            agents[:, 3:6] = spots - size / 2
            agents[:, 9] = DOT_OF_VOXEL * site.voxel
            first += len(spots)
            yield agents

    def _info(self, times: list[float]) -> dict[str, object]:
        d, v, cast = self._result.description, self._variant, self.cast
        x, y, z = (float(edge) for edge in self._site.size)
        looks = {"x": 0.0, "y": 0.0, "z": 0.0}
        return {
            "version": 3, "timeUnits": {"magnitude": 1.0, "name": "min"},
            "timeStepSize": times[1] - times[0] if len(times) > 1 else 0.0, "totalSteps": len(times),
            "spatialUnits": {"magnitude": 1.0, "name": "um"}, "size": {"x": x, "y": y, "z": z},
            "cameraDefault": {
                "position": {**looks, "z": WIDE * max(x, y, z)}, "lookAtPosition": looks,
                "upVector": {**looks, "y": 1.0}, "fovDegrees": 50.0,
            },
            "typeMapping": {
                str(number): {"name": name, "geometry": {"displayType": "SPHERE", "color": cast.colours[number]}}
                for name, number in cast.types.items()
            },
            "trajectoryTitle": f"{d.model}: {self._site.name}, {v.arm}, replicate {v.replicate}",
            "modelInfo": {"title": d.question or d.model, "version": version_of("vesicula"),
                          "description": described(d, self.per_dot)},
        }  # fmt: skip


def described(description: RunDescription, per_dot: int) -> str:
    """What the viewer says of a film."""
    about = " ".join((description.about or "").split())
    told = f"A dot is {per_dot:,} free vesicles, somewhere in their voxel." if per_dot else ""
    return " ".join(part for part in (about, told) if part)
