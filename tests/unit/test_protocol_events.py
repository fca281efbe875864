"""Protocol: every event does what its row says, in its region and variant, and books it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import vesicula
from vesicula.engine import invariants, order, protocol, start
from vesicula.engine.program import NONE, Event, Grid, Protocol, Start
from vesicula.engine.reference.blank import absent, blank_program
from vesicula.engine.reference.sketch import Numbers, finished
from vesicula.engine.room import NoRoom
from vesicula.engine.state import CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.voxels import cell_sites

GRID = Grid(5, 4, 1, 20.0, 10.0, 2)
SOLID = np.zeros((2, GRID.n_voxels))
SOLID[0, :5] = 1.0
SOLID[1, 5:10] = 0.5
LEFT_HALF = np.tile([True, True, False, False, False], 4)


def case(*events, seed=3):
    """Two sites (variants 0 and 1) with cells, two populations and two matrix components; events at step 0."""
    numbers = Numbers(2)
    program = blank_program(GRID, n_types=2, n_substances=2, n_matrix=2)
    program.matrix.solid[0] = 1
    program.matrix.initial[:] = SOLID
    n = 60
    cells = Start(
        np.arange(n, dtype=np.int32) % 2,
        absent(n),
        absent(n),
        absent(n),
        np.full((n, 3), np.nan),
        np.ones(n, dtype=np.int64),
    )
    per_type = {name: absent(2, 2) for name in ("p_receptors", "p_internalise", "p_detach", "p_escape", "p_lysosome")}
    vesicles = replace(
        program.vesicles, p_diffusion=absent(2), p_decay=absent(2), p_residence=absent(2),
        p_half_saturation=absent(2, 2), ligand=absent(2, 2), donor=absent(2),
        slot_population=np.array([0, 1, 1], np.int32), slot_species=np.zeros(3, np.int32),
        p_copies=numbers.row([2.0, 0.5, None]), slot_kind=np.zeros(3, np.int8), p_passage=absent(2, 2),
        wall=np.zeros((2, 6), np.int8), moved_by_flow=np.zeros(2, np.int8), p_bind=absent(2, 2), p_unbind=absent(2, 2),
        **per_type,
    )  # fmt: skip
    matrix = replace(
        program.matrix, store_matrix=np.array([1], np.int32), store_substance=np.array([0], np.int32),
        p_content=numbers.row([3.0]), p_new_content=absent(1),
    )  # fmt: skip
    rows = list(zip(*[(e.kind, e.what, e.state, e.region) for e in events], strict=True))
    columns = [np.array(x, np.int32) for x in rows]
    table = Protocol(
        np.zeros(len(events), np.int64), columns[0].astype(np.int8), *columns[1:],
        p_amount=numbers.row([e.amount for e in events]), key=np.arange(len(events), dtype=np.int64),
        stands_for=np.ones(len(events), dtype=np.int64),
    )  # fmt: skip
    types = replace(program.cell_types, p_volume=numbers.row([900.0, 900.0]))
    substances = replace(program.substances, p_initial=numbers.row([[1.0, 4.0], 0.25]))
    program = finished(
        replace(
            program, vesicles=vesicles, matrix=matrix, protocol=table, start=cells, regions=LEFT_HALF[None],
            cell_types=types, substances=substances, n_species=1,
        ),
        numbers,
    )  # fmt: skip
    state = start.initial_state(program, [0, 1], [[seed, 10], [seed, 11]])
    return program, state


class Do:
    def __init__(self, kind, what=NONE, amount=None, region=NONE, state=NONE):
        self.kind, self.what, self.amount, self.region, self.state = kind, what, amount, region, state


def fill_vesicles(state):
    state.vesicles[:] = np.arange(state.vesicles.size).reshape(state.vesicles.shape) % 50
    state.cargo[:] = 1.5 * state.vesicles[:, [0, 1, 1]]
    state.vesicles_in_matrix[:, :, 1, 5:10] = 40
    state.cargo_in_matrix[:, :, 1, 5:10] = 10.0
    state.vesicle_ledger[:, :, VesicleTerm.START] = state.vesicles.sum(2) + state.vesicles_in_matrix.sum((2, 3))
    state.cargo_ledger[:, :, VesicleTerm.START] = state.cargo.sum(2) + state.cargo_in_matrix.sum((2, 3))


def assert_balanced(program, state):
    assert np.all(invariants.vesicle_balance(state) == 0)
    np.testing.assert_allclose(invariants.cargo_balance(state), 0, atol=1e-9)
    np.testing.assert_allclose(invariants.substance_balance(program, state), 0, atol=1e-8)
    assert np.all(invariants.cell_balance(state) == 0)


def test_dose_of_a_substance_goes_to_open_voxels_of_its_region():
    program, state = case(Do(Event.DOSE_SUBSTANCE, 1, [600.0, 0.0], region=0))
    before = state.concentration.copy()
    protocol.apply(program, state)
    gain = state.concentration - before
    open_here = LEFT_HALF & (SOLID[0] == 0)
    np.testing.assert_allclose(gain[0, 1, open_here], 600 / (open_here.sum() * 4000))
    assert np.all(gain[0, 1, ~open_here] == 0)
    assert np.all(gain[0, 0] == 0)
    assert np.all(gain[1] == 0)
    assert state.substance_ledger[0, 1, SubstanceTerm.DOSED] == 600
    assert_balanced(program, state)


def test_dose_into_mineral_is_refused():
    program, state = case(Do(Event.DOSE_SUBSTANCE, 1, 5.0, region=0))
    state.matrix[:, 0] = 1.0
    with pytest.raises(NoRoom, match="no voxel"):
        protocol.apply(program, state)


def test_holds_begin_and_end_by_variant():
    program, state = case(Do(Event.HOLD_SUBSTANCE, 0, [7.0, np.nan]), Do(Event.HOLD_SUBSTANCE, 1, [2.0, 2.0]))
    protocol.apply(program, state)
    np.testing.assert_array_equal(state.held, [[7.0, 2.0], [np.nan, 2.0]])
    program, state = case(Do(Event.RELEASE_HOLD, 0), Do(Event.RELEASE_HOLD, 1, [0.0, 1.0]))
    state.held[:] = 1.0
    protocol.apply(program, state)
    np.testing.assert_array_equal(state.held, [[np.nan, 1.0], [np.nan, np.nan]])


def test_dose_of_vesicles():
    program, state = case(Do(Event.DOSE_VESICLES, 1, [1001.0, 0.0], region=0))
    protocol.apply(program, state)
    assert state.vesicles[0, 1].sum() == 1001
    assert state.vesicles[0, 1, ~LEFT_HALF].sum() == 0
    assert state.vesicles[1].sum() == 0
    assert state.cargo[0, 1].sum() == pytest.approx(500.5)
    assert_balanced(program, state)


def test_added_cells_are_new_open_and_counted():
    program, state = case(Do(Event.ADD_CELLS, 1, [40.0, 3.0], region=0, state=0))
    known = set(state.cell_id.tolist())
    sizes = np.diff(state.cell_start)
    protocol.apply(program, state)
    np.testing.assert_array_equal(np.diff(state.cell_start) - sizes, [40, 3])
    new = ~np.isin(state.cell_id, list(known))
    assert np.all(state.cell_type[new] == 1)
    voxel = (state.position[new, 1] // 20).astype(int) * 5 + (state.position[new, 0] // 20).astype(int)
    assert np.all(LEFT_HALF[voxel] & (SOLID[0, voxel] == 0))
    assert np.all(state.clock_threshold[new] > 0)
    assert len(np.unique(state.cell_id)) == state.n_cells
    np.testing.assert_array_equal(state.cell_ledger[:, 1, CellTerm.ADDED], [70, 33])
    assert_balanced(program, state)


@pytest.mark.parametrize(("what", "share"), [(0, None), (NONE, 0.5)])
def test_removed_cells_leave_with_their_vesicles(what, share):
    program, state = case(Do(Event.REMOVE_CELLS, what, share, region=0))
    state.bound[:, 0], state.endosomal[:, 1], state.pool[:] = 3, 2, 5
    state.vesicle_ledger[:, :, VesicleTerm.START] = [60 * 3, 60 * 2]
    inside = LEFT_HALF[(state.position[:, 1] // 20).astype(int) * 5 + (state.position[:, 0] // 20).astype(int)]
    hit = inside & ((state.cell_type == what) | (what == NONE))
    before = state.cell_id.copy()
    protocol.apply(program, state)
    gone = ~np.isin(before, state.cell_id)
    assert np.all(hit[gone])
    if share is None:
        np.testing.assert_array_equal(gone, hit)
    else:
        assert 0.25 < gone[hit].mean() < 0.75
    assert_balanced(program, state)
    lost = state.vesicle_ledger[:, :, VesicleTerm.IN_REMOVED].sum(axis=0)
    np.testing.assert_array_equal(lost, [3 * gone.sum(), 2 * gone.sum()])


def test_a_share_of_cells_that_stand_for_many_is_taken_of_them_one_by_one():
    """Cells that stay: mean N (1 − p) and variance N p (1 − p) of the N in all groups, not of the groups."""
    text = """
vesicula: 1
labware: {dish: {plate: 24-well plate, sample: 5 cells}}
vesicles:
  V: {carries: {miR-21-5p: 2 copies/EV (0.2..20 @assumed)}}
cells: {c: {diameter: 12 um (5..50 @assumed), clears EV: library}}
start:
  - 2000 c in dish
protocol:
  - at 0 h remove 30 % of c from dish
  - at 0 h remove 50 % of c
controls: none
run: {for: 1 h, step: 30 min, seeds: 400}
"""
    compiled = vesicula.load(text)
    program = compiled.system.site("dish")
    state = start.initial_state(program, list(range(400)), compiled.site_keys("dish"), [1] * 400)
    assert np.all(state.stands_for == 400)
    assert state.n_cells == 5 * 400
    state.bound[:], state.endosomal[:], state.pool[:] = 4000, 80, 7
    state.vesicle_ledger[:, :, VesicleTerm.START] = 5 * 4080
    state.bound_cargo[:], state.endosomal_cargo[:] = 8000.0, 160.0
    state.cargo_ledger[:, :, VesicleTerm.START] = 5 * 8160.0
    protocol.apply(program, state)
    stay = np.bincount(cell_sites(state), state.stands_for, 400)
    p = 0.7 * 0.5
    mean, variance = 2000 * p, 2000 * p * (1 - p)
    assert abs(stay.mean() - mean) < 5 * np.sqrt(variance / 400)
    assert abs(stay.var(ddof=1) / variance - 1) < 5 * np.sqrt(2 / 399)
    assert state.bound.sum() == pytest.approx(5 * 400 * 4000 * p, rel=0.01)
    assert_balanced(program, state)


@pytest.mark.parametrize("share", [None, 0.4])
def test_wash_takes_substances_and_free_vesicles(share):
    program, state = case(Do(Event.WASH, amount=share, region=0))
    fill_vesicles(state)
    particles, level = state.vesicles.copy(), state.concentration.copy()
    protocol.apply(program, state)
    kept = 1 - (1.0 if share is None else share)
    np.testing.assert_allclose(state.concentration[..., LEFT_HALF], kept * level[..., LEFT_HALF])
    np.testing.assert_array_equal(state.concentration[..., ~LEFT_HALF], level[..., ~LEFT_HALF])
    np.testing.assert_array_equal(state.vesicles[..., ~LEFT_HALF], particles[..., ~LEFT_HALF])
    n = particles[..., LEFT_HALF].sum()
    left = state.vesicles[..., LEFT_HALF].sum()
    assert abs(left - kept * n) <= 5 * np.sqrt(kept * (1 - kept) * n)
    np.testing.assert_allclose(state.cargo, 1.5 * state.vesicles[:, [0, 1, 1]])
    assert_balanced(program, state)


@pytest.mark.parametrize("share", [None, 0.25])
def test_removed_matrix_takes_stores_and_bound_vesicles(share):
    program, state = case(Do(Event.REMOVE_MATRIX, 1, share, region=0))
    fill_vesicles(state)
    matrix, store = state.matrix.copy(), state.store.copy()
    assert store.sum() == 2 * 5 * 0.5 * 3.0 * 4000
    protocol.apply(program, state)
    kept = np.where(LEFT_HALF, 1 - (1.0 if share is None else share), 1.0)
    np.testing.assert_array_equal(state.matrix[:, 0], matrix[:, 0])
    np.testing.assert_allclose(state.matrix[:, 1], kept * matrix[:, 1])
    np.testing.assert_allclose(state.store[:, 0], kept * store[:, 0])
    bound = state.vesicles_in_matrix[:, :, 1]
    np.testing.assert_array_equal(bound[..., 7:10], 40)
    assert bound[..., 5:7].sum() <= (0 if share is None else 0.9 * 40 * 8)
    assert_balanced(program, state)


def test_only_due_events_happen_and_draws_do_not_depend_on_the_batch():
    program, state = case(Do(Event.REMOVE_CELLS, NONE, 0.5), Do(Event.ADD_CELLS, 0, 5.0, state=0))
    later = replace(program, protocol=replace(program.protocol, step=np.array([4, 4])))
    before = State.from_arrays({name: np.copy(a) for name, a in state.arrays().items()})
    protocol.apply(later, state)
    for name, array in before.arrays().items():
        np.testing.assert_array_equal(array, state.arrays()[name])
    protocol.apply(program, state)
    alone = start.initial_state(program, [1], [[3, 11]])
    protocol.apply(program, alone)
    order.canonical(program, state)
    first, last = state.cell_start[1], state.cell_start[2]
    np.testing.assert_array_equal(state.cell_id[first:last], alone.cell_id)
    np.testing.assert_array_equal(state.position[first:last], alone.position)
