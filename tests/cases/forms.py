"""A small model with a place for every form of sentence, and one sentence of each form that acts in it."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

from __future__ import annotations

import re

from vesicula.language import body, cohort, measures, model, sentences, steps

MODEL = """\
vesicula: 1
model: forms
sites:
  dish: {kind: pool, volume: 1 mL}
  well: {kind: pool, volume: 1 mL}
  sheet:
    size: [100 um, 100 um]
    depth: 20 um
    voxel: 20 um
    regions: {bone: below 40 um, rest of it: rest}
labware:
  plate: {plate: 24-well plate, sample: 20 cells}
substances:
  TGFB1: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
  IL6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed), molar mass: 21 kDa}
  AMP: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
  ADO: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
  TGFB1:IL6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
reactions: [ ]
matrix:
  mineral:
    fills: bone
    degraded: [ ]
vesicles:
  V:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      miR-21-5p: {copies: 10 copies/EV (1..100 @assumed), half-life: 20 h (2..200 @assumed)}
      CD73: {copies: 10 copies/EV (1..100 @assumed), place: surface, type: protein}
  U: {from: c}
  W:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries: {miR-21-5p: 10 copies/EV (1..100 @assumed)}
preparations:
  prep:
    of: V
    particles per ug: 1e10 particles/ug (2e9..3e10 @assumed)
    co-isolated: [ ]
    stored: [ ]
  other-prep: {of: W}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    states: [quiet, loud]
    divides: every 40 h (10..100 @assumed)
    apoptosis: 0.01 /day (0.001..0.1 @assumed)
    secretes: {IL6: 2 molecules/s (0.2..20 @assumed)}
    own copies: {miR-21-5p: 100 (10..1000 @assumed), miR-105-5p: 100 (10..1000 @assumed)}
    EV fate: {clears: 0.05 pL/h (0.005..0.5 @assumed), fusion: 5 % (0.5..50 @assumed)}
    barrier: {"IL6, open": 1e-5 cm/s (1e-6..1e-4 @assumed), "IL6, closed": 1e-6 cm/s (1e-7..1e-5 @assumed)}
    becomes: [ ]
    inside: [ ]
    rules: [ ]
body: [ ]
start:
  - 5 c in dish
protocol:
  - at 0 h add 1000 particles of V to dish
  - at 0 h add 1e4 particles of prep to dish
  - at 0 h add 1e3 particles of other-prep to dish
controls: none
arms:
  untreated: [ ]
  treated: [ ]
measure: [ ]
cohort: [ ]
run: {for: 2 h, step: 6 min, draws: 2}
"""
INSIDE = ("inside", "TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)")
SILENCED = (
    "inside",
    "miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))",
)
FOLLOWED = ("inside", "PRODUCT follows B of rates, full at 4 nM (0.4..40 @assumed)")
BECOMES = ("becomes", "loud from quiet at 0.05 /day (0.005..0.5 @assumed)")
Place = tuple[str, str]
FORMS: dict[type[sentences.Sentence], tuple[tuple[Place, ...], tuple[Place, ...]]] = {
    # form: (sentences of that form, each alone; what has to stand there for it to act)
    sentences.Rule: ((("rules", "TGFB1 raises IL6 secretion to 5x (1.5..15 @assumed), half-max 20 pM (2..200 @assumed), hill 2 (1..4 @assumed)"),), ()),
    sentences.Keeps: ((("rules", "TGFB1 keeps quiet, to 0.2x (0.02..0.9 @assumed), half-max 20 pM (2..200 @assumed), hill 2 (1..4 @assumed)"),), (BECOMES,)),
    sentences.Edge: ((("inside", "TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)"), ("inside", "SMAD inhibits AKT1, weight 0.5 (0.1..1 @assumed), ec50 0.5 (0.3..0.7 @assumed), hill 3 (1.1..4 @assumed)")), (INSIDE,)),
    sentences.Silences: ((SILENCED,), ()),
    sentences.Sequesters: ((("inside", "SRP9 sequesters miR-21-5p, capacity 1e4 copies (1e3..1e5 @assumed), Kd 100 copies (10..1000 @assumed)"),), (SILENCED,)),
    sentences.KeepsItself: ((("inside", "SMAD keeps itself, on above 0.4 (0.2..0.6 @assumed), off below 0.1 (0.05..0.2 @assumed)"),), (INSIDE,)),
    sentences.NodeSetting: ((("inside", "SMAD starts at 0.3 (0.1..0.9 @assumed)"), ("inside", "SMAD responds in 2 h (0.5..10 @assumed)"), ("inside", "SMAD reaches at most 0.8 (0.1..0.9 @assumed)")), (INSIDE,)),
    sentences.Closes: ((("inside", "SMAD closes junctions, half-max 50 % (5..95 @assumed), hill 4 (1..10 @assumed)"),), (INSIDE,)),
    sentences.Drives: ((("inside", "TGFB1 drives A of rates"), ("inside", "SMAD drives k of rates, full at 0.4 (0.04..4 @assumed)")), (INSIDE, FOLLOWED)),
    sentences.Follows: ((FOLLOWED,), ()),
    sentences.Takes: ((("inside", "rates takes k at 0.2 (0.02..2 @assumed)"),), (FOLLOWED,)),
    sentences.Becomes: ((BECOMES, ("becomes", "loud from quiet after 3 days (1..10 @assumed), in 4 steps")), ()),
    sentences.Binds: ((("reactions", "TGFB1 binds IL6, Kd 1 nM (0.1..10 @assumed), off 0.1 /h (0.01..1 @assumed)"),), ()),
    sentences.Makes: ((("reactions", "TGFB1 makes ADO from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed)"), ("reactions", "CD73 makes ADO from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on V")), ()),
    sentences.TurnsInto: ((("reactions", "AMP turns into ADO, half-life 2 h (1..10 @assumed)"),), ()),
    sentences.Degrades: ((("degraded", "TGFB1 degrades mineral, 0.1 /h per nM (0.01..1 @assumed)"),), ()),
    steps.StartCount: ((("start", "6 c in dish"), ("start", "6 c in bone, loud, label red")), ()),
    steps.StartDensity: ((("start", "c in bone, 2000 /mm^2, loud"),), ()),
    steps.StartAlong: ((("start", "c along bone, every 15 um"),), ()),
    steps.StartConfluent: ((("start", "c at 60 % confluence on plate"),), ()),
    steps.StartTable: ((("start", "cells from cells.csv"),), ()),
    steps.AddSubstance: ((("treated", "at 1 h add 5 nM TGFB1 to dish"), ("treated", "at 1 h, every 30 min, add 5 ng IL6 to dish"), ("treated", "at 1 h add 5 nM (0.5..50 @assumed) TGFB1 to dish")), ()),
    steps.AddAntibody: ((("treated", "at 1 h add antibody against IL6, 10 nM, Kd 1 nM (0.1..10 @assumed), off 0.1 /h (0.01..1 @assumed), half-life 9 h (1..90 @assumed)"),), ()),
    steps.Hold: ((("treated", "at 1 h hold IL6 at 1 nM"), ("treated", "from 30 min to 60 min hold IL6 at 1 nM"), ("treated", "at 30 min, every 30 min, hold IL6 at 1 nM"), ("treated", "at 1 h release IL6")), (("treated", "at 0 h hold IL6 at 3 nM"),)),
    steps.AddVesicles: ((("treated", "at 1 h add 1e6 particles of V to dish"), ("treated", "at 1 h add 1e6 particles (1e5..1e7 @assumed) of V to dish")), ()),
    steps.AddPreparation: ((("treated", "at 1 h add 2 ug prep per 2e5 cells to dish"), ("treated", "at 1 h add 1e4 particles of prep per cell to dish"), ("treated", "at 1 h add 3e4 particles (3e3..3e5 @assumed) of prep to dish")), ()),
    steps.DoseSeries: ((("treated", "at 0 h add TGFB1 at 1 nM to 10 uM in 5 doses to dish"),), ()),
    steps.GiveMedium: ((("treated", "at 1 h give 50 % medium of dish to well"), ("treated", "at 1 h give 50 % medium of dish to well, EV fraction")), ()),
    steps.AddCells: ((("treated", "at 1 h add 40 c in dish, loud"),), ()),
    steps.Transfect: ((("treated", "at 1 h transfect c with 1e5 copies of miR-21-5p"), ("treated", "at 1 h transfect c in dish with 1e5 copies (1e4..1e6 @assumed) of miR-21-5p")), (SILENCED,)),
    steps.RemoveCells: ((("treated", "at 1 h remove 50 % (5..95 @assumed) of c from dish"), ("treated", "at 1 h wound bone")), ()),
    steps.ShuffleCells: ((("treated", "at 1 h shuffle cells"), ("treated", "at 30 min, every 30 min, shuffle c in bone")), (("start", "6 c in sheet"),)),
    steps.Wash: ((("treated", "at 1 h wash 90 %"), ("treated", "at 30 min, every 30 min, wash 90 %"), ("treated", "at 1 h wash 90 % (50..99 @assumed)")), ()),
    steps.Block: ((("treated", "block uptake of V by 90 %"), ("treated", "block release of U by 50 %"), ("treated", "block secretion of IL6 in c by 50 %"), ("treated", "block TGFB1 in c by 90 %"), ("treated", "from 30 min to 60 min block escape of V by 90 %"), ("treated", "block uptake of V by heparin at 10 uM, IC50 3 uM (0.3..30 @assumed), hill 1 (0.5..3 @assumed)")), (INSIDE,)),
    steps.KnockOut: ((("treated", "knock out IL6 in c, residual 10 %"), ("treated", "from 30 min to 60 min knock out SMAD in c, residual 10 %")), (INSIDE,)),
    steps.Overexpress: ((("treated", "overexpress IL6 in c x 10"),), ()),
    steps.RemoveCargo: ((("treated", "remove miR-21-5p from V"),), ()),
    steps.LoadCargo: ((("treated", "load miR-21-5p in V x 1000"),), ()),
    steps.Replace: ((("treated", "replace prep by vehicle"), ("treated", "replace prep by other-prep")), ()),
    steps.Rescale: ((("treated", "dose prep x 0.1"), ("treated", "dose V x 0.1")), ()),
    steps.Deplete: ((("treated", "deplete V by 95 %"), ("treated", "deplete c by 95 %")), ()),
    steps.MutateSite: ((("treated", "mutate miR-21-5p site of PDCD4 in c"),), (SILENCED,)),
    steps.Cool: ((("treated", "cool to 4 C"),), ()),
    steps.Clamp: ((("treated", "clamp SMAD in c at 0.5"), ("treated", "from 30 min to 60 min clamp SMAD in c at 0.5")), (INSIDE,)),
    steps.Without: ((("treated", "without c"),), ()),
    steps.SetParameter: ((("treated", "set cells.c.diameter to 9 um"), ("treated", "from 30 min to 60 min set cells.c.apoptosis to 0.05 /day")), ()),
    measures.Measure: ((("measure", "out: concentration of IL6 in dish in pM"),), ()),
    model.CoIsolated: ((("co-isolated", "0.2 ug/ug IL6 (0.05..1 @assumed)"), ("co-isolated", "2 copies/EV miR-21-5p on AGO (0.1..10 @assumed)")), ()),
    model.Storage: ((("stored", "48 h at 4 C in PBS"), ("stored", "2 freeze-thaw cycles"), ("stored", "48 h at 4 C in PBS, loss 0.2 /day (0.02..0.9 @assumed)")), ()),
    body.Perfuses: ((("body", "dish perfuses well, 1 mL/h (0.1..10 @assumed)"),), ()),
    body.Parts: ((("body", "c parts dish from well, 1 cm^2, membrane 0.3 um (0.1..1 @assumed)"),), ()),
    body.Leaves: ((("body", "c quiet leaves dish for well at 0.1 /h (0.01..1 @assumed), loud"),), ()),
    cohort.Differs: ((("differ", "rs1 CC multiplies cells.c.apoptosis by 0.3 (0.1..1 @assumed)"),), ()),
    cohort.Event: ((("events", "late: out below 70"),), ()),
}  # fmt: skip
"""Every form with sentences that act, and what has to stand there for them to act."""

RATES = """\
<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
<model id="rates" timeUnits="second" substanceUnits="nmole" volumeUnits="litre" extentUnits="nmole">
<listOfUnitDefinitions><unitDefinition id="nmole"><listOfUnits>
<unit kind="mole" exponent="1" scale="-9" multiplier="1"/></listOfUnits></unitDefinition></listOfUnitDefinitions>
<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="c" initialAmount="4" hasOnlySubstanceUnits="false" boundaryCondition="true" constant="false"/>
<species id="B" compartment="c" initialAmount="0" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters><parameter id="k" value="0.001" constant="true"/></listOfParameters>
<listOfReactions><reaction id="r" reversible="false" fast="false">
<listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts><kineticLaw>
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>c</ci><ci>k</ci>
<apply><minus/><ci>A</ci><ci>B</ci></apply></apply></math></kineticLaw></reaction></listOfReactions>
</model></sbml>
"""
"""The file that sentences about a network of rates speak of; it has to stand beside the text."""
OF_FILE = "networks:\n  rates: {sbml: rates.xml}\n"
COHORT = """\
cohort:
  patients: 12
  genotypes:
    rs1: {{TT: 50 %, CC: 50 %}}
  differ:{differ}
  events:{events}
"""
COHORT_LISTS = (("differ", "- "), ("events", ""))
NUMBER = re.compile(r"(?<![\w.\-:^])(\d+(?:\.\d+)?(?:e\d+)?)(?=x| |,|\)|$)")
RANGE = re.compile(r"\([^()]*@[^()]*\)")


def with_lines(*lines: Place) -> str:
    """The model with sentences at the ends of their blocks, in the order given."""
    said: dict[str, list[str]] = {}
    for block, line in lines:
        said.setdefault(block, []).append(line)
    text = MODEL
    if any("rates" in line for _, line in lines):
        text = text.replace("cells:\n", f"{OF_FILE}cells:\n", 1)
    if {"differ", "events"} & said.keys():
        lists = {word: "".join(f"\n    {mark}{one}" for one in said.pop(word, ())) for word, mark in COHORT_LISTS}
        text = text.replace("cohort: [ ]\n", COHORT.format(**{word: one or " [ ]" for word, one in lists.items()}))
        text = text.replace(", draws: 2", "")  # the patients of a cohort are its repeats
        said["measure"] = ["out: concentration of IL6 in dish in pM"]
    for block, sentences_ in said.items():
        mark = "" if block == "measure" else "- "
        added = "".join(f"\\1  {mark}{one}\n" for one in sentences_)
        text = re.sub(
            rf"^( *){block}:(?: \[ \])?\n((?:\1  +- .*\n)*)", rf"\1{block}:\n\2{added}", text, flags=re.MULTILINE
        )
    return re.sub(r"^ *(?!untreated|treated)[\w\- ]+: \[ \]\n", "", text, flags=re.MULTILINE)


def others(line: str) -> list[str]:
    """The sentence with another number in it, one for each number that it states."""
    hidden = RANGE.sub(lambda m: "\0" * len(m[0]), line)
    found = []
    for m in NUMBER.finditer(hidden):
        number = float(m[1])
        if number == 0.0:
            continue
        new = f"{number - 1:g}" if number.is_integer() and 2 <= number < 10 else f"{0.75 * number:g}"
        found.append(f"{line[: m.start()]}{new}{line[m.end() :]}")
    return found
