"""Cells of a closed layer keep together: their scratch closes, does not open again, and the layer does not scatter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label

from vesicula import simulate
from vesicula.results.assays import pictures

WIDTH, DEPTH = 420.0, 160.0  # µm
WOUNDED, END = 2, 16  # h
GAPS = 3  # of one cell each that may open and close again: the picture fills a gap that no cell fits into
LAYER = """vesicula: 1
model: layer
use: [cells/{part}]
labware:
  plate: {{plate: 24-well scratch, patch: [420 um, 160 um]}}
{more}
start:
  - {cell} confluent on plate
protocol:
  - at 2 h wound plate wound
arms: {{untreated: []}}
controls: none
measure: {{closed: scratch of {cell} in plate wound}}
run: {{for: 16 h, record: every 1 h, step: 6 min, seeds: 1}}
"""
GAS = """cells:
  fibroblast:
    moves: {speed: 30 um/h, persistence: 60 min, turns away: 0 %}
    adhesion: 0.4 um/min
    reach: 1.25
    divides: every 2400 h
"""


@dataclass(frozen=True)
class Sheet:
    """Every hour from the wound on: % of it that is closed, and of the picture the share of the two largest bodies;
    density: cells beside the wound at the end over those before the wound; noise: % of the wound that gaps make up.
    """

    closed: NDArray[np.float64]
    together: NDArray[np.float64]
    density: float
    noise: float


def bodies(x: NDArray[np.float64], radius: NDArray[np.float64]) -> float:
    """Share of the covered area in the two largest bodies: the layer is cut in two."""
    picture = pictures.closed(pictures.discs(x, radius, (WIDTH, DEPTH)), 0.25 * float(radius.mean()))
    parts, n = label(picture, structure=np.ones((3, 3)))
    sizes = np.sort(np.bincount(parts[picture], minlength=n + 1)[1:])
    return float(sizes[-2:].sum() / sizes.sum())


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Sheet]:
    def run(cell: str, more: str = "", part: str = "") -> Sheet:
        folder: Path = tmp_path_factory.mktemp(cell)
        model = folder / "layer.yaml"
        model.write_text(LAYER.format(part=part or cell, cell=cell, more=more), encoding="utf-8")
        result = simulate(model, out=folder / "run")
        series = result.to_dataframe()[result.to_dataframe()["measure"] == "closed"]
        closed = series.groupby("time_min")["value"].last()
        beside, together = [], []
        for hour in range(WOUNDED - 1, END + 1):
            cells = result.cells(time=60.0 * hour)
            x = cells[["x", "y"]].to_numpy()
            together.append(bodies(x, cells["diameter"].to_numpy() / 2.0))
            beside.append(int(((x[:, 0] < WIDTH / 4) | (x[:, 0] > 0.75 * WIDTH)).sum()))
        hours = closed.index.to_numpy() / 60.0
        noise = 100.0 * GAPS * np.pi / 4.0 * float(cells["diameter"].mean()) ** 2 / (WIDTH / 3.0 * DEPTH)
        return Sheet(closed.to_numpy()[hours > WOUNDED], np.array(together[2:]), beside[-1] / beside[0], noise)

    return run


@pytest.mark.parametrize(
    ("cell", "part", "least"),
    [
        ("fibroblast", "fibroblast", 0.95),
        ("keratinocyte", "keratinocyte", 0.99),
        ("endothelium", "endothelial-layer", 0.99),
    ],
    ids=["fibroblast", "keratinocyte", "endothelium"],
)
def test_a_layer_keeps_together_and_closes_its_scratch(sheet, cell, part, least):
    """Fibroblasts stick weakly: single ones go ahead of the layer."""
    got = sheet(cell, part=part)
    assert np.all(got.closed >= np.maximum.accumulate(got.closed) - got.noise)
    assert got.closed[-1] > got.closed[0] + 10.0
    assert got.together.min() > least
    assert got.density > 0.8


def test_cells_that_neither_stick_nor_turn_scatter_like_a_gas(sheet):
    got = sheet("fibroblast", GAS)
    assert np.any(got.closed < np.maximum.accumulate(got.closed) - got.noise)
    assert got.together.min() < 0.95
    assert got.density < 0.8
