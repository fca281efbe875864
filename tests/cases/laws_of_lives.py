"""Laws of what cells do by chance, and of what passes between two pools: 12 h, 4000 cells of each kind."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law

HOURS, CELLS = 12.0, 4000
CHANCE = 0.1  # four standard errors of what 4 repeats of 1000 simulated cells leave at the highest rate
RULE = "    inside:\n      - A starts at 0.5\n    rules:\n      - A raises {} to 3x, half-max 0.5, hill 2\n"
TEXT = f"""\
vesicula: 1
model: laws of lives
sites:
  dish: {{kind: pool, volume: 10 uL}}
  far: {{kind: pool, volume: 10 uL}}
substances:
  DRUG: {{diffuses: 100 um^2/s, half-life: 1e7 days}}
cells:
  mortal:
    diameter: 12 um
    apoptosis: 0.025 /h
    dead stay: 1 h
{RULE.format("apoptosis")}\
  weak:
    diameter: 12 um
    necrosis: 0.025 /h
    dead stay: 1 h
{RULE.format("necrosis")}\
  growing:
    diameter: 12 um
    divides: every 48 h, in 1 steps
{RULE.format("division")}\
  changing:
    diameter: 12 um
    states: [early, late]
    becomes:
      - late from early at 0.025 /h
{RULE.format("becoming late")}\
  leaving-cell:
    diameter: 12 um
{RULE.format("leaving dish")}\
body:
  - leaving-cell leaves dish for far at 0.025 /h
  - dish perfuses far, 0.25 uL/h
start:
  - {CELLS} mortal in dish
  - {CELLS} weak in dish
  - {CELLS} growing in dish
  - {CELLS} changing in dish, early
  - {CELLS} leaving-cell in dish
protocol:
  - at 0 h add 100 pM DRUG to dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 30 min, seeds: 4}}
"""


def left(times: float) -> float:
    """Cells to which nothing has happened yet at a multiple of 0.05 /h."""
    return CELLS * math.exp(-0.05 * times * HOURS)


def grown(times: float) -> float:
    """Cells that divide, memoryless, at a multiple of once in 24 h."""
    return CELLS * math.exp(times * HOURS / 24)


def mixed(times: float) -> float:
    """Left in the first of two equal pools, in pM, at a multiple of 0.25 uL/h each way."""
    return 50 * (1 + math.exp(-2 * 0.25 * times * HOURS / 10))


STAY = "what is read are those that are left: where nothing happens, all are"
LIVES = Bench(
    TEXT,
    (
        Law(
            "apoptosis", ("Behaviours.clock", "Effect.APOPTOSIS"), "count of mortal in dish", left(1),
            {
                "set cells.mortal.apoptosis to 0 /h": CELLS,
                "set cells.mortal.apoptosis to 0.05 /h": left(2),
                "clamp A in mortal at 0": left(0.5),
            },
            verbs=("apoptosis",), within=CHANCE, silent=STAY,
        ),
        Law(
            "necrosis", ("Effect.NECROSIS",), "count of weak in dish", left(1),
            {
                "set cells.weak.necrosis to 0 /h": CELLS,
                "set cells.weak.necrosis to 0.05 /h": left(2),
                "clamp A in weak at 0": left(0.5),
            },
            verbs=("necrosis",), within=CHANCE, silent=STAY,
        ),
        Law(
            "division", ("Effect.DIVIDE", "Lifecycle.p_steps"), "count of growing in dish", grown(1),
            {
                "set cells.growing.divides to 1e9 h": CELLS,
                "set cells.growing.divides to 24 h": grown(2),
                "clamp A in growing at 0": grown(0.5),
            },
            verbs=("division",), within=CHANCE, silent="cells that do not divide are still there",
        ),
        Law(
            "transition", ("Effect.TRANSITION",), "count of changing early in dish", left(1),
            {
                "set cells.changing.becomes.0.rate to 0 /h": CELLS,
                "set cells.changing.becomes.0.rate to 0.05 /h": left(2),
                "clamp A in changing at 0": left(0.5),
            },
            verbs=("becoming",), within=CHANCE, silent=STAY,
        ),
        Law(
            "passage", ("Effect.LEAVE",), "count of leaving-cell in dish", left(1),
            {
                "set body.0.rate to 0 /h": CELLS,
                "set body.0.rate to 0.05 /h": left(2),
                "clamp A in leaving-cell at 0": left(0.5),
            },
            verbs=("leaving",), within=CHANCE, silent=STAY,
        ),
        Law(
            "blood flow", ("Flows.p_flow",), "concentration of DRUG in dish in pM", mixed(1),
            {
                "set body.1.flow to 0 uL/h": 100,
                "set body.1.flow to 0.125 uL/h": mixed(0.5),
                "set body.1.flow to 0.5 uL/h": mixed(2),
            },
            silent="without flow all stays where it is",
        ),
    ),
)  # fmt: skip
