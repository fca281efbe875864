"""Laws of a wall of cells between blood and an organ, both of them well mixed: 12 h, half of the membrane bare."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law
from tests.cases.laws_of_two_sites import AREA, BOTTOM, CELLS, HOURS, TOP, below, held, joint, passed

WALKERS, RATE, N = 1000, 0.1, 1e9
STAYS = "half-life: 1e7 days"
TEXT = f"""\
vesicula: 1
model: laws of walls
sites:
  blood: {{kind: pool, volume: {TOP} mL, fluid: blood}}
  organ: {{kind: pool, volume: {BOTTOM} mL}}
substances:
  HELD: {{diffuses: 1 um^2/s, {STAYS}}}
vesicles:
  SMALL: {{diameter: 100 nm, diffuses: 1 um^2/s, {STAYS}}}
cells:
  layer:
    diameter: 12 um
    clears EV: 0 pL/h
    confluence: 1e5 cells/cm^2
    inside:
      - J starts at 1
      - J closes junctions, half-max 50 %, hill 2
    barrier:
      HELD, closed: 2e-6 cm/s
      HELD, open: 5e-5 cm/s
      SMALL, closed: 1e-6 cm/s
  walker:
    diameter: 12 um
    clears EV: 0 pL/h
body:
  - layer parts blood from organ, {AREA} cm^2, membrane 100 um
  - walker leaves blood for organ at {RATE} /h between layer
start:
  - {CELLS} layer in blood
  - {WALKERS} walker in blood
protocol:
  - at 0 h add 100 pM HELD to blood
  - at 0 h add 1e9 particles of SMALL to blood
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""
BARE = 1e-8 / 100e-4
"""Permeability of the membrane, cm/s: 1 um^2/s over 100 um."""


def walled(layer: float, covered: float = 0.5) -> float:
    """HELD in the organ, pM, behind a layer of such a permeability on a share of the membrane."""
    return below(joint(layer, BARE, covered))


def gone(free: float) -> float:
    """Walkers in the organ where so much of the wall lets them pass."""
    return WALKERS * (1 - math.exp(-RATE * free * HOURS))


WALLS = Bench(
    TEXT,
    (
        Law(
            "a wall of cells",
            ("Barriers.p_filter", "Barriers.p_closed", "Barriers.p_open", "Barriers.p_closer_half",
             "Barriers.p_closer_hill", "CellTypes.p_confluence"),
            "concentration of HELD in organ in pM", walled(held()),
            {
                "deplete HELD by 100 %": 0,
                "without layer": below(BARE),
                "at 0 h add 16500 layer in blood": walled(held(), 1.0),
                "clamp J in layer at 0": walled(held(0.0)),
                "clamp J in layer at 0.5": walled(held(0.5)),
                "set cells.layer.barrier.HELD.closed to 0 cm/s": walled(0.0),
                "set cells.layer.confluence to 5e4 cells/cm^2": walled(held(), 1.0),
                "set body.0.membrane to 50 um": below(joint(held(), 2 * BARE)),
                "without layer; set body.0.membrane to 50 um": below(2 * BARE),
            },
        ),
        Law(
            "permeability of a wall", ("Barriers.p_filter",), "permeability of organ to HELD", joint(held(), BARE),
            {
                "without layer": BARE,
                "clamp J in layer at 0": joint(held(0.0), BARE),
                "set cells.layer.barrier.HELD.closed to 0 cm/s": joint(0.0, BARE),
            },
            silent="half of the membrane is bare",
        ),
        Law(  # whoever is in blood and not of the wall covers nothing of it
            "others in blood", ("Barriers.p_closed",), "concentration of HELD in organ in pM at 6 h",
            100 * TOP / BOTTOM * passed(joint(held(), BARE), 6.0),
            {
                "at 0 h add 20000 walker in blood": 100 * TOP / BOTTOM * passed(joint(held(), BARE), 6.0),
                "deplete HELD by 100 %": 0,
            },
        ),
        Law(
            "vesicles through a wall", ("Barriers.p_closed",), "density of SMALL in organ in EV/mL",
            N * passed(joint(1e-6, BARE)) / BOTTOM,
            {
                "deplete SMALL by 100 %": 0,
                "without layer": N * passed(BARE) / BOTTOM,
                "set cells.layer.barrier.SMALL.closed to 0 cm/s": N * passed(joint(0.0, BARE)) / BOTTOM,
            },
        ),
        Law(
            "cells through a wall", ("Effect.LEAVE",), "count of walker in organ", gone(0.5),
            {
                "at 0 h add 16500 layer in blood": 0,
                "without layer": gone(1.0),
                "clamp J in layer at 0": gone(1.0),
                "at 0 h add 16500 layer in blood; clamp J in layer at 0": gone(1.0),
            },
            within=0.12,
        ),
    ),
)  # fmt: skip
