"""Laws of what is dissolved and of networks, in one well-mixed pool: 12 h in 0.1 uL, ten cells of each kind."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law, bound, course, picomolar

HOURS, LITRES, CELLS = 12.0, 1e-7, 10
STAYS = "{diffuses: 100 um^2/s, half-life: 1e7 days"
TEXT = f"""\
vesicula: 1
model: laws of substances
sites:
  dish: {{kind: pool, volume: 0.1 uL}}
substances:
  FACTOR: {STAYS}}}
  EATEN: {STAYS}, start: 100 pM}}
  FADING: {{diffuses: 100 um^2/s, half-life: 12 h, start: 100 pM}}
  RECEPTOR: {STAYS}, start: 100 pM}}
  LIGAND: {STAYS}, start: 100 pM}}
  PAIR: {STAYS}}}
  LATENT: {STAYS}, start: 100 pM}}
  ACTIVE: {STAYS}}}
  ENZYME: {STAYS}, start: 10 pM}}
  SUBSTRATE: {STAYS}, start: 100 pM}}
  PRODUCT: {STAYS}}}
  RAW: {STAYS}, start: 100 pM}}
  DONE: {STAYS}}}
  STUFF: {STAYS}, start: 100 pM}}
  MADE: {STAYS}}}
  HELD: {{diffuses: 100 um^2/s, half-life: 6 h}}
  GIVEN: {STAYS}}}
  RESTING: {STAYS}, start: 100 pM}}
  TARGET: {STAYS}, start: 100 pM}}
  SIGNAL: {STAYS}, start: 100 pM}}
reactions:
  - RECEPTOR binds LIGAND, Kd 100 pM, off 10 /h, forming PAIR
  - LATENT turns into ACTIVE, half-life 12 h
  - ENZYME makes PRODUCT from SUBSTRATE, kcat 5000 /h, Km 1 uM, in fluid
  - ECTO makes DONE from RAW, kcat 5000 /h, Km 1 uM, on worker
  - EXO makes MADE from STUFF, kcat 5000 /h, Km 1 uM, on TOOL
vesicles:
  TOOL:
    diameter: 100 nm
    half-life: 1e7 days
    carries: {{EXO: {{copies: 100 copies/EV, place: surface, type: protein}}}}
cells:
  maker:
    diameter: 12 um
    clears EV: 0 pL/h
    secretes: {{FACTOR: 50 molecules/s}}
    inside:
      - A starts at 0.5
    rules:
      - A raises FACTOR secretion to 3x, half-max 0.5, hill 2
  eater:
    diameter: 12 um
    clears EV: 0 pL/h
    takes up: {{EATEN: 250 pL/h}}
    inside:
      - A starts at 0.5
    rules:
      - A raises EATEN uptake to 3x, half-max 0.5, hill 2
  worker:
    diameter: 12 um
    clears EV: 0 pL/h
    surface: {{ECTO: 5e4 copies}}
    inside:
      - A starts at 0.5
    rules:
      - A raises ECTO on the surface to 3x, half-max 0.5, hill 2
  reader:
    diameter: 12 um
    clears EV: 0 pL/h
    secretes: {{RESTING: 0 molecules/s}}
    inside:
      - SIGNAL activates GO, half-max 100 pM, ec50 0.5, hill 1.4
      - SIGNAL inhibits STOP, half-max 100 pM, ec50 0.5, hill 1.4
      - KEY starts at 1
      - LOCK starts at 0
      - SIGNAL and KEY activates BOTH, half-max 100 pM, ec50 0.5, hill 1.4
      - SIGNAL or LOCK activates EITHER, half-max 100 pM, ec50 0.5, hill 1.4
      - KEY activates SLOW, ec50 0.5, hill 1.4
      - SLOW responds in 12 h
      - KEY activates WEAK, weight 0.5, ec50 0.5, hill 1.4
      - KEY activates CAPPED, ec50 0.5, hill 1.4
      - CAPPED reaches at most 0.5
      - KEY activates HOLDS, ec50 0.5, hill 1.4
      - HOLDS keeps itself, on above 0.4, off below 0.1
      - HOLDS responds in 20 min
start:
  - {CELLS} maker in dish
  - {CELLS} eater in dish
  - {CELLS} worker in dish
  - {CELLS} reader in dish
protocol:
  - at 0 h add 1e4 particles of TOOL to dish
  - at 0 h hold HELD at 50 pM
  - at 0 h add 100 pM GIVEN to dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""

SECRETED = picomolar(CELLS * 100 * 3600 * HOURS, LITRES)
RULES = "Behaviours.p_base", "Behaviours.p_limit", "Behaviours.p_half", "Behaviours.p_hill", "Signal.NODE"


def left(rate: float) -> float:
    """Of 100 pM at a rate of loss in 1/h."""
    return 100 * math.exp(-rate * HOURS)


def made(rate: float) -> float:
    """From 100 pM of what it is made from."""
    return 100 - left(rate)


EATEN = CELLS * 500 / 1e5  # 1/h, of 500 pL/h each in 1e5 pL
IN_FLUID = 5000 * 10 / 1e6
ON_CELLS = 5000 * picomolar(CELLS * 1e5, LITRES) / 1e6
ON_VESICLES = 5000 * picomolar(1e6, LITRES) / 1e6
LN2 = math.log(2)


def response(x: float, weight: float = 1.0, ec50: float = 0.5, hill: float = 1.4) -> float:
    """Normalised Hill."""
    at_half = ec50**hill
    top = (at_half - 1) / (2 * at_half - 1)
    return min(weight, weight * top * x**hill / (top - 1 + x**hill))


def occupied(picomoles: float) -> float:
    return picomoles / (picomoles + 100)


HALF_SIGNAL = response(occupied(50))
DOUBLE_SIGNAL = response(occupied(200))


def memory(drive: float, start: float) -> float:
    """Where a node rests that switches on above 0.4 and off below 0.1."""
    low = 0.5 * (1 - math.sqrt(1 - 4 / 12))
    x = math.log(low / (1 - low)) / 12 - low
    gain = 0.3 / (1 + 2 * x)
    threshold, y = 0.4 - gain * x, start
    for _ in range(500):
        y = 1 / (1 + math.exp(-12 * ((drive - threshold) / gain + y)))
    return y


FADING_RULE = SECRETED / 2 * (1 + math.log(2 / (1 + math.exp(-2 * HOURS))) / HOURS)
"""Made where the node of the rule is lost in 1 h: the integral of (1 + 3 s)/(1 + s) with s = e^(-2 t)."""
SLOWLY_OUT = course(lambda y: [-y[0], (response(y[0]) - y[1]) / 12], [1.0, 0.0], HOURS)[1]
"""What a node of 12 h has risen to while the one that drives it is lost in 1 h."""

SUBSTANCES = Bench(
    TEXT,
    (
        Law(
            "secretion", ("Behaviours.secretion", "Event.ADD_CELLS", "Event.REMOVE_CELLS", *RULES),
            "concentration of FACTOR in dish in pM", SECRETED,
            {
                "block secretion of FACTOR by 100 %": 0,
                "block secretion of FACTOR in maker by 50 %": SECRETED / 2,
                "block secretion of FACTOR by drug at 3 nM, IC50 1 nM, hill 1": SECRETED / 4,
                "knock out FACTOR in maker": 0,
                "knock out FACTOR, residual 50 %": SECRETED / 2,
                "overexpress FACTOR in maker x 2": SECRETED * 2,
                "without maker": 0,
                "set cells.maker.secretes.FACTOR to 0 molecules/s": 0,
                "set cells.maker.secretes.FACTOR to 100 molecules/s": SECRETED * 2,
                "clamp A in maker at 0": SECRETED / 2,
                "knock out A in maker": FADING_RULE,
                "block A in maker by 100 %": FADING_RULE,
                "set cells.maker.rules.0.limit to 7x": SECRETED * 2,
                "at 6 h remove 100 % of maker from dish": SECRETED / 2,
                "at 0 h add 10 maker in dish": SECRETED * 2,
            },
            verbs=("secretion",),
        ),
        Law(
            "uptake", ("Behaviours.uptake",), "concentration of EATEN in dish in pM", left(EATEN),
            {
                "set cells.eater.takes up.EATEN to 0 pL/h": 100,
                "without eater": 100,
                "set cells.eater.takes up.EATEN to 125 pL/h": left(EATEN / 2),
                "clamp A in eater at 0": left(EATEN / 2),
                "set cells.eater.takes up.EATEN to 500 pL/h": left(EATEN * 2),
            },
            verbs=("uptake",),
            silent="what is read is what is left: without uptake all stays",
        ),
        Law(
            "decay", ("Substances.p_decay", "Substances.p_initial"), "concentration of FADING in dish in pM", 50,
            {
                "set substances.FADING.half-life to 1e9 h": 100,
                "set substances.FADING.half-life to 24 h": 100 / math.sqrt(2),
                "set substances.FADING.half-life to 6 h": 25,
                "set substances.FADING.start to 200 pM": 100,
                "deplete FADING by 100 %": 0,
            },
        ),
        Law(
            "binding of molecules", ("Reaction.BIND", "Reactions.p_forward", "Reactions.p_backward"),
            "concentration of PAIR in dish in pM", bound(100, 100, 100),
            {
                "deplete LIGAND by 100 %": 0,
                "deplete LIGAND by 50 %": bound(100, 50, 100),
                "set substances.LIGAND.start to 200 pM": bound(100, 200, 100),
                "set reactions.0.Kd to 50 pM": bound(100, 100, 50),
                "set reactions.0.Kd to 1 M": 0,
            },
        ),
        Law(
            "conversion", ("Reaction.CONVERT",), "concentration of ACTIVE in dish in pM", 50,
            {
                "set reactions.1.half-life to 1e9 h": 0,
                "deplete LATENT by 100 %": 0,
                "set reactions.1.half-life to 24 h": made(LN2 / 24),
                "set reactions.1.half-life to 6 h": 75,
            },
        ),
        Law(
            "enzyme in fluid", ("Reaction.ENZYME_FLUID",), "concentration of PRODUCT in dish in pM", made(IN_FLUID),
            {
                "deplete ENZYME by 100 %": 0,
                "deplete ENZYME by 50 %": made(IN_FLUID / 2),
                "at 0 h add 10 pM ENZYME to dish": made(IN_FLUID * 2),
                "set reactions.2.kcat to 0 /h": 0,
                "set reactions.2.Km to 0.5 uM": made(IN_FLUID * 2),
            },
        ),
        Law(
            "enzyme on cells", ("Reaction.ENZYME_CELL", "Behaviours.enzyme"), "concentration of DONE in dish in pM",
            made(ON_CELLS),
            {
                "knock out ECTO in worker": 0,
                "block ECTO in worker by 100 %": 0,
                "block ECTO in worker by 50 %": made(ON_CELLS / 2),
                "knock out ECTO in worker, residual 50 %": made(ON_CELLS / 2),
                "clamp A in worker at 0": made(ON_CELLS / 2),
                "overexpress ECTO in worker x 2": made(ON_CELLS * 2),
                "set cells.worker.surface.ECTO to 0 copies": 0,
                "set reactions.3.kcat to 1e4 /h": made(ON_CELLS * 2),
            },
            verbs=("surface enzyme",),
        ),
        Law(
            "enzyme on vesicles", ("Reaction.ENZYME_VESICLE", "Event.DOSE_VESICLES"),
            "concentration of MADE in dish in pM", made(ON_VESICLES),
            {
                "remove EXO from TOOL": 0,
                "deplete TOOL by 100 %": 0,
                "deplete TOOL by 50 %": made(ON_VESICLES / 2),
                "load EXO in TOOL x 2": made(ON_VESICLES * 2),
                "dose TOOL x 0.5": made(ON_VESICLES / 2),
                "at 0 h add 1e4 particles of TOOL to dish": made(ON_VESICLES * 2),
                "set vesicles.TOOL.carries.EXO to 50 copies/EV": made(ON_VESICLES / 2),
            },
        ),
        Law(
            "held level", ("Event.HOLD_SUBSTANCE", "Event.RELEASE_HOLD"), "concentration of HELD in dish in pM", 50,
            {
                "at 0 h hold HELD at 0 pM": 0,
                "at 0 h hold HELD at 25 pM": 25,
                "at 0 h hold HELD at 100 pM": 100,
                "at 6 h release HELD": 25,
            },
        ),
        Law(
            "dose", ("Event.DOSE_SUBSTANCE",), "concentration of GIVEN in dish in pM", 100,
            {
                "dose GIVEN x 0": 0,
                "dose GIVEN x 0.5": 50,
                "dose GIVEN x 2": 200,
                "deplete GIVEN by 100 %": 0,
                "at 0 h add 100 pM GIVEN to dish": 200,
            },
        ),
        Law(
            "exchange of medium", ("Event.WASH",), "concentration of RESTING in dish in pM", 100,
            {
                "at 6 h wash 100 %": 0,
                "at 6 h wash 50 %": 50,
                "at 2 h, every 4 h, wash 50 %": 12.5,
                "at 6 h add 100 pM RESTING to dish": 200,
            },
        ),
        Law(
            "antibody", ("Reaction.BIND",), "concentration of TARGET in dish in pM", 100,
            {
                "at 0 h add antibody against TARGET, 1 uM, Kd 0.1 pM, off 10 /h, half-life 1e7 days": 0,
                "at 0 h add antibody against TARGET, 100 pM, Kd 100 pM, off 10 /h, half-life 1e7 days":
                    100 - bound(100, 100, 100),
            },
        ),
        Law(
            "activation", ("Gate.ACTIVATE", "Signal.SUBSTANCE", "Networks.p_half", "Networks.p_ec50",
                           "Networks.p_hill", "Networks.p_clamp"),
            "GO in reader", 0.5,
            {
                "block SIGNAL in reader by 100 %": 0,
                "block SIGNAL in reader by 50 %": HALF_SIGNAL,
                "block SIGNAL in reader by drug at 1 nM, IC50 1 nM, hill 1": HALF_SIGNAL,
                "deplete SIGNAL by 50 %": HALF_SIGNAL,
                "set substances.SIGNAL.start to 200 pM": DOUBLE_SIGNAL,
                "set cells.reader.inside.0.half-max to 200 pM": HALF_SIGNAL,
                "knock out GO in reader": 0,
                "block GO in reader by 50 %": 0.25,
                "clamp GO in reader at 0": 0,
                "clamp GO in reader at 1": 1,
            },
        ),
        Law(
            "inhibition", ("Gate.INHIBIT",), "STOP in reader", 0.5,
            {
                "block SIGNAL in reader by 100 %": 1,
                "deplete SIGNAL by 50 %": 1 - HALF_SIGNAL,
                "set substances.SIGNAL.start to 200 pM": 1 - DOUBLE_SIGNAL,
                "knock out STOP in reader": 0,
            },
        ),
        Law(
            "both of two", ("Gate.AND",), "BOTH in reader", 0.5,
            {
                "clamp KEY in reader at 0": 0,
                "block SIGNAL in reader by 100 %": 0,
                "clamp KEY in reader at 0.5": 0.25,
                "set cells.reader.inside.4.weight to 0.5": 0.25,
                "set cells.reader.inside.4.weight to 0": 0,
                "set cells.reader.inside.4.ec50 to 0.25": response(0.5, ec50=0.25),
                "clamp KEY in reader at 0.25; set cells.reader.inside.4.hill to 3": 0.5 * response(0.25, hill=3),
            },
        ),
        Law(
            "one of two", ("Gate.OR",), "EITHER in reader", 0.5,
            {
                "block SIGNAL in reader by 100 %": 0,
                "clamp LOCK in reader at 0.5": 0.75,
                "clamp LOCK in reader at 1": 1,
            },
        ),
        Law(
            "time constant", ("Networks.p_time",), "SLOW in reader", 1 - math.exp(-1),
            {
                "set cells.reader.inside.SLOW.responds in to 6 h": 1 - math.exp(-2),
                "set cells.reader.inside.SLOW.responds in to 24 h": 1 - math.exp(-0.5),
                "set cells.reader.inside.SLOW.responds in to 1e6 h": 12e-6,
                "knock out KEY in reader": SLOWLY_OUT,
            },
            within=2e-3,
            silent="without its input the node follows the input's own time constant",
        ),
        Law(
            "weight", ("Networks.p_weight",), "WEAK in reader", 0.5,
            {
                "set cells.reader.inside.8.weight to 0.25": 0.25,
                "set cells.reader.inside.8.weight to 1": 1,
                "clamp KEY in reader at 0": 0,
            },
        ),
        Law(
            "maximum and level without inputs", ("Networks.p_maximum", "Networks.p_initial"), "CAPPED in reader", 0.5,
            {
                "set cells.reader.inside.CAPPED.reaches at most to 0": 0,
                "set cells.reader.inside.CAPPED.reaches at most to 0.25": 0.25,
                "set cells.reader.inside.CAPPED.reaches at most to 1": 1,
                "set cells.reader.inside.KEY.starts at to 0": 0,
                "set cells.reader.inside.KEY.starts at to 0.5": 0.25,
            },
        ),
        Law(
            "memory", ("Networks.p_memory_threshold", "Networks.p_memory_gain"), "HOLDS in reader", memory(1, 1),
            {
                "clamp KEY in reader at 0": memory(0, 0),
                "clamp KEY in reader at 0.3": memory(response(0.3), 0),
                "at 6 h clamp KEY in reader at 0.3": memory(response(0.3), 1),
                "at 6 h clamp KEY in reader at 0": memory(0, 0),
                "knock out HOLDS in reader": 0,
                "clamp HOLDS in reader at 0.5": 0.5,
            },
        ),
    ),
)  # fmt: skip
