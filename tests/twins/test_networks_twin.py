"""Networks: the compiled march equals the plain one on random networks of every gate, in every setting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases.random_networks import random_program

from vesicula.engine import hill, networks
from vesicula.engine.program import Gate, Grid, Signal
from vesicula.engine.reference import networks as reference
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.reference.sketch import Node, Numbers, Term, finished, with_networks, with_signals


def random_state(rng, program, variants):
    state = blank_state(program, [np.full((4, 3), 5.0)] * variants)
    state.site_variant[:] = np.arange(variants)
    state.cell_type[:] = rng.integers(0, 2, state.n_cells)
    state.cell_dead[::5] = 1
    state.nodes[:] = rng.random(state.nodes.shape)
    state.signal[:] = rng.uniform(-0.2, 2.0, state.signal.shape)
    return state


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 3))
def test_march_equals_the_twin(seed, n_nodes, variants):
    rng = np.random.default_rng(seed)
    program = random_program(rng, n_nodes, variants)
    state = random_state(rng, program, variants)
    expected = reference.advance(program, state)
    networks.advance(program, state)
    np.testing.assert_allclose(state.nodes, expected, rtol=1e-12, atol=1e-13)
    assert state.nodes.min() >= 0
    assert state.nodes.max() <= 1


@pytest.mark.parametrize(("n", "ec50"), [(1.4, 0.5), (2.0, 0.3), (4.0, 0.7)])
def test_activation_is_normalised(n, ec50):
    out = activations([0.0, -1.0, ec50, 1.0, 7.0], n, ec50, weight=0.9)
    np.testing.assert_allclose(out, [0.0, 0.0, 0.45, 0.9, 0.9], rtol=1e-12)
    np.testing.assert_allclose(out, [reference.activation(x, n, ec50, 0.9) for x in (0, -1, ec50, 1, 7)], rtol=1e-12)


def activations(x, n, ec50, weight):
    top = (ec50**n - 1) / (2 * ec50**n - 1)
    out, work = np.empty(len(x)), np.empty((hill.N_WORK + 2, len(x)))
    hill.activation(np.array(x), np.array([weight, n, top, top - 1, -1.0]), len(x), out, work)
    return out


def test_half_max_beyond_the_law_is_refused():
    numbers = Numbers()
    program = with_signals(blank_program(Grid(1, 1, 1, 100.0, 100.0, 2)), [(Signal.NODE, 0, 0)])
    program = finished(with_networks(program, numbers, [[Node([Term(Gate.ACTIVATE, 0, ec50=0.9, hill=1.4)])]]), numbers)
    state = blank_state(program, [np.full((1, 3), 5.0)])
    with pytest.raises(ValueError, match="EC50"):
        networks.advance(program, state)
