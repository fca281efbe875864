"""Heun in the mechanics: order 2 on smooth forces, at least 1.5 where pairs part (kink of the linear law)."""

from __future__ import annotations

import numpy as np
import pytest
from tests.exact.test_relaxation_chain import SHEET, chain, solved

from vesicula.engine.mechanics import Accuracy, Law, relax


@pytest.mark.parametrize(
    ("law", "time", "order"), [(Law.LINEAR, 0.1, 1.9), (Law.QUADRATIC, 0.1, 1.9), (Law.LINEAR, 1.0, 1.5)]
)
def test_order_from_five_step_sizes(law, time, order):
    steps, errors = [], []
    expected = solved(law, time)
    for displacement in (0.02, 0.01, 0.005, 0.0025, 0.00125):
        accuracy = Accuracy(displacement=displacement, rest=0.0, law=law)
        relaxed = relax(SHEET, np.array([0, 11]), chain(law, 0), time, accuracy=accuracy)
        steps.append(relaxed.substeps[0])
        errors.append(abs(np.ptp(relaxed.position[:, 0]) - expected))
    slope = -np.polyfit(np.log(steps), np.log(np.maximum(errors, 1e-11)), 1)[0]
    assert slope > order, (steps, errors)
