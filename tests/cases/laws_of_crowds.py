"""Laws of traits, phases and dead cells in a pool, and of neighbours in dishes: 12 h, 4 repeats."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law, course, picomolar

HOURS, CELLS, CORPSES = 12.0, 250, 500
ACTORS, VICTIMS, MEALS, HEAP = 50, 400, 600, 1500  # each of the first three fills a tenth of the dish
LITRES = 1e-3
RATE = 50 * 3600  # molecules/h
STAYS = "{diffuses: 100 um^2/s, half-life: 1e7 days}"
ALONE = "    diameter: 12 um\n    clears EV: 0 pL/h\n    dead stay: 1 min"
RULE = "    inside:\n      - A starts at 0.5\n    rules:\n      - A raises {} to 3x, half-max 0.5, hill 2"
TENTH = 0.002  # cm^2
LIVES_TEXT = f"""\
vesicula: 1
model: laws of traits
sites:
  dish: {{kind: pool, volume: 1 mL}}
substances:
  LUCK: {STAYS}
  BOLD: {STAYS}
  KIN: {STAYS}
cells:
  lucky:
{ALONE}
    secretes: {{LUCK: 50 molecules/s}}
    traits:
      luck: {{median: 2, spread: 1.5, multiplies: [LUCK secretion]}}
  bold:
{ALONE}
    secretes: {{BOLD: 50 molecules/s}}
    traits:
      boldness: {{median: 1}}
    rules:
      - boldness raises BOLD secretion to 3x, half-max 1, hill 2
  drifting:
{ALONE}
    divides: every 24 h, in 1 steps
    secretes: {{KIN: 50 molecules/s}}
    traits:
      kin: {{median: 1, drift: 1.5, multiplies: [KIN secretion]}}
  phased:
{ALONE}
    cycle: {{G1: 12 h in 1 steps, S: 6 h in 1 steps}}
{RULE.format("division")}
  corpse:
    diameter: 12 um
    clears EV: 0 pL/h
    apoptosis: 0.1 /h
    dead stay: 8 h
start:
  - {CELLS} lucky in dish
  - {CELLS} bold in dish
  - {CELLS} drifting in dish
  - {CELLS} phased in dish
  - {CORPSES} corpse in dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 30 min, seeds: 4}}
"""
CROWDS_TEXT = f"""\
vesicula: 1
model: laws of neighbours
labware:
  layer: {{kind: well, area: 0.02 cm^2, volume: 1 mL, sample: 6000 cells}}
  heap: {{kind: well, area: 0.01 cm^2, volume: 1 mL, sample: 40 cells}}
substances:
  MET: {STAYS}
  SQUEEZED: {STAYS}
cells:
  meeting:
{ALONE}
    confluence: {ACTORS / TENTH} cells/cm^2
    secretes: {{MET: 50 molecules/s}}
    rules:
      - contact with met raises MET secretion to 3x, half-max 1 neighbours, hill 1
  met:
{ALONE}
    confluence: {ACTORS / TENTH} cells/cm^2
  killer:
{ALONE}
    confluence: {ACTORS / TENTH} cells/cm^2
    kills: {{victim: 0.05 /h}}
{RULE.format("killing of victim")}
  victim:
{ALONE}
    confluence: {VICTIMS / TENTH} cells/cm^2
  eater:
{ALONE}
    confluence: {ACTORS / TENTH} cells/cm^2
    engulfs: 0.25 /h
{RULE.format("engulfing")}
  meal:
    diameter: 12 um
    clears EV: 0 pL/h
    confluence: {MEALS / TENTH} cells/cm^2
    apoptosis: 0.1 /h
    dead stay: 1e5 h
  pressed:
{ALONE}
    confluence: 1e5 cells/cm^2
    secretes: {{SQUEEZED: 50 molecules/s}}
    rules:
      - pressure raises SQUEEZED secretion to 3x, half-max 5, hill 1
start:
  - {ACTORS} meeting in layer
  - {ACTORS} met in layer
  - {ACTORS} killer in layer
  - {VICTIMS} victim in layer
  - {ACTORS} eater in layer
  - {MEALS} meal in layer
  - {HEAP} pressed in heap
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 15 min, seeds: 4}}
"""


def made(mean: float, cells: float = ACTORS) -> float:
    """Concentration, pM, of what cells secrete at a multiple of their base."""
    return picomolar(RATE * cells * mean * HOURS, LITRES)


def mean_of(spread: float) -> float:
    """Mean over median of a log-normal value with a geometric standard deviation."""
    return math.exp(0.5 * math.log(spread) ** 2)


def raised(s: float) -> float:
    """Multiple of the base of a rule that raises to 3x, at x/half-max to the power of hill."""
    return (1 + 3 * s) / (1 + s)


def over(spread: float, median: float = 1.0) -> float:
    """Mean of `raised` (hill 2) over cells with a log-normal trait: the trapezoidal rule in its score."""
    z = [-8 + 16 * k / 4000 for k in range(4001)]
    weight = [math.exp(-0.5 * one * one) for one in z]
    shown = [raised((median * spread**one) ** 2) for one in z]
    return sum(w * b for w, b in zip(weight, shown, strict=True)) / sum(weight)


def kin(cycle: float = 24.0, drift: float = 1.5) -> float:
    """What dividing cells make whose daughters each multiply their mother's trait by drift^z: their sum grows at
    (2 E[drift^z] - 1)/cycle.
    """
    rate = (2 * mean_of(drift) - 1) / cycle
    return picomolar(RATE * CELLS * math.expm1(rate * HOURS) / rate, LITRES)


def phased(first: float = 12.0, second: float = 6.0, faster: float = 2.0) -> float:
    """Cells at the end, of a cycle of two memoryless phases of so many hours, of which a rule makes the first faster.

    At the start cells are in both, as their stated durations say.
    """
    in_first, in_second = faster / first, 1 / second

    def change(y: list[float]) -> list[float]:
        return [2 * in_second * y[1] - in_first * y[0], in_first * y[0] - in_second * y[1]]

    return sum(course(change, [CELLS * first / (first + second), CELLS * second / (first + second)], HOURS))


def dying(rate: float, stay: float) -> float:
    """Share, %, of those that are there which are dead."""
    alive, gone = math.exp(-rate * HOURS), math.exp(-rate * max(HOURS - stay, 0.0))
    return 100 * (gone - alive) / gone


def uneaten(hazard: float, rate: float = 0.1) -> float:
    """The same where neighbours engulf the dead at a rate in 1/h, and none leaves by itself."""
    alive = math.exp(-rate * HOURS)
    dead = rate / (hazard - rate) * (alive - math.exp(-hazard * HOURS)) if hazard else 1 - alive
    return 100 * dead / (alive + dead)


def meeting(share: float) -> float:
    """Mean of `raised` (hill 1) over the number of the six places that one kind fills."""
    chance = [math.comb(6, k) * share**k * (1 - share) ** (6 - k) for k in range(7)]
    return sum(p * raised(k) for k, p in enumerate(chance))


def squeezed(layers: float) -> float:
    """Multiple of the base in a dish filled so many times."""
    pressure = 6 * (1 - math.sqrt(1 / max(layers, 1.0))) ** 2 / 0.0272888
    return raised(pressure / 5)


TOUCHED = 6 * 0.1  # cells of one kind that touch another, of which a tenth of the dish is theirs
PARTLY = "what is read is there without it"
TRAITS = Bench(
    LIVES_TEXT,
    (
        Law(  # 1000 cells whose trait has a CV of 42 to 64 %: four standard errors are 5 to 8 %
            "a trait and its scatter", ("CellTypes.p_trait_mean", "CellTypes.p_trait_spread"),
            "concentration of LUCK in dish in pM", made(2 * mean_of(1.5), CELLS),
            {
                "knock out LUCK in lucky": 0,
                "set cells.lucky.traits.luck.median to 1": made(mean_of(1.5), CELLS),
                "set cells.lucky.traits.luck.median to 4": made(4 * mean_of(1.5), CELLS),
                "set cells.lucky.traits.luck.spread to 1": made(2, CELLS),
                "set cells.lucky.traits.luck.spread to 1.8": made(2 * mean_of(1.8), CELLS),
            },
            within=0.08,
        ),
        Law(
            "a trait as a signal", ("Signal.TRAIT",), "concentration of BOLD in dish in pM", made(raised(1), CELLS),
            {
                "knock out BOLD in bold": 0,
                "set cells.bold.traits.boldness.median to 2": made(raised(4), CELLS),
                "set cells.bold.traits.boldness.median to 0.001": made(1, CELLS),
            },
            within=1e-3,
        ),
        Law(  # 1000 lines: four standard errors are 6 %, and daughters work from the next step on
            "drift of a trait", ("CellTypes.p_trait_drift",), "concentration of KIN in dish in pM", kin(),
            {
                "knock out KIN in drifting": 0,
                "set cells.drifting.divides to 1e9 h": made(1, CELLS),
                "set cells.drifting.traits.kin.drift to 1": kin(drift=1),
                "set cells.drifting.traits.kin.drift to 2": kin(drift=2),
            },
            within=0.07,
        ),
        Law(  # four standard errors of a number that grows from 1000 to N are 4 sqrt((1 - 1000/N)/1000), to 11 %
            "phases of a cycle", ("Effect.NEXT_PHASE", "Effect.DIVIDE"), "count of phased in dish",
            phased(),
            {
                "set cells.phased.cycle.G1 to 1e9 h": CELLS,
                "set cells.phased.cycle.S to 1e9 h": CELLS,
                "set cells.phased.cycle.G1 to 6 h": phased(6),
                "set cells.phased.cycle.S to 12 h": phased(12, 12),
                "clamp A in phased at 0": phased(faster=1),
            },
            verbs=("division",), within=0.11, silent="cells that do not divide are still there",
        ),
        Law(  # some 300 to 1400 dead: four standard errors are 5 to 19 %
            "stay of the dead", ("Lifecycle.p_clearance", "Effect.APOPTOSIS"), "apoptosis of corpse in dish",
            dying(0.1, 8),
            {
                "set cells.corpse.apoptosis to 0 /h": 0,
                "set cells.corpse.dead stay to 4 h": dying(0.1, 4),
                "set cells.corpse.dead stay to 1e5 h": dying(0.1, 1e5),
            },
            within=0.19,
        ),
    ),
)  # fmt: skip
CROWDS = Bench(
    CROWDS_TEXT,
    (
        Law(  # the mean over 48 draws of the neighbours of 200 cells
            "contact", ("Signal.CONTACT",), "concentration of MET in layer in pM", made(meeting(0.1)),
            {
                "knock out MET in meeting": 0,
                "without met": made(1),
                f"at 0 h add {ACTORS} met in layer": made(meeting(0.2)),
                "set cells.met.confluence to 5e4 cells/cm^2": made(meeting(0.05)),
            },
        ),
        Law(  # it is first felt after the first of 48 steps
            "pressure", ("Signal.PRESSURE",), "concentration of SQUEEZED in heap in pM", made(squeezed(1.5), HEAP),
            {
                "knock out SQUEEZED in pressed": 0,
                "set cells.pressed.confluence to 1.5e5 cells/cm^2": made(1, HEAP),
                f"at 0 h add {HEAP} pressed in heap": made(squeezed(3), 2 * HEAP),
            },
            within=0.02,
        ),
        Law(  # of 1600 some 800 are left: four standard errors are 10 %
            "killing", ("Behaviours.kill",), "count of victim in layer", VICTIMS * math.exp(-TOUCHED * 0.1 * HOURS),
            {
                "without killer": VICTIMS,
                "set cells.killer.kills.victim to 0 /h": VICTIMS,
                "clamp A in killer at 0": VICTIMS * math.exp(-TOUCHED * 0.05 * HOURS),
            },
            verbs=("killing",), within=0.1, silent=PARTLY,
        ),
        Law(  # some 330 of 1050 are dead: four standard errors are 18 %, and the dead leave at the end of a step
            "engulfing", ("Behaviours.engulf",), "apoptosis of meal in layer", uneaten(TOUCHED * 0.5),
            {
                "without eater": uneaten(0),
                "set cells.eater.engulfs to 0 /h": uneaten(0),
                "clamp A in eater at 0": uneaten(TOUCHED * 0.25),
                "set cells.meal.apoptosis to 0 /h": 0,
            },
            verbs=("engulfing",), within=0.25,
        ),
    ),
)  # fmt: skip
