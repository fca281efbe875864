"""Laws of vesicles and their cargo in one well-mixed pool: 12 h in 0.1 uL, ten cells of each kind."""

from __future__ import annotations

import math

from tests.cases.law import Bench, Law, course

HOURS, CELLS, N = 12.0, 10, 1e7
ML, PL = 1e-4, 1e5  # of the pool
MADE = "diameter: 100 nm\n    half-life: 1e7 days"
TEXT = f"""\
vesicula: 1
model: laws of vesicles
sites:
  dish: {{kind: pool, volume: 0.1 uL}}
vesicles:
  BUD:
    from: giver
    made: at the membrane
    {MADE}
  POOLED:
    from: giver
    made: in endosomes
    residence: 6 h
    {MADE}
  WANING: {{diameter: 100 nm, half-life: 6 h}}
  FUSING:
    {MADE}
    carries:
      RNA: {{copies: 2 copies/EV, type: lncRNA, half-life: 1e7 days}}
      BRIEF: {{copies: 2 copies/EV, type: lncRNA, half-life: 1 h}}
      TAG: {{copies: 2 copies/EV, type: protein, place: membrane, half-life: 1e7 days}}
      miR-21-5p: {{copies: 2 copies/EV, half-life: 1e7 days}}
  EATEN:
    {MADE}
  CROWD:
    {MADE}
  STICKY:
    {MADE}
    carries:
      COAT: {{copies: 2 copies/EV, type: protein, place: surface}}
  DOCKING:
    {MADE}
    carries:
      PIN: {{copies: 2 copies/EV, type: protein, place: membrane}}
  LOADED:
    from: giver
    made: at the membrane
    {MADE}
    carries:
      FREIGHT: {{copies: 2 copies/EV, type: lncRNA, half-life: 1e7 days}}
cells:
  giver:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    releases: {{BUD: 5e5 particles/h, POOLED: 1e6 particles/h, LOADED: 1e6 particles/h}}
    inside:
      - A starts at 0.5
    rules:
      - A raises BUD release to 3x, half-max 0.5, hill 2
      - A raises loading of FREIGHT in LOADED to 3x, half-max 0.5, hill 2
  taker:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    fate of FUSING: {{clears: 50 pL/h, fusion: 100 %, AGO loading: 50 %}}
    own copies: {{miR-21-5p: 1e5}}
    competitors: 0 sites
    inside:
      - A starts at 0.5
      - RNA activates GOT, half-max 1e6 copies, ec50 0.5, hill 1.4
      - inserted TAG activates WEARS, half-max 1e6 copies, ec50 0.5, hill 1.4
      - GOT responds in 1 min
      - miR-21-5p activates COUNTED, half-max 1e6 copies, ec50 0.5, hill 1.4
      - COUNTED responds in 1 min
      - WEARS responds in 1 min
      - miR-21-5p silences PDCD4 (0.001 mRNA, half-life 1 min, protein half-life 1 min, half-saturation 1e5, strength 1)
      - SRP9 sequesters RNA, capacity 1e5 copies, Kd 1e3 copies
      - SRP9 starts at 0
    rules:
      - A raises FUSING fusion to 3x, half-max 0.5, hill 2
  eater:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    fate of EATEN: {{clears: 50 pL/h, fusion: 0 %, escape: 50 %, lysosome: 10 /h}}
    inside:
      - A starts at 0.5
    rules:
      - A raises EATEN endocytosis to 3x, half-max 0.5, hill 2
  crowded:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    fate of CROWD: {{clears: 50 pL/h, fusion: 0 %, escape: 50 %, lysosome: 10 /h, saturation: 1e11 particles/mL}}
    inside:
      - A starts at 0.5
    rules:
      - A raises CROWD clearance to 3x, half-max 0.5, hill 2
  holder:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    fate of STICKY: {{clears: 0 pL/h, fusion: 0 %, binding: 50 pL/h, receptors: 1e5, internalised: 0 /min, detached: 1 /h}}
    inside:
      - bound COAT activates FEELS, half-max 1e5 copies, ec50 0.5, hill 1.4
      - FEELS responds in 1 min
      - A starts at 0.5
    rules:
      - A raises STICKY binding to 3x, half-max 0.5, hill 2
  docker:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL, ligand: PIN}}
    fate of DOCKING: {{binding: 50 pL/h, receptors: 1e5, internalised: 0 /min, detached: 1 /h}}
  bearer:
    diameter: 12 um
    clears EV: 0 pL/h
    EV fate: {{saturation: 1e20 particles/mL}}
    fate of LOADED: {{clears: 100 pL/h, fusion: 100 %}}
start:
  - {CELLS} giver in dish
  - {CELLS} taker in dish
  - {CELLS} eater in dish
  - {CELLS} crowded in dish
  - {CELLS} holder in dish
  - {CELLS} docker in dish
  - {CELLS} bearer in dish
protocol:
  - at 0 h add 1e7 particles of WANING to dish
  - at 0 h add 1e7 particles of FUSING to dish
  - at 0 h add 1e7 particles of EATEN to dish
  - at 0 h add 1e7 particles of CROWD to dish
  - at 0 h add 1e7 particles of STICKY to dish
  - at 0 h add 1e7 particles of DOCKING to dish
arms:
{{arms}}
controls: none
measure:
{{measures}}
run: {{for: 12 h, record: every 12 h, step: 6 min, seeds: 1}}
"""  # noqa: E501 (as authors write them)
BUD = CELLS * 1e6 * HOURS / ML
K = CELLS * 100 / PL  # 1/h


def pooled(residence: float) -> float:
    """What left a pool that is filled at a constant rate, EV/mL."""
    return CELLS * 1e6 * (HOURS - residence * (1 - math.exp(-HOURS / residence))) / ML


def taken(rate: float, n: float = N) -> float:
    """Of n particles, at a rate in 1/h."""
    return n * (1 - math.exp(-rate * HOURS))


def escaped(rate: float, share: float = 0.5, lysosome: float = 10.0, n: float = N) -> float:
    """Of n particles through endosomes: what escapes at k = lysosome f/(1 - f)."""
    if share == 0:
        return 0.0
    out = lysosome / (1 - share)
    fluid = math.exp(-rate * HOURS)
    inside = rate / (out - rate) * (fluid - math.exp(-out * HOURS))
    return share * n * (1 - fluid - inside)


def crowded(half: float, n: float = N, rate: float = K) -> float:
    """The same with a clearance that is halved at `half` particles/mL."""

    def change(y: list[float]) -> list[float]:
        flow = rate * y[0] / (1 + y[0] / ML / half)
        return [-flow, flow - 20 * y[1], 10 * y[1]]

    return course(change, [n, 0.0, 0.0], HOURS)[2]


def held(receptors: float, on: float = K, off: float = 1.0, n: float = N) -> float:
    """Bound to each of ten cells."""
    whole = CELLS * receptors

    def change(y: list[float]) -> list[float]:
        rate = on * y[0] * max(0.0, 1 - y[1] / whole) - off * y[1]
        return [-rate, rate]

    return course(change, [n, 0.0], HOURS)[1] / CELLS


def response(x: float) -> float:
    """Normalised Hill with EC50 0.5 and n 1.4."""
    at_half = 0.5**1.4
    top = (at_half - 1) / (2 * at_half - 1)
    return min(1.0, top * x**1.4 / (top - 1 + x**1.4))


def share(copies: float, half: float) -> float:
    return copies / (copies + half)


def fused(factor: float = 1.0, n: float = N) -> float:
    """Copies in a cell, 2 of each particle."""
    return 2 * taken(K * factor, n) / CELLS


def brief(loss: float) -> float:
    """Copies of which a share is lost per hour while they come."""
    per_cell = 2 * N / CELLS
    return per_cell * K * (math.exp(-K * HOURS) - math.exp(-loss * HOURS)) / (loss - K)


def silenced(delivered: float, own: float = 1e5) -> float:
    """Target left where nothing else binds: (λ + M0)/(λ + M) without saturation by targets, λ = 1e5, κ = 1."""
    return (1e5 + 1e5) / (1e5 + own + delivered)


def free(copies: float, capacity: float) -> float:
    """Left free by tight binding of Kd 1e3."""
    x = copies - capacity - 1e3
    return 0.5 * (x + math.sqrt(x * x + 4e3 * copies))


FREIGHT = 4 * 1e6 * (HOURS - (1 - math.exp(-K * HOURS)) / K)
"""Copies in each of ten cells: two of each particle, doubled by the rule, as they come and are taken up."""

VESICLES = Bench(
    TEXT,
    (
        Law(
            "release at the membrane", ("Behaviours.release",), "density of BUD in dish in EV/mL", BUD,
            {
                "block release of BUD by 100 %": 0,
                "block release of BUD in giver by 50 %": BUD / 2,
                "block release of BUD by drug at 3 nM, IC50 1 nM, hill 1": BUD / 4,
                "without giver": 0,
                "set cells.giver.releases.BUD to 0 particles/h": 0,
                "set cells.giver.releases.BUD to 1e6 particles/h": BUD * 2,
                "clamp A in giver at 0": BUD / 2,
                "at 6 h block release of EV by 100 %": BUD / 2,
                "at 6 h wash 100 %": BUD / 2,
                "at 0 h add 10 giver in dish": BUD * 2,
            },
            verbs=("release",), within=0.02,
        ),
        Law(
            "release from endosomes", ("Vesicles.p_residence",), "density of POOLED in dish in EV/mL", pooled(6),
            {
                "block release of POOLED by 50 %": pooled(6) / 2,
                "set cells.giver.releases.POOLED to 2e6 particles/h": pooled(6) * 2,
                "set vesicles.POOLED.residence to 12 h": pooled(12),
                "set vesicles.POOLED.residence to 3 h": pooled(3),
            },
            within=0.02,
            silent="the whole class is blocked in the row of release at the membrane",
        ),
        Law(
            "loss of vesicles", ("Vesicles.p_decay", "Event.DOSE_VESICLES"), "density of WANING in dish in EV/mL",
            N / 4 / ML,
            {
                "set vesicles.WANING.half-life to 1e9 h": N / ML,
                "set vesicles.WANING.half-life to 12 h": N / 2 / ML,
                "set vesicles.WANING.half-life to 3 h": N / 16 / ML,
                "dose WANING x 2": N / 2 / ML,
                "deplete WANING by 100 %": 0,
                "at 6 h wash 50 %": N / 8 / ML,
            },
        ),
        Law(
            "fusion", ("ROUTE_FUSION", "Behaviours.route"), "particles of FUSING delivered to taker", taken(K),
            {
                "block fusion of FUSING by 100 %": 0,
                "block fusion of FUSING in taker by 50 %": taken(K / 2),
                "block uptake of FUSING by 100 %": 0,
                "set cells.taker.fate of FUSING.clears to 100 pL/h": taken(K * 2),
                "at 6 h add 10 taker in dish": N * (1 - math.exp(-K * 18)),
                "dose FUSING x 0.5": taken(K) / 2,
                "clamp A in taker at 0": taken(K / 2),
                "without taker": 0,
            },
            verbs=("fusion",),
        ),
        Law(
            "endocytosis, escape and lysosome", ("ROUTE_ENDOCYTOSIS", "Vesicles.p_escape", "Vesicles.p_lysosome"),
            "particles of EATEN delivered to eater", escaped(K),
            {
                "block endocytosis of EATEN by 100 %": 0,
                "block endocytosis of EATEN by 50 %": escaped(K / 2),
                "block uptake of EATEN by 50 %": escaped(K / 2),
                "block escape of EATEN by 100 %": 0,
                "block escape of EATEN in eater by 50 %": escaped(K, 0.25),
                "set cells.eater.fate of EATEN.escape to 25 %": escaped(K, 0.25),
                "set cells.eater.fate of EATEN.lysosome to 5 /h": escaped(K, 0.5, 5),
                "set cells.eater.fate of EATEN.clears to 100 pL/h": escaped(K * 2),
                "clamp A in eater at 0": escaped(K / 2),
            },
            verbs=("endocytosis",),
        ),
        Law(
            "saturation of endocytosis", ("Vesicles.p_half_saturation",), "particles of CROWD delivered to crowded",
            crowded(1e11),
            {
                "set cells.crowded.fate of CROWD.saturation to 1e15 particles/mL": escaped(K),
                "set cells.crowded.fate of CROWD.saturation to 5e10 particles/mL": crowded(5e10),
                "dose CROWD x 2": crowded(1e11, 2 * N),
                "block endocytosis of CROWD by 100 %": 0,
                "clamp A in crowded at 0": crowded(1e11, N, K / 2),
            },
            verbs=("clearance",), within=0.02,
        ),
        Law(
            "binding, detachment and receptors",
            ("ROUTE_BINDING", "Vesicles.p_receptors", "Vesicles.p_detach", "Vesicles.p_internalise"),
            "EV uptake of STICKY in holder", held(1e5),
            {
                "block binding of STICKY by 100 %": 0,
                "block binding of STICKY by 50 %": held(1e5, K / 2),
                "set cells.holder.fate of STICKY.receptors to 2e5": held(2e5),
                "set cells.holder.fate of STICKY.receptors to 1": 0,
                "set cells.holder.fate of STICKY.detached to 0.5 /h": held(1e5, K, 0.5),
                "set cells.holder.fate of STICKY.detached to 2 /h": held(1e5, K, 2.0),
                "clamp A in holder at 0": held(1e5, K / 2),
            },
            verbs=("binding",), within=0.02,
        ),
        Law(
            "binding by a ligand", ("ROUTE_BINDING", "Vesicles.p_copies"), "EV uptake of DOCKING in docker", held(1e5),
            {
                "remove PIN from DOCKING": 0,
                "load PIN in DOCKING x 0.5": held(1e5, K / 2),
                "load PIN in DOCKING x 2": held(1e5, K * 2),
                "set vesicles.DOCKING.carries.PIN to 1 copies/EV": held(1e5, K / 2),
                "block binding of DOCKING by 50 %": held(1e5, K / 2),
                "set cells.docker.fate of DOCKING.binding to 100 pL/h": held(1e5, K * 2),
            },
            within=0.02,
        ),
        Law(
            "surface cargo of bound vesicles", ("Signal.SURFACE",), "FEELS in holder",
            response(share(2 * held(1e5), 1e5)),
            {
                "remove COAT from STICKY": 0,
                "load COAT in STICKY x 2": response(share(4 * held(1e5), 1e5)),
                "block COAT in holder by 100 %": 0,
                "block COAT in holder by 50 %": response(share(held(1e5), 1e5)),
                "block binding of STICKY by 100 %": 0,
            },
            within=0.02,
        ),
        Law(
            "delivered copies", ("Vesicles.p_copies", "Cargo.p_degradation"), "delivered copies of RNA in taker",
            fused(),
            {
                "remove RNA from FUSING": 0,
                "load RNA in FUSING x 0.5": fused() / 2,
                "load RNA in FUSING x 2": fused() * 2,
                "block fusion of FUSING by 100 %": 0,
                "set vesicles.FUSING.carries.RNA to 4 copies/EV": fused() * 2,
            },
        ),
        Law(
            "copies on a vesicle", ("Behaviours.loading", "Vesicles.p_copies"),
            "copies of FREIGHT per particle of LOADED in dish", 4,
            {
                "clamp A in giver at 0": 2,
                "load FREIGHT in LOADED x 0.5": 2,
                "load FREIGHT in LOADED x 2": 8,
                "remove FREIGHT from LOADED": 0,
                "overexpress FREIGHT in giver x 2": 8,
                "block release of LOADED by 50 %": 4,
            },
            within=1e-9,
        ),
        Law(
            "degradation of copies", ("Cargo.p_degradation",), "delivered copies of BRIEF in taker", brief(math.log(2)),
            {
                "set vesicles.FUSING.carries.BRIEF.half-life to 2 h": brief(math.log(2) / 2),
                "set vesicles.FUSING.carries.BRIEF.half-life to 1e9 h": fused(),
                "remove BRIEF from FUSING": 0,
            },
            within=0.03,
        ),
        Law(
            "copies as a signal", ("Signal.CARGO",), "GOT in taker", response(share(fused(), 1e6)),
            {
                "block RNA in taker by 100 %": 0,
                "block RNA in taker by 50 %": response(share(fused(), 2e6)),
                "load RNA in FUSING x 2": response(share(2 * fused(), 1e6)),
                "remove RNA from FUSING": 0,
            },
            within=0.02,
        ),
        Law(
            "inserted membrane cargo", ("Signal.INSERTED",), "WEARS in taker", response(share(fused(), 1e6)),
            {
                "block TAG in taker by 100 %": 0,
                "block TAG in taker by 50 %": response(share(fused(), 2e6)),
                "load TAG in FUSING x 2": response(share(2 * fused(), 1e6)),
                "remove TAG from FUSING": 0,
            },
            within=0.02,
        ),
        Law(
            "loading into AGO", ("Cargo.p_loading", "Cargo.p_own"), "delivered copies of miR-21-5p in taker",
            fused() / 2,
            {
                "set cells.taker.fate of FUSING.AGO loading to 25 %": fused() / 4,
                "set cells.taker.fate of FUSING.AGO loading to 100 %": fused(),
                "remove miR-21-5p from FUSING": 0,
                "load miR-21-5p in FUSING x 2": fused(),
            },
        ),
        Law(
            "copies, own and delivered", ("Cargo.p_own", "Event.ADD_COPIES"), "copies of miR-21-5p in taker",
            1e5 + fused() / 2,
            {
                "knock out miR-21-5p in taker": fused() / 2,
                "knock out miR-21-5p in taker; remove miR-21-5p from FUSING": 0,
                "overexpress miR-21-5p in taker x 2": 2e5 + fused() / 2,
                "at 1 h transfect taker with 1e6 copies of miR-21-5p": 1.1e6 + fused() / 2,
                "at 1 h, every 4 h, transfect taker in dish with 1e5 copies of miR-21-5p": 4e5 + fused() / 2,
            },
        ),
        Law(
            "what reads them", ("Signal.COPIES",), "COUNTED in taker", response(share(1e5 + fused() / 2, 1e6)),
            {
                "knock out miR-21-5p in taker": response(share(fused() / 2, 1e6)),
                "overexpress miR-21-5p in taker x 5": response(share(5e5 + fused() / 2, 1e6)),
                "remove miR-21-5p from FUSING": response(share(1e5, 1e6)),
                "block miR-21-5p in taker by 100 %": 0,
                "at 1 h transfect taker with 1e6 copies of miR-21-5p": response(share(1.1e6 + fused() / 2, 1e6)),
            },
            within=0.02,
        ),
        Law(
            "silencing",
            ("Silencing.p_mrna", "Silencing.p_lambda", "Silencing.p_kappa", "Silencing.p_kappa_undisturbed",
             "Silencing.p_own"),
            "PDCD4 in taker", silenced(fused() / 2),
            {
                "block miR-21-5p in taker by 20 %": 2e5 / (1e5 + 0.8 * (1e5 + fused() / 2)),
                "mutate miR-21-5p site of PDCD4 in taker": 1,
                "block miR-21-5p in taker by 100 %": 1,
                "remove miR-21-5p from FUSING": 1,
                "load miR-21-5p in FUSING x 2": silenced(fused()),
                "load miR-21-5p in FUSING x 0.5": silenced(fused() / 4),
                "knock out PDCD4 in taker": 0,
            },
            within=0.02,
        ),
        Law(
            "sequestration", ("Sequestration.p_capacity", "Sequestration.p_kd"), "GOT in taker",
            response(share(fused(), 1e6)),
            {
                "clamp SRP9 in taker at 1": response(share(free(fused(), 1e5), 1e6)),
                "clamp SRP9 in taker at 0.5": response(share(free(fused(), 5e4), 1e6)),
            },
            within=0.02,
            silent="the node that holds copies back is at 0 where nothing is done",
        ),
        Law(
            "loading at release", ("Behaviours.loading", "Vesicles.p_copies"), "delivered copies of FREIGHT in bearer",
            FREIGHT,
            {
                "clamp A in giver at 0": FREIGHT / 2,
                "load FREIGHT in LOADED x 2": FREIGHT * 2,
                "remove FREIGHT from LOADED": 0,
                "knock out FREIGHT in giver": 0,
                "knock out FREIGHT in giver, residual 50 %": FREIGHT / 2,
                "overexpress FREIGHT in giver x 2": FREIGHT * 2,
                "block release of LOADED by 50 %": FREIGHT / 2,
            },
            verbs=("loading",), within=0.02,
        ),
    ),
)  # fmt: skip
