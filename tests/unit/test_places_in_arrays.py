"""Kernels take a place in an array as it was worked out, without a look at its sign."""

from __future__ import annotations

import numba
import numpy as np

from vesicula.engine.compiling import kernel_alone

SIGNATURE = "float64(float64[::1], int64)"


def at(values, k):
    """A place that is worked out, and the last one, by a number alone."""
    return values[k] + values[-1]


def comparisons(function) -> int:
    """How often the machine code of a compiled function compares whole numbers with zero."""
    (text,) = function.inspect_llvm().values()
    return sum("icmp slt" in line or "ashr" in line for line in text.splitlines() if ", 0" in line or "63" in line)


def test_a_place_that_is_worked_out_is_not_looked_at_for_its_sign() -> None:
    usual = numba.njit(SIGNATURE)(at)
    with kernel_alone("at"):
        direct = numba.njit(SIGNATURE)(at)
    values = np.array([1.0, 2.0, 4.0])
    assert direct(values, 1) == usual(values, 1) == values[1] + values[-1]
    assert comparisons(direct) < comparisons(usual)
