"""A model that says what the language can say about the bench."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

BENCH = """\
vesicula: 1
model: bench
species: human
labware:
  insert: {plate: 24-well transwell, sample: 20 cells}
  dish: {plate: 24-well plate}
substances:
  70kDa-dextran: {diffuses: 40 um^2/s (10..100 @assumed), half-life: 100 days (10..1000 @assumed)}
  ALB: {molar mass: 66 kDa @chevillet2014 (60..70 @chevillet2014), diffuses: 60 um^2/s (20..200 @assumed), half-life: 20 days (5..50 @assumed)}
  drug: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 10 h (1..100 @assumed)}
vesicles:
  MDA-EV:
    carries:
      miR-105-5p: 0.008 copies/EV @chevillet2014 (1e-4..1e-1 @assumed)
      miR-21-5p: 0.008 copies/EV @chevillet2014 (1e-4..1e-1 @assumed)
  other-EV: {}
preparations:
  MDA-prep:
    of: MDA-EV
    isolated by: ultracentrifugation
    particles per ug: 1e10 particles/ug (2e9..3e10 @assumed)
    EV share: 80 % (5..95 @assumed)
    co-isolated:
      - 0.2 ug/ug ALB (0.05..1 @assumed)
      - 2 copies/EV miR-105-5p on AGO (0.1..10 @assumed)
    stored:
      - 48 h at 4 C in PBS
      - 2 freeze-thaw cycles
  other-prep: {of: other-EV}
cells:
  endothelium (CL:0000115):
    diameter: 14 um (5..50 @assumed)
    confluence: 1e5 cells/cm^2 (3e4..3e5 @assumed)
    own copies: {miR-105-5p: 1 (0.1..50 @assumed)}
    barrier:
      70kDa-dextran, closed: 2e-6 cm/s (5e-7..1e-5 @assumed)
      70kDa-dextran, open: 5e-5 cm/s (1e-5..2e-4 @assumed)
      EV, transcytosis: 1e-8 cm/s (1e-9..1e-7 @assumed)
      TEER, closed: 20 ohm cm^2 (5..50 @assumed)
    inside:
      - miR-105-5p silences TJP1 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
      - TJP1 closes junctions, half-max 50 % (5..95 @assumed), hill 4 (1..10 @assumed)
  tumour:
    diameter: 14 um (5..50 @assumed)
start:
  - endothelium confluent on insert
  - 6000 tumour in insert bottom
  - tumour at 60 % confluence on dish
protocol:
  - at 0 h add 2 ug MDA-prep per 2e5 cells to insert
  - at 24 h give 50 % medium of insert bottom to dish, EV fraction
arms:
  given: []
  vehicle:
    - replace MDA-prep by vehicle
  drug:
    - at 0 h add drug at 1 nM to 10 uM in 5 doses to dish
  cold:
    - cool to 4 C
  inhibited:
    - block uptake of MDA-EV by heparin at 10 ug/mL, IC50 3 ug/mL (0.3..30 @assumed)
  mutant:
    - mutate miR-105-5p site of TJP1 in endothelium
measure:
  leak: permeability of insert to 70kDa-dextran at 24 h in cm/s
  TEER: TEER of insert
  ZO-1: blot of TJP1 in endothelium at 24 h in % of vehicle
  rest: blot of TJP1 in endothelium in % of non-EV fraction
  alive: viability of tumour in dish
  half: IC50 of tumour in dish
  positive: flow cytometry of miR-105-5p in endothelium, positive above 100
run: {for: 48 h, record: every 4 h, step: 30 min, draws: 4}
"""
