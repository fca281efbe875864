"""Laws of matrix in one well-mixed pool: 12 h in 0.1 uL, ten cells of each kind."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law, picomolar

HOURS, CELLS, N = 12.0, 10, 1e7
LITRES, ML, VOLUME = 1e-7, 1e-4, 1e8  # of the pool; um^3
STAYS = "diffuses: 100 um^2/s, half-life: 1e7 days"
CELL = "    diameter: 12 um\n    clears EV: 0 pL/h\n    inside:\n      - A starts at 0.5"
TEXT = f"""\
vesicula: 1
model: laws of matrix
sites:
  dish: {{kind: pool, volume: 0.1 uL}}
substances:
  CUTTER: {{{STAYS}, start: 100 pM}}
  FREED: {{{STAYS}}}
  FRESH: {{{STAYS}}}
  TOLD: {{{STAYS}}}
matrix:
  EATEN: {{fills: {{dish: 80 %}}}}
  LAID: {{fills: {{dish: 10 %}}}}
  CUT:
    fills: {{dish: 50 %}}
    stores: {{FREED: 100 pM}}
    degraded:
      - CUTTER degrades CUT, 0.0005 /h per pM
  RENEWED:
    fills: {{dish: 1e-9 %}}
    new stores: {{FRESH: 100 pM}}
    degraded:
      - CUTTER degrades RENEWED, 0.0005 /h per pM
  SEEN: {{fills: {{dish: 50 %}}}}
  NET:
    fills: {{dish: 50 %}}
    holds: {{CAUGHT: [0.2 /h, 0.1 /h]}}
vesicles:
  CAUGHT: {{diameter: 100 nm, half-life: 1e7 days}}
cells:
  resorber:
{CELL}
    resorbs: {{EATEN: 1.25e5 um^3/h}}
    rules:
      - A raises resorption of EATEN to 3x, half-max 0.5, hill 2
  builder:
{CELL}
    deposits: {{LAID: 1.25e5 um^3/h, RENEWED: 2.5e5 um^3/h}}
    rules:
      - A raises deposition of LAID to 3x, half-max 0.5, hill 2
  feeler:
{CELL}
    secretes: {{TOLD: 50 molecules/s}}
    rules:
      - SEEN raises TOLD secretion to 3x, half-max 50 %, hill 2
start:
  - {CELLS} resorber in dish
  - {CELLS} builder in dish
  - {CELLS} feeler in dish
protocol:
  - at 0 h add 1e7 particles of CAUGHT to dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""

TURNED = CELLS * 2.5e5 * HOURS  # um^3 that a kind takes away or lays down
CUT_RATE = 0.05  # 1/h


def cut(factor: float = 1.0) -> float:
    """Left of half a pool, um^3."""
    return 0.5 * VOLUME * math.exp(-CUT_RATE * factor * HOURS)


def freed(factor: float = 1.0, content: float = 100.0) -> float:
    """Set free from what is cut of half a pool, pM."""
    return content * 0.5 * (1 - math.exp(-CUT_RATE * factor * HOURS))


def fresh(factor: float = 1.0, content: float = 100.0, laid: float = 1.0) -> float:
    """Set free from matrix that is laid down with what it stores, and cut."""
    rate, speed = CUT_RATE * factor, laid * CELLS * 2.5e5 / VOLUME
    return content * (speed * HOURS - speed / rate * (1 - math.exp(-rate * HOURS)))


def caught(on: float = 0.2, off: float = 0.1, full: float = 0.5, until: float = HOURS) -> float:
    """Free at the end, EV/mL, of particles that matrix binds and lets go."""
    both = on * full + off
    return N / ML * (off + on * full * math.exp(-both * until)) / both


def told(density: float) -> float:
    s = (density / 0.5) ** 2
    return picomolar(CELLS * 50 * 3600 * HOURS * (1 + 3 * s) / (1 + s), LITRES)


MATRIX = Bench(
    TEXT,
    (
        Law(
            "resorption", ("Behaviours.resorption",), "EATEN left in dish in um^3", 0.8 * VOLUME - TURNED,
            {
                "without resorber": 0.8 * VOLUME,
                "set cells.resorber.resorbs.EATEN to 0 um^3/h": 0.8 * VOLUME,
                "set cells.resorber.resorbs.EATEN to 2.5e5 um^3/h": 0.8 * VOLUME - 2 * TURNED,
                "clamp A in resorber at 0": 0.8 * VOLUME - TURNED / 2,
                "at 6 h remove 100 % of resorber from dish": 0.8 * VOLUME - TURNED / 2,
                "at 6 h wound dish": 0,
            },
            verbs=("resorption",), within=1e-3,
        ),
        Law(
            "deposition", ("Behaviours.deposition",), "LAID left in dish in um^3", 0.1 * VOLUME + TURNED,
            {
                "without builder": 0.1 * VOLUME,
                "set cells.builder.deposits.LAID to 0 um^3/h": 0.1 * VOLUME,
                "set cells.builder.deposits.LAID to 2.5e5 um^3/h": 0.1 * VOLUME + 2 * TURNED,
                "set cells.builder.deposits.LAID to 2.5e6 um^3/h": VOLUME,
                "clamp A in builder at 0": 0.1 * VOLUME + TURNED / 2,
                "at 6 h wound dish": 0,
                f"at 6 h wound dish; at 6 h add {CELLS} builder in dish": TURNED / 2,
            },
            verbs=("deposition",), within=1e-3,
        ),
        Law(
            "an enzyme of matrix", ("Matrix.p_enzyme_rate",), "CUT left in dish in um^3", cut(),
            {
                "deplete CUTTER by 100 %": 0.5 * VOLUME,
                "deplete CUTTER by 50 %": cut(0.5),
                "at 0 h add 100 pM CUTTER to dish": cut(2),
                "set matrix.CUT.degraded.0.rate to 0.001 /h per pM": cut(2),
                "at 0 h wound dish": 0,
            },
            within=1e-3,
        ),
        Law(
            "what matrix stores", ("Matrix.p_content",), "concentration of FREED in dish in pM", freed(),
            {
                "deplete CUTTER by 100 %": 0,
                "deplete CUTTER by 50 %": freed(0.5),
                "set matrix.CUT.stores.FREED to 200 pM": freed(content=200),
                "at 6 h wound dish": freed(0.5),
                "at 0 h wound dish": 0,
            },
            within=1e-3,
        ),
        Law(
            "what new matrix stores", ("Matrix.p_new_content",), "concentration of FRESH in dish in pM", fresh(),
            {
                "deplete CUTTER by 100 %": 0,
                "deplete CUTTER by 50 %": fresh(0.5),
                "set matrix.RENEWED.new stores.FRESH to 200 pM": fresh(content=200),
                "set cells.builder.deposits.RENEWED to 1.25e5 um^3/h": fresh(laid=0.5),
                "without builder": 0,
            },
            within=0.02,
        ),
        Law(
            "matrix that is felt", ("Signal.MATRIX", "Event.REMOVE_MATRIX"), "concentration of TOLD in dish in pM",
            told(0.5),
            {
                f"at 0 h wound dish; at 0 h add {CELLS} feeler in dish": told(0),
                f"at 6 h wound dish; at 6 h add {CELLS} feeler in dish": 0.5 * (told(0.5) + told(0)),
                "set cells.feeler.rules.0.half-max to 100 %": told(0.25),
                "set cells.feeler.rules.0.half-max to 25 %": told(1),
                "knock out TOLD in feeler": 0,
            },
            within=1e-3,
        ),
        Law(
            "vesicles held by matrix", ("Vesicles.p_bind", "Vesicles.p_unbind"), "density of CAUGHT in dish in EV/mL",
            caught(),
            {
                "deplete CAUGHT by 100 %": 0,
                "set matrix.NET.holds.CAUGHT.on to 0.4 /h": caught(on=0.4),
                "set matrix.NET.holds.CAUGHT.off to 0.2 /h": caught(off=0.2),
                "at 0 h wound dish": N / ML,
                "at 6 h wound dish": caught(until=6),
            },
            within=1e-3,
        ),
    ),
)  # fmt: skip
