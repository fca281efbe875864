"""Where required loading says that a thousandfold load suffices, and only there, a run of the same draws shows it."""

from __future__ import annotations

import numpy as np
import pytest

import vesicula
from vesicula.experiments.loading import required

DRAWS = 32
NAMES = {"permeability": "leak", "TEER": "TEER", "TJP1": "ZO-1"}
SMALLEST = {"leak": 0.2, "TEER": -0.1, "ZO-1": -0.25}


@pytest.mark.long
def test_a_thousandfold_load_shows_in_the_draws_where_the_gap_is_three_decades(tmp_path):
    compiled = vesicula.load("mir105-barrier", draws=DRAWS, controls=False)
    result = vesicula.simulate("mir105-barrier", draws=DRAWS, controls=False, out=tmp_path / "run")
    table = required.tabulate(compiled, "EV", draws=DRAWS)
    compared = 0
    for question in required._questions(table):
        if question.vesicle != "MDA-EV":
            continue
        one = required._Answerer(table, question)
        side = required._side(one, one.exposures)
        gap = required._gap(side.need, side.level)
        name = NAMES[question.readout.text.split()[0]]
        arms = {arm.arm: arm.values for arm in result.compare(name).arms}
        change = arms["overloaded"] / arms["vehicle"] - 1.0
        least = SMALLEST[name]
        seen = change >= least if least > 0 else change <= least
        sure = np.abs(gap - 3.0) > 0.05  # nearer to the edge, chance and the macro step decide
        assert np.array_equal(seen[sure], gap[sure] < 3.0), name
        assert 0 < np.sum(seen) < DRAWS
        compared += int(np.sum(sure))
    assert compared > 2 * DRAWS
