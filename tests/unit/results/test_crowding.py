"""A site that holds no more cells is told, and one that is full many times over ends the run with words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cases.moving_cells import BOX, SHEET, moving_program

import vesicula
from vesicula.engine.mechanics import PACKED
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_state, states_of, system_of
from vesicula.engine.room import filled
from vesicula.engine.state import Work
from vesicula.errors import ResourceError
from vesicula.results.crowding import CrowdWatch

RADIUS = 10.0
VOLUME = 4.0 / 3.0 * math.pi * RADIUS**3
MULTIPLYING = """\
vesicula: 1
model: multiplying
sites:
  tissue:
    size: [200 um, 200 um]
    depth: 20 um
    voxel: 20 um
cells:
  tumour:
    diameter: 20 um (18..22 @assumed)
    divides: every 1 min (0.1..10 @assumed)
start:
  - 20 tumour in tissue
measure:
  cells: count of tumour in tissue
run:
  for: 4 days
  record: every 4 h
"""


@dataclass(frozen=True)
class Variant:
    arm: str
    replicate: int
    draw: int


VARIANTS = (Variant("untreated", 0, 0), Variant("loaded", 2, 2))


def with_cells(grid: Grid, *numbers: int):
    program = moving_program(grid)
    state = blank_state(program, [np.full((n, 3), 5.0) for n in numbers], volume=VOLUME)
    return program, state


def as_variants(state, *variants: int):
    """The sites of a batch as those of these variants."""
    state.site_variant = np.array(variants, dtype=np.int32)
    return state


@pytest.mark.parametrize(
    ("grid", "share"),
    [
        (SHEET, 30 * math.pi * RADIUS**2 / (200.0 * 180.0)),
        (BOX, 30 * VOLUME / (200.0 * 180.0 * 160.0)),
        (Grid(1, 1, 1, 100.0, 100.0, 0), 30 * VOLUME / (PACKED * 1e6)),
        (Grid(1, 1, 1, 100.0, 100.0, 0, 4000.0), 30 * math.pi * RADIUS**2 / 4000.0),
    ],
)
def test_how_full_a_site_is(grid: Grid, share: float) -> None:
    program, state = with_cells(grid, 0, 30)
    assert_allclose(filled(program, state), [0.0, share], rtol=1e-12)


def test_a_full_site_is_told_once_with_site_draw_cells_and_time() -> None:
    program, state = with_cells(SHEET, 100, 300)
    as_variants(state, 0, 1).step = 480
    watch = CrowdWatch(system_of([program], names=["lobule"]), VARIANTS)
    assert watch.look(states_of(state, names=["lobule"])) == [
        "lobule holds no more cells: draw 3 (arm loaded) with 300 cells, at 48 h"
    ]
    assert watch.look(states_of(state, names=["lobule"])) == []


def test_motion_that_was_cut_is_told_once() -> None:
    program, state = with_cells(SHEET, 100, 100)
    state.work[0, Work.MOTION_CUT] = 1
    watch = CrowdWatch(system_of([program], names=["lobule"]), VARIANTS)
    (told,) = watch.look(states_of(state, names=["lobule"]))
    assert told == "cells of lobule move less than they should: draw 1 (arm untreated) with 100 cells, at 0 min"
    assert watch.look(states_of(state, names=["lobule"])) == []


def test_beyond_ten_layers_the_run_ends() -> None:
    program, state = with_cells(SHEET, 100, 1200)
    as_variants(state, 0, 1)
    with pytest.raises(
        ResourceError, match=r"^lobule is full: the 1,200 cells of draw 3 \(arm loaded\) take 10.5 times"
    ):
        CrowdWatch(system_of([program], names=["lobule"]), VARIANTS).look(states_of(state, names=["lobule"]))


@pytest.mark.parametrize("area", [4000.0, 0.0], ids=["dish", "pool"])
def test_a_cell_fills_with_all_that_it_stands_for(area) -> None:
    program, one = with_cells(Grid(1, 1, 1, 100.0, 100.0, 0, area), 12)
    few = with_cells(Grid(1, 1, 1, 100.0, 100.0, 0, area), 3)[1]
    few.stands_for[:] = 4
    np.testing.assert_allclose(filled(program, few), filled(program, one), rtol=1e-12)


def test_a_dish_may_be_overgrown_but_not_beyond_memory() -> None:
    dish = Grid(1, 1, 1, 100.0, 100.0, 0, 4000.0)
    program, state = with_cells(dish, 10, 2000)
    watch = CrowdWatch(system_of([program], names=["dish"]), VARIANTS)
    assert len(watch.look(states_of(state, names=["dish"]))) == 1
    many = replace(state, cell_id=np.broadcast_to(np.uint64(0), 20_000_000), volume=np.broadcast_to(VOLUME, 20_000_000))
    many.volume_target = many.volume
    many.cell_start = np.array([0, 10, 20_000_000])
    many.cell_type = np.broadcast_to(np.int16(0), 20_000_000)
    many.stands_for = np.broadcast_to(np.int64(1), 20_000_000)
    with pytest.raises(ResourceError, match="20,000,000 simulated cells"):
        watch.look(states_of(many, names=["dish"]))


def test_cells_that_multiply_without_end_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ran for over thirteen minutes without a word; rules can do what is not foretold."""
    monkeypatch.setattr("vesicula.compiler.build.refuse_outgrown", lambda *_args, **_more: None)
    model = tmp_path / "multiplying.yaml"
    model.write_text(MULTIPLYING)
    with pytest.raises(ResourceError, match=r"tissue is full: the [\d,]+ cells of replicate 1 take \d+") as stopped:
        vesicula.simulate(str(model), out=tmp_path / "run")
    assert "pressure lowers division" in str(stopped.value)
    folder = vesicula.Result(tmp_path / "run").folder
    assert folder.status == "failed"
    assert "tissue is full" in str(folder.problem)
