"""Walls between blood and organ: only endothelium is a barrier, and only a barrier can be opened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vesicula
from vesicula.evidence.folder import library_folder
from vesicula.experiments.running import measured

TEXT = """\
vesicula: 1
model: wall
about: Blood above the wall of an organ. TNF and miR-105 take ZO-1; the dextran that comes through is read.
species: human
use: [cells/lung-endothelium, vesicles/mda-mb-231-ev]
labware:
  lung: {kind: transwell, area: 0.001 cm^2, top: 3 uL, bottom: 3 uL, pores: 0.4 um, filter: 10 um, sample: 20 cells}
cells:
  fibroblast: {diameter: 14 um (7..28 @assumed), dead stay: library, clears EV: library}
start:
  - %s
protocol:
  - at 0 h add 1e12 molecules 70kDa-dextran to lung top
arms:
  quiet: []
  TNF:
    - at 0 h hold TNF at 10 nM
  vesicles:
    - at 0 h add 1e7 particles MDA-EV to lung top
    - load miR-105-5p in MDA-EV x 100000
measure:
  dextran: concentration of 70kDa-dextran in lung bottom in nM at 24 h
run: {for: 24 h, record: every 12 h, step: 1 h}
"""


def dextran(folder: Path, start: str) -> dict[str, float]:
    """What came through by the end, for each arm."""
    model = folder / "wall.yaml"
    model.write_text(TEXT % start, encoding="utf-8")
    rows = vesicula.simulate(model, out=folder / "run", threads=1, controls=False, replace=True).to_dataframe()
    last = rows[(rows.measure == "dextran") & (rows.time_min == rows.time_min.max())]
    return dict(zip(last.arm.astype(str), last.value, strict=True))


def test_an_organ_without_endothelium_has_no_barrier_to_open(tmp_path: Path) -> None:
    walled = dextran(tmp_path, "endothelium confluent on lung")
    open_organ = dextran(tmp_path, "100 fibroblast in lung bottom")
    assert walled["TNF"] > 1.5 * walled["quiet"]
    assert walled["vesicles"] > 1.5 * walled["quiet"]
    assert open_organ["TNF"] == pytest.approx(open_organ["quiet"], rel=1e-9)
    assert open_organ["vesicles"] == pytest.approx(open_organ["quiet"], rel=1e-9)
    assert open_organ["quiet"] > 1.5 * walled["quiet"]


BODY = """\
vesicula: 1
model: wall in a body
about: Blood, and the wall of endothelium between it and a lung. TNF and miR-105 take ZO-1; platelets float by.
species: human
use: [cells/lung-endothelium, cells/platelet, vesicles/mda-mb-231-ev]
sites:
  blood: {kind: pool, volume: 3 uL, fluid: blood}
  lung: {kind: pool, volume: 3 uL}
body:
  - endothelium parts blood from lung, 0.001 cm^2, membrane 10 um (1..100 @assumed)
start:
  - 110 endothelium in blood
protocol:
  - at 0 h add 1e12 molecules 70kDa-dextran to blood
arms:
  quiet: []
  TNF:
    - at 0 h hold TNF at 10 nM
  vesicles:
    - at 0 h add 1e7 particles MDA-EV to blood
    - load miR-105-5p in MDA-EV x 100000
  platelets:
    - at 0 h add 1000 platelet in blood
  no endothelium:
    - without endothelium
  "no endothelium, TNF":
    - without endothelium
    - at 0 h hold TNF at 10 nM
  "no endothelium, vesicles":
    - without endothelium
    - at 0 h add 1e7 particles MDA-EV to blood
    - load miR-105-5p in MDA-EV x 100000
measure:
  dextran: concentration of 70kDa-dextran in lung in nM at 24 h
controls: none
run: {for: 24 h, record: every 12 h, step: 1 h}
"""


def test_an_organ_of_a_body_without_endothelium_has_no_barrier_to_open() -> None:
    found = measured(vesicula.load(BODY))
    read = {arm: float(found.of("dextran", arm)[0]) for arm in found.description.arms}
    assert read["TNF"] > 1.5 * read["quiet"]
    assert read["vesicles"] > 1.5 * read["quiet"]
    assert read["platelets"] == pytest.approx(read["quiet"], rel=1e-9)
    assert read["no endothelium"] > 1.5 * read["quiet"]
    assert read["no endothelium, TNF"] == pytest.approx(read["no endothelium"], rel=1e-9)
    assert read["no endothelium, vesicles"] == pytest.approx(read["no endothelium"], rel=1e-9)


TUMOUR = """
arms:
  loaded:
    - load miR-105-5p in tumour-EV x 100000
  without miR-105:
    - remove miR-105-5p from tumour-EV
  without miR-105, TNF:
    - remove miR-105-5p from tumour-EV
    - at 0 h hold TNF at 10 nM
  no endothelium:
    - remove miR-105-5p from tumour-EV
    - without endothelium
  no endothelium, loaded:
    - load miR-105-5p in tumour-EV x 100000
    - without endothelium

measure:
  belt: junctions left in belt in % of start
  dextran: concentration of 70kDa-dextran in stroma in nM

run: {for: 42 h, record: every 21 h, step: 20 min}
"""


@pytest.fixture(scope="module")
def tumour(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """Belt and dextran in tissue after 42 h, for each arm of a tumour with the values of the library's model."""
    folder = tmp_path_factory.mktemp("tumour")
    text = (library_folder() / "models" / "breast-exosome.yaml").read_text(encoding="utf-8")
    start, vessel = text.split("\narms:\n")[0], re.compile(r"at \d+ min add (1e6 molecules 70kDa-dextran to blood)")
    assert vessel.search(start)
    model = folder / "tumour.yaml"
    model.write_text(vessel.sub(r"at 2500 min add \1", start) + TUMOUR, encoding="utf-8")
    rows = vesicula.simulate(model, out=folder / "run", threads=1, controls=False).to_dataframe()
    last = rows[(rows.time_min == rows.time_min.max()) & (rows.kind == "measure")]
    return {
        str(name): dict(zip(of.arm.astype(str), of.value, strict=True))
        for name, of in last.groupby("measure", observed=True)
    }


@pytest.mark.long
def test_a_tumour_without_endothelium_has_no_barrier_to_open(tumour: dict[str, dict[str, float]]) -> None:
    belt, dextran = tumour["belt"], tumour["dextran"]
    assert belt["no endothelium, loaded"] == pytest.approx(belt["no endothelium"], rel=1e-9)
    assert dextran["no endothelium, loaded"] == pytest.approx(dextran["no endothelium"], rel=1e-9)
    assert belt["no endothelium"] < 50
    assert dextran["no endothelium"] > 1.5 * dextran["without miR-105"]


@pytest.mark.long
def test_without_miR_105_in_vesicles_the_belt_stays_unless_another_route_is_held(
    tumour: dict[str, dict[str, float]],
) -> None:
    belt, dextran = tumour["belt"], tumour["dextran"]
    assert belt["without miR-105"] > 98
    assert belt["loaded"] < 90
    assert belt["without miR-105, TNF"] < 60
    assert dextran["loaded"] > 1.5 * dextran["without miR-105"]
    assert dextran["without miR-105, TNF"] > 1.5 * dextran["without miR-105"]
