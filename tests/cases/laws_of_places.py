"""Laws of gradients, walks and climbs (6 h) and pairs of cells in tissues, where things have places: 12 h."""

from __future__ import annotations

import math

from scipy.special import i0e, i1e, ndtr
from tests.cases.law import Bench, Law

HOURS, MINUTES = 12.0, 720.0
LONG, WIDE = 1200.0, 20.0  # um of the strip, and its depth
STAYS = "half-life: 1e7 days"
STRIP = """\
  strip:
    kind: tissue
    size: [1200 um, {height} um]
    depth: 20 um
    voxel: {voxel} um
    regions: {regions}
"""
GRADIENTS_TEXT = f"""\
vesicula: 1
model: laws of gradients
sites:
{STRIP.format(height=20, voxel=20, regions="{left: left of 600 um, right: rest}")}\
substances:
  SPREAD: {{diffuses: 2 um^2/s, {STAYS}}}
  SLOWED: {{diffuses: 8 um^2/s, {STAYS}}}
  LEAKING: {{diffuses: 2 um^2/s, {STAYS}, start: 100 pM, walls: {{left: open}}}}
  FED: {{diffuses: 2 um^2/s, {STAYS}, walls: {{left: held at 50 pM}}}}
matrix:
  GEL:
    fills: {{left: 100 %, right: 100 %}}
    passage: {{SLOWED: 25 %, SLOWED-EV: 25 %}}
vesicles:
  SPREAD-EV: {{diameter: 100 nm, diffuses: 2 um^2/s, {STAYS}}}
  SLOWED-EV: {{diameter: 100 nm, diffuses: 8 um^2/s, {STAYS}}}
protocol:
  - at 0 h add 100 pM SPREAD to left
  - at 0 h add 100 pM SLOWED to left
  - at 0 h add 1e9 particles of SPREAD-EV to left
  - at 0 h add 1e9 particles of SLOWED-EV to left
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""


def decayed(diffusion: float, k: float) -> float:
    """What is left of the wave of number k, half-waves to the strip, at so many um^2/s."""
    return math.exp(-((k * math.pi / LONG) ** 2) * diffusion * HOURS * 3600)


def crossed(diffusion: float, level: float = 100.0) -> float:
    """Mean in the right half of what was even in the left, between closed walls: the series of its waves."""
    waves = sum(decayed(diffusion, k) / k**2 for k in range(1, 200, 2))
    return 0.5 * level * (1 - 8 / math.pi**2 * waves)


def kept(diffusion: float) -> float:
    """Share, in the left half, of what was even, where the left wall lets all go and the right one is closed."""
    halves = [k + 0.5 for k in range(200)]
    return sum(4 * (1 - math.cos(k * math.pi / 2)) / (k * math.pi) ** 2 * decayed(diffusion, k) for k in halves)


EV = 1e9 / (LONG * WIDE * WIDE / 2) * 1e12  # EV/mL in the left half
GRADIENTS = Bench(
    GRADIENTS_TEXT,
    (
        Law(  # a step of a field may err by 5e-3 of its largest value
            "diffusion between closed walls", ("Substances.p_diffusion", "Wall.CLOSED"),
            "concentration of SPREAD in right in pM", crossed(2),
            {
                "deplete SPREAD by 100 %": 0,
                "set substances.SPREAD.diffuses to 1 um^2/s": crossed(1),
                "set substances.SPREAD.diffuses to 4 um^2/s": crossed(4),
                "set substances.SPREAD.diffuses to 1e4 um^2/s": 50,
            },
            within=0.02,
        ),
        Law(
            "diffusion in matrix", ("Substances.p_passage",), "concentration of SLOWED in right in pM", crossed(2),
            {
                "deplete SLOWED by 100 %": 0,
                "set matrix.GEL.passage.SLOWED to 50 %": crossed(4),
                "set matrix.GEL.passage.SLOWED to 100 %": crossed(8),
                "at 0 h wound strip": crossed(8),
            },
        ),
        Law(
            "an open wall", ("Wall.OPEN",), "concentration of LEAKING in left in pM", 100 * kept(2),
            {
                "deplete LEAKING by 100 %": 0,
                "set substances.LEAKING.diffuses to 1 um^2/s": 100 * kept(1),
                "set substances.LEAKING.diffuses to 4 um^2/s": 100 * kept(4),
                "set substances.LEAKING.start to 200 pM": 200 * kept(2),
            },
        ),
        Law(
            "a wall that is held", ("Wall.HELD", "Substances.p_wall"), "concentration of FED in left in pM",
            50 * (1 - kept(2)),
            {
                "set substances.FED.walls.left to 0 pM": 0,
                "set substances.FED.walls.left to 100 pM": 100 * (1 - kept(2)),
                "set substances.FED.diffuses to 4 um^2/s": 50 * (1 - kept(4)),
            },
        ),
        Law(
            "diffusion of vesicles", ("Vesicles.p_diffusion",), "density of SPREAD-EV in right in EV/mL",
            crossed(2, EV),
            {
                "deplete SPREAD-EV by 100 %": 0,
                "set vesicles.SPREAD-EV.diffuses to 1 um^2/s": crossed(1, EV),
                "set vesicles.SPREAD-EV.diffuses to 4 um^2/s": crossed(4, EV),
            },
        ),
        Law(
            "diffusion of vesicles in matrix", ("Vesicles.p_passage",), "density of SLOWED-EV in right in EV/mL",
            crossed(2, EV),
            {
                "deplete SLOWED-EV by 100 %": 0,
                "set matrix.GEL.passage.SLOWED-EV to 50 %": crossed(4, EV),
                "at 0 h wound strip": crossed(8, EV),
            },
        ),
    ),
)  # fmt: skip


WALKED = 360.0  # min
LOW, HIGH = 560.0, 640.0  # um, borders of the middle where walkers start
WALK = "    diameter: 12 um\n    adhesion: 0 um/min\n    repulsion: 0 um/min"
WALKERS = 200
WALKS_TEXT = f"""\
vesicula: 1
model: laws of walks
sites:
{STRIP.format(height=400, voxel=40, regions="{low: left of 560 um, middle: left of 640 um, high: rest}")}\
substances:
  GUIDE: {{diffuses: 1e4 um^2/s, {STAYS}, walls: {{left: held at 0 nM, right: held at 100 nM}}}}
cells:
  walker:
{WALK}
    moves: {{speed: 0.25 um/min, persistence: 5 min}}
    inside:
      - A starts at 0.5
      - B starts at 0.5
    rules:
      - A raises migration speed to 3x, half-max 0.5, hill 2
      - B raises persistence to 3x, half-max 0.5, hill 2
  homer:
{WALK}
    moves:
      speed: 0.5 um/min
      persistence: 10 min
      bias: 20 %
      toward: {{GUIDE: {{weight: 0.5, Kd: 200 nM, receptors: 1e4, off: 1 /min}}}}
    inside:
      - A starts at 0.5
      - B starts at 0.5
    rules:
      - A raises bias to 3x, half-max 0.5, hill 2
      - B raises attraction to GUIDE to 3x, half-max 0.5, hill 2
start:
  - {WALKERS} walker in middle
  - {WALKERS} homer in middle
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 6 h, record: every 6 h, step: 30 min, seeds: 4}}
"""


def heading(bias: float) -> tuple[float, float]:
    """Mean and variance of the part along e of (1 - b) u + b e, made a unit vector, over all u of a plane."""
    cosines = [math.cos(2 * math.pi * (k + 0.5) / 720) for k in range(720)]
    along = [
        ((1 - bias) * c + bias) / math.sqrt((1 - bias) ** 2 + bias**2 + 2 * bias * (1 - bias) * c) for c in cosines
    ]
    mean = sum(along) / 720
    return mean, sum(a * a for a in along) / 720 - mean**2


def told(x: float, gain: float, kd: float, receptors: float, off: float, persistence: float) -> float:
    """Share of the way along the gradient that receptors tell at x (um) of a strip held at 0 and 100 nM at its ends."""
    per_nm = 0.602214076  # molecules/um^3
    c, slope, k = 100 * per_nm * x / LONG, 100 * per_nm / LONG, kd * per_nm
    more = receptors * 6.0 * slope * k / (c + k) ** 2
    noise = receptors * c * k / (c + k) ** 2 / max(persistence * off, 1.0)
    z = (gain * more) ** 2 / noise / 2 / 4
    return math.sqrt(math.pi * z / 2) * (i0e(z) + i1e(z))


def scatter(speed: float, persistence: float, variance: float) -> float:
    """Standard deviation of the way along the strip, um, of walkers whose direction has a variance along it."""
    turns = WALKED - persistence * (1 - math.exp(-WALKED / persistence))
    return math.sqrt(2 * speed**2 * variance * persistence * turns)


def starts(many: int) -> list[float]:
    return [LOW + (HIGH - LOW) * (k + 0.5) / many for k in range(many)]


def stayed(speed: float = 0.5, persistence: float = 10.0) -> float:
    """Walkers in the middle at the end: of many turns the displacement is normal."""
    sd = scatter(speed, persistence, 0.5)
    return WALKERS * sum(ndtr((HIGH - x) / sd) - ndtr((LOW - x) / sd) for x in starts(1000)) / 1000


def arrived(bias: float = 0.4, gain: float = 1.0, kd: float = 200.0, receptors: float = 1e4, off: float = 1.0) -> float:
    """Homers above the middle: each goes by the mean of its heading, which changes on the way."""
    speed, persistence, above = 0.5, 10.0, 0.0
    for start in starts(20):
        x, variances = start, 0.0
        for _ in range(20):
            mean, variance = heading(bias * told(x, gain, kd, receptors, off, persistence))
            x += speed * mean * WALKED / 20
            variances += variance / 20
        above += ndtr((x - HIGH) / scatter(speed, persistence, variances)) / 20
    return WALKERS * above


WALKS = Bench(
    WALKS_TEXT,
    (
        Law(  # of 800 some 370 to 700 stay: four standard errors are 5 to 15 %
            "walk", ("Behaviours.speed", "Behaviours.persistence"), "count of walker in middle", stayed(),
            {
                "set cells.walker.moves.speed to 0 um/min": WALKERS,
                "set cells.walker.moves.speed to 0.5 um/min": stayed(1.0),
                "clamp A in walker at 0": stayed(0.25),
                "set cells.walker.moves.persistence to 10 min": stayed(persistence=20),
                "clamp B in walker at 0": stayed(persistence=5),
            },
            verbs=("speed", "persistence"), within=0.15, silent="what is read are those that stay",
        ),
        Law(  # of 800 some 170 to 600 arrive: four standard errors are 8 to 27 %
            "walk along a gradient", ("Behaviours.bias", "Behaviours.attraction", "Sensing.p_half", "Sensing.p_off",
                                      "Sensing.p_unblocked"),
            "count of homer in high", arrived(),
            {
                "set cells.homer.moves.speed to 0 um/min": 0,
                "set cells.homer.moves.bias to 40 %": arrived(0.8),
                "clamp A in homer at 0": arrived(0.2),
                "clamp B in homer at 0": arrived(gain=0.5),
                "set cells.homer.moves.toward.GUIDE to 2": arrived(gain=4),
                "set cells.homer.moves.toward.GUIDE.Kd to 1 uM": arrived(kd=1000),
                "set cells.homer.moves.toward.GUIDE.receptors to 1e5": arrived(receptors=1e5),
                "set cells.homer.moves.toward.GUIDE.off to 10 /min": arrived(off=10),
                "block GUIDE in homer by 75 %": arrived(gain=0.5),
            },
            verbs=("bias", "attraction"), within=0.27,
        ),
    ),
)  # fmt: skip


STEP = 80.0  # um of one step of the ramp of gel, whose density rises by 5 % of full from step to step
RAMP = {f"step{k}": f"left of {STEP * k:g} um" if k < 15 else "rest" for k in range(1, 16)}
RAMP_REGIONS = f"{{{', '.join(f'{name}: {shape}' for name, shape in RAMP.items())}}}"
CLIMBS_TEXT = f"""\
vesicula: 1
model: laws of climbs
sites:
{STRIP.format(height=400, voxel=80, regions=RAMP_REGIONS)}\
matrix:
  GEL: {{fills: {{{", ".join(f"{name}: {5 * k} %" for k, name in enumerate(RAMP, 1))}}}}}
cells:
  climber:
{WALK}
    moves: {{speed: 0.5 um/min, persistence: 10 min, bias: 80 %, climbs: {{GEL: 50}}}}
    inside:
      - A starts at 0.5
    rules:
      - A raises haptotaxis along GEL to 3x, half-max 0.5, hill 2
start:
  - {WALKERS} climber in step8
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 6 h, record: every 6 h, step: 30 min, seeds: 4}}
"""


def climbed(bias: float = 0.8, weight: float = 100.0) -> float:
    """Climbers in the step above the one where they start: on an even ramp all drift alike."""
    pull = weight * 12.0 * 0.05 / STEP
    mean, variance = heading(bias * pull / (1 + pull))
    drift, sd = 0.5 * mean * WALKED, scatter(0.5, 10.0, variance)
    low = [STEP * (1 - (k + 0.5) / 1000) - drift for k in range(1000)]  # from a start to the step above
    return WALKERS * sum(ndtr((x + STEP) / sd) - ndtr(x / sd) for x in low) / 1000


CLIMBS = Bench(
    CLIMBS_TEXT,
    (
        Law(  # of 800 some 230 to 600 arrive: four standard errors are 8 to 22 %
            "climb along a matrix", ("Behaviours.haptotaxis",), "count of climber in step9", climbed(),
            {
                "set cells.climber.moves.speed to 0 um/min": 0,
                "set cells.climber.moves.climbs.GEL to 25": climbed(weight=50),
                "set cells.climber.moves.climbs.GEL to 75": climbed(weight=150),
                "set cells.climber.moves.bias to 40 %": climbed(0.4),
                "clamp A in climber at 0": climbed(weight=50),
            },
            verbs=("haptotaxis",), within=0.22,
        ),
    ),
)  # fmt: skip


PAIR = "    diameter: 24 um\n    clears EV: 0 pL/h"
FELT = """\
    inside:
      - A starts at 0.5
      - pressure activates P, half-max 0.2, ec50 0.5, hill 1.4
      - P responds in 1 min
"""
RULE = "    rules:\n      - A raises {} to 3x, half-max 0.5, hill 2\n"
PAIRS_TEXT = f"""\
vesicula: 1
model: laws of pairs
sites:
  bench:
    kind: tissue
    size: [50 um, 500 um]
    depth: 25 um
    voxel: 25 um
    regions: {{first: below 60 um, second: below 160 um, third: below 260 um, fourth: below 360 um}}
cells:
  pusher:
{PAIR}
    adhesion: 0 um/min
    repulsion: 0.5 um/min
{FELT}{RULE.format("repulsion")}\
  sticker:
{PAIR}
    adhesion: 0.8 um/min
    repulsion: 40 um/min
    reach: 1.25
{FELT}{RULE.format("adhesion")}\
  host:
{PAIR}
    adhesion: 1.6 um/min
    repulsion: 40 um/min
    reach: 1.25
    affinity: {{guest: 0.5}}
{FELT}\
  guest:
{PAIR}
    adhesion: 1.6 um/min
    repulsion: 40 um/min
    reach: 1.25
    affinity: {{host: 0.5}}
{FELT}\
  shy:
{PAIR}
    adhesion: 0 um/min
    repulsion: 0 um/min
    moves: {{speed: 0.002 um/min, persistence: 1 min, turns away: 50 %}}
{FELT}{RULE.format("turning away")}\
start:
  - pusher along first, every 20 um
  - sticker along second, every 20 um
  - host along third, every 40 um
  - guest along third, every 80 um
  - shy along fourth, every 20 um
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 30 min, seeds: 1}}
"""


def response(x: float) -> float:
    """Normalised Hill with EC50 0.5 and n 1.4."""
    at_half = 0.5**1.4
    top = (at_half - 1) / (2 * at_half - 1)
    return top * x**1.4 / (top - 1 + x**1.4)


def felt(overlap: float) -> float:
    """Activity of a node that pressure activates, of two cells of which each feels the overlap 1 - d/R of the other."""
    pressure = max(overlap, 0.0) ** 2 / 0.0272888
    return response(pressure / (pressure + 0.2))


def pushed(repulsion: float = 1.0, diameter: float = 24.0) -> float:
    """Overlap x of two that part from 20 um: x' = -2 rho x^2/R, felt at 2 h as it was a step of 30 min before."""
    start = 1 - 20 / diameter
    return felt(1 / (1 / start + 2 * repulsion * 90 / diameter) if start > 0 else 0.0)


def balanced(adhesion: float = 1.6, repulsion: float = 40.0, reach: float = 1.25) -> float:
    """Where sqrt(rho)(1 - d/R) = sqrt(alpha)(1 - d/S)."""
    a, r = math.sqrt(adhesion), math.sqrt(repulsion)
    distance = (r - a) / (r / 24 - a / (24 * reach))
    return felt(1 - distance / 24)


def parted(bias: float = 0.5, speed: float = 0.002) -> float:
    """Two that touch one neighbour each, whose direction follows half as much of the free side as that of three."""
    distance = 20 + 2 * speed * heading(bias)[0] * MINUTES
    return felt(1 - distance / 24)


PAIRS = Bench(
    PAIRS_TEXT,
    (
        Law(
            "repulsion", ("Behaviours.repulsion", "CellTypes.p_volume"), "P in pusher at 2 h", pushed(),
            {
                "set cells.pusher.repulsion to 0 um/min": pushed(0),
                "set cells.pusher.repulsion to 1 um/min": pushed(2),
                "clamp A in pusher at 0": pushed(0.5),
                "set cells.pusher.diameter to 28 um": pushed(diameter=28),
                "set cells.pusher.diameter to 20 um": 0,
            },
            verbs=("repulsion",), within=0.03,
        ),
        Law(
            "adhesion", ("Behaviours.adhesion", "CellTypes.p_reach"), "P in sticker", balanced(),
            {
                "set cells.sticker.adhesion to 0 um/min": 0,
                "set cells.sticker.adhesion to 1.6 um/min": balanced(3.2),
                "clamp A in sticker at 0": balanced(0.8),
                "set cells.sticker.reach to 1.5": balanced(reach=1.5),
                "set cells.sticker.repulsion to 80 um/min": balanced(repulsion=80),
            },
            verbs=("adhesion",), within=0.02,
        ),
        Law(
            "affinity", ("CellTypes.p_affinity",), "P in host", balanced(0.8),
            {
                "set cells.host.affinity.guest to 0": 0,
                "set cells.host.affinity.guest to 2": balanced(1.6),
                "set cells.host.affinity.guest to 1; set cells.guest.affinity.host to 1": balanced(1.6),
                "set cells.host.adhesion to 6.4 um/min": balanced(1.6),
            },
            within=0.02,
        ),
        Law(
            "turning away", ("Behaviours.turning",), "P in shy", parted(),
            {
                "set cells.shy.moves.turns away to 0 %": felt(1 - 20 / 24),
                "set cells.shy.moves.turns away to 25 %": parted(0.25),
                "clamp A in shy at 0": parted(0.25),
                "set cells.shy.moves.speed to 0 um/min": felt(1 - 20 / 24),
                "set cells.shy.diameter to 19 um": 0,
            },
            verbs=("turning away",), within=0.03,
        ),
    ),
)  # fmt: skip
