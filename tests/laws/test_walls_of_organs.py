"""Walls between blood and organ: only endothelium is a barrier, and only a barrier can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

import vesicula

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
    rows = vesicula.simulate(model, out=folder / "run", threads=1, controls=False, replace=True).series
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
