"""Scratch, migration, invasion, spheroid and tubes on pictures that can be measured with a ruler."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vesicula.engine.program import Event, Grid, Program
from vesicula.engine.reference.blank import blank_program, blank_state, states_of, system_of
from vesicula.engine.state import State
from vesicula.results.assays import assay_reader, pictures
from vesicula.results.description import (
    Labels,
    MeasureLabel,
    PlanLabel,
    RunDescription,
    SiteLabel,
    TypeLabel,
    VariantLabel,
)

RADIUS = 10.0
VOLUME = 4 / 3 * np.pi * RADIUS**3
NX, NY, VOXEL, DEPTH = 20, 10, 20.0, 50.0
GRID = Grid(NX, NY, 1, VOXEL, DEPTH, 2)
COLUMN = np.arange(NX * NY) % NX
ROW = np.arange(NX * NY) // NX
WOUND = (COLUMN >= 5) & (COLUMN < 15)


def lattice(low: float, high: float, step: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(low + step / 2, high, step), np.arange(step / 2, NY * VOXEL, step))
    return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, DEPTH / 2)])


def chamber(*, coat: bool = True) -> Program:
    """A section whose filter is the row of voxels from 60 to 80 µm, with a pore, and a coat above it."""
    program = blank_program(GRID, n_types=2, n_matrix=2)
    initial = np.stack([(ROW == 3) & (COLUMN != 7), (ROW == 4) & coat]).astype(float)
    return replace(program, matrix=replace(program.matrix, solid=np.array([1, 0], np.int8), initial=initial))


def patch() -> Program:
    """A patch whose protocol wounds the middle."""
    program = blank_program(GRID, n_types=2, n_matrix=2)
    protocol = replace(
        program.protocol, step=np.zeros(1, np.int64), kind=np.array([Event.REMOVE_CELLS], np.int8),
        what=np.full(1, -1, np.int32), state=np.full(1, -1, np.int32), region=np.zeros(1, np.int32),
        p_amount=np.full(1, -1, np.int32), key=np.zeros(1, np.int64),
    )  # fmt: skip
    return replace(program, protocol=protocol, regions=np.stack([WOUND, ROW < 5]))


def cells(program: Program, places: list[np.ndarray]) -> State:
    return blank_state(program, places, volume=VOLUME)


def read(program: Program, state: State, assay: str, what: str = "fibroblast", **fields) -> np.ndarray:
    description = RunDescription(
        model="patch", plan=PlanLabel(macro_step_min=60.0, record_steps=(0, 1)),
        variants=tuple(VariantLabel(arm=f"arm {i}", replicate=0, draw=0, seed=1) for i in range(state.n_sites)),
        sites=(SiteLabel(name="field", nx=NX, ny=NY, nz=1, voxel=VOXEL, height=DEPTH,
                         dimensions=program.grid.dimensions, regions=("gap", "lower half"), labware="plate"),),
        labels=Labels(types=(TypeLabel(name="fibroblast", states=("-",)), TypeLabel(name="other", states=("-",))),
                      matrices=("filter", "coat")),
    )  # fmt: skip
    measure = MeasureLabel(name="m", text="m", kind="assay", assay=assay, what=what, **fields)
    return assay_reader(measure, description, system_of([program], names=["field"]))(states_of(state, names=["field"]))


def test_a_scratch_is_open_half_closed_and_closed():
    sides = np.concatenate([lattice(0, 100, 18), lattice(300, 400, 18)])
    half = np.concatenate([sides, lattice(100, 200, 18)])
    state = cells(patch(), [sides, half, np.concatenate([half, lattice(200, 300, 18)])])
    got = read(patch(), state, "scratch")
    assert got == pytest.approx([2.0, 53.0, 100.0], abs=4.0)
    assert read(patch(), state, "scratch", place="gap") == pytest.approx(got)
    assert read(patch(), state, "scratch", "other") == pytest.approx([0.0, 0.0, 0.0])


def test_lone_cells_close_no_more_than_they_cover():
    state = cells(patch(), [np.array([[150.0, 100.0, 25.0], [250.0, 100.0, 25.0]])])
    assert read(patch(), state, "scratch")[0] == pytest.approx(100 * 2 * np.pi * 100 / (200 * 200), rel=0.03)


def test_a_scratch_needs_a_wound_and_positions():
    program = replace(patch(), protocol=blank_program(GRID).protocol)
    state = cells(program, [lattice(0, 100, 18)])
    with pytest.raises(KeyError):
        read(program, state, "scratch")
    flat = replace(patch(), grid=replace(GRID, dimensions=0))
    for assay in ("scratch", "spheroid", "tubes", "migration"):
        with pytest.raises(KeyError):
            read(flat, cells(patch(), [lattice(0, 100, 18)]), assay)


def test_migration_counts_living_cells_below_the_filter_per_area():
    program = chamber()
    places = np.array([[50.0, 30.0, 25.0], [90.0, 10.0, 25.0], [150.0, 70.0, 25.0], [50.0, 150.0, 25.0]])
    state = cells(program, [places, places])
    state.cell_dead[5] = 1
    area = NX * VOXEL * DEPTH * 1e-6
    assert read(program, state, "migration") == pytest.approx([2 / area, 1 / area])
    assert read(program, state, "invasion") == pytest.approx([2 / area, 1 / area])
    assert read(program, state, "migration", "other") == pytest.approx([0.0, 0.0])


def test_invasion_needs_a_coat_and_migration_a_filter():
    bare = chamber(coat=False)
    state = cells(bare, [lattice(0, 100, 18)])
    with pytest.raises(KeyError):
        read(bare, state, "invasion")
    read(bare, state, "migration")
    with pytest.raises(KeyError):
        read(patch(), cells(patch(), [lattice(0, 100, 18)]), "migration")


def disc_of_cells(radius: float, x: float, y: float) -> np.ndarray:
    places = lattice(0, NX * VOXEL, 16)
    return places[(places[:, 0] - x) ** 2 + (places[:, 1] - y) ** 2 <= radius * radius]


def test_a_spheroid_is_its_largest_body_and_escaped_cells_are_not_of_it():
    body = disc_of_cells(60.0, 200.0, 100.0)
    gone = np.array([[30.0, 30.0, 25.0], [370.0, 170.0, 25.0]])
    state = cells(chamber(), [body, np.concatenate([body, gone]), np.empty((0, 3))])
    got = read(chamber(), state, "spheroid")
    assert 2 * 60 < got[0] < 2 * 60 + 2 * RADIUS
    assert got[1] == got[0]
    assert np.isnan(got[2])


def test_tubes_have_the_length_of_their_lines():
    x = np.arange(10.0, 391.0, 12.0)
    line = np.column_stack([x, np.full(x.size, 100.0), np.full(x.size, 25.0)])
    y = np.arange(10.0, 191.0, 12.0)
    cross = np.concatenate([line, np.column_stack([np.full(y.size, 200.0), y, np.full(y.size, 25.0)])])
    scattered = np.array([[50.0, 50.0, 25.0], [150.0, 150.0, 25.0], [250.0, 60.0, 25.0], [350.0, 150.0, 25.0]])
    state = cells(patch(), [line, cross, scattered])
    area = NX * VOXEL * NY * VOXEL * 1e-6
    got = read(patch(), state, "tubes") * area * 1e3
    assert got[0] == pytest.approx(380.0, rel=0.06)
    assert got[1] == pytest.approx(380.0 + 180.0, rel=0.06)
    assert got[2] == 0.0


def test_a_slanting_skeleton_is_as_long_as_a_straight_one():
    straight, slanting = np.zeros((100, 100), np.bool_), np.zeros((100, 100), np.bool_)
    straight[50, 10:90] = True
    slanting[np.arange(10, 90), np.arange(10, 90)] = True
    assert pictures.skeleton_length(straight, 0.0) == pytest.approx(79 * pictures.PIXEL)
    assert pictures.skeleton_length(slanting, 0.0) == pytest.approx(79 * np.sqrt(2) * pictures.PIXEL)
    assert pictures.skeleton_length(straight, 1e3) == 0.0


def test_closing_fills_gaps_that_no_cell_fits_into_and_no_others():
    bars = np.zeros((60, 60), np.bool_)
    bars[:, :20] = bars[:, 26:40] = bars[:, 56:] = True
    filled = pictures.closed(bars, 8.0)
    assert filled[:, 20:26].all()
    assert not filled[:, 42:54].any()
    assert (filled & bars).sum() == bars.sum()
