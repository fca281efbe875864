"""A model that says everything the language can say, with a part beside it."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

PART = """\
vesicula: 1
part: ./parts/cancer.yaml
cells:
  breast-cancer (CVCL_0062):
    diameter: 12 um @smith2020 (10..16 @assumed), spread 1.1 (1.05..1.3 @assumed)
    apoptosis: 0.01 /day (0.001..0.1 @assumed)
    secretes:
      PTHLH: 0.06 molecules/s (0.01..0.6 @assumed)
    rules:
      - TGFB1 raises PTHLH secretion to 5x (1.5..15 @assumed), half-max 20 pM (5..50 @assumed), hill 2 (0.6..6 @assumed) @bm-058
      - contact with breast-cancer lowers apoptosis to 0.5x (0.1..0.9 @assumed), half-max 1 neighbours (0.3..3 @assumed)
substances:
  PTHLH (HGNC:9607): {}
  TGFB1 (HGNC:11766): {}
"""

REFERENCES = """\
@article{smith2020, author = {Smith, A.}, year = {2020}, title = {Sizes}, read = {yes}}
@article{jones2021, author = {Jones, B.}, year = {2021}, title = {Rates}, read = {no}}
"""

POSITIONS = "cell,x,y,state\ntumour,100,200,dormant\ntumour,140,210,cycling\n"

EVERYTHING = """\
vesicula: 1
model: everything
question: "Why: does it read?"
about: >
  Every sentence form
  of the language.
species: human
claims: [bm-051, bm-060]
use:
  - ./parts/cancer.yaml
but:
  cells.tumour.secretes.PTHLH: 0.1 molecules/s (0.01..1 @assumed)

sites:
  bone:
    size: [600 um, 400 um]
    depth: 20 um
    voxel: 20 um
    walls: {left: open, right: closed, all: closed}
    flow: [0 um/min, 0.5 um/min]
    regions:
      trabecula: below 120 um
      sinus: ring at 300 um, 300 um, from 20 um to 45 um
      hole: disc at 300 um, 200 um, radius 80 um
      slab: box from 0 um, 120 um to 100 um, 180 um
      edge: right of 580 um
      marrow: rest
  blood: {kind: pool, volume: 2 mL}

substances:
  TNFSF11 (HGNC:11926):
    diffuses: 38 um^2/s @smith2020 (20..96 @assumed)
    half-life: library
    molar mass: 60 kDa @smith2020 (50..75 @smith2020)
    start: 0 pM
    walls: {top: held at 10 pM (1..100 @assumed)}
    follows flow: no
  TNFRSF11B (HGNC:11909): {}
  "TNFRSF11B:TNFSF11": {}
  latent TGFB1: {diffuses: 30 um^2/s (10..100 @assumed), half-life: 2 days (0.5..8 @assumed)}
  AMP: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
  adenosine: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 min (0.1..10 @assumed)}
  MMP9: {molar mass: 92 kDa @smith2020 (90..94 @smith2020), diffuses: 33 um^2/s (10..100 @assumed), half-life: 2.4 h (0.5..10 @assumed)}
  IL6 (HGNC:6018): {}
  estradiol (CHEBI:16469): {}
  TNF (HGNC:11892): {}
  IL1B (HGNC:5992): {}
  IFNG (HGNC:5438): {diffuses: 46 um^2/s (10..100 @assumed), half-life: 3.5 h @smith2020 (1..20 @assumed)}
  CXCL12: {diffuses: 75 um^2/s (20..200 @assumed), half-life: 1.4 h (0.2..10 @assumed)}
  oxygen:
    unit: mmHg
    solubility: 1.3 uM/mmHg (1..2 @smith2020)
    diffuses: 1e5 um^2/min @smith2020 (3e4..3e5 @assumed)
    half-life: 7 min (1..30 @assumed)
    walls: {all: held at 38 mmHg (10..100 @assumed)}
reactions:
  - TNFRSF11B binds TNFSF11, Kd 1 nM (0.1..10 @assumed), off 0.1 /h (0.01..1 @assumed) @bm-055
  - latent TGFB1 turns into TGFB1, half-life 2 h (1..10 @assumed)
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM @smith2020 (1..100 @assumed), on tumour-EV

matrix:
  mineral:
    fills: {trabecula: 100 %}
    solid: yes
    stores: {TGFB1: 9 molecules/um^3 @smith2020 (2..40 @assumed)}
    new stores: {TGFB1: library}
    passage: {all: 1 % (0.1..10 @assumed), tumour-EV: 0.1 % (0.01..1 @assumed)}
    holds: {tumour-EV: ["0.1 /min (0.01..1 @assumed)", "0.01 /min (0.001..0.1 @assumed)"]}
    degraded:
      - MMP9 degrades mineral, 0.1 /h per nM (0.01..1 @assumed)

vesicles:
  tumour-EV:
    from: tumour
    kind: small EV
    diameter: 105 nm @smith2020 (80..140 @assumed), spread 1.4 (1.3..1.5 @assumed)
    size classes: 2
    made: in endosomes
    residence: 9.5 h @smith2020 (5..20 @assumed)
    half-life: 24 h (5..100 @assumed)
    carries:
      miR-21-5p: 0.008 copies/EV @chevillet2014 (1e-4..1e-1 @assumed)
      ITGB3: {copies: 20 copies/EV (2..200 @assumed), place: surface, type: protein}
      NT5E: {copies: 5 copies/EV (1..50 @assumed), place: surface, type: protein}
      driver: {copies: 1 copies/EV (0.01..100 @assumed), type: unnamed}
      RN7SL1: {copies: 1 copies/EV (0.01..100 @assumed), type: lncRNA, half-life: 8 h (1..50 @assumed)}

networks:
  nfkb:
    inside:
      - TNF or IL1B activates NFKB1, ec50 0.5 (0.3..0.5 @assumed), hill 1.4 (1.1..2.5 @assumed)
      - NFKB1 starts at 0.1 (0.01..0.9 @assumed)

cells:
  tumour (breast-cancer):
    anchored: no
    states: [dormant, cycling]
    divides: every 36 h @dt-her2-lines (10..100 @assumed), in 4 steps, while cycling
    dies: after 14 days (5..50 @assumed), in 4 steps
    necrosis: 0.001 /day (1e-4..1e-2 @assumed)
    dead stay: 8 h (2..24 @assumed)
    takes up:
      TGFB1: 1 pL/h (0.1..10 @assumed)
    releases:
      tumour-EV: 60 particles/h @smith2020 (20..200 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    EV fate: {fusion: 5 % (0.5..50 @assumed), escape: library}
    fate of tumour-EV: {clears: 20 pL/h (2..200 @assumed), binding: 1 pL/h (0.1..10 @assumed), ligand: ITGB3}
    own copies: {miR-21-5p: 2000 (500..10000 @assumed)}
    competitors: 3e4 sites (1e4..1e5 @assumed)
    surface: {NT5E: 1e4 copies (1e3..1e5 @assumed)}
    resorbs: {mineral: 60 um^3/h (20..200 @assumed)}
    deposits: {mineral: 2 um^3/h (0.2..20 @assumed)}
    kills: {tumour: 0.01 /h (0.001..0.1 @assumed)}
    engulfs: 0.1 /h (0.01..1 @assumed)
    moves: {speed: 0.3 um/min (0.1..1 @assumed), persistence: 30 min (5..120 @assumed), bias: 30 % (10..90 @assumed), toward: {CXCL12: {weight: 1 (0.3..3 @assumed), Kd: 5 nM @smith2020 (0.5..50 @assumed), receptors: 2e4 (2e3..2e5 @assumed), off: 0.5 /min (0.05..5 @assumed), receptor: CXCR4}}}
    adhesion: 0.4 um/min (0.1..1.5 @assumed)
    repulsion: 10 um/min (3..30 @assumed)
    reach: 1.25 (1.1..1.5 @assumed)
    affinity: {osteoblast: 0.5 (0.1..1 @assumed)}
    traits:
      vigour: {median: 1, spread: 1.3 (1.1..2 @assumed), drift: 1.05 (1..1.2 @assumed), multiplies: [division, EV release]}
    while dormant: {PTHLH secretion: 0.006 molecules/s (0.001..0.06 @assumed), migration speed: none}
    becomes:
      - cycling from dormant at 0.05 /day (0.005..0.5 @assumed)
      - osteoclast as active from cycling after 3 days (1..10 @assumed), in 4 steps
    networks: [nfkb]
    inside:
      - IFNG and (TNF or not IL1B) activate LICENCE, half-max 30 pM (3..300 @assumed)
      - NFKB1 inhibits AKT1, weight 0.9 (0.8..1 @assumed)
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed)) @be-080
      - SRP9 sequesters RN7SL1, capacity 1e4 copies (1e3..1e5 @assumed), Kd 100 copies (10..1000 @assumed)
      - TA_MSC keeps itself, on above 0.4 (0.2..0.6 @assumed), off below 0.1 (0.05..0.2 @assumed)
      - AKT1 activates TA_MSC
      - AKT1 responds in 2 h (0.5..10 @assumed)
      - AKT1 reaches at most 0.8 (0.1..0.9 @assumed)
      - inserted ITGB3 activates AKT1, half-max 100 copies (10..1000 @assumed)
    rules:
      - IL6 keeps dormant, half-max 200 pM (50..500 @assumed) @bm-040
      - AKT1 raises division to 2x (1.1..11 @assumed), half-max 0.5 (0.1..0.9 @assumed), hill 2 (0.6..6 @assumed) while cycling
      - contact with osteoblast lowers division to 0.2x (0.1..0.9 @assumed), half-max 1 neighbours (0.3..3 @assumed)
      - pressure lowers migration speed to 0.1x (0.01..0.5 @assumed), half-max 1 (0.3..3 @assumed)
      - bound ITGB3 raises TNFSF11 secretion to 3x (1.1..11 @assumed), half-max 10 copies (1..100 @assumed)
      - mineral lowers apoptosis to 0.5x (0.1..0.9 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - vigour raises EV release to 2x (1.1..11 @assumed), half-max 1 (0.3..3 @assumed)
      - AKT1 lowers loading of miR-21-5p in tumour-EV to 0.5x (0.1..0.9 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - AKT1 raises NT5E on the surface to 2x (1.1..11 @assumed)
      - AKT1 raises attraction to CXCL12 to 2x (1.1..11 @assumed)
      - AKT1 raises killing of tumour to 2x (1.1..11 @assumed)
      - AKT1 raises becoming cycling to 2x (1.1..11 @assumed)
      - delivered driver raises resorption of mineral to 2x (1.1..11 @assumed), half-max 10 copies (1..100 @assumed)
    secretes:
      TNFSF11: 2 ng/1e6 cells/24 h (0.2..20 @assumed)
      MMP9: 3 fg/cell/day (0.3..30 @assumed)
  osteoblast (CL:0000062):
    diameter: 15 um @smith2020 (8..30 @assumed)
    dead stay: library
    cycle: {G1: "10 h (3..30 @assumed) in 4 steps", S: 8 h (3..30 @assumed), G2M: 4 h (1..10 @assumed)}
  osteoclast (CL:0000092):
    diameter: 25 um @smith2020 (12..50 @assumed)
    states: [young, active]

start:
  - 40 tumour in marrow, dormant, label clone-A
  - tumour in marrow, 200 /mm^2, cycling
  - osteoblast along trabecula, every 15 um
  - cells from positions.csv

protocol:
  - at 0 days hold estradiol at 100 pM
  - at 2 h add 5 nM TGFB1 to marrow
  - at 0 h add 1e6 particles of tumour-EV to marrow
  - at 3 days add 40 tumour in marrow, dormant
  - at 3 days remove 50 % of tumour from marrow
  - at 1 day wound hole
  - at 1 day, every 2 days, wash 90 %
  - at 4 days release estradiol

arms:
  untreated: []
  RANKL block:
    - at 7 days add antibody against TNFSF11, 10 nM (1..100 @assumed), Kd 0.1 nM (0.01..1 @assumed), off 0.01 /h (0.001..0.1 @assumed), half-life 20 days (7..70 @assumed)
  others:
    - block uptake of tumour-EV by 90 %
    - block TGFB1 in tumour by 90 %
    - block release of EV by 50 %
    - knock out PTHLH in tumour, residual 10 %
    - remove miR-21-5p from tumour-EV
    - load RN7SL1 in tumour-EV x 100
    - clamp AKT1 in tumour at 0.5
    - without osteoblast
    - set cells.tumour.divides to 24 h
  later:
    - at 7 days block release of tumour-EV by 90 %
    - from 7 days to 14 days knock out NT5E in tumour, residual 10 %
    - from 2 days to 4 days, hold estradiol at 1 nM
    - overexpress PTHLH in tumour x 5

measure:
  bone: mineral left in trabecula in % of start
  tumour cells: count of tumour in bone
  dormant cells: count of tumour dormant in marrow
  free RANKL: concentration of TNFSF11 in marrow in pM
  AKT1 signal: AKT1 in tumour
  miR-21: copies of miR-21-5p in tumour
  delivered miR-21: delivered copies of miR-21-5p in tumour
  miR-21 of an EV: copies of miR-21-5p per particle of tumour-EV in bone at 2 h
  EV: density of tumour-EV in marrow in EV/mL
  messages: particles of tumour-EV delivered to tumour at 20 days

run:
  for: 21 days
  record: every 6 h
  step: 6 min
  seeds: 4
"""
