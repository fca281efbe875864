"""Case H3 stays within its error bars against the converged solution."""

from __future__ import annotations

import pytest
from benchmarks import h3


@pytest.mark.long
def test_error_bars_of_h3():
    _, found = h3.run(6.0)
    assert found["worst error, mmHg"] < 0.05
    assert found["uptake error, %"] < 0.1


@pytest.mark.long
def test_error_bar_in_the_transient():
    assert h3.transient() < 0.05
