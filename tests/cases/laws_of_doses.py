"""Laws of preparations, competitors, slow mRNA and cold in one pool: 12 h in 0.1 uL, ten cells of each kind."""

from __future__ import annotations

import math

from tests.cases.law import AVOGADRO, Bench, Law, course, picomolar

from vesicula.language.library import parameter_library

HOURS, CELLS, N = 12.0, 10, 1e7
LITRES, ML, PL = 1e-7, 1e-4, 1e5  # of the pool
MADE = "diameter: 100 nm\n    half-life: 1e7 days"
FATE = "    clears EV: 0 pL/h\n    EV fate: {saturation: 1e20 particles/mL, fusion: 50 %, AGO loading: 100 %}"
TEXT = f"""\
vesicula: 1
model: laws of doses
sites:
  dish: {{kind: pool, volume: 0.1 uL}}
substances:
  ALBUMEN: {{diffuses: 100 um^2/s, half-life: 1e7 days, molar mass: 50 kDa}}
vesicles:
  GIVEN-EV:
    {MADE}
    carries: {{miR-105-5p: {{copies: 2 copies/EV, half-life: 1e7 days}}}}
  OTHER-EV:
    {MADE}
  BUD:
    from: giver
    made: at the membrane
    {MADE}
  SOAK:
    {MADE}
    carries: {{miR-21-5p: {{copies: 2 copies/EV, half-life: 1e7 days}}}}
  SLOW-EV:
    {MADE}
    carries: {{miR-21-5p: {{copies: 2 copies/EV, half-life: 1e7 days}}}}
preparations:
  GIVEN:
    of: GIVEN-EV
    particles per ug: 1e10 particles/ug
    EV share: 80 %
    co-isolated:
      - 0.2 ug/ug ALBUMEN
      - 1e4 copies/EV miR-105-5p on AGO
      - 1e6 copies/EV miR-105-5p free
    stored:
      - 10 h at 4 C in PBS, loss 0.05 /h
      - 2 freeze-thaw cycles, loss 10 %
  OTHER:
    of: OTHER-EV
    particles per ug: 2e10 particles/ug
cells:
  giver:
    diameter: 12 um
{FATE}
    releases: {{BUD: 1e6 particles/h}}
  taker:
    diameter: 12 um
{FATE}
    fate of SOAK: {{clears: 50 pL/h, fusion: 100 %, AGO loading: 50 %}}
    own copies: {{miR-21-5p: 5e4}}
    competitors: 1e5 sites
    inside:
      - miR-21-5p silences PDCD4 (0.001 mRNA, half-life 1 min, protein half-life 1 min, half-saturation 2e4, strength 1)
  slow:
    diameter: 12 um
{FATE}
    fate of SLOW-EV: {{clears: 50 pL/h, fusion: 100 %, AGO loading: 50 %}}
    own copies: {{miR-21-5p: 0}}
    competitors: 0 sites
    inside:
      - miR-21-5p silences LATE (0.001 mRNA, half-life 6 h, protein half-life 3 h, half-saturation 2e4, strength 1)
start:
  - {CELLS} giver in dish
  - {CELLS} taker in dish
  - {CELLS} slow in dish
protocol:
  - at 0 h add 1 ng GIVEN to dish
  - at 0 h add 1e7 particles of SOAK to dish
  - at 0 h add 1e7 particles of SLOW-EV to dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""

STORED = math.exp(-0.5) * 0.81
COUNTED = 1e7 * STORED / ML
GIVEN = 0.8 * COUNTED
ALBUMEN = picomolar(0.2e-9 / 5e4 * AVOGADRO, LITRES)
K = CELLS * 50 / PL  # 1/h
COLD = parameter_library()[0].find("active at 4 C", ["EV"]).entry.value.value.number / 100
"""Share of fusion, endocytosis and release that the library leaves at 4 C."""
BUD = CELLS * 1e6 * HOURS / ML
SERIES = "at 0 h add GIVEN at 1 ng to 100 ng in 3 doses to dish"


def taken(rate: float) -> float:
    """Of N particles, at a rate in 1/h."""
    return N * (1 - math.exp(-rate * HOURS))


def library(quantity: str, entity: str) -> float:
    return parameter_library()[0].find(quantity, [entity]).entry.value.value.number


HALF_LIFE_H = {"AGO2": library("half-life", "AGO2"), "free RNA": library("half-life", "free RNA") / 60}
"""The library states hours of the one and minutes of the other."""


def rna(particle: str, copies: float) -> float:
    """Copies in each cell by so many particles of one copy per vesicle: they are lost, taken up by endocytosis alone,
    for they have no membrane that fuses, and escape at k = lysosome f/(1 - f) (the library's values).
    """
    loss, clears = math.log(2) / HALF_LIFE_H[particle], library("clears", particle) / PL
    escape, lysosome = library("escape", particle) / 100, library("lysosome", particle)
    everyone = 3 * CELLS * clears + loss
    out = lysosome / (1 - escape)
    fluid, inside = math.exp(-everyone * HOURS), math.exp(-out * HOURS)
    taken = (1 - fluid) / everyone
    still = (fluid - inside) / (out - everyone)
    return GIVEN * ML * copies * clears * escape * (taken - still)


def free(copies: float, sites: float) -> float:
    """What competitors leave free: they bind half of their sites at 1e3 free copies, and what is bound decays twice
    as fast (the library's pool), so that m + sites m/(1e3 + m) = copies.
    """
    b = sites + 1e3 - copies
    return 0.5 * (-b + math.sqrt(b * b + 4e3 * copies))


def silenced(
    sites: float = 1e5, own: float = 5e4, delivered: float = taken(K) / CELLS, half: float = 2e4, kappa: float = 1.0,
    more: float = 0.0,
) -> float:  # fmt: skip
    """Target left where its own mRNA binds next to nothing. more : own copies beyond those of the undisturbed cell"""
    before, after = free(own, sites), free(own + more + delivered, sites)
    return (half + kappa * before) / (half + kappa * after)


def late(mrna: float = 6.0, protein: float = 3.0, rate: float = K, until: float = HOURS) -> float:
    """Protein of half-life `protein` h behind an mRNA of half-life `mrna` h while copies come in until a time, h."""

    def change(y: list[float]) -> list[float]:
        t, m, p = y
        copies = N / CELLS * (1 - math.exp(-rate * min(t, until)))
        rest = 2e4 / (2e4 + copies)
        return [1.0, math.log(2) / mrna * (1 - m / rest), math.log(2) / protein * (m - p)]

    return course(change, [0.0, 1.0, 1.0], HOURS)[2]


DOSES = Bench(
    TEXT,
    (
        Law(
            "vesicles of a preparation", ("Event.DOSE_VESICLES",), "density of GIVEN-EV in dish in EV/mL at 0 h", GIVEN,
            {
                "replace GIVEN by vehicle": 0,
                "replace GIVEN by its non-EV fraction": 0,
                "replace GIVEN by OTHER": 0,
                "dose GIVEN x 2": GIVEN * 2,
                "dose GIVEN-EV x 0.5": GIVEN / 2,
                "deplete GIVEN-EV by 100 %": 0,
                "set preparations.GIVEN.EV share to 40 %": GIVEN / 2,
                "set preparations.GIVEN.particles per ug to 2e10 particles/ug": GIVEN * 2,
                "set preparations.GIVEN.stored.0.loss to 0 /h": GIVEN * math.exp(0.5),
                "set preparations.GIVEN.stored.1.loss to 19 %": GIVEN * 0.81,
                "at 0 h add 1 ng GIVEN to dish": GIVEN * 2,
                "at 0 h add 1e7 particles of GIVEN to dish": GIVEN * 2,
                f"{SERIES} | 1 ng": GIVEN * 2,
                f"{SERIES} | 10 ng": GIVEN * 11,
                f"{SERIES} | 100 ng": GIVEN * 101,
            },
            within=1e-4,
        ),
        Law(
            "another preparation", ("Event.DOSE_VESICLES",), "density of OTHER-EV in dish in EV/mL at 0 h", 0,
            {
                "replace GIVEN by OTHER": 2e7 / ML,
                "replace GIVEN by vehicle": 0,
                "at 0 h add 1 ng OTHER to dish": 2e7 / ML,
            },
            within=1e-4,
        ),
        Law(
            "co-isolated protein", ("Event.DOSE_SUBSTANCE",), "concentration of ALBUMEN in dish in pM at 0 h", ALBUMEN,
            {
                "replace GIVEN by vehicle": 0,
                "replace GIVEN by OTHER": 0,
                "dose GIVEN x 2": ALBUMEN * 2,
                "deplete ALBUMEN by 50 %": ALBUMEN / 2,
                "set preparations.GIVEN.co-isolated.0.amount to 0.1 ug/ug": ALBUMEN / 2,
                f"{SERIES} | 10 ng": ALBUMEN * 11,
            },
            within=1e-4,
        ),
        Law(
            "RNA beside vesicles", ("Vesicles.p_escape", "Vesicles.p_lysosome"),
            "delivered copies of miR-105-5p in taker",
            rna("AGO2", 1e4) + rna("free RNA", 1e6),
            {
                "replace GIVEN by vehicle": 0,
                "replace GIVEN by its non-EV fraction": rna("AGO2", 1e4) + rna("free RNA", 1e6),
                "dose GIVEN x 2": 2 * (rna("AGO2", 1e4) + rna("free RNA", 1e6)),
                "set preparations.GIVEN.co-isolated.1.amount to 0 copies/EV": rna("free RNA", 1e6),
                "set preparations.GIVEN.co-isolated.2.amount to 0 copies/EV": rna("AGO2", 1e4),
                "set preparations.GIVEN.EV share to 40 %": 0.5 * (rna("AGO2", 1e4) + rna("free RNA", 1e6)),
            },
            within=0.02,
        ),
        Law(
            "competitors", ("Silencing.p_competitor_sites", "Silencing.p_competitor_lambda",
                            "Silencing.p_competitor_kappa", "Silencing.p_own", "Silencing.p_own_undisturbed",
                            "Silencing.p_lambda", "Silencing.p_kappa"),
            "PDCD4 in taker", silenced(),
            {
                "set cells.taker.competitors to 0 sites": silenced(0),
                "set cells.taker.competitors to 5e4 sites": silenced(5e4),
                "set cells.taker.competitors to 2e5 sites": silenced(2e5),
                "set cells.taker.own copies.miR-21-5p to 0 copies": silenced(own=0),
                "set cells.taker.own copies.miR-21-5p to 1e5 copies": silenced(own=1e5),
                "set cells.taker.inside.0.half-saturation to 1e4 copies": silenced(half=1e4),
                "set cells.taker.inside.0.strength to 2": silenced(kappa=2),
                "set cells.taker.inside.0.strength to 0": 1,
                "knock out miR-21-5p in taker": silenced(more=-5e4),
                "knock out miR-21-5p in taker; remove miR-21-5p from SOAK": 1,
                "overexpress miR-21-5p in taker x 2": silenced(more=5e4),
                "overexpress miR-21-5p in taker x 3; remove miR-21-5p from SOAK": silenced(delivered=0, more=1e5),
                "at 1 h transfect taker with 1e5 copies of miR-21-5p": silenced(more=1e5),
                "remove miR-21-5p from SOAK": 1,
                "load miR-21-5p in SOAK x 2": silenced(delivered=2 * taken(K) / CELLS),
                "block fusion of SOAK by 50 %": silenced(delivered=taken(K / 2) / CELLS),
                "knock out PDCD4 in taker": 0,
            },
            within=0.02,
        ),
        Law(
            "lag of the mRNA", ("Silencing.p_lag",), "LATE in slow", late(),
            {
                "set cells.slow.inside.0.mRNA half-life to 3 h": late(mrna=3),
                "set cells.slow.inside.0.mRNA half-life to 12 h": late(mrna=12),
                "set cells.slow.inside.0.mRNA half-life to 1e6 h": 1,
                "set cells.slow.inside.LATE.protein half-life to 6 h": late(protein=6),
                "at 6 h block fusion of SLOW-EV by 100 %": late(until=6),
                "block fusion of SLOW-EV by 50 %": late(rate=K / 2),
                "mutate miR-21-5p site of LATE in slow": 1,
                "knock out LATE in slow": 2**-4,
                "clamp LATE in slow at 0": 0,
            },
        ),
        Law(
            "fusion in the cold", ("ROUTE_FUSION",), "particles of SOAK delivered to taker", taken(K),
            {
                "cool to 4 C": taken(K * COLD),
                "at 6 h cool to 4 C": taken(K * (1 + COLD) / 2),
                "cool to 4 C; block fusion of SOAK by 100 %": 0,
            },
        ),
        Law(
            "release in the cold", ("Behaviours.release",), "density of BUD in dish in EV/mL", BUD,
            {
                "cool to 4 C": BUD * COLD,
                "from 6 h to 9 h cool to 4 C": BUD * (0.75 + 0.25 * COLD),
                "block release of BUD by 100 %": 0,
            },
        ),
    ),
)  # fmt: skip
