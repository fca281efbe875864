"""What a user holds after a run: tables, fields, cells, figures and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from vesicula.errors import RunFolderError, VesiculaError
from vesicula.results.choice import Choice, arm_named, picture_at, site_named, variant_named
from vesicula.results.compare import Comparison, answer, compare
from vesicula.results.description import RunDescription
from vesicula.results.folder import REPORT, SNAPSHOTS, RunFolder
from vesicula.results.statistics import Influence, influences

if TYPE_CHECKING:
    import anndata
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from vesicula.results.bundle import Bundle
    from vesicula.results.events import Survival


class Result:
    """A run folder, finished or not, as Python objects.

    Example   >>> Result("runs/bone-metastasis-1").answer  # doctest: +SKIP
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = RunFolder.open(folder)
        if not self.records:
            raise RunFolderError(f"the run in {folder} has no records yet", "it stopped before its first moment")

    def __repr__(self) -> str:
        d = self.description
        return f"<Result {d.model}: {len(d.arms)} arms × {d.replicates}, {self.folder.status}, {self.folder.path}>"

    @property
    def description(self) -> RunDescription:
        """Names, plan, parameters and evidence of the run."""
        return self.folder.description

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms; the first is the baseline."""
        return self.description.arms

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures; the first is the one the answer is about."""
        return tuple(m.name for m in self.description.measures)

    @cached_property
    def records(self) -> list[Bundle]:
        """Whole records of the journal, in order of time."""
        return self.folder.records()

    @cached_property
    def times_min(self) -> np.ndarray:
        """Times of the records, float64[n_records], min; those at which the experimenter acts stand there twice."""
        return np.array(self.description.plan.times_min()[: len(self.records)])

    @cached_property
    def picture_times_min(self) -> np.ndarray:
        """Times of the kept fields and cells, float64, min: each once, after what was done there."""
        reached = float(self.times_min[-1])
        return np.array([time for time in self.description.plan.picture_times_min() if time <= reached])

    def to_dataframe(self) -> pd.DataFrame:
        """Every curve of the run as one long table, a row per value: measures (kind `measure`) and standard series.

        Columns    time_min, moment (`before` or `after` what was done at that time; where nothing was, only `after`),
                   arm, replicate, draw, seed, site, measure, unit, kind, value
        """
        return self._series

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Ledgers at every record: time_min, moment, arm, replicate, site, ledger, what, partner, term, unit, value."""
        return self.folder.ledger()

    @cached_property
    def talk(self) -> pd.DataFrame:
        """Who talked to whom up to the last record: particles by arm, replicate, donor, vesicle and recipient."""
        from vesicula.results.messages import talk

        return talk(self.description, self.records)

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Parameters that differ between variants, internal units: one row per variant, one column per path."""
        return self.folder.draws()

    def values(self, measure: str) -> pd.DataFrame:
        """A measure at its reading time: arm, replicate, value; raises VesiculaError for an unknown name."""
        import pandas as pd

        comparison = self.compare(measure)
        rows = [(a.arm, i, v) for a in comparison.arms for i, v in enumerate(a.values)]
        return pd.DataFrame(rows, columns=pd.Index(["arm", "replicate", "value"]))

    def compare(self, measure: str) -> Comparison:
        """A measure in every arm against the baseline; raises VesiculaError for an unknown name."""
        return compare(self.description, self.records, self._measure(measure))

    def patients(self) -> pd.DataFrame:
        """Patients of a cohort in every arm: genotypes, events, and days to them (or followed without).

        Raises     VesiculaError where the model has no cohort
        """
        from vesicula.results.events import patients

        return patients(self.description, self.times_min, self.records)

    def survival(self, event: str, by: str = "arm", *, arm: str | None = None) -> list[Survival]:
        """Kaplan–Meier curves of an event by arm, or by a locus in one arm (the baseline where none is named).

        Raises     VesiculaError for an unknown event, or where the model has no cohort
        """
        from vesicula.results.events import event_of, survival

        event_of(self.description, event)
        table = self.patients()
        if by == "arm":
            return survival(table if arm is None else _of_arm(table, self._arm(arm)), event, by)
        loci = () if self.description.cohort is None else self.description.cohort.loci
        if by not in loci:
            raise VesiculaError(f"patients cannot be told apart by {by}", f"by arm, or by one of: {', '.join(loci)}")
        return survival(_of_arm(table, self._arm(arm)), event, by)

    def deciding(self, measure: str | None = None) -> list[Influence]:
        """Parameters by how strongly a measure (the first one) follows them over the draws: the change by the arm that
        differs most, or the value where there is one arm. Empty with fewer than 8 draws.
        """
        comparison = self.compare(measure or self._first_measure())
        base, best = comparison.arms[0], comparison.most_different
        rows = self.draws.iloc[self.description.variants_of(base.arm)].reset_index(drop=True)
        rows = rows.loc[:, rows.nunique() > 1]
        return influences(rows, base.values if best is None else best.values - base.values)

    @property
    def answer(self) -> str:
        """The first measure in one sentence, with its range."""
        comparison = self.compare(self._first_measure())
        return answer(self.description, comparison, finished=self.folder.status == "finished")

    def to_xarray(self, arm: str | None = None, *, site: str | None = None, replicate: int = 0) -> xr.DataArray:
        """Fields of a site: time (min), channel (substances, matrix, vesicles, each with unit), space (µm).

        arm : None: all arms, along a first dimension `arm`      site : None: the first one
        Raises     RunFolderError where they were not kept; VesiculaError for an unknown arm, site or replicate
        """
        import xarray as xr

        name = self._site(site)
        if arm is not None:
            return self._snapshots.image(name, self._variant(arm, replicate))
        each = [self._snapshots.image(name, self._variant(one, replicate)) for one in self.arms]
        return xr.DataArray(
            np.stack([one.to_numpy() for one in each]), coords={"arm": list(self.arms), **each[0].coords},
            dims=("arm", *each[0].dims), name="fields", attrs={"site": name, "replicate": replicate},
        )  # fmt: skip

    def frames(self, site: str | None = None, arm: str | None = None, *, replicate: int = 0) -> np.ndarray:
        """Fields of an arm (the baseline) as numbers alone, float32[time, channel, (z,) y, x].

        Raises     RunFolderError where they were not kept; VesiculaError for an unknown site, arm or replicate
        """
        return self._snapshots.frames(self._site(site), self._variant(arm, replicate))

    def cells(
        self, arm: str | None = None, time: float | None = None, *, site: str | None = None, replicate: int = 0
    ) -> pd.DataFrame:
        """Cells at the kept time `time` (min; None: the last): type, state, place and size in µm, nodes, copies.

        Raises     RunFolderError where they were not kept; VesiculaError for an unknown time, site, arm or replicate
        """
        from vesicula.results.cells import named

        d, name = self.description, self._site(site)
        variant = self._variant(arm, replicate)
        table = self._kept_cells.table(name, self._picture_at(time), [variant])
        return named(table.reset_index(drop=True), d.labels)

    def cells_by_arm(self, times: Sequence[float], *, site: str | None = None) -> dict[str, list[pd.DataFrame]]:
        """The same cells of every arm's first replicate at some kept times, read at once.

        Raises     RunFolderError where they were not kept; VesiculaError for an unknown time or site
        """
        import pandas as pd

        from vesicula.results.cells import named

        d = self.description
        first = {arm: self._variant(arm, 0) for arm in d.arms}
        if lost := [arm for arm, variant in first.items() if variant not in d.plan.pictured]:
            raise RunFolderError(f"no cells were kept of {', '.join(lost)}", "ask for one arm at the last time")
        wanted = list(first.values())
        tables = [self._kept_cells.table(self._site(site), self._picture_at(time), wanted) for time in times]
        if not tables:
            return {arm: [] for arm in first}
        whole = pd.concat(tables, ignore_index=True)
        variants, cells = whole["variant"].to_numpy(), named(whole, d.labels)
        ends = np.cumsum([len(table) for table in tables])
        spans = [slice(end - len(table), end) for end, table in zip(ends, tables, strict=True)]
        return {
            arm: [
                cast("pd.DataFrame", cells.iloc[span][variants[span] == variant]).reset_index(drop=True)
                for span in spans
            ]
            for arm, variant in first.items()
        }

    def to_anndata(
        self, arm: str | None = None, time: float | None = None, *, site: str | None = None,
        replicate: int | None = None,
    ) -> anndata.AnnData:  # fmt: skip
        """Cells as AnnData, for scanpy and squidpy: of all arms, kept times (min), sites and replicates, or of one.

        X          nodes (NaN where a type has none of that name), delivered copies, bound and endosomal vesicles
        var        kind and unit
        obs        `sample` (site, arm, replicate and time: one picture), the parts of that, draw, id (lineage),
                   cell_type, state, fate, label, diameter, age_min, stands_for
        obsm       `spatial`, in µm; uns `vesicula`: model, question, seed, version, status and units
        Raises     RunFolderError where none were kept; VesiculaError for an unknown name or time
        """
        import pandas as pd

        from vesicula.results.cells import UNITS, annotated

        choice, d = Choice(arm, replicate, site, time), self.description
        table = pd.concat([one.cells for one in self._kept_cells.of(choice)], ignore_index=True)
        out = annotated(table, d.labels, dimensions=max(one.dimensions for one in choice.sites(d)))
        units = {name: unit for name, unit in UNITS.items() if name in out.obs}
        out.uns["vesicula"] = {
            "model": d.model, "question": d.question or "", "seed": d.seed, "status": self.folder.status,
            "version": d.versions.get("vesicula", ""), "units": {"spatial": "µm", "time_min": "min", **units},
        }  # fmt: skip
        return out

    def export(
        self, to: str, out: str | Path | None = None, *, arm: str | None = None, time: float | None = None,
        site: str | None = None, replicate: int | None = None, replace: bool = False,
    ) -> Path:  # fmt: skip
        """Write the run for another program: `anndata`, `csv`, `ome-zarr`, `sbml`, `simularium` or `vtk`.

        out : file (anndata) or folder (the others); None: beside the run      replace : an older export that is there
        arm, time (min), site, replicate : only this one; None: all that was kept
        Returns    where it is
        Raises     VesiculaError for an unknown form, name or time; RunFolderError where something stands at `out`, it
                   cannot be written, or nothing was kept; ResourceError where the disk is full. Nothing half written
                   stays
        """
        from vesicula.results.exports import export

        return export(self, to, out, Choice(arm, replicate, site, time), replace=replace).path

    def cytometry(self, measure: str, arm: str | None = None) -> pd.DataFrame:
        """What the cytometer shows of the living cells of an arm at the last kept moment, all replicates together.

        Returns    above, up_to (edges of the channel, in the unit of the gate), share of cells
        Raises     VesiculaError for a measure that is no flow cytometry, or an unknown arm
        """
        import pandas as pd

        from vesicula.results.assays.cytometry import distribution

        bench, states = self._at_bench(measure, "flow cytometry")
        edges, shares = distribution(bench, states, self.description.variants_of(self._arm(arm)))
        return pd.DataFrame({"above": edges[:-1], "up_to": edges[1:], "share": shares})

    def dose_response(self, measure: str) -> pd.DataFrame:
        """Curves through the dose series of an IC50 at the last kept moment, one per replicate.

        Returns    series, replicate, ic50, low and high (95 % profile interval), top, bottom, hill
        Raises     VesiculaError for a measure that is no IC50
        """
        from dataclasses import asdict

        import pandas as pd

        from vesicula.results.assays.dose_response import curves

        found = curves(*self._at_bench(measure, "IC50"))
        rows = [
            {"series": name, "replicate": i, **asdict(c)} for name, all_ in found.items() for i, c in enumerate(all_)
        ]
        return pd.DataFrame(rows)

    def reading(self, measure: str, arm: str | None = None) -> tuple[float, float, float]:
        """Median of an arm and the central 90 % in which a laboratory would read it: counting, and CV of the assay.

        Raises     VesiculaError for a measure whose assay states no CV, or an unknown arm
        """
        from vesicula.results.assays.particles import reading_interval

        label, name = self._measure(measure), self._arm(arm)
        middle = next(one.summary.median for one in self.compare(measure).arms if one.arm == name)
        try:
            return (middle, *reading_interval(label.assay or "", middle))
        except KeyError:
            raise VesiculaError(f"{measure}: how much a reading scatters is not stated for its assay") from None

    def _at_bench(self, measure: str, assay: str):
        """A measure of an assay at its bench, and the states last kept."""
        from vesicula.results.assays.readers import at_bench
        from vesicula.results.stored_program import read

        label = self._measure(measure)
        if label.assay != assay:
            raise VesiculaError(f"{measure} is no {assay}", f"it reads {label.text}")
        return at_bench(label, self.description, read(self.folder.path)), self.folder.last_state()

    def plot(self, measure: str | None = None) -> Figure:
        """Curves of a measure in every arm, with bands over the replicates."""
        from vesicula.results.plots import curves

        label = self._measure(measure or self._first_measure())
        return curves(self.description, self.records, label)

    def figure(self, path: str | Path, measure: str | None = None) -> Path:
        """Write the arms of a measure (the first one) as an SVG for a paper; returns where it is.

        Dots with intervals, units, n, the smallest visible effect shaded, controls grey, text as text.

        Raises     VesiculaError for an unknown measure or another format; RunFolderError where it cannot be written
        """
        from vesicula.results.assays import smallest_effect
        from vesicula.results.durable import cannot_write, replace_file
        from vesicula.results.palette import arm_colours
        from vesicula.results.report.charts import figure

        goal, d = Path(path), self.description
        if goal.suffix.lower() != ".svg":
            raise VesiculaError(f"{goal} is no SVG file", "figures are written as SVG: name it for example figure.svg")
        comparison = self.compare(measure or self._first_measure())
        colours = arm_colours(d.arms, d.controls)
        content = figure(comparison, colours, smallest_effect(comparison.measure), controls=len(d.controls))
        try:
            replace_file(goal, content.encode())
        except OSError as error:
            raise cannot_write(goal, error, "name another file") from error
        return goal

    @property
    def methods(self) -> str:
        """The methods text of the run, as paragraphs for a paper."""
        from vesicula.results.report.methods import methods, motion_cut, work_done

        finished, cut = self.folder.status == "finished", motion_cut(self.description, self.records)
        work = work_done(self.description, self.records)
        return "\n\n".join(methods(self.description, work, finished=finished, cut=cut))

    def picture(
        self, arm: str | None = None, time: float | None = None, *, site: str | None = None, layer: str | None = None,
        per_dot: float | None = None,
    ) -> Figure:  # fmt: skip
        """Cells over matrix, with one field (`layer`: a substance or vesicle population) behind them, or with all free
        vesicles as dots, of which each stands for `per_dot` and has the colour of the cells that release them.

        Raises VesiculaError for a field that is not there, and for dots that would fill the picture.
        """
        from vesicula.results.dots import TOO_MANY_DOTS, vesicles_per_dot
        from vesicula.results.plots import tissue
        from vesicula.results.snapshots import channels

        name = self._site(site)
        image = self.frames(name, arm)[self._picture_at(time)]
        there = [channel for _, channel, _ in channels(self.description.labels)]
        if layer is not None and layer not in there:
            raise VesiculaError(f"no field is called {layer}", f"there are: {', '.join(there)}")
        place, cells = self.description.site(name), self.cells(arm, time, site=name)
        if per_dot is not None:
            clear = vesicles_per_dot(self.description, place, [image[None]])
            if not per_dot * TOO_MANY_DOTS >= clear:
                raise VesiculaError(
                    f"a dot for each {per_dot:g} vesicles would fill the picture", f"take {clear} or more"
                )
        return tissue(self.description, place, image, cells, layer, per_dot=per_dot)

    def report(self, path: str | Path | None = None) -> Path:
        """Write `report.html`, one file that needs nothing else; returns where it is."""
        from vesicula.results.report import write_report

        return write_report(self, Path(path) if path is not None else self.folder.path / REPORT)

    @cached_property
    def _series(self) -> pd.DataFrame:
        return self.folder.series()

    def _picture_at(self, time: float | None) -> int:
        """Number of the kept time `time` (min; None: the last); raises VesiculaError where nothing was kept then."""
        times = self.picture_times_min
        return len(times) - 1 if time is None else picture_at(times, time)

    def _arm(self, name: str | None) -> str:
        """An arm of the run, the baseline where none is named; raises VesiculaError for an unknown one."""
        return self.arms[0] if name is None else arm_named(self.description, name)

    @cached_property
    def _snapshots(self):
        from vesicula.results.snapshots import SnapshotReader

        return SnapshotReader(self.folder.path / SNAPSHOTS, self.description, len(self.picture_times_min))

    @cached_property
    def _kept_cells(self):
        from vesicula.results.kept_cells import KeptCells

        return KeptCells.of_result(self)

    def _first_measure(self) -> str:
        if not self.measures:
            raise VesiculaError(
                "the model has no measure", "write one, for example `measure: {cells: count of tumour}`"
            )
        return self.measures[0]

    def _measure(self, name: str):
        try:
            return self.description.measure(name)
        except KeyError:
            raise VesiculaError(f"no measure is called {name}", f"there are: {', '.join(self.measures)}") from None

    def _site(self, name: str | None) -> str:
        return self.description.sites[0].name if name is None else site_named(self.description, name)

    def _variant(self, arm: str | None, replicate: int) -> int:
        return variant_named(self.description, self._arm(arm), replicate)


def _of_arm(table: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Rows of an arm."""
    return cast("pd.DataFrame", table[table["arm"] == arm])
