"""Every sub-step of the vesicles against its plain twin, from the same state."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm
from tests.cases.vesicle_cases import Case, Population, scatter

from vesicula.engine import handing, vesicles
from vesicula.engine.cargo import deliver
from vesicula.engine.groups import Landed
from vesicula.engine.program import Grid, Program
from vesicula.engine.reference import vesicles as plain
from vesicula.engine.reference.tiles import pieces_in_order
from vesicula.engine.reference.vesicle_draws import Drawn
from vesicula.engine.reference.vesicle_transport import (
    chain_rates,
    expected_free,
    leaving_share,
    net_binding,
    net_matrix_binding,
    passing_share,
)
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
        half_saturation=(None, 0.003),
        passage=(0.0, 0.3), wall=(2, 0, 0, 1, 0, 0) if grid.n_voxels > 1 else (0,) * 6,
        cargo=((0, 0, 3.0), (1, 1, 10.0)), ligand=(None, 1),
    )  # fmt: skip
    added = Population(
        half_saturation=(0.001, 0.0002), routes=((0, 100, 0), (50, 1000, 500.0)), internalise=0.1, detach=1.0,
        escape=0.5, lysosome=0.1, bind=(0.0, 0.0), unbind=(0.0, 0.0), passage=(0.0, 1.0), cargo=((0, 2, 1.0),),
        moved=True, ligand=(0, None),
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
    program, state = crowded(request.param)
    if request.param is DISH:
        state.stands_for[:] = 1 + np.arange(state.n_cells) % 4
    return program, state


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
    fluid = vesicles.set_free(program, fast, columns, covered)
    given, cargo = fluid.given, fluid.cargo
    plain_given, plain_cargo = plain.depart(program, slow, covered)
    np.testing.assert_array_equal(given, plain_given)
    np.testing.assert_allclose(cargo, plain_cargo, rtol=1e-12, atol=1e-11)
    np.testing.assert_array_equal(given - fluid.entering, before.vesicles)
    np.testing.assert_allclose(cargo - fluid.cargo_entering, before.cargo, rtol=1e-12, atol=1e-11)
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
    fluid = vesicles.set_free(program, state, columns, covered)
    given, cargo, entered = fluid.given, fluid.cargo, fluid.entering.copy()
    plain_given, plain_cargo, unmoved = given.copy(), cargo.copy(), given.copy()
    vesicles.jostle_step(program, state, columns, ways, cut, fluid)
    np.testing.assert_allclose(fluid.entering * unmoved, entered * given, rtol=1e-12)
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
    fluid = vesicles.set_free(program, state, columns, covered)
    vesicles.jostle_step(program, state, columns, ways, cut, fluid)
    expected = vesicles.expect_step(program, state, columns, covered, ways, fluid, misplaced=1e-15)
    free, copies, span = expected_free(program, state, fluid)
    np.testing.assert_allclose(expected.span, span, rtol=1e-12)
    scale = free.max()
    np.testing.assert_allclose(expected.free, free, rtol=1e-12, atol=1e-12 * scale)
    owner = program.vesicles.slot_population
    got = expected.per_particle * expected.free[:, owner]
    np.testing.assert_allclose(got, copies, rtol=1e-11, atol=1e-12 * copies.max())


def test_whole_particles(situation) -> None:
    program, before = situation
    fast = copy.deepcopy(before)
    columns, covered, ways, cut = parts(program, fast)
    before = fast.endosomal.copy()
    fluid = vesicles.set_free(program, fast, columns, covered)
    vesicles.jostle_step(program, fast, columns, ways, cut, fluid)
    expected = vesicles.expect_step(program, fast, columns, covered, ways, fluid)
    slow = copy.deepcopy(fast)
    vesicles.draw_step(program, fast, columns, covered, cut, fluid, before, expected)
    delivered = np.zeros((slow.n_cells, program.n_slots))
    landed = np.zeros((2, program.n_populations, slow.n_cells), dtype=np.int64)
    returned = np.zeros(slow.n_sites, dtype=np.int64)
    for s in range(slow.n_sites):
        for p in range(program.n_populations):
            slots = np.flatnonzero(program.vesicles.slot_population == p)
            drawn = Drawn(program, slow, s, p, covered, regions_of(program, ways, s, p))
            leaving = ways.leaving[s, p] if ways.leaving.shape[2] else np.zeros(program.grid.n_voxels)
            drawn.run(
                fluid.given[s, p], fluid.entering[s, p], fluid.cargo[s, slots], expected.taken[p], expected.free[s, p],
                expected.per_particle[s, slots], float(expected.span[s, p]), leaving,
            )  # fmt: skip
            delivered += drawn.delivered
            landed[0, p] += drawn.fused
            returned[s] += drawn.returned
            plain.digest(program, slow, s, p, before, delivered, landed[1, p])
    plain.deliver(program, slow, delivered, landed)
    slow.work[:, 5] += returned
    same(fast, slow)


def test_a_cell_loads_and_loses_copies() -> None:
    program, state = crowded(DISH)
    delivered = np.random.default_rng(1).exponential(4.0, (state.n_cells, program.n_slots))
    state.stands_for[:] = 1 + np.arange(state.n_cells) % 3
    landed = np.random.default_rng(2).integers(0, 9, (2, program.n_populations, state.n_cells))
    fast, slow = copy.deepcopy(state), copy.deepcopy(state)
    fast.copies[:, 0] = slow.copies[:, 0] = 7.0
    counted = np.zeros((state.n_sites, program.n_populations), dtype=np.int64)
    reached = Landed(copies=delivered, particles=landed, returned=counted, endosomal_before=state.endosomal)
    deliver(
        handing.sites(program, fast), handing.cells(fast), vesicles.tables(program), vesicles.cargo_tables(program),
        reached, fast.delivered_copies,
    )  # fmt: skip
    plain.deliver(program, slow, delivered, landed)
    same(fast, slow)


CHAIN = Population(
    decay=0.02, routes=((60.0, 90.0, 400.0),), internalise=0.05, detach=0.07, escape=0.3, lysosome=0.03, bind=(0.04,),
    unbind=(0.09,), passage=(0.2,),
)  # fmt: skip


def all_states(step: float, minutes: float) -> tuple[np.ndarray, np.ndarray]:
    """Expected numbers in all states of a particle in one well-mixed fluid: by steps of the scheme, and exactly."""
    case = Case(DISH, (replace(CHAIN, routes=((6e5, 9e5, 4e6),)),), matrix=(np.array([0.6]),), macro_step=step)
    program = case.program()
    state = case.state(program, [[100.0, 100.0, 10.0]])
    covered, ways = footprint(program, state), vesicles.population_conduits(program, state)
    free, on_matrix, bound, inside, delivered, degraded = 300.0, 40.0, 30.0, 20.0, 0.0, 0.0
    start = np.array([free, on_matrix, bound, inside, 0.0, 0.0, 0.0])
    digested = 0.03 / 0.7
    net, stays = net_matrix_binding(0.04, 0.09, 0.02, step)
    for _ in range(round(minutes / step)):
        off_matrix, off_cell = on_matrix * leaving_share(0.11, step), bound * leaving_share(0.12, step)
        entering = off_matrix * 0.09 / 0.11 + off_cell * 0.07 / 0.12
        fluid = vesicles.Fluid(*(np.full((1, 1, 1), x) for x in (free + entering, 0.0, entering, 0.0)))
        out = vesicles.expect_step(program, state, vesicles.tables(program), covered, ways, fluid)
        y, taken = out.free[0, 0, 0], out.taken[0, 0]
        to_matrix = 0.6 * net
        per_rate = (free + entering - y) / (0.02 + to_matrix + taken.sum())
        within = net_binding(0.05, 0.07, step)[1]
        arrived = off_cell * 0.05 / 0.12 + per_rate * (taken[1] + taken[2] * within)
        left_endosome = inside * leaving_share(digested, step) + arrived * passing_share(digested, step)
        delivered += per_rate * taken[0] + 0.3 * left_endosome
        degraded += per_rate * (0.02 + to_matrix * (1 - stays)) + off_matrix * 0.02 / 0.11 + 0.7 * left_endosome
        free, inside = y, inside + arrived - left_endosome
        on_matrix += per_rate * to_matrix * stays - off_matrix
        bound += per_rate * taken[2] * (1 - within) - off_cell
    exact = expm(minutes * chain_rates(program, state, 0, 0)) @ start
    return np.array([free, on_matrix, bound, inside, delivered, degraded]), exact[:6]


def test_a_chain_of_states_is_of_second_order_in_the_step() -> None:
    errors = []
    for step in (3.0, 1.5, 0.75, 0.375):
        numbers, exact = all_states(step, 24.0)
        assert numbers.sum() == pytest.approx(390.0, rel=1e-12)
        errors.append(np.abs(numbers - exact))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert (orders[-1] > 1.85).all(), orders
    assert (errors[0] < 0.005 * 390.0).all()
