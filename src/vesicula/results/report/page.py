"""What stands on the report's page, as plain values for the template."""

from __future__ import annotations

import base64
import json
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from vesicula.errors import VesiculaError
from vesicula.evidence.classes import SOURCE_KEYWORDS
from vesicula.results import standard
from vesicula.results.assays import smallest_effect
from vesicula.results.compare import Comparison
from vesicula.results.description import SiteLabel
from vesicula.results.dots import vesicles_per_dot
from vesicula.results.loading import loading_problem, read_loading
from vesicula.results.mapped import read_mapped
from vesicula.results.messages import Funnel, telling
from vesicula.results.palette import LAYER, MATRIX, arm_colours
from vesicula.results.plots import band, png, tissue
from vesicula.results.report import bench, charts
from vesicula.results.report.cohort import cohort_section
from vesicula.results.report.equations import used
from vesicula.results.report.film import Kept, film, keep, kinds
from vesicula.results.report.graph import delivered, soluble_graph, vesicle_graph
from vesicula.results.report.loading import answered, loading_section
from vesicula.results.report.methods import methods, motion_cut, work_done
from vesicula.results.report.sweeps import sweeps_section
from vesicula.results.snapshots import channels
from vesicula.results.statistics import ENOUGH_FOR_PERCENTILES
from vesicula.results.tables import CELL_TERMS, SUBSTANCE_TERMS, VESICLE_TERMS
from vesicula.results.wording import counted, duration, number, span, time_unit

if TYPE_CHECKING:
    from vesicula.results.result import Result

CLASS_COLOURS = {
    "measured here": "#0b7a75", "borrowed": "#56b4e9", "derived": "#7a5195", "fitted": "#e69f00", "assumed": "#c9ced6",
}  # fmt: skip
SHOWN_ARMS = 2
SHOWN_FUNNELS, SHOWN_CURVES = 9, 6
DECIDING = 3
MAIN_WIDTH, SHOT_WIDTH, SHOT_HEIGHT = 802.0, 262.0, 160.0  # px on the first screen
SIDE = 440  # px that the first screen leaves for charts of measures
NO_GRAPH = {"soluble": None, "vesicles": None, "recipients": [], "rows": [], "arm": ""}
NO_REFERENCES: dict[str, list[dict[str, object]]] = {"papers": [], "claims": [], "unknown": []}
Part = TypeVar("Part")


class PartLeftOut(UserWarning):
    """A part of a report could not be made; the rest stands."""


def reason_of(error: Exception) -> str:
    """Why something failed, in a few words."""
    return error.message if isinstance(error, VesiculaError) else f"{type(error).__name__}: {error}"


def quantity(value: float | np.number, source: str, digits: int = 3) -> Markup:
    """A number that tells where it comes from when pointed at; whole numbers are shown whole."""
    shown = f"{value:,}" if isinstance(value, np.integer) else number(float(value), digits)
    return Markup('<span class="num" tabindex="0" data-source="{}">{}</span>').format(source, shown)


class Page:
    """Gathers the parts of the report of one result; each property is one part."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.d = result.description
        self.colours = arm_colours(self.d.arms, self.d.controls)
        self.records = result.records
        self.lost = ""
        self.left_out: list[str] = []
        self.finished = result.folder.status == "finished"
        self.comparisons = [result.compare(m.name) for m in self.d.measures]
        self.site = next((s for s in self.d.sites if s.dimensions), self.d.sites[0])

    @cached_property
    def kept(self) -> Kept | None:
        """Fields and cells of the pictured site at every record; None where it has no places or they are lost."""
        if not self.site.dimensions or not self.d.labels.types:
            return None
        try:
            return keep(self.result, self.site)
        except Exception as error:
            self.lost = reason_of(error)
            return None

    @property
    def shown_arms(self) -> list[str]:
        """The baseline and the arm that the question is about."""
        return list(self.d.arms[:SHOWN_ARMS])

    @cached_property
    def told(self) -> list[Funnel]:
        """Funnels of the arm that was asked, the preparation that it adds first."""
        return telling(self.d, self.records)

    @cached_property
    def moments(self) -> list[int]:
        """Records to picture: of those at one time (before and after a dose) the last."""
        times = self.result.times_min.tolist()
        return [i for i, t in enumerate(times) if i + 1 == len(times) or times[i + 1] > t]

    @property
    def told_arm(self) -> str:
        """The arm of funnel, graph and labware."""
        return self.told[0].arm if self.told else self.d.arms[min(1, len(self.d.arms) - 1)]

    @property
    def layer(self) -> str | None:
        """The channel behind the cells: the vesicles of the funnel, else the first ones, else the first substance."""
        labels = self.d.labels
        if labels.populations:
            return self.told[0].population if self.told else labels.populations[0].name
        return labels.substances[0].name if labels.substances else None

    @property
    def many_donors(self) -> bool:
        """Whether vesicles come from several kinds of cells, so that the field of one would not show the others."""
        return len({one.donor for one in self.d.labels.populations if one.donor is not None}) > 1

    def heading(self) -> dict[str, object]:
        """Question, answer and what was run."""
        d, word = self.d, "draw" if self.d.draws_differ else "seed"
        facts = [
            d.model,
            duration(d.plan.duration_min),
            f"{counted(len(d.arms), 'arm')} × {counted(d.replicates, word)}",
        ]
        facts += [d.species] if d.species else []
        facts += [f"values from {d.calibrated}"] if d.calibrated else []
        caution = None
        if d.replicates > 1 and not d.draws_differ:
            caution = "Ranges show chance (seeds) only; the uncertainty of the values is not in them."
        elif d.replicates == 1:
            caution = "One run: no range. Ask for `seeds` or `draws` in the model's `run` block."
        if not self.finished:
            problem = self.result.folder.problem
            caution = f"The run is not finished ({self.result.folder.status})." + (f" {problem}" if problem else "")
        if self.kept is None and self.lost:
            caution = f"{caution or ''} No pictures: {self.lost}.".strip()
        if self.left_out:
            caution = f"{caution or ''} Left out: {'; '.join(self.left_out)}.".strip()
        return {
            "model": d.model, "question": d.question or f"What happens in {d.model}?", "facts": " · ".join(facts),
            "answer": self.result.answer if d.measures else "The model has no measure, so there is no answer to read.",
            "caution": caution, "source": self._source_of_answer(),
        }  # fmt: skip

    def _source_of_answer(self) -> str:
        if not self.comparisons:
            return "the model names no measure"
        first = self.comparisons[0]
        return (
            f"Measure “{first.measure.name}: {first.measure.text}” at {duration(first.at_min)}: medians over"
            f" {self.d.replicates} replicates ({first.arms[0].summary.what} in brackets); changes within replicates."
            " Source: series.parquet"
        )

    # --- the tissue

    def pictures(self) -> dict[str, object] | None:
        """Start, middle and end (more where pictures are narrow) of up to two arms; None where no site has places."""
        site, result = self.site, self.result
        if self.kept is None:
            return None
        layer = None if self.many_donors else self.layer
        wide = min(SHOT_WIDTH, SHOT_HEIGHT * site.size[0] / site.size[1])
        shots_in_row = max(3, int(MAIN_WIDTH // (wide + 8)))
        times = np.linspace(0, len(result.picture_times_min) - 1, min(5, shots_in_row)).round().astype(int)
        fields, shown = self.kept.fields, channels(self.d.labels)
        top, unit = 0.0, ""
        per_dot = vesicles_per_dot(self.d, site, [fields[arm] for arm in self.shown_arms]) if self.many_donors else None
        if layer is not None:
            at = [name for _, name, _ in shown].index(layer)
            unit = shown[at][2]
            top = max(float(np.nanmax(fields[arm][:, at], initial=0.0)) for arm in self.shown_arms)
        rows = []
        for arm in self.shown_arms:
            shots = []
            for i in dict.fromkeys(times.tolist()):
                cells = self.kept.cells[arm][i]
                figure = tissue(
                    self.d,
                    site,
                    fields[arm][i],
                    cells,
                    layer,
                    top=top,
                    per_dot=per_dot,
                    width_in=wide / 60,
                )
                minutes = float(result.picture_times_min[i])
                alive = int((cells["fate"] == "alive").sum())
                shots.append(
                    {"png": base64.b64encode(png(figure)).decode(), "when": duration(minutes) if minutes else "start",
                     "cells": counted(alive, "cell"),
                     "source": f"Living cells of {arm}, replicate 1, at {duration(minutes)}. Source: snapshots.zarr"}
                )  # fmt: skip
            rows.append({"arm": arm, "colour": self.colours[arm], "shots": shots})
        return {
            "rows": rows, "columns": len(rows[0]["shots"]),
            "kinds": self._kinds_present(), "layer": layer, "top": number(top, 2), "unit": unit, "per_dot": per_dot,
            "gradient": ", ".join(LAYER), "aspect": site.size[1] / site.size[0],
            "matrices": list(zip(self.d.labels.matrices, MATRIX * 4, strict=False)),
            "note": f"middle plane, z = {number(site.size[2] / 2)} µm" if site.dimensions == 3 else "",
        }  # fmt: skip

    def bench(self) -> dict[str, object] | None:
        """Labware at start, early and at the end in the arm of the question; None where cells have places."""
        if self.site.dimensions or not self.d.labware:
            return None
        arm, at = self.told_arm, self.moments
        rows = bench.rows(self.d, self.records, arm, list(dict.fromkeys((at[0], at[min(1, len(at) - 1)], at[-1]))))
        low, high = bench.scale_words()
        return {"arm": arm, "rows": rows, "gradient": ", ".join(LAYER), "low": low, "high": high} if rows else None

    def _kinds_present(self) -> list[dict[str, str]]:
        """Kinds of cells that occur in some record of the shown arms."""
        names = [c.name for c in standard.columns(self.d.labels)]
        rows = [v for arm in self.shown_arms for v in self.d.variants_of(arm)]
        series = np.stack([r.arrays[f"{self.site.name}/series"][rows] for r in self.records])
        out = []
        labels = iter(kinds(self.d))
        for type_ in self.d.labels.types:
            for state in type_.states:
                kind = next(labels)
                if series[:, :, names.index(f"count of {type_.name} {state}")].any():
                    out.append(kind)
        dead = [i for i, name in enumerate(names) if name.startswith("dead ")]
        return [*out, next(labels)] if series[:, :, dead].any() else out

    # --- numbers

    def arms_chart(self) -> Markup | None:
        """Dots of the first measure."""
        return self._dots(self.comparisons[0]) if self.comparisons else None

    def other_charts(self) -> list[Markup]:
        """Dots of the other measures."""
        return [self._dots(c) for c in self.comparisons[1:]]

    def _dots(self, comparison: Comparison) -> Markup:
        return Markup(charts.dots(comparison, self.colours, smallest_effect(comparison.measure)))

    def funnels(self) -> list[dict[str, object]]:
        """Funnels of the arm that was asked, the preparation that it adds first."""
        folder = self.result.folder.path
        loadings = () if loading_problem(folder) else read_loading(folder)
        return [
            {"title": self._funnel_title(f), "svg": Markup(charts.funnel(answered(loadings, f)))}
            for f in self.told[:SHOWN_FUNNELS]
        ]

    @staticmethod
    def _funnel_title(f: Funnel) -> str:
        cargo = f", {f.species}" if f.species else ""
        target = f" → {f.target}" if f.target else ""
        return f"{f.population}{cargo} in {f.recipient}{target} ({f.arm})"

    def rests_on(self) -> dict[str, object]:
        """How many values are measured, borrowed …, how many sources nobody opened, and what decides."""
        counts = Counter(p.evidence for p in self.d.parameters)
        ordered = {name: counts[name] for name in CLASS_COLOURS if counts[name]}
        unread = sum(not p.read and any(s not in SOURCE_KEYWORDS for s in p.sources) for p in self.d.parameters)
        deciding = self.result.deciding()[:DECIDING] if self.comparisons else []
        by_path = {p.path: p for p in self.d.parameters}
        return {
            "counts": [(name, n, CLASS_COLOURS[name]) for name, n in ordered.items()], "total": len(self.d.parameters),
            "unread": unread, "bar": Markup(charts.shares(ordered, CLASS_COLOURS)),
            "deciding": [
                {"path": i.path, "rho": f"{i.correlation:+.2f}".replace("-", "−"), "beyond": i.beyond_chance,
                 "source": self._source_of(by_path.get(i.path))}
                for i in deciding
            ],
            "room": int((SIDE - (height := charts.dots_height(self.d.arms))) // height),
            "draws": self.d.replicates if self.d.draws_differ else 0,
        }  # fmt: skip

    def _source_of(self, p) -> str:
        if p is None:
            return "derived from other values"
        rng = "no range" if p.low is None else f"range {span(p.low, p.high)}"
        sources = ", ".join(p.sources) or "no source"
        return f"{p.path}: {number(p.number)} {p.unit}, {rng}. {p.evidence}; {sources}" + (
            "" if p.read or not [s for s in p.sources if s not in SOURCE_KEYWORDS] else " (not read)"
        )

    # --- below the first screen

    def film(self) -> Markup | None:
        """Data of the film as JSON for the page's script."""
        if self.kept is None:
            return None
        data = film(self.d, self.site, self.result.picture_times_min, self.kept, self.layer)
        return Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))

    def graph(self) -> dict[str, object]:
        """Communication graphs of the arm that was asked, and the table of particles delivered."""
        arm = self.told_arm
        particles = delivered(self.d, self.records, arm)
        donors = list(dict.fromkeys((donor, vesicle) for donor, _, vesicle in particles))
        recipients = [t.name for t in self.d.labels.types]
        top = max(particles.values(), default=0.0) or 1.0
        rows = [
            (f"{vesicle} (added)" if donor == "added" else f"{vesicle} (from {donor})", [
                (quantity(count, f"{vesicle} delivered to {r}, {arm}: median over replicates. ledger.parquet, talk"),
                 round(0.5 * np.log1p(count) / np.log1p(top), 3))
                for r in recipients for count in (particles.get((donor, r, vesicle), 0.0),)
            ])
            for donor, vesicle in donors
        ]  # fmt: skip
        return {
            "soluble": Markup(soluble_graph(self.d)) if self.d.links else None,
            "vesicles": Markup(vesicle_graph(self.d, particles)) if any(particles.values()) else None,
            "recipients": recipients, "rows": rows, "arm": arm,
        }  # fmt: skip

    def curves(self) -> list[dict[str, object]]:
        """Curves of the measures, then of the standard series by topic; series that stay zero are left out."""
        unit, length = time_unit(self.d.plan.duration_min)
        times = self.result.times_min / length
        measures = np.stack([r.arrays["measures"] for r in self.records])
        first = [self._curves(m.name, m.unit, measures[:, :, i], times, unit) for i, m in enumerate(self.d.measures)]
        out = [{"title": "Measures", "charts": first, "open": True}] if first else []
        topics: dict[str, list[Markup]] = {}
        for site in self.d.sites:
            values = np.stack([r.arrays[f"{site.name}/series"] for r in self.records])
            for i, column in enumerate(standard.columns(self.d.labels)):
                if not np.nan_to_num(values[:, :, i]).any() or self._single_state(column):
                    continue
                name = column.name if len(self.d.sites) == 1 else f"{site.name}: {column.name}"
                topics.setdefault(column.topic, []).append(
                    self._curves(name, column.unit, values[:, :, i], times, unit)
                )
        return out + [{"title": topic.capitalize(), "charts": c, "open": False} for topic, c in topics.items()]

    def _single_state(self, column: standard.Column) -> bool:
        return column.topic == "states" and any(
            len(t.states) == 1 and column.name == f"count of {t.name} {t.states[0]}" for t in self.d.labels.types
        )

    def first_curves(self) -> dict[str, object] | None:
        """Curves of the measures in the arms of the question (baseline, asked, most different), with their legend."""
        if not self.d.measures:
            return None
        most = self.comparisons[0].most_different
        shown = [*self.shown_arms, most.arm] if most else self.shown_arms
        arms = list(dict.fromkeys(shown))
        unit, length = time_unit(self.d.plan.duration_min)
        measures = np.stack([r.arrays["measures"] for r in self.records])
        drawn = [
            self._curves(m.name, m.unit, measures[:, :, i], self.result.times_min / length, unit, arms)
            for i, m in enumerate(self.d.measures[:SHOWN_CURVES])
        ]
        return {
            "charts": drawn,
            "arms": [(arm, self.colours[arm]) for arm in arms],
            "more": len(self.d.arms) > len(arms),
        }

    def bands(self) -> str:
        """What lines and bands of curves are."""
        n, word = self.d.replicates, "draws" if self.d.draws_differ else "seeds"
        if n < 2:
            return "one run: no bands"
        ends = "central 90 %" if n >= ENOUGH_FOR_PERCENTILES else "lowest to highest"
        return f"line: median; band: {ends} of {n} {word}"

    def _curves(
        self, name: str, unit: str, values: np.ndarray, times: np.ndarray, time: str, arms: Sequence[str] = ()
    ) -> Markup:
        lines = [
            charts.Curve(arm, self.colours[arm], *band(values[:, self.d.variants_of(arm)]))
            for arm in arms or self.d.arms
        ]
        return Markup(charts.curves(name, unit, times, time, lines))

    def ledgers(self) -> list[dict[str, object]]:
        """Ledgers of the shown arms (first replicate) at the last record."""
        out = []
        for site in self.d.sites:
            for arm in self.shown_arms:
                out += self._ledgers(site, arm)
        return out

    def _ledgers(self, site: SiteLabel, arm: str) -> list[dict[str, object]]:
        labels, last = self.d.labels, self.records[-1].arrays
        variant = self.d.variants_of(arm)[0]
        slots = [f"{labels.species[s.species]} in {labels.populations[s.population].name}" for s in labels.slots]
        kinds_ = (
            ("vesicles", "particles", [p.name for p in labels.populations], VESICLE_TERMS),
            ("cargo", "copies", slots, VESICLE_TERMS),
            ("substances", "molecules", [s.name for s in labels.substances], SUBSTANCE_TERMS),
            ("cells", "cells", [t.name for t in labels.types], CELL_TERMS),
        )
        out = []
        for kind, unit, names, terms in kinds_:
            table = last[f"{site.name}/{kind}"][variant]
            rows = [
                (name, [
                    quantity(v, f"{site.name}, {arm}, replicate 1: {name}, {term} ({unit}). ledger.parquet", 4)
                    for v, term in zip(table[i], terms, strict=True)
                ], self._relative(table[i]))
                for i, name in enumerate(names)
            ]  # fmt: skip
            if rows:
                out.append({"title": f"{kind} in {site.name}, {arm} ({unit})", "terms": terms, "rows": rows})
        return out

    @staticmethod
    def _relative(row: np.ndarray) -> Markup:
        """Imbalance relative to the largest term."""
        largest = float(np.abs(row[:-1].astype(float)).max(initial=0.0))
        share = abs(float(row[-1])) / largest if largest else 0.0
        ok = share < 1e-9
        return Markup('<span class="{}">{}</span>').format("ok" if ok else "bad", "0" if share == 0 else f"{share:.0e}")

    def evidence(self) -> list[dict[str, object]]:
        """Every value with range, class and sources."""
        return [
            {"path": p.path, "value": number(p.number), "unit": p.unit,
             "range": "" if p.low is None or p.high is None else span(p.low, p.high), "class": p.evidence,
             "colour": CLASS_COLOURS.get(p.evidence, "#c9ced6"), "sources": [*p.sources, *p.cites], "read": p.read,
             "note": p.note or "", "facts": p.facts}
            for p in self.d.parameters
        ]  # fmt: skip

    def references(self) -> dict[str, list[dict[str, object]]]:
        """Papers and claims that the model cites, and keys that are in no list."""
        known = {r.key for r in self.d.references}
        keys = {k for p in self.d.parameters for k in (*p.sources, *p.cites)} | {
            k for r in self.d.rules for k in r.sources
        }
        rows: list[dict[str, object]] = [
            {"key": r.key, "text": r.text, "doi": r.doi, "read": r.read, "kind": r.kind} for r in self.d.references
        ]
        return {
            "papers": [r for r in rows if r["kind"] == "paper"], "claims": [r for r in rows if r["kind"] == "claim"],
            "unknown": [{"key": k} for k in sorted(keys - known - SOURCE_KEYWORDS.keys())],
        }  # fmt: skip

    def _part(self, name: str, make: Callable[[], Part], empty: Part) -> Part:
        """A part of the page, or `empty` with a word on the first screen and a warning where it cannot be made."""
        try:
            return make()
        except Exception as error:
            self.left_out.append(f"{name} ({reason_of(error)})")
            warnings.warn(f"the report lacks {self.left_out[-1]}", PartLeftOut, stacklevel=2)
            return empty

    def render(self) -> str:
        """The page: whatever of it can be made."""
        templates = PackageLoader("vesicula.results", "templates")
        environment = Environment(
            loader=templates, autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        read = lambda name: Markup(templates.get_source(environment, name)[0])  # noqa: E731
        folder = self.result.folder
        if problem := loading_problem(folder.path):
            self.left_out.append(f"required loading ({problem})")
        parts = {
            "pictures": self._part("pictures", self.pictures, None),
            "arms_chart": self._part("the chart of the arms", self.arms_chart, None),
            "others": self._part("charts of other measures", self.other_charts, []),
            "bench": self._part("the drawing of the labware", self.bench, None),
            "cohort": self._part("patients", lambda: cohort_section(self.result), []),
            "funnels": self._part("the funnel", self.funnels, []),
            "rests": self._part("what this rests on", self.rests_on, {}),
            "film": self._part("the film", self.film, None),
            "graph": self._part("who talks to whom", self.graph, dict(NO_GRAPH)),
            "curves": self._part("curves", self.curves, []),
            "first_curves": self._part("curves of the measures", self.first_curves, None),
            "ledgers": self._part("ledgers", self.ledgers, []),
            "evidence": self._part("evidence", self.evidence, []),
            "laws": self._part("equations", lambda: used(self.d), []),
            "loadings": self._part("required loading", lambda: loading_section(read_loading(folder.path)), []),
            "sweeps": self._part("sweeps", lambda: sweeps_section(read_mapped(folder.path)), []),
            "methods": self._part("methods", self._methods, []),
            "references": self._part("references", self.references, NO_REFERENCES),
        }
        return environment.get_template("report.html").render(
            **parts, heading=self.heading(), rules=self.d.rules, switches=self.d.switches,
            text=self.d.text, style=read("style.css"), script=read("script.js"),
            arms=list(self.colours.items()), bands=self.bands(), started=folder.started, d=self.d,
            wall=duration(folder.wall_s / 60),
            measure=self.d.measures[0] if self.d.measures else None, escape=escape,
        )  # fmt: skip

    def _methods(self) -> list[str]:
        cut = motion_cut(self.d, self.records)
        return methods(self.d, work_done(self.d, self.records), finished=self.finished, cut=cut)
