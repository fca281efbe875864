"""The balances see what is missing: each notices a single particle, copy, molecule or cell."""

from __future__ import annotations

import numpy as np
from tests.cases.vesicle_cases import Case, Population

from vesicula.engine.invariants import cargo_balance, cell_balance, substance_balance, vesicle_balance
from vesicula.engine.program import Grid
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.state import CellTerm, SubstanceTerm, VesicleTerm


def test_vesicle_and_cargo_balance_count_every_place() -> None:
    particle = Population(bind=(0.1,), unbind=(0.1,), passage=(1.0,), cargo=((0, 0, 2.0),))
    case = Case(Grid(3, 2, 1, 20.0, 20.0, 2), (particle,), matrix=(np.zeros(6),))
    program = case.program()
    state = case.state(program, [[10.0, 10.0, 10.0], [50.0, 10.0, 10.0]], seeds=(1, 2))
    for name, place in (
        ("vesicles", (1, 0, 4)), ("vesicles_in_matrix", (1, 0, 0, 2)), ("bound", (3, 0)), ("endosomal", (2, 0)),
    ):  # fmt: skip
        cargo = {"vesicles": "cargo", "vesicles_in_matrix": "cargo_in_matrix"}.get(name, f"{name}_cargo")
        getattr(state, name)[place] += 1
        getattr(state, cargo)[place] += 2.0
        np.testing.assert_array_equal(vesicle_balance(state), [[0], [-1]])
        np.testing.assert_array_equal(cargo_balance(state), [[0.0], [-2.0]])
        state.vesicle_ledger[1, 0, VesicleTerm.ARRIVED] += 1
        state.cargo_ledger[1, 0, VesicleTerm.ARRIVED] += 2.0
        assert not vesicle_balance(state).any()
        assert not cargo_balance(state).any()
    for term, sign in ((VesicleTerm.RELEASED, 1), (VesicleTerm.LEFT, -1), (VesicleTerm.IN_REMOVED, -1)):
        before = vesicle_balance(state)[1, 0]
        state.vesicle_ledger[1, 0, term] += 1
        assert vesicle_balance(state)[1, 0] - before == sign


def test_substance_and_cell_balance() -> None:
    program = blank_program(Grid(2, 2, 1, 10.0, 10.0, 2), n_substances=1)
    state = blank_state(program, [[[5.0, 5.0, 5.0]], [[5.0, 5.0, 5.0], [15.0, 5.0, 5.0]]])
    np.testing.assert_array_equal(cell_balance(state), [[-1], [-2]])
    state.cell_ledger[:, 0, CellTerm.ADDED] = (1, 1)
    state.cell_ledger[1, 0, CellTerm.DIVIDED] = 1
    assert not cell_balance(state).any()
    state.concentration[1, 0, 3] = 0.5
    np.testing.assert_allclose(substance_balance(program, state), [[0.0], [-500.0]])
    state.substance_ledger[1, 0, SubstanceTerm.SECRETED] = 700.0
    state.substance_ledger[1, 0, SubstanceTerm.DECAYED] = 200.0
    np.testing.assert_allclose(substance_balance(program, state), 0.0)
