"""A model whose cells have a network of every kind of sentence, in a dish that stays as it is."""

TISSUE = """
vesicula: 1
model: signalling
question: Does the cell keep its memory?
labware: {dish: {plate: 24-well plate}}
substances:
  TGFB1: {diffuses: 90 um^2/s, half-life: 1000 h, start: 40 pM}
  lipid: {diffuses: 90 um^2/s, half-life: 1000 h, start: 2 ng/mL, molar mass: 1 kDa}
cells:
  tumour:
    diameter: 14 um
    own copies: {miR-21-5p: 1000}
    inside:
      - miR-21-5p activates PTEN, half-max 2000 copies
      - TGFB1 activates SMAD2, half-max 20 pM, weight 0.9
      - SMAD2 and not PTEN activates SNAI1, ec50 0.4, hill 2
      - lipid inhibits PTEN, half-max 5 ng/mL
      - SMAD2 activates ZEB1
      - SNAI1 activates ZEB1
      - SMAD2 responds in 20 min
      - ZEB1 keeps itself, on above 0.5, off below 0.2
start:
  - 2000 tumour in dish
arms:
  as it is: []
  PTEN held:
    - clamp PTEN in tumour at 0.3
measure: {ZEB1: ZEB1 in tumour}
run: {for: 4 h, record: every 1 h, step: 2 min, seeds: 1}
"""
