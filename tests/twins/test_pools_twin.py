"""Pools that flows join equal their plain twin, in every concentration and every term of the ledger."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cases.pool_cases import pools as case

from vesicula.engine import pools
from vesicula.engine.invariants import substance_balance
from vesicula.engine.program import NONE, Reaction
from vesicula.engine.reference import pools as reference

VOLUMES, FLOWS = (2e4, 5e6, 4e5), ((1, 0, [0.0, 3e4]), (1, 2, 7e4), (0, 2, [400.0, 0.0]))
REACTIONS = (
    (Reaction.BIND, 0, 1, 2, 0.02, 0.03),
    (Reaction.CONVERT, 2, NONE, 3, 0.05, 0.0),
    (Reaction.ENZYME_FLUID, 3, 1, 0, 0.4, 0.5),
    (Reaction.ENZYME_CELL, 0, 10, 3, 2.0, 0.7),
)


def busy(reactions, share=(1.0, 0.02, 0.5)):
    """Five substances, the last one without reactions, in three pools and two rows, with cells that give and take."""
    rng = np.random.default_rng(4)
    return case(
        VOLUMES, FLOWS, macro_step=30.0, start_at=rng.uniform(0.2, 2.0, (3, 5)),
        secretion=rng.uniform(0.0, 9e3, (3, 5)),
        uptake=rng.uniform(0.0, 2e3, (3, 5)), enzymes=(3e3, 2e4, 5e3), decay=(0.01, 0.0, 0.02, 0.1, 0.004),
        reactions=reactions, share=share, rows=2,
    )  # fmt: skip


@pytest.mark.parametrize("held", [(), (1,), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("reactions", [(), REACTIONS], ids=["flow, secretion and loss", "and reactions"])
def test_joined_pools_equal_the_twin(reactions, held, monkeypatch):
    monkeypatch.setattr(pools, "TOLERANCE", 1e-9)
    monkeypatch.setattr(pools, "PRECISION", 1e-12)
    system, states = busy(reactions)
    for site in held:
        states.sites[site].held[1:, (0, 4)] = 0.4
        states.sites[site].concentration[1:, (0, 4)] = 0.4
    expected = copy.deepcopy(states)
    before = [substance_balance(*pair) for pair in zip(system.sites, states.sites, strict=True)]
    pools.advance(system, states)
    reference.advance(system, expected)
    for k, (program, state, twin) in enumerate(zip(system.sites, states.sites, expected.sites, strict=True)):
        assert_allclose(state.concentration, twin.concentration, rtol=2e-6)
        booked, plain = (np.delete(one.substance_ledger, 0, axis=2) for one in (state, twin))
        assert_allclose(booked, plain, rtol=1e-5, atol=1e-5 * plain.max())
        assert_allclose(substance_balance(program, state), before[k], atol=1e-12 * state.substance_ledger.max())
