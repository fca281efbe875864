"""Laws of the vesicles: exact ledgers, no cargo without particles, no dependence on batch, threads, order, restart."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.threads import threads
from tests.cases.vesicle_cases import Case, Population, scatter

from vesicula.engine import vesicles
from vesicula.engine.invariants import cargo_balance, vesicle_balance
from vesicula.engine.order import canonical
from vesicula.engine.program import Grid, Program
from vesicula.engine.state import PER_CELL, Contact, State, VesicleTerm, Work
from vesicula.engine.voxels import cell_sites


@st.composite
def populations(draw, n_types: int, n_matrix: int, n_species: int) -> Population:
    rate = st.one_of(st.just(0.0), st.floats(1e-4, 2.0))
    clearance = st.one_of(st.just(0.0), st.floats(1.0, 3000.0))
    share = st.floats(0.0, 1.0)
    copies = st.floats(0.0, 50.0, allow_subnormal=False)  # the language refuses numbers below 1e-100
    slots = draw(st.lists(st.tuples(st.integers(0, n_species - 1), st.integers(0, 2), copies), max_size=2))
    return Population(
        diffusion=draw(st.one_of(st.just(0.0), st.floats(1.0, 3000.0))), decay=draw(rate),
        residence=draw(st.one_of(st.none(), st.floats(1.0, 600.0))),
        half_saturation=tuple(draw(st.one_of(st.none(), st.floats(1e-4, 1e-1))) for _ in range(n_types)),
        release=tuple(draw(st.lists(st.floats(0.0, 5.0), min_size=n_types, max_size=n_types))),
        routes=tuple(draw(st.tuples(clearance, clearance, clearance)) for _ in range(n_types)),
        receptors=draw(st.one_of(st.none(), st.floats(0.0, 20.0))), internalise=draw(rate), detach=draw(rate),
        escape=draw(share), lysosome=draw(rate), bind=tuple(draw(rate) for _ in range(n_matrix)),
        unbind=tuple(draw(rate) for _ in range(n_matrix)),
        passage=tuple(draw(st.one_of(st.none(), st.just(0.0), share)) for _ in range(n_matrix)),
        wall=tuple(draw(st.integers(0, 2)) for _ in range(6)), moved=draw(st.booleans()), cargo=tuple(slots),
    )  # fmt: skip


def check_books(program: Program, state: State) -> None:
    assert (vesicle_balance(state) == 0).all()
    went = state.cargo_ledger.max(axis=2)
    assert (np.abs(cargo_balance(state)) <= 1e-12 * went + 1e-12).all()
    owner = program.vesicles.slot_population
    for counts, copies in (
        (state.vesicles, state.cargo), (state.vesicles_in_matrix, state.cargo_in_matrix),
        (state.bound, state.bound_cargo), (state.endosomal, state.endosomal_cargo), (state.pool, state.pool_cargo),
    ):  # fmt: skip
        assert (counts >= 0).all()
        assert (copies >= 0).all()
        assert (copies[counts[:, owner] == 0] == 0).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), deep=st.booleans(), seed=st.integers(0, 2**32))
def test_no_random_program_loses_a_particle_or_a_copy(data, deep: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_types, n_matrix, n_species = 2, data.draw(st.integers(0, 2)), 2
    grid = Grid(4, 5, 5, 20.0, 20.0, 3) if deep else Grid(9, 6, 1, 20.0, 15.0, 2)
    layers = tuple(rng.random(grid.n_voxels) * (rng.random(grid.n_voxels) < 0.5) for _ in range(n_matrix))
    layers = tuple(np.where(rng.random(grid.n_voxels) < 0.2, 1.0, layer) for layer in layers)
    pops = tuple(data.draw(populations(n_types, n_matrix, n_species)) for _ in range(2))
    case = Case(grid, pops, n_types=n_types, n_species=n_species, matrix=layers, degradation=(0.1, 0.0), whole=(1, 0))
    program = case.program()
    program.flow[:] = rng.normal(0.0, 3.0, program.flow.shape)
    box = np.array([grid.nx * 20.0, grid.ny * 20.0, grid.nz * grid.height])
    state = case.state(program, rng.random((9, 3)) * box, rng.integers(0, 2, 9), volume=rng.choice([900.0, 2e4]))
    scatter(program, state, 80, rng, 0)
    vesicles.dose(program, state, 1, np.array([33.3]))
    for _ in range(5):
        vesicles.advance(program, state)
        state.step += 1
        check_books(program, state)


def busy(seeds=(1, 2, 3), *, cells: int = 60) -> tuple[Program, State, Case]:
    rng = np.random.default_rng(8)
    grid = Grid(17, 13, 1, 20.0, 20.0, 2)
    wall = np.zeros(grid.n_voxels)
    wall[8 :: grid.nx] = 1.0
    one = Population(
        release=(1.0, 0.0), routes=((0, 0, 0), (90.0, 200.0, 300.0)), receptors=9, internalise=0.02, detach=0.05,
        escape=0.3, lysosome=0.02, residence=60.0, passage=(0.0,), bind=(0.0,), unbind=(0.0,), cargo=((0, 0, 2.0),),
    )  # fmt: skip
    two = Population(
        release=(0.0, 2.0), routes=((40.0, 200.0, 0.0), (0, 0, 0)), escape=0.3, lysosome=0.02, passage=(1.0,),
        half_saturation=(0.01,), bind=(0.1,), unbind=(0.05,), cargo=((0, 1, 2.0),),
    )  # fmt: skip
    case = Case(grid, (one, two), n_types=2, matrix=(wall,), whole=(1,), degradation=(0.002,))
    program = case.program()
    places = rng.random((cells, 3)) * [340.0, 260.0, 20.0]
    return program, case.state(program, places, rng.integers(0, 2, cells), seeds=seeds), case


def run(program: Program, state: State, steps: int) -> State:
    for _ in range(steps):
        vesicles.advance(program, state)
        state.step += 1
    return state


def site_arrays(state: State, s: int) -> dict[str, np.ndarray]:
    cells = slice(state.cell_start[s], state.cell_start[s + 1])
    out = {}
    for name, array in state.arrays().items():
        if name in PER_CELL:
            out[name] = array[cells]
        elif name not in ("cell_start", "step"):
            out[name] = array[s]
    return out


def test_a_site_does_not_feel_its_batch() -> None:
    program, together, _ = busy((1, 2, 3))
    _, alone, _ = busy((2,))
    run(program, together, 12)
    run(program, alone, 12)
    mine, single = site_arrays(together, 1), site_arrays(alone, 0)
    assert single["talk"].sum() > 100
    for name, array in mine.items():
        np.testing.assert_array_equal(array, single[name], err_msg=name)


def test_threads_change_no_bit() -> None:
    program, state, _ = busy(tuple(range(60)), cells=90)
    assert state.n_cells > 4096
    other = copy.deepcopy(state)
    with threads(1):
        run(program, state, 4)
    with threads(2):
        run(program, other, 4)
    for name, array in state.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name)


def test_the_order_in_which_cells_come_does_not_matter() -> None:
    program, state, _ = busy()
    shuffled = copy.deepcopy(state)
    site = cell_sites(shuffled)
    order = np.random.default_rng(1).permutation(state.n_cells)
    for name in PER_CELL:
        setattr(shuffled, name, getattr(shuffled, name)[order])
    canonical(program, shuffled, cell_site=site[order])
    run(program, state, 6)
    run(program, shuffled, 6)
    for name, array in state.arrays().items():
        np.testing.assert_array_equal(array, shuffled.arrays()[name], err_msg=name)


def test_a_restart_changes_no_bit() -> None:
    program, state, _ = busy()
    run(program, state, 5)
    stored = {name: array.copy() for name, array in state.arrays().items()}
    run(program, state, 5)
    again = run(program, State.from_arrays(stored), 5)
    for name, array in state.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[name], err_msg=name)


def test_nothing_crosses_a_closed_wall() -> None:
    program, state, _ = busy((1, 2))
    right = np.arange(program.grid.n_voxels) % 17 > 8
    types = state.cell_type.copy()
    east = state.position[:, 0] > 180.0
    state.behaviour[(types == 0) & east, 0] = 0.0  # only cells on the left release population 0
    run(program, state, 40)
    assert state.vesicles[:, 0].sum() > 500
    assert state.vesicles[:, 0, right].sum() == 0
    assert state.bound[east, 0].sum() + state.endosomal[east, 0].sum() == 0
    assert state.vesicles[:, 1, right].sum() > 0


@pytest.mark.parametrize(("routes", "column"), [((80.0, 0, 0), Contact.FUSED), ((0, 80.0, 0), Contact.ENDOCYTOSED)])
def test_blocking_a_route_changes_the_kind_of_effect(routes, column) -> None:
    """Fusion inserts membrane proteins and frees the lumen at once; endocytosis frees it after escape only."""
    cargo = ((0, 0, 5.0), (1, 1, 7.0), (2, 2, 3.0))
    outcome = {}
    for escape in (0.0, 0.4):
        particle = Population(routes=(routes,), escape=escape, lysosome=0.05, cargo=cargo)
        case = Case(
            Grid(1, 1, 1, 200.0, 200.0, 2), (particle,), n_species=3, degradation=(0.0,) * 3, whole=(0,) * 3
        )  # fmt: skip
        program = case.program()
        state = case.state(program, np.full((4, 3), 100.0))
        vesicles.dose(program, state, 0, np.array([50_000.0]))
        run(program, state, 30)
        assert state.talk[0, 0, 0, column] > 300
        outcome[escape] = state.copies.sum(axis=0), state.inserted.sum(axis=0)
        check_books(program, state)
    for escape, (copies, inserted) in outcome.items():
        fuses = column == Contact.FUSED
        assert (copies[0] > 0) == (fuses or escape > 0)
        assert (inserted[1] > 0) == fuses
        assert copies[1] == copies[2] == 0.0


def test_binding_signals_from_outside_without_entry() -> None:
    particle = Population(routes=((0, 0, 100.0),), receptors=30, detach=0.01, cargo=((0, 2, 4.0), (0, 0, 9.0)))
    case = Case(Grid(1, 1, 1, 200.0, 200.0, 2), (particle,))
    program = case.program()
    state = case.state(program, np.full((5, 3), 100.0))
    vesicles.dose(program, state, 0, np.array([100_000.0]))
    run(program, state, 40)
    assert (state.bound[:, 0] > 15).all()
    assert (state.bound[:, 0] <= 30).all()
    np.testing.assert_allclose(state.bound_cargo, state.bound * [4.0, 9.0], rtol=1e-12)
    assert state.endosomal.sum() == 0
    assert state.copies.sum() == state.inserted.sum() == 0


def test_a_dose_is_whole_even_and_booked() -> None:
    program, state, _ = busy((1, 2))
    before = state.vesicles.copy()
    vesicles.dose(program, state, 0, np.array([0.0, 1000.4]))
    added = state.vesicles - before
    assert added[0].sum() == 0
    assert added[1, 1].sum() == 0
    assert added.sum() in (1000, 1001)
    assert state.vesicle_ledger[1, 0, VesicleTerm.DOSED] == added.sum()
    assert state.cargo_ledger[1, 0, VesicleTerm.DOSED] == 2.0 * added.sum()
    closed = state.matrix[1, 0] >= 1.0
    assert (added[1, 0, closed] == 0).all()
    assert np.ptp(added[1, 0, ~closed]) <= 1
    assert state.vesicle_ledger[0, 0, VesicleTerm.DOSED] == 0


def test_the_dead_take_part_in_nothing_but_let_go() -> None:
    program, state, case = busy((1,))
    run(program, state, 10)
    state.cell_dead[:] = 1
    case.behave(state)
    held = state.pool.copy(), state.endosomal.copy(), state.copies.copy(), state.bound.sum()
    run(program, state, 10)
    np.testing.assert_array_equal(state.pool, held[0])
    np.testing.assert_array_equal(state.endosomal, held[1])
    np.testing.assert_array_equal(state.copies, held[2])
    assert state.bound.sum() < held[3]
    assert (vesicle_balance(state) == 0).all()
    assert state.work[0, Work.RETURNED_TO_FREE] >= 0
