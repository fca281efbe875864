"""Every sub-step of the vesicles against its plain twin, from the same state."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.cases.vesicle_cases import Case, Population, scatter

from vesicula.engine import vesicles
from vesicula.engine.cargo import deliver
from vesicula.engine.faces import self_depletion
from vesicula.engine.program import Grid, Program
from vesicula.engine.reference import vesicles as plain
from vesicula.engine.reference.tiles import pieces_in_order
from vesicula.engine.reference.vesicle_draws import Drawn
from vesicula.engine.reference.vesicle_transport import expected_free, whole_chain
from vesicula.engine.state import State
from vesicula.engine.tiles import tiling
from vesicula.engine.voxels import footprint

FLAT = Grid(8, 7, 1, 20.0, 20.0, 2)
DEEP = Grid(5, 6, 5, 20.0, 20.0, 3)
DISH = Grid(1, 1, 1, 500.0, 500.0, 2)


def crowded(grid: Grid, *, seed: int = 3, steps: int = 2) -> tuple[Program, State]:
    """Two interacting populations with everything switched on, a few steps after the start."""
    rng = np.random.default_rng(seed)
    barrier = (rng.random(grid.n_voxels) < 0.25).astype(float) * (grid.n_voxels > 1)
    gel = rng.random(grid.n_voxels)
    donor = Population(
        decay=0.01, residence=30.0, release=(3.0, 0.0), routes=((0, 0, 0), (500.0, 800.0, 900.0)), receptors=6,
        internalise=0.02, detach=0.2, escape=0.25, lysosome=0.03, bind=(0.0, 0.05), unbind=(0.0, 0.1),
        passage=(0.0, 0.3), wall=(2, 0, 0, 1, 0, 0) if grid.n_voxels > 1 else (0,) * 6,
        cargo=((0, 0, 3.0), (1, 1, 10.0)),
    )  # fmt: skip
    added = Population(
        half_saturation=0.001, routes=((0, 100, 0), (50, 1000, 500.0)), internalise=0.1, detach=1.0, escape=0.5,
        lysosome=0.1, bind=(0.0, 0.0), unbind=(0.0, 0.0), passage=(0.0, 1.0), cargo=((0, 2, 1.0),), moved=True,
    )  # fmt: skip
    case = Case(
        grid, (donor, added), n_types=2, n_species=2, matrix=(barrier, gel), degradation=(0.01, 0.0), whole=(1, 0),
        loading=0.5, loading_rule=True,
    )  # fmt: skip
    program = case.program()
    program.flow[0] = 1.0
    box = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    state = case.state(program, rng.random((14, 3)) * box, rng.integers(0, 2, 14), seeds=(11, 12), volume=9000.0)
    scatter(program, state, 300, rng, 1)
    for _ in range(steps):
        vesicles.advance(program, state)
        state.step += 1
    state.cell_dead[3] = 1
    case.behave(state)
    return program, state


@pytest.fixture(scope="module", params=[FLAT, DEEP, DISH], ids=["2D", "3D", "dish"])
def situation(request) -> tuple[Program, State]:
    return crowded(request.param)


def parts(program: Program, state: State):
    covered, ways = footprint(program, state), vesicles.population_conduits(program, state)
    return vesicles.tables(program), covered, ways, vesicles.tilings(program, ways)


def same(one: State, other: State, *, but: tuple[str, ...] = ()) -> None:
    for name, array in one.arrays().items():
        if name in but:
            continue
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, other.arrays()[name], rtol=1e-12, atol=1e-11, err_msg=name)
        else:
            np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_everything_that_becomes_free(situation) -> None:
    program, before = situation
    fast, slow = copy.deepcopy(before), copy.deepcopy(before)
    columns, covered, _, _ = parts(program, before)
    given, cargo = vesicles.set_free(program, fast, columns, covered)
    plain_given, plain_cargo = plain.depart(program, slow, covered)
    np.testing.assert_array_equal(given, plain_given)
    np.testing.assert_allclose(cargo, plain_cargo, rtol=1e-12, atol=1e-11)
    same(fast, slow)


def test_tiles_and_their_order(situation) -> None:
    program, state = situation
    _, _, ways, _ = parts(program, state)
    for s in range(state.n_sites):
        for p in range(program.n_populations):
            faces = vesicles.open_faces(program, ways, s, p)
            made = tiling(program.grid, faces)
            pieces = [made.voxel[made.start[t] : made.start[t + 1]].tolist() for t in range(made.n_pieces)]
            regions = pieces_in_order(program.grid, faces)
            assert pieces == [piece for region in regions for piece in region]
            expected = [k for k, region in enumerate(regions) for _ in region]
            assert made.region[: made.n_pieces].tolist() == expected


def regions_of(program: Program, ways, s: int, p: int):
    return pieces_in_order(program.grid, vesicles.open_faces(program, ways, s, p))


def test_swaps_between_tiles(situation) -> None:
    program, before = situation
    state = copy.deepcopy(before)
    columns, covered, ways, cut = parts(program, state)
    given, cargo = vesicles.set_free(program, state, columns, covered)
    plain_given, plain_cargo, unmoved = given.copy(), cargo.copy(), given.copy()
    vesicles.jostle_step(program, state, columns, ways, cut, given, cargo)
    for s in range(state.n_sites):
        for p in range(program.n_populations):
            slots = slice(columns.slot_start[p], columns.slot_start[p + 1])
            plain.jostle(
                program, state, s, p, regions_of(program, ways, s, p), plain_given[s, p], plain_cargo[s, slots]
            )
    np.testing.assert_allclose(given, plain_given, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(cargo, plain_cargo, rtol=1e-12, atol=1e-10)
    if program.grid.n_voxels > 1:
        assert np.abs(given - unmoved).max() > 0


def test_expected_numbers(situation) -> None:
    program, before = situation
    state = copy.deepcopy(before)
    columns, covered, ways, cut = parts(program, state)
    given, cargo = vesicles.set_free(program, state, columns, covered)
    vesicles.jostle_step(program, state, columns, ways, cut, given, cargo)
    expected = vesicles.expect_step(program, state, columns, covered, ways, given, cargo, misplaced=1e-15)
    free, copies = expected_free(program, state, given, cargo)
    scale = free.max()
    np.testing.assert_allclose(expected.free, free, rtol=1e-12, atol=1e-12 * scale)
    owner = program.vesicles.slot_population
    got = expected.per_particle * expected.free[:, owner]
    np.testing.assert_allclose(got, copies, rtol=1e-11, atol=1e-12 * copies.max())


def test_whole_particles(situation) -> None:
    program, before = situation
    fast = copy.deepcopy(before)
    columns, covered, ways, cut = parts(program, fast)
    given, cargo = vesicles.set_free(program, fast, columns, covered)
    vesicles.jostle_step(program, fast, columns, ways, cut, given, cargo)
    expected = vesicles.expect_step(program, fast, columns, covered, ways, given, cargo)
    slow = copy.deepcopy(fast)
    vesicles.draw_step(program, fast, columns, covered, ways, cut, given, cargo, expected)
    delivered = np.zeros((slow.n_cells, program.n_slots))
    returned = np.zeros(slow.n_sites, dtype=np.int64)
    for s in range(slow.n_sites):
        for p in range(program.n_populations):
            slots = np.flatnonzero(program.vesicles.slot_population == p)
            drawn = Drawn(program, slow, s, p, covered, regions_of(program, ways, s, p))
            leaving = ways.leaving[s, p] if ways.leaving.shape[2] else np.zeros(program.grid.n_voxels)
            drawn.run(
                given[s, p], cargo[s, slots], expected.taken[p], expected.free[s, p], expected.per_particle[s, slots],
                leaving,
            )  # fmt: skip
            delivered += drawn.delivered
            returned[s] += drawn.returned
            plain.digest(program, slow, s, p, delivered)
    plain.deliver(program, slow, delivered)
    slow.work[:, 5] += returned
    same(fast, slow)


def test_a_cell_loads_and_loses_copies() -> None:
    program, state = crowded(DISH)
    delivered = np.random.default_rng(1).exponential(4.0, (state.n_cells, program.n_slots))
    fast, slow = copy.deepcopy(state), copy.deepcopy(state)
    fast.copies[:, 0] = slow.copies[:, 0] = 7.0
    columns = vesicles.tables(program)
    deliver(
        fast.step, program.macro_step, program.values, fast.site_variant, fast.site_key, fast.cell_start, fast.cell_id,
        fast.cell_type, fast.cell_dead, columns.slot, program.cargo.p_degradation, program.cargo.p_loading,
        program.cargo.whole_copies, delivered, fast.copies, fast.inserted, fast.delivered_copies,
    )  # fmt: skip
    plain.deliver(program, slow, delivered)
    same(fast, slow)


@pytest.mark.parametrize("grid", [FLAT, DEEP], ids=["2D", "3D"])
def test_eliminating_bound_states_changes_no_expected_number(grid: Grid) -> None:
    rng = np.random.default_rng(2)
    gel = rng.random(grid.n_voxels)
    particle = Population(
        decay=0.02, routes=((60.0, 90.0, 400.0),), internalise=0.05, detach=0.7, escape=0.3, lysosome=0.2, bind=(0.4,),
        unbind=(0.9,), passage=(0.2,), wall=(0, 2, 0, 0, 0, 0),
    )  # fmt: skip
    case = Case(grid, (particle,), matrix=(gel,))
    program = case.program()
    box = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    state = case.state(program, rng.random((6, 3)) * box)
    assert self_depletion(grid, state.volume).max() > 0
    n, h = grid.n_voxels, program.macro_step
    free, on_matrix = rng.integers(0, 30, n).astype(float), rng.integers(0, 9, n).astype(float)
    bound, inside = rng.integers(0, 9, 6).astype(float), rng.integers(0, 9, 6).astype(float)
    chain = whole_chain(program, state, 0, 0, np.concatenate([free, on_matrix, bound, inside, np.zeros(3)]))

    columns, covered, ways, _ = parts(program, state)
    given = free + on_matrix * h * 0.9 / (1 + h * 0.92)
    np.add.at(given, covered.voxel, bound[np.repeat(np.arange(6), np.diff(covered.start))] * h * 0.7 / (1 + h * 0.75))
    cargo = np.zeros((1, 0, n))
    expected = vesicles.expect_step(program, state, columns, covered, ways, given[None, None], cargo, misplaced=1e-15)
    y = expected.free[0, 0]
    np.testing.assert_allclose(y, chain[:n], rtol=1e-11)
    net = gel * 0.4 * (1 + h * 0.02) / (1 + h * 0.92)
    np.testing.assert_allclose(on_matrix / (1 + h * 0.92) + h * net * y / (1 + h * 0.02), chain[n : 2 * n], rtol=1e-11)
    events = h * expected.taken[0] * y[np.repeat(np.arange(n), np.diff(covered.voxel_start[0]))][:, None]
    to_cell = np.zeros((6, 3))
    np.add.at(to_cell, covered.cell, events)
    stays = bound / (1 + h * 0.75) + to_cell[:, 2] / (1 + h * 0.05)
    np.testing.assert_allclose(stays, chain[2 * n : 2 * n + 6], rtol=1e-11)
    leaving = h * 0.2 / 0.7 / (1 + h * 0.2 / 0.7)
    entered = inside + to_cell[:, 1] + bound * h * 0.05 / (1 + h * 0.75) + to_cell[:, 2] * h * 0.05 / (1 + h * 0.05)
    np.testing.assert_allclose(entered * (1 - leaving), chain[2 * n + 6 : 2 * n + 12], rtol=1e-11)
    assert chain[-3] == pytest.approx(to_cell[:, 0].sum() + 0.3 * leaving * entered.sum(), rel=1e-11)
    assert chain.sum() == pytest.approx(free.sum() + on_matrix.sum() + bound.sum() + inside.sum(), rel=1e-12)
