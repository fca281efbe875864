"""Motion that was left out stands in the methods of a run, with site, draw and cells."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from vesicula.engine.state import CellTerm, Work
from vesicula.results.report.methods import motion_cut


def test_motion_that_was_cut_is_in_the_methods() -> None:
    work, cells = np.zeros((2, len(Work)), np.int64), np.zeros((2, 1, len(CellTerm) + 2), np.int64)
    work[1, Work.MOTION_CUT], cells[1, 0, len(CellTerm)] = 12, 264
    variants = (SimpleNamespace(arm="untreated", replicate=0), SimpleNamespace(arm="loaded", replicate=2))
    description = SimpleNamespace(sites=(SimpleNamespace(name="lobule"),), variants=variants, draws_differ=True)
    record = SimpleNamespace(arrays={"lobule/work": work, "lobule/cells": cells})
    assert motion_cut(description, [record]) == ["lobule, draw 3 (arm loaded): 12 steps, 264 cells at the end"]
    record.arrays["lobule/work"] = work[:, :6]
    assert motion_cut(description, [record]) == []
