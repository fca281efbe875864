"""Charts of the report: ticks that differ, words inside their picture and whole, legends where there are bands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.unit.results.conftest import describe_bone

from vesicula.results import Result, standard
from vesicula.results.assays import smallest_effect
from vesicula.results.bundle import Bundle
from vesicula.results.compare import ArmValue, Comparison
from vesicula.results.description import LabwareLabel, SiteLabel
from vesicula.results.messages import Funnel, Stage
from vesicula.results.palette import arm_colours
from vesicula.results.report import bench, charts
from vesicula.results.report.film import Kept
from vesicula.results.report.graph import vesicle_graph
from vesicula.results.report.lettering import linear_ticks, tick_labels, width_of, wrapped
from vesicula.results.report.page import Page
from vesicula.results.statistics import interval

TEXT, SVG = "{http://www.w3.org/2000/svg}text", re.compile(r"<svg.*?</svg>", re.DOTALL)
LONG = "MDA-MB-231-EV, 1e10 particles/mL, with GW4869 10 uM and an antibody against the transferrin receptor overnight"
SLACK = 1.5  # px


def lettering(drawing: str) -> Iterator[tuple[ElementTree.Element, float, float, float, float]]:
    """Upright text elements of a drawing with left, right, top and bottom ends."""
    root = ElementTree.fromstring(drawing)
    turned = {
        id(t) for g in root.iter("{http://www.w3.org/2000/svg}g") if "rotate" in g.get("transform", "") for t in g
    }
    for one in root.iter(TEXT):
        if id(one) in turned:
            continue
        size, x, y = float(one.get("font-size", 0)), float(one.get("x", 0)), float(one.get("y", 0))
        wide = width_of(one.text or "", size, int(one.get("font-weight", 400))) / 1.06
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[one.get("text-anchor", "start")]
        yield one, left, left + wide, y - 0.75 * size, y + 0.22 * size


def outside(drawing: str) -> list[str]:
    _, _, width, height = map(float, re.findall(r'viewBox="([^"]+)"', drawing)[0].split())
    return [
        one.text or ""
        for one, left, right, top, bottom in lettering(drawing)
        if left < -SLACK or right > width + SLACK or top < -SLACK or bottom > height + SLACK
    ]


def rows_of_ticks(drawing: str) -> list[list[str]]:
    """Words that share a line (or a right edge) and begin with a digit: the axes."""
    at: dict[tuple[str, str], list[str]] = {}
    for one, *_ in lettering(drawing):
        words = one.text or ""
        if re.fullmatch(r"[−\d.,×⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", words) and one.get("text-anchor") != "start":
            key = ("y", one.get("y", "")) if one.get("text-anchor") == "middle" else ("x", one.get("x", ""))
            at.setdefault(key, []).append(words)
    return [labels for labels in at.values() if len(labels) > 1]


@pytest.fixture(scope="module")
def page(finished_bone) -> str:
    return Page(Result(finished_bone)).render()


def test_all_words_of_a_page_lie_inside_their_pictures(page):
    drawings = SVG.findall(page)
    assert sum(len(list(lettering(one))) for one in drawings) > 200
    assert not [(words, one[:120]) for one in drawings for words in outside(one)]


def test_ticks_of_every_axis_of_a_page_differ(page):
    axes = [row for one in SVG.findall(page) for row in rows_of_ticks(one)]
    assert len(axes) > 20
    assert not [row for row in axes if len(set(row)) < len(row)]


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.9999, 1.0001), (1.541e-6, 1.5411e-6), (99.97, 100.0), (1e6, 1.004e6), (-3e-9, 2e-9), (0, 1), (123.56, 123.6)],
)  # fmt: skip
def test_tick_labels_differ_and_are_the_ticks(low, high):
    ticks = linear_ticks(low, high, 4)
    labels = tick_labels(ticks)
    assert len(set(labels)) == len(ticks)
    plain = [s.replace(",", "").replace("−", "-").replace("×10", "e") for s in labels]
    read = [float(s.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))) for s in plain]
    np.testing.assert_allclose(read, ticks, atol=0.03 * (ticks[1] - ticks[0]))


def compared(names: list[str], values: list[np.ndarray]) -> Comparison:
    measure = describe_bone().measures[1]
    arms = [
        ArmValue(name, v, interval(v), interval(v - values[0]), 0, False, rising=int(np.sum(v > 1.1 * values[0])))
        for name, v in zip(names, values, strict=True)
    ]
    return Comparison(measure, 60.0, tuple(arms))


@pytest.mark.parametrize("shift", [1.0, 1.000001, 1.5, 1e5])
def test_dots_keep_long_names_whole_and_inside(shift):
    base = np.array([1.0, 1.00001, 1.00002])
    one = compared(["vehicle", LONG, "x" * 70], [base, base * shift, base])
    drawing = charts.dots(one, arm_colours(tuple(a.arm for a in one.arms)), smallest_effect(one.measure))
    assert not outside(drawing)
    words = " ".join(t.text or "" for t, *_ in lettering(drawing))
    assert all(word in words for word in LONG.split())
    assert "…" not in words
    assert all(len(set(row)) == len(row) for row in rows_of_ticks(drawing))


def test_dots_say_in_how_many_replicates_the_effect_shows():
    base = np.array([1.0, 2.0, 4.0, 8.0])
    one = compared(["vehicle", "EV"], [base, base * [1.0, 3.0, 1.0, 5.0]])
    drawing = charts.dots(one, arm_colours(("vehicle", "EV")), smallest_effect(one.measure))
    assert [t.text for t, *_ in lettering(drawing) if "/" in (t.text or "")] == ["2/4"]
    assert "shows in" in drawing


@pytest.mark.parametrize("level", [1.0, 3e-7, 12345.678, 4.2e8])
def test_curves_that_hardly_move_are_flat_with_an_axis_that_can_be_read(level):
    values = level * (1 + 1e-7 * np.arange(5.0))
    times = np.array([0.0, 0.0, 1.0, 2.0, 3.0])  # two records at one time
    drawing = charts.curves(
        f"density of {LONG}", "particles/mL", times, "h", [charts.Curve("a", "#000", *[values] * 3)]
    )
    assert not outside(drawing)
    assert all(len(set(row)) == len(row) for row in rows_of_ticks(drawing))
    heights = [float(p.split(",")[1]) for p in re.findall(r'polyline points="([^"]+)"', drawing)[0].split()]
    assert max(heights) - min(heights) < 1.0


@pytest.mark.parametrize("loaded", [1e-200, 2e-12, 5.0, 9000.0, 4e9])
def test_funnel_holds_its_words_at_any_spread(loaded):
    tell = lambda name, unit, v: Stage(name, name, unit, interval(v * np.array([0.01, 1.0, 100.0])))  # noqa: E731
    stages = (tell("offered", "particles", 1e11), tell("taken up", "particles", 1e4), tell("loaded", "copies", loaded),
              tell("needed", "copies", 9760.0))  # fmt: skip
    shown = Funnel("prep-EV", LONG, "miR-105-5p", "TJP1", "EV", stages)
    drawing = charts.funnel(shown)
    assert not outside(drawing)
    assert drawing.count("<line") < 30
    assert ("times too few" in drawing) == (loaded <= 9000.0)
    labels = [
        (left, right)
        for t, left, right, *_ in lettering(drawing)
        if t.get("text-anchor") == "middle" and t.get("font-size") == "10.5"
    ]
    assert len(labels) > 2
    assert all(a[1] < b[0] for a, b in pairwise(labels))
    assert not outside(charts.funnel(replace(shown, recipient="cell")))


def test_words_are_wrapped_without_loss():
    lines = wrapped(LONG, 120, 12, 600)
    assert all(width_of(one, 12, 600) <= 120 for one in lines)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert "".join(wrapped("x" * 90, 80, 12)) == "x" * 90


def test_graph_keeps_long_names_inside():
    description = describe_bone()
    types = tuple(t.model_copy(update={"name": f"{t.name} {LONG[:40]}"}) for t in description.labels.types)
    description = description.model_copy(update={"labels": description.labels.model_copy(update={"types": types})})
    particles = {(types[0].name, t.name, "tumour-EV"): 1e5 for t in types} | {
        ("added", types[1].name, "tumour-EV"): 3.0
    }
    drawing = vesicle_graph(description, particles)
    assert not outside(drawing)
    assert "tumour-EV (added)" in drawing


def test_bands_have_a_legend_on_the_first_screen_and_below(page):
    first, below = page[: page.index("<nav>")], page[page.index('id="curves"') :]
    for part in (first, below):
        if "<polygon" in part:
            assert "band: lowest to highest of 8 draws" in part
            assert "RANKL block</span>" in part
    assert "<polygon" in below


def test_figure_of_a_measure_says_what_its_band_is(finished_bone):
    legend = Result(finished_bone).plot("bone").axes[0].get_legend()
    assert legend.get_title().get_text() == "line: median; band: lowest to highest of 8 draws"


def transwell(density: tuple[float, float]):
    description = describe_bone(records=3)
    sites = tuple(
        SiteLabel(name=f"insert {place}", nx=1, ny=1, nz=1, voxel=1000.0, height=1000.0, dimensions=0, area_um2=3.3e7)
        for place in ("top", "bottom")
    )
    ware = LabwareLabel(name="insert", kind="transwell", sites=tuple(s.name for s in sites), text="24-well transwell")
    description = description.model_copy(update={"sites": sites, "labware": (ware,)})
    records = []
    names = [c.name for c in standard.columns(description.labels)]
    for k in range(3):
        arrays = {}
        for site, many in zip(sites, density, strict=True):
            table = np.zeros((len(description.variants), len(names)))
            table[:, names.index("density of tumour-EV")] = many * k
            table[:, names.index("count of osteoblast")] = 33000.0 / (k + 1) if site is sites[0] else 0.0
            arrays[f"{site.name}/series"] = table
        records.append(Bundle({}, arrays))
    return bench.rows(description, records, "RANKL block", [0, 1, 2])[0]


def test_transwell_tells_vesicles_and_cells_on_both_sides_of_the_filter():
    row = transwell((2.9e10, 6.4e6))
    assert row.filtered
    assert [name for name, _ in row.types] == ["osteoblast"]
    start, middle, _ = (str(one) for one in row.drawings)
    assert not [words for one in row.drawings for words in outside(str(one))]
    words = [t.text for t, *_ in lettering(middle)]
    assert words[1:] == ["above the filter", "2.9×10¹⁰ EV/mL", "16,500 cells", "below the filter", "6.4×10⁶ EV/mL",
                         "no cells", "6.5 mm"]  # fmt: skip
    assert [t.text for t, *_ in lettering(start)].count("no vesicles") == 2
    assert [str(one).count("<ellipse") for one in row.drawings] == [28, 14, 10]


def test_of_records_at_one_time_the_last_is_pictured(finished_bone):
    page = Page(Result(finished_bone))
    page.result.__dict__["times_min"] = np.array([0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 5.0])
    assert page.moments == [1, 2, 5, 6, 7, 8]
    assert isinstance(page.kept, Kept)
