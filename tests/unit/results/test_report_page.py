"""The report: one file that stands alone, with everything on it that a reader is promised."""

from __future__ import annotations

import base64
import json
import re
import shutil
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from vesicula.results import Result, RunFolder
from vesicula.results.report.charts import Scale, _dots_scale, linear_ticks
from vesicula.results.report.equations import used
from vesicula.results.snapshots import SnapshotReader


class Outline(HTMLParser):
    """Tags with their attributes, ids, and text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self._quiet = False

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._quiet = False if tag in ("script", "style") else self._quiet

    def handle_data(self, data):
        if not self._quiet:
            self.text.append(data)


@pytest.fixture(scope="module")
def page(finished_bone, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert Result(finished_bone).report(path) == path
    return path.read_text()


def test_the_cells_of_a_moment_are_read_once_for_all_arms(finished_bone, tmp_path, monkeypatch):
    read = []
    cells = SnapshotReader.cells
    monkeypatch.setattr(SnapshotReader, "cells", lambda self, *what: (read.append(what), cells(self, *what))[1])
    result = Result(finished_bone)
    result.report(tmp_path / "report.html")
    assert len(result.description.arms) > 1
    assert len(read) == len(set(read)) == len(result.picture_times_min)


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    out = Outline()
    out.feed(page)
    return out


def test_page_stands_alone_and_is_small(page, outline):
    assert len(page) < 5_000_000
    for tag, attributes in outline.tags:
        for name in ("src", "href", "action", "data"):
            target = attributes.get(name) or ""
            assert target == "" or target.startswith(("data:", "#")), (tag, target)
    assert not re.search(r"url\((?!['\"]?(#|data:))", page)
    assert "@import" not in page
    assert "fetch(" not in page
    assert "default-src 'none'" in page


def test_first_screen_has_what_it_promises(page, outline):
    first = page[: page.index("<nav>")]
    words = " ".join(outline.text)
    assert "What does blocking RANKL change" in first
    assert Result.__name__ not in words
    assert first.count("data:image/png;base64,") == 6
    assert "EV/mL" in first
    assert "From vesicles offered to copies that act" in first
    for stage in ("offered", "bound", "taken up", "escaped", "loaded", "needed"):
        assert f">{stage}</text>" in first
    assert "What this rests on" in first
    assert "cite a source nobody opened" in first
    assert "Values that decide most (8 draws, rank correlation)" in first
    assert "shaded: ±10%, cell count" in first


def test_pictures_are_png_and_charts_are_well_formed(page):
    for image in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page):
        assert base64.b64decode(image).startswith(b"\x89PNG")
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) > 10
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert "NaN" not in drawing
        assert "nan" not in re.sub(r'data-source="[^"]*"|>[^<]*<', "", drawing)


def test_sections_and_links_meet(outline):
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    targets = {a["href"][1:] for tag, a in outline.tags if tag == "a"}
    assert {"film", "messages", "curves", "ledger", "evidence", "equations", "methods", "references"} <= targets
    assert targets <= ids


def test_numbers_tell_their_source(outline):
    sources = [a["data-source"] for _, a in outline.tags if "data-source" in a]
    assert len(sources) > 100
    assert any("ledger.parquet" in s for s in sources)
    assert any("series.parquet" in s for s in sources)
    assert all(len(s) > 10 for s in sources)


def test_evidence_references_and_methods_are_told(outline):
    words = " ".join(" ".join(outline.text).split())
    assert "cells.tumour.divides" in words
    assert "200 ug/kg × 2 kg/L / 25 kDa" in words
    assert "Chevillet et al. PNAS 2014" in words
    assert "in no list of references" in words
    assert "bm-058" in words
    assert "We simulated 8 days in 2 arms (untreated and RANKL block) with 8 draws" in words


def test_film_packs_cells_and_fields_faithfully(page, finished_bone):
    text = re.search(r'id="frames">(.*?)</script>', page, flags=re.DOTALL)
    film = json.loads(text.group(1))
    result = Result(finished_bone)
    assert [arm["name"] for arm in film["arms"]] == ["untreated", "RANKL block"]
    assert film["channels"][film["first"]]["name"] == "tumour-EV"
    last = film["arms"][1]["frames"][-1]
    cells = result.cells("RANKL block")
    packed = np.frombuffer(
        base64.b64decode(last["cells"]), dtype=[("x", "<u2"), ("y", "<u2"), ("d", "u1"), ("k", "u1")]
    )
    assert len(packed) == len(cells)
    np.testing.assert_allclose(packed["x"] / 65535 * 600, np.clip(cells["x"], 0, 600), atol=0.02)
    names = [film["kinds"][k]["name"] for k in packed["k"]]
    stated = [f"tumour, {s}" if t == "tumour" else t for t, s in zip(cells["type"], cells["state"], strict=True)]
    assert names == stated
    plane = np.frombuffer(base64.b64decode(last["fields"]), dtype=np.uint8).reshape(4, 20, 30)
    nodes = np.frombuffer(base64.b64decode(last["nodes"]), dtype=np.uint8).reshape(-1, len(cells))
    told = [node["name"] for node in film["nodes"]]
    assert told[0] == "PTH1R"  # which a measure reads
    clasts = (cells["type"] == "osteoclast").to_numpy()
    row, top = nodes[told.index("NFATC1")], film["nodes"][told.index("NFATC1")]["top"]
    np.testing.assert_allclose(row[clasts] / 254 * top, cells["NFATC1"][clasts], atol=top / 254)
    assert (row[~clasts] == 255).all()
    assert film["planes"] == [10.0]
    mineral = result.to_xarray("RANKL block", site="bone").isel(time=-1).sel(channel="mineral")
    np.testing.assert_allclose(plane[2] / 255, mineral, atol=1 / 254)


def test_words_of_a_model_cannot_inject_markup(bone, tmp_path):
    evil = '</script><script>alert("1")</script><img src=http://evil>'
    description = bone.description.model_copy(update={"question": evil, "text": evil})
    labels = description.labels.model_copy(
        update={"types": tuple(t.model_copy(update={"name": t.name + "<b>"}) for t in description.labels.types)}
    )
    measures = tuple(m.model_copy(update={"cell": m.cell + "<b>" if m.cell else None}) for m in description.measures)
    bone.description = description.model_copy(update={"labels": labels, "measures": measures})
    bone.go(RunFolder.create(tmp_path / "run", bone.description))
    page = Result(tmp_path / "run").report().read_text()
    out = Outline()
    out.feed(page)
    assert "alert(" not in "".join(re.findall(r"<script.*?</script>", page, flags=re.DOTALL))
    assert not [a for tag, a in out.tags if tag == "b" and "src" in a]
    assert "http://evil" not in [a.get("src") for _, a in out.tags]
    assert "tumour<b>" in " ".join(out.text)


def test_crashed_run_still_gets_a_report(bone, tmp_path):
    folder = RunFolder.create(tmp_path / "run", bone.description)
    bone.go(folder, until=5)
    folder.interrupt("No space left on device")
    page = Result(tmp_path / "run").report().read_text()
    assert "The run is not finished (failed)" in page
    assert "No space left on device" in page


@pytest.mark.parametrize("gone", ["snapshots.zarr", "snapshots.zarr/0-bone/cells/00002", "a chunk"])
def test_lost_pictures_leave_the_rest_of_the_report(bone, tmp_path, gone):
    bone.go(RunFolder.create(tmp_path / "run", bone.description))
    if gone == "a chunk":
        chunk = next(f for f in (tmp_path / "run/snapshots.zarr/0-bone/cells/00002/c").rglob("*") if f.is_file())
        chunk.write_bytes(chunk.read_bytes()[:20])
    else:
        shutil.rmtree(tmp_path / "run" / gone)
    page = Result(tmp_path / "run").report().read_text()
    assert "No pictures: " in page
    assert 'id="frames"' not in page
    assert "After 8 days, bone is" in page


def test_laws_are_those_of_what_the_run_had(finished_bone):
    places = {law.place for law in used(Result(finished_bone).description)}
    assert "engine.mechanics" in places
    assert "engine.silencing" in places
    assert not [p for p in places if p.startswith("engine.reactions")]
    assert ("compiler.drawing.quantile" in places) == Result(finished_bone).description.draws_differ


@pytest.mark.parametrize(("low", "high"), [(0, 1), (61.3, 94.7), (-3, 12), (0, 2e9), (5, 5), (1e-9, 3e-9)])
def test_ticks_are_round_and_cover(low, high):
    ticks = linear_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high - 1e-9 * abs(high)
    assert 2 <= len(ticks) <= 9
    scale = Scale(ticks[0], ticks[-1], 10, 110)
    assert scale(ticks[0]) == pytest.approx(10)
    assert scale(ticks[-1]) == pytest.approx(110)


def test_axis_of_dots_holds_everything_and_is_logarithmic_for_wide_spreads():
    narrow, wide = np.array([3.0, 5.0, 4.0]), np.array([3.0, 5e4])
    scale, ticks = _dots_scale(narrow, (2.0, 4.0), 0, 100)
    assert not scale.log
    assert ticks[0] <= 2.0
    assert 0 <= scale(2.0) < scale(5.0) <= 100
    scale, ticks = _dots_scale(wide, (2.0, 4.0), 0, 100)
    assert scale.log
    assert (ticks[0], ticks[-1]) == (1.0, 1e5)
    assert scale(10.0) == pytest.approx(20.0)
    assert not _dots_scale(np.array([0.0, 5e4]), (0.0, 0.0), 0, 100)[0].log
    assert _dots_scale(np.array([]), (0.0, 0.0), 0, 100)[1]
