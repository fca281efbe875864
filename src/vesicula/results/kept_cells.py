"""Cells of a run at its kept times: of the pictured variants at all of them, of every variant at the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vesicula.errors import RunFolderError
from vesicula.results.cells import of_run
from vesicula.results.choice import Choice
from vesicula.results.description import SiteLabel
from vesicula.results.folder import SNAPSHOTS
from vesicula.results.snapshots import SnapshotReader, cell_columns, cell_table

if TYPE_CHECKING:
    from vesicula.engine.system import SystemState
    from vesicula.results.folder import RunFolder
    from vesicula.results.result import Result


@dataclass(frozen=True)
class CellsThen:
    """Cells of a site at a kept time, as of `cells.of_run`; variant : int64[n_cells], the variant of each."""

    site: SiteLabel
    time_min: float
    cells: pd.DataFrame
    variant: np.ndarray


class KeptCells:
    """Reads the cell tables of a run folder. times : float64[n], min, kept times that the run has reached."""

    def __init__(self, folder: RunFolder, reader: SnapshotReader, times: np.ndarray) -> None:
        self._folder, self._reader, self._times = folder, reader, times

    @classmethod
    def of_result(cls, result: Result) -> KeptCells:
        """Those of a result."""
        times = result.picture_times_min
        reader = SnapshotReader(result.folder.path / SNAPSHOTS, result.description, len(times))
        return cls(result.folder, reader, times)

    @cached_property
    def _last(self) -> SystemState | None:
        """States of the newest checkpoint where it is of the last kept time."""
        states = self._folder.last_state()
        steps = self._folder.description.plan.record_steps
        return states if states.step == steps[len(self._times) - 1] else None

    def table(self, site: str, picture: int, variants: Sequence[int]) -> pd.DataFrame:
        """Cells of some variants at kept time number `picture` as `cell_columns` has them, with the column `id`.

        Raises     RunFolderError where they were not kept
        """
        pictured = self._folder.description.plan.pictured
        drawn = [one for one in variants if one in pictured]
        parts = []
        if drawn:
            whole = self._reader.cells(site, picture)
            parts.append(whole[whole["variant"].isin(drawn)])
        if others := [one for one in variants if one not in pictured]:
            parts.append(self._of_last(site, picture, others))
        return pd.concat(parts, ignore_index=True)

    def _of_last(self, site: str, picture: int, variants: list[int]) -> pd.DataFrame:
        if picture != len(self._times) - 1 or self._last is None:
            raise RunFolderError(
                "cells of this replicate were kept at the end only", "ask for replicate 0, or for the last time"
            )
        labels = self._folder.description.labels
        content, ids = cell_table(self._last.site(site), variants, labels)
        table = pd.DataFrame(content, columns=pd.Index(cell_columns(labels)))
        table.insert(0, "id", ids)
        return table

    def kept(self, variants: Sequence[int], picture: int) -> list[int]:
        """Those of some variants whose cells were kept at kept time number `picture`."""
        pictured = self._folder.description.plan.pictured
        if picture == len(self._times) - 1 and any(one not in pictured for one in variants) and self._whole_end():
            return list(variants)
        return [one for one in variants if one in pictured]

    def _whole_end(self) -> bool:
        try:
            return self._last is not None
        except RunFolderError:
            return False  # no checkpoint is whole; what is in the records can be read all the same

    def of(self, choice: Choice) -> Iterator[CellsThen]:
        """Cells of the chosen part of the run, a site and a kept time after the other.

        Raises     VesiculaError for an unknown name or time; RunFolderError where nothing of it was kept
        """
        d, found = self._folder.description, False
        variants, pictures = choice.variants(d), choice.pictures(self._times)
        for site in choice.sites(d):
            for picture in pictures:
                kept = self.kept(variants, picture)
                if kept:
                    found = True
                    raw, time = self.table(site.name, picture, kept), float(self._times[picture])
                    yield CellsThen(site, time, of_run(raw, d, site, time), raw["variant"].to_numpy(dtype=np.int64))
        if not found:
            raise RunFolderError(
                "no cells of this part of the run were kept",
                "cells of the first replicate of each arm are kept at every recording time, of the others at the end",
            )
