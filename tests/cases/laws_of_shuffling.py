"""Who lies where: two kinds of cells, each in a half of a strip, that lie still or change places."""

from __future__ import annotations

from tests.cases.law import Bench, Law

EACH = 600
TEXT = f"""\
vesicula: 1
model: laws of shuffling
sites:
  strip:
    kind: tissue
    size: [1200 um, 200 um]
    depth: 20 um
    voxel: 20 um
    regions: {{left: left of 600 um, right: rest}}
cells:
  A: {{diameter: 12 um, anchored: yes}}
  B: {{diameter: 12 um, anchored: yes}}
start:
  - {EACH} A in left
  - {EACH} B in right
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 6 h, record: every 6 h, step: 1 h, seeds: 4}}
"""
SHUFFLING = Bench(
    TEXT,
    (
        Law(
            "changing places", ("Event.SHUFFLE_CELLS",), "count of A in left", EACH,
            {
                "without A": 0,
                "at 3 h shuffle cells": EACH / 2,
                "at 0 h, every 1 h, shuffle cells in strip": EACH / 2,
                "at 3 h shuffle A": EACH,
                "at 3 h shuffle cells in left": EACH,
                "at 0 h shuffle cells; at 3 h shuffle cells in left": EACH / 2,
            },
            within=0.05,
        ),
    ),
)  # fmt: skip
